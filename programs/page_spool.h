/*
 * Records that wait for the end of a page: their text in a temporary file without a name, a few
 * bytes of memory for each. One thread.
 *
 *   spool = page_spool_create(20000, 12 MiB);
 *   for each record: page_spool_add(spool, connection, text, length)
 *   page_spool_sort(spool);                              by connection, where that is wanted
 *   for (i < page_spool_count(spool)) page_spool_read(spool, i, text)
 *   page_spool_destroy(spool);
 */
#ifndef WIRETALE_PROGRAMS_PAGE_SPOOL_H
#define WIRETALE_PROGRAMS_PAGE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text_builder.h"

struct page_spool;

struct page_spool *page_spool_create(size_t max_records, uint64_t max_bytes); /* NULL: no memory */
void page_spool_destroy(struct page_spool *spool);                            /* may be NULL */

/* False: a ceiling was met, or an error (see page_spool_error()); it was left out. */
bool page_spool_add(struct page_spool *spool, uint64_t connection, const char *text, size_t length);

/* The same of a record that others write: begin, write to the stream, end. NULL: left out. */
FILE *page_spool_begin(struct page_spool *spool);
bool page_spool_end(struct page_spool *spool, uint64_t connection);

/* Forgets the records of the connection, of which there are so many: those that came last are found
 * soonest. */
void page_spool_drop(struct page_spool *spool, uint64_t connection, size_t records);

/* By connection number. */
void page_spool_sort(struct page_spool *spool);

/* Where the record that was added last goes: records are sorted by it, those with the same as they
 * came. */
void page_spool_order(struct page_spool *spool, int64_t order);
void page_spool_sort_by_order(struct page_spool *spool);

size_t page_spool_count(const struct page_spool *spool);

/* Appends a record's text. 0, or -errno. */
int page_spool_read(struct page_spool *spool, size_t index, struct text_builder *out);

/* 0, or the -errno that made a record be left out. */
int page_spool_error(const struct page_spool *spool);

#endif
