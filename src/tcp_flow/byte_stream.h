/*
 * One direction of a connection put back in order: bytes come out in the order of the stream, each
 * once, with the frame that brought them; what was lost for good comes out as a gap. Of bytes that
 * came twice the first stay; what its receiver drops, damaged, is none. What waits beyond a gap has
 * a ceiling. Hostile input; one thread.
 *
 *   byte_stream_init(&streams[side], side);
 *   for each segment of the connection, in the order of the file:
 *           byte_stream_acknowledged(&streams[other side], segment, taker, context);
 *           byte_stream_segment(&streams[its side], segment, taker, context);
 *   byte_stream_end(), byte_stream_finish() of both
 */
#ifndef WIRETALE_TCP_FLOW_BYTE_STREAM_H
#define WIRETALE_TCP_FLOW_BYTE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/damaged_payload.h"
#include "tcp_flow/segment_facts.h"

#define BYTE_STREAM_WAITING_MAX_BYTES (1024u * 1024) /* beyond a gap; then the gap is given up */
#define BYTE_STREAM_FRAGMENTS_MAX 4096u              /* the same, of their number */

struct stream_piece {
	enum tcp_side from;
	uint64_t offset;      /* in the stream; 0 is its first byte, or midstream the first seen */
	const uint8_t *bytes; /* borrowed for the call; NULL: `length` bytes are missing */
	uint64_t length;      /* never 0 */
	uint64_t frame;  /* that brought them; of a gap: the frame that showed it is for good */
	int64_t time_ns; /* of that frame, since the connection's first */
};

struct stream_fragment {
	int64_t left; /* sequence numbers, half-open */
	int64_t right;
	uint8_t *bytes; /* owned; NULL: a snap length cut them off, they are missing for good */
	uint64_t frame;
	int64_t time_ns;
};

struct byte_stream {
	enum tcp_side from;
	bool begun;          /* `origin` and `next` mean something */
	bool failed;         /* out of memory: nothing will come any more */
	bool has_fin;        /* `fin` means something */
	int64_t origin;      /* the sequence number of the stream's first byte */
	int64_t next;        /* the sequence number of the next byte to give out */
	int64_t fin;         /* of the FIN, behind the last byte */
	int64_t acked;       /* the highest acknowledgement of it; with begun */
	uint64_t waiting;    /* bytes kept beyond a gap */
	uint64_t last_frame; /* of the connection that it was told of, and when */
	int64_t last_ns;
	uint32_t first; /* the fragments that wait are [first, first + count) */
	uint32_t count;
	uint32_t capacity;
	struct stream_fragment *fragments; /* owned; by ascending sequence, none overlap */
	struct damaged_payloads damaged;   /* not acknowledged yet */
};

typedef void (*stream_taker)(void *context, const struct stream_piece *piece);

void byte_stream_init(struct byte_stream *stream, enum tcp_side from);
void byte_stream_finish(struct byte_stream *stream);

/* Says where it begins, for those who come late: 1 where a SYN was seen before. Once; without it,
 * it begins with its first segment or with what is first acknowledged of it. */
void byte_stream_begin(struct byte_stream *stream, int64_t origin);

/* What lies below the number is known to whom it concerns: it will not be handed out. */
void byte_stream_skip(struct byte_stream *stream, int64_t number);

/* A segment of this direction: hands out what is now in order. */
void byte_stream_segment(struct byte_stream *stream, const struct segment_facts *segment,
			 stream_taker taker, void *context);

/*
 * A segment of the other direction: where it acknowledges what is missing, and more is here, the
 * missing bytes will not come any more. The segment's frame is the gap's.
 */
void byte_stream_acknowledged(struct byte_stream *stream, const struct segment_facts *segment,
			      stream_taker taker, void *context);

/* The end: what still waits is handed out, gaps told. */
void byte_stream_end(struct byte_stream *stream, stream_taker taker, void *context);

#endif
