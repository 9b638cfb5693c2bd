/* The page as it was built from web/: one HTML file with a place for the document. */
#ifndef WIRETALE_REPORT_PAGE_TEMPLATE_H
#define WIRETALE_REPORT_PAGE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Made by the build. */
extern const char page_template[];         /* HTML */
extern const size_t page_template_length;  /* 0: this program was built without it */
extern const char page_template_missing[]; /* with 0: a sentence, what was missing and how to get
					      it; else "" */

/* Where the document goes: the template's bytes [begin, end) are replaced. */
struct page_template_place {
	size_t begin;
	size_t end;
};

/* False: it is no template of ours. */
bool page_template_find_place(const char *page, size_t length, struct page_template_place *out);

#endif
