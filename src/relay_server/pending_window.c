#include "relay_server/pending_window.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_FIRST 8u
#define WINDOW_KEPT 2048u

void pending_window_init(struct pending_window *window)
{
	*window = (struct pending_window){ 0 };
}

void pending_window_finish(struct pending_window *window)
{
	free(window->messages);
	free(window->late);
	*window = (struct pending_window){ 0 };
}

/* Moves the open ones to the front of an array that may be the same. */
static void compact(struct pending_window *window, struct pending_message *into)
{
	uint32_t count = 0;

	for (uint32_t i = window->head; i < window->tail; i++) {
		if (window->messages[i].open)
			into[count++] = window->messages[i];
	}
	window->head = 0;
	window->tail = count;
}

bool pending_window_make_room(struct pending_window *window)
{
	uint32_t capacity = window->capacity ? window->capacity * 2 : WINDOW_FIRST;
	struct pending_message *larger;

	/* At least half must come free, so that each move is paid for by as many pushes. */
	if (window->open <= window->capacity / 2 && window->capacity > 0) {
		compact(window, window->messages);
		return true;
	}
	larger = malloc(capacity * sizeof(*larger));
	if (!larger)
		return false;
	if (window->messages)
		compact(window, larger);
	free(window->messages);
	window->messages = larger;
	window->capacity = capacity;
	return true;
}

uint32_t pending_window_seek(const struct pending_window *window, uint32_t id)
{
	uint32_t low = window->head;
	uint32_t high = window->tail;

	/* Most acknowledgements are for the oldest. */
	if (low < high && window->messages[low].id >= id)
		return low;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (window->messages[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void pending_window_shrink(struct pending_window *window)
{
	if (window->open > 0)
		return;
	free(window->messages);
	window->messages = NULL;
	window->capacity = 0;
	window->head = 0;
	window->tail = 0;
}

void pending_window_tidy(struct pending_window *window)
{
	while (window->head < window->tail && !window->messages[window->head].open)
		window->head++;
	if (window->head == window->tail) {
		window->head = 0;
		window->tail = 0;
		/* A large array that has done its work is given back at once. Another would soon
		 * grow again under the next burst: it is given back when the session next looks
		 * at its timers and finds it empty. */
		if (window->capacity > WINDOW_KEPT)
			pending_window_shrink(window);
		return;
	}
	/* Holes between open ones would be walked again by each acknowledgement over them. */
	if (window->tail - window->head > 2 * window->open + WINDOW_FIRST)
		compact(window, window->messages);
}

struct message_record *pending_window_keep_late(struct pending_window *window, uint32_t id,
						struct message_record *record)
{
	struct message_record *displaced = NULL;

	if (!window->late)
		window->late = calloc(RELAY_LATE_MAX, sizeof(*window->late));
	if (!window->late)
		return record;
	if (window->late_count == RELAY_LATE_MAX) {
		displaced = window->late[0].record;
		window->late_count--;
		memmove(window->late, window->late + 1, window->late_count * sizeof(*window->late));
	}
	window->late[window->late_count].id = id;
	window->late[window->late_count].record = record;
	window->late_count++;
	return displaced;
}

struct message_record *pending_window_take_late(struct pending_window *window, uint32_t id,
						uint32_t through)
{
	struct message_record *record;
	uint32_t index = 0;

	while (index < window->late_count && window->late[index].id < id)
		index++;
	if (index == window->late_count || window->late[index].id > through)
		return NULL;
	record = window->late[index].record;
	window->late_count--;
	memmove(window->late + index, window->late + index + 1,
		(window->late_count - index) * sizeof(*window->late));
	return record;
}
