#include "relay_server/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/classic_session.h"
#include "relay_server/room_delivery.h"

/* To answer one more of a run costs a fraction of reading an item. */
#define VERDICTS_PER_UNIT 8u

/* All fields of a SEND indication but DATA's value. */
#define BODY_BESIDE_DATA_MAX                                                                       \
	(RELAY_ENTRY_MAX_BYTES + RELAY_FIELD_HEADER_BYTES + (RELAY_FIELD_HEADER_BYTES + 8) +       \
	 (RELAY_FIELD_HEADER_BYTES + RELAY_NAME_MAX_BYTES) +                                       \
	 (RELAY_FIELD_HEADER_BYTES + RELAY_MESSAGE_ID_BYTES))

_Static_assert(BODY_BESIDE_DATA_MAX + RELAY_PAYLOAD_SHARED_BYTES <=
		       sizeof(((struct worker *)NULL)->scratch),
	       "a small body fits the scratch");

static struct message_origin origin_of(const struct worker *worker, const struct session *sender,
				       uint32_t request_id)
{
	return (struct message_origin){ .sender = sender->entry.number,
					.request_id = request_id,
					.worker = (uint8_t)worker->index };
}

static void build_sender_field(struct sender_field *from, const struct session *sender)
{
	struct byte_writer writer = byte_writer_into(from->bytes, sizeof(from->bytes));
	struct relay_entry view = directory_entry_view(&sender->entry);

	relay_put_entry(&writer, RELAY_FIELD_FROM, &view);
	from->number = sender->entry.number;
	from->length = (uint32_t)writer.length;
}

bool delivery_build(struct worker *worker, struct session *sender, const struct send_order *order,
		    struct delivery *out)
{
	struct payload *payload = NULL;
	struct byte_writer writer = byte_writer_into(worker->scratch, sizeof(worker->scratch));

	/* Who sends once mostly sends again: its field is put together only once. */
	if (worker->from.number != sender->entry.number)
		build_sender_field(&worker->from, sender);

	if (order->data.length > RELAY_PAYLOAD_SHARED_BYTES) {
		payload = payload_create(BODY_BESIDE_DATA_MAX + order->data.length);
		if (!payload)
			return false;
		writer = byte_writer_into(payload->bytes, payload->length);
	}
	byte_write_bytes(&writer, worker->from.bytes, worker->from.length);
	relay_put_bytes(&writer, RELAY_FIELD_DATA, order->data.bytes, order->data.length);
	relay_put_u64(&writer, RELAY_FIELD_TIME, worker->wall_ns);
	if (order->room.bytes)
		relay_put_bytes(&writer, RELAY_FIELD_TO_ROOM, order->room.bytes,
				order->room.length);
	if (order->message_id)
		relay_put_bytes(&writer, RELAY_FIELD_MESSAGE_ID, order->message_id,
				RELAY_MESSAGE_ID_BYTES);
	if (payload)
		payload->length = (uint32_t)writer.length;
	*out = (struct delivery){
		.origin = origin_of(worker, sender, order->request_id),
		.payload = payload,
		.bytes = writer.bytes,
		.length = (uint32_t)writer.length,
		.received_ms = (uint32_t)worker->now_ms,
	};
	return true;
}

bool delivery_begin(struct worker *worker, struct session *sender, const struct send_order *order,
		    struct message_record **record)
{
	struct message_origin origin = origin_of(worker, sender, order->request_id);
	struct message_verdict verdict = { .status = RELAY_STATUS_INTERNAL };

	if (!open_requests_add(&sender->requests, order->request_id, (uint32_t)worker->now_ms)) {
		session_answer(worker, sender, order->request_id, &verdict);
		return false;
	}
	session_tick_by(worker, sender, worker->now_ms + RELAY_VERDICT_WITHIN_MS);
	*record = NULL;
	if (!order->message_id)
		return true;
	switch (message_ids_ask(&worker->shared->message_ids, order->message_id, &origin,
				worker->now_ms, record, &verdict)) {
	case MESSAGE_ID_NEW:
		return true;
	case MESSAGE_ID_WAIT:
		return false;
	case MESSAGE_ID_VERDICT:
	case MESSAGE_ID_FAILED:
		break;
	}
	delivery_answer(worker, &origin, &verdict);
	return false;
}

void delivery_failed(struct worker *worker, struct session *sender, const struct send_order *order,
		     struct message_record *record, enum relay_status status)
{
	struct message_origin origin = origin_of(worker, sender, order->request_id);
	const struct message_verdict verdict = { .status = (uint16_t)status };

	delivery_verdict(worker, &origin, record, &verdict);
}

/* To a session of this worker, a verdict following at once where it can't be. */
static void to_local(struct worker *worker, uint32_t number, const struct delivery *delivery)
{
	struct session *recipient = worker_find(worker, number);
	enum relay_status status = RELAY_STATUS_NO_SUCH_CLIENT;

	if (recipient)
		status = delivery_to_session(worker, recipient, delivery);
	if (status != RELAY_STATUS_OK) {
		const struct message_verdict verdict = { .status = (uint16_t)status };

		delivery_verdict(worker, &delivery->origin, delivery->record, &verdict);
	}
}

static enum relay_status to_worker(struct worker *worker, struct directory_place to,
				   const struct delivery *delivery)
{
	struct outbox *outbox = &worker->outboxes[to.worker];
	const struct inbox_item item = {
		.kind = INBOX_DELIVER,
		.number = to.number,
		.received_ms = delivery->received_ms,
		.origin = delivery->origin,
		.record = delivery->record,
		.payload = delivery->payload,
	};

	if (!outbox_has_room(outbox, delivery->length))
		return RELAY_STATUS_BUSY;
	if (!outbox_add(outbox, &item, delivery->bytes, delivery->payload ? 0 : delivery->length))
		return RELAY_STATUS_INTERNAL;
	if (delivery->payload)
		(void)payload_hold(delivery->payload);
	return RELAY_STATUS_OK;
}

void delivery_to_client(struct worker *worker, struct session *sender,
			const struct send_order *order, struct message_record *record,
			struct directory_place to)
{
	struct delivery delivery;
	enum relay_status status;

	if (!delivery_build(worker, sender, order, &delivery)) {
		delivery_failed(worker, sender, order, record, RELAY_STATUS_INTERNAL);
		return;
	}
	delivery.record = record;
	if (worker_wants_event(worker, RELAY_EVENT_ROUTED)) {
		struct relay_event event = { .kind = RELAY_EVENT_ROUTED,
					     .to = to.number,
					     .bytes = order->data.length };

		worker_tell(worker, sender, &event);
	}
	if (to.worker == worker->index) {
		to_local(worker, to.number, &delivery);
	} else {
		status = to_worker(worker, to, &delivery);
		if (status != RELAY_STATUS_OK)
			delivery_failed(worker, sender, order, record, status);
	}
	payload_release(delivery.payload);
}

void delivery_from_inbox(struct worker *worker, const struct inbox_item *item)
{
	const struct delivery delivery = {
		.origin = item->origin,
		.record = item->record,
		.payload = item->payload,
		.bytes = item->payload ? item->payload->bytes : item->bytes,
		.length = item->payload ? item->payload->length : item->length,
		.received_ms = item->received_ms,
	};

	to_local(worker, item->number, &delivery);
	payload_release(item->payload);
}

static bool has_window(struct session *recipient)
{
	if (!recipient->pending) {
		recipient->pending = malloc(sizeof(*recipient->pending));
		if (!recipient->pending)
			return false;
		pending_window_init(recipient->pending);
	}
	return true;
}

/*
 * Queues the indication; an end of memory ends the session, and with it the delivery. The queue's
 * ceiling is not looked at: below RELAY_QUEUE_BUSY_BYTES there is room for any one message.
 */
static void queue_indication(struct worker *worker, struct session *recipient, uint32_t id,
			     const struct delivery *delivery)
{
	size_t copied = delivery->payload ? 0 : delivery->length;
	uint8_t *room = out_queue_room(&recipient->out, RELAY_FRAME_HEADER_BYTES + copied);
	const struct relay_frame header = { .kind = RELAY_INDICATION,
					    .type = RELAY_TYPE_SEND,
					    .id = id,
					    .length = delivery->length };

	if (!room) {
		session_doom(worker, recipient, "the server is out of memory");
		return;
	}
	relay_frame_header(room, &header);
	if (copied > 0)
		memcpy(room + RELAY_FRAME_HEADER_BYTES, delivery->bytes, copied);
	out_queue_commit(&recipient->out, RELAY_FRAME_HEADER_BYTES + copied);
	if (!recipient->is_dirty)
		session_mark_dirty(worker, recipient);
	if (delivery->payload && !out_queue_share(&recipient->out, delivery->payload))
		session_doom(worker, recipient, "the server is out of memory");
}

static enum relay_status hand_over(struct worker *worker, struct session *recipient,
				   const struct delivery *delivery)
{
	const struct pending_message message = {
		.id = recipient->last_send_id + 1,
		.sender = delivery->origin.sender,
		.request_id = delivery->origin.request_id,
		.sender_worker = delivery->origin.worker,
		.received_ms = delivery->received_ms,
		.record = delivery->record,
		.batch = delivery->batch,
		.sent_through = recipient->out.total + CLASSIC_MESSAGE_BYTES,
	};
	enum relay_status status = RELAY_STATUS_OK;

	if (!has_window(recipient))
		return RELAY_STATUS_INTERNAL;
	if (recipient->pending->open >= RELAY_UNACKNOWLEDGED_MAX)
		return RELAY_STATUS_BUSY;
	if (!pending_window_push(recipient->pending, &message))
		return RELAY_STATUS_INTERNAL;
	recipient->last_send_id++;
	if (recipient->classic)
		status = classic_deliver(worker, recipient, delivery);
	else
		queue_indication(worker, recipient, message.id, delivery);
	if (status != RELAY_STATUS_OK) {
		pending_window_close(recipient->pending, recipient->pending->tail - 1);
		pending_window_tidy(recipient->pending);
		return status;
	}
	session_tick_by(worker, recipient, worker->now_ms + RELAY_ACKNOWLEDGE_WITHIN_S * MS_PER_S);
	return RELAY_STATUS_OK;
}

enum relay_status delivery_to_session(struct worker *worker, struct session *recipient,
				      const struct delivery *delivery)
{
	if (worker->shutting_down)
		return RELAY_STATUS_SHUTTING_DOWN;
	if (!recipient->registered || recipient->state != SESSION_OPEN)
		return RELAY_STATUS_NO_SUCH_CLIENT;
	/* Much can come in one turn; only what the kernel would not take is a reader's fault. */
	if (session_is_busy(recipient) && !recipient->blocked && worker->flush)
		worker->flush(worker, recipient);
	if (recipient->state != SESSION_OPEN)
		return RELAY_STATUS_GONE;
	if (session_is_busy(recipient))
		return RELAY_STATUS_BUSY;
	/* The ids of a connection are used up, after 4 billion messages: clients connect
	 * again, and a number is never given twice. */
	if (recipient->last_send_id == UINT32_MAX) {
		session_doom(worker, recipient, "it was sent as many messages as can be numbered");
		return RELAY_STATUS_GONE;
	}
	return hand_over(worker, recipient, delivery);
}

static inline void answer_local(struct worker *worker, uint32_t number, uint32_t request_id,
				const struct message_verdict *verdict)
{
	struct session *sender = worker_find(worker, number);

	if (sender && open_requests_remove(&sender->requests, request_id))
		session_answer(worker, sender, request_id, verdict);
}

void delivery_answer(struct worker *worker, const struct message_origin *origin,
		     const struct message_verdict *verdict)
{
	if (origin->worker != worker->index) {
		/* Without memory the sender's own deadline answers in our place. */
		(void)outbox_add_verdict(&worker->outboxes[origin->worker], origin, verdict);
		return;
	}
	answer_local(worker, origin->sender, origin->request_id, verdict);
}

static void answer_all(struct worker *worker, struct message_record *record,
		       const struct message_verdict *verdict, bool keep_late)
{
	struct message_origin *origins;
	size_t count = message_ids_verdict(&worker->shared->message_ids, record, verdict, keep_late,
					   &origins);

	for (size_t i = 0; i < count; i++)
		delivery_answer(worker, &origins[i], verdict);
	free(origins);
}

void delivery_verdict_from_inbox(struct worker *worker, const struct inbox_item *item)
{
	uint32_t count = item->through - item->origin.request_id + 1;

	worker_charge(worker, count / VERDICTS_PER_UNIT);
	for (uint32_t i = 0; i < count; i++)
		answer_local(worker, item->origin.sender, item->origin.request_id + i,
			     &item->verdict);
}

void delivery_verdict(struct worker *worker, const struct message_origin *origin,
		      struct message_record *record, const struct message_verdict *verdict)
{
	if (record)
		answer_all(worker, record, verdict, false);
	else
		delivery_answer(worker, origin, verdict);
}

/* One message of a window has come to its end. */
static void settle(struct worker *worker, const struct pending_message *message,
		   enum relay_status status, enum relay_outcome outcome)
{
	const struct message_verdict verdict = { .status = (uint16_t)status,
						 .outcome = (uint8_t)outcome };
	const struct message_origin origin = { .sender = message->sender,
					       .request_id = message->request_id,
					       .worker = message->sender_worker };

	if (message->batch)
		room_member_done(worker, message->batch, status);
	else
		delivery_verdict(worker, &origin, message->record, &verdict);
}

void delivery_acknowledged(struct worker *worker, struct session *recipient, uint32_t id,
			   uint32_t through)
{
	static const struct message_verdict delivered = { .outcome = RELAY_OUTCOME_DELIVERED };
	struct pending_window *window = recipient->pending;
	struct message_record *late;

	if (!window)
		return;
	for (uint32_t i = pending_window_seek(window, id);
	     i < window->tail && window->messages[i].id <= through; i++) {
		const struct pending_message *message = &window->messages[i];

		if (!message->open)
			continue;
		pending_window_close(window, i);
		/* What most are is answered here, without a detour. */
		if (!message->batch && !message->record && message->sender_worker == worker->index)
			answer_local(worker, message->sender, message->request_id, &delivered);
		else
			settle(worker, message, RELAY_STATUS_OK, RELAY_OUTCOME_DELIVERED);
	}
	while (window->late_count > 0 &&
	       (late = pending_window_take_late(window, id, through)) != NULL)
		message_ids_late(&worker->shared->message_ids, late);
	pending_window_tidy(window);
}

void delivery_passed(struct worker *worker, struct session *recipient, uint64_t total)
{
	struct pending_window *window = recipient->pending;

	for (uint32_t i = window->head; i < window->tail; i++) {
		if (window->messages[i].sent_through > total)
			break;
		if (!window->messages[i].open)
			continue;
		pending_window_close(window, i);
		settle(worker, &window->messages[i], RELAY_STATUS_OK, RELAY_OUTCOME_PASSED);
	}
	pending_window_tidy(window);
}

static void time_out(struct worker *worker, struct pending_window *window,
		     const struct pending_message *message)
{
	const struct message_verdict verdict = { .status = RELAY_STATUS_TIMEOUT };
	struct message_record *displaced;

	if (!message->record || message->batch) {
		settle(worker, message, RELAY_STATUS_TIMEOUT, 0);
		return;
	}
	answer_all(worker, message->record, &verdict, true);
	displaced = pending_window_keep_late(window, message->id, message->record);
	if (displaced)
		message_ids_forget(&worker->shared->message_ids, displaced);
}

void delivery_time_out(struct worker *worker, struct session *recipient)
{
	struct pending_window *window = recipient->pending;

	for (uint32_t i = window->head; i < window->tail; i++) {
		/* Signed: the sender's worker may have read its clock after we read ours. */
		int32_t age_ms =
			(int32_t)((uint32_t)worker->now_ms - window->messages[i].received_ms);

		if (!window->messages[i].open)
			continue;
		if (age_ms < (int32_t)(RELAY_ACKNOWLEDGE_WITHIN_S * MS_PER_S))
			break;
		pending_window_close(window, i);
		time_out(worker, window, &window->messages[i]);
	}
	pending_window_tidy(window);
}

void delivery_recipient_gone(struct worker *worker, struct session *recipient)
{
	enum relay_status status =
		worker->shutting_down ? RELAY_STATUS_SHUTTING_DOWN : RELAY_STATUS_GONE;
	struct pending_window *window = recipient->pending;

	if (!window)
		return;
	recipient->pending = NULL;
	for (uint32_t i = window->head; i < window->tail; i++) {
		if (window->messages[i].open)
			settle(worker, &window->messages[i], status, 0);
	}
	for (uint32_t i = 0; i < window->late_count; i++)
		message_ids_gone(&worker->shared->message_ids, window->late[i].record);
	pending_window_finish(window);
	free(window);
}
