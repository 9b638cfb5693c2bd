#include "net/connect.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"

int net_connect_start(const struct net_address *address)
{
	int socket_fd = socket(address->socket.any.sa_family,
			       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (socket_fd < 0)
		return -errno;

	net_set_no_delay(socket_fd);
	/* Interrupted, the kernel goes on connecting; calling again would only say EALREADY. */
	if (connect(socket_fd, &address->socket.any, address->length) == 0 ||
	    errno == EINPROGRESS || errno == EINTR)
		return socket_fd;
	error = errno;
	(void)close(socket_fd);
	return -error;
}

static bool is_connected_to_itself(int socket_fd)
{
	struct net_address local;
	struct net_address remote;
	uint8_t local_ip[16] = { 0 };
	uint8_t remote_ip[16] = { 0 };

	if (!net_local_address(socket_fd, &local) || !net_remote_address(socket_fd, &remote) ||
	    net_address_port(&local) != net_address_port(&remote))
		return false;
	net_address_ip(&local, local_ip);
	net_address_ip(&remote, remote_ip);
	return memcmp(local_ip, remote_ip, sizeof(local_ip)) == 0;
}

int net_connect_result(int socket_fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return -errno;
	if (error != 0)
		return -error;
	return is_connected_to_itself(socket_fd) ? -ECONNREFUSED : 0;
}
