/*
 * Which segments of two captures of one connection are the same: by numbers, flags and length, and
 * by what else of the header comes through unchanged. See capture_pair_pieces.h for those that were
 * cut differently.
 */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_MATCH_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_MATCH_H

#include "tcp_flow/capture_pair.h"

/* Shifts and bases; those that have no double at either end. False: out of memory, as below. */
bool pair_match_unique(struct capture_pair *pair, struct flow_pair *flows);

/* Numbers all segments from the bases on, over 2^32. Behind the former. */
void pair_match_number(struct capture_pair *pair, struct flow_pair *flows);

/* Those that look alike, by their times; with pair->clock and flows->client_first. */
bool pair_match_repeats(struct capture_pair *pair, struct flow_pair *flows);

/* They may be the same segment, as far as their times tell. */
bool pair_match_in_time(const struct capture_pair *pair, unsigned from,
			const struct pair_segment *sent, const struct pair_segment *arrived);

/* The same, but for certain: else it would have arrived before it left. */
bool pair_match_possible(const struct capture_pair *pair, unsigned from, int64_t sent_ns,
			 int64_t arrived_ns);

#endif
