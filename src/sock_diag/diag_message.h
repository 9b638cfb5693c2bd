/*
 * The netlink messages of sock_diag: what is asked, and what the kernel answers. Bytes in, bytes
 * out; no socket here. Any thread.
 */
#ifndef WIRETALE_SOCK_DIAG_DIAG_MESSAGE_H
#define WIRETALE_SOCK_DIAG_DIAG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sock_diag/diag_socket.h"

#define DIAG_REQUEST_BYTES 128u

struct diag_request {
	uint8_t family;                  /* AF_INET, AF_INET6 */
	bool wants_info;                 /* TCP_INFO and the congestion control's name */
	uint32_t states;                 /* bits 1 << enum socket_state; of a dump */
	const struct ip_address *local;  /* NULL: a dump of all */
	const struct ip_address *remote; /* not NULL where `local` is not */
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t interface; /* its index, for link-local addresses; 0: any */
	uint64_t cookie;    /* of this one socket only; 0: whichever has these ends */
	bool destroys;      /* not asked about: to be killed (SOCK_DESTROY), and confirmed */
	uint32_t sequence;  /* answers carry it */
};

/* Returns the length. */
size_t diag_request_write(const struct diag_request *request, uint8_t out[DIAG_REQUEST_BYTES]);

enum diag_answer {
	DIAG_SOCKET,       /* one socket */
	DIAG_END,          /* of this dump; `error` tells whether of all of it */
	DIAG_ERROR,        /* nothing more will come; `error` says why, 0: it was only confirmed */
	DIAG_UNKNOWN,      /* a socket, but in a state or of a family that is none of ours */
	DIAG_NOT_MEANT,    /* a message to somebody else, or of an earlier request */
	DIAG_NOTHING_LEFT, /* of these bytes: receive more */
	DIAG_MALFORMED,    /* the rest of these bytes is no netlink */
};

struct diag_reader {
	const uint8_t *bytes; /* borrowed; aligned for struct nlmsghdr */
	size_t length;        /* left */
	uint32_t sequence;    /* of the request; other messages are passed over */
	bool interrupted;     /* by a change of the tables: what came may miss or repeat some */
	int error;            /* -errno; of DIAG_END and DIAG_ERROR; 0: all is well */
};

/* The next message of what was received; *out is written for DIAG_SOCKET only. */
enum diag_answer diag_reader_next(struct diag_reader *reader, struct diag_socket *out);

#endif
