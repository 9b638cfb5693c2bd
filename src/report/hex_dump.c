#include "report/hex_dump.h"

#include <inttypes.h>
#include <string.h>

#define WIDE_COLUMNS 76u
#define ALIKE_MIN_LINES 3u
#define MARGIN "       " /* as wide as an offset */

static uint32_t per_line(const struct hex_dump_style *style)
{
	return style->columns < WIDE_COLUMNS ? 8 : 16;
}

/* In the middle of a line stands one more blank. */
static const char *gap_before(uint32_t column)
{
	return column == 8 ? "  " : " ";
}

void hex_dump_scale(struct text_builder *out, const struct hex_dump_style *style)
{
	text_append(out, style->faint);
	text_append(out, MARGIN);
	for (uint32_t column = 0; column < per_line(style); column++)
		text_append_format(out, "%s+%x", gap_before(column), column);
	text_append(out, style->plain);
	text_append(out, "\n");
}

/* One line: the part's bytes at the offsets [from, to). */
static void dump_line(struct text_builder *out, const struct hex_dump_style *style,
		      const struct hex_dump_part *part, uint32_t from, uint32_t to)
{
	const uint8_t *bytes = part->bytes;
	uint32_t first = part->first_offset;
	uint32_t width = per_line(style);
	uint32_t line = from / width * width;
	uint32_t letters = to; /* up to the last that is no blank: no line ends in blanks */

	while (letters > from && bytes[letters - 1 - first] == ' ')
		letters--;
	text_append_format(out, "%s  %04" PRIx32 " %s%s", style->faint, line, style->plain,
			   part->colour);
	for (uint32_t at = line; at < (letters > from ? line + width : to); at++) {
		text_append(out, gap_before(at - line));
		if (at >= from && at < to)
			text_append_format(out, "%02x", bytes[at - first]);
		else
			text_append(out, "  ");
	}
	text_append(out, letters > from ? "  " : "");
	for (uint32_t at = line; letters > from && at < letters; at++) {
		uint8_t byte = at >= from ? bytes[at - first] : ' ';
		char c = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';

		text_append_bytes(out, &c, 1);
	}
	text_append(out, part->colour[0] ? style->plain : "");
	text_append(out, "\n");
}

/* How many whole lines from `at` on hold the same bytes as the whole line before them. */
static uint32_t lines_alike(const uint8_t *bytes, uint32_t at, uint32_t end, uint32_t width)
{
	uint32_t count = 0;

	while (width <= end - at && memcmp(bytes + at, bytes + at - width, width) == 0) {
		at += width;
		count++;
	}
	return count;
}

void hex_dump_append(struct text_builder *out, const struct hex_dump_style *style,
		     const struct hex_dump_part *part)
{
	uint32_t width = per_line(style);
	uint32_t first = part->first_offset;
	uint32_t shown =
		part->length < HEX_DUMP_PART_MAX_BYTES ? part->length : HEX_DUMP_PART_MAX_BYTES;
	uint32_t at = first;

	text_append_format(out, "%s" MARGIN "-- %s%s\n", style->faint, part->name, style->plain);
	while (at < first + shown) {
		uint32_t end = at / width * width + width;
		uint32_t alike = 0;

		if (end > first + shown)
			end = first + shown;
		dump_line(out, style, part, at, end);
		if (end - at == width)
			alike = lines_alike(part->bytes, end - first, shown, width);
		at = end;
		if (alike >= ALIKE_MIN_LINES) {
			at += alike * width;
			text_append_format(out, "%s" MARGIN " the same up to %04" PRIx32 "%s\n",
					   style->faint, at - 1, style->plain);
		}
	}
	if (shown < part->length)
		text_append_format(out, MARGIN " ... %" PRIu32 " more bytes\n",
				   part->length - shown);
}
