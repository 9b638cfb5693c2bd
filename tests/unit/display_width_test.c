/* How wide text is on a terminal, and what fits: whatever the locale. */
#include "support/unit_test.h"

#include <string.h>

#include "base/display_width.h"
#include "base/text_builder.h"
#include "report/wrapped_lines.h"

static struct text_builder out;

static int start(void **state)
{
	(void)state;
	text_builder_init(&out, 4096);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	text_builder_finish(&out);
	return 0;
}

static void letters_are_one_column_and_han_kana_hangul_emoji_two(void **state)
{
	(void)state;
	assert_int_equal(display_width(""), 0);
	assert_int_equal(display_width("ann"), 3);
	assert_int_equal(display_width("ñß√—→█"), 6);
	assert_int_equal(display_width("小明"), 4);
	assert_int_equal(display_width("ひカ"), 4);
	assert_int_equal(display_width("한"), 2);
	assert_int_equal(display_width("ＷＩＤＥ"), 8);
	assert_int_equal(display_width("，。"), 4);
	assert_int_equal(display_width("🚲"), 2);
	assert_int_equal(display_width("𠀀"), 2); /* U+20000 */
}

static void marks_that_join_a_letter_take_no_column(void **state)
{
	(void)state;
	assert_int_equal(display_width("e\u0301"), 1);
	assert_int_equal(display_width("\u05d0\u05b8"), 1); /* a Hebrew letter and its vowel */
	assert_int_equal(display_width("\u1100\u1161\u11a8"), 2); /* a syllable of three parts */
	assert_int_equal(display_width("a\u200db"), 2);
	assert_int_equal(display_width("a\u00adb"), 3); /* the soft hyphen may be seen */
}

static void the_borders_of_the_ranges_hold(void **state)
{
	(void)state;
	assert_int_equal(display_width_of(0), 1);
	assert_int_equal(display_width_of('\n'), 1);
	assert_int_equal(display_width_of(0x2ff), 1);
	assert_int_equal(display_width_of(0x300), 0);
	assert_int_equal(display_width_of(0x36f), 0);
	assert_int_equal(display_width_of(0x370), 1);
	assert_int_equal(display_width_of(0x10ff), 1);
	assert_int_equal(display_width_of(0x1100), 2);
	assert_int_equal(display_width_of(0x115f), 2);
	assert_int_equal(display_width_of(0x1160), 0);
	assert_int_equal(display_width_of(0x3fffd), 2);
	assert_int_equal(display_width_of(0xe01ef), 0);
	assert_int_equal(display_width_of(0x10ffff), 1);
	assert_int_equal(display_width_of(UINT32_MAX), 1);
}

static void bytes_that_are_no_utf8_are_one_column_each(void **state)
{
	(void)state;
	assert_int_equal(display_width("\xff\xfe"), 2);
	assert_int_equal(display_width("a\xe5\xb0"), 3); /* a character cut off */
	assert_int_equal(display_width_bytes("小明", 4), 3);
}

static void what_fits_is_whole_characters_with_their_marks(void **state)
{
	(void)state;
	assert_int_equal(display_within("小明", 6, 4), 6);
	assert_int_equal(display_within("小明", 6, 3), 3);
	assert_int_equal(display_within("e\u0301e", 4, 1), 3);
	assert_int_equal(display_within("abc", 3, 2), 2);
	assert_int_equal(display_within("小", 3, 1), 3); /* at least one */
	assert_int_equal(display_within("", 0, 5), 0);
}

static void cells_are_filled_by_columns_not_bytes(void **state)
{
	(void)state;
	display_append_left(&out, "小", 4);
	display_append_right(&out, "明", 4);
	display_append_left(&out, "wide", 2);
	assert_string_equal(text_builder_text(&out), "小    明wide");
}

static void wrapped_lines_of_wide_text_keep_their_width(void **state)
{
	const struct wrapped_lines lines = { .first = "> ", .next = "  ", .columns = 12 };

	(void)state;
	wrapped_lines_append(&out, "你好 世界 ok 小明", &lines);
	assert_string_equal(text_builder_text(&out), "> 你好 世界\n  ok 小明\n");
	text_builder_clear(&out);
	wrapped_lines_append(&out, "一二三四五六七八 x", &lines);
	assert_string_equal(text_builder_text(&out), "> 一二三四五\n  六七八 x\n");
	text_builder_clear(&out);
	/* eleven columns: five wide characters, and none is cut in half */
	wrapped_lines_append(&out, "一二三四五六七八",
			     &(const struct wrapped_lines){ " ", " ", 12 });
	assert_string_equal(text_builder_text(&out), " 一二三四五\n 六七八\n");
}

/* Each row: a text, and the lines that it makes in twelve columns. */
static void chinese_breaks_between_characters_and_not_before_its_marks(void **state)
{
	static const char *const rows[][2] = {
		{ "短 一二三四五六 ok", "短 一二三四\n五六 ok\n" },
		{ "一二三四五六，七", "一二三四五\n六，七\n" },
		{ "一二三四五（六）", "一二三四五\n（六）\n" },
		{ "一二三四close()，五", "一二三四\nclose()，五\n" },
		{ "一二三四 close()", "一二三四\nclose()\n" },
		{ "한국어는 띄어쓰기", "한국어는\n띄어쓰기\n" },
		{ "一二三四五。”x", "一二三四\n五。”x\n" },
	};
	const struct wrapped_lines lines = { .first = "", .next = "", .columns = 12 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_builder_clear(&out);
		wrapped_lines_append(&out, rows[i][0], &lines);
		assert_string_equal(text_builder_text(&out), rows[i][1]);
	}
}

static void numbers_stay_with_what_they_number(void **state)
{
	const struct wrapped_lines lines = { .first = "", .next = "", .columns = 16 };

	(void)state;
	wrapped_lines_append(&out, "as it says [RFC 791 section 3.1], in section x", &lines);
	assert_string_equal(text_builder_text(&out),
			    "as it says\n[RFC 791\nsection 3.1], in\nsection x\n");
}

static void colours_take_no_room(void **state)
{
	(void)state;
	assert_int_equal(wrapped_lines_width("\x1b[1m小\x1b[0m x", 13), 4);
	assert_int_equal(wrapped_lines_width("\x1b[1", 3), 0);
	assert_int_equal(wrapped_lines_width("x\x1b[m", 4), 1);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(letters_are_one_column_and_han_kana_hangul_emoji_two),
		CASE(marks_that_join_a_letter_take_no_column),
		CASE(the_borders_of_the_ranges_hold),
		CASE(bytes_that_are_no_utf8_are_one_column_each),
		CASE(what_fits_is_whole_characters_with_their_marks),
		CASE(cells_are_filled_by_columns_not_bytes),
		CASE(wrapped_lines_of_wide_text_keep_their_width),
		CASE(chinese_breaks_between_characters_and_not_before_its_marks),
		CASE(numbers_stay_with_what_they_number),
		CASE(colours_take_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
