#include "relay_server/numbered_list.h"

#include <stdlib.h>

#include "support/unit_test.h"

/* The list never looks into a thing: an address tells which one it is. */
static void *thing_of(uint64_t number)
{
	static char things[65536];

	return &things[number % sizeof(things)];
}

static void add(struct numbered_list *list, uint64_t number)
{
	assert_true(numbered_list_add(list, number, thing_of(number)));
}

static void an_empty_list_has_nothing(void **state)
{
	struct numbered_list list;
	size_t place = 0;

	(void)state;
	numbered_list_init(&list);
	assert_null(list.items);
	assert_null(numbered_list_find(&list, 0));
	assert_null(numbered_list_find(&list, UINT64_MAX));
	assert_null(numbered_list_next(&list, 0, &place));
	assert_int_equal(place, 0);
	numbered_list_finish(&list);
	numbered_list_finish(&list);
}

static void things_are_found_by_their_number_only(void **state)
{
	struct numbered_list list;

	(void)state;
	numbered_list_init(&list);
	for (uint64_t number = 10; number <= 1000; number += 10)
		add(&list, number);
	for (uint64_t number = 0; number <= 1010; number++) {
		void *expected = number % 10 == 0 && number >= 10 && number <= 1000
					 ? thing_of(number)
					 : NULL;

		assert_ptr_equal(numbered_list_find(&list, number), expected);
	}
	numbered_list_finish(&list);
}

static void what_comes_out_of_order_is_put_in_order(void **state)
{
	static const uint64_t numbers[] = { 5, 7, 6, 9, 8, 4, 1, 12 };
	static const uint64_t ordered[] = { 1, 4, 5, 6, 7, 8, 9, 12 };
	struct numbered_list list;
	uint64_t after = 0;
	size_t place = 0;

	(void)state;
	numbered_list_init(&list);
	for (size_t i = 0; i < 8; i++)
		add(&list, numbers[i]);
	for (size_t i = 0; i < 8; i++) {
		assert_ptr_equal(numbered_list_next(&list, after, &place), thing_of(ordered[i]));
		after = ordered[i];
	}
	assert_null(numbered_list_next(&list, after, &place));
	numbered_list_finish(&list);
}

static void next_is_right_whatever_the_hint_says(void **state)
{
	struct numbered_list list;

	(void)state;
	numbered_list_init(&list);
	for (uint64_t number = 2; number <= 20; number += 2)
		add(&list, number);
	numbered_list_remove(&list, 8);
	for (uint64_t after = 0; after <= 21; after++) {
		uint64_t expected = after / 2 * 2 + 2;

		if (expected == 8)
			expected = 10;
		for (size_t hint = 0; hint <= 12; hint++) {
			size_t place = hint == 12 ? 1000000000 : hint;
			void *next = numbered_list_next(&list, after, &place);

			assert_ptr_equal(next, expected <= 20 ? thing_of(expected) : NULL);
			if (!next)
				assert_true(place == hint || hint == 12);
		}
	}
	numbered_list_finish(&list);
}

static void the_highest_number_can_be_there_and_nothing_is_above_it(void **state)
{
	struct numbered_list list;
	size_t place = 0;

	(void)state;
	numbered_list_init(&list);
	add(&list, 1);
	add(&list, UINT64_MAX - 1);
	assert_ptr_equal(numbered_list_next(&list, 1, &place), thing_of(UINT64_MAX - 1));
	assert_null(numbered_list_next(&list, UINT64_MAX - 1, &place));
	numbered_list_finish(&list);
}

static void who_stays_is_seen_exactly_once_while_others_come_and_go(void **state)
{
	struct numbered_list list;
	uint64_t after = 0;
	uint64_t newest = 1000;
	unsigned seen = 0;
	size_t place = 0;

	(void)state;
	numbered_list_init(&list);
	for (uint64_t number = 1; number <= 1000; number++)
		add(&list, number);
	/* Numbers that 3 divides stay; behind and before the reader the others go. */
	for (;;) {
		const char *thing = numbered_list_next(&list, after, &place);

		if (!thing)
			break;
		for (after++; thing_of(after) != thing; after++)
			assert_true(after % 3 != 0 || after > 1000);
		seen += after % 3 == 0 && after <= 999;
		if (after <= 999 && after % 3 != 0)
			numbered_list_remove(&list, after);
		if (newest < 1500) {
			add(&list, ++newest);
			if (newest % 2 == 0)
				numbered_list_remove(&list, newest);
		}
	}
	assert_int_equal(seen, 333);
	numbered_list_finish(&list);
}

static void the_removed_do_not_pile_up(void **state)
{
	struct numbered_list list;

	(void)state;
	numbered_list_init(&list);
	for (uint64_t number = 1; number <= 100000; number++) {
		add(&list, number);
		if (number > 10)
			numbered_list_remove(&list, number - 10);
		assert_true(list.removed <= 64 || list.removed <= list.count / 2);
	}
	assert_int_equal(list.count - list.removed, 10);
	assert_true(list.capacity <= 256);
	numbered_list_finish(&list);
}

/* ---- against an array of what is there ---- */

#define NUMBERS 40000u

struct model {
	struct numbered_list list;
	bool *there; /* by number */
	uint32_t last;
	size_t count;
	uint32_t random;
};

static uint32_t next_random(struct model *model, uint32_t below)
{
	model->random = model->random * 1664525u + 1013904223u;
	return (model->random >> 8) % below;
}

static void add_some(struct model *model)
{
	/* Up to four in any order, as from workers that overtake each other. */
	uint32_t first = model->last + 1;
	uint32_t turn = next_random(model, 4);

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t number = first + (i ^ turn);

		add(&model->list, number);
		model->there[number] = true;
	}
	model->last += 4;
	model->count += 4;
}

static void remove_one(struct model *model, uint32_t reach)
{
	uint32_t most = reach < model->last ? reach : model->last;
	uint32_t number = model->last - (most > 0 ? next_random(model, most) : 0);

	if (!model->there[number])
		return;
	numbered_list_remove(&model->list, number);
	model->there[number] = false;
	model->count--;
}

static void check_list(const struct model *model)
{
	uint64_t after = 0;
	size_t place = 0;

	assert_int_equal(model->list.count - model->list.removed, model->count);
	for (uint32_t number = 1; number <= model->last; number++) {
		assert_ptr_equal(numbered_list_find(&model->list, number),
				 model->there[number] ? thing_of(number) : NULL);
		if (!model->there[number])
			continue;
		assert_ptr_equal(numbered_list_next(&model->list, after, &place), thing_of(number));
		after = number;
	}
	assert_null(numbered_list_next(&model->list, after, &place));
}

static void after_any_mixture_of_changes_it_holds_what_an_array_holds(void **state)
{
	struct model model = { .random = 99 };

	(void)state;
	model.there = calloc(NUMBERS + 8, sizeof(*model.there));
	assert_non_null(model.there);
	numbered_list_init(&model.list);
	for (unsigned step = 0; model.last + 4 <= NUMBERS; step++) {
		if (next_random(&model, 6) == 0)
			add_some(&model);
		else
			remove_one(&model, step / 4096 % 2 == 0 ? 50 : NUMBERS);
		if (step % 1024 == 0)
			check_list(&model);
	}
	check_list(&model);
	numbered_list_finish(&model.list);
	free(model.there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_has_nothing),
		cmocka_unit_test(things_are_found_by_their_number_only),
		cmocka_unit_test(what_comes_out_of_order_is_put_in_order),
		cmocka_unit_test(next_is_right_whatever_the_hint_says),
		cmocka_unit_test(the_highest_number_can_be_there_and_nothing_is_above_it),
		cmocka_unit_test(who_stays_is_seen_exactly_once_while_others_come_and_go),
		cmocka_unit_test(the_removed_do_not_pile_up),
		cmocka_unit_test(after_any_mixture_of_changes_it_holds_what_an_array_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
