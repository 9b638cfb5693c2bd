/*
 * The short way of the segment that most are: the next data in order, or an acknowledgement of
 * more, in an established connection that has lost nothing and has window enough. Nothing about it
 * calls for a label, moves a state, or is a repeat, so it need not be asked. What it does here is
 * what the long way of connection.c would do; TRACKER_NO_SHORTCUT leads all along that one, and a
 * test holds the two against each other.
 */
#ifndef WIRETALE_TCP_FLOW_PLAIN_SEGMENT_H
#define WIRETALE_TCP_FLOW_PLAIN_SEGMENT_H

#include <stdbool.h>

#include "packet/packet.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/segment_facts.h"

/*
 * After a segment that went the long way: could the next one be plain? Kept in is_smooth, since
 * plain segments leave it as it is.
 */
bool plain_segment_could_follow(const struct tcp_connection *connection);

/* With is_smooth. */
bool plain_segment_is(const struct tcp_connection *connection, const struct packet *packet,
		      enum tcp_side from);

/* As segment_facts_make() would fill them. */
void plain_segment_facts(const struct tcp_connection *connection, const struct packet *packet,
			 enum tcp_side from, struct segment_facts *out);

/* Moves both ends on. */
void plain_segment_apply(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
