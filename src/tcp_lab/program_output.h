/*
 * What a program printed, up to a ceiling, when each piece of it came, and the search for what a
 * step waits for. No input or output. One thread.
 */
#ifndef WIRETALE_TCP_LAB_PROGRAM_OUTPUT_H
#define WIRETALE_TCP_LAB_PROGRAM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From here on, up to the next mark, all came at that time. */
struct program_mark {
	int64_t at_ns;
	size_t offset; /* grows from one to the next */
};

struct program_output {
	char *bytes; /* owned; zero-terminated behind `length`; NULL until the first */
	size_t length;
	size_t capacity;
	size_t max_bytes;           /* the ceiling of `length` */
	uint64_t dropped;           /* bytes that came when it was full */
	struct program_mark *marks; /* owned; of each piece */
	size_t mark_count;
	size_t mark_capacity;
	size_t timed_length; /* of bytes behind it the time was not kept */
	size_t found_end;    /* behind the latest find */
	char *sought;        /* owned; what was last searched for and not found; NULL: nothing */
	size_t sought_length;
	size_t sought_from; /* no `sought` begins between found_end and here */
};

void program_output_init(struct program_output *output, size_t max_bytes);
void program_output_finish(struct program_output *output);

/* What finds no room, or no memory, is counted as dropped; so is all that comes later, for the text
 * has no holes. at_ns: never less than that of an earlier call. */
void program_output_add(struct program_output *output, const void *bytes, size_t length,
			int64_t at_ns);

/*
 * Whether the text is there behind the latest find; true: it is the latest find now. Asked for the
 * same text again and again it looks at each byte once. An empty text is found at once.
 */
bool program_output_find(struct program_output *output, const char *text, size_t length);
/* Whether it is there at all. */
bool program_output_has(const struct program_output *output, const char *text, size_t length);

/* The last line that is not blank, without its newline; *length 0: there is none. Borrowed until
 * the next addition. */
const char *program_output_last_line(const char *bytes, size_t length, size_t *line_length);

#endif
