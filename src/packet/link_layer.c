#include "packet/link_layer.h"

#include "base/wire.h"
#include "packet/wireless.h"

/* As registered for capture files. */
enum {
	LINK_BSD_LOOPBACK = 0,
	LINK_ETHERNET = 1,
	LINK_TOKEN_RING = 6,
	LINK_ARCNET_BSD = 7,
	LINK_PPP = 9,
	LINK_FDDI = 10,
	LINK_RAW_OLD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_ATM_RFC1483 = 100,
	LINK_RAW = 101,
	LINK_CISCO_HDLC = 104,
	LINK_IEEE80211 = 105,
	LINK_FRAME_RELAY = 107,
	LINK_LOOP = 108,
	LINK_ENC = 109,
	LINK_LINUX_SLL = 113,
	LINK_PFLOG = 117,
	LINK_PRISM = 119,
	LINK_RADIOTAP = 127,
	LINK_ARCNET_LINUX = 129,
	LINK_AVS = 163,
	LINK_JUNIPER_ETHER = 178,
	LINK_PPI = 192,
	LINK_PPP_WITH_DIRECTION = 204,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_IPOIB = 242,
	LINK_LINUX_SLL2 = 276,
};

enum {
	ETHERTYPE_FIRST = 0x0600, /* below it is a length (IEEE 802.3) */
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_TRANSPARENT_BRIDGING = 0x6558,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_SERVICE_VLAN = 0x88a8,
	ETHERTYPE_BACKBONE_SERVICE = 0x88e7, /* IEEE 802.1ah */
	ETHERTYPE_VN_TAG = 0x8926,
	ETHERTYPE_E_TAG = 0x893f, /* IEEE 802.1BR */
	ETHERTYPE_NSH = 0x894f,
	ETHERTYPE_OLD_VLAN = 0x9100,
};

enum {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

enum {
	LINUX_PROTOCOL_LLC = 0x0004,
	LINUX_HARDWARE_NETLINK = 824,
};

#define ETHERNET_HEADER_BYTES 14u
#define ETHERNET_TYPE_AT 12u

enum layer ethertype_layer(uint16_t ethertype)
{
	switch (ethertype) {
	case ETHERTYPE_IPV4:
		return LAYER_IP;
	case ETHERTYPE_IPV6:
		return LAYER_IPV6;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_SERVICE_VLAN:
	case ETHERTYPE_OLD_VLAN:
		return LAYER_VLAN;
	case ETHERTYPE_VN_TAG:
		return LAYER_VN_TAG;
	case ETHERTYPE_E_TAG:
		return LAYER_E_TAG;
	case ETHERTYPE_BACKBONE_SERVICE:
		return LAYER_BACKBONE_SERVICE;
	case ETHERTYPE_NSH:
		return LAYER_NSH;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return LAYER_MPLS;
	case ETHERTYPE_PPPOE_SESSION:
		return LAYER_PPPOE;
	case ETHERTYPE_TRANSPARENT_BRIDGING:
		return LAYER_ETHERNET;
	default:
		return ethertype < ETHERTYPE_FIRST ? LAYER_LLC : LAYER_END;
	}
}

/* Behind a field that holds an EtherType, or the length of what follows. */
static enum layer type_or_length(struct packet_walk *walk, uint16_t field)
{
	if (field < ETHERTYPE_FIRST)
		walk_shorten(walk, field);
	return ethertype_layer(field);
}

enum layer ethernet_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, ETHERNET_HEADER_BYTES);

	return bytes ? type_or_length(walk, wire_u16(bytes + ETHERNET_TYPE_AT)) : LAYER_END;
}

enum layer tag_layer(struct packet_walk *walk, uint32_t tag_bytes)
{
	const uint8_t *bytes = walk_take(walk, tag_bytes + 2);

	return bytes ? type_or_length(walk, wire_u16(bytes + tag_bytes)) : LAYER_END;
}

enum layer backbone_service_layer(struct packet_walk *walk)
{
	return walk_take(walk, 4) ? LAYER_ETHERNET : LAYER_END;
}

enum layer llc_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 3);

	if (!bytes || bytes[2] != 0x03) /* unnumbered information */
		return LAYER_END;
	if (bytes[0] == 0x06 && bytes[1] == 0x06)
		return LAYER_IP;
	if (bytes[0] != 0xaa || bytes[1] != 0xaa)
		return LAYER_END;
	bytes = walk_take(walk, 5);
	if (!bytes || bytes[0] != 0 || bytes[1] != 0 || (bytes[2] != 0 && bytes[2] != 0xf8))
		return LAYER_END;
	uint16_t ethertype = wire_u16(bytes + 3);

	return ethertype < ETHERTYPE_FIRST ? LAYER_END : ethertype_layer(ethertype);
}

static enum layer cisco_hdlc(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 4);

	if (!bytes || wire_u16(bytes + 2) < ETHERTYPE_FIRST)
		return LAYER_END;
	return ethertype_layer(wire_u16(bytes + 2));
}

enum layer ppp_layer(struct packet_walk *walk)
{
	/* Address and control may be left out, and so may the first byte of a low protocol. */
	if (walk->captured >= 2 && walk->bytes[0] == 0xff && walk->bytes[1] == 0x03)
		(void)walk_take(walk, 2);
	const uint8_t *bytes = walk_take(walk, 1);

	if (!bytes)
		return LAYER_END;
	uint16_t protocol = bytes[0];

	if ((protocol & 1) == 0) {
		if (!walk_take(walk, 1))
			return LAYER_END;
		protocol = wire_u16(bytes);
	}
	switch (protocol) {
	case PPP_IPV4:
		return LAYER_IP;
	case PPP_IPV6:
		return LAYER_IPV6;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return LAYER_MPLS;
	default:
		return LAYER_END;
	}
}

enum layer pppoe_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 6);

	if (!bytes || bytes[0] != 0x11 || bytes[1] != 0) /* version 1, type 1; session data */
		return LAYER_END;
	walk_shorten(walk, wire_u16(bytes + 4));
	return LAYER_PPP;
}

static bool looks_like_ethernet(const struct packet_walk *walk, uint32_t at)
{
	if (walk->captured < at + ETHERNET_HEADER_BYTES)
		return false;
	uint16_t type = wire_u16(walk->bytes + at + ETHERNET_TYPE_AT);

	return type >= ETHERTYPE_FIRST && ethertype_layer(type) != LAYER_END;
}

/* Labels do not say what they carry: an IP header is known by its version, Ethernet by its type. */
enum layer mpls_layer(struct packet_walk *walk)
{
	bool bottom = false;

	for (unsigned count = 0; !bottom; count++) {
		const uint8_t *label = walk_take(walk, 4);

		if (!label || count >= MPLS_LABELS_MAX)
			return LAYER_END;
		bottom = (label[2] & 1) != 0;
	}
	switch (walk->captured > 0 ? walk->bytes[0] >> 4 : 0) {
	case 4:
	case 6:
		return LAYER_IP;
	case 0:
		/* The control word of a pseudowire (RFC 4385) begins with such a nibble. */
		if (looks_like_ethernet(walk, 4) && walk_take(walk, 4))
			return LAYER_ETHERNET;
		break;
	default:
		break;
	}
	return looks_like_ethernet(walk, 0) ? LAYER_ETHERNET : LAYER_END;
}

/* An EtherType, or one of Linux' own numbers below; of a netlink device it is neither. */
static enum layer linux_protocol(uint16_t hardware_type, uint16_t protocol)
{
	if (hardware_type == LINUX_HARDWARE_NETLINK)
		return LAYER_END;
	if (protocol == LINUX_PROTOCOL_LLC)
		return LAYER_LLC;
	return protocol < ETHERTYPE_FIRST ? LAYER_END : ethertype_layer(protocol);
}

static enum layer linux_sll(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 16);

	if (!bytes)
		return LAYER_END;
	return linux_protocol(wire_u16(bytes + 2), wire_u16(bytes + 14));
}

static enum layer linux_sll2(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 20);

	if (!bytes)
		return LAYER_END;
	return linux_protocol(wire_u16(bytes + 8), wire_u16(bytes));
}

/* The address family that the capturing system has for IP; of IPv6 no two have the same. */
static enum layer family_layer(uint32_t family)
{
	switch (family) {
	case 2:
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return LAYER_IP;
	default:
		return family >= ETHERTYPE_FIRST && family <= UINT16_MAX
			       ? ethertype_layer((uint16_t)family)
			       : LAYER_END;
	}
}

/* A number in the capturing machine's byte order: families are small, so only one order fits. */
static enum layer bsd_loopback(struct packet_walk *walk)
{
	if (walk->captured >= 2 && walk->bytes[0] == 0xff && walk->bytes[1] == 0x03)
		return LAYER_PPP;
	const uint8_t *bytes = walk_take(walk, 4);

	if (!bytes)
		return LAYER_END;
	uint32_t family = wire_u32(bytes);

	return family_layer(family > UINT16_MAX ? __builtin_bswap32(family) : family);
}

static enum layer skip(struct packet_walk *walk, uint32_t count, enum layer next)
{
	return walk_take(walk, count) ? next : LAYER_END;
}

static enum layer token_ring(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 14);

	if (!bytes)
		return LAYER_END;
	/* A source address with its highest bit set has a route behind it. */
	if (bytes[8] & 0x80) {
		uint32_t route = walk->captured > 0 ? walk->bytes[0] & 0x1fu : 0;

		return skip(walk, route, LAYER_LLC);
	}
	return LAYER_LLC;
}

/* RFC 1201 splits a packet where RFC 1051 did not; only one that is whole is read. */
static enum layer arcnet(struct packet_walk *walk, uint32_t address_bytes)
{
	const uint8_t *bytes = walk_take(walk, address_bytes + 1);

	if (!bytes)
		return LAYER_END;
	if (bytes[address_bytes] == 0xf0)
		return LAYER_IP;
	if (bytes[address_bytes] != 0xd4)
		return LAYER_END;
	bytes = walk_take(walk, 3);
	if (bytes && bytes[0] == 0xff) /* an exception frame tells the flag again */
		bytes = walk_take(walk, 4);
	return bytes && bytes[0] == 0 ? LAYER_IP : LAYER_END;
}

static enum layer frame_relay(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 4);

	if (!bytes)
		return LAYER_END;
	if (bytes[2] != 0x03) {
		uint16_t ethertype = wire_u16(bytes + 2); /* Cisco's own way */

		return ethertype < ETHERTYPE_FIRST ? LAYER_END : ethertype_layer(ethertype);
	}
	uint8_t protocol = bytes[3];

	if (protocol == 0) { /* padding */
		bytes = walk_take(walk, 1);
		protocol = bytes ? bytes[0] : 0;
	}
	if (protocol == 0xcc || protocol == 0x8e)
		return LAYER_IP;
	bytes = protocol == 0x80 ? walk_take(walk, 5) : NULL; /* SNAP */
	if (!bytes || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 0)
		return LAYER_END;
	return ethertype_layer(wire_u16(bytes + 3));
}

static enum layer pflog(struct packet_walk *walk)
{
	uint32_t length = walk->captured > 0 ? (walk->bytes[0] + 3u) & ~3u : 0;

	return length < 4 ? LAYER_END : skip(walk, length, LAYER_IP);
}

static enum layer juniper_ethernet(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 4);

	if (!bytes || bytes[0] != 'M' || bytes[1] != 'G' || bytes[2] != 'C')
		return LAYER_END;
	uint8_t flags = bytes[3];

	if (flags & 0x80) {
		bytes = walk_take(walk, 2);
		if (!bytes || !walk_take(walk, wire_u16(bytes)))
			return LAYER_END;
	}
	return flags & 0x02 ? LAYER_END : LAYER_ETHERNET; /* set: the link layer was cut off */
}

static enum layer ipoib(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, 44);

	return bytes ? ethertype_layer(wire_u16(bytes + 40)) : LAYER_END;
}

static enum layer ppp_hdlc(struct packet_walk *walk)
{
	if (walk->captured > 0 && (walk->bytes[0] == 0x0f || walk->bytes[0] == 0x8f))
		return cisco_hdlc(walk);
	return LAYER_PPP;
}

enum layer link_type_layer(struct packet_walk *walk, uint16_t link_type)
{
	switch (link_type) {
	case LINK_ETHERNET:
		return LAYER_ETHERNET;
	case LINK_LINUX_SLL:
		return linux_sll(walk);
	case LINK_LINUX_SLL2:
		return linux_sll2(walk);
	case LINK_RAW:
	case LINK_RAW_OLD:
	case LINK_RAW_OPENBSD:
	case LINK_IPV4:
		return LAYER_IP;
	case LINK_IPV6:
		return LAYER_IPV6;
	case LINK_BSD_LOOPBACK:
	case LINK_LOOP:
		return bsd_loopback(walk);
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return ppp_hdlc(walk);
	case LINK_PPP_WITH_DIRECTION:
		return skip(walk, 1, LAYER_PPP);
	case LINK_PPP_ETHER:
		return LAYER_PPPOE;
	case LINK_CISCO_HDLC:
		return cisco_hdlc(walk);
	case LINK_FRAME_RELAY:
		return frame_relay(walk);
	case LINK_ATM_RFC1483:
		return LAYER_LLC;
	case LINK_FDDI:
		return skip(walk, 13, LAYER_LLC);
	case LINK_TOKEN_RING:
		return token_ring(walk);
	case LINK_ARCNET_BSD:
		return arcnet(walk, 2);
	case LINK_ARCNET_LINUX:
		return arcnet(walk, 4);
	case LINK_ENC:
		return skip(walk, 12, LAYER_IP);
	case LINK_PFLOG:
		return pflog(walk);
	case LINK_JUNIPER_ETHER:
		return juniper_ethernet(walk);
	case LINK_IPOIB:
		return ipoib(walk);
	case LINK_IEEE80211:
		return ieee80211_layer(walk);
	case LINK_RADIOTAP:
		return radiotap_layer(walk);
	case LINK_PPI:
		return ppi_layer(walk);
	case LINK_PRISM:
		return prism_layer(walk);
	case LINK_AVS:
		return avs_layer(walk);
	default:
		return walk_problem(walk, PACKET_OTHER, "the link type %u is not one that is read",
				    link_type);
	}
}
