#include "report/readable.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/wrapped_lines.h"
#include "support/unit_test.h"

#define S INT64_C(1000000000)

static struct text_builder text;

static int start(void **state)
{
	(void)state;
	text_builder_init(&text, 4096);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	text_builder_finish(&text);
	return 0;
}

static const char *duration(int64_t ns)
{
	text_builder_clear(&text);
	readable_duration(&text, ns);
	return text_builder_text(&text);
}

static const char *bytes(uint64_t count)
{
	text_builder_clear(&text);
	readable_bytes(&text, count);
	return text_builder_text(&text);
}

static void durations_have_three_digits_and_a_fitting_unit(void **state)
{
	(void)state;
	assert_string_equal(duration(0), "0 s");
	assert_string_equal(duration(1), "0.001 ms");
	assert_string_equal(duration(369000), "0.369 ms");
	assert_string_equal(duration(80000), "0.08 ms");
	assert_string_equal(duration(999600), "1 ms");
	assert_string_equal(duration(9995000), "10 ms");
	assert_string_equal(duration(12345678), "12.3 ms");
	assert_string_equal(duration(999400000), "999 ms");
	assert_string_equal(duration(999600000), "1 s");
	assert_string_equal(duration(1234500000), "1.23 s"); /* rounded once, not twice */
	assert_string_equal(duration(5 * S), "5 s");
	assert_string_equal(duration(28562487600), "28.6 s");
	assert_string_equal(duration(119 * S), "119 s");
	assert_string_equal(duration(120 * S), "2 min");
	assert_string_equal(duration(125 * S), "2 min 5 s");
	assert_string_equal(duration(12000 * S), "3 h 20 min");
	assert_string_equal(duration(93600 * S), "1 day 2 h");
	assert_string_equal(duration(200000 * S), "2 days 8 h");
	assert_string_equal(duration(-2500000), "-2.5 ms");
	assert_string_equal(duration(INT64_MAX), "106752 days");
	assert_string_equal(duration(INT64_MIN), "-106752 days");
}

static void sizes_count_in_thousands(void **state)
{
	(void)state;
	assert_string_equal(bytes(0), "0 bytes");
	assert_string_equal(bytes(1), "1 byte");
	assert_string_equal(bytes(9999), "9,999 bytes");
	assert_string_equal(bytes(10000), "10 kB");
	assert_string_equal(bytes(26400), "26.4 kB");
	assert_string_equal(bytes(999600), "1 MB");
	assert_string_equal(bytes(1234567), "1.23 MB");
	assert_string_equal(bytes(UINT64_MAX), "18.4 EB");
	text_builder_clear(&text);
	readable_short_bytes(&text, 9216);
	text_append(&text, " ");
	readable_short_bytes(&text, 1200000);
	assert_string_equal(text_builder_text(&text), "9216 1.2M");
}

static void counts_are_grouped_and_small_ones_are_words(void **state)
{
	(void)state;
	readable_count(&text, 1234567);
	text_append(&text, "; ");
	readable_count(&text, 1000);
	text_append(&text, "; ");
	readable_count(&text, UINT64_MAX);
	text_append(&text, "; ");
	readable_number_of(&text, 1, "segment", "segments");
	text_append(&text, "; ");
	readable_number_of(&text, 0, "segment", "segments");
	text_append(&text, "; ");
	readable_number_of(&text, 12, "segment", "segments");
	text_append(&text, "; ");
	readable_number_of(&text, 1300, "segment", "segments");
	assert_string_equal(text_builder_text(&text),
			    "1,234,567; 1,000; 18,446,744,073,709,551,615; one segment; no "
			    "segments; twelve segments; 1,300 segments");
}

static void frames_stand_in_order_each_once(void **state)
{
	static const uint64_t frames[] = { 752, 0, 750, 751, 750, UINT64_MAX - 1 };
	static const uint64_t none[] = { 0, 0 };

	(void)state;
	readable_frames(&text, frames, 6);
	readable_frames(&text, none, 2);
	assert_string_equal(text_builder_text(&text), " [750 751 752 18446744073709551614]");
}

static void moments_are_those_of_the_zone(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "UTC-8", 1), 0);
	tzset();
	readable_moment(&text, INT64_C(1683201154780366500), 3);
	text_append(&text, ", ");
	readable_time_of_day(&text, INT64_C(1683201154780366500), 0);
	text_append(&text, ", ");
	readable_moment(&text, -5, 0); /* before 1970: not told worse than that */
	assert_string_equal(text_builder_text(&text),
			    "2023-05-04 19:52:34.780, 19:52:34, 1970-01-01 08:00:00");
}

static void lines_break_at_blanks_behind_their_indentation(void **state)
{
	const struct wrapped_lines lines = { .first = "* ", .next = "  ", .columns = 12 };

	(void)state;
	wrapped_lines_append(&text, "one two three  four incomprehensibly five", &lines);
	assert_string_equal(text_builder_text(&text),
			    "* one two\n  three four\n  incomprehe\n  nsibly\n  five\n");
}

static void frames_and_units_stay_with_what_they_belong_to(void **state)
{
	const struct wrapped_lines lines = { .first = "", .next = "", .columns = 20 };

	(void)state;
	wrapped_lines_append(&text, "It took about 28.6 s [160 161 162], all.", &lines);
	assert_string_equal(text_builder_text(&text),
			    "It took about 28.6 s\n[160 161 162], all.\n");
	text_builder_clear(&text);
	wrapped_lines_append(&text, "it took just about 28.6 s", &lines);
	assert_string_equal(text_builder_text(&text), "it took just about\n28.6 s\n");
	text_builder_clear(&text);
	wrapped_lines_append(&text, "an address: [2001:db8::1]:80 [", &lines);
	assert_string_equal(text_builder_text(&text), "an address:\n[2001:db8::1]:80 [\n");
}

static void colours_and_accents_take_no_room_of_their_own(void **state)
{
	const struct wrapped_lines lines = { .first = "\x1b[32m*\x1b[0m ",
					     .next = "  ",
					     .columns = 10 };

	(void)state;
	assert_int_equal(wrapped_lines_width("\x1b[1mab\x1b[0m\xc3\xa9", 12), 3);
	wrapped_lines_append(&text, "\xc3\xa9\xc3\xa9\xc3\xa9 abcd e", &lines);
	assert_string_equal(text_builder_text(&text),
			    "\x1b[32m*\x1b[0m \xc3\xa9\xc3\xa9\xc3\xa9 abcd\n  e\n");
}

static void without_columns_there_is_one_line(void **state)
{
	const struct wrapped_lines lines = { .first = "> ", .next = "| ", .columns = 0 };

	(void)state;
	wrapped_lines_append(&text, "a b c", &lines);
	wrapped_lines_append(&text, "", &lines);
	assert_string_equal(text_builder_text(&text), "> a b c\n> \n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(durations_have_three_digits_and_a_fitting_unit),
		CASE(sizes_count_in_thousands),
		CASE(counts_are_grouped_and_small_ones_are_words),
		CASE(frames_stand_in_order_each_once),
		CASE(moments_are_those_of_the_zone),
		CASE(lines_break_at_blanks_behind_their_indentation),
		CASE(frames_and_units_stay_with_what_they_belong_to),
		CASE(colours_and_accents_take_no_room_of_their_own),
		CASE(without_columns_there_is_one_line),
	};

	return cmocka_run_group_tests_name("readable", tests, NULL, NULL);
}
