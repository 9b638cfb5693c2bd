/*
 * Timers: a binary heap of deadlines, of nodes that the caller embeds. Setting a timer
 * never fails: room for it is reserved when its owner is made. One thread at a time.
 */
#ifndef WIRETALE_NET_TIMER_HEAP_H
#define WIRETALE_NET_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_NEVER UINT64_MAX

struct timer {
	uint64_t deadline_ms; /* clock_elapsed_ms(); TIMER_NEVER while not set */
	size_t place;         /* in the heap, from 1; 0: not set */
};

struct timer_heap {
	struct timer **timers; /* owned array of borrowed timers; the first place is unused */
	size_t count;          /* timers set */
	size_t reserved;       /* timers that may be set at a time */
	size_t capacity;       /* places at `timers`, less the unused one */
};

void timer_heap_init(struct timer_heap *heap);
void timer_heap_finish(struct timer_heap *heap);

/* Makes sure that one more timer can be set. False: out of memory. */
bool timer_heap_reserve(struct timer_heap *heap);
void timer_heap_unreserve(struct timer_heap *heap);

static inline void timer_init(struct timer *timer)
{
	*timer = (struct timer){ .deadline_ms = TIMER_NEVER };
}

/* Sets, moves, or (TIMER_NEVER) cancels. */
void timer_heap_set(struct timer_heap *heap, struct timer *timer, uint64_t deadline_ms);

/* TIMER_NEVER where none is set. */
uint64_t timer_heap_next_ms(const struct timer_heap *heap);

/* Takes one timer whose deadline is not after now_ms out of the heap; NULL: none. */
struct timer *timer_heap_take_due(struct timer_heap *heap, uint64_t now_ms);

#endif
