/* What `wiretale trace` prints: stories, ladders, tables, totals, details, a conversation, JSON. */
#ifndef WIRETALE_PROGRAMS_TRACE_VIEW_H
#define WIRETALE_PROGRAMS_TRACE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text_builder.h"
#include "programs/trace_detail.h"
#include "programs/trace_follow.h"
#include "programs/trace_ladder.h"
#include "programs/trace_options.h"
#include "programs/trace_problems.h"
#include "report/story.h"
#include "tcp_flow/tcp_tracker.h"

struct trace_view_state {
	const struct trace_options *options; /* borrowed */
	const char *name;                    /* borrowed; of the file */
	struct story_style style;
	struct text_builder line;   /* owned; what is being written */
	struct text_builder json;   /* owned; a connection's line, to hold it against terms */
	FILE *stories;              /* owned; they wait here for the summary, which comes first;
				       NULL: they do not wait */
	struct trace_ladder ladder; /* of --segments as text */
	struct trace_detail detail; /* of --detail */
	struct trace_follow follow; /* of --follow */
	bool failed;                /* standard output takes no more */
	int error;                  /* errno of that */
	uint64_t shown;             /* connections that --only let through */
	uint64_t expected;          /* of them, those that are as --expect says */
};

/* False: a sentence was printed. */
bool trace_view_init(struct trace_view_state *view, const struct trace_options *options);
void trace_view_finish(struct trace_view_state *view);

/* Does this view look at frames, and at their headers? */
bool trace_view_wants_frames(const struct trace_view_state *view);
bool trace_view_wants_trails(const struct trace_view_state *view);

/* A frame of the pass, all in their order. selected: its connection is one of those to be shown.
 * False: no frame that is still to come will be looked at. */
bool trace_view_frame(struct trace_view_state *view, const struct trace_frame *frame,
		      bool selected);
void trace_view_connection(struct trace_view_state *view, const struct tcp_connection *connection);
/* What waits in buffers goes out, for passes that were ended early. */
void trace_view_flush(struct trace_view_state *view);
void trace_view_end(struct trace_view_state *view, const struct tcp_totals *totals,
		    const struct trace_problems *problems);

/* The status of a view that looks for something, after the pass. A sentence was printed. */
enum exit_status trace_view_status(const struct trace_view_state *view);

/* Does --only let it through? */
bool trace_view_selects(struct trace_view_state *view, const struct tcp_connection *connection);

#endif
