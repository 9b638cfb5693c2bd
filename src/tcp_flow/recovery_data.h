/* What a segment with data, SYN or FIN is: new, sent again and why, or late. */
#ifndef WIRETALE_TCP_FLOW_RECOVERY_DATA_H
#define WIRETALE_TCP_FLOW_RECOVERY_DATA_H

struct segment_facts;
struct tcp_connection;

/* Sets segment->cause and recovery.latest; the segment takes up sequence space, and is no probe. */
void recovery_data(struct tcp_connection *connection, struct segment_facts *segment);

/* A bare segment begins beyond the highest number seen: what lies between was sent unseen. */
void recovery_skipped(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
