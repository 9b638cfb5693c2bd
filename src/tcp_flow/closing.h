/* How a connection ended: product's closings, who was first, who stays in TIME_WAIT. */
#ifndef WIRETALE_TCP_FLOW_CLOSING_H
#define WIRETALE_TCP_FLOW_CLOSING_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

struct closing {
	enum tcp_closing kind; /* set at the end */
	bool has_first;
	bool has_time_wait;
	bool began;              /* a FIN, or an accepted RST, was seen */
	bool reset_was_exact;    /* its number was the very next: no challenge ACK can follow */
	enum tcp_side first;     /* with has_first */
	enum tcp_side time_wait; /* with has_time_wait */
	enum tcp_side first_fin; /* whose FIN came first; with a fin_frame */
	enum tcp_side reset_by;  /* with reset_frame or lost_reset_frame */
	enum tcp_state before_reset[2]; /* with reset_frame: what a refuted RST leads back to */
	uint32_t segments;     /* distinct frames of FINs and their first ACKs; 0: does not apply */
	bool fin_acked[2];     /* by one that is not known to be lost */
	bool fin_arrived[2];   /* by side: not all of its FINs are known to be lost */
	uint64_t fin_frame[2]; /* by side, first transmissions; 0: none */
	uint64_t fin_ack_frame[2]; /* the first to acknowledge that side's FIN; 0: none */
	int64_t fin_end[2];        /* the numbers behind them */
	int64_t time_wait_from_ns; /* since 1970: when the ACK of the second FIN left */
	uint64_t reset_frame;      /* the RST that closed it; 0: none */
	uint64_t lost_reset_frame; /* one that would have, but is known to be lost; 0: none */
	uint64_t refuted_frame;    /* an RST that the other side did not believe; 0: none */
	uint64_t between_frame;    /* an ACK between the FINs, of data only; 0: none */
	uint64_t late_reset_frame; /* that ended the TIME_WAIT; 0: none */
	bool acked_before_second;  /* FIN1 was acknowledged by a segment before FIN2 */
	bool second_acks_first;    /* FIN2 is the first to acknowledge FIN1 */
};

#define TIME_WAIT_NS (60 * INT64_C(1000000000)) /* Linux: TCP_TIMEWAIT_LEN; RFC 9293 says 2 MSL */

/* Of a segment with RST: sets rst_accepted. */
void closing_judge_reset(const struct tcp_connection *connection, struct segment_facts *segment);

/*
 * Takes an RST back whose receiver goes on as if it had not come, also from the states of the
 * segment that shows it. Before the states move.
 */
void closing_refute_reset(struct tcp_connection *connection, struct segment_facts *segment);

/* After segment->states is set, and before connection->states is. */
void closing_segment(struct tcp_connection *connection, const struct segment_facts *segment);

/* Sets the kind, adds the findings. */
void closing_conclude(struct tcp_connection *connection);

/* Both FINs acknowledged, or reset: only stragglers may come. */
bool closing_is_complete(const struct tcp_connection *connection);

/*
 * The connection was open and is over, and an old copy of its SYN has come to this side's listener:
 * what that began has a number of its own, and nothing of the old connection fits it but the reset
 * that answers its SYN-ACK.
 */
bool closing_left_embryo(const struct tcp_connection *connection, enum tcp_side side);

#endif
