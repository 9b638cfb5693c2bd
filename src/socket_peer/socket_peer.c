#include "socket_peer/socket_peer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "socket_peer/peer_connection.h"

/* No descriptor or memory is left for a client: the next try is so much later. */
#define ACCEPT_PAUSE_MS 1000u
#define ANSWER_BYTES (SOCKET_PEER_RECEIVE_MAX_BYTES + 64u)

_Static_assert(SOCKET_PEER_PAD_MAX_BYTES <= ANSWER_BYTES, "a padded answer fits");
_Static_assert(ANSWER_BYTES <= SOCKET_PEER_QUEUE_MAX_BYTES, "an answer can be queued");

bool socket_peer_init(struct socket_peer *peer, const struct socket_peer_plan *plan)
{
	*peer = (struct socket_peer){ .plan = plan, .listener_fd = -1, .accept_at_ms = PEER_NEVER };
	socket_calls_init(&peer->calls);
	peer->received = malloc(SOCKET_PEER_RECEIVE_MAX_BYTES);
	peer->answer = malloc(ANSWER_BYTES);
	if (peer->received && peer->answer)
		return true;
	socket_peer_finish(peer);
	return false;
}

static void close_listener(struct socket_peer *peer)
{
	if (peer->listener_fd >= 0)
		(void)calls_close(&peer->calls, peer->listener_fd);
	peer->listener_fd = -1;
}

void socket_peer_finish(struct socket_peer *peer)
{
	close_listener(peer);
	for (size_t i = 0; i < peer->count; i++)
		peer_connection_destroy(peer, peer->connections[i]);
	peer->count = 0;
	free(peer->received);
	free(peer->answer);
	peer->received = NULL;
	peer->answer = NULL;
	socket_calls_finish(&peer->calls);
}

/* Before bind() and connect(): what must be known by then. */
static int set_early_options(struct socket_peer *peer, int fd)
{
	const struct socket_peer_plan *plan = peer->plan;
	int result = 0;

	if (plan->reuse_address)
		result = calls_set_option(&peer->calls, fd, SOCKET_OPTION_REUSE_ADDRESS, 1);
	if (result >= 0 && plan->receive_buffer_bytes > 0)
		result = calls_set_option(&peer->calls, fd, SOCKET_OPTION_RECEIVE_BUFFER,
					  plan->receive_buffer_bytes);
	if (result >= 0 && plan->send_buffer_bytes > 0)
		result = calls_set_option(&peer->calls, fd, SOCKET_OPTION_SEND_BUFFER,
					  plan->send_buffer_bytes);
	return result;
}

static int listen_at(struct socket_peer *peer, const struct net_address *address, const char **call)
{
	bool v6 = address->socket.any.sa_family == AF_INET6;
	int fd = calls_socket(&peer->calls, address->socket.any.sa_family);
	struct net_address local;
	int result;

	*call = "socket";
	if (fd < 0)
		return fd;
	*call = "setsockopt";
	result = set_early_options(peer, fd);
	if (result >= 0 && v6)
		result = calls_set_option(&peer->calls, fd, SOCKET_OPTION_V6_ONLY, 1);
	if (result < 0)
		goto close_socket;
	*call = "bind";
	result = calls_bind(&peer->calls, fd, address);
	if (result < 0)
		goto close_socket;
	*call = "listen";
	result = calls_listen(&peer->calls, fd, peer->plan->backlog);
	if (result < 0)
		goto close_socket;
	*call = "getsockname";
	result = calls_local_address(&peer->calls, fd, &local);
	if (result < 0)
		goto close_socket;
	*call = "fcntl";
	result = calls_set_nonblocking(&peer->calls, fd);
	if (result < 0)
		goto close_socket;
	peer->listener_fd = fd;
	peer->event(peer->context,
		    &(struct socket_peer_event){ .kind = SOCKET_PEER_LISTENING, .local = &local });
	return 0;

close_socket:
	(void)calls_close(&peer->calls, fd);
	return result;
}

int socket_peer_listen(struct socket_peer *peer, const struct net_address *addresses, size_t count,
		       const char **call)
{
	int result = -EADDRNOTAVAIL;

	*call = "bind";
	for (size_t i = 0; i < count; i++) {
		result = listen_at(peer, &addresses[i], call);
		if (result >= 0)
			break;
	}
	return result;
}

static int prepare_to_connect(struct socket_peer *peer, int fd, const struct net_address *from,
			      const char **call)
{
	int result;

	*call = "setsockopt";
	result = set_early_options(peer, fd);
	if (result >= 0 && peer->plan->connect_timeout_ms > 0)
		result = calls_set_send_timeout(&peer->calls, fd, peer->plan->connect_timeout_ms);
	if (result >= 0 && from) {
		*call = "bind";
		result = calls_bind(&peer->calls, fd, from);
	}
	return result;
}

/* The descriptor, or a negative errno. */
static int connect_to(struct socket_peer *peer, const struct net_address *address,
		      const struct net_address *from, struct net_address *local, const char **call)
{
	int fd = calls_socket(&peer->calls, address->socket.any.sa_family);
	bool tried = false;
	int result;

	*call = "socket";
	if (fd < 0)
		return fd;
	result = prepare_to_connect(peer, fd, from, call);
	if (result < 0)
		goto close_socket;
	*call = "connect";
	result = calls_connect(&peer->calls, fd, address);
	tried = true;
	/* So it says that the time of SO_SNDTIMEO is over. */
	if (result == -EINPROGRESS)
		result = -ETIMEDOUT;
	if (result < 0)
		goto close_socket;
	tried = false; /* it is connected */
	*call = "getsockname";
	result = calls_local_address(&peer->calls, fd, local);
	if (result < 0)
		goto close_socket;
	return fd;

close_socket:
	local->length = 0;
	/* Not by calls_local_address(): a plain program would not make this call. */
	if (tried && peer->not_connected)
		(void)net_local_address(fd, local);
	(void)calls_close(&peer->calls, fd);
	if (tried && peer->not_connected)
		peer->not_connected(peer->context, local, address);
	return result;
}

static bool add_connection(struct socket_peer *peer, int fd, const struct net_address *local,
			   const struct net_address *remote)
{
	struct peer_connection *connection = peer_connection_create(peer, fd, local, remote);

	if (!connection)
		return false;
	peer->connections[peer->count++] = connection;
	return true;
}

int socket_peer_connect(struct socket_peer *peer, const struct net_address *addresses, size_t count,
			const struct net_address *from, const char **call)
{
	int result = -EAFNOSUPPORT;

	*call = "connect";
	for (size_t i = 0; i < count; i++) {
		struct net_address local;

		if (from && from->socket.any.sa_family != addresses[i].socket.any.sa_family)
			continue;
		result = connect_to(peer, &addresses[i], from, &local, call);
		if (result >= 0)
			return add_connection(peer, result, &local, &addresses[i]) ? 0 : -ENOMEM;
	}
	return result;
}

static bool listener_is_wanted(const struct socket_peer *peer, uint64_t now_ms)
{
	return peer->listener_fd >= 0 && peer->count < SOCKET_PEER_MAX_CLIENTS &&
	       peer->accept_at_ms == PEER_NEVER && now_ms >= peer->accept_paused_until_ms;
}

static void tell_cannot_accept(struct socket_peer *peer, int error)
{
	if (!peer->told_full)
		peer->event(peer->context,
			    &(struct socket_peer_event){ .kind = SOCKET_PEER_CANNOT_ACCEPT,
							 .error = error });
	peer->told_full = true;
}

static void accept_one(struct socket_peer *peer, uint64_t now_ms)
{
	struct net_address remote;
	struct net_address local;
	int fd = calls_accept(&peer->calls, peer->listener_fd, &remote);

	if (fd == -EAGAIN || fd == -ECONNABORTED)
		return;
	if (fd < 0) {
		peer->accept_paused_until_ms = now_ms + ACCEPT_PAUSE_MS;
		tell_cannot_accept(peer, -fd);
		return;
	}
	/* ENOTCONN and the like: it went away while it waited. */
	if (calls_local_address(&peer->calls, fd, &local) < 0) {
		(void)calls_close(&peer->calls, fd);
		return;
	}
	/* Before anybody is told: who then comes is refused. */
	if (peer->plan->once)
		close_listener(peer);
	if (!add_connection(peer, fd, &local, &remote)) {
		peer->accept_paused_until_ms = now_ms + ACCEPT_PAUSE_MS;
		tell_cannot_accept(peer, ENOMEM);
		return;
	}
	peer->told_full = false;
}

static void accept_client(struct socket_peer *peer, bool ready, uint64_t now_ms)
{
	uint64_t delay_ms = peer->plan->accept_after_ms;

	if (peer->listener_fd < 0)
		return;
	if (ready && delay_ms > 0) {
		peer->accept_at_ms = now_ms + delay_ms;
		return;
	}
	if (!ready && now_ms < peer->accept_at_ms)
		return;
	peer->accept_at_ms = PEER_NEVER;
	/* One: whether another waits is for poll() to say. */
	accept_one(peer, now_ms);
	if (peer->count >= SOCKET_PEER_MAX_CLIENTS)
		tell_cannot_accept(peer, 0);
}

/* Lets go of those that have ended; the others keep their order. */
static void forget_ended(struct socket_peer *peer)
{
	size_t kept = 0;

	for (size_t i = 0; i < peer->count; i++) {
		if (peer->connections[i]->fd >= 0)
			peer->connections[kept++] = peer->connections[i];
		else
			peer_connection_destroy(peer, peer->connections[i]);
	}
	peer->count = kept;
}

static int wait_ms(const struct socket_peer *peer, uint64_t now_ms, int timeout_ms)
{
	uint64_t next = peer->accept_at_ms;
	uint64_t wait;

	if (peer->listener_fd >= 0 && peer->accept_paused_until_ms > now_ms &&
	    peer->accept_paused_until_ms < next)
		next = peer->accept_paused_until_ms;
	for (size_t i = 0; i < peer->count; i++) {
		uint64_t its = peer_connection_next_ms(peer, peer->connections[i], now_ms);

		next = its < next ? its : next;
	}
	if (next == PEER_NEVER)
		return timeout_ms;
	wait = next > now_ms ? next - now_ms : 0;
	if (timeout_ms >= 0 && wait > (uint64_t)timeout_ms)
		return timeout_ms;
	return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

int socket_peer_turn(struct socket_peer *peer, struct pollfd *own_fds, size_t own_count,
		     int timeout_ms)
{
	struct pollfd fds[SOCKET_PEER_OWN_FDS_MAX + 1 + SOCKET_PEER_MAX_CLIENTS];
	uint64_t now_ms = clock_elapsed_ms();
	struct pollfd *first = fds + own_count + 1;
	size_t count;

	forget_ended(peer);
	count = peer->count;
	for (size_t i = 0; i < own_count; i++)
		fds[i] = own_fds[i];
	fds[own_count] =
		(struct pollfd){ .fd = listener_is_wanted(peer, now_ms) ? peer->listener_fd : -1,
				 .events = POLLIN };
	for (size_t i = 0; i < count; i++) {
		bool ask;

		first[i].events = peer_connection_events(peer, peer->connections[i], now_ms, &ask);
		first[i].fd = ask ? peer->connections[i]->fd : -1;
		first[i].revents = 0;
	}
	if (poll(fds, own_count + 1 + count, wait_ms(peer, now_ms, timeout_ms)) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < own_count; i++)
		own_fds[i].revents = fds[i].revents;
	now_ms = clock_elapsed_ms();
	for (size_t i = 0; i < count; i++) {
		if (peer->connections[i]->fd >= 0)
			peer_connection_go_on(peer, peer->connections[i], first[i].revents, now_ms);
	}
	accept_client(peer, fds[own_count].revents != 0, now_ms);
	forget_ended(peer);
	return 0;
}

bool socket_peer_is_over(const struct socket_peer *peer)
{
	struct socket_peer_fact fact;

	return peer->listener_fd < 0 && !socket_peer_get(peer, 0, &fact);
}

bool socket_peer_failed(const struct socket_peer *peer)
{
	return peer->failed;
}

static bool is_meant(const struct peer_connection *connection, uint32_t number)
{
	return connection->fd >= 0 && (number == 0 || connection->number == number);
}

static bool takes_more(const struct peer_connection *connection)
{
	return !connection->we_ended && !connection->shut_wanted && !connection->close_wanted &&
	       !connection->broken;
}

size_t socket_peer_room(const struct socket_peer *peer, uint32_t number)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < peer->count; i++) {
		const struct peer_connection *connection = peer->connections[i];
		size_t room = SOCKET_PEER_QUEUE_MAX_BYTES - byte_queue_length(&connection->unsent);

		if (is_meant(connection, number) && takes_more(connection) && room < least)
			least = room;
	}
	return least == SIZE_MAX ? 0 : least;
}

enum socket_peer_sent socket_peer_send(struct socket_peer *peer, uint32_t number, const void *bytes,
				       size_t length)
{
	enum socket_peer_sent worst = SOCKET_PEER_TAKEN;
	bool any = false;

	for (size_t i = 0; i < peer->count; i++) {
		struct peer_connection *connection = peer->connections[i];
		enum socket_peer_sent sent;

		if (!is_meant(connection, number))
			continue;
		any = true;
		sent = peer_connection_send(peer, connection, bytes, length);
		worst = sent == SOCKET_PEER_TAKEN ? worst : sent;
	}
	return any ? worst : SOCKET_PEER_NO_SUCH;
}

void socket_peer_end_input(struct socket_peer *peer)
{
	if (peer->input_ended)
		return;
	peer->input_ended = true;
	for (size_t i = 0; i < peer->count; i++) {
		if (peer->plan->half_close)
			peer_connection_shut(peer, peer->connections[i]);
	}
}

bool socket_peer_end(struct socket_peer *peer, uint32_t number, enum socket_peer_ending ending)
{
	uint64_t now_ms = clock_elapsed_ms();
	bool any = false;

	for (size_t i = 0; i < peer->count; i++) {
		struct peer_connection *connection = peer->connections[i];

		if (!is_meant(connection, number))
			continue;
		any = true;
		switch (ending) {
		case SOCKET_PEER_HALF:
			peer_connection_shut(peer, connection);
			break;
		case SOCKET_PEER_CLOSE:
			peer_connection_close(peer, connection, SOCKET_PEER_WHY_ASKED, now_ms);
			break;
		case SOCKET_PEER_RESET:
			peer_connection_reset(peer, connection, SOCKET_PEER_WHY_ASKED);
			break;
		}
	}
	return any;
}

void socket_peer_leave(struct socket_peer *peer)
{
	peer->leaving = true;
	close_listener(peer);
	(void)socket_peer_end(peer, 0, SOCKET_PEER_CLOSE);
}

bool socket_peer_get(const struct socket_peer *peer, size_t index, struct socket_peer_fact *out)
{
	for (size_t i = 0; i < peer->count; i++) {
		const struct peer_connection *connection = peer->connections[i];

		if (connection->fd < 0)
			continue;
		if (index-- > 0)
			continue;
		*out = (struct socket_peer_fact){
			.number = connection->number,
			.local = &connection->local,
			.remote = &connection->remote,
			.received_bytes = connection->received_bytes,
			.sent_bytes = connection->sent_bytes,
			.queued_bytes = byte_queue_length(&connection->unsent),
			.we_ended = connection->we_ended,
			.they_ended = connection->they_ended,
		};
		return true;
	}
	return false;
}
