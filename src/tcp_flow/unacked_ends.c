/*
 * The ring is in ascending order as long as its ends span less than half of the number space: then
 * what an acknowledgement takes away stands at its head or, when the number lies nearly half of the
 * space away, at its tail. Real streams are always so. A hostile one is counted without order, by
 * walking over all.
 */
#include "tcp_flow/unacked_ends.h"

#include <stdlib.h>

#define HALF_OF_THE_NUMBERS 0x80000000u

void unacked_ends_finish(struct unacked_ends *ends)
{
	free(ends->more);
	*ends = (struct unacked_ends){ 0 };
}

static uint32_t *at(struct unacked_ends *ends, uint32_t index)
{
	uint32_t mask = (ends->more ? ends->capacity : UNACKED_ENDS_INLINE) - 1u;

	return &(ends->more ? ends->more : ends->few)[(ends->head + index) & mask];
}

static bool grow(struct unacked_ends *ends)
{
	uint32_t capacity = (ends->more ? ends->capacity : UNACKED_ENDS_INLINE) * 2u;
	uint32_t *larger = malloc(capacity * sizeof(*larger));

	if (!larger)
		return false;

	for (uint32_t i = 0; i < ends->count; i++)
		larger[i] = *at(ends, i);
	free(ends->more);
	ends->more = larger;
	ends->capacity = capacity;
	ends->head = 0;
	return true;
}

/* Moves what stands on the shorter side of the place by one; the ring has room. */
static void insert_at(struct unacked_ends *ends, uint32_t index, uint32_t end)
{
	ends->count++;
	if (index < ends->count / 2) {
		ends->head--; /* unsigned, and masked: it may wrap */
		for (uint32_t i = 0; i < index; i++)
			*at(ends, i) = *at(ends, i + 1);
	} else {
		for (uint32_t i = ends->count - 1; i > index; i--)
			*at(ends, i) = *at(ends, i - 1);
	}
	*at(ends, index) = end;
}

/* How many in the ordered ring are not above `end`. */
static uint32_t find_place(struct unacked_ends *ends, uint32_t end)
{
	uint32_t low = 0;
	uint32_t high = ends->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((int32_t)(*at(ends, middle) - end) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void unacked_ends_add(struct unacked_ends *ends, uint32_t end)
{
	uint32_t capacity = ends->more ? ends->capacity : UNACKED_ENDS_INLINE;
	uint32_t place = ends->count;

	if (unacked_ends_full(ends) || (ends->count == capacity && !grow(ends)))
		return;

	if (ends->count == 0) {
		ends->lowest = end;
		ends->highest = end;
	} else if (ends->scattered) {
		/* at the end, as good as anywhere */
	} else if ((int32_t)(end - ends->highest) >= 0) {
		ends->highest = end;
		ends->scattered = end - ends->lowest >= HALF_OF_THE_NUMBERS;
	} else if ((int32_t)(end - ends->lowest) < 0) {
		place = 0;
		ends->lowest = end;
		ends->scattered = ends->highest - end >= HALF_OF_THE_NUMBERS;
	} else {
		place = find_place(ends, end);
	}
	insert_at(ends, place, end);
}

static void take_scattered(struct unacked_ends *ends, uint32_t acknowledgment)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ends->count; i++) {
		if (unacked_ends_is_above(*at(ends, i), acknowledgment))
			*at(ends, kept++) = *at(ends, i);
	}
	ends->count = kept;
	ends->scattered = kept > 0;
}

void unacked_ends_take_some(struct unacked_ends *ends, uint32_t acknowledgment)
{
	if (ends->scattered) {
		take_scattered(ends, acknowledgment);
		return;
	}
	while (ends->count > 0 && !unacked_ends_is_above(*at(ends, 0), acknowledgment)) {
		ends->head++;
		ends->count--;
	}
	while (ends->count > 0 &&
	       !unacked_ends_is_above(*at(ends, ends->count - 1), acknowledgment))
		ends->count--;
	if (ends->count > 0) {
		ends->lowest = *at(ends, 0);
		ends->highest = *at(ends, ends->count - 1);
	}
}
