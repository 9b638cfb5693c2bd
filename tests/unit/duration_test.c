/* Spans of time are read as they are written, and nothing else is taken for one. */
#include "base/duration.h"

#include "support/unit_test.h"

#define NS_PER_MS UINT64_C(1000000)

static void each_way_to_write_one_is_understood(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "0", 0 },
		{ "10", 10000 * NS_PER_MS },
		{ "0.25", 250 * NS_PER_MS },
		{ ".5", 500 * NS_PER_MS },
		{ "5.", 5000 * NS_PER_MS },
		{ "2s", 2000 * NS_PER_MS },
		{ "200ms", 200 * NS_PER_MS },
		{ "1.5ms", 1500000 },
		{ "7us", 7000 },
		{ "1.5min", 90000 * NS_PER_MS },
		{ "2h", 7200000 * NS_PER_MS },
		{ "0.0000000019", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ns = 1234;

		assert_true(duration_parse(rows[i].text, UINT64_MAX, &ns));
		assert_int_equal(ns, rows[i].ns);
	}
}

static void what_is_none_is_refused_and_leaves_the_result_alone(void **state)
{
	static const char *const texts[] = {
		"",
		".",
		"s",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1 s",
		"1.2.3",
		"1e3",
		"1d",
		"0x1",
		"1,5",
		"99999999999999999999",
		"18446744074",
		"5124095577h",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t ns = 1234;

		assert_false(duration_parse(texts[i], UINT64_MAX, &ns));
		assert_int_equal(ns, 1234);
	}
}

static void the_longest_is_the_callers_choice(void **state)
{
	uint64_t ns = 0;

	(void)state;
	assert_true(duration_parse("2", 2000 * NS_PER_MS, &ns));
	assert_false(duration_parse("2.000000001", 2000 * NS_PER_MS, &ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_to_write_one_is_understood),
		cmocka_unit_test(what_is_none_is_refused_and_leaves_the_result_alone),
		cmocka_unit_test(the_longest_is_the_callers_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
