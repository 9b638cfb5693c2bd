#include "relay_server/presence.h"

#include <string.h>

#include "net/socket.h"
#include "relay_protocol/frame.h"

#define PRESENCE_MAX_BYTES (RELAY_FIELD_HEADER_BYTES + 1 + RELAY_ENTRY_MAX_BYTES)

/* Who has missed one thing is told nothing more, and soon closed: it shall not believe that it
 * knows who is there. Not at once, since its going would be announced while the list is walked. */
static void miss(struct worker *worker, struct session *watcher)
{
	watcher->watch_missed = true;
	session_tick_by(worker, watcher, worker->now_ms);
}

static void tell(struct worker *worker, struct session *watcher, const uint8_t *body, size_t length)
{
	struct byte_writer writer;
	size_t frame;

	/* Many changes can come in one turn; only what the kernel would not take is its fault. */
	if (session_is_busy(watcher) && !watcher->blocked && worker->flush)
		worker->flush(worker, watcher);
	if (session_is_busy(watcher)) {
		miss(worker, watcher);
		return;
	}
	writer = session_writer(watcher, RELAY_FRAME_HEADER_BYTES + length);
	frame = relay_frame_begin(&writer, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, 0);
	byte_write_bytes(&writer, body, length);
	relay_frame_end(&writer, frame);
	session_commit(worker, watcher, &writer);
}

static void tell_watchers(struct worker *worker, uint32_t about, const uint8_t *body, size_t length)
{
	for (struct session *at = worker->watchers; at; at = at->next_watcher) {
		if (at->entry.number != about && !at->watch_missed && at->state == SESSION_OPEN)
			tell(worker, at, body, length);
		worker_charge(worker, 1);
	}
}

bool presence_has_room(const struct worker *worker)
{
	if (atomic_load(&worker->shared->watchers) == 0)
		return true;
	for (unsigned i = 0; i < worker->shared->config.workers; i++) {
		if (i != worker->index &&
		    !outbox_has_room(&worker->outboxes[i], PRESENCE_MAX_BYTES))
			return false;
	}
	return true;
}

/* Without memory for the news, that there were some is told even so. */
static void tell_missed(struct worker *other)
{
	atomic_store(&other->watchers_missed, true);
	net_wake(other->inbox.wake_fd);
}

void presence_announce(struct worker *worker, const struct relay_entry *entry, bool came)
{
	const struct inbox_item item = { .kind = INBOX_PRESENCE, .number = entry->number };
	struct relay_shared *shared = worker->shared;
	uint8_t body[PRESENCE_MAX_BYTES];
	struct byte_writer writer = byte_writer_into(body, sizeof(body));

	/* The directory was changed before, under its lock: who starts to watch after this
	 * look finds the change in the list. */
	if (atomic_load(&shared->watchers) == 0 || worker->shutting_down)
		return;
	relay_put_u8(&writer, RELAY_FIELD_FLAG, came);
	relay_put_entry(&writer, RELAY_FIELD_ENTRY, entry);
	for (unsigned i = 0; i < shared->config.workers; i++) {
		if (i == worker->index)
			tell_watchers(worker, entry->number, body, writer.length);
		else if (!outbox_add(&worker->outboxes[i], &item, body, writer.length))
			tell_missed(shared->workers[i]);
	}
}

void presence_look_missed(struct worker *worker)
{
	if (!atomic_load_explicit(&worker->watchers_missed, memory_order_relaxed) ||
	    !atomic_exchange(&worker->watchers_missed, false))
		return;
	for (struct session *at = worker->watchers; at; at = at->next_watcher)
		miss(worker, at);
}

void presence_from_inbox(struct worker *worker, const struct inbox_item *item)
{
	tell_watchers(worker, item->number, item->bytes, item->length);
}

void presence_watch(struct worker *worker, struct session *session, bool on)
{
	if (session->watching == on)
		return;
	session->watching = on;
	if (on) {
		session->previous_watcher = NULL;
		session->next_watcher = worker->watchers;
		if (worker->watchers)
			worker->watchers->previous_watcher = session;
		worker->watchers = session;
		atomic_fetch_add(&worker->shared->watchers, 1);
		return;
	}
	if (session->previous_watcher)
		session->previous_watcher->next_watcher = session->next_watcher;
	else
		worker->watchers = session->next_watcher;
	if (session->next_watcher)
		session->next_watcher->previous_watcher = session->previous_watcher;
	atomic_fetch_sub(&worker->shared->watchers, 1);
}
