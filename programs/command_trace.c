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
#include "capture/pcapng_writer.h"
#include "programs/command.h"
#include "programs/one_shot.h"
#include "programs/trace_options.h"
#include "programs/trace_reading.h"
#include "programs/trace_selection.h"
#include "programs/trace_view.h"
#include "programs/version.h"

#define COMMENT_MAX_BYTES 60000u /* an option of pcapng holds 65,535 */
#define SPOOL_BYTES 65536u

struct trace_command {
	const struct trace_options *options;
	struct trace_view_state view;
	struct trace_selection selection; /* of the first pass, where there are two */
	bool two_passes;
	struct pcapng_writer *writer; /* owned; NULL unless --write, and once it failed */
	int write_error;              /* -errno */
	struct text_builder comment;
};

/* The first of two passes. */
static void collect(void *context, const struct tcp_connection *connection)
{
	struct trace_command *command = context;

	if (!trace_view_selects(&command->view, connection))
		return;
	if (command->options->has_only)
		(void)trace_selection_add(&command->selection, connection->number);
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

static bool on_frame(void *context, const struct captured_frame *frame,
		     const struct segment_facts *segment, const struct tcp_connection *connection)
{
	struct trace_command *command = context;

	if (!is_selected(command, connection))
		return true;
	if (command->writer)
		write_frame(command, frame);
	if (segment && command->options->segments)
		trace_view_segment(&command->view, segment, connection);
	return !command->view.failed && command->write_error == 0;
}

static void on_connection(void *context, const struct tcp_connection *connection)
{
	struct trace_command *command = context;

	trace_view_connection(&command->view, connection);
}

static void on_end(void *context, const struct tcp_totals *totals,
		   const struct trace_problems *problems)
{
	struct trace_command *command = context;

	trace_view_end(&command->view, totals, problems);
}

static unsigned tracker_flags(const struct trace_options *options)
{
	unsigned flags = 0;

	if (options->view == TRACE_VIEW_STORY || options->json)
		flags |= TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS;
	if (options->view == TRACE_VIEW_STORY && !options->as_tshark)
		flags |= TRACKER_COMPARE_LABELS;
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
	};
	enum trace_result result = trace_read(command->options, path, &reader);

	trace_selection_sort(&command->selection);
	return result;
}

static enum trace_result last_pass(struct trace_command *command, const char *path)
{
	const struct trace_options *options = command->options;
	const struct trace_reader reader = {
		.frame = options->segments || command->writer ? on_frame : NULL,
		.interface = command->writer ? on_interface : NULL,
		.connection = on_connection,
		.end = on_end,
		.context = command,
		.tracker_flags = tracker_flags(options),
		.shows_progress = isatty(STDERR_FILENO),
	};

	return trace_read(options, path, &reader);
}

/* Two passes cannot be made over what comes through a pipe. -1: a sentence was printed. */
static int spool_standard_input(void)
{
	FILE *spool = tmpfile();
	char *bytes = malloc(SPOOL_BYTES);
	int copy = -1;
	ssize_t length = 0;

	while (spool && bytes && (length = read(STDIN_FILENO, bytes, SPOOL_BYTES)) != 0) {
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 || fwrite(bytes, 1, (size_t)length, spool) != (size_t)length)
			break;
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
	}
	if (command->two_passes)
		result = first_pass(command, path);
	if (result == TRACE_READ || result == TRACE_DAMAGED)
		result = last_pass(command, path);
	if (spool >= 0)
		(void)close(spool);
	return result;
}

/* Under whatever name: what is read must still be there when it is read a second time. */
static bool is_input(const struct trace_options *options)
{
	struct stat input;
	struct stat output;

	return stat(options->path, &input) == 0 && stat(options->write, &output) == 0 &&
	       input.st_dev == output.st_dev && input.st_ino == output.st_ino &&
	       S_ISREG(input.st_mode);
}

static bool open_writer(struct trace_command *command)
{
	const char *path = command->options->write;

	if (!path)
		return true;
	if (is_input(command->options)) {
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

static void close_writer(struct trace_command *command, enum trace_result result)
{
	if (!command->writer)
		return;
	if (command->write_error == 0 && (result == TRACE_READ || result == TRACE_DAMAGED))
		command->write_error = pcapng_writer_close(command->writer);
	else
		pcapng_writer_abandon(command->writer);
	command->writer = NULL;
	if (command->write_error != 0)
		one_shot_complain("trace: --write %s: %s; no file was written.",
				  command->options->write, strerror(-command->write_error));
	if (command->selection.left_out)
		one_shot_complain("trace: --write: only the first %u comments were written.",
				  TRACE_COMMENTS_MAX);
}

static enum exit_status judge(const struct trace_command *command, enum trace_result result)
{
	const struct trace_view_state *view = &command->view;

	if (result == TRACE_REFUSED)
		return EXIT_USAGE;
	if (view->failed) {
		/* Who reads through `head` has seen enough, and need not be told. */
		if (view->error != EPIPE)
			one_shot_complain("trace: standard output: %s", strerror(view->error));
		return EXIT_NOT_DONE;
	}
	if (result != TRACE_READ || command->write_error != 0)
		return EXIT_NOT_DONE;
	if (command->options->has_only && view->shown == 0 && !command->options->json)
		one_shot_complain("trace: --only: no connection is so.");
	if (!command->options->has_expect)
		return EXIT_DONE;
	if (view->shown == 0)
		one_shot_complain("trace: --expect: there is no connection to hold it against.");
	return view->shown > 0 && view->expected == view->shown ? EXIT_DONE : EXIT_NOT_DONE;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	struct trace_options *options = malloc(sizeof(*options));
	struct trace_command command = { .options = options };
	enum exit_status status = EXIT_ENVIRONMENT;
	enum trace_result result = TRACE_FAILED;

	if (!options) {
		one_shot_complain("trace: out of memory.");
		return status;
	}
	if (!trace_options_read(self, argc, argv, options, &status))
		goto free_options;
	command.two_passes = options->write || (options->segments && options->has_only);
	text_builder_init(&command.comment, COMMENT_MAX_BYTES);
	status = EXIT_NOT_DONE;
	if (trace_view_init(&command.view, options) && open_writer(&command)) {
		result = all_passes(&command);
		close_writer(&command, result);
		status = judge(&command, result);
	}
	trace_view_finish(&command.view);
	trace_selection_finish(&command.selection);
	text_builder_finish(&command.comment);
free_options:
	free(options);
	return status;
}

const struct command command_trace = {
	.name = "trace",
	.summary = "explains every TCP connection of a capture",
	.run = run,
	.help = "Usage: wiretale trace [OPTION]... FILE\n"
		"\n"
		"Reads a capture (pcap or pcapng, also gzip or zstd; - is standard input) and "
		"tells\n"
		"each TCP connection in it: how it opened, what was agreed, what was sent again "
		"and\n"
		"why, who closed first and in how many segments, where the time went. Numbers in\n"
		"brackets are frames of the file: the proof.\n"
		"\n"
		"  --connections       a table, one line each\n"
		"  --stats             totals only; checksums are not verified\n"
		"  --json              one object a line: connections, and the file as the last\n"
		"  --segments          with --json: a line for each segment too\n"
		"  --only TERMS        connections that are so, as in: closing.kind=reset\n"
		"  --expect TERMS      exit status 1 unless all of them are so\n"
		"  --write FILE        what was read, as pcapng, findings as packet comments\n"
		"  --filter EXPRESSION a capture filter in libpcap's language: 'tcp port 80'\n"
		"  --as tshark         labels and streams exactly as tshark 4.0 gives them\n"
		"  --max-connections N remembered at a time; default 65536\n"
		"  --no-checksums      do not verify them\n"
		"  --help              this text\n"
		"\n"
		"TERMS are key=value, key!=value, key<value, key>value, separated by blanks; all\n"
		"must hold. Keys are paths into the JSON: opening.kind, closing.kind, "
		"closing.first,\n"
		"closing.segments, from_client.retransmissions, labels.zero-window, "
		"findings.kind...\n"
		"\n"
		"Examples:\n"
		"  wiretale trace capture.pcap\n"
		"  tcpdump -i lo -w - tcp | wiretale trace -\n"
		"  wiretale trace --connections --only 'closing.kind=reset' capture.pcapng\n"
		"  wiretale trace --expect 'closing.kind=orderly-4 closing.first=client' x.pcap\n"
		"  wiretale trace --write explained.pcapng capture.pcap && wireshark "
		"explained.pcapng\n"
		"\n"
		"Exit status: 0 done; 1 the file cannot be read to its end, or is not as "
		"expected;\n"
		"2 wrong usage; 3 this machine lacks something.\n",
};
