/*
 * `wiretale trace --report FILE`: the page of what is read, beside whatever view there is. Fits
 * into a trace_reader.
 */
#ifndef WIRETALE_PROGRAMS_TRACE_PAGE_H
#define WIRETALE_PROGRAMS_TRACE_PAGE_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "programs/page_file.h"
#include "programs/trace_options.h"
#include "programs/trace_problems.h"
#include "programs/trace_reading.h"
#include "tcp_flow/tcp_tracker.h"

struct trace_page {
	const struct trace_options *options; /* borrowed */
	struct page_file *file;              /* owned; NULL unless --report */
	struct text_builder line;            /* owned; the object at hand */
	struct text_builder whole;           /* owned; the file's object */
};

/* Zeroed where there is no --report; all the others do nothing then. */
void trace_page_init(struct trace_page *page, const struct trace_options *options);
void trace_page_finish(struct trace_page *page);

/* Before the first frame. False: a sentence was printed. */
bool trace_page_open(struct trace_page *page);

/* A segment, of a connection that is or may be wanted. */
void trace_page_frame(struct trace_page *page, const struct trace_frame *frame);

/* A connection is over. */
void trace_page_connection(struct trace_page *page, const struct tcp_connection *connection,
			   bool wanted);

void trace_page_end(struct trace_page *page, const struct tcp_totals *totals,
		    const struct trace_problems *problems);

/* After the pass: writes the page. False: a sentence was printed. */
bool trace_page_write(struct trace_page *page);

#endif
