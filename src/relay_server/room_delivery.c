#include "relay_server/room_delivery.h"

#include <stdlib.h>
#include <string.h>

/* A message to a room, on the sender's worker: the answers of the workers are awaited. */
struct room_send {
	struct room_send *previous; /* in worker->room_sends */
	struct room_send *next;
	struct message_origin origin;
	struct message_record *record; /* a reference, or NULL */
	uint32_t workers_left;
	uint32_t acknowledged;
	bool cut_short; /* by the server's end: how many would have, nobody knows */
};

/* The same on one worker: the acknowledgements of its members are awaited. */
struct room_batch {
	struct room_send *room_send; /* borrowed from the worker `origin` */
	uint32_t members_left;
	uint32_t acknowledged;
	bool cut_short;
	uint8_t origin;
};

_Static_assert(offsetof(struct local_room, by_number) == 0,
	       "a node of by_number is cast to its room");

static struct local_room *find_local(const struct worker *worker, uint64_t number)
{
	struct hash_node *node = hash_table_first_match(&worker->local_rooms, hash_number(number));

	for (; node; node = hash_table_next_match(node)) {
		struct local_room *room = (struct local_room *)(void *)node;

		if (room->number == number)
			return room;
	}
	return NULL;
}

static void local_room_destroy(struct worker *worker, struct local_room *room)
{
	union {
		const uint8_t *shown;
		uint8_t *owned;
	} name = { .shown = room->name.bytes };

	hash_table_remove(&worker->local_rooms, &room->by_number);
	free(name.owned);
	free(room->members);
	free(room);
}

static struct local_room *local_room_create(struct worker *worker, uint64_t number,
					    struct relay_bytes name)
{
	struct local_room *room = calloc(1, sizeof(*room));
	uint8_t *copy = malloc(name.length);

	if (!room || !copy)
		goto free_both;
	memcpy(copy, name.bytes, name.length);
	room->number = number;
	room->name = (struct relay_bytes){ .bytes = copy, .length = name.length };
	if (!hash_table_insert(&worker->local_rooms, &room->by_number, hash_number(number)))
		goto free_both;
	return room;

free_both:
	free(copy);
	free(room);
	return NULL;
}

static bool add_member(struct local_room *room, struct session *session)
{
	if (room->count == room->capacity) {
		uint32_t capacity = room->capacity ? room->capacity * 2 : 4;
		struct session **members =
			realloc(room->members, capacity * sizeof(struct session *));

		if (!members)
			return false;
		room->members = members;
		room->capacity = capacity;
	}
	room->members[room->count++] = session;
	return true;
}

static void remove_member(struct worker *worker, struct local_room *room,
			  const struct session *session)
{
	for (uint32_t i = 0; i < room->count; i++) {
		if (room->members[i] == session) {
			room->members[i] = room->members[--room->count];
			break;
		}
	}
	room_directory_leave(&worker->shared->rooms, room->number, worker->index);
	if (room->count == 0)
		local_room_destroy(worker, room);
}

static int find_joined(const struct session *session, struct relay_bytes name)
{
	for (int i = 0; i < session->room_count; i++) {
		const struct local_room *room = session->rooms[i];

		if (room->name.length == name.length &&
		    memcmp(room->name.bytes, name.bytes, name.length) == 0)
			return i;
	}
	return -1;
}

static enum relay_status join_new(struct worker *worker, struct session *session,
				  struct relay_bytes name, uint32_t *members)
{
	struct local_room *room;
	uint64_t number;

	if (!session->rooms)
		session->rooms = malloc(RELAY_ROOMS_PER_CLIENT_MAX * sizeof(struct local_room *));
	if (!session->rooms ||
	    !room_directory_join(&worker->shared->rooms, name, worker->index, &number, members))
		return RELAY_STATUS_INTERNAL;
	room = find_local(worker, number);
	if (!room)
		room = local_room_create(worker, number, name);
	if (!room)
		goto leave_directory;
	if (!add_member(room, session))
		goto destroy_room;
	session->rooms[session->room_count++] = room;
	return RELAY_STATUS_OK;

destroy_room:
	if (room->count == 0)
		local_room_destroy(worker, room);
leave_directory:
	room_directory_leave(&worker->shared->rooms, number, worker->index);
	return RELAY_STATUS_INTERNAL;
}

enum relay_status room_join(struct worker *worker, struct session *session, struct relay_bytes name,
			    uint32_t *members)
{
	int joined = find_joined(session, name);

	if (joined >= 0) {
		*members = room_directory_members(&worker->shared->rooms,
						  session->rooms[joined]->number);
		return RELAY_STATUS_OK;
	}
	if (session->room_count >= RELAY_ROOMS_PER_CLIENT_MAX)
		return RELAY_STATUS_FORBIDDEN;
	return join_new(worker, session, name, members);
}

void room_leave(struct worker *worker, struct session *session, struct relay_bytes name)
{
	int joined = find_joined(session, name);
	struct local_room *room;

	if (joined < 0)
		return;
	room = session->rooms[joined];
	session->rooms[joined] = session->rooms[--session->room_count];
	remove_member(worker, room, session);
}

void room_leave_all(struct worker *worker, struct session *session)
{
	while (session->room_count > 0)
		remove_member(worker, session->rooms[--session->room_count], session);
	free(session->rooms);
	session->rooms = NULL;
}

static void unlink_send(struct worker *worker, struct room_send *send)
{
	if (send->previous)
		send->previous->next = send->next;
	else
		worker->room_sends = send->next;
	if (send->next)
		send->next->previous = send->previous;
}

/* So many members acknowledged on one worker; with the last worker comes the verdict. */
static void worker_done(struct worker *worker, struct room_send *send, uint32_t acknowledged,
			bool cut_short)
{
	struct message_verdict verdict = { .status = RELAY_STATUS_OK,
					   .outcome = RELAY_OUTCOME_DELIVERED,
					   .to_room = true };

	send->acknowledged += acknowledged;
	send->cut_short |= cut_short;
	if (--send->workers_left > 0)
		return;
	verdict.count = send->acknowledged;
	if (send->cut_short)
		verdict.status = RELAY_STATUS_SHUTTING_DOWN;
	unlink_send(worker, send);
	delivery_verdict(worker, &send->origin, send->record, &verdict);
	free(send);
}

void room_result_from_inbox(struct worker *worker, const struct inbox_item *item)
{
	worker_done(worker, item->room_send, item->count,
		    item->verdict.status == RELAY_STATUS_SHUTTING_DOWN);
}

void room_member_done(struct worker *worker, struct room_batch *batch, enum relay_status status)
{
	struct inbox_item item = { .kind = INBOX_ROOM_RESULT, .room_send = batch->room_send };

	if (status == RELAY_STATUS_OK)
		batch->acknowledged++;
	else if (status == RELAY_STATUS_SHUTTING_DOWN)
		batch->cut_short = true;
	if (--batch->members_left > 0)
		return;
	item.count = batch->acknowledged;
	if (batch->cut_short)
		item.verdict.status = RELAY_STATUS_SHUTTING_DOWN;
	if (batch->origin == worker->index)
		room_result_from_inbox(worker, &item);
	else
		(void)outbox_add(&worker->outboxes[batch->origin], &item, NULL, 0);
	free(batch);
}

/* To all members of this worker but the sender. False: out of memory. */
static bool deliver_local(struct worker *worker, uint64_t number, struct room_send *send,
			  const struct delivery *given)
{
	struct local_room *room = find_local(worker, number);
	struct room_batch *batch = malloc(sizeof(*batch));
	struct delivery delivery = *given;

	if (!batch)
		return false;
	/* One more than there are members: the batch must outlive this loop. */
	*batch = (struct room_batch){ .room_send = send,
				      .members_left = 1,
				      .origin = given->origin.worker };
	delivery.batch = batch;
	for (uint32_t i = 0; room && i < room->count; i++) {
		if (room->members[i]->entry.number == given->origin.sender)
			continue;
		if (delivery_to_session(worker, room->members[i], &delivery) == RELAY_STATUS_OK)
			batch->members_left++;
	}
	if (room)
		worker_charge(worker, room->count);
	room_member_done(worker, batch, RELAY_STATUS_GONE);
	return true;
}

void room_deliver_from_inbox(struct worker *worker, const struct inbox_item *item)
{
	const struct inbox_item nobody = { .kind = INBOX_ROOM_RESULT,
					   .room_send = item->room_send };
	const struct delivery delivery = {
		.origin = item->origin,
		.payload = item->payload,
		.bytes = item->payload ? item->payload->bytes : item->bytes,
		.length = item->payload ? item->payload->length : item->length,
		.received_ms = item->received_ms,
	};

	if (!deliver_local(worker, item->room, item->room_send, &delivery))
		(void)outbox_add(&worker->outboxes[item->origin.worker], &nobody, NULL, 0);
	payload_release(item->payload);
}

/* To the members of all workers that have some. */
static void deliver_everywhere(struct worker *worker, uint64_t number, uint64_t workers,
			       struct room_send *send, const struct delivery *delivery)
{
	const struct inbox_item item = {
		.kind = INBOX_ROOM_DELIVER,
		.room = number,
		.room_send = send,
		.origin = delivery->origin,
		.received_ms = delivery->received_ms,
		.payload = delivery->payload,
	};
	size_t copied = delivery->payload ? 0 : delivery->length;

	for (unsigned i = 0; i < worker->shared->config.workers; i++) {
		if ((workers >> i & 1u) == 0 || i == worker->index)
			continue;
		if (!outbox_has_room(&worker->outboxes[i], delivery->length) ||
		    !outbox_add(&worker->outboxes[i], &item, delivery->bytes, copied))
			continue;
		if (delivery->payload)
			(void)payload_hold(delivery->payload);
		send->workers_left++;
	}
	if ((workers >> worker->index & 1u) == 0)
		return;
	send->workers_left++;
	if (!deliver_local(worker, number, send, delivery))
		send->workers_left--;
}

static void tell_routed(struct worker *worker, const struct session *sender,
			const struct send_order *order)
{
	struct relay_event event = { .kind = RELAY_EVENT_ROUTED,
				     .room = order->room,
				     .bytes = order->data.length };

	if (worker_wants_event(worker, event.kind))
		worker_tell(worker, sender, &event);
}

void room_send_order(struct worker *worker, struct session *sender, const struct send_order *order,
		     struct message_record *record)
{
	enum relay_status status = RELAY_STATUS_NO_SUCH_CLIENT;
	struct room_send *send = NULL;
	struct delivery delivery;
	uint64_t number;
	uint64_t workers;

	if (!room_directory_find(&worker->shared->rooms, order->room, &number, &workers))
		goto fail;
	status = RELAY_STATUS_INTERNAL;
	send = calloc(1, sizeof(*send));
	if (!send || !delivery_build(worker, sender, order, &delivery))
		goto fail;
	tell_routed(worker, sender, order);
	/* One more than there are workers: it must outlive the loop. */
	send->workers_left = 1;
	send->origin = delivery.origin;
	send->record = record;
	send->next = worker->room_sends;
	if (send->next)
		send->next->previous = send;
	worker->room_sends = send;
	deliver_everywhere(worker, number, workers, send, &delivery);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the one more keeps it until here */
	worker_done(worker, send, 0, false);
	payload_release(delivery.payload);
	return;

fail:
	free(send);
	delivery_failed(worker, sender, order, record, status);
}

void room_sends_finish(struct worker *worker)
{
	while (worker->room_sends) {
		struct room_send *send = worker->room_sends;
		const struct message_verdict verdict = { .status = RELAY_STATUS_SHUTTING_DOWN };

		unlink_send(worker, send);
		delivery_verdict(worker, &send->origin, send->record, &verdict);
		free(send);
	}
}
