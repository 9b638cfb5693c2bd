/*
 * Where `--report` puts the pages of a run: one experiment's into a file; into a folder, where it
 * is one or where several are run, a page of each, and the index that leads to them (lab_index.h).
 * One thread.
 */
#ifndef WIRETALE_PROGRAMS_LAB_PAGES_H
#define WIRETALE_PROGRAMS_LAB_PAGES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "programs/command.h"
#include "programs/lab_workers.h"

#define LAB_PAGES_INDEX "index" /* its name; no experiment's page may have it */
#define LAB_PAGES_ENDING ".html"

struct lab_pages {
	const char *where; /* borrowed; NULL: no pages are wanted */
	bool is_folder;
};

/*
 * Before anything is run. several: experiments. EXIT_DONE: go on; a missing folder was made. Else a
 * sentence was printed.
 */
enum exit_status lab_pages_prepare(const char *where, bool several, struct lab_pages *out);

/* The file of an experiment's page. False: its name is too long, and stands in part. */
bool lab_pages_path(const struct lab_pages *pages, const char *name, char out[PATH_MAX]);

/* What there is to say of a page. Of several the index is told, and of the pages only what they
 * have no room for. */
void lab_pages_say(const struct lab_pages *pages, const struct lab_outcome *outcome);

#endif
