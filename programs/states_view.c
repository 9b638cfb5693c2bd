#include "programs/states_view.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "programs/states_groups.h"
#include "programs/states_list.h"
#include "report/readable.h"
#include "report/state_diagram.h"
#include "report/state_table.h"
#include "report/wrapped_lines.h"

#define PROSE_COLUMNS_MAX 100u /* longer lines are not read well */
#define NOTE_MAX_BYTES 512u
#define HEAD_MAX_BYTES 2048u

struct states_question states_view_question(const struct states_options *options)
{
	bool lists = options->view == STATES_LIST;
	bool groups = options->view == STATES_GROUPS;

	return (struct states_question){
		.states = options->states,
		.port = options->port,
		.keeps = lists || groups,
		.wants_ports = groups && options->by == STATES_BY_PORT,
		.wants_owners = lists || (groups && options->by != STATES_BY_PEER),
		.wants_info = options->info,
	};
}

static void append_json_counts(struct states_output *output, const struct state_counts *counts,
			       const struct states_options *options)
{
	enum tcp_state order[TCP_STATE_COUNT];
	char now[CLOCK_TEXT_BYTES];
	uint64_t now_ns = clock_wall_ns();

	clock_text(now_ns, clock_zone_s(now_ns), 3, now);
	state_counts_order(counts, order);
	for (size_t i = 0; i < TCP_STATE_COUNT; i++) {
		struct json_writer json = json_writer_on(&output->text);

		if (!(options->states >> order[i] & 1))
			continue;
		json_begin_object(&json);
		json_name(&json, "type");
		json_string(&json, "state");
		json_name(&json, "state");
		json_string(&json, tcp_state_name(order[i]));
		json_name(&json, "count");
		json_unsigned(&json, counts->now[order[i]]);
		if (counts->has_before) {
			json_name(&json, "change");
			json_signed(&json, state_counts_change(counts, order[i]));
		}
		if (options->watch) {
			json_name(&json, "time");
			json_string(&json, now);
		}
		json_end_object(&json);
		text_append(&output->text, "\n");
		states_output_row(output);
	}
}

static void append_remark_of_time_wait(struct text_builder *out, const struct states_sample *sample)
{
	if (sample->counts[TCP_TIME_WAIT] == 1) {
		text_append(out, "It is gone in ");
	} else {
		text_append_format(out, "The first is gone in %" PRIu32 " s, the last in ",
				   (uint32_t)(sample->first_gone_ms / MS_PER_S));
	}
	text_append_format(out, "%" PRIu32 " s.", (uint32_t)(sample->last_gone_ms / MS_PER_S));
}

/* "3 of them have", "It has" where there are no others. */
static void append_how_many(struct text_builder *out, uint64_t count, uint64_t of)
{
	if (of == 1) {
		text_append(out, "It has");
		return;
	}
	readable_count(out, count);
	text_append(out, count == 1 ? " of them has" : " of them have");
}

/* What can be said of the sockets in a state beyond their number. */
static void append_remark(struct text_builder *out, const struct states_sample *sample,
			  enum tcp_state state)
{
	if (state == TCP_TIME_WAIT && sample->counts[state] > 0) {
		append_remark_of_time_wait(out, sample);
	} else if (state == TCP_LISTEN && sample->full_listeners > 0) {
		append_how_many(out, sample->full_listeners, sample->counts[state]);
		text_append(out, " a full queue: the program does not accept().");
	} else if (sample->unanswered[state] > 0) {
		append_how_many(out, sample->unanswered[state], sample->counts[state]);
		text_append(out, " sent again already, without an answer.");
	}
}

static void append_table(struct states_output *output, const struct states_sample *sample,
			 const struct state_counts *counts)
{
	const struct state_table_style style = {
		.colour = output->colour,
		.columns = output->columns > 0 && output->columns < PROSE_COLUMNS_MAX
				   ? output->columns
				   : PROSE_COLUMNS_MAX,
	};
	struct text_builder remarks[TCP_STATE_COUNT];
	const char *notes[TCP_STATE_COUNT];

	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		text_builder_init(&remarks[i], NOTE_MAX_BYTES);
		append_remark(&remarks[i], sample, (enum tcp_state)i);
		notes[i] = remarks[i].length > 0 ? text_builder_text(&remarks[i]) : NULL;
	}
	state_table_append(&output->text, counts, notes, &style);
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++)
		text_builder_finish(&remarks[i]);
}

/* "37 TCP sockets"; of lists, what the table would say: ": ESTABLISHED 21, ..." */
static void append_head(struct states_output *output, const struct state_counts *counts,
			const struct states_options *options)
{
	const struct wrapped_lines lines = { states_output_bold(output), "  ", output->columns };
	bool lists = options->view == STATES_LIST || options->view == STATES_GROUPS;
	uint64_t total = state_counts_total(counts);
	struct text_builder head;

	text_builder_init(&head, HEAD_MAX_BYTES);
	if (total == 0)
		text_append(&head, "No TCP socket");
	else
		readable_count(&head, total);
	if (total > 0)
		text_append(&head, total == 1 ? " TCP socket" : " TCP sockets");
	if (options->port > 0)
		text_append_format(&head, " with port %u", options->port);
	if (options->states != STATES_EVERY_STATE && total == 0)
		text_append(&head, " in such a state");
	text_append(&head, states_output_plain(output));
	if (lists && total > 0) {
		text_append(&head, ": ");
		state_line_append(&head, counts);
	}
	wrapped_lines_append(&output->text, text_builder_text(&head), &lines);
	if (total > 0 || counts->has_before || options->view == STATES_DIAGRAM)
		text_append(&output->text, "\n");
	text_builder_finish(&head);
}

static void append_line(struct states_output *output, const struct state_counts *counts)
{
	uint64_t now_ns = clock_wall_ns();

	readable_time_of_day(&output->text, (int64_t)now_ns, now_ns % NS_PER_S == 0 ? 0 : 1);
	text_append(&output->text, "  ");
	state_line_append(&output->text, counts);
	text_append(&output->text, "\n");
}

static bool append_sockets(struct states_output *output, struct states_sample *sample,
			   const struct states_options *options)
{
	if (options->view == STATES_LIST)
		states_list_write(output, sample, options);
	else if (options->view == STATES_GROUPS)
		return states_groups_write(output, sample, options);
	return true;
}

bool states_view_write(struct states_output *output, struct states_sample *sample,
		       const struct state_counts *counts, const struct states_options *options,
		       bool is_line)
{
	if (options->json) {
		append_json_counts(output, counts, options);
		return append_sockets(output, sample, options);
	}
	if (is_line) {
		append_line(output, counts);
		return append_sockets(output, sample, options);
	}
	append_head(output, counts, options);
	if (options->view == STATES_TABLE)
		append_table(output, sample, counts);
	else if (options->view == STATES_DIAGRAM)
		state_diagram_append(&output->text, counts, output->colour);
	return append_sockets(output, sample, options);
}
