/* What `wiretale states` shows of one look. One thread. */
#ifndef WIRETALE_PROGRAMS_STATES_VIEW_H
#define WIRETALE_PROGRAMS_STATES_VIEW_H

#include <stdbool.h>

#include "programs/states_options.h"
#include "programs/states_output.h"
#include "programs/states_sample.h"
#include "report/state_counts.h"

/* What is to be taken for it. */
struct states_question states_view_question(const struct states_options *options);

/*
 * Writes a look into the output; counts->now is that of the sample. Under --watch, `is_line`: the
 * counts as one line. False: out of memory.
 */
bool states_view_write(struct states_output *output, struct states_sample *sample,
		       const struct state_counts *counts, const struct states_options *options,
		       bool is_line);

#endif
