/* The thread that owns all receivers: it reads, acknowledges, and measures what came. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_RECEIVERS_H
#define WIRETALE_RELAY_LOAD_LOAD_RECEIVERS_H

#include "relay_load/load_run_state.h"

#define LOAD_ARRIVALS (2 * LOAD_WINDOW_MAX) /* a power of two */

struct load_receivers {
	struct load_loop loop;
	struct load_run *run; /* borrowed */
	uint64_t counted;     /* loop.sink.received, when the last connection was served */
	uint64_t measured;    /* messages within the measured time */
	uint64_t first_ns;    /* when the first of them was received */
	uint64_t last_ns;     /* and the last */
	uint32_t *arrivals;   /* owned; fan-out: how many members have a message, by its sequence */
	uint32_t complete;    /* fan-out: messages that all members have */
	struct latency_histogram latency;
	struct latency_histogram transit;
};

/* Before the thread starts; takes the crowd's receivers from `from`. 0, or a negative errno. */
int load_receivers_init(struct load_receivers *receivers, struct load_run *run,
			const struct load_dialect *dialect, struct load_loop *from);
void load_receivers_finish(struct load_receivers *receivers);

/* The thread's body, on a load_receivers. Returns NULL when run->stop is set, or on failure. */
void *load_receivers_run(void *argument);

#endif
