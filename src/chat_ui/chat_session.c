#include "chat_ui/chat_session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chat_ui/chat_session_state.h"

#define PROMPT_MAX_BYTES 1024u

struct chat_session *chat_session_create(const struct chat_session_options *options,
					 struct text_builder *out, struct text_builder *errors)
{
	struct chat_session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->options = options;
	session->out = out;
	session->errors = errors;
	text_builder_init(&session->prompt, PROMPT_MAX_BYTES);
	if (options->name)
		memcpy(session->name, options->name, strnlen(options->name, WT_NAME_MAX_BYTES));
	return session;
}

void chat_session_destroy(struct chat_session *session)
{
	if (!session)
		return;
	wt_client_destroy(session->client);
	request_batch_finish(&session->batch);
	chat_roster_finish(&session->roster);
	text_builder_finish(&session->prompt);
	free(session);
}

static void tell(struct chat_session *session, const char *text)
{
	text_append(session->out, text);
	text_append(session->out, "\n");
}

struct text_builder *chat_errors(struct chat_session *session)
{
	session->failed = true;
	return session->errors;
}

static void refuse(struct chat_session *session, const char *text)
{
	text_append(chat_errors(session), text);
	text_append(session->errors, "\n");
}

/* A person is asked again; of a script the next line is a command. */
static void ask_again(struct chat_session *session, enum chat_question question)
{
	if (session->options->interactive)
		session->question = question;
}

void chat_tell_failure(struct chat_session *session, const char *what, enum wt_result result)
{
	const char *text = session->client ? wt_error_text(session->client) : "";

	text_append(chat_errors(session), what);
	text_append(session->errors, ": ");
	if (!*text)
		text = wt_result_text(result);
	text_append_harmless(session->errors, text, strlen(text));
	text_append(session->errors, ".\n");
}

static void tell_connecting(struct chat_session *session)
{
	if (!session->options->interactive)
		return;
	text_append(session->out, "Connecting to ");
	text_append_harmless(session->out, session->server, strlen(session->server));
	tell(session, "; Ctrl-C or 2 gives up.");
}

static void connect_to(struct chat_session *session, const char *server)
{
	struct wt_options options;
	enum wt_result result;
	size_t length = strlen(server);

	if (length >= sizeof(session->server)) {
		refuse(session, "No server has so long a name.");
		return;
	}
	memmove(session->server, server, length + 1);
	wt_options_init(&options);
	options.name = session->name[0] ? session->name : NULL;
	options.connect_timeout_ms = (uint32_t)chat_timeout_ms(session);
	result = wt_client_create(&options, &session->client);
	if (result == WT_OK)
		result = wt_client_start_thread(session->client);
	if (result == WT_OK && session->options->wire)
		session->options->wire->connecting(session->options->wire->context,
						   session->server);
	if (result == WT_OK)
		result = wt_connect(session->client, session->server);
	if (result == WT_OK) {
		session->link = CHAT_LINK_CONNECTING;
		tell_connecting(session);
		return;
	}
	text_append(chat_errors(session), "No connection: ");
	render_connect_failure(session->errors, session->server,
			       session->client ? wt_error_text(session->client) : "", result);
	text_append(session->errors, ".\n");
	wt_client_destroy(session->client);
	session->client = NULL;
}

/* For a request that was just made, or was not. */
static void remember(struct chat_session *session, const struct chat_pending *pending,
		     enum wt_result result)
{
	if (result != WT_OK && !pending->quiet)
		chat_tell_failure(session, "That cannot be asked now", result);
	if (result != WT_OK)
		return;
	session->pending[session->pending_count] = *pending;
	session->pending[session->pending_count++].asked_at_ms = clock_elapsed_ms();
}

static enum wt_result make_request(struct chat_session *session, struct chat_pending *pending,
				   const char *text)
{
	struct wt_message message = { .data = text, .data_bytes = text ? strlen(text) : 0 };
	struct wt_client *client = session->client;
	uint32_t *request = &pending->request;

	switch (pending->kind) {
	case CHAT_COMMAND_NAME:
		return wt_server_name(client, request);
	case CHAT_COMMAND_LIST:
		return wt_list(client, request);
	case CHAT_COMMAND_ROOMS:
		return wt_rooms(client, request);
	case CHAT_COMMAND_CALL_ME:
		return wt_set_name(client, pending->subject.name, request);
	case CHAT_COMMAND_JOIN:
		return wt_join(client, pending->subject.name, request);
	case CHAT_COMMAND_LEAVE:
		return wt_leave(client, pending->subject.name, request);
	case CHAT_COMMAND_WATCH:
		return wt_watch(client, pending->on, request);
	case CHAT_COMMAND_SEND:
		recipient_address(&pending->subject, &message);
		return wt_send(client, &message, request);
	case CHAT_COMMAND_NOTHING:
	case CHAT_COMMAND_BAD:
	case CHAT_COMMAND_QUIT:
	case CHAT_COMMAND_HELP:
	case CHAT_COMMAND_CONNECT:
	case CHAT_COMMAND_DISCONNECT:
	case CHAT_COMMAND_TIME:
	case CHAT_COMMAND_PING:
		break;
	}
	return WT_INVALID;
}

/* What it asks for, but for the text, is in `pending`. */
static void ask_server(struct chat_session *session, struct chat_pending *pending, const char *text)
{
	enum wt_result result = WT_QUEUE_FULL;

	if (session->pending_count < CHAT_PENDING_MAX)
		result = make_request(session, pending, text);
	remember(session, pending, result);
}

void chat_watch_quietly(struct chat_session *session)
{
	struct chat_pending watch = { .kind = CHAT_COMMAND_WATCH, .on = true, .quiet = true };

	ask_server(session, &watch, NULL);
}

void chat_list_quietly(struct chat_session *session)
{
	struct chat_pending list = { .kind = CHAT_COMMAND_LIST, .quiet = true };

	ask_server(session, &list, NULL);
}

static void send_text(struct chat_session *session, const struct recipient *to, const char *text)
{
	struct chat_pending pending = { .kind = CHAT_COMMAND_SEND, .subject = *to };

	ask_server(session, &pending, text);
}

static void ask_list_then_recipient(struct chat_session *session)
{
	struct chat_pending pending = { .kind = CHAT_COMMAND_LIST };
	size_t before = session->pending_count;

	ask_server(session, &pending, NULL);
	if (session->pending_count > before)
		session->question = CHAT_QUESTION_LIST;
}

static void start_batch(struct chat_session *session, enum wt_request_type type, size_t count)
{
	if (session->batch.type != WT_REQUEST_NONE) {
		refuse(session, "The one before is still under way.");
		return;
	}
	if (!request_batch_init(&session->batch, type, count)) {
		refuse(session, "There is no memory for so many.");
		return;
	}
	session->batch_since_ms = clock_elapsed_ms();
	chat_batch_go_on(session);
}

void chat_batch_go_on(struct chat_session *session)
{
	enum wt_result result = request_batch_make(&session->batch, session->client);

	if (result == WT_OK)
		return;
	chat_tell_failure(session, "That cannot be asked now", result);
	session->batch.wanted = session->batch.made;
	if (request_batch_is_over(&session->batch))
		request_batch_finish(&session->batch);
}

/* What is left after the connection was ended: its last events. */
static void take_all_events(struct chat_session *session)
{
	while (chat_session_take_event(session))
		;
}

static void disconnect(struct chat_session *session)
{
	if (session->link == CHAT_LINK_NONE)
		return;
	session->leaving = true;
	(void)wt_disconnect(session->client, CHAT_LEAVE_MS);
	take_all_events(session);
	if (session->client) { /* no DISCONNECTED came: nothing was there to end */
		wt_client_destroy(session->client);
		session->client = NULL;
		session->link = CHAT_LINK_NONE;
	}
	session->leaving = false;
}

static void run_connect(struct chat_session *session, const struct chat_command *command)
{
	if (session->link != CHAT_LINK_NONE) {
		bool there = session->link == CHAT_LINK_THERE;

		text_append(chat_errors(session),
			    there ? "There is a connection to " : "A connection is being made to ");
		text_append_harmless(session->errors, session->server, strlen(session->server));
		refuse(session, there ? " already. First end it: disconnect, or 2."
				      : " already. First give that up: disconnect, or 2.");
	} else if (command->server[0]) {
		connect_to(session, command->server);
	} else {
		session->question = CHAT_QUESTION_SERVER;
	}
}

static void run_send(struct chat_session *session, const struct chat_command *command)
{
	if (!command->has_to) {
		ask_list_then_recipient(session);
	} else if (!command->text) {
		session->recipient = command->to;
		session->question = CHAT_QUESTION_TEXT;
	} else {
		send_text(session, &command->to, command->text);
	}
}

static bool is_in_room(const struct chat_session *session, const char *room)
{
	for (size_t i = 0; i < session->room_count; i++) {
		if (strcmp(session->rooms[i], room) == 0)
			return true;
	}
	return false;
}

static void run_simple(struct chat_session *session, const struct chat_command *command)
{
	struct chat_pending pending = { .kind = command->kind, .on = command->on };

	if (command->kind == CHAT_COMMAND_LEAVE)
		pending.on = is_in_room(session, command->name);

	memcpy(pending.subject.name, command->name, sizeof(command->name));
	ask_server(session, &pending, NULL);
}

static void run_with_name(struct chat_session *session, const struct chat_command *command)
{
	if (command->name[0]) {
		run_simple(session, command);
		return;
	}
	session->asked_for = command->kind;
	session->question = CHAT_QUESTION_NAME;
}

static void run(struct chat_session *session, const struct chat_command *command)
{
	switch (command->kind) {
	case CHAT_COMMAND_NOTHING:
		break;
	case CHAT_COMMAND_BAD:
		refuse(session, command->problem);
		break;
	case CHAT_COMMAND_QUIT:
		chat_session_leave(session);
		break;
	case CHAT_COMMAND_HELP:
		chat_command_help(session->out, session->options->style,
				  session->link == CHAT_LINK_THERE);
		break;
	case CHAT_COMMAND_CONNECT:
		run_connect(session, command);
		break;
	case CHAT_COMMAND_DISCONNECT:
		disconnect(session);
		break;
	case CHAT_COMMAND_TIME:
		start_batch(session, WT_REQUEST_TIME, command->count);
		break;
	case CHAT_COMMAND_PING:
		start_batch(session, WT_REQUEST_PING, command->count);
		break;
	case CHAT_COMMAND_SEND:
		run_send(session, command);
		break;
	case CHAT_COMMAND_CALL_ME:
	case CHAT_COMMAND_JOIN:
	case CHAT_COMMAND_LEAVE:
		run_with_name(session, command);
		break;
	case CHAT_COMMAND_NAME:
	case CHAT_COMMAND_LIST:
	case CHAT_COMMAND_ROOMS:
	case CHAT_COMMAND_WATCH:
		run_simple(session, command);
		break;
	}
}

static void answer_server(struct chat_session *session, const char *line)
{
	char server[CHAT_SERVER_MAX_BYTES];
	char problem[CHAT_PROBLEM_BYTES];

	if (!line[strspn(line, " \t")])
		connect_to(session, chat_default_server(session));
	else if (chat_command_parse_server(line, server))
		connect_to(session, server);
	else {
		chat_command_server_problem(line, problem);
		refuse(session, problem);
		ask_again(session, CHAT_QUESTION_SERVER);
	}
}

static void answer_recipient(struct chat_session *session, const char *line)
{
	char to[WT_NAME_MAX_BYTES + 2] = "";
	const char *problem = "it is too long";
	size_t length;

	line += strspn(line, " \t");
	length = strlen(line);
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	if (length > 2 && line[0] == '"' && line[length - 1] == '"') {
		line++;
		length -= 2;
	}
	if (length == 0) {
		tell(session, "Nothing was sent.");
		return;
	}
	if (length < sizeof(to)) {
		memcpy(to, line, length);
		to[length] = '\0';
	}
	if (length >= sizeof(to) || !recipient_parse(to, &session->recipient, &problem)) {
		text_append_format(chat_errors(session), "Nothing was sent: %s.\n", problem);
		ask_again(session, CHAT_QUESTION_RECIPIENT);
		return;
	}
	session->question = CHAT_QUESTION_TEXT;
}

static void answer_name(struct chat_session *session, const char *line)
{
	struct chat_command command = { .kind = session->asked_for };

	if (!line[strspn(line, " \t")]) {
		tell(session, "Nothing was changed.");
		return;
	}
	chat_command_parse_name(line, command.kind != CHAT_COMMAND_CALL_ME, &command);
	if (command.kind == CHAT_COMMAND_BAD) {
		refuse(session, command.problem);
		ask_again(session, CHAT_QUESTION_NAME);
	} else {
		run_simple(session, &command);
	}
}

static void answer(struct chat_session *session, enum chat_question question, const char *line)
{
	switch (question) {
	case CHAT_QUESTION_SERVER:
		answer_server(session, line);
		break;
	case CHAT_QUESTION_RECIPIENT:
		answer_recipient(session, line);
		break;
	case CHAT_QUESTION_TEXT:
		if (*line)
			send_text(session, &session->recipient, line);
		else
			tell(session, "Nothing was sent.");
		break;
	case CHAT_QUESTION_NAME:
		answer_name(session, line);
		break;
	case CHAT_QUESTION_NONE:
	case CHAT_QUESTION_LIST:
		break;
	}
}

void chat_session_line(struct chat_session *session, const char *line)
{
	enum chat_question question = session->question;
	struct chat_command command;

	session->question = CHAT_QUESTION_NONE;
	if (question != CHAT_QUESTION_NONE && question != CHAT_QUESTION_LIST) {
		answer(session, question, line);
		return;
	}
	chat_command_parse(line, &command);
	if (command.kind == CHAT_COMMAND_DISCONNECT && session->link == CHAT_LINK_CONNECTING) {
		disconnect(session);
		return;
	}
	if (chat_command_needs_connection(command.kind) && session->link != CHAT_LINK_THERE) {
		refuse(session, session->link == CHAT_LINK_NONE
					? "You are not connected. First: connect, or 1."
					: "The connection is still being made; 2 gives it up.");
		return;
	}
	run(session, &command);
}

void chat_show_first_menu(struct chat_session *session)
{
	if (session->first_menu_was_shown)
		return;
	session->first_menu_was_shown = true;
	tell(session, "Choose by number or by word:");
	chat_command_menu(session->out, session->options->style, false);
}

void chat_session_start(struct chat_session *session)
{
	if (session->options->connect_now)
		connect_to(session, chat_default_server(session));
	if (session->link == CHAT_LINK_NONE)
		chat_show_first_menu(session);
}

void chat_session_cancel(struct chat_session *session)
{
	switch (session->question) {
	case CHAT_QUESTION_NONE:
		if (session->link == CHAT_LINK_CONNECTING)
			disconnect(session);
		break;
	case CHAT_QUESTION_LIST:
	case CHAT_QUESTION_RECIPIENT:
	case CHAT_QUESTION_TEXT:
		tell(session, "Given up; nothing was sent.");
		break;
	case CHAT_QUESTION_SERVER:
	case CHAT_QUESTION_NAME:
		tell(session, "Given up.");
		break;
	}
	session->question = CHAT_QUESTION_NONE;
}

void chat_session_leave(struct chat_session *session)
{
	disconnect(session);
	session->ended = true;
}

int chat_session_fd(const struct chat_session *session)
{
	return session->client ? wt_fd(session->client) : -1;
}

/* The segments that brought an event, under what was told of it. */
static void show_wire(struct chat_session *session, bool ended, bool told)
{
	const struct chat_wire *wire = session->options->wire;

	if (wire && ended)
		wire->ended(wire->context, session->out);
	else if (wire && told)
		wire->told(wire->context, session->out);
}

bool chat_session_take_event(struct chat_session *session)
{
	size_t length = session->out->length;
	struct wt_event event;
	bool ended;

	if (!session->client || wt_poll(session->client, 0, &event) != WT_OK)
		return false;
	ended = event.kind == WT_EVENT_DISCONNECTED;
	chat_handle_event(session, &event);
	show_wire(session, ended, session->out->length > length);
	return true;
}

bool chat_session_lost_question(struct chat_session *session)
{
	bool lost = session->question_lost;

	session->question_lost = false;
	return lost;
}

static bool answers_are_due(const struct chat_session *session)
{
	if (session->link == CHAT_LINK_CONNECTING || session->batch.type != WT_REQUEST_NONE)
		return true;
	for (size_t i = 0; i < session->pending_count; i++) {
		if (!session->pending[i].quiet && !session->pending[i].late)
			return true;
	}
	return false;
}

enum chat_wait chat_session_waits_for(const struct chat_session *session)
{
	if (session->question == CHAT_QUESTION_LIST)
		return CHAT_WAIT_QUESTION;
	return answers_are_due(session) ? CHAT_WAIT_ANSWER : CHAT_WAIT_NOTHING;
}

bool chat_session_has_failed(const struct chat_session *session)
{
	return session->failed;
}

bool chat_session_has_ended(const struct chat_session *session)
{
	return session->ended;
}

const struct chat_roster *chat_session_roster(const struct chat_session *session)
{
	return &session->roster;
}
