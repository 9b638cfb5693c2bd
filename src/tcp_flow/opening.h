/* How a connection began: product's openings, the round trip of the handshake. */
#ifndef WIRETALE_TCP_FLOW_OPENING_H
#define WIRETALE_TCP_FLOW_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

struct opening {
	enum tcp_opening kind;
	bool has_rtt;
	bool has_syn; /* the client's SYN is in the file */
	bool has_syn_ack;
	bool server_syn;        /* the server sent a SYN without ACK: both opened */
	bool syn_after_syn_ack; /* the client repeated its SYN though it had been answered */
	bool client_acked;      /* the client sent an ACK without SYN or RST */
	bool is_over;           /* the first ACK without SYN was seen: what follows is no opening */
	int64_t rtt_ns;         /* the last SYN to the first ACK without SYN */
	int64_t first_syn_ns;   /* of the client's; since 1970 */
	int64_t last_syn_ns;
	uint64_t syn_frame; /* first frames of each; 0: none */
	uint64_t syn_ack_frame;
	uint64_t ack_frame;
	uint64_t last_syn_frame;
	uint64_t last_syn_ack_frame;
	uint64_t refused_frame; /* the RST that answered the SYN */
	uint32_t syn_count;     /* of the client's, without those captured twice */
	uint32_t syn_ack_count;
};

void opening_segment(struct tcp_connection *connection, const struct segment_facts *segment);

/* Its kind as far as it went until now. */
enum tcp_opening opening_kind(const struct tcp_connection *connection);

/* Sets the kind, adds the findings. */
void opening_conclude(struct tcp_connection *connection);

#endif
