/* Experiments by name or file: their text, read and parsed, or the sentence why not. */
#ifndef WIRETALE_PROGRAMS_LAB_SOURCE_H
#define WIRETALE_PROGRAMS_LAB_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "programs/command.h"
#include "tcp_lab/experiment.h"

struct lab_source {
	const char
		*given;   /* borrowed; as the command line, or the list of those built in, has it */
	const char *name; /* borrowed; without folder and ending; not terminated */
	size_t name_length;
	bool is_file;
	const char *text; /* not terminated; borrowed from the program, or `owned` */
	size_t length;
	char *owned; /* of a file; else NULL */
};

/*
 * A file where the word has a slash or ends in ".lab", else one that is built in. Anything else
 * than EXIT_DONE: a sentence was printed, *out is empty.
 */
enum exit_status lab_source_open(const char *word, struct lab_source *out);
/* The built-in one of that number, from 0. */
void lab_source_of_builtin(size_t i, struct lab_source *out);
void lab_source_finish(struct lab_source *source);

/* NULL: "wiretale: FILE:LINE: sentence" was printed. */
struct experiment *lab_source_parse(const struct lab_source *source);

#endif
