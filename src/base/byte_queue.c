#include "base/byte_queue.h"

#include <stdlib.h>
#include <string.h>

#define BYTE_QUEUE_FIRST_BYTES 512u

void byte_queue_init(struct byte_queue *queue, size_t max_bytes)
{
	*queue = (struct byte_queue){ .max_bytes = max_bytes };
}

void byte_queue_finish(struct byte_queue *queue)
{
	free(queue->memory);
	*queue = (struct byte_queue){ .max_bytes = queue->max_bytes };
}

static bool grow(struct byte_queue *queue, size_t needed)
{
	size_t capacity = queue->capacity ? queue->capacity : BYTE_QUEUE_FIRST_BYTES;
	uint8_t *memory;

	while (capacity < needed)
		capacity *= 2;
	memory = malloc(capacity);
	if (!memory)
		return false;
	if (queue->memory)
		memcpy(memory, queue->memory + queue->start, byte_queue_length(queue));
	free(queue->memory);
	queue->memory = memory;
	queue->end -= queue->start;
	queue->start = 0;
	queue->capacity = capacity;
	return true;
}

uint8_t *byte_queue_reserve(struct byte_queue *queue, size_t length)
{
	size_t queued = byte_queue_length(queue);

	if (length > queue->max_bytes || queued > queue->max_bytes - length)
		return NULL;
	if (length <= queue->capacity - queue->end && queue->memory)
		return queue->memory + queue->end;

	/* Moving to the front is paid for by the bytes dropped since the last move: only
	 * worth it where at least as many were dropped as have to be moved. */
	if (queue->memory && queued + length <= queue->capacity && queue->start >= queued) {
		memmove(queue->memory, queue->memory + queue->start, queued);
		queue->start = 0;
		queue->end = queued;
		return queue->memory + queue->end;
	}
	if (!grow(queue, queued + length))
		return NULL;
	return queue->memory + queue->end;
}

void byte_queue_commit(struct byte_queue *queue, size_t length)
{
	queue->end += length;
}

bool byte_queue_push(struct byte_queue *queue, const void *bytes, size_t length)
{
	uint8_t *room;

	if (length == 0)
		return true;
	room = byte_queue_reserve(queue, length);
	if (!room)
		return false;
	memcpy(room, bytes, length);
	byte_queue_commit(queue, length);
	return true;
}

void byte_queue_drop(struct byte_queue *queue, size_t length)
{
	queue->start += length;
	if (queue->start == queue->end) {
		queue->start = 0;
		queue->end = 0;
	}
}

void byte_queue_release(struct byte_queue *queue)
{
	if (byte_queue_length(queue) == 0)
		byte_queue_finish(queue);
}
