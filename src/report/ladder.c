/*
 * A line is put together from left to right: the frame and the time, the client's lifeline, the
 * arrow with as many of the segment's words as fit, the server's lifeline. What did not fit stands
 * under it: ladder_notes.c.
 */
#include "report/ladder.h"

#include <stdint.h>
#include <string.h>

#include "base/decimal.h"
#include "report/ladder_drawing.h"
#include "report/readable.h"

#define LONG_NS INT64_C(500000000) /* of silence: a line of its own says so */

void ladder_lifeline(struct ladder_drawing *drawing, size_t column, const char *mark)
{
	ladder_row_to(&drawing->row, column);
	ladder_row_text(&drawing->row, mark, NULL);
}

/* As text. */
struct margin {
	char frame[3 * DECIMAL_MAX_BYTES]; /* and the number of the connection, with style->mixed */
	size_t frame_length;
	char time[64];
	size_t time_length;
};

/* Takes digits behind the point away, the point with the last, until it fits. */
static void shorten_time(struct margin *margin, size_t room, int digits)
{
	while (margin->time_length > room && digits > 0) {
		margin->time_length--;
		if (--digits == 0)
			margin->time_length--;
	}
}

static void write_frame(const struct ladder_drawing *drawing, const struct ladder_place *place,
			struct margin *out)
{
	out->frame_length = 0;
	if (place->frame != 0) {
		out->frame[out->frame_length++] = '[';
		out->frame_length += decimal_write(out->frame + 1, place->frame);
		out->frame[out->frame_length++] = ']';
	}
	if (!drawing->style->mixed || place->connection == 0)
		return;
	if (out->frame_length > 0)
		out->frame[out->frame_length++] = ' ';
	out->frame[out->frame_length++] = '#';
	out->frame_length += decimal_write(out->frame + out->frame_length, place->connection);
}

static void write_time(const struct ladder_drawing *drawing, const struct ladder_place *place,
		       struct margin *out)
{
	struct text_builder time;

	if (!place->since_1970) {
		out->time_length = decimal_write_seconds(out->time, place->time_ns) -
				   (size_t)(9 - drawing->layout.time_digits);
		return;
	}
	text_builder_init(&time, sizeof(out->time));
	readable_time_of_day(&time, place->time_ns, drawing->layout.time_digits);
	out->time_length = time.length;
	memcpy(out->time, text_builder_text(&time), time.length);
	text_builder_finish(&time);
}

void ladder_margin(struct ladder_drawing *drawing, const struct ladder_place *place)
{
	size_t width = drawing->layout.margin;
	struct ladder_row *row = &drawing->row;
	struct margin text;

	write_frame(drawing, place, &text);
	write_time(drawing, place, &text);
	shorten_time(&text, text.frame_length + 1 < width ? width - text.frame_length - 1 : 0,
		     drawing->layout.time_digits);
	ladder_row_bytes(row, text.frame, text.frame_length, NULL);
	/* Numbers that large get a row of their own. */
	if (text.frame_length + 1 + text.time_length > width)
		ladder_row_text(row, " ", NULL);
	else
		ladder_row_to(row, width - text.time_length);
	ladder_row_bytes(row, text.time, text.time_length, NULL);
	if (row->column > width)
		ladder_row_end(row);
}

bool ladder_shows_state(const struct ladder_drawing *drawing, enum tcp_side side)
{
	const struct ladder_truth_state *state = &drawing->states[side];

	return state->known && (state->changes || state->differs);
}

size_t ladder_state_width(const struct ladder_drawing *drawing, enum tcp_side side)
{
	return strlen(tcp_state_name(drawing->states[side].state));
}

void ladder_state(struct ladder_drawing *drawing, enum tcp_side side)
{
	const struct ladder_truth_state *state = &drawing->states[side];
	const char *name = tcp_state_name(state->state);
	char small[LADDER_STATE_COLUMNS + 1];
	size_t length = 0;

	if (state->by_kernel) {
		ladder_row_text(&drawing->row, name, state->differs ? LADDER_RED : LADDER_CYAN);
		return;
	}
	for (; length < LADDER_STATE_COLUMNS && name[length] != '\0'; length++) {
		small[length] = name[length];
		if (name[length] >= 'A' && name[length] <= 'Z')
			small[length] = (char)(name[length] - 'A' + 'a');
	}
	ladder_row_bytes(&drawing->row, small, length, LADDER_DIM);
}

void ladder_state_before(struct ladder_drawing *drawing)
{
	const struct ladder_layout *layout = &drawing->layout;

	if (!layout->states_outside || !ladder_shows_state(drawing, TCP_CLIENT))
		return;
	ladder_row_to(&drawing->row, layout->client - 1 - ladder_state_width(drawing, TCP_CLIENT));
	ladder_state(drawing, TCP_CLIENT);
}

void ladder_state_behind(struct ladder_drawing *drawing)
{
	if (drawing->layout.states_outside && ladder_shows_state(drawing, TCP_SERVER)) {
		ladder_row_text(&drawing->row, " ", NULL);
		ladder_state(drawing, TCP_SERVER);
	}
	ladder_row_end(&drawing->row);
}

static void arrow_row(struct ladder_drawing *drawing)
{
	const struct ladder_line *line = drawing->line;
	struct ladder_place place = {
		.frame = line->segment->packet->frame,
		.connection = line->connection->number,
	};

	/* Where several are mixed, what they have in common; else since the first frame. */
	if (line->truth) {
		place.time_ns = line->truth->sent_ns;
	} else if (drawing->style->mixed) {
		place.time_ns = line->segment->packet->time_ns;
		place.since_1970 = true;
	} else {
		place.time_ns = line->segment->since_start_ns;
	}
	ladder_margin(drawing, &place);
	ladder_state_before(drawing);
	ladder_arrow(drawing);
	ladder_state_behind(drawing);
}

/* A row between the lifelines that is no segment. */
static void middle_row(struct ladder_drawing *drawing, const char *mark, const char *text)
{
	const struct ladder_layout *layout = &drawing->layout;
	size_t width = strlen(text);
	size_t inner = layout->server - layout->client - 1;

	ladder_lifeline(drawing, layout->client, mark);
	if (width < inner)
		ladder_row_to(&drawing->row, layout->client + 1 + (inner - width) / 2);
	ladder_row_text(&drawing->row, text, LADDER_DIM);
	ladder_lifeline(drawing, layout->server, mark);
	ladder_row_end(&drawing->row);
}

void ladder_silence(struct ladder_drawing *drawing, int64_t silence_ns)
{
	struct text_builder text;

	if (silence_ns < LONG_NS)
		return;
	text_builder_init(&text, 64);
	readable_duration(&text, silence_ns);
	text_append(&text, " pass");
	middle_row(drawing, ":", text_builder_text(&text));
	text_builder_finish(&text);
}

/* What must have been before the segment: a broken arrow where it would stand. */
static void gap_row(struct ladder_drawing *drawing)
{
	struct ladder_words words;
	struct ladder_gap gap;

	if (!ladder_gap_before(drawing->line, &gap))
		return;
	ladder_words_of_gap(&words, drawing->line, &gap, drawing->style);
	ladder_gap_arrow(drawing, &words);
	ladder_row_end(&drawing->row);
}

/* What the trace infers, where nobody knows better. */
static void take_states(struct ladder_drawing *drawing)
{
	const struct ladder_line *line = drawing->line;
	const struct segment_facts *segment = line->segment;

	for (unsigned side = 0; side < 2; side++) {
		drawing->states[side] = (struct ladder_truth_state){
			.known = true,
			.changes = segment->before[side] != segment->states[side] ||
				   segment->packet->frame == line->connection->first_frame,
			.by_kernel = true,
			.state = segment->states[side],
		};
	}
}

void ladder_segment(struct text_builder *out, const struct ladder_line *line,
		    const struct ladder_style *style)
{
	struct ladder_drawing drawing = {
		.line = line,
		.style = style,
		.layout = ladder_layout_of(style),
		.row = { .out = out, .colour = style->colour },
		.from = line->segment->from,
	};

	ladder_words_gather(&drawing.words, line, style);
	ladder_message_word(&drawing);
	take_states(&drawing);
	ladder_truth_take(&drawing);
	if (line->truth)
		ladder_silence(&drawing, line->truth->since_ns);
	else if (!style->mixed)
		/* Where other connections' lines stand between, the segment itself says it. */
		ladder_silence(&drawing, line->segment->since_last_ns);
	gap_row(&drawing);
	arrow_row(&drawing);
	ladder_notes(&drawing);
	text_builder_finish(&drawing.why);
}
