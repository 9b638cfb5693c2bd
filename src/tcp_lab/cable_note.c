#include "tcp_lab/cable_note.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* The text goes up to `length`, where there was no room for more: it may end within a character. */
static void drop_cut_character(char *text, size_t length)
{
	size_t at = length;
	uint32_t character;

	while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at > 0 && (unsigned char)text[at - 1] >= 0xc0 &&
	    utf8_decode((const uint8_t *)text + at - 1, length - at + 1, &character) == 0)
		text[at - 1] = '\0';
}

void cable_note_add(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;

	if (length > 0 && size - length > 2) {
		memcpy(text + length, "; ", 3);
		length += 2;
	}
	va_start(arguments, format);
	int wanted = vsnprintf(text + length, size - length, format, arguments);

	va_end(arguments);
	if (wanted >= 0 && (size_t)wanted >= size - length)
		drop_cut_character(text, strlen(text));
}
