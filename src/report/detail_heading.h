/* What is said of a frame before it is taken apart. Any thread. */
#ifndef WIRETALE_REPORT_DETAIL_HEADING_H
#define WIRETALE_REPORT_DETAIL_HEADING_H

#include "base/text_builder.h"
#include "report/detail_text.h"
#include "report/dissection.h"

void detail_heading_append(struct text_builder *out, const struct frame_view *view,
			   const struct detail_style *style);

#endif
