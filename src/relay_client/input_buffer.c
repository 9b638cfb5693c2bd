#include "relay_client/input_buffer.h"

#include <stdlib.h>
#include <string.h>

void input_buffer_finish(struct input_buffer *input)
{
	free(input->memory);
	*input = (struct input_buffer){ 0 };
}

void input_buffer_clear(struct input_buffer *input)
{
	input->start = input->end;
	input->needed = 0;
	input->was_filled = false;
}

static void move_to_front(struct input_buffer *input)
{
	size_t length = input_buffer_length(input);

	if (input->start == 0)
		return;
	if (length > 0)
		memmove(input->memory, input->memory + input->start, length);
	input->start = 0;
	input->end = length;
}

static size_t wanted_capacity(const struct input_buffer *input, size_t max_bytes)
{
	size_t wanted = input->capacity ? input->capacity : INPUT_BUFFER_FIRST_BYTES;

	if (input->was_filled && wanted * 2 <= INPUT_BUFFER_USUAL_MAX_BYTES)
		wanted *= 2;
	if (wanted < input->needed)
		wanted = input->needed;
	return wanted < max_bytes ? wanted : max_bytes;
}

uint8_t *input_buffer_room(struct input_buffer *input, size_t max_bytes, size_t *room)
{
	if (!input->borrowed) {
		size_t wanted = wanted_capacity(input, max_bytes);

		move_to_front(input);
		if (wanted > input->capacity) {
			uint8_t *memory = realloc(input->memory, wanted);

			if (memory) {
				input->memory = memory;
				input->capacity = wanted;
			}
		}
	}
	if (input->end == input->capacity)
		return NULL;
	*room = input->capacity - input->end;
	return input->memory + input->end;
}

void input_buffer_commit(struct input_buffer *input, size_t length)
{
	input->end += length;
	input->was_filled = input->end == input->capacity;
}

void input_buffer_consume(struct input_buffer *input, size_t length)
{
	input->start += length;
	input->needed = 0;
}
