/*
 * The namespaces of a lab: a user namespace that owns the others, a network namespace and a host
 * name for each host, one network namespace in between, the programs' own processes and files.
 *
 * The process that makes them stays in the one in between, and outside of the PID namespace: a
 * keeper is its process 1, which dies with us, however we end, and with it all in there.
 */
#ifndef WIRETALE_TCP_LAB_LAB_NAMESPACES_H
#define WIRETALE_TCP_LAB_LAB_NAMESPACES_H

#include <stdbool.h>
#include <sys/types.h>

#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_mounts.h"
#include "tcp_lab/lab_refusal.h"

struct lab_namespaces {
	pid_t keeper;             /* -1: none */
	int wire_fd;              /* owned, as all of them; the network namespace in between */
	int net_fds[LAB_HOSTS];   /* network namespaces */
	int uts_fds[LAB_HOSTS];   /* host names */
	int mount_fd;             /* -1: programs see the file system as it is */
	int root_fd;              /* with mount_fd: our root folder in there */
	struct lab_mounts mounts; /* what could be had of it */
};

/* In the namespace in between, before the hosts' are made: they take from it. */
typedef void lab_namespaces_prepare(void);

/* None: to be finished, or to be made. */
void lab_namespaces_clear(struct lab_namespaces *namespaces);

/* 0, or lab_refuse()'s. For a process with one thread, which changes for good. */
int lab_namespaces_init(struct lab_namespaces *namespaces, lab_namespaces_prepare *prepare,
			const struct lab_machine *machine, struct lab_refusal *refusal);
/*
 * Ends everything in the PID namespace, and reaps every child of this process: the keeper is gone
 * only after all others are.
 */
void lab_namespaces_finish(struct lab_namespaces *namespaces);

/* The calling process's network from now on is the host's, until lab_namespaces_leave(). 0 or
 * -errno. */
int lab_namespaces_enter(const struct lab_namespaces *namespaces, enum lab_host host);
int lab_namespaces_leave(const struct lab_namespaces *namespaces);

/* For a forked child: for good, without any right over them. 0 or -errno. */
int lab_namespaces_become(const struct lab_namespaces *namespaces, enum lab_host host);

#endif
