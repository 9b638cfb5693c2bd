/*
 * A page of --report on its way into its file. Connections, segments, frames and conversations come
 * as they come and wait in temporary files without names; the page is put together at the end and
 * takes its name only when it is whole. Sentences go to standard error. One thread.
 *
 *   if (!page_file_possible("trace")) exit with EXIT_ENVIRONMENT
 *   page = page_file_open("trace", "out.html");
 *   for each segment that is to be in it, in order:
 *           if (page_file_admits(page, number))
 *                   page_file_wants_segment(page, number): make `line`, else NULL
 *                   page_file_segment(page, &view, line);
 *   for each connection that is over: page_file_connection(), or page_file_forget()
 *   page_file_write(page, &heading, advice);
 *   page_file_destroy(page);
 *
 * Ceilings are those of report/page_limits.h: the first connections, and the first segments of
 * them, stay.
 */
#ifndef WIRETALE_PROGRAMS_PAGE_FILE_H
#define WIRETALE_PROGRAMS_PAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "report/dissection.h"
#include "report/page_document.h"

struct page_file;

/* This program has the page in it. False: a sentence was printed, which says how to get it; the
 * status is EXIT_ENVIRONMENT. command: "trace", "lab". */
bool page_file_possible(const char *command);

/* Makes a file beside the one of that name, which may be there and is replaced at the end. NULL: a
 * sentence was printed. */
struct page_file *page_file_open(const char *command, const char *path);

/*
 * The same for those who run beside others, whose sentences would stand between theirs: nothing is
 * printed; what page_file_write() has to say is kept. NULL: errno says why.
 */
struct page_file *page_file_open_hushed(const char *command, const char *path);
/* That: sentences, with newlines between them; "": none. Of a failure no sentence: what and why. */
const char *page_file_said(const struct page_file *page);

/* What was not written is gone, and no file of ours stays; may be NULL. */
void page_file_destroy(struct page_file *page);

/* Is there room for the connection: it is there already, or one more fits. Numbers must come in
 * ascending order when they come for the first time. */
bool page_file_admits(struct page_file *page, uint64_t connection);

/* Frames' trails (packet_decode_trail()) are still of use. A segment that comes without one where
 * they are has no frame of its own, as the copy of another. */
bool page_file_wants_trails(const struct page_file *page);

/* A segment of the connection will have a place in the page: its object is worth being made. */
bool page_file_wants_segment(const struct page_file *page, uint64_t connection);

/*
 * A segment of a connection that is admitted: view->segment and view->connection are there;
 * view->frame, packet and trail where its frame is to be taken apart. Messages are found here, the
 * view needs none. line: its object, as trace_json_segment() writes it or with more in it;
 * `carries` is added here, so it is changed. NULL: only its part of the conversation is taken, as
 * there is no room for the segment. All segments of the connection must come, in their order.
 *
 * page_file_segment_of() is for those whose number is another than view->connection->number (a
 * lab's).
 */
void page_file_segment(struct page_file *page, const struct frame_view *view,
		       struct text_builder *line);
void page_file_segment_of(struct page_file *page, uint64_t connection,
			  const struct frame_view *view, struct text_builder *line);

/*
 * A segment of an admitted connection that another capture has: its bytes are no part of the
 * conversation as it was captured here. The view needs frame, packet and trail.
 */
void page_file_segment_aside(struct page_file *page, uint64_t connection,
			     const struct frame_view *view, struct text_builder *line);

/* When the segment that came last was sent: all are put in this order, where any has such a time.
 */
void page_file_sent(struct page_file *page, int64_t at_ns);

/* A connection is over. json: its object; segments: how many it has in all, in the page or not;
 * stream_bytes: of both sides, as their ends count them. */
struct page_connection {
	uint64_t number;
	const char *json;
	size_t json_length;
	uint64_t segments;
	uint64_t stream_bytes[2]; /* by enum tcp_side */
};

void page_file_connection(struct page_file *page, const struct page_connection *connection);

/* A connection is over that is not to be in the page: its segments go. */
void page_file_forget(struct page_file *page, uint64_t number);

/*
 * Puts the page together. advice: how to choose what goes in, a sentence behind the one that tells
 * what was left out; NULL. Tells "page written: ...". False: it was not, a sentence was printed.
 */
bool page_file_write(struct page_file *page, const struct page_heading *heading,
		     const char *advice);

#endif
