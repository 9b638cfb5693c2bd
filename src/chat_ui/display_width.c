#include "chat_ui/display_width.h"

#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

size_t display_width_of(uint32_t code_point)
{
	int width = wcwidth((wchar_t)code_point);

	return width < 0 ? 1 : (size_t)width;
}

size_t display_width(const char *text)
{
	const uint8_t *next = (const uint8_t *)text;
	size_t left = strlen(text);
	size_t width = 0;

	while (left > 0) {
		uint32_t code_point = 0;
		size_t size = utf8_decode(next, left, &code_point);

		width += size > 0 ? display_width_of(code_point) : 1;
		size = size > 0 ? size : 1;
		next += size;
		left -= size;
	}
	return width;
}

static void append_blanks(struct text_builder *out, size_t width, size_t columns)
{
	for (; width < columns; width++)
		text_append(out, " ");
}

void display_append_left(struct text_builder *out, const char *text, size_t columns)
{
	text_append(out, text);
	append_blanks(out, display_width(text), columns);
}

void display_append_right(struct text_builder *out, const char *text, size_t columns)
{
	append_blanks(out, display_width(text), columns);
	text_append(out, text);
}
