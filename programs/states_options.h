/* The command line of `wiretale states`. */
#ifndef WIRETALE_PROGRAMS_STATES_OPTIONS_H
#define WIRETALE_PROGRAMS_STATES_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "programs/command.h"

enum states_view {
	STATES_TABLE,
	STATES_DIAGRAM, /* --diagram */
	STATES_GROUPS,  /* --by */
	STATES_LIST,    /* --list, --info */
};

enum states_by {
	STATES_BY_PORT,
	STATES_BY_PEER,
	STATES_BY_PROGRAM,
};

struct states_options {
	enum states_view view;
	enum states_by by; /* of STATES_GROUPS */
	bool json;
	bool info;         /* --info */
	bool watch;        /* --watch */
	uint64_t every_ms; /* of --watch */
	uint32_t states;   /* bits 1 << enum tcp_state: those asked for */
	uint16_t port;     /* 0: all */
};

extern const struct command_option states_option_table[];

/* False: the command is over with *status; help or a sentence was printed. */
bool states_options_read(const struct command *command, int argc, char **argv,
			 struct states_options *out, enum exit_status *status);

#endif
