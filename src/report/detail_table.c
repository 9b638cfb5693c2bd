#include "report/detail_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/wrapped_lines.h"

#define OFFSETS_COLUMNS 12u /* "   34 0022  " */
#define BYTES_COLUMNS 17u   /* 6 bytes, or 2 in bits */
#define TITLE_COLUMNS 22u
#define FIELD_AT (OFFSETS_COLUMNS + BYTES_COLUMNS + 2)
#define BYTES_IN_LINE 6u
#define BIT_BYTES_IN_LINE 2u
#define BYTE_LINES_MAX 3u
#define ALIGNED_COLUMNS 80u /* of name, value and meaning */
#define VALUE_COLUMNS 17u
#define RIGHT_MAX_BYTES (64u * 1024)

struct detail_paint detail_paint(const struct detail_style *style)
{
	static const struct detail_paint coloured = {
		.bold = "\x1b[1m",
		.faint = "\x1b[2m",
		.plain = "\x1b[0m",
	};
	static const struct detail_paint none = { .bold = "", .faint = "", .plain = "" };

	return style->colour ? coloured : none;
}

/* In a message that may have begun in another frame, places count from its own first byte. */
static bool counts_from_layer(const struct detail_table *table)
{
	return table->layer->field_count > 0 && table->fields[0].id == HEADER_FIELD_COUNT;
}

void detail_table_heading(struct text_builder *out, const struct detail_table *table)
{
	struct detail_paint paint = detail_paint(table->style);

	text_append_format(out, "%s%5s %-4s  %-17s  %-22s %s%s\n", paint.faint,
			   counts_from_layer(table) ? "in" : "at", "hex", "bytes", "field", "value",
			   paint.plain);
}

static bool is_whole_bytes(const struct dissected_field *field)
{
	return field->first_bit == 0 && field->bits == field->bytes * 8;
}

/* Bytes that the layer really has of the field. */
static uint32_t bytes_there(const struct dissected_layer *layer,
			    const struct dissected_field *field)
{
	uint32_t left =
		layer->bytes && field->offset < layer->length ? layer->length - field->offset : 0;

	return field->bytes < left ? field->bytes : left;
}

/* The bytes are those of its parts, which follow. */
static bool has_parts(const struct detail_table *table, uint32_t index)
{
	return index + 1 < table->layer->field_count &&
	       table->fields[index + 1].level > table->fields[index].level;
}

static size_t byte_lines(const struct detail_table *table, uint32_t index)
{
	const struct dissected_field *field = &table->fields[index];
	uint32_t there = bytes_there(table->layer, field);
	uint32_t in_line = is_whole_bytes(field) ? BYTES_IN_LINE : BIT_BYTES_IN_LINE;

	if (has_parts(table, index))
		return 1;
	if (there > in_line * BYTE_LINES_MAX)
		return 1;
	return (there + in_line - 1) / in_line;
}

static void append_bits(struct text_builder *out, const struct dissected_field *field,
			const uint8_t *bytes, uint32_t byte)
{
	for (uint32_t i = 0; i < 8; i++) {
		uint32_t bit = byte * 8 + i;
		bool of_field = bit >= field->first_bit && bit - field->first_bit < field->bits;
		char c = '.';

		if (of_field)
			c = bytes[byte] >> (7 - i) & 1 ? '1' : '0';
		if (i == 4 && field->bytes == 1)
			text_append(out, " ");
		text_append_bytes(out, &c, 1);
	}
}

/* One line of the column of bytes. */
static void append_byte_line(struct text_builder *out, const struct detail_table *table,
			     uint32_t index, size_t line)
{
	const struct dissected_field *field = &table->fields[index];
	uint32_t there = bytes_there(table->layer, field);
	bool whole = is_whole_bytes(field);
	uint32_t in_line = whole ? BYTES_IN_LINE : BIT_BYTES_IN_LINE;
	uint32_t first = (uint32_t)line * in_line;
	bool cut = there > in_line * BYTE_LINES_MAX;

	if (has_parts(table, index)) {
		text_append_format(out, "(%" PRIu32 " bytes)", field->bytes);
		return;
	}
	if (cut)
		in_line--;
	for (uint32_t i = first; i < first + in_line && i < there; i++) {
		const uint8_t *bytes = table->layer->bytes + field->offset;

		if (i > first)
			text_append(out, " ");
		if (whole)
			text_append_format(out, "%02x", bytes[i]);
		else
			append_bits(out, field, bytes, i);
	}
	if (cut)
		text_append(out, " ..");
}

/* A dump shows the byte there: the frame's, or that of the datagram that it completes. */
static bool is_shown(const struct detail_table *table, int64_t offset)
{
	uint32_t length = table->layer->in_frame ? table->captured : table->datagram;

	return offset >= 0 && offset < (int64_t)length;
}

/* Where it stands: in the frame, decimal and hex; of a message, in the message and in the frame. */
static void append_offsets(struct text_builder *out, const struct detail_table *table,
			   const struct dissected_field *field)
{
	const struct dissected_layer *layer = table->layer;
	int64_t in_frame = layer->frame_offset + (int64_t)field->offset;
	char first[16] = "";
	char hex[16] = "";

	if (counts_from_layer(table))
		(void)snprintf(first, sizeof(first), "+%" PRIu32, field->offset);
	else
		(void)snprintf(first, sizeof(first), "%" PRId64, in_frame);
	if (table->alone)
		(void)snprintf(hex, sizeof(hex), "%04" PRIx32, field->offset);
	else if (field->offset >= layer->earlier && is_shown(table, in_frame))
		(void)snprintf(hex, sizeof(hex), "%04" PRIx64, (uint64_t)in_frame);
	if (field->bytes == 0)
		first[0] = '\0';
	text_append_format(out, "%5s %-4s  ", first, hex);
}

static void append_blanks(struct text_builder *out, size_t count)
{
	text_append_format(out, "%*s", (int)count, "");
}

/* Name, value and meaning; behind the first line the others are set in by two. */
static void build_right(struct text_builder *out, const struct detail_table *table,
			const struct dissected_field *field)
{
	struct detail_paint paint = detail_paint(table->style);
	size_t columns = table->columns > FIELD_AT + 20 ? table->columns - FIELD_AT : 20;
	const struct wrapped_lines lines = { .first = "  ", .next = "  ", .columns = columns };
	size_t indent = (size_t)field->level * 2;
	size_t title = indent + wrapped_lines_width(field->title, strlen(field->title));
	size_t used = title < TITLE_COLUMNS ? TITLE_COLUMNS + 1 : title + 2;
	size_t value = wrapped_lines_width(field->value, strlen(field->value));
	size_t meaning = wrapped_lines_width(field->meaning, strlen(field->meaning));
	size_t gap = 2;
	bool value_fits = value > 0 && used + value <= columns;

	append_blanks(out, indent);
	text_append(out, field->title);
	if (value_fits) {
		append_blanks(out, used - title);
		/* Flags that are set are to be seen among those that are not. */
		text_append_format(out, "%s%s%s",
				   strcmp(field->value, "not set") == 0 ? "" : paint.bold,
				   field->value, paint.plain);
		used += value + 2;
		/* Where there is room for it, meanings stand below each other. */
		if (columns >= ALIGNED_COLUMNS && value < VALUE_COLUMNS && meaning > 0 &&
		    used + VALUE_COLUMNS - value + meaning <= columns) {
			gap += VALUE_COLUMNS - value;
			used += VALUE_COLUMNS - value;
		}
	} else if (value > 0) {
		text_append(out, "\n");
		wrapped_lines_append(out, field->value, &lines);
		used = columns;
	}
	if (meaning > 0 && used + meaning <= columns) {
		append_blanks(out, value_fits ? gap : used - title);
		text_append_format(out, "%s\n", field->meaning);
		return;
	}
	if (value_fits || value == 0)
		text_append(out, "\n");
	if (meaning > 0)
		wrapped_lines_append(out, field->meaning, &lines);
}

/* The line that begins at *line, and moves it on. */
static void append_line(struct text_builder *out, const char **line)
{
	size_t length = strcspn(*line, "\n");

	text_append_bytes(out, *line, length);
	*line += length + ((*line)[length] == '\n');
}

void detail_table_field(struct text_builder *out, const struct detail_table *table, uint32_t index)
{
	const struct dissected_field *field = &table->fields[index];
	struct detail_paint paint = detail_paint(table->style);
	size_t left_lines = byte_lines(table, index);
	struct text_builder right;
	struct text_builder bytes;
	const char *rest;

	text_builder_init(&right, RIGHT_MAX_BYTES);
	text_builder_init(&bytes, RIGHT_MAX_BYTES);
	build_right(&right, table, field);
	rest = text_builder_text(&right);
	for (size_t line = 0; line < left_lines || *rest; line++) {
		if (line == 0) {
			text_append(out, paint.faint);
			append_offsets(out, table, field);
			text_append(out, paint.plain);
		} else {
			append_blanks(out, OFFSETS_COLUMNS);
		}
		text_builder_clear(&bytes);
		if (line < left_lines)
			append_byte_line(&bytes, table, index, line);
		if (bytes.length > 0)
			text_append_format(out, "%s%s%s", table->colour, text_builder_text(&bytes),
					   table->colour[0] ? paint.plain : "");
		if (*rest) {
			append_blanks(out, FIELD_AT - OFFSETS_COLUMNS - bytes.length);
			append_line(out, &rest);
		}
		text_append(out, "\n");
	}
	text_builder_finish(&bytes);
	text_builder_finish(&right);
}
