#include "packet/tunnels.h"

#include "base/wire.h"
#include "packet/link_layer.h"

#define GRE_HEADER_BYTES 4u
#define ETHER_IP_HEADER_BYTES 2u
#define NSH_BASE_BYTES 8u
#define WCCP_HEADER_BYTES 4u
#define ERSPAN_2_HEADER_BYTES 8u
#define ERSPAN_3_HEADER_BYTES 12u
#define ERSPAN_3_PLATFORM_BYTES 8u

enum {
	GRE_HAS_CHECKSUM = 0x8000,
	GRE_HAS_ROUTING = 0x4000,
	GRE_HAS_KEY = 0x2000,
	GRE_HAS_SEQUENCE = 0x1000,
	GRE_HAS_ACKNOWLEDGMENT = 0x0080, /* version 1 */
	GRE_VERSION = 0x0007,
};

enum {
	GRE_PROTOCOL_PPP = 0x880b,
	GRE_PROTOCOL_WCCP = 0x883e,
	GRE_PROTOCOL_ERSPAN_2 = 0x88be,
	GRE_PROTOCOL_ERSPAN_3 = 0x22eb,
};

static enum layer erspan_3(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, ERSPAN_3_HEADER_BYTES);

	if (!bytes)
		return LAYER_END;
	if ((bytes[11] & 1) != 0 && !walk_take(walk, ERSPAN_3_PLATFORM_BYTES))
		return LAYER_END;
	return LAYER_ETHERNET;
}

/* The source routes of RFC 1701: each tells its length, an empty one is the last. */
static bool take_routes(struct packet_walk *walk)
{
	for (;;) {
		const uint8_t *route = walk_take(walk, 4);

		if (!route || !walk_take(walk, route[3]))
			return false;
		if (route[3] == 0)
			return true;
	}
}

enum layer gre_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, GRE_HEADER_BYTES);
	uint32_t optional = 0;

	if (!bytes)
		return LAYER_END;
	uint16_t flags = wire_u16(bytes);
	uint16_t protocol = wire_u16(bytes + 2);

	if ((flags & GRE_VERSION) > 1)
		return LAYER_END;
	if (flags & (GRE_HAS_CHECKSUM | GRE_HAS_ROUTING))
		optional += 4;
	if (flags & GRE_HAS_KEY)
		optional += 4;
	if (flags & GRE_HAS_SEQUENCE)
		optional += 4;
	if ((flags & GRE_VERSION) == 1 && (flags & GRE_HAS_ACKNOWLEDGMENT))
		optional += 4;
	if (!walk_take(walk, optional) || ((flags & GRE_HAS_ROUTING) && !take_routes(walk)))
		return LAYER_END;
	walk_note(walk, HEADER_GRE, "GRE header");
	switch (protocol) {
	case GRE_PROTOCOL_PPP:
		return LAYER_PPP;
	case GRE_PROTOCOL_WCCP:
		/* Its second version puts a header of its own before the IP header. */
		if (walk->captured > 0 && walk->bytes[0] >> 4 != 4 &&
		    !walk_take(walk, WCCP_HEADER_BYTES))
			return LAYER_END;
		return LAYER_IP;
	case GRE_PROTOCOL_ERSPAN_2:
		if ((flags & GRE_HAS_SEQUENCE) && !walk_take(walk, ERSPAN_2_HEADER_BYTES))
			return LAYER_END;
		return LAYER_ETHERNET;
	case GRE_PROTOCOL_ERSPAN_3:
		return erspan_3(walk);
	default:
		return ethertype_layer(protocol);
	}
}

/* The next protocol, as NSH and VXLAN-GPE number it. */
enum layer next_protocol_layer(uint8_t protocol)
{
	switch (protocol) {
	case 1:
		return LAYER_IP;
	case 2:
		return LAYER_IPV6;
	case 3:
		return LAYER_ETHERNET;
	case 4:
		return LAYER_NSH;
	case 5:
		return LAYER_MPLS;
	default:
		return LAYER_END;
	}
}

enum layer nsh_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, NSH_BASE_BYTES);

	if (!bytes)
		return LAYER_END;
	uint32_t length = (bytes[1] & 0x3fu) * 4;

	if (length < NSH_BASE_BYTES || !walk_take(walk, length - NSH_BASE_BYTES))
		return LAYER_END;
	return next_protocol_layer(bytes[3]);
}

enum layer ether_ip_layer(struct packet_walk *walk)
{
	return walk_take(walk, ETHER_IP_HEADER_BYTES) ? LAYER_ETHERNET : LAYER_END;
}
