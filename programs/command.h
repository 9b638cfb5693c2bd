/* A command of `wiretale`: one row of the table in wiretale.c, one file. */
#ifndef WIRETALE_PROGRAMS_COMMAND_H
#define WIRETALE_PROGRAMS_COMMAND_H

/* Exit statuses; every command's help names them. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_NOT_DONE = 1,    /* what was asked for did not happen */
	EXIT_USAGE = 2,       /* the command line is wrong */
	EXIT_ENVIRONMENT = 3, /* this machine lacks something */
};

struct command {
	const char *name;
	const char *summary; /* one line */
	const char *help;    /* what --help prints: usage, options, examples */
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

#endif
