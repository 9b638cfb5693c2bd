#include "relay_load/wiretale_dialect.h"

#include <stdlib.h>
#include <string.h>

#include "relay_protocol/frame.h"
#include "relay_protocol/message.h"
#include "support/unit_test.h"

#define BYTES_MAX 65536u

/* A party, what the server has said to it, what it answers, and what it found. */
struct stage {
	struct load_party party;
	struct load_sink sink;
	struct byte_writer said;
	struct byte_writer answers;
	uint8_t said_bytes[BYTES_MAX];
	uint8_t answer_bytes[BYTES_MAX];
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		return -1;
	stage->said = byte_writer_into(stage->said_bytes, BYTES_MAX);
	stage->answers = byte_writer_into(stage->answer_bytes, BYTES_MAX);
	stage->party.run = 0xabcd;
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* ---- what a server says ---- */

static void say_frame(struct stage *stage, enum relay_kind kind, uint16_t type, uint16_t status,
		      uint32_t id)
{
	relay_frame_end(&stage->said, relay_frame_begin(&stage->said, kind, type, status, id));
}

static void say_hello(struct stage *stage, uint32_t number)
{
	size_t frame = relay_frame_begin(&stage->said, RELAY_INDICATION, RELAY_TYPE_HELLO, 0, 0);

	relay_put_text(&stage->said, RELAY_FIELD_NAME, "a server");
	relay_put_text(&stage->said, RELAY_FIELD_TEXT, "welcome");
	relay_put_u32(&stage->said, RELAY_FIELD_NUMBER, number);
	relay_put_u32(&stage->said, RELAY_FIELD_LIMIT, 65536);
	relay_frame_end(&stage->said, frame);
}

static void say_message(struct stage *stage, uint32_t id, uint32_t sequence)
{
	struct load_stamp stamp = { .due_ns = 1000 + sequence, .sequence = sequence };
	uint8_t payload[40] = { 0 };
	size_t frame = relay_frame_begin(&stage->said, RELAY_INDICATION, RELAY_TYPE_SEND, 0, id);

	load_stamp_write(payload, &stamp);
	relay_put_text(&stage->said, RELAY_FIELD_NAME, "stands before DATA, and is passed over");
	relay_put_bytes(&stage->said, RELAY_FIELD_DATA, payload, sizeof(payload));
	relay_frame_end(&stage->said, frame);
}

/* through 0: without that field. */
static void say_verdict(struct stage *stage, enum relay_status status, uint32_t id,
			uint32_t through)
{
	size_t frame = relay_frame_begin(&stage->said, RELAY_RESPONSE, RELAY_TYPE_SEND,
					 (uint16_t)status, id);

	relay_put_u8(&stage->said, RELAY_FIELD_OUTCOME, 1);
	if (through != 0)
		relay_put_u32(&stage->said, RELAY_FIELD_THROUGH, through);
	relay_frame_end(&stage->said, frame);
}

static void say_farewell(struct stage *stage, enum relay_type type, enum relay_status status,
			 const char *text)
{
	size_t frame = relay_frame_begin(&stage->said, RELAY_INDICATION, (uint16_t)type,
					 (uint16_t)status, 0);

	relay_put_text(&stage->said, RELAY_FIELD_TEXT, text);
	relay_frame_end(&stage->said, frame);
}

/* ---- what the dialect makes of it ---- */

/* Takes all that was said, which must be whole messages. */
static void take_all(struct stage *stage)
{
	ssize_t taken = wiretale_dialect.take(&stage->party, stage->said_bytes, stage->said.length,
					      &stage->answers, &stage->sink);

	if (taken < 0)
		fail_msg("%s", stage->sink.problem);
	assert_int_equal(taken, stage->said.length);
	stage->said.length = 0;
}

static void assert_broken(struct stage *stage, const char *problem)
{
	ssize_t taken = wiretale_dialect.take(&stage->party, stage->said_bytes, stage->said.length,
					      &stage->answers, &stage->sink);

	assert_int_equal(taken, -1);
	assert_string_equal(stage->sink.problem, problem);
}

/* As many messages of its own as if put_message() had been called so often. */
static void has_sent(struct stage *stage, uint32_t messages)
{
	stage->party.role = LOAD_SENDER;
	stage->party.number = 1;
	stage->party.ready = true;
	stage->party.messages = messages;
}

/* The next of the frames that it wrote, decoded by the codec of the product. */
static struct relay_frame next_written(const struct byte_writer *writer, size_t *at,
				       struct relay_message *message)
{
	const char *problem = NULL;
	struct relay_frame frame = { 0 };
	size_t needed = 0;

	assert_false(writer->overflowed);
	assert_int_equal(relay_frame_decode(writer->bytes + *at, writer->length - *at, 65536,
					    &frame, &needed),
			 RELAY_FRAME_OK);
	*at += needed;
	if (relay_message_decode(&frame, message, &problem) != RELAY_MESSAGE_OK)
		fail_msg("%s", problem);
	return frame;
}

static void assert_acknowledged(const struct stage *stage, size_t *at, uint32_t first,
				uint32_t through)
{
	struct relay_message message;
	struct relay_frame frame = next_written(&stage->answers, at, &message);

	assert_int_equal(frame.kind, RELAY_ACKNOWLEDGEMENT);
	assert_int_equal(frame.type, RELAY_TYPE_SEND);
	assert_int_equal(frame.id, first);
	assert_int_equal(relay_message_has(&message, RELAY_FIELD_THROUGH), through != 0);
	if (through != 0)
		assert_int_equal(message.through, through);
}

static void who_needs_no_room_is_ready_with_the_servers_hello(void **state)
{
	struct stage *stage = *state;

	wiretale_dialect.greet(&stage->party, &stage->answers);
	assert_int_equal(stage->answers.length, 0);
	assert_false(stage->party.ready);
	say_hello(stage, 77);
	take_all(stage);
	assert_true(stage->party.ready);
	assert_int_equal(stage->party.number, 77);
	assert_int_equal(stage->answers.length, 0);
}

static void a_member_is_ready_when_it_has_joined(void **state)
{
	struct stage *stage = *state;
	struct relay_message message;
	struct relay_frame frame;
	size_t at = 0;

	stage->party.in_room = true;
	wiretale_dialect.greet(&stage->party, &stage->answers);
	frame = next_written(&stage->answers, &at, &message);
	assert_int_equal(frame.kind, RELAY_REQUEST);
	assert_int_equal(frame.type, RELAY_TYPE_JOIN);
	assert_int_equal(message.to_room.length, strlen("load-0000abcd"));
	assert_memory_equal(message.to_room.bytes, "load-0000abcd", message.to_room.length);
	assert_int_equal(at, stage->answers.length);

	say_hello(stage, 5);
	take_all(stage);
	assert_false(stage->party.ready);
	say_frame(stage, RELAY_RESPONSE, RELAY_TYPE_JOIN, 0, frame.id);
	take_all(stage);
	assert_true(stage->party.ready);
	assert_int_equal(stage->party.number, 5);
}

static void a_room_that_may_not_be_joined_is_told(void **state)
{
	struct stage *stage = *state;

	stage->party.in_room = true;
	say_hello(stage, 5);
	say_frame(stage, RELAY_RESPONSE, RELAY_TYPE_JOIN, RELAY_STATUS_FORBIDDEN, 1);
	assert_broken(stage, "the room could not be joined");
	assert_false(stage->party.ready);
}

static void a_message_goes_to_the_number_of_its_receiver(void **state)
{
	static const uint8_t payload[] = "sixteen bytes...";
	struct stage *stage = *state;
	static const struct load_party receiver = { .number = 42 };

	has_sent(stage, 0);
	stage->party.to = &receiver;
	for (uint32_t sent = 0; sent < 3; sent++) {
		struct relay_message message;
		size_t at = stage->answers.length;
		struct relay_frame frame;

		wiretale_dialect.put_message(&stage->party, &stage->answers, payload,
					     sizeof(payload));
		stage->party.messages++;
		frame = next_written(&stage->answers, &at, &message);
		assert_int_equal(frame.kind, RELAY_REQUEST);
		assert_int_equal(frame.type, RELAY_TYPE_SEND);
		assert_int_equal(frame.id, sent + 1);
		assert_int_equal(message.to_number, 42);
		assert_false(relay_message_has(&message, RELAY_FIELD_TO_ROOM));
		assert_int_equal(message.data.length, sizeof(payload));
		assert_memory_equal(message.data.bytes, payload, sizeof(payload));
		assert_int_equal(at, stage->answers.length);
	}
}

static void a_message_without_receiver_goes_to_the_room(void **state)
{
	static const uint8_t payload[100] = { 1 };
	struct stage *stage = *state;
	struct relay_message message;
	size_t at = 0;

	has_sent(stage, 0);
	wiretale_dialect.put_message(&stage->party, &stage->answers, payload, sizeof(payload));
	(void)next_written(&stage->answers, &at, &message);
	assert_memory_equal(message.to_room.bytes, "load-0000abcd", message.to_room.length);
	assert_false(relay_message_has(&message, RELAY_FIELD_TO_NUMBER));
	assert_true(stage->answers.length <= wiretale_dialect.extra_bytes + sizeof(payload));
}

static void all_messages_of_one_read_are_acknowledged_at_once(void **state)
{
	struct stage *stage = *state;
	size_t at = 0;

	for (uint32_t id = 1; id <= 5; id++)
		say_message(stage, id, id);
	take_all(stage);
	assert_int_equal(stage->sink.received, 5);
	assert_int_equal(stage->sink.out_of_order, 0);
	assert_int_equal(stage->party.last_sequence, 5);
	assert_acknowledged(stage, &at, 1, 5);
	assert_int_equal(at, stage->answers.length);
	/* A single one needs no THROUGH. */
	say_message(stage, 6, 6);
	take_all(stage);
	assert_acknowledged(stage, &at, 6, 0);
	assert_int_equal(at, stage->answers.length);
}

static void what_is_missing_or_comes_twice_is_out_of_order(void **state)
{
	static const uint32_t sequences[] = { 1, 2, 4, 4, 5, 3, 4 };
	struct stage *stage = *state;

	for (uint32_t i = 0; i < 7; i++)
		say_message(stage, i + 1, sequences[i]);
	take_all(stage);
	assert_int_equal(stage->sink.received, 7);
	assert_int_equal(stage->sink.out_of_order, 3); /* 4 after 2, 4 after 4, 3 after 5 */
}

static void a_payload_too_short_for_a_stamp_is_received_and_out_of_order(void **state)
{
	struct stage *stage = *state;
	size_t frame = relay_frame_begin(&stage->said, RELAY_INDICATION, RELAY_TYPE_SEND, 0, 1);

	relay_put_text(&stage->said, RELAY_FIELD_DATA, "fifteen bytes..");
	relay_frame_end(&stage->said, frame);
	take_all(stage);
	assert_int_equal(stage->sink.received, 1);
	assert_int_equal(stage->sink.out_of_order, 1);
}

static void verdicts_are_counted_one_by_one_and_by_range(void **state)
{
	struct stage *stage = *state;

	has_sent(stage, 10);
	say_verdict(stage, RELAY_STATUS_OK, 1, 0);
	say_verdict(stage, RELAY_STATUS_OK, 2, 2);
	say_verdict(stage, RELAY_STATUS_OK, 3, 8);
	say_verdict(stage, RELAY_STATUS_GONE, 10, 0);
	say_verdict(stage, RELAY_STATUS_BUSY, 9, 0);
	take_all(stage);
	assert_int_equal(stage->sink.confirmed, 8);
	assert_int_equal(stage->sink.refused, 2);
	assert_string_equal(stage->sink.last_refusal, "busy");
	assert_int_equal(stage->answers.length, 0);
}

static void through_stands_for_nothing_in_a_refusal(void **state)
{
	struct stage *stage = *state;

	has_sent(stage, 10);
	say_verdict(stage, RELAY_STATUS_BUSY, 1, 5);
	take_all(stage);
	assert_int_equal(stage->sink.refused, 1);
	assert_int_equal(stage->sink.confirmed, 0);
}

static void note_verdict(struct load_sink *sink, const struct load_party *party, uint32_t first,
			 uint32_t last)
{
	(void)party;
	*(uint64_t *)sink->context = (uint64_t)first << 32 | last;
}

static void who_listens_to_verdicts_hears_first_and_last(void **state)
{
	struct stage *stage = *state;
	uint64_t heard = 0;

	stage->sink.each_verdict = note_verdict;
	stage->sink.context = &heard;
	has_sent(stage, 10);
	say_verdict(stage, RELAY_STATUS_OK, 3, 7);
	take_all(stage);
	assert_int_equal(heard, UINT64_C(3) << 32 | 7);
}

static void verdicts_on_what_was_not_sent_are_broken(void **state)
{
	static const uint32_t wrong[][2] = {
		{ 11, 0 }, { 10, 11 }, { 5, 4 }, { 0, 0 }, { 0, 5 }, { 1, UINT32_MAX },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		has_sent(stage, 10);
		stage->said.length = 0;
		say_verdict(stage, RELAY_STATUS_OK, wrong[i][0], wrong[i][1]);
		assert_broken(stage, "a verdict came on a message that was never sent");
	}
	assert_int_equal(stage->sink.confirmed, 0);
}

static void a_second_verdict_on_all_is_broken(void **state)
{
	struct stage *stage = *state;

	has_sent(stage, 10);
	say_verdict(stage, RELAY_STATUS_OK, 1, 10);
	take_all(stage);
	say_verdict(stage, RELAY_STATUS_OK, 7, 0);
	assert_broken(stage, "a second verdict came on a message");
	assert_int_equal(stage->sink.confirmed, 10);
}

static void a_ping_is_answered_with_its_id(void **state)
{
	struct stage *stage = *state;
	struct relay_message message;
	struct relay_frame frame;
	size_t at = 0;

	say_frame(stage, RELAY_INDICATION, RELAY_TYPE_PING, 0, 1234);
	take_all(stage);
	frame = next_written(&stage->answers, &at, &message);
	assert_int_equal(frame.kind, RELAY_ACKNOWLEDGEMENT);
	assert_int_equal(frame.type, RELAY_TYPE_PING);
	assert_int_equal(frame.id, 1234);
}

static void an_unknown_indication_is_passed_over(void **state)
{
	struct stage *stage = *state;

	say_frame(stage, RELAY_INDICATION, 4711, 0, 0);
	say_message(stage, 1, 1);
	take_all(stage);
	assert_int_equal(stage->sink.received, 1);
}

static void a_farewell_is_told_without_control_characters(void **state)
{
	struct stage *stage = *state;

	say_farewell(stage, RELAY_TYPE_BYE, RELAY_STATUS_OK, "going\x1b[2J down");
	assert_broken(stage, "the server said BYE, \"going?[2J down\"");
	stage->said.length = 0;
	say_farewell(stage, RELAY_TYPE_ERROR, RELAY_STATUS_BUSY, "\xe6\xbb\xa1 full");
	assert_broken(stage, "the server said busy, \"??? full\"");
	stage->said.length = 0;
	say_frame(stage, RELAY_INDICATION, RELAY_TYPE_ERROR, 4711, 0);
	assert_broken(stage, "the server said unknown, \"\"");
}

static void a_long_farewell_is_cut(void **state)
{
	struct stage *stage = *state;
	char text[1000];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	say_farewell(stage, RELAY_TYPE_BYE, RELAY_STATUS_OK, text);
	assert_int_equal(wiretale_dialect.take(&stage->party, stage->said_bytes, stage->said.length,
					       &stage->answers, &stage->sink),
			 -1);
	assert_true(strlen(stage->sink.problem) < 130);
}

static void frames_that_no_server_sends_are_broken(void **state)
{
	static const struct {
		enum relay_kind kind;
		uint16_t type;
		const char *problem;
	} rows[] = {
		{ RELAY_REQUEST, RELAY_TYPE_SEND, "a frame came that only clients send" },
		{ RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, "a frame came that only clients send" },
		{ RELAY_RESPONSE, RELAY_TYPE_LIST, "an answer came to what nobody asked" },
		{ RELAY_INDICATION, RELAY_TYPE_SEND, "a message without DATA came" },
		{ RELAY_INDICATION, RELAY_TYPE_HELLO, "a HELLO without NUMBER came" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stage->said.length = 0;
		say_frame(stage, rows[i].kind, rows[i].type, 0, 1);
		assert_broken(stage, rows[i].problem);
	}
}

static void a_second_hello_does_not_change_the_number(void **state)
{
	struct stage *stage = *state;

	say_hello(stage, 5);
	take_all(stage);
	say_hello(stage, 6);
	assert_broken(stage, "a second HELLO came");
	assert_int_equal(stage->party.number, 5);
}

/* The bytes of a field's length, in a frame with DATA as its only field. */
#define DATA_LENGTH_AT (RELAY_FRAME_HEADER_BYTES + 2)

static void a_field_longer_than_its_frame_is_a_field_that_is_missing(void **state)
{
	static const uint32_t lengths[] = { 17, 0x7fffffff, UINT32_MAX };
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t frame;

		stage->said.length = 0;
		frame = relay_frame_begin(&stage->said, RELAY_INDICATION, RELAY_TYPE_SEND, 0, 1);
		relay_put_text(&stage->said, RELAY_FIELD_DATA, "sixteen bytes...");
		relay_frame_end(&stage->said, frame);
		relay_store_u32(stage->said_bytes + DATA_LENGTH_AT, lengths[i]);
		assert_broken(stage, "a message without DATA came");
	}
}

static void what_is_no_frame_is_told_by_its_first_bytes(void **state)
{
	static const char *const starts[] = { "HTTP/1.1 400 Bad Request\r\n", "X", "WT\x02",
					      "WT\x01\x09" };
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		stage->said.length = 0;
		byte_write_bytes(&stage->said, starts[i], strlen(starts[i]));
		assert_broken(stage, "what came is no frame of this protocol");
	}
}

static void a_frame_longer_than_any_server_sends_is_broken_before_it_is_there(void **state)
{
	struct stage *stage = *state;

	say_frame(stage, RELAY_INDICATION, RELAY_TYPE_SEND, 0, 1);
	relay_store_u32(stage->said_bytes + 12, RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES);
	assert_int_equal(wiretale_dialect.take(&stage->party, stage->said_bytes, 16,
					       &stage->answers, &stage->sink),
			 0);
	relay_store_u32(stage->said_bytes + 12,
			RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES + 1);
	assert_broken(stage, "what came is no frame of this protocol");
}

static void say_all_sorts(struct stage *stage)
{
	say_hello(stage, 3);
	say_message(stage, 1, 1);
	say_message(stage, 2, 2);
	say_frame(stage, RELAY_INDICATION, RELAY_TYPE_PING, 0, 8);
	say_verdict(stage, RELAY_STATUS_OK, 1, 4);
	say_message(stage, 3, 3);
	say_verdict(stage, RELAY_STATUS_GONE, 5, 0);
}

/* As the engine does: what take() leaves is handed in again with what follows. */
static void cut_at_any_byte_the_same_is_found(void **state)
{
	struct stage *stage = *state;
	size_t length;

	say_all_sorts(stage);
	length = stage->said.length;
	for (size_t cut = 0; cut <= length; cut++) {
		struct load_sink sink = { 0 };
		struct byte_writer answers = byte_writer_into(stage->answer_bytes, BYTES_MAX);
		struct load_party party = { .messages = 5 };
		ssize_t first =
			wiretale_dialect.take(&party, stage->said_bytes, cut, &answers, &sink);
		ssize_t second;

		assert_in_range(first, 0, cut);
		second = wiretale_dialect.take(&party, stage->said_bytes + first,
					       length - (size_t)first, &answers, &sink);
		assert_int_equal(first + second, length);
		assert_int_equal(sink.received, 3);
		assert_int_equal(sink.out_of_order, 0);
		assert_int_equal(sink.confirmed, 4);
		assert_int_equal(sink.refused, 1);
		assert_int_equal(party.number, 3);
		assert_true(party.ready);
	}
}

static void byte_by_byte_each_message_is_taken_with_its_last(void **state)
{
	struct stage *stage = *state;
	size_t start = 0;
	size_t acknowledgements = 0;

	stage->party.messages = 5;
	say_all_sorts(stage);
	for (size_t end = 1; end <= stage->said.length; end++) {
		uint64_t before = stage->sink.received;
		ssize_t taken = wiretale_dialect.take(&stage->party, stage->said_bytes + start,
						      end - start, &stage->answers, &stage->sink);

		assert_true(taken == 0 || (size_t)taken == end - start);
		start += (size_t)taken;
		acknowledgements += stage->sink.received - before;
	}
	assert_int_equal(start, stage->said.length);
	assert_int_equal(acknowledgements, 3);
	/* Three of messages without THROUGH and one of the PING: headers only. */
	assert_int_equal(stage->answers.length, 4 * RELAY_FRAME_HEADER_BYTES);
}

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(who_needs_no_room_is_ready_with_the_servers_hello),
		STAGE_TEST(a_member_is_ready_when_it_has_joined),
		STAGE_TEST(a_room_that_may_not_be_joined_is_told),
		STAGE_TEST(a_message_goes_to_the_number_of_its_receiver),
		STAGE_TEST(a_message_without_receiver_goes_to_the_room),
		STAGE_TEST(all_messages_of_one_read_are_acknowledged_at_once),
		STAGE_TEST(what_is_missing_or_comes_twice_is_out_of_order),
		STAGE_TEST(a_payload_too_short_for_a_stamp_is_received_and_out_of_order),
		STAGE_TEST(verdicts_are_counted_one_by_one_and_by_range),
		STAGE_TEST(through_stands_for_nothing_in_a_refusal),
		STAGE_TEST(who_listens_to_verdicts_hears_first_and_last),
		STAGE_TEST(verdicts_on_what_was_not_sent_are_broken),
		STAGE_TEST(a_second_verdict_on_all_is_broken),
		STAGE_TEST(a_ping_is_answered_with_its_id),
		STAGE_TEST(an_unknown_indication_is_passed_over),
		STAGE_TEST(a_farewell_is_told_without_control_characters),
		STAGE_TEST(a_long_farewell_is_cut),
		STAGE_TEST(frames_that_no_server_sends_are_broken),
		STAGE_TEST(a_second_hello_does_not_change_the_number),
		STAGE_TEST(a_field_longer_than_its_frame_is_a_field_that_is_missing),
		STAGE_TEST(what_is_no_frame_is_told_by_its_first_bytes),
		STAGE_TEST(a_frame_longer_than_any_server_sends_is_broken_before_it_is_there),
		STAGE_TEST(cut_at_any_byte_the_same_is_found),
		STAGE_TEST(byte_by_byte_each_message_is_taken_with_its_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
