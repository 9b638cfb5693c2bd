#include "report/wrapped_lines.h"

#include <stdbool.h>
#include <string.h>

#include "base/display_width.h"
#include "base/utf8.h"

#define ZERO_WIDTH_JOINER 0x200du /* between parts of one picture */
#define UNIT_MAX_BYTES 6u         /* "ms", "bytes." */

size_t wrapped_lines_width(const char *text, size_t length)
{
	size_t width = 0;
	size_t at = 0;

	while (at < length) {
		const char *colour = memchr(text + at, '\x1b', length - at);
		size_t end = colour ? (size_t)(colour - text) : length;

		width += display_width_bytes(text + at, end - at);
		for (at = end; at < length && text[at] != 'm'; at++)
			;
		at += at < length;
	}
	return width;
}

/* "RFC 9293" and "section 3.4" are one word, with a bracket before them too. */
static size_t length_with_number(const char *text, size_t length)
{
	static const char *const names[] = { "RFC", "section" };
	size_t bracket = *text == '[' || *text == '(';

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (length == bracket + strlen(names[i]) &&
		    memcmp(text + bracket, names[i], length - bracket) == 0 &&
		    text[length] == ' ' && text[length + 1] >= '0' && text[length + 1] <= '9')
			return length + 1 + strcspn(text + length + 1, " ");
	}
	return length;
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

/* Marks that begin no line: they stay with what is before them. */
static bool is_closing(uint32_t character)
{
	static const uint32_t marks[] = { 0x2019, 0x201d, 0x2014, 0x2026, 0x3001, 0x3002, 0x3005,
					  0x3009, 0x300b, 0x300d, 0x300f, 0x3011, 0x3015, 0x30fb,
					  0x30fc, 0xff01, 0xff05, 0xff09, 0xff0c, 0xff0e, 0xff1a,
					  0xff1b, 0xff1f, 0xff3d, 0xff5d };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (character == marks[i])
			return true;
	}
	return character < 0x80 && character != 0 && strchr("!%),.:;?]}\"'", (int)character);
}

/* Marks that end no line. */
static bool is_opening(uint32_t character)
{
	static const uint32_t marks[] = { 0x2018, 0x201c, 0x3008, 0x300a, 0x300c, 0x300e,
					  0x3010, 0x3014, 0xff08, 0xff3b, 0xff5b };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (character == marks[i])
			return true;
	}
	return character == '(' || character == '[' || character == '{';
}

static bool may_part(uint32_t before, uint32_t after)
{
	return (display_is_unparted(before) || display_is_unparted(after)) && !is_opening(before) &&
	       !is_closing(after) && before != ZERO_WIDTH_JOINER && display_width_of(after) > 0;
}

/* Of a word up to a blank, what must stay together: Chinese has no blanks. */
static size_t unparted_length(const char *text, size_t length)
{
	uint32_t before = 0;

	for (size_t at = 0; at < length;) {
		uint32_t character = 0;
		size_t size = utf8_decode((const uint8_t *)text + at, length - at, &character);

		if (at > 0 && may_part(before, character))
			return at;
		before = character;
		at += size > 0 ? size : 1;
	}
	return length;
}

/* A word ends at a blank, a list of frames, "[160 161 162]", only behind its bracket. */
static size_t word_length(const char *text)
{
	size_t whole = unparted_length(text, strcspn(text, " "));
	size_t length = length_with_number(text, length_with_unit(text, whole));
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

static size_t begin_line(struct text_builder *out, const char *indentation)
{
	text_append(out, indentation);
	return wrapped_lines_width(indentation, strlen(indentation));
}

void wrapped_lines_append(struct text_builder *out, const char *text,
			  const struct wrapped_lines *lines)
{
	size_t used = begin_line(out, lines->first);
	bool at_start = true;   /* of a line */
	bool is_parted = false; /* from the word before, by a blank */

	while (*text) {
		size_t word = word_length(text);
		size_t length = word;
		size_t width = wrapped_lines_width(text, word);
		size_t blank = !at_start && is_parted;

		if (!at_start && lines->columns > 0 && used + blank + width > lines->columns) {
			text_append(out, "\n");
			used = begin_line(out, lines->next);
			at_start = true;
			continue;
		}
		/* Wider than a whole line: what fits of it, and the rest as a word of its own. */
		if (lines->columns > used && used + width > lines->columns)
			length = display_within(text, length, lines->columns - used);
		if (blank > 0)
			text_append(out, " ");
		text_append_bytes(out, text, length);
		used += blank + wrapped_lines_width(text, length);
		at_start = false;
		text += length;
		if (length < word)
			used = lines->columns; /* the rest of the word needs a line of its own */
		is_parted = *text == ' ';
		text += strspn(text, " ");
	}
	text_append(out, "\n");
}
