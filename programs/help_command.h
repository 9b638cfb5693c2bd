/* `wiretale help`: what a command does, and what the man pages and the shells are told of it. */
#ifndef WIRETALE_PROGRAMS_HELP_COMMAND_H
#define WIRETALE_PROGRAMS_HELP_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "programs/command.h"

/* The program as a whole: what stands before a command, and what is said without one. */
extern const struct command wiretale_itself;

extern const struct command command_help;

/* All of them, in the order in which help tells them; in wiretale.c. */
const struct command *const *wiretale_commands(size_t *count);

/* NULL: there is none of that name. */
const struct command *wiretale_find_command(const char *name);

/* "There is no command ...", on standard error. */
enum exit_status wiretale_refuse_command(const char *name);

/* What `wiretale --help` prints. */
void wiretale_help_print(FILE *file);

#endif
