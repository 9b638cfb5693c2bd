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
#define COLUMNS_DEFAULT 100u /* where no terminal says how wide it is */
#define COPY_BYTES 65536u

/* 0: a table as wide as it is, where no terminal says how wide it may be. */
static size_t view_columns(enum trace_view view)
{
	bool table = view == TRACE_VIEW_CONNECTIONS;
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
	    size.ws_col == 0)
		return table ? 0 : COLUMNS_DEFAULT;
	if (size.ws_col < COLUMNS_MIN)
		return COLUMNS_MIN;
	/* Lines of prose are not read well beyond some length. */
	return size.ws_col > COLUMNS_MAX && !table ? COLUMNS_MAX : size.ws_col;
}

bool trace_view_init(struct trace_view_state *view, const struct trace_options *options)
{
	*view = (struct trace_view_state){
		.options = options,
		.name = strcmp(options->path, "-") == 0 ? "standard input" : options->path,
		.style = { .colour = one_shot_wants_colour(),
			   .columns = view_columns(options->view) },
	};
	text_builder_init(&view->line, LINE_MAX_BYTES);
	text_builder_init(&view->json, LINE_MAX_BYTES);
	if (options->json || options->view != TRACE_VIEW_STORY)
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
}

/* What is done behind it may change errno. */
static void fail(struct trace_view_state *view)
{
	if (!view->failed)
		view->error = errno;
	view->failed = true;
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

void trace_view_segment(struct trace_view_state *view, const struct segment_facts *segment,
			const struct tcp_connection *connection)
{
	trace_json_segment(&view->line, connection, segment);
	text_append_bytes(&view->line, "\n", 1);
	write_line(view, stdout);
}

void trace_view_connection(struct trace_view_state *view, const struct tcp_connection *connection)
{
	const struct trace_options *options = view->options;

	if (options->json || options->has_only || options->has_expect)
		make_json(view, connection);
	if (options->has_only && !holds(view, &options->only, NULL))
		return;
	if (options->has_expect)
		check_expectation(view, connection);
	view->shown++;
	if (options->view == TRACE_VIEW_STATS || options->view == TRACE_VIEW_NONE)
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
		text_append_bytes(&view->line, "\n", 1);
		story_connection(&view->line, connection, &view->style);
		write_line(view, view->stories);
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

void trace_view_end(struct trace_view_state *view, const struct tcp_totals *totals,
		    const struct trace_problems *problems)
{
	const struct trace_options *options = view->options;

	if (options->json) {
		trace_json_file(&view->line, totals, (const char *const *)problems->sentences,
				problems->count);
		text_append_bytes(&view->line, "\n", 1);
	} else if (options->view == TRACE_VIEW_STATS) {
		story_stats(&view->line, totals, &view->style);
	} else if (options->view == TRACE_VIEW_STORY) {
		story_summary(&view->line, view->name, totals, &view->style);
	}
	write_line(view, stdout);
	if (view->stories)
		copy_stories(view);
	if (fflush(stdout) != 0)
		fail(view);
	for (size_t i = 0; i < problems->count; i++)
		one_shot_complain("%s", problems->sentences[i]);
}
