/*
 * JSON on its way into a <script> element, whose end a browser looks for in the plain bytes: every
 * `<` becomes \u003c, so that neither an end tag nor a comment can stand there. In JSON a `<` is
 * always inside of a string, and means the same so. Any thread.
 */
#ifndef WIRETALE_REPORT_PAGE_ESCAPE_H
#define WIRETALE_REPORT_PAGE_ESCAPE_H

#include <stddef.h>

#include "base/text_builder.h"

#define PAGE_ESCAPE_WORST 6u /* bytes that may come of one */

/* Any part of a JSON text: it can be cut anywhere between two calls. */
void page_escape(struct text_builder *out, const char *json, size_t length);

#endif
