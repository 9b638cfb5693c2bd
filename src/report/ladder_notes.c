/* What stands under an arrow, between the lifelines: states, words that did not fit, messages. */
#include "report/ladder_drawing.h"

#include <stdint.h>
#include <string.h>

#include "base/display_width.h"
#include "report/readable.h"

#define NOTE_INDENT 4u /* from the lifeline to the words, on arrows and under them */
#define NOTE_DOTS " ..."
#define EVENT_INDENT 3u /* from the lifeline to the words of what happened at it */
#define EVENT_MARK "o"
#define NOTES_MAX_BYTES 8192u
#define NOTE_LINES_MAX 4u    /* of one note; what is longer ends in dots */
#define MESSAGES_TOLD_MAX 8u /* of one segment, one by one */

/* The states under the arrow, and the note between them where it fits. True: it did. */
static bool states_row(struct ladder_drawing *drawing, const char *note, const char *sgr)
{
	const struct ladder_layout *layout = &drawing->layout;
	struct ladder_row *row = &drawing->row;
	size_t width = display_width(note);
	size_t from = layout->client + 2;
	size_t to = layout->server - 1;
	bool has_room;

	ladder_lifeline(drawing, layout->client, "|");
	if (ladder_shows_state(drawing, TCP_CLIENT)) {
		ladder_row_to(row, from);
		ladder_state(drawing, TCP_CLIENT);
		from = row->column + 2;
	}
	if (ladder_shows_state(drawing, TCP_SERVER))
		to -= ladder_state_width(drawing, TCP_SERVER) + 2;
	has_room = from + width <= to;
	if (has_room && width > 0) {
		ladder_row_to(row, from + (to - from - width) / 2);
		ladder_row_text(row, note, sgr);
	}
	if (ladder_shows_state(drawing, TCP_SERVER)) {
		ladder_row_to(row, layout->server - 1 - ladder_state_width(drawing, TCP_SERVER));
		ladder_state(drawing, TCP_SERVER);
	}
	ladder_lifeline(drawing, layout->server, "|");
	ladder_row_end(row);
	return has_room;
}

/* How much of a text that is too wide belongs in the first line: up to a blank, if there is one. */
static size_t line_length(const char *text, size_t length, size_t room)
{
	size_t within = display_within(text, length, room);
	size_t blank = within;

	if (within == length)
		return length;
	while (blank > 0 && text[blank] != ' ')
		blank--;
	return blank > 0 ? blank : within;
}

/* One line of a note. */
struct note_line {
	size_t from;      /* column */
	const char *text; /* not terminated */
	size_t length;
	const char *dots;     /* behind it: NOTE_DOTS or "" */
	const char *marks[2]; /* of the lifelines, by side; NULL: as always */
	const char *sgr;      /* NULL: none */
};

/* Its marks are for one row. */
static void note_row(struct ladder_drawing *drawing, struct note_line *line)
{
	const struct ladder_layout *layout = &drawing->layout;
	struct ladder_row *row = &drawing->row;

	ladder_lifeline(drawing, layout->client, line->marks[0] ? line->marks[0] : "|");
	ladder_row_to(row, line->from);
	ladder_row_bytes(row, line->text, line->length, line->sgr);
	ladder_row_text(row, line->dots, line->sgr);
	if (row->column < layout->server)
		ladder_lifeline(drawing, layout->server, line->marks[1] ? line->marks[1] : "|");
	ladder_row_end(row);
	line->marks[0] = NULL;
	line->marks[1] = NULL;
}

/* As many lines as it takes, up to a ceiling. */
static void wrapped_note(struct ladder_drawing *drawing, struct note_line *line, size_t room)
{
	size_t left = line->length;

	for (unsigned lines = 1; left > 0; lines++) {
		size_t length = line_length(line->text, left, room);

		if (lines == NOTE_LINES_MAX && length < left) {
			length = line_length(line->text, left, room - strlen(NOTE_DOTS));
			line->dots = NOTE_DOTS;
			left = length;
		}
		line->length = length;
		note_row(drawing, line);
		while (length < left && line->text[length] == ' ')
			length++;
		line->text += length;
		left -= length;
	}
}

/* Under the arrow. One line stands at the side of whoever sent the segment. */
static void note(struct ladder_drawing *drawing, const char *text, const char *sgr)
{
	const struct ladder_layout *layout = &drawing->layout;
	size_t room = layout->server - layout->client - 2 * NOTE_INDENT + 1;
	struct note_line line = {
		.from = layout->client + NOTE_INDENT,
		.text = text,
		.length = strlen(text),
		.dots = "",
		.sgr = sgr,
	};
	size_t width = display_width_bytes(text, line.length);

	if (line.length == 0)
		return;
	if (width > room && layout->end != SIZE_MAX) {
		wrapped_note(drawing, &line, room);
		return;
	}
	if (width <= room && drawing->from == TCP_SERVER)
		line.from += room - width;
	note_row(drawing, &line);
}

void ladder_text_rows(struct ladder_drawing *drawing, enum tcp_side side, const char *text,
		      const char *sgr)
{
	const struct ladder_layout *layout = &drawing->layout;
	size_t room = layout->server - layout->client - 2 * EVENT_INDENT + 1;
	struct note_line line = {
		.from = layout->client + EVENT_INDENT,
		.text = text,
		.length = strlen(text),
		.dots = "",
		.marks = { side == TCP_CLIENT ? EVENT_MARK : NULL,
			   side == TCP_SERVER ? EVENT_MARK : NULL },
		.sgr = sgr,
	};
	size_t width = display_width(text);

	if (width > room && layout->end != SIZE_MAX) {
		wrapped_note(drawing, &line, room);
		return;
	}
	if (width < room && side == TCP_SERVER)
		line.from += room - width;
	else if (width < room && side == TCP_BOTH_SIDES)
		line.from += (room - width) / 2;
	note_row(drawing, &line);
}

/* Those words that found no room on the arrow, but for what is not worth a line; their colour. */
static const char *words_under_arrow(const struct ladder_words *words, struct text_builder *out)
{
	const char *sgr = NULL;

	for (size_t i = 0; i < words->count; i++) {
		const struct ladder_piece *piece = &words->pieces[i];

		if (piece->on_arrow || piece->worth == LADDER_LENGTH ||
		    piece->worth == LADDER_WINDOW)
			continue;
		if (out->length > 0)
			text_append(out, ", ");
		text_append_bytes(out, words->text + piece->offset, piece->length);
		if (!sgr)
			sgr = piece->sgr;
	}
	return sgr;
}

/* "TIME request", "SEND response (begins)". */
static void message_name(struct text_builder *out, const struct stream_message *message)
{
	text_append_harmless(out, message->name, strnlen(message->name, sizeof(message->name)));
	if (!message->begins)
		text_append(out, message->ends ? " (ends)" : " (goes on)");
	else if (!message->ends)
		text_append(out, " (begins)");
}

static bool has_detail(const struct stream_message *message)
{
	return message->detail && message->detail[0] != '\0';
}

/* Messages of one name, whole, one behind the other. */
static size_t run_of(const struct stream_message *messages, size_t count)
{
	size_t run = 1;

	while (run < count && messages[0].begins && messages[run].begins && messages[run].ends &&
	       strncmp(messages[run].name, messages[0].name, STREAM_MESSAGE_NAME_BYTES) == 0)
		run++;
	return messages[0].ends ? run : 1;
}

static void message_note(struct ladder_drawing *drawing, const struct stream_message *message,
			 size_t run)
{
	struct text_builder text;

	text_builder_init(&text, NOTES_MAX_BYTES);
	message_name(&text, message);
	if (run > 2) {
		text_append(&text, ", ");
		readable_count(&text, run);
		text_append(&text, " times");
	} else if (has_detail(message)) {
		text_append(&text, ": ");
		text_append(&text, message->detail);
	}
	note(drawing, text_builder_text(&text), NULL);
	text_builder_finish(&text);
}

/* One alone that has no more to it than its name stands on the arrow. */
static bool is_on_arrow(const struct ladder_line *line)
{
	return line->message_count == 1 && !has_detail(&line->messages[0]);
}

static void message_notes(struct ladder_drawing *drawing)
{
	const struct ladder_line *line = drawing->line;
	size_t at = 0;

	if (!line || is_on_arrow(line))
		return;
	for (size_t told = 0; at < line->message_count && told < MESSAGES_TOLD_MAX; told++) {
		size_t run = run_of(line->messages + at, line->message_count - at);

		if (run == 2)
			run = 1;
		message_note(drawing, &line->messages[at], run);
		at += run;
	}
	if (at < line->message_count) {
		struct text_builder text;

		text_builder_init(&text, 64);
		text_append(&text, "and ");
		readable_count(&text, line->message_count - at);
		text_append(&text, " more");
		note(drawing, text_builder_text(&text), NULL);
		text_builder_finish(&text);
	}
}

void ladder_message_word(struct ladder_drawing *drawing)
{
	struct text_builder text;

	if (!is_on_arrow(drawing->line))
		return;
	text_builder_init(&text, STREAM_MESSAGE_NAME_BYTES * 8);
	message_name(&text, &drawing->line->messages[0]);
	(void)ladder_words_add(&drawing->words, LADDER_MESSAGE, text_builder_text(&text), NULL);
	text_builder_finish(&text);
}

void ladder_notes(struct ladder_drawing *drawing)
{
	bool has_states =
		!drawing->layout.states_outside && (ladder_shows_state(drawing, TCP_CLIENT) ||
						    ladder_shows_state(drawing, TCP_SERVER));
	struct text_builder under;
	const char *sgr;

	text_builder_init(&under, NOTES_MAX_BYTES);
	sgr = words_under_arrow(&drawing->words, &under);
	if (!has_states || !states_row(drawing, text_builder_text(&under), sgr))
		note(drawing, text_builder_text(&under), sgr);
	text_builder_finish(&under);
	message_notes(drawing);
}
