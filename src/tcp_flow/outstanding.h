/*
 * What one side has sent that is not acknowledged yet: a ring of segments in the order of their
 * sequence numbers. The first few need no memory of their own, which is all that a connection of
 * questions and answers ever has.
 */
#ifndef WIRETALE_TCP_FLOW_OUTSTANDING_H
#define WIRETALE_TCP_FLOW_OUTSTANDING_H

#include <stdbool.h>
#include <stdint.h>

#define OUTSTANDING_OWN 2u        /* places in the struct itself; a power of two */
#define OUTSTANDING_MAX 8192u     /* beyond it the oldest is forgotten; a power of two */
#define OUTSTANDING_SHIFT_MAX 64u /* how far from an end of the ring a late one is put in */

struct outstanding_segment {
	int64_t sequence; /* what is left of it: moves up with a partial acknowledgement */
	int64_t end;
	int64_t first_sent_ns; /* since 1970 */
	int64_t last_sent_ns;
	uint32_t first_timestamp; /* TSval of the first and of the latest transmission */
	uint32_t last_timestamp;
	uint16_t times_sent;     /* stays at its maximum */
	uint16_t identification; /* IP packet number of the latest transmission; 0: none */
	uint8_t last_cause;      /* enum tcp_cause of the latest transmission */
	bool has_timestamp;
};

struct outstanding {
	struct outstanding_segment *ring; /* owned; NULL: `own` is the ring */
	uint32_t first;                   /* index of the oldest */
	uint32_t count;
	uint32_t capacity; /* of `ring`, a power of two; with it */
	bool forgot;       /* something was left out, at a ceiling or out of memory */
	struct outstanding_segment own[OUTSTANDING_OWN];
};

void outstanding_finish(struct outstanding *outstanding);

/* The i-th from the oldest, i < count. */
static inline struct outstanding_segment *outstanding_at(struct outstanding *outstanding,
							 uint32_t i)
{
	if (!outstanding->ring)
		return &outstanding->own[(outstanding->first + i) & (OUTSTANDING_OWN - 1)];
	return &outstanding->ring[(outstanding->first + i) & (outstanding->capacity - 1)];
}

/* The oldest is acknowledged; count > 0. */
static inline void outstanding_pop(struct outstanding *outstanding)
{
	uint32_t capacity = outstanding->ring ? outstanding->capacity : OUTSTANDING_OWN;

	outstanding->first = (outstanding->first + 1) & (capacity - 1);
	outstanding->count--;
}

/* A place behind all others, for the caller to fill. At the ceiling the oldest goes. Never NULL. */
struct outstanding_segment *outstanding_push(struct outstanding *outstanding);

/* Puts one in by its sequence, without what others cover. Far from both ends it is left out. */
void outstanding_insert(struct outstanding *outstanding, const struct outstanding_segment *late);

/* The index of the first that ends behind `sequence`; count if none does. */
uint32_t outstanding_find(struct outstanding *outstanding, int64_t sequence);

#endif
