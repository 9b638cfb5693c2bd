/*
 * What every pass over frames does with each of them, from wherever they come: decode, follow, tell
 * the reader. One thread.
 *
 *   if (trace_pass_init(&pass, options, reader, "lo"))
 *           while (frames come) trace_pass_frame(&pass, &frame) ...
 *           trace_pass_end(&pass);
 *   trace_pass_finish(&pass);
 */
#ifndef WIRETALE_PROGRAMS_TRACE_PASS_H
#define WIRETALE_PROGRAMS_TRACE_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "programs/trace_reading.h"

struct trace_pass {
	const struct trace_reader *reader; /* borrowed */
	const char *name;                  /* borrowed; of the source, for people */
	struct packet_decoder *decoder;    /* owned */
	struct tcp_tracker *tracker;       /* owned; NULL where nothing was opened */
	struct trace_problems problems;
	struct packet packet; /* these three: of the frame at hand */
	struct header_trail trail;
	struct segment_facts facts;
	const struct tcp_connection *connection; /* borrowed; NULL: the frame holds no segment */
};

/* False: a sentence was printed; trace_pass_finish() is still to be called. */
bool trace_pass_init(struct trace_pass *pass, const struct trace_options *options,
		     const struct trace_reader *reader, const char *name);

/* False: a callback has had enough. */
bool trace_pass_frame(struct trace_pass *pass, const struct captured_frame *frame);

/* No more frames: hands out what is open, and says what the tracker had to forget. */
void trace_pass_conclude(struct trace_pass *pass);

/* The reader's last callback, with the totals and all problems. */
void trace_pass_end(struct trace_pass *pass);
void trace_pass_finish(struct trace_pass *pass);

#endif
