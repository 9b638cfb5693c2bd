#include "programs/lab_view.h"

#include <stdio.h>
#include <string.h>

#include "base/display_width.h"
#include "programs/lab_output.h"
#include "programs/lab_view_programs.h"
#include "programs/lab_view_transcript.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define LINE_MAX_BYTES 8192u
#define TEXT_MAX_BYTES (4u * EXPERIMENT_MAX_BYTES)

static void append_wrapped(struct text_builder *out, const char *text, const char *first,
			   const char *next, const struct lab_view_style *style)
{
	const struct wrapped_lines lines = { .first = first,
					     .next = next,
					     .columns = style->columns };

	wrapped_lines_append(out, text, &lines);
}

/* A line of the file, or a paragraph: made harmless, then set. */
static void append_harmless_wrapped(struct text_builder *out, const char *text, size_t length,
				    const char *first, const char *next,
				    const struct lab_view_style *style)
{
	struct text_builder harmless;

	text_builder_init(&harmless, TEXT_MAX_BYTES);
	text_append_harmless(&harmless, text, length);
	append_wrapped(out, text_builder_text(&harmless), first, next, style);
	text_builder_finish(&harmless);
}

/* Up to an empty line, or a line of its own. Line ends within become blanks. */
static size_t take_paragraph(const char *text, struct text_builder *paragraph)
{
	size_t taken = 0;

	text_builder_clear(paragraph);
	while (text[taken] && text[taken] != '\n' && text[taken] != ' ') {
		size_t length = strcspn(text + taken, "\n");

		if (paragraph->length > 0)
			text_append(paragraph, " ");
		text_append_bytes(paragraph, text + taken, length);
		taken += length + (text[taken + length] == '\n');
	}
	return taken;
}

#define DEEPER "        " /* how a line of its own goes on that is too long for one */

/* Blanks in it stay, as in a table, unless it has to be broken. */
static void append_own_line(struct text_builder *out, const char *line, size_t length,
			    const char *indent, const struct lab_view_style *style)
{
	size_t blanks = strspn(line, " ");
	struct text_builder first;
	struct text_builder next;

	if (style->columns == 0 ||
	    display_width(indent) + display_width_bytes(line, length) <= style->columns) {
		text_append(out, length > 0 ? indent : "");
		lab_output_append_line(out, line, length);
		return;
	}
	text_builder_init(&first, EXPERIMENT_LINE_MAX_BYTES);
	text_builder_init(&next, EXPERIMENT_LINE_MAX_BYTES);
	text_append_format(&first, "%s%.*s", indent, (int)blanks, line);
	text_append_format(&next, "%s" DEEPER, text_builder_text(&first));
	append_harmless_wrapped(out, line + blanks, length - blanks, text_builder_text(&first),
				text_builder_text(&next), style);
	text_builder_finish(&first);
	text_builder_finish(&next);
}

/* Paragraphs parted by empty lines; a line that begins with a blank stays a line. */
static void append_prose(struct text_builder *out, const char *text, const char *indent,
			 const struct lab_view_style *style)
{
	struct text_builder paragraph;

	text_builder_init(&paragraph, TEXT_MAX_BYTES);
	while (*text) {
		size_t taken = take_paragraph(text, &paragraph);

		if (taken > 0) {
			append_harmless_wrapped(out, text_builder_text(&paragraph),
						paragraph.length, indent, indent, style);
		} else {
			taken = strcspn(text, "\n");
			append_own_line(out, text, taken, indent, style);
			taken += text[taken] == '\n';
		}
		text += taken;
	}
	text_builder_finish(&paragraph);
}

void lab_view_paragraph(struct text_builder *out, const char *text,
			const struct lab_view_style *style)
{
	text_append(out, "\n");
	append_harmless_wrapped(out, text, strlen(text), "", "", style);
}

static void append_heading(struct text_builder *out, const char *heading,
			   const struct lab_view_style *style)
{
	text_append_format(out, "\n%s%s%s\n", lab_output_colour(style->colour, LAB_BOLD), heading,
			   lab_output_colour(style->colour, LAB_PLAIN));
}

void lab_view_beginning(struct text_builder *out, const struct lab_record *record,
			const struct lab_view_style *style)
{
	const struct experiment *experiment = record->experiment;
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	text_append(out, lab_output_colour(style->colour, LAB_BOLD));
	text_append_harmless(out, experiment->name, strlen(experiment->name));
	text_append(out, lab_output_colour(style->colour, LAB_PLAIN));
	text_append(out, ": ");
	text_append_harmless(out, experiment->title, strlen(experiment->title));
	text_append(out, "\n");
	if (experiment->question[0]) {
		text_append(out, "\n");
		append_prose(out, experiment->question, "  ", style);
	}
	text_append_format(&line, "%s; seed %llu.%s%s", record->world,
			   (unsigned long long)record->seed, record->lacks[0] ? " " : "",
			   record->lacks);
	text_append(out, "\n");
	append_wrapped(out, text_builder_text(&line), "Hosts: ", "  ", style);
	text_builder_finish(&line);
}

/* Those that say the same of several segments, in one sentence. */
static void append_difference(struct text_builder *out, const struct lab_difference *difference,
			      uint64_t last_frame, size_t count, const struct lab_view_style *style)
{
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	text_append_format(&line, "[%llu", (unsigned long long)difference->frame);
	if (count > 1) {
		text_append_format(&line, " to %llu, ", (unsigned long long)last_frame);
		readable_count(&line, count);
		text_append(&line, " times");
	}
	text_append_format(&line, "] the %s when it had %s it: %s by the wire, %s by its kernel",
			   lab_host_name(difference->host),
			   difference->moment == LAB_SENT ? "sent" : "got",
			   tcp_state_name(difference->by_wire), tcp_state_name(difference->kernel));
	if (difference->reason)
		text_append_format(&line, ": %s", difference->reason);
	text_append(&line, ".");
	append_wrapped(out, text_builder_text(&line), "  ", "    ", style);
	text_builder_finish(&line);
}

static bool says_the_same(const struct lab_difference *one, const struct lab_difference *other)
{
	return one->host == other->host && one->moment == other->moment &&
	       one->by_wire == other->by_wire && one->kernel == other->kernel &&
	       one->reason == other->reason;
}

static bool was_told(const struct lab_difference *differences, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (says_the_same(&differences[k], &differences[i]))
			return true;
	}
	return false;
}

/* The lists have a ceiling, LAB_DIFFERENCES_MAX. */
static void append_differences(struct text_builder *out, const struct lab_difference *differences,
			       size_t count, uint64_t all, const struct lab_view_style *style)
{
	size_t sentences = 0;
	uint64_t told = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t last_frame = differences[i].frame;
		size_t same = 1;

		if (was_told(differences, i))
			continue;
		if (!style->whole && sentences++ == LAB_DIFFERENCES_SHOWN)
			break;
		for (size_t k = i + 1; k < count; k++) {
			if (!says_the_same(&differences[i], &differences[k]))
				continue;
			last_frame = differences[k].frame;
			same++;
		}
		append_difference(out, &differences[i], last_frame, same, style);
		told += same;
	}
	if (all > told) {
		text_append(out, "  ... and ");
		readable_count(out, all - told);
		text_append(out, " more.\n");
	}
}

void lab_view_states(struct text_builder *out, const struct lab_record *record,
		     const struct lab_states *states, const struct lab_view_style *style)
{
	if (record->segment_count == 0)
		return;
	append_heading(out, "States", style);
	text_append(out, "  What the wire tells of them, beside the kernels: right in ");
	readable_count(out, states->agreed);
	text_append(out, " of ");
	readable_count(out, states->compared);
	text_append(out, ".\n");
	append_differences(out, states->differences, states->difference_count, states->differed,
			   style);
	if (states->left_out > 0) {
		text_append(out, "  Left out: ");
		readable_count(out, states->left_out);
		text_append(out, states->left_out == 1 ? " moment.\n" : " moments.\n");
		append_differences(out, states->left_outs, states->left_out_count, states->left_out,
				   style);
	}
	if (states->not_asked > 0) {
		text_append(out, "  Not asked, since segments came faster than the kernels can "
				 "be: ");
		readable_count(out, states->not_asked);
		text_append(out, ".\n");
	}
	if (record->not_recorded > 0) {
		text_append(out, "  Not recorded, over the ceiling of a record: ");
		readable_count(out, record->not_recorded);
		text_append(out, record->not_recorded == 1 ? " packet.\n" : " packets.\n");
	}
}

#define MARK_COLUMNS "            " /* as wide as "  NOT HELD  " */

static void append_expectation(struct text_builder *out, const struct lab_expectation *expectation,
			       const struct lab_view_style *style)
{
	const char *plain = lab_output_colour(style->colour, LAB_PLAIN);
	struct text_builder line;
	char first[64];

	if (expectation->held)
		(void)snprintf(first, sizeof(first), "  %sheld%s      ",
			       lab_output_colour(style->colour, LAB_GOOD), plain);
	else
		(void)snprintf(first, sizeof(first), "  %s%s%s  ",
			       lab_output_colour(style->colour, LAB_BAD),
			       expectation->judged ? "NOT HELD" : "not seen", plain);
	text_builder_init(&line, LINE_MAX_BYTES);
	text_append_harmless(&line, expectation->text, strlen(expectation->text));
	if (!expectation->held) {
		text_append_format(&line, " (line %u)", expectation->step->line);
		if (expectation->difference) {
			text_append(&line, ": ");
			text_append_harmless(&line, expectation->difference,
					     strlen(expectation->difference));
		}
	}
	append_wrapped(out, text_builder_text(&line), first, MARK_COLUMNS, style);
	text_builder_finish(&line);
}

static void append_failure(struct text_builder *out, const struct lab_record *record,
			   const struct lab_view_style *style)
{
	struct text_builder line;
	char first[64];

	(void)snprintf(first, sizeof(first), "  %sfailed%s    ",
		       lab_output_colour(style->colour, LAB_BAD),
		       lab_output_colour(style->colour, LAB_PLAIN));
	text_builder_init(&line, LINE_MAX_BYTES);
	text_append_harmless(&line, record->failure, strlen(record->failure));
	append_wrapped(out, text_builder_text(&line), first, MARK_COLUMNS, style);
	text_builder_finish(&line);
}

void lab_view_expectations(struct text_builder *out, const struct lab_record *record,
			   const struct lab_judgement *judgement,
			   const struct lab_view_style *style)
{
	size_t count;
	const struct lab_expectation *expectations = lab_judgement_expectations(judgement, &count);

	if (record->failed || record->interrupted || count > 0)
		append_heading(out, count > 0 ? "Expected" : "Result", style);
	if (record->failed)
		append_failure(out, record, style);
	if (record->interrupted)
		text_append(out,
			    "  Interrupted: what stands above is what had happened by then.\n");
	for (size_t i = 0; i < count; i++)
		append_expectation(out, &expectations[i], style);
}

void lab_view_unused_rules(struct text_builder *out, const struct lab_record *record,
			   const struct lab_view_style *style)
{
	const struct step *step;
	struct text_builder line;
	size_t at = 0;
	bool first = true;

	text_builder_init(&line, LINE_MAX_BYTES);
	while ((step = lab_record_next_unused_rule(record, &at))) {
		text_builder_clear(&line);
		text_append_format(&line, "%s (line %u)", step->text, step->line);
		text_append(out, first ? "\n" : "");
		append_harmless_wrapped(out, text_builder_text(&line), line.length,
					"Never used: ", "  ", style);
		first = false;
	}
	text_builder_finish(&line);
}

void lab_view_explanation(struct text_builder *out, const struct experiment *experiment,
			  const struct lab_view_style *style)
{
	if (!experiment->explanation[0])
		return;
	append_heading(out, "Explanation", style);
	append_prose(out, experiment->explanation, "  ", style);
}

void lab_view_programs(struct text_builder *out, const struct lab_record *record,
		       const struct lab_view_style *style)
{
	if (record->program_count > 0)
		append_heading(out, "Programs", style);
	if (lab_view_wants_transcript(record)) {
		lab_view_transcript(out, record, style);
		return;
	}
	for (size_t i = 0; i < record->program_count; i++)
		lab_view_program(out, &record->programs[i], style);
}
