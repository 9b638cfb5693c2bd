/* What is said of a page once it is put together. Pure. */
#ifndef WIRETALE_PROGRAMS_PAGE_TOLD_H
#define WIRETALE_PROGRAMS_PAGE_TOLD_H

#include <stddef.h>

#include "base/text_builder.h"
#include "report/page_document.h"

/* "12 connections, 1 byte of a conversation"; nothing where all of it is in the page. */
void page_told_left_out(struct text_builder *out, const struct page_left_out *left_out);

/* "1 connection, 24 segments" */
void page_told_counts(struct text_builder *out, size_t connections, size_t segments);

#endif
