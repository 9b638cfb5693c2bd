/*
 * Keep-alives: segments that carry nothing new, sent in silence to learn whether the other side is
 * still there. Linux: after tcp_keepalive_time, then every tcp_keepalive_intvl; after
 * tcp_keepalive_probes without an answer it resets the connection.
 */
#ifndef WIRETALE_TCP_FLOW_KEEP_ALIVE_H
#define WIRETALE_TCP_FLOW_KEEP_ALIVE_H

#include <stdbool.h>
#include <stdint.h>

struct segment_facts;
struct tcp_connection;

/* Of the keep-alives that one side sends. */
struct keep_alives {
	bool pending;        /* the latest was not answered yet */
	uint32_t unanswered; /* in a row, with the pending one */
	int64_t last_ns;     /* since 1970; 0: none yet */
	uint64_t last_frame;
};

void keep_alive_segment(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
