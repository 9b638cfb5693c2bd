#include "report/bit_picture.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define ROW_BITS_MAX 32u
#define WIDE_COLUMNS 79u
#define NOBODY UINT32_MAX
#define LINE_COLUMNS (2 * ROW_BITS_MAX + 1)

/* The part of a box that stands in one row. */
struct piece {
	uint32_t box;   /* NOBODY: none begins there */
	uint32_t first; /* bit of the row */
	uint32_t bits;
	bool told; /* name and value stand in it, and not in another piece of the box */
};

struct drawing {
	const struct bit_picture *picture;
	const struct bit_picture_box *boxes;
	uint32_t count;
	uint32_t row_bits;
	uint32_t bits; /* of the header */
};

/* Whose bit it is; NOBODY behind the header's end. */
static uint32_t owner(const struct drawing *drawing, uint32_t bit)
{
	for (uint32_t i = 0; bit < drawing->bits && i < drawing->count; i++) {
		if (bit - drawing->boxes[i].first_bit < drawing->boxes[i].bits &&
		    bit >= drawing->boxes[i].first_bit)
			return i;
	}
	return NOBODY;
}

/* How many bits of the box stand in the row. */
static uint32_t bits_in_row(const struct drawing *drawing, uint32_t box, uint32_t row)
{
	uint32_t first = drawing->boxes[box].first_bit;
	uint32_t end = first + drawing->boxes[box].bits;
	uint32_t row_first = row * drawing->row_bits;
	uint32_t row_end = row_first + drawing->row_bits;

	if (first < row_first)
		first = row_first;
	if (end > row_end)
		end = row_end;
	return end > first ? end - first : 0;
}

/* Name and value stand where a box is widest, and there as high up as can be. */
static uint32_t told_row(const struct drawing *drawing, uint32_t box)
{
	uint32_t row = drawing->boxes[box].first_bit / drawing->row_bits;
	uint32_t next = bits_in_row(drawing, box, row + 1);

	return next > bits_in_row(drawing, box, row) ? row + 1 : row;
}

static uint32_t pieces_of_row(const struct drawing *drawing, uint32_t row,
			      struct piece pieces[ROW_BITS_MAX])
{
	uint32_t count = 0;

	for (uint32_t bit = 0; bit < drawing->row_bits;) {
		uint32_t box = owner(drawing, row * drawing->row_bits + bit);

		if (box == NOBODY)
			break;
		pieces[count] = (struct piece){
			.box = box,
			.first = bit,
			.bits = bits_in_row(drawing, box, row),
			.told = told_row(drawing, box) == row,
		};
		bit += pieces[count++].bits;
	}
	return count;
}

static size_t piece_width(const struct piece *piece)
{
	return 2 * (size_t)piece->bits - 1;
}

/* Lines that its name takes. */
static size_t name_lines(const struct drawing *drawing, const struct piece *piece)
{
	if (!piece->told)
		return 0;
	return piece->bits == 1 ? strlen(drawing->boxes[piece->box].name) : 1;
}

static void append_repeated(struct text_builder *out, char c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_append_bytes(out, &c, 1);
}

static void append_centred(struct text_builder *out, const struct bit_picture *picture,
			   const char *text, size_t width, bool emphasised)
{
	size_t length = strlen(text);
	size_t before;

	if (length > width)
		length = 0;
	before = (width - length) / 2;
	append_repeated(out, ' ', before);
	if (emphasised && length > 0)
		text_append(out, picture->emphasis);
	text_append_bytes(out, text, length);
	if (emphasised && length > 0)
		text_append(out, picture->plain);
	append_repeated(out, ' ', width - length - before);
}

static void append_piece(struct text_builder *out, const struct drawing *drawing,
			 const struct piece *piece, size_t line, size_t height)
{
	const struct bit_picture_box *box = &drawing->boxes[piece->box];
	size_t width = piece_width(piece);
	size_t lines = name_lines(drawing, piece);
	bool is_value = piece->told && line + 1 == height;

	if (is_value)
		append_centred(out, drawing->picture, box->value, width, true);
	else if (line >= lines)
		append_repeated(out, ' ', width);
	else if (piece->bits == 1)
		text_append_bytes(out, box->name + line, 1);
	else
		append_centred(out, drawing->picture, box->name, width, false);
}

static size_t margin_width(const struct drawing *drawing)
{
	uint32_t last = drawing->picture->first_offset + drawing->picture->length;
	size_t digits = 1;

	while (last >= 10) {
		last /= 10;
		digits++;
	}
	return digits < 3 ? 3 : digits;
}

static void append_margin(struct text_builder *out, const struct drawing *drawing, uint32_t row,
			  bool first_line)
{
	size_t width = margin_width(drawing);

	if (first_line)
		text_append_format(out, "%*" PRIu32 " ", (int)width,
				   drawing->picture->first_offset + row * drawing->row_bits / 8);
	else
		append_repeated(out, ' ', width + 1);
}

/* The row's bytes, behind its first line: in pairs where room is dear. */
static void append_row_bytes(struct text_builder *out, const struct drawing *drawing, uint32_t row)
{
	const struct bit_picture *picture = drawing->picture;
	uint32_t first = row * drawing->row_bits / 8;
	bool dear = drawing->row_bits == ROW_BITS_MAX && picture->columns < 84;

	for (uint32_t i = 0; i < drawing->row_bits / 8 && first + i < picture->length; i++)
		text_append_format(out, "%s%02x", dear && i % 2 == 1 ? "" : " ",
				   picture->bytes[first + i]);
}

static void append_row(struct text_builder *out, const struct drawing *drawing, uint32_t row)
{
	struct piece pieces[ROW_BITS_MAX];
	uint32_t count = pieces_of_row(drawing, row, pieces);
	size_t height = 1;

	if (count == 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		size_t lines = name_lines(drawing, &pieces[i]);

		if (pieces[i].told && lines + 1 > height)
			height = lines + 1;
	}
	for (size_t line = 0; line < height; line++) {
		append_margin(out, drawing, row, line == 0);
		for (uint32_t i = 0; i < count; i++) {
			text_append(out, "|");
			append_piece(out, drawing, &pieces[i], line, height);
		}
		text_append(out, "|");
		if (line == 0) {
			uint32_t used = pieces[count - 1].first + pieces[count - 1].bits;

			append_repeated(out, ' ', 2 * (size_t)(drawing->row_bits - used));
			append_row_bytes(out, drawing, row);
		}
		text_append(out, "\n");
	}
}

/* Is there a line between the bit and the one above it? */
static bool is_closed(const struct drawing *drawing, uint32_t row, uint32_t column)
{
	uint32_t above = row > 0 ? owner(drawing, (row - 1) * drawing->row_bits + column) : NOBODY;

	return above != owner(drawing, row * drawing->row_bits + column);
}

static bool is_inside(const struct drawing *drawing, uint32_t row, uint32_t column)
{
	return owner(drawing, row * drawing->row_bits + column) != NOBODY ||
	       (row > 0 && owner(drawing, (row - 1) * drawing->row_bits + column) != NOBODY);
}

/* The line above the row; row may be the one behind the last. */
static void append_border(struct text_builder *out, const struct drawing *drawing, uint32_t row)
{
	char line[LINE_COLUMNS + 1];
	uint32_t columns = 0;

	while (columns < drawing->row_bits && is_inside(drawing, row, columns))
		columns++;
	memset(line, ' ', sizeof(line));
	line[0] = '+';
	line[2 * columns] = '+';
	for (uint32_t column = 0; column < columns; column++) {
		if (!is_closed(drawing, row, column))
			continue;
		line[2 * column] = '+';
		line[2 * column + 1] = '-';
		line[2 * column + 2] = '+';
	}
	append_margin(out, drawing, row, false);
	text_append_bytes(out, line, 2 * (size_t)columns + 1);
	text_append(out, "\n");
}

/* The bits' numbers, tens above ones. */
static void append_scale(struct text_builder *out, const struct drawing *drawing)
{
	append_margin(out, drawing, 0, false);
	for (uint32_t bit = 0; bit < drawing->row_bits; bit += 10)
		text_append_format(out, bit == 0 ? " %" PRIu32 : "%20" PRIu32, bit / 10);
	text_append(out, "\n");
	append_margin(out, drawing, 0, false);
	for (uint32_t bit = 0; bit < drawing->row_bits; bit++)
		text_append_format(out, " %" PRIu32, bit % 10);
	text_append(out, "\n");
}

void bit_picture_append(struct text_builder *out, const struct bit_picture *picture,
			const struct bit_picture_box *boxes, size_t count)
{
	struct drawing drawing = {
		.picture = picture,
		.boxes = boxes,
		.count = (uint32_t)count,
		.row_bits = picture->columns < WIDE_COLUMNS ? ROW_BITS_MAX / 2 : ROW_BITS_MAX,
		.bits = picture->length * 8,
	};
	uint32_t rows;

	if (count == 0 || picture->length == 0 || picture->length > BIT_PICTURE_MAX_BYTES)
		return;
	rows = (drawing.bits + drawing.row_bits - 1) / drawing.row_bits;
	append_scale(out, &drawing);
	for (uint32_t row = 0; row < rows; row++) {
		append_border(out, &drawing, row);
		append_row(out, &drawing, row);
	}
	append_border(out, &drawing, rows);
}
