/*
 * Why this machine lets us make no hosts, and what its owner can do about it: from what failed and
 * from what the machine says of itself.
 */
#ifndef WIRETALE_TCP_LAB_LAB_REFUSAL_H
#define WIRETALE_TCP_LAB_LAB_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/lab_world.h"

/* What was being done when the kernel said no. */
enum lab_attempt {
	LAB_ATTEMPT_BUILD,          /* a build without libmnl can try nothing */
	LAB_ATTEMPT_USER_NAMESPACE, /* unshare(CLONE_NEWUSER) */
	LAB_ATTEMPT_USER_MAP,       /* its uid_map, gid_map */
	LAB_ATTEMPT_NAMESPACES,     /* the others, in it */
	LAB_ATTEMPT_KEEPER,         /* the process that keeps the PID namespace */
	LAB_ATTEMPT_TUN,
	LAB_ATTEMPT_VETH,
	LAB_ATTEMPT_ADDRESSES, /* addresses and links of a host */
	LAB_ATTEMPT_DIAG,      /* asking the kernel about sockets */
	LAB_ATTEMPT_MEMORY,
};

#define LAB_SETTING_ABSENT INT64_MIN

/* Settings that may refuse, as they were before anything was tried; LAB_SETTING_ABSENT: this
 * kernel has no such setting. */
struct lab_machine {
	bool is_root;
	bool is_filtered;            /* a system call filter (seccomp) is on us */
	int64_t unprivileged_clone;  /* kernel.unprivileged_userns_clone */
	int64_t apparmor_restricts;  /* kernel.apparmor_restrict_unprivileged_userns */
	int64_t max_user_namespaces; /* user.max_user_namespaces, and so on */
	int64_t max_net_namespaces;
	int64_t max_pid_namespaces;
	int64_t max_mnt_namespaces;
	int64_t max_uts_namespaces;
	int64_t max_ipc_namespaces;
};

void lab_machine_look(struct lab_machine *out);

/* Returns the error, for `return lab_refuse(...)`. error: -errno. */
int lab_refuse(struct lab_refusal *refusal, enum lab_attempt attempt, int error,
	       const struct lab_machine *machine);

#endif
