/*
 * The lines of an experiment's file, and the paragraphs that indented ones make. For the files
 * experiment_*.c. One thread; no input or output.
 */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_TEXT_H
#define WIRETALE_TCP_LAB_EXPERIMENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

struct experiment_text {
	const char *text; /* borrowed; the file */
	size_t length;
	size_t at;       /* where the next line begins */
	uint32_t number; /* of the line that was last given; 0: none yet */
};

struct experiment_line {
	const char *text; /* in the file; without its newline and blanks behind it */
	size_t length;
	uint32_t number;
};

/* A mark of byte order at the start is no part of it. */
void experiment_text_init(struct experiment_text *file, const char *text, size_t length);

/* False: there are no more lines. */
bool experiment_text_next(struct experiment_text *file, struct experiment_line *out);
/* The line that _next() gave last is given again. */
void experiment_text_back(struct experiment_text *file, const struct experiment_line *line);

/* Where the first character stands that is no text (not UTF-8, or a control character), from 0;
 * SIZE_MAX: nowhere. */
size_t experiment_line_bad_column(const struct experiment_line *line);

/* It begins with a blank. */
bool experiment_line_is_indented(const struct experiment_line *line);

/* Paragraphs, as they grow line by line. */
struct experiment_paragraphs {
	struct text_builder text;
	size_t indentation;   /* columns of the first indented line */
	bool has_indentation; /* there was one */
	bool is_parted;       /* an empty line came behind the last */
	bool stands_alone;    /* the last line is one of its own */
};

void experiment_paragraphs_init(struct experiment_paragraphs *paragraphs);
void experiment_paragraphs_finish(struct experiment_paragraphs *paragraphs);
void experiment_paragraphs_add(struct experiment_paragraphs *paragraphs,
			       const struct experiment_line *line);

#endif
