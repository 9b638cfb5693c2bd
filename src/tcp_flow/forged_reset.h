/*
 * Doubts about an RST: signs that it is not from the side that it names, and what comes after it
 * and speaks against it.
 */
#ifndef WIRETALE_TCP_FLOW_FORGED_RESET_H
#define WIRETALE_TCP_FLOW_FORGED_RESET_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;
struct tcp_finding;

/* Keeps what later segments are held against: an RST that its receiver takes. */
void forged_reset_note(struct tcp_connection *connection, const struct segment_facts *segment);

/*
 * Adds a finding where the signs speak for somebody else. True: they speak clearly, so that nothing
 * its supposed sender did explains it.
 */
bool forged_reset_judge(struct tcp_connection *connection, const struct segment_facts *segment);

/* Why an RST is not obeyed: values[1] of FINDING_RESET_OUT_OF_WINDOW. */
enum reset_refusal {
	REFUSED_OUTSIDE,   /* its number lies outside of the receiver's window */
	REFUSED_IN_WINDOW, /* it might have been, but is not the next number (RFC 5961) */
	REFUSED_ANSWER,    /* it answers a segment that came late, with the number of then */
};

/* Tells of an RST that was not obeyed. off_by: from the next number. */
struct tcp_finding *forged_reset_refused(struct tcp_connection *connection, enum tcp_side from,
					 uint64_t frame, int64_t off_by, enum reset_refusal why);

/* A segment after it: its sender went on, or its receiver did not believe it. */
void forged_reset_doubt(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
