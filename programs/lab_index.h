/*
 * index.html of a folder of `lab run --report`: it leads to the pages of this run, and to those of
 * earlier runs that are still there. One thread.
 */
#ifndef WIRETALE_PROGRAMS_LAB_INDEX_H
#define WIRETALE_PROGRAMS_LAB_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "programs/lab_pages.h"
#include "programs/lab_workers.h"
#include "tcp_lab/experiment.h"

/* What became of an experiment; told: it was run. */
struct lab_index_row {
	const struct experiment *experiment; /* borrowed */
	struct lab_outcome outcome;
	bool told;
};

/*
 * Writes it and says so; where the pages go into no folder it has nothing to do. rows: count of
 * them, borrowed. False: it was not written, a sentence was printed.
 */
bool lab_index_write(const struct lab_pages *pages, const struct lab_index_row *rows, size_t count);

#endif
