#include "relay_server/pending_window.h"

#include <stdlib.h>
#include <string.h>

#include "relay_server/server_limits.h"

#include "support/unit_test.h"

/* The window never looks into a record: an address tells which one it is. */
static struct message_record *record_of(uintptr_t id)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): a name for it, and never followed */
	return (struct message_record *)(id << 4);
}

static struct pending_message message_of(uint32_t id)
{
	return (struct pending_message){ .id = id, .sender = ~id, .request_id = id * 3 };
}

static void push(struct pending_window *window, uint32_t id)
{
	struct pending_message message = message_of(id);

	assert_true(pending_window_push(window, &message));
}

/* Closes an id that is there. */
static void close_id(struct pending_window *window, uint32_t id)
{
	uint32_t index = pending_window_seek(window, id);

	assert_true(index < window->tail);
	assert_int_equal(window->messages[index].id, id);
	pending_window_close(window, index);
}

static void an_empty_window_holds_nothing_and_finds_nothing(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	assert_null(window.messages);
	assert_int_equal(pending_window_seek(&window, 0), window.tail);
	assert_int_equal(pending_window_seek(&window, UINT32_MAX), window.tail);
	pending_window_tidy(&window);
	assert_null(pending_window_take_late(&window, 0, UINT32_MAX));
	pending_window_finish(&window);
	pending_window_finish(&window);
}

static void seek_finds_the_first_id_that_is_not_below(void **state)
{
	static const uint32_t ids[] = { 2, 3, 5, 9, 10, 11, 20, UINT32_MAX };
	static const uint32_t sought[][2] = {
		{ 0, 0 }, { 2, 0 },  { 3, 1 },  { 4, 2 },  { 5, 2 },          { 6, 3 },
		{ 9, 3 }, { 12, 6 }, { 20, 6 }, { 21, 7 }, { UINT32_MAX, 7 },
	};
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		push(&window, ids[i]);
	for (size_t i = 0; i < sizeof(sought) / sizeof(sought[0]); i++)
		assert_int_equal(pending_window_seek(&window, sought[i][0]), sought[i][1]);
	close_id(&window, UINT32_MAX);
	pending_window_finish(&window);
}

static void behind_the_newest_there_is_only_the_tail(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	push(&window, 7);
	push(&window, 8);
	assert_int_equal(pending_window_seek(&window, 9), window.tail);
	pending_window_finish(&window);
}

static void what_was_pushed_is_kept_and_counts_as_open(void **state)
{
	struct pending_message message = { .id = 4,
					   .sender = 5,
					   .request_id = 6,
					   .received_ms = 7,
					   .record = record_of(8),
					   .sent_through = 9,
					   .sender_worker = 10 };
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	assert_true(pending_window_push(&window, &message));
	message.open = true;
	assert_int_equal(window.open, 1);
	assert_int_equal(window.messages[0].id, 4);
	assert_int_equal(window.messages[0].sender, 5);
	assert_int_equal(window.messages[0].request_id, 6);
	assert_int_equal(window.messages[0].received_ms, 7);
	assert_ptr_equal(window.messages[0].record, record_of(8));
	assert_true(window.messages[0].sent_through == 9);
	assert_int_equal(window.messages[0].sender_worker, 10);
	assert_true(window.messages[0].open);
	pending_window_finish(&window);
}

static void closing_twice_counts_once(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	push(&window, 1);
	push(&window, 2);
	pending_window_close(&window, 0);
	pending_window_close(&window, 0);
	assert_int_equal(window.open, 1);
	pending_window_finish(&window);
}

static void indexes_stay_good_until_the_window_is_tidied(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	for (uint32_t id = 1; id <= 8; id++)
		push(&window, id);
	for (uint32_t index = 0; index < 7; index++) {
		pending_window_close(&window, index);
		assert_int_equal(window.messages[7].id, 8);
	}
	pending_window_tidy(&window);
	assert_int_equal(window.messages[window.head].id, 8);
	pending_window_finish(&window);
}

static void it_takes_4096_open_ones_and_refuses_one_more(void **state)
{
	struct pending_message more = message_of(RELAY_UNACKNOWLEDGED_MAX + 1);
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	for (uint32_t id = 1; id <= RELAY_UNACKNOWLEDGED_MAX; id++)
		push(&window, id);
	assert_false(pending_window_push(&window, &more));
	assert_int_equal(window.open, RELAY_UNACKNOWLEDGED_MAX);
	close_id(&window, 2048); /* a hole in the middle makes room */
	assert_true(pending_window_push(&window, &more));
	assert_false(pending_window_push(&window, &more));
	pending_window_finish(&window);
}

static void room_is_made_of_holes_before_memory_is_taken(void **state)
{
	struct pending_window window;
	uint32_t id = 0;

	(void)state;
	pending_window_init(&window);
	/* Four open ones at any time, for ever: the array stays as large as at the start. */
	while (id < 4)
		push(&window, ++id);
	for (unsigned i = 0; i < 1000; i++) {
		push(&window, ++id);
		close_id(&window, id - 2);
		assert_int_equal(window.open, 4);
		assert_true(window.capacity <= 16);
	}
	pending_window_finish(&window);
}

static void with_the_last_one_closed_a_large_array_is_given_back_and_a_small_one_kept(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	for (uint32_t id = 1; id <= 3; id++)
		push(&window, id);
	pending_window_close(&window, 0);
	pending_window_close(&window, 1);
	pending_window_close(&window, 2);
	pending_window_tidy(&window);
	assert_int_equal(window.tail, 0);
	assert_non_null(window.messages);

	for (uint32_t id = 10; id < 10 + 3000; id++)
		push(&window, id);
	for (uint32_t id = 10; id < 10 + 2999; id++)
		close_id(&window, id);
	pending_window_tidy(&window);
	assert_non_null(window.messages);
	close_id(&window, 3009);
	pending_window_tidy(&window);
	assert_null(window.messages);
	assert_int_equal(window.capacity, 0);
	push(&window, 2000);
	assert_int_equal(window.messages[pending_window_seek(&window, 2000)].id, 2000);
	pending_window_finish(&window);
}

static void an_empty_one_that_keeps_late_ids_gives_its_array_back(void **state)
{
	struct pending_window window;
	int record;

	(void)state;
	pending_window_init(&window);
	push(&window, 1);
	assert_null(pending_window_keep_late(&window, 1, (struct message_record *)(void *)&record));
	pending_window_shrink(&window); /* not while one is open */
	assert_non_null(window.messages);
	close_id(&window, 1);
	pending_window_shrink(&window);
	assert_null(window.messages);
	assert_int_equal(window.late_count, 1);
	push(&window, 2);
	assert_int_equal(pending_window_seek(&window, 2), window.head);
	assert_ptr_equal(pending_window_take_late(&window, 1, 1), &record);
	pending_window_finish(&window);
}

static void holes_between_open_ones_are_forgotten_too(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	for (uint32_t id = 1; id <= 1000; id++)
		push(&window, id);
	for (uint32_t id = 2; id <= 999; id++)
		close_id(&window, id);
	pending_window_tidy(&window);
	assert_true(window.tail - window.head <= 2 * 2 + 8);
	assert_int_equal(window.messages[pending_window_seek(&window, 1)].id, 1);
	assert_int_equal(window.messages[pending_window_seek(&window, 2)].id, 1000);
	pending_window_finish(&window);
}

static void late_ones_are_taken_by_id_lowest_first(void **state)
{
	struct pending_window window;

	(void)state;
	pending_window_init(&window);
	for (uintptr_t id = 10; id <= 40; id += 10)
		assert_null(pending_window_keep_late(&window, (uint32_t)id, record_of(id)));
	assert_null(pending_window_take_late(&window, 0, 9));
	assert_null(pending_window_take_late(&window, 11, 19));
	assert_null(pending_window_take_late(&window, 41, UINT32_MAX));
	assert_ptr_equal(pending_window_take_late(&window, 20, 20), record_of(20));
	assert_null(pending_window_take_late(&window, 20, 20));
	assert_ptr_equal(pending_window_take_late(&window, 5, 30), record_of(10));
	assert_ptr_equal(pending_window_take_late(&window, 5, 30), record_of(30));
	assert_null(pending_window_take_late(&window, 5, 30));
	assert_int_equal(window.late_count, 1);
	assert_ptr_equal(pending_window_take_late(&window, 40, 40), record_of(40));
	assert_int_equal(window.late_count, 0);
	pending_window_finish(&window);
}

static void of_more_than_1024_late_ones_the_oldest_gives_way(void **state)
{
	struct pending_window window;
	uintptr_t id;

	(void)state;
	pending_window_init(&window);
	for (id = 1; id <= RELAY_LATE_MAX; id++)
		assert_null(pending_window_keep_late(&window, (uint32_t)id, record_of(id)));
	assert_ptr_equal(pending_window_keep_late(&window, (uint32_t)id, record_of(id)),
			 record_of(1));
	assert_int_equal(window.late_count, RELAY_LATE_MAX);
	for (uintptr_t left = 2; left <= RELAY_LATE_MAX + 1; left++)
		assert_ptr_equal(pending_window_take_late(&window, 0, UINT32_MAX), record_of(left));
	assert_null(pending_window_take_late(&window, 0, UINT32_MAX));
	pending_window_finish(&window);
}

/* ---- against a list of ids that are open ---- */

#define MODEL_MAX 200000u

struct model {
	struct pending_window window;
	bool *open; /* by id */
	uint32_t last_id;
	uint32_t open_count;
	uint32_t random;
};

static uint32_t next_random(struct model *model, uint32_t below)
{
	model->random = model->random * 1664525u + 1013904223u;
	return (model->random >> 8) % below;
}

static void check_window(const struct model *model)
{
	const struct pending_window *window = &model->window;
	uint32_t seen = 0;
	uint32_t before = 0;

	assert_int_equal(window->open, model->open_count);
	for (uint32_t i = window->head; i < window->tail; i++) {
		const struct pending_message *message = &window->messages[i];

		assert_true(message->id > before);
		before = message->id;
		assert_int_equal(message->open, model->open[message->id]);
		assert_int_equal(message->sender, ~message->id);
		assert_int_equal(message->request_id, message->id * 3);
		seen += message->open;
	}
	assert_int_equal(seen, model->open_count);
}

/* As an acknowledgement does: all open ones of a range. */
static void close_range(struct model *model, uint32_t first, uint32_t last)
{
	struct pending_window *window = &model->window;

	for (uint32_t i = pending_window_seek(window, first);
	     i < window->tail && window->messages[i].id <= last; i++)
		pending_window_close(window, i);
	for (uint32_t id = first; id <= last && id <= model->last_id; id++) {
		model->open_count -= model->open[id];
		model->open[id] = false;
	}
	pending_window_tidy(window);
	if (window->head < window->tail)
		assert_true(window->messages[window->head].open);
	assert_true(window->tail - window->head <= 2 * window->open + 8);
}

static void push_next(struct model *model)
{
	uint32_t id = model->last_id + 1 + next_random(model, 3) / 2; /* some ids are left out */
	struct pending_message message = message_of(id);

	if (model->open_count == RELAY_UNACKNOWLEDGED_MAX) {
		assert_false(pending_window_push(&model->window, &message));
		return;
	}
	assert_true(pending_window_push(&model->window, &message));
	model->last_id = id;
	model->open[id] = true;
	model->open_count++;
}

static void after_any_mixture_of_changes_it_holds_what_a_plain_list_holds(void **state)
{
	struct model model = { .random = 20261120 };

	(void)state;
	model.open = calloc(MODEL_MAX + 4, sizeof(*model.open));
	assert_non_null(model.open);
	pending_window_init(&model.window);
	for (unsigned step = 0; step < 60000; step++) {
		uint32_t reach = step / 10000 % 2 == 0 ? 60 : 6000;
		uint32_t first = model.last_id > reach ? model.last_id - next_random(&model, reach)
						       : next_random(&model, model.last_id + 1);

		if (next_random(&model, 8) != 0)
			push_next(&model);
		else
			close_range(&model, first, first + next_random(&model, reach / 15));
		if (step % 5000 == 4999)
			close_range(&model, 0, model.last_id);
		if (step % 50 == 0 || step % 5000 == 4999)
			check_window(&model);
	}
	assert_true(model.last_id > 40000 && model.last_id < MODEL_MAX);
	pending_window_finish(&model.window);
	free(model.open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_window_holds_nothing_and_finds_nothing),
		cmocka_unit_test(seek_finds_the_first_id_that_is_not_below),
		cmocka_unit_test(behind_the_newest_there_is_only_the_tail),
		cmocka_unit_test(what_was_pushed_is_kept_and_counts_as_open),
		cmocka_unit_test(closing_twice_counts_once),
		cmocka_unit_test(indexes_stay_good_until_the_window_is_tidied),
		cmocka_unit_test(it_takes_4096_open_ones_and_refuses_one_more),
		cmocka_unit_test(room_is_made_of_holes_before_memory_is_taken),
		cmocka_unit_test(
			with_the_last_one_closed_a_large_array_is_given_back_and_a_small_one_kept),
		cmocka_unit_test(an_empty_one_that_keeps_late_ids_gives_its_array_back),
		cmocka_unit_test(holes_between_open_ones_are_forgotten_too),
		cmocka_unit_test(late_ones_are_taken_by_id_lowest_first),
		cmocka_unit_test(of_more_than_1024_late_ones_the_oldest_gives_way),
		cmocka_unit_test(after_any_mixture_of_changes_it_holds_what_a_plain_list_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
