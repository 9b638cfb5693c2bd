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

void wrapped_lines_append(struct text_builder *out, const char *text,
			  const struct wrapped_lines *lines)
{
	size_t used = wrapped_lines_width(lines->first, strlen(lines->first));
	bool at_start = true;

	text_append(out, lines->first);
	while (*text) {
		size_t length = word_length(text);
		size_t width = wrapped_lines_width(text, length);

		if (!at_start && lines->columns > 0 && used + 1 + width > lines->columns) {
			text_append(out, "\n");
			text_append(out, lines->next);
			used = wrapped_lines_width(lines->next, strlen(lines->next));
			at_start = true;
		}
		if (!at_start) {
			text_append(out, " ");
			used++;
		}
		text_append_bytes(out, text, length);
		used += width;
		at_start = false;
		text += length;
		text += strspn(text, " ");
	}
	text_append(out, "\n");
}
