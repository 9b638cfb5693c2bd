#include "report/page_template.h"

#include <string.h>

#define MARK "id=\"wiretale-document\">"
#define NOTHING "null"
#define END "</script>"

bool page_template_find_place(const char *page, size_t length, struct page_template_place *out)
{
	static const char whole[] = MARK NOTHING END;
	const char *found = memmem(page, length, whole, strlen(whole));
	size_t begin;

	if (!found)
		return false;
	begin = (size_t)(found - page) + strlen(MARK);
	/* A second one: which of them the page would read, nobody knows. */
	if (memmem(page + begin, length - begin, whole, strlen(whole)))
		return false;
	*out = (struct page_template_place){ .begin = begin, .end = begin + strlen(NOTHING) };
	return true;
}
