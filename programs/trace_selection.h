/* What a first pass has to find out before a second can print or write: a set of connections, and a
 * comment for each frame that proves something. */
#ifndef WIRETALE_PROGRAMS_TRACE_SELECTION_H
#define WIRETALE_PROGRAMS_TRACE_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/connection.h"

#define TRACE_COMMENTS_MAX 1000000u /* frames with a comment; the others have none */

struct trace_comment {
	uint64_t frame;
	uint64_t order; /* of those of one frame */
	char *text;     /* owned */
};

struct trace_selection {
	uint8_t *bits; /* owned; by connection number */
	size_t bytes;
	struct trace_comment *comments; /* owned; sorted by trace_selection_sort() */
	size_t comment_count;
	size_t comment_capacity;
	size_t next_comment; /* frames come in order */
	bool left_out;       /* a comment did not fit */
};

void trace_selection_finish(struct trace_selection *selection);

/* False: out of memory. */
bool trace_selection_add(struct trace_selection *selection, uint64_t number);
bool trace_selection_has(const struct trace_selection *selection, uint64_t number);

/* The findings of a connection, as comments of the frames that prove them. */
void trace_selection_comment(struct trace_selection *selection,
			     const struct tcp_connection *connection);
void trace_selection_sort(struct trace_selection *selection);

struct text_builder;

/* The comments of a frame, one a line, into an empty builder. Frames must be asked in order. */
void trace_selection_take_comments(struct trace_selection *selection, uint64_t frame,
				   struct text_builder *out);

#endif
