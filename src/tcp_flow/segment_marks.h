/*
 * What single segments are marked with: congestion (RFC 3168, and the counters of accurate ECN, RFC
 * 9768), urgent data, fast open (RFC 7413), options that lie about their length.
 */
#ifndef WIRETALE_TCP_FLOW_SEGMENT_MARKS_H
#define WIRETALE_TCP_FLOW_SEGMENT_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"
#include "tcp_flow/segment_facts.h"

struct tcp_connection;

/* What the two SYNs say of explicit congestion notification. */
enum ecn_agreement {
	ECN_UNKNOWN,  /* a SYN is missing */
	ECN_NONE,     /* nobody asked, or the server declined */
	ECN_CLASSIC,  /* RFC 3168 */
	ECN_ACCURATE, /* RFC 9768: the three flags count marks */
};

/* Of the segments that one side sends. */
struct segment_marks {
	bool counts_marks;     /* accurate ECN: `ace` is its last counter */
	uint8_t ace;           /* AE, CWR, ECE as a number */
	uint64_t echoed_until; /* the CE mark, by frame, that its ECE flags answer */
};

/* The segment carries none of the marks: nothing to look at. Asked of each segment. */
static inline bool segment_marks_are_usual(const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;

	return (segment->flags &
		(TCP_FLAG_SYN | TCP_FLAG_URG | TCP_FLAG_ECE | TCP_FLAG_CWR | TCP_FLAG_AE)) == 0 &&
	       (packet->ip.traffic_class & IP_ECN_CE) != IP_ECN_CE &&
	       (packet->tcp.options.has & TCP_HAS_BAD_LENGTH) == 0;
}

/* Only where they are not. */
void segment_marks_segment(struct tcp_connection *connection, const struct segment_facts *segment);

enum ecn_agreement segment_marks_ecn(const struct tcp_connection *connection);

#endif
