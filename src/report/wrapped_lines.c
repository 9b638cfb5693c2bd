#include "report/wrapped_lines.h"

#include <stdbool.h>
#include <string.h>

#define UNIT_MAX_BYTES 6u /* "ms", "bytes." */

size_t wrapped_lines_width(const char *text, size_t length)
{
	size_t width = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\x1b') {
			while (i < length && text[i] != 'm')
				i++;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			width++;
		}
	}
	return width;
}

/* A number takes its unit along: "28.6 s" is one word. */
static size_t length_with_unit(const char *text, size_t length)
{
	size_t unit;

	if (text[0] < '0' || text[0] > '9' || strspn(text, "0123456789.,") != length ||
	    text[length] != ' ' || strchr(".,", text[length - 1]))
		return length;
	unit = strcspn(text + length + 1, " ");
	return unit > 0 && unit <= UNIT_MAX_BYTES ? length + 1 + unit : length;
}

/* A word ends at a blank, a list of frames, "[160 161 162]", only behind its bracket. */
static size_t word_length(const char *text)
{
	size_t length = length_with_unit(text, strcspn(text, " "));
	const char *bracket = memchr(text, '[', length);

	if (bracket && bracket[1] >= '0' && bracket[1] <= '9' && !memchr(text, ']', length)) {
		size_t digits = strspn(bracket + 1, "0123456789 ");

		if (bracket[1 + digits] == ']') {
			size_t end = (size_t)(bracket - text) + 1 + digits;

			length = end + strcspn(text + end, " ");
		}
	}
	return length;
}

/* How many bytes of the text make so many columns. */
static size_t length_within(const char *text, size_t columns)
{
	size_t length = 0;

	while (text[length] && (columns > 0 || ((unsigned char)text[length] & 0xc0) == 0x80)) {
		if (((unsigned char)text[length] & 0xc0) != 0x80)
			columns--;
		length++;
	}
	return length;
}

static size_t begin_line(struct text_builder *out, const char *indentation)
{
	text_append(out, indentation);
	return wrapped_lines_width(indentation, strlen(indentation));
}

void wrapped_lines_append(struct text_builder *out, const char *text,
			  const struct wrapped_lines *lines)
{
	size_t used = begin_line(out, lines->first);
	bool at_start = true; /* of a line */

	while (*text) {
		size_t length = word_length(text);
		size_t width = wrapped_lines_width(text, length);
		size_t blank = at_start ? 0 : 1;

		if (!at_start && lines->columns > 0 && used + blank + width > lines->columns) {
			text_append(out, "\n");
			used = begin_line(out, lines->next);
			at_start = true;
			continue;
		}
		/* Wider than a whole line: what fits of it, and the rest as a word of its own. */
		if (lines->columns > used && used + width > lines->columns)
			length = length_within(text, lines->columns - used);
		if (!at_start)
			text_append(out, " ");
		text_append_bytes(out, text, length);
		used += blank + wrapped_lines_width(text, length);
		at_start = false;
		text += length;
		if (*text && *text != ' ')
			used = lines->columns; /* the rest of the word needs a line of its own */
		text += strspn(text, " ");
	}
	text_append(out, "\n");
}
