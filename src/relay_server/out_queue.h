/*
 * What waits to be sent to one client: a chain of pieces, each either bytes of its own
 * or a reference to a payload that others share. Memory is held only while bytes wait.
 * The ceilings are the session's business. One thread.
 */
#ifndef WIRETALE_RELAY_SERVER_OUT_QUEUE_H
#define WIRETALE_RELAY_SERVER_OUT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "relay_server/payload.h"

struct out_piece {
	struct out_piece *next;
	struct payload *payload; /* a reference; NULL: the bytes are our own */
	uint32_t start;          /* of what is not sent yet */
	uint32_t end;
	uint32_t capacity; /* of `bytes`; 0 with a payload */
	uint8_t bytes[];
};

struct out_queue {
	struct out_piece *first; /* owned chain; NULL while empty */
	struct out_piece *last;
	size_t bytes;   /* waiting, shared ones included */
	uint64_t total; /* bytes ever queued */
};

void out_queue_init(struct out_queue *queue);
void out_queue_finish(struct out_queue *queue);

/* Room in a new piece: what out_queue_room() does when the last one is full. */
uint8_t *out_queue_room_anew(struct out_queue *queue, size_t length);

/*
 * Room for `length` bytes in one run behind the last; they count once
 * out_queue_commit() is called. NULL: out of memory.
 */
static inline uint8_t *out_queue_room(struct out_queue *queue, size_t length)
{
	struct out_piece *last = queue->last;

	if (last && !last->payload && length <= last->capacity - last->end)
		return last->bytes + last->end;
	return out_queue_room_anew(queue, length);
}

static inline void out_queue_commit(struct out_queue *queue, size_t length)
{
	queue->last->end += (uint32_t)length;
	queue->bytes += length;
	queue->total += length;
}

/* Takes a reference of its own. False: out of memory. */
bool out_queue_share(struct out_queue *queue, struct payload *payload);

/* The oldest bytes as up to `max` runs; borrowed until the queue changes. Returns how many. */
size_t out_queue_gather(const struct out_queue *queue, struct iovec *out, size_t max);

/* Drops the oldest `length` bytes: they were sent. */
void out_queue_drop(struct out_queue *queue, size_t length);

#endif
