/*
 * Prose set in lines: broken at blanks, in Chinese and Japanese between characters too but not
 * before their full stops and the like; each line behind an indentation. A list of frames in
 * brackets stays together; a word wider than a line is broken where the line ends. Any thread.
 */
#ifndef WIRETALE_REPORT_WRAPPED_LINES_H
#define WIRETALE_REPORT_WRAPPED_LINES_H

#include <stddef.h>

#include "base/text_builder.h"

struct wrapped_lines {
	const char *first; /* before the first line; may hold colours (SGR), which take no room */
	const char *next;  /* before those after it */
	size_t columns;    /* of a line, its indentation with it; 0: one line, however long */
};

/* Ends with a newline. text: printable, UTF-8. */
void wrapped_lines_append(struct text_builder *out, const char *text,
			  const struct wrapped_lines *lines);

/* Columns of a text, colours aside. */
size_t wrapped_lines_width(const char *text, size_t length);

#endif
