/*
 * The socket API, call by call, each told to a log with its arguments and its result: as a tracer
 * would, but so that one can read it who has just met these calls. Nothing else in this folder
 * talks to the kernel about sockets.
 *
 * Results are those of the calls, errors are negative errno. The caller has SIGPIPE ignored. One
 * thread.
 */
#ifndef WIRETALE_SOCKET_PEER_SOCKET_CALLS_H
#define WIRETALE_SOCKET_PEER_SOCKET_CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text_builder.h"
#include "net/address.h"

/* Of what is sent and received so many bytes are shown. */
#define SOCKET_CALLS_SHOWN_BYTES 48u

struct socket_calls {
	/*
	 * A piece of a line, or a line with its end; NULL: nobody wants to know. A call that may
	 * take its time comes in two pieces, the second when it is over.
	 */
	void (*log)(void *context, const char *text, size_t length);
	void *context;
	struct text_builder line; /* owned; being written */
};

void socket_calls_init(struct socket_calls *calls);
void socket_calls_finish(struct socket_calls *calls);

/* family: AF_INET or AF_INET6. The socket blocks, as one gets it. */
int calls_socket(struct socket_calls *calls, int family);
int calls_bind(struct socket_calls *calls, int fd, const struct net_address *address);
int calls_listen(struct socket_calls *calls, int fd, int backlog);
int calls_accept(struct socket_calls *calls, int fd, struct net_address *remote);

/* Blocks. */
int calls_connect(struct socket_calls *calls, int fd, const struct net_address *address);

int calls_local_address(struct socket_calls *calls, int fd, struct net_address *out);

/* From now on no call on it blocks. */
int calls_set_nonblocking(struct socket_calls *calls, int fd);

/* 0 at the end of the stream. */
ssize_t calls_receive(struct socket_calls *calls, int fd, void *out, size_t length);
ssize_t calls_send(struct socket_calls *calls, int fd, const void *bytes, size_t length);

/* SHUT_WR */
int calls_shut_writing(struct socket_calls *calls, int fd);
int calls_close(struct socket_calls *calls, int fd);

/* The error that the kernel keeps for the socket: 0, or a negative errno. */
int calls_kept_error(struct socket_calls *calls, int fd);

enum socket_option {
	SOCKET_OPTION_REUSE_ADDRESS,
	SOCKET_OPTION_V6_ONLY,
	SOCKET_OPTION_NO_DELAY,
	SOCKET_OPTION_KEEPALIVE,
	SOCKET_OPTION_KEEPALIVE_IDLE,     /* seconds */
	SOCKET_OPTION_KEEPALIVE_INTERVAL, /* seconds */
	SOCKET_OPTION_RECEIVE_BUFFER,     /* bytes; the kernel takes twice as many */
	SOCKET_OPTION_SEND_BUFFER,        /* the same */
};

int calls_set_option(struct socket_calls *calls, int fd, enum socket_option option, int value);

/* SO_LINGER with 0 seconds: close() sends RST, and drops what was not sent. */
int calls_set_reset_on_close(struct socket_calls *calls, int fd);

/* SO_SNDTIMEO, which bounds connect() as well. */
int calls_set_send_timeout(struct socket_calls *calls, int fd, uint32_t timeout_ms);

#endif
