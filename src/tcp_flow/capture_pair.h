/*
 * Two captures of the same connections, taken at or near both ends, held against each other: the
 * clocks, the time each segment took, and which of them never arrived.
 *
 *   struct capture_pair pair = { 0 };
 *   for each frame of each file: pair_capture_frame(), pair_capture_segment() on pair.captures[i]
 *   if (capture_pair_judge(&pair)) ... pair.list, pair.clock ...
 *   capture_pair_finish(&pair);
 *
 * The first and the second capture are 0 and 1; which of them was taken at the client's end is
 * found out for each connection. One thread.
 */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/capture_pair_clock.h"
#include "tcp_flow/capture_pair_flows.h"

#define PAIR_PIECES_MAX                                                                            \
	1000000u /* of one connection; bytes beyond are not looked for in pieces                   \
		  */

/* What somebody between the two ends changed, in one direction. */
#define PAIR_CHANGES(X)                                                                            \
	X(PAIR_CHANGED_SOURCE, "source")           /* address or port of the sender */             \
	X(PAIR_CHANGED_DESTINATION, "destination") /* address or port of the receiver */           \
	X(PAIR_CHANGED_NUMBERS, "sequence-numbers")                                                \
	X(PAIR_CHANGED_MSS, "mss")                                                                 \
	X(PAIR_CHANGED_SCALE, "window-scale")                                                      \
	X(PAIR_CHANGED_SACK, "sack-permitted")                                                     \
	X(PAIR_CHANGED_TIMESTAMPS, "timestamps")                                                   \
	X(PAIR_CHANGED_WINDOW, "window")                                                           \
	X(PAIR_CHANGED_ID, "ip-id")                                                                \
	X(PAIR_CHANGED_FLAGS, "flags") /* ECE, CWR, URG or reserved bits */                        \
	X(PAIR_CHANGED_DSCP, "dscp")                                                               \
	X(PAIR_CHANGED_ECN, "ecn")           /* capability taken away or given; CE is no change */ \
	X(PAIR_CHANGED_CONTENT, "content")   /* bytes of the payload */                            \
	X(PAIR_CHANGED_HOPS, "time-to-live") /* larger than when it left */

#define PAIR_AS_ENUM(constant, name) constant,
enum pair_change { PAIR_CHANGES(PAIR_AS_ENUM) PAIR_CHANGE_COUNT };
#undef PAIR_AS_ENUM

const char *pair_change_name(enum pair_change change);

/* Bytes of one segment in one of the other end, where the two were cut differently. */
struct pair_piece {
	uint32_t sent;      /* index of the segment at its sender's end */
	uint32_t arrived;   /* at its receiver's */
	uint32_t next_sent; /* of the same `sent`; index of a piece, or PAIR_NONE */
	uint32_t next_arrived;
	enum tcp_side side; /* of the sender */
	int64_t left;       /* relative numbers, [left, right) */
	int64_t right;
};

/* One direction of one connection. */
struct pair_path {
	uint64_t sent;         /* segments at the sender's end, those captured twice left out */
	uint64_t arrived;      /* of them, whole */
	uint64_t in_pieces;    /* of those, cut or joined otherwise than they were sent */
	uint64_t lost;         /* partly or whole */
	uint64_t lost_bytes;   /* of payload */
	uint64_t unsure;       /* of the lost: another one that looks the same may be meant */
	uint64_t missed;       /* arrived, but the capture there does not have them */
	uint64_t outside;      /* the other capture did not run */
	uint64_t unsent;       /* at the receiver's end only: the capture here does not have them */
	uint64_t made;         /* RSTs at the receiver's end that the sender did not send */
	uint64_t copies;       /* came more than once */
	uint64_t overtaken;    /* by segments that were sent after them */
	int64_t overtaken_ns;  /* how late at most */
	uint64_t congested;    /* marked CE on the way */
	uint64_t damaged;      /* right when they left, with a wrong checksum when they came */
	uint64_t lost_resends; /* of the lost, those that had been sent again already */
	uint64_t resends;      /* sent again, captured at the sender's end */
	uint64_t needless;     /* of them, what they carry had arrived before they left */
	uint64_t needless_ack_lost; /* of those: the acknowledgement of it was lost on the way */
	uint64_t needless_ack_late; /* it came behind the resend */
	uint64_t delays;            /* how many times the next five are of */
	int64_t least_ns;
	int64_t median_ns;
	int64_t most_ns;
	int64_t late_ns;    /* 95 of a hundred took no longer */
	uint8_t hops_least; /* by TTL; with has_hops */
	uint8_t hops_most;
	bool has_hops;
	uint32_t changes;                          /* bit of each enum pair_change */
	uint64_t change_frames[PAIR_CHANGE_COUNT]; /* the first that shows it, sender's file */
	uint32_t dropped_offers; /* TCP_HAS_* of the SYN that did not arrive with it */
};

/* One connection of both captures. Numbers of the first capture are those that are told. */
struct flow_pair {
	uint32_t flows[2];  /* by capture; indices of their `flows` */
	uint32_t shifts[2]; /* by side: raw numbers of the second capture less those of the first */
	uint32_t bases[2];  /* by side: the raw number that is 0, in the first capture */
	bool client_first;  /* the first capture was taken nearer to the client */
	bool end_known;     /* and that is proven; else taken from the other connections */
	bool same_ids;      /* IP identifications come through unchanged */
	bool same_stamps;   /* the same of timestamps */
	bool same_windows;
	bool pieces_left_out;      /* for want of room */
	struct pair_path paths[2]; /* by the side that sends */
	struct pair_piece *pieces; /* owned */
	uint32_t piece_count;
	uint32_t piece_capacity;
};

struct capture_pair {
	struct pair_capture captures[2];
	struct flow_pair *list; /* owned; in the order of the first capture */
	uint32_t count;
	uint32_t capacity;
	struct pair_clock clock; /* of all of them together */
	bool is_same;            /* one capture twice: every segment in both, at the same time */
	int64_t same_shift_ns;   /* with is_same: what all times of the second one are off by */
	bool turned;             /* most clients are nearer to the second one */
};

/* Once, when both are filled. False: out of memory. */
bool capture_pair_judge(struct capture_pair *pair);
void capture_pair_finish(struct capture_pair *pair);

/* Which capture is the one at that side's end. */
static inline unsigned flow_pair_end(const struct flow_pair *flows, enum tcp_side side)
{
	return (side == TCP_CLIENT) == flows->client_first ? 0 : 1;
}

static inline struct pair_flow *capture_pair_flow(const struct capture_pair *pair,
						  const struct flow_pair *flows, unsigned capture)
{
	return &pair->captures[capture].flows[flows->flows[capture]];
}

/* A moment of one of the captures, by the first one's clock. */
int64_t capture_pair_first_time(const struct capture_pair *pair, unsigned capture, int64_t time_ns);

/*
 * How long a segment took from its sender's end to the other: never negative but where the clock is
 * PAIR_CLOCK_UNSTEADY.
 */
int64_t capture_pair_delay(const struct capture_pair *pair, unsigned from, int64_t sent_ns,
			   int64_t arrived_ns);

#endif
