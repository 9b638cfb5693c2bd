/*
 * A header as RFC 9293 section 3.1 draws it: rows of bits, each field a box with its name and value
 * in it, the row's bytes in hex beside it. Any thread.
 */
#ifndef WIRETALE_REPORT_BIT_PICTURE_H
#define WIRETALE_REPORT_BIT_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

#define BIT_PICTURE_MAX_BYTES 128u /* of a header; of a larger one nothing is drawn */

/* Boxes follow each other and cover the header. A name of a box of one bit is written downwards. */
struct bit_picture_box {
	uint32_t first_bit;
	uint32_t bits;
	const char *name;
	const char *value; /* left out where it does not fit */
};

struct bit_picture {
	const uint8_t *bytes;
	uint32_t length;       /* bytes of the header */
	uint32_t first_offset; /* what the first byte is called in the margin */
	size_t columns;        /* of a line; under 80 the rows have 16 bits, not 32 */
	const char *emphasis;  /* before each value, an SGR sequence; "": none */
	const char *plain;     /* behind it */
};

/* Lines, each ended by a newline. */
void bit_picture_append(struct text_builder *out, const struct bit_picture *picture,
			const struct bit_picture_box *boxes, size_t count);

#endif
