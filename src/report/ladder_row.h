/*
 * One line of a ladder while it is written, from left to right: it knows the column it is in, and
 * blanks are written only once something stands behind them. Any thread.
 */
#ifndef WIRETALE_REPORT_LADDER_ROW_H
#define WIRETALE_REPORT_LADDER_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"

#define LADDER_BOLD "\x1b[1m"
#define LADDER_DIM "\x1b[2m"
#define LADDER_RED "\x1b[31m"
#define LADDER_GREEN "\x1b[32m"
#define LADDER_YELLOW "\x1b[33m"
#define LADDER_CYAN "\x1b[36m"
#define LADDER_PLAIN "\x1b[0m"

struct ladder_row {
	struct text_builder *out; /* borrowed */
	size_t column;            /* where the next character goes */
	bool colour;              /* SGR sequences are wanted */
};

/* Blanks up to that column; nothing where the row is there already. */
void ladder_row_to(struct ladder_row *row, size_t column);

/* sgr: one of those above, or NULL. */
void ladder_row_text(struct ladder_row *row, const char *text, const char *sgr);
void ladder_row_bytes(struct ladder_row *row, const char *text, size_t length, const char *sgr);

/* The two characters of the pattern in turns, up to that column. */
void ladder_row_shaft(struct ladder_row *row, const char pattern[2], size_t column,
		      const char *sgr);

void ladder_row_end(struct ladder_row *row);

#endif
