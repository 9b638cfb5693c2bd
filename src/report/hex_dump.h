/*
 * Bytes in hex and as text, 16 to a line at their offsets. Parts begin on a line of their own
 * behind their name, and keep their columns: the offset of a field leads to its bytes. Of many
 * lines with the same bytes the first is shown. Any thread.
 */
#ifndef WIRETALE_REPORT_HEX_DUMP_H
#define WIRETALE_REPORT_HEX_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

#define HEX_DUMP_PART_MAX_BYTES 4096u /* of one part; the rest is counted, not shown */

struct hex_dump_style {
	size_t columns;    /* of a line; under 76, 8 bytes stand on it */
	const char *faint; /* before what is not bytes, an SGR sequence; "": none */
	const char *plain; /* behind each sequence */
};

/* The columns' numbers. */
void hex_dump_scale(struct text_builder *out, const struct hex_dump_style *style);

struct hex_dump_part {
	const char *name;     /* on the line before its bytes */
	const char *colour;   /* of the bytes, an SGR sequence; "": none */
	const uint8_t *bytes; /* borrowed */
	uint32_t length;
	uint32_t first_offset; /* of the first byte */
};

void hex_dump_append(struct text_builder *out, const struct hex_dump_style *style,
		     const struct hex_dump_part *part);

#endif
