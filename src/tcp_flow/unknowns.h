/* What a capture cannot tell of a connection, said first: begun before it, seen from one side... */
#ifndef WIRETALE_TCP_FLOW_UNKNOWNS_H
#define WIRETALE_TCP_FLOW_UNKNOWNS_H

struct segment_facts;
struct tcp_connection;

/* Looks at one segment, also at those captured twice. */
void unknowns_segment(struct tcp_connection *connection, const struct segment_facts *segment);

/* Adds the findings. */
void unknowns_conclude(struct tcp_connection *connection);

#endif
