#include "programs/trace_pair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text_builder.h"
#include "programs/one_shot.h"
#include "programs/trace_interrupt.h"
#include "programs/trace_pair_page.h"
#include "programs/trace_problems.h"
#include "programs/trace_reading.h"
#include "report/pair_json.h"
#include "report/pair_text.h"
#include "report/story.h"
#include "tcp_flow/capture_pair.h"
#include "tcp_flow/capture_pair_order.h"

#define LINE_MAX_BYTES (4u * 1024 * 1024)
#define PAIR_OBJECTS_MAX_BYTES (16u * 1024 * 1024) /* of a page */
#define COLUMNS_MIN 40u
#define COLUMNS_MAX 120u
#define COLUMNS_DEFAULT 100u /* where no terminal says how wide it is */

struct trace_pair {
	const struct trace_options *options; /* borrowed */
	struct trace_options *one;           /* owned; for the pass over one of them */
	struct capture_pair pair;
	struct pair_capture *filling; /* borrowed; of the pass that runs */
	/* So much of each is read, where the reading was ended by a signal. */
	bool is_limited;
	uint64_t frames[2];
	struct trace_problems problems;
	const char *names[2];
	struct story_style style;
	struct text_builder line;
	struct trace_pair_page *page; /* owned; NULL: none is wanted */
	unsigned paging;              /* the capture that is read for it */
	int error;                    /* errno of standard output, once it failed */
};

static bool on_frame(void *context, const struct trace_frame *frame)
{
	struct trace_pair *command = context;

	pair_capture_frame(command->filling, frame->captured->time_ns);
	if (frame->segment)
		pair_capture_segment(command->filling, frame->connection, frame->segment);
	return true;
}

static void on_end(void *context, const struct tcp_totals *totals,
		   const struct trace_problems *problems)
{
	struct trace_pair *command = context;

	(void)totals;
	for (size_t i = 0; i < problems->count; i++)
		trace_problem(&command->problems, "%s", problems->sentences[i]);
}

static enum trace_result read_capture(struct trace_pair *command, unsigned capture,
				      const struct trace_reader *reader)
{
	*command->one = *command->options;
	command->one->path = capture == 0 ? command->options->path : command->options->second_path;
	return trace_read(command->one, command->one->path, reader);
}

static enum trace_result read_one(struct trace_pair *command, unsigned capture)
{
	struct trace_reader reader = {
		.frame = on_frame,
		.end = on_end,
		.context = command,
		.shows_progress = isatty(STDERR_FILENO),
	};

	command->filling = &command->pair.captures[capture];
	/* Of the second there is as much to be read as was read of the first: alone it tells
	 * nothing. */
	if (capture == 1 && trace_interrupt_came()) {
		command->frames[1] = command->frames[0];
		reader.is_limited = true;
		reader.frames_max = command->frames[1];
	}
	reader.frames_read = &command->frames[capture];
	return read_capture(command, capture, &reader);
}

/* What was left out, for whoever trusts the counts. */
static void note_limits(struct trace_pair *command)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct pair_capture *capture = &command->pair.captures[i];

		if (capture->segments_left_out > 0)
			trace_problem(&command->problems,
				      "%s: %llu segments are more than can be kept, and were left "
				      "out: at most %u of a file, %u of a connection",
				      command->names[i],
				      (unsigned long long)capture->segments_left_out,
				      PAIR_SEGMENTS_MAX, PAIR_CONNECTION_SEGMENTS_MAX);
		if (capture->no_memory)
			trace_problem(&command->problems,
				      "%s: out of memory, segments were left out",
				      command->names[i]);
	}
	for (uint32_t i = 0; i < command->pair.count; i++) {
		if (command->pair.list[i].pieces_left_out)
			trace_problem(
				&command->problems,
				"connection %u: more than %u pieces of segments; the rest were "
				"not looked for",
				i + 1, PAIR_PIECES_MAX);
	}
}

static bool write_line(struct trace_pair *command)
{
	struct text_builder *line = &command->line;

	if (line->length > 0 && command->error == 0 &&
	    fwrite(line->text, line->length, 1, stdout) != 1)
		command->error = errno;
	text_builder_clear(line);
	return command->error == 0;
}

static bool end_line(struct trace_pair *command)
{
	text_append_bytes(&command->line, "\n", 1);
	return write_line(command);
}

static void write_segments(struct trace_pair *command, const struct flow_pair *flows,
			   uint32_t number)
{
	int64_t start_ns = pair_order_start(&command->pair, flows);
	struct pair_order order = { { 0, 0 } };
	struct pair_event event;

	while (pair_order_next(&command->pair, flows, &order, &event)) {
		pair_json_segment(&command->line, flows, number, &event, start_ns);
		if (!end_line(command))
			return;
	}
}

static void write_json(struct trace_pair *command)
{
	const struct capture_pair *pair = &command->pair;

	for (uint32_t i = 0; i < pair->count; i++) {
		write_segments(command, &pair->list[i], i + 1);
		pair_json_connection(&command->line, pair, &pair->list[i], i + 1);
		if (!end_line(command))
			return;
	}
	for (unsigned capture = 0; capture < 2; capture++) {
		for (uint32_t i = 0; i < pair->captures[capture].count; i++) {
			const struct pair_flow *flow = &pair->captures[capture].flows[i];

			if (flow->pair != PAIR_NONE || flow->count == 0)
				continue;
			pair_json_only(&command->line, capture, flow);
			if (!end_line(command))
				return;
		}
	}
	pair_json_captures(&command->line, pair, command->names,
			   (const char *const *)command->problems.sentences,
			   command->problems.count);
	(void)end_line(command);
}

static void write_text(struct trace_pair *command)
{
	const struct capture_pair *pair = &command->pair;

	pair_text_summary(&command->line, pair, command->names, &command->style);
	if (!write_line(command))
		return;
	for (uint32_t i = 0; i < pair->count && !pair->is_same; i++) {
		pair_text_connection(&command->line, pair, &pair->list[i], i + 1, &command->style);
		if (!write_line(command))
			return;
	}
	pair_text_only(&command->line, pair, command->names, &command->style);
	(void)write_line(command);
}

/* ---- the page ---- */

static bool page_frame(void *context, const struct trace_frame *frame)
{
	const struct trace_pair *command = context;

	if (frame->segment)
		trace_pair_page_frame(command->page, command->paging, frame);
	return true;
}

static void page_connection(void *context, const struct tcp_connection *connection)
{
	const struct trace_pair *command = context;

	trace_pair_page_connection(command->page, command->paging, connection);
}

/* False: it cannot be read again; a sentence was printed. */
static bool read_for_page(struct trace_pair *command, unsigned capture)
{
	const struct trace_reader reader = {
		.frame = page_frame,
		.connection = page_connection,
		.context = command,
		.tracker_flags = TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS | TRACKER_COMPARE_LABELS,
		.shows_progress = isatty(STDERR_FILENO),
		.wants_trails = true,
		.is_limited = command->is_limited,
		.frames_max = command->frames[capture],
		.frames_read = &command->frames[capture],
	};
	enum trace_result result;

	command->paging = capture;
	result = read_capture(command, capture, &reader);
	return result == TRACE_READ || result == TRACE_DAMAGED;
}

static bool read_both_for_page(struct trace_pair *command, unsigned first)
{
	bool was_limited = trace_interrupt_came();
	bool was_read;

	command->is_limited = was_limited;
	was_read = read_for_page(command, first);
	if (trace_interrupt_came() && !command->is_limited) {
		command->is_limited = true;
		command->frames[1 - first] = command->frames[first];
	}
	was_read = was_read && read_for_page(command, 1 - first);
	if (was_limited || !trace_interrupt_came())
		return was_read;
	trace_problem(&command->problems, "the reading for the page was ended by a signal: it has "
					  "the beginning only");
	one_shot_complain("trace: --report: the reading for the page was ended by a signal: it has "
			  "the beginning only.");
	return was_read;
}

/* What --json says of the pair, but for its segments, which the page has more of. */
static void append_objects(struct trace_pair *command, struct text_builder *out)
{
	const struct capture_pair *pair = &command->pair;

	for (uint32_t i = 0; i < pair->count; i++) {
		pair_json_connection(out, pair, &pair->list[i], i + 1);
		text_append(out, ",");
	}
	for (unsigned capture = 0; capture < 2; capture++) {
		for (uint32_t i = 0; i < pair->captures[capture].count; i++) {
			const struct pair_flow *flow = &pair->captures[capture].flows[i];

			if (flow->pair != PAIR_NONE || flow->count == 0)
				continue;
			pair_json_only(out, capture, flow);
			text_append(out, ",");
		}
	}
	pair_json_captures(out, pair, command->names,
			   (const char *const *)command->problems.sentences,
			   command->problems.count);
}

static const char *file_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash[1] != '\0' ? slash + 1 : name;
}

/* False: there is none, and a sentence was printed. */
static bool write_page(struct trace_pair *command)
{
	struct text_builder objects;
	struct text_builder title;
	unsigned first;
	bool written;

	if (command->pair.count == 0) {
		one_shot_complain("trace: --report: no connection is in both captures, so no page "
				  "was written.");
		return false;
	}
	command->page = trace_pair_page_create(command->options->report, &command->pair);
	if (!command->page)
		return false;
	text_builder_init(&objects, PAIR_OBJECTS_MAX_BYTES);
	text_builder_init(&title, LINE_MAX_BYTES);
	text_append_format(&title, "%s, %s", file_of(command->names[0]),
			   file_of(command->names[1]));
	first = trace_pair_page_first(command->page);
	written = read_both_for_page(command, first);
	append_objects(command, &objects);
	if (written)
		written = trace_pair_page_write(command->page, text_builder_text(&title),
						objects.truncated ? NULL
								  : text_builder_text(&objects));
	trace_pair_page_destroy(command->page);
	command->page = NULL;
	text_builder_finish(&title);
	text_builder_finish(&objects);
	return written;
}

static size_t columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
	    size.ws_col == 0)
		return COLUMNS_DEFAULT;
	if (size.ws_col < COLUMNS_MIN)
		return COLUMNS_MIN;
	return size.ws_col > COLUMNS_MAX ? COLUMNS_MAX : size.ws_col;
}

static enum exit_status tell(struct trace_pair *command)
{
	note_limits(command);
	trace_problems_close(&command->problems);
	if (command->options->json)
		write_json(command);
	else
		write_text(command);
	if (command->error == 0 && fflush(stdout) != 0)
		command->error = errno;
	for (size_t i = 0; i < command->problems.count; i++)
		one_shot_complain("%s", command->problems.sentences[i]);
	if (command->error != 0 && command->error != EPIPE)
		one_shot_complain("trace: standard output: %s", strerror(command->error));
	return command->error != 0 || command->pair.count == 0 ? EXIT_NOT_DONE : EXIT_DONE;
}

/* Under whatever name. */
static bool is_same_file(const char *one, const char *other)
{
	struct stat left;
	struct stat right;

	return stat(one, &left) == 0 && stat(other, &right) == 0 && S_ISREG(left.st_mode) &&
	       left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/* The page would take the place of what it is made of. */
static bool is_input(const struct trace_options *options)
{
	if (!options->report || (!is_same_file(options->path, options->report) &&
				 !is_same_file(options->second_path, options->report)))
		return false;
	one_shot_complain("trace: --report %s: that is a capture to be read; give another name.",
			  options->report);
	return true;
}

static enum exit_status run(struct trace_pair *command)
{
	bool damaged = false;

	for (unsigned i = 0; i < 2; i++) {
		switch (read_one(command, i)) {
		case TRACE_READ:
			break;
		case TRACE_DAMAGED:
			damaged = true;
			break;
		case TRACE_REFUSED:
			return EXIT_USAGE;
		case TRACE_LACKING:
			return EXIT_ENVIRONMENT;
		case TRACE_STOPPED:
		case TRACE_FAILED:
			return EXIT_NOT_DONE;
		}
	}
	if (!capture_pair_judge(&command->pair)) {
		one_shot_complain("trace: out of memory.");
		return EXIT_ENVIRONMENT;
	}
	if (tell(command) != EXIT_DONE)
		damaged = true;
	if (command->options->report && !write_page(command))
		damaged = true;
	return damaged ? EXIT_NOT_DONE : EXIT_DONE;
}

static const char *name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

enum exit_status trace_pair_run(const struct trace_options *options)
{
	struct trace_pair command = {
		.options = options,
		.one = malloc(sizeof(*command.one)),
		.names = { name_of(options->path), name_of(options->second_path) },
		.style = { .colour = one_shot_wants_colour(), .columns = columns() },
	};
	enum exit_status status = EXIT_ENVIRONMENT;

	text_builder_init(&command.line, LINE_MAX_BYTES);
	if (is_input(options))
		status = EXIT_USAGE;
	else if (command.one)
		status = run(&command);
	else
		one_shot_complain("trace: out of memory.");
	capture_pair_finish(&command.pair);
	trace_problems_finish(&command.problems);
	text_builder_finish(&command.line);
	free(command.one);
	return status;
}
