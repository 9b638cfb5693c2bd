/*
 * The trace's word against the kernels': which states were the same, and why others could not be.
 * Pure; one thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_COMPARISON_H
#define WIRETALE_TCP_LAB_LAB_COMPARISON_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/lab_inference.h"

/* One end of a segment's way, with what is known of its host's connection. */
struct lab_compared {
	const struct lab_segment *segment;
	uint64_t frame;
	uint32_t connection;
	enum lab_host host;
	enum lab_moment moment;
	uint32_t kinds;    /* SEGMENT_* of the segment */
	uint32_t next;     /* and of the connection's next, whoever sent it; 0: there is none */
	bool next_is_mine; /* the host sent that one */
	bool sent_fin;     /* the host had sent its FIN by then */
	bool sent_rst;     /* or an RST */
	bool sends_rst;    /* it did so later */
	bool got_fin;      /* the other host's had been delivered to it by then */
	bool has_later;    /* its kernel was asked again, at the moment that came next: `later` */
	enum tcp_state later;
};

/* Counts and lists it, sets end->differs and end->left_out. False: out of memory. */
bool lab_comparison_add(struct lab_states *states, const struct lab_compared *compared,
			struct lab_end_state *end);

/* Frees the lists. */
void lab_comparison_finish(struct lab_states *states);

#endif
