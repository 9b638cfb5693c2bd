#include "base/decimal.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_within_their_bounds_are_taken),
		cmocka_unit_test(everything_else_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
