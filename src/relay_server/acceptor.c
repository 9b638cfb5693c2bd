#include "relay_server/acceptor.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket.h"
#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"

static void wake_ready(struct fd_watch *watch, uint32_t events, void *context)
{
	(void)events;
	(void)context;
	net_wake_clear(watch->fd);
}

int acceptor_init(struct acceptor *acceptor, struct relay_shared *shared)
{
	int result;

	*acceptor = (struct acceptor){ .shared = shared,
				       .spare_fd = net_spare_open(),
				       .loop = { .epoll_fd = -1 },
				       .wake = { .fd = net_wake_open(), .events = EPOLLIN } };
	timer_heap_init(&acceptor->timers);
	timer_init(&acceptor->pause);
	for (size_t i = 0; i < RELAY_REFUSED_MAX; i++) {
		acceptor->refused[i].watch.fd = -1;
		timer_init(&acceptor->refused[i].timer);
		if (!timer_heap_reserve(&acceptor->timers))
			return -ENOMEM;
	}
	if (!timer_heap_reserve(&acceptor->timers))
		return -ENOMEM;
	if (acceptor->wake.fd < 0)
		return acceptor->wake.fd;
	result = event_loop_init(&acceptor->loop);
	if (result < 0)
		return result;
	acceptor->wake.ready = wake_ready;
	return event_loop_add(&acceptor->loop, &acceptor->wake);
}

static void close_listeners(struct acceptor *acceptor)
{
	for (size_t i = 0; i < acceptor->listener_count; i++) {
		int fd = acceptor->listeners[i].watch.fd;

		event_loop_remove(&acceptor->loop, &acceptor->listeners[i].watch);
		if (fd >= 0)
			(void)close(fd);
	}
	acceptor->listener_count = 0;
}

static void forget_refused(struct acceptor *acceptor, struct refused *refused)
{
	int fd = refused->watch.fd;

	timer_heap_set(&acceptor->timers, &refused->timer, TIMER_NEVER);
	event_loop_remove(&acceptor->loop, &refused->watch);
	(void)close(fd);
}

void acceptor_finish(struct acceptor *acceptor)
{
	close_listeners(acceptor);
	for (size_t i = 0; i < RELAY_REFUSED_MAX; i++) {
		if (acceptor->refused[i].watch.fd >= 0)
			forget_refused(acceptor, &acceptor->refused[i]);
	}
	for (unsigned i = 0; i < RELAY_WORKERS_MAX; i++)
		outbox_finish(&acceptor->outboxes[i]);
	timer_heap_finish(&acceptor->timers);
	event_loop_finish(&acceptor->loop);
	if (acceptor->wake.fd >= 0)
		(void)close(acceptor->wake.fd);
	if (acceptor->spare_fd >= 0)
		(void)close(acceptor->spare_fd);
	acceptor->wake.fd = -1;
	acceptor->spare_fd = -1;
}

static void tell(struct acceptor *acceptor, struct relay_event *event)
{
	const struct relay_server_config *config = &acceptor->shared->config;

	if ((config->event_mask >> event->kind & 1u) != 0)
		config->event(config->event_context, event);
}

static struct relay_address to_relay_address(const struct net_address *address)
{
	struct relay_address out = { .family = (uint8_t)net_address_family(address),
				     .port = net_address_port(address) };

	net_address_ip(address, out.bytes);
	return out;
}

/* Its peer closes, or sends what nobody reads. */
static void refused_ready(struct fd_watch *watch, uint32_t events, void *context)
{
	struct refused *refused = (struct refused *)(void *)watch;
	uint8_t ignored[4096];
	ssize_t got = net_receive(watch->fd, ignored, sizeof(ignored));

	(void)events;
	if (got == 0 || (got < 0 && got != -EAGAIN))
		forget_refused(context, refused);
}

static size_t refusal(bool classic, const char *why, uint8_t out[512])
{
	struct byte_writer writer = byte_writer_into(out, 512);
	size_t frame;

	if (classic) {
		classic_hello_encode(why, out);
		return CLASSIC_DATA_BYTES;
	}
	frame = relay_frame_begin(&writer, RELAY_INDICATION, RELAY_TYPE_ERROR, RELAY_STATUS_BUSY,
				  0);
	relay_put_text(&writer, RELAY_FIELD_TEXT, why);
	relay_frame_end(&writer, frame);
	return writer.length;
}

/*
 * Says why and shuts our side. Closing at once would let the kernel answer bytes that the
 * peer has sent with a reset, which destroys the words; so the connection is kept for
 * a second, where there is a place for it.
 */
static void refuse(struct acceptor *acceptor, int fd, bool classic, const char *why)
{
	uint8_t bytes[512];
	struct iovec piece = { .iov_base = bytes, .iov_len = refusal(classic, why, bytes) };

	(void)net_send(fd, &piece, 1);
	net_shut_writing(fd);
	for (size_t i = 0; i < RELAY_REFUSED_MAX; i++) {
		struct refused *refused = &acceptor->refused[i];

		if (refused->watch.fd >= 0)
			continue;
		refused->watch =
			(struct fd_watch){ .fd = fd, .events = EPOLLIN, .ready = refused_ready };
		if (event_loop_add(&acceptor->loop, &refused->watch) < 0) {
			refused->watch.fd = -1;
			break;
		}
		timer_heap_set(&acceptor->timers, &refused->timer,
			       acceptor->now_ms + RELAY_DISCARD_WITHIN_S * MS_PER_S);
		return;
	}
	(void)close(fd);
}

static void refuse_and_tell(struct acceptor *acceptor, int fd, const struct relay_address *address,
			    bool classic, const char *why)
{
	struct relay_event event = {
		.kind = RELAY_EVENT_REFUSED, .address = address, .classic = classic, .text = why
	};

	refuse(acceptor, fd, classic, why);
	tell(acceptor, &event);
}

/* Who was busy since the last look; the time between is long where few connect. */
static void look_who_is_busy(struct acceptor *acceptor)
{
	uint64_t now_ns = clock_elapsed_ns();
	uint64_t elapsed_ns = now_ns - acceptor->looked_ns;

	if (elapsed_ns < RELAY_BUSY_LOOK_MS * NS_PER_MS)
		return;
	acceptor->looked_ns = now_ns;
	for (unsigned i = 0; i < acceptor->shared->config.workers; i++) {
		uint64_t cpu_ns = clock_cpu_ns(acceptor->shared->workers[i]->cpu_clock);

		acceptor->loads[i].is_busy =
			placement_is_busy(cpu_ns - acceptor->cpu_ns[i], elapsed_ns);
		acceptor->cpu_ns[i] = cpu_ns;
	}
}

static unsigned choose_worker(struct acceptor *acceptor)
{
	unsigned count = acceptor->shared->config.workers;

	look_who_is_busy(acceptor);
	for (unsigned i = 0; i < count; i++)
		acceptor->loads[i].connections = atomic_load_explicit(
			&acceptor->shared->workers[i]->session_count, memory_order_relaxed);
	return placement_choose(acceptor->loads, count, acceptor->shared->config.group);
}

static void admit(struct acceptor *acceptor, int fd, const struct relay_address *address,
		  bool classic)
{
	unsigned chosen = choose_worker(acceptor);
	const struct inbox_item item = { .kind = INBOX_ADOPT,
					 .fd = fd,
					 .number = acceptor->last_number + 1,
					 .classic = classic,
					 .address = *address };
	const char *why = admission_enter(&acceptor->shared->admission, address);

	if (why) {
		refuse_and_tell(acceptor, fd, address, classic, why);
		return;
	}
	if (acceptor->last_number == UINT32_MAX ||
	    !outbox_add(&acceptor->outboxes[chosen], &item, NULL, 0)) {
		admission_leave(&acceptor->shared->admission, address);
		refuse_and_tell(acceptor, fd, address, classic,
				"the server is out of memory or numbers");
		return;
	}
	acceptor->last_number++;
	atomic_fetch_add_explicit(&acceptor->shared->workers[chosen]->session_count, 1,
				  memory_order_relaxed);
}

static void pause_accepting(struct acceptor *acceptor)
{
	for (size_t i = 0; i < acceptor->listener_count; i++)
		event_loop_change(&acceptor->loop, &acceptor->listeners[i].watch, 0);
	timer_heap_set(&acceptor->timers, &acceptor->pause,
		       acceptor->now_ms + RELAY_ACCEPT_PAUSE_MS);
}

/*
 * No descriptor is left, so that the connection can't even be accepted to be refused, and
 * would wake us for ever. The spare one makes room: it is closed, the peer accepted, told,
 * closed, and the spare opened again.
 */
static void refuse_without_descriptors(struct acceptor *acceptor, struct listener *listener,
				       int error)
{
	struct relay_event event = { .kind = RELAY_EVENT_TROUBLE,
				     .text = "cannot accept a connection",
				     .error = -error };
	uint8_t bytes[512];
	struct iovec piece = {
		.iov_base = bytes,
		.iov_len = refusal(listener->classic, "the server is full", bytes),
	};
	struct net_address remote;
	int fd = -1;

	if (acceptor->spare_fd >= 0) {
		(void)close(acceptor->spare_fd);
		fd = net_accept(listener->watch.fd, &remote);
	}
	if (fd >= 0) {
		(void)net_send(fd, &piece, 1);
		net_shut_writing(fd);
		(void)close(fd);
	}
	acceptor->spare_fd = net_spare_open();
	tell(acceptor, &event);
	if (fd < 0)
		pause_accepting(acceptor);
}

static void listener_ready(struct fd_watch *watch, uint32_t events, void *context)
{
	struct listener *listener = (struct listener *)(void *)watch;
	struct acceptor *acceptor = context;

	(void)events;
	for (unsigned i = 0; i < RELAY_ACCEPTS_PER_TURN; i++) {
		struct relay_address address;
		struct net_address remote;
		int fd = net_accept(watch->fd, &remote);

		if (fd == -EAGAIN)
			return;
		if (fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS || fd == -ENOMEM) {
			refuse_without_descriptors(acceptor, listener, fd);
			return;
		}
		/* Anything else happened to that connection before we took it. */
		if (fd < 0)
			continue;
		address = to_relay_address(&remote);
		admit(acceptor, fd, &address, listener->classic);
	}
}

int acceptor_listen(struct acceptor *acceptor, const struct net_address *address, bool classic)
{
	struct listener *listener = &acceptor->listeners[acceptor->listener_count];
	int fd;

	if (acceptor->listener_count == RELAY_LISTENERS_MAX)
		return -ENOSPC;
	fd = net_listen(address);
	if (fd < 0)
		return fd;
	*listener = (struct listener){
		.watch = { .fd = fd, .events = EPOLLIN, .ready = listener_ready },
		.classic = classic,
	};
	acceptor->listener_count++;
	return event_loop_add(&acceptor->loop, &listener->watch);
}

static void read_clock(void *context)
{
	((struct acceptor *)context)->now_ms = clock_elapsed_ms();
}

static void run_timers(struct acceptor *acceptor)
{
	struct timer *timer;

	while ((timer = timer_heap_take_due(&acceptor->timers, acceptor->now_ms)) != NULL) {
		if (timer == &acceptor->pause) {
			for (size_t i = 0; i < acceptor->listener_count; i++)
				event_loop_change(&acceptor->loop, &acceptor->listeners[i].watch,
						  EPOLLIN);
			continue;
		}
		forget_refused(acceptor,
			       (struct refused *)(void *)((uint8_t *)timer -
							  offsetof(struct refused, timer)));
	}
}

/* False: memory ran out, and something waits to be handed over until it is back. */
static bool flush(struct acceptor *acceptor)
{
	bool complete = true;

	for (unsigned i = 0; i < acceptor->shared->config.workers; i++)
		complete &= outbox_flush(&acceptor->outboxes[i]);
	return complete;
}

static int wait_ms(const struct acceptor *acceptor, bool complete)
{
	uint64_t next = timer_heap_next_ms(&acceptor->timers);
	uint64_t now = clock_elapsed_ms();

	if (!complete && next > now + RELAY_MEMORY_RETRY_MS)
		next = now + RELAY_MEMORY_RETRY_MS;
	if (next == TIMER_NEVER)
		return -1;
	return next <= now ? 0 : (int)(next - now);
}

void *acceptor_run(void *context)
{
	static const struct inbox_item last_word = { .kind = INBOX_SHUTDOWN };
	struct acceptor *acceptor = context;
	bool complete = true;

	while (!atomic_load(&acceptor->stopping)) {
		(void)event_loop_turn(&acceptor->loop, wait_ms(acceptor, complete), read_clock,
				      acceptor);
		run_timers(acceptor);
		complete = flush(acceptor);
	}
	close_listeners(acceptor);
	for (unsigned i = 0; i < acceptor->shared->config.workers; i++) {
		/* Nothing else can end the workers: memory must come free some time. */
		while (!outbox_add(&acceptor->outboxes[i], &last_word, NULL, 0)) {
			clock_pause_ms(RELAY_MEMORY_RETRY_MS);
			(void)flush(acceptor);
		}
	}
	while (!flush(acceptor))
		clock_pause_ms(RELAY_MEMORY_RETRY_MS);
	return NULL;
}

void acceptor_stop(struct acceptor *acceptor)
{
	atomic_store(&acceptor->stopping, true);
	net_wake(acceptor->wake.fd);
}
