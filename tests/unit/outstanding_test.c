#include "tcp_flow/outstanding.h"

#include "support/unit_test.h"

static void send(struct outstanding *outstanding, int64_t sequence, int64_t end)
{
	*outstanding_push(outstanding) =
		(struct outstanding_segment){ .sequence = sequence, .end = end, .times_sent = 1 };
}

static void assert_range(struct outstanding *outstanding, uint32_t i, int64_t sequence, int64_t end)
{
	assert_true(i < outstanding->count);
	assert_int_equal(outstanding_at(outstanding, i)->sequence, sequence);
	assert_int_equal(outstanding_at(outstanding, i)->end, end);
}

static void a_question_and_its_answer_need_no_memory(void **state)
{
	struct outstanding outstanding = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100; i++) {
		send(&outstanding, i, i + 1);
		send(&outstanding, i + 1, i + 2);
		outstanding_pop(&outstanding);
		assert_range(&outstanding, 0, i + 1, i + 2);
		outstanding_pop(&outstanding);
		assert_int_equal(outstanding.count, 0);
	}
	assert_null(outstanding.ring);
	outstanding_finish(&outstanding);
}

static void it_grows_and_keeps_its_order_around_the_end(void **state)
{
	struct outstanding outstanding = { 0 };
	int64_t oldest = 0;

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		send(&outstanding, i * 10, i * 10 + 10);
		if (i % 3 == 0) {
			assert_range(&outstanding, 0, oldest * 10, oldest * 10 + 10);
			outstanding_pop(&outstanding);
			oldest++;
		}
	}
	for (uint32_t i = 0; i < outstanding.count; i++)
		assert_range(&outstanding, i, (oldest + i) * 10, (oldest + i) * 10 + 10);
	assert_int_equal(outstanding.count, 1000 - oldest);
	assert_false(outstanding.forgot);
	outstanding_finish(&outstanding);
}

static void at_the_ceiling_the_oldest_is_forgotten_and_that_is_said(void **state)
{
	struct outstanding outstanding = { 0 };

	(void)state;
	for (int64_t i = 0; i < (int64_t)OUTSTANDING_MAX; i++)
		send(&outstanding, i, i + 1);
	assert_false(outstanding.forgot);
	send(&outstanding, OUTSTANDING_MAX, OUTSTANDING_MAX + 1);
	assert_true(outstanding.forgot);
	assert_int_equal(outstanding.count, OUTSTANDING_MAX);
	assert_range(&outstanding, 0, 1, 2);
	assert_range(&outstanding, OUTSTANDING_MAX - 1, OUTSTANDING_MAX, OUTSTANDING_MAX + 1);
	outstanding_finish(&outstanding);
}

static void a_number_is_found_in_the_segment_that_holds_it_or_the_next(void **state)
{
	struct outstanding outstanding = { 0 };

	(void)state;
	assert_int_equal(outstanding_find(&outstanding, 5), 0);
	for (int64_t i = 0; i < 50; i++)
		send(&outstanding, i * 20, i * 20 + 10); /* with gaps of ten */
	for (int64_t i = 0; i < 50; i++) {
		assert_int_equal(outstanding_find(&outstanding, i * 20), i);
		assert_int_equal(outstanding_find(&outstanding, i * 20 + 9), i);
		assert_int_equal(outstanding_find(&outstanding, i * 20 + 10), i + 1);
	}
	outstanding_finish(&outstanding);
}

static void a_late_one_goes_to_its_place_without_what_others_cover(void **state)
{
	struct outstanding outstanding = { 0 };
	struct outstanding_segment late = { .sequence = 95, .end = 125, .times_sent = 2 };

	(void)state;
	send(&outstanding, 90, 100);
	send(&outstanding, 120, 130);
	send(&outstanding, 130, 140);
	outstanding_insert(&outstanding, &late);
	assert_int_equal(outstanding.count, 4);
	assert_range(&outstanding, 0, 90, 100);
	assert_range(&outstanding, 1, 100, 120);
	assert_int_equal(outstanding_at(&outstanding, 1)->times_sent, 2);
	late = (struct outstanding_segment){ .sequence = 91, .end = 99 };
	outstanding_insert(&outstanding, &late);
	assert_int_equal(outstanding.count, 4);
	late = (struct outstanding_segment){ .sequence = 50, .end = 95 };
	outstanding_insert(&outstanding, &late);
	assert_range(&outstanding, 0, 50, 90);
	outstanding_finish(&outstanding);
}

static void late_ones_near_either_end_are_put_in_and_others_left_out(void **state)
{
	struct outstanding outstanding = { 0 };
	const int64_t many = 1000;
	struct outstanding_segment late = { .times_sent = 1 };

	(void)state;
	for (int64_t i = 0; i < many; i++)
		send(&outstanding, i * 20, i * 20 + 10);
	late.sequence = 2 * 20 + 10;
	late.end = late.sequence + 10;
	outstanding_insert(&outstanding, &late);
	assert_range(&outstanding, 2, 40, 50);
	assert_range(&outstanding, 3, 50, 60);
	assert_range(&outstanding, 4, 60, 70);
	late.sequence = (many - 3) * 20 + 10;
	late.end = late.sequence + 10;
	outstanding_insert(&outstanding, &late);
	assert_range(&outstanding, (uint32_t)many - 1, late.sequence, late.end);
	assert_range(&outstanding, 0, 0, 10);
	assert_range(&outstanding, (uint32_t)many + 1, (many - 1) * 20, (many - 1) * 20 + 10);
	assert_int_equal(outstanding.count, many + 2);
	assert_false(outstanding.forgot);
	late.sequence = (many / 2) * 20 + 10;
	late.end = late.sequence + 10;
	outstanding_insert(&outstanding, &late);
	assert_int_equal(outstanding.count, many + 2);
	assert_true(outstanding.forgot);
	outstanding_finish(&outstanding);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_and_its_answer_need_no_memory),
		cmocka_unit_test(it_grows_and_keeps_its_order_around_the_end),
		cmocka_unit_test(at_the_ceiling_the_oldest_is_forgotten_and_that_is_said),
		cmocka_unit_test(a_number_is_found_in_the_segment_that_holds_it_or_the_next),
		cmocka_unit_test(a_late_one_goes_to_its_place_without_what_others_cover),
		cmocka_unit_test(late_ones_near_either_end_are_put_in_and_others_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
