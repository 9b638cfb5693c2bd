#include "programs/lab_result_text.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/display_width.h"
#include "programs/lab_output.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define LINE_MAX_BYTES 8192u

void lab_result_of_end(const struct lab_worker_end *end, char out[LAB_OUTCOME_BYTES])
{
	const char *name = end->signal > 0 ? sigdescr_np(end->signal) : NULL;

	if (end->late)
		(void)snprintf(out, LAB_OUTCOME_BYTES,
			       "it went on after its limit, and was killed: that is a fault of "
			       "wiretale");
	else if (end->signal > 0)
		(void)snprintf(out, LAB_OUTCOME_BYTES,
			       "its process was ended by signal %d (%s) before it could tell what "
			       "happened",
			       end->signal, name ? name : "?");
	else
		(void)snprintf(
			out, LAB_OUTCOME_BYTES,
			"its process ended with status %d before it could tell what happened",
			end->status);
}

static const char *word_of(enum lab_verdict verdict)
{
	static const char *const words[] = { [LAB_NOTHING_SAID] = "FAIL",
					     [LAB_PASSED] = "PASS",
					     [LAB_FAILED] = "FAIL",
					     [LAB_NOT_POSSIBLE] = "FAIL",
					     [LAB_STOPPED] = "STOP" };

	return words[verdict];
}

/* In a column; made of a file's name, which may be anything. */
static void append_name(struct text_builder *out, const char *name, size_t columns)
{
	struct text_builder harmless;

	text_builder_init(&harmless, LINE_MAX_BYTES);
	text_append_harmless(&harmless, name, strlen(name));
	display_append_left(out, text_builder_text(&harmless), columns);
	text_builder_finish(&harmless);
}

void lab_result_line(struct text_builder *out, const char *name, const struct lab_outcome *outcome,
		     const struct lab_result_style *style)
{
	bool passed = outcome->verdict == LAB_PASSED;
	struct wrapped_lines lines = { .next = "      ", .columns = style->columns };
	struct text_builder first;
	struct text_builder why;

	text_builder_init(&first, LINE_MAX_BYTES);
	text_builder_init(&why, LINE_MAX_BYTES);
	text_append_format(&first, "%s%s%s  ",
			   lab_output_colour(style->colour, passed ? LAB_GOOD : LAB_BAD),
			   word_of(outcome->verdict), lab_output_colour(style->colour, LAB_PLAIN));
	append_name(&first, name, style->name_columns);
	text_append_format(&first, "  %6.2f s", (double)outcome->duration_ns / (double)NS_PER_S);
	if (passed) {
		text_append_format(out, "%s\n", text_builder_text(&first));
	} else {
		text_append(&first, "  ");
		lines.first = text_builder_text(&first);
		text_append_harmless(&why, outcome->what, strlen(outcome->what));
		wrapped_lines_append(out, text_builder_text(&why), &lines);
	}
	text_builder_finish(&why);
	text_builder_finish(&first);
}

void lab_result_sentence(struct text_builder *out, const char *name,
			 const struct lab_outcome *outcome, const struct lab_result_style *style)
{
	bool passed = outcome->verdict == LAB_PASSED;
	const struct wrapped_lines lines = { .first = "", .next = "  ", .columns = style->columns };
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	text_append_harmless(&line, name, strlen(name));
	text_append(&line, ": ");
	if (!passed || !style->of_try)
		text_append_format(&line, "%s%s%s",
				   lab_output_colour(style->colour, passed ? LAB_GOOD : LAB_BAD),
				   passed ? "passed" : "FAILED",
				   lab_output_colour(style->colour, LAB_PLAIN));
	if (!passed)
		text_append(&line, ": ");
	text_append_harmless(&line, outcome->what, strlen(outcome->what));
	if (passed) {
		text_append(&line, style->of_try ? "; all took " : " in ");
		readable_duration(&line, outcome->duration_ns);
	}
	text_append(out, "\n");
	wrapped_lines_append(out, text_builder_text(&line), &lines);
	text_builder_finish(&line);
}
