/* One pass over a capture: read, decode, follow; whoever wants to see the parts is called. */
#ifndef WIRETALE_PROGRAMS_TRACE_READING_H
#define WIRETALE_PROGRAMS_TRACE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_file.h"
#include "programs/trace_options.h"
#include "programs/trace_problems.h"
#include "tcp_flow/tcp_tracker.h"

struct trace_reader {
	/*
	 * Each may be NULL. False ends the pass. segment and connection are NULL where the frame
	 * holds no segment.
	 */
	bool (*frame)(void *context, const struct captured_frame *frame,
		      const struct segment_facts *segment, const struct tcp_connection *connection);
	/* interface: the file knows one more, before the first frame of it. */
	bool (*interface)(void *context, const struct capture_interface *interface);
	void (*connection)(void *context, const struct tcp_connection *connection);
	/* The end: before the tracker goes. The problems are complete. */
	void (*end)(void *context, const struct tcp_totals *totals,
		    const struct trace_problems *problems);
	void *context;
	unsigned tracker_flags; /* TRACKER_* besides what the options ask for */
	bool shows_progress;
};

enum trace_result {
	TRACE_READ,    /* to the end */
	TRACE_DAMAGED, /* as far as it can be read */
	TRACE_STOPPED, /* a callback said so */
	TRACE_FAILED,  /* nothing was read; a sentence was printed */
	TRACE_REFUSED, /* the filter is wrong; a sentence was printed */
};

/* path: what to open, where it is not options->path itself. */
enum trace_result trace_read(const struct trace_options *options, const char *path,
			     const struct trace_reader *reader);

#endif
