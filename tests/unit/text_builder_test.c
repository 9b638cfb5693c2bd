#include "base/text_builder.h"

#include <string.h>

#include "support/unit_test.h"

static void text_is_always_zero_terminated_even_before_the_first_addition(void **state)
{
	struct text_builder text;

	(void)state;
	text_builder_init(&text, 100);
	assert_string_equal(text_builder_text(&text), "");
	text_append(&text, "one ");
	text_append_format(&text, "%d %s", 2, "three");
	text_append_bytes(&text, "four!", 4);
	assert_string_equal(text_builder_text(&text), "one 2 threefour");
	assert_int_equal(text.length, strlen("one 2 threefour"));
	text_builder_finish(&text);
}

static void the_ceiling_is_exact(void **state)
{
	struct text_builder text;

	(void)state;
	text_builder_init(&text, 5);
	text_append(&text, "12345");
	assert_false(text.truncated);
	text_append(&text, "6");
	assert_true(text.truncated);
	assert_string_equal(text_builder_text(&text), "12345");
	text_builder_finish(&text);
}

static void an_addition_over_the_ceiling_is_left_out_whole_and_so_is_all_behind_it(void **state)
{
	struct text_builder text;

	(void)state;
	text_builder_init(&text, 10);
	text_append(&text, "12345678");
	text_append_format(&text, "%s", "abc");
	assert_true(text.truncated);
	text_append(&text, "9");
	assert_string_equal(text_builder_text(&text), "12345678");
	text_builder_clear(&text);
	assert_false(text.truncated);
	text_append(&text, "9");
	assert_string_equal(text_builder_text(&text), "9");
	text_builder_finish(&text);
}

static void text_grows_far_beyond_its_first_memory(void **state)
{
	struct text_builder text;

	(void)state;
	text_builder_init(&text, 100000);
	for (int i = 0; i < 10000; i++)
		text_append_format(&text, "%04d", i);
	assert_int_equal(text.length, 40000);
	assert_int_equal(strlen(text_builder_text(&text)), 40000);
	assert_memory_equal(text_builder_text(&text) + 39504, "9876", 4);
	text_builder_finish(&text);
	assert_string_equal(text_builder_text(&text), "");
}

struct harmless_case {
	const char *bytes;
	size_t length;
	const char *shown;
};

static void text_from_a_peer_is_shown_so_that_no_terminal_obeys_it(void **state)
{
#define CASE(bytes, shown)                                                                         \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, shown                                                    \
	}
	static const struct harmless_case cases[] = {
		CASE("", ""),
		CASE("plain text", "plain text"),
		CASE("\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80",
		     "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80"), /* wide characters stay */
		CASE("a\nb\r\tc", "a\\nb\\r\\tc"),
		CASE("\x1b[2J", "\\x1b[2J"), /* clear the screen */
		CASE("\xc2\x9b"
		     "31m",
		     "\\u{9b}31m"), /* the one-character CSI */
		CASE("a\0b", "a\\x00b"),
		CASE("\x7f", "\\x7f"),
		/* right-to-left override, and its end */
		CASE("\xe2\x80\xaeg\xe2\x80\xac",
		     "\\u{202e}g\\u{202c}"),              /* right-to-left override */
		CASE("a\xe2\x80\x8b", "a\\u{200b}"),      /* zero-width space */
		CASE("\xff\xfe", "\\xff\\xfe"),           /* not UTF-8 */
		CASE("\xc3(", "\\xc3("),                  /* a character cut short */
		CASE("ends \xe4\xb8", "ends \\xe4\\xb8"), /* and at the end */
		CASE("back\\slash", "back\\slash"),
	};
#undef CASE

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_builder text;

		text_builder_init(&text, 1000);
		text_append_harmless(&text, cases[i].bytes, cases[i].length);
		assert_string_equal(text_builder_text(&text), cases[i].shown);
		text_builder_finish(&text);
	}
}

static void reserved_room_holds_what_is_written_there_and_keeps_to_the_ceiling(void **state)
{
	struct text_builder text;
	char *room;

	(void)state;
	text_builder_init(&text, 10);
	text_append(&text, "ab");
	room = text_builder_reserve(&text, 8);
	assert_non_null(room);
	memcpy(room, "cdefghij", 8);
	text_builder_use(&text, 3);
	assert_string_equal(text_builder_text(&text), "abcde");
	assert_int_equal(text.length, 5);
	assert_null(text_builder_reserve(&text, 6));
	assert_true(text.truncated);
	assert_string_equal(text_builder_text(&text), "abcde");
	text_builder_finish(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_always_zero_terminated_even_before_the_first_addition),
		cmocka_unit_test(the_ceiling_is_exact),
		cmocka_unit_test(
			an_addition_over_the_ceiling_is_left_out_whole_and_so_is_all_behind_it),
		cmocka_unit_test(text_grows_far_beyond_its_first_memory),
		cmocka_unit_test(text_from_a_peer_is_shown_so_that_no_terminal_obeys_it),
		cmocka_unit_test(
			reserved_room_holds_what_is_written_there_and_keeps_to_the_ceiling),
	};

	return cmocka_run_group_tests_name("text_builder", tests, NULL, NULL);
}
