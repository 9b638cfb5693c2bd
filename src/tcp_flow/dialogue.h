/*
 * The conversation: whose turn, how many bytes, how long the other thought; and the beginning of
 * each byte stream, put in order, from which a protocol can be told.
 */
#ifndef WIRETALE_TCP_FLOW_DIALOGUE_H
#define WIRETALE_TCP_FLOW_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/damaged_payload.h"
#include "tcp_flow/names.h"
#include "tcp_flow/sequence_ranges.h"

struct segment_facts;
struct tcp_connection;

#define DIALOGUE_TURNS_MAX 64u              /* kept of one connection; all are counted */
#define DIALOGUE_HEAD_MAX_BYTES (8u * 1024) /* kept of each stream's beginning */
#define DIALOGUE_MARKS_MAX 128u /* of a head: beyond it, the frames are not told apart */

struct dialogue_turn {
	enum tcp_side speaker;
	uint64_t bytes; /* new ones: what was sent again counts once */
	uint64_t first_frame;
	uint64_t last_frame;
	int64_t start_ns; /* since the connection's first frame */
	int64_t end_ns;
	int64_t thought_ns; /* from the end of the other's turn to this one; -1 for the first */
};

/* Where some of a head's bytes came from. */
struct dialogue_mark {
	uint32_t offset;     /* the first byte that this frame brought */
	enum tcp_side after; /* who spoke last before it; TCP_BOTH_SIDES: nobody yet */
	uint64_t frame;
	int64_t time_ns; /* since the connection's first frame */
};

/* The beginning of what one side said. */
struct dialogue_head {
	uint8_t *bytes;    /* owned; NULL until data came, and where nobody asked for payload */
	uint32_t length;   /* bytes in order from the first of the stream: the ones to read */
	uint32_t capacity; /* bytes at `bytes` */
	uint32_t limit;    /* no byte from here on will ever come: the ceiling, or a snap length */
	bool from_start : 1; /* the first byte is the stream's first; else the first in the file */
	bool begun : 1;      /* `origin` and `limit` are known */
	bool stopped : 1;    /* nothing will be added any more: at `limit`, or out of memory */
	uint8_t mark_count;
	uint8_t mark_capacity;
	int64_t origin;                 /* the sequence number of the first byte */
	struct sequence_ranges *beyond; /* owned; offsets kept beyond a gap; NULL: none yet */
	struct dialogue_mark *marks;    /* owned; by ascending offset */
};

struct dialogue {
	struct dialogue_turn *turns; /* owned; the first DIALOGUE_TURNS_MAX; whole once concluded */
	uint16_t turns_kept;
	uint16_t turns_capacity;
	bool keeps_payload; /* heads are wanted */
	bool keeps_turns;
	uint64_t turn_count;      /* all, with the one that goes on */
	struct dialogue_turn now; /* the one that goes on; bytes 0: none yet */
	struct dialogue_head heads[2];
	/* two, by side: what was damaged and is not acknowledged yet; owned; NULL: nothing ever */
	struct damaged_payloads *damaged;
};

void dialogue_finish(struct dialogue *dialogue);

/* Not for segments captured twice. */
void dialogue_segment(struct tcp_connection *connection, const struct segment_facts *segment);
void dialogue_conclude(struct tcp_connection *connection);

/* The frame that brought this byte of the head; NULL where the head has no such byte. Borrowed. */
const struct dialogue_mark *dialogue_mark_at(const struct dialogue_head *head, uint32_t offset);

#endif
