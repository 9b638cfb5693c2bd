/* What a lab knows, in a ladder. */
#include "report/ladder.h"

#include <inttypes.h>
#include <string.h>

#include "report/ladder_drawing.h"
#include "report/ladder_row.h"

#define WHY_MAX_BYTES 1024u
#define EVENT_MAX_BYTES 8192u

static void add_word(struct ladder_drawing *drawing, const struct text_builder *text,
		     const char *sgr)
{
	(void)ladder_words_add(&drawing->words, LADDER_LABEL, text_builder_text(text), sgr);
}

/* Where the trace took a state for another. */
static void add_difference(struct ladder_drawing *drawing, enum tcp_side side)
{
	const struct ladder_truth_state *state = &drawing->states[side];
	struct text_builder text;

	if (!state->known || !state->differs)
		return;
	text_builder_init(&text, 128);
	text_append(&text, "by the wire the ");
	text_append(&text, tcp_side_name(side));
	text_append(&text, " would be ");
	text_append(&text, tcp_state_name(state->by_wire));
	(void)ladder_words_add(&drawing->words, LADDER_REMARK, text_builder_text(&text),
			       LADDER_RED);
	text_builder_finish(&text);
}

static void add_overtaken(struct ladder_drawing *drawing, uint64_t frame)
{
	struct text_builder text;

	if (frame == 0)
		return;
	text_builder_init(&text, 64);
	text_append_format(&text, "overtaken by [%" PRIu64 "]", frame);
	add_word(drawing, &text, LADDER_YELLOW);
	text_builder_finish(&text);
}

/* Where the lab does not say by what it was done, at least that it was. */
static const char *plain_reason(const struct ladder_truth *truth)
{
	if (truth->forged)
		return "made by the cable";
	if (truth->copy_of != 0)
		return "delivered a second time";
	if (truth->changed)
		return "changed on its way";
	return "";
}

void ladder_truth_take(struct ladder_drawing *drawing)
{
	const struct ladder_truth *truth = drawing->line->truth;
	const char *why;

	text_builder_init(&drawing->why, WHY_MAX_BYTES);
	if (!truth)
		return;
	/* The original says what copied it. */
	if (!truth->why || truth->why[0] == '\0' ||
	    (truth->copy_of != 0 && truth->fate != LADDER_LOST))
		why = plain_reason(truth);
	else
		why = truth->why;
	text_append_harmless(&drawing->why, why, strlen(why));
	if (truth->fate == LADDER_ON_ITS_WAY)
		(void)ladder_words_add(&drawing->words, LADDER_LABEL, "still on its way at the end",
				       LADDER_YELLOW);
	for (unsigned side = 0; side < 2; side++) {
		drawing->states[side] = truth->states[side];
		/* Where it has not arrived yet, there is nothing to tell. */
		if (side != drawing->from && truth->fate != LADDER_ARRIVED)
			drawing->states[side].known = false;
		add_difference(drawing, (enum tcp_side)side);
	}
	add_overtaken(drawing, truth->overtaken_by);
}

void ladder_arrival(struct text_builder *out, const struct ladder_arrival *arrival,
		    const struct ladder_style *style)
{
	const struct ladder_place place = {
		.connection = arrival->connection,
		.time_ns = arrival->at_ns,
	};
	enum tcp_side to = tcp_other_side(arrival->from);
	struct ladder_drawing drawing = {
		.style = style,
		.layout = ladder_layout_of(style),
		.row = { .out = out, .colour = style->colour },
		.from = arrival->from,
	};
	struct text_builder frame;

	drawing.states[to] = arrival->state;
	text_builder_init(&frame, 64);
	text_append_format(&frame, "[%" PRIu64 "]", arrival->frame);
	(void)ladder_words_add(&drawing.words, LADDER_FLAGS, text_builder_text(&frame), NULL);
	text_builder_finish(&frame);
	ladder_words_add_flags(&drawing.words, arrival->flags);
	add_difference(&drawing, to);
	ladder_silence(&drawing, arrival->since_ns);
	ladder_margin(&drawing, &place);
	ladder_state_before(&drawing);
	ladder_arrival_arrow(&drawing, arrival->way_ns);
	ladder_state_behind(&drawing);
	ladder_notes(&drawing);
}

static void error_words(struct ladder_words *words, const struct icmp_error *icmp)
{
	struct text_builder text;

	(void)ladder_words_add(words, LADDER_FLAGS, icmp->source.version == 6 ? "ICMPv6" : "ICMP",
			       LADDER_BOLD);
	text_builder_init(&text, 128);
	if (icmp->next_hop_mtu != 0)
		text_append_format(&text, "too long: the next hop takes %u bytes",
				   icmp->next_hop_mtu);
	else
		text_append_format(&text, "type %u, code %u", icmp->type, icmp->code);
	(void)ladder_words_add(words, LADDER_NUMBERS, text_builder_text(&text), LADDER_YELLOW);
	text_builder_finish(&text);
}

void ladder_error(struct text_builder *out, const struct ladder_error *error,
		  const struct ladder_style *style)
{
	const struct ladder_place place = {
		.frame = error->frame,
		.connection = error->connection,
		.time_ns = error->at_ns,
	};
	struct ladder_drawing drawing = {
		.style = style,
		.layout = ladder_layout_of(style),
		.row = { .out = out, .colour = style->colour },
		.from = tcp_other_side(error->to),
	};

	error_words(&drawing.words, error->icmp);
	ladder_silence(&drawing, error->since_ns);
	ladder_margin(&drawing, &place);
	ladder_made_arrow(&drawing, error->has_arrived, error->way_ns);
	ladder_row_end(&drawing.row);
	ladder_notes(&drawing);
}

void ladder_event(struct text_builder *out, const struct ladder_event *event,
		  const struct ladder_style *style)
{
	const struct ladder_place place = { .time_ns = event->at_ns };
	struct ladder_drawing drawing = {
		.style = style,
		.layout = ladder_layout_of(style),
		.row = { .out = out, .colour = style->colour },
	};
	struct text_builder text;

	text_builder_init(&text, EVENT_MAX_BYTES);
	text_append_harmless(&text, event->text, strlen(event->text));
	ladder_silence(&drawing, event->since_ns);
	ladder_margin(&drawing, &place);
	ladder_text_rows(&drawing, event->side, text_builder_text(&text),
			 event->failed ? LADDER_RED : LADDER_GREEN);
	text_builder_finish(&text);
}
