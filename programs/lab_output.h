/* What the commands of the lab have in common about their output. One thread. */
#ifndef WIRETALE_PROGRAMS_LAB_OUTPUT_H
#define WIRETALE_PROGRAMS_LAB_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"

/* Standard output is a terminal with colours, and nobody said NO_COLOR. */
bool lab_output_has_colour(void);

/* Of prose: of the terminal, 120 at most; 100 where there is none. */
size_t lab_output_columns(void);
/* Of a ladder: of the terminal, 160 at most; 100 where there is none. */
size_t lab_output_ladder_columns(void);

/* To standard output, at once. False: nobody reads it, or a sentence was printed. */
bool lab_output_write(const char *text, size_t length);

/* The folder of an option, made where it is missing. False: a sentence was printed. */
bool lab_output_folder(const char *option, const char *folder);

/* A line of somebody's text and its end, made harmless; tabs become blanks. */
void lab_output_append_line(struct text_builder *out, const char *line, size_t length);

/* Bold, red, green ..., and back; "" without colour. Static. Hues say nothing but who it is. */
enum lab_colour {
	LAB_PLAIN,
	LAB_BOLD,
	LAB_DIM,
	LAB_GOOD,
	LAB_BAD,
	LAB_HUE_1,
	LAB_HUE_2,
	LAB_HUE_3,
	LAB_HUE_4,
};
const char *lab_output_colour(bool colour, enum lab_colour which);
/* Of the i-th of several, from 0; after the last hue comes the first. */
enum lab_colour lab_output_hue(size_t i);

#endif
