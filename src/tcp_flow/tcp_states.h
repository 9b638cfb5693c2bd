/*
 * The states of both ends (RFC 9293 section 3.3.2), moved by what the wire shows: a sender's when
 * it sends, the receiver's as if the segment arrived.
 */
#ifndef WIRETALE_TCP_FLOW_TCP_STATES_H
#define WIRETALE_TCP_FLOW_TCP_STATES_H

#include <stdbool.h>

#include "tcp_flow/connection.h"
#include "tcp_flow/names.h"
#include "tcp_flow/segment_facts.h"

/* What the ends were in just before the connection's first segment. */
void tcp_states_before(const struct segment_facts *first, enum tcp_state states[2]);

/* Most segments of most connections move nothing. */
static inline bool tcp_states_may_move(const struct tcp_connection *connection,
				       const struct segment_facts *segment)
{
	return connection->states[TCP_CLIENT] != TCP_ESTABLISHED ||
	       connection->states[TCP_SERVER] != TCP_ESTABLISHED ||
	       (segment->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)) != 0 ||
	       connection->ends[segment->from].fin_end >= 0;
}

/* Sets segment->states from connection->states and the segment. */
void tcp_states_segment(const struct tcp_connection *connection, struct segment_facts *segment);

#endif
