#include "report/stream_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_protocol/message.h"
#include "support/segments.h"
#include "support/unit_test.h"

/* A connection whose segments go through a tracker, and what stands in the one fed last. */
struct talk {
	struct segments script;
	struct stream_messages *messages; /* owned; NULL: nobody looks yet */
	const struct stream_message *found;
	size_t count;
	uint32_t said[2]; /* bytes of each side so far */
};

static struct talk *talk_create(void)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	assert_non_null(talk);
	segments_start(&talk->script, TRACKER_KEEP_PAYLOAD);
	segments_handshake(&talk->script, false);
	talk->messages = stream_messages_create();
	assert_non_null(talk->messages);
	return talk;
}

static void talk_destroy(struct talk *talk)
{
	stream_messages_destroy(talk->messages);
	segments_finish(&talk->script);
	free(talk);
}

/* A segment with these bytes, which stand at this offset of the side's stream. Nothing of the
 * other side's is acknowledged by it. */
static void put_cut(struct talk *talk, enum tcp_side side, uint32_t offset, const void *bytes,
		    size_t length, size_t captured)
{
	char line[100];

	assert_true(length <= SEGMENTS_PAYLOAD_MAX);
	(void)snprintf(line, sizeof(line), "%s PA seq %u:%zu ack 1 +0.001",
		       side == TCP_CLIENT ? "C > S" : "S > C", 1 + offset, 1 + offset + length);
	segments_make(&talk->script, line);
	memcpy(talk->script.payload, bytes, length);
	talk->script.packet.payload = talk->script.payload;
	talk->script.packet.captured_payload = (uint32_t)captured;
	assert_int_equal(tcp_tracker_packet(talk->script.tracker, &talk->script.packet,
					    &talk->script.facts, &talk->script.connection),
			 TRACKER_SEGMENT);
	if (offset + length > talk->said[side])
		talk->said[side] = offset + (uint32_t)length;
	if (talk->messages)
		talk->count = stream_messages_segment(talk->messages, talk->script.connection,
						      &talk->script.facts, &talk->found);
}

static void put(struct talk *talk, enum tcp_side side, uint32_t offset, const void *bytes,
		size_t length)
{
	put_cut(talk, side, offset, bytes, length, length);
}

static void say(struct talk *talk, enum tcp_side side, const void *bytes, size_t length)
{
	put(talk, side, talk->said[side], bytes, length);
}

static const struct stream_message *expect(const struct talk *talk, size_t which, const char *name,
					   const char *detail)
{
	assert_true(which < talk->count);
	assert_string_equal(talk->found[which].name, name);
	assert_string_equal(talk->found[which].detail, detail);
	return &talk->found[which];
}

static void expect_part(const struct stream_message *message, uint32_t payload_offset,
			uint64_t part_offset, uint32_t part_bytes)
{
	assert_int_equal(message->payload_offset, payload_offset);
	assert_int_equal(message->part_offset, part_offset);
	assert_int_equal(message->part_bytes, part_bytes);
	assert_int_equal(message->begins, part_offset == 0);
	assert_int_equal(message->ends, part_offset + part_bytes == message->bytes);
}

/* ---- messages of version 1 ---- */

struct frame {
	uint8_t bytes[200000];
	size_t length;
};

/* A SEND request; `size` bytes of content, "xxx". */
static void make_send(struct frame *frame, uint32_t id, size_t size)
{
	struct byte_writer writer = byte_writer_into(frame->bytes, sizeof(frame->bytes));
	size_t start = relay_frame_begin(&writer, RELAY_REQUEST, RELAY_TYPE_SEND, 0, id);
	uint8_t *data;

	relay_put_text(&writer, RELAY_FIELD_TO_ROOM, "tea");
	data = relay_put_field(&writer, RELAY_FIELD_DATA, size);
	assert_non_null(data);
	memset(data, 'x', size);
	relay_frame_end(&writer, start);
	assert_false(writer.overflowed);
	frame->length = writer.length;
}

static void make_plain(struct frame *frame, enum relay_kind kind, uint16_t type, uint32_t id)
{
	struct byte_writer writer = byte_writer_into(frame->bytes, sizeof(frame->bytes));
	size_t start = relay_frame_begin(&writer, kind, type, 0, id);

	relay_frame_end(&writer, start);
	frame->length = writer.length;
}

static void ask_time(struct talk *talk, uint32_t id)
{
	struct frame frame;

	make_plain(&frame, RELAY_REQUEST, RELAY_TYPE_TIME, id);
	say(talk, TCP_CLIENT, frame.bytes, frame.length);
}

static void messages_are_named_in_the_segments_they_stand_in(void **state)
{
	struct talk *talk = talk_create();
	const struct stream_message *message;
	struct frame frame;

	(void)state;
	ask_time(talk, 1);
	assert_int_equal(talk->count, 1);
	message = expect(talk, 0, "TIME request", "id 1");
	expect_part(message, 0, 0, 16);
	assert_int_equal(message->first_frame, talk->script.packet.frame);
	assert_ptr_equal(message->kept, talk->script.payload);
	assert_int_equal(message->kept_bytes, 16);
	assert_false(message->classic);
	make_plain(&frame, RELAY_RESPONSE, RELAY_TYPE_PING, 7);
	say(talk, TCP_SERVER, frame.bytes, frame.length);
	assert_int_equal(talk->count, 1);
	assert_int_equal(expect(talk, 0, "PING response", "id 7")->from, TCP_SERVER);
	segments_feed(&talk->script, "C > S A");
	assert_int_equal(stream_messages_segment(talk->messages, talk->script.connection,
						 &talk->script.facts, &talk->found),
			 0);
	talk_destroy(talk);
}

static void a_message_in_several_segments_is_whole_in_its_last(void **state)
{
	struct talk *talk = talk_create();
	const struct stream_message *message;
	uint64_t first_frame;
	struct frame frame;

	(void)state;
	ask_time(talk, 1);
	make_send(&frame, 9, 5);
	say(talk, TCP_CLIENT, frame.bytes, 6);
	message = expect(talk, 0, "part of a message", "");
	expect_part(message, 0, 0, 6);
	assert_int_equal(message->bytes, 0);
	first_frame = message->first_frame;
	say(talk, TCP_CLIENT, frame.bytes + 6, 14);
	message = expect(talk, 0, "SEND request", "");
	assert_int_equal(message->bytes, frame.length);
	expect_part(message, 0, 6, 14);
	assert_memory_equal(message->kept, frame.bytes, 20);
	say(talk, TCP_CLIENT, frame.bytes + 20, frame.length - 20);
	assert_int_equal(talk->count, 1);
	message = expect(talk, 0, "SEND request", "id 9, room tea, 5 bytes: \"xxxxx\"");
	expect_part(message, 0, 20, (uint32_t)frame.length - 20);
	assert_int_equal(message->first_frame, first_frame);
	assert_int_equal(message->stream_offset, 16);
	assert_int_equal(message->kept_bytes, frame.length);
	assert_memory_equal(message->kept, frame.bytes, frame.length);
	talk_destroy(talk);
}

static void the_end_of_one_and_the_beginning_of_another_share_a_segment(void **state)
{
	struct talk *talk = talk_create();
	struct frame one;
	struct frame two;
	uint8_t both[400];
	size_t length;

	(void)state;
	make_send(&one, 1, 100);
	make_send(&two, 2, 50);
	memcpy(both, one.bytes, one.length);
	memcpy(both + one.length, two.bytes, two.length);
	memcpy(both + one.length + two.length, one.bytes, one.length);
	length = one.length + two.length + 30;
	say(talk, TCP_CLIENT, both, 40);
	say(talk, TCP_CLIENT, both + 40, length - 40);
	assert_int_equal(talk->count, 3);
	expect_part(expect(talk, 0, "SEND request",
			   "id 1, room tea, 100 bytes: "
			   "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"..."),
		    0, 40, (uint32_t)one.length - 40);
	assert_memory_equal(talk->found[0].kept, one.bytes, one.length);
	expect_part(&talk->found[1], (uint32_t)one.length - 40, 0, (uint32_t)two.length);
	assert_memory_equal(talk->found[1].kept, two.bytes, two.length);
	expect_part(expect(talk, 2, "SEND request", ""), (uint32_t)(one.length + two.length) - 40,
		    0, 30);
	assert_int_equal(talk->found[2].bytes, one.length);
	talk_destroy(talk);
}

static void what_is_sent_again_has_its_names_again(void **state)
{
	struct talk *talk = talk_create();
	const struct stream_message *message;
	struct frame frame;

	(void)state;
	ask_time(talk, 1);
	make_send(&frame, 2, 60);
	say(talk, TCP_CLIENT, frame.bytes, 50);
	say(talk, TCP_CLIENT, frame.bytes + 50, frame.length - 50);
	ask_time(talk, 3);
	put(talk, TCP_CLIENT, (uint32_t)(16 + frame.length), talk->script.payload, 16);
	expect(talk, 0, "TIME request", "id 3");
	/* whose parts are gone has only its name */
	put(talk, TCP_CLIENT, 66, frame.bytes + 50, frame.length - 50);
	message = expect(talk, 0, "SEND request", "");
	expect_part(message, 0, 50, (uint32_t)frame.length - 50);
	assert_null(message->kept);
	put(talk, TCP_CLIENT, 16, frame.bytes, 50);
	message = expect(talk, 0, "SEND request", "");
	assert_int_equal(message->kept_bytes, 50);
	/* all of it in one segment: it can be unfolded again */
	put(talk, TCP_CLIENT, 16, frame.bytes, frame.length);
	assert_int_equal(talk->found[0].kept_bytes, frame.length);
	assert_true(talk->found[0].detail[0] != 0);
	talk_destroy(talk);
}

static void beyond_a_gap_only_sure_frames_are_named(void **state)
{
	struct talk *talk = talk_create();
	struct frame frame;

	(void)state;
	ask_time(talk, 1);
	make_send(&frame, 2, 40);
	put(talk, TCP_CLIENT, 16 + (uint32_t)frame.length + 30, frame.bytes + 30,
	    frame.length - 30);
	assert_int_equal(talk->count, 0);
	put(talk, TCP_CLIENT, 16 + 3 * (uint32_t)frame.length, frame.bytes, frame.length);
	assert_int_equal(talk->count, 1);
	expect_part(
		expect(talk, 0, "SEND request",
		       "id 2, room tea, 40 bytes: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""),
		0, 0, (uint32_t)frame.length);
	/* what fills the gap brings the message that ends in what waited */
	put(talk, TCP_CLIENT, 16, frame.bytes, frame.length);
	assert_int_equal(talk->count, 1);
	put(talk, TCP_CLIENT, 16 + (uint32_t)frame.length, frame.bytes, 30);
	assert_int_equal(talk->count, 1);
	expect_part(&talk->found[0], 0, 0, 30);
	assert_int_equal(talk->found[0].kept_bytes, frame.length);
	assert_true(talk->found[0].detail[0] != 0);
	talk_destroy(talk);
}

static void behind_a_gap_the_next_sure_frame_is_found(void **state)
{
	struct talk *talk = talk_create();
	struct frame frame;
	uint32_t at;

	(void)state;
	ask_time(talk, 1);
	make_send(&frame, 2, 200);
	say(talk, TCP_CLIENT, frame.bytes, 100);
	at = talk->said[TCP_CLIENT] + 1000;
	put(talk, TCP_CLIENT, at, frame.bytes + 30, 70); /* the middle of some message */
	(void)snprintf((char *)frame.bytes + 150, 100, "S > C A seq 1 ack %u", at + 71);
	segments_feed(&talk->script, (char *)frame.bytes + 150);
	(void)stream_messages_segment(talk->messages, talk->script.connection, &talk->script.facts,
				      &talk->found);
	put(talk, TCP_CLIENT, at + 70, "WT\1\1\0\5\0\0\0\0\0\1\0\0\0\x10zzzzzzzzzzzzzzzz", 32);
	assert_int_equal(talk->count, 0); /* a header, but no body that belongs to it */
	ask_time(talk, 7);
	assert_int_equal(talk->count, 1);
	expect(talk, 0, "TIME request", "id 7");
	talk_destroy(talk);
}

static void bytes_missing_inside_a_body_do_not_lose_the_footing(void **state)
{
	struct talk *talk = talk_create();
	const struct stream_message *message;
	struct frame frame;

	(void)state;
	ask_time(talk, 1);
	make_send(&frame, 2, 1000);
	put_cut(talk, TCP_CLIENT, 16, frame.bytes, frame.length, 96); /* a snap length */
	message = expect(talk, 0, "SEND request", "");
	assert_int_equal(message->kept_bytes, 96);
	assert_false(message->ends);
	ask_time(talk, 3);
	assert_int_equal(talk->count, 1);
	expect(talk, 0, "TIME request", "id 3");
	talk_destroy(talk);
}

static void of_a_large_message_the_beginning_is_kept(void **state)
{
	struct talk *talk = talk_create();
	const struct stream_message *message;
	struct frame *frame = malloc(sizeof(*frame));
	size_t at = 0;

	(void)state;
	assert_non_null(frame);
	make_send(frame, 4, 150000);
	for (; at + 30000 < frame->length; at += 30000)
		say(talk, TCP_CLIENT, frame->bytes + at, 30000);
	say(talk, TCP_CLIENT, frame->bytes + at, frame->length - at);
	message = expect(talk, 0, "SEND request", "id 4, 65536 of 150031 bytes are kept");
	assert_int_equal(message->kept_bytes, STREAM_MESSAGE_KEPT_BYTES);
	assert_memory_equal(message->kept, frame->bytes, STREAM_MESSAGE_KEPT_BYTES);
	ask_time(talk, 5);
	expect(talk, 0, "TIME request", "id 5");
	free(frame);
	talk_destroy(talk);
}

static void garbage_ends_what_is_said(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	ask_time(talk, 1);
	say(talk, TCP_CLIENT, "XYZ", 3);
	assert_int_equal(talk->count, 0);
	say(talk, TCP_CLIENT, "WT\1\1\0\115\0\0\0\0\0\1\0\0\0\0", 16); /* no such type */
	assert_int_equal(talk->count, 0);
	put(talk, TCP_CLIENT, 0, "WT\1\1\0\2\0\0\0\0\0\1\0\0\0\0", 16);
	expect(talk, 0, "TIME request", "id 1");
	talk_destroy(talk);
}

static void a_connection_is_recognised_as_soon_as_it_can_be(void **state)
{
	struct talk *talk = talk_create();
	struct frame frame;

	(void)state;
	make_plain(&frame, RELAY_REQUEST, RELAY_TYPE_NAME, 8);
	say(talk, TCP_CLIENT, frame.bytes, 10);
	assert_int_equal(talk->count, 0);
	say(talk, TCP_CLIENT, frame.bytes + 10, 6);
	expect_part(expect(talk, 0, "NAME request", "id 8"), 0, 10, 6);
	put(talk, TCP_CLIENT, 0, frame.bytes, 10); /* what came before has its name now */
	expect_part(expect(talk, 0, "NAME request", ""), 0, 0, 10);
	talk_destroy(talk);
}

static void who_looks_late_misses_nothing_that_the_heads_kept(void **state)
{
	struct talk *talk = talk_create();
	struct stream_messages *messages = talk->messages;
	struct frame frame;

	(void)state;
	make_send(&frame, 3, 20);
	talk->messages = NULL;
	ask_time(talk, 1);
	say(talk, TCP_CLIENT, frame.bytes, 30);
	talk->messages = messages;
	say(talk, TCP_CLIENT, frame.bytes + 30, frame.length - 30);
	expect_part(expect(talk, 0, "SEND request",
			   "id 3, room tea, 20 bytes: \"xxxxxxxxxxxxxxxxxxxx\""),
		    0, 30, (uint32_t)frame.length - 30);
	assert_int_equal(talk->found[0].stream_offset, 16);
	talk_destroy(talk);
}

static void a_segment_tells_of_no_more_than_its_ceiling(void **state)
{
	struct talk *talk = talk_create();
	struct frame *frame = malloc(sizeof(*frame));
	struct frame one;

	(void)state;
	assert_non_null(frame);
	make_plain(&one, RELAY_REQUEST, RELAY_TYPE_PING, 3);
	for (size_t i = 0; i < 2000; i++)
		memcpy(frame->bytes + i * one.length, one.bytes, one.length);
	say(talk, TCP_CLIENT, frame->bytes, 2000 * one.length);
	assert_int_equal(talk->count, STREAM_MESSAGES_IN_SEGMENT);
	assert_int_equal(talk->found[STREAM_MESSAGES_IN_SEGMENT - 1].payload_offset, 16 * 255);
	expect(talk, STREAM_MESSAGES_IN_SEGMENT - 1, "PING request", "id 3");
	free(frame);
	talk_destroy(talk);
}

static void other_protocols_have_no_messages(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say(talk, TCP_CLIENT, "GET / HTTP/1.1\r\n\r\n", 18);
	assert_int_equal(talk->count, 0);
	put(talk, TCP_SERVER, 0, "WT\1\1\0\2\0\0\0\0\0\1\0\0\0\0", 16);
	assert_int_equal(talk->count, 0);
	talk_destroy(talk);
}

/* ---- the classic dialect ---- */

static void say_classic(struct talk *talk, enum tcp_side side, uint64_t type, const char *text)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];

	assert_true(classic_message_encode(type, text, strlen(text), bytes));
	say(talk, side, bytes, sizeof(bytes));
}

static void the_classic_dialect_is_named_with_its_greeting(void **state)
{
	struct talk *talk = talk_create();
	uint8_t hello[CLASSIC_DATA_BYTES];

	(void)state;
	classic_hello_encode("welcome", hello);
	say(talk, TCP_SERVER, hello, sizeof(hello));
	assert_true(expect(talk, 0, "hello", "\"welcome\"")->greeting);
	say_classic(talk, TCP_CLIENT, CLASSIC_TIME, "");
	assert_true(expect(talk, 0, "TIME request", "")->classic);
	say_classic(talk, TCP_SERVER, CLASSIC_TIME, "1795215600");
	expect_part(expect(talk, 0, "TIME answer", "\"1795215600\""), 0, 0, 264);
	assert_int_equal(talk->found[0].stream_offset, 256);
	say_classic(talk, TCP_CLIENT, CLASSIC_SEND, "127.0.0.1,55842,one, two");
	expect(talk, 0, "SEND request", "to 127.0.0.1:55842: \"one, two\"");
	say_classic(talk, TCP_SERVER, CLASSIC_SEND, "delivered");
	expect(talk, 0, "SEND answer", "\"delivered\"");
	say_classic(talk, TCP_SERVER, CLASSIC_SEND, "from another");
	expect(talk, 0, "SEND message", "\"from another\"");
	put(talk, TCP_SERVER, 0, hello, sizeof(hello));
	expect(talk, 0, "hello", "\"welcome\"");
	talk_destroy(talk);
}

static void a_greeting_of_another_length_is_known_by_what_follows(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say(talk, TCP_SERVER, "hello there\n", 12);
	assert_int_equal(talk->count, 0);
	say_classic(talk, TCP_CLIENT, CLASSIC_NAME, "");
	expect(talk, 0, "NAME request", "");
	say_classic(talk, TCP_SERVER, CLASSIC_NAME, "host");
	expect(talk, 0, "NAME answer", "\"host\"");
	assert_int_equal(talk->found[0].stream_offset, 12);
	put(talk, TCP_SERVER, 0, "hello there\n", 12);
	expect(talk, 0, "hello", "\"hello there\\n\"");
	talk_destroy(talk);
}

static void classic_messages_keep_their_places_behind_a_gap(void **state)
{
	struct talk *talk = talk_create();
	uint8_t bytes[2 * CLASSIC_MESSAGE_BYTES];

	(void)state;
	say_classic(talk, TCP_CLIENT, CLASSIC_TIME, "");
	assert_true(classic_message_encode(CLASSIC_NAME, "", 0, bytes));
	assert_true(classic_message_encode(CLASSIC_CLIENT, "", 0, bytes + CLASSIC_MESSAGE_BYTES));
	put(talk, TCP_CLIENT, 264 + 100, bytes + 100, sizeof(bytes) - 100);
	assert_int_equal(talk->count, 0);
	segments_feed(&talk->script, "S > C A seq 1 ack 793");
	(void)stream_messages_segment(talk->messages, talk->script.connection, &talk->script.facts,
				      &talk->found);
	put(talk, TCP_CLIENT, 264 + 100, bytes + 100, sizeof(bytes) - 100);
	assert_int_equal(talk->count, 2);
	expect_part(expect(talk, 0, "part of a message", ""), 0, 100, 164);
	expect_part(expect(talk, 1, "CLIENT request", ""), 164, 0, 264);
	talk_destroy(talk);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_named_in_the_segments_they_stand_in),
		cmocka_unit_test(a_message_in_several_segments_is_whole_in_its_last),
		cmocka_unit_test(the_end_of_one_and_the_beginning_of_another_share_a_segment),
		cmocka_unit_test(what_is_sent_again_has_its_names_again),
		cmocka_unit_test(beyond_a_gap_only_sure_frames_are_named),
		cmocka_unit_test(behind_a_gap_the_next_sure_frame_is_found),
		cmocka_unit_test(bytes_missing_inside_a_body_do_not_lose_the_footing),
		cmocka_unit_test(of_a_large_message_the_beginning_is_kept),
		cmocka_unit_test(garbage_ends_what_is_said),
		cmocka_unit_test(a_connection_is_recognised_as_soon_as_it_can_be),
		cmocka_unit_test(who_looks_late_misses_nothing_that_the_heads_kept),
		cmocka_unit_test(a_segment_tells_of_no_more_than_its_ceiling),
		cmocka_unit_test(other_protocols_have_no_messages),
		cmocka_unit_test(the_classic_dialect_is_named_with_its_greeting),
		cmocka_unit_test(a_greeting_of_another_length_is_known_by_what_follows),
		cmocka_unit_test(classic_messages_keep_their_places_behind_a_gap),
	};

	return cmocka_run_group_tests_name("stream_messages", tests, NULL, NULL);
}
