#include "relay_server/worker_loop.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket.h"
#include "relay_server/room_delivery.h"

#define PIECES_PER_SEND 64u

static const char *reset_or(int error)
{
	if (error == -ECONNRESET || error == -EPIPE)
		return "reset by the client";
	if (error == -ETIMEDOUT)
		return "its TCP timed out";
	return "its connection failed";
}

static void update_interest(struct worker *worker, struct session *session)
{
	uint32_t events = 0;

	if (!session->end_of_stream && !session->paused)
		events |= EPOLLIN;
	/* A classic client that is made to wait may leave meanwhile. */
	if (session->paused && session->classic && session->registered)
		events |= EPOLLRDHUP;
	if (session->out.bytes > 0)
		events |= EPOLLOUT;
	event_loop_change(&worker->loop, &session->watch, events);
}

/* Sends what is queued, as far as the kernel takes it. */
static void flush(struct worker *worker, struct session *session)
{
	session_flush_answer(worker, session);
	session->blocked = false;
	while (session->out.bytes > 0 && session->state != SESSION_DEAD) {
		__attribute__((uninitialized)) struct iovec pieces[PIECES_PER_SEND];
		size_t count = out_queue_gather(&session->out, pieces, PIECES_PER_SEND);
		ssize_t sent = net_send(session->watch.fd, pieces, count);
		size_t before = session->out.bytes;

		if (sent < 0 && sent != -EAGAIN) {
			session_doom(worker, session, reset_or((int)sent));
			return;
		}
		session_sent(worker, session, sent < 0 ? 0 : (size_t)sent);
		session->blocked = sent < 0 || (count < PIECES_PER_SEND && (size_t)sent < before);
		if (session->blocked)
			break;
	}
	if (session->state == SESSION_CLOSING && session->out.bytes == 0) {
		net_shut_writing(session->watch.fd);
		session_all_said(worker, session);
	}
	if (session->state != SESSION_DEAD)
		update_interest(worker, session);
}

/* Does what a turn has left to do, until nothing is left: what is sent or fails makes
 * new verdicts, and those new things to send. False: memory ran out on the way. */
static bool end_turn(struct worker *worker)
{
	struct session *session;
	bool complete;

	(void)worker_flush_outboxes(worker);
	while (worker->dirty || worker->dead) {
		worker_unregister_dead(worker);
		session = worker->dirty;
		if (!session)
			continue;
		worker->dirty = session->next_dirty;
		session->is_dirty = false;
		if (session->state != SESSION_DEAD)
			flush(worker, session);
	}
	complete = worker_flush_outboxes(worker);
	while ((session = worker_take_grave(worker)) != NULL) {
		int fd = session->watch.fd;

		event_loop_remove(&worker->loop, &session->watch);
		(void)close(fd);
		session_destroy(worker, session);
		atomic_fetch_sub_explicit(&worker->session_count, 1, memory_order_relaxed);
	}
	return complete;
}

/* Where TCP has acknowledged bytes of a classic client that now leaves, they were passed. */
static void stream_ended(struct worker *worker, struct session *session)
{
	if (session->classic && session->pending)
		session_look_passed(worker, session);
	session_end_of_stream(worker, session);
	session_mark_dirty(worker, session);
}

/* Returns true where there may be more to read. */
static bool receive_once(struct worker *worker, struct session *session)
{
	size_t length;
	uint8_t *room = session_receive_room(worker, session, &length);
	ssize_t got;

	if (!room) {
		session_doom(worker, session, "the server is out of memory");
		return false;
	}
	got = net_receive(session->watch.fd, room, length);
	if (got == -EAGAIN)
		return false;
	if (got < 0) {
		session_doom(worker, session, reset_or((int)got));
		return false;
	}
	if (got == 0) {
		stream_ended(worker, session);
		return false;
	}
	if (session->state == SESSION_OPEN)
		session_received(worker, session, (size_t)got);
	/* Less than there was room for: the kernel has no more just now. */
	return (size_t)got == length;
}

static void receive(struct worker *worker, struct session *session)
{
	for (unsigned i = 0; i < RELAY_READS_PER_TURN; i++) {
		if (session->state == SESSION_DEAD || session->is_ready || session->paused ||
		    session->end_of_stream)
			break;
		if (!receive_once(worker, session))
			break;
	}
	if (session->paused)
		session_mark_dirty(worker, session);
}

static void session_ready(struct fd_watch *watch, uint32_t events, void *context)
{
	struct session *session = (struct session *)(void *)watch;
	struct worker *worker = context;

	if (session->state == SESSION_DEAD)
		return;
	if ((events & EPOLLIN) != 0)
		receive(worker, session);
	if ((events & EPOLLRDHUP) != 0 && session->paused)
		session_unregister(worker, session);
	if ((events & (EPOLLOUT | EPOLLRDHUP)) != 0)
		session_mark_dirty(worker, session);
	/* An error that reading has not met (because it is paused, or the stream has ended)
	 * would wake us for ever. */
	if ((events & (EPOLLERR | EPOLLHUP)) != 0 &&
	    ((events & EPOLLIN) == 0 || session->end_of_stream || session->paused))
		session_doom(worker, session, "reset by the client");
}

static bool adopted(struct worker *worker, struct session *session)
{
	uint32_t keepalive_ms = worker->shared->config.keepalive_ms;

	session->watch.events = EPOLLIN;
	session->watch.ready = session_ready;
	net_set_no_delay(session->watch.fd);
	if (keepalive_ms > 0) {
		net_set_user_timeout(session->watch.fd, keepalive_ms + keepalive_ms / 2);
		if (session->classic)
			net_set_keepalive(session->watch.fd, keepalive_ms);
	}
	return event_loop_add(&worker->loop, &session->watch) == 0;
}

static int64_t unacknowledged(const struct session *session)
{
	return net_unacknowledged(session->watch.fd);
}

static void inbox_ready(struct fd_watch *watch, uint32_t events, void *context)
{
	(void)events;
	(void)context;
	net_wake_clear(watch->fd);
}

static void read_clocks(void *context)
{
	struct worker *worker = context;

	worker->now_ms = clock_elapsed_ms();
	worker->wall_ns = clock_wall_ns();
}

int worker_loop_init(struct worker *worker)
{
	int result = event_loop_init(&worker->loop);

	if (result < 0)
		return result;
	worker->adopted = adopted;
	worker->unacknowledged = unacknowledged;
	worker->flush = flush;
	worker->inbox_watch = (struct fd_watch){ .fd = worker->inbox.wake_fd,
						 .events = EPOLLIN,
						 .ready = inbox_ready };
	return event_loop_add(&worker->loop, &worker->inbox_watch);
}

static int wait_ms(const struct worker *worker, bool busy, bool complete)
{
	uint64_t next = worker_next_deadline(worker);
	uint64_t now = clock_elapsed_ms();

	if (busy || worker->ready || next <= now)
		return 0;
	if (!complete && next > now + RELAY_MEMORY_RETRY_MS)
		next = now + RELAY_MEMORY_RETRY_MS;
	if (next == TIMER_NEVER)
		return -1;
	return next - now > INT_MAX ? INT_MAX : (int)(next - now);
}

void *worker_loop_run(void *context)
{
	struct worker *worker = context;
	bool complete = true;
	bool busy = false;

	while (!worker_is_done(worker)) {
		int timeout_ms = wait_ms(worker, busy, complete);

		/* Who has used up its turn is only served again after everybody else was. */
		worker->ready_now = worker->ready;
		worker->ready = NULL;
		(void)event_loop_turn(&worker->loop, timeout_ms, read_clocks, worker);
		busy = worker_read_inbox(worker);
		worker_run_ready(worker);
		worker_run_timers(worker);
		complete = end_turn(worker);
	}
	return NULL;
}

static void doom_all(struct worker *worker)
{
	for (size_t i = 0; i < worker->sessions.bucket_count; i++) {
		for (struct hash_node *node = worker->sessions.buckets[i]; node; node = node->next)
			session_doom(
				worker,
				(struct session *)(void *)((uint8_t *)node -
							   offsetof(struct session, by_number)),
				"the server is shutting down");
	}
}

void worker_loop_finish(struct worker *worker)
{
	/* What is still on its way to us comes to its end here, and so gives up what it holds. */
	worker->shutting_down = true;
	while (worker->loop.epoll_fd >= 0 && worker_read_inbox(worker)) {
	}
	doom_all(worker);
	if (worker->loop.epoll_fd >= 0)
		(void)end_turn(worker);
	room_sends_finish(worker);
	event_loop_finish(&worker->loop);
}
