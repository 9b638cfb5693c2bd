#include "socket_peer/byte_notation.h"

#include "support/unit_test.h"

#include <string.h>

#define MAX_BYTES 4096u

typedef bool parse_function(const char *text, struct text_builder *out, const char **problem);

static void assert_means(parse_function *parse, const char *text, const char *bytes, size_t length)
{
	const char *problem = NULL;
	struct text_builder out;

	text_builder_init(&out, MAX_BYTES);
	assert_true(parse(text, &out, &problem));
	assert_int_equal(out.length, length);
	assert_memory_equal(text_builder_text(&out), bytes, length);
	text_builder_finish(&out);
}

static void assert_refused(parse_function *parse, const char *text)
{
	const char *problem = NULL;
	struct text_builder out;

	text_builder_init(&out, MAX_BYTES);
	assert_false(parse(text, &out, &problem));
	assert_non_null(problem);
	text_builder_finish(&out);
}

static void escapes_are_one_byte_each_and_all_else_is_itself(void **state)
{
	(void)state;
	assert_means(byte_notation_parse_escapes, "", "", 0);
	assert_means(byte_notation_parse_escapes, "plain 'text'", "plain 'text'", 12);
	assert_means(byte_notation_parse_escapes, "\\n\\r\\t\\0\\\\\\\"", "\n\r\t\0\\\"", 6);
	assert_means(byte_notation_parse_escapes, "a\\x00\\xfF9",
		     "a\0\xff"
		     "9",
		     4);
	assert_means(byte_notation_parse_escapes, "\xc3\xa9", "\xc3\xa9", 2);
}

static void what_is_no_escape_is_refused(void **state)
{
	static const char *const texts[] = { "\\", "a\\", "\\y", "\\x", "\\x4", "\\xg0", "\\x0g" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(byte_notation_parse_escapes, texts[i]);
}

static void hex_digits_are_bytes_however_they_are_parted(void **state)
{
	static const char *const texts[] = { "48656c", "48 65 6c", "48:65:6C", "0x48, 0X65,0x6c",
					     " 48\t65  6c \r" };

	(void)state;
	assert_means(byte_notation_parse_hex, "", "", 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_means(byte_notation_parse_hex, texts[i], "Hel", 3);
}

static void half_a_byte_is_refused(void **state)
{
	static const char *const texts[] = { "4", "48 6", "4 8", "0x", "0x4", "zz", "48-65" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(byte_notation_parse_hex, texts[i]);
}

static void what_is_longer_than_there_is_room_is_refused(void **state)
{
	const char *problem = NULL;
	struct text_builder out;

	(void)state;
	text_builder_init(&out, 2);
	assert_false(byte_notation_parse_hex("00 01 02", &out, &problem));
	assert_string_equal(problem, "that is too long");
	text_builder_finish(&out);
}

static void assert_string(const char *bytes, size_t length, size_t max_bytes, const char *wanted)
{
	struct text_builder out;

	text_builder_init(&out, MAX_BYTES);
	byte_notation_append_string(&out, (const uint8_t *)bytes, length, max_bytes);
	assert_string_equal(text_builder_text(&out), wanted);
	text_builder_finish(&out);
}

static void a_string_is_what_one_would_write_in_c_and_harmless(void **state)
{
	(void)state;
	assert_string("", 0, 10, "\"\"");
	assert_string("hello\n", 6, 10, "\"hello\\n\"");
	assert_string("say \"hi\" \\", 10, 10, "\"say \\\"hi\\\" \\\\\"");
	assert_string("\x1b[2J\xff\0", 6, 10, "\"\\x1b[2J\\xff\\x00\"");
	assert_string("\xe4\xbd\xa0\xe5\xa5\xbd", 6, 10, "\"\xe4\xbd\xa0\xe5\xa5\xbd\"");
}

static void a_long_string_is_cut_but_not_within_a_letter(void **state)
{
	(void)state;
	assert_string("abcdef", 6, 6, "\"abcdef\"");
	assert_string("abcdef", 6, 5, "\"abcde\"...");
	/* two letters of three bytes each */
	assert_string("\xe4\xbd\xa0\xe5\xa5\xbd", 6, 5, "\"\xe4\xbd\xa0\"...");
	assert_string("\xe4\xbd\xa0\xe5\xa5\xbd", 6, 4, "\"\xe4\xbd\xa0\"...");
	assert_string("\xe4\xbd\xa0\xe5\xa5\xbd", 6, 3, "\"\xe4\xbd\xa0\"...");
}

static void a_dump_has_sixteen_bytes_a_line(void **state)
{
	struct text_builder out;

	(void)state;
	text_builder_init(&out, MAX_BYTES);
	byte_notation_append_dump(&out, "< ", 0x1fff8, (const uint8_t *)"0123456789abcdef\n\x7f",
				  18);
	assert_string_equal(
		text_builder_text(&out),
		"< 1fff8  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
		"< 20008  0a 7f                                             |..|\n");
	text_builder_clear(&out);
	byte_notation_append_hex(&out, (const uint8_t *)"\0\xff!", 3);
	assert_string_equal(text_builder_text(&out), "00 ff 21");
	text_builder_finish(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_are_one_byte_each_and_all_else_is_itself),
		cmocka_unit_test(what_is_no_escape_is_refused),
		cmocka_unit_test(hex_digits_are_bytes_however_they_are_parted),
		cmocka_unit_test(half_a_byte_is_refused),
		cmocka_unit_test(what_is_longer_than_there_is_room_is_refused),
		cmocka_unit_test(a_string_is_what_one_would_write_in_c_and_harmless),
		cmocka_unit_test(a_long_string_is_cut_but_not_within_a_letter),
		cmocka_unit_test(a_dump_has_sixteen_bytes_a_line),
	};

	return cmocka_run_group_tests_name("byte_notation", tests, NULL, NULL);
}
