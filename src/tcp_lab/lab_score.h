/*
 * How well the wire told an experiment: its states beside those of both kernels, what was sent
 * again and why beside what the kernels count, and beside what the cable did to the originals.
 *
 *   score = lab_score_create(record);
 *   for each segment of the cable:     lab_score_segment(score, segment);
 *   for each connection of the cable:  lab_score_connection(score, connection);
 *   lab_score_conclude(score, states, &result);
 *   lab_score_destroy(score);
 *
 * Pure; one thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_SCORE_H
#define WIRETALE_TCP_LAB_LAB_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_record.h"

/* What makes a host send again, as far as its kernel counts it. */
enum lab_mechanism {
	LAB_BY_TIMER,  /* TIMEOUT; and a SYN-ACK that answers a SYN that came again */
	LAB_BY_PROBE,  /* TAIL_LOSS_PROBE */
	LAB_BY_ACKS,   /* FAST, SACK */
	LAB_BY_WINDOW, /* GO_BACK_N: the rest of a window of which something is lost for sure; and
			  what an ICMP error said was too long */
	LAB_MECHANISMS,
};

#define LAB_SCORE_REASONS_MAX 24u
#define LAB_SCORE_REASON_BYTES 120u

/* Plain data: it may be written to a file of the same program and read back. */
struct lab_score {
	uint64_t segments;

	/* states of ends of segments' ways */
	uint64_t compared;
	uint64_t agreed;
	uint64_t unknowable; /* differed, and the wire could not know; see reasons */
	uint64_t wrong;      /* differed, and it could */
	uint64_t left_out;
	uint64_t not_asked;

	/* segments sent again, by host */
	uint64_t again[LAB_HOSTS];       /* as the trace counts them, at the cable */
	uint64_t syn_answers[LAB_HOSTS]; /* of these: the SYN's number again, now in a SYN-ACK that
					    answers the other's SYN: no kernel counts it */
	uint64_t forged[LAB_HOSTS];      /* of these: nobody sent it */
	bool has_kernel; /* both kernels were asked; else all that follows of them is 0 */
	uint64_t again_by_kernel[LAB_HOSTS]; /* TcpRetransSegs */
	uint64_t inside[LAB_HOSTS];          /* packets between programs of one host, that the
						cable never saw: what is sent again of them, only
						the kernel counts */

	/* by what made a host send them, of both; the kernel's see lab_score_conclude() */
	uint64_t by_trace[LAB_MECHANISMS];
	uint64_t by_kernel[LAB_MECHANISMS];
	uint64_t as_kernel; /* the trace names the mechanism, and the kernel counts it */
	uint64_t otherwise; /* it names one that the kernel does not count */
	uint64_t needless;  /* it says that it was needless, and no mechanism */
	uint64_t unknown;   /* it says that it cannot tell */
	uint64_t unsure;    /* not `sure`, whatever it says */

	/* by what had become of what they repeat */
	uint64_t lost;       /* some of it was lost, damaged or not taken: the repeat was needed */
	uint64_t lost_told;  /* and the trace does not say that it was needless */
	uint64_t came;       /* all of it came, if late; SYNs not counted */
	uint64_t came_told;  /* and the trace says so */
	uint64_t not_judged; /* what they repeat was too long ago */

	struct {
		char text[LAB_SCORE_REASON_BYTES];
		uint64_t count;
	} reasons[LAB_SCORE_REASONS_MAX]; /* why states were unknowable */
	size_t reason_count;
	bool out_of_memory; /* what was sent again is not told whole */
};

struct lab_scoring;

/* record: borrowed. NULL: out of memory. */
struct lab_scoring *lab_score_create(const struct lab_record *record);
void lab_score_destroy(struct lab_scoring *scoring); /* may be NULL */

void lab_score_segment(struct lab_scoring *scoring, const struct lab_inferred_segment *segment);
void lab_score_connection(struct lab_scoring *scoring,
			  const struct lab_inferred_connection *connection);

/*
 * The kernel counts what its timers and probes do, not what came of it: a timer may end the
 * connection instead, a probe may carry something new. Of what its counts allow, the split nearest
 * to the trace's is taken.
 */
void lab_score_conclude(const struct lab_scoring *scoring, const struct lab_states *states,
			struct lab_score *out);

/* Adds one up. */
void lab_score_add(struct lab_score *total, const struct lab_score *score);

#endif
