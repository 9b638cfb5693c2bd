/*
 * From received bytes to whole frames. A frame that is not whole waits in the session's
 * stash, which grows as bytes come and never because a header says that they will.
 */
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_server/classic_session.h"
#include "relay_server/requests.h"
#include "relay_server/session.h"
#include "relay_server/worker.h"

static size_t stash_max(const struct worker *worker)
{
	size_t frame = RELAY_FRAME_HEADER_BYTES + worker->shared->config.max_body_bytes;

	return frame > RELAY_RECEIVE_BYTES ? frame : RELAY_RECEIVE_BYTES;
}

/* A short beginning is copied in front of what comes; a long one stays where it is. */
static bool parses_in_stash(const struct session *session)
{
	return session->stash_length > RELAY_STASH_COPY_BYTES;
}

static bool stash_grow(struct session *session, size_t capacity)
{
	uint8_t *stash = realloc(session->stash, capacity);

	if (!stash)
		return false;
	session->stash = stash;
	session->stash_capacity = (uint32_t)capacity;
	return true;
}

uint8_t *session_receive_room(struct worker *worker, struct session *session, size_t *length)
{
	if (!parses_in_stash(session)) {
		if (session->stash_length > 0)
			memcpy(worker->receive_buffer, session->stash, session->stash_length);
		*length = RELAY_RECEIVE_BYTES - session->stash_length;
		return worker->receive_buffer + session->stash_length;
	}
	if (session->stash_length == session->stash_capacity &&
	    session->stash_capacity < stash_max(worker)) {
		size_t capacity = (size_t)session->stash_capacity * 2;

		if (capacity > stash_max(worker))
			capacity = stash_max(worker);
		if (!stash_grow(session, capacity))
			return NULL;
	}
	*length = session->stash_capacity - session->stash_length;
	return session->stash + session->stash_length;
}

void session_mark_ready(struct worker *worker, struct session *session)
{
	if (session->is_ready)
		return;
	session->is_ready = true;
	session->next_ready = worker->ready;
	worker->ready = session;
}

static void header_fault(struct worker *worker, struct session *session,
			 enum relay_frame_verdict verdict)
{
	switch (verdict) {
	case RELAY_FRAME_BAD_VERSION:
		session_fail(worker, session, RELAY_STATUS_UNSUPPORTED,
			     "this server speaks version 1");
		break;
	case RELAY_FRAME_TOO_LARGE:
		session_fail(worker, session, RELAY_STATUS_TOO_LARGE,
			     "the frame is longer than the server's LIMIT");
		break;
	case RELAY_FRAME_BAD_KIND:
		session_fail(worker, session, RELAY_STATUS_MALFORMED,
			     "there is no such kind of frame");
		break;
	case RELAY_FRAME_BAD_MAGIC:
	case RELAY_FRAME_OK:
	case RELAY_FRAME_NEED_MORE:
		session_fail(worker, session, RELAY_STATUS_MALFORMED,
			     "that is no frame: it does not start with WT");
		break;
	}
}

/*
 * What only a server may send, or a request without an id: told by the header, whatever
 * its length says and before the body came. Of several faults the earliest byte decides.
 */
static const char *client_fault(const uint8_t *bytes, size_t length)
{
	if (length > 3 && (bytes[3] == RELAY_RESPONSE || bytes[3] == RELAY_INDICATION))
		return "only servers send responses and indications";
	if (length >= 12 && bytes[3] == RELAY_REQUEST &&
	    (bytes[8] | bytes[9] | bytes[10] | bytes[11]) == 0)
		return "a request needs an id";
	return NULL;
}

/* Returns the bytes of the frame that was acted on, or 0. */
static size_t parse_frame(struct worker *worker, struct session *session, const uint8_t *bytes,
			  size_t length)
{
	struct relay_frame frame;
	size_t size;
	enum relay_frame_verdict verdict = relay_frame_decode(
		bytes, length, worker->shared->config.max_body_bytes, &frame, &size);

	if (verdict == RELAY_FRAME_OK || verdict == RELAY_FRAME_NEED_MORE ||
	    verdict == RELAY_FRAME_TOO_LARGE) {
		const char *fault = client_fault(bytes, length);

		if (fault) {
			session_fail(worker, session, RELAY_STATUS_MALFORMED, fault);
			return 0;
		}
	}
	if (verdict == RELAY_FRAME_NEED_MORE)
		return 0;
	if (verdict != RELAY_FRAME_OK) {
		header_fault(worker, session, verdict);
		return 0;
	}
	session->last_frame_ms = worker->now_ms;
	session->pinged = false;
	handle_frame(worker, session, &frame);
	return size;
}

static size_t parse_classic(struct worker *worker, struct session *session, const uint8_t *bytes,
			    size_t length)
{
	struct classic_message message;

	if (!classic_message_decode(bytes, length, &message))
		return 0;
	session->last_frame_ms = worker->now_ms;
	return classic_handle(worker, session, &message) ? CLASSIC_MESSAGE_BYTES : 0;
}

/* Returns how many bytes are done with. */
static size_t parse(struct worker *worker, struct session *session, const uint8_t *bytes,
		    size_t length)
{
	size_t at = 0;

	worker->work_left = RELAY_TURN_WORK;
	while (session->state == SESSION_OPEN && at < length) {
		size_t size;

		if (session->out.bytes > RELAY_QUEUE_PAUSE_BYTES)
			session->paused = true;
		if (session->paused)
			return at;
		if (worker->work_left == 0) {
			session_mark_ready(worker, session);
			return at;
		}
		worker->work_left--;
		if (session->classic)
			size = parse_classic(worker, session, bytes + at, length - at);
		else
			size = parse_frame(worker, session, bytes + at, length - at);
		if (size == 0)
			break;
		at += size;
	}
	/* Behind BYE or an error nothing counts any more. */
	return session->state == SESSION_OPEN ? at : length;
}

/* Keeps what is not done with for the next time: from the stash itself, or from the
 * worker's buffer. */
static void keep_rest(struct worker *worker, struct session *session, const uint8_t *rest,
		      size_t length)
{
	bool in_stash = parses_in_stash(session);

	if (length == 0) {
		free(session->stash);
		session->stash = NULL;
		session->stash_length = 0;
		session->stash_capacity = 0;
		return;
	}
	if (!in_stash && length > session->stash_capacity && !stash_grow(session, length)) {
		session_doom(worker, session, "the server is out of memory");
		return;
	}
	memmove(session->stash, rest, length);
	session->stash_length = (uint32_t)length;
}

void session_received(struct worker *worker, struct session *session, size_t length)
{
	const uint8_t *bytes = parses_in_stash(session) ? session->stash : worker->receive_buffer;
	size_t total = session->stash_length + length;
	size_t done = parse(worker, session, bytes, total);

	keep_rest(worker, session, bytes + done, total - done);
	if (session->end_of_stream)
		session_end_of_stream(worker, session);
}
