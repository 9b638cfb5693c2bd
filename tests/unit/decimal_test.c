#include "base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/unit_test.h"

static void whole_numbers_within_their_bounds_are_taken(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_true(decimal_parse("0", 0, 0, &value));
	assert_int_equal(value, 0);
	assert_true(decimal_parse("007", 1, 9, &value));
	assert_int_equal(value, 7);
	assert_true(decimal_parse("1000000", 1, 1000000, &value));
	assert_int_equal(value, 1000000);
	assert_true(decimal_parse("18446744073709551615", 0, UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
}

static void everything_else_is_refused_and_changes_nothing(void **state)
{
	static const char *const refused[] = { "",   "-1",  "+1",  " 1",
					       "1 ", "1x",  "0x1", "1.",
					       "4",  "101", "1e2", "18446744073709551616" };
	uint64_t value = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(decimal_parse(refused[i], 5, 100, &value));
	assert_false(decimal_parse("18446744073709551616", 0, UINT64_MAX, &value));
	assert_false(decimal_parse("99999999999999999999", 0, UINT64_MAX, &value));
	assert_false(decimal_parse("1", 0, 0, &value));
	assert_int_equal(value, 42);
}

static void assert_written(const char *expected, const char *written, size_t length)
{
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(written, expected, length);
}

static void numbers_are_written_with_all_their_digits_and_no_others(void **state)
{
	char text[DECIMAL_MAX_BYTES];

	(void)state;
	assert_written("0", text, decimal_write(text, 0));
	assert_written("9", text, decimal_write(text, 9));
	assert_written("10", text, decimal_write(text, 10));
	assert_written("99", text, decimal_write(text, 99));
	assert_written("100", text, decimal_write(text, 100));
	assert_written("12345", text, decimal_write(text, 12345));
	assert_written("18446744073709551615", text, decimal_write(text, UINT64_MAX));
	assert_written("-1", text, decimal_write_signed(text, -1));
	assert_written("7", text, decimal_write_signed(text, 7));
	assert_written("-9223372036854775808", text, decimal_write_signed(text, INT64_MIN));
}

static void written_numbers_are_what_printf_writes(void **state)
{
	uint64_t value = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		char expected[32];
		char text[DECIMAL_MAX_BYTES];

		value = value * UINT64_C(6364136223846793005) + 1442695040888963407;
		(void)snprintf(expected, sizeof(expected), "%" PRIu64, value >> (i % 64));
		assert_written(expected, text, decimal_write(text, value >> (i % 64)));
	}
}

static void seconds_have_nine_digits_behind_the_point(void **state)
{
	char text[DECIMAL_MAX_BYTES];

	(void)state;
	assert_written("0.000000000", text, decimal_write_seconds(text, 0));
	assert_written("0.000369000", text, decimal_write_seconds(text, 369000));
	assert_written("1683201154.780366500", text,
		       decimal_write_seconds(text, INT64_C(1683201154780366500)));
	assert_written("-0.000000001", text, decimal_write_seconds(text, -1));
	assert_written("-2.500000000", text, decimal_write_seconds(text, -2500000000));
	assert_written("-9223372036.854775808", text, decimal_write_seconds(text, INT64_MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_within_their_bounds_are_taken),
		cmocka_unit_test(everything_else_is_refused_and_changes_nothing),
		cmocka_unit_test(numbers_are_written_with_all_their_digits_and_no_others),
		cmocka_unit_test(written_numbers_are_what_printf_writes),
		cmocka_unit_test(seconds_have_nine_digits_behind_the_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
