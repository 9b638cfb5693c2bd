/* A frame for people: every field of every header, its bits, and the bytes it stands in. */
#ifndef WIRETALE_REPORT_DETAIL_TEXT_H
#define WIRETALE_REPORT_DETAIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "report/dissection.h"
#include "report/explanation.h"

struct detail_style {
	bool colour;                         /* SGR sequences; else none */
	size_t columns;                      /* of a line; at least 60 is used */
	struct explanation_memory *explains; /* NULL: no --explain */
};

/* The whole frame. */
void detail_frame(struct text_builder *out, const struct frame_view *view,
		  const struct detail_style *style);

/* Only its messages above TCP, unfolded, each field with its offset and its bytes: for --wire. */
void detail_messages(struct text_builder *out, const struct frame_view *view,
		     const struct detail_style *style);

/* One JSON object, without a newline: {"type":"detail","frame":...,"layers":[...]}. */
void detail_json(struct text_builder *out, const struct frame_view *view);

#endif
