/*
 * The states of both ends (RFC 9293 section 3.3.2), moved by what the wire shows: a sender's when it
 * sends, the receiver's as if the segment arrived.
 */
#ifndef WIRETALE_TCP_FLOW_TCP_STATES_H
#define WIRETALE_TCP_FLOW_TCP_STATES_H

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

/* What the ends were in just before the connection's first segment. */
void tcp_states_before(const struct segment_facts *first, enum tcp_state states[2]);

/* Sets segment->states from connection->states and the segment. */
void tcp_states_segment(const struct tcp_connection *connection, struct segment_facts *segment);

#endif
