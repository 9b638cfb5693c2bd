/*
 * What is remembered of one side's data once something of it went wrong: the SACK scoreboard, the
 * gaps in what was captured, the latest resends. Most connections never need it.
 */
#ifndef WIRETALE_TCP_FLOW_LOSS_NOTES_H
#define WIRETALE_TCP_FLOW_LOSS_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/finding.h"
#include "tcp_flow/names.h"
#include "tcp_flow/sequence_ranges.h"

#define LOSS_RESENDS_REMEMBERED 32u /* for proof that comes later; the oldest makes room */
#define LOSS_GAPS_REMEMBERED 16u    /* the oldest makes room */

/* One segment that was sent again. */
struct resent_segment {
	int64_t sequence;
	int64_t end;
	int64_t sent_ns;    /* since 1970 */
	int64_t noticed_ns; /* of the gap that it fills; 0: not known */
	int64_t lost_bytes; /* told as lost by the network, and not taken back */
	uint64_t frame;
	uint32_t timestamp;      /* its TSval */
	uint16_t identification; /* its IP packet number */
	enum tcp_cause cause;
	bool has_timestamp;
	bool is_syn;   /* without ACK: its answer may echo the first, whichever brought it about */
	bool fills;    /* a gap: the original was not captured before it */
	bool settled;  /* acknowledged, or proven needless: no more proof is looked for */
	bool proven;   /* needless */
	bool reported; /* a D-SACK has told that it came, and something of it before */
};

/* Numbers that were skipped, and the segment behind them that showed it. */
struct captured_gap {
	int64_t left;
	int64_t right;
	int64_t noticed_ns;      /* since 1970 */
	uint32_t timestamp;      /* TSval of the segment behind it */
	uint16_t identification; /* its IP packet number */
	bool has_timestamp;
	bool used;
};

struct loss_notes {
	struct sequence_ranges sacked; /* reported by SACK, above what is acknowledged */
	/* What arrived, where it is known what did not; with knows_arrivals: since the first loss
	 * that is known. */
	struct sequence_ranges arrived;
	bool knows_arrivals;
	uint64_t lost_frame;        /* the latest segment that is known to be lost; 0: none */
	uint64_t before_lost_frame; /* the last before that which is not; 0: none */
	struct resent_segment resent[LOSS_RESENDS_REMEMBERED];
	struct captured_gap gaps[LOSS_GAPS_REMEMBERED];
	int64_t probe_wait_ns; /* how long the latest tail-loss probe had waited, where a timeout
				  would have waited no longer; 0: it came sooner, or is settled */
	uint64_t probe_frame;
	int64_t too_long_ns;   /* an ICMP error said that what was sent is too long; 0: none did */
	uint16_t too_long_mtu; /* and how long an IP packet may be; 0: it did not say */
	uint32_t next_resent;  /* where the next one goes */
	uint32_t resent_count;
	uint32_t unsettled; /* of them, how many are not settled */
	uint32_t next_gap;
	uint32_t unseen_count; /* acknowledgements of what was never captured */
	uint32_t unseen_frame_count;
	int64_t unseen_bytes;                       /* acknowledged, not captured until now */
	uint64_t unseen_frames[FINDING_FRAMES_MAX]; /* of those acknowledgements */
};

/* NULL: out of memory. */
struct loss_notes *loss_notes_create(void);
void loss_notes_destroy(struct loss_notes *notes); /* may be NULL */

void loss_notes_resent(struct loss_notes *notes, const struct resent_segment *segment);

/* The latest that has numbers of [left, right) and is not reported; NULL: none. */
struct resent_segment *loss_notes_find_resent(struct loss_notes *notes, int64_t left,
					      int64_t right);

/* The latest that has all of [left, right) and fills a gap; NULL: none. */
struct resent_segment *loss_notes_find_fill(struct loss_notes *notes, int64_t left, int64_t right);

void loss_notes_gap(struct loss_notes *notes, const struct captured_gap *gap);

/* Of what the file has until now all did arrive, as far as is known; what is sent next does not. */
void loss_notes_know_arrivals(struct loss_notes *notes, const struct sequence_ranges *seen);

/* The gap that has the number, or NULL. */
const struct captured_gap *loss_notes_find_gap(const struct loss_notes *notes, int64_t number);

#endif
