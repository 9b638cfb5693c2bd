/* What became of each segment that one of two captures holds, and what that says of the path. */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_JUDGE_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_JUDGE_H

#include "tcp_flow/capture_pair.h"

/* Fates, losses, delays; with the clock, partners and pieces. False: out of memory. */
bool pair_judge_flows(struct capture_pair *pair, struct flow_pair *flows);

/* When the last byte of a segment arrived, by the clock of the receiver's capture, and in which
 * frame. False: none of it did. */
bool pair_judge_arrival(const struct capture_pair *pair, const struct flow_pair *flows,
			const struct pair_segment *sent, int64_t *time_ns, uint64_t *frame);

#endif
