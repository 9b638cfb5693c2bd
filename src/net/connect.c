#include "net/connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"

/* The kernel chooses the port when it knows the other end: so a port serves several of those. */
static int bind_source(int socket_fd, const struct net_address *source)
{
	struct net_address from = *source;
	int on = 1;

	net_address_set_port(&from, 0);
	(void)setsockopt(socket_fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(socket_fd, &from.socket.any, from.length);
}

int net_connect_start_from(const struct net_address *source, const struct net_address *address)
{
	int socket_fd = socket(address->socket.any.sa_family,
			       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (socket_fd < 0)
		return -errno;

	net_set_no_delay(socket_fd);
	if (source && bind_source(socket_fd, source) < 0)
		goto close_socket;
	/* Interrupted, the kernel goes on connecting; calling again would only say EALREADY. */
	if (connect(socket_fd, &address->socket.any, address->length) == 0 ||
	    errno == EINPROGRESS || errno == EINTR)
		return socket_fd;

close_socket:
	error = errno;
	(void)close(socket_fd);
	return -error;
}

int net_connect_start(const struct net_address *address)
{
	return net_connect_start_from(NULL, address);
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

/* Shared by who asked and by the thread that looks up; the last of the two frees it. */
struct net_lookup {
	atomic_int holders;
	atomic_bool is_done; /* the fields below are written no more */
	int wake_fd;         /* owned, a duplicate: who asked may close the original any time */
	uint16_t port;
	char host[NET_HOST_MAX_BYTES];
	struct net_address addresses[NET_ADDRESSES_MAX];
	size_t count;
};

bool net_host_is_figures(const char *host)
{
	uint8_t ip[16];

	/* With a scope ("fe80::1%eth0") it is none to inet_pton, but needs no looking up. */
	return inet_pton(AF_INET, host, ip) == 1 || strchr(host, ':');
}

void net_lookup_drop(struct net_lookup *lookup)
{
	if (!lookup || atomic_fetch_sub(&lookup->holders, 1) > 1)
		return;
	(void)close(lookup->wake_fd);
	free(lookup);
}

static void *look_up(void *argument)
{
	struct net_lookup *lookup = argument;
	const char *problem;

	lookup->count = net_resolve(lookup->host, lookup->port, lookup->addresses, &problem);
	atomic_store(&lookup->is_done, true);
	net_wake(lookup->wake_fd);
	net_lookup_drop(lookup);
	return NULL;
}

/* Signals are the application's: none is handled in a thread that it does not know. */
static bool start_detached(void *(*body)(void *), void *argument)
{
	pthread_attr_t attributes;
	sigset_t all_signals;
	sigset_t signals;
	pthread_t thread;
	int error;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all_signals);
	(void)pthread_sigmask(SIG_SETMASK, &all_signals, &signals);
	error = pthread_create(&thread, &attributes, body, argument);
	(void)pthread_sigmask(SIG_SETMASK, &signals, NULL);
	(void)pthread_attr_destroy(&attributes);
	return error == 0;
}

struct net_lookup *net_lookup_start(const char *host, uint16_t port, int wake_fd)
{
	struct net_lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return NULL;
	lookup->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
	if (lookup->wake_fd < 0)
		goto free_lookup;
	(void)strncpy(lookup->host, host, sizeof(lookup->host) - 1);
	lookup->port = port;
	atomic_init(&lookup->holders, 2);
	atomic_init(&lookup->is_done, false);
	if (!start_detached(look_up, lookup))
		goto close_wake;
	return lookup;

close_wake:
	(void)close(lookup->wake_fd);
free_lookup:
	free(lookup);
	return NULL;
}

bool net_lookup_result(const struct net_lookup *lookup, struct net_address out[NET_ADDRESSES_MAX],
		       size_t *count)
{
	if (!atomic_load(&lookup->is_done))
		return false;
	memcpy(out, lookup->addresses, sizeof(lookup->addresses));
	*count = lookup->count;
	return true;
}
