/* What an acknowledgement says of the data that the other side has sent. */
#ifndef WIRETALE_TCP_FLOW_RECOVERY_ACK_H
#define WIRETALE_TCP_FLOW_RECOVERY_ACK_H

struct segment_facts;
struct tcp_connection;

/* Fills recovery.latest; the segment has an ACK, and is no probe. */
void recovery_ack(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
