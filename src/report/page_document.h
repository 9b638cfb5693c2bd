/*
 * The frame of a page's document (web/src/document/types.ts); who puts a page together writes:
 *
 *   page_document_begin()            {"type":"report", ... "file":{...}
 *   page_document_array("segments")  ,"segments":[      then objects with commas between
 *   page_document_array_end()        ]                  ... all arrays of PAGE_ARRAYS
 *   page_document_end()              ,"left_out":{...}}
 *
 * All of it goes through page_escape() on its way into the page. Any thread.
 */
#ifndef WIRETALE_REPORT_PAGE_DOCUMENT_H
#define WIRETALE_REPORT_PAGE_DOCUMENT_H

#include <stdint.h>

#include "base/text_builder.h"

struct page_heading {
	const char *program; /* "wiretale 0.1.0" */
	int64_t created_ns;  /* since 1970 */
	const char *title;   /* the file's name as it is, an experiment's title */
	const char *source;  /* "trace", "live", "pair", "lab", "try" */
	const char *index;   /* the name of the file beside it that leads to all; NULL: none */
	/* JSON, each NULL where there is none: */
	const char *file;       /* an object */
	const char *experiment; /* an object */
	const char *pair;       /* objects with commas between them */
};

/* What is not in the page; 0: nothing of the kind. */
struct page_left_out {
	uint64_t connections;
	uint64_t segments;
	uint64_t frames;       /* of segments that are in the page */
	uint64_t bytes;        /* of frames' ends */
	uint64_t stream_bytes; /* of conversations */
};

void page_document_begin(struct text_builder *out, const struct page_heading *heading);
void page_document_array(struct text_builder *out, const char *name);
void page_document_array_end(struct text_builder *out);
void page_document_end(struct text_builder *out, const struct page_left_out *left_out);

#endif
