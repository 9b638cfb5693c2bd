/*
 * One direction of a relay's connection cut into messages, as the pieces of its stream come. Where
 * it cannot be told any more where a message begins, nothing is said until one surely does. The
 * last messages are remembered. Hostile bytes; one thread.
 */
#ifndef WIRETALE_REPORT_MESSAGE_TRACK_H
#define WIRETALE_REPORT_MESSAGE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_protocol/limits.h"
#include "report/conversation.h"
#include "report/stream_messages.h"
#include "tcp_flow/byte_stream.h"

struct message_record {
	uint64_t offset;      /* in the stream */
	uint64_t bytes;       /* of the whole message; 0: not known yet */
	uint64_t first_frame; /* 0: not known */
	char name[STREAM_MESSAGE_NAME_BYTES];
	bool greeting; /* the classic greeting */
};

/* A message that did not come in one piece. */
struct message_assembly {
	struct message_record record;
	uint64_t have;     /* bytes of it that went by, missing ones with them */
	uint8_t *bytes;    /* owned; the first `kept` of them */
	uint32_t kept;     /* stops at a gap, and at STREAM_MESSAGE_KEPT_BYTES */
	uint32_t capacity; /* bytes at `bytes` */
	uint8_t header[RELAY_FRAME_HEADER_BYTES]; /* its first bytes, whatever is kept */
	bool active;
	bool named;
	bool holed; /* some of it is missing */
};

struct message_track {
	enum tcp_side from;
	bool classic;
	bool lost;                         /* where the next message begins is not known */
	uint64_t hello_bytes;              /* of the greeting that this side's stream begins with */
	struct conversation *conversation; /* borrowed; counts the classic requests */
	struct message_record *records;    /* owned; a ring, by ascending offset */
	uint32_t record_first;
	uint32_t record_count;
	uint32_t record_capacity;
	struct message_assembly open;
	/* Done in the course of the segment that is looked at: its bytes are wanted. */
	struct message_assembly held[2];
	uint32_t held_count;
	uint64_t shown_left; /* of the stream in that segment, half-open */
	uint64_t shown_right;
};

void message_track_finish(struct message_track *track); /* may be zeroed */

/* A segment is looked at that has [left, right) of the stream; an empty range: none of it. */
void message_track_show(struct message_track *track, uint64_t left, uint64_t right);

/* The next piece of the stream, bytes or a gap; track->from and the piece's offset are its own. */
void message_track_piece(struct message_track *track, const struct stream_piece *piece);

/* The index of the first remembered message that ends behind the offset. */
uint32_t message_track_find(const struct message_track *track, uint64_t offset);

/* index < record_count, from the oldest on. */
const struct message_record *message_track_record(const struct message_track *track,
						  uint32_t index);

/* One that was put together from several pieces, and is open or done just now; NULL. */
const struct message_assembly *message_track_assembly(const struct message_track *track,
						      uint64_t offset);

/* A frame of version 1 begins here beyond doubt. */
bool message_track_is_sure(const uint8_t *bytes, size_t length);

#endif
