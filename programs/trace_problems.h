/* What could not be read, or was left out: sentences for the file's line and for standard error. */
#ifndef WIRETALE_PROGRAMS_TRACE_PROBLEMS_H
#define WIRETALE_PROGRAMS_TRACE_PROBLEMS_H

#include <stddef.h>

#define TRACE_PROBLEMS_MAX 16u /* sentences; more are counted in the last one */

struct trace_problems {
	char *sentences[TRACE_PROBLEMS_MAX]; /* owned */
	size_t count;
	size_t left_out;
};

void trace_problems_finish(struct trace_problems *problems);
void trace_problem(struct trace_problems *problems, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* When no more will come: says how many were left out. */
void trace_problems_close(struct trace_problems *problems);

#endif
