/*
 * Network devices of the namespace that the calling thread is in: made, set up, given addresses,
 * through rtnetlink. Results are 0 or -errno; -ENOTSUP from all in a build without libmnl.
 */
#ifndef WIRETALE_TCP_LAB_LAB_LINK_H
#define WIRETALE_TCP_LAB_LAB_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LAB_MAC_BYTES 6u

/* One socket to the kernel, of the namespace that was current when it was opened. */
struct lab_links;

int lab_links_open(struct lab_links **out);
void lab_links_close(struct lab_links *links); /* may be NULL */

/* One end of a pair of virtual Ethernet. */
struct lab_link_end {
	const char *name;
	uint8_t mac[LAB_MAC_BYTES];
};

/* `here` in this namespace, `there` in that of the descriptor. Neither has ARP. */
int lab_links_add_veth(struct lab_links *links, const struct lab_link_end *here,
		       const struct lab_link_end *there, int there_fd, uint32_t mtu);

/* Up. mtu, queue_packets: 0: as they are. */
int lab_links_set_up(struct lab_links *links, const char *name, uint32_t mtu,
		     uint32_t queue_packets);

/* text: "10.77.0.1" or "fd77::1"; with the prefix length of its network, which becomes a route. */
int lab_links_add_address(struct lab_links *links, const char *name, const char *text,
			  uint8_t prefix);

/*
 * Has the host compute checksums and cut segments itself, as without a network card that does it:
 * what leaves the device is what a cable would carry. Of a device in the current namespace.
 */
int lab_link_stop_offloads(const char *name);

#endif
