/* IPv4 (RFC 791), and what an IP protocol number leads to. */
#ifndef WIRETALE_PACKET_IPV4_H
#define WIRETALE_PACKET_IPV4_H

#include <string.h>

#include "base/wire.h"
#include "packet/layer.h"

enum {
	IP_PROTOCOL_ICMP = 1,
	IP_PROTOCOL_IPV4 = 4,
	IP_PROTOCOL_TCP = 6,
	IP_PROTOCOL_UDP = 17,
	IP_PROTOCOL_IPV6 = 41,
	IP_PROTOCOL_GRE = 47,
	IP_PROTOCOL_AUTHENTICATION = 51,
	IP_PROTOCOL_ICMPV6 = 58,
	IP_PROTOCOL_ETHER_IP = 97,
	IP_PROTOCOL_MPLS = 137,
};

#define IPV4_HEADER_MIN_BYTES 20u
#define IPV4_DONT_FRAGMENT 0x4000u
#define IPV4_MORE_FRAGMENTS 0x2000u
#define IPV4_FRAGMENT_OFFSET 0x1fffu /* in units of 8 bytes */

static inline void ipv4_address(const uint8_t *bytes, struct ip_address *out)
{
	out->version = 4;
	memcpy(out->bytes, bytes, 4);
	memset(out->bytes + 4, 0, 12);
}

/* All but the lengths and the checksum's verdict; 20 bytes must be there. */
static inline void ipv4_fixed_fields(const uint8_t *bytes, struct ip_header *out)
{
	ipv4_address(bytes + 12, &out->source);
	ipv4_address(bytes + 16, &out->destination);
	out->flow_label = 0;
	out->identification = wire_u16(bytes + 4);
	out->time_to_live = bytes[8];
	out->traffic_class = bytes[1];
	out->dont_fragment = (wire_u16(bytes + 6) & IPV4_DONT_FRAGMENT) != 0;
}

enum layer ipv4_layer(struct packet_walk *walk);

/* LAYER_END: a protocol that does not lead to TCP. */
enum layer ip_protocol_layer(uint8_t protocol);

/*
 * The rest of the walk is a fragment of a datagram; `place` tells its identification, offset,
 * `more` and protocol. True: the datagram is whole, the walk stands behind its IP header, and
 * *protocol is what follows. False: the walk has ended.
 */
bool ip_fragment_completes(struct packet_walk *walk, const struct ip_fragment *place,
			   uint8_t *protocol);

#endif
