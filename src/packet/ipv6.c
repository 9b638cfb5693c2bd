#include "packet/ipv6.h"

#include "base/wire.h"
#include "packet/ipv4.h"

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_DESTINATION_OPTIONS = 60,
	NEXT_MOBILITY = 135,
	NEXT_HOST_IDENTITY = 139,
	NEXT_SHIM6 = 140,
};

enum {
	ROUTING_SOURCE = 0,
	ROUTING_MOBILE = 2,
	ROUTING_SEGMENTS = 4,
};

#define OPTION_PAD_1 0u
#define OPTION_JUMBO 0xc2u
#define OPTION_HOME_ADDRESS 0xc9u /* the sender's address, while it is elsewhere (RFC 6275) */
#define FRAGMENT_HEADER_BYTES 8u

void ipv6_address(const uint8_t *bytes, struct ip_address *out)
{
	out->version = 6;
	memcpy(out->bytes, bytes, sizeof(out->bytes));
}

bool ipv6_is_extension(uint8_t protocol)
{
	switch (protocol) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_DESTINATION_OPTIONS:
	case NEXT_MOBILITY:
	case NEXT_HOST_IDENTITY:
	case NEXT_SHIM6:
		return true;
	default:
		return false;
	}
}

static enum layer cut_short(struct packet_walk *walk, uint8_t protocol)
{
	return walk_problem(walk, protocol == IP_PROTOCOL_TCP ? PACKET_DAMAGED : PACKET_OTHER,
			    "an IPv6 extension header wants more than the %u bytes that are there",
			    walk->captured);
}

/* The content of an option within an options header, of that length; NULL: it has none. */
static const uint8_t *find_option(const uint8_t *options, uint32_t length, uint8_t kind,
				  uint8_t content_length)
{
	uint32_t at = 0;

	while (at < length) {
		if (options[at] == OPTION_PAD_1) {
			at++;
			continue;
		}
		if (length - at < 2 || options[at + 1] > length - at - 2)
			return NULL;
		if (options[at] == kind && options[at + 1] == content_length)
			return options + at + 2;
		at += 2u + options[at + 1];
	}
	return NULL;
}

/* Where a routing header has stops left, the last one is the true destination (RFC 8200 4.4). */
static void route(const uint8_t *header, uint32_t length, struct ip_address *destination)
{
	uint8_t type = header[2];
	uint8_t stops_left = header[3];
	uint32_t stops = (length - 8) / 16;

	if (stops_left == 0 || stops == 0)
		return;
	if (type == ROUTING_SOURCE || type == ROUTING_MOBILE)
		ipv6_address(header + 8 + (size_t)(stops - 1) * 16, destination);
	else if (type == ROUTING_SEGMENTS)
		ipv6_address(header + 8, destination);
}

/* Takes the fragment header off. LAYER_COUNT: go on. */
static enum layer fragment(struct packet_walk *walk, uint8_t *next)
{
	const uint8_t *header = walk_take(walk, FRAGMENT_HEADER_BYTES);

	if (!header)
		return LAYER_END;
	uint16_t field = wire_u16(header + 2);
	struct ip_fragment place = {
		.identification = wire_u32(header + 4),
		.protocol = header[0],
		.more = (field & 1) != 0,
		.offset = field & 0xfff8u,
	};

	*next = header[0];
	/* An atomic fragment (RFC 6946) is the whole datagram. */
	if (!place.more && place.offset == 0)
		return LAYER_COUNT;
	return ip_fragment_completes(walk, &place, next) ? LAYER_COUNT : LAYER_END;
}

static void note_extension(struct packet_walk *walk, uint8_t kind, uint32_t length)
{
	static const char *const names[UINT8_MAX + 1] = {
		[NEXT_HOP_BY_HOP] = "IPv6 hop-by-hop options",
		[NEXT_ROUTING] = "IPv6 routing header",
		[NEXT_FRAGMENT] = "IPv6 fragment header",
		[NEXT_DESTINATION_OPTIONS] = "IPv6 destination options",
		[NEXT_MOBILITY] = "IPv6 mobility header",
		[NEXT_HOST_IDENTITY] = "IPv6 host identity header",
		[NEXT_SHIM6] = "IPv6 shim6 header",
	};

	walk_note_ahead(walk, kind == NEXT_FRAGMENT ? HEADER_IPV6_FRAGMENT : HEADER_IPV6_EXTENSION,
			names[kind], length);
}

/* Takes the extension header `*next` off and says in *next what follows. LAYER_COUNT: go on. */
static enum layer extension(struct packet_walk *walk, uint8_t *next)
{
	const uint8_t *header = walk->bytes;
	struct ip_header *ip = &walk->out->ip;
	uint8_t kind = *next;

	if (walk->captured < 8) {
		note_extension(walk, kind, walk->captured);
		return cut_short(walk, walk->captured > 0 ? header[0] : 0);
	}
	uint32_t length = kind == NEXT_FRAGMENT ? FRAGMENT_HEADER_BYTES : (header[1] + 1u) * 8;

	note_extension(walk, kind, length);
	if (length > walk->captured)
		return cut_short(walk, header[0]);
	ip->header_length = (uint16_t)(ip->header_length + length);
	if (kind == NEXT_FRAGMENT)
		return fragment(walk, next);
	if (kind == NEXT_ROUTING)
		route(header, length, &ip->destination);
	if (kind == NEXT_DESTINATION_OPTIONS) {
		const uint8_t *home = find_option(header + 2, length - 2, OPTION_HOME_ADDRESS, 16);

		if (home)
			ipv6_address(home, &ip->source);
	}
	*next = header[0];
	(void)walk_take(walk, length);
	return LAYER_COUNT;
}

static enum layer extensions(struct packet_walk *walk, uint8_t next)
{
	struct ip_header *ip = &walk->out->ip;

	for (unsigned count = 0; ipv6_is_extension(next) || next == NEXT_FRAGMENT; count++) {
		/* Their lengths, 2048 bytes each at most, must not wrap header_length either. */
		if (count >= IPV6_EXTENSIONS_MAX || ip->header_length > INT16_MAX)
			return walk_problem(walk, PACKET_OTHER,
					    "more IPv6 extension headers than are read");
		enum layer layer = extension(walk, &next);

		if (layer != LAYER_COUNT)
			return layer;
	}
	ip->payload_length = walk->length;
	return ip_protocol_layer(next);
}

enum layer ipv6_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk->bytes;
	struct ip_header *ip = &walk->out->ip;

	if (walk->captured < IPV6_HEADER_BYTES)
		return walk_problem(walk, PACKET_OTHER,
				    "of the IPv6 header of 40 bytes, %u are there", walk->captured);
	uint32_t first = wire_u32(bytes);
	uint32_t length = wire_u16(bytes + 4);
	uint8_t next = bytes[6];

	(void)walk_take(walk, IPV6_HEADER_BYTES);
	walk_note(walk, HEADER_IPV6, "IPv6 header");
	ipv6_address(bytes + 8, &ip->source);
	ipv6_address(bytes + 24, &ip->destination);
	ip->flow_label = first & 0xfffff;
	ip->traffic_class = (uint8_t)(first >> 20);
	ip->identification = 0;
	ip->time_to_live = bytes[7];
	ip->dont_fragment = true;        /* routers of IPv6 never do it */
	ip->checksum = CHECKSUM_UNKNOWN; /* it has none */
	ip->header_length = IPV6_HEADER_BYTES;
	if (length == 0 && next == NEXT_HOP_BY_HOP && walk->captured >= 8) {
		uint32_t options_end = (walk->bytes[1] + 1u) * 8;

		const uint8_t *jumbo =
			options_end <= walk->captured
				? find_option(walk->bytes + 2, options_end - 2, OPTION_JUMBO, 4)
				: NULL;

		if (jumbo)
			length = wire_u32(jumbo);
	}
	/* Left to the card, as in IPv4. */
	ip->length_is_zero = length == 0;
	if (length == 0)
		length = walk->length;
	if (length > walk->length)
		walk->cut_by_frame = true;
	walk_shorten(walk, length);
	return extensions(walk, next);
}

enum layer authentication_layer(struct packet_walk *walk)
{
	const uint8_t *header = walk->bytes;
	struct ip_header *ip = &walk->out->ip;

	if (walk->captured < 8)
		return LAYER_END;
	uint32_t length = (header[1] + 2u) * 4;

	if (!walk_take(walk, length))
		return LAYER_END;
	ip->header_length = (uint16_t)(ip->header_length + length);
	ip->payload_length = walk->length;
	return ip_protocol_layer(header[0]);
}
