/*
 * Findings: what a connection's segments prove, or make likely, with the frames to look at. A
 * finding holds facts; the sentence is made from them by report/finding_text*.c.
 */
#ifndef WIRETALE_TCP_FLOW_FINDING_H
#define WIRETALE_TCP_FLOW_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/names.h"

/*
 * The kinds, in the order in which they are told: honest unknowns before verdicts. The comment says
 * what values[] hold, where they hold anything; times are nanoseconds. `side` is whom it is about,
 * for segments their sender.
 */
#define TCP_FINDINGS(X)                                                                            \
	/* unknowns: what this capture cannot tell */                                              \
	X(FINDING_MIDSTREAM, "midstream")         /* started before the file */                    \
	X(FINDING_ONE_DIRECTION, "one-direction") /* side: whose segments are missing */           \
	X(FINDING_CAPTURE_LOSS, "capture-loss")   /* [0] bytes acknowledged, never captured */     \
	X(FINDING_OFFLOADED, "offloaded")         /* [0] largest payload, [1] MSS */               \
	X(FINDING_CHECKSUM_OFFLOADED, "checksum-offloaded")                                        \
	X(FINDING_CAPTURED_TWICE, "captured-twice") /* [0] of them reported by D-SACK */           \
	X(FINDING_CUT_SHORT, "cut-short")           /* snap length: payload not all captured */    \
	X(FINDING_TIME_BACKWARDS, "time-backwards") /* [0] the largest step back */                \
	X(FINDING_EVICTED, "evicted")               /* forgotten at the ceiling of connections */  \
	X(FINDING_TRACK_LIMIT, "track-limit")       /* a ceiling of one connection was met */      \
	X(FINDING_CHECKSUM_BAD, "checksum-bad")                                                    \
	/* opening */                                                                              \
	X(FINDING_REFUSED, "refused")                                                              \
	X(FINDING_UNANSWERED, "unanswered") /* [0] SYNs sent, [1] over how long */                 \
	X(FINDING_SYN_RETRY, "syn-retry")   /* [0] how many, [1] time they cost */                 \
	X(FINDING_LOST_SYN_ACK, "lost-syn-ack")                                                    \
	X(FINDING_SIMULTANEOUS_OPEN, "simultaneous-open")                                          \
	X(FINDING_PORT_REUSE, "port-reuse") /* [0] number of the connection before */              \
	X(FINDING_FAST_OPEN,                                                                       \
	  "fast-open") /* [0] 1 cookie asked, 2 given, 3 data in SYN; [1] bytes taken, -1 unknown; \
			  [2] bytes sent; [3] cookie bytes */                                      \
	X(FINDING_HALF_OPEN, "half-open") /* the side that lost its state */                       \
	X(FINDING_FORMER_CONNECTION,                                                               \
	  "former-connection") /* side: who still had it; [0] 1: the other reset it */             \
	/* losing and repairing */                                                                 \
	X(FINDING_RETRANSMISSION,                                                                  \
	  "retransmission") /* `cause`; [0] time to repair, [1] RTO n, of CAUSE_UNKNOWN: SYN-ACKs  \
			       for a SYN, [2] of it: those that an ICMP error called too long; of  \
			       CAUSE_TIMEOUT: those whose segment_facts had another cause */       \
	X(FINDING_NEEDLESS, "needless-retransmission") /* [0] enum needless_proof */               \
	X(FINDING_REPORTED_TWICE, "reported-twice") /* D-SACKs for what was sent once, as far as   \
						       the file shows */                           \
	X(FINDING_REORDERED, "reordered")           /* [0] largest lateness, [1] after resends */  \
	X(FINDING_NETWORK_LOSS, "network-loss")     /* [0] bytes never seen before their resend */ \
	X(FINDING_LABELS_DIFFER,                                                                   \
	  "labels-differ") /* [0] ours, [1] tshark's: sets of labels; [2] why */                   \
	/* windows, timers, marks */                                                               \
	X(FINDING_ZERO_WINDOW, "zero-window") /* side: who closed it; [0] episodes' time, [1]      \
						 longest, [2] 1: never opened again */             \
	X(FINDING_WINDOW_LIMITED, "window-limited") /* side: the sender held back; [0] time, [1]   \
						       longest, [2] largest window, [3] 1: no      \
						       larger one without scaling */               \
	X(FINDING_WINDOW_PROBE,                                                                    \
	  "window-probe") /* [0] probes, [1] shortest, [2] longest gap, [3] answered */            \
	X(FINDING_KEEP_ALIVE,                                                                      \
	  "keep-alive") /* [0] sent, [1] interval, [2] answered, [3] unanswered at the end */      \
	X(FINDING_DELAYED_ACK, "nagle-delayed-ack") /* [0] times, [1] time it cost */              \
	X(FINDING_ECN, "ecn") /* side: whose segments met it; [0] CE marks, [1] ECE, [2] CWR, [3]  \
				 enum ecn_agreement */                                             \
	X(FINDING_URGENT, "urgent")               /* [0] pointer, [1] payload of the first */      \
	X(FINDING_CHALLENGE_ACK, "challenge-ack") /* [0] enum challenge_cause */                   \
	X(FINDING_ICMP_ERROR,                                                                      \
	  "icmp-error") /* [0] type, [1] code, [2] MTU, [3] IP version, + ICMP_BY_DESTINATION */   \
	X(FINDING_BAD_OPTION, "bad-option") /* [0] option kind, [1] the length it claims */        \
	/* closing */                                                                              \
	X(FINDING_RESET_UNREAD_DATA,                                                               \
	  "reset-unread-data") /* [0] unanswered bytes, [1] enum reset_rough, [2] own bytes        \
				  unacknowledged */                                                \
	X(FINDING_RESET_LINGER, "reset-linger")       /* the same */                               \
	X(FINDING_RESET_HALF_OPEN, "reset-half-open") /* [0] enum reset_half_open */               \
	X(FINDING_RESET_DATA_AFTER_CLOSE, "reset-data-after-close")                                \
	X(FINDING_RESET_TIMEOUT, "reset-timeout") /* [0] unanswered, [1] enum reset_timeout */     \
	X(FINDING_RESET_NOT_FROM_PEER,                                                             \
	  "reset-not-from-peer") /* [0] RESET_SIGN_*; [1] TTL, [2] usual TTL */                    \
	X(FINDING_RESET_OUT_OF_WINDOW,                                                             \
	  "reset-out-of-window") /* [0] off by, [1] enum reset_refusal */                          \
	X(FINDING_RESET_UNEXPLAINED, "reset-unexplained")                                          \
	X(FINDING_RESET_AFTER_CLOSE, "reset-after-close") /* [0] enum reset_after_close */         \
	X(FINDING_TIME_WAIT, "time-wait")                 /* [0] until when, ns since 1970 */      \
	/* summing up */                                                                           \
	X(FINDING_LIMIT, "limit") /* [0] the ledger part, [1] its time, [2] enum tcp_limit */

#define TCP_AS_ENUM(constant, ...) constant,
enum tcp_finding_kind { TCP_FINDINGS(TCP_AS_ENUM) FINDING_COUNT };
#undef TCP_AS_ENUM

const char *tcp_finding_name(enum tcp_finding_kind kind);

#define FINDING_FRAMES_MAX 8u       /* listed of each; all are counted */
#define CONNECTION_FINDINGS_MAX 64u /* of one connection; more are counted as left out */

struct tcp_finding {
	enum tcp_finding_kind kind;
	enum tcp_confidence confidence;
	enum tcp_side side;
	enum tcp_cause cause; /* of FINDING_RETRANSMISSION and its like */
	uint32_t count;       /* how often; frames beyond the ceiling are in here only */
	uint32_t frame_count; /* of them in `frames` */
	uint64_t frames[FINDING_FRAMES_MAX]; /* the proof, in the order they were added */
	int64_t values[4];
};

struct tcp_findings {
	struct tcp_finding *list; /* owned; NULL until the first */
	uint32_t count;
	uint32_t capacity;
	uint32_t left_out; /* for want of room or memory */
};

void findings_finish(struct tcp_findings *findings);

/* A new one, with count 0 and no frames; NULL (and counted as left out) at the ceiling. */
struct tcp_finding *findings_add(struct tcp_findings *findings, enum tcp_finding_kind kind,
				 enum tcp_side side, enum tcp_confidence confidence);

/* The one of this kind, side and cause, or a new one: for what happens often. */
struct tcp_finding *findings_gather(struct tcp_findings *findings, enum tcp_finding_kind kind,
				    enum tcp_side side, enum tcp_cause cause);

/* The first of this kind (and side, unless TCP_BOTH_SIDES), or NULL. */
struct tcp_finding *findings_find(const struct tcp_findings *findings, enum tcp_finding_kind kind,
				  enum tcp_side side);

/* Lists the frame if it is not there yet and there is room; does not touch `count`. NULL is fine.
 */
void finding_frame(struct tcp_finding *finding, uint64_t frame);

/* One more time: count + 1, and its frame. finding may be NULL. */
void finding_happened(struct tcp_finding *finding, uint64_t frame);

/* Into the order of TCP_FINDINGS, then of their first frames. */
void findings_sort(struct tcp_findings *findings);

#endif
