#include "packet/sequence.h"

#include "support/unit_test.h"

static void the_distance_goes_on_across_the_wrap(void **state)
{
	(void)state;
	assert_int_equal(sequence_distance(10, 15), 5);
	assert_int_equal(sequence_distance(15, 10), -5);
	assert_int_equal(sequence_distance(UINT32_MAX, 0), 1);
	assert_int_equal(sequence_distance(0, UINT32_MAX), -1);
	assert_int_equal(sequence_distance(UINT32_MAX - 4, 5), 10);
}

static void before_is_told_by_the_shorter_way_round(void **state)
{
	(void)state;
	assert_true(sequence_before(UINT32_MAX, 0));
	assert_false(sequence_before(0, UINT32_MAX));
	assert_false(sequence_before(7, 7));
	assert_true(sequence_before(7, 8));
	assert_true(sequence_before(0, INT32_MAX));
	assert_true(sequence_before(UINT32_C(0x80000001), 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_distance_goes_on_across_the_wrap),
		cmocka_unit_test(before_is_told_by_the_shorter_way_round),
	};

	return cmocka_run_group_tests_name("sequence", tests, NULL, NULL);
}
