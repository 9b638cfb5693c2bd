/*
 * The table of open requests.
 */
#include "support/unit_test.h"

#include "relay_client/in_flight.h"

static void ids_go_on_at_one_behind_the_last_and_pass_over_open_ones(void **state)
{
	struct in_flight table;
	struct in_flight_request *request;

	(void)state;
	in_flight_init(&table);
	assert_int_equal(in_flight_add(&table, 2)->id, 1);
	assert_int_equal(in_flight_add(&table, 2)->id, 2);
	in_flight_remove(&table, in_flight_find(&table, 1));
	table.last_id = UINT32_MAX - 1;
	assert_int_equal(in_flight_add(&table, 2)->id, UINT32_MAX);
	assert_int_equal(in_flight_add(&table, 2)->id, 1);
	assert_int_equal(in_flight_add(&table, 2)->id, 3);
	while ((request = in_flight_first(&table, &table.open)))
		in_flight_remove(&table, request);
	in_flight_finish(&table);
}

static void tens_of_thousands_of_requests_are_found_in_any_order(void **state)
{
	struct in_flight table;
	uint32_t expected = 2;

	(void)state;
	in_flight_init(&table);
	for (uint32_t i = 1; i <= 65536; i++)
		assert_int_equal(in_flight_add(&table, 2)->id, i);
	for (uint32_t i = 65535; i >= 1 && i <= 65535; i -= 2)
		in_flight_remove(&table, in_flight_find(&table, i));
	assert_int_equal(table.count, 32768);
	for (struct in_flight_request *request = in_flight_first(&table, &table.open); request;
	     request = in_flight_next(&table, request)) {
		assert_int_equal(request->id, expected);
		expected += 2;
	}
	for (uint32_t i = 2; i <= 65536; i += 2) {
		in_flight_move_to_done(&table, in_flight_find(&table, i));
		assert_int_equal(in_flight_first(&table, &table.done)->id, i);
		in_flight_remove(&table, in_flight_find(&table, i));
	}
	assert_int_equal(table.count, 0);
	in_flight_finish(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_go_on_at_one_behind_the_last_and_pass_over_open_ones),
		cmocka_unit_test(tens_of_thousands_of_requests_are_found_in_any_order),
	};

	return cmocka_run_group_tests_name("in_flight", tests, NULL, NULL);
}
