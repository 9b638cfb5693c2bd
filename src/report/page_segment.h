/* What only a page tells of a segment. Any thread. */
#ifndef WIRETALE_REPORT_PAGE_SEGMENT_H
#define WIRETALE_REPORT_PAGE_SEGMENT_H

#include <stddef.h>

#include "base/text_builder.h"
#include "report/stream_messages.h"

/* Adds the member `carries` to the object that ends `line`; nothing where no message has bytes in
 * it. */
void page_segment_carries(struct text_builder *line, const struct stream_message *messages,
			  size_t count);

#endif
