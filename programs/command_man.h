/* A command's man page from its table, in the format of scdoc(5). */
#ifndef WIRETALE_PROGRAMS_COMMAND_MAN_H
#define WIRETALE_PROGRAMS_COMMAND_MAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "programs/command.h"

#define MAN_PROBLEM_BYTES 128

/* What the page of the program as a whole lists. */
struct man_commands {
	const struct command *const *commands; /* borrowed */
	size_t count;
};

/*
 * The page of a command. Lines of `template` that are one of these alone are replaced; NULL: a page
 * that is made of all of them.
 *
 *   @HEAD@      the page's name and section          @OPTIONS@   a list of the options
 *   @NAME@      "wiretale-time - the server's time"  @NOTES@     command.notes
 *   @SYNOPSIS@  lines of usage                       @EXAMPLES@  commands and remarks
 *   @ABOUT@     command.about                        @STATUSES@  a list of the exit statuses
 *   @COMMANDS@  a list of `all`, which may be NULL
 *
 * False: the template has another such line, and `problem` a sentence without its full stop.
 */
bool command_man_append(struct text_builder *out, const struct command *command,
			const char *template, const struct man_commands *all,
			char problem[MAN_PROBLEM_BYTES]);

#endif
