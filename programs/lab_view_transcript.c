#include "programs/lab_view_transcript.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/display_width.h"
#include "programs/lab_output.h"
#include "programs/lab_transcript.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"
#include "tcp_lab/program_fate.h"

#define LINE_MAX_BYTES 16384u
#define SHOWN_LINE_BYTES 4096u /* of one line; what is behind it is left out */
#define TIME_COLUMNS 8
#define WHO_BYTES 64u
#define TEXT_COLUMNS_MIN 20u

#define LEGEND                                                                                     \
	"Seconds since the run began; $ started, > typed, | printed, * what happened to it or to " \
	"the cable."

/* What of the view is the same for all lines. */
struct view {
	struct text_builder *out;
	const struct lab_record *record;
	const struct lab_view_style *style;
	bool hosts;         /* labels have them: names alone are not told apart */
	size_t who_columns; /* of the longest label */
};

static const char *colour_of(const struct view *view, enum lab_colour colour)
{
	return lab_output_colour(view->style->colour, colour);
}

/* ---- who ---- */

static void append_who(struct text_builder *who, const struct view *view, size_t program)
{
	const struct lab_program_result *result;

	if (program == view->record->program_count) {
		text_append(who, "cable");
		return;
	}
	result = &view->record->programs[program];
	if (view->hosts || !result->name[0])
		text_append(who, lab_host_name(result->host));
	if (view->hosts && result->name[0])
		text_append(who, ".");
	text_append(who, result->name);
}

static bool is_name_of_another(const struct lab_record *record, size_t program)
{
	const struct lab_program_result *one = &record->programs[program];
	static const char *const taken[] = { "client", "server", "cable" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (strcmp(one->name, taken[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < program; i++) {
		if (record->programs[i].host != one->host && one->name[0] &&
		    strcmp(record->programs[i].name, one->name) == 0)
			return true;
	}
	return false;
}

static void choose_labels(struct view *view)
{
	struct text_builder who;

	for (size_t i = 0; i < view->record->program_count; i++)
		view->hosts = view->hosts || is_name_of_another(view->record, i);
	text_builder_init(&who, WHO_BYTES * 2);
	for (size_t i = 0; i <= view->record->program_count; i++) {
		text_builder_clear(&who);
		append_who(&who, view, i);
		if (who.length > view->who_columns)
			view->who_columns = who.length;
	}
	text_builder_finish(&who);
}

/* ---- a line ---- */

static enum lab_colour hue_of(const struct view *view, size_t program)
{
	if (program == view->record->program_count)
		return LAB_BOLD;
	return lab_output_hue(lab_transcript_namesake(view->record, program));
}

/* "   0.052  ann    | " */
static void append_margin(const struct view *view, const struct lab_entry *entry, char mark,
			  bool first)
{
	struct text_builder who;

	text_builder_init(&who, WHO_BYTES * 2);
	append_who(&who, view, entry->program);
	text_append(view->out, colour_of(view, LAB_DIM));
	if (!first)
		text_append_format(view->out, "%*s", TIME_COLUMNS, "");
	else if (entry->untimed)
		text_append_format(view->out, "%*s", TIME_COLUMNS, "?");
	else
		text_append_format(view->out, "%*.3f", TIME_COLUMNS,
				   (double)entry->at_ns / (double)NS_PER_S);
	text_append(view->out, colour_of(view, LAB_PLAIN));
	text_append(view->out, "  ");
	text_append(view->out, colour_of(view, hue_of(view, entry->program)));
	display_append_left(view->out, text_builder_text(&who), view->who_columns);
	text_append_format(view->out, " %c%s ", mark, colour_of(view, LAB_PLAIN));
	text_builder_finish(&who);
}

static size_t text_columns(const struct view *view)
{
	size_t margin = TIME_COLUMNS + 2 + view->who_columns + 3;

	if (view->style->columns < margin + TEXT_COLUMNS_MIN)
		return TEXT_COLUMNS_MIN;
	return view->style->columns - margin;
}

/* Words of ours, broken between them. */
static void append_words(const struct view *view, const struct lab_entry *entry, char mark,
			 const char *words, enum lab_colour colour)
{
	const struct wrapped_lines lines = { .first = "",
					     .next = "",
					     .columns = text_columns(view) };
	struct text_builder wrapped;
	const char *line;
	bool first = true;

	text_builder_init(&wrapped, LINE_MAX_BYTES);
	wrapped_lines_append(&wrapped, words, &lines);
	for (line = text_builder_text(&wrapped); *line; first = false) {
		size_t length = strcspn(line, "\n");

		append_margin(view, entry, mark, first);
		text_append(view->out, colour_of(view, colour));
		text_append_bytes(view->out, line, length);
		text_append(view->out, colour_of(view, LAB_PLAIN));
		text_append(view->out, "\n");
		line += length + (line[length] == '\n');
	}
	text_builder_finish(&wrapped);
}

/* How many bytes of it stand in a line: all, or up to the last blank in its second half, or what
 * fits. */
static size_t piece_of(const char *text, size_t length, size_t columns)
{
	size_t fits = display_within(text, length, columns);
	const char *blank = fits < length ? memrchr(text + fits / 2, ' ', fits - fits / 2) : NULL;

	return blank ? (size_t)(blank - text) + 1 : fits;
}

/* Somebody's text as it stands, broken where it has to be. */
static void append_text(const struct view *view, const struct lab_entry *entry, char mark,
			enum lab_colour colour)
{
	size_t length = entry->length;
	struct text_builder harmless;
	const char *text;
	size_t left;
	bool first = true;

	while (length > 0 && entry->text[length - 1] == '\r')
		length--;
	text_builder_init(&harmless, LINE_MAX_BYTES + 64);
	lab_output_append_line(&harmless, entry->text,
			       length < SHOWN_LINE_BYTES ? length : SHOWN_LINE_BYTES);
	text = text_builder_text(&harmless);
	left = harmless.length > 0 ? harmless.length - 1 : 0; /* its line end */
	do {
		size_t piece = piece_of(text, left, text_columns(view));

		size_t shown = left > piece && text[piece - 1] == ' ' ? piece - 1 : piece;

		append_margin(view, entry, mark, first);
		text_append(view->out, colour_of(view, colour));
		text_append_bytes(view->out, text, shown);
		text_append(view->out, colour_of(view, LAB_PLAIN));
		text_append(view->out, "\n");
		text += piece;
		left -= piece;
		first = false;
	} while (left > 0);
	text_builder_finish(&harmless);
	if (length > SHOWN_LINE_BYTES)
		append_words(view, entry, mark, "... (the line goes on)", LAB_DIM);
}

static void append_count(const struct view *view, const struct lab_entry *entry, const char *before,
			 const char *one, const char *many)
{
	struct text_builder words;

	text_builder_init(&words, LINE_MAX_BYTES);
	text_append(&words, before);
	readable_count(&words, entry->lines);
	text_append(&words, entry->lines == 1 ? one : many);
	append_words(view, entry, '|', text_builder_text(&words), LAB_DIM);
	text_builder_finish(&words);
}

static void append_printed(const struct view *view, const struct lab_entry *entry)
{
	append_text(view, entry, '|', LAB_PLAIN);
	if (entry->lines > 0)
		append_count(view, entry, "(and ", " more line like it)", " more lines like it)");
}

static void append_happened(const struct view *view, const struct lab_entry *entry)
{
	const struct lab_program_result *program = &view->record->programs[entry->program];
	struct text_builder words;
	const char *name;

	text_builder_init(&words, LINE_MAX_BYTES);
	if (entry->kind == LAB_ENTRY_ENDED) {
		program_fate_text(program, &words);
	} else if (entry->kind == LAB_ENTRY_DROPPED) {
		text_append(&words, "printed ");
		readable_bytes(&words, program->output_dropped);
		text_append(&words, " more, over what is kept of a program");
	} else if (entry->kind == LAB_ENTRY_SIGNALLED) {
		name = sigabbrev_np(entry->signal);
		text_append_format(&words, "is sent SIG%s", name ? name : "?");
	} else {
		text_append(&words, "its input ends");
	}
	append_words(view, entry, '*', text_builder_text(&words), LAB_PLAIN);
	text_builder_finish(&words);
}

static void append_entry(const struct view *view, const struct lab_entry *entry)
{
	switch (entry->kind) {
	case LAB_ENTRY_STARTED:
		append_text(view, entry, '$', LAB_PLAIN);
		break;
	case LAB_ENTRY_TYPED:
		append_text(view, entry, '>', LAB_BOLD);
		break;
	case LAB_ENTRY_PRINTED:
		append_printed(view, entry);
		break;
	case LAB_ENTRY_LEFT_OUT:
		append_count(view, entry, "... ", " more line; --segments shows it ...",
			     " more lines; --segments shows them ...");
		break;
	case LAB_ENTRY_CABLE:
		append_text(view, entry, '*', LAB_BOLD);
		break;
	case LAB_ENTRY_INPUT_ENDED:
	case LAB_ENTRY_SIGNALLED:
	case LAB_ENTRY_DROPPED:
	case LAB_ENTRY_ENDED:
		append_happened(view, entry);
		break;
	}
}

/* ---- all of them ---- */

bool lab_view_wants_transcript(const struct lab_record *record)
{
	return record->program_count > 1 || lab_transcript_has_typing(record);
}

void lab_view_transcript(struct text_builder *out, const struct lab_record *record,
			 const struct lab_view_style *style)
{
	struct lab_transcript *transcript = lab_transcript_create(record, style->whole);
	struct view view = { .out = out, .record = record, .style = style };
	const struct wrapped_lines legend = {
		.first = "  ",
		.next = "  ",
		.columns = style->columns,
	};
	struct lab_entry entry;

	if (!transcript) {
		text_append(out, "  Memory ended: what they printed cannot be told.\n");
		return;
	}
	choose_labels(&view);
	text_append(out, colour_of(&view, LAB_DIM));
	wrapped_lines_append(out, LEGEND, &legend);
	text_append(out, colour_of(&view, LAB_PLAIN));
	while (lab_transcript_next(transcript, &entry))
		append_entry(&view, &entry);
	lab_transcript_destroy(transcript);
}
