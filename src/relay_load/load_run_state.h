/*
 * What the threads of a run share. The plan and the times are fixed before the threads start;
 * what crosses between them while they run is atomic, and on lines of its own.
 */
#ifndef WIRETALE_RELAY_LOAD_LOAD_RUN_STATE_H
#define WIRETALE_RELAY_LOAD_LOAD_RUN_STATE_H

#include <stdatomic.h>

#include "base/clock.h"
#include "relay_load/load_crowd.h"

/* Between a sender and its receiver, or its room. */
struct load_pair {
	_Alignas(64) _Atomic uint32_t received; /* by the receiver's thread: messages it has */
	_Alignas(64) _Atomic uint32_t sent;     /* by the sender's thread */
};

struct load_run {
	const struct load_plan *plan;   /* borrowed */
	const struct load_crowd *crowd; /* borrowed; its connections belong to the loops */
	struct load_pair *pairs;        /* owned; of the plan's pairs, or one for the room */
	uint32_t pair_count;
	bool by_receipt;   /* a window opens when the receiver has the message, not
			      when the relay says so */
	uint64_t start_ns; /* clock_elapsed_ns() */
	uint64_t measure_from_ns;
	uint64_t end_ns; /* of measuring, and of sending */
	int wake_fd;     /* owned; wakes the senders' thread */

	_Alignas(64) atomic_bool is_asleep;     /* the senders' thread waits for windows to open */
	_Alignas(64) atomic_bool stop;          /* both threads are to end */
	_Alignas(64) _Atomic uint64_t sent;     /* by the senders' thread: messages of all pairs */
	_Atomic uint64_t answered;              /* of these: with a verdict */
	_Atomic uint64_t refused;               /* of these: not delivered */
	atomic_bool all_put;                    /* and there will be no more of them */
	_Alignas(64) _Atomic uint64_t received; /* by the receivers' thread: messages of all */
};

/* When the message `sequence` (from 1) of a pair is due, where the plan has a rate. */
static inline uint64_t load_due_ns(const struct load_run *run, uint32_t pair, uint64_t sequence)
{
	uint64_t before = (sequence - 1) * run->pair_count + pair;

	/* In two parts, since a product of all would be over 64 bits within an hour. */
	return run->start_ns + before / run->plan->rate * NS_PER_S +
	       before % run->plan->rate * NS_PER_S / run->plan->rate;
}

static inline bool load_is_measured(const struct load_run *run, uint64_t now_ns)
{
	return now_ns >= run->measure_from_ns && now_ns < run->end_ns;
}

#endif
