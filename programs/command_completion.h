/* What completes command lines in a shell, from the tables of all commands. */
#ifndef WIRETALE_PROGRAMS_COMMAND_COMPLETION_H
#define WIRETALE_PROGRAMS_COMMAND_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "programs/command.h"

#define COMMAND_COMPLETION_MAX_BYTES ((size_t)256 * 1024)

struct completion_programs {
	const struct command *wiretale;        /* borrowed; what stands before a command */
	const struct command *wiretaled;       /* borrowed */
	const struct command *const *commands; /* borrowed */
	size_t count;
};

/* A script for both programs. False: `shell` is none of bash, zsh and fish. */
bool command_completion_append(struct text_builder *out, const char *shell,
			       const struct completion_programs *programs);

#endif
