/*
 * A host's network device, seen from the other side: what the host sends is received here, what is
 * delivered here the host receives. IP packets, no frames. Two kinds, each a table of functions.
 */
#ifndef WIRETALE_TCP_LAB_LAB_DEVICE_H
#define WIRETALE_TCP_LAB_LAB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_link.h"
#include "tcp_lab/lab_namespaces.h"
#include "tcp_lab/lab_world.h"

#define LAB_DEVICE_NAME "eth0"
#define LAB_DEVICE_QUEUE_PACKETS 16384u /* that a host may send before we take them */

struct lab_device;

struct lab_device_kind {
	const char *name; /* "TUN" */
	/* The length of one packet; -EAGAIN: there is none now. */
	ssize_t (*receive)(struct lab_device *device, void *buffer, size_t size);
	/* The host's TCP has dealt with it when this returns. 0 or -errno. */
	int (*deliver)(struct lab_device *device, const void *bytes, size_t length);
	/* Packets that found no room on our side, so far. NULL: none ever. */
	uint64_t (*overruns)(struct lab_device *device);
	void (*close)(struct lab_device *device);
};

struct lab_device {
	const struct lab_device_kind *kind;
	int fd;          /* owned; readable: the host has sent something */
	int counters_fd; /* owned; the host's /proc/net/dev */
	bool has_ipv6;
	/* of veth */
	uint8_t mac[LAB_MAC_BYTES]; /* the host's */
	int index;                  /* of our end */
	uint8_t *ring;              /* owned: mapped; packets as the kernel lays them down */
	size_t ring_bytes;
	uint32_t frame_bytes;     /* of a packet's place in it */
	uint32_t frames_in_block; /* places never span two blocks */
	uint32_t frame_count;
	uint32_t next_frame; /* where the next packet will be */
	uint64_t overrun_count;
};

/* Made, up, with its addresses. 0, or -errno with *attempt. It starts and ends in the namespace in
 * between. */
int lab_device_init(struct lab_device *device, const struct lab_namespaces *namespaces,
		    enum lab_host host, enum lab_backend backend, uint32_t mtu,
		    enum lab_attempt *attempt);
void lab_device_finish(struct lab_device *device); /* of a zeroed one: nothing */

/* Packets that the host sent and that were lost before we took them. */
uint64_t lab_device_overruns(struct lab_device *device);

/* Packets that stayed inside the host, over its loopback device. */
uint64_t lab_device_inside(const struct lab_device *device);

#endif
