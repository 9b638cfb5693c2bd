/*
 * How many columns text takes on a terminal, and text set in columns.
 *
 * Text is UTF-8; widths are those of Unicode (East Asian width, and marks that join the letter
 * before them), whatever the locale. Any thread.
 */
#ifndef WIRETALE_BASE_DISPLAY_WIDTH_H
#define WIRETALE_BASE_DISPLAY_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

/* 0, 1 or 2 columns; a character that the terminal may not show counts as 1. */
size_t display_width_of(uint32_t code_point);

/* Of two columns, and of a script that has no blanks between words: Chinese and Japanese, and not
 * Korean. A line may end behind each such character. */
bool display_is_unparted(uint32_t code_point);

/* Columns of a counted text and of a string. A byte that is no UTF-8 counts as 1 column. */
size_t display_width_bytes(const char *text, size_t length);
size_t display_width(const char *text);

/*
 * How many bytes of the text fit into so many columns, with the marks that join the last letter;
 * at least one character, unless the text is empty.
 */
size_t display_within(const char *text, size_t length, size_t columns);

/* Adds the text and blanks up to `columns`; text that is wider is added whole. */
void display_append_left(struct text_builder *out, const char *text, size_t columns);
void display_append_right(struct text_builder *out, const char *text, size_t columns);

#endif
