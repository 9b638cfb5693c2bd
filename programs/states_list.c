#include "programs/states_list.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs/states_holder.h"
#include "programs/states_socket_text.h"
#include "report/wrapped_lines.h"

#define STATE_COLUMNS 11
#define CELL_BYTES 160u
#define DOING_BYTES 512u
#define GAP 2                /* blanks between columns */
#define DOING_COLUMNS_MIN 28 /* in less than that, sentences are not read well */

/* The texts of a row. */
struct cells {
	char local[CELL_BYTES];
	char peer[CELL_BYTES];
	char program[CELL_BYTES];
	char doing[DOING_BYTES];
};

struct widths {
	int local;
	int peer;
	int program;
	int doing;
	int indent;     /* of the last column */
	bool two_lines; /* too little is left for the last columns: they have a line of their own */
};

static void write_end(char out[CELL_BYTES], const struct ip_address *address, uint16_t port)
{
	struct text_builder text;

	text_builder_init(&text, CELL_BYTES - 1);
	states_end_text(&text, address, port);
	(void)snprintf(out, CELL_BYTES, "%s", text_builder_text(&text));
	text_builder_finish(&text);
}

static void write_program(char out[CELL_BYTES], const struct states_sample *sample,
			  const struct diag_socket *socket)
{
	struct states_holder holder = states_holder_of(sample, socket);

	if (holder.kind == STATES_HELD)
		(void)snprintf(out, CELL_BYTES, "%s %ld", holder.owner.program,
			       (long)holder.owner.pid);
	else if (holder.kind == STATES_HIDDEN)
		(void)snprintf(out, CELL_BYTES, "(uid %lu)", (unsigned long)socket->uid);
	else
		(void)snprintf(out, CELL_BYTES, "%s",
			       holder.kind == STATES_NOT_ACCEPTED ? "(not accepted)" : "-");
}

static void write_cells(struct cells *cells, const struct states_sample *sample,
			const struct diag_socket *socket)
{
	struct text_builder doing;

	write_end(cells->local, &socket->local, socket->local_port);
	write_end(cells->peer, &socket->remote, socket->remote_port);
	write_program(cells->program, sample, socket);
	text_builder_init(&doing, DOING_BYTES - 1);
	states_doing_text(&doing, socket);
	(void)snprintf(cells->doing, sizeof(cells->doing), "%s", text_builder_text(&doing));
	text_builder_finish(&doing);
}

static int width_of(const char *text)
{
	return (int)wrapped_lines_width(text, strlen(text));
}

static void widen(int *width, const char *text)
{
	int own = width_of(text);

	if (own > *width)
		*width = own;
}

static struct widths measure(const struct states_sample *sample, size_t columns)
{
	struct widths widths = { .local = 5, .peer = 4, .program = 7, .doing = 3 };
	int least; /* columns of the last one */

	for (size_t i = 0; i < sample->count; i++) {
		struct cells cells;

		write_cells(&cells, sample, &sample->sockets[i]);
		widen(&widths.local, cells.local);
		widen(&widths.peer, cells.peer);
		widen(&widths.program, cells.program);
		widen(&widths.doing, cells.doing);
	}
	widths.indent = STATE_COLUMNS + widths.local + widths.peer + widths.program + 4 * GAP;
	least = widths.doing < DOING_COLUMNS_MIN ? widths.doing : DOING_COLUMNS_MIN;
	widths.two_lines = columns > 0 && columns < INT_MAX && widths.indent + least > (int)columns;
	return widths;
}

/* printf() counts bytes; people see columns. */
static void append_cell(struct text_builder *out, const char *text, int columns)
{
	text_append_format(out, "%s%*s", text, columns - width_of(text) + GAP, "");
}

static void append_head(struct states_output *output, const struct widths *widths)
{
	struct text_builder *out = &output->text;

	text_append(out, states_output_bold(output));
	append_cell(out, "STATE", STATE_COLUMNS);
	append_cell(out, "LOCAL", widths->local);
	if (widths->two_lines) {
		text_append(out, "PEER");
	} else {
		append_cell(out, "PEER", widths->peer);
		append_cell(out, "PROGRAM", widths->program);
		text_append(out, "NOW");
	}
	text_append_format(out, "%s\n", states_output_plain(output));
}

/* Behind the state, indented. */
static void append_below(struct states_output *output, const char *text)
{
	static const char indent[] = "             "; /* STATE_COLUMNS + GAP */
	const struct wrapped_lines lines = { indent, indent, output->columns };

	wrapped_lines_append(&output->text, text, &lines);
}

static void append_second_line(struct states_output *output, const struct cells *cells)
{
	char line[CELL_BYTES + sizeof(": ") + DOING_BYTES];

	(void)snprintf(line, sizeof(line), "%s%s%s", cells->program, cells->doing[0] ? ": " : "",
		       cells->doing);
	append_below(output, line);
}

static void append_info(struct states_output *output, const struct diag_socket *socket)
{
	struct text_builder info;

	text_builder_init(&info, 1024);
	states_info_text(&info, socket);
	append_below(output, text_builder_text(&info));
	text_builder_finish(&info);
}

/* What it does now: the last column, in as many lines as it takes. */
static void append_doing(struct states_output *output, const struct widths *widths,
			 const char *doing)
{
	struct wrapped_lines lines = { .columns = output->columns };
	char indent[4 * CELL_BYTES];
	struct text_builder text;

	(void)snprintf(indent, sizeof(indent), "%*s", widths->indent, "");
	lines.first = indent;
	lines.next = indent;
	text_builder_init(&text, sizeof(indent) * 8);
	wrapped_lines_append(&text, doing, &lines);
	/* On the first line the other columns stand there already. */
	if (text.length > (size_t)widths->indent)
		text_append(&output->text, text_builder_text(&text) + widths->indent);
	text_builder_finish(&text);
}

static void append_row(struct states_output *output, const struct states_sample *sample,
		       const struct widths *widths, const struct diag_socket *socket)
{
	struct text_builder *out = &output->text;
	struct cells cells;

	write_cells(&cells, sample, socket);
	append_cell(out, tcp_state_name(states_of(socket->state)), STATE_COLUMNS);
	append_cell(out, cells.local, widths->local);
	if (widths->two_lines) {
		text_append_format(out, "%s\n", cells.peer);
		append_second_line(output, &cells);
		return;
	}
	append_cell(out, cells.peer, widths->peer);
	if (cells.doing[0]) {
		append_cell(out, cells.program, widths->program);
		append_doing(output, widths, cells.doing);
	} else {
		text_append_format(out, "%s\n", cells.program);
	}
}

static int compare_ends(const struct ip_address *one, uint16_t one_port,
			const struct ip_address *other, uint16_t other_port)
{
	int addresses;

	if (one_port != other_port)
		return one_port < other_port ? -1 : 1;
	if (one->version != other->version)
		return one->version < other->version ? -1 : 1;
	addresses = memcmp(one->bytes, other->bytes, sizeof(one->bytes));
	return addresses;
}

/* As connections live through the states; within one, by ports and addresses. */
static int compare(const void *one, const void *other)
{
	const struct diag_socket *left = one;
	const struct diag_socket *right = other;
	enum tcp_state left_state = states_of(left->state);
	enum tcp_state right_state = states_of(right->state);
	int ends;

	if (left_state != right_state)
		return left_state < right_state ? -1 : 1;
	ends = compare_ends(&left->local, left->local_port, &right->local, right->local_port);
	if (ends != 0)
		return ends;
	return compare_ends(&left->remote, left->remote_port, &right->remote, right->remote_port);
}

void states_list_write(struct states_output *output, struct states_sample *sample,
		       const struct states_options *options)
{
	struct widths widths = { 0 };

	if (sample->count == 0)
		return;
	qsort(sample->sockets, sample->count, sizeof(sample->sockets[0]), compare);
	if (!options->json) {
		widths = measure(sample, output->columns);
		append_head(output, &widths);
	}
	for (size_t i = 0; i < sample->count && !output->failed; i++) {
		const struct diag_socket *socket = &sample->sockets[i];

		if (options->json)
			states_socket_json(&output->text, sample, socket, options->info);
		else
			append_row(output, sample, &widths, socket);
		if (options->info && !options->json && socket->has_info &&
		    socket->state != SOCKET_LISTEN)
			append_info(output, socket);
		states_output_row(output);
	}
}
