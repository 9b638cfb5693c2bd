#include "report/message_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"
#include "report/stream_messages.h"
#include "support/unit_test.h"

/* The fields of a message, one a line: "name offset+bytes value | meaning", parts indented. */
static void unfold(const struct stream_message *message, struct text_builder *out)
{
	struct dissection dissection;

	dissection_init(&dissection);
	stream_message_dissect(message, 54, &dissection);
	assert_int_equal(dissection.layer_count, 1);
	for (uint32_t i = 0; i < dissection.field_count; i++) {
		const struct dissected_field *field = &dissection.fields[i];

		text_append_format(out, "%*s%s %u+%u %s", field->level, "", field->name,
				   field->offset, field->bytes, field->value);
		if (field->meaning[0])
			text_append_format(out, " | %s", field->meaning);
		text_append(out, "\n");
	}
	dissection_finish(&dissection);
}

static struct stream_message whole(const uint8_t *bytes, size_t length)
{
	return (struct stream_message){
		.from = TCP_SERVER,
		.name = "some message",
		.bytes = length,
		.part_bytes = (uint32_t)length,
		.begins = true,
		.ends = true,
		.kept = bytes,
		.kept_bytes = (uint32_t)length,
		.detail = "",
	};
}

static void expect(const struct stream_message *message, const char *fields)
{
	struct text_builder out;

	text_builder_init(&out, 64 * 1024);
	unfold(message, &out);
	assert_string_equal(text_builder_text(&out), fields);
	text_builder_finish(&out);
}

/* Only what stands behind the header. */
static void expect_body(const struct stream_message *message, const char *fields)
{
	struct text_builder out;
	const char *body;

	text_builder_init(&out, 64 * 1024);
	unfold(message, &out);
	body = strstr(text_builder_text(&out), "wiretale.length");
	assert_non_null(body);
	body = strchr(body, '\n');
	assert_non_null(body);
	assert_string_equal(body + 1, fields);
	text_builder_finish(&out);
}

/* The answer to TIME of docs/protocol.md, section 13. */
static const uint8_t time_response[] = {
	0x57, 0x54, 1,    2,    0,    2,    0,    0,    0, 0, 0, 1, 0, 0, 0, 0x18, /* header */
	0,    6,    0,    0,    0,    8,                                  /* TIME, 8 bytes */
	0x18, 0xe9, 0xc2, 0x55, 0xc5, 0x62, 0xed, 0x15, 0, 7, 0, 0, 0, 4, /* ZONE, 4 bytes */
	0,    0,    0x70, 0x80,
};

static void every_field_is_told_where_it_stands(void **state)
{
	struct stream_message message = whole(time_response, sizeof(time_response));

	(void)state;
	expect(&message, "wiretale.magic 0+2 WT\n"
			 "wiretale.version 2+1 1\n"
			 "wiretale.kind 3+1 2 | response\n"
			 "wiretale.type 4+2 2 | TIME\n"
			 "wiretale.status 6+2 0 | ok\n"
			 "wiretale.id 8+4 1\n"
			 "wiretale.length 12+4 24\n"
			 "wiretale.field.time 16+14 1795179600123456789 | "
			 "2026-11-20T21:00:00.123456789+08:00\n"
			 " wiretale.field.time.tag 16+2 6 | TIME\n"
			 " wiretale.field.time.length 18+4 8\n"
			 " wiretale.field.time.value 22+8 1795179600123456789 | "
			 "2026-11-20T21:00:00.123456789+08:00\n"
			 "wiretale.field.zone 30+10 28800 | UTC+08:00\n"
			 " wiretale.field.zone.tag 30+2 7 | ZONE\n"
			 " wiretale.field.zone.length 32+4 4\n"
			 " wiretale.field.zone.value 36+4 28800 | UTC+08:00\n");
}

static void an_entry_is_unfolded_into_its_parts(void **state)
{
	/* LIST response, id 3: one ENTRY with NUMBER 2, ADDRESS, NAME alice */
	static const uint8_t bytes[] = {
		0x57, 0x54, 1, 2, 0, 4,  0,   0,    0,    0,   0,   3, 0, 0, 0, 40,
		0,    8,    0, 0, 0, 34, 0,   3,    0,    0,   0,   4, 0, 0, 0, 2, /* NUMBER */
		0,    5,    0, 0, 0, 7,  4,   0xc8, 0xcc, 127, 0,   0, 1,          /* ADDRESS */
		0,    4,    0, 0, 0, 5,  'a', 'l',  'i',  'c', 'e',                /* NAME */
	};
	struct stream_message message = whole(bytes, sizeof(bytes));

	(void)state;
	expect_body(&message,
		    "wiretale.field.entry 16+40 client 2 @alice at 127.0.0.1:51404\n"
		    " wiretale.field.entry.tag 16+2 8 | ENTRY\n"
		    " wiretale.field.entry.length 18+4 34\n"
		    " wiretale.field.entry.value 22+34 client 2 @alice at 127.0.0.1:51404\n"
		    "  wiretale.field.number 22+10 2\n"
		    "   wiretale.field.number.tag 22+2 3 | NUMBER\n"
		    "   wiretale.field.number.length 24+4 4\n"
		    "   wiretale.field.number.value 28+4 2\n"
		    "  wiretale.field.address 32+13 127.0.0.1:51404\n"
		    "   wiretale.field.address.tag 32+2 5 | ADDRESS\n"
		    "   wiretale.field.address.length 34+4 7\n"
		    "   wiretale.field.address.value 38+7 127.0.0.1:51404\n"
		    "    wiretale.field.address.family 38+1 4 | IPv4\n"
		    "    wiretale.field.address.port 39+2 51404\n"
		    "    wiretale.field.address.ip 41+4 127.0.0.1\n"
		    "  wiretale.field.name 45+11 alice\n"
		    "   wiretale.field.name.tag 45+2 4 | NAME\n"
		    "   wiretale.field.name.length 47+4 5\n"
		    "   wiretale.field.name.value 51+5 alice\n");
}

static void unknown_skipped_and_broken_fields_are_told_as_such(void **state)
{
	/* a SEND response, id 2: OUTCOME 1; TEXT, not listed; tag 900; 3 bytes too many */
	static const uint8_t skipped[] = {
		0x57, 0x54, 1, 2, 0, 5, 0, 0, 0,   0,    0,    2,    0, 0, 0, 25, 0, 14, 0, 0, 0,
		1,    1,    0, 1, 0, 0, 0, 2, 'h', '\n', 0x03, 0x84, 0, 0, 0, 4,  1, 2,  3, 4,
	};
	static const uint8_t broken[] = {
		0x57, 0x54, 1, 1, 0, 5, 0, 0, 0, 0, 0, 2, 0, 0, 0, 16, 0,
		9,    0,    0, 0, 4, 0, 0, 0, 1, 0, 2, 0, 0, 1, 0, /* DATA that claims 256 bytes */
	};
	struct stream_message message = whole(skipped, sizeof(skipped));

	(void)state;
	expect_body(&message,
		    "wiretale.field.outcome 16+7 1 | delivered\n"
		    " wiretale.field.outcome.tag 16+2 14 | OUTCOME\n"
		    " wiretale.field.outcome.length 18+4 1\n"
		    " wiretale.field.outcome.value 22+1 1 | delivered\n"
		    "wiretale.field.text 23+8 h\\n | skipped: not listed for this message\n"
		    " wiretale.field.text.tag 23+2 1 | TEXT\n"
		    " wiretale.field.text.length 25+4 2\n"
		    " wiretale.field.text.value 29+2 h\\n\n"
		    "wiretale.field.unknown 31+10 01 02 03 04 | skipped: not listed for this "
		    "message\n"
		    " wiretale.field.unknown.tag 31+2 900 | unknown\n"
		    " wiretale.field.unknown.length 33+4 4\n"
		    " wiretale.field.unknown.value 37+4 01 02 03 04\n");
	message = whole(broken, sizeof(broken));
	expect_body(&message, "wiretale.field.to_number 16+10 1\n"
			      " wiretale.field.to_number.tag 16+2 9 | TO_NUMBER\n"
			      " wiretale.field.to_number.length 18+4 4\n"
			      " wiretale.field.to_number.value 22+4 1\n"
			      "wiretale.malformed 26+6 00 02 00 00 01 00 | a field that claims 256 "
			      "bytes where 0 are left\n");
}

static void what_is_not_all_there_is_told_as_far_as_it_is(void **state)
{
	struct stream_message message = whole(time_response, sizeof(time_response));

	(void)state;
	message.kept_bytes = 20;
	expect_body(&message, "wiretale.field.time 16+4  | not all of it is here\n"
			      " wiretale.field.time.tag 16+2 6 | TIME\n");
	message.kept_bytes = 25;
	expect_body(&message, "wiretale.field.time 16+9  | not all of it is here\n"
			      " wiretale.field.time.tag 16+2 6 | TIME\n"
			      " wiretale.field.time.length 18+4 8\n");
	message.kept_bytes = 15;
	expect(&message, "");
	message.kept = NULL;
	message.kept_bytes = 0;
	expect(&message, "");
}

/* ---- the classic dialect ---- */

static struct stream_message classic(uint8_t bytes[CLASSIC_MESSAGE_BYTES], enum tcp_side from,
				     uint64_t type, const char *text)
{
	struct stream_message message;

	assert_true(classic_message_encode(type, text, strlen(text), bytes));
	message = whole(bytes, CLASSIC_MESSAGE_BYTES);
	message.classic = true;
	message.from = from;
	return message;
}

static void a_classic_message_is_a_type_a_text_and_zeros(void **state)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];
	struct stream_message message = classic(bytes, TCP_SERVER, CLASSIC_TIME, "1795215600");

	(void)state;
	expect(&message, "classic.type 0+8 2 | TIME\n"
			 "classic.data 8+256 1795215600\n"
			 " classic.data.text 8+10 1795215600 | 2026-11-20T23:00:00+00:00\n"
			 " classic.data.zeros 18+246 246 | the end of the text, and padding\n");
	/* the message points to them */
	// cppcheck-suppress unreadVariable
	bytes[200] = 7;
	message.from = TCP_CLIENT;
	expect(&message, "classic.type 0+8 2 | TIME\n"
			 "classic.data 8+256 1795215600\n"
			 " classic.data.text 8+10 1795215600\n"
			 " classic.data.zeros 18+246 245 | the end of the text, and 1 byte that is "
			 "ignored\n");
}

static void classic_texts_have_their_parts(void **state)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];
	struct stream_message message =
		classic(bytes, TCP_CLIENT, CLASSIC_SEND, "127.0.0.1,51402,one, two");

	(void)state;
	expect(&message, "classic.type 0+8 5 | SEND\n"
			 "classic.data 8+256 127.0.0.1,51402,one, two\n"
			 " classic.data.text 8+24 127.0.0.1,51402,one, two\n"
			 "  classic.send.ip 8+9 127.0.0.1\n"
			 "  classic.send.port 18+5 51402\n"
			 "  classic.send.content 24+8 one, two\n"
			 " classic.data.zeros 32+232 232 | the end of the text, and padding\n");
	message = classic(bytes, TCP_SERVER, CLASSIC_CLIENT, "3,50030,127.0.0.1;4,1,::1;what");
	expect(&message, "classic.type 0+8 4 | CLIENT\n"
			 "classic.data 8+256 3,50030,127.0.0.1;4,1,::1;what\n"
			 " classic.data.text 8+30 3,50030,127.0.0.1;4,1,::1;what\n"
			 "  classic.client 8+18 client 3 at 127.0.0.1:50030\n"
			 "   classic.client.number 8+1 3\n"
			 "   classic.client.port 10+5 50030\n"
			 "   classic.client.ip 16+9 127.0.0.1\n"
			 "  classic.client 26+8 client 4 at [::1]:1\n"
			 "   classic.client.number 26+1 4\n"
			 "   classic.client.port 28+1 1\n"
			 "   classic.client.ip 30+3 ::1\n"
			 " classic.data.zeros 38+226 226 | the end of the text, and padding\n");
}

static void the_classic_greeting_has_no_type(void **state)
{
	uint8_t bytes[CLASSIC_DATA_BYTES];
	struct stream_message message;

	(void)state;
	classic_hello_encode("hi\x1b", bytes);
	message = whole(bytes, sizeof(bytes));
	message.classic = true;
	message.greeting = true;
	expect(&message, "classic.hello 0+256 hi\\x1b\n"
			 " classic.hello.text 0+3 hi\\x1b\n"
			 " classic.hello.zeros 3+253 253 | the end of the text, and padding\n");
}

/* ---- the layer ---- */

static void the_layer_says_where_the_message_begins(void **state)
{
	struct stream_message message = whole(time_response, sizeof(time_response));
	struct dissection dissection;

	(void)state;
	message.detail = "id 1";
	dissection_init(&dissection);
	stream_message_dissect(&message, 54, &dissection);
	assert_string_equal(dissection.layers[0].name, "wiretale");
	assert_string_equal(dissection.layers[0].title, "Wiretale frame: some message");
	assert_string_equal(dissection.layers[0].summary, "id 1");
	assert_int_equal(dissection.layers[0].frame_offset, 54);
	assert_int_equal(dissection.layers[0].earlier, 0);
	assert_int_equal(dissection.layers[0].length, sizeof(time_response));
	dissection_clear(&dissection);
	/* its last 30 bytes stand in this frame: its first would stand before the payload */
	message.begins = false;
	message.part_offset = 10;
	message.part_bytes = 30;
	message.first_frame = 7;
	stream_message_dissect(&message, 54, &dissection);
	assert_int_equal(dissection.layers[0].frame_offset, 44);
	assert_int_equal(dissection.layers[0].earlier, 10); /* no header's bytes are taken for it */
	assert_string_equal(dissection.layers[0].summary,
			    "id 1, bytes 11 to 40 of 40 are in this frame, begins in frame 7");
	dissection_finish(&dissection);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_told_where_it_stands),
		cmocka_unit_test(an_entry_is_unfolded_into_its_parts),
		cmocka_unit_test(unknown_skipped_and_broken_fields_are_told_as_such),
		cmocka_unit_test(what_is_not_all_there_is_told_as_far_as_it_is),
		cmocka_unit_test(a_classic_message_is_a_type_a_text_and_zeros),
		cmocka_unit_test(classic_texts_have_their_parts),
		cmocka_unit_test(the_classic_greeting_has_no_type),
		cmocka_unit_test(the_layer_says_where_the_message_begins),
	};

	return cmocka_run_group_tests_name("message_fields", tests, NULL, NULL);
}
