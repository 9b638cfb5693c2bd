/* The command line of `wiretale trace`. */
#ifndef WIRETALE_PROGRAMS_TRACE_OPTIONS_H
#define WIRETALE_PROGRAMS_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "programs/command.h"
#include "tcp_flow/expectation.h"

enum trace_view {
	TRACE_VIEW_STORY,       /* the default */
	TRACE_VIEW_CONNECTIONS, /* --connections */
	TRACE_VIEW_STATS,       /* --stats */
	TRACE_VIEW_NONE,        /* --expect or --write alone: nothing to look at */
};

struct trace_options {
	const char *path;   /* borrowed; "-": standard input */
	const char *filter; /* borrowed; --filter, or NULL */
	const char *write;  /* borrowed; --write, or NULL */
	enum trace_view view;
	bool json;
	bool segments;
	bool as_tshark;
	bool no_checksums;
	bool has_only;
	bool has_expect;
	size_t max_connections;    /* 0: the default */
	struct expectation only;   /* with has_only */
	struct expectation expect; /* with has_expect */
};

/* False: the command is over with *status; help or a sentence was printed. */
bool trace_options_read(const struct command *command, int argc, char **argv,
			struct trace_options *out, enum exit_status *status);

#endif
