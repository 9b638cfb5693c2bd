#include "relay_server/requests.h"

#include <unistd.h>

#include "base/clock.h"
#include "relay_protocol/frame.h"
#include "relay_server/delivery.h"
#include "relay_server/presence.h"
#include "relay_server/room_delivery.h"

static void handle_bye(struct worker *worker, struct session *session,
		       const struct relay_frame *frame, const struct relay_message *message)
{
	(void)message;
	session->bye_id = frame->id;
	session_start_leaving(worker, session, "said BYE");
}

static void handle_time(struct worker *worker, struct session *session,
			const struct relay_frame *frame, const struct relay_message *message)
{
	struct byte_writer writer = session_writer(session, 64);
	size_t start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_TIME, RELAY_STATUS_OK,
					 frame->id);

	(void)message;
	/* Looking the zone up takes a lock in the C library: once a second will do. */
	if (worker->now_ms >= worker->zone_at_ms + MS_PER_S || worker->zone_at_ms == 0) {
		worker->zone_s = clock_zone_s(worker->wall_ns);
		worker->zone_at_ms = worker->now_ms;
	}
	relay_put_u64(&writer, RELAY_FIELD_TIME, clock_wall_ns());
	relay_put_u32(&writer, RELAY_FIELD_ZONE, (uint32_t)worker->zone_s);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static void handle_name(struct worker *worker, struct session *session,
			const struct relay_frame *frame, const struct relay_message *message)
{
	char name[RELAY_NAME_MAX_BYTES + 1] = "";
	struct byte_writer writer;
	size_t start;

	(void)message;
	if (gethostname(name, sizeof(name)) < 0 || name[0] == '\0') {
		session_refuse(worker, session, frame, RELAY_STATUS_INTERNAL,
			       "the server's machine has no name");
		return;
	}
	name[RELAY_NAME_MAX_BYTES] = '\0';
	writer = session_writer(session, 128);
	start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_NAME, RELAY_STATUS_OK,
				  frame->id);
	relay_put_text(&writer, RELAY_FIELD_NAME, name);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static size_t page_bytes(const struct worker *worker)
{
	size_t most = worker->shared->config.max_body_bytes + RELAY_SERVER_EXTRA_BYTES;

	return most < RELAY_PAGE_MAX_BYTES ? most : RELAY_PAGE_MAX_BYTES;
}

/* LIST's cursor is the number after which to go on, ROOMS' that of a room. */
static bool read_cursor(const struct relay_message *message, size_t size, uint64_t *after)
{
	*after = 0;
	if (!relay_message_has(message, RELAY_FIELD_CURSOR))
		return true;
	if (message->cursor.length != size)
		return false;
	for (size_t i = 0; i < size; i++)
		*after = *after << 8 | message->cursor.bytes[i];
	return true;
}

static void handle_list(struct worker *worker, struct session *session,
			const struct relay_frame *frame, const struct relay_message *message)
{
	struct byte_writer writer;
	uint64_t cursor;
	uint32_t after;
	size_t start;

	if (!read_cursor(message, sizeof(after), &cursor)) {
		session_refuse(worker, session, frame, RELAY_STATUS_MALFORMED,
			       "CURSOR is none that this server gave");
		return;
	}
	after = (uint32_t)cursor;
	worker_charge(worker, RELAY_LIST_WORK);
	writer = session_writer(session, RELAY_FRAME_HEADER_BYTES + page_bytes(worker));
	start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_LIST, RELAY_STATUS_OK,
				  frame->id);
	/* The last entry leaves RELAY_ENTRY_MAX_BYTES or fewer: room for the cursor is kept. */
	writer.capacity -= writer.capacity > 64 ? RELAY_FIELD_HEADER_BYTES + sizeof(after) : 0;
	if (directory_list(&worker->shared->directory, &after, &writer)) {
		writer.capacity += RELAY_FIELD_HEADER_BYTES + sizeof(after);
		relay_put_u32(&writer, RELAY_FIELD_CURSOR, after);
	}
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static void handle_rooms(struct worker *worker, struct session *session,
			 const struct relay_frame *frame, const struct relay_message *message)
{
	struct byte_writer writer;
	uint64_t after;
	size_t start;

	if (!read_cursor(message, sizeof(after), &after)) {
		session_refuse(worker, session, frame, RELAY_STATUS_MALFORMED,
			       "CURSOR is none that this server gave");
		return;
	}
	worker_charge(worker, RELAY_LIST_WORK);
	writer = session_writer(session, RELAY_FRAME_HEADER_BYTES + page_bytes(worker));
	start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_ROOMS, RELAY_STATUS_OK,
				  frame->id);
	writer.capacity -= writer.capacity > 64 ? RELAY_FIELD_HEADER_BYTES + sizeof(after) : 0;
	if (room_directory_list(&worker->shared->rooms, &after, &writer)) {
		writer.capacity += RELAY_FIELD_HEADER_BYTES + sizeof(after);
		relay_put_u64(&writer, RELAY_FIELD_CURSOR, after);
	}
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

/* Numbers keep their worker for ever, so what was once looked up stays true. */
static bool find_number(struct worker *worker, uint32_t number, struct directory_place *out)
{
	struct directory_place *cached = &worker->routes[number % ROUTE_CACHE_PLACES];

	if (number != 0 && cached->number == number) {
		*out = *cached;
		return true;
	}
	if (!directory_find_number(&worker->shared->directory, number, out))
		return false;
	*cached = *out;
	return true;
}

static void handle_send(struct worker *worker, struct session *session,
			const struct relay_frame *frame, const struct relay_message *message)
{
	struct send_order order = { .request_id = frame->id, .data = message->data };
	struct message_record *record;
	struct directory_place to;
	bool found;

	if (session->requests.count >= RELAY_OPEN_SENDS_MAX) {
		session_refuse(worker, session, frame, RELAY_STATUS_BUSY,
			       "too many of your messages wait for their verdict");
		return;
	}
	if (relay_message_has(message, RELAY_FIELD_MESSAGE_ID))
		order.message_id = message->message_id;
	if (relay_message_has(message, RELAY_FIELD_TO_ROOM))
		order.room = message->to_room;
	if (!delivery_begin(worker, session, &order, &record))
		return;
	if (order.room.bytes) {
		room_send_order(worker, session, &order, record);
		return;
	}
	if (relay_message_has(message, RELAY_FIELD_TO_NAME))
		found = directory_find_name(&worker->shared->directory, message->to_name, &to);
	else
		found = find_number(worker, message->to_number, &to);
	if (found)
		delivery_to_client(worker, session, &order, record, to);
	else
		delivery_failed(worker, session, &order, record, RELAY_STATUS_NO_SUCH_CLIENT);
}

static void handle_hello(struct worker *worker, struct session *session,
			 const struct relay_frame *frame, const struct relay_message *message)
{
	struct byte_writer writer;
	size_t start;

	if (relay_message_has(message, RELAY_FIELD_NAME)) {
		enum relay_status status = RELAY_STATUS_BUSY;
		bool changed = false;

		if (presence_has_room(worker))
			status = directory_set_name(&worker->shared->directory, &session->entry,
						    message->name, &changed);
		if (status != RELAY_STATUS_OK) {
			session_refuse(worker, session, frame, status, NULL);
			return;
		}
		if (changed) {
			struct relay_entry view = directory_entry_view(&session->entry);

			worker->from.number = 0; /* it may hold the old name */
			presence_announce(worker, &view, true);
		}
	}
	writer = session_writer(session, 128);
	start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_HELLO, RELAY_STATUS_OK,
				  frame->id);
	relay_put_u32(&writer, RELAY_FIELD_NUMBER, session->entry.number);
	if (session->entry.name)
		relay_put_bytes(&writer, RELAY_FIELD_NAME, session->entry.name->bytes,
				session->entry.name->length);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static void handle_ping(struct worker *worker, struct session *session,
			const struct relay_frame *frame, const struct relay_message *message)
{
	bool has_data = relay_message_has(message, RELAY_FIELD_DATA);
	size_t length = has_data ? message->data.length : 0;
	struct byte_writer writer = session_writer(
		session, RELAY_FRAME_HEADER_BYTES + RELAY_FIELD_HEADER_BYTES + length);
	size_t start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_PING, RELAY_STATUS_OK,
					 frame->id);

	if (has_data)
		relay_put_bytes(&writer, RELAY_FIELD_DATA, message->data.bytes, length);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static void handle_join(struct worker *worker, struct session *session,
			const struct relay_frame *frame, const struct relay_message *message)
{
	uint32_t members = 0;
	enum relay_status status = room_join(worker, session, message->to_room, &members);
	struct byte_writer writer;
	size_t start;

	if (status != RELAY_STATUS_OK) {
		session_refuse(worker, session, frame, status,
			       status == RELAY_STATUS_FORBIDDEN ? "you are in 64 rooms already"
								: NULL);
		return;
	}
	writer = session_writer(session, 64);
	start = relay_frame_begin(&writer, RELAY_RESPONSE, RELAY_TYPE_JOIN, RELAY_STATUS_OK,
				  frame->id);
	relay_put_u32(&writer, RELAY_FIELD_COUNT, members);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static void handle_leave(struct worker *worker, struct session *session,
			 const struct relay_frame *frame, const struct relay_message *message)
{
	room_leave(worker, session, message->to_room);
	session_respond_ok(worker, session, RELAY_TYPE_LEAVE, frame->id);
}

static void handle_watch(struct worker *worker, struct session *session,
			 const struct relay_frame *frame, const struct relay_message *message)
{
	presence_watch(worker, session, message->flag != 0);
	session_respond_ok(worker, session, RELAY_TYPE_WATCH, frame->id);
}

static void (*const handlers[])(struct worker *worker, struct session *session,
				const struct relay_frame *frame,
				const struct relay_message *message) = {
	[RELAY_TYPE_BYE] = handle_bye,     [RELAY_TYPE_TIME] = handle_time,
	[RELAY_TYPE_NAME] = handle_name,   [RELAY_TYPE_LIST] = handle_list,
	[RELAY_TYPE_SEND] = handle_send,   [RELAY_TYPE_HELLO] = handle_hello,
	[RELAY_TYPE_PING] = handle_ping,   [RELAY_TYPE_JOIN] = handle_join,
	[RELAY_TYPE_LEAVE] = handle_leave, [RELAY_TYPE_ROOMS] = handle_rooms,
	[RELAY_TYPE_WATCH] = handle_watch,
};

bool rate_take(struct worker *worker, struct session *session, uint32_t *wait_ms)
{
	uint64_t rate = worker->shared->config.rate;
	uint64_t tokens;

	if (rate == 0)
		return true;
	/* In thousandths of a request: `rate` of them come back each millisecond, up to what
	 * one second gives. */
	tokens = session->rate_tokens + (worker->now_ms - session->rate_at_ms) * rate;
	if (tokens > rate * 1000)
		tokens = rate * 1000;
	session->rate_at_ms = worker->now_ms;
	session->rate_tokens = (uint32_t)tokens;
	if (tokens < 1000) {
		*wait_ms = (uint32_t)((1000 - tokens + rate - 1) / rate);
		return false;
	}
	session->rate_tokens -= 1000;
	return true;
}

static void refuse_rate(struct worker *worker, struct session *session,
			const struct relay_frame *frame, uint32_t wait_ms)
{
	struct byte_writer writer = session_writer(session, 128);
	size_t start = relay_frame_begin(&writer, RELAY_RESPONSE, frame->type,
					 RELAY_STATUS_RATE_LIMITED, frame->id);

	relay_put_text(&writer, RELAY_FIELD_TEXT, "too many requests in a short time");
	relay_put_u32(&writer, RELAY_FIELD_RETRY_AFTER, wait_ms);
	relay_frame_end(&writer, start);
	session_commit(worker, session, &writer);
}

static void tell_asked(struct worker *worker, const struct session *session,
		       const struct relay_frame *frame, const struct relay_message *message,
		       enum relay_status status)
{
	struct relay_event event = { .kind = RELAY_EVENT_ASKED,
				     .type = frame->type,
				     .status = (uint16_t)status };

	if (!worker_wants_event(worker, event.kind))
		return;
	if (message && relay_message_has(message, RELAY_FIELD_NAME))
		event.name = message->name;
	else if (message && relay_message_has(message, RELAY_FIELD_TO_ROOM))
		event.name = message->to_room;
	worker_tell(worker, session, &event);
}

static void handle_request(struct worker *worker, struct session *session,
			   const struct relay_frame *frame)
{
	enum relay_status status = RELAY_STATUS_OK;
	/* Cleared by the compiler it would cost as much again as decoding does. */
	__attribute__((uninitialized)) struct relay_message message;
	enum relay_message_verdict verdict;
	const char *problem = NULL;
	uint32_t wait_ms = 0;

	if (open_requests_has(&session->requests, frame->id)) {
		session_refuse(worker, session, frame, RELAY_STATUS_MALFORMED,
			       "a request with this id is open");
		return;
	}
	verdict = relay_message_decode(frame, &message, &problem);
	if (verdict == RELAY_MESSAGE_UNKNOWN_TYPE)
		status = RELAY_STATUS_UNSUPPORTED;
	else if (verdict == RELAY_MESSAGE_MALFORMED)
		status = RELAY_STATUS_MALFORMED;
	else if (frame->type != RELAY_TYPE_PING && frame->type != RELAY_TYPE_BYE &&
		 !rate_take(worker, session, &wait_ms))
		status = RELAY_STATUS_RATE_LIMITED;

	tell_asked(worker, session, frame, verdict == RELAY_MESSAGE_OK ? &message : NULL, status);
	if (status == RELAY_STATUS_OK)
		handlers[frame->type](worker, session, frame, &message);
	else if (status == RELAY_STATUS_RATE_LIMITED)
		refuse_rate(worker, session, frame, wait_ms);
	else
		session_refuse(worker, session, frame, status, problem);
}

static void handle_acknowledgement(struct worker *worker, struct session *session,
				   const struct relay_frame *frame)
{
	struct relay_message message;
	const char *problem = NULL;

	switch (relay_message_decode(frame, &message, &problem)) {
	case RELAY_MESSAGE_UNKNOWN_TYPE:
		return;
	case RELAY_MESSAGE_MALFORMED:
		session_fail(worker, session, RELAY_STATUS_MALFORMED, problem);
		return;
	case RELAY_MESSAGE_OK:
		break;
	}
	/* PING asked for no more than a sign of life, and any frame is one. */
	if (frame->type == RELAY_TYPE_SEND)
		delivery_acknowledged(worker, session, frame->id,
				      relay_message_has(&message, RELAY_FIELD_THROUGH)
					      ? message.through
					      : frame->id);
}

void handle_frame(struct worker *worker, struct session *session, const struct relay_frame *frame)
{
	if (frame->kind == RELAY_ACKNOWLEDGEMENT)
		handle_acknowledgement(worker, session, frame);
	else
		handle_request(worker, session, frame);
}
