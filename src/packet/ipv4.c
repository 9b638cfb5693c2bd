#include "packet/ipv4.h"

#include "packet/checksum.h"
#include "packet/ipv6.h"
#include "packet/tcp_segment.h"

enum {
	OPTION_END = 0,
	OPTION_NOTHING = 1,
	OPTION_LOOSE_ROUTE = 131,
	OPTION_STRICT_ROUTE = 137,
};

enum layer ip_protocol_layer(uint8_t protocol)
{
	switch (protocol) {
	case IP_PROTOCOL_TCP:
		return LAYER_TCP;
	case IP_PROTOCOL_UDP:
		return LAYER_UDP;
	case IP_PROTOCOL_ICMP:
		return LAYER_ICMP;
	case IP_PROTOCOL_ICMPV6:
		return LAYER_ICMPV6;
	case IP_PROTOCOL_IPV4:
		return LAYER_IP;
	case IP_PROTOCOL_IPV6:
		return LAYER_IPV6;
	case IP_PROTOCOL_GRE:
		return LAYER_GRE;
	case IP_PROTOCOL_AUTHENTICATION:
		return LAYER_AUTHENTICATION;
	case IP_PROTOCOL_ETHER_IP:
		return LAYER_ETHER_IP;
	case IP_PROTOCOL_MPLS:
		return LAYER_MPLS;
	default:
		return LAYER_END;
	}
}

/* A fragment that nothing will be made of; the first one shows its TCP header all the same. */
static void never_whole(struct packet_walk *walk, const struct ip_fragment *place)
{
	if (place->protocol != IP_PROTOCOL_TCP)
		return;
	walk->out->kind = PACKET_FRAGMENT;
	if (place->offset == 0)
		tcp_fields_of_damaged(walk);
}

bool ip_fragment_completes(struct packet_walk *walk, const struct ip_fragment *place,
			   uint8_t *protocol)
{
	struct packet *out = walk->out;
	struct ip_fragment part = *place;
	struct ip_datagram whole;

	if (part.protocol == IP_PROTOCOL_TCP)
		out->kind = PACKET_FRAGMENT;
	else if (ip_protocol_layer(part.protocol) == LAYER_END && !ipv6_is_extension(part.protocol))
		return false;
	/* A datagram can't be whole without the bytes that a snap length took. */
	if (walk->captured < walk->length || walk->cut_by_frame) {
		never_whole(walk, place);
		return false;
	}
	part.source = out->ip.source;
	part.destination = out->ip.destination;
	part.bytes = walk->bytes;
	part.length = walk->captured;
	switch (ip_fragments_add(walk_fragments(walk), &part, &whole)) {
	case IP_FRAGMENT_COMPLETE:
		break;
	case IP_FRAGMENT_TOO_LONG:
		(void)walk_problem(walk,
				   part.protocol == IP_PROTOCOL_TCP ? PACKET_DAMAGED : PACKET_OTHER,
				   "a fragment reaches beyond %u bytes, the most of a datagram",
				   IP_DATAGRAM_MAX_BYTES);
		return false;
	case IP_FRAGMENT_NO_MEMORY:
		(void)walk_problem(walk, out->kind, "no memory to keep a fragment");
		return false;
	case IP_FRAGMENT_KEPT:
	default:
		return false;
	}
	out->kind = PACKET_OTHER;
	out->reassembled = true;
	out->ip.payload_length = whole.length;
	walk_enter_datagram(walk, &whole);
	*protocol = whole.protocol;
	return true;
}

static enum layer fragment(struct packet_walk *walk, const uint8_t *bytes, uint32_t header_length)
{
	uint16_t field = wire_u16(bytes + 6);
	struct ip_fragment place = {
		.identification = wire_u16(bytes + 4),
		.protocol = bytes[9],
		.more = (field & IPV4_MORE_FRAGMENTS) != 0,
		.offset = (field & IPV4_FRAGMENT_OFFSET) * 8u,
	};
	uint8_t protocol = 0;

	/* A receiver drops what has a bad header; one that the card sums later is none. */
	if (checksum_of_ipv4(bytes, header_length) == CHECKSUM_BAD) {
		never_whole(walk, &place);
		return LAYER_END;
	}
	return ip_fragment_completes(walk, &place, &protocol) ? ip_protocol_layer(protocol)
							      : LAYER_END;
}

/* A source route (RFC 791) that is not at its end: its last stop is the true destination. */
static void route(const uint8_t *options, uint32_t length, struct ip_address *destination)
{
	uint32_t at = 0;

	while (length - at >= 3 && options[at] != OPTION_END) {
		uint32_t option_length = options[at] == OPTION_NOTHING ? 1 : options[at + 1];

		if (option_length == 0 || option_length > length - at)
			return;
		if ((options[at] == OPTION_LOOSE_ROUTE || options[at] == OPTION_STRICT_ROUTE) &&
		    option_length >= 7 && options[at + 2] <= option_length)
			ipv4_address(options + at + option_length - 4, destination);
		at += option_length;
	}
}

/* The kind of a packet whose IPv4 header is not to be believed. */
static enum packet_kind damaged_kind(const struct packet_walk *walk)
{
	return walk->captured >= 10 && walk->bytes[9] == IP_PROTOCOL_TCP ? PACKET_DAMAGED
									 : PACKET_OTHER;
}

enum layer ipv4_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk->bytes;
	struct ip_header *ip = &walk->out->ip;

	if (walk->captured < IPV4_HEADER_MIN_BYTES)
		return walk_problem(walk, damaged_kind(walk),
				    "of the IPv4 header, only %u bytes are there", walk->captured);
	uint32_t header_length = (bytes[0] & 0xfu) * 4;
	uint32_t total = wire_u16(bytes + 2);

	if (header_length < IPV4_HEADER_MIN_BYTES)
		return walk_problem(walk, damaged_kind(walk),
				    "the IPv4 header says that it has %u bytes, fewer than 20",
				    header_length);
	/* 0: a segment that the card will cut, or one of over 65,535 bytes. */
	ip->length_is_zero = total == 0;
	if (total == 0)
		total = walk->length;
	if (total < header_length)
		return walk_problem(walk, damaged_kind(walk),
				    "an IPv4 length of %u is less than its header's %u bytes",
				    total, header_length);
	if (total > walk->length)
		walk->cut_by_frame = true;
	walk_shorten(walk, total);
	if (walk->captured < header_length)
		return walk_problem(walk, damaged_kind(walk),
				    "of the IPv4 header of %u bytes, %u are there", header_length,
				    walk->captured);
	ipv4_fixed_fields(bytes, ip);
	if (header_length > IPV4_HEADER_MIN_BYTES)
		route(bytes + IPV4_HEADER_MIN_BYTES, header_length - IPV4_HEADER_MIN_BYTES,
		      &ip->destination);
	ip->header_length = (uint16_t)header_length;
	ip->payload_length = walk->length - header_length;
	ip->checksum =
		walk_verifies(walk) ? checksum_of_ipv4(bytes, header_length) : CHECKSUM_UNKNOWN;
	(void)walk_take(walk, header_length);
	walk_note(walk, HEADER_IPV4, "IPv4 header");
	if (wire_u16(bytes + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET))
		return fragment(walk, bytes, header_length);
	return ip_protocol_layer(bytes[9]);
}
