#include "net/timer_heap.h"

#include "support/unit_test.h"

#define TIMERS 200

/* A heap with room for all of these, and the timers, none set. */
struct bench {
	struct timer_heap heap;
	struct timer timers[TIMERS];
};

static void bench_init(struct bench *bench)
{
	timer_heap_init(&bench->heap);
	for (size_t i = 0; i < TIMERS; i++) {
		assert_true(timer_heap_reserve(&bench->heap));
		timer_init(&bench->timers[i]);
	}
}

static void an_empty_heap_has_no_deadline_and_nothing_due(void **state)
{
	struct timer_heap heap;

	(void)state;
	timer_heap_init(&heap);
	assert_true(timer_heap_next_ms(&heap) == TIMER_NEVER);
	assert_null(timer_heap_take_due(&heap, UINT64_MAX - 1));
	timer_heap_finish(&heap);
	timer_heap_finish(&heap);
}

static void timers_come_due_in_the_order_of_their_deadlines(void **state)
{
	struct bench bench;
	uint64_t last_ms = 0;

	(void)state;
	bench_init(&bench);
	for (uint64_t i = 0; i < TIMERS; i++)
		timer_heap_set(&bench.heap, &bench.timers[i], 1000 + i * 7919 % 1009);
	for (size_t i = 0; i < TIMERS; i++) {
		uint64_t next_ms = timer_heap_next_ms(&bench.heap);
		struct timer *timer;

		assert_true(next_ms >= last_ms);
		assert_null(timer_heap_take_due(&bench.heap, next_ms - 1));
		timer = timer_heap_take_due(&bench.heap, next_ms);
		assert_non_null(timer);
		assert_true(timer->deadline_ms == TIMER_NEVER);
		last_ms = next_ms;
	}
	assert_true(timer_heap_next_ms(&bench.heap) == TIMER_NEVER);
	timer_heap_finish(&bench.heap);
}

static void a_timer_can_be_moved_either_way_and_cancelled(void **state)
{
	struct bench bench;
	struct timer *timers = bench.timers;

	(void)state;
	bench_init(&bench);
	timer_heap_set(&bench.heap, &timers[0], 100);
	timer_heap_set(&bench.heap, &timers[1], 200);
	timer_heap_set(&bench.heap, &timers[2], 300);

	timer_heap_set(&bench.heap, &timers[0], 400); /* later */
	assert_true(timer_heap_next_ms(&bench.heap) == 200);
	timer_heap_set(&bench.heap, &timers[2], 50); /* earlier */
	assert_true(timer_heap_next_ms(&bench.heap) == 50);
	timer_heap_set(&bench.heap, &timers[2], TIMER_NEVER);
	timer_heap_set(&bench.heap, &timers[2], TIMER_NEVER); /* twice does nothing more */
	assert_int_equal(bench.heap.count, 2);
	assert_ptr_equal(timer_heap_take_due(&bench.heap, 1000), &timers[1]);
	assert_ptr_equal(timer_heap_take_due(&bench.heap, 1000), &timers[0]);
	assert_null(timer_heap_take_due(&bench.heap, 1000));
	timer_heap_finish(&bench.heap);
}

static void a_timer_that_came_due_can_be_set_again(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (uint64_t round = 1; round <= 3; round++) {
		timer_heap_set(&bench.heap, &bench.timers[5], round);
		assert_ptr_equal(timer_heap_take_due(&bench.heap, round), &bench.timers[5]);
	}
	timer_heap_finish(&bench.heap);
}

/* The earliest deadline by looking at every timer. */
static uint64_t earliest_ms(const struct bench *bench)
{
	uint64_t earliest = TIMER_NEVER;

	for (size_t i = 0; i < TIMERS; i++) {
		if (bench->timers[i].deadline_ms < earliest)
			earliest = bench->timers[i].deadline_ms;
	}
	return earliest;
}

static void after_any_mixture_of_changes_the_earliest_is_known(void **state)
{
	struct bench bench;
	uint32_t random = 12345;

	(void)state;
	bench_init(&bench);
	for (size_t step = 0; step < 20000; step++) {
		struct timer *timer;

		random = random * 1664525u + 1013904223u;
		timer = &bench.timers[(random >> 8) % TIMERS];
		if (random >> 29 == 0)
			timer_heap_set(&bench.heap, timer, TIMER_NEVER);
		else if (random >> 29 == 1)
			(void)timer_heap_take_due(&bench.heap, timer_heap_next_ms(&bench.heap));
		else
			timer_heap_set(&bench.heap, timer, (random >> 4) % 500);
		assert_true(timer_heap_next_ms(&bench.heap) == earliest_ms(&bench));
	}
	timer_heap_finish(&bench.heap);
}

static void of_timers_that_are_due_the_earliest_is_taken_and_one_that_is_not_due_stays(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	timer_heap_set(&bench.heap, &bench.timers[0], 10);
	timer_heap_set(&bench.heap, &bench.timers[1], 9);
	timer_heap_set(&bench.heap, &bench.timers[2], 11);
	assert_null(timer_heap_take_due(&bench.heap, 8));
	assert_ptr_equal(timer_heap_take_due(&bench.heap, 10), &bench.timers[1]);
	assert_ptr_equal(timer_heap_take_due(&bench.heap, 10), &bench.timers[0]);
	assert_null(timer_heap_take_due(&bench.heap, 10));
	assert_int_equal(bench.heap.count, 1);
	assert_true(bench.timers[2].deadline_ms == 11);
	timer_heap_finish(&bench.heap);
}

static void room_that_was_given_back_is_used_again(void **state)
{
	struct timer_heap heap;
	struct timer timer;
	size_t capacity;

	(void)state;
	timer_heap_init(&heap);
	timer_init(&timer);
	for (unsigned i = 0; i < 64; i++)
		assert_true(timer_heap_reserve(&heap));
	capacity = heap.capacity;
	for (unsigned i = 0; i < 10000; i++) {
		timer_heap_unreserve(&heap);
		assert_true(timer_heap_reserve(&heap));
		assert_int_equal(heap.capacity, capacity);
	}
	timer_heap_set(&heap, &timer, 1);
	assert_true(timer_heap_next_ms(&heap) == 1);
	timer_heap_finish(&heap);
}

/* ---- against a sorted list of those that are set ---- */

struct list {
	const struct timer *sorted[TIMERS];
	uint64_t deadlines_ms[TIMERS];
	size_t count;
};

static void list_remove(struct list *list, const struct timer *timer)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->sorted[i] == timer)
			continue;
		list->sorted[kept] = list->sorted[i];
		list->deadlines_ms[kept++] = list->deadlines_ms[i];
	}
	list->count = kept;
}

static void list_insert(struct list *list, const struct timer *timer, uint64_t deadline_ms)
{
	size_t place = list->count++;

	for (; place > 0 && list->deadlines_ms[place - 1] > deadline_ms; place--) {
		list->sorted[place] = list->sorted[place - 1];
		list->deadlines_ms[place] = list->deadlines_ms[place - 1];
	}
	list->sorted[place] = timer;
	list->deadlines_ms[place] = deadline_ms;
}

/* Every timer of the list is set, and each taken one is the list's first or as early. */
static void take_what_is_due(struct bench *bench, struct list *list, uint64_t now_ms)
{
	for (;;) {
		struct timer *timer = timer_heap_take_due(&bench->heap, now_ms);
		bool is_there = false;

		if (!timer)
			break;
		assert_true(list->count > 0 && list->deadlines_ms[0] <= now_ms);
		for (size_t i = 0; i < list->count; i++)
			is_there |= list->sorted[i] == timer &&
				    list->deadlines_ms[i] == list->deadlines_ms[0];
		assert_true(is_there);
		list_remove(list, timer);
	}
	assert_true(list->count == 0 || list->deadlines_ms[0] > now_ms);
}

static void it_gives_what_a_sorted_list_gives(void **state)
{
	uint32_t random = 777;
	uint64_t now_ms = 0;
	struct list list = { .count = 0 };
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (size_t step = 0; step < 50000; step++) {
		struct timer *timer;
		uint64_t deadline_ms;

		random = random * 1664525u + 1013904223u;
		timer = &bench.timers[(random >> 16) % TIMERS];
		deadline_ms = now_ms + 1 + (random >> 4) % 300;
		if (random >> 29 == 0)
			deadline_ms = TIMER_NEVER;
		list_remove(&list, timer);
		timer_heap_set(&bench.heap, timer, deadline_ms);
		if (deadline_ms != TIMER_NEVER)
			list_insert(&list, timer, deadline_ms);
		now_ms += random >> 28 & 1u;
		take_what_is_due(&bench, &list, now_ms);
		assert_int_equal(bench.heap.count, list.count);
	}
	take_what_is_due(&bench, &list, now_ms + 1000);
	assert_int_equal(list.count, 0);
	timer_heap_finish(&bench.heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_heap_has_no_deadline_and_nothing_due),
		cmocka_unit_test(timers_come_due_in_the_order_of_their_deadlines),
		cmocka_unit_test(a_timer_can_be_moved_either_way_and_cancelled),
		cmocka_unit_test(a_timer_that_came_due_can_be_set_again),
		cmocka_unit_test(after_any_mixture_of_changes_the_earliest_is_known),
		cmocka_unit_test(
			of_timers_that_are_due_the_earliest_is_taken_and_one_that_is_not_due_stays),
		cmocka_unit_test(room_that_was_given_back_is_used_again),
		cmocka_unit_test(it_gives_what_a_sorted_list_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
