#include "chat_ui/chat_ui.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "chat_ui/chat_command.h"
#include "chat_ui/chat_session.h"
#include "chat_ui/chat_terminal.h"
#include "chat_ui/line_reader.h"
#include "chat_ui/wrapped_text.h"

/* A million list entries, or a message of 1 MiB all of whose bytes are shown as escapes. */
#define OUTPUT_MAX_BYTES ((size_t)128 * 1024 * 1024)

/* A person who waits longer than this for an answer may type on. */
#define PATIENCE_MS 500u

struct chat_ui {
	struct chat_session *session;   /* owned */
	struct chat_terminal *terminal; /* owned; NULL: plain lines */
	struct line_reader reader;      /* plain lines; not used with a terminal */
	struct text_builder out;        /* owned; what the session wants shown */
	struct text_builder errors;     /* owned; without a person: what could not be done */
	bool failed;                    /* a line could not even be taken */
	bool drop_next_line;            /* plain lines: it answers a question that is gone */
	bool interactive;               /* a person sits there */
	bool prompt_shown;              /* plain lines: the cursor stands behind a prompt */
	bool output_failed;             /* nobody reads what we write */
	int signal_fd;                  /* owned */
	uint64_t waits_since_ms;        /* since the last line was handled; 0: waits no more */
};

static void print_plainly(struct chat_ui *ui, const struct text_builder *text, FILE *file)
{
	if (text->length == 0)
		return;
	if (ui->prompt_shown)
		(void)fputc('\n', stdout);
	ui->prompt_shown = false;
	(void)fwrite(text_builder_text(text), 1, text->length, file);
	(void)fflush(file);
}

static void show(struct chat_ui *ui)
{
	struct text_builder lines;

	if (ui->out.length > 0) {
		if (ui->out.truncated)
			text_append(&ui->out, "(the rest is too long to be shown)\n");
		text_builder_init(&lines, 2 * OUTPUT_MAX_BYTES);
		wrapped_text_append(&lines, ui->out.text, ui->out.length,
				    wrapped_text_columns(STDOUT_FILENO));
		if (ui->terminal)
			chat_terminal_print(ui->terminal, text_builder_text(&lines), lines.length);
		else
			print_plainly(ui, &lines, stdout);
		text_builder_finish(&lines);
	}
	print_plainly(ui, &ui->errors, stderr);
	if (ferror(stdout))
		ui->output_failed = true;
	text_builder_clear(&ui->out);
	text_builder_clear(&ui->errors);
}

/* Of a person's sentences and a script's errors. */
static struct text_builder *errors_of(struct chat_ui *ui)
{
	return ui->interactive ? &ui->out : &ui->errors;
}

/* What is being typed would else become a command. */
static void drop_answer(struct chat_ui *ui)
{
	if (!ui->terminal)
		ui->drop_next_line = true;
	else if (chat_terminal_drop_line(ui->terminal))
		text_append(&ui->out, "Your message was not sent; it is in the history: press Up "
				      "to get it back.\n");
}

static void show_events(struct chat_ui *ui)
{
	while (!ui->output_failed && chat_session_take_event(ui->session)) {
		if (chat_session_lost_question(ui->session))
			drop_answer(ui);
		show(ui);
	}
	chat_session_check_time(ui->session, clock_elapsed_ms());
	show(ui);
}

/* How long the next line must still wait: 0: no more; -1: until something happens. */
static int time_to_wait_ms(const struct chat_ui *ui)
{
	uint64_t waited_ms;

	switch (chat_session_waits_for(ui->session)) {
	case CHAT_WAIT_NOTHING:
		return 0;
	case CHAT_WAIT_QUESTION:
		return -1;
	case CHAT_WAIT_ANSWER:
		break;
	}
	if (!ui->interactive)
		return -1;
	waited_ms = clock_elapsed_ms() - ui->waits_since_ms;
	return waited_ms < PATIENCE_MS ? (int)(PATIENCE_MS - waited_ms) : 0;
}

/* THERE: nothing that concerns the line. */
static enum chat_key handle_signal(struct chat_ui *ui)
{
	struct signalfd_siginfo signal;

	if (read(ui->signal_fd, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return CHAT_KEY_THERE;
	switch (signal.ssi_signo) {
	case SIGWINCH:
		if (ui->terminal)
			chat_terminal_resized(ui->terminal);
		return CHAT_KEY_THERE;
	case SIGTSTP:
		chat_terminal_stop_process(ui->terminal);
		return CHAT_KEY_THERE;
	case SIGINT:
		if (!ui->interactive)
			return CHAT_KEY_END;
		chat_session_cancel(ui->session);
		ui->waits_since_ms = 0;
		return CHAT_KEY_INTERRUPTED;
	default:
		return CHAT_KEY_END;
	}
}

/* Of a terminal that can only print: where there is one and none is shown yet. */
static void show_prompt(struct chat_ui *ui)
{
	if (!ui->interactive || ui->terminal || ui->prompt_shown)
		return;
	(void)fputs(chat_session_prompt(ui->session), stdout);
	(void)fflush(stdout);
	ui->prompt_shown = true;
}

/*
 * True: standard input can be read. *key: END or INTERRUPTED where a signal asked for it.
 * timeout_ms is of time_to_wait_ms().
 */
static bool wait_once(struct chat_ui *ui, int timeout_ms, enum chat_key *key)
{
	enum { SIGNALS, EVENTS, INPUT, FD_COUNT };
	int overdue_ms = chat_session_timeout_ms(ui->session, clock_elapsed_ms());
	int poll_ms = timeout_ms == 0 ? -1 : timeout_ms;
	const struct pollfd none = { .fd = -1 };
	struct pollfd fds[FD_COUNT] = { none, none, none };

	fds[SIGNALS] = (struct pollfd){ .fd = ui->signal_fd, .events = POLLIN };
	fds[EVENTS] = (struct pollfd){ .fd = chat_session_fd(ui->session), .events = POLLIN };
	if (timeout_ms == 0)
		fds[INPUT] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	if (overdue_ms >= 0 && (poll_ms < 0 || overdue_ms < poll_ms))
		poll_ms = overdue_ms;
	if (poll(fds, FD_COUNT, poll_ms) < 0) {
		if (errno != EINTR)
			*key = CHAT_KEY_END;
		return false;
	}
	if (fds[SIGNALS].revents)
		*key = handle_signal(ui);
	return fds[INPUT].revents != 0;
}

/*
 * Shows what comes until the next key or line may be taken. `buffered`: it is here already
 * and only has to wait for the answers that are due.
 */
static enum chat_key wait_for_input(void *context, bool buffered)
{
	struct chat_ui *ui = context;

	for (;;) {
		enum chat_key key = CHAT_KEY_THERE;
		bool input_there;
		int timeout_ms;

		show_events(ui);
		if (ui->output_failed || chat_session_has_ended(ui->session))
			return CHAT_KEY_END;
		timeout_ms = time_to_wait_ms(ui);
		if (timeout_ms == 0 && buffered)
			return CHAT_KEY_THERE;
		if (timeout_ms == 0)
			show_prompt(ui);
		input_there = wait_once(ui, timeout_ms, &key);
		if (input_there || key != CHAT_KEY_THERE)
			return key;
	}
}

static const char *prompt(void *context)
{
	struct chat_ui *ui = context;

	return chat_session_prompt(ui->session);
}

static void complete(void *context, const char *line, struct chat_completion *out)
{
	struct chat_ui *ui = context;

	chat_completion_find(chat_session_place(ui->session), line,
			     chat_session_roster(ui->session), out);
}

static void tell_too_long(struct chat_ui *ui, unsigned max_bytes)
{
	ui->failed = true;
	text_append_format(errors_of(ui), "That line is over %u bytes and was not taken.\n",
			   max_bytes);
}

static void handle_line(struct chat_ui *ui, const char *line)
{
	if (ui->drop_next_line) {
		ui->drop_next_line = false;
		ui->failed = true;
		text_append(errors_of(ui), "That line was not taken: the question it answers ended "
					   "with the connection.\n");
		show(ui);
		return;
	}
	if (ui->terminal && *line && chat_session_place(ui->session) == CHAT_COMPLETION_COMMAND)
		chat_terminal_remember(ui->terminal, line);
	ui->waits_since_ms = clock_elapsed_ms();
	if (strlen(line) > CHAT_LINE_MAX_BYTES)
		tell_too_long(ui, CHAT_LINE_MAX_BYTES);
	else
		chat_session_line(ui->session, line);
	show(ui);
}

static void leave(struct chat_ui *ui)
{
	if (ui->prompt_shown)
		(void)fputc('\n', stdout);
	ui->prompt_shown = false;
	chat_session_leave(ui->session);
	show(ui);
}

static void run_on_terminal(struct chat_ui *ui)
{
	while (!chat_session_has_ended(ui->session)) {
		const char *line = NULL;

		switch (chat_terminal_read(ui->terminal, &line)) {
		case CHAT_KEY_THERE:
			handle_line(ui, line);
			break;
		case CHAT_KEY_END:
			leave(ui);
			break;
		case CHAT_KEY_INTERRUPTED:
			show(ui); /* what was given up */
			break;
		}
	}
}

static void handle_read(struct chat_ui *ui, enum line_reader_result result, const char *line)
{
	switch (result) {
	case LINE_READER_LINE:
		handle_line(ui, line);
		break;
	case LINE_READER_TOO_LONG:
		tell_too_long(ui, LINE_READER_MAX_BYTES);
		show(ui);
		break;
	case LINE_READER_ZERO_BYTE:
		ui->failed = true;
		text_append(errors_of(ui), "That line holds a zero byte and was not taken.\n");
		show(ui);
		break;
	case LINE_READER_MORE:
	case LINE_READER_END:
		break;
	}
}

static void run_on_plain_lines(struct chat_ui *ui)
{
	while (!chat_session_has_ended(ui->session)) {
		bool buffered = line_reader_has_line(&ui->reader);
		enum chat_key key = wait_for_input(ui, buffered);
		enum line_reader_result result = LINE_READER_MORE;
		const char *line = NULL;

		if (key == CHAT_KEY_INTERRUPTED) {
			(void)fputc('\n', stdout); /* the terminal has shown ^C */
			ui->prompt_shown = false;
			show(ui); /* what was given up */
			continue;
		}
		if (key == CHAT_KEY_THERE)
			result = line_reader_next(&ui->reader, STDIN_FILENO, &line);
		if (result != LINE_READER_MORE)
			ui->prompt_shown = false; /* the line's end was typed behind it */
		handle_read(ui, result, line);
		if (key == CHAT_KEY_END || result == LINE_READER_END)
			leave(ui);
	}
}

static int open_signals(struct chat_ui *ui, sigset_t *before)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGWINCH);
	if (ui->interactive)
		(void)sigaddset(&signals, SIGTSTP);
	/* Before the receiving thread starts, which inherits it: they are for us alone. */
	if (sigprocmask(SIG_BLOCK, &signals, before) != 0)
		return -errno;
	ui->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (ui->signal_fd < 0) {
		int result = -errno;

		(void)sigprocmask(SIG_SETMASK, before, NULL);
		return result;
	}
	return 0;
}

static bool terminal_can_edit(void)
{
	const char *kind = getenv("TERM");

	return kind && *kind && strcmp(kind, "dumb") != 0;
}

int chat_ui_run(const struct chat_ui_options *options)
{
	struct chat_ui ui = { .signal_fd = -1 };
	const struct chat_terminal_owner owner = { .context = &ui,
						   .wait_for_key = wait_for_input,
						   .prompt = prompt,
						   .complete = complete };
	struct chat_session_options session_options = { .server = options->server,
							.connect_now = options->connect_now,
							.name = options->name,
							.timeout_ms = options->timeout_ms,
							.wire = options->wire,
							.style.colour = options->colour };
	sigset_t before;
	int result;

	ui.interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	session_options.interactive = ui.interactive;
	result = open_signals(&ui, &before);
	if (result < 0)
		return result;
	result = -ENOMEM;
	text_builder_init(&ui.out, OUTPUT_MAX_BYTES);
	text_builder_init(&ui.errors, OUTPUT_MAX_BYTES);
	line_reader_init(&ui.reader);
	ui.session = chat_session_create(&session_options, &ui.out, errors_of(&ui));
	if (!ui.session)
		goto finish;
	if (ui.interactive && terminal_can_edit())
		ui.terminal = chat_terminal_create(&owner);

	ui.waits_since_ms = clock_elapsed_ms();
	chat_session_start(ui.session);
	show(&ui);
	if (ui.terminal)
		run_on_terminal(&ui);
	else
		run_on_plain_lines(&ui);
	result = !ui.interactive && (ui.failed || chat_session_has_failed(ui.session)) ? 1 : 0;

finish:
	chat_session_destroy(ui.session);
	chat_terminal_destroy(ui.terminal);
	line_reader_finish(&ui.reader);
	text_builder_finish(&ui.out);
	text_builder_finish(&ui.errors);
	(void)close(ui.signal_fd);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}
