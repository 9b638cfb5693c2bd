/* The experiment of a page: its line in JSON, and what only a page has: its text, its steps. */
#ifndef WIRETALE_PROGRAMS_LAB_PAGE_EXPERIMENT_H
#define WIRETALE_PROGRAMS_LAB_PAGE_EXPERIMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "programs/lab_json.h"

/* All borrowed. */
struct lab_page_experiment {
	const struct lab_json_facts *facts;
	const char *script; /* the experiment's file, not terminated; NULL: there is none */
	size_t script_length;
	/* What the connections are called, by what the segments' meanings call them; 0: unknown */
	const uint32_t *numbers;
	size_t number_count;
};

void lab_page_experiment(struct text_builder *out, const struct lab_page_experiment *page);

#endif
