/* The segments of a connection of two captures in one order: by when they left, on one clock. */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_ORDER_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_ORDER_H

#include "tcp_flow/capture_pair.h"

struct pair_order {
	uint32_t at[2]; /* by capture; zeroed before the first */
};

/* A segment once: where it left, or, where only the other end has it, there. */
struct pair_event {
	const struct pair_segment *segment;
	unsigned capture;   /* which holds it */
	bool left_here;     /* it is its sender's end */
	int64_t time_ns;    /* by the first clock, and of this capture */
	bool arrived;       /* all of it did, at arrived_ns by the first clock */
	int64_t arrived_ns; /* never before time_ns, unless the clock is PAIR_CLOCK_UNSTEADY */
	uint64_t arrived_frame;
};

/* False: those were all. */
bool pair_order_next(const struct capture_pair *pair, const struct flow_pair *flows,
		     struct pair_order *order, struct pair_event *out);

/* When the first segment of the connection was captured, at either end, by the first clock. */
int64_t pair_order_start(const struct capture_pair *pair, const struct flow_pair *flows);

#endif
