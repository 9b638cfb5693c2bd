#include "report/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_protocol/message.h"
#include "support/unit_test.h"

#define MARKS 64u

/* A connection of which only the heads are there: what both said, a frame for each say(). */
struct talk {
	struct tcp_connection connection;
	uint8_t bytes[2][DIALOGUE_HEAD_MAX_BYTES];
	struct dialogue_mark marks[2][MARKS];
	uint64_t frames;
	enum tcp_side last;
	struct conversation conversation;
	struct conversation_line line;
};

static struct talk *talk_create(void)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	assert_non_null(talk);
	talk->last = TCP_BOTH_SIDES;
	for (int side = 0; side < 2; side++) {
		talk->connection.dialogue.heads[side].bytes = talk->bytes[side];
		talk->connection.dialogue.heads[side].marks = talk->marks[side];
		talk->connection.dialogue.heads[side].from_start = true;
	}
	return talk;
}

static void talk_destroy(struct talk *talk)
{
	conversation_finish(&talk->conversation);
	free(talk);
}

static void say(struct talk *talk, enum tcp_side side, const void *bytes, size_t length)
{
	struct dialogue_head *head = &talk->connection.dialogue.heads[side];

	assert_true(head->length + length <= DIALOGUE_HEAD_MAX_BYTES);
	assert_true(head->mark_count < MARKS);
	memcpy(head->bytes + head->length, bytes, length);
	head->marks[head->mark_count++] = (struct dialogue_mark){ .offset = head->length,
								  .after = talk->last,
								  .frame = ++talk->frames };
	head->length += (uint32_t)length;
	talk->connection.ends[side].bytes += length;
	talk->last = side;
}

static void say_text(struct talk *talk, enum tcp_side side, const char *text)
{
	say(talk, side, text, strlen(text));
}

static void expect_name(struct talk *talk, const char *protocol, const char *name)
{
	struct text_builder out;

	text_builder_init(&out, 1000);
	assert_string_equal(conversation_protocol(&talk->connection), protocol);
	assert_true(conversation_name(&talk->connection, &out));
	assert_string_equal(text_builder_text(&out), name);
	text_builder_finish(&out);
	conversation_finish(&talk->conversation);
	conversation_begin(&talk->conversation, &talk->connection);
}

static void expect_line(struct talk *talk, enum tcp_side from, uint64_t frame, const char *name,
			const char *detail)
{
	assert_true(conversation_next(&talk->conversation, &talk->line));
	assert_string_equal(talk->line.name, name);
	assert_string_equal(talk->line.detail, detail);
	assert_int_equal(talk->line.from, from);
	assert_int_equal(talk->line.frame, frame);
}

static void expect_end(struct talk *talk)
{
	assert_false(conversation_next(&talk->conversation, &talk->line));
	assert_int_equal(conversation_untold(&talk->conversation, TCP_CLIENT), 0);
	assert_int_equal(conversation_untold(&talk->conversation, TCP_SERVER), 0);
}

/* ---- the relay's protocol ---- */

struct message {
	uint8_t bytes[400];
	struct byte_writer writer;
	size_t start;
};

static struct byte_writer *message_begin(struct message *message, enum relay_kind kind,
					 uint16_t type, uint16_t status, uint32_t id)
{
	message->writer = byte_writer_into(message->bytes, sizeof(message->bytes));
	message->start = relay_frame_begin(&message->writer, kind, type, status, id);
	return &message->writer;
}

static void message_say(struct talk *talk, enum tcp_side side, struct message *message)
{
	relay_frame_end(&message->writer, message->start);
	assert_false(message->writer.overflowed);
	say(talk, side, message->bytes, message->writer.length);
}

static const struct relay_address somewhere = {
	.family = 4,
	.port = 51402,
	.bytes = { 127, 0, 0, 1 },
};

static void say_hello(struct talk *talk)
{
	struct message message;
	struct byte_writer *body =
		message_begin(&message, RELAY_INDICATION, RELAY_TYPE_HELLO, 0, 0);

	relay_put_text(body, RELAY_FIELD_NAME, "relay");
	relay_put_text(body, RELAY_FIELD_TEXT, "welcome");
	relay_put_u32(body, RELAY_FIELD_NUMBER, 3);
	relay_put_address(body, &somewhere);
	relay_put_u32(body, RELAY_FIELD_LIMIT, 65536);
	relay_put_u32(body, RELAY_FIELD_KEEPALIVE, 20000);
	relay_put_u8(body, RELAY_FIELD_AUTH, 0);
	message_say(talk, TCP_SERVER, &message);
}

static void say_send(struct talk *talk, uint32_t id, const char *data)
{
	struct message message;
	struct byte_writer *body = message_begin(&message, RELAY_REQUEST, RELAY_TYPE_SEND, 0, id);

	relay_put_text(body, RELAY_FIELD_TO_ROOM, "tea");
	relay_put_text(body, RELAY_FIELD_DATA, data);
	message_say(talk, TCP_CLIENT, &message);
}

static void the_relays_messages_are_named_with_what_they_carry(void **state)
{
	struct talk *talk = talk_create();
	struct message message;
	struct byte_writer *body;
	struct relay_entry ann = { .number = 7,
				   .address = somewhere,
				   .name = { (const uint8_t *)"ann", 3 } };

	(void)state;
	say_hello(talk);
	message_begin(&message, RELAY_REQUEST, RELAY_TYPE_TIME, 0, 1);
	message_say(talk, TCP_CLIENT, &message);
	body = message_begin(&message, RELAY_RESPONSE, RELAY_TYPE_TIME, 0, 1);
	relay_put_u64(body, RELAY_FIELD_TIME, UINT64_C(1795215600123456789));
	relay_put_u32(body, RELAY_FIELD_ZONE, 8 * 3600);
	message_say(talk, TCP_SERVER, &message);
	say_send(talk, 2, "hello");
	body = message_begin(&message, RELAY_RESPONSE, RELAY_TYPE_SEND, RELAY_STATUS_NO_SUCH_CLIENT,
			     2);
	relay_put_text(body, RELAY_FIELD_TEXT, "no room tea");
	message_say(talk, TCP_SERVER, &message);
	body = message_begin(&message, RELAY_INDICATION, RELAY_TYPE_SEND, 0, 1);
	relay_put_entry(body, RELAY_FIELD_FROM, &ann);
	relay_put_bytes(body, RELAY_FIELD_DATA, "\0\1\2", 3);
	relay_put_u64(body, RELAY_FIELD_TIME, UINT64_C(1795215600000000000));
	message_say(talk, TCP_SERVER, &message);
	message_begin(&message, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, 0, 1);
	message_say(talk, TCP_CLIENT, &message);
	body = message_begin(&message, RELAY_RESPONSE, RELAY_TYPE_SEND, 0, 2);
	relay_put_u8(body, RELAY_FIELD_OUTCOME, RELAY_OUTCOME_DELIVERED);
	relay_put_u32(body, RELAY_FIELD_COUNT, 2);
	message_say(talk, TCP_SERVER, &message);

	expect_name(talk, "wiretale", "Wiretale relay");
	expect_line(talk, TCP_SERVER, 1, "HELLO indication",
		    "client 3, name relay, at 127.0.0.1:51402, limit 65536, keep-alive 20000 ms, "
		    "\"welcome\"");
	expect_line(talk, TCP_CLIENT, 2, "TIME request", "id 1");
	assert_int_equal(talk->line.bytes, RELAY_FRAME_HEADER_BYTES);
	expect_line(talk, TCP_SERVER, 3, "TIME response", "id 1, 2026-11-21T07:00:00.123+08:00");
	expect_line(talk, TCP_CLIENT, 4, "SEND request", "id 2, room tea, 5 bytes: \"hello\"");
	expect_line(talk, TCP_SERVER, 5, "SEND response", "id 2, no-such-client, \"no room tea\"");
	expect_line(talk, TCP_SERVER, 6, "SEND indication",
		    "id 1, from client 7 @ann, 2026-11-20T23:00:00.000+00:00, 3 bytes: 00 01 02");
	expect_line(talk, TCP_CLIENT, 7, "SEND acknowledgement", "id 1");
	expect_line(talk, TCP_SERVER, 8, "SEND response", "id 2, delivered, count 2");
	assert_true(talk->line.whole);
	expect_end(talk);
	talk_destroy(talk);
}

static void a_message_in_two_segments_is_one_and_two_in_one_are_two(void **state)
{
	struct talk *talk = talk_create();
	struct message message;
	uint8_t pair[2 * RELAY_FRAME_HEADER_BYTES];

	(void)state;
	message_begin(&message, RELAY_REQUEST, RELAY_TYPE_NAME, 0, 5);
	relay_frame_end(&message.writer, message.start);
	memcpy(pair, message.bytes, RELAY_FRAME_HEADER_BYTES);
	message_begin(&message, RELAY_REQUEST, RELAY_TYPE_LIST, 0, 6);
	relay_frame_end(&message.writer, message.start);
	memcpy(pair + RELAY_FRAME_HEADER_BYTES, message.bytes, RELAY_FRAME_HEADER_BYTES);
	say(talk, TCP_CLIENT, pair, 10);
	say(talk, TCP_CLIENT, pair + 10, sizeof(pair) - 10);

	expect_name(talk, "wiretale", "Wiretale relay");
	expect_line(talk, TCP_CLIENT, 1, "NAME request", "id 5");
	expect_line(talk, TCP_CLIENT, 2, "LIST request", "id 6");
	expect_end(talk);
	talk_destroy(talk);
}

static void a_message_that_is_not_whole_or_not_right_is_told_so(void **state)
{
	struct talk *talk = talk_create();
	struct message message;
	struct byte_writer *body;

	(void)state;
	body = message_begin(&message, RELAY_REQUEST, RELAY_TYPE_SEND, 0, 1);
	relay_put_u32(body, RELAY_FIELD_TO_NUMBER, 3); /* no DATA */
	message_say(talk, TCP_CLIENT, &message);
	message_begin(&message, RELAY_REQUEST, 77, 0, 2);
	message_say(talk, TCP_CLIENT, &message);
	body = message_begin(&message, RELAY_REQUEST, RELAY_TYPE_PING, 0, 3);
	relay_put_bytes(body, RELAY_FIELD_DATA, "0123456789", 10);
	relay_frame_end(&message.writer, message.start);
	say(talk, TCP_CLIENT, message.bytes, message.writer.length - 4);

	expect_name(talk, "wiretale", "Wiretale relay");
	expect_line(talk, TCP_CLIENT, 1, "SEND request", "id 1, malformed: DATA is missing");
	expect_line(talk, TCP_CLIENT, 2, "type 77 request", "id 2, 0 bytes of an unknown type");
	expect_line(talk, TCP_CLIENT, 3, "PING request", "id 3");
	assert_false(talk->line.whole);
	assert_int_equal(talk->line.bytes, message.writer.length);
	expect_end(talk);
	talk_destroy(talk);
}

static void what_follows_a_broken_frame_is_only_bytes(void **state)
{
	struct talk *talk = talk_create();
	struct message message;

	(void)state;
	message_begin(&message, RELAY_REQUEST, RELAY_TYPE_TIME, 0, 1);
	message_say(talk, TCP_CLIENT, &message);
	say(talk, TCP_CLIENT, "XYZ\1\2", 5);
	expect_name(talk, "wiretale", "Wiretale relay");
	expect_line(talk, TCP_CLIENT, 1, "TIME request", "id 1");
	expect_line(talk, TCP_CLIENT, 2, "bytes", "58 59 5a 01 02");
	expect_end(talk);
	talk_destroy(talk);
}

/* ---- the classic dialect ---- */

static void say_classic(struct talk *talk, enum tcp_side side, uint64_t type, const char *text)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];

	assert_true(classic_message_encode(type, text, strlen(text), bytes));
	say(talk, side, bytes, sizeof(bytes));
}

static void talk_classic(struct talk *talk)
{
	say_classic(talk, TCP_CLIENT, CLASSIC_TIME, "");
	say_classic(talk, TCP_SERVER, CLASSIC_TIME, "1795215600");
	say_classic(talk, TCP_CLIENT, CLASSIC_CLIENT, "");
	say_classic(talk, TCP_SERVER, CLASSIC_CLIENT, "4,51402,127.0.0.1;5,55842,127.0.0.1;");
	say_classic(talk, TCP_CLIENT, CLASSIC_SEND, "127.0.0.1,55842,one, two");
	say_classic(talk, TCP_SERVER, CLASSIC_SEND, "delivered");
	say_classic(talk, TCP_SERVER, CLASSIC_SEND, "from another");
	say_classic(talk, TCP_CLIENT, CLASSIC_CANCEL, "");
}

static void expect_classic_lines(struct talk *talk, uint64_t first)
{
	expect_line(talk, TCP_CLIENT, first, "TIME request", "");
	assert_int_equal(talk->line.bytes, CLASSIC_MESSAGE_BYTES);
	expect_line(talk, TCP_SERVER, first + 1, "TIME answer", "\"1795215600\"");
	expect_line(talk, TCP_CLIENT, first + 2, "CLIENT request", "");
	expect_line(talk, TCP_SERVER, first + 3, "CLIENT answer",
		    "\"4,51402,127.0.0.1;5,55842,127.0.0.1;\"");
	expect_line(talk, TCP_CLIENT, first + 4, "SEND request",
		    "to 127.0.0.1:55842: \"one, two\"");
	expect_line(talk, TCP_SERVER, first + 5, "SEND answer", "\"delivered\"");
	expect_line(talk, TCP_SERVER, first + 6, "SEND message", "\"from another\"");
	expect_line(talk, TCP_CLIENT, first + 7, "CANCEL request", "");
	expect_end(talk);
}

static void the_classic_dialect_begins_with_a_bare_hello(void **state)
{
	struct talk *talk = talk_create();
	uint8_t hello[CLASSIC_DATA_BYTES];

	(void)state;
	classic_hello_encode("welcome", hello);
	say(talk, TCP_SERVER, hello, sizeof(hello));
	talk_classic(talk);
	expect_name(talk, "classic", "Wiretale relay, classic dialect");
	expect_line(talk, TCP_SERVER, 1, "hello", "\"welcome\"");
	assert_int_equal(talk->line.bytes, CLASSIC_DATA_BYTES);
	expect_classic_lines(talk, 2);
	talk_destroy(talk);
}

static void the_assignments_own_hello_is_as_long_as_its_text(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say_text(talk, TCP_SERVER, "hello from the server\n");
	talk_classic(talk);
	expect_name(talk, "classic", "Wiretale relay, classic dialect");
	expect_line(talk, TCP_SERVER, 1, "hello", "\"hello from the server\\n\"");
	expect_classic_lines(talk, 2);
	talk_destroy(talk);
}

static void the_hello_is_found_though_the_stream_is_cut(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say_text(talk, TCP_SERVER, "hi");
	say_classic(talk, TCP_CLIENT, CLASSIC_NAME, "");
	say_classic(talk, TCP_SERVER, CLASSIC_NAME, "host");
	say(talk, TCP_SERVER, "\5\0\0\0\0\0\0\0par", 11);
	expect_name(talk, "classic", "Wiretale relay, classic dialect");
	expect_line(talk, TCP_SERVER, 1, "hello", "\"hi\"");
	expect_line(talk, TCP_CLIENT, 2, "NAME request", "");
	expect_line(talk, TCP_SERVER, 3, "NAME answer", "\"host\"");
	expect_line(talk, TCP_SERVER, 4, "part of a message", "11 of 264 bytes");
	assert_false(talk->line.whole);
	expect_end(talk);
	talk_destroy(talk);
}

/* ---- text and the rest ---- */

static void text_without_line_ends_is_told_turn_by_turn(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say_text(talk, TCP_SERVER, "Hello, client!");
	say_text(talk, TCP_CLIENT, "Hel");
	say_text(talk, TCP_CLIENT, "lo");
	say_text(talk, TCP_SERVER, "quit");
	expect_name(talk, "text", "text");
	expect_line(talk, TCP_SERVER, 1, "text", "\"Hello, client!\"");
	assert_int_equal(talk->line.bytes, 14);
	expect_line(talk, TCP_CLIENT, 2, "text", "\"Hello\"");
	assert_int_equal(talk->line.bytes, 5);
	expect_line(talk, TCP_SERVER, 4, "text", "\"quit\"");
	expect_end(talk);
	talk_destroy(talk);
}

static void text_is_cut_at_line_ends_and_padding(void **state)
{
	struct talk *talk = talk_create();
	char padded[100] = "0hello";

	(void)state;
	say_text(talk, TCP_CLIENT, "one\r\ntwo\n");
	say(talk, TCP_SERVER, padded, sizeof(padded));
	say_text(talk, TCP_CLIENT, "\x7f\x1b[31m");
	say_text(talk, TCP_CLIENT, "x");
	/* an escape is no plain text: the whole is no text any more */
	assert_null(conversation_protocol(&talk->connection));
	talk->connection.dialogue.heads[TCP_CLIENT].length = 9;
	talk->connection.ends[TCP_CLIENT].bytes = 9;
	expect_name(talk, "text", "text");
	expect_line(talk, TCP_CLIENT, 1, "text", "\"one\"");
	assert_int_equal(talk->line.bytes, 5);
	expect_line(talk, TCP_CLIENT, 1, "text", "\"two\"");
	expect_line(talk, TCP_SERVER, 2, "text", "\"0hello\"");
	assert_int_equal(talk->line.bytes, 100);
	expect_end(talk);
	talk_destroy(talk);
}

static void http_is_told_by_first_lines(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say_text(talk, TCP_CLIENT, "GET / HTTP/1.1\r\nHost: a.b\r\n\r\n");
	say_text(talk, TCP_SERVER, "HTTP/1.1 200 OK\r\n\r\nbody");
	talk->connection.ends[TCP_SERVER].bytes += 1000; /* beyond the kept head */
	expect_name(talk, "http", "HTTP a.b GET /");
	expect_line(talk, TCP_CLIENT, 1, "request", "\"GET / HTTP/1.1\"");
	assert_true(talk->line.whole);
	expect_line(talk, TCP_SERVER, 2, "response", "\"HTTP/1.1 200 OK\"");
	assert_false(talk->line.whole);
	assert_int_equal(conversation_untold(&talk->conversation, TCP_SERVER), 1000);
	talk_destroy(talk);
}

static void tls_records_are_named_until_they_are_encrypted(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say(talk, TCP_CLIENT, "\x16\3\1\0\6\1\0\0\2\3\3", 11);
	say(talk, TCP_SERVER, "\x16\3\3\0\6\2\0\0\2\3\3\x14\3\3\0\1\1\x16\3\3\0\4\1\2\3\4", 26);
	say(talk, TCP_CLIENT, "\x17\3\3\0\2ab\x17\3\3\0\1c\x15\3\3\0\2\1\0", 20);
	expect_name(talk, "tls", "TLS 1.2");
	expect_line(talk, TCP_CLIENT, 1, "client hello", "");
	expect_line(talk, TCP_SERVER, 2, "server hello", "");
	expect_line(talk, TCP_SERVER, 2, "change cipher spec", "");
	expect_line(talk, TCP_SERVER, 2, "encrypted handshake", "");
	expect_line(talk, TCP_CLIENT, 3, "application data", "2 records");
	assert_int_equal(talk->line.bytes, 13);
	expect_line(talk, TCP_CLIENT, 3, "alert", "");
	expect_end(talk);
	talk_destroy(talk);
}

static void unknown_bytes_are_shown_in_hex(void **state)
{
	struct talk *talk = talk_create();

	(void)state;
	say(talk, TCP_CLIENT, "\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08\xff", 17);
	assert_null(conversation_protocol(&talk->connection));
	conversation_begin(&talk->conversation, &talk->connection);
	expect_line(talk, TCP_CLIENT, 1, "bytes",
		    "01 02 03 04 05 06 07 08 01 02 03 04 05 06 07 08 ...");
	expect_end(talk);
	talk_destroy(talk);
}

static void without_payload_there_is_nothing_to_tell(void **state)
{
	static const struct tcp_connection silent;
	struct conversation conversation;
	struct conversation_line line;

	(void)state;
	assert_null(conversation_protocol(&silent));
	conversation_begin(&conversation, &silent);
	assert_false(conversation_next(&conversation, &line));
	conversation_finish(&conversation);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_relays_messages_are_named_with_what_they_carry),
		cmocka_unit_test(a_message_in_two_segments_is_one_and_two_in_one_are_two),
		cmocka_unit_test(a_message_that_is_not_whole_or_not_right_is_told_so),
		cmocka_unit_test(what_follows_a_broken_frame_is_only_bytes),
		cmocka_unit_test(the_classic_dialect_begins_with_a_bare_hello),
		cmocka_unit_test(the_assignments_own_hello_is_as_long_as_its_text),
		cmocka_unit_test(the_hello_is_found_though_the_stream_is_cut),
		cmocka_unit_test(text_without_line_ends_is_told_turn_by_turn),
		cmocka_unit_test(text_is_cut_at_line_ends_and_padding),
		cmocka_unit_test(http_is_told_by_first_lines),
		cmocka_unit_test(tls_records_are_named_until_they_are_encrypted),
		cmocka_unit_test(unknown_bytes_are_shown_in_hex),
		cmocka_unit_test(without_payload_there_is_nothing_to_tell),
	};

	return cmocka_run_group_tests_name("conversation", tests, NULL, NULL);
}
