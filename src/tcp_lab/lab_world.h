/*
 * The two hosts and the room between them: three network namespaces in one user namespace, made
 * without root, each host with a network device whose other end we hold.
 *
 *   fork(), and in the child, which has one thread:
 *   result = lab_world_create(&options, &world, &refusal);
 *   fd = lab_world_device_fd(world, LAB_CLIENT);                     readable: a packet was sent
 *   length = lab_world_receive(world, LAB_CLIENT, buffer, size);     that the client sent
 *   lab_world_deliver(world, LAB_SERVER, buffer, length);            hands it to the server's TCP
 *   lab_world_destroy(world);
 *
 * It changes the calling process for good (user, mount, PID and network namespaces): for a process
 * of its own only. Everything that was started in it dies with that process, however it ends: the
 * kernel kills the members of its PID namespace. Results are 0 or a count, or -errno.
 */
#ifndef WIRETALE_TCP_LAB_LAB_WORLD_H
#define WIRETALE_TCP_LAB_LAB_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sock_diag/sock_diag.h"
#include "tcp_lab/lab_counters.h"
#include "tcp_lab/lab_host.h"

enum lab_backend {
	LAB_BACKEND_ANY,  /* TUN where /dev/net/tun may be opened, else veth */
	LAB_BACKEND_TUN,  /* the devices are TUN; we hold their descriptors */
	LAB_BACKEND_VETH, /* pairs of virtual Ethernet; we hold packet sockets on our ends */
};

struct lab_world_options {
	enum lab_backend backend;
	uint32_t mtu;         /* of both devices, bytes; 0: 1500 */
	bool system_defaults; /* leave the kernel's settings; else textbook values, see below */
};

/*
 * Textbook values: net.ipv4.tcp_congestion_control=reno, and more that lab_settings.c lists. What
 * was set is told by lab_world_settings(), what could not be by lab_world_lacks().
 */

/* Why there is no lab here, and what to do. Sentences. */
struct lab_refusal {
	char what[256];   /* "this machine lets ordinary users make no user namespaces" */
	char advice[512]; /* "sysctl kernel.unprivileged_userns_clone=1 (as root) allows it" */
};

struct lab_world;

/* 0, or -errno with *refusal filled. Nothing is left behind on failure, but the process may be in
 * other namespaces by then: let it end. */
int lab_world_create(const struct lab_world_options *options, struct lab_world **out,
		     struct lab_refusal *refusal);
/* Kills every program that was started in it, and reaps all children of this process. */
void lab_world_destroy(struct lab_world *world); /* may be NULL */

enum lab_backend lab_world_backend(const struct lab_world *world);
/* "congestion control reno, ...; TUN devices, MTU 1500"; borrowed. For people. */
const char *lab_world_settings(const struct lab_world *world);
/* Sentences about what could not be had (names do not resolve, ...); "" or borrowed. */
const char *lab_world_lacks(const struct lab_world *world);

/* ---- the devices ---- */

/* Borrowed; non-blocking; readable when the host has sent something. */
int lab_world_device_fd(const struct lab_world *world, enum lab_host host);
/* One IP packet that the host sent, whole, its checksums filled in. -EAGAIN: no more for now. */
ssize_t lab_world_receive(struct lab_world *world, enum lab_host host, void *buffer, size_t size);
/*
 * Gives the host an IP packet. When it returns, the host's TCP has dealt with it: its socket's
 * state is the one after delivery.
 */
int lab_world_deliver(struct lab_world *world, enum lab_host host, const void *bytes,
		      size_t length);

/* Packets that the host sent and that were lost before we took them, all so far: the cable never
 * saw them. */
uint64_t lab_world_overruns(struct lab_world *world, enum lab_host host);

/* Packets that stayed inside the host, all so far: the cable never saw them, its kernel counts them
 * with the others. */
uint64_t lab_world_inside(const struct lab_world *world, enum lab_host host);

/* ---- being there ---- */

/* A socket of that host: as socket(), with SOCK_CLOEXEC | SOCK_NONBLOCK. */
int lab_world_socket(struct lab_world *world, enum lab_host host, int family, int type,
		     int protocol);
/*
 * name: "net.ipv4.tcp_sack"; only of net. Values as in /proc/sys. -ENOENT: this kernel has no such
 * setting; -EPERM, -EACCES, -EROFS: it may not be set here; -EINVAL: the value is none of its.
 */
int lab_world_sysctl(struct lab_world *world, enum lab_host host, const char *name,
		     const char *value);
/* The value there is, zero-terminated, without its newline. */
int lab_world_read_sysctl(struct lab_world *world, enum lab_host host, const char *name,
			  char *buffer, size_t size);
/* Asks that host's kernel about its sockets. Borrowed. */
struct sock_diag *lab_world_diag(struct lab_world *world, enum lab_host host);
/* What that host's kernel has counted so far. */
int lab_world_counts(struct lab_world *world, enum lab_host host, struct lab_counts *out);

/* ---- programs ---- */

/* For a child that was just forked: becomes a process of that host for good (network, host name)
 * and gives up every right that the user himself does not have. 0 or -errno. Then execve(). */
int lab_world_become(struct lab_world *world, enum lab_host host);

#endif
