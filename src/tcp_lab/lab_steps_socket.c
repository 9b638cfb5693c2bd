#include "tcp_lab/lab_steps_socket.h"

#include <errno.h>
#include <string.h>

static const char *dot(const char *name)
{
	return name[0] == '\0' ? "" : ".";
}

static void say_none(struct running_step *running, const char *what, const char *name)
{
	enum lab_host host = running->step->host;

	(void)step_says(running, STEP_WRONG, "%s%s%s has no %s now", lab_host_name(host), dot(name),
			name, what);
}

static struct lab_socket *open_listener(const struct lab_stage *stage, enum lab_host host,
					const char *name)
{
	struct lab_socket *socket = lab_sockets_find_listener(stage->sockets, host, name);

	return socket && socket->fd >= 0 ? socket : NULL;
}

static struct lab_socket *open_one(const struct lab_stage *stage, const struct step *step)
{
	struct lab_socket *socket = lab_sockets_find(stage->sockets, step->host, step->name);

	return socket && socket->fd >= 0 ? socket : NULL;
}

struct lab_socket *step_open_socket(struct lab_stage *stage, struct running_step *running,
				    bool listeners_too)
{
	const struct step *step = running->step;
	struct lab_socket *socket = open_one(stage, step);

	if (!socket && listeners_too)
		socket = open_listener(stage, step->host, step->name);
	if (!socket)
		say_none(running, "open socket", step->name);
	return socket;
}

/* The one that the step means, made where there is none; -errno. */
static int have(struct lab_stage *stage, const struct step *step, struct lab_socket **out)
{
	*out = open_one(stage, step);
	if (*out)
		return 0;
	return lab_sockets_open(stage->sockets, step->host, step->name, step->ipv6, out);
}

enum step_progress step_socket(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_socket *socket;

	return step_called(running, lab_sockets_open(stage->sockets, step->host, step->name,
						     step->ipv6, &socket));
}

enum step_progress step_option(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_socket *socket = open_one(stage, step);
	int result = 0;

	if (!socket)
		socket = open_listener(stage, step->host, step->name);
	if (!socket)
		result = have(stage, step, &socket);
	if (result == 0)
		result = lab_socket_set_option(socket, step->level, step->option, step->number,
					       step->bytes.bytes, step->bytes.length);
	return step_called(running, result);
}

enum step_progress step_isn(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket;
	int result = have(stage, running->step, &socket);

	if (result == 0)
		result = lab_socket_set_isn(socket, running->step->isn);
	return step_called(running, result);
}

enum step_progress step_bind(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket;
	int result = have(stage, running->step, &socket);

	if (result == 0)
		result = lab_socket_bind(socket, running->step->port);
	return step_called(running, result);
}

/* Of the unnamed socket, where other steps made one for it; else of a new one: a connection of that
 * name goes on beside it. */
enum step_progress step_listen(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_socket *connection = lab_sockets_find(stage->sockets, step->host, step->name);
	struct lab_socket *socket = open_one(stage, step);
	int result = 0;

	if (!socket || socket->has_pair)
		result = lab_sockets_open(stage->sockets, step->host, step->name, step->ipv6,
					  &socket);
	if (result == 0)
		result = lab_socket_listen(socket, step->port, step->number);
	/* The new one took its name over before it became a listener. */
	if (result == 0 && connection && connection != socket)
		connection->nameless = false;
	return step_called(running, result);
}

/* ---- connecting ---- */

/* What did not go with the SYN, for want of a cookie, goes when there is a connection. */
static enum step_progress send_rest(struct running_step *running, struct lab_socket *socket)
{
	const struct step_bytes *data = &running->step->bytes;
	size_t at_first = running->data_sent;

	while (running->bytes + at_first < data->length) {
		size_t done = running->bytes + at_first;
		ssize_t sent = lab_socket_send(socket, data->bytes + done, data->length - done, 0);

		if (sent == -EAGAIN)
			return STEP_WAITS;
		if (sent < 0)
			return step_called(running, (int)sent);
		running->bytes += (uint64_t)sent;
	}
	if (!data->bytes)
		return step_says(running, STEP_DONE, "connected");
	return step_says(running, STEP_DONE, "%zu bytes with the SYN, %zu behind the handshake",
			 at_first, data->length - at_first);
}

static enum step_progress go_on_connecting(struct running_step *running, struct lab_socket *socket)
{
	int result = lab_socket_connected(socket);

	if (result == -EAGAIN)
		return STEP_WAITS;
	if (result < 0)
		return step_called(running, result);
	return send_rest(running, socket);
}

static int begin_connecting(struct lab_stage *stage, struct running_step *running,
			    struct lab_socket **out)
{
	const struct step *step = running->step;
	int result = have(stage, step, out);

	if (result == 0 && step->from_port != 0)
		result = lab_socket_bind(*out, step->from_port);
	if (result == 0)
		result = lab_socket_connect(*out, step->port, step->bytes.bytes, step->bytes.length,
					    &running->data_sent);
	return result;
}

enum step_progress step_connect(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket;

	if (!running->begun) {
		int result = begin_connecting(stage, running, &socket);

		if (result < 0 && result != -EINPROGRESS)
			return step_called(running, result);
		/* While the SYN is the latest of its ports: a later one may have the same. */
		step_take_sent(stage);
		socket->connection = probe_connection_of(stage->probe, &socket->pair);
		running->begun = true;
		if (running->step->no_wait)
			return step_says(running, STEP_DONE, "%s",
					 result == 0 ? "connected" : "the SYN is sent");
	} else {
		socket = step_open_socket(stage, running, false);
		if (!socket)
			return STEP_WRONG;
	}
	return go_on_connecting(running, socket);
}

enum step_progress step_connected(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket = step_open_socket(stage, running, false);

	return socket ? go_on_connecting(running, socket) : STEP_WRONG;
}

enum step_progress step_accept(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_socket *listener = open_listener(stage, step->host, step->other);
	struct lab_socket *socket;
	int result;

	if (!listener) {
		say_none(running, "open listener", step->other);
		return STEP_WRONG;
	}
	result = lab_socket_accept(listener, step->name, &socket);
	if (result == -EAGAIN && !step->no_wait)
		return STEP_WAITS;
	if (result < 0)
		return step_called(running, result);
	socket->connection = probe_connection_of(stage->probe, &socket->pair);
	return step_says(running, STEP_DONE, "a connection from port %u",
			 (unsigned)socket->pair.port[lab_other_host(step->host)]);
}

/* ---- ending ---- */

enum step_progress step_shutdown(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket = step_open_socket(stage, running, false);

	if (!socket)
		return STEP_WRONG;
	return step_called(running, lab_socket_shutdown(socket, running->step->number));
}

enum step_progress step_close(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket = step_open_socket(stage, running, true);

	return socket ? step_called(running, lab_socket_close(socket)) : STEP_WRONG;
}

enum step_progress step_reset(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket = step_open_socket(stage, running, true);

	return socket ? step_called(running, lab_socket_reset(socket)) : STEP_WRONG;
}

enum step_progress step_vanish(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket = step_open_socket(stage, running, false);

	return socket ? step_called(running, lab_socket_vanish(socket)) : STEP_WRONG;
}

/* Whether the descriptor is open or not: what is left of the connection, TIME_WAIT too. */
enum step_progress step_destroy(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_socket *socket = lab_sockets_find(stage->sockets, step->host, step->name);

	if (!socket || !socket->has_pair) {
		say_none(running, "connection", step->name);
		return STEP_WRONG;
	}
	return step_called(running, probe_destroy_socket(stage->probe, step->host, &socket->pair));
}
