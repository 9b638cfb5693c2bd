#include "tcp_lab/tcp_repair.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static int set(int socket_fd, int option, const void *value, socklen_t length)
{
	return setsockopt(socket_fd, IPPROTO_TCP, option, value, length) < 0 ? -errno : 0;
}

static int repair(int socket_fd, int on)
{
	return set(socket_fd, TCP_REPAIR, &on, sizeof(on));
}

/* connect() keeps a number that is there already. */
int tcp_repair_set_isn(int socket_fd, uint32_t isn)
{
	int queue = TCP_SEND_QUEUE;
	int result = repair(socket_fd, 1);

	if (result < 0)
		return result;
	result = set(socket_fd, TCP_REPAIR_QUEUE, &queue, sizeof(queue));
	if (result == 0)
		result = set(socket_fd, TCP_QUEUE_SEQ, &isn, sizeof(isn));
	if (repair(socket_fd, 0) < 0 && result == 0)
		result = -errno;
	return result;
}

int tcp_repair_silence(int socket_fd)
{
	return repair(socket_fd, 1);
}
