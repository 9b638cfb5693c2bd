/*
 * Several pieces of work, each in a process of its own, a few at a time: the namespaces of a lab
 * are made by changing the process that makes them. A worker writes to its standard output, which
 * is a file without a name, and leaves an outcome in memory that it shares with us; results are
 * handed out in the order of the pieces. When we end, however that is, the workers do: the pipe
 * that tells them to stop is held open by us alone. For the main thread, while it is the only one.
 */
#ifndef WIRETALE_PROGRAMS_LAB_WORKERS_H
#define WIRETALE_PROGRAMS_LAB_WORKERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/page_index.h"

enum lab_verdict {
	LAB_NOTHING_SAID, /* the worker went down before it could say */
	LAB_PASSED,
	LAB_FAILED,
	LAB_NOT_POSSIBLE, /* this machine gives us no lab */
	LAB_STOPPED,      /* the user ended it */
};

#define LAB_OUTCOME_BYTES 512u

struct lab_outcome {
	enum lab_verdict verdict;
	int64_t duration_ns;
	char what[LAB_OUTCOME_BYTES];   /* FAILED: the first thing that did; NOT_POSSIBLE: why;
					   PASSED: "", or what is worth a line */
	char advice[LAB_OUTCOME_BYTES]; /* NOT_POSSIBLE: what to do */
	bool has_page;                  /* its page was written: */
	char page_said[2 * LAB_OUTCOME_BYTES];   /* what there is to say of it: lines */
	struct page_index_connection connection; /* what the index of pages says of the first */
};

/* What a worker is given. */
struct lab_worker {
	int stop_fd;                 /* readable: it is to end */
	struct lab_outcome *outcome; /* to be filled */
	atomic_uint *progress;       /* any number that says how far it is; 0 before it began */
};

/* How a worker ended, for those that said nothing. */
struct lab_worker_end {
	bool late;  /* it was killed at its limit */
	int signal; /* that ended it; 0: it exited with `status` */
	int status;
};

struct lab_work {
	size_t count;
	unsigned jobs; /* at a time; at least 1 */
	void *context;
	/* In the worker, which ends behind it. Its standard input is empty. */
	void (*work)(void *context, size_t i, const struct lab_worker *self);
	/* How long it may take, as the last resort. */
	uint64_t (*limit_ns)(void *context, size_t i);
	/*
	 * Each that was started, once, in order, as soon as those before it are done. output is at
	 * its beginning; the callee closes it. False: no more are wanted.
	 */
	bool (*done)(void *context, size_t i, const struct lab_outcome *outcome,
		     const struct lab_worker_end *end, FILE *output);
	/* About ten times a second; what runs at the moment is told. May be NULL. */
	void (*look)(void *context, size_t finished, const size_t *running,
		     const unsigned *progress, size_t running_count);
};

enum lab_work_result {
	LAB_WORK_DONE,
	LAB_WORK_UNWANTED,    /* `done` wanted no more */
	LAB_WORK_INTERRUPTED, /* the user ended it */
	LAB_WORK_BROKE,       /* out of processes, descriptors, memory: errno is set */
};

/* Nothing of the workers is left when it returns. */
enum lab_work_result lab_work_do(const struct lab_work *work);

#endif
