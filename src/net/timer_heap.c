#include "net/timer_heap.h"

#include <stdlib.h>

#define TIMER_HEAP_FIRST 64u

void timer_heap_init(struct timer_heap *heap)
{
	*heap = (struct timer_heap){ 0 };
}

void timer_heap_finish(struct timer_heap *heap)
{
	free(heap->timers);
	*heap = (struct timer_heap){ 0 };
}

bool timer_heap_reserve(struct timer_heap *heap)
{
	if (heap->reserved == heap->capacity) {
		size_t capacity = heap->capacity ? heap->capacity * 2 : TIMER_HEAP_FIRST;
		struct timer **timers =
			realloc(heap->timers, (capacity + 1) * sizeof(struct timer *));

		if (!timers)
			return false;
		heap->timers = timers;
		heap->capacity = capacity;
	}
	heap->reserved++;
	return true;
}

void timer_heap_unreserve(struct timer_heap *heap)
{
	heap->reserved--;
}

static void put(struct timer_heap *heap, struct timer *timer, size_t place)
{
	heap->timers[place] = timer;
	timer->place = place;
}

/* Moves a timer from a place towards the root while it is earlier than its parent. */
static void rise(struct timer_heap *heap, struct timer *timer, size_t place)
{
	while (place > 1 && timer->deadline_ms < heap->timers[place / 2]->deadline_ms) {
		put(heap, heap->timers[place / 2], place);
		place /= 2;
	}
	put(heap, timer, place);
}

static void sink(struct timer_heap *heap, struct timer *timer, size_t place)
{
	for (;;) {
		size_t child = place * 2;

		if (child > heap->count)
			break;
		if (child < heap->count &&
		    heap->timers[child + 1]->deadline_ms < heap->timers[child]->deadline_ms)
			child++;
		if (heap->timers[child]->deadline_ms >= timer->deadline_ms)
			break;
		put(heap, heap->timers[child], place);
		place = child;
	}
	put(heap, timer, place);
}

static void cancel(struct timer_heap *heap, struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last;

	if (place == 0)
		return;
	last = heap->timers[heap->count];
	heap->count--;
	timer->place = 0;
	timer->deadline_ms = TIMER_NEVER;
	if (last == timer)
		return;
	rise(heap, last, place);
	sink(heap, last, last->place);
}

void timer_heap_set(struct timer_heap *heap, struct timer *timer, uint64_t deadline_ms)
{
	uint64_t before_ms = timer->deadline_ms;

	if (deadline_ms == TIMER_NEVER) {
		cancel(heap, timer);
		return;
	}
	timer->deadline_ms = deadline_ms;
	if (timer->place == 0)
		rise(heap, timer, ++heap->count);
	else if (deadline_ms < before_ms)
		rise(heap, timer, timer->place);
	else
		sink(heap, timer, timer->place);
}

uint64_t timer_heap_next_ms(const struct timer_heap *heap)
{
	return heap->count > 0 ? heap->timers[1]->deadline_ms : TIMER_NEVER;
}

struct timer *timer_heap_take_due(struct timer_heap *heap, uint64_t now_ms)
{
	struct timer *first;

	if (heap->count == 0 || heap->timers[1]->deadline_ms > now_ms)
		return NULL;
	first = heap->timers[1];
	cancel(heap, first);
	return first;
}
