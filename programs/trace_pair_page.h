/*
 * The page of two captures: the connections that both have, as the capture nearer to the client has
 * them, each segment with the times of both ends on one clock, and what the other capture alone
 * has. Both are read once more for it. One thread.
 *
 *   page = trace_pair_page_create(path, &pair);
 *   read the capture trace_pair_page_first() with `frame` and `connection`, then the other one:
 *           trace_pair_page_frame(page, capture, frame)
 *           trace_pair_page_connection(page, capture, connection)
 *   trace_pair_page_write(page, title, objects);
 *   trace_pair_page_destroy(page);
 */
#ifndef WIRETALE_PROGRAMS_TRACE_PAIR_PAGE_H
#define WIRETALE_PROGRAMS_TRACE_PAIR_PAGE_H

#include <stdbool.h>

#include "programs/trace_reading.h"
#include "tcp_flow/capture_pair.h"

struct trace_pair_page;

/* pair: judged; both borrowed. NULL: a sentence was printed. */
struct trace_pair_page *trace_pair_page_create(const char *path, const struct capture_pair *pair);
void trace_pair_page_destroy(struct trace_pair_page *page); /* may be NULL */

/* The capture whose frames and connections the page counts by: the one nearer to the client, of
 * most connections. */
unsigned trace_pair_page_first(const struct trace_pair_page *page);

void trace_pair_page_frame(struct trace_pair_page *page, unsigned capture,
			   const struct trace_frame *frame);
void trace_pair_page_connection(struct trace_pair_page *page, unsigned capture,
				const struct tcp_connection *connection);

/* objects: the lines of JSON about the pair, with commas between them. False: a sentence was
 * printed. */
bool trace_pair_page_write(struct trace_pair_page *page, const char *title, const char *objects);

#endif
