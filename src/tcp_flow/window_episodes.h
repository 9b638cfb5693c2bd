/*
 * Closed and used-up windows: how long a side's window was 0 (zero-window episodes, and the probes
 * sent into them), and how long its peer had to wait because the window was used up.
 */
#ifndef WIRETALE_TCP_FLOW_WINDOW_EPISODES_H
#define WIRETALE_TCP_FLOW_WINDOW_EPISODES_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

/* A wait of the peer for window: what used it up, what opened it, and who went on. */
struct window_wait {
	int64_t ns;
	int64_t room; /* bytes that were left: too small a piece to send */
	uint64_t full_frame;
	uint64_t opened_frame;
	uint64_t used_frame;
};

/* Of the windows that one side announces. */
struct flow_control_side {
	bool closed;             /* its last window was 0 */
	bool limited;            /* its peer has used the window up, all but a piece too small */
	bool opened;             /* after a wait: whether the peer had more to send is to be seen */
	bool probe_pending;      /* a probe of its closed window was not answered yet */
	int64_t largest;         /* the largest window that it ever announced, bytes */
	uint32_t episodes;       /* how often it closed */
	int64_t closed_since_ns; /* since 1970; with `closed` */
	int64_t closed_ns;       /* all episodes that are over, together */
	int64_t last_probe_ns;   /* since 1970; 0: none in this episode */
	int64_t limited_since_ns; /* since 1970; with `limited` */
	int64_t limited_ns;       /* all waits that were used when they were over, together */
	int64_t opened_ns;        /* with `opened` */
	uint32_t waits;           /* that limited_ns is the sum of */
	struct window_wait wait;  /* the one that goes on, or that `opened` is about */
	struct window_wait longest;
};

void window_episodes_segment(struct tcp_connection *connection,
			     const struct segment_facts *segment);
void window_episodes_conclude(struct tcp_connection *connection);

/* The least that a sender waits for: a full segment, or half of a window smaller than two. */
int64_t window_worth_using(const struct tcp_connection *connection, enum tcp_side sender);

#endif
