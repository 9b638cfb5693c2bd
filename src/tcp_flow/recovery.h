/*
 * What was lost, sent again and repaired: the list of what each side has outstanding, the SACK
 * scoreboard, round-trip times, and the cause of each retransmission.
 */
#ifndef WIRETALE_TCP_FLOW_RECOVERY_H
#define WIRETALE_TCP_FLOW_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"
#include "tcp_flow/outstanding.h"

struct loss_notes;
struct resend_evidence;
struct resent_segment;
struct segment_facts;
struct tcp_connection;

/* What the acknowledgement of a segment amounts to. */
enum recovery_ack {
	RECOVERY_ACK_NONE,       /* none, or nothing that is worth a name */
	RECOVERY_ACK_NEW,        /* acknowledges more than any before */
	RECOVERY_ACK_DUPLICATE,  /* asks for the same again: RFC 5681, or new SACK blocks */
	RECOVERY_ACK_OLD,        /* less than one before: it came late */
	RECOVERY_ACK_WINDOW,     /* only announces another window */
	RECOVERY_ACK_D_SACK,     /* only reports a duplicate */
	RECOVERY_ACK_KEEP_ALIVE, /* answers a keep-alive */
	RECOVERY_ACK_PROBE,      /* answers a probe of a closed window, which stays closed */
};

/* What the latest segment was, for those who come behind recovery_segment(). */
struct recovery_verdict {
	enum recovery_ack ack;
	bool sack_news;      /* its SACK blocks report more than those before */
	bool d_sack;         /* its first SACK block reports a duplicate (RFC 2883) */
	bool window_changed; /* its window is another than the sender's last one */
	bool unseen_acked;   /* it acknowledges what is not in the file */
	bool skips;          /* it begins beyond all numbers that its sender was seen to use */
	bool was_late;       /* it is no resend: it was overtaken, by its own resend perhaps */
	bool simultaneous;   /* the SYN again, now with an ACK: a simultaneous open, no resend */
};

/* Of the data that one side sends. Times of one moment are ns since 1970. */
struct recovery_side {
	struct outstanding outstanding;
	struct loss_notes *losses; /* owned; NULL while nothing went wrong */
	/* Round trips, as seen from the capture point: from there to the receiver and back. */
	int64_t smoothed_rtt_ns; /* RFC 6298; 0: no sample yet */
	int64_t rtt_variation_ns;
	int64_t least_rtt_ns; /* 0: no sample yet */
	int64_t largest_rtt_ns;
	uint64_t rtt_samples;
	uint64_t rtt_timestamp_samples; /* of them by timestamps, where acknowledgements do not tell
					 */
	uint64_t rtt_sum_ns;            /* for the mean */
	uint32_t duplicate_acks;        /* in a row, for `ends[side].acked` */
	uint64_t duplicate_ack_frame;   /* of the latest of them */
	int64_t duplicate_since_ns;     /* of the first of them */
	int64_t last_ack_ns;  /* of the other side's latest acknowledgement, news or not; 0: none */
	int64_t news_ns;      /* of the latest one that acknowledged more; 0: none */
	int64_t last_new_ns;  /* new data was sent; 0: none */
	int64_t resent_until; /* the highest number that was sent again */
	int64_t shown_until;  /* the highest number that any segment began with, data or not */
	int64_t probe_until;  /* what was outstanding at the last tail-loss probe; with probed */
	int64_t timeout_until;    /* what was outstanding at the last timeout; with after_timeout */
	int64_t recovery_until;   /* sequence that ends the recovery; with in_recovery */
	int64_t loss_since_ns;    /* when the loss began to cost time; with in_recovery */
	uint32_t timeouts;        /* since the last news */
	uint32_t largest_timeout; /* the highest number that a timeout had */
	uint32_t unexplained_doubles; /* D-SACKs for what was captured twice, but not sent again */
	bool has_resent;              /* resent_until means something */
	bool probed;             /* a tail-loss probe is not settled yet: there is one at a time */
	bool in_recovery;        /* something is known or believed lost, and not acknowledged yet */
	bool resent_in_recovery; /* and something was sent again since */
	bool fast_recovery;      /* and it began with a fast resend */
	bool after_timeout;      /* and a timeout has begun it, or made it worse */
	bool sent_syn_ack;
	/* Of its latest segment, for the one behind it. */
	bool last_was_syn;
	bool last_was_keep_alive;
	bool last_was_probe;
	uint16_t last_window_raw; /* before scaling */
};

struct recovery {
	struct recovery_side sides[2]; /* by the sender of the data */
	struct recovery_verdict latest;
};

void recovery_finish(struct recovery *recovery);

/* Sets segment->cause; keeps the scoreboards and round-trip times. */
void recovery_segment(struct tcp_connection *connection, struct segment_facts *segment);

/* The same for a segment that plain_segment_is(). */
void recovery_plain_segment(struct tcp_connection *connection, const struct segment_facts *segment);

/* Adds the findings that only the end shows. */
void recovery_conclude(struct tcp_connection *connection);

/* Unacknowledged data, SYN or FIN of this side exists, as far as the file shows. */
bool recovery_is_outstanding(const struct tcp_connection *connection, enum tcp_side sender);

/* How long from one moment to a later one; 0 where the clock went backwards. */
int64_t recovery_elapsed_ns(int64_t from_ns, int64_t to_ns);

/* The notes of a side's losses, made when first asked for; NULL: out of memory. */
struct loss_notes *recovery_losses(struct recovery_side *side);

/* Something that the side sent is known or believed lost, since then, up to all it has sent. */
void recovery_begin(struct tcp_connection *connection, enum tcp_side sender, int64_t since_ns);

/*
 * Of a resend whose cause is known now. One segment alone is probed for about when its timer runs
 * out: which of the two it was, the next timeout tells, which comes twice as late behind another
 * timeout, and after the same time behind a probe. Sets may_be_timeout and proves_timeout.
 */
void recovery_judge_probe(struct tcp_connection *connection, struct segment_facts *segment,
			  const struct resend_evidence *evidence);

/* An ICMP error says that what this side sent is too long; mtu 0: not for what it would not be. */
void recovery_too_long(struct tcp_connection *connection, enum tcp_side sender, int64_t now_ns,
		       uint16_t mtu);

/* A resend is proven needless, by the segment in this frame. */
enum needless_proof {
	NEEDLESS_D_SACK = 1,
	NEEDLESS_EIFEL = 2, /* the acknowledgement answers what was sent first */
	NEEDLESS_ARRIVED = 3,
	NEEDLESS_EIFEL_AGAIN = 4, /* or another repetition, and the first may have been lost */
};
void recovery_needless(struct tcp_connection *connection, enum tcp_side sender,
		       enum needless_proof proof, uint64_t resend_frame, uint64_t proof_frame);

/* Data that was told as lost by the network was not: its original came, or must have come. */
void recovery_not_lost(struct tcp_connection *connection, enum tcp_side sender,
		       struct resent_segment *resent);

#endif
