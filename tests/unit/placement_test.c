#include "relay_server/placement.h"

#include "support/unit_test.h"

#define GROUP 16u

static void clients_are_placed_in_groups_and_groups_evenly(void **state)
{
	struct placement_load loads[3] = { 0 };

	(void)state;
	for (unsigned client = 0; client < 10 * 3 * GROUP; client++) {
		unsigned chosen = placement_choose(loads, 3, GROUP);

		assert_int_equal(chosen, client / GROUP % 3);
		loads[chosen].connections++;
	}
}

static void in_groups_of_one_they_take_turns(void **state)
{
	struct placement_load loads[2] = { 0 };

	(void)state;
	for (unsigned client = 0; client < 10; client++) {
		assert_int_equal(placement_choose(loads, 2, 1), client % 2);
		loads[client % 2].connections++;
	}
}

static void a_place_that_came_free_is_filled_first(void **state)
{
	struct placement_load loads[3] = { { .connections = 2 * GROUP },
					   { .connections = 2 * GROUP - 1 },
					   { .connections = 2 * GROUP } };

	(void)state;
	assert_int_equal(placement_choose(loads, 3, GROUP), 1);
}

static void a_busy_worker_is_passed_over_unless_all_are(void **state)
{
	struct placement_load loads[3] = { { .connections = 0, .is_busy = true },
					   { .connections = 1000, .is_busy = false },
					   { .connections = 900, .is_busy = false } };

	(void)state;
	assert_int_equal(placement_choose(loads, 3, GROUP), 2);
	loads[2].is_busy = true;
	assert_int_equal(placement_choose(loads, 3, GROUP), 1);
	loads[1].is_busy = true;
	assert_int_equal(placement_choose(loads, 3, GROUP), 0);
	assert_int_equal(placement_choose(loads, 1, GROUP), 0);
}

static void busy_is_more_than_half_of_a_processor(void **state)
{
	(void)state;
	assert_false(placement_is_busy(0, 0));
	assert_false(placement_is_busy(50000000, 100000000));
	assert_true(placement_is_busy(50000001, 100000000));
	assert_false(placement_is_busy(UINT64_MAX / 4, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_placed_in_groups_and_groups_evenly),
		cmocka_unit_test(in_groups_of_one_they_take_turns),
		cmocka_unit_test(a_place_that_came_free_is_filled_first),
		cmocka_unit_test(a_busy_worker_is_passed_over_unless_all_are),
		cmocka_unit_test(busy_is_more_than_half_of_a_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
