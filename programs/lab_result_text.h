/* What became of an experiment, in a line of a list or behind all that is shown of it. Pure. */
#ifndef WIRETALE_PROGRAMS_LAB_RESULT_TEXT_H
#define WIRETALE_PROGRAMS_LAB_RESULT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "programs/lab_workers.h"

struct lab_result_style {
	bool colour;
	size_t columns;      /* of a line */
	size_t name_columns; /* of the longest name; of a list */
	bool of_try;         /* two programs, that nothing was expected of */
};

/* "PASS  close-three        0.41 s" */
void lab_result_line(struct text_builder *out, const char *name, const struct lab_outcome *outcome,
		     const struct lab_result_style *style);

/* "close-three: passed in 0.41 s", behind an empty line. */
void lab_result_sentence(struct text_builder *out, const char *name,
			 const struct lab_outcome *outcome, const struct lab_result_style *style);

/* Of a worker that said nothing. */
void lab_result_of_end(const struct lab_worker_end *end, char out[LAB_OUTCOME_BYTES]);

#endif
