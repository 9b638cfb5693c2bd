#include "programs/trace_ladder.h"

#define OTHER_MAX_BYTES (4u * 1024 * 1024) /* as what it would take the place of */

bool trace_ladder_init(struct trace_ladder *ladder, const struct trace_options *options,
		       size_t columns, bool colour)
{
	bool live = options->interface != NULL;

	*ladder = (struct trace_ladder){
		.style = { .colour = colour,
			   .columns = columns,
			   .absolute = options->absolute,
			   .mixed = live,
			   .read_at_once = live },
		.messages = connection_messages_create(),
		.spool = live ? NULL : ladder_spool_create(),
	};
	text_builder_init(&ladder->other, OTHER_MAX_BYTES);
	return ladder->messages && (live || ladder->spool);
}

void trace_ladder_finish(struct trace_ladder *ladder)
{
	connection_messages_destroy(ladder->messages);
	ladder_spool_destroy(ladder->spool);
	text_builder_finish(&ladder->other);
	ladder->messages = NULL;
	ladder->spool = NULL;
}

static bool is_first(const struct tcp_connection *connection)
{
	return connection->ends[0].segments + connection->ends[1].segments == 1;
}

/* Until a later line tells why the segment was sent again, as is known now; then as it was. */
static int add_doubtful(struct trace_ladder *ladder, struct ladder_line *line,
			const struct text_builder *lines)
{
	struct text_builder *other = &ladder->other;
	int error;

	line->proven = CAUSE_TIMEOUT;
	ladder_segment(other, line, &ladder->style);
	error = ladder_spool_add_doubtful(
		ladder->spool, line->connection->number, line->segment->from,
		&(struct ladder_spool_text){ text_builder_text(lines), lines->length },
		&(struct ladder_spool_text){ text_builder_text(other), other->length });
	text_builder_clear(other);
	return error;
}

static int add_lines(struct trace_ladder *ladder, struct ladder_line *line,
		     const struct text_builder *lines)
{
	uint64_t number = line->connection->number;
	int error = 0;

	if (line->segment->proves_timeout != 0)
		error = ladder_spool_mend(ladder->spool, number, line->segment->from);
	if (error != 0)
		return error;
	if (line->segment->may_be_timeout)
		return add_doubtful(ladder, line, lines);
	return ladder_spool_add(ladder->spool, number, text_builder_text(lines), lines->length);
}

void trace_ladder_segment(struct trace_ladder *ladder, const struct trace_frame *frame,
			  struct text_builder *out)
{
	struct ladder_line line = { .connection = frame->connection, .segment = frame->segment };
	int error;

	line.message_count = connection_messages_segment(ladder->messages, frame->connection,
							 frame->segment, &line.messages);
	if (!ladder->spool && is_first(frame->connection))
		ladder_heading(out, frame->connection, &ladder->style);
	ladder_segment(out, &line, &ladder->style);
	if (!ladder->spool)
		return;
	error = add_lines(ladder, &line, out);
	if (ladder->error == 0)
		ladder->error = error;
	text_builder_clear(out);
}

void trace_ladder_heading(const struct trace_ladder *ladder,
			  const struct tcp_connection *connection, struct text_builder *heading)
{
	if (!ladder->spool)
		return;
	text_append(heading, "\n");
	ladder_heading(heading, connection, &ladder->style);
}

void trace_ladder_connection(struct trace_ladder *ladder, const struct tcp_connection *connection,
			     FILE *to)
{
	int error = 0;

	connection_messages_forget(ladder->messages, connection->number);
	if (!ladder->spool)
		return;
	if (to)
		error = ladder_spool_copy(ladder->spool, connection->number, to);
	else
		ladder_spool_drop(ladder->spool, connection->number);
	if (ladder->error == 0)
		ladder->error = error;
}
