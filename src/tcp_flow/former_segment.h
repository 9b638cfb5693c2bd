/*
 * Segments of a former connection of the same ports, which come after the SYN of a new one and
 * before the answer to that. The other end has not heard that the former connection is over: an
 * acknowledgement of it answers the SYN, or its FIN crosses it. Who sent the SYN knows nothing of
 * all that and resets it (RFC 9293 section 3.5.1, half-open connections). None of these says
 * anything of the connection that opens.
 */
#ifndef WIRETALE_TCP_FLOW_FORMER_SEGMENT_H
#define WIRETALE_TCP_FLOW_FORMER_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct packet;
struct segment_facts;
struct tcp_connection;

struct former_segments {
	uint32_t count;          /* of the server's */
	uint32_t acknowledgment; /* the raw number of the latest */
	uint64_t first_frame;    /* 0: there was none */
	uint64_t reset_frame;    /* the client's latest RST to them; 0: none was seen */
};

/* Before the ends are numbered by it. */
bool former_segment_is(const struct tcp_connection *connection, const struct packet *packet,
		       enum tcp_side from);

/* Fills the facts, of which only what is plain holds: numbers are 0, the states as they were. */
void former_segment_take(struct tcp_connection *connection, const struct packet *packet,
			 enum tcp_side from, struct segment_facts *facts);

/* It is the SYN again, now that the former connection is out of the way. */
bool former_segments_reopen(const struct tcp_connection *connection,
			    const struct segment_facts *segment);

void former_segments_conclude(struct tcp_connection *connection);

#endif
