/*
 * Texts that are wanted again and again, each kept once and named by its place. Place 0 is "". One
 * thread.
 */
#ifndef WIRETALE_REPORT_PAGE_TEXTS_H
#define WIRETALE_REPORT_PAGE_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

struct page_texts;

/* NULL: out of memory. */
struct page_texts *page_texts_create(size_t max_texts, size_t max_bytes);
void page_texts_destroy(struct page_texts *texts); /* may be NULL */

/* False: a ceiling was met, or memory ended; *out is 0. What is there already is always found. */
bool page_texts_add(struct page_texts *texts, const char *text, size_t length, uint32_t *out);

size_t page_texts_count(const struct page_texts *texts);

/* The texts at the places [first, end), as members of a JSON array that may have others before
 * them: with commas between, and one before all unless `first` is 0. */
void page_texts_json(const struct page_texts *texts, size_t first, size_t end,
		     struct text_builder *out);

/* The same of texts that are JSON values themselves: as they are. Place 0 is none of them. */
void page_texts_values(const struct page_texts *texts, size_t first, size_t end,
		       struct text_builder *out);

#endif
