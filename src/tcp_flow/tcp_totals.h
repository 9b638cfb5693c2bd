/* Sums over a whole file. */
#ifndef WIRETALE_TCP_FLOW_TCP_TOTALS_H
#define WIRETALE_TCP_FLOW_TCP_TOTALS_H

#include <stdint.h>

#include "packet/packet.h"
#include "tcp_flow/connection.h"

struct tcp_totals {
	uint64_t packets;     /* frames, TCP or not */
	uint64_t segments;    /* TCP segments */
	uint64_t fragments;   /* frames of TCP datagrams that were not whole */
	uint64_t icmp_errors; /* that quote TCP */
	uint64_t damaged;
	uint64_t bad_checksums;
	uint64_t connections;
	uint64_t evicted;
	uint64_t without_payload; /* too many at a time to keep what they said */
	uint64_t bytes[2];        /* by side: distinct stream bytes */
	uint64_t side_segments[2];
	uint64_t retransmissions[2];
	uint64_t openings[OPENING_COUNT];
	uint64_t closings[CLOSING_COUNT];
	uint64_t labels[LABEL_COUNT];
	uint64_t causes[CAUSE_COUNT];
	uint64_t findings[FINDING_COUNT]; /* connections that have one of the kind */
	int64_t first_ns;                 /* of all frames; since 1970 */
	int64_t last_ns;                  /* the latest */
	uint64_t backwards;               /* frames older than the latest before them */
};

void tcp_totals_packet(struct tcp_totals *totals, const struct packet *packet);
void tcp_totals_connection(struct tcp_totals *totals, const struct tcp_connection *connection);

#endif
