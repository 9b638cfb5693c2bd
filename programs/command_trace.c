/* wiretale trace: explains every TCP connection of a capture. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text_builder.h"
#include "capture/input_wait.h"
#include "capture/pcapng_writer.h"
#include "programs/command.h"
#include "programs/one_shot.h"
#include "programs/page_file.h"
#include "programs/trace_interrupt.h"
#include "programs/trace_live.h"
#include "programs/trace_options.h"
#include "programs/trace_page.h"
#include "programs/trace_pair.h"
#include "programs/trace_reading.h"
#include "programs/trace_selection.h"
#include "programs/trace_view.h"
#include "programs/version.h"

#define COMMENT_MAX_BYTES 60000u /* an option of pcapng holds 65,535 */
#define SPOOL_BYTES 65536u

struct trace_command {
	const struct trace_options *options;
	struct trace_view_state view;
	struct trace_page page;           /* of --report */
	struct trace_selection selection; /* of the first pass, where there are two */
	bool two_passes;
	bool is_spooled;              /* what is read, of standard input */
	uint64_t frames_read;         /* by the first pass of two */
	struct pcapng_writer *writer; /* owned; NULL unless --write, and once it failed */
	int write_error;              /* -errno */
	bool no_memory;               /* for the selection: it is not whole */
	bool seen_enough;             /* the pass was ended before the end of the capture */
	struct text_builder comment;
};

/* Under whatever name: what is read must still be there when it is read a second time. */
static bool is_input(const struct trace_options *options, const char *path)
{
	struct stat input;
	struct stat output;

	if (!options->path || stat(path, &output) != 0 ||
	    (strcmp(options->path, "-") == 0 ? fstat(STDIN_FILENO, &input)
					     : stat(options->path, &input)) != 0)
		return false;
	return input.st_dev == output.st_dev && input.st_ino == output.st_ino &&
	       S_ISREG(input.st_mode);
}

static bool open_writer(struct trace_command *command)
{
	const char *path = command->options->write;

	if (!path)
		return true;
	if (is_input(command->options, path)) {
		one_shot_complain("trace: --write %s: that is the capture to be read; give another "
				  "name.",
				  path);
		return false;
	}
	command->writer = pcapng_writer_open(path, "wiretale " WIRETALE_VERSION);
	if (!command->writer)
		one_shot_complain("trace: --write %s: %s", path, strerror(errno));
	return command->writer != NULL;
}

static bool open_page(struct trace_command *command)
{
	const char *path = command->options->report;

	if (path && is_input(command->options, path)) {
		one_shot_complain("trace: --report %s: that is the capture to be read; give "
				  "another name.",
				  path);
		return false;
	}
	return trace_page_open(&command->page);
}

/* The first of two passes. */
static void collect(void *context, const struct tcp_connection *connection)
{
	struct trace_command *command = context;

	if (!trace_view_selects(&command->view, connection))
		return;
	if (command->options->has_only &&
	    !trace_selection_add(&command->selection, connection->number))
		command->no_memory = true;
	if (command->options->write)
		trace_selection_comment(&command->selection, connection);
}

static bool is_selected(const struct trace_command *command,
			const struct tcp_connection *connection)
{
	return !command->options->has_only ||
	       (connection && trace_selection_has(&command->selection, connection->number));
}

static void write_frame(struct trace_command *command, const struct captured_frame *frame)
{
	text_builder_clear(&command->comment);
	trace_selection_take_comments(&command->selection, frame->number, &command->comment);
	command->write_error = pcapng_writer_frame(
		command->writer, frame,
		command->comment.length > 0 ? text_builder_text(&command->comment) : NULL);
}

static bool on_interface(void *context, const struct capture_interface *interface)
{
	struct trace_command *command = context;
	int64_t number;

	if (!command->writer)
		return true;
	number = pcapng_writer_add_interface(command->writer, interface->link_type,
					     interface->snap_length, interface->name);
	if (number < 0)
		command->write_error = (int)number;
	return number >= 0;
}

static bool on_frame(void *context, const struct trace_frame *frame)
{
	struct trace_command *command = context;
	bool selected = is_selected(command, frame->connection);
	bool goes_on = true;

	if (command->writer && selected)
		write_frame(command, frame->captured);
	if (trace_view_wants_frames(&command->view))
		goes_on = trace_view_frame(&command->view, frame, selected);
	/* Live, what is wanted is known at a connection's end. */
	if (selected || command->options->interface)
		trace_page_frame(&command->page, frame);
	if ((command->view.failed && !command->options->report) || command->write_error != 0)
		return false;
	command->seen_enough = !goes_on;
	return goes_on || command->writer || command->options->report;
}

static void on_connection(void *context, const struct tcp_connection *connection)
{
	struct trace_command *command = context;

	trace_view_connection(&command->view, connection);
	if (command->options->report)
		trace_page_connection(&command->page, connection,
				      trace_view_selects(&command->view, connection));
}

static void on_end(void *context, const struct tcp_totals *totals,
		   const struct trace_problems *problems)
{
	struct trace_command *command = context;

	trace_view_end(&command->view, totals, problems);
	trace_page_end(&command->page, totals, problems);
}

static unsigned tracker_flags(const struct trace_options *options)
{
	unsigned flags = 0;

	if (options->view == TRACE_VIEW_STORY || options->view == TRACE_VIEW_DETAIL ||
	    options->json)
		flags |= TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS;
	if (options->view == TRACE_VIEW_STORY && !options->as_tshark)
		flags |= TRACKER_COMPARE_LABELS;
	if (options->report)
		return TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS |
		       (options->as_tshark ? 0 : (unsigned)TRACKER_COMPARE_LABELS);
	if (options->view == TRACE_VIEW_STATS)
		flags = options->has_only || options->has_expect || options->write
				? 0
				: (unsigned)TRACKER_TOTALS_ONLY;
	return flags;
}

static enum trace_result first_pass(struct trace_command *command, const char *path)
{
	const struct trace_reader reader = {
		.connection = collect,
		.context = command,
		.tracker_flags = tracker_flags(command->options),
		.shows_progress = isatty(STDERR_FILENO),
		.is_limited = command->is_spooled && trace_interrupt_came(),
		.frames_max = UINT64_MAX,
		.frames_read = &command->frames_read,
	};
	enum trace_result result = trace_read(command->options, path, &reader);

	trace_selection_sort(&command->selection);
	if (command->no_memory) {
		one_shot_complain("trace: out of memory.");
		return TRACE_FAILED;
	}
	return result;
}

static bool on_opened(void *context)
{
	return open_writer(context) && open_page(context);
}

/* path: NULL: of the interface. */
static enum trace_result last_pass(struct trace_command *command, const char *path)
{
	const struct trace_options *options = command->options;
	bool frames = options->write || options->report || trace_view_wants_frames(&command->view);
	const struct trace_reader reader = {
		.frame = frames ? on_frame : NULL,
		.opened = on_opened,
		.interface = options->write ? on_interface : NULL,
		.connection = on_connection,
		.end = on_end,
		.context = command,
		.tracker_flags = tracker_flags(options),
		.shows_progress = isatty(STDERR_FILENO),
		.wants_trails = options->report || trace_view_wants_trails(&command->view),
		/* What the first pass did not see is not known to be wanted. */
		.is_limited = command->two_passes && trace_interrupt_came(),
		.frames_max = command->frames_read,
	};

	return path ? trace_read(options, path, &reader) : trace_live(options, &reader);
}

/* Two passes cannot be made over what comes through a pipe. -1: a sentence was printed. */
static int spool_standard_input(void)
{
	struct input_wait wait = { .stop_fd = trace_interrupt_fd() };
	FILE *spool = tmpfile();
	char *bytes = malloc(SPOOL_BYTES);
	int copy = -1;
	ssize_t length = 0;

	while (spool && bytes && input_wait(&wait, STDIN_FILENO) &&
	       (length = read(STDIN_FILENO, bytes, SPOOL_BYTES)) != 0) {
		if (length < 0 && (errno == EINTR || (errno == EAGAIN && wait.stop_fd >= 0))) {
			length = 0;
			continue;
		}
		if (length < 0 || fwrite(bytes, 1, (size_t)length, spool) != (size_t)length)
			break;
		length = 0;
	}
	if (spool && bytes && length == 0 && fflush(spool) == 0)
		copy = fcntl(fileno(spool), F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		one_shot_complain("trace: standard input could not be kept for a second look: %s",
				  strerror(errno));
	free(bytes);
	if (spool)
		(void)fclose(spool);
	return copy;
}

static enum trace_result all_passes(struct trace_command *command)
{
	const char *path = command->options->path;
	char spooled[64];
	int spool = -1;
	enum trace_result result = TRACE_READ;

	if (command->two_passes && strcmp(path, "-") == 0) {
		spool = spool_standard_input();
		if (spool < 0)
			return TRACE_FAILED;
		(void)snprintf(spooled, sizeof(spooled), "/proc/self/fd/%d", spool);
		path = spooled;
		command->is_spooled = true;
	}
	if (command->two_passes)
		result = first_pass(command, path);
	if (result == TRACE_READ || result == TRACE_DAMAGED)
		result = last_pass(command, path);
	if (spool >= 0)
		(void)close(spool);
	return result;
}

static void close_writer(struct trace_command *command, enum trace_result result)
{
	if (!command->writer)
		return;
	if (command->write_error == 0 &&
	    (result == TRACE_READ || result == TRACE_DAMAGED || command->seen_enough))
		command->write_error = pcapng_writer_close(command->writer);
	else
		pcapng_writer_abandon(command->writer);
	command->writer = NULL;
	if (command->write_error != 0)
		one_shot_complain("trace: --write %s: %s; no file was written.",
				  command->options->write, strerror(-command->write_error));
	else if (command->selection.left_out)
		one_shot_complain("trace: --write: only the first %u comments were written.",
				  TRACE_COMMENTS_MAX);
}

/* False: a sentence was printed. */
static bool write_page(struct trace_command *command, enum trace_result result)
{
	if (!command->page.file)
		return true;
	if (result == TRACE_READ || result == TRACE_DAMAGED)
		return trace_page_write(&command->page);
	if (result == TRACE_STOPPED)
		one_shot_complain("trace: --report: not all was read, so no page was written.");
	return false;
}

static enum exit_status judge(const struct trace_command *command, enum trace_result result)
{
	const struct trace_view_state *view = &command->view;

	if (result == TRACE_REFUSED)
		return EXIT_USAGE;
	if (result == TRACE_LACKING)
		return EXIT_ENVIRONMENT;
	if (view->failed) {
		/* Who reads through `head` has seen enough, and need not be told. */
		if (view->error != EPIPE)
			one_shot_complain("trace: standard output: %s", strerror(view->error));
		return EXIT_NOT_DONE;
	}
	if ((result != TRACE_READ && !command->seen_enough) || command->write_error != 0)
		return EXIT_NOT_DONE;
	if (trace_view_status(view) != EXIT_DONE)
		return EXIT_NOT_DONE;
	if (command->options->has_only && view->shown == 0 && !command->options->json)
		one_shot_complain("trace: --only: no connection is so.");
	if (!command->options->has_expect)
		return EXIT_DONE;
	if (view->shown == 0)
		one_shot_complain("trace: --expect: there is no connection to hold it against.");
	return view->shown > 0 && view->expected == view->shown ? EXIT_DONE : EXIT_NOT_DONE;
}

/* What has to be known before a frame can be shown is known at the end. */
static bool needs_two_passes(const struct trace_command *command)
{
	const struct trace_options *options = command->options;

	if (options->interface)
		return false;
	return options->write ||
	       (options->has_only && (options->report || trace_view_wants_frames(&command->view)));
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	struct trace_options *options = malloc(sizeof(*options));
	struct trace_command command = { .options = options };
	enum exit_status status = EXIT_ENVIRONMENT;
	enum trace_result result = TRACE_FAILED;
	bool page_written;

	if (!options) {
		one_shot_complain("trace: out of memory.");
		return status;
	}
	if (!trace_options_read(self, argc, argv, options, &status))
		goto free_options;
	if (options->report && !page_file_possible("trace")) {
		status = EXIT_ENVIRONMENT;
		goto free_options;
	}
	if (options->report)
		trace_interrupt_begin();
	if (options->second_path) {
		status = trace_pair_run(options);
		goto free_options;
	}
	text_builder_init(&command.comment, COMMENT_MAX_BYTES);
	trace_page_init(&command.page, options);
	status = EXIT_NOT_DONE;
	/* Live, the file is made once privileges are given up. */
	if (trace_view_init(&command.view, options) &&
	    (options->interface || (open_writer(&command) && open_page(&command)))) {
		command.two_passes = needs_two_passes(&command);
		result = options->interface ? last_pass(&command, NULL) : all_passes(&command);
		trace_view_flush(&command.view);
		close_writer(&command, result);
		page_written = write_page(&command, result);
		status = judge(&command, result);
		if (!page_written && status == EXIT_DONE)
			status = EXIT_NOT_DONE;
	}
	trace_page_finish(&command.page);
	trace_view_finish(&command.view);
	trace_selection_finish(&command.selection);
	text_builder_finish(&command.comment);
free_options:
	free(options);
	return status;
}

const struct command command_trace = {
	.name = "trace",
	.summary = "explains the TCP connections of a capture, or live",
	.usage = "[OPTION]... FILE\n"
		 "[OPTION]... FILE FILE\n"
		 "[OPTION]... -i IFACE",
	.about = "Reads a capture (pcap or pcapng, also gzip or zstd; - is standard input) and "
		 "tells each TCP connection in it: how it opened, what was agreed, what was sent "
		 "again and why, who closed first and in how many segments, where the time went. "
		 "Numbers in brackets are frames of the file: the proof.\n\n"
		 "With -i it listens instead, and tells connections as they end. Of two files, "
		 "captured at both ends of the same connections, it tells how far apart the "
		 "clocks are, how long each way takes, and what died between.",
	.options = trace_options_table,
	.notes = "TERMS are key=value, key!=value, key<value, key>value, separated by blanks; all "
		 "must hold. Keys are paths into the JSON: opening.kind, closing.kind, "
		 "closing.first, closing.segments, from_client.retransmissions, "
		 "labels.zero-window, findings.kind...",
	.examples = "wiretale trace capture.pcap\n"
		    "wiretale trace --segments capture.pcap\n"
		    "wiretale trace --detail 1-3 --explain capture.pcap\n"
		    "wiretale trace -i lo --segments --filter 'tcp port 2312'\n"
		    "wiretale trace client.pcap server.pcap\n"
		    "tcpdump -i lo -w - tcp | wiretale trace -\n"
		    "wiretale trace --connections --only 'closing.kind=reset' capture.pcapng\n"
		    "wiretale trace --expect 'closing.kind=orderly-4 closing.first=client' x.pcap\n"
		    "wiretale trace --write explained.pcapng capture.pcap\n"
		    "wireshark explained.pcapng  # the findings are comments of its packets\n"
		    "wiretale trace --report tale.html capture.pcap",
	.statuses = "0 done; 1 the file cannot be read to its end, or is not as expected; 2 wrong "
		    "usage; 3 this machine lacks something.",
	.operands = VALUE_FILE,
	.run = run,
};
