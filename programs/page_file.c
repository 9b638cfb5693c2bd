/*
 * What is admitted first stays: the first connections, and the first segments of those. A
 * connection is `open` here from its first segment to its end; once a segment of it was left out,
 * none of its later ones goes in, so that what the page shows of it is its beginning.
 */
#include "programs/page_file.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash_table.h"
#include "programs/connection_messages.h"
#include "programs/ladder_spool.h"
#include "programs/one_shot.h"
#include "programs/page_output.h"
#include "programs/page_spool.h"
#include "programs/page_told.h"
#include "programs/whole_file.h"
#include "report/page_frame.h"
#include "report/page_limits.h"
#include "report/page_segment.h"
#include "report/page_stream.h"
#include "report/page_template.h"
#include "report/page_texts.h"

#define OBJECT_MAX_BYTES (64u * PAGE_MIB) /* of one record */
#define SENTENCE_MAX_BYTES 2048u

/* A connection that goes in and is not over. */
struct open_connection {
	struct hash_node node; /* must be first */
	uint64_t number;
	struct page_stream *stream; /* owned; NULL: not followed, or given up */
	uint64_t told[2];           /* of its stream, when that was given up */
	size_t segments;            /* records of it, as the next */
	size_t frames;
	bool closed; /* no more of its segments go in */
};

struct page_file {
	const char *command;            /* borrowed */
	const char *path;               /* borrowed */
	struct whole_file *file;        /* owned; NULL once it was written */
	struct page_spool *connections; /* owned, as the next five */
	struct page_spool *segments;
	struct page_spool *frames;
	struct page_spool *streams;  /* whole StreamObjects */
	struct ladder_spool *pieces; /* of conversations that go on */
	struct connection_messages *messages;
	struct page_frames *packed; /* owned */
	struct hash_table open;     /* of struct open_connection, owned */
	uint64_t highest;           /* connection number that was asked for */
	size_t streams_open;
	uint64_t waiting; /* bytes kept beyond gaps, of all streams */
	struct page_stream_budget budget;
	struct text_builder text; /* owned; an object on its way */
	struct page_left_out left_out;
	uint64_t segments_in_all; /* of connections that are in the page */
	uint64_t without_frame;   /* segments that have none of their own */
	bool was_added;           /* the segment that came last has its place */
	bool is_ordered;          /* segments go by page_file_sent() */
	bool hushed;              /* what there is to say goes to `said` */
	struct text_builder said; /* owned */
	bool no_memory;
	int piece_error; /* -errno of `pieces`; 0 */
};

bool page_file_possible(const char *command)
{
	if (page_template_length > 0)
		return true;
	one_shot_complain("%s: --report: %s.", command, page_template_missing);
	return false;
}

static bool has_parts(const struct page_file *page)
{
	return page->connections && page->segments && page->frames && page->streams &&
	       page->pieces && page->messages && page->packed;
}

static bool make_parts(struct page_file *page)
{
	page->connections = page_spool_create(PAGE_CONNECTIONS_MAX, PAGE_CONNECTIONS_MAX_BYTES);
	page->segments = page_spool_create(PAGE_SEGMENTS_MAX, PAGE_SEGMENTS_MAX_BYTES);
	page->frames = page_spool_create(PAGE_SEGMENTS_MAX, PAGE_FRAMES_TEXT_MAX_BYTES);
	page->streams = page_spool_create(PAGE_CONNECTIONS_MAX, UINT64_MAX);
	page->pieces = ladder_spool_create();
	page->messages = connection_messages_create();
	page->packed = page_frames_create();
	return has_parts(page);
}

static struct page_file *make_page(const char *command, const char *path)
{
	struct page_file *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->command = command;
	page->path = path;
	page->budget.left = PAGE_STREAMS_MAX_BYTES;
	hash_table_init(&page->open);
	text_builder_init(&page->text, OBJECT_MAX_BYTES);
	text_builder_init(&page->said, SENTENCE_MAX_BYTES);
	if (make_parts(page))
		return page;
	page_file_destroy(page);
	return NULL;
}

struct page_file *page_file_open_hushed(const char *command, const char *path)
{
	struct page_file *page = make_page(command, path);
	int error;

	if (!page) {
		errno = ENOMEM;
		return NULL;
	}
	page->hushed = true;
	page->file = whole_file_open(path);
	if (page->file)
		return page;
	error = errno;
	page_file_destroy(page);
	errno = error;
	return NULL;
}

struct page_file *page_file_open(const char *command, const char *path)
{
	struct page_file *page = page_file_open_hushed(command, path);

	if (page)
		page->hushed = false;
	else
		one_shot_complain("%s: --report %s: %s", command, path, whole_file_why(errno));
	return page;
}

const char *page_file_said(const struct page_file *page)
{
	return text_builder_text(&page->said);
}

static void say(struct page_file *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct page_file *page, const char *format, ...)
{
	char sentence[SENTENCE_MAX_BYTES + PATH_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	if (page->hushed)
		text_append_format(&page->said, "%s%s", page->said.length > 0 ? "\n" : "",
				   sentence);
	else
		one_shot_complain("%s", sentence);
}

static void give_up_stream(struct page_file *page, struct open_connection *open)
{
	if (!open->stream)
		return;
	page->waiting -= page_stream_waiting(open->stream);
	page_stream_finish(open->stream);
	free(open->stream);
	open->stream = NULL;
	page->streams_open--;
}

static void remove_open(struct page_file *page, struct open_connection *open)
{
	give_up_stream(page, open);
	hash_table_remove(&page->open, &open->node);
	free(open);
}

void page_file_destroy(struct page_file *page)
{
	struct hash_node *node;

	if (!page)
		return;
	whole_file_abandon(page->file);
	while ((node = hash_table_any(&page->open)) != NULL)
		remove_open(page, (struct open_connection *)(void *)node);
	hash_table_finish(&page->open);
	page_spool_destroy(page->connections);
	page_spool_destroy(page->segments);
	page_spool_destroy(page->frames);
	page_spool_destroy(page->streams);
	ladder_spool_destroy(page->pieces);
	connection_messages_destroy(page->messages);
	page_frames_destroy(page->packed);
	text_builder_finish(&page->text);
	text_builder_finish(&page->said);
	free(page);
}

static struct open_connection *find(const struct page_file *page, uint64_t number)
{
	struct hash_node *node = hash_table_first_match(&page->open, hash_number(number));

	while (node && ((struct open_connection *)(void *)node)->number != number)
		node = hash_table_next_match(node);
	return (struct open_connection *)(void *)node;
}

static void follow(struct page_file *page, struct open_connection *open)
{
	if (page->streams_open >= PAGE_STREAMS_OPEN_MAX ||
	    page->budget.left <= PAGE_STREAM_PIECE_BYTES)
		return;
	open->stream = calloc(1, sizeof(*open->stream));
	if (!open->stream)
		return;
	page_stream_init(open->stream, &page->budget);
	page->streams_open++;
}

static bool admit(struct page_file *page, uint64_t number)
{
	struct open_connection *open;

	if (page->open.count + page_spool_count(page->connections) >= PAGE_CONNECTIONS_MAX)
		return false;
	open = calloc(1, sizeof(*open));
	if (!open || !hash_table_insert(&page->open, &open->node, hash_number(number))) {
		free(open);
		page->no_memory = true;
		return false;
	}
	open->number = number;
	follow(page, open);
	return true;
}

bool page_file_admits(struct page_file *page, uint64_t connection)
{
	if (connection <= page->highest)
		return find(page, connection) != NULL;
	page->highest = connection;
	return admit(page, connection);
}

static bool segments_are_full(const struct page_file *page)
{
	return page_spool_count(page->segments) >= PAGE_SEGMENTS_MAX;
}

bool page_file_wants_trails(const struct page_file *page)
{
	return !page_frames_are_full(page->packed) && !segments_are_full(page);
}

bool page_file_wants_segment(const struct page_file *page, uint64_t connection)
{
	const struct open_connection *open = find(page, connection);

	return open && !open->closed && !segments_are_full(page);
}

static void keep_pieces(struct page_file *page, uint64_t number)
{
	int error = ladder_spool_add(page->pieces, number, text_builder_text(&page->text),
				     page->text.length);

	if (page->piece_error == 0)
		page->piece_error = error;
}

/* Its conversation is not followed any further. */
static void end_stream(struct page_file *page, struct open_connection *open)
{
	uint64_t before;

	if (!open->stream)
		return;
	before = page_stream_waiting(open->stream);
	text_builder_clear(&page->text);
	page_stream_end(open->stream, &page->text);
	keep_pieces(page, open->number);
	page->waiting -= before - page_stream_waiting(open->stream);
	memcpy(open->told, open->stream->told, sizeof(open->told));
}

static void follow_segment(struct page_file *page, struct open_connection *open,
			   const struct segment_facts *segment)
{
	uint64_t before;

	if (!open->stream)
		return;
	before = page_stream_waiting(open->stream);
	text_builder_clear(&page->text);
	page_stream_segment(open->stream, segment, &page->text);
	keep_pieces(page, open->number);
	page->waiting += page_stream_waiting(open->stream) - before;
	if (page->waiting <= PAGE_STREAMS_WAITING_MAX_BYTES)
		return;
	end_stream(page, open);
	give_up_stream(page, open);
}

static void add_frame(struct page_file *page, struct open_connection *open,
		      const struct frame_view *view)
{
	if (page_frames_are_full(page->packed))
		return;
	if (!view->frame || !view->packet || !view->trail) {
		page->without_frame++;
		return;
	}
	text_builder_clear(&page->text);
	if (page_frames_pack(page->packed, view, &page->text))
		open->frames += page_spool_add(page->frames, open->number,
					       text_builder_text(&page->text), page->text.length);
}

void page_file_segment_of(struct page_file *page, uint64_t connection,
			  const struct frame_view *view, struct text_builder *line)
{
	struct open_connection *open = find(page, connection);
	struct frame_view with_messages = *view;

	page->was_added = false;
	if (!open)
		return;
	follow_segment(page, open, view->segment);
	if (open->closed)
		return;
	with_messages.message_count = connection_messages_segment(
		page->messages, view->connection, view->segment, &with_messages.messages);
	if (line)
		page_segment_carries(line, with_messages.messages, with_messages.message_count);
	if (!line || line->truncated ||
	    !page_spool_add(page->segments, connection, text_builder_text(line), line->length)) {
		open->closed = true;
		connection_messages_forget(page->messages, view->connection->number);
		return;
	}
	page->was_added = true;
	open->segments++;
	add_frame(page, open, &with_messages);
}

void page_file_segment_aside(struct page_file *page, uint64_t connection,
			     const struct frame_view *view, struct text_builder *line)
{
	struct open_connection *open = find(page, connection);

	if (!open || open->closed)
		return;
	page->was_added = !line->truncated && page_spool_add(page->segments, connection,
							     text_builder_text(line), line->length);
	open->segments += page->was_added;
	if (page->was_added)
		add_frame(page, open, view);
	else
		open->closed = true;
}

void page_file_sent(struct page_file *page, int64_t at_ns)
{
	if (!page->was_added)
		return;
	page_spool_order(page->segments, at_ns);
	page->is_ordered = true;
}

void page_file_segment(struct page_file *page, const struct frame_view *view,
		       struct text_builder *line)
{
	page_file_segment_of(page, view->connection->number, view, line);
}

/* What was not told of a conversation. */
static void count_left_out(const struct page_connection *connection,
			   const struct open_connection *open, uint64_t left_out[2])
{
	for (int side = 0; side < 2; side++) {
		uint64_t bytes = connection->stream_bytes[side];

		left_out[side] = 0;
		if (open->stream)
			left_out[side] = open->stream->left_out[side];
		else if (bytes > open->told[side])
			left_out[side] = bytes - open->told[side];
	}
}

static void write_stream(struct page_file *page, const struct page_connection *connection,
			 const uint64_t left_out[2])
{
	FILE *to = page_spool_begin(page->streams);
	int error;

	if (!to) {
		ladder_spool_drop(page->pieces, connection->number);
		return;
	}
	text_builder_clear(&page->text);
	page_stream_object_begin(&page->text, connection->number);
	(void)fwrite(text_builder_text(&page->text), 1, page->text.length, to);
	error = ladder_spool_copy(page->pieces, connection->number, to);
	if (page->piece_error == 0)
		page->piece_error = error;
	text_builder_clear(&page->text);
	page_stream_object_end(&page->text, left_out);
	(void)fwrite(text_builder_text(&page->text), 1, page->text.length, to);
	(void)page_spool_end(page->streams, connection->number);
}

static void drop(struct page_file *page, const struct open_connection *open)
{
	page_spool_drop(page->segments, open->number, open->segments);
	page_spool_drop(page->frames, open->number, open->frames);
	ladder_spool_drop(page->pieces, open->number);
}

void page_file_connection(struct page_file *page, const struct page_connection *connection)
{
	struct open_connection *open = find(page, connection->number);
	uint64_t left_out[2] = { connection->stream_bytes[0], connection->stream_bytes[1] };

	connection_messages_forget(page->messages, connection->number);
	if (!open || !page_spool_add(page->connections, connection->number, connection->json,
				     connection->json_length)) {
		page->left_out.connections++;
		if (open)
			drop(page, open);
	} else {
		end_stream(page, open);
		count_left_out(connection, open, left_out);
		write_stream(page, connection, left_out);
	}
	page->left_out.stream_bytes += left_out[0] + left_out[1];
	page->segments_in_all += connection->segments;
	if (open)
		remove_open(page, open);
}

void page_file_forget(struct page_file *page, uint64_t number)
{
	struct open_connection *open = find(page, number);

	connection_messages_forget(page->messages, number);
	if (!open)
		return;
	drop(page, open);
	remove_open(page, open);
}

/* ---- putting it together ---- */

static int write_document(struct page_file *page, const struct page_heading *heading,
			  struct page_output *output)
{
	int error;

	page_document_begin(&output->text, heading);
	page_output_flush(output);
	page_spool_sort(page->connections);
	page_spool_sort(page->streams);
	if (page->is_ordered)
		page_spool_sort_by_order(page->segments);
	error = page_output_array(output, "connections", page->connections);
	if (error == 0)
		error = page_output_array(output, "segments", page->segments);
	text_append(&output->text, ",\n\"field_kinds\":");
	page_frames_kinds_json(page->packed, &output->text);
	page_output_flush(output);
	page_output_texts(output, "fields", page_frames_fields(page->packed), page_texts_values);
	page_output_texts(output, "texts", page_frames_texts(page->packed), page_texts_json);
	if (error == 0)
		error = page_output_array(output, "frames", page->frames);
	if (error == 0)
		error = page_output_array(output, "streams", page->streams);
	page_document_end(&output->text, &page->left_out);
	page_output_flush(output);
	return error;
}

static void count_all_left_out(struct page_file *page)
{
	uint64_t segments = page_spool_count(page->segments);
	uint64_t frames = page_spool_count(page->frames) + page->without_frame;

	page->left_out.segments =
		page->segments_in_all > segments ? page->segments_in_all - segments : 0;
	page->left_out.frames = segments > frames ? segments - frames : 0;
	page->left_out.bytes = page_frames_cut_bytes(page->packed);
}

/* Why not all that was handed over is there; 0: it is. */
static int first_error(const struct page_file *page)
{
	const int errors[] = {
		page_spool_error(page->connections),
		page_spool_error(page->segments),
		page_spool_error(page->frames),
		page_spool_error(page->streams),
		page->piece_error,
		page->no_memory ? -ENOMEM : 0,
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i] != 0)
			return errors[i];
	}
	return 0;
}

static void tell(struct page_file *page, const char *advice)
{
	struct text_builder text;

	text_builder_init(&text, SENTENCE_MAX_BYTES);
	page_told_left_out(&text, &page->left_out);
	if (text.length > 0)
		say(page, "%s: the page has no room for all; left out: %s.%s%s", page->command,
		    text_builder_text(&text), advice ? " " : "", advice ? advice : "");
	text_builder_clear(&text);
	page_told_counts(&text, page_spool_count(page->connections),
			 page_spool_count(page->segments));
	say(page, "page written: %s (%s)", page->path, text_builder_text(&text));
	text_builder_finish(&text);
}

static int write_page(struct page_file *page, const struct page_heading *heading)
{
	struct page_template_place place;
	struct page_output output;
	int error = first_error(page);

	if (error != 0)
		return error;
	if (!page_template_find_place(page_template, page_template_length, &place))
		return -EINVAL;
	page_output_init(&output, whole_file_stream(page->file));
	page_output_plain(&output, page_template, place.begin);
	error = write_document(page, heading, &output);
	page_output_plain(&output, page_template + place.end, page_template_length - place.end);
	page->no_memory = page->no_memory || output.truncated;
	page_output_finish(&output);
	return error != 0 ? error : first_error(page);
}

bool page_file_write(struct page_file *page, const struct page_heading *heading, const char *advice)
{
	int error;

	count_all_left_out(page);
	error = write_page(page, heading);
	if (error == 0)
		error = whole_file_close(page->file);
	else
		whole_file_abandon(page->file);
	page->file = NULL;
	if (error != 0 && page->hushed) {
		/* Who tells it says of what. */
		say(page, "%s: %s", page->path, whole_file_why(-error));
		return false;
	}
	if (error != 0) {
		say(page, "%s: --report %s: %s; no page was written.", page->command, page->path,
		    whole_file_why(-error));
		return false;
	}
	tell(page, advice);
	return true;
}
