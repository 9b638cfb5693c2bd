/*
 * One experiment from beginning to end, in a worker of its own: run it, follow its connections,
 * judge, and write all that is to be shown of it to standard output.
 */
#ifndef WIRETALE_PROGRAMS_LAB_TRIAL_H
#define WIRETALE_PROGRAMS_LAB_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "programs/lab_workers.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_world.h"

/* All borrowed. */
struct lab_trial {
	const struct experiment *experiment;
	uint64_t seed;
	bool full;
	enum lab_backend backend;
	uint64_t limit_ns; /* 0: the experiment's own */
	bool goes_on;      /* `try`: when the limit comes that is no failure */
	const char *tool_folder;
	bool scores; /* a struct lab_score is written, nothing else */
	bool json;
	bool segments;
	bool brief; /* no ladders */
	bool colour;
	size_t columns;
	size_t ladder_columns;
	const char *save; /* a folder that exists; NULL: nothing is saved */
	const char *page; /* the file of its page; NULL: none is wanted */
	const char *page_title;
	const char *page_index; /* the file beside it that leads to it; NULL: none */
	const char *script;     /* the experiment's file, for its page; NULL: there is none */
	size_t script_length;
};

/* self->progress: the number of the step that it has come to, from 1. */
void lab_trial_run(const struct lab_trial *how, const struct lab_worker *self);

#endif
