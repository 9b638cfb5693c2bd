/*
 * A first-in-first-out queue of bytes that grows up to a ceiling named at its start.
 *
 * Memory is taken when bytes come and given back when the queue is empty and
 * byte_queue_release() is called: an idle owner holds nothing. One thread at a time.
 */
#ifndef WIRETALE_BASE_BYTE_QUEUE_H
#define WIRETALE_BASE_BYTE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_queue {
	uint8_t *memory;  /* owned; NULL while nothing was ever queued */
	size_t start;     /* offset of the oldest byte */
	size_t end;       /* offset behind the newest byte */
	size_t capacity;  /* bytes at `memory` */
	size_t max_bytes; /* the ceiling: never more than so many bytes queued */
};

void byte_queue_init(struct byte_queue *queue, size_t max_bytes);
void byte_queue_finish(struct byte_queue *queue);

static inline size_t byte_queue_length(const struct byte_queue *queue)
{
	return queue->end - queue->start;
}

/* The oldest bytes, byte_queue_length() of them; borrowed until the queue is next changed. */
static inline const uint8_t *byte_queue_bytes(const struct byte_queue *queue)
{
	return queue->memory ? queue->memory + queue->start : NULL;
}

/*
 * Makes room for `length` bytes behind the newest and returns where they go; they count
 * once byte_queue_commit() says how many were written. NULL: over the ceiling, or out of
 * memory; the queue is unchanged.
 */
uint8_t *byte_queue_reserve(struct byte_queue *queue, size_t length);
void byte_queue_commit(struct byte_queue *queue, size_t length);

/* False: over the ceiling, or out of memory; nothing was queued. */
bool byte_queue_push(struct byte_queue *queue, const void *bytes, size_t length);

/* Drops the oldest `length` bytes; at most byte_queue_length(). */
void byte_queue_drop(struct byte_queue *queue, size_t length);

/* Gives the memory back where nothing is queued. */
void byte_queue_release(struct byte_queue *queue);

#endif
