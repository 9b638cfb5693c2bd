#include "programs/lab_view_programs.h"

#include <string.h>

#include "base/display_width.h"
#include "programs/lab_output.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"
#include "tcp_lab/program_fate.h"

#define LINE_MAX_BYTES 16384u
#define SHOWN_LINE_BYTES 4096u /* of one line of output; what is behind it is left out */
#define INDENT "    | "
#define INDENT_COLUMNS 6u

static size_t line_bytes(const char *text, size_t length)
{
	const char *end = memchr(text, '\n', length);

	return end ? (size_t)(end - text) : length;
}

static size_t count_lines(const char *text, size_t length)
{
	size_t lines = 0;

	while (length > 0) {
		size_t line = line_bytes(text, length);
		size_t step = line + (line < length);

		text += step;
		length -= step;
		lines++;
	}
	return lines;
}

/* Long lines go on in the next one, behind the same bar. */
static void append_line(struct text_builder *out, const char *line, size_t length,
			const struct lab_view_style *style)
{
	struct text_builder harmless;
	const char *text;
	size_t left;

	while (length > 0 && line[length - 1] == '\r')
		length--;
	text_builder_init(&harmless, LINE_MAX_BYTES);
	lab_output_append_line(&harmless, line,
			       length < SHOWN_LINE_BYTES ? length : SHOWN_LINE_BYTES);
	text = text_builder_text(&harmless);
	left = harmless.length > 0 ? harmless.length - 1 : 0; /* its line end */
	do {
		size_t piece = display_within(text, left, style->columns - INDENT_COLUMNS);

		text_append(out, INDENT);
		text_append_bytes(out, text, piece);
		text_append(out, "\n");
		text += piece;
		left -= piece;
	} while (left > 0);
	text_builder_finish(&harmless);
	if (length > SHOWN_LINE_BYTES)
		text_append(out, INDENT "... (the line goes on)\n");
}

static void append_output(struct text_builder *out, const struct lab_program_result *program,
			  const struct lab_view_style *style)
{
	const char *text = program->output ? program->output : "";
	size_t length = program->output ? program->output_length : 0;
	size_t lines = count_lines(text, length);
	bool all = style->whole || lines <= LAB_OUTPUT_FIRST_LINES + LAB_OUTPUT_LAST_LINES;

	for (size_t i = 0; length > 0; i++) {
		size_t line = line_bytes(text, length);
		size_t step = line + (line < length);

		if (all || i < LAB_OUTPUT_FIRST_LINES || i + LAB_OUTPUT_LAST_LINES >= lines) {
			append_line(out, text, line, style);
		} else if (i == LAB_OUTPUT_FIRST_LINES) {
			text_append(out, "    ... ");
			readable_count(out, lines - LAB_OUTPUT_FIRST_LINES - LAB_OUTPUT_LAST_LINES);
			text_append(out, " more lines; --segments shows them ...\n");
		}
		text += step;
		length -= step;
	}
	if (program->output_dropped > 0) {
		text_append(out, "    ... and ");
		readable_bytes(out, program->output_dropped);
		text_append(out, " over what is kept of a program.\n");
	}
}

void lab_view_program(struct text_builder *out, const struct lab_program_result *program,
		      const struct lab_view_style *style)
{
	struct text_builder line;
	struct wrapped_lines lines = { .first = "  ", .next = "    ", .columns = style->columns };

	text_builder_init(&line, LINE_MAX_BYTES);
	text_append_format(&line, "%s%s%s: ", lab_host_name(program->host),
			   program->name[0] ? "." : "", program->name);
	text_append_harmless(&line, program->command, strlen(program->command));
	text_append(&line, ": ");
	program_fate_text(program, &line);
	text_append(&line, program->output_length > 0 ? ". It printed:" : ". It printed nothing.");
	wrapped_lines_append(out, text_builder_text(&line), &lines);
	text_builder_finish(&line);
	append_output(out, program, style);
}
