#include "programs/lab_score_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/display_width.h"
#include "base/json_writer.h"
#include "programs/lab_output.h"
#include "programs/lab_score_json.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define NAME_MAX_BYTES 1024u
#define LINE_MAX_BYTES 8192u
#define PROBLEM_BYTES 256u
#define CELL_BYTES 48u
#define GRID_COLUMNS 12u
#define GAP 2u

struct row {
	const char *name; /* borrowed */
	char problem[PROBLEM_BYTES];
	bool scored;
	struct lab_score score;
};

struct lab_score_table {
	struct row *rows; /* owned */
	size_t most;
	size_t count;
	struct lab_score total;
};

struct lab_score_table *lab_score_table_create(size_t most)
{
	struct lab_score_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->most = most;
	table->rows = calloc(most + 1, sizeof(*table->rows));
	if (table->rows)
		return table;
	free(table);
	return NULL;
}

void lab_score_table_destroy(struct lab_score_table *table)
{
	if (!table)
		return;
	free(table->rows);
	free(table);
}

void lab_score_table_add(struct lab_score_table *table, const char *name, const char *problem,
			 const struct lab_score *score)
{
	struct row *row = &table->rows[table->count];

	if (table->count == table->most)
		return;
	*row = (struct row){ .name = name, .scored = score != NULL };
	(void)snprintf(row->problem, sizeof(row->problem), "%s", problem);
	if (score) {
		row->score = *score;
		lab_score_add(&table->total, score);
	}
	table->count++;
}

/* ---- the cells of a row ---- */

static void number_cell(char cell[CELL_BYTES], uint64_t number)
{
	if (number == 0)
		(void)snprintf(cell, CELL_BYTES, "-");
	else
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64, number);
}

/* "2/3": two of three. */
static void pair_cell(char cell[CELL_BYTES], uint64_t ours, uint64_t theirs)
{
	if (ours == 0 && theirs == 0)
		(void)snprintf(cell, CELL_BYTES, "-");
	else
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64 "/%" PRIu64, ours, theirs);
}

typedef void cells_function(const struct lab_score *score, char cells[][CELL_BYTES]);

static void state_cells(const struct lab_score *score, char cells[][CELL_BYTES])
{
	number_cell(cells[0], score->compared);
	number_cell(cells[1], score->agreed);
	number_cell(cells[2], score->unknowable);
	number_cell(cells[3], score->wrong);
	number_cell(cells[4], score->left_out);
	number_cell(cells[5], score->not_asked);
}

static uint64_t of_both(const uint64_t counts[LAB_HOSTS])
{
	return counts[LAB_CLIENT] + counts[LAB_SERVER];
}

static void again_cells(const struct lab_score *score, char cells[][CELL_BYTES])
{
	pair_cell(cells[0], of_both(score->again), of_both(score->again_by_kernel));
	for (int i = 0; i < LAB_MECHANISMS; i++)
		pair_cell(cells[1 + i], score->by_trace[i], score->by_kernel[i]);
	number_cell(cells[5], score->needless + score->unknown);
	number_cell(cells[6], score->unsure);
	pair_cell(cells[7], score->lost_told, score->lost);
	pair_cell(cells[8], score->came_told, score->came);
}

static bool sends_again(const struct lab_score *score)
{
	return of_both(score->again) > 0 || of_both(score->again_by_kernel) > 0;
}

static bool has_states(const struct lab_score *score)
{
	return score->compared > 0 || score->left_out > 0 || score->not_asked > 0;
}

struct grid {
	const char *heads[GRID_COLUMNS]; /* of the columns behind the name */
	size_t columns;
	cells_function *cells;
	bool (*has_row)(const struct lab_score *score);
};

static const struct grid state_grid = {
	.heads = { "compared", "agreed", "unknowable", "wrong", "left out", "not asked" },
	.columns = 6,
	.cells = state_cells,
	.has_row = has_states,
};

static const struct grid again_grid = {
	.heads = { "all", "timer", "probe", "ACKs", "window", "other", "unsure", "lost", "came" },
	.columns = 9,
	.cells = again_cells,
	.has_row = sends_again,
};

/* ---- a table ---- */

static void append_name(struct text_builder *out, const char *name, bool markdown)
{
	struct text_builder harmless;

	text_builder_init(&harmless, NAME_MAX_BYTES);
	text_append_harmless(&harmless, name, strlen(name));
	for (const char *at = text_builder_text(&harmless); *at; at++) {
		if (markdown && strchr("|<*_`", *at))
			text_append(out, "\\");
		text_append_bytes(out, at, 1);
	}
	text_builder_finish(&harmless);
}

struct widths {
	size_t name;
	size_t cells[GRID_COLUMNS];
	size_t gap;
};

static void widen(size_t *width, const char *text)
{
	size_t needed = display_width(text);

	*width = needed > *width ? needed : *width;
}

static void measure_row(const struct grid *grid, const char *name, const struct lab_score *score,
			struct widths *widths)
{
	char cells[GRID_COLUMNS][CELL_BYTES] = { "" };
	struct text_builder harmless;

	text_builder_init(&harmless, NAME_MAX_BYTES);
	append_name(&harmless, name, false);
	widen(&widths->name, text_builder_text(&harmless));
	text_builder_finish(&harmless);
	grid->cells(score, cells);
	for (size_t i = 0; i < grid->columns; i++)
		widen(&widths->cells[i], cells[i]);
}

static struct widths measure(const struct lab_score_table *table, const struct grid *grid,
			     size_t columns)
{
	struct widths widths = { .gap = GAP };
	size_t all;

	for (size_t i = 0; i < grid->columns; i++)
		widen(&widths.cells[i], grid->heads[i]);
	for (size_t i = 0; i < table->count; i++) {
		if (table->rows[i].scored && grid->has_row(&table->rows[i].score))
			measure_row(grid, table->rows[i].name, &table->rows[i].score, &widths);
	}
	measure_row(grid, "all", &table->total, &widths);
	all = widths.name;
	for (size_t i = 0; i < grid->columns; i++)
		all += GAP + widths.cells[i];
	if (all > columns)
		widths.gap = 1;
	return widths;
}

static void append_cells(const struct grid *grid, const struct widths *widths,
			 char cells[][CELL_BYTES], struct text_builder *out)
{
	for (size_t i = 0; i < grid->columns; i++) {
		if (widths)
			text_append_format(out, "%*s%*s", (int)widths->gap, "",
					   (int)widths->cells[i], cells[i]);
		else
			text_append_format(out, " %s |", cells[i]);
	}
	text_append(out, "\n");
}

/* widths: NULL: in Markdown. */
static void append_row(const struct grid *grid, const struct widths *widths, const char *name,
		       const struct lab_score *score, struct text_builder *out)
{
	char cells[GRID_COLUMNS][CELL_BYTES] = { "" };
	struct text_builder shown;

	text_builder_init(&shown, NAME_MAX_BYTES);
	append_name(&shown, name, !widths);
	if (widths)
		display_append_left(out, text_builder_text(&shown), widths->name);
	else
		text_append_format(out, "| %s |", text_builder_text(&shown));
	text_builder_finish(&shown);
	grid->cells(score, cells);
	append_cells(grid, widths, cells, out);
}

static void append_head(const struct grid *grid, const struct widths *widths,
			const struct lab_score_style *style, struct text_builder *out)
{
	char cells[GRID_COLUMNS][CELL_BYTES] = { "" };

	for (size_t i = 0; i < grid->columns; i++)
		(void)snprintf(cells[i], CELL_BYTES, "%s", grid->heads[i]);
	text_append(out, lab_output_colour(style->colour, LAB_DIM));
	if (widths)
		display_append_left(out, "", widths->name);
	else
		text_append(out, "| experiment |");
	append_cells(grid, widths, cells, out);
	text_append(out, lab_output_colour(style->colour, LAB_PLAIN));
	if (widths)
		return;
	text_append(out, "|---|");
	for (size_t i = 0; i < grid->columns; i++)
		text_append(out, "--:|");
	text_append(out, "\n");
}

static void append_grid(const struct lab_score_table *table, const struct grid *grid,
			const struct lab_score_style *style, struct text_builder *out)
{
	const struct widths measured = measure(table, grid, style->columns);
	const struct widths *widths = style->markdown ? NULL : &measured;

	append_head(grid, widths, style, out);
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (row->scored && grid->has_row(&row->score))
			append_row(grid, widths, row->name, &row->score, out);
	}
	append_row(grid, widths, "all", &table->total, out);
	text_append(out, "\n");
}

/* ---- what is said beside the tables ---- */

static void append_prose(struct text_builder *out, const char *text, const char *first,
			 const char *next, const struct lab_score_style *style)
{
	const struct wrapped_lines lines = {
		.first = first,
		.next = next,
		.columns = style->markdown ? 100 : style->columns,
	};

	wrapped_lines_append(out, text, &lines);
}

static void append_paragraph(struct text_builder *out, const char *text,
			     const struct lab_score_style *style)
{
	append_prose(out, text, "", "", style);
	text_append(out, "\n");
}

static void append_item(struct text_builder *out, const char *text,
			const struct lab_score_style *style)
{
	append_prose(out, text, style->markdown ? "- " : "  - ", style->markdown ? "  " : "    ",
		     style);
}

static void append_heading(struct text_builder *out, const char *heading,
			   const struct lab_score_style *style)
{
	if (style->markdown)
		text_append_format(out, "## %s\n\n", heading);
	else
		text_append_format(out, "%s%s%s\n\n", lab_output_colour(style->colour, LAB_BOLD),
				   heading, lab_output_colour(style->colour, LAB_PLAIN));
}

static void append_beginning(const struct lab_score_table *table,
			     const struct lab_score_style *style, struct text_builder *out)
{
	struct text_builder line;
	struct utsname system = { .release = "?" };

	if (!style->markdown)
		return;
	(void)uname(&system);
	/* What follows the numbers is a distributor's matter, not the kernel's behaviour. */
	system.release[strspn(system.release, "0123456789.")] = '\0';
	text_builder_init(&line, LINE_MAX_BYTES);
	text_append(out, "# The score: the trace against two kernels\n\n");
	text_append_format(&line,
			   "Made by `%s`: %zu experiments, seed %" PRIu64 ", Linux %s. Each is run "
			   "on two real TCP stacks and a cable of software; what `wiretale trace` "
			   "tells of its captures is put beside what both kernels say, and beside "
			   "what the cable did. Counts vary a little from run to run: kernels are "
			   "never quite on time.",
			   style->command, table->count, style->seed, system.release);
	append_paragraph(out, text_builder_text(&line), style);
	text_builder_finish(&line);
}

static int by_count(const void *one, const void *other, void *context)
{
	const struct lab_score *score = context;
	uint64_t a = score->reasons[*(const size_t *)one].count;
	uint64_t b = score->reasons[*(const size_t *)other].count;

	if (a != b)
		return a > b ? -1 : 1;
	return *(const size_t *)one < *(const size_t *)other ? -1 : 1;
}

static void append_reasons(const struct lab_score_table *table, const struct lab_score_style *style,
			   struct text_builder *out)
{
	struct lab_score total = table->total;
	size_t order[LAB_SCORE_REASONS_MAX];
	struct text_builder line;

	if (total.reason_count == 0)
		return;
	for (size_t i = 0; i < total.reason_count; i++)
		order[i] = i;
	qsort_r(order, total.reason_count, sizeof(order[0]), by_count, &total);
	append_paragraph(out, "What the wire could not know, and how often:", style);
	text_builder_init(&line, LINE_MAX_BYTES);
	for (size_t i = 0; i < total.reason_count; i++) {
		text_builder_clear(&line);
		text_append_format(&line, "%" PRIu64 ": %s", total.reasons[order[i]].count,
				   total.reasons[order[i]].text);
		append_item(out, text_builder_text(&line), style);
	}
	text_builder_finish(&line);
	text_append(out, "\n");
}

/* Where the trace's count is not its kernel's: why, as far as that is known. */
static bool append_count_note(const struct row *row, enum lab_host host,
			      const struct lab_score_style *style, struct text_builder *out)
{
	const struct lab_score *score = &row->score;
	uint64_t ours = score->again[host];
	uint64_t theirs = score->again_by_kernel[host];
	uint64_t uncounted = score->syn_answers[host] + score->forged[host];
	struct text_builder line;

	if (ours == theirs || !score->has_kernel)
		return false;
	text_builder_init(&line, LINE_MAX_BYTES);
	append_name(&line, row->name, style->markdown);
	text_append_format(&line, ", %s: %" PRIu64 " by the trace, %" PRIu64 " by its kernel",
			   lab_host_name(host), ours, theirs);
	if (score->syn_answers[host] > 0)
		text_append(&line, "; where both sides open at once, its SYN-ACK has the number of "
				   "its SYN again: sent again by the trace's definition, an answer "
				   "to its kernel");
	if (score->forged[host] > 0)
		text_append(&line, "; the cable made it, no kernel sent it");
	if (ours < theirs + uncounted && score->inside[host] > 0)
		text_append_format(&line,
				   "; perhaps of the %" PRIu64 " packets between its own programs, "
				   "which the cable never saw and its kernel counts too",
				   score->inside[host]);
	else if (ours != theirs + uncounted)
		text_append(&line, "; that is not explained");
	text_append(&line, ".");
	append_item(out, text_builder_text(&line), style);
	text_builder_finish(&line);
	return true;
}

static void append_count_notes(const struct lab_score_table *table,
			       const struct lab_score_style *style, struct text_builder *out)
{
	struct text_builder notes;
	bool any = false;

	text_builder_init(&notes, table->count * LINE_MAX_BYTES + 1);
	for (size_t i = 0; i < table->count; i++) {
		for (int host = 0; host < LAB_HOSTS; host++)
			any = append_count_note(&table->rows[i], (enum lab_host)host, style,
						&notes) ||
			      any;
	}
	if (any) {
		append_paragraph(out, "Where the counts differ:", style);
		text_append_format(out, "%s\n", text_builder_text(&notes));
	}
	text_builder_finish(&notes);
}

static void append_problems(const struct lab_score_table *table,
			    const struct lab_score_style *style, struct text_builder *out)
{
	struct text_builder line;
	bool any = false;

	text_builder_init(&line, LINE_MAX_BYTES);
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (!row->problem[0])
			continue;
		if (!any)
			append_paragraph(out, "Not passed:", style);
		any = true;
		text_builder_clear(&line);
		append_name(&line, row->name, style->markdown);
		text_append(&line, ": ");
		append_name(&line, row->problem, style->markdown);
		append_item(out, text_builder_text(&line), style);
	}
	text_builder_finish(&line);
}

static void append_sum(const struct lab_score_table *table, const struct lab_score_style *style,
		       struct text_builder *out)
{
	const struct lab_score *total = &table->total;
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	text_append(&line, "States: right in ");
	readable_count(&line, total->agreed);
	text_append(&line, " of ");
	readable_count(&line, total->compared);
	text_append(&line, "; ");
	readable_count(&line, total->unknowable);
	text_append(&line, " could not be known, ");
	readable_count(&line, total->wrong);
	text_append(&line, " wrong. Sent again: ");
	readable_count(&line, of_both(total->again));
	text_append(&line, " by the trace, ");
	readable_count(&line, of_both(total->again_by_kernel));
	text_append(&line, " by the kernels. What made them send it: as the kernels count it in ");
	readable_count(&line, total->as_kernel);
	text_append(&line, ", otherwise in ");
	readable_count(&line, total->otherwise);
	text_append(&line, ", not told in ");
	readable_count(&line, total->needless + total->unknown);
	text_append(&line, "; ");
	readable_count(&line, total->unsure);
	text_append(&line, " of these words are not sure.");
	append_paragraph(out, text_builder_text(&line), style);
	text_builder_finish(&line);
}

static const char states_words[] =
	"Each end of a segment's way is a moment: the sender has just sent, the receiver just got "
	"it. What a capture on that host tells of its state is compared with what its kernel says. "
	"Unknowable: no capture could have told, for the reasons below. Wrong: one could have. "
	"Left "
	"out: a socket was closed, and its FIN had not left yet. Not asked: segments came faster "
	"than kernels can be asked.";

static const char again_words[] =
	"All: segments sent again, by the trace at the cable, which is told what was lost there / "
	"by the kernels (TcpRetransSegs).";

static const char mechanism_words[] =
	"What made a host do it, by the trace / by its kernel's counters. Timer: its "
	"retransmission timer (the trace's timeout). Probe: a tail-loss probe (TCPLossProbes). "
	"ACKs: they told of a loss (fast and sack; TCPFastRetrans). Window: one of which something "
	"is lost for sure (go-back-n, and what an ICMP error called too long; "
	"TCPSlowStartRetrans). Other: the trace says that it was needless, or that it "
	"cannot tell, and nothing of what made the host do it. Unsure: what the trace says is "
	"likely, or less.";

static const char original_words[] =
	"Lost: repeats of what was lost, damaged or not taken; before the stroke those that the "
	"trace does not call needless. Came: repeats of what had come, or came later; before the "
	"stroke those that the trace calls needless; a SYN or SYN-ACK, which asks for its answer, "
	"is not among them.";

void lab_score_table_append(const struct lab_score_table *table,
			    const struct lab_score_style *style, struct text_builder *out)
{
	append_beginning(table, style, out);
	append_sum(table, style, out);
	append_heading(out, "States", style);
	append_paragraph(out, states_words, style);
	append_grid(table, &state_grid, style, out);
	append_reasons(table, style, out);
	append_heading(out, "Sent again", style);
	append_paragraph(out, again_words, style);
	append_paragraph(out, mechanism_words, style);
	append_paragraph(out, original_words, style);
	append_grid(table, &again_grid, style, out);
	append_count_notes(table, style, out);
	if (table->total.out_of_memory || table->total.not_judged > 0)
		append_paragraph(out,
				 "Of some repeats it is not known what became of the original: "
				 "there were too many segments.",
				 style);
	append_problems(table, style, out);
	/* The empty line behind the last paragraph parts it from nothing. */
	if (out->length > 1 && memcmp(text_builder_text(out) + out->length - 2, "\n\n", 2) == 0)
		out->length--;
}

/* ---- JSON ---- */

void lab_score_table_json_row(const struct lab_score_table *table, struct text_builder *out)
{
	const struct row *row = &table->rows[table->count > 0 ? table->count - 1 : 0];
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "score");
	json_name(&json, "experiment");
	json_string(&json, row->name);
	json_name(&json, "passed");
	json_bool(&json, !row->problem[0]);
	if (row->problem[0]) {
		json_name(&json, "failure");
		json_string(&json, row->problem);
	}
	if (row->scored)
		lab_score_json(&json, &row->score);
	json_end_object(&json);
	text_append(out, "\n");
}

void lab_score_table_json_total(const struct lab_score_table *table, struct text_builder *out)
{
	struct json_writer json = json_writer_on(out);
	size_t passed = 0;

	for (size_t i = 0; i < table->count; i++)
		passed += !table->rows[i].problem[0];
	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "total");
	json_name(&json, "experiments");
	json_unsigned(&json, table->count);
	json_name(&json, "passed");
	json_unsigned(&json, passed);
	lab_score_json(&json, &table->total);
	json_end_object(&json);
	text_append(out, "\n");
}
