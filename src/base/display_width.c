#include "base/display_width.h"

#include <string.h>

#include "base/display_ranges.h"
#include "base/utf8.h"

#define MARKS_FROM 0x300u /* from here on a character may take no column, or two */

static bool is_among(const struct display_range *ranges, size_t count, uint32_t code_point)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (code_point > ranges[middle].last)
			low = middle + 1;
		else if (code_point < ranges[middle].first)
			count = middle;
		else
			return true;
	}
	return false;
}

size_t display_width_of(uint32_t code_point)
{
	if (code_point < MARKS_FROM)
		return 1;
	if (is_among(display_two, sizeof(display_two) / sizeof(*display_two), code_point))
		return 2;
	return is_among(display_none, sizeof(display_none) / sizeof(*display_none), code_point) ? 0
												: 1;
}

static bool is_hangul(uint32_t code_point)
{
	return (code_point >= 0x1100 && code_point <= 0x11ff) || /* letters of syllables */
	       (code_point >= 0x3130 && code_point <= 0x318f) ||
	       (code_point >= 0xa960 && code_point <= 0xa97f) ||
	       (code_point >= 0xac00 && code_point <= 0xd7ff); /* syllables */
}

bool display_is_unparted(uint32_t code_point)
{
	return display_width_of(code_point) == 2 && !is_hangul(code_point);
}

/* The character at the start of a text that is not empty: its bytes, and what it takes. */
static size_t next_character(const char *text, size_t length, size_t *columns)
{
	uint32_t code_point = 0;
	size_t size;

	*columns = 1;
	if ((unsigned char)*text < 0x80) /* as nearly all are */
		return 1;
	size = utf8_decode((const uint8_t *)text, length, &code_point);
	if (size == 0)
		return 1;
	*columns = display_width_of(code_point);
	return size;
}

size_t display_width_bytes(const char *text, size_t length)
{
	size_t width = 0;

	for (size_t at = 0; at < length;) {
		size_t columns;

		at += next_character(text + at, length - at, &columns);
		width += columns;
	}
	return width;
}

size_t display_width(const char *text)
{
	return display_width_bytes(text, strlen(text));
}

size_t display_within(const char *text, size_t length, size_t columns)
{
	size_t at = 0;

	while (at < length) {
		size_t width;
		size_t size = next_character(text + at, length - at, &width);

		if (width > columns && at > 0)
			break;
		columns -= width < columns ? width : columns;
		at += size;
	}
	return at;
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
