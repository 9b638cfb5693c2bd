/*
 * The calling side of a connection, without blocking: connecting, and looking a host up
 * in the background. Results of the kernel come as negative errno. Any thread.
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
 * The same, from an address of this machine (NULL: any; its port is not looked at): one has only
 * some 28,000 ports to call one server from.
 */
int net_connect_start_from(const struct net_address *source, const struct net_address *address);

/*
 * 0, or a negative errno. A socket that was connected to itself counts as -ECONNREFUSED:
 * TCP does that where a port on loopback that nobody listens at is tried again and again
 * and the kernel happens to lend us just that port (a simultaneous open with oneself).
 */
int net_connect_result(int socket_fd);

/* A host's name that is being looked up. */
struct net_lookup;

/* An address in figures needs no looking up. */
bool net_host_is_figures(const char *host);

/*
 * Starts to look a host up. wake_fd is made readable when that is done; it may be closed
 * before. NULL: no thread, memory or descriptor is left for it. The resolver blocks for as
 * long as it likes and can't be interrupted: it does so in a thread of its own, which
 * nobody waits for.
 */
struct net_lookup *net_lookup_start(const char *host, uint16_t port, int wake_fd);

/*
 * True: it is done; *count addresses were written to `out`, 0: there is none. False: not
 * yet.
 */
bool net_lookup_result(const struct net_lookup *lookup, struct net_address out[NET_ADDRESSES_MAX],
		       size_t *count);

/* Done with it, whether it is done or not. NULL does nothing. */
void net_lookup_drop(struct net_lookup *lookup);

#endif
