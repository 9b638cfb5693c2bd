#include "socket_peer/peer_connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"

/* Digits of a counter, and the zero that snprintf() adds. */
#define COUNTER_BYTES 21u

static void tell(struct socket_peer *peer, const struct peer_connection *connection,
		 struct socket_peer_event *event)
{
	event->number = connection->number;
	event->local = &connection->local;
	event->remote = &connection->remote;
	event->received_bytes = connection->received_bytes;
	event->sent_bytes = connection->sent_bytes;
	peer->event(peer->context, event);
}

static bool has_failed(const struct socket_peer *peer, const struct peer_connection *connection,
		       const struct socket_peer_event *event)
{
	if (peer->plan->until.length > 0 || peer->plan->count_bytes > 0)
		return !connection->fulfilled;
	return connection->why == SOCKET_PEER_WHY_IDLE ||
	       (event->how != SOCKET_PEER_BY_FIN && event->by != SOCKET_PEER_US);
}

/* The one place where a connection ends. */
static void end_connection(struct socket_peer *peer, struct peer_connection *connection,
			   struct socket_peer_event *event)
{
	event->kind = SOCKET_PEER_CLOSED;
	event->why = connection->why;
	event->unsent_bytes = byte_queue_length(&connection->unsent) + connection->given_up;
	if (has_failed(peer, connection, event))
		peer->failed = true;
	(void)calls_close(&peer->calls, connection->fd);
	connection->fd = -1;
	tell(peer, connection, event);
}

static size_t unread_bytes(const struct peer_connection *connection)
{
	int waiting = 0;

	if (connection->they_ended || ioctl(connection->fd, FIONREAD, &waiting) < 0 || waiting < 0)
		return 0;
	return (size_t)waiting;
}

static void close_now(struct socket_peer *peer, struct peer_connection *connection)
{
	struct socket_peer_event event = { .unread_bytes = unread_bytes(connection) };
	bool they_were_first = connection->they_ended && !connection->we_ended_first;

	event.by = they_were_first ? SOCKET_PEER_THEM : SOCKET_PEER_US;
	/* With both FINs exchanged there is nothing left to reset. */
	if (!(connection->they_ended && connection->we_ended) &&
	    (peer->plan->reset_on_close || event.unread_bytes > 0)) {
		event.by = SOCKET_PEER_US;
		event.how = SOCKET_PEER_BY_RESET;
	}
	end_connection(peer, connection, &event);
}

static void lose(struct socket_peer *peer, struct peer_connection *connection, int error)
{
	bool reset = error == ECONNRESET || error == EPIPE;
	struct socket_peer_event event = {
		.by = reset ? SOCKET_PEER_THEM : SOCKET_PEER_NOBODY,
		.how = reset ? SOCKET_PEER_BY_RESET : SOCKET_PEER_BY_ERROR,
		.error = error,
	};

	connection->why = SOCKET_PEER_WHY_PEER;
	end_connection(peer, connection, &event);
}

/* What is queued is given up; what the peer sent before can still be read. */
static void break_sending(struct socket_peer *peer, struct peer_connection *connection, int error)
{
	connection->given_up = byte_queue_length(&connection->unsent);
	byte_queue_drop(&connection->unsent, connection->given_up);
	connection->broken = error;
	connection->close_wanted = false;
	connection->shut_wanted = false;
	if (connection->they_ended || peer->leaving)
		lose(peer, connection, error);
}

/*
 * Sends as much as the kernel takes. Returns how much; an error ends the sending, or the
 * connection.
 */
static size_t send_some(struct socket_peer *peer, struct peer_connection *connection,
			const uint8_t *bytes, size_t length)
{
	size_t most = peer->plan->send_bytes ? peer->plan->send_bytes : SIZE_MAX;
	size_t done = 0;

	while (done < length) {
		size_t piece = length - done < most ? length - done : most;
		ssize_t sent = calls_send(&peer->calls, connection->fd, bytes + done, piece);

		if (sent == -EAGAIN)
			break;
		if (sent < 0) {
			break_sending(peer, connection, (int)-sent);
			break;
		}
		done += (size_t)sent;
		connection->sent_bytes += (size_t)sent;
	}
	return done;
}

static void flush_queue(struct socket_peer *peer, struct peer_connection *connection,
			uint64_t now_ms)
{
	size_t sent = send_some(peer, connection, byte_queue_bytes(&connection->unsent),
				byte_queue_length(&connection->unsent));

	if (connection->fd < 0 || connection->broken)
		return;
	byte_queue_drop(&connection->unsent, sent);
	byte_queue_release(&connection->unsent);
	if (sent > 0 && connection->give_up_at_ms != PEER_NEVER)
		connection->give_up_at_ms = now_ms + SOCKET_PEER_LEAVE_MS;
}

enum socket_peer_sent peer_connection_send(struct socket_peer *peer,
					   struct peer_connection *connection, const void *bytes,
					   size_t length)
{
	const uint8_t *all = bytes;
	size_t sent = 0;

	if (connection->we_ended || connection->shut_wanted || connection->close_wanted ||
	    connection->broken)
		return SOCKET_PEER_SHUT;
	if (length > SOCKET_PEER_QUEUE_MAX_BYTES - byte_queue_length(&connection->unsent))
		return SOCKET_PEER_NO_ROOM;
	if (byte_queue_length(&connection->unsent) == 0)
		sent = send_some(peer, connection, all, length);
	if (connection->fd < 0 || connection->broken)
		return SOCKET_PEER_TAKEN; /* that it is lost is told by its own event */
	if (!byte_queue_push(&connection->unsent, all + sent, length - sent))
		break_sending(peer, connection, ENOMEM);
	return SOCKET_PEER_TAKEN;
}

/* After something changed: what had to wait for the queue. */
static void settle(struct socket_peer *peer, struct peer_connection *connection)
{
	struct socket_peer_event event = { .kind = SOCKET_PEER_HALF_CLOSED, .by = SOCKET_PEER_US };

	if (connection->fd < 0 || byte_queue_length(&connection->unsent) > 0)
		return;
	if (connection->close_wanted) {
		close_now(peer, connection);
		return;
	}
	if (!connection->shut_wanted)
		return;
	connection->shut_wanted = false;
	(void)calls_shut_writing(&peer->calls, connection->fd);
	connection->we_ended = true;
	connection->we_ended_first = !connection->they_ended;
	if (connection->they_ended)
		close_now(peer, connection);
	else
		tell(peer, connection, &event);
}

void peer_connection_shut(struct socket_peer *peer, struct peer_connection *connection)
{
	if (connection->fd < 0 || connection->we_ended || connection->broken)
		return;
	connection->shut_wanted = true;
	settle(peer, connection);
}

void peer_connection_close(struct socket_peer *peer, struct peer_connection *connection,
			   enum socket_peer_why why, uint64_t now_ms)
{
	if (connection->fd < 0)
		return;
	if (!connection->close_wanted)
		connection->why = why;
	connection->close_wanted = true;
	/* A peer that has ended may take its time to read the rest, unless we are in a hurry. */
	if (why != SOCKET_PEER_WHY_PEER && connection->give_up_at_ms == PEER_NEVER)
		connection->give_up_at_ms = now_ms + SOCKET_PEER_LEAVE_MS;
	settle(peer, connection);
}

void peer_connection_reset(struct socket_peer *peer, struct peer_connection *connection,
			   enum socket_peer_why why)
{
	struct socket_peer_event event = { .by = SOCKET_PEER_US, .how = SOCKET_PEER_BY_RESET };

	if (connection->fd < 0)
		return;
	connection->why = why;
	(void)calls_set_reset_on_close(&peer->calls, connection->fd);
	event.unread_bytes = unread_bytes(connection);
	end_connection(peer, connection, &event);
}

/* The bytes, with what the plan puts in front and behind. */
static size_t compose_answer(struct socket_peer *peer, const struct peer_connection *connection,
			     const uint8_t *bytes, size_t length)
{
	size_t most = SOCKET_PEER_RECEIVE_MAX_BYTES + COUNTER_BYTES;
	size_t pad = peer->plan->pad_bytes;
	size_t used = 0;

	if (peer->plan->answer == SOCKET_PEER_NUMBERS)
		used = (size_t)snprintf((char *)peer->answer, COUNTER_BYTES, "%llu",
					(unsigned long long)connection->answers);
	most = length < most - used ? length : most - used;
	memcpy(peer->answer + used, bytes, most);
	used += most;
	if (pad == 0)
		return used;
	if (used < pad)
		memset(peer->answer + used, 0, pad - used);
	return pad;
}

static void answer(struct socket_peer *peer, struct peer_connection *connection,
		   const uint8_t *bytes, size_t length)
{
	if (length == 0 || peer->plan->answer == SOCKET_PEER_ANSWERS_NOTHING)
		return;
	length = compose_answer(peer, connection, bytes, length);
	/* There is room: one reads only while nothing is queued. */
	if (peer_connection_send(peer, connection, peer->answer, length) == SOCKET_PEER_TAKEN)
		connection->answers++;
}

static void take_data(struct socket_peer *peer, struct peer_connection *connection, size_t length,
		      uint64_t now_ms)
{
	const struct word *until = &peer->plan->until;
	struct socket_peer_event event = { .kind = SOCKET_PEER_DATA,
					   .bytes = peer->received,
					   .length = length,
					   .place = connection->received_bytes };
	size_t answered = length;
	size_t end = 0;
	bool found;

	connection->received_bytes += length;
	if (peer->plan->idle_ms > 0)
		connection->idle_at_ms = now_ms + peer->plan->idle_ms;
	connection->receive_at_ms = now_ms + peer->plan->receive_every_ms;
	found = word_search(until, peer->received, length, &connection->until_matched, &end);
	if (found)
		answered = end > until->length ? end - until->length : 0;
	tell(peer, connection, &event);
	if (connection->fd < 0)
		return;
	answer(peer, connection, peer->received, answered);
	if (found || (peer->plan->count_bytes > 0 &&
		      connection->received_bytes >= peer->plan->count_bytes)) {
		connection->fulfilled = true;
		peer_connection_close(peer, connection,
				      found ? SOCKET_PEER_WHY_WORD : SOCKET_PEER_WHY_COUNT, now_ms);
	}
}

static void take_end(struct socket_peer *peer, struct peer_connection *connection, uint64_t now_ms)
{
	struct socket_peer_event event = { .kind = SOCKET_PEER_HALF_CLOSED,
					   .by = SOCKET_PEER_THEM };

	connection->they_ended = true;
	if (connection->we_ended) {
		close_now(peer, connection);
		return;
	}
	if (peer->plan->keep_open || byte_queue_length(&connection->unsent) > 0)
		tell(peer, connection, &event);
	if (!peer->plan->keep_open)
		peer_connection_close(peer, connection, SOCKET_PEER_WHY_PEER, now_ms);
}

static void receive(struct socket_peer *peer, struct peer_connection *connection, uint64_t now_ms)
{
	size_t most = SOCKET_PEER_RECEIVE_MAX_BYTES;
	uint64_t wanted = peer->plan->count_bytes;
	ssize_t got;

	if (peer->plan->receive_bytes > 0 && peer->plan->receive_bytes < most)
		most = peer->plan->receive_bytes;
	if (wanted > 0 && wanted - connection->received_bytes < most)
		most = (size_t)(wanted - connection->received_bytes);
	got = calls_receive(&peer->calls, connection->fd, peer->received, most);
	if (got == -EAGAIN)
		return;
	if (got > 0)
		take_data(peer, connection, (size_t)got, now_ms);
	else if (connection->broken)
		lose(peer, connection, connection->broken);
	else if (got < 0)
		lose(peer, connection, (int)-got);
	else
		take_end(peer, connection, now_ms);
}

static bool may_receive(const struct socket_peer *peer, const struct peer_connection *connection,
			uint64_t now_ms)
{
	bool may_answer = peer->plan->answer == SOCKET_PEER_ANSWERS_NOTHING ||
			  byte_queue_length(&connection->unsent) == 0;

	return !connection->they_ended && !connection->close_wanted && may_answer &&
	       now_ms >= connection->receive_at_ms;
}

short peer_connection_events(const struct socket_peer *peer,
			     const struct peer_connection *connection, uint64_t now_ms, bool *ask)
{
	int events = 0;

	if (may_receive(peer, connection, now_ms))
		events |= POLLIN;
	if (byte_queue_length(&connection->unsent) > 0)
		events |= POLLOUT;
	*ask = events != 0 || !connection->hung_up;
	return (short)events;
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

uint64_t peer_connection_next_ms(const struct socket_peer *peer,
				 const struct peer_connection *connection, uint64_t now_ms)
{
	uint64_t next = earlier(connection->close_at_ms, connection->idle_at_ms);

	next = earlier(next, connection->give_up_at_ms);
	/* One that may be read already is waited for by poll(). */
	if (peer->plan->receive_every_ms > 0 && !connection->they_ended &&
	    connection->receive_at_ms > now_ms)
		next = earlier(next, connection->receive_at_ms);
	return next;
}

/* The socket has an error or was hung up, and nothing that we do would find it. */
static void look_after_error(struct socket_peer *peer, struct peer_connection *connection)
{
	int error = 0;

	if (connection->they_ended)
		error = -calls_kept_error(&peer->calls, connection->fd);
	if (error > 0)
		lose(peer, connection, error);
	else
		connection->hung_up = true;
}

static void check_time(struct socket_peer *peer, struct peer_connection *connection,
		       uint64_t now_ms)
{
	if (now_ms >= connection->close_at_ms) {
		connection->close_at_ms = PEER_NEVER;
		peer_connection_close(peer, connection, SOCKET_PEER_WHY_TIME, now_ms);
	} else if (now_ms >= connection->idle_at_ms) {
		connection->idle_at_ms = PEER_NEVER;
		peer_connection_close(peer, connection, SOCKET_PEER_WHY_IDLE, now_ms);
	}
	if (connection->fd >= 0 && now_ms >= connection->give_up_at_ms)
		close_now(peer, connection);
}

void peer_connection_go_on(struct socket_peer *peer, struct peer_connection *connection,
			   short revents, uint64_t now_ms)
{
	bool broken = (revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
	bool reads = (broken || (revents & POLLIN)) && may_receive(peer, connection, now_ms);
	bool writes = (broken || (revents & POLLOUT)) && byte_queue_length(&connection->unsent) > 0;

	if (writes)
		flush_queue(peer, connection, now_ms);
	if (connection->fd >= 0 && reads)
		receive(peer, connection, now_ms);
	if (connection->fd >= 0 && broken && !reads && !writes)
		look_after_error(peer, connection);
	if (connection->fd >= 0)
		check_time(peer, connection, now_ms);
	settle(peer, connection);
}

/* Options that the kernel refuses are seen in the calls; the connection is none the worse. */
static void set_options(struct socket_peer *peer, int fd)
{
	const struct socket_peer_plan *plan = peer->plan;

	(void)calls_set_nonblocking(&peer->calls, fd);
	if (plan->no_delay)
		(void)calls_set_option(&peer->calls, fd, SOCKET_OPTION_NO_DELAY, 1);
	if (plan->keepalive_s > 0) {
		(void)calls_set_option(&peer->calls, fd, SOCKET_OPTION_KEEPALIVE, 1);
		(void)calls_set_option(&peer->calls, fd, SOCKET_OPTION_KEEPALIVE_IDLE,
				       plan->keepalive_s);
		(void)calls_set_option(&peer->calls, fd, SOCKET_OPTION_KEEPALIVE_INTERVAL,
				       plan->keepalive_s);
	}
	if (plan->reset_on_close)
		(void)calls_set_reset_on_close(&peer->calls, fd);
}

static void say_all(struct socket_peer *peer, struct peer_connection *connection)
{
	for (size_t i = 0; i < peer->plan->saying_count && connection->fd >= 0; i++)
		(void)peer_connection_send(peer, connection, peer->plan->sayings[i].bytes,
					   peer->plan->sayings[i].length);
	if (peer->plan->half_close && peer->input_ended)
		peer_connection_shut(peer, connection);
}

struct peer_connection *peer_connection_create(struct socket_peer *peer, int fd,
					       const struct net_address *local,
					       const struct net_address *remote)
{
	struct peer_connection *connection = calloc(1, sizeof(*connection));
	struct socket_peer_event event = { .kind = SOCKET_PEER_CONNECTED };
	uint64_t now_ms = clock_elapsed_ms();

	if (!connection) {
		(void)calls_close(&peer->calls, fd);
		return NULL;
	}
	connection->fd = fd;
	connection->number = ++peer->last_number;
	connection->local = *local;
	connection->remote = *remote;
	connection->close_at_ms =
		peer->plan->close_timed ? now_ms + peer->plan->close_after_ms : PEER_NEVER;
	connection->idle_at_ms =
		peer->plan->idle_ms > 0 ? now_ms + peer->plan->idle_ms : PEER_NEVER;
	connection->receive_at_ms = now_ms + peer->plan->receive_every_ms;
	connection->give_up_at_ms = PEER_NEVER;
	byte_queue_init(&connection->unsent, SOCKET_PEER_QUEUE_MAX_BYTES);
	set_options(peer, fd);
	tell(peer, connection, &event);
	say_all(peer, connection);
	return connection;
}

void peer_connection_destroy(struct socket_peer *peer, struct peer_connection *connection)
{
	if (!connection)
		return;
	if (connection->fd >= 0)
		(void)calls_close(&peer->calls, connection->fd);
	byte_queue_finish(&connection->unsent);
	free(connection);
}
