/*
 * The TCP sockets of a network namespace, asked of the kernel through NETLINK_SOCK_DIAG.
 *
 *   sock_diag_open(&diag);
 *   sock_diag_dump(diag, &question, &taker, &notes);      all of them
 *   sock_diag_find(diag, &ends, false, &socket);          one of them
 *   sock_diag_destroy(diag, &ends);                       kills it
 *   sock_diag_close(diag);
 *
 * The namespace is that of the thread that opens; the kernel goes on answering for it, wherever the
 * thread or the descriptor goes. One thread at a time. Results are 0 or -errno; -ENOTSUP from all
 * of them in a build without libmnl.
 */
#ifndef WIRETALE_SOCK_DIAG_SOCK_DIAG_H
#define WIRETALE_SOCK_DIAG_SOCK_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "sock_diag/diag_socket.h"

/* So often a dump is asked for again when the kernel's tables changed while it was made. */
#define SOCK_DIAG_DUMPS_MAX 5u

#define SOCK_DIAG_ALL_STATES ((1u << SOCKET_STATE_END) - 2u)

struct sock_diag;

/* False: this build has no libmnl. */
bool sock_diag_is_built(void);

/* -EPROTONOSUPPORT, -EPERM, -EACCES: no netlink to be had here. */
int sock_diag_open(struct sock_diag **out);

/* The same over a descriptor opened elsewhere, in another namespace; takes it on success. */
int sock_diag_adopt(int fd, struct sock_diag **out);

void sock_diag_close(struct sock_diag *diag); /* may be NULL */

/* Borrowed: to hand it to another process. */
int sock_diag_fd(const struct sock_diag *diag);

struct sock_diag_question {
	uint32_t states; /* bits 1 << enum socket_state, or SOCK_DIAG_ALL_STATES */
	bool wants_info; /* TCP_INFO, and the congestion control's name */
};

struct sock_diag_taker {
	/* Before the first socket, and again where all that was given is void: the tables changed
	 * meanwhile, and it is asked anew. */
	void (*begin)(void *context);
	/* The socket is borrowed until it returns. */
	void (*take)(void *context, const struct diag_socket *socket);
	void *context;
};

struct sock_diag_notes {
	unsigned dumps;   /* that were made */
	bool changed;     /* the last one too was disturbed: some may be missing, or given twice */
	uint64_t skipped; /* sockets in a state that this program does not know */
};

/* IPv4, then IPv6. -ENOENT: the kernel has no tcp_diag. */
int sock_diag_dump(struct sock_diag *diag, const struct sock_diag_question *question,
		   const struct sock_diag_taker *taker, struct sock_diag_notes *notes);

struct sock_diag_ends {
	struct ip_address local;
	struct ip_address remote; /* of the same version */
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t interface; /* index; for link-local addresses; 0: any */
};

/*
 * The connection with these two ends: some microseconds, where a dump takes as long as there are
 * sockets. -ENOENT: there is none (that its local port has a listener is no answer).
 */
int sock_diag_find(struct sock_diag *diag, const struct sock_diag_ends *ends, bool wants_info,
		   struct diag_socket *out);

/*
 * Who would get a segment for `local` from `remote`: that connection, or where there is none the
 * listener of its port (out->state says which). -ENOENT: nobody.
 */
int sock_diag_find_receiver(struct sock_diag *diag, const struct sock_diag_ends *ends,
			    bool wants_info, struct diag_socket *out);

/*
 * Kills the connection with these two ends; never a listener. Its peer gets an RST, its program
 * ECONNABORTED. -ENOENT: there is none; -EPERM: not one's own namespace; -EOPNOTSUPP: this kernel
 * does not do that (CONFIG_INET_DIAG_DESTROY).
 */
int sock_diag_destroy(struct sock_diag *diag, const struct sock_diag_ends *ends);

#endif
