#include "relay_load/load_connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/connect.h"
#include "net/socket.h"

int load_loop_init(struct load_loop *loop, const struct load_dialect *dialect, size_t message_bytes)
{
	size_t whole_message = message_bytes + dialect->extra_bytes;
	int error;

	*loop = (struct load_loop){ .dialect = dialect };
	error = event_loop_init(&loop->events);
	if (error < 0)
		return error;
	/* What comes in may be written differently from what went out, but not by much. */
	loop->input_bytes = LOAD_INPUT_BYTES + 2 * whole_message + 65536;
	loop->output_bytes = LOAD_OUTPUT_BYTES + whole_message;
	loop->input = malloc(loop->input_bytes);
	loop->output = malloc(loop->output_bytes);
	if (loop->input && loop->output)
		return 0;
	load_loop_finish(loop);
	return -ENOMEM;
}

void load_loop_finish(struct load_loop *loop)
{
	if (!loop->dialect)
		return;
	event_loop_finish(&loop->events);
	free(loop->input);
	free(loop->output);
	*loop = (struct load_loop){ .events.epoll_fd = -1 };
}

void load_loop_fail(struct load_loop *loop, enum load_outcome outcome, const char *format, ...)
{
	va_list arguments;

	if (loop->outcome != LOAD_DONE)
		return;
	loop->outcome = outcome;
	va_start(arguments, format);
	(void)vsnprintf(loop->problem, sizeof(loop->problem), format, arguments);
	va_end(arguments);
}

bool load_loop_turn(struct load_loop *loop, int timeout_ms)
{
	int result;

	if (loop->outcome != LOAD_DONE)
		return false;
	result = event_loop_turn(&loop->events, timeout_ms, NULL, loop);
	if (result < 0)
		load_loop_fail(loop, LOAD_ENVIRONMENT, "waiting failed: %s", strerror(-result));
	return loop->outcome == LOAD_DONE;
}

static const char *role_text(enum load_role role)
{
	switch (role) {
	case LOAD_SENDER:
		return "a sender";
	case LOAD_RECEIVER:
		return "a receiver";
	case LOAD_IDLE:
		return "a client";
	case LOAD_STALLED:
		break;
	}
	return "a stalled reader";
}

/* The connection can't go on: the end of it, and of the run where that was not to be expected. */
static void lose(struct load_connection *connection, struct load_loop *loop, const char *why)
{
	if (connection->state == LOAD_CONNECTION_CONNECTING)
		load_loop_fail(loop, LOAD_NOT_DONE, "cannot connect to %s: %s", loop->server, why);
	else if (!connection->may_end || connection->state != LOAD_CONNECTION_READY)
		load_loop_fail(loop, LOAD_NOT_DONE, "the connection of %s %s: %s",
			       role_text(connection->party.role),
			       connection->state == LOAD_CONNECTION_READY ? "ended" : "failed",
			       why);
	load_connection_close(connection, loop);
}

static void wait_for(struct load_connection *connection, struct load_loop *loop)
{
	event_loop_change(&loop->events, &connection->watch,
			  EPOLLIN | (byte_queue_length(&connection->unsent) > 0 ? EPOLLOUT : 0u));
}

/* A server that closes because of what it was sent has said why: that stands in the socket yet, and
 * says more than the error. The kernel wakes the loop for both. */
static void fail_to_send(struct load_connection *connection, struct load_loop *loop, int error)
{
	if (error != EPIPE && error != ECONNRESET) {
		lose(connection, loop, strerror(error));
		return;
	}
	connection->write_error = error;
	byte_queue_drop(&connection->unsent, byte_queue_length(&connection->unsent));
	wait_for(connection, loop);
}

static void keep_unsent(struct load_connection *connection, struct load_loop *loop,
			const uint8_t *bytes, size_t length)
{
	if (length > 0 && !byte_queue_push(&connection->unsent, bytes, length)) {
		load_loop_fail(loop, LOAD_NOT_DONE,
			       "the server takes nothing: over %zu bytes wait to be sent to it",
			       byte_queue_length(&connection->unsent));
		load_connection_close(connection, loop);
	}
}

void load_connection_send(struct load_connection *connection, struct load_loop *loop,
			  uint8_t *bytes, size_t length)
{
	struct iovec piece = { .iov_base = bytes, .iov_len = length };
	ssize_t sent = 0;

	if (connection->state == LOAD_CONNECTION_CLOSED || connection->write_error != 0 ||
	    length == 0)
		return;
	if (!load_connection_is_blocked(connection)) {
		sent = net_send(connection->socket_fd, &piece, 1);
		if (sent == -EAGAIN)
			sent = 0;
		if (sent < 0) {
			fail_to_send(connection, loop, (int)-sent);
			return;
		}
		if ((size_t)sent == length)
			return;
	}
	keep_unsent(connection, loop, bytes + sent, length - (size_t)sent);
	wait_for(connection, loop);
}

static void flush_unsent(struct load_connection *connection, struct load_loop *loop)
{
	struct byte_queue *unsent = &connection->unsent;
	ssize_t sent = 0;

	if (byte_queue_length(unsent) > 0) {
		struct iovec piece = { .iov_base = unsent->memory + unsent->start,
				       .iov_len = byte_queue_length(unsent) };

		sent = net_send(connection->socket_fd, &piece, 1);
	}
	if (sent == -EAGAIN)
		return;
	if (sent < 0) {
		fail_to_send(connection, loop, (int)-sent);
		return;
	}
	byte_queue_drop(unsent, (size_t)sent);
	wait_for(connection, loop);
}

/* True: the connection is there, and has greeted. */
static bool greet(struct load_connection *connection, struct load_loop *loop)
{
	struct byte_writer out = byte_writer_into(loop->output, loop->output_bytes);
	int error = net_connect_result(connection->socket_fd);

	if (error < 0) {
		lose(connection, loop, strerror(-error));
		return false;
	}
	connection->state = LOAD_CONNECTION_GREETING;
	loop->dialect->greet(&connection->party, &out);
	load_connection_send(connection, loop, loop->output, out.length);
	if (connection->state == LOAD_CONNECTION_CLOSED)
		return false;
	wait_for(connection, loop);
	return true;
}

/* Lets the dialect take what is at loop->input, and keeps what it leaves. */
static void take(struct load_connection *connection, struct load_loop *loop, size_t length)
{
	struct byte_writer out = byte_writer_into(loop->output, loop->output_bytes);
	struct load_sink *sink = connection->sink;
	ssize_t taken;

	sink->now_ns = clock_elapsed_ns();
	taken = loop->dialect->take(&connection->party, loop->input, length, &out, sink);
	if (taken < 0) {
		lose(connection, loop, sink->problem[0] ? sink->problem : "a broken message came");
		return;
	}
	if (out.overflowed) {
		lose(connection, loop, "there is more to answer than there is room for");
		return;
	}
	length -= (size_t)taken;
	if (length > 0 && !byte_queue_push(&connection->unread, loop->input + taken, length)) {
		lose(connection, loop, "a message came that is longer than any that was sent");
		return;
	}
	load_connection_send(connection, loop, loop->output, out.length);
}

static const char *end_text(const struct load_connection *connection, ssize_t received)
{
	if (received < 0)
		return strerror((int)-received);
	if (connection->write_error == ECONNRESET)
		return strerror(ECONNRESET);
	return "the server closed it";
}

static void receive(struct load_connection *connection, struct load_loop *loop)
{
	size_t before = byte_queue_length(&connection->unread);
	ssize_t received = net_receive(connection->socket_fd, loop->input + before,
				       loop->input_bytes - before);

	if (received == -EAGAIN)
		return;
	if (received <= 0) {
		lose(connection, loop, end_text(connection, received));
		return;
	}
	if (before > 0) {
		memcpy(loop->input, byte_queue_bytes(&connection->unread), before);
		byte_queue_drop(&connection->unread, before);
	}
	take(connection, loop, before + (size_t)received);
}

static void serve(struct fd_watch *watch, uint32_t events, void *context)
{
	struct load_connection *connection = (struct load_connection *)watch;
	struct load_loop *loop = context;

	if (connection->state == LOAD_CONNECTION_CONNECTING && !greet(connection, loop))
		return;
	if (events & EPOLLOUT)
		flush_unsent(connection, loop);
	if (connection->state != LOAD_CONNECTION_CLOSED &&
	    (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		receive(connection, loop);
	if (connection->state == LOAD_CONNECTION_GREETING && connection->party.ready)
		connection->state = LOAD_CONNECTION_READY;
	if (loop->served)
		loop->served(loop, connection);
}

static void fail_to_open(struct load_loop *loop, const struct net_address *address, int error)
{
	char text[NET_ADDRESS_TEXT_BYTES];
	enum load_outcome outcome = LOAD_NOT_DONE;

	if (error == EMFILE || error == ENFILE || error == EADDRNOTAVAIL || error == ENOMEM ||
	    error == ENOBUFS)
		outcome = LOAD_ENVIRONMENT;
	net_address_text(address, text);
	load_loop_fail(loop, outcome, "cannot connect to %s: %s", text,
		       error == EADDRNOTAVAIL ? "no port is left to call from" : strerror(error));
}

void load_connection_open(struct load_connection *connection, struct load_loop *loop,
			  const struct net_address *source, const struct net_address *address)
{
	int socket_fd = net_connect_start_from(source, address);
	int error;

	if (socket_fd < 0) {
		fail_to_open(loop, address, -socket_fd);
		return;
	}
	connection->socket_fd = socket_fd;
	connection->write_error = 0;
	connection->state = LOAD_CONNECTION_CONNECTING;
	connection->sink = &loop->sink;
	connection->watch =
		(struct fd_watch){ .fd = socket_fd, .events = EPOLLOUT, .ready = serve };
	byte_queue_init(&connection->unread, loop->input_bytes - LOAD_INPUT_BYTES);
	byte_queue_init(&connection->unsent, LOAD_UNSENT_MAX_BYTES);
	error = event_loop_add(&loop->events, &connection->watch);
	if (error < 0) {
		fail_to_open(loop, address, -error);
		load_connection_finish(connection);
	}
}

void load_connection_move(struct load_connection *connection, struct load_loop *from,
			  struct load_loop *to)
{
	int error;

	event_loop_remove(&from->events, &connection->watch);
	if (!to)
		return;
	connection->watch.fd = connection->socket_fd;
	connection->sink = &to->sink;
	error = event_loop_add(&to->events, &connection->watch);
	if (error < 0)
		load_loop_fail(to, LOAD_ENVIRONMENT, "cannot watch a connection: %s",
			       strerror(-error));
}

void load_connection_close(struct load_connection *connection, struct load_loop *loop)
{
	if (connection->state == LOAD_CONNECTION_CLOSED)
		return;
	event_loop_remove(&loop->events, &connection->watch);
	load_connection_finish(connection);
}

void load_connection_finish(struct load_connection *connection)
{
	if (connection->state == LOAD_CONNECTION_CLOSED)
		return;
	(void)close(connection->socket_fd);
	connection->socket_fd = -1;
	connection->state = LOAD_CONNECTION_CLOSED;
	byte_queue_finish(&connection->unread);
	byte_queue_finish(&connection->unsent);
}
