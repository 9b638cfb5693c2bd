/*
 * Why a segment was sent again, from what the sender can have known when it sent it. A pure
 * function of the evidence, so that each case can be tested alone.
 */
#ifndef WIRETALE_TCP_FLOW_RETRANSMISSION_CAUSE_H
#define WIRETALE_TCP_FLOW_RETRANSMISSION_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct resend_evidence {
	int64_t since_sent_ns; /* since this segment was sent last; -1: not known */
	int64_t quiet_ns;      /* since then, or since the last acknowledgement of news if later */
	int64_t since_new_ns;  /* since new data was sent, or new data acknowledged */
	int64_t since_ack_ns;  /* since the other side's last acknowledgement, news or not; -1: none
				*/
	int64_t rtt_ns;        /* smoothed, from end to end; 0: not known */
	int64_t rtt_variation_ns;
	bool arrived;    /* all of it was acknowledged, by SACK or otherwise, before */
	bool is_head;    /* the oldest that is outstanding */
	bool is_tail;    /* nothing was sent behind it */
	bool asked_for;  /* three duplicate ACKs ask for it, or SACK reports data behind it */
	bool has_holes;  /* SACK reports gaps, before it if not behind it */
	bool sent_again; /* it was already sent twice or more */
	bool sack_permitted;
	bool probed;           /* a tail-loss probe was sent since the last news */
	bool ack_may_be_lost;  /* of what made it the oldest; it came here after this was sent */
	bool in_fast_recovery; /* a repair that began with a fast resend is not over */
	bool after_timeout;    /* it belongs to a window of which a part timed out */
};

/* Never CAUSE_NONE. */
enum tcp_cause retransmission_cause(const struct resend_evidence *evidence);

/* The least time after which we take a resend for a timeout. */
int64_t retransmission_timeout_ns(const struct resend_evidence *evidence);

#endif
