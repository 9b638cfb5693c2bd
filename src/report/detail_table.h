/* A layer's fields, one below the other: where each stands, its bytes, its value, its meaning. */
#ifndef WIRETALE_REPORT_DETAIL_TABLE_H
#define WIRETALE_REPORT_DETAIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "report/detail_text.h"
#include "report/dissection.h"

/* SGR sequences; all "" without colour. */
struct detail_paint {
	const char *bold;
	const char *faint;
	const char *plain;
};

struct detail_paint detail_paint(const struct detail_style *style);

struct detail_table {
	const struct detail_style *style;     /* borrowed */
	const struct dissected_layer *layer;  /* borrowed */
	const struct dissected_field *fields; /* borrowed; layer->field_count of them */
	const char *colour;                   /* of the bytes, an SGR sequence; "": none */
	size_t columns;                       /* of a line */
	uint32_t captured; /* bytes of the frame: what lies behind them has no offset in it */
	uint32_t
		datagram; /* bytes of the one that the frame completes, for layers that are in it */
	bool alone;       /* no dump of the frame goes with it: offsets are the layer's own */
};

void detail_table_heading(struct text_builder *out, const struct detail_table *table);

/* The field with that number in the layer. */
void detail_table_field(struct text_builder *out, const struct detail_table *table, uint32_t index);

#endif
