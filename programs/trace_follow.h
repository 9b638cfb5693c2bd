/*
 * `wiretale trace --follow N`: the conversation of one connection. Fits into a trace_reader:
 *
 *   trace_follow_init(&follow, options, columns, colour, write, context);
 *   reader.frame: trace_follow_frame(), false once trace_follow_is_over()
 *   reader.connection: trace_follow_connection()
 *   trace_follow_status() after the pass
 *   trace_follow_finish(&follow);
 */
#ifndef WIRETALE_PROGRAMS_TRACE_FOLLOW_H
#define WIRETALE_PROGRAMS_TRACE_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "programs/trace_options.h"
#include "programs/trace_reading.h"
#include "report/follow_text.h"
#include "tcp_flow/byte_stream.h"

struct trace_follow {
	const struct trace_options *options; /* borrowed */
	struct byte_stream streams[2];       /* by enum tcp_side */
	struct follow_text text;
	uint64_t connections; /* that came by so far */
	bool found;           /* the connection has come */
	bool over;            /* and has been told to its end */
};

/* columns: of the screen; write: where it goes, with its context. */
void trace_follow_init(struct trace_follow *follow, const struct trace_options *options,
		       size_t columns, bool colour, follow_writer write, void *context);
void trace_follow_finish(struct trace_follow *follow);

/* A frame, whichever; what belongs to the connection is written. */
void trace_follow_frame(struct trace_follow *follow, const struct trace_frame *frame);

/* A connection is over, whichever. */
void trace_follow_connection(struct trace_follow *follow, const struct tcp_connection *connection);

/* All of it was written: the rest of the file has nothing more. */
bool trace_follow_is_over(const struct trace_follow *follow);

/* A sentence is printed where there is no such connection, or not all of it could be told. */
enum exit_status trace_follow_status(const struct trace_follow *follow);

#endif
