#include "fuzz/shown_views.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/wrapped_lines.h"

#define TEXT_MAX_BYTES (16u * 1024 * 1024)
#define DETAILS_MAX 1u         /* of a capture: they are long, and have a target of their own */
#define ARITHMETIC_COLUMNS 80u /* of explanations, whose sums are not wrapped */
#define FOLLOW_COLUMNS 61u

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_characters(const char *line, size_t length, bool colour)
{
	while (length > 0) {
		uint32_t character;
		size_t size = utf8_decode((const uint8_t *)line, length, &character);

		require(size > 0);
		require((colour && character == '\x1b') ||
			(!utf8_is_control(character) && !utf8_is_deceptive(character)));
		line += size;
		length -= size;
	}
}

/* All lines of the text, each with its end. */
static void check_lines(const char *text, size_t columns, bool colour)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		require(text[length] == '\n');
		require(wrapped_lines_width(text, length) <= columns);
		check_characters(text, length, colour);
		text += length + 1;
	}
}

/* No line of it is only blanks at its end: that is seen where it is selected. */
static void check_ends(const char *text)
{
	for (const char *end = strchr(text, '\n'); end; end = strchr(end + 1, '\n'))
		require(end == text || end[-1] != ' ');
}

static void take_followed(void *context, const char *text, size_t length)
{
	struct shown_views *views = context;

	text_append_bytes(&views->followed, text, length);
	require(!views->followed.truncated);
}

void shown_views_init(struct shown_views *views, bool colour)
{
	const struct follow_style style = { .form = FOLLOW_TEXT,
					    .colour = colour,
					    .columns = FOLLOW_COLUMNS };

	*views = (struct shown_views){
		.colour = colour,
		.ladder = { .colour = colour },
		.detail = { .colour = colour },
		.messages = stream_messages_create(),
	};
	require(views->messages != NULL);
	views->detail.explains = &views->memory;
	text_builder_init(&views->text, TEXT_MAX_BYTES);
	text_builder_init(&views->followed, TEXT_MAX_BYTES);
	follow_text_init(&views->follow, &style, take_followed, views);
	for (int side = 0; side < 2; side++)
		byte_stream_init(&views->streams[side], (enum tcp_side)side);
}

void shown_views_finish(struct shown_views *views)
{
	for (int side = 0; side < 2; side++)
		byte_stream_finish(&views->streams[side]);
	follow_text_finish(&views->follow);
	text_builder_finish(&views->followed);
	text_builder_finish(&views->text);
	stream_messages_destroy(views->messages);
}

static void take_piece(void *context, const struct stream_piece *piece)
{
	struct shown_views *views = context;

	follow_text_piece(&views->follow, piece);
}

static void check_followed(struct shown_views *views)
{
	check_lines(text_builder_text(&views->followed), FOLLOW_COLUMNS, views->colour);
	text_builder_clear(&views->followed);
}

static void follow(struct shown_views *views, const struct frame_view *view)
{
	enum tcp_side from = view->segment->from;

	if (!views->follows) {
		follow_text_heading(&views->follow, view->connection);
		text_builder_clear(&views->followed); /* addresses are not wrapped */
	}
	views->follows = true;
	byte_stream_acknowledged(&views->streams[tcp_other_side(from)], view->segment, take_piece,
				 views);
	byte_stream_segment(&views->streams[from], view->segment, take_piece, views);
	check_followed(views);
}

static void draw(struct shown_views *views, const struct frame_view *view)
{
	const struct ladder_line line = {
		.connection = view->connection,
		.segment = view->segment,
		.messages = view->messages,
		.message_count = view->message_count,
	};
	uint64_t number = view->frame->number;

	views->ladder.columns = LADDER_COLUMNS_MIN + number % 5 * 17;
	views->ladder.absolute = number % 2 == 0;
	views->ladder.mixed = number % 3 == 0;
	text_builder_clear(&views->text);
	ladder_segment(&views->text, &line, &views->ladder);
	require(!views->text.truncated && views->text.length > 0);
	check_lines(text_builder_text(&views->text), views->ladder.columns, views->colour);
	check_ends(text_builder_text(&views->text));
}

static void detail(struct shown_views *views, const struct frame_view *view)
{
	/* Not the first, which is mostly a SYN. */
	if (views->details >= DETAILS_MAX || view->frame->number % 4 != 0)
		return;
	views->details++;
	views->detail.columns = ARITHMETIC_COLUMNS + view->frame->number % 3 * 20;
	text_builder_clear(&views->text);
	detail_frame(&views->text, view, &views->detail);
	require(!views->text.truncated);
	check_lines(text_builder_text(&views->text), views->detail.columns, views->colour);
	check_ends(text_builder_text(&views->text));
}

void shown_views_segment(struct shown_views *views, struct frame_view *view)
{
	if (view->connection->number == 1)
		view->message_count = stream_messages_segment(views->messages, view->connection,
							      view->segment, &view->messages);
	draw(views, view);
	detail(views, view);
	if (view->connection->number == 1)
		follow(views, view);
}

void shown_views_end(struct shown_views *views, const struct tcp_connection *connection)
{
	text_builder_clear(&views->text);
	ladder_heading(&views->text, connection, &views->ladder);
	check_lines(text_builder_text(&views->text), SIZE_MAX, views->colour);
	if (connection->number != 1 || !views->follows)
		return;
	for (int side = 0; side < 2; side++)
		byte_stream_end(&views->streams[side], take_piece, views);
	check_followed(views);
	follow_text_end(&views->follow);
	check_lines(text_builder_text(&views->followed), SIZE_MAX, views->colour);
	text_builder_clear(&views->followed);
	views->follows = false;
}
