/*
 * Which program has a socket open, by what /proc tells: only of one's own processes, or of all as
 * root. A walk over /proc, so ask once for many where there are many. Any thread.
 */
#ifndef WIRETALE_SOCK_DIAG_SOCKET_OWNER_H
#define WIRETALE_SOCK_DIAG_SOCKET_OWNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ip_address.h"

#define SOCKET_OWNER_PROGRAM_BYTES 32u

struct socket_owner {
	pid_t pid;
	char program[SOCKET_OWNER_PROGRAM_BYTES]; /* as /proc/PID/comm has it, made harmless */
};

struct socket_owners;

/* Looks at every process now. NULL: out of memory. */
struct socket_owners *socket_owners_create(void);
void socket_owners_destroy(struct socket_owners *owners); /* may be NULL */

/* False: nobody that may be looked at has it. */
bool socket_owners_find(const struct socket_owners *owners, uint64_t inode,
			struct socket_owner *out);

/* The same for one socket known by its two ends, asking the kernel for its inode first. */
bool socket_owner_of(const struct ip_address *local, uint16_t local_port,
		     const struct ip_address *remote, uint16_t remote_port,
		     struct socket_owner *out);

#endif
