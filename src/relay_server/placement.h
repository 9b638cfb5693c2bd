/*
 * Which worker gets a new client. A message between two workers costs a wake-up more than one
 * within a worker, and clients that connect one after another often mean one another: so they are
 * placed in groups, and spread only from group to group. A worker that is busy anyway is passed
 * over. No input or output, no state.
 */
#ifndef WIRETALE_RELAY_SERVER_PLACEMENT_H
#define WIRETALE_RELAY_SERVER_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct placement_load {
	uint32_t connections;
	bool is_busy;
};

/* The place in `loads` of the worker to take; count and group are at least 1. */
unsigned placement_choose(const struct placement_load *loads, unsigned count, uint32_t group);

/* Was a worker busy, that used so much of a processor's time in so much time? */
bool placement_is_busy(uint64_t cpu_ns, uint64_t elapsed_ns);

#endif
