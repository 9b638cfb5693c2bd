#include "tcp_flow/sequence_ranges.h"

#include "support/unit_test.h"

#define FAR (INT64_C(5) << 32) /* sequence numbers here are unwrapped: beyond 2^32 */

/* Fails unless the set is these ranges, `count` pairs of left and right. */
static void expect_ranges(const struct sequence_ranges *ranges, const int64_t *numbers,
			  uint32_t count)
{
	assert_int_equal(ranges->count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(sequence_ranges_at(ranges, i).left, numbers[2 * i]);
		assert_int_equal(sequence_ranges_at(ranges, i).right, numbers[2 * i + 1]);
	}
}

static void what_grows_in_order_stays_one_range(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	for (int64_t left = FAR - 500; left < FAR + 500; left += 100) {
		assert_int_equal(sequence_ranges_missing(&ranges, left, left + 100), 100);
		sequence_ranges_add(&ranges, left, left + 100);
		assert_int_equal(sequence_ranges_missing(&ranges, left, left + 100), 0);
	}
	expect_ranges(&ranges, (const int64_t[]){ FAR - 500, FAR + 500 }, 1);
	assert_null(ranges.more);
	sequence_ranges_finish(&ranges);
}

static void ranges_that_touch_become_one(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	sequence_ranges_add(&ranges, 10, 20);
	sequence_ranges_add(&ranges, 30, 40);
	sequence_ranges_add(&ranges, -5, 2);
	expect_ranges(&ranges, (const int64_t[]){ -5, 2, 10, 20, 30, 40 }, 3);
	sequence_ranges_add(&ranges, 20, 30);
	expect_ranges(&ranges, (const int64_t[]){ -5, 2, 10, 40 }, 2);
	sequence_ranges_add(&ranges, 1, 50);
	expect_ranges(&ranges, (const int64_t[]){ -5, 50 }, 1);
	sequence_ranges_finish(&ranges);
}

static void only_what_is_new_is_missing(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	assert_int_equal(sequence_ranges_missing(&ranges, 3, 9), 6);
	sequence_ranges_add(&ranges, 10, 20);
	sequence_ranges_add(&ranges, 30, 40);
	assert_int_equal(sequence_ranges_missing(&ranges, 0, 50), 30);
	assert_int_equal(sequence_ranges_missing(&ranges, 15, 35), 10);
	assert_int_equal(sequence_ranges_missing(&ranges, 12, 18), 0);
	assert_int_equal(sequence_ranges_missing(&ranges, 20, 30), 10);
	assert_int_equal(sequence_ranges_missing(&ranges, 39, 41), 1);
	assert_int_equal(sequence_ranges_missing(&ranges, 40, 45), 5);
	sequence_ranges_finish(&ranges);
}

static void an_empty_range_changes_nothing(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	sequence_ranges_add(&ranges, 7, 7);
	sequence_ranges_add(&ranges, 9, 8);
	assert_int_equal(ranges.count, 0);
	sequence_ranges_add(&ranges, 1, 5);
	sequence_ranges_add(&ranges, 5, 5);
	sequence_ranges_add(&ranges, 5, 3);
	expect_ranges(&ranges, (const int64_t[]){ 1, 5 }, 1);
	assert_int_equal(sequence_ranges_missing(&ranges, 7, 7), 0);
	assert_int_equal(sequence_ranges_missing(&ranges, 9, 7), 0);
	sequence_ranges_finish(&ranges);
}

static void a_run_ends_where_the_first_gap_begins(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 4), 4);
	sequence_ranges_add(&ranges, 10, 20);
	sequence_ranges_add(&ranges, 30, 40);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 9), 9);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 10), 20);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 19), 20);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 20), 20);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 25), 25);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 35), 40);
	assert_int_equal(sequence_ranges_end_of_run(&ranges, 41), 41);
	sequence_ranges_finish(&ranges);
}

static void what_is_settled_is_forgotten(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	for (int64_t left = 0; left < 100; left += 20)
		sequence_ranges_add(&ranges, left, left + 10);
	sequence_ranges_forget_below(&ranges, 45);
	expect_ranges(&ranges, (const int64_t[]){ 45, 50, 60, 70, 80, 90 }, 3);
	sequence_ranges_forget_below(&ranges, 90);
	assert_int_equal(ranges.count, 0);
	sequence_ranges_add(&ranges, 95, 99);
	expect_ranges(&ranges, (const int64_t[]){ 95, 99 }, 1);
	sequence_ranges_finish(&ranges);
}

static void at_the_ceiling_the_narrowest_gap_is_taken_as_seen(void **state)
{
	struct sequence_ranges ranges = { 0 };
	int64_t left = 0;

	(void)state;
	for (uint32_t i = 0; i < SEQUENCE_RANGES_MAX; i++, left += 100)
		sequence_ranges_add(&ranges, left, left + (i == 500 ? 95 : 50));
	assert_int_equal(ranges.count, SEQUENCE_RANGES_MAX);
	assert_false(ranges.forced);
	assert_int_equal(sequence_ranges_missing(&ranges, 50095, 50100), 5);

	sequence_ranges_add(&ranges, left, left + 50);
	assert_int_equal(ranges.count, SEQUENCE_RANGES_MAX);
	assert_true(ranges.forced);
	assert_int_equal(sequence_ranges_missing(&ranges, 50095, 50100), 0);
	assert_int_equal(sequence_ranges_missing(&ranges, left, left + 50), 0);
	/* All other gaps are as they were. */
	assert_int_equal(sequence_ranges_missing(&ranges, 0, left), 50 * 1024 - 50);
	sequence_ranges_finish(&ranges);
	assert_int_equal(ranges.count, 0);
}

static void endless_gaps_need_bounded_memory(void **state)
{
	struct sequence_ranges ranges = { 0 };

	(void)state;
	for (int64_t i = 0; i < 5000; i++) {
		/* From both ends, and into the middle. */
		int64_t left = i % 3 == 0 ? -7 * i : i % 3 == 1 ? 11 * i : 3 * i;

		sequence_ranges_add(&ranges, left, left + 1);
		assert_true(ranges.count <= SEQUENCE_RANGES_MAX);
		assert_int_equal(sequence_ranges_missing(&ranges, left, left + 1), 0);
	}
	assert_true(ranges.forced);
	assert_true(ranges.capacity <= SEQUENCE_RANGES_MAX * 2);
	sequence_ranges_finish(&ranges);
}

#define NUMBERS 300

/* The plain way to do it. */
struct marked {
	bool seen[NUMBERS];
};

static int64_t count_missing(const struct marked *marked, int64_t left, int64_t right)
{
	int64_t missing = 0;

	for (int64_t i = left; i < right; i++)
		missing += !marked->seen[i];
	return missing;
}

/* The same numbers in each run (Marsaglia's xorshift). */
static uint32_t draw(uint32_t below)
{
	static uint32_t state = 4;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static void any_order_gives_what_marking_each_number_gives(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct sequence_ranges ranges = { 0 };
		struct marked marked = { 0 };

		for (unsigned i = 0; i < 40; i++) {
			int64_t left = draw(NUMBERS - 20);
			int64_t right = left + draw(20);
			int64_t run = left;

			assert_int_equal(sequence_ranges_missing(&ranges, FAR + left, FAR + right),
					 count_missing(&marked, left, right));
			sequence_ranges_add(&ranges, FAR + left, FAR + right);
			for (int64_t k = left; k < right; k++)
				marked.seen[k] = true;
			while (marked.seen[run])
				run++;
			assert_int_equal(sequence_ranges_end_of_run(&ranges, FAR + left),
					 FAR + run);
			assert_int_equal(sequence_ranges_missing(&ranges, FAR, FAR + NUMBERS),
					 count_missing(&marked, 0, NUMBERS));
		}
		for (uint32_t i = 1; i < ranges.count; i++)
			assert_true(sequence_ranges_at(&ranges, i - 1).right <
				    sequence_ranges_at(&ranges, i).left);
		sequence_ranges_finish(&ranges);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_grows_in_order_stays_one_range),
		cmocka_unit_test(ranges_that_touch_become_one),
		cmocka_unit_test(only_what_is_new_is_missing),
		cmocka_unit_test(an_empty_range_changes_nothing),
		cmocka_unit_test(a_run_ends_where_the_first_gap_begins),
		cmocka_unit_test(what_is_settled_is_forgotten),
		cmocka_unit_test(at_the_ceiling_the_narrowest_gap_is_taken_as_seen),
		cmocka_unit_test(endless_gaps_need_bounded_memory),
		cmocka_unit_test(any_order_gives_what_marking_each_number_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
