/*
 * Nagle's algorithm meeting delayed acknowledgements (RFC 1122 sections 4.2.3.2 and 4.2.3.4): a
 * small segment is outstanding, so its sender holds the next small one back; the receiver waits for
 * something to send its acknowledgement with; both wait until its timer fires (40 ms on Linux, up
 * to 200 ms on Windows), and then the sender goes on at once.
 */
#ifndef WIRETALE_TCP_FLOW_DELAYED_ACK_H
#define WIRETALE_TCP_FLOW_DELAYED_ACK_H

#include <stdbool.h>
#include <stdint.h>

struct segment_facts;
struct tcp_connection;

/* Of the data that one side sends. */
struct delayed_acks {
	int64_t sent_ns; /* since 1970: when its latest data was sent, where it was small; else 0 */
	int64_t acked_ns; /* when a late, bare ACK of it came; 0: none did */
	uint64_t sent_frame;
	uint64_t acked_frame; /* with acked_ns */
	uint32_t late_by_ns;  /* with acked_ns: beyond the round trip; at most half a second */
	bool sent_small;      /* with sent_ns: smaller than any path makes a full segment */
	bool never_waits; /* it sent such a piece behind one that was not acknowledged: TCP_NODELAY
			   */
};

void delayed_ack_segment(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
