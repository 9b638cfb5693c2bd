/*
 * Unpacks gzip (any number of members) and zstd (any number of frames), a piece at a time. No input
 * or output of its own. Memory: what the packing asks for, at most CAPTURE_UNPACK_WINDOW_LOG.
 */
#ifndef WIRETALE_CAPTURE_CAPTURE_UNPACKER_H
#define WIRETALE_CAPTURE_CAPTURE_UNPACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2^25 bytes, all that `zstd -20` takes; what asks for more is refused by name. */
#define CAPTURE_UNPACK_WINDOW_LOG 25
#define CAPTURE_PACKING_MAGIC_BYTES 4u

enum capture_packing { CAPTURE_PLAIN, CAPTURE_GZIP, CAPTURE_ZSTD };

enum unpack_verdict {
	UNPACK_OK,       /* it went as far as the input and the room allow */
	UNPACK_DAMAGED,  /* what stands in front of `in` cannot be unpacked */
	UNPACK_TOO_WIDE, /* it needs a window over CAPTURE_UNPACK_WINDOW_LOG */
	UNPACK_NO_MEMORY,
};

/* Where a step takes from and gives to; it moves all four. */
struct unpack_step {
	const uint8_t *in; /* borrowed */
	size_t in_left;
	uint8_t *out; /* borrowed */
	size_t out_left;
};

struct capture_unpacker;

/* By the first CAPTURE_PACKING_MAGIC_BYTES of a file; fewer are CAPTURE_PLAIN. */
enum capture_packing capture_packing_of(const uint8_t *bytes, size_t length);
const char *capture_packing_name(enum capture_packing packing); /* static */

/* NULL: no memory. packing is not CAPTURE_PLAIN. */
struct capture_unpacker *capture_unpacker_create(enum capture_packing packing);
void capture_unpacker_destroy(struct capture_unpacker *unpacker); /* may be NULL */

enum unpack_verdict capture_unpacker_step(struct capture_unpacker *unpacker,
					  struct unpack_step *step);

/* The input may end here: nothing is begun that is not finished. */
bool capture_unpacker_may_end(const struct capture_unpacker *unpacker);

#endif
