/* The command line of `wiretale trace`. */
#ifndef WIRETALE_PROGRAMS_TRACE_OPTIONS_H
#define WIRETALE_PROGRAMS_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "programs/command.h"
#include "programs/frame_set.h"
#include "tcp_flow/expectation.h"

enum trace_view {
	TRACE_VIEW_STORY,       /* the default */
	TRACE_VIEW_CONNECTIONS, /* --connections */
	TRACE_VIEW_STATS,       /* --stats */
	TRACE_VIEW_DETAIL,      /* --detail */
	TRACE_VIEW_FOLLOW,      /* --follow */
	TRACE_VIEW_NONE,        /* --expect or --write alone: nothing to look at */
};

struct trace_options {
	const char *path;        /* borrowed; "-": standard input; NULL with `interface` */
	const char *second_path; /* borrowed; the same connections from the other end; or NULL */
	const char *interface;   /* borrowed; -i, or NULL */
	const char *filter;      /* borrowed; --filter, or NULL */
	const char *write;       /* borrowed; --write, or NULL */
	const char *report;      /* borrowed; --report, or NULL */
	enum trace_view view;
	bool json;
	bool segments; /* the ladder under each story; with json a line for each */
	bool absolute; /* numbers as the wire has them */
	bool explain;
	bool hex;
	bool as_tshark;
	bool no_checksums;
	bool has_only;
	bool has_expect;
	size_t max_connections;    /* 0: the default */
	struct frame_set frames;   /* of --detail; none: all */
	uint64_t follow;           /* number of the connection */
	uint64_t frame_limit;      /* --count; 0: none */
	uint64_t time_limit_ms;    /* --for; 0: none */
	struct expectation only;   /* with has_only */
	struct expectation expect; /* with has_expect */
};

/* Its options; --help is not among them. */
extern const struct command_option trace_options_table[];

/* False: the command is over with *status; help or a sentence was printed. */
bool trace_options_read(const struct command *command, int argc, char **argv,
			struct trace_options *out, enum exit_status *status);

#endif
