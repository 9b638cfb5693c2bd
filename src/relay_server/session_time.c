/*
 * Deadlines of a session. There is one timer for all of them; it may be early, never
 * late: when it comes, session_tick() looks at everything and sets it anew.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "relay_server/delivery.h"
#include "relay_server/session.h"
#include "relay_server/worker.h"

void session_tick_by(struct worker *worker, struct session *session, uint64_t deadline_ms)
{
	if (deadline_ms < session->timer.deadline_ms)
		timer_heap_set(&worker->timers, &session->timer, deadline_ms);
}

static void ping(struct worker *worker, struct session *session)
{
	struct byte_writer writer = session_writer(session, RELAY_FRAME_HEADER_BYTES);
	size_t frame = relay_frame_begin(&writer, RELAY_INDICATION, RELAY_TYPE_PING, 0,
					 ++session->last_ping_id);

	relay_frame_end(&writer, frame);
	session_commit(worker, session, &writer);
	session->pinged = true;
}

/* Classic clients know no PING; the kernel's keep-alive probes them instead. */
static void look_alive(struct worker *worker, struct session *session)
{
	uint64_t keepalive_ms = worker->shared->config.keepalive_ms;
	uint64_t silent_ms;
	uint64_t dead_after_ms = keepalive_ms + keepalive_ms / 2;

	/* What it says while we do not listen can't be held against it. */
	if (session->paused)
		session->last_frame_ms = worker->now_ms;
	if (keepalive_ms == 0 || session->classic || session->state != SESSION_OPEN)
		return;
	silent_ms = worker->now_ms - session->last_frame_ms;
	if (silent_ms >= dead_after_ms) {
		session_fail(worker, session, RELAY_STATUS_TIMEOUT,
			     "no frame came within 1.5 times the keep-alive time");
		return;
	}
	if (silent_ms >= keepalive_ms && !session->pinged)
		ping(worker, session);
	session_tick_by(worker, session,
			session->last_frame_ms + (session->pinged ? dead_after_ms : keepalive_ms));
}

static void look_at_pending(struct worker *worker, struct session *session)
{
	struct pending_window *pending = session->pending;

	if (!pending)
		return;
	delivery_time_out(worker, session);
	if (pending->open > 0) {
		int32_t age_ms = (int32_t)((uint32_t)worker->now_ms -
					   pending->messages[pending->head].received_ms);

		session_tick_by(worker, session,
				worker->now_ms + RELAY_ACKNOWLEDGE_WITHIN_S * MS_PER_S -
					(uint64_t)(age_ms > 0 ? age_ms : 0));
	} else if (pending->late_count == 0) {
		pending_window_finish(pending);
		free(pending);
		session->pending = NULL;
	} else {
		pending_window_shrink(pending);
	}
}

static void answer_requests_before(struct worker *worker, struct session *session,
				   uint32_t before_ms, const struct message_verdict *verdict)
{
	uint32_t place = 0;
	uint32_t id;

	while ((id = open_requests_older(&session->requests, before_ms, &place)) != 0) {
		(void)open_requests_remove(&session->requests, id);
		session_answer(worker, session, id, verdict);
	}
}

/* A verdict always comes; if memory ran out on its way to us, this says so instead. */
static void look_at_requests(struct worker *worker, struct session *session)
{
	const struct message_verdict lost = { .status = RELAY_STATUS_INTERNAL };

	if (session->requests.count == 0) {
		open_requests_finish(&session->requests);
		return;
	}
	answer_requests_before(worker, session,
			       (uint32_t)worker->now_ms - RELAY_VERDICT_WITHIN_MS + 1, &lost);
	if (session->requests.count > 0)
		session_tick_by(worker, session, worker->now_ms + RELAY_VERDICT_LOOK_MS);
}

/*
 * The kernel holds words of ours that the peer's has not taken: closing now would let the
 * first byte of the peer destroy them with a reset. It has as long as any reader has.
 */
static bool still_reading(struct worker *worker, const struct session *session)
{
	const int64_t fin = 1; /* takes a place in the sequence of bytes */

	return worker->unacknowledged(session) > fin &&
	       worker->now_ms < session->leave_by_ms + RELAY_QUEUE_AGE_MS;
}

static void look_at_leaving(struct worker *worker, struct session *session)
{
	const struct message_verdict too_late = { .status = RELAY_STATUS_TIMEOUT };

	if (session->state != SESSION_LEAVING && session->state != SESSION_DISCARD)
		return;
	if (worker->now_ms < session->leave_by_ms) {
		session_tick_by(worker, session, session->leave_by_ms);
		return;
	}
	if (session->state == SESSION_DISCARD) {
		if (still_reading(worker, session))
			session_tick_by(worker, session, worker->now_ms + RELAY_DISCARD_LOOK_MS);
		else
			session_doom(worker, session, session->why_closed);
		return;
	}
	answer_requests_before(worker, session, (uint32_t)worker->now_ms + 1, &too_late);
	session_check_leaving(worker, session);
}

static void look_at_age(struct worker *worker, struct session *session)
{
	if (session->age_mark == 0)
		return;
	if (worker->now_ms >= session->age_mark_ms + RELAY_QUEUE_AGE_MS)
		session_doom(worker, session, "it reads too slowly");
	else
		session_tick_by(worker, session, session->age_mark_ms + RELAY_QUEUE_AGE_MS);
}

void session_look_passed(struct worker *worker, struct session *session)
{
	int64_t unacknowledged;
	uint64_t sent = session->out.total - session->out.bytes;

	session->classic_poll_ms = 0;
	if (!session->pending || session->pending->open == 0)
		return;
	unacknowledged = worker->unacknowledged(session);
	if (unacknowledged >= 0)
		delivery_passed(worker, session, sent - (uint64_t)unacknowledged);
	if (session->pending->open == 0) {
		session->classic_poll_step_ms = 0;
		return;
	}
	session->classic_poll_step_ms = session->classic_poll_step_ms == 0
						? RELAY_CLASSIC_POLL_MIN_MS
						: (uint8_t)(session->classic_poll_step_ms * 2);
	if (session->classic_poll_step_ms > RELAY_CLASSIC_POLL_MAX_MS)
		session->classic_poll_step_ms = RELAY_CLASSIC_POLL_MAX_MS;
	session->classic_poll_ms = worker->now_ms + session->classic_poll_step_ms;
	session_tick_by(worker, session, session->classic_poll_ms);
}

static void look_at_classic(struct worker *worker, struct session *session)
{
	if (!session->classic)
		return;
	if (session->classic_poll_ms != 0 && worker->now_ms >= session->classic_poll_ms)
		session_look_passed(worker, session);
	else if (session->classic_poll_ms != 0)
		session_tick_by(worker, session, session->classic_poll_ms);
	/* Its rate was used up: by now it may have some again. */
	session_resume(worker, session);
}

void session_tick(struct worker *worker, struct session *session)
{
	if (session->state == SESSION_DEAD)
		return;
	if (session->watch_missed)
		session_fail(worker, session, RELAY_STATUS_BUSY,
			     "you watch, and could not be told all: connect again");
	look_alive(worker, session);
	look_at_classic(worker, session);
	look_at_pending(worker, session);
	look_at_requests(worker, session);
	look_at_leaving(worker, session);
	look_at_age(worker, session);
}
