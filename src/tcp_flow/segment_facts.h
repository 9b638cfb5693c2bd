/*
 * What is plain about one segment once its place in its connection is known: made by the tracker,
 * read by all who judge, and filled up by some of them.
 */
#ifndef WIRETALE_TCP_FLOW_SEGMENT_FACTS_H
#define WIRETALE_TCP_FLOW_SEGMENT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/packet.h"
#include "tcp_flow/names.h"

/*
 * Sequence numbers here are unwrapped and relative: 0 is the sender's SYN (or, midstream, one
 * before the first number seen), and they go on over 2^32. They may be negative in a stream whose
 * beginning is not in the file. An acknowledgement counts in the other side's numbers.
 */
struct segment_facts {
	const struct packet *packet; /* borrowed; its frame, time, addresses, header, payload */
	enum tcp_side from;          /* its sender */
	int64_t since_start_ns;      /* since the connection's first frame */
	int64_t since_last_ns;       /* since its last segment of either side; 0 for the first */
	int64_t sequence;
	int64_t end;            /* sequence + payload + SYN + FIN */
	int64_t acknowledgment; /* means something only with has_ack */
	int64_t window;         /* bytes, scaled; -1 where the scale is not known */
	int64_t new_space;      /* numbers of [sequence, end) that the file did not have before */
	int64_t newly_acked;    /* numbers that no acknowledgement before covered, SYN and FIN with
				   them; -1: not known, it is the first and the SYN is missing */
	uint32_t length;        /* payload bytes, by the IP header */
	uint16_t flags;         /* TCP_FLAG_* of the header */
	bool has_ack;
	bool is_bare; /* no payload, SYN, FIN or RST */
	/* at most one of these four; the first three are neither data nor acknowledgement news */
	bool captured_twice; /* the same packet again, by a second capture point */
	bool keep_alive;     /* its 0 or 1 bytes lie before what was acknowledged */
	bool window_probe;   /* the same against a closed window */
	bool repeats;        /* all of its space (>= 1) was in the file already: sent again */
	bool stray_syn;      /* a SYN with another number inside a live connection */
	bool of_former;  /* see former_segment.h; sequence, acknowledgment, window mean nothing */
	bool leaves_gap; /* it begins beyond the highest end seen of its sender */
	bool fills_gap;  /* it brings new numbers below the highest end seen */
	bool damaged; /* its receiver drops it: its checksum is wrong, and its sender's others are
			 right, so that no network card was to fill it in */
	bool never_arrived; /* known to be lost: sent, and nothing to its receiver */
	/* filled in by those who judge, in the order of tcp_tracker.c */
	bool rst_accepted;    /* an RST that ends the connection, as far as the wire tells */
	enum tcp_cause cause; /* of a segment that repeats, by what was known then */
	bool cut_to_fit;      /* of CAUSE_UNKNOWN: an ICMP error had called it too long */
	bool reopens;         /* of CAUSE_UNKNOWN: a SYN again, a former connection being reset */
	bool may_be_timeout;  /* of CAUSE_TAIL_LOSS_PROBE: the next timeout may prove it one */
	uint64_t proves_timeout;  /* of CAUSE_TIMEOUT: the frame of its side's latest segment with
				     may_be_timeout, which was one too; 0: none */
	uint32_t labels;          /* TCP_LABEL_BIT(...): ours, or tshark's with --as tshark */
	uint32_t tshark_labels;   /* tshark's, where they were asked for */
	enum tcp_state before[2]; /* by side: what both were in until now */
	enum tcp_state
		states[2]; /* by side: the sender's after sending, the other's after delivery */
};

struct tcp_connection;

/* Nothing of it moves its receiver. */
static inline bool segment_is_dropped(const struct segment_facts *segment)
{
	return segment->damaged || segment->never_arrived;
}

/* It says nothing of the connection that it is counted with. */
static inline bool segment_is_stray(const struct segment_facts *segment)
{
	return segment->stray_syn || segment->of_former;
}

/* The same, or NULL: the numbers of one of a former connection are not this one's. */
static inline const struct segment_facts *segment_with_numbers(const struct segment_facts *segment)
{
	return segment && !segment->of_former ? segment : NULL;
}

/* Fills all but what others judge. The ends must be numbered: tcp_connection_segment() sees to it.
 */
void segment_facts_make(const struct tcp_connection *connection, const struct packet *packet,
			enum tcp_side from, struct segment_facts *out);

#endif
