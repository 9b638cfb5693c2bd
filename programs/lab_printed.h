/* The lines that a program printed, one by one, each with the time it came. Pure. One thread. */
#ifndef WIRETALE_PROGRAMS_LAB_PRINTED_H
#define WIRETALE_PROGRAMS_LAB_PRINTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/lab_record.h"

struct lab_printed_line {
	int64_t at_ns;    /* its first byte's, since the run's beginning */
	bool untimed;     /* it came then or later: when was not kept */
	const char *text; /* borrowed from the program; without its end */
	size_t length;
};

/* Where one has got to. */
struct lab_printed {
	const struct lab_program_result *program; /* borrowed */
	const int64_t *typed_ns; /* borrowed; when lines were typed to it, by time */
	size_t typed_count;
	size_t at; /* in its output */
	size_t mark;
	size_t typed; /* those before it are not behind `at` */
};

/* A line also ends where something was typed before it went on, as behind a prompt. */
struct lab_printed lab_printed_begin(const struct lab_program_result *program,
				     const int64_t *typed_ns, size_t typed_count);

/* False: there is no more. */
bool lab_printed_next(struct lab_printed *printed, struct lab_printed_line *out);

#endif
