/*
 * How many segments of one sender are not acknowledged: tshark counts them, up to a ceiling beyond
 * which it judges a FIN otherwise. Held are the numbers behind their last bytes. One comparison or
 * two for a segment that goes in at the end and an acknowledgement that takes the oldest away.
 */
#ifndef WIRETALE_TCP_FLOW_UNACKED_ENDS_H
#define WIRETALE_TCP_FLOW_UNACKED_ENDS_H

#include <stdbool.h>
#include <stdint.h>

#define UNACKED_ENDS_MAX 10000u /* tshark's */
#define UNACKED_ENDS_INLINE 8u  /* so few need no memory of their own; a power of two */

struct unacked_ends {
	uint32_t *more;    /* owned; a ring of `capacity`; NULL while `few` is the ring */
	uint32_t capacity; /* of `more`; a power of two */
	uint32_t head;     /* where the first stands in the ring */
	uint32_t count;
	uint32_t lowest; /* the first, and the last of the ring; with count > 0 and an order */
	uint32_t highest;
	bool scattered; /* they span half of the number space or more, and have no order */
	uint32_t few[UNACKED_ENDS_INLINE];
};

/* A zeroed struct is an empty set. */
void unacked_ends_finish(struct unacked_ends *ends);

/* Puts one in, equal ones too. At the ceiling, or out of memory: does nothing. */
void unacked_ends_add(struct unacked_ends *ends, uint32_t end);

/* Takes out those that are not above `acknowledgment`: unacked_ends_acknowledge(), the long way. */
void unacked_ends_take_some(struct unacked_ends *ends, uint32_t acknowledgment);

/* At a distance of just half of the space, a number is above: so tshark compares. */
static inline bool unacked_ends_is_above(uint32_t end, uint32_t acknowledgment)
{
	return (int32_t)(acknowledgment - end) < 0;
}

/* Takes out all that are not above `acknowledgment`. */
static inline void unacked_ends_acknowledge(struct unacked_ends *ends, uint32_t acknowledgment)
{
	bool keeps_lowest;

	if (ends->count == 0)
		return;
	keeps_lowest = unacked_ends_is_above(ends->lowest, acknowledgment);
	if (ends->scattered || keeps_lowest != unacked_ends_is_above(ends->highest, acknowledgment))
		unacked_ends_take_some(ends, acknowledgment);
	else if (!keeps_lowest)
		ends->count = 0;
}

static inline bool unacked_ends_full(const struct unacked_ends *ends)
{
	return ends->count >= UNACKED_ENDS_MAX;
}

#endif
