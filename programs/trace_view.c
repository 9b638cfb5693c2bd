#include "programs/trace_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "programs/one_shot.h"
#include "report/trace_json.h"

#define LINE_MAX_BYTES (4u * 1024 * 1024)
#define COLUMNS_MIN 40u
#define COLUMNS_MAX 120u
#define LADDER_COLUMNS_MAX 160u
#define COLUMNS_DEFAULT 100u /* where no terminal says how wide it is */
#define COPY_BYTES 65536u

/* Of the terminal, `most` at most; `otherwise`, where there is none that says how wide it is. */
static size_t view_columns(size_t most, size_t otherwise)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
	    size.ws_col == 0)
		return otherwise;
	if (size.ws_col < COLUMNS_MIN)
		return COLUMNS_MIN;
	return size.ws_col > most ? most : size.ws_col;
}

static size_t style_columns(const struct trace_options *options)
{
	/* A table is as wide as it is, where nobody says how wide it may be. */
	if (options->view == TRACE_VIEW_CONNECTIONS)
		return view_columns(SIZE_MAX, 0);
	return view_columns(COLUMNS_MAX, COLUMNS_DEFAULT);
}

static const char *source_name(const struct trace_options *options)
{
	if (options->interface)
		return options->interface;
	return strcmp(options->path, "-") == 0 ? "standard input" : options->path;
}

/* Told as they end, not after the summary. */
static bool is_live(const struct trace_view_state *view)
{
	return view->options->interface != NULL;
}

static bool has_ladders(const struct trace_view_state *view)
{
	return view->options->segments && !view->options->json;
}

/* What is done behind it may change errno. */
static void fail(struct trace_view_state *view)
{
	if (!view->failed)
		view->error = errno;
	view->failed = true;
}

static void write_text(void *context, const char *text, size_t length)
{
	struct trace_view_state *view = context;

	if (length > 0 && !view->failed && fwrite(text, length, 1, stdout) != 1)
		fail(view);
}

/* What this view needs besides. False: out of memory. */
static bool init_parts(struct trace_view_state *view)
{
	const struct trace_options *options = view->options;
	const struct story_style *style = &view->style;

	if (options->view == TRACE_VIEW_DETAIL)
		return trace_detail_init(&view->detail, options, style->columns, style->colour);
	if (options->view == TRACE_VIEW_FOLLOW)
		trace_follow_init(&view->follow, options, style->columns, style->colour, write_text,
				  view);
	if (has_ladders(view))
		return trace_ladder_init(&view->ladder, options,
					 view_columns(LADDER_COLUMNS_MAX, COLUMNS_DEFAULT),
					 style->colour);
	return true;
}

bool trace_view_init(struct trace_view_state *view, const struct trace_options *options)
{
	*view = (struct trace_view_state){
		.options = options,
		.name = source_name(options),
		.style = { .colour = one_shot_wants_colour(), .columns = style_columns(options) },
	};
	view->style.corrects = is_live(view) && has_ladders(view);
	text_builder_init(&view->line, LINE_MAX_BYTES);
	text_builder_init(&view->json, LINE_MAX_BYTES);
	if (!init_parts(view)) {
		one_shot_complain("trace: out of memory.");
		return false;
	}
	if (options->json || options->view != TRACE_VIEW_STORY || is_live(view))
		return true;
	view->stories = tmpfile();
	if (!view->stories)
		one_shot_complain("trace: no temporary file for the stories: %s", strerror(errno));
	return view->stories != NULL;
}

void trace_view_finish(struct trace_view_state *view)
{
	text_builder_finish(&view->line);
	text_builder_finish(&view->json);
	if (view->stories)
		(void)fclose(view->stories);
	if (!view->options)
		return;
	trace_detail_finish(&view->detail);
	trace_ladder_finish(&view->ladder);
	if (view->options->view == TRACE_VIEW_FOLLOW)
		trace_follow_finish(&view->follow);
}

static void write_line(struct trace_view_state *view, FILE *file)
{
	if (view->line.length > 0 && !view->failed &&
	    fwrite(view->line.text, view->line.length, 1, file) != 1)
		fail(view);
	text_builder_clear(&view->line);
}

/* The JSON of the connection, made once for terms and for printing. */
static void make_json(struct trace_view_state *view, const struct tcp_connection *connection)
{
	text_builder_clear(&view->json);
	trace_json_connection(&view->json, connection);
}

static bool holds(struct trace_view_state *view, const struct expectation *expectation,
		  struct text_builder *differences)
{
	return expectation_match(expectation, text_builder_text(&view->json), view->json.length,
				 differences) == EXPECTATION_HOLDS;
}

bool trace_view_selects(struct trace_view_state *view, const struct tcp_connection *connection)
{
	if (!view->options->has_only)
		return true;
	make_json(view, connection);
	return holds(view, &view->options->only, NULL);
}

static void check_expectation(struct trace_view_state *view,
			      const struct tcp_connection *connection)
{
	text_builder_clear(&view->line);
	if (holds(view, &view->options->expect, &view->line))
		view->expected++;
	else
		one_shot_complain("connection %llu: %s", (unsigned long long)connection->number,
				  text_builder_text(&view->line));
	text_builder_clear(&view->line);
}

bool trace_view_wants_frames(const struct trace_view_state *view)
{
	return view->options->segments || view->options->view == TRACE_VIEW_DETAIL ||
	       view->options->view == TRACE_VIEW_FOLLOW;
}

bool trace_view_wants_trails(const struct trace_view_state *view)
{
	return view->options->view == TRACE_VIEW_DETAIL;
}

bool trace_view_frame(struct trace_view_state *view, const struct trace_frame *frame, bool selected)
{
	const struct trace_options *options = view->options;

	if (options->view == TRACE_VIEW_FOLLOW) {
		trace_follow_frame(&view->follow, frame);
		return !trace_follow_is_over(&view->follow);
	}
	if (options->view == TRACE_VIEW_DETAIL) {
		trace_detail_frame(&view->detail, frame, selected, &view->line);
		write_line(view, stdout);
		return !trace_detail_is_over(&view->detail, frame->captured->number);
	}
	if (!frame->segment || !selected || !options->segments)
		return true;
	if (options->json) {
		trace_json_segment(&view->line, frame->connection, frame->segment);
		text_append_bytes(&view->line, "\n", 1);
	} else {
		trace_ladder_segment(&view->ladder, frame, &view->line);
	}
	write_line(view, stdout);
	return true;
}

/* The story, and under it the ladder. */
static void tell_story(struct trace_view_state *view, const struct tcp_connection *connection)
{
	FILE *to = view->stories ? view->stories : stdout;

	text_append_bytes(&view->line, "\n", 1);
	story_connection(&view->line, connection, &view->style);
	if (has_ladders(view))
		trace_ladder_heading(&view->ladder, connection, &view->line);
	/* Segments of others go on below it. */
	if (is_live(view) && view->options->segments)
		text_append_bytes(&view->line, "\n", 1);
	write_line(view, to);
	if (!has_ladders(view))
		return;
	trace_ladder_connection(&view->ladder, connection, to);
	if (view->ladder.error != 0 && !view->failed) {
		errno = -view->ladder.error;
		fail(view);
	}
}

static bool tells_connections(enum trace_view view)
{
	return view == TRACE_VIEW_STORY || view == TRACE_VIEW_CONNECTIONS;
}

void trace_view_connection(struct trace_view_state *view, const struct tcp_connection *connection)
{
	const struct trace_options *options = view->options;

	if (options->view == TRACE_VIEW_DETAIL)
		trace_detail_connection(&view->detail, connection);
	if (options->view == TRACE_VIEW_FOLLOW)
		trace_follow_connection(&view->follow, connection);
	if (options->json || options->has_only || options->has_expect)
		make_json(view, connection);
	if (options->has_only && !holds(view, &options->only, NULL)) {
		if (has_ladders(view))
			trace_ladder_connection(&view->ladder, connection, NULL);
		return;
	}
	if (options->has_expect)
		check_expectation(view, connection);
	view->shown++;
	if (!tells_connections(options->view))
		return;
	if (options->json) {
		text_append_bytes(&view->line, text_builder_text(&view->json), view->json.length);
		text_append_bytes(&view->line, "\n", 1);
		write_line(view, stdout);
	} else if (options->view == TRACE_VIEW_CONNECTIONS) {
		if (view->shown == 1)
			story_table_heading(&view->line, &view->style);
		story_table_row(&view->line, connection, &view->style);
		write_line(view, stdout);
	} else {
		tell_story(view, connection);
	}
}

static void copy_stories(struct trace_view_state *view)
{
	char *bytes = malloc(COPY_BYTES);
	size_t length;

	if (!bytes || fflush(view->stories) != 0 || fseek(view->stories, 0, SEEK_SET) != 0)
		fail(view);
	while (!view->failed && (length = fread(bytes, 1, COPY_BYTES, view->stories)) > 0) {
		if (fwrite(bytes, 1, length, stdout) != length)
			fail(view);
	}
	free(bytes);
}

/* What stands at the end, or before the stories that wait. */
static void append_totals(struct trace_view_state *view, const struct tcp_totals *totals,
			  const struct trace_problems *problems)
{
	const struct trace_options *options = view->options;

	if (options->view == TRACE_VIEW_FOLLOW)
		return;
	if (options->json) {
		trace_json_file(&view->line, totals, (const char *const *)problems->sentences,
				problems->count);
		text_append_bytes(&view->line, "\n", 1);
	} else if (options->view == TRACE_VIEW_STATS) {
		story_stats(&view->line, totals, &view->style);
	} else if (options->view == TRACE_VIEW_STORY) {
		if (is_live(view))
			text_append_bytes(&view->line, "\n", 1);
		story_summary(&view->line, view->name, totals, &view->style);
	}
}

void trace_view_flush(struct trace_view_state *view)
{
	if (!view->failed && fflush(stdout) != 0)
		fail(view);
}

void trace_view_end(struct trace_view_state *view, const struct tcp_totals *totals,
		    const struct trace_problems *problems)
{
	append_totals(view, totals, problems);
	write_line(view, stdout);
	if (view->stories)
		copy_stories(view);
	trace_view_flush(view);
	for (size_t i = 0; i < problems->count; i++)
		one_shot_complain("%s", problems->sentences[i]);
}

enum exit_status trace_view_status(const struct trace_view_state *view)
{
	const struct trace_options *options = view->options;

	if (options->view == TRACE_VIEW_FOLLOW)
		return trace_follow_status(&view->follow);
	if (options->view == TRACE_VIEW_DETAIL && view->detail.shown == 0) {
		one_shot_complain(options->frames.count > 0
					  ? "trace: --detail: the capture has no such frame."
					  : "trace: --detail: no frame with TCP in it.");
		return EXIT_NOT_DONE;
	}
	return EXIT_DONE;
}
