/*
 * What both sides of one connection said, as a page carries it: the StreamPiece objects of
 * web/src/document/types.ts, with commas between them. What is over a ceiling is counted. One
 * thread.
 *
 *   page_stream_init(&stream, &budget);
 *   for each segment of the connection, in order: page_stream_segment(&stream, &facts, out);
 *   page_stream_end(&stream, out);
 *   page_stream_finish(&stream);
 */
#ifndef WIRETALE_REPORT_PAGE_STREAM_H
#define WIRETALE_REPORT_PAGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_flow/byte_stream.h"
#include "tcp_flow/segment_facts.h"

/* Shared by the conversations of one page. */
struct page_stream_budget {
	uint64_t left; /* bytes that may still be written; begins as PAGE_STREAMS_MAX_BYTES */
};

struct page_stream {
	struct byte_stream streams[2];     /* by enum tcp_side */
	struct page_stream_budget *budget; /* borrowed */
	uint64_t told[2];                  /* bytes of each side that were written */
	uint64_t left_out[2];              /* and that were not, for want of room */
	bool any;                          /* a piece was written: a comma comes before the next */
	struct text_builder *out;          /* borrowed for the call */
};

void page_stream_init(struct page_stream *stream, struct page_stream_budget *budget);
void page_stream_finish(struct page_stream *stream);

/* Appends the pieces that it makes readable, often none. */
void page_stream_segment(struct page_stream *stream, const struct segment_facts *segment,
			 struct text_builder *out);

/* No more segments will come: what waits beyond gaps is told. */
void page_stream_end(struct page_stream *stream, struct text_builder *out);

/* Bytes that it keeps beyond gaps. */
uint64_t page_stream_waiting(const struct page_stream *stream);

/* The StreamObject: pieces is what the calls above appended, in their order. To be written in two
 * parts where the pieces stand elsewhere. */
void page_stream_object_begin(struct text_builder *out, uint64_t connection);
void page_stream_object_end(struct text_builder *out, const uint64_t left_out[2]);

#endif
