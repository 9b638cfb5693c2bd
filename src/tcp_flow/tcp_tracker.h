/*
 * Follows every TCP connection of a capture, segment by segment, in one pass.
 *
 *   tracker = tcp_tracker_create(&options);
 *   while (a packet was decoded)
 *           tcp_tracker_packet(tracker, &packet, &facts, &connection);
 *   tcp_tracker_finish(tracker);    hands out the connections that are still open
 *   tcp_tracker_destroy(tracker);
 *
 * Memory is bounded by options.max_connections. One thread.
 */
#ifndef WIRETALE_TCP_FLOW_TCP_TRACKER_H
#define WIRETALE_TCP_FLOW_TCP_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/segment_facts.h"
#include "tcp_flow/tcp_totals.h"

#define TRACKER_MAX_CONNECTIONS 65536u /* remembered at a time, unless told otherwise */
#define TRACKER_MAX_PAYLOADS 8192u /* of them with the beginnings of their streams: 24 KiB each */
#define TRACKER_MAX_CLOSED 4096u   /* of them closed, kept for what may straggle in */

/* tcp_tracker_tick(): a closed one is told after this silence, and then remembered for as long as
 * its end may stay in TIME_WAIT. */
#define TRACKER_CLOSED_NS (INT64_C(1000) * 1000 * 1000)
#define TRACKER_TOLD_NS (INT64_C(60) * 1000 * 1000 * 1000)

enum {
	TRACKER_AS_TSHARK = 1 << 0,      /* tshark's labels and streams in place of ours */
	TRACKER_COMPARE_LABELS = 1 << 1, /* tshark's labels beside ours */
	TRACKER_KEEP_PAYLOAD = 1 << 2,   /* the beginnings of the byte streams */
	TRACKER_KEEP_TURNS = 1 << 3,
	/* Only what tcp_totals sums up, without its findings: they cost half of the time. */
	TRACKER_TOTALS_ONLY = 1 << 4,
	TRACKER_NO_SHORTCUT = 1 << 5, /* for tests: see plain_segment.h */
	TRACKER_NONE_TWICE = 1 << 6,  /* no packet is in the capture twice: what looks so was sent
					 twice */
};

struct tcp_tracker_options {
	unsigned flags;         /* TRACKER_* */
	size_t max_connections; /* 0: TRACKER_MAX_CONNECTIONS */
	/* A connection is over. It is borrowed for the call. */
	void (*ended)(void *context, const struct tcp_connection *connection);
	void *context;
};

struct tcp_tracker;

struct tcp_tracker *tcp_tracker_create(const struct tcp_tracker_options *options);
void tcp_tracker_destroy(struct tcp_tracker *tracker); /* may be NULL; hands out nothing */

enum tcp_tracker_result {
	TRACKER_NO_SEGMENT, /* nothing for a segment's line: no TCP, a fragment, an error's quote */
	TRACKER_SEGMENT,    /* *facts and *connection are filled */
	TRACKER_NO_MEMORY,
};

/* *facts is the caller's, *connection borrowed until the next call. Both may be NULL together. */
enum tcp_tracker_result tcp_tracker_packet(struct tcp_tracker *tracker, const struct packet *packet,
					   struct segment_facts *facts,
					   const struct tcp_connection **connection);

/*
 * Of a live capture, a few times a second: hands out the closed ones that were silent for
 * TRACKER_CLOSED_NS by the capture's clock. What straggles in still belongs to them (its segments
 * are of a connection that is_over); what brings new data begins another connection.
 */
void tcp_tracker_tick(struct tcp_tracker *tracker, int64_t now_ns);

/*
 * Of a live capture: which program has one end of it open. The connection must be the one that
 * tcp_tracker_packet() gave last.
 */
void tcp_tracker_name_program(struct tcp_tracker *tracker, const struct tcp_connection *connection,
			      enum tcp_side side, const struct tcp_program *program);

/* Hands out all that is left, by number. */
void tcp_tracker_finish(struct tcp_tracker *tracker);

const struct tcp_totals *tcp_tracker_totals(const struct tcp_tracker *tracker);

#endif
