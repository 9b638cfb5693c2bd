/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing over U+10FFFF. */
#ifndef WIRETALE_BASE_UTF8_H
#define WIRETALE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character at the start of the bytes. Returns how many bytes it takes (1 to
 * 4) and writes it to *code_point, or returns 0 where no valid character starts there.
 */
size_t utf8_decode(const uint8_t *bytes, size_t length, uint32_t *code_point);

bool utf8_is_valid(const uint8_t *bytes, size_t length);

/* Unicode category Cc: U+0000 to U+001F and U+007F to U+009F. */
static inline bool utf8_is_control(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

/*
 * Characters that change how the text around them is shown without being seen: the
 * bidirectional controls, line and paragraph separators, zero-width ones. Harmless on
 * the wire, a way to deceive on a screen.
 */
bool utf8_is_deceptive(uint32_t code_point);

#endif
