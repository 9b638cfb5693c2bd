#include "packet/icmp_error.h"

#include "base/wire.h"
#include "packet/ipv4.h"
#include "packet/ipv6.h"
#include "packet/tcp_segment.h"

enum {
	ICMP_UNREACHABLE = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
	ICMP_CODE_FRAGMENTATION_NEEDED = 4,
};

enum {
	ICMPV6_UNREACHABLE = 1,
	ICMPV6_PACKET_TOO_BIG = 2,
	ICMPV6_TIME_EXCEEDED = 3,
	ICMPV6_PARAMETER_PROBLEM = 4,
};

#define ICMP_HEADER_BYTES 8u
#define QUOTED_TCP_BYTES 8u   /* ports and sequence number: every error quotes as much */
#define QUOTED_FLAGS_BYTES 8u /* behind them, with flags and window: many quote more */

/* What is quoted of the TCP header. */
static enum layer quoted_tcp(struct packet_walk *walk)
{
	uint32_t there = walk->captured >= 13 ? tcp_header_bytes(walk->bytes) : 0;

	walk_note_ahead(walk, HEADER_TCP, "TCP header, quoted",
			there >= TCP_HEADER_MIN_BYTES ? there : TCP_HEADER_MIN_BYTES);
	const uint8_t *bytes = walk_take(walk, QUOTED_TCP_BYTES);
	struct icmp_error *error = &walk->out->icmp;

	if (!bytes)
		return LAYER_END;
	error->reporter = walk->out->ip.source;
	error->source_port = wire_u16(bytes);
	error->destination_port = wire_u16(bytes + 2);
	error->sequence = wire_u32(bytes + 4);
	error->has_flags = walk->captured >= QUOTED_FLAGS_BYTES;
	error->flags = error->has_flags ? wire_u16(walk->bytes + 4) & 0xfff : 0;
	walk->out->kind = PACKET_ICMP_ERROR;
	return LAYER_END;
}

static enum layer quoted_ipv4(struct packet_walk *walk)
{
	const uint8_t *bytes = walk->bytes;
	struct icmp_error *error = &walk->out->icmp;

	if (walk->captured < IPV4_HEADER_MIN_BYTES)
		return LAYER_END;
	uint32_t header_length = (bytes[0] & 0xfu) * 4;

	if (bytes[9] != IP_PROTOCOL_TCP || header_length < IPV4_HEADER_MIN_BYTES ||
	    (wire_u16(bytes + 6) & IPV4_FRAGMENT_OFFSET) != 0 || !walk_take(walk, header_length))
		return LAYER_END;
	walk_note(walk, HEADER_IPV4, "IPv4 header, quoted");
	ipv4_address(bytes + 12, &error->source);
	ipv4_address(bytes + 16, &error->destination);
	return quoted_tcp(walk);
}

static enum layer quoted_ipv6(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, IPV6_HEADER_BYTES);
	struct icmp_error *error = &walk->out->icmp;

	if (!bytes)
		return LAYER_END;
	uint8_t next = bytes[6];

	walk_note(walk, HEADER_IPV6, "IPv6 header, quoted");
	for (unsigned count = 0; ipv6_is_extension(next); count++) {
		if (count >= IPV6_EXTENSIONS_MAX || walk->captured < 2)
			return LAYER_END;
		next = walk->bytes[0];
		if (!walk_take(walk, (walk->bytes[1] + 1u) * 8))
			return LAYER_END;
		walk_note(walk, HEADER_IPV6_EXTENSION, "IPv6 extension header, quoted");
	}
	if (next != IP_PROTOCOL_TCP)
		return LAYER_END;
	ipv6_address(bytes + 8, &error->source);
	ipv6_address(bytes + 24, &error->destination);
	return quoted_tcp(walk);
}

static enum layer quoted(struct packet_walk *walk)
{
	switch (walk->captured > 0 ? walk->bytes[0] >> 4 : 0) {
	case 4:
		return quoted_ipv4(walk);
	case 6:
		return quoted_ipv6(walk);
	default:
		return LAYER_END;
	}
}

static void begin(struct packet_walk *walk, const uint8_t *bytes, uint32_t next_hop_mtu)
{
	struct icmp_error *error = &walk->out->icmp;

	error->type = bytes[0];
	error->code = bytes[1];
	error->next_hop_mtu = (uint16_t)(next_hop_mtu < UINT16_MAX ? next_hop_mtu : UINT16_MAX);
}

enum layer icmp_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, ICMP_HEADER_BYTES);

	if (!bytes)
		return LAYER_END;
	walk_note(walk, HEADER_ICMP, "ICMP header");
	switch (bytes[0]) {
	case ICMP_UNREACHABLE:
		begin(walk, bytes,
		      bytes[1] == ICMP_CODE_FRAGMENTATION_NEEDED ? wire_u16(bytes + 6) : 0);
		return quoted(walk);
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER_PROBLEM:
		begin(walk, bytes, 0);
		return quoted(walk);
	default:
		return LAYER_END;
	}
}

enum layer icmpv6_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, ICMP_HEADER_BYTES);

	if (!bytes)
		return LAYER_END;
	walk_note(walk, HEADER_ICMPV6, "ICMPv6 header");
	switch (bytes[0]) {
	case ICMPV6_PACKET_TOO_BIG:
		begin(walk, bytes, wire_u32(bytes + 4));
		return quoted(walk);
	case ICMPV6_UNREACHABLE:
	case ICMPV6_TIME_EXCEEDED:
	case ICMPV6_PARAMETER_PROBLEM:
		begin(walk, bytes, 0);
		return quoted(walk);
	default:
		return LAYER_END;
	}
}
