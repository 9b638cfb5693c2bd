#include "tcp_lab/lab_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp_lab/tcp_repair.h"

struct lab_sockets {
	struct lab_world *world;   /* borrowed */
	int epoll_fd;              /* borrowed */
	struct lab_socket **items; /* owned, each and all; closed ones stay */
	size_t count;
	size_t capacity;
	size_t open; /* at most LAB_SOCKETS_MAX */
};

union any_address {
	struct sockaddr base;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

int lab_sockets_create(struct lab_world *world, int epoll_fd, struct lab_sockets **out)
{
	struct lab_sockets *sockets = calloc(1, sizeof(*sockets));

	if (!sockets)
		return -ENOMEM;
	sockets->world = world;
	sockets->epoll_fd = epoll_fd;
	*out = sockets;
	return 0;
}

void lab_sockets_destroy(struct lab_sockets *sockets)
{
	if (!sockets)
		return;
	for (size_t i = 0; i < sockets->count; i++) {
		if (sockets->items[i]->fd >= 0)
			(void)close(sockets->items[i]->fd);
		free(sockets->items[i]);
	}
	free(sockets->items);
	free(sockets);
}

static struct lab_socket *find(const struct lab_sockets *sockets, enum lab_host host,
			       const char *name, bool listens)
{
	for (size_t i = sockets->count; i > 0; i--) {
		struct lab_socket *socket = sockets->items[i - 1];

		if (socket->host == host && !socket->nameless && socket->listens == listens &&
		    strcmp(socket->name, name) == 0)
			return socket;
	}
	return NULL;
}

struct lab_socket *lab_sockets_find(const struct lab_sockets *sockets, enum lab_host host,
				    const char *name)
{
	return find(sockets, host, name, false);
}

struct lab_socket *lab_sockets_find_listener(const struct lab_sockets *sockets, enum lab_host host,
					     const char *name)
{
	return find(sockets, host, name, true);
}

static int reserve(struct lab_sockets *sockets)
{
	size_t capacity = sockets->capacity == 0 ? 16 : 2 * sockets->capacity;
	struct lab_socket **grown;

	if (sockets->count < sockets->capacity)
		return 0;
	grown = reallocarray(sockets->items, capacity, sizeof(struct lab_socket *));
	if (!grown)
		return -ENOMEM;
	sockets->items = grown;
	sockets->capacity = capacity;
	return 0;
}

/* Takes the descriptor on success. Any event of it wakes the loop, and the steps try again. */
static int add(struct lab_sockets *sockets, int fd, const struct lab_socket *like,
	       struct lab_socket **out)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLET };
	struct lab_socket *older = find(sockets, like->host, like->name, like->listens);
	struct lab_socket *socket;
	int result = reserve(sockets);

	if (result < 0)
		return result;
	socket = malloc(sizeof(*socket));
	if (!socket)
		return -ENOMEM;
	if (epoll_ctl(sockets->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		result = -errno;
		free(socket);
		return result;
	}
	if (older)
		older->nameless = true;
	*socket = *like;
	socket->sockets = sockets;
	socket->fd = fd;
	sockets->items[sockets->count++] = socket;
	sockets->open++;
	*out = socket;
	return 0;
}

int lab_sockets_open(struct lab_sockets *sockets, enum lab_host host, const char *name, bool ipv6,
		     struct lab_socket **out)
{
	struct lab_socket like = { .host = host, .ipv6 = ipv6 };
	int result;
	int fd;

	if (sockets->open >= LAB_SOCKETS_MAX)
		return -EMFILE;
	(void)snprintf(like.name, sizeof(like.name), "%s", name);
	fd = lab_world_socket(sockets->world, host, ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM,
			      IPPROTO_TCP);
	if (fd < 0)
		return fd;
	result = add(sockets, fd, &like, out);
	if (result < 0)
		(void)close(fd);
	return result;
}

static int set(const struct lab_socket *socket, int level, int option, const void *value,
	       size_t length)
{
	return setsockopt(socket->fd, level, option, value, (socklen_t)length) < 0 ? -errno : 0;
}

static int set_number(const struct lab_socket *socket, int level, int option, int number)
{
	return set(socket, level, option, &number, sizeof(number));
}

int lab_socket_set_option(struct lab_socket *socket, int level, int option, int number,
			  const char *value, size_t length)
{
	if (value)
		return set(socket, level, option, value, length);
	if (level == SOL_SOCKET && option == SO_LINGER) {
		struct linger linger = { .l_onoff = number >= 0,
					 .l_linger = number >= 0 ? number : 0 };

		return set(socket, level, option, &linger, sizeof(linger));
	}
	if (level == SOL_SOCKET && option == SO_REUSEADDR)
		socket->reuse_is_said = true;
	return set_number(socket, level, option, number);
}

int lab_socket_set_isn(struct lab_socket *socket, uint32_t isn)
{
	return tcp_repair_set_isn(socket->fd, isn);
}

/* text: NULL: any address. Returns its length. */
static socklen_t make_address(bool ipv6, const char *text, uint16_t port, union any_address *out)
{
	*out = (union any_address){ 0 };
	if (ipv6) {
		out->six.sin6_family = AF_INET6;
		out->six.sin6_port = htons(port);
		if (text)
			(void)inet_pton(AF_INET6, text, &out->six.sin6_addr);
		return sizeof(out->six);
	}
	out->four.sin_family = AF_INET;
	out->four.sin_port = htons(port);
	if (text)
		(void)inet_pton(AF_INET, text, &out->four.sin_addr);
	return sizeof(out->four);
}

static const char *host_address(enum lab_host host, bool ipv6)
{
	if (host == LAB_CLIENT)
		return ipv6 ? LAB_CLIENT_IPV6 : LAB_CLIENT_IPV4;
	return ipv6 ? LAB_SERVER_IPV6 : LAB_SERVER_IPV4;
}

int lab_socket_bind(struct lab_socket *socket, uint16_t port)
{
	union any_address address;
	socklen_t length = make_address(socket->ipv6, NULL, port, &address);

	return bind(socket->fd, &address.base, length) < 0 ? -errno : 0;
}

static bool is_bound(const struct lab_socket *socket)
{
	union any_address address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(socket->fd, &address.base, &length) < 0)
		return false;
	return (socket->ipv6 ? address.six.sin6_port : address.four.sin_port) != 0;
}

int lab_socket_listen(struct lab_socket *socket, uint16_t port, int backlog)
{
	struct lab_socket *older =
		lab_sockets_find_listener(socket->sockets, socket->host, socket->name);
	int result = 0;

	if (!socket->reuse_is_said)
		result = set_number(socket, SOL_SOCKET, SO_REUSEADDR, 1);
	/* So that one of each family may listen at the same port. */
	if (result == 0 && socket->ipv6)
		result = set_number(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (result == 0 && !is_bound(socket))
		result = lab_socket_bind(socket, port);
	if (result == 0 && listen(socket->fd, backlog) < 0)
		result = -errno;
	if (result < 0)
		return result;
	if (older)
		older->nameless = true;
	socket->listens = true;
	return 0;
}

/* Of both families; IPv4 addresses in IPv6 clothes become IPv4 ones, as on the wire. */
static void read_end(const union any_address *address, struct ip_address *out, uint16_t *port)
{
	*out = (struct ip_address){ .version = 4 };
	if (address->base.sa_family == AF_INET) {
		memcpy(out->bytes, &address->four.sin_addr, 4);
		*port = ntohs(address->four.sin_port);
		return;
	}
	*port = ntohs(address->six.sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&address->six.sin6_addr)) {
		memcpy(out->bytes, address->six.sin6_addr.s6_addr + 12, 4);
		return;
	}
	out->version = 6;
	memcpy(out->bytes, &address->six.sin6_addr, 16);
}

static int note_pair(struct lab_socket *socket, const union any_address *remote)
{
	enum lab_host other = lab_other_host(socket->host);
	union any_address local = { 0 };
	socklen_t length = sizeof(local);

	if (getsockname(socket->fd, &local.base, &length) < 0)
		return -errno;
	read_end(&local, &socket->pair.address[socket->host], &socket->pair.port[socket->host]);
	read_end(remote, &socket->pair.address[other], &socket->pair.port[other]);
	socket->has_pair = true;
	return 0;
}

int lab_socket_connect(struct lab_socket *socket, uint16_t port, const void *data, size_t length,
		       size_t *sent)
{
	union any_address remote;
	socklen_t remote_length =
		make_address(socket->ipv6, host_address(lab_other_host(socket->host), socket->ipv6),
			     port, &remote);
	ssize_t result;
	int error;

	if (data)
		result = sendto(socket->fd, data, length, MSG_FASTOPEN | MSG_NOSIGNAL, &remote.base,
				remote_length);
	else
		result = connect(socket->fd, &remote.base, remote_length);
	error = result < 0 ? errno : 0;
	*sent = result > 0 ? (size_t)result : 0;
	if (error != 0 && error != EINPROGRESS)
		return -error;
	(void)note_pair(socket, &remote);
	/* Data that went with the SYN does not mean that it was answered. */
	return data || error == EINPROGRESS ? -EINPROGRESS : 0;
}

int lab_socket_connected(struct lab_socket *socket)
{
	struct pollfd ready = { .fd = socket->fd, .events = POLLOUT };
	socklen_t length = sizeof(int);
	int error = 0;
	int result = poll(&ready, 1, 0);

	if (result < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (result == 0)
		return -EAGAIN;
	if (getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return -errno;
	if (error != 0)
		return -error;
	/* One that was never connected is "ready" too: hung up. */
	return ready.revents & POLLHUP && !(ready.revents & POLLIN) ? -ENOTCONN : 0;
}

int lab_socket_accept(struct lab_socket *listener, const char *name, struct lab_socket **out)
{
	struct lab_socket like = { .host = listener->host, .ipv6 = listener->ipv6 };
	union any_address remote = { 0 };
	socklen_t length = sizeof(remote);
	int result;
	int fd;

	if (listener->sockets->open >= LAB_SOCKETS_MAX)
		return -EMFILE;
	fd = accept4(listener->fd, &remote.base, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)snprintf(like.name, sizeof(like.name), "%s", name);
	result = add(listener->sockets, fd, &like, out);
	if (result < 0) {
		(void)close(fd);
		return result;
	}
	return note_pair(*out, &remote);
}

ssize_t lab_socket_send(struct lab_socket *socket, const void *bytes, size_t length, int flags)
{
	ssize_t sent = send(socket->fd, bytes, length, flags | MSG_NOSIGNAL);

	return sent < 0 ? -errno : sent;
}

ssize_t lab_socket_receive(struct lab_socket *socket, void *buffer, size_t size, int flags)
{
	ssize_t received = recv(socket->fd, buffer, size, flags);

	return received < 0 ? -errno : received;
}

int lab_socket_shutdown(struct lab_socket *socket, int how)
{
	return shutdown(socket->fd, how) < 0 ? -errno : 0;
}

int lab_socket_close(struct lab_socket *socket)
{
	int fd = socket->fd;

	socket->fd = -1;
	socket->sockets->open--;
	return close(fd) < 0 ? -errno : 0;
}

int lab_socket_reset(struct lab_socket *socket)
{
	static const struct linger none = { .l_onoff = 1, .l_linger = 0 };
	int result = set(socket, SOL_SOCKET, SO_LINGER, &none, sizeof(none));

	return result < 0 ? result : lab_socket_close(socket);
}

int lab_socket_vanish(struct lab_socket *socket)
{
	int result = tcp_repair_silence(socket->fd);

	return result < 0 ? result : lab_socket_close(socket);
}
