/* A command of `wiretale`: one row of the table in wiretale.c, one file. */
#ifndef WIRETALE_PROGRAMS_COMMAND_H
#define WIRETALE_PROGRAMS_COMMAND_H

#include <stdbool.h>

#include "programs/command_option.h"

/* Exit statuses; every command's help names them. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_NOT_DONE = 1,    /* what was asked for did not happen */
	EXIT_USAGE = 2,       /* the command line is wrong */
	EXIT_ENVIRONMENT = 3, /* this machine lacks something */
};

/*
 * Everything that --help, the man page and the completions say of it. Texts are paragraphs:
 * an empty line parts them, other line ends are blanks (they are wrapped for the screen); lines
 * that begin with two blanks stay as they are.
 */
struct command {
	const char *name;
	bool is_program;     /* wiretaled: stands alone, and has no `wiretale` before its name */
	const char *summary; /* one line */
	const char
		*usage; /* what stands behind the name: "[OPTION]... FILE"; several: one a line */
	const char *about;                         /* what it does */
	const struct command_option *options;      /* own ones; ended by a row with key 0 */
	const struct command_option *more_options; /* shared ones; NULL: none */
	const char *notes;                         /* behind the options; NULL: none */
	const char
		*examples; /* one command a line, a sentence behind two blanks and # ; NULL: none */
	const char *statuses;      /* NULL: the usual sentence about exit statuses */
	enum value_kind operands;  /* what a shell offers for them */
	const char *operand_words; /* of VALUE_WORDS */
	enum exit_status (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command command_chat;
extern const struct command command_time;
extern const struct command command_name;
extern const struct command command_list;
extern const struct command command_rooms;
extern const struct command command_send;
extern const struct command command_listen;
extern const struct command command_ping;
extern const struct command command_bench;
extern const struct command command_trace;
extern const struct command command_lab;
extern const struct command command_states;
extern const struct command command_socket;

#endif
