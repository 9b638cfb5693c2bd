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
	bool fills;   /* a gap: the original was not captured before it */
	bool settled; /* acknowledged, or proven needless: no more proof is looked for */
	bool proven;  /* needless */
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
	struct resent_segment resent[LOSS_RESENDS_REMEMBERED];
	struct captured_gap gaps[LOSS_GAPS_REMEMBERED];
	uint32_t next_resent; /* where the next one goes */
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

/* The latest that has numbers of [left, right) and is not proven needless; NULL: none. */
struct resent_segment *loss_notes_find_resent(struct loss_notes *notes, int64_t left,
					      int64_t right);

/* The latest that has all of [left, right) and fills a gap; NULL: none. */
struct resent_segment *loss_notes_find_fill(struct loss_notes *notes, int64_t left, int64_t right);

void loss_notes_gap(struct loss_notes *notes, const struct captured_gap *gap);

/* The gap that has the number, or NULL. */
const struct captured_gap *loss_notes_find_gap(const struct loss_notes *notes, int64_t number);

#endif
