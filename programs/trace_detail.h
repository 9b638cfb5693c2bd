/* `wiretale trace --detail`: the chosen frames, every field of every header. */
#ifndef WIRETALE_PROGRAMS_TRACE_DETAIL_H
#define WIRETALE_PROGRAMS_TRACE_DETAIL_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "programs/connection_messages.h"
#include "programs/trace_options.h"
#include "programs/trace_reading.h"
#include "report/detail_text.h"

struct trace_detail {
	const struct trace_options *options;  /* borrowed */
	struct connection_messages *messages; /* owned */
	struct explanation_memory memory;
	struct detail_style style;
	uint64_t shown; /* frames */
};

/* False: out of memory. columns: of the screen. */
bool trace_detail_init(struct trace_detail *detail, const struct trace_options *options,
		       size_t columns, bool colour);
void trace_detail_finish(struct trace_detail *detail);

/* Appends what is to be printed of it, nothing where it was not chosen. Every frame of the file
 * must come, in its order: a message may have begun before those that are chosen. */
void trace_detail_frame(struct trace_detail *detail, const struct trace_frame *frame, bool selected,
			struct text_builder *out);
void trace_detail_connection(struct trace_detail *detail, const struct tcp_connection *connection);

/* No frame that is still to come was chosen. */
bool trace_detail_is_over(const struct trace_detail *detail, uint64_t frame);

#endif
