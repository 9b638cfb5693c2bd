/* What a session queues for its client, and what it does when that was sent or was not. */
#include "relay_protocol/frame.h"
#include "relay_server/classic_session.h"
#include "relay_server/session.h"
#include "relay_server/worker.h"

#define REFUSAL_MAX_BYTES 256u

static const char *const status_sentences[] = {
	[RELAY_STATUS_OK] = "ok",
	[RELAY_STATUS_MALFORMED] = "the request breaks the protocol",
	[RELAY_STATUS_UNSUPPORTED] = "there is no such request",
	[RELAY_STATUS_TOO_LARGE] = "that is too large for the recipient",
	[RELAY_STATUS_NO_SUCH_CLIENT] = "there is no such client or room",
	[RELAY_STATUS_GONE] = "the recipient left before it acknowledged",
	[RELAY_STATUS_BUSY] = "the recipient does not keep up",
	[RELAY_STATUS_RATE_LIMITED] = "too many requests in a short time",
	[RELAY_STATUS_UNAUTHORIZED] = "not without a secret",
	[RELAY_STATUS_FORBIDDEN] = "not permitted",
	[RELAY_STATUS_NAME_TAKEN] = "another client has that name",
	[RELAY_STATUS_TIMEOUT] = "no acknowledgement within 10 s; it may have arrived",
	[RELAY_STATUS_SHUTTING_DOWN] = "the server is shutting down",
	[RELAY_STATUS_INTERNAL] = "the server could not do it",
};

struct byte_writer session_writer(struct session *session, size_t max_bytes)
{
	uint8_t *room = NULL;

	if (session->state < SESSION_DEAD)
		room = out_queue_room(&session->out, max_bytes);
	return byte_writer_into(room, room ? max_bytes : 0);
}

void session_mark_dirty(struct worker *worker, struct session *session)
{
	if (session->is_dirty)
		return;
	session->is_dirty = true;
	session->next_dirty = worker->dirty;
	worker->dirty = session;
}

size_t session_queue_max(const struct worker *worker)
{
	size_t grown = RELAY_QUEUE_PAUSE_BYTES + RELAY_FRAME_HEADER_BYTES +
		       worker->shared->config.max_body_bytes;

	return grown > RELAY_QUEUE_MAX_BYTES ? grown : RELAY_QUEUE_MAX_BYTES;
}

void session_commit(struct worker *worker, struct session *session, struct byte_writer *writer)
{
	if (session->state == SESSION_DEAD)
		return;
	if (writer->overflowed) {
		session_doom(worker, session, "the server is out of memory");
		return;
	}
	out_queue_commit(&session->out, writer->length);
	if (session->out.bytes > session_queue_max(worker)) {
		session_doom(worker, session, "it did not read what it was sent");
		return;
	}
	session_mark_dirty(worker, session);
}

bool session_is_busy(const struct session *session)
{
	return session->out.bytes >= RELAY_QUEUE_BUSY_BYTES;
}

void session_respond_ok(struct worker *worker, struct session *session, uint16_t type, uint32_t id)
{
	struct byte_writer writer = session_writer(session, RELAY_FRAME_HEADER_BYTES);
	size_t frame = relay_frame_begin(&writer, RELAY_RESPONSE, type, RELAY_STATUS_OK, id);

	relay_frame_end(&writer, frame);
	session_commit(worker, session, &writer);
}

void session_refuse(struct worker *worker, struct session *session, const struct relay_frame *frame,
		    enum relay_status status, const char *text)
{
	struct byte_writer writer = session_writer(session, REFUSAL_MAX_BYTES);
	size_t start = relay_frame_begin(&writer, RELAY_RESPONSE, frame->type, (uint16_t)status,
					 frame->id);

	relay_put_text(&writer, RELAY_FIELD_TEXT, text ? text : status_sentences[status]);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

void session_flush_answer(struct worker *worker, struct session *session)
{
	struct session_answer answer = session->answer;
	struct byte_writer writer;
	size_t frame;

	if (answer.first == 0)
		return;
	session->answer.first = 0;
	writer = session_writer(session, 64);
	frame = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_SEND, RELAY_STATUS_OK,
				  answer.first);
	relay_put_u8(&writer, RELAY_FIELD_OUTCOME, answer.outcome);
	if (answer.last != answer.first)
		relay_put_u32(&writer, RELAY_FIELD_THROUGH, answer.last);
	relay_frame_end(&writer, frame);
	session_commit(worker, session, &writer);
}

/*
 * Only ids that follow one another without a gap share an answer: an id in a gap could be
 * that of a request which is still on its way to us, and would be answered by a lie.
 */
static void gather_answer(struct worker *worker, struct session *session, uint32_t id,
			  uint8_t outcome)
{
	struct session_answer *answer = &session->answer;

	if (answer->first != 0 && id == answer->last + 1 && outcome == answer->outcome && id != 0) {
		answer->last = id;
		return;
	}
	session_flush_answer(worker, session);
	*answer = (struct session_answer){ .first = id, .last = id, .outcome = outcome };
	session_mark_dirty(worker, session);
}

static void answer_room(struct worker *worker, struct session *session, uint32_t id,
			const struct message_verdict *verdict)
{
	struct byte_writer writer = session_writer(session, 64);
	size_t frame =
		relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_SEND, RELAY_STATUS_OK, id);

	relay_put_u8(&writer, RELAY_FIELD_OUTCOME, RELAY_OUTCOME_DELIVERED);
	relay_put_u32(&writer, RELAY_FIELD_COUNT, verdict->count);
	relay_frame_end(&writer, frame);
	session_commit(worker, session, &writer);
}

void session_answer(struct worker *worker, struct session *session, uint32_t request_id,
		    const struct message_verdict *verdict)
{
	if (worker_wants_event(worker, RELAY_EVENT_VERDICT)) {
		struct relay_event event = { .kind = RELAY_EVENT_VERDICT,
					     .status = verdict->status,
					     .outcome = verdict->outcome };

		worker_tell(worker, session, &event);
	}
	if (session->state >= SESSION_CLOSING)
		return;
	if (session->classic) {
		classic_answer(worker, session, verdict);
	} else if (verdict->status != RELAY_STATUS_OK) {
		const struct relay_frame frame = { .type = RELAY_TYPE_SEND, .id = request_id };

		/* A request that is not known gets another sentence than content that is not. */
		session_refuse(worker, session, &frame, verdict->status,
			       verdict->status == RELAY_STATUS_UNSUPPORTED
				       ? "a classic client can't be sent a zero byte"
				       : NULL);
	} else if (verdict->to_room) {
		answer_room(worker, session, request_id, verdict);
	} else {
		gather_answer(worker, session, request_id, verdict->outcome);
	}
	session_check_leaving(worker, session);
}

/* Has what waited 10 s ago gone by now? A mark is set at the queue's end, and moves on
 * when it was passed. */
static void look_at_age(struct worker *worker, struct session *session)
{
	uint64_t sent = session->out.total - session->out.bytes;

	if (session->out.bytes == 0) {
		session->age_mark = 0;
		return;
	}
	if (session->age_mark != 0 && sent < session->age_mark)
		return;
	session->age_mark = session->out.total;
	session->age_mark_ms = worker->now_ms;
	session_tick_by(worker, session, worker->now_ms + RELAY_QUEUE_AGE_MS);
}

void session_resume(struct worker *worker, struct session *session)
{
	if (!session->paused || session->out.bytes >= RELAY_QUEUE_BUSY_BYTES)
		return;
	session->paused = false;
	session_mark_ready(worker, session);
}

void session_sent(struct worker *worker, struct session *session, size_t length)
{
	if (length > 0)
		out_queue_drop(&session->out, length);
	look_at_age(worker, session);
	if (length > 0)
		session_resume(worker, session);
	if (session->classic && session->pending)
		session_look_passed(worker, session);
}
