/* wiretale states: this machine's TCP sockets by state. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "programs/command.h"
#include "programs/one_shot.h"
#include "programs/states_options.h"
#include "programs/states_output.h"
#include "programs/states_sample.h"
#include "programs/states_view.h"
#include "programs/states_watch.h"
#include "sock_diag/sock_diag.h"

#define CLEAR_LINE "\x1b[K"
#define CLEAR_BELOW "\x1b[J"
#define ROWS_DEFAULT 24u

struct looking {
	struct states_options options;
	struct states_question question;
	struct states_sample sample;
	struct states_output output;
	struct state_counts counts;
	struct sock_diag *diag; /* owned */
};

static enum exit_status refuse(int error)
{
	if (!sock_diag_is_built())
		one_shot_complain("states: this build lacks libmnl, through which the kernel is "
				  "asked. Install libmnl-dev (Fedora: libmnl-devel, Arch: libmnl) "
				  "and build again.");
	else if (error == -ENOENT)
		one_shot_complain("states: this kernel does not tell of TCP sockets: it has no "
				  "tcp_diag. Load it as root, outside of any container: modprobe "
				  "tcp_diag");
	else if (error == -ENOMEM)
		one_shot_complain("states: out of memory.");
	else
		one_shot_complain("states: the kernel does not answer by netlink (sock_diag): %s. "
				  "A container or sandbox may forbid it; try outside of it.",
				  strerror(-error));
	return EXIT_ENVIRONMENT;
}

/* 0 or -errno. */
static int look(struct looking *looking)
{
	int result = states_sample_take(&looking->sample, looking->diag, &looking->question);

	if (result < 0)
		return result;
	memcpy(looking->counts.now, looking->sample.counts, sizeof(looking->counts.now));
	return 0;
}

static void complain_of_gaps(const struct states_sample *sample)
{
	if (sample->notes.changed)
		one_shot_complain("states: the sockets changed while they were listed; a few may "
				  "be missing, or counted twice.");
	if (sample->notes.skipped > 0)
		one_shot_complain("states: %llu sockets are in states that this program does not "
				  "know, and were left out.",
				  (unsigned long long)sample->notes.skipped);
	if (sample->not_kept > 0)
		one_shot_complain("states: only the first %zu sockets are told one by one; %llu "
				  "more are in the counts.",
				  sample->count, (unsigned long long)sample->not_kept);
}

static bool is_whole(const struct states_output *output)
{
	if (output->text.truncated)
		one_shot_complain("states: out of memory; what is shown is not all.");
	return !output->text.truncated;
}

static enum exit_status flush(struct states_output *output)
{
	bool whole = is_whole(output);

	if (states_output_flush(output))
		return whole ? EXIT_DONE : EXIT_ENVIRONMENT;
	/* Who reads through `head` has seen enough, and need not be told. */
	if (output->error != EPIPE)
		one_shot_complain("states: standard output: %s", strerror(output->error));
	return EXIT_NOT_DONE;
}

static enum exit_status show(struct looking *looking, bool is_line)
{
	if (!states_view_write(&looking->output, &looking->sample, &looking->counts,
			       &looking->options, is_line))
		return refuse(-ENOMEM);
	return flush(&looking->output);
}

static enum exit_status look_once(struct looking *looking)
{
	enum exit_status status;
	int result = look(looking);

	if (result < 0)
		return refuse(result);
	status = show(looking, false);
	if (status == EXIT_DONE)
		complain_of_gaps(&looking->sample);
	return status;
}

/* Each line ends with what clears the rest of it; what does not fit into the window is left out. */
static void fit_screen(struct states_output *output)
{
	struct text_builder screen;
	const char *text = text_builder_text(&output->text);
	size_t rows = 1;

	text_builder_init(&screen, output->text.max_bytes);
	text_append(&screen, "\x1b[H");
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (rows >= output->rows && text[length] && text[length + 1]) {
			text_append(&screen, "... (the window is too low for the rest)");
			break;
		}
		text_append_bytes(&screen, text, length);
		text_append(&screen, CLEAR_LINE);
		text += length;
		if (*text) {
			text++;
			if (*text)
				text_append(&screen, "\n");
		}
		rows++;
	}
	text_append(&screen, CLEAR_LINE CLEAR_BELOW);
	text_builder_finish(&output->text);
	output->text = screen;
}

static enum exit_status redraw(struct looking *looking)
{
	struct states_output *output = &looking->output;
	struct winsize size;

	states_output_finish(output);
	states_output_init(output);
	output->rows = ROWS_DEFAULT;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
		output->rows = size.ws_row;
	if (!states_view_write(output, &looking->sample, &looking->counts, &looking->options,
			       false))
		return refuse(-ENOMEM);
	fit_screen(output);
	return flush(output);
}

static enum exit_status show_again(struct looking *looking, const struct states_watch *watch)
{
	if (watch->has_screen && !looking->options.json)
		return redraw(looking);
	return show(looking, true);
}

/* -errno is what the look ended with. */
static enum exit_status watch_on(struct looking *looking, struct states_watch *watch, int *error)
{
	enum exit_status status = show_again(looking, watch);

	while (status == EXIT_DONE) {
		switch (states_watch_wait(watch)) {
		case STATES_WATCH_LOOK:
			memcpy(looking->counts.before, looking->counts.now,
			       sizeof(looking->counts.before));
			looking->counts.has_before = true;
			*error = look(looking);
			if (*error < 0)
				return EXIT_ENVIRONMENT;
			status = show_again(looking, watch);
			break;
		case STATES_WATCH_REDRAW:
			if (watch->has_screen)
				status = show_again(looking, watch);
			break;
		case STATES_WATCH_END:
			return EXIT_DONE;
		}
	}
	return status;
}

static enum exit_status look_again_and_again(struct looking *looking)
{
	struct states_watch watch;
	enum exit_status status;
	int error = look(looking);

	if (error < 0)
		return refuse(error);
	error = states_watch_begin(&watch, looking->options.every_ms);
	if (error < 0)
		return refuse(error);
	status = watch_on(looking, &watch, &error);
	states_watch_end(&watch);
	if (error < 0)
		return refuse(error);
	/* The last look stays to be read. */
	if (status == EXIT_DONE && watch.has_screen && !looking->options.json) {
		looking->output.rows = 0;
		status = show(looking, false);
	}
	return status;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	struct looking *looking = calloc(1, sizeof(*looking));
	enum exit_status status = EXIT_USAGE;
	int result;

	if (!looking)
		return refuse(-ENOMEM);
	if (!states_options_read(self, argc, argv, &looking->options, &status))
		goto free_looking;
	result = sock_diag_open(&looking->diag);
	if (result < 0) {
		status = refuse(result);
		goto free_looking;
	}
	looking->question = states_view_question(&looking->options);
	states_sample_init(&looking->sample);
	states_output_init(&looking->output);
	status = looking->options.watch ? look_again_and_again(looking) : look_once(looking);
	states_output_finish(&looking->output);
	states_sample_finish(&looking->sample);
	sock_diag_close(looking->diag);
free_looking:
	free(looking);
	return status;
}

const struct command command_states = {
	.name = "states",
	.summary = "this machine's TCP sockets by state",
	.usage = "[OPTION]...",
	.about = "Counts the TCP sockets of this machine by state, largest first, and tells what "
		 "each state is and what it means when there are many: who does not close, who "
		 "does not answer. It asks the kernel itself, of which this is the short form\n"
		 "\n"
		 "  netstat -ant | awk '/^tcp/ {n[$6]++} END {for(s in n) print s, n[s]}'\n"
		 "\n"
		 "IPv4 and IPv6 count alike. In a container or a network namespace its own sockets "
		 "are meant. Names of programs are those of one's own; root sees all.",
	.options = states_option_table,
	.notes =
		"In JSON all states that were asked for have a line, those without a socket too. "
		"With --list, \"holder\" says who has a socket: held (by a program), hidden "
		"(another user's), not-accepted (it waits for accept()), left (the program is done "
		"with it).",
	.examples = "wiretale states  # counted and explained\n"
		    "wiretale states --by program --state CLOSE_WAIT  # who does not close?\n"
		    "wiretale states --list --port 2312  # each socket of the relay\n"
		    "wiretale states --watch --diagram  # see a connection walk through it\n"
		    "wiretale states --json | jq 'select(.state == \"TIME_WAIT\").count'",
	.statuses = "0 done, also when --watch was ended by Ctrl-C; 1 nobody read the output; "
		    "2 wrong usage; 3 the kernel cannot be asked, and why.",
	.run = run,
};
