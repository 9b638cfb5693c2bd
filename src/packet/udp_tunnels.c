#include "packet/udp_tunnels.h"

#include "base/wire.h"
#include "packet/link_layer.h"
#include "packet/tunnels.h"

enum {
	PORT_L2TP = 1701,
	PORT_GTP_U = 2152,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_MPLS = 6635,
};

#define UDP_HEADER_BYTES 8u
#define VXLAN_HEADER_BYTES 8u
#define GENEVE_HEADER_BYTES 8u
#define GTP_HEADER_BYTES 8u
#define GTP_OPTIONAL_BYTES 4u
#define GTP_EXTENSIONS_MAX 16u
#define TEREDO_ORIGIN_BYTES 8u
#define TEREDO_AUTHENTICATION_BYTES 13u /* without an identifier and a value */

enum {
	L2TP_IS_CONTROL = 0x8000,
	L2TP_HAS_LENGTH = 0x4000,
	L2TP_HAS_SEQUENCE = 0x0800,
	L2TP_HAS_OFFSET = 0x0200,
	L2TP_VERSION = 0x000f,
};

enum {
	GTP_HAS_EXTENSION = 0x04,
	GTP_HAS_ANY = 0x07, /* one of them makes room for all three */
	GTP_USER_DATA = 255,
};

static enum layer vxlan_gpe(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, VXLAN_HEADER_BYTES);

	return bytes ? next_protocol_layer(bytes[3]) : LAYER_END;
}

static enum layer geneve(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, GENEVE_HEADER_BYTES);

	if (!bytes || bytes[0] >> 6 != 0 || !walk_take(walk, (bytes[0] & 0x3fu) * 4))
		return LAYER_END;
	return ethertype_layer(wire_u16(bytes + 2));
}

static enum layer l2tp(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 2);

	if (!bytes)
		return LAYER_END;
	uint16_t flags = wire_u16(bytes);
	uint32_t more = 4; /* tunnel and session */

	if ((flags & L2TP_IS_CONTROL) || (flags & L2TP_VERSION) != 2)
		return LAYER_END;
	if (flags & L2TP_HAS_LENGTH)
		more += 2;
	if (flags & L2TP_HAS_SEQUENCE)
		more += 4;
	if (!walk_take(walk, more))
		return LAYER_END;
	if (flags & L2TP_HAS_OFFSET) {
		bytes = walk_take(walk, 2);
		if (!bytes || !walk_take(walk, wire_u16(bytes)))
			return LAYER_END;
	}
	return LAYER_PPP;
}

/* A list: each tells its length in units of 4 bytes, and the kind of the next in its last byte. */
static bool take_gtp_extensions(struct packet_walk *walk, uint8_t next)
{
	for (unsigned count = 0; next != 0; count++) {
		uint32_t length = walk->captured > 0 ? walk->bytes[0] * 4u : 0;

		if (count >= GTP_EXTENSIONS_MAX || length == 0)
			return false;
		const uint8_t *extension = walk_take(walk, length);

		if (!extension)
			return false;
		next = extension[length - 1];
	}
	return true;
}

static enum layer gtp_u(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, GTP_HEADER_BYTES);

	/* version 1, GTP and not GTP', user data */
	if (!bytes || bytes[0] >> 4 != 3 || bytes[1] != GTP_USER_DATA)
		return LAYER_END;
	uint8_t flags = bytes[0];

	if (flags & GTP_HAS_ANY) {
		bytes = walk_take(walk, GTP_OPTIONAL_BYTES);
		if (!bytes || ((flags & GTP_HAS_EXTENSION) && !take_gtp_extensions(walk, bytes[3])))
			return LAYER_END;
	}
	return LAYER_IP;
}

static enum layer teredo(struct packet_walk *walk)
{
	if (walk->captured >= 4 && wire_u16(walk->bytes) == 1 &&
	    !walk_take(walk, TEREDO_AUTHENTICATION_BYTES + walk->bytes[2] + walk->bytes[3]))
		return LAYER_END;
	if (walk->captured >= 2 && wire_u16(walk->bytes) == 0 &&
	    !walk_take(walk, TEREDO_ORIGIN_BYTES))
		return LAYER_END;
	return LAYER_IPV6;
}

/* `next` was found behind this header. */
static enum layer behind(struct packet_walk *walk, const char *name, enum layer next)
{
	walk_note(walk, HEADER_OTHER, name);
	return next;
}

enum layer udp_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, UDP_HEADER_BYTES);

	if (!bytes)
		return LAYER_END;
	walk_note(walk, HEADER_UDP, "UDP header");
	uint16_t length = wire_u16(bytes + 4);

	if (length >= UDP_HEADER_BYTES)
		walk_shorten(walk, length - UDP_HEADER_BYTES);
	for (int i = 2; i >= 0; i -= 2) {
		switch (wire_u16(bytes + i)) {
		case PORT_VXLAN:
			return behind(walk, "VXLAN header",
				      walk_take(walk, VXLAN_HEADER_BYTES) ? LAYER_ETHERNET
									  : LAYER_END);
		case PORT_VXLAN_GPE:
			return behind(walk, "VXLAN-GPE header", vxlan_gpe(walk));
		case PORT_GENEVE:
			return behind(walk, "Geneve header", geneve(walk));
		case PORT_MPLS:
			return LAYER_MPLS;
		case PORT_TEREDO:
			return behind(walk, "Teredo header", teredo(walk));
		case PORT_L2TP:
			return behind(walk, "L2TP header", l2tp(walk));
		case PORT_GTP_U:
			return behind(walk, "GTP-U header", gtp_u(walk));
		default:
			break;
		}
	}
	return LAYER_END;
}
