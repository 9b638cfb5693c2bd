/*
 * `wiretale trace --segments` as text. Of a file each connection's ladder waits until the
 * connection is told, and has its lines put right by those behind them; live the lines of all come
 * as they happen.
 */
#ifndef WIRETALE_PROGRAMS_TRACE_LADDER_H
#define WIRETALE_PROGRAMS_TRACE_LADDER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/text_builder.h"
#include "programs/connection_messages.h"
#include "programs/ladder_spool.h"
#include "programs/trace_options.h"
#include "programs/trace_reading.h"
#include "report/ladder.h"

struct trace_ladder {
	struct ladder_style style;
	struct connection_messages *messages; /* owned */
	struct ladder_spool *spool;           /* owned; NULL: live, nothing waits */
	struct text_builder other; /* owned; lines as they will be if their cause changes */
	int error;                 /* -errno of the spool; 0 */
};

/* False: out of memory; trace_ladder_finish() is still to be called. */
bool trace_ladder_init(struct trace_ladder *ladder, const struct trace_options *options,
		       size_t columns, bool colour);
void trace_ladder_finish(struct trace_ladder *ladder);

/* A frame with a segment. Live, its lines are appended to `out`; else `out` is only used on the
 * way. */
void trace_ladder_segment(struct trace_ladder *ladder, const struct trace_frame *frame,
			  struct text_builder *out);

/* A connection is over: its heading is appended to `heading` where a ladder waits for it. */
void trace_ladder_heading(const struct trace_ladder *ladder,
			  const struct tcp_connection *connection, struct text_builder *heading);

/* Writes the ladder that waits, and forgets the connection. to: NULL: forgets only. */
void trace_ladder_connection(struct trace_ladder *ladder, const struct tcp_connection *connection,
			     FILE *to);

#endif
