#include "programs/socket_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat_ui/wrapped_text.h"
#include "programs/one_shot.h"
#include "programs/socket_line.h"
#include "socket_peer/byte_notation.h"

/* One recv() all of whose bytes are lines of their own, each with its number and colours. */
#define TEXT_MAX_BYTES ((size_t)8 * 1024 * 1024)
/* A line that is typed or piped in, and what is put behind it. */
#define TYPED_MAX_BYTES (LINE_READER_MAX_BYTES + 8u)
/* Of a pipe, by one read(). */
#define PIECE_BYTES 65536u
#define OWN_FD_MIN 100

static void write_all(struct socket_session *session, FILE *file, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	if (fwrite(bytes, 1, length, file) != length || fflush(file) != 0)
		session->output_failed = session->output_failed || file == stdout;
}

/* On the screen: above the line that is being typed, where one is. */
static void show_on_screen(struct socket_session *session, const char *text, size_t length)
{
	struct text_builder lines;

	text_builder_init(&lines, 2 * TEXT_MAX_BYTES);
	wrapped_text_append(&lines, text, length, wrapped_text_columns(STDOUT_FILENO));
	if (session->terminal)
		chat_terminal_print(session->terminal, text_builder_text(&lines), lines.length);
	else
		write_all(session, stdout, text_builder_text(&lines), lines.length);
	session->output_failed = session->output_failed || ferror(stdout);
	text_builder_finish(&lines);
}

void socket_session_tell(struct socket_session *session)
{
	if (session->text.truncated)
		text_append(&session->text, "(the rest is too long to be shown)\n");
	if (session->text.length > 0 && session->shown == SOCKET_SHOWN_SCREEN)
		show_on_screen(session, session->text.text, session->text.length);
	else if (session->text.length > 0)
		write_all(session, stderr, session->text.text, session->text.length);
	text_builder_clear(&session->text);
}

/* --calls: on standard error, but never into the line that is being typed. */
static void log_call(void *context, const char *text, size_t length)
{
	struct socket_session *session = context;
	struct text_builder shown;

	if (session->shown != SOCKET_SHOWN_SCREEN || !isatty(STDERR_FILENO)) {
		write_all(session, stderr, text, length);
		return;
	}
	text_builder_init(&shown, 2 * length + 64);
	render_colour_begin(&shown, session->telling.style, RENDER_DIM);
	text_append_bytes(&shown, text, length);
	render_colour_end(&shown, session->telling.style);
	/* A call that is not over yet: a piece of a line, and no terminal is open then. */
	if (!session->terminal)
		write_all(session, stderr, text_builder_text(&shown), shown.length);
	else
		show_on_screen(session, text_builder_text(&shown), shown.length);
	text_builder_finish(&shown);
}

static struct wire_end wire_end_of(const struct net_address *address)
{
	struct wire_end end = { .port = net_address_port(address) };

	end.address.version = (uint8_t)net_address_family(address);
	net_address_ip(address, end.address.bytes);
	return end;
}

static void watch(struct socket_session *session, const struct socket_peer_event *event)
{
	struct wire_end local = wire_end_of(event->local);
	struct wire_end remote = wire_end_of(event->remote);

	wire_view_connection(session->wire, &local, &remote);
	session->watched = event->number;
}

/* Shows what the session's text holds of the wire: among the objects, where those are. */
static void tell_wire(struct socket_session *session)
{
	if (session->shown != SOCKET_SHOWN_JSON) {
		socket_session_tell(session);
		return;
	}
	write_all(session, stdout, text_builder_text(&session->text), session->text.length);
	text_builder_clear(&session->text);
}

/* Each address in turn: another may follow. */
static void show_failed_try(void *context, const struct net_address *local,
			    const struct net_address *remote)
{
	struct socket_session *session = context;
	struct wire_end here = { .port = 0 };
	struct wire_end there = wire_end_of(remote);

	if (!session->wire)
		return;
	/* A failed connect() takes the address away from the socket, and leaves the port. */
	if (local->length > 0)
		here.port = net_address_port(local);
	wire_view_failed(session->wire, &here, &there);
	wire_view_ended(session->wire, &session->text);
	tell_wire(session);
	wire_view_expect(session->wire, there.port);
}

static void show_data(struct socket_session *session, const struct socket_peer_event *event)
{
	if (session->shown == SOCKET_SHOWN_BYTES) {
		write_all(session, stdout, event->bytes, event->length);
		return;
	}
	byte_notation_append_hex(&session->text, event->bytes, event->length);
	text_append(&session->text, "\n");
	write_all(session, stdout, text_builder_text(&session->text), session->text.length);
	text_builder_clear(&session->text);
}

static void take_event(void *context, const struct socket_peer_event *event)
{
	struct socket_session *session = context;

	if (session->wire && event->kind == SOCKET_PEER_CONNECTED && session->watched == 0)
		watch(session, event);
	if (event->kind == SOCKET_PEER_LISTENING)
		wire_view_expect(session->wire, net_address_port(event->local));
	if (session->watched > 0 && event->number == session->watched) {
		session->wire_waits = true;
		session->wire_ended = event->kind == SOCKET_PEER_CLOSED;
	}
	if (session->shown == SOCKET_SHOWN_JSON) {
		socket_event_json(&session->text, event);
		write_all(session, stdout, text_builder_text(&session->text), session->text.length);
		text_builder_clear(&session->text);
	} else if (event->kind == SOCKET_PEER_DATA && session->shown != SOCKET_SHOWN_SCREEN) {
		show_data(session, event);
	} else {
		socket_event_text(&session->text, &session->telling, event);
		socket_session_tell(session);
	}
}

bool socket_session_init(struct socket_session *session, const struct socket_options *options)
{
	bool screen = isatty(STDOUT_FILENO);

	*session =
		(struct socket_session){ .options = options,
					 .input_open = true,
					 .signal_fd = -1,
					 .telling = { .listens = options->listens,
						      .hex = options->hex_out,
						      .style.colour = one_shot_wants_colour() } };
	if (isatty(STDIN_FILENO))
		session->input = SOCKET_INPUT_LINES;
	else
		session->input = options->hex_in ? SOCKET_INPUT_HEX : SOCKET_INPUT_BYTES;
	if (options->json)
		session->shown = SOCKET_SHOWN_JSON;
	else if (!screen)
		session->shown = options->hex_out ? SOCKET_SHOWN_HEX : SOCKET_SHOWN_BYTES;
	text_builder_init(&session->text, TEXT_MAX_BYTES);
	text_builder_init(&session->typed, TYPED_MAX_BYTES);
	line_reader_init(&session->lines);
	if (!socket_peer_init(&session->peer, &options->plan))
		return false;
	session->peer.context = session;
	session->peer.event = take_event;
	session->peer.not_connected = options->wire ? show_failed_try : NULL;
	/* A person goes on typing: then it is what --say says that ends our side. */
	if (session->input == SOCKET_INPUT_LINES && options->plan.saying_count > 0)
		socket_peer_end_input(&session->peer);
	session->peer.calls.context = session;
	session->peer.calls.log = options->calls ? log_call : NULL;
	return true;
}

void socket_session_finish(struct socket_session *session)
{
	chat_terminal_destroy(session->terminal);
	session->terminal = NULL;
	socket_peer_finish(&session->peer);
	if (session->signal_fd >= 0)
		(void)close(session->signal_fd);
	line_reader_finish(&session->lines);
	text_builder_finish(&session->text);
	text_builder_finish(&session->typed);
}

/* After something was sent or ended that the peer need not answer. */
static void expect_segments(struct socket_session *session)
{
	session->wire_waits = session->wire_waits || (session->watched > 0 && !session->wire_ended);
}

/* The segments of what happened since the last time. */
static void show_wire(struct socket_session *session)
{
	if (!session->wire_waits)
		return;
	session->wire_waits = false;
	if (session->wire_ended)
		wire_view_ended(session->wire, &session->text);
	else
		wire_view_append(session->wire, &session->text);
	tell_wire(session);
}

static void take_signal(struct socket_session *session)
{
	struct signalfd_siginfo signal;

	if (read(session->signal_fd, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return;
	if (signal.ssi_signo == SIGTSTP)
		chat_terminal_stop_process(session->terminal);
	else if (signal.ssi_signo != SIGWINCH)
		session->stopped = true;
	else if (session->terminal)
		chat_terminal_resized(session->terminal);
}

/* So that accept() gives the descriptor that it gives in a plain program: the next one. */
static int out_of_the_way(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, OWN_FD_MIN);

	if (high < 0)
		return fd;
	(void)close(fd);
	return high;
}

static void catch_signals(struct socket_session *session)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGWINCH);
	if (session->terminal)
		(void)sigaddset(&signals, SIGTSTP);
	session->signal_fd = out_of_the_way(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
	if (session->signal_fd >= 0)
		(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* Lines are always taken: whether they can be sent is said. A pipe waits. */
static bool wants_input(const struct socket_session *session)
{
	size_t enough = session->input == SOCKET_INPUT_HEX ? LINE_READER_MAX_BYTES : 1;

	return session->input_open && (session->input == SOCKET_INPUT_LINES ||
				       socket_peer_room(&session->peer, 0) >= enough);
}

/* --once and --timeout: how long one may still be waited for; -1: for ever. */
static int time_for_client_ms(struct socket_session *session)
{
	const struct socket_peer_plan *plan = &session->options->plan;
	uint64_t now_ms = clock_elapsed_ms();

	if (!session->telling.listens || !plan->once || plan->idle_ms == 0 ||
	    session->peer.last_number > 0 || session->stopped)
		return -1;
	if (session->nobody_at_ms == 0)
		session->nobody_at_ms = now_ms + plan->idle_ms;
	if (now_ms < session->nobody_at_ms)
		return (int)(session->nobody_at_ms - now_ms);
	one_shot_complain("socket: nobody connected within %llu.%03llu s.",
			  (unsigned long long)(plan->idle_ms / MS_PER_S),
			  (unsigned long long)(plan->idle_ms % MS_PER_S));
	session->failed = true;
	session->stopped = true;
	return 0;
}

/* Waits once. True: standard input can be read. */
static bool wait_once(struct socket_session *session)
{
	enum { SIGNALS, INPUT, OWN_FDS };
	bool wants = wants_input(session);
	int timeout_ms = time_for_client_ms(session);
	struct pollfd own[OWN_FDS];

	own[SIGNALS] = (struct pollfd){ .fd = session->signal_fd, .events = POLLIN };
	own[INPUT] = (struct pollfd){ .fd = wants ? STDIN_FILENO : -1, .events = POLLIN };
	if (socket_peer_turn(&session->peer, own, OWN_FDS, timeout_ms) < 0)
		session->stopped = true;
	if (own[SIGNALS].revents)
		take_signal(session);
	return own[INPUT].revents != 0;
}

static bool is_over(const struct socket_session *session)
{
	return session->stopped || session->output_failed || socket_peer_is_over(&session->peer);
}

/* chat_terminal_owner.wait_for_key */
static enum chat_key wait_for_key(void *context, bool buffered)
{
	struct socket_session *session = context;

	for (;;) {
		show_wire(session);
		if (is_over(session))
			return CHAT_KEY_END;
		if (buffered)
			return CHAT_KEY_THERE;
		if (wait_once(session))
			return CHAT_KEY_THERE;
	}
}

static const char *prompt(void *context)
{
	(void)context;
	return "> ";
}

static void complete(void *context, const char *line, struct chat_completion *out)
{
	(void)context;
	socket_line_complete(line, out);
}

static void end_input(struct socket_session *session)
{
	session->input_open = false;
	socket_peer_end_input(&session->peer);
}

/* Ctrl-D: no more is typed. */
static void end_typing(struct socket_session *session)
{
	bool waits = session->options->plan.half_close && session->input_open && !is_over(session);

	if (waits)
		end_input(session);
	else
		session->stopped = true;
}

static void run_on_terminal(struct socket_session *session)
{
	while (!is_over(session)) {
		const char *line = NULL;

		switch (chat_terminal_read(session->terminal, &line)) {
		case CHAT_KEY_THERE:
			if (*line)
				chat_terminal_remember(session->terminal, line);
			socket_line_typed(session, line);
			expect_segments(session);
			break;
		case CHAT_KEY_END:
			end_typing(session);
			break;
		case CHAT_KEY_INTERRUPTED:
			session->stopped = true;
			break;
		}
	}
}

static void take_line(struct socket_session *session)
{
	const char *line = NULL;

	switch (line_reader_next(&session->lines, STDIN_FILENO, &line)) {
	case LINE_READER_LINE:
		if (session->input == SOCKET_INPUT_HEX)
			socket_line_hex(session, line);
		else
			socket_line_typed(session, line);
		break;
	case LINE_READER_TOO_LONG:
		text_append_format(&session->text, "That line is over %u bytes and was not sent.\n",
				   LINE_READER_MAX_BYTES);
		socket_session_tell(session);
		break;
	case LINE_READER_ZERO_BYTE:
		text_append(&session->text, "That line holds a zero byte and was not sent.\n");
		socket_session_tell(session);
		break;
	case LINE_READER_MORE:
		break;
	case LINE_READER_END:
		if (session->input == SOCKET_INPUT_HEX)
			end_input(session);
		else
			end_typing(session);
		break;
	}
}

static void take_piece(struct socket_session *session)
{
	static uint8_t piece[PIECE_BYTES];
	size_t room = socket_peer_room(&session->peer, 0);
	ssize_t got;

	if (room == 0)
		return;
	got = read(STDIN_FILENO, piece, room < sizeof(piece) ? room : sizeof(piece));
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0)
		end_input(session);
	else
		(void)socket_peer_send(&session->peer, 0, piece, (size_t)got);
}

static void run_on_pipe(struct socket_session *session)
{
	while (!is_over(session)) {
		bool buffered = session->input != SOCKET_INPUT_BYTES && wants_input(session) &&
				line_reader_has_line(&session->lines);

		show_wire(session);
		if (!buffered && !wait_once(session))
			continue;
		if (session->input == SOCKET_INPUT_BYTES)
			take_piece(session);
		else
			take_line(session);
		expect_segments(session);
	}
}

/* What is queued may still leave; a second signal ends even that. */
static void leave(struct socket_session *session)
{
	session->input_open = false;
	session->stopped = false;
	socket_peer_leave(&session->peer);
	while (!is_over(session))
		(void)wait_once(session);
}

static bool terminal_can_edit(void)
{
	const char *kind = getenv("TERM");

	return kind && *kind && strcmp(kind, "dumb") != 0;
}

void socket_session_run(struct socket_session *session)
{
	const struct chat_terminal_owner owner = { .context = session,
						   .wait_for_key = wait_for_key,
						   .prompt = prompt,
						   .complete = complete };

	if (session->input == SOCKET_INPUT_LINES && session->shown == SOCKET_SHOWN_SCREEN) {
		text_append(&session->text,
			    session->telling.listens
				    ? "What you type goes to all clients; /help tells more, Ctrl-C "
				      "ends.\n"
				    : "What you type goes to the peer; /help tells more, Ctrl-C "
				      "ends.\n");
		socket_session_tell(session);
		if (terminal_can_edit())
			session->terminal = chat_terminal_create(&owner);
	}
	catch_signals(session);
	if (session->terminal)
		run_on_terminal(session);
	else
		run_on_pipe(session);
	leave(session);
	show_wire(session);
}
