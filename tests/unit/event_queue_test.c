/* Events that wait for the application, with copies of what they point to. */
#include "support/unit_test.h"

#include <stdlib.h>
#include <string.h>

#include "relay_client/event_queue.h"

static struct wt_event message(uint32_t number, const char *name, const char *data)
{
	struct wt_event event = { .kind = WT_EVENT_MESSAGE };

	event.as.message.number = number;
	event.as.message.from.name = name;
	event.as.message.data = data;
	event.as.message.data_bytes = strlen(data);
	return event;
}

static struct wt_event verdict(uint32_t request, const char *text)
{
	struct wt_event event = { .kind = WT_EVENT_VERDICT, .request = request };

	event.as.verdict.text = text;
	return event;
}

static void events_come_out_in_order_with_copies_of_their_own(void **state)
{
	struct event_queue queue;
	char name[] = "ann";
	char data[] = "hello";
	struct wt_event first = message(1, name, data);
	struct wt_event second = verdict(9, "why");
	struct event_entry *entry;

	(void)state;
	event_queue_init(&queue, 1000000);
	assert_true(event_queue_push(&queue, &first, 4, NULL));
	assert_true(event_queue_push(&queue, &second, 5, NULL));
	memset(name, 'x', 3);
	memset(data, 'x', 5);

	entry = event_queue_take_first(&queue);
	assert_int_equal(entry->serial, 4);
	assert_string_equal(entry->event.as.message.from.name, "ann");
	assert_memory_equal(entry->event.as.message.data, "hello", 5);
	assert_null(entry->event.as.message.room);
	assert_null(entry->event.as.message.message_id);
	event_queue_release(&queue, entry);
	entry = event_queue_take_first(&queue);
	assert_int_equal(entry->event.request, 9);
	assert_string_equal(entry->event.as.verdict.text, "why");
	event_queue_release(&queue, entry);
	assert_null(event_queue_take_first(&queue));
	assert_int_equal(queue.bytes, 0);
	event_queue_finish(&queue);
}

/* From the front, the middle and the end; and what is left is whole. */
static void an_answer_can_be_taken_from_anywhere(void **state)
{
	(void)state;
	for (uint32_t wanted = 1; wanted <= 3; wanted++) {
		struct event_queue queue;
		struct event_entry *entry;

		event_queue_init(&queue, 1000000);
		for (uint32_t i = 1; i <= 3; i++) {
			struct wt_event event = verdict(i, "");

			assert_true(event_queue_push(&queue, &event, 1, NULL));
		}
		assert_null(event_queue_take_answer(&queue, 4));
		entry = event_queue_take_answer(&queue, wanted);
		assert_int_equal(entry->event.request, wanted);
		event_queue_release(&queue, entry);
		assert_null(event_queue_take_answer(&queue, wanted));

		struct wt_event last = verdict(4, "");
		assert_true(event_queue_push(&queue, &last, 1, NULL));
		for (uint32_t i = 1; i <= 4; i++) {
			if (i == wanted)
				continue;
			entry = event_queue_take_first(&queue);
			assert_int_equal(entry->event.request, i);
			event_queue_release(&queue, entry);
		}
		assert_null(event_queue_take_first(&queue));
		event_queue_finish(&queue);
	}
}

static void what_is_held_is_counted_and_the_ceiling_is_told(void **state)
{
	static char data[10001];
	struct event_queue queue;
	struct wt_event event;
	int pushed = 0;

	(void)state;
	memset(data, 'x', sizeof(data) - 1);
	event = message(1, NULL, data);
	event_queue_init(&queue, 50000);
	for (; !event_queue_is_full(&queue); pushed++)
		assert_true(event_queue_push(&queue, &event, 1, NULL));
	assert_int_equal(pushed, 5);
	assert_true(queue.bytes < 50000 + 11000);
	event_queue_release(&queue, event_queue_take_first(&queue));
	assert_false(event_queue_is_full(&queue));
	event_queue_finish(&queue);
}

static void a_list_is_taken_over_and_freed_with_its_event(void **state)
{
	struct event_queue queue;
	struct wt_event event = { .kind = WT_EVENT_ANSWER, .request = 1 };
	struct wt_peer *peers = calloc(1000, sizeof(*peers));
	struct event_entry *entry;

	(void)state;
	assert_non_null(peers);
	event.as.answer.peers = peers;
	event.as.answer.count = 1000;
	event.as.answer.text = "";
	event_queue_init(&queue, 1000000);
	assert_true(event_queue_push(&queue, &event, 1, peers));
	assert_true(queue.bytes > 1000 * sizeof(*peers));
	entry = event_queue_take_first(&queue);
	assert_ptr_equal(entry->event.as.answer.peers, peers);
	event_queue_release(&queue, entry);
	event_queue_finish(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_out_in_order_with_copies_of_their_own),
		cmocka_unit_test(an_answer_can_be_taken_from_anywhere),
		cmocka_unit_test(what_is_held_is_counted_and_the_ceiling_is_told),
		cmocka_unit_test(a_list_is_taken_over_and_freed_with_its_event),
	};

	return cmocka_run_group_tests_name("event_queue", tests, NULL, NULL);
}
