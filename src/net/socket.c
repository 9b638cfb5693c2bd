#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int close_and_return(int fd, int result)
{
	(void)close(fd);
	return result;
}

int net_listen(const struct net_address *address)
{
	int on = 1;
	int fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);

	if (fd < 0)
		return -errno;
	/* Without it a restart within TIME_WAIT of the old connections is refused. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return close_and_return(fd, -errno);
	if (address->socket.any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return close_and_return(fd, -errno);
	if (bind(fd, &address->socket.any, address->length) < 0)
		return close_and_return(fd, -errno);
	if (listen(fd, NET_LISTEN_BACKLOG) < 0)
		return close_and_return(fd, -errno);
	return fd;
}

int net_accept(int listener_fd, struct net_address *remote)
{
	struct net_address found = { .length = sizeof(found.socket) };
	int fd;

	do {
		found.length = sizeof(found.socket);
		fd = accept4(listener_fd, &found.socket.any, &found.length,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	*remote = found;
	return fd;
}

ssize_t net_receive(int socket_fd, void *out, size_t length)
{
	ssize_t got;

	do
		got = recv(socket_fd, out, length, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

ssize_t net_send(int socket_fd, const struct iovec *pieces, size_t count)
{
	/* msghdr is not const for the sake of recvmsg; sendmsg does not write through it. */
	union {
		const struct iovec *given;
		struct iovec *wanted;
	} cast = { .given = pieces };
	const struct msghdr message = { .msg_iov = cast.wanted, .msg_iovlen = count };
	ssize_t sent;

	do
		sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent;
}

void net_shut_writing(int socket_fd)
{
	(void)shutdown(socket_fd, SHUT_WR);
}

static void set_int(int socket_fd, int level, int option, int value)
{
	(void)setsockopt(socket_fd, level, option, &value, sizeof(value));
}

void net_set_no_delay(int socket_fd)
{
	set_int(socket_fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

void net_set_user_timeout(int socket_fd, uint32_t timeout_ms)
{
	set_int(socket_fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)timeout_ms);
}

void net_set_keepalive(int socket_fd, uint32_t idle_ms)
{
	int idle_s = (int)(idle_ms / 1000);
	int interval_s = idle_s / 6;

	if (idle_s < 1)
		idle_s = 1;
	if (interval_s < 1)
		interval_s = 1;
	set_int(socket_fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
	set_int(socket_fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_s);
	set_int(socket_fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
	set_int(socket_fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

void net_set_reset_on_close(int socket_fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(socket_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

int64_t net_unacknowledged(int socket_fd)
{
	int bytes = 0;

	return ioctl(socket_fd, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

int net_spare_open(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

int net_wake_open(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void net_wake(int wake_fd)
{
	const uint64_t one = 1;

	/* EAGAIN means that the counter is full: the reader will wake all the same. */
	while (write(wake_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

void net_wake_clear(int wake_fd)
{
	uint64_t count;

	while (read(wake_fd, &count, sizeof(count)) < 0 && errno == EINTR) {
	}
}
