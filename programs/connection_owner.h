/*
 * Whose connections these are: the programs of this machine that have an end of them open, found
 * while they are open. Asking takes a walk over all processes, so it has a budget of time; beyond
 * it connections have no program, and are counted. One thread.
 */
#ifndef WIRETALE_PROGRAMS_CONNECTION_OWNER_H
#define WIRETALE_PROGRAMS_CONNECTION_OWNER_H

#include <stdint.h>

#include "tcp_flow/tcp_tracker.h"

#define CONNECTION_OWNER_BUDGET_NS (UINT64_C(200) * 1000 * 1000) /* of each second */

/* Zeroed, it is ready. */
struct connection_owners {
	uint64_t second_began_ns;
	uint64_t spent_ns;  /* in this second */
	uint64_t not_asked; /* ends for whose program there was no time */
};

/* For each segment, right after the tracker gave it. */
void connection_owners_segment(struct connection_owners *owners, struct tcp_tracker *tracker,
			       const struct tcp_connection *connection,
			       const struct segment_facts *segment);

#endif
