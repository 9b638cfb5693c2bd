#include "tcp_flow/outstanding.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16u

void outstanding_finish(struct outstanding *outstanding)
{
	free(outstanding->ring);
	*outstanding = (struct outstanding){ 0 };
}

static bool make_room(struct outstanding *outstanding)
{
	uint32_t capacity = outstanding->ring ? outstanding->capacity : OUTSTANDING_OWN;
	struct outstanding_segment *ring;

	if (outstanding->count < capacity)
		return true;
	if (capacity >= OUTSTANDING_MAX)
		return false;
	capacity = capacity < FIRST_CAPACITY ? FIRST_CAPACITY : capacity * 2;
	ring = malloc(capacity * sizeof(*ring));
	if (!ring)
		return false;
	for (uint32_t i = 0; i < outstanding->count; i++)
		ring[i] = *outstanding_at(outstanding, i);
	free(outstanding->ring);
	outstanding->ring = ring;
	outstanding->capacity = capacity;
	outstanding->first = 0;
	return true;
}

struct outstanding_segment *outstanding_push(struct outstanding *outstanding)
{
	if (!make_room(outstanding)) {
		outstanding_pop(outstanding);
		outstanding->forgot = true;
	}
	return outstanding_at(outstanding, outstanding->count++);
}

uint32_t outstanding_find(struct outstanding *outstanding, int64_t sequence)
{
	uint32_t low = 0;
	uint32_t high = outstanding->count;

	/* Nearly always it is the oldest that is sent again. */
	if (high > 0 && outstanding_at(outstanding, 0)->end > sequence)
		return 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (outstanding_at(outstanding, middle)->end <= sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void outstanding_insert(struct outstanding *outstanding, const struct outstanding_segment *late)
{
	uint32_t at = outstanding_find(outstanding, late->sequence);
	struct outstanding_segment segment = *late;
	uint32_t behind;

	if (at < outstanding->count &&
	    outstanding_at(outstanding, at)->sequence <= segment.sequence) {
		segment.sequence = outstanding_at(outstanding, at)->end;
		at++;
	}
	behind = outstanding->count - at;
	if (behind > 0 && outstanding_at(outstanding, at)->sequence < segment.end)
		segment.end = outstanding_at(outstanding, at)->sequence;
	if (segment.sequence >= segment.end)
		return;
	if ((behind > OUTSTANDING_SHIFT_MAX && at > OUTSTANDING_SHIFT_MAX) ||
	    !make_room(outstanding)) {
		outstanding->forgot = true;
		return;
	}
	if (behind <= OUTSTANDING_SHIFT_MAX) {
		for (uint32_t i = outstanding->count; i > at; i--)
			*outstanding_at(outstanding, i) = *outstanding_at(outstanding, i - 1);
	} else {
		uint32_t capacity = outstanding->ring ? outstanding->capacity : OUTSTANDING_OWN;

		outstanding->first = (outstanding->first + capacity - 1) & (capacity - 1);
		for (uint32_t i = 0; i < at; i++)
			*outstanding_at(outstanding, i) = *outstanding_at(outstanding, i + 1);
	}
	outstanding->count++;
	*outstanding_at(outstanding, at) = segment;
}
