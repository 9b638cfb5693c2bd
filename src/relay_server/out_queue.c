#include "relay_server/out_queue.h"

#include <stdlib.h>

#define PIECE_FIRST_BYTES 256u
#define PIECE_MAX_BYTES (64u * 1024)

void out_queue_init(struct out_queue *queue)
{
	*queue = (struct out_queue){ 0 };
}

static void piece_destroy(struct out_piece *piece)
{
	payload_release(piece->payload);
	free(piece);
}

void out_queue_finish(struct out_queue *queue)
{
	struct out_piece *piece = queue->first;

	while (piece) {
		struct out_piece *next = piece->next;

		piece_destroy(piece);
		piece = next;
	}
	queue->first = NULL;
	queue->last = NULL;
	queue->bytes = 0;
}

static struct out_piece *piece_create(struct out_queue *queue, size_t capacity)
{
	struct out_piece *piece = malloc(sizeof(*piece) + capacity);

	if (!piece)
		return NULL;
	*piece = (struct out_piece){ .capacity = (uint32_t)capacity };
	if (queue->last)
		queue->last->next = piece;
	else
		queue->first = piece;
	queue->last = piece;
	return piece;
}

uint8_t *out_queue_room_anew(struct out_queue *queue, size_t length)
{
	struct out_piece *last = queue->last;
	size_t capacity = PIECE_FIRST_BYTES;

	/* Each piece is larger than the one before: few bytes take little, many go fast. */
	if (last && !last->payload)
		capacity = last->capacity * 4u;
	if (capacity > PIECE_MAX_BYTES)
		capacity = PIECE_MAX_BYTES;
	if (capacity < length)
		capacity = length;
	last = piece_create(queue, capacity);
	return last ? last->bytes : NULL;
}

bool out_queue_share(struct out_queue *queue, struct payload *payload)
{
	struct out_piece *piece = piece_create(queue, 0);

	if (!piece)
		return false;
	piece->payload = payload_hold(payload);
	piece->end = payload->length;
	queue->bytes += payload->length;
	queue->total += payload->length;
	return true;
}

size_t out_queue_gather(const struct out_queue *queue, struct iovec *out, size_t max)
{
	size_t count = 0;

	for (struct out_piece *piece = queue->first; piece && count < max; piece = piece->next) {
		uint8_t *bytes = piece->payload ? piece->payload->bytes : piece->bytes;

		if (piece->start == piece->end)
			continue;
		out[count].iov_base = bytes + piece->start;
		out[count].iov_len = piece->end - piece->start;
		count++;
	}
	return count;
}

void out_queue_drop(struct out_queue *queue, size_t length)
{
	queue->bytes -= length;
	while (queue->first) {
		struct out_piece *piece = queue->first;
		size_t here = piece->end - piece->start;

		if (length < here) {
			piece->start += (uint32_t)length;
			return;
		}
		length -= here;
		queue->first = piece->next;
		if (!queue->first)
			queue->last = NULL;
		piece_destroy(piece);
	}
}
