/*
 * Challenge ACKs (RFC 5961): a SYN, an RST or an acknowledgement that does not fit is not obeyed
 * but answered with an ACK that says where the connection stands. Whoever really lost the
 * connection answers that one with an RST that fits.
 */
#ifndef WIRETALE_TCP_FLOW_CHALLENGE_ACK_H
#define WIRETALE_TCP_FLOW_CHALLENGE_ACK_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

enum challenge_cause {
	CHALLENGE_NONE,
	CHALLENGE_SYN,     /* inside a connection that was open */
	CHALLENGE_RST,     /* not the very next number */
	CHALLENGE_OLD_ACK, /* acknowledges what was acknowledged a window ago */
	CHALLENGE_OUTSIDE, /* data beyond the window */
};

struct challenge {
	enum challenge_cause
		cause;      /* of the latest segment that did not fit; none: it is settled */
	enum tcp_side from; /* its sender */
	int64_t ns;         /* since 1970 */
	uint64_t frame;
	uint64_t ack_frame; /* the challenge ACK; 0: not seen */
};

void challenge_ack_segment(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
