/*
 * The segments of one of two captures, kept by connection, so that they can be held against those
 * of the other: what the wire carried of each, and what becomes known of its fate.
 *
 * Memory is bounded: PAIR_SEGMENTS_MAX segments of a capture. One thread.
 */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_FLOWS_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip_address.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/names.h"
#include "tcp_flow/segment_facts.h"

#define PAIR_SEGMENTS_MAX 2000000u            /* of one capture, about 90 bytes each */
#define PAIR_CONNECTION_SEGMENTS_MAX 1000000u /* of one connection in it */
#define PAIR_CONNECTIONS_MAX 65536u           /* of one capture */
#define PAIR_NONE UINT32_MAX                  /* no segment, connection or piece */

/* What became of a segment, told by the other capture. */
#define PAIR_FATES(X)                                                                              \
	X(PAIR_UNKNOWN, "unknown") /* not judged yet */                                            \
	X(PAIR_ARRIVED, "arrived") /* the other end has it, whole: as it was or in pieces */       \
	X(PAIR_PARTLY, "partly")   /* some of its pieces are lost */                               \
	X(PAIR_LOST, "lost")                                                                       \
	X(PAIR_MISSED, "missed")   /* acknowledged there, or sent from there: not captured */      \
	X(PAIR_OUTSIDE, "outside") /* the other capture did not run at that time */                \
	X(PAIR_TWICE, "twice")     /* captured a second time at the same end */                    \
	X(PAIR_COPY, "copy")       /* at the receiver only: came more than once, sent once */      \
	X(PAIR_MADE, "made")       /* at the receiver only: the sender did not send it */

#define PAIR_AS_ENUM(constant, name) constant,
enum pair_fate { PAIR_FATES(PAIR_AS_ENUM) PAIR_FATE_COUNT };
#undef PAIR_AS_ENUM

const char *pair_fate_name(enum pair_fate fate);

struct pair_segment {
	uint64_t frame;   /* in its file */
	int64_t time_ns;  /* since 1970, by the clock of its capture */
	int64_t sequence; /* relative and unwrapped, the same in both captures; once paired */
	uint32_t sequence_raw;
	uint32_t acknowledgment_raw; /* with ACK */
	uint32_t timestamp_value;    /* with has_timestamps, both */
	uint32_t timestamp_echo;
	uint32_t length;      /* payload bytes */
	uint32_t content;     /* hash of the first bytes of payload; without payload, of SACK */
	uint32_t partner;     /* the same segment in the other capture; index, or PAIR_NONE */
	uint32_t first_piece; /* of those it was found in at the other end; index, or PAIR_NONE */
	uint32_t found;       /* numbers of its space that were found in pieces */
	uint16_t flags;       /* TCP_FLAG_* */
	uint16_t window;      /* as on the wire */
	uint16_t ip_id;
	uint8_t time_to_live;
	uint8_t traffic_class;
	uint8_t hashed; /* payload bytes in `content` */
	uint8_t from;   /* enum tcp_side */
	uint8_t cause;  /* enum tcp_cause, by its own capture, all of it */
	uint8_t fate;   /* enum pair_fate */
	bool has_timestamps;
	bool twice;   /* the same packet stands before it in its file */
	bool repeats; /* sent again, by its own capture */
	bool stray;   /* segment_is_stray(), by its own capture */
	bool bad_checksum;
	bool unsure; /* another one that looks the same may be meant */
};

/* What a SYN said: whoever stands in between may have changed it. */
struct pair_offer {
	bool seen;
	uint8_t window_scale; /* with TCP_HAS_WINDOW_SCALE */
	uint16_t mss;         /* with TCP_HAS_MSS */
	uint32_t has;         /* TCP_HAS_* */
	uint32_t sequence;    /* raw */
};

/* One connection of one capture. */
struct pair_flow {
	uint64_t number;                /* as the ordinary story counts */
	struct ip_address addresses[2]; /* by side */
	uint16_t ports[2];
	struct pair_offer offers[2];
	struct pair_segment *segments; /* owned; in the order of the file */
	uint32_t count;
	uint32_t capacity;
	uint64_t left_out; /* segments beyond a ceiling */
	uint32_t pair;     /* which it belongs to; index, or PAIR_NONE */
};

struct pair_capture {
	struct pair_flow *flows; /* owned; by number - 1 */
	uint32_t count;
	uint32_t capacity;
	uint64_t segments; /* kept, of all connections */
	uint64_t twice;    /* of them captured twice */
	uint64_t frames;   /* all that were read, TCP or not */
	uint64_t segments_left_out;
	uint64_t connections_left_out;
	int64_t first_ns; /* of all frames: from here to there the capture ran; with frames */
	int64_t last_ns;
	bool no_memory; /* something was left out for want of it */
};

void pair_capture_finish(struct pair_capture *capture);

/* A frame of the file, whatever is in it: the capture ran at its time. */
void pair_capture_frame(struct pair_capture *capture, int64_t time_ns);

/* A segment of it, as the tracker sees it. */
void pair_capture_segment(struct pair_capture *capture, const struct tcp_connection *connection,
			  const struct segment_facts *facts);

/* What was called client becomes the server. */
void pair_flow_turn(struct pair_flow *flow);

/* Numbers that a segment takes: payload, SYN, FIN. */
static inline uint32_t pair_segment_space(const struct pair_segment *segment)
{
	return segment->length + ((segment->flags & TCP_FLAG_SYN) != 0 ? 1 : 0) +
	       ((segment->flags & TCP_FLAG_FIN) != 0 ? 1 : 0);
}

#endif
