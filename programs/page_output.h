/*
 * The JSON of a page on its way into the page's file: put together in `text`, piece by piece, and
 * escaped for the script elements that it stands in. These are several where it is long: some
 * browsers (WebKitGTK 2.50) take minutes over a text of 30 MB in one element, and no time over the
 * same in many. One thread.
 *
 *   page_output_init(&output, file);
 *   text_append(&output.text, ...), page_output_flush(&output);
 *   page_output_array(&output, "segments", spool);
 *   page_output_finish(&output);
 */
#ifndef WIRETALE_PROGRAMS_PAGE_OUTPUT_H
#define WIRETALE_PROGRAMS_PAGE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text_builder.h"
#include "programs/page_spool.h"
#include "report/page_texts.h"

struct page_output {
	FILE *file;                  /* borrowed; whether all was written, its owner asks */
	struct text_builder text;    /* owned; what is written next */
	struct text_builder escaped; /* owned */
	size_t part_bytes;           /* in the element at hand */
	bool truncated;              /* memory ended, or an object was over its ceiling */
};

void page_output_init(struct page_output *output, FILE *file);
void page_output_finish(struct page_output *output);

/* As it is: the template's own text. */
void page_output_plain(struct page_output *output, const char *text, size_t length);

/* What stands in `text`, which is empty then. */
void page_output_flush(struct page_output *output);

/* An array of the document, of all records. 0 or -errno. */
int page_output_array(struct page_output *output, const char *name, struct page_spool *spool);

typedef void (*page_texts_writer)(const struct page_texts *texts, size_t first, size_t end,
				  struct text_builder *out);

/* The same of texts; write: page_texts_json() or page_texts_values(). */
void page_output_texts(struct page_output *output, const char *name, const struct page_texts *texts,
		       page_texts_writer write);

#endif
