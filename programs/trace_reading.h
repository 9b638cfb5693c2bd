/* One pass over a capture: read, decode, follow; whoever wants to see the parts is called. */
#ifndef WIRETALE_PROGRAMS_TRACE_READING_H
#define WIRETALE_PROGRAMS_TRACE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_file.h"
#include "packet/header_trail.h"
#include "programs/trace_options.h"
#include "programs/trace_problems.h"
#include "report/dissection.h"
#include "tcp_flow/tcp_tracker.h"

/* A frame, and what came of it. Borrowed for the call. */
struct trace_frame {
	const struct captured_frame *captured;
	const struct packet *packet;
	const struct header_trail *trail;        /* NULL unless the reader wants trails */
	const struct segment_facts *segment;     /* NULL: the frame holds no segment */
	const struct tcp_connection *connection; /* NULL with it */
};

/* The same for those who take it apart. Borrows what the frame does. */
static inline struct frame_view trace_frame_view(const struct trace_frame *frame)
{
	return (struct frame_view){
		.frame = frame->captured,
		.packet = frame->packet,
		.trail = frame->trail,
		.segment = frame->segment,
		.connection = frame->connection,
	};
}

struct trace_reader {
	/* Each may be NULL. False ends the pass. */
	bool (*frame)(void *context, const struct trace_frame *frame);
	/* Live: the interface is open, and privileges were given up. A sentence was printed where
	 * it gives false. */
	bool (*opened)(void *context);
	/* interface: the file knows one more, before the first frame of it. */
	bool (*interface)(void *context, const struct capture_interface *interface);
	void (*connection)(void *context, const struct tcp_connection *connection);
	/* The end: before the tracker goes. The problems are complete. */
	void (*end)(void *context, const struct tcp_totals *totals,
		    const struct trace_problems *problems);
	void *context;
	unsigned tracker_flags; /* TRACKER_* besides what the options ask for */
	bool shows_progress;
	bool wants_trails; /* slower */
	/* So many frames, and signals end nothing: of what another pass has read as far as that. */
	bool is_limited;
	uint64_t frames_max;
	uint64_t *frames_read; /* is told how many were; may be NULL */
};

enum trace_result {
	TRACE_READ,    /* to the end */
	TRACE_DAMAGED, /* as far as it can be read */
	TRACE_STOPPED, /* a callback said so */
	TRACE_FAILED,  /* nothing was read; a sentence was printed */
	TRACE_LACKING, /* the same, as this machine or user may not do it */
	TRACE_REFUSED, /* the filter is wrong; a sentence was printed */
};

/* path: what to open, where it is not options->path itself. Ends early as trace_interrupt.h says:
 * TRACE_READ, and a problem tells it. */
enum trace_result trace_read(const struct trace_options *options, const char *path,
			     const struct trace_reader *reader);

#endif
