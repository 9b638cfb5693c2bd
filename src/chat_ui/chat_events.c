/* What the library tells, told on: the half of a chat session that hears. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "chat_ui/chat_session_state.h"

static void append_harmless(struct chat_session *session, const char *text)
{
	text_append_harmless(session->out, text, strlen(text));
}

/* The red beginning of a sentence about what could not be done. */
static void begin_error(struct chat_session *session, const char *text)
{
	struct text_builder *errors = chat_errors(session);

	render_colour_begin(errors, session->options->style, RENDER_RED);
	text_append(errors, text);
	render_colour_end(errors, session->options->style);
}

/* Which connection it is, be it made or not, whose segments are to be shown. */
static void tell_wire(const struct chat_session *session)
{
	const struct chat_wire *wire = session->options->wire;
	struct wt_info info;

	if (!wire)
		return;
	wt_get_info(session->client, &info);
	wire->tried(wire->context, &info);
}

static void handle_connected(struct chat_session *session, const struct wt_event *event)
{
	struct render_style style = session->options->style;

	session->link = CHAT_LINK_THERE;
	session->number = event->as.connected.number;
	tell_wire(session);
	render_connected(session->out, style, event, session->server);
	if (event->as.connected.name_status != WT_STATUS_OK) {
		text_append(chat_errors(session), "The name ");
		text_append_harmless(session->errors, session->name, strlen(session->name));
		text_append_format(session->errors,
				   " was not granted: %s. Take another: nick NAME.\n",
				   wt_status_text(event->as.connected.name_status));
		session->name[0] = '\0';
	} else if (session->name[0]) {
		text_append(session->out, "You are called ");
		append_harmless(session, session->name);
		text_append(session->out, ".\n");
	}
	if (!session->options->interactive)
		return;
	if (!session->menu_was_shown)
		chat_command_menu(session->out, style, true);
	session->menu_was_shown = true;
	/* In this order nobody who comes in between is missed. */
	chat_watch_quietly(session);
	chat_list_quietly(session);
}

static void tell_end_of_batch(struct chat_session *session)
{
	struct request_batch *batch = &session->batch;
	struct round_trip_summary summary = round_trips_summarize(&batch->trips);

	if (batch->type == WT_REQUEST_PING || batch->wanted > 1)
		render_round_trips(session->out, batch->wanted, &summary);
	request_batch_finish(batch);
}

static void tell_with_name(struct chat_session *session, const char *before, const char *name,
			   const char *behind)
{
	text_append(session->out, before);
	append_harmless(session, name);
	text_append(session->out, behind);
}

static void tell_loss(struct chat_session *session, const struct wt_event *event)
{
	begin_error(session, "Connection lost");
	text_append(session->errors, " to ");
	text_append_harmless(session->errors, session->server, strlen(session->server));
	text_append(session->errors, ": ");
	render_disconnect_reason(session->errors, event);
	text_append(session->errors, ".\n");
}

static void tell_connect_failure(struct chat_session *session, const struct wt_event *event)
{
	struct text_builder why;

	text_builder_init(&why, 4096);
	render_disconnect_reason(&why, event);
	begin_error(session, "No connection");
	text_append(session->errors, ": ");
	render_connect_failure(session->errors, session->server, text_builder_text(&why),
			       event->as.disconnected.reason);
	text_append_format(
		session->errors, ".%s\n",
		render_connect_hint(text_builder_text(&why), event->as.disconnected.reason));
	text_builder_finish(&why);
	if (session->options->interactive)
		chat_show_first_menu(session);
}

static void handle_disconnected(struct chat_session *session, const struct wt_event *event)
{
	bool was_there = session->link == CHAT_LINK_THERE;

	if (!was_there)
		tell_wire(session);
	if (session->batch.type != WT_REQUEST_NONE)
		tell_end_of_batch(session);
	if (session->leaving)
		tell_with_name(session, was_there ? "Disconnected from " : "Gave up connecting to ",
			       session->server, ".\n");
	else if (was_there)
		tell_loss(session, event);
	else
		tell_connect_failure(session, event);
	session->link = CHAT_LINK_NONE;
	session->question_lost = session->question != CHAT_QUESTION_NONE && !session->leaving;
	session->question = CHAT_QUESTION_NONE;
	session->pending_count = 0;
	session->stray_times = 0;
	session->stray_pings = 0;
	session->room_count = 0;
	session->number = 0;
	session->watching = false;
	chat_roster_clear(&session->roster);
	wt_client_destroy(session->client);
	session->client = NULL;
}

static void handle_message(struct chat_session *session, const struct wt_event *event)
{
	render_message(session->out, session->options->style, event);
	chat_roster_add(&session->roster, event->as.message.from.number,
			event->as.message.from.name);
	if (event->as.message.room)
		chat_roster_add_room(&session->roster, event->as.message.room);
}

static void handle_presence(struct chat_session *session, const struct wt_event *event)
{
	const struct wt_peer *peer = &event->as.presence.peer;
	const struct chat_roster_peer *known = chat_roster_find(&session->roster, peer->number);
	bool renamed = event->as.presence.came && known &&
		       strcmp(known->name, peer->name ? peer->name : "") != 0;

	if (session->watching)
		render_presence(session->out, session->options->style, event,
				renamed ? known->name : NULL, clock_wall_ns());
	if (event->as.presence.came)
		chat_roster_add(&session->roster, peer->number, peer->name);
	else
		chat_roster_remove(&session->roster, peer->number);
}

/* Takes the request's entry out. False: there is none. */
static bool forget(struct chat_session *session, uint32_t request, struct chat_pending *out)
{
	for (size_t i = 0; i < session->pending_count; i++) {
		if (session->pending[i].request != request)
			continue;
		*out = session->pending[i];
		session->pending[i] = session->pending[--session->pending_count];
		return true;
	}
	return false;
}

static void handle_verdict(struct chat_session *session, const struct wt_event *event)
{
	struct chat_pending pending;

	enum wt_outcome outcome = render_true_outcome(event);
	bool done = outcome != WT_OUTCOME_NONE && outcome != WT_OUTCOME_UNKNOWN;

	if (forget(session, event->request, &pending))
		render_verdict(done ? session->out : chat_errors(session), session->options->style,
			       &pending.subject, event);
}

static void handle_list(struct chat_session *session, const struct wt_event *event, bool quiet)
{
	chat_roster_replace(&session->roster, event->as.answer.peers, event->as.answer.count);
	if (!quiet)
		render_list(session->out, session->options->style, event, session->number);
	if (!quiet && session->question == CHAT_QUESTION_LIST)
		session->question = CHAT_QUESTION_RECIPIENT;
}

static void handle_rooms(struct chat_session *session, const struct wt_event *event)
{
	for (size_t i = 0; i < event->as.answer.count; i++)
		chat_roster_add_room(&session->roster, event->as.answer.rooms[i].name);
	render_rooms(session->out, session->options->style, event);
}

static void handle_own_name(struct chat_session *session, const struct chat_pending *pending)
{
	memcpy(session->name, pending->subject.name, sizeof(session->name));
	tell_with_name(session, "You are called ", session->name, " now.\n");
}

static void forget_room(struct chat_session *session, const char *room)
{
	for (size_t i = 0; i < session->room_count; i++) {
		if (strcmp(session->rooms[i], room) != 0)
			continue;
		session->room_count--;
		memmove(session->rooms[i], session->rooms[session->room_count],
			sizeof(session->rooms[i]));
		return;
	}
}

static void remember_room(struct chat_session *session, const char *room)
{
	forget_room(session, room);
	if (session->room_count < CHAT_ROOMS_MAX)
		memcpy(session->rooms[session->room_count++], room, strlen(room) + 1);
}

static void handle_leave(struct chat_session *session, const struct chat_pending *pending)
{
	forget_room(session, pending->subject.name);
	if (pending->on) {
		tell_with_name(session, "You have left #", pending->subject.name, ".\n");
		return;
	}
	text_append(chat_errors(session), "You were not in #");
	text_append_harmless(session->errors, pending->subject.name, strlen(pending->subject.name));
	text_append(session->errors, ".\n");
}

static void handle_join(struct chat_session *session, const struct wt_event *event,
			const struct chat_pending *pending)
{
	size_t members = event->as.answer.count;

	chat_roster_add_room(&session->roster, pending->subject.name);
	remember_room(session, pending->subject.name);
	tell_with_name(session, "You are in #", pending->subject.name, "");
	text_append_format(session->out, " now, one of %zu.\n", members);
}

static void handle_watch(struct chat_session *session, const struct chat_pending *pending)
{
	session->watching = pending->on;
	text_append(session->out, pending->on ? "Who comes and goes is told from now on.\n"
					      : "Who comes and goes is told no more.\n");
	if (pending->on)
		chat_list_quietly(session); /* to tell a new name from a new client */
	else if (session->options->interactive)
		chat_watch_quietly(session); /* completion goes on hearing of it */
}

static void handle_ok_answer(struct chat_session *session, const struct wt_event *event,
			     const struct chat_pending *pending)
{
	switch (pending->kind) {
	case CHAT_COMMAND_NAME:
		tell_with_name(session, "The server's machine is called ",
			       event->as.answer.name ? event->as.answer.name : "", ".\n");
		break;
	case CHAT_COMMAND_LIST:
		handle_list(session, event, pending->quiet);
		break;
	case CHAT_COMMAND_ROOMS:
		handle_rooms(session, event);
		break;
	case CHAT_COMMAND_CALL_ME:
		handle_own_name(session, pending);
		break;
	case CHAT_COMMAND_JOIN:
		handle_join(session, event, pending);
		break;
	case CHAT_COMMAND_LEAVE:
		handle_leave(session, pending);
		break;
	case CHAT_COMMAND_WATCH:
		if (!pending->quiet)
			handle_watch(session, pending);
		break;
	case CHAT_COMMAND_NOTHING:
	case CHAT_COMMAND_BAD:
	case CHAT_COMMAND_QUIT:
	case CHAT_COMMAND_HELP:
	case CHAT_COMMAND_CONNECT:
	case CHAT_COMMAND_DISCONNECT:
	case CHAT_COMMAND_TIME:
	case CHAT_COMMAND_PING:
	case CHAT_COMMAND_SEND:
		break;
	}
}

static void tell_refusal(struct chat_session *session, const struct wt_event *event)
{
	begin_error(session, "That was not done");
	text_append(session->errors, ": ");
	render_refusal(session->errors, event);
	text_append(session->errors, ".\n");
}

static void handle_batch_answer(struct chat_session *session, const struct wt_event *event)
{
	struct request_batch *batch = &session->batch;

	session->batch_since_ms = clock_elapsed_ms();
	if (event->as.answer.result != WT_OK && batch->ended == 1)
		tell_refusal(session, event);
	if (!request_batch_is_over(batch)) {
		if (event->as.answer.result != WT_CLOSED)
			chat_batch_go_on(session);
		return;
	}
	if (event->as.answer.result == WT_OK && batch->type == WT_REQUEST_TIME) {
		text_append(session->out, "Server time: ");
		render_server_time(session->out, event);
		text_append(session->out, "\n");
	}
	tell_end_of_batch(session);
}

/* Of a kind, one fewer. False: there was none. */
static bool take_one(size_t *count)
{
	if (*count == 0)
		return false;
	--*count;
	return true;
}

/* An answer to a batch that was given up. */
static bool is_stray(struct chat_session *session, enum wt_request_type type)
{
	if (type == WT_REQUEST_TIME)
		return take_one(&session->stray_times);
	return type == WT_REQUEST_PING && take_one(&session->stray_pings);
}

static void handle_answer(struct chat_session *session, const struct wt_event *event)
{
	struct chat_pending pending;

	if (is_stray(session, event->as.answer.type))
		return;

	if (request_batch_take(&session->batch, event)) {
		handle_batch_answer(session, event);
		return;
	}
	if (!forget(session, event->request, &pending))
		return;
	if (event->as.answer.result == WT_OK) {
		handle_ok_answer(session, event, &pending);
		return;
	}
	if (!pending.quiet)
		tell_refusal(session, event);
	if (pending.kind == CHAT_COMMAND_LIST && session->question == CHAT_QUESTION_LIST)
		session->question = CHAT_QUESTION_NONE;
}

void chat_handle_event(struct chat_session *session, const struct wt_event *event)
{
	switch (event->kind) {
	case WT_EVENT_CONNECTED:
		handle_connected(session, event);
		break;
	case WT_EVENT_DISCONNECTED:
		handle_disconnected(session, event);
		break;
	case WT_EVENT_MESSAGE:
		handle_message(session, event);
		break;
	case WT_EVENT_VERDICT:
		handle_verdict(session, event);
		break;
	case WT_EVENT_ANSWER:
		handle_answer(session, event);
		break;
	case WT_EVENT_PRESENCE:
		handle_presence(session, event);
		break;
	case WT_EVENT_CLOSING:
		text_append(session->out, "The server says that it will close: ");
		append_harmless(session, event->as.closing.text ? event->as.closing.text : "");
		text_append(session->out, "\n");
		break;
	case WT_EVENT_NONE:
		break;
	}
}
