/* What a person sees of a frame, and what a program does. */
#include "report/detail_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "report/bit_picture.h"
#include "report/hex_dump.h"
#include "report/stream_messages.h"
#include "report/wrapped_lines.h"
#include "support/packet_bytes.h"
#include "support/shown_frame.h"
#include "support/unit_test.h"

#define ETHERNET_LINK 1
#define LOOPBACK_LINK 0
#define RAW_LINK 101
#define TEXT_MAX_BYTES (1024u * 1024)

static struct shown_frame shown;
static struct text_builder text;

static int begin(void **state)
{
	(void)state;
	shown_frame_start(&shown);
	text_builder_init(&text, TEXT_MAX_BYTES);
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_false(text.truncated);
	text_builder_finish(&text);
	shown_frame_end(&shown);
	return 0;
}

static const char *detail_of(uint16_t link_type, const uint8_t *bytes, size_t length,
			     const struct detail_style *style)
{
	const struct frame_view *view = shown_frame_feed(&shown, link_type, bytes, length, 0);

	text_builder_clear(&text);
	detail_frame(&text, view, style);
	return text_builder_text(&text);
}

static void assert_has(const char *whole, const char *part)
{
	if (!strstr(whole, part))
		fail_msg("\"%s\" is not in:\n%s", part, whole);
}

static void dump(const struct hex_dump_style *style, const char *name, const uint8_t *bytes,
		 uint32_t length, uint32_t first_offset)
{
	const struct hex_dump_part part = {
		.name = name,
		.colour = "",
		.bytes = bytes,
		.length = length,
		.first_offset = first_offset,
	};

	hex_dump_append(&text, style, &part);
}

/* The fourth row of a TCP header as RFC 9293 draws it: flags are written downwards. */
static void the_flags_are_drawn_as_in_the_standard(void **state)
{
	static const char row[] =
		"    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
		" 46 |Offset |Rsrvd|A|C|E|U|A|P|R|S|F|            Window             | 8002 faf0\n"
		"    |       |     |E|W|C|R|C|S|S|Y|I|                               |\n"
		"    |       |     | |R|E|G|K|H|T|N|N|                               |\n"
		"    |   8   |  0  |0|0|0|0|0|0|0|1|0|             64240             |\n"
		"    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n";
	const struct detail_style style = { .columns = 80 };

	(void)state;
	assert_has(detail_of(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN), &style), row);
}

static void a_field_of_two_rows_is_one_box(void **state)
{
	static const char picture_text[] =
		"     0                   1                   2                   3\n"
		"     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n"
		"    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
		"  4 |     Small     |                     Large                     | 07 01 02 "
		"03\n"
		"    |       7       |                     many                      |\n"
		"    +-+-+-+-+-+-+-+-+               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
		"  8 |                               |                                 04 05\n"
		"    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n";
	const struct bit_picture_box boxes[] = { { 0, 8, "Small", "7" },
						 { 8, 40, "Large", "many" } };
	const uint8_t bytes[] = { 7, 1, 2, 3, 4, 5 };
	const struct bit_picture picture = {
		.bytes = bytes,
		.length = 6,
		.first_offset = 4,
		.columns = 100,
		.emphasis = "",
		.plain = "",
	};

	(void)state;
	bit_picture_append(&text, &picture, boxes, 2);
	assert_string_equal(text_builder_text(&text), picture_text);
}

static void a_dump_keeps_its_columns_from_part_to_part(void **state)
{
	static const char dump_text[] =
		"        +0 +1 +2 +3 +4 +5 +6 +7  +8 +9 +a +b +c +d +e +f\n"
		"       -- First\n"
		"  0000  41 42 1b                                          AB.\n"
		"       -- Second\n"
		"  0000           43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f     CDEFGHIJKLMNO\n"
		"  0010  50                                                P\n";
	const struct hex_dump_style style = { .columns = 80, .faint = "", .plain = "" };

	(void)state;
	hex_dump_scale(&text, &style);
	dump(&style, "First", (const uint8_t *)"AB\x1b", 3, 0);
	dump(&style, "Second", (const uint8_t *)"CDEFGHIJKLMNOP", 14, 3);
	assert_string_equal(text_builder_text(&text), dump_text);
}

/* Three lines at least, whole ones; what differs behind them is shown. */
static void lines_alike_are_shown_once(void **state)
{
	static const char dump_text[] =
		"       -- Data\n"
		"  0000              00 00 00 00  00 00 00 00 00 00 00 00      ............\n"
		"  0010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................\n"
		"        the same up to 004f\n"
		"  0050  01                                                .\n";
	const struct hex_dump_style style = { .columns = 80, .faint = "", .plain = "" };
	uint8_t bytes[77] = { 0 };

	(void)state;
	bytes[76] = 1;
	dump(&style, "Data", bytes, sizeof(bytes), 4);
	assert_string_equal(text_builder_text(&text), dump_text);
	text_builder_clear(&text);
	dump(&style, "Data", bytes, 48, 0);
	assert_null(strstr(text_builder_text(&text), "the same"));
}

static void no_dump_is_without_end(void **state)
{
	const struct hex_dump_style style = { .columns = 80, .faint = "", .plain = "" };
	uint8_t *bytes = malloc(HEX_DUMP_PART_MAX_BYTES + 1000);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < HEX_DUMP_PART_MAX_BYTES + 1000; i++)
		bytes[i] = (uint8_t)(i >> 4);
	dump(&style, "Data", bytes, HEX_DUMP_PART_MAX_BYTES + 1000, 0);
	assert_has(text_builder_text(&text), "\n  0ff0  ff ff");
	assert_has(text_builder_text(&text), "... 1000 more bytes\n");
	free(bytes);
}

/* From a field's offset to its bytes: the same in the table and in the dump. */
static void fields_are_found_in_the_dump(void **state)
{
	const struct detail_style style = { .columns = 80 };
	const char *detail = detail_of(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN), &style);

	(void)state;
	assert_has(detail,
		   "   38 0026  9f 4a 3c 1b        Sequence number        2672442395\n"
		   "                                 relative 0: the initial sequence number\n");
	assert_has(detail, "   47 002f  .... ..1.          SYN                    set  asks for");
	assert_has(detail, "   20 0014  ...00000 00000000  Fragment offset        0\n");
	assert_has(detail, "   54 0036  (4 bytes)          Maximum segment size   1460\n");
	assert_has(detail, "   56 0038  05 b4                Segment size         1460\n");
	assert_has(detail, "\n       -- TCP header\n"
			   "  0020        c3 6e 03 ed 9f 4a  3c 1b 00 00 00 00 80 02  ");
	assert_has(detail, "Frame 1 of connection 1: client 10.7.92.177:50030 -> server "
			   "10.7.92.174:1005\n"
			   "  SYN: sequence 0, window 64,240, no data\n");
	assert_has(detail, "Then the client is in SYN_SENT, the server in SYN_RECV.\n");
}

/* No line passes the width, whatever it is, and none ends with blanks but those of the dump. */
static void lines_fit_the_width(void **state)
{
	(void)state;
	for (size_t columns = 60; columns <= 140; columns += 5) {
		struct explanation_memory memory = { .sequence_told = false };
		const struct detail_style style = { .columns = columns,
						    .colour = columns % 2 == 0,
						    .explains = columns >= 80 ? &memory : NULL };
		const char *line = detail_of(
			RAW_LINK,
			BYTES(IPV6(0, 8 + 60 + 5), 6, 0, 1, 4, 0, 0, 0, 0, TCP_HEADER(15, 0x52), 2,
			      4, U16(1440), 1, 3, 3, 7, 8, 10, U32(1), U32(0), 30, 12, 0, 1, 2, 3,
			      4, 5, 6, 7, 8, 9, 4, 2, 1, 1, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'),
			&style);

		while (*line) {
			size_t length = strcspn(line, "\n");

			if (wrapped_lines_width(line, length) > columns)
				fail_msg("%zu columns: %.*s", columns, (int)length, line);
			line += length + 1;
		}
	}
}

static void colour_is_used_only_where_it_is_asked_for(void **state)
{
	struct detail_style style = { .columns = 80 };

	(void)state;
	assert_null(strchr(detail_of(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN), &style), '\x1b'));
	style.colour = true;
	assert_has(detail_of(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN), &style), "\x1b[32m--- ");
}

static void explanations_stand_below_their_fields(void **state)
{
	struct explanation_memory memory = { .sequence_told = false };
	const struct detail_style style = { .columns = 80, .explains = &memory };
	const char *detail = detail_of(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN), &style);
	const char *sequence = strstr(detail, "   38 0026  ");
	const char *acknowledgment = strstr(detail, "   42 002a  ");
	const char *wrap = strstr(detail, "RFC 9293 section 3.4");

	(void)state;
	assert_non_null(sequence);
	assert_non_null(acknowledgment);
	assert_true(wrap > sequence && wrap < acknowledgment);
	assert_null(strstr(detail, "\n\n\n"));
}

static void what_a_packet_says_is_harmless(void **state)
{
	const struct detail_style style = { .columns = 80 };
	uint8_t frame[] = { LOOPBACK_HELLO };

	(void)state;
	memcpy(frame + sizeof(frame) - 14, "\x1b[2J\x07\xff\x9b\x31mAB\r\nC", 14);
	const char *detail = detail_of(LOOPBACK_LINK, frame, sizeof(frame), &style);

	for (const char *at = detail; *at; at++)
		assert_true((unsigned char)*at >= 0x20 || *at == '\n');
	assert_null(strstr(detail, "\xff"));
	assert_null(strstr(detail, "\x9b"));
}

static void a_datagram_of_fragments_has_a_dump_of_its_own(void **state)
{
	const struct detail_style style = { .columns = 80 };

	(void)state;
	(void)detail_of(RAW_LINK,
			BYTES(IPV4_HEADER(6, 16, 7, 0x2000), U16(40000), U16(5555), U32(100),
			      U32(200), 5 << 4, 0x18, U16(500)),
			&style);
	assert_has(text_builder_text(&text), "A fragment of a datagram with TCP in it");
	(void)detail_of(RAW_LINK,
			BYTES(IPV4_HEADER(6, 9, 7, 2), 0x12, 0x34, 0, 0, 'h', 'e', 'l', 'l', 'o'),
			&style);
	assert_has(text_builder_text(&text), "The 29 bytes of the frame\n");
	assert_has(text_builder_text(&text), "The 25 bytes of the datagram that it completes\n");
	assert_has(text_builder_text(&text), " datagram, bytes 0 to 19: 20\n");
	assert_has(text_builder_text(&text),
		   "       -- Data\n  0010              68 65 6c 6c  6f ");
}

static void ignore_value(void *context, const struct json_value *value)
{
	(void)context;
	(void)value;
}

static void programs_get_every_field(void **state)
{
	(void)state;
	(void)shown_frame_feed(&shown, ETHERNET_LINK, BYTES(FIVE_BYTES_SYN), 0);
	detail_json(&text, &shown.view);
	const char *json = text_builder_text(&text);

	assert_has(json, "{\"type\":\"detail\",\"frame\":1,\"connection\":1,\"layers\":[{\"name\":"
			 "\"frame\",\"title\":\"Frame\",\"fields\":[{\"name\":\"frame.number\"");
	assert_has(json, "{\"name\":\"tcp\",\"title\":\"TCP header\",\"offset\":34,\"length\":32,"
			 "\"fields\":[");
	assert_has(json,
		   "{\"name\":\"tcp.syn\",\"title\":\"SYN\",\"level\":0,\"offset\":13,"
		   "\"frame_offset\":47,\"bytes\":1,\"first_bit\":6,\"bits\":1,\"hex\":\"02\","
		   "\"value\":\"set\",\"meaning\":\"asks for a connection\","
		   "\"defined\":\"RFC 9293 section 3.5\"}");
	assert_null(strchr(json, '\n'));
	assert_true(json_read(json, text.length, ignore_value, NULL));
}

static void messages_are_shown_alone_with_their_own_offsets(void **state)
{
	struct stream_message message = {
		.from = TCP_SERVER,
		.name = "hello",
		.bytes = 14,
		.part_bytes = 14,
		.begins = true,
		.ends = true,
		.classic = true,
		.detail = "",
	};
	const struct detail_style style = { .columns = 80 };

	(void)state;
	(void)shown_frame_feed(&shown, LOOPBACK_LINK, BYTES(LOOPBACK_HELLO), 0);
	message.kept = shown.packet.payload;
	message.kept_bytes = 14;
	shown.view.messages = &message;
	shown.view.message_count = 1;
	detail_messages(&text, &shown.view, &style);
	assert_has(text_builder_text(&text), "   +0 0000  48 65 6c 6c 6f 2c  ");
	assert_has(text_builder_text(&text), "\n  0000  48 65 6c 6c 6f 2c 20 63  6c ");
	assert_null(strstr(text_builder_text(&text), "TCP header"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_flags_are_drawn_as_in_the_standard),
		TEST(a_field_of_two_rows_is_one_box),
		TEST(a_dump_keeps_its_columns_from_part_to_part),
		TEST(lines_alike_are_shown_once),
		TEST(no_dump_is_without_end),
		TEST(fields_are_found_in_the_dump),
		TEST(lines_fit_the_width),
		TEST(colour_is_used_only_where_it_is_asked_for),
		TEST(explanations_stand_below_their_fields),
		TEST(what_a_packet_says_is_harmless),
		TEST(a_datagram_of_fragments_has_a_dump_of_its_own),
		TEST(programs_get_every_field),
		TEST(messages_are_shown_alone_with_their_own_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
