/*
 * Packets come through a ring that is mapped (TPACKET_V2), not through recv(): a socket's buffer
 * may hold some 170 packets where the machine's limits are as usual, a TCP sender with a large
 * window sends more at once, and what finds no room would be lost behind the cable's back.
 */
#include "tcp_lab/lab_device_veth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_BYTES (128u * 1024) /* one of the longest packets fits */
#define BLOCK_COUNT 64u           /* 5,000 packets of 1,500 bytes */
#define SETTLE_MOMENT_NS 50000
#define SETTLE_MOMENTS_MAX 2000u /* 100 ms at least; then it is as it is */

/* TPACKET_ALIGN(), which mixes signed with unsigned numbers. */
static size_t aligned(size_t bytes)
{
	return (bytes + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;
}

static struct tpacket2_hdr *frame_at(const struct lab_device *device, uint32_t frame)
{
	size_t block = frame / device->frames_in_block;
	size_t place = frame % device->frames_in_block;
	void *header = device->ring + block * BLOCK_BYTES + place * device->frame_bytes;

	return header;
}

static const struct sockaddr_ll *frame_address(const struct tpacket2_hdr *header)
{
	const void *address = (const uint8_t *)header + aligned(sizeof(*header));

	return address;
}

/* What no cable of ours carries: other protocols, and what we delivered ourselves, where the kernel
 * cannot spare us the sight of it. */
static bool is_from_host(const struct tpacket2_hdr *header)
{
	const struct sockaddr_ll *address = frame_address(header);

	return address->sll_pkttype != PACKET_OUTGOING &&
	       (address->sll_protocol == htons(ETH_P_IP) ||
		address->sll_protocol == htons(ETH_P_IPV6));
}

static ssize_t take_frame(const struct tpacket2_hdr *header, void *buffer, size_t size)
{
	if (header->tp_snaplen != header->tp_len || header->tp_len > size)
		return -EMSGSIZE;
	memcpy(buffer, (const uint8_t *)header + header->tp_net, header->tp_len);
	return (ssize_t)header->tp_len;
}

static ssize_t veth_receive(struct lab_device *device, void *buffer, size_t size)
{
	for (;;) {
		struct tpacket2_hdr *header = frame_at(device, device->next_frame);
		ssize_t length = 0;

		if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return -EAGAIN;
		if (is_from_host(header))
			length = take_frame(header, buffer, size);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		device->next_frame = (device->next_frame + 1) % device->frame_count;
		if (length != 0)
			return length;
	}
}

/*
 * A host takes a packet from its device when the processor next handles what came over the network.
 * That is within sendto(), but on a machine with so much of it that a thread of the kernel does it
 * later. A packet counts as unsent of our socket until the host's IP has taken it.
 */
static void settle(const struct lab_device *device)
{
	static const struct timespec moment = { .tv_nsec = SETTLE_MOMENT_NS };
	int unsent = 0;
	bool was_late = false;

	for (unsigned i = 0; i < SETTLE_MOMENTS_MAX; i++) {
		if (ioctl(device->fd, SIOCOUTQ, &unsent) < 0 || unsent == 0)
			break;
		was_late = true;
		(void)nanosleep(&moment, NULL);
	}
	/* It may be between IP and TCP, if on another processor. */
	if (was_late)
		(void)nanosleep(&moment, NULL);
}

static int veth_deliver(struct lab_device *device, const void *bytes, size_t length)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_ifindex = device->index,
				       .sll_halen = LAB_MAC_BYTES };
	const uint8_t *first = bytes;

	if (length == 0)
		return -EINVAL;
	address.sll_protocol = first[0] >> 4 == 6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	memcpy(address.sll_addr, device->mac, LAB_MAC_BYTES);
	if (sendto(device->fd, bytes, length, 0, (const struct sockaddr *)&address,
		   sizeof(address)) < 0)
		return -errno;
	settle(device);
	return 0;
}

static uint64_t veth_overruns(struct lab_device *device)
{
	struct tpacket_stats statistics; /* counts since it was last asked */
	socklen_t length = sizeof(statistics);

	if (getsockopt(device->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0)
		device->overrun_count += statistics.tp_drops;
	return device->overrun_count;
}

static void veth_close(struct lab_device *device)
{
	if (device->ring)
		(void)munmap(device->ring, device->ring_bytes);
	if (device->fd >= 0)
		(void)close(device->fd);
	device->ring = NULL;
	device->fd = -1;
}

static int make_pair(struct lab_device *device, const struct lab_namespaces *namespaces,
		     enum lab_host host, uint32_t mtu)
{
	struct lab_link_end here = { .name = lab_host_name(host),
				     .mac = { 0x02, 0, 0, 0x77, 1, (uint8_t)(host + 1) } };
	struct lab_link_end there = { .name = LAB_DEVICE_NAME,
				      .mac = { 0x02, 0, 0, 0x77, 0, (uint8_t)(host + 1) } };
	struct lab_links *links;
	int result = lab_links_open(&links);

	if (result < 0)
		return result;
	memcpy(device->mac, there.mac, sizeof(device->mac));
	result = lab_links_add_veth(links, &here, &there, namespaces->net_fds[host], mtu);
	if (result == 0)
		result = lab_links_set_up(links, here.name, 0, 0);
	lab_links_close(links);
	device->index = (int)if_nametoindex(here.name);
	return result == 0 && device->index == 0 ? -ENODEV : result;
}

static int map_ring(struct lab_device *device, uint32_t mtu)
{
	/* Its header and where it came from, an unused place for a link header, the packet. */
	uint32_t frame_bytes =
		(uint32_t)aligned(aligned(sizeof(struct tpacket2_hdr)) +
				  aligned(sizeof(struct sockaddr_ll)) + TPACKET_ALIGNMENT + mtu);
	uint32_t frames_in_block = BLOCK_BYTES / frame_bytes;
	struct tpacket_req ring = { .tp_block_size = BLOCK_BYTES,
				    .tp_block_nr = BLOCK_COUNT,
				    .tp_frame_size = frame_bytes,
				    .tp_frame_nr = BLOCK_COUNT * frames_in_block };
	int version = TPACKET_V2;
	size_t bytes = (size_t)BLOCK_BYTES * BLOCK_COUNT;
	void *mapped;

	if (frames_in_block == 0)
		return -EMSGSIZE;
	if (setsockopt(device->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(device->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)) < 0)
		return -errno;
	mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	device->ring = mapped;
	device->ring_bytes = bytes;
	device->frame_bytes = frame_bytes;
	device->frames_in_block = frames_in_block;
	device->frame_count = ring.tp_frame_nr;
	return 0;
}

/* Bound only when its ring is there: nothing is lost, and nothing comes of other devices. */
static int open_packet_socket(struct lab_device *device, uint32_t mtu)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_ALL),
				       .sll_ifindex = device->index };
	int yes = 1;
	int result;

	device->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (device->fd < 0)
		return -errno;
	/* Linux 4.20; without it is_from_host() passes them over. */
	(void)setsockopt(device->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes));
	/* Past the queue, which is shut for a moment after a device came up and then loses what it
	 * is given without a word. */
	if (setsockopt(device->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) < 0)
		return -errno;
	result = map_ring(device, mtu);
	if (result < 0)
		return result;
	if (bind(device->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

int lab_device_open_veth(struct lab_device *device, const struct lab_namespaces *namespaces,
			 enum lab_host host, uint32_t mtu)
{
	static const struct lab_device_kind veth = {
		.name = "veth",
		.receive = veth_receive,
		.deliver = veth_deliver,
		.overruns = veth_overruns,
		.close = veth_close,
	};
	int result = lab_namespaces_leave(namespaces);

	if (result < 0)
		return result;
	result = make_pair(device, namespaces, host, mtu);
	if (result == 0)
		result = open_packet_socket(device, mtu);
	if (result == 0)
		result = lab_namespaces_enter(namespaces, host);
	if (result == 0)
		result = lab_link_stop_offloads(LAB_DEVICE_NAME);
	if (result < 0) {
		veth_close(device);
		return result;
	}
	device->kind = &veth;
	return 0;
}
