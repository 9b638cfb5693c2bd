/* What `wiretale trace` prints: the story, the table, the totals, or JSON. */
#ifndef WIRETALE_PROGRAMS_TRACE_VIEW_H
#define WIRETALE_PROGRAMS_TRACE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text_builder.h"
#include "programs/trace_options.h"
#include "programs/trace_problems.h"
#include "report/story.h"
#include "tcp_flow/tcp_tracker.h"

struct trace_view_state {
	const struct trace_options *options; /* borrowed */
	const char *name;                    /* borrowed; of the file */
	struct story_style style;
	struct text_builder line; /* owned; what is being written */
	struct text_builder json; /* owned; a connection's line, to hold it against terms */
	FILE *stories;            /* owned; they wait here for the summary, which comes first */
	bool failed;              /* standard output takes no more */
	int error;                /* errno of that */
	uint64_t shown;           /* connections that --only let through */
	uint64_t expected;        /* of them, those that are as --expect says */
};

/* False: a sentence was printed. */
bool trace_view_init(struct trace_view_state *view, const struct trace_options *options);
void trace_view_finish(struct trace_view_state *view);

void trace_view_segment(struct trace_view_state *view, const struct segment_facts *segment,
			const struct tcp_connection *connection);
void trace_view_connection(struct trace_view_state *view, const struct tcp_connection *connection);
void trace_view_end(struct trace_view_state *view, const struct tcp_totals *totals,
		    const struct trace_problems *problems);

/* Does --only let it through? */
bool trace_view_selects(struct trace_view_state *view, const struct tcp_connection *connection);

#endif
