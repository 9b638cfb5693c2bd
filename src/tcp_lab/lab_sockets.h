/*
 * The sockets of both hosts that an experiment's steps open, by host and name. All of them are
 * non-blocking: a call that would wait gives -EAGAIN, and epoll tells when to try again.
 *
 *   lab_sockets_create(world, epoll_fd, &sockets);
 *   lab_sockets_open(sockets, LAB_CLIENT, "", false, &socket);
 *   lab_socket_connect(socket, &call);
 *   lab_socket_close(socket);           its name stays, for asking what became of the connection
 *   lab_sockets_destroy(sockets);       closes what is open
 *
 * A host's connections and listeners have names of their own: server.a may be one of each. One
 * thread. Functions return 0 or a count, or -errno.
 */
#ifndef WIRETALE_TCP_LAB_LAB_SOCKETS_H
#define WIRETALE_TCP_LAB_LAB_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/lab_world.h"
#include "tcp_lab/probe.h"

struct lab_sockets;

/* Borrowed from its struct lab_sockets, until that is destroyed. */
struct lab_socket {
	struct lab_sockets *sockets; /* borrowed: whose it is */
	enum lab_host host;
	char name[LAB_NAME_BYTES];
	int fd; /* owned; -1: closed */
	bool ipv6;
	bool listens;
	bool nameless;      /* another took its name over; nobody can mean it any more */
	bool reuse_is_said; /* a step set SO_REUSEADDR: `listen` does not */
	bool has_pair;      /* it was connected, or tried to be */
	struct lab_pair pair;
	uint32_t connection;    /* its number on the cable, set by steps; 0: not known */
	uint64_t pattern_bytes; /* that it sent of the pattern */
};

/* Both borrowed. */
int lab_sockets_create(struct lab_world *world, int epoll_fd, struct lab_sockets **out);
void lab_sockets_destroy(struct lab_sockets *sockets); /* may be NULL */

/* The connection, or socket that may become one, of that name, closed ones too. NULL: none. */
struct lab_socket *lab_sockets_find(const struct lab_sockets *sockets, enum lab_host host,
				    const char *name);
struct lab_socket *lab_sockets_find_listener(const struct lab_sockets *sockets, enum lab_host host,
					     const char *name);

/* A new socket of that name; one that has it already loses the name. -EMFILE: LAB_SOCKETS_MAX are
 * open. */
int lab_sockets_open(struct lab_sockets *sockets, enum lab_host host, const char *name, bool ipv6,
		     struct lab_socket **out);

/* value: NULL with `number`. */
int lab_socket_set_option(struct lab_socket *socket, int level, int option, int number,
			  const char *value, size_t length);
int lab_socket_set_isn(struct lab_socket *socket, uint32_t isn);
int lab_socket_bind(struct lab_socket *socket, uint16_t port);
/* Takes the socket's name among the listeners. */
int lab_socket_listen(struct lab_socket *socket, uint16_t port, int backlog);

/*
 * To the other host. data: to go with the SYN (TCP Fast Open); NULL: none. -EINPROGRESS: it was
 * begun, see lab_socket_connected(). *sent: bytes of the data that the kernel took.
 */
int lab_socket_connect(struct lab_socket *socket, uint16_t port, const void *data, size_t length,
		       size_t *sent);
/* 0: it is; -EAGAIN: not decided yet; else why not. */
int lab_socket_connected(struct lab_socket *socket);

/* The new connection has that name on the listener's host. */
int lab_socket_accept(struct lab_socket *listener, const char *name, struct lab_socket **out);

ssize_t lab_socket_send(struct lab_socket *socket, const void *bytes, size_t length, int flags);
ssize_t lab_socket_receive(struct lab_socket *socket, void *buffer, size_t size, int flags);

int lab_socket_shutdown(struct lab_socket *socket, int how);
int lab_socket_close(struct lab_socket *socket);
/* Closes with an RST. */
int lab_socket_reset(struct lab_socket *socket);
/* Closes without a word to anybody (TCP_REPAIR). */
int lab_socket_vanish(struct lab_socket *socket);

#endif
