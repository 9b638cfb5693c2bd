#include "report/ladder_row.h"

#include <string.h>

#include "base/display_width.h"

void ladder_row_to(struct ladder_row *row, size_t column)
{
	ladder_row_shaft(row, "  ", column, NULL);
}

static void paint(const struct ladder_row *row, const char *sgr)
{
	if (row->colour && sgr)
		text_append(row->out, sgr);
}

void ladder_row_bytes(struct ladder_row *row, const char *text, size_t length, const char *sgr)
{
	paint(row, sgr);
	text_append_bytes(row->out, text, length);
	paint(row, sgr ? LADDER_PLAIN : NULL);
	row->column += display_width_bytes(text, length);
}

void ladder_row_text(struct ladder_row *row, const char *text, const char *sgr)
{
	ladder_row_bytes(row, text, strlen(text), sgr);
}

void ladder_row_shaft(struct ladder_row *row, const char pattern[2], size_t column, const char *sgr)
{
	size_t length = row->column < column ? column - row->column : 0;
	char *bytes;

	if (length == 0)
		return;
	paint(row, sgr);
	bytes = text_builder_reserve(row->out, length);
	if (!bytes)
		return;
	for (size_t i = 0; i < length; i++)
		bytes[i] = pattern[(row->column + i) & 1];
	text_builder_use(row->out, length);
	row->column = column;
	paint(row, sgr ? LADDER_PLAIN : NULL);
}

void ladder_row_end(struct ladder_row *row)
{
	text_append_bytes(row->out, "\n", 1);
	row->column = 0;
}
