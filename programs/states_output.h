/*
 * Where `wiretale states` writes: rows, of which there may be very many, go out as they come;
 * a screen that is redrawn is made as a whole first. One thread.
 */
#ifndef WIRETALE_PROGRAMS_STATES_OUTPUT_H
#define WIRETALE_PROGRAMS_STATES_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"

struct states_output {
	struct text_builder text; /* owned; not written yet */
	size_t columns;           /* of a line; 0: as wide as it takes, which no terminal is */
	size_t rows; /* of a screen that is redrawn; 0: none, rows go out as they come */
	bool colour;
	bool failed; /* nobody reads it: nothing more is written */
	int error;   /* errno of that */
};

void states_output_init(struct states_output *output);
void states_output_finish(struct states_output *output);

/* A row is whole: may write what there is. */
void states_output_row(struct states_output *output);

/* Writes all. False: nobody reads it. */
bool states_output_flush(struct states_output *output);

/* Bold, where there is colour. */
const char *states_output_bold(const struct states_output *output);
const char *states_output_plain(const struct states_output *output);

#endif
