#include "tcp_lab/experiment_text.h"

#include <string.h>

#include "base/display_width.h"
#include "base/utf8.h"
#include "tcp_lab/lab_limits.h"

#define TAB_COLUMNS 8u

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void experiment_text_init(struct experiment_text *file, const char *text, size_t length)
{
	static const char mark[] = "\xef\xbb\xbf";

	*file = (struct experiment_text){ .text = text, .length = length };
	if (length >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0)
		file->at = sizeof(mark) - 1;
}

bool experiment_text_next(struct experiment_text *file, struct experiment_line *out)
{
	const char *start = file->text + file->at;
	size_t left = file->length - file->at;
	const char *newline = left > 0 ? memchr(start, '\n', left) : NULL;
	size_t length = newline ? (size_t)(newline - start) : left;

	if (left == 0)
		return false;
	file->at += length + (newline ? 1 : 0);
	file->number++;
	if (length > 0 && start[length - 1] == '\r')
		length--;
	while (length > 0 && is_blank(start[length - 1]))
		length--;
	*out = (struct experiment_line){
		.text = start,
		.length = length,
		.number = file->number,
	};
	return true;
}

void experiment_text_back(struct experiment_text *file, const struct experiment_line *line)
{
	file->at = (size_t)(line->text - file->text);
	file->number = line->number - 1;
}

size_t experiment_line_bad_column(const struct experiment_line *line)
{
	size_t at = 0;

	while (at < line->length) {
		uint32_t character;
		size_t bytes = utf8_decode((const uint8_t *)line->text + at, line->length - at,
					   &character);

		if (bytes == 0 || (utf8_is_control(character) && character != '\t'))
			return at;
		at += bytes;
	}
	return SIZE_MAX;
}

bool experiment_line_is_indented(const struct experiment_line *line)
{
	return line->length > 0 && is_blank(line->text[0]);
}

void experiment_paragraphs_init(struct experiment_paragraphs *paragraphs)
{
	*paragraphs = (struct experiment_paragraphs){ 0 };
	text_builder_init(&paragraphs->text, EXPERIMENT_MAX_BYTES);
}

void experiment_paragraphs_finish(struct experiment_paragraphs *paragraphs)
{
	text_builder_finish(&paragraphs->text);
}

/* Columns of the blanks at its start; *bytes: how many they are. */
static size_t indentation_of(const struct experiment_line *line, size_t *bytes)
{
	size_t columns = 0;
	size_t i = 0;

	for (; i < line->length && is_blank(line->text[i]); i++)
		columns += line->text[i] == '\t' ? TAB_COLUMNS - columns % TAB_COLUMNS : 1;
	*bytes = i;
	return columns;
}

/* The last character of a text that is not empty. */
static uint32_t last_character(const char *text, size_t length)
{
	size_t at = length - 1;
	uint32_t character = 0;

	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	(void)utf8_decode((const uint8_t *)text + at, length - at, &character);
	return character;
}

static uint32_t first_character(const char *text, size_t length)
{
	uint32_t character = 0;

	(void)utf8_decode((const uint8_t *)text, length, &character);
	return character;
}

/* Full-width ones have their own blank in them; quotes and dashes have none beside such letters. */
static bool is_wide_mark(uint32_t character)
{
	return (character >= 0x3000 && character <= 0x303f) ||
	       (character >= 0xff00 && character <= 0xff65 && display_is_unparted(character));
}

static bool is_joining_mark(uint32_t character)
{
	return character >= 0x2010 && character <= 0x2026;
}

/* Whether a blank comes between two lines that are joined. */
static bool is_parted_by_blank(uint32_t before, uint32_t after)
{
	if (is_wide_mark(before) || is_wide_mark(after))
		return false;
	if (display_is_unparted(before))
		return !display_is_unparted(after) && !is_joining_mark(after);
	return !(display_is_unparted(after) && is_joining_mark(before));
}

/* A line indented deeper than the first stays a line; the others are joined. */
void experiment_paragraphs_add(struct experiment_paragraphs *paragraphs,
			       const struct experiment_line *line)
{
	struct text_builder *text = &paragraphs->text;
	size_t bytes;
	size_t columns = indentation_of(line, &bytes);
	size_t deeper = 0;

	if (bytes == line->length) {
		paragraphs->is_parted = true;
		return;
	}
	if (columns > 0 && !paragraphs->has_indentation) {
		paragraphs->has_indentation = true;
		paragraphs->indentation = columns;
	}
	if (columns > paragraphs->indentation)
		deeper = columns - paragraphs->indentation;
	if (text->length > 0) {
		if (paragraphs->is_parted)
			text_append(text, "\n\n");
		else if (paragraphs->stands_alone || deeper > 0)
			text_append(text, "\n");
		else if (is_parted_by_blank(
				 last_character(text->text, text->length),
				 first_character(line->text + bytes, line->length - bytes)))
			text_append(text, " ");
	}
	for (size_t i = 0; i < deeper; i++)
		text_append(text, " ");
	text_append_bytes(text, line->text + bytes, line->length - bytes);
	paragraphs->is_parted = false;
	paragraphs->stands_alone = deeper > 0;
}
