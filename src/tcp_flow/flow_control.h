/*
 * Windows, probes and timers, and what else single segments tell: zero-window episodes, sending
 * limited by the window, keep-alives, ECN marks, urgent data, fast open, challenge ACKs, ICMP
 * errors; and what is remembered of each side to judge a reset by (reset_cause.h).
 */
#ifndef WIRETALE_TCP_FLOW_FLOW_CONTROL_H
#define WIRETALE_TCP_FLOW_FLOW_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/challenge_ack.h"
#include "tcp_flow/delayed_ack.h"
#include "tcp_flow/keep_alive.h"
#include "tcp_flow/names.h"
#include "tcp_flow/reset_cause.h"
#include "tcp_flow/segment_marks.h"
#include "tcp_flow/window_episodes.h"

struct packet;
struct segment_facts;
struct tcp_connection;

#define ICMP_FINDINGS_MAX 8u /* of one connection: kinds of errors told apart */

/* In values[3] of FINDING_ICMP_ERROR, beside the IP version: no router between, the machine itself.
 */
#define ICMP_BY_DESTINATION 256

struct flow_control {
	struct flow_control_side sides[2];   /* by who announces the window */
	struct keep_alives keep_alives[2];   /* by their sender, as the following */
	struct delayed_acks delayed_acks[2]; /* by the sender of the data */
	struct segment_marks marks[2];
	struct last_words last_words[2];
	struct challenge challenge;
	struct reset_notes reset;
};

void flow_control_segment(struct tcp_connection *connection, const struct segment_facts *segment);
void flow_control_conclude(struct tcp_connection *connection);

/* The sender cannot go on, because the other side's window is closed or full. */
bool flow_control_blocks(const struct tcp_connection *connection, enum tcp_side sender);

/* An ICMP error that quotes a segment of the connection. */
void flow_control_icmp(struct tcp_connection *connection, const struct packet *packet);

#endif
