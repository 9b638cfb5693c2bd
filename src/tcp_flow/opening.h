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
	/* the first ACK without SYN was seen: what follows is no opening; what the server sends
	 * ahead of it (Fast Open) does not count */
	bool is_over;
	uint8_t reopen_count; /* of the SYNs, those that came because of a former connection; at
				 most 255 are counted */
	uint32_t answer_us;   /* the SYN to the first SYN-ACK: there and back between the capture
				 point and the server; 0: not known, or too long to measure that */
	int64_t rtt_ns;       /* the last SYN to the client's first ACK without SYN */
	int64_t first_syn_ns; /* of the client's; since 1970 */
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

/*
 * The client's SYN came again so long before this SYN-ACK that it is what the server makes of it:
 * about as long as the first answer took. Sooner, it was sent before the server can have seen that.
 */
bool opening_answers_again(const struct tcp_connection *connection,
			   const struct segment_facts *segment);

/* Its kind as far as it went until now. */
enum tcp_opening opening_kind(const struct tcp_connection *connection);

/* Sets the kind, adds the findings. */
void opening_conclude(struct tcp_connection *connection);

#endif
