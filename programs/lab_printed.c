#include "programs/lab_printed.h"

#include <string.h>

struct lab_printed lab_printed_begin(const struct lab_program_result *program,
				     const int64_t *typed_ns, size_t typed_count)
{
	return (struct lab_printed){
		.program = program,
		.typed_ns = typed_ns,
		.typed_count = typed_count,
	};
}

/* Something was typed after that time, and by the time of the mark. */
static bool typed_between(struct lab_printed *printed, int64_t after_ns, int64_t mark_ns)
{
	while (printed->typed < printed->typed_count &&
	       printed->typed_ns[printed->typed] <= after_ns)
		printed->typed++;
	return printed->typed < printed->typed_count &&
	       printed->typed_ns[printed->typed] <= mark_ns;
}

/* The end of the line that begins at `at`, or the first place before it at which it waited for
 * something that was typed. Moves printed->mark to the last mark in it. */
static size_t find_end(struct lab_printed *printed, size_t line_end)
{
	const struct program_mark *marks = printed->program->marks;

	while (printed->mark + 1 < printed->program->mark_count &&
	       marks[printed->mark + 1].offset <= line_end) {
		const struct program_mark *next = &marks[printed->mark + 1];

		/* What comes last and ends the line alone is no line of its own. */
		if (next->offset > printed->at && next->offset < line_end &&
		    typed_between(printed, marks[printed->mark].at_ns, next->at_ns))
			return next->offset;
		printed->mark++;
	}
	return line_end;
}

/* The mark that the byte at `at` came with. */
static void seek_mark(struct lab_printed *printed)
{
	const struct program_mark *marks = printed->program->marks;

	while (printed->mark + 1 < printed->program->mark_count &&
	       marks[printed->mark + 1].offset <= printed->at)
		printed->mark++;
}

bool lab_printed_next(struct lab_printed *printed, struct lab_printed_line *out)
{
	const struct lab_program_result *program = printed->program;
	const char *text = program->output;
	const char *newline;
	size_t line_end;
	size_t end;

	if (!text || printed->at >= program->output_length)
		return false;
	seek_mark(printed);
	*out = (struct lab_printed_line){
		.at_ns = program->mark_count > 0 ? program->marks[printed->mark].at_ns
						 : program->began_ns,
		.untimed = printed->at >= program->timed_length,
		.text = text + printed->at,
	};
	newline = memchr(out->text, '\n', program->output_length - printed->at);
	line_end = newline ? (size_t)(newline - text) : program->output_length;
	end = find_end(printed, line_end);
	out->length = end - printed->at;
	printed->at = end + (end == line_end && newline);
	return true;
}
