/*
 * The calling side of a connection, without blocking. Results of the kernel come as
 * negative errno. Any thread.
 */
#ifndef WIRETALE_NET_CONNECT_H
#define WIRETALE_NET_CONNECT_H

#include "net/address.h"

/*
 * Opens a non-blocking socket with TCP_NODELAY and starts to connect it. Returns the
 * descriptor, to be closed by the caller, or a negative errno. The connection is there, or
 * has failed, once the descriptor is writable: net_connect_result() says which.
 */
int net_connect_start(const struct net_address *address);

/*
 * 0, or a negative errno. A socket that was connected to itself counts as -ECONNREFUSED:
 * TCP does that where a port on loopback that nobody listens at is tried again and again
 * and the kernel happens to lend us just that port (a simultaneous open with oneself).
 */
int net_connect_result(int socket_fd);

#endif
