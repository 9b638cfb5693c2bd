/*
 * Stream sockets, non-blocking, that never raise SIGPIPE. Results of the kernel come as
 * negative errno; a call that a signal interrupted is made again. Any thread.
 */
#ifndef WIRETALE_NET_SOCKET_H
#define WIRETALE_NET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "net/address.h"

/* Waiting connections that the kernel keeps for us. */
#define NET_LISTEN_BACKLOG 1024

/*
 * Opens a listening socket; IPv6 ones take no IPv4 connections. Returns the descriptor,
 * to be closed by the caller, or a negative errno.
 */
int net_listen(const struct net_address *address);

/* Takes one connection. Returns its descriptor, or a negative errno (-EAGAIN: none waits). */
int net_accept(int listener_fd, struct net_address *remote);

/* Returns bytes received, 0 at the end of the stream, or a negative errno. */
ssize_t net_receive(int socket_fd, void *out, size_t length);

/* Returns bytes that the kernel took, or a negative errno. */
ssize_t net_send(int socket_fd, const struct iovec *pieces, size_t count);

void net_shut_writing(int socket_fd);
void net_set_no_delay(int socket_fd);

/* Unacknowledged data for so long ends the connection: TCP_USER_TIMEOUT. */
void net_set_user_timeout(int socket_fd, uint32_t timeout_ms);

/* The kernel probes an idle peer: first after idle_ms, dead at 1.5 times that. */
void net_set_keepalive(int socket_fd, uint32_t idle_ms);

/* Closing sends a reset instead of what is queued: SO_LINGER 0. */
void net_set_reset_on_close(int socket_fd);

/* Bytes sent that the peer's TCP has not acknowledged; negative: not known. */
int64_t net_unacknowledged(int socket_fd);

/*
 * A descriptor that is good for nothing but being given up, when a connection could not be accepted
 * for want of one. Negative errno: none left.
 */
int net_spare_open(void);

/* A descriptor that net_wake() makes readable, from any thread. Negative errno: none left. */
int net_wake_open(void);
void net_wake(int wake_fd);
void net_wake_clear(int wake_fd);

#endif
