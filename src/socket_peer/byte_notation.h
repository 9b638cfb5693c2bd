/* Bytes as people write and read them: escapes, hex digits, dumps, strings of C. Any thread. */
#ifndef WIRETALE_SOCKET_PEER_BYTE_NOTATION_H
#define WIRETALE_SOCKET_PEER_BYTE_NOTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

/*
 * Adds what the text means: \n \r \t \0 \\ \" and \xNN are one byte each, all else is itself.
 * False: *problem is a static sentence; `out` holds a part.
 */
bool byte_notation_parse_escapes(const char *text, struct text_builder *out, const char **problem);

/*
 * Adds the bytes of hex digits, two for each; blanks, tabs, commas, colons and "0x" may stand
 * between bytes. False as above.
 */
bool byte_notation_parse_hex(const char *text, struct text_builder *out, const char **problem);

/* "68 65 6c 6c 6f" */
void byte_notation_append_hex(struct text_builder *out, const uint8_t *bytes, size_t length);

/*
 * Lines of sixteen bytes: place in the stream, hex, and the letters of ASCII. Each begins with
 * `before`.
 */
void byte_notation_append_dump(struct text_builder *out, const char *before, uint64_t place,
			       const uint8_t *bytes, size_t length);

/*
 * As a string of C, in quotes: at most max_bytes of them, "..." behind the quotes where there are
 * more. Letters of UTF-8 stay letters.
 */
void byte_notation_append_string(struct text_builder *out, const uint8_t *bytes, size_t length,
				 size_t max_bytes);

#endif
