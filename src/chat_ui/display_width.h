/*
 * How many columns text takes on a terminal, and text set in columns.
 *
 * Text is UTF-8. Widths are those of the C library's wcwidth(), so LC_CTYPE must be a
 * UTF-8 locale for wide and combining characters to be right. Any thread.
 */
#ifndef WIRETALE_CHAT_UI_DISPLAY_WIDTH_H
#define WIRETALE_CHAT_UI_DISPLAY_WIDTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

/* 0, 1 or 2 columns; a character that the terminal may not show counts as 1. */
size_t display_width_of(uint32_t code_point);

/* A byte that is no UTF-8 counts as 1 column. */
size_t display_width(const char *text);

/* Adds the text and blanks up to `columns`; text that is wider is added whole. */
void display_append_left(struct text_builder *out, const char *text, size_t columns);
void display_append_right(struct text_builder *out, const char *text, size_t columns);

#endif
