#include "report/follow_text.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

struct page {
	struct follow_text follow;
	struct text_builder text; /* all that was written */
	uint64_t offsets[2];
};

static void write_page(void *context, const char *text, size_t length)
{
	struct page *page = context;

	text_append_bytes(&page->text, text, length);
}

static void page_start(struct page *page, enum follow_form form, size_t columns)
{
	const struct follow_style style = { .form = form, .columns = columns };

	memset(page, 0, sizeof(*page));
	text_builder_init(&page->text, 1024 * 1024);
	follow_text_init(&page->follow, &style, write_page, page);
}

static void page_finish(struct page *page)
{
	follow_text_finish(&page->follow);
	text_builder_finish(&page->text);
}

/* A piece of so many bytes; NULL: they are missing. */
static void say(struct page *page, enum tcp_side from, uint64_t frame, const void *bytes,
		size_t length)
{
	const struct stream_piece piece = {
		.from = from,
		.offset = page->offsets[from],
		.bytes = bytes,
		.length = length,
		.frame = frame,
		.time_ns = (int64_t)frame * 1500000,
	};

	page->offsets[from] += length;
	follow_text_piece(&page->follow, &piece);
}

static void say_text(struct page *page, enum tcp_side from, uint64_t frame, const char *text)
{
	say(page, from, frame, text, strlen(text));
}

static void expect(struct page *page, const char *text)
{
	assert_string_equal(text_builder_text(&page->text), text);
	text_builder_clear(&page->text);
}

static void each_piece_has_its_frame_and_its_speaker(void **state)
{
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_TEXT, 80);
	say_text(&page, TCP_SERVER, 4, "login: ");
	say_text(&page, TCP_CLIENT, 1234567, "ann\n\nls\r\n");
	expect(&page, "      4    0.006000 < login: \n"
		      "1234567 1851.850500 > ann\n"
		      "                    > \n"
		      "                    > ls\\r\n");
	page_finish(&page);
}

static void long_text_is_wrapped_and_never_altered(void **state)
{
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_TEXT, 60);
	say_text(&page, TCP_CLIENT, 1, "0123456789abcdefghij0123456789abcdefghijKLM\n\u4e2d\u4e2d");
	expect(&page, "      1    0.001500 > 0123456789abcdefghij0123456789abcdefgh\n"
		      "                      ijKLM\n"
		      "                    > \u4e2d\u4e2d\n");
	/* a wide character goes to the next line whole, a mark stays with its letter */
	say_text(&page, TCP_CLIENT, 2,
		 "0123456789abcdefghij0123456789abcdefg\u4e2d0123456789abcdefghij0123456789abcde"
		 "\u0301x");
	expect(&page, "      2    0.003000 > 0123456789abcdefghij0123456789abcdefg\n"
		      "                      \u4e2d0123456789abcdefghij0123456789abcde\u0301x\n");
	page_finish(&page);
}

static void large_frames_and_times_keep_to_their_margin(void **state)
{
	struct stream_piece piece = { .from = TCP_SERVER, .bytes = (const uint8_t *)"x\ny" };
	struct page page;

	(void)state;
	piece.length = 3;
	page_start(&page, FOLLOW_TEXT, 80);
	piece.frame = 6;
	piece.time_ns = INT64_C(950400011020000);
	follow_text_piece(&page.follow, &piece);
	expect(&page, "      6 950400.0110 < x\n"
		      "                    < y\n");
	piece.frame = 12345678;
	piece.time_ns = INT64_C(123456789011020000);
	follow_text_piece(&page.follow, &piece);
	expect(&page, "12345678 123456789  < x\n"
		      "                    < y\n");
	page_finish(&page);
}

static void the_heading_and_the_end_keep_their_width(void **state)
{
	struct tcp_connection connection = { .number = 7 };
	struct page page;

	(void)state;
	for (int side = 0; side < 2; side++) {
		connection.ends[side].port = 50000;
		connection.ends[side].address.version = 6;
		memset(connection.ends[side].address.bytes, 0x11, 16);
	}
	page_start(&page, FOLLOW_HEX, 80);
	follow_text_heading(&page.follow, &connection);
	expect(&page, "Connection 7: > client [1111:1111:1111:1111:1111:1111:1111:1111]:50000\n"
		      "  < server [1111:1111:1111:1111:1111:1111:1111:1111]:50000\n\n");
	page_finish(&page);
}

static void nothing_that_a_terminal_obeys_comes_out(void **state)
{
	/* an escape sequence, a bell, U+202E, no UTF-8, three zeros, and six */
	static const uint8_t bytes[] = { 0x1b, '[', '3', '1', 'm', 7, 0xe2, 0x80, 0xae, 0xff, 0,
					 0,    0,   '|', 0,   0,   0, 0,    0,    0,    '.' };
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_TEXT, 80);
	say(&page, TCP_CLIENT, 1, bytes, sizeof(bytes));
	expect(&page, "      1    0.001500 > \\x1b[31m\\x07\\u{202e}\\xff\\x00\\x00\\x00|"
		      "[6 zero bytes].\n");
	page_finish(&page);
}

static void a_character_cut_in_two_is_put_together(void **state)
{
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_TEXT, 80);
	say(&page, TCP_CLIENT, 1, "a\xe4\xb8", 3);
	say_text(&page, TCP_SERVER, 2, "ok");
	say(&page, TCP_CLIENT, 3, "\xad!", 2);
	say(&page, TCP_CLIENT, 4, "\xf0", 1);
	say(&page, TCP_CLIENT, 5, "\x9f", 1);
	say(&page, TCP_CLIENT, 6, "\x98\x80", 2);
	say(&page, TCP_CLIENT, 7, "\xe4", 1);
	say_text(&page, TCP_CLIENT, 8, "z");
	expect(&page, "      1    0.001500 > a\n"
		      "      2    0.003000 < ok\n"
		      "      3    0.004500 > \xe4\xb8\xad!\n"
		      "      6    0.009000 > \xf0\x9f\x98\x80\n"
		      "      8    0.012000 > \\xe4z\n");
	say(&page, TCP_SERVER, 9, "\xc3", 1);
	follow_text_end(&page.follow);
	expect(&page, "      9    0.013500 < \\xc3\n"
		      "\n"
		      "11 bytes from the client; 3 bytes from the server.\n");
	page_finish(&page);
}

static void gaps_are_told(void **state)
{
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_TEXT, 80);
	say(&page, TCP_SERVER, 3, NULL, 1460);
	say(&page, TCP_CLIENT, 4, NULL, 1);
	follow_text_end(&page.follow);
	expect(&page, "      3    0.004500 < [1,460 bytes are not in the capture]\n"
		      "      4    0.006000 > [1 byte is not in the capture]\n"
		      "\n"
		      "0 bytes from the client and 1 byte that the capture does not have; 0 bytes "
		      "from\nthe server and 1,460 bytes that the capture does not have.\n");
	page_finish(&page);
}

static void hex_has_offsets_for_each_side(void **state)
{
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_HEX, 80);
	say(&page, TCP_CLIENT, 1, "0123456789abcdef\n", 17);
	say(&page, TCP_SERVER, 2, "\x7f~", 2);
	say(&page, TCP_CLIENT, 3, "x", 1);
	say(&page, TCP_CLIENT, 4, NULL, 5);
	expect(&page,
	       "> frame 1, 0.001500 s: 17 bytes\n"
	       "> 00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n"
	       "> 00000010  0a                                                .\n"
	       "< frame 2, 0.003000 s: 2 bytes\n"
	       "< 00000000  7f 7e                                             .~\n"
	       "> frame 3, 0.004500 s: 1 byte\n"
	       "> 00000011  78                                                x\n"
	       "> frame 4, 0.006000 s: [5 bytes are not in the capture]\n");
	page_finish(&page);
}

static void json_is_an_object_a_piece(void **state)
{
	struct page page;

	(void)state;
	page_start(&page, FOLLOW_JSON, 0);
	say_text(&page, TCP_CLIENT, 1, "a\"\n");
	say(&page, TCP_SERVER, 2, "\xff", 1);
	say(&page, TCP_CLIENT, 3, NULL, 7);
	follow_text_end(&page.follow);
	expect(&page, "{\"type\":\"chunk\",\"from\":\"client\",\"offset\":0,\"frame\":1,"
		      "\"time\":0.001500000,\"data\":\"a\\\"\\n\"}\n"
		      "{\"type\":\"chunk\",\"from\":\"server\",\"offset\":0,\"frame\":2,"
		      "\"time\":0.003000000,\"data_base64\":\"/w==\"}\n"
		      "{\"type\":\"chunk\",\"from\":\"client\",\"offset\":3,\"frame\":3,"
		      "\"time\":0.004500000,\"missing\":7}\n");
	page_finish(&page);
}

static void the_longest_payload_comes_out_whole(void **state)
{
	struct page page;
	char *lines = malloc(300000);
	size_t rows = 0;

	(void)state;
	assert_non_null(lines);
	memset(lines, '\n', 300000);
	page_start(&page, FOLLOW_TEXT, 80);
	text_builder_finish(&page.text);
	text_builder_init(&page.text, 16 * 1024 * 1024);
	say(&page, TCP_CLIENT, 1, lines, 300000);
	for (const char *at = text_builder_text(&page.text); (at = strchr(at, '\n')); at++)
		rows++;
	assert_int_equal(rows, 300000);
	assert_false(page.text.truncated);
	page_finish(&page);
	free(lines);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_piece_has_its_frame_and_its_speaker),
		cmocka_unit_test(long_text_is_wrapped_and_never_altered),
		cmocka_unit_test(large_frames_and_times_keep_to_their_margin),
		cmocka_unit_test(the_heading_and_the_end_keep_their_width),
		cmocka_unit_test(nothing_that_a_terminal_obeys_comes_out),
		cmocka_unit_test(a_character_cut_in_two_is_put_together),
		cmocka_unit_test(gaps_are_told),
		cmocka_unit_test(hex_has_offsets_for_each_side),
		cmocka_unit_test(json_is_an_object_a_piece),
		cmocka_unit_test(the_longest_payload_comes_out_whole),
	};

	return cmocka_run_group_tests_name("follow_text", tests, NULL, NULL);
}
