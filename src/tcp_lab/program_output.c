#include "tcp_lab/program_output.h"

#include <stdlib.h>
#include <string.h>

#include "tcp_lab/lab_limits.h"

#define FIRST_CAPACITY 1024u
#define FIRST_MARKS 16u

void program_output_init(struct program_output *output, size_t max_bytes)
{
	*output = (struct program_output){ .max_bytes = max_bytes };
}

void program_output_finish(struct program_output *output)
{
	free(output->bytes);
	free(output->sought);
	free(output->marks);
	*output = (struct program_output){ .max_bytes = output->max_bytes };
}

static bool make_room(struct program_output *output, size_t length)
{
	size_t wanted = output->length + length + 1;
	size_t capacity = output->capacity > 0 ? output->capacity : FIRST_CAPACITY;
	char *bytes;

	if (wanted <= output->capacity)
		return true;
	while (capacity < wanted)
		capacity *= 2; /* the ceiling keeps it far from overflow */
	bytes = realloc(output->bytes, capacity);
	if (!bytes)
		return false;
	output->bytes = bytes;
	output->capacity = capacity;
	return true;
}

/* The piece that begins at the end and is `length` long came then. Once a time is not kept, none
 * behind it is. */
static void mark(struct program_output *output, size_t length, int64_t at_ns)
{
	size_t capacity = output->mark_capacity > 0 ? output->mark_capacity * 2 : FIRST_MARKS;
	struct program_mark *marks;

	if (output->timed_length < output->length || output->mark_count == LAB_OUTPUT_MARKS_MAX)
		return;
	if (output->mark_count == output->mark_capacity) {
		marks = realloc(output->marks, capacity * sizeof(*marks));
		if (!marks)
			return;
		output->marks = marks;
		output->mark_capacity = capacity;
	}
	output->marks[output->mark_count++] =
		(struct program_mark){ .at_ns = at_ns, .offset = output->length };
	output->timed_length = output->length + length;
}

void program_output_add(struct program_output *output, const void *bytes, size_t length,
			int64_t at_ns)
{
	size_t taken = length;

	if (output->dropped > 0 || taken > output->max_bytes - output->length)
		taken = output->dropped > 0 ? 0 : output->max_bytes - output->length;
	if (taken > 0 && !make_room(output, taken))
		taken = 0;
	output->dropped += length - taken;
	if (taken == 0)
		return;
	mark(output, taken, at_ns);
	memcpy(output->bytes + output->length, bytes, taken);
	output->length += taken;
	output->bytes[output->length] = '\0';
}

/* Remembers how far a search in vain has come; without memory the next begins anew. */
static void remember(struct program_output *output, const char *text, size_t length)
{
	size_t looked_at = output->length >= length ? output->length - length + 1 : 0;

	if (!output->sought) {
		output->sought = malloc(length);
		if (!output->sought)
			return;
		memcpy(output->sought, text, length);
		output->sought_length = length;
	}
	if (looked_at > output->found_end)
		output->sought_from = looked_at;
}

static void forget(struct program_output *output)
{
	free(output->sought);
	output->sought = NULL;
	output->sought_length = 0;
	output->sought_from = 0;
}

bool program_output_find(struct program_output *output, const char *text, size_t length)
{
	size_t from = output->found_end;
	const char *found;

	if (length == 0)
		return true;
	if (output->sought &&
	    (output->sought_length != length || memcmp(output->sought, text, length) != 0))
		forget(output);
	if (output->sought && output->sought_from > from)
		from = output->sought_from;
	if (!output->bytes || output->length - from < length)
		return false;
	found = memmem(output->bytes + from, output->length - from, text, length);
	if (!found) {
		remember(output, text, length);
		return false;
	}
	output->found_end = (size_t)(found - output->bytes) + length;
	forget(output);
	return true;
}

bool program_output_has(const struct program_output *output, const char *text, size_t length)
{
	if (length == 0)
		return true;
	return output->bytes && memmem(output->bytes, output->length, text, length) != NULL;
}

static bool is_blank(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r')
			return false;
	}
	return true;
}

const char *program_output_last_line(const char *bytes, size_t length, size_t *line_length)
{
	size_t end = length;

	*line_length = 0;
	while (end > 0) {
		const char *newline = memrchr(bytes, '\n', end);
		size_t start = newline ? (size_t)(newline - bytes) + 1 : 0;

		if (!is_blank(bytes + start, end - start)) {
			*line_length = end - start;
			return bytes + start;
		}
		if (!newline)
			break;
		end = start - 1;
	}
	return bytes;
}
