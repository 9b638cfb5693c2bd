#include "relay_server/open_requests.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

#define MULTIPLIER 0x9e3779b1u

static uint32_t any_of(const struct open_requests *requests)
{
	uint32_t place = 0;

	return open_requests_any(requests, &place);
}

static uint32_t older_of(const struct open_requests *requests, uint32_t before_ms)
{
	uint32_t place = 0;

	return open_requests_older(requests, before_ms, &place);
}

static void an_empty_set_holds_nothing(void **state)
{
	struct open_requests requests;

	(void)state;
	open_requests_init(&requests, MULTIPLIER);
	assert_null(requests.places);
	assert_false(open_requests_has(&requests, 1));
	assert_false(open_requests_has(&requests, 0));
	assert_false(open_requests_remove(&requests, 1));
	assert_int_equal(any_of(&requests), 0);
	assert_int_equal(older_of(&requests, 1000), 0);
	open_requests_finish(&requests);
	open_requests_finish(&requests);
}

static void an_id_is_in_the_set_from_its_adding_to_its_removal(void **state)
{
	static const uint32_t ids[] = { 1, 2, 0x80000000u, UINT32_MAX };
	struct open_requests requests;

	(void)state;
	open_requests_init(&requests, MULTIPLIER);
	for (size_t i = 0; i < 4; i++)
		assert_true(open_requests_add(&requests, ids[i], 0));
	assert_int_equal(requests.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(open_requests_has(&requests, ids[i]));
		assert_true(open_requests_remove(&requests, ids[i]));
		assert_false(open_requests_has(&requests, ids[i]));
		assert_false(open_requests_remove(&requests, ids[i]));
	}
	assert_int_equal(requests.count, 0);
	open_requests_finish(&requests);
	assert_null(requests.places);
	/* After finish it can be used again. */
	assert_true(open_requests_add(&requests, 9, 0));
	assert_true(open_requests_has(&requests, 9));
	open_requests_finish(&requests);
}

static void the_number_0_is_no_request_even_where_places_are_empty(void **state)
{
	struct open_requests requests;

	(void)state;
	open_requests_init(&requests, MULTIPLIER);
	assert_true(open_requests_add(&requests, 7, 0));
	assert_int_equal(any_of(&requests), 7);
	assert_true(open_requests_remove(&requests, 7));
	assert_int_equal(any_of(&requests), 0);
	open_requests_finish(&requests);
}

static void older_means_strictly_before_and_survives_the_wrap_of_the_clock(void **state)
{
	static const struct {
		uint32_t started_ms;
		uint32_t before_ms;
		bool is_older;
	} rows[] = {
		{ 1000, 1001, true },         { 1000, 1000, false },       { 1000, 999, false },
		{ UINT32_MAX, 0, true },      { UINT32_MAX - 5, 9, true }, { 0, UINT32_MAX, false },
		{ 9, UINT32_MAX - 5, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct open_requests requests;

		open_requests_init(&requests, MULTIPLIER);
		assert_true(open_requests_add(&requests, 5, rows[i].started_ms));
		assert_int_equal(older_of(&requests, rows[i].before_ms), rows[i].is_older ? 5 : 0);
		open_requests_finish(&requests);
	}
}

static void of_several_only_the_older_ones_are_told(void **state)
{
	struct open_requests requests;
	uint32_t place = 0;
	unsigned told = 0;
	uint32_t id;

	(void)state;
	open_requests_init(&requests, MULTIPLIER);
	for (uint32_t i = 1; i <= 1000; i++)
		assert_true(open_requests_add(&requests, i, i));
	while ((id = open_requests_older(&requests, 401, &place)) != 0) {
		assert_true(id <= 400);
		assert_true(open_requests_remove(&requests, id));
		told++;
	}
	assert_int_equal(told, 400);
	assert_int_equal(requests.count, 600);
	open_requests_finish(&requests);
}

static void it_is_never_more_than_half_full_and_grows_with_what_is_in_it(void **state)
{
	struct open_requests requests;

	(void)state;
	open_requests_init(&requests, MULTIPLIER);
	for (uint32_t id = 1; id <= 5000; id++) {
		assert_true(open_requests_add(&requests, id, 0));
		assert_true(requests.count * 2 <= requests.capacity);
		assert_true(requests.capacity <= 16 || requests.capacity <= requests.count * 4);
	}
	open_requests_finish(&requests);
}

static void an_even_secret_is_made_odd(void **state)
{
	struct open_requests requests;

	(void)state;
	/* Under an even multiplier ids would share homes by the thousand; under 0 all would. */
	open_requests_init(&requests, 0);
	assert_int_equal(requests.multiplier & 1u, 1);
	open_requests_finish(&requests);
}

/* How many places the longest search among so many consecutive ids has to look at. */
static uint32_t longest_search(uint32_t multiplier, uint32_t count)
{
	struct open_requests requests;
	uint32_t longest = 0;

	open_requests_init(&requests, multiplier);
	for (uint32_t id = 1; id <= count; id++)
		assert_true(open_requests_add(&requests, id, 0));
	for (uint32_t place = 0; place < requests.capacity; place++) {
		uint32_t away = 0;

		if (requests.places[place].id != 0)
			away = open_requests_distance(&requests, place);
		longest = away > longest ? away : longest;
	}
	open_requests_finish(&requests);
	return longest;
}

static void ids_in_a_row_do_not_crowd_under_a_chosen_multiplier(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		uint32_t multiplier = open_requests_choose_multiplier();

		assert_int_equal(multiplier & 1u, 1);
		assert_true(open_requests_spreads(multiplier));
		assert_true(longest_search(multiplier, 1024) < 32);
		assert_true(longest_search(multiplier, 16384) < 32);
	}
}

static void a_multiplier_that_crowds_is_known(void **state)
{
	/* Of one step, of a quarter of the circle, of a fiftieth. */
	static const uint32_t crowding[] = { 1, 0x40000001u, 0x051eb853u };

	(void)state;
	for (size_t i = 0; i < sizeof(crowding) / sizeof(crowding[0]); i++) {
		assert_false(open_requests_spreads(crowding[i]));
		assert_true(longest_search(crowding[i], 1024) > 64 ||
			    longest_search(crowding[i], 16384) > 64);
	}
}

/* ---- against a plain array ---- */

#define CHOICES 3000u

struct model {
	struct open_requests requests;
	uint32_t ids[CHOICES]; /* what may be in the set */
	bool held[CHOICES];
	uint32_t started[CHOICES];
	uint32_t count;
	uint32_t random;
};

static uint32_t next_random(struct model *model)
{
	model->random = model->random * 1664525u + 1013904223u;
	return model->random >> 8;
}

static void step_of(struct model *model, uint32_t likely_added)
{
	uint32_t choice = next_random(model) % CHOICES;
	uint32_t id = model->ids[choice];

	assert_int_equal(open_requests_has(&model->requests, id), model->held[choice]);
	if (next_random(model) % 16 < likely_added) {
		if (model->held[choice])
			return;
		model->started[choice] = next_random(model);
		assert_true(open_requests_add(&model->requests, id, model->started[choice]));
		model->held[choice] = true;
		model->count++;
	} else {
		assert_int_equal(open_requests_remove(&model->requests, id), model->held[choice]);
		model->count -= model->held[choice];
		model->held[choice] = false;
	}
	assert_int_equal(model->requests.count, model->count);
}

/* The oldest of all, by the array and by the set. */
static void check_ages(const struct model *model)
{
	uint32_t oldest = UINT32_MAX;

	for (uint32_t i = 0; i < CHOICES; i++) {
		assert_int_equal(open_requests_has(&model->requests, model->ids[i]),
				 model->held[i]);
		if (model->held[i] && model->started[i] < oldest)
			oldest = model->started[i];
	}
	assert_int_equal(any_of(&model->requests) != 0, model->count > 0);
	if (oldest == UINT32_MAX)
		return;
	assert_int_equal(older_of(&model->requests, oldest), 0);
	assert_int_not_equal(older_of(&model->requests, oldest + 1), 0);
}

static void run_model(struct model *model)
{
	open_requests_init(&model->requests, MULTIPLIER);
	for (unsigned step = 0; step < 40000; step++) {
		/* It fills, stays, and empties, in turns. */
		static const uint32_t likely[] = { 14, 8, 3, 8 };

		step_of(model, likely[step / 5000 % 4]);
		if (step % 2500 == 0)
			check_ages(model);
	}
	open_requests_finish(&model->requests);
}

static void it_holds_what_an_array_of_any_ids_holds(void **state)
{
	struct model *model = calloc(1, sizeof(*model));

	(void)state;
	assert_non_null(model);
	model->random = 4711;
	for (uint32_t i = 0; i < CHOICES; i++)
		model->ids[i] = i * 7919 + 1;
	run_model(model);
	free(model);
}

/* The number that, times MULTIPLIER, is 1: ids made with it get the homes that one likes. */
static uint32_t inverse_of(uint32_t odd)
{
	uint32_t inverse = odd;

	for (unsigned i = 0; i < 5; i++)
		inverse *= 2 - odd * inverse;
	return inverse;
}

static void it_holds_what_an_array_of_ids_with_few_homes_holds(void **state)
{
	struct model *model = calloc(1, sizeof(*model));
	uint32_t inverse = inverse_of(MULTIPLIER);

	(void)state;
	assert_non_null(model);
	assert_int_equal(inverse * MULTIPLIER, 1);
	model->random = 815;
	/* A home is in the upper bits of the product. Every one is one of 64, the last places of
	 * the array among them, so that long runs go over its end. */
	for (uint32_t i = 0; i < CHOICES; i++) {
		uint32_t home = 0x7fe0u + i % 64;

		model->ids[i] = (home << 17 | (i / 64 + 1)) * inverse;
		assert_int_not_equal(model->ids[i], 0);
	}
	run_model(model);
	free(model);
}

static void one_walk_with_removals_finds_all_of_a_set_that_wraps(void **state)
{
	uint32_t inverse = inverse_of(MULTIPLIER);

	(void)state;
	for (uint32_t home = 0; home < 64; home++) {
		struct open_requests requests;
		uint32_t place = 0;
		unsigned found = 0;
		uint32_t id;

		open_requests_init(&requests, MULTIPLIER);
		/* 24 ids of one home in an array of 64; two of three are old. */
		for (uint32_t i = 1; i <= 24; i++) {
			id = (home << 26 | i) * inverse;
			assert_true(open_requests_add(&requests, id, i % 3 == 0 ? 100 : 10));
		}
		while ((id = open_requests_older(&requests, 50, &place)) != 0) {
			assert_true(open_requests_remove(&requests, id));
			found++;
		}
		assert_int_equal(found, 16);
		place = 0;
		while ((id = open_requests_any(&requests, &place)) != 0)
			assert_true(open_requests_remove(&requests, id));
		assert_int_equal(requests.count, 0);
		open_requests_finish(&requests);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_holds_nothing),
		cmocka_unit_test(an_id_is_in_the_set_from_its_adding_to_its_removal),
		cmocka_unit_test(the_number_0_is_no_request_even_where_places_are_empty),
		cmocka_unit_test(older_means_strictly_before_and_survives_the_wrap_of_the_clock),
		cmocka_unit_test(of_several_only_the_older_ones_are_told),
		cmocka_unit_test(it_is_never_more_than_half_full_and_grows_with_what_is_in_it),
		cmocka_unit_test(an_even_secret_is_made_odd),
		cmocka_unit_test(ids_in_a_row_do_not_crowd_under_a_chosen_multiplier),
		cmocka_unit_test(a_multiplier_that_crowds_is_known),
		cmocka_unit_test(it_holds_what_an_array_of_any_ids_holds),
		cmocka_unit_test(it_holds_what_an_array_of_ids_with_few_homes_holds),
		cmocka_unit_test(one_walk_with_removals_finds_all_of_a_set_that_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
