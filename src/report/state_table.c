#include "report/state_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/readable.h"
#include "report/state_text.h"
#include "report/wrapped_lines.h"

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define PLAIN "\x1b[0m"

#define NUMBER_BYTES 32u /* a count with its commas */
#define NAME_COLUMNS 11  /* ESTABLISHED, the longest */
#define INDENT_BYTES 128u
#define SENTENCES_MAX_BYTES 1024u

struct columns {
	int count;  /* of the widest count */
	int change; /* of the widest change; 0: no such column */
};

static size_t write_count(char out[NUMBER_BYTES], const char *sign, uint64_t count)
{
	struct text_builder text;
	int length;

	text_builder_init(&text, NUMBER_BYTES);
	readable_count(&text, count);
	length = snprintf(out, NUMBER_BYTES, "%s%s", sign, text_builder_text(&text));
	text_builder_finish(&text);
	return length > 0 ? (size_t)length : 0;
}

/* "+3", "-1", or nothing where it is as before. */
static size_t write_change(char out[NUMBER_BYTES], int64_t change)
{
	out[0] = '\0';
	if (change == 0)
		return 0;
	return write_count(out, change > 0 ? "+" : "-",
			   change > 0 ? (uint64_t)change : (uint64_t)-change);
}

static bool is_shown(const struct state_counts *counts, enum tcp_state state)
{
	return counts->now[state] > 0 || state_counts_change(counts, state) != 0;
}

static struct columns measure(const struct state_counts *counts)
{
	struct columns columns = { 1, counts->has_before ? 2 : 0 };

	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		char text[NUMBER_BYTES] = "";
		int count = (int)write_count(text, "", counts->now[i]);
		int change =
			(int)write_change(text, state_counts_change(counts, (enum tcp_state)i));

		columns.count = count > columns.count ? count : columns.count;
		columns.change = change > columns.change ? change : columns.change;
	}
	return columns;
}

struct row {
	struct text_builder *out;
	const struct state_counts *counts;
	const struct state_table_style *style;
	struct columns columns;
	enum tcp_state state;
};

static const char *sgr(const struct row *row, const char *code)
{
	return row->style->colour ? code : "";
}

/* The first line of a state up to where its explanation begins. */
static void write_head(const struct row *row, char out[INDENT_BYTES])
{
	char count[NUMBER_BYTES];
	char change[NUMBER_BYTES];

	(void)write_count(count, "", row->counts->now[row->state]);
	(void)write_change(change, state_counts_change(row->counts, row->state));
	(void)snprintf(out, INDENT_BYTES, "%s%*s%s%*s%s  %s%-*s%s  ", sgr(row, BOLD),
		       row->columns.count, count, row->columns.change > 0 ? " " : "",
		       row->columns.change, change, sgr(row, PLAIN), sgr(row, BOLD), NAME_COLUMNS,
		       tcp_state_name(row->state), sgr(row, PLAIN));
}

static void append_row(const struct row *row, const char *note)
{
	const struct state_text *text = state_text_of(row->state);
	char head[INDENT_BYTES];
	char next[INDENT_BYTES];
	struct wrapped_lines lines = { head, next, row->style->columns };
	struct text_builder sentences;

	write_head(row, head);
	(void)snprintf(next, sizeof(next), "%*s", (int)wrapped_lines_width(head, strlen(head)), "");
	text_builder_init(&sentences, SENTENCES_MAX_BYTES);
	text_append_format(&sentences, "%s%s%s", text->is, note ? " " : "", note ? note : "");
	wrapped_lines_append(row->out, text_builder_text(&sentences), &lines);
	text_builder_clear(&sentences);
	text_append_format(&sentences, "Many: %s", text->many);
	lines.first = next;
	text_append(row->out, sgr(row, DIM));
	wrapped_lines_append(row->out, text_builder_text(&sentences), &lines);
	text_append(row->out, sgr(row, PLAIN));
	text_builder_finish(&sentences);
}

void state_table_append(struct text_builder *out, const struct state_counts *counts,
			const char *const notes[TCP_STATE_COUNT],
			const struct state_table_style *style)
{
	struct row row = {
		.out = out, .counts = counts, .style = style, .columns = measure(counts)
	};
	enum tcp_state order[TCP_STATE_COUNT];

	state_counts_order(counts, order);
	for (size_t i = 0; i < TCP_STATE_COUNT; i++) {
		row.state = order[i];
		if (is_shown(counts, row.state))
			append_row(&row, notes[row.state]);
	}
}

void state_line_append(struct text_builder *out, const struct state_counts *counts)
{
	enum tcp_state order[TCP_STATE_COUNT];
	const char *separator = "";

	state_counts_order(counts, order);
	for (size_t i = 0; i < TCP_STATE_COUNT; i++) {
		int64_t change = state_counts_change(counts, order[i]);

		if (!is_shown(counts, order[i]))
			continue;
		text_append_format(out, "%s%s %" PRIu64, separator, tcp_state_name(order[i]),
				   counts->now[order[i]]);
		if (change != 0)
			text_append_format(out, " (%+" PRId64 ")", change);
		separator = ", ";
	}
	if (!*separator)
		text_append(out, "none");
}
