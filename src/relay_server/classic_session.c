#include "relay_server/classic_session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay_server/requests.h"

#define GREETING "Hello! This is the Wiretale relay, classic dialect."

void classic_greet(struct worker *worker, struct session *session)
{
	struct byte_writer writer = session_writer(session, CLASSIC_DATA_BYTES);
	uint8_t *room = byte_writer_room(&writer, CLASSIC_DATA_BYTES);

	if (room)
		classic_hello_encode(GREETING, room);
	session_commit(worker, session, &writer);
}

static void reply(struct worker *worker, struct session *session, enum classic_type type,
		  const char *text)
{
	struct byte_writer writer = session_writer(session, CLASSIC_MESSAGE_BYTES);
	uint8_t *room = byte_writer_room(&writer, CLASSIC_MESSAGE_BYTES);

	if (room)
		(void)classic_message_encode(type, text, strlen(text), room);
	session_commit(worker, session, &writer);
}

static void handle_classic_send(struct worker *worker, struct session *session,
				const struct classic_message *message)
{
	struct send_order order = { 0 };
	struct message_record *record;
	struct directory_place to;
	struct classic_send send;

	if (!classic_send_decode(message, &send)) {
		reply(worker, session, CLASSIC_SEND, "malformed");
		return;
	}
	if (session->requests.count >= RELAY_OPEN_SENDS_MAX) {
		reply(worker, session, CLASSIC_SEND, "busy");
		return;
	}
	/* The dialect has no ids; ours only tie the verdict to its message. No PING is
	 * sent to classic clients, so that counter is free; 0 means no id. */
	if (++session->last_ping_id == 0)
		session->last_ping_id = 1;
	order.request_id = session->last_ping_id;
	order.data = send.content;
	if (!delivery_begin(worker, session, &order, &record))
		return;
	if (directory_find_address(&worker->shared->directory, &send.to, &to))
		delivery_to_client(worker, session, &order, record, to);
	else
		delivery_failed(worker, session, &order, record, RELAY_STATUS_NO_SUCH_CLIENT);
}

static void tell_asked(struct worker *worker, const struct session *session, uint16_t type)
{
	struct relay_event event = { .kind = RELAY_EVENT_ASKED, .type = type };

	if (worker_wants_event(worker, event.kind))
		worker_tell(worker, session, &event);
}

static void answer_request(struct worker *worker, struct session *session,
			   const struct classic_message *message)
{
	char text[CLASSIC_DATA_BYTES] = "";

	switch (message->type) {
	case CLASSIC_TIME:
		(void)snprintf(text, sizeof(text), "%" PRIu64, clock_wall_ns() / NS_PER_S);
		reply(worker, session, CLASSIC_TIME, text);
		break;
	case CLASSIC_NAME:
		(void)gethostname(text, sizeof(text) - 1);
		reply(worker, session, CLASSIC_NAME, text);
		break;
	case CLASSIC_CLIENT:
		(void)directory_list_classic(&worker->shared->directory, &session->entry, text);
		reply(worker, session, CLASSIC_CLIENT, text);
		break;
	case CLASSIC_SEND:
		handle_classic_send(worker, session, message);
		break;
	default: /* an unknown type is ignored */
		break;
	}
}

bool classic_handle(struct worker *worker, struct session *session,
		    const struct classic_message *message)
{
	uint32_t wait_ms = 0;

	if (message->type == CLASSIC_CANCEL) {
		tell_asked(worker, session, RELAY_TYPE_BYE);
		session_start_leaving(worker, session, "said CANCEL");
		return true;
	}
	/* There is no word for "too many" that the dialect's clients would understand: they
	 * are made to wait instead. */
	if (!rate_take(worker, session, &wait_ms)) {
		session->paused = true;
		session_tick_by(worker, session, worker->now_ms + wait_ms);
		return false;
	}
	/* Types 1 to 5 have the same numbers in both dialects. */
	if (message->type <= CLASSIC_SEND)
		tell_asked(worker, session, (uint16_t)message->type);
	answer_request(worker, session, message);
	return true;
}

void classic_answer(struct worker *worker, struct session *session,
		    const struct message_verdict *verdict)
{
	const char *word = relay_status_slug(verdict->status);

	if (verdict->status == RELAY_STATUS_OK)
		word = "delivered";
	else if (verdict->status == RELAY_STATUS_NO_SUCH_CLIENT)
		word = "no this port";
	reply(worker, session, CLASSIC_SEND, word);
}

enum relay_status classic_deliver(struct worker *worker, struct session *recipient,
				  const struct delivery *delivery)
{
	const struct relay_frame frame = {
		.kind = RELAY_INDICATION,
		.type = RELAY_TYPE_SEND,
		.id = 1,
		.length = delivery->length,
		.body = delivery->bytes,
	};
	uint8_t encoded[CLASSIC_MESSAGE_BYTES];
	struct relay_message message;
	struct byte_writer writer;

	/* Our own words: they decode. */
	if (relay_message_decode(&frame, &message, NULL) != RELAY_MESSAGE_OK)
		return RELAY_STATUS_INTERNAL;
	if (message.data.length > CLASSIC_TEXT_MAX_BYTES)
		return RELAY_STATUS_TOO_LARGE;
	if (!classic_message_encode(CLASSIC_SEND, message.data.bytes, message.data.length, encoded))
		return RELAY_STATUS_UNSUPPORTED;
	writer = session_writer(recipient, sizeof(encoded));
	byte_write_bytes(&writer, encoded, sizeof(encoded));
	session_commit(worker, recipient, &writer);
	return RELAY_STATUS_OK;
}
