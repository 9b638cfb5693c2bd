#include "tcp_flow/unacked_ends.h"

#include "support/unit_test.h"

/* The same by the words of the rule: a list, walked over at each acknowledgement. */
struct plain_list {
	uint32_t ends[UNACKED_ENDS_MAX];
	uint32_t count;
};

static void list_add(struct plain_list *list, uint32_t end)
{
	if (list->count < UNACKED_ENDS_MAX)
		list->ends[list->count++] = end;
}

static void list_acknowledge(struct plain_list *list, uint32_t acknowledgment)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		if ((int32_t)(acknowledgment - list->ends[i]) < 0)
			list->ends[kept++] = list->ends[i];
	}
	list->count = kept;
}

/* The same numbers in each run. */
static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 32);
}

/*
 * Numbers around one that moves over the wrap; how wide around, decides whether they have an order.
 * One in acknowledge_in is an acknowledgement. Returns how many were held at most.
 */
static uint32_t agree_with_the_list(uint64_t width, unsigned acknowledge_in, unsigned turns)
{
	static struct plain_list list;
	struct unacked_ends ends = { 0 };
	uint64_t seed = 7;
	uint32_t here = 0xfffff000u;
	uint32_t most = 0;

	list.count = 0;
	for (unsigned i = 0; i < turns; i++) {
		uint32_t number = here + (uint32_t)(draw(&seed) % width) - (uint32_t)(width / 2);

		here += draw(&seed) % 16;
		if (draw(&seed) % acknowledge_in == 0) {
			list_acknowledge(&list, number);
			unacked_ends_acknowledge(&ends, number);
		} else {
			list_add(&list, number);
			unacked_ends_add(&ends, number);
		}
		assert_int_equal(ends.count, list.count);
		if (most < ends.count)
			most = ends.count;
	}
	unacked_ends_finish(&ends);
	assert_null(ends.more);
	return most;
}

static void counts_as_a_plain_list_does(void **state)
{
	(void)state;
	assert_in_range(agree_with_the_list(1, 3, 20000), 2, 100);
	assert_in_range(agree_with_the_list(3000, 20, 20000), 50, UNACKED_ENDS_MAX);
	assert_in_range(agree_with_the_list(100000, 2, 20000), 2, UNACKED_ENDS_MAX);
}

static void counts_where_the_numbers_have_no_order(void **state)
{
	(void)state;
	assert_in_range(agree_with_the_list(UINT64_C(1) << 31, 30, 20000), 20, UNACKED_ENDS_MAX);
	assert_in_range(agree_with_the_list(UINT64_C(1) << 32, 30, 20000), 20, UNACKED_ENDS_MAX);
}

static void holds_no_more_than_the_ceiling(void **state)
{
	struct unacked_ends ends = { 0 };

	(void)state;
	for (uint32_t i = 0; i < UNACKED_ENDS_MAX - 1; i++)
		unacked_ends_add(&ends, i);
	assert_false(unacked_ends_full(&ends));
	unacked_ends_add(&ends, UNACKED_ENDS_MAX);
	assert_true(unacked_ends_full(&ends));
	unacked_ends_add(&ends, UNACKED_ENDS_MAX + 1);
	assert_int_equal(ends.count, UNACKED_ENDS_MAX);
	unacked_ends_acknowledge(&ends, UNACKED_ENDS_MAX);
	assert_int_equal(ends.count, 0);
	unacked_ends_finish(&ends);
	assert_int_equal(agree_with_the_list(3000, 20001, 15000), UNACKED_ENDS_MAX);
}

static void a_number_half_of_the_space_away_is_above(void **state)
{
	struct unacked_ends ends = { 0 };

	(void)state;
	unacked_ends_add(&ends, 100);
	unacked_ends_acknowledge(&ends, 100 + 0x80000000u);
	assert_int_equal(ends.count, 1);
	unacked_ends_acknowledge(&ends, 100 + 0x7fffffffu);
	assert_int_equal(ends.count, 0);
	unacked_ends_finish(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_as_a_plain_list_does),
		cmocka_unit_test(counts_where_the_numbers_have_no_order),
		cmocka_unit_test(holds_no_more_than_the_ceiling),
		cmocka_unit_test(a_number_half_of_the_space_away_is_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
