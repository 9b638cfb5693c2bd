/*
 * Our labels on segments: tshark's names, set where they are right (the reasons are in
 * docs/ARCHITECTURE.md). tshark's own rules are in tshark_labels.h.
 */
#ifndef WIRETALE_TCP_FLOW_SEGMENT_LABELS_H
#define WIRETALE_TCP_FLOW_SEGMENT_LABELS_H

#include <stdint.h>

struct segment_facts;
struct tcp_connection;

/* The set of TCP_LABEL_BIT()s for a segment; after recovery_segment(). */
uint32_t segment_labels(const struct tcp_connection *connection,
			const struct segment_facts *segment);

/*
 * Why ours differ from tshark's on this segment: one of these, for the sentence. Kept in findings:
 * new ones go to the end.
 */
enum label_difference {
	LABELS_AGREE,
	LABELS_DIFFER_UNEXPLAINED,
	LABELS_DIFFER_COUNTER,   /* tshark's counter of duplicate ACKs ran below zero */
	LABELS_DIFFER_RESEND,    /* it was captured before, so it cannot be out of order */
	LABELS_DIFFER_REORDERED, /* it is older than those before it: out of order */
	LABELS_DIFFER_FAST,      /* duplicate ACKs asked for it, whatever the 20 ms say */
	LABELS_DIFFER_PROBE,     /* a probe of a closed window as Linux sends it, no keep-alive */
	LABELS_DIFFER_ONE_BYTE,  /* one byte of data sent again, no keep-alive */
	LABELS_DIFFER_ENDED,     /* both sides had ended: an ACK that came late, no keep-alive */
	LABELS_DIFFER_EDGE,      /* it acknowledges what was captured: nothing was unseen */
	LABELS_DIFFER_SIMULTANEOUS, /* a simultaneous open, no loss */
	LABELS_DIFFER_HALF_OPEN,    /* a SYN inside a live connection */
	LABELS_DIFFER_TWICE,        /* captured twice, not sent twice */
	LABELS_DIFFER_SACK_NEWS,    /* it carries new SACK blocks: a duplicate ACK */
	LABELS_DIFFER_D_SACK,       /* it reports a needless resend */
	LABELS_DIFFER_FIN,          /* a FIN sent again although acknowledged */
	LABELS_DIFFER_OLD_ACK,      /* an old acknowledgement came late */
	LABELS_DIFFER_WINDOW,       /* what was left of it goes by the newest acknowledgement */
	LABELS_DIFFER_LOST_BEFORE,  /* its bytes were lost before the capture point: sent again, not
				       late */
	LABELS_DIFFER_SACKED,       /* SACK had reported that it arrived */
	LABELS_DIFFER_NOT_ASKED, /* a timer sent it again, or the holes before it: no duplicate ACKs
				  */
	LABELS_DIFFER_SYN_WINDOW, /* a SYN's window is never scaled: no other window is an update */
	LABELS_DIFFER_UNSEEN, /* it acknowledges what was never captured; tshark tells only once */
	LABELS_DIFFER_CLOSED, /* the window was closed, which says nothing of the ACK */
	LABELS_DIFFER_TOLD_BEFORE, /* what it acknowledges unseen was acknowledged unseen before */
	LABELS_DIFFER_COUNT,
};

/* Compares facts->labels, ours, with facts->tshark_labels; tshark's way to set "retransmission"
 * beside "fast" and "spurious" is no difference. */
enum label_difference segment_labels_explain(const struct tcp_connection *connection,
					     const struct segment_facts *segment);

/* Gathers the differences in findings, one for each reason: its labels are those of the first. */
void segment_labels_compare(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
