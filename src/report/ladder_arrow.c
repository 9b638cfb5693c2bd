/*
 * An arrow is put together of parts, from its sender to its receiver, and drawn from left to right,
 * whoever that is. Its words stand near the sender.
 */
#include "report/ladder_drawing.h"

#include <stdint.h>
#include <string.h>

#include "base/display_width.h"
#include "report/readable.h"

#define TAIL_COLUMNS 2u        /* before the words */
#define SHAFT_MIN 2u           /* behind them; the head takes one more */
#define FORGED_TAIL_COLUMNS 5u /* "   +-" */
#define SHORT_OF 8u            /* an arrow that does not get there ends so far before */
#define AFTER_X 2u             /* blanks between the x and what lost it, one more behind that */
#define WAY_MIN_NS INT64_C(500000)
#define WAY_MAX_BYTES 48u
#define PARTS_MAX 10u

/* How an arrow is drawn; ladder.h says what for. */
struct shaft {
	const char *pattern; /* two characters in turns */
	const char *heads;   /* of the server's and the client's arrows */
	const char *sgr;     /* NULL: as the text is */
};

enum part_kind { PART_PATTERN, PART_TEXT, PART_WORDS };

struct part {
	enum part_kind kind;
	size_t columns;
	const char *text; /* two characters in turns, or the text itself; borrowed */
	size_t length;    /* of the text */
	const char *sgr;
};

struct parts {
	struct part list[PARTS_MAX]; /* from the sender to the receiver */
	size_t count;
	size_t columns; /* of all */
};

static struct shaft shaft_of(const struct ladder_line *line)
{
	const struct segment_facts *segment = line->segment;
	const struct ladder_truth *truth = line->truth;

	if (segment->captured_twice || (truth && truth->copy_of != 0))
		return (struct shaft){ "- ", "<>", LADDER_DIM };
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return (struct shaft){ "**", "<>", LADDER_RED };
	if (ladder_is_resent(segment))
		return (struct shaft){ "==", "<>", LADDER_YELLOW };
	if ((segment->labels & TCP_LABEL_BIT(LABEL_OUT_OF_ORDER)) != 0 ||
	    (truth && truth->overtaken_by != 0))
		return (struct shaft){ "~~", "<>", LADDER_YELLOW };
	return (struct shaft){ "--", "<>", NULL };
}

static void add_part(struct parts *parts, struct part part)
{
	if (part.columns == 0 || parts->count == PARTS_MAX)
		return;
	parts->list[parts->count++] = part;
	parts->columns += part.columns;
}

static void add_pattern(struct parts *parts, const char *pattern, size_t columns, const char *sgr)
{
	add_part(parts, (struct part){ PART_PATTERN, columns, pattern, 0, sgr });
}

static void add_text(struct parts *parts, const char *text, size_t length, const char *sgr)
{
	add_part(parts,
		 (struct part){ PART_TEXT, display_width_bytes(text, length), text, length, sgr });
}

static size_t why_width(const struct ladder_drawing *drawing)
{
	return display_width(text_builder_text(&drawing->why));
}

static size_t lane(const struct ladder_layout *layout)
{
	return layout->server - layout->client - 1;
}

/* What is left of the lane, but for so many columns. */
static size_t rest(const struct ladder_drawing *drawing, const struct parts *parts, size_t kept)
{
	size_t columns = lane(&drawing->layout);

	return parts->columns + kept < columns ? columns - parts->columns - kept : 0;
}

static bool fits(const struct ladder_piece *piece, size_t parting, size_t used, size_t room)
{
	return used + (used > 0 ? parting : 0) + piece->width <= room;
}

/* Of those of one worth, or, of all up to it. */
static size_t width_of(const struct ladder_words *words, enum ladder_worth from,
		       enum ladder_worth to, size_t parting)
{
	size_t width = 0;

	for (size_t i = 0; i < words->count; i++) {
		if (words->pieces[i].worth >= from && words->pieces[i].worth <= to)
			width += parting + words->pieces[i].width;
	}
	return width;
}

/* Gives the room on the arrow to what is worth most, but `dear` of it only to what is worth much.
 * Returns what is taken of it. */
static size_t place_words(struct ladder_words *words, size_t parting, size_t room, size_t dear)
{
	size_t used = 0;

	for (enum ladder_worth worth = LADDER_FLAGS; worth < LADDER_REMARK; worth++) {
		/* All options of a SYN, or none. */
		if (worth == LADDER_OPTION &&
		    used + width_of(words, LADDER_OPTION, LADDER_OPTION, parting) > room)
			continue;
		if (worth == LADDER_LENGTH)
			room = dear < room ? room - dear : 0;
		for (size_t i = 0; i < words->count; i++) {
			struct ladder_piece *piece = &words->pieces[i];

			if (piece->worth != worth || !fits(piece, parting, used, room))
				continue;
			used += (used > 0 ? parting : 0) + piece->width;
			piece->on_arrow = true;
		}
	}
	return used;
}

static void draw_words(struct ladder_drawing *drawing, const struct ladder_words *words)
{
	struct ladder_row *row = &drawing->row;
	bool first = true;

	ladder_row_text(row, " ", NULL);
	for (size_t i = 0; i < words->count; i++) {
		const struct ladder_piece *piece = &words->pieces[i];

		if (!piece->on_arrow)
			continue;
		if (!first)
			ladder_row_to(row, row->column + drawing->layout.parting);
		first = false;
		ladder_row_bytes(row, words->text + piece->offset, piece->length, piece->sgr);
	}
	ladder_row_text(row, " ", NULL);
}

static void draw_part(struct ladder_drawing *drawing, const struct part *part,
		      const struct ladder_words *words)
{
	struct ladder_row *row = &drawing->row;

	switch (part->kind) {
	case PART_PATTERN:
		ladder_row_shaft(row, part->text, row->column + part->columns, part->sgr);
		break;
	case PART_TEXT:
		ladder_row_bytes(row, part->text, part->length, part->sgr);
		break;
	case PART_WORDS:
		draw_words(drawing, words);
		break;
	}
}

static void draw_parts(struct ladder_drawing *drawing, const struct parts *parts,
		       const struct ladder_words *words)
{
	ladder_lifeline(drawing, drawing->layout.client, "|");
	for (size_t i = 0; i < parts->count; i++)
		draw_part(drawing,
			  &parts->list[drawing->from == TCP_CLIENT ? i : parts->count - 1 - i],
			  words);
	ladder_lifeline(drawing, drawing->layout.server, "|");
}

static const char *head(const struct ladder_drawing *drawing, const struct shaft *shaft)
{
	return shaft->heads + (drawing->from == TCP_CLIENT ? 1 : 0);
}

/* How long it was on its way; nothing where that is not worth the room. */
static void write_way(struct text_builder *out, int64_t way_ns)
{
	text_builder_init(out, WAY_MAX_BYTES);
	if (way_ns < WAY_MIN_NS)
		return;
	text_append(out, " ");
	readable_duration(out, way_ns);
	text_append(out, " ");
}

/* Shaft and head up to the receiver; between them, if it fits, how long that took. */
static void add_end(const struct ladder_drawing *drawing, struct parts *parts,
		    const struct shaft *shaft, const struct text_builder *way)
{
	size_t columns = rest(drawing, parts, 1);

	if (way->length > 0 && columns >= SHAFT_MIN + way->length + 1) {
		add_pattern(parts, shaft->pattern, columns - way->length - 1, shaft->sgr);
		add_text(parts, text_builder_text(way), way->length, LADDER_DIM);
		columns = 1;
	}
	add_pattern(parts, shaft->pattern, columns, shaft->sgr);
	add_text(parts, head(drawing, shaft), 1, shaft->sgr);
}

/* Where the words are worth it all, what lost the segment stands under the arrow. */
static bool loss_fits(const struct ladder_drawing *drawing, size_t room)
{
	size_t parting = drawing->layout.parting;
	size_t words = width_of(&drawing->words, LADDER_FLAGS, LADDER_OPTION, parting);
	size_t loss = AFTER_X + why_width(drawing) + 1;

	return drawing->why.length > 0 && words + loss <= room + parting;
}

static void add_loss(const struct ladder_drawing *drawing, struct parts *parts,
		     const struct shaft *shaft, bool has_why)
{
	size_t behind = has_why ? AFTER_X + why_width(drawing) + 1 : SHORT_OF;

	add_pattern(parts, shaft->pattern, rest(drawing, parts, behind + 1), shaft->sgr);
	add_text(parts, "x", 1, LADDER_RED);
	if (!has_why) {
		add_pattern(parts, "  ", behind, NULL);
		return;
	}
	add_pattern(parts, "  ", AFTER_X, NULL);
	add_text(parts, text_builder_text(&drawing->why), drawing->why.length, LADDER_RED);
	add_pattern(parts, "  ", 1, NULL);
}

/* The words, and in front of them where the arrow comes from. */
static void add_words(struct parts *parts, const struct shaft *shaft, size_t taken, bool forged)
{
	if (forged) {
		add_pattern(parts, "  ", FORGED_TAIL_COLUMNS - TAIL_COLUMNS, NULL);
		add_text(parts, "+", 1, shaft->sgr);
		add_pattern(parts, shaft->pattern, 1, shaft->sgr);
	} else {
		add_pattern(parts, shaft->pattern, TAIL_COLUMNS, shaft->sgr);
	}
	add_part(parts, (struct part){ .kind = PART_WORDS, .columns = taken + 2 });
}

/* It does not get there. */
static void add_short_end(const struct ladder_drawing *drawing, struct parts *parts,
			  const struct shaft *shaft)
{
	add_pattern(parts, shaft->pattern, rest(drawing, parts, SHORT_OF + 1), shaft->sgr);
	add_text(parts, head(drawing, shaft), 1, shaft->sgr);
	add_pattern(parts, "  ", SHORT_OF, NULL);
}

/* Under the arrow, or on it: it is one more of the words. */
static void why_as_word(struct ladder_drawing *drawing, bool lost)
{
	struct text_builder text;

	if (drawing->why.length == 0)
		return;
	text_builder_init(&text, LADDER_WORDS_BYTES);
	if (lost)
		text_append(&text, "lost: ");
	text_append(&text, text_builder_text(&drawing->why));
	(void)ladder_words_add(&drawing->words, LADDER_LABEL, text_builder_text(&text),
			       lost ? LADDER_RED : LADDER_YELLOW);
	text_builder_finish(&text);
}

static void true_arrow(struct ladder_drawing *drawing, const struct ladder_truth *truth,
		       const struct shaft *shaft, size_t room)
{
	struct parts parts = { .count = 0 };
	bool lost = truth->fate == LADDER_LOST;
	bool loss_on_arrow = lost && loss_fits(drawing, room);
	struct text_builder way;
	size_t dear = 0;

	write_way(&way, truth->fate == LADDER_ARRIVED ? truth->way_ns : 0);
	if (loss_on_arrow) {
		room -= AFTER_X + why_width(drawing) + 1;
	} else {
		why_as_word(drawing, lost);
		if (truth->fate != LADDER_ARRIVED)
			room -= SHORT_OF;
		else if (way.length > 0)
			dear = way.length + 1;
	}
	add_words(&parts, shaft, place_words(&drawing->words, drawing->layout.parting, room, dear),
		  truth->forged);
	switch (truth->fate) {
	case LADDER_ARRIVED:
		add_end(drawing, &parts, shaft, &way);
		break;
	case LADDER_LOST:
		add_loss(drawing, &parts, shaft, loss_on_arrow);
		break;
	case LADDER_ARRIVES_LATER:
		add_pattern(&parts, shaft->pattern, SHAFT_MIN, shaft->sgr);
		add_pattern(&parts, "- ", rest(drawing, &parts, SHORT_OF), shaft->sgr);
		add_pattern(&parts, "  ", SHORT_OF, NULL);
		break;
	case LADDER_ON_ITS_WAY:
		add_short_end(drawing, &parts, shaft);
		break;
	}
	draw_parts(drawing, &parts, &drawing->words);
	text_builder_finish(&way);
}

/* Columns that words can take: the tail, two blanks, some shaft and the head go. */
static size_t arrow_room(const struct ladder_layout *layout, size_t tail)
{
	return lane(layout) - tail - 2 - SHAFT_MIN - 1;
}

static void plain_arrow(struct ladder_drawing *drawing, struct ladder_words *words,
			const struct shaft *shaft)
{
	const struct text_builder no_way = { .length = 0 };
	const struct ladder_layout *layout = &drawing->layout;
	size_t taken = place_words(words, layout->parting, arrow_room(layout, TAIL_COLUMNS), 0);
	struct parts parts = { .count = 0 };

	add_pattern(&parts, shaft->pattern, TAIL_COLUMNS, shaft->sgr);
	add_part(&parts, (struct part){ .kind = PART_WORDS, .columns = taken + 2 });
	add_end(drawing, &parts, shaft, &no_way);
	draw_parts(drawing, &parts, words);
}

void ladder_arrow(struct ladder_drawing *drawing)
{
	const struct ladder_truth *truth = drawing->line->truth;
	const struct shaft shaft = shaft_of(drawing->line);

	if (!truth) {
		plain_arrow(drawing, &drawing->words, &shaft);
		return;
	}
	true_arrow(
		drawing, truth, &shaft,
		arrow_room(&drawing->layout, truth->forged ? FORGED_TAIL_COLUMNS : TAIL_COLUMNS));
}

void ladder_gap_arrow(struct ladder_drawing *drawing, struct ladder_words *words)
{
	static const struct shaft shaft = { ". ", "??", LADDER_DIM };

	plain_arrow(drawing, words, &shaft);
}

void ladder_arrival_arrow(struct ladder_drawing *drawing, int64_t way_ns)
{
	static const struct shaft shaft = { "--", "<>", NULL };
	struct ladder_words *words = &drawing->words;
	size_t columns = lane(&drawing->layout);
	struct parts parts = { .count = 0 };
	struct text_builder way;
	size_t taken;

	write_way(&way, way_ns);
	taken = place_words(words, drawing->layout.parting,
			    arrow_room(&drawing->layout, TAIL_COLUMNS + SHORT_OF), way.length + 1);
	add_pattern(&parts, "  ", SHORT_OF, NULL);
	/* The words stand near the receiver here: it is his moment. */
	columns -= SHORT_OF + taken + 2 + SHAFT_MIN + way.length + 2;
	add_pattern(&parts, "- ", columns < lane(&drawing->layout) ? columns : 0, NULL);
	add_part(&parts, (struct part){ .kind = PART_WORDS, .columns = taken + 2 });
	add_end(drawing, &parts, &shaft, &way);
	draw_parts(drawing, &parts, words);
	text_builder_finish(&way);
}

void ladder_made_arrow(struct ladder_drawing *drawing, bool has_arrived, int64_t way_ns)
{
	static const struct shaft shaft = { "--", "<>", LADDER_YELLOW };
	struct ladder_words *words = &drawing->words;
	struct parts parts = { .count = 0 };
	struct text_builder way;

	write_way(&way, has_arrived ? way_ns : 0);
	add_words(&parts, &shaft,
		  place_words(words, drawing->layout.parting,
			      arrow_room(&drawing->layout,
					 FORGED_TAIL_COLUMNS + (has_arrived ? 0 : SHORT_OF)),
			      way.length + 1),
		  true);
	if (has_arrived)
		add_end(drawing, &parts, &shaft, &way);
	else
		add_short_end(drawing, &parts, &shaft);
	draw_parts(drawing, &parts, words);
	text_builder_finish(&way);
}
