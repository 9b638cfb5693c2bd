#include "relay_server/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/classic_session.h"
#include "relay_server/delivery.h"
#include "relay_server/presence.h"
#include "relay_server/room_delivery.h"
#include "relay_server/worker.h"

#define BANNER "Wiretale relay. Ask LIST who is here, SEND to write to them."

/* The one place where a state changes. Nothing leads back from a later state. */
static void session_move_to(struct session *session, enum session_state state)
{
	if (state > (enum session_state)session->state)
		session->state = (uint8_t)state;
}

static void greet(struct worker *worker, struct session *session)
{
	const struct relay_server_config *config = &worker->shared->config;
	struct byte_writer writer = session_writer(session, 256);
	size_t frame = relay_frame_begin(&writer, RELAY_INDICATION, RELAY_TYPE_HELLO, 0, 0);

	relay_put_text(&writer, RELAY_FIELD_NAME, config->name);
	relay_put_text(&writer, RELAY_FIELD_TEXT, BANNER);
	relay_put_u32(&writer, RELAY_FIELD_NUMBER, session->entry.number);
	relay_put_address(&writer, &session->entry.address);
	relay_put_u32(&writer, RELAY_FIELD_LIMIT, config->max_body_bytes);
	relay_put_u32(&writer, RELAY_FIELD_KEEPALIVE, config->keepalive_ms);
	relay_put_u8(&writer, RELAY_FIELD_AUTH, 0);
	relay_frame_end(&writer, frame);
	session_commit(worker, session, &writer);
}

static void announce(struct worker *worker, struct session *session)
{
	struct relay_entry view = directory_entry_view(&session->entry);
	struct relay_event event = { .kind = RELAY_EVENT_CAME };

	session->registered = true;
	presence_announce(worker, &view, true);
	if (!worker_wants_event(worker, event.kind))
		return;
	event.clients = (uint32_t)directory_count(&worker->shared->directory);
	worker_tell(worker, session, &event);
}

struct session *session_create(struct worker *worker, int fd, uint32_t number,
			       const struct relay_address *address, bool classic)
{
	uint32_t keepalive_ms = worker->shared->config.keepalive_ms;
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->watch.fd = fd;
	session->classic = classic;
	session->entry.number = number;
	session->entry.address = *address;
	session->entry.worker = (uint8_t)worker->index;
	session->entry.since_ns = worker->wall_ns;
	session->last_frame_ms = worker->now_ms;
	session->rate_at_ms = worker->now_ms;
	session->rate_tokens = worker->shared->config.rate * 1000u;
	timer_init(&session->timer);
	out_queue_init(&session->out);
	open_requests_init(&session->requests, worker->shared->request_multiplier);

	if (!timer_heap_reserve(&worker->timers))
		goto free_session;
	if (!hash_table_insert(&worker->sessions, &session->by_number, hash_number(number)))
		goto unreserve_timer;
	if (!directory_add(&worker->shared->directory, &session->entry))
		goto remove_number;
	if (classic)
		classic_greet(worker, session);
	else
		greet(worker, session);
	if (keepalive_ms > 0)
		session_tick_by(worker, session, worker->now_ms + keepalive_ms);
	announce(worker, session);
	return session;

remove_number:
	hash_table_remove(&worker->sessions, &session->by_number);
unreserve_timer:
	timer_heap_unreserve(&worker->timers);
free_session:
	free(session);
	return NULL;
}

void session_unregister(struct worker *worker, struct session *session)
{
	struct relay_entry view = directory_entry_view(&session->entry);
	uint8_t name[RELAY_NAME_MAX_BYTES];

	if (!session->registered)
		return;
	session->registered = false;
	/* The directory frees the name; those who watch are still to hear it. */
	if (view.name.length > 0)
		memcpy(name, view.name.bytes, view.name.length);
	view.name.bytes = name;

	presence_watch(worker, session, false);
	room_leave_all(worker, session);
	(void)directory_remove(&worker->shared->directory, &session->entry);
	presence_announce(worker, &view, false);
	delivery_recipient_gone(worker, session);
}

void session_destroy(struct worker *worker, struct session *session)
{
	struct relay_event event = { .kind = RELAY_EVENT_LEFT, .text = session->why_closed };

	session_unregister(worker, session);
	if (worker_wants_event(worker, event.kind)) {
		event.clients = (uint32_t)directory_count(&worker->shared->directory);
		worker_tell(worker, session, &event);
	}
	timer_heap_set(&worker->timers, &session->timer, TIMER_NEVER);
	timer_heap_unreserve(&worker->timers);
	worker_forget_recent(worker, session);
	hash_table_remove(&worker->sessions, &session->by_number);
	admission_leave(&worker->shared->admission, &session->entry.address);
	out_queue_finish(&session->out);
	open_requests_finish(&session->requests);
	free(session->stash);
	free(session);
}

void session_doom(struct worker *worker, struct session *session, const char *why)
{
	if (session->state == SESSION_DEAD)
		return;
	session_move_to(session, SESSION_DEAD);
	if (!session->why_closed)
		session->why_closed = why;
	session->next_dead = worker->dead;
	worker->dead = session;
}

static void start_closing(struct worker *worker, struct session *session)
{
	session_flush_answer(worker, session);
	session_move_to(session, SESSION_CLOSING);
	/* Also where nothing is queued: the turn's end sees to the FIN. */
	session_mark_dirty(worker, session);
}

void session_fail(struct worker *worker, struct session *session, enum relay_status status,
		  const char *text)
{
	if (session->state >= SESSION_CLOSING)
		return;
	/* What its leaving brings about for itself is said before the last word. */
	session_unregister(worker, session);
	session_flush_answer(worker, session);
	session->why_closed = text;
	if (!session->classic) {
		struct byte_writer writer = session_writer(session, 512);
		size_t frame = relay_frame_begin(&writer, RELAY_INDICATION, RELAY_TYPE_ERROR,
						 (uint16_t)status, 0);

		relay_put_text(&writer, RELAY_FIELD_TEXT, text);
		relay_frame_end(&writer, frame);
		session_commit(worker, session, &writer);
	}
	start_closing(worker, session);
}

void session_check_leaving(struct worker *worker, struct session *session)
{
	if (session->state != SESSION_LEAVING || session->requests.count > 0)
		return;
	session_flush_answer(worker, session);
	if (session->bye_id != 0)
		session_respond_ok(worker, session, RELAY_TYPE_BYE, session->bye_id);
	start_closing(worker, session);
}

void session_start_leaving(struct worker *worker, struct session *session, const char *why)
{
	if (session->state != SESSION_OPEN)
		return;
	session->why_closed = why;
	session_move_to(session, SESSION_LEAVING);
	session->leave_by_ms = worker->now_ms + RELAY_BYE_WITHIN_S * MS_PER_S;
	session_tick_by(worker, session, session->leave_by_ms);
	session_unregister(worker, session);
	session_check_leaving(worker, session);
}

void session_end_of_stream(struct worker *worker, struct session *session)
{
	session->end_of_stream = true;
	/* What came before the end is still to be done first. */
	if (session->state == SESSION_OPEN && !session->is_ready && !session->paused)
		session_start_leaving(worker, session, "closed by the client");
	else if (session->state == SESSION_DISCARD)
		session_doom(worker, session, "closed by the client");
}

void session_all_said(struct worker *worker, struct session *session)
{
	if (session->state != SESSION_CLOSING)
		return;
	if (session->end_of_stream) {
		session_doom(worker, session, "closed by the client");
		return;
	}
	session_move_to(session, SESSION_DISCARD);
	session->leave_by_ms = worker->now_ms + RELAY_DISCARD_WITHIN_S * MS_PER_S;
	session_tick_by(worker, session, session->leave_by_ms);
}

static void answer_open_requests(struct worker *worker, struct session *session)
{
	const struct message_verdict verdict = { .status = RELAY_STATUS_SHUTTING_DOWN };
	uint32_t place = 0;
	uint32_t id;

	while ((id = open_requests_any(&session->requests, &place)) != 0) {
		(void)open_requests_remove(&session->requests, id);
		session_answer(worker, session, id, &verdict);
	}
}

void session_shut_down(struct worker *worker, struct session *session)
{
	if (session->state >= SESSION_CLOSING)
		return;
	session_flush_answer(worker, session);
	answer_open_requests(worker, session);
	if (session->state == SESSION_OPEN && !session->classic) {
		struct byte_writer writer = session_writer(session, 128);
		size_t frame = relay_frame_begin(&writer, RELAY_INDICATION, RELAY_TYPE_BYE, 0, 0);

		relay_put_text(&writer, RELAY_FIELD_TEXT, "the server is shutting down");
		relay_frame_end(&writer, frame);
		session_commit(worker, session, &writer);
	}
	session->why_closed = "the server is shutting down";
	session_unregister(worker, session);
	start_closing(worker, session);
}
