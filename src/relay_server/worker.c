#include "relay_server/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay_server/delivery.h"
#include "relay_server/presence.h"
#include "relay_server/room_delivery.h"

int worker_init(struct worker *worker, struct relay_shared *shared, unsigned index)
{
	int result;

	*worker = (struct worker){ .shared = shared,
				   .index = index,
				   .inbox = { .wake_fd = -1 },
				   .loop = { .epoll_fd = -1 } };
	hash_table_init(&worker->sessions);
	hash_table_init(&worker->local_rooms);
	timer_heap_init(&worker->timers);
	worker->now_ms = clock_elapsed_ms();
	worker->wall_ns = clock_wall_ns();
	worker->receive_buffer = malloc(RELAY_RECEIVE_BYTES);
	if (!worker->receive_buffer)
		return -ENOMEM;
	result = inbox_init(&worker->inbox);
	if (result < 0) {
		free(worker->receive_buffer);
		worker->receive_buffer = NULL;
	}
	return result;
}

void worker_finish(struct worker *worker)
{
	while (worker->taken) {
		struct inbox_batch *next = worker->taken->next;

		worker->taken->next = worker->inbox.first;
		worker->inbox.first = worker->taken;
		worker->taken = next;
	}
	inbox_finish(&worker->inbox);
	for (unsigned i = 0; i < RELAY_WORKERS_MAX; i++)
		outbox_finish(&worker->outboxes[i]);
	hash_table_finish(&worker->sessions);
	hash_table_finish(&worker->local_rooms);
	timer_heap_finish(&worker->timers);
	free(worker->receive_buffer);
	worker->receive_buffer = NULL;
}

struct session *worker_look_up(struct worker *worker, uint32_t number)
{
	struct hash_node *node = hash_table_first_match(&worker->sessions, hash_number(number));

	for (; node; node = hash_table_next_match(node)) {
		struct session *session =
			(struct session *)(void *)((uint8_t *)node -
						   offsetof(struct session, by_number));

		if (session->entry.number == number) {
			worker->recent[number % RECENT_PLACES] = session;
			return session;
		}
	}
	return NULL;
}

static void shut_down(struct worker *worker)
{
	struct hash_node *node;

	worker->shutting_down = true;
	worker->end_by_ms = worker->now_ms + RELAY_SHUTDOWN_WITHIN_S * MS_PER_S;
	for (size_t i = 0; i < worker->sessions.bucket_count; i++) {
		for (node = worker->sessions.buckets[i]; node; node = node->next) {
			struct session *session =
				(struct session *)(void *)((uint8_t *)node -
							   offsetof(struct session, by_number));

			session_shut_down(worker, session);
		}
	}
}

static void adopt(struct worker *worker, const struct inbox_item *item)
{
	struct session *session = NULL;

	if (!worker->shutting_down)
		session = session_create(worker, item->fd, item->number, &item->address,
					 item->classic);
	if (session) {
		if (!worker->adopted(worker, session))
			session_doom(worker, session, "the kernel would not watch it");
		return;
	}
	atomic_fetch_sub_explicit(&worker->session_count, 1, memory_order_relaxed);
	admission_leave(&worker->shared->admission, &item->address);
	(void)close(item->fd);
}

static void read_item(struct worker *worker, const struct inbox_item *item)
{
	switch ((enum inbox_item_kind)item->kind) {
	case INBOX_ADOPT:
		adopt(worker, item);
		break;
	case INBOX_DELIVER:
		delivery_from_inbox(worker, item);
		break;
	case INBOX_VERDICT:
		delivery_verdict_from_inbox(worker, item);
		break;
	case INBOX_ROOM_DELIVER:
		room_deliver_from_inbox(worker, item);
		break;
	case INBOX_ROOM_RESULT:
		room_result_from_inbox(worker, item);
		break;
	case INBOX_PRESENCE:
		presence_from_inbox(worker, item);
		break;
	case INBOX_SHUTDOWN:
		shut_down(worker);
		break;
	}
}

static void take(struct worker *worker)
{
	struct inbox_batch *batches = inbox_take(&worker->inbox);

	if (!batches)
		return;
	if (worker->taken)
		worker->taken_last->next = batches;
	else
		worker->taken = batches;
	while (batches->next)
		batches = batches->next;
	worker->taken_last = batches;
}

bool worker_read_inbox(struct worker *worker)
{
	presence_look_missed(worker);
	take(worker);
	worker->work_left = RELAY_INBOX_TURN_WORK;
	while (worker->taken && worker->work_left > 0) {
		struct inbox_batch *batch = worker->taken;
		const struct inbox_item *item = inbox_batch_next(batch);

		if (item) {
			worker->work_left--;
			read_item(worker, item);
			continue;
		}
		worker->taken = batch->next;
		inbox_batch_done(&worker->inbox, batch);
	}
	return worker->taken != NULL;
}

void worker_run_ready(struct worker *worker)
{
	struct session *session = worker->ready_now;

	worker->ready_now = NULL;
	while (session) {
		struct session *next = session->next_ready;
		size_t room;

		session->is_ready = false;
		if (session->state != SESSION_DEAD) {
			if (session_receive_room(worker, session, &room))
				session_received(worker, session, 0);
			else
				session_doom(worker, session, "the server is out of memory");
			session_mark_dirty(worker, session);
		}
		session = next;
	}
}

void worker_run_timers(struct worker *worker)
{
	struct timer *timer;

	while ((timer = timer_heap_take_due(&worker->timers, worker->now_ms)) != NULL) {
		struct session *session =
			(struct session *)(void *)((uint8_t *)timer -
						   offsetof(struct session, timer));

		session_tick(worker, session);
	}
}

bool worker_flush_outboxes(struct worker *worker)
{
	bool complete = true;

	for (unsigned i = 0; i < worker->shared->config.workers; i++) {
		if (i != worker->index)
			complete &= outbox_flush(&worker->outboxes[i]);
	}
	return complete;
}

void worker_unregister_dead(struct worker *worker)
{
	while (worker->dead) {
		struct session *session = worker->dead;

		worker->dead = session->next_dead;
		session_unregister(worker, session);
		session->next_dead = worker->graves;
		worker->graves = session;
	}
}

static void forget_ready(struct worker *worker, const struct session *session)
{
	struct session **link = &worker->ready;

	while (*link != session)
		link = &(*link)->next_ready;
	*link = session->next_ready;
}

struct session *worker_take_grave(struct worker *worker)
{
	struct session *session = worker->graves;

	if (!session)
		return NULL;
	worker->graves = session->next_dead;
	if (session->is_ready)
		forget_ready(worker, session);
	return session;
}

uint64_t worker_next_deadline(const struct worker *worker)
{
	uint64_t next = timer_heap_next_ms(&worker->timers);

	if (worker->shutting_down && worker->end_by_ms < next)
		next = worker->end_by_ms;
	return next;
}

bool worker_is_done(const struct worker *worker)
{
	return worker->shutting_down &&
	       (worker->sessions.count == 0 || worker->now_ms >= worker->end_by_ms);
}

void worker_tell(struct worker *worker, const struct session *session, struct relay_event *event)
{
	const struct relay_server_config *config = &worker->shared->config;

	event->number = session->entry.number;
	event->address = &session->entry.address;
	event->classic = session->classic;
	config->event(config->event_context, event);
}
