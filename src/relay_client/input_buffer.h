/*
 * Bytes that came from the server and were not decoded yet, in one piece, so that frames
 * are decoded where they stand.
 *
 * Small while little comes; doubles while reads fill it, and grows where one frame needs
 * more. While an event points into it (`borrowed`) nothing in it is moved.
 */
#ifndef WIRETALE_RELAY_CLIENT_INPUT_BUFFER_H
#define WIRETALE_RELAY_CLIENT_INPUT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_BUFFER_FIRST_BYTES ((size_t)4 * 1024)
#define INPUT_BUFFER_USUAL_MAX_BYTES                                                               \
	((size_t)256 * 1024) /* more only for a frame that needs it                                \
			      */

struct input_buffer {
	uint8_t *memory; /* owned; NULL until the first read */
	size_t start;    /* offset of the first byte not decoded */
	size_t end;      /* offset behind the last byte */
	size_t capacity; /* bytes at `memory` */
	size_t needed;   /* bytes from `start` with which decoding can go on; 0: any */
	bool borrowed;   /* an event points into the memory */
	bool was_filled; /* the last read left no room: more is likely to wait */
};

static inline size_t input_buffer_length(const struct input_buffer *input)
{
	return input->end - input->start;
}

static inline const uint8_t *input_buffer_bytes(const struct input_buffer *input)
{
	return input->memory ? input->memory + input->start : NULL;
}

void input_buffer_finish(struct input_buffer *input);

/* Drops all bytes; an event that points to them stays good. */
void input_buffer_clear(struct input_buffer *input);

/*
 * Where the next bytes go, and how many there is *room for. max_bytes is the capacity that
 * it may grow to. NULL: no room (take events first), or out of memory.
 */
uint8_t *input_buffer_room(struct input_buffer *input, size_t max_bytes, size_t *room);
void input_buffer_commit(struct input_buffer *input, size_t length);

/* Takes the first bytes away as decoded; they stay readable while `borrowed`. */
void input_buffer_consume(struct input_buffer *input, size_t length);

#endif
