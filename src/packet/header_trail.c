/*
 * Most layers need not know of the trail: what they took is seen by where the walk stands behind
 * them. Those that take several headers, or go on in a datagram, write each themselves.
 */
#include "packet/header_trail.h"

#include "packet/header_trail_layers.h"
#include "packet/ipv4.h"
#include "packet/ipv6.h"
#include "packet/tcp_segment.h"

/* What stands where a layer took its bytes. */
struct layer_header {
	enum header_kind kind;
	const char *name;
};

#define LINK_BSD_LOOPBACK 0
#define LINK_LOOP 108
#define LINK_LINUX_SLL 113
#define LINK_LINUX_SLL2 276
#define DATA_OFFSET_AT 12u

void header_trail_begin(struct header_trail *trail)
{
	trail->count = 0;
	trail->datagram = NULL;
	trail->datagram_length = 0;
	trail->payload_offset = 0;
	trail->content_offset = 0;
	trail->content_end = 0;
}

void header_trail_note(struct packet_walk *walk, enum header_kind kind, const char *name,
		       const uint8_t *end)
{
	struct header_trail *trail = walk->trail;

	if (end <= walk->noted)
		return;
	if (trail->count < HEADER_TRAIL_MAX) {
		trail->places[trail->count++] = (struct header_place){
			.kind = kind,
			.name = name,
			.offset = (uint32_t)(walk->noted - walk->base),
			.length = (uint32_t)(end - walk->noted),
			.in_datagram = trail->datagram != NULL,
		};
	}
	walk->noted = end;
	walk->notes++;
}

/* What is left of the frame, as its own lengths have it. */
static void note_content(struct packet_walk *walk)
{
	struct header_trail *trail = walk->trail;

	trail->content_offset = (uint32_t)(walk->noted - walk->base);
	trail->content_end = (uint32_t)(walk->bytes + walk->captured - walk->base);
	if (trail->content_end < trail->content_offset)
		trail->content_end = trail->content_offset;
}

void walk_enter_datagram(struct packet_walk *walk, const struct ip_datagram *datagram)
{
	struct header_trail *trail = walk->trail;

	if (trail && !trail->datagram)
		note_content(walk);
	/* A datagram within a datagram: the outer one's bytes are gone. */
	while (trail && trail->count > 0 && trail->places[trail->count - 1].in_datagram)
		trail->count--;
	walk->bytes = datagram->bytes;
	walk->captured = datagram->length;
	walk->length = datagram->length;
	walk->base = datagram->bytes;
	walk->noted = datagram->bytes;
	walk->notes++;
	if (trail) {
		trail->datagram = datagram->bytes;
		trail->datagram_length = datagram->length;
	}
}

static struct layer_header layer_header(enum layer layer)
{
	static const struct layer_header headers[LAYER_COUNT] = {
		[LAYER_ETHERNET] = { HEADER_ETHERNET, "Ethernet header" },
		[LAYER_VLAN] = { HEADER_VLAN, "VLAN tag" },
		[LAYER_VN_TAG] = { HEADER_OTHER, "VN tag" },
		[LAYER_E_TAG] = { HEADER_OTHER, "E tag" },
		[LAYER_BACKBONE_SERVICE] = { HEADER_OTHER, "Backbone service tag" },
		[LAYER_LLC] = { HEADER_OTHER, "LLC header" },
		[LAYER_PPP] = { HEADER_OTHER, "PPP header" },
		[LAYER_PPPOE] = { HEADER_OTHER, "PPPoE header" },
		[LAYER_MPLS] = { HEADER_OTHER, "MPLS labels" },
		[LAYER_NSH] = { HEADER_OTHER, "NSH header" },
		[LAYER_IP] = { HEADER_IPV4, "IPv4 header" },
		[LAYER_IPV6] = { HEADER_IPV6, "IPv6 header" },
		[LAYER_TCP] = { HEADER_TCP, "TCP header" },
		[LAYER_UDP] = { HEADER_UDP, "UDP header" },
		[LAYER_ICMP] = { HEADER_ICMP, "ICMP header" },
		[LAYER_ICMPV6] = { HEADER_ICMPV6, "ICMPv6 header" },
		[LAYER_AUTHENTICATION] = { HEADER_OTHER, "Authentication header" },
		[LAYER_GRE] = { HEADER_OTHER, "Header behind GRE" },
		[LAYER_ETHER_IP] = { HEADER_OTHER, "EtherIP header" },
	};

	return layer < LAYER_COUNT && headers[layer].name
		       ? headers[layer]
		       : (struct layer_header){ HEADER_OTHER, "Header" };
}

static struct layer_header link_header(uint16_t link_type)
{
	switch (link_type) {
	case LINK_BSD_LOOPBACK:
	case LINK_LOOP:
		return (struct layer_header){ HEADER_BSD_LOOPBACK, "Loopback header" };
	case LINK_LINUX_SLL:
		return (struct layer_header){ HEADER_LINUX_SLL, "Linux cooked header" };
	case LINK_LINUX_SLL2:
		return (struct layer_header){ HEADER_LINUX_SLL2, "Linux cooked header v2" };
	default:
		return (struct layer_header){ HEADER_OTHER, "Link header" };
	}
}

/* How long the header is that begins here, by its kind and its own word. */
static uint32_t header_length(enum header_kind kind, const uint8_t *bytes, uint32_t captured)
{
	uint32_t said = 0;

	switch (kind) {
	case HEADER_ETHERNET:
		return 14;
	case HEADER_LINUX_SLL:
		return 16;
	case HEADER_LINUX_SLL2:
		return 20;
	case HEADER_BSD_LOOPBACK:
	case HEADER_VLAN:
		return 4;
	case HEADER_UDP:
	case HEADER_ICMP:
	case HEADER_ICMPV6:
		return 8;
	case HEADER_IPV4:
		said = captured > 0 ? (bytes[0] & 0xfu) * 4 : 0;
		return said > IPV4_HEADER_MIN_BYTES ? said : IPV4_HEADER_MIN_BYTES;
	case HEADER_IPV6:
		return IPV6_HEADER_BYTES;
	case HEADER_TCP:
		said = captured > DATA_OFFSET_AT ? tcp_header_bytes(bytes) : 0;
		return said > TCP_HEADER_MIN_BYTES ? said : TCP_HEADER_MIN_BYTES;
	case HEADER_OTHER:
	case HEADER_IPV6_EXTENSION:
	case HEADER_IPV6_FRAGMENT:
	case HEADER_GRE:
	default:
		return 0;
	}
}

/* A header that was not taken: cut short, not to be believed, or the last one, which is TCP's. */
static void note_not_taken(struct packet_walk *walk, struct layer_header header)
{
	walk_note_ahead(walk, header.kind, header.name,
			header_length(header.kind, walk->bytes, walk->captured));
}

void header_trail_link(struct packet_walk *walk, uint16_t link_type, enum layer next)
{
	struct layer_header header = link_header(link_type);

	walk_note(walk, header.kind, header.name);
	if (next == LAYER_END && walk->notes == 0)
		note_not_taken(walk, header);
}

/* An IP header that was not taken is known by its version, as the walk knows it. */
static struct layer_header ip_header_here(const struct packet_walk *walk, enum layer layer)
{
	unsigned version = walk->captured > 0 ? walk->bytes[0] >> 4 : 0;

	if (version == 6)
		return layer_header(LAYER_IPV6);
	if (version == 4 && layer == LAYER_IP)
		return layer_header(LAYER_IP);
	return layer_header(LAYER_COUNT);
}

void header_trail_layer(struct packet_walk *walk, enum layer layer, enum layer next, uint32_t notes)
{
	struct layer_header header = layer == LAYER_IP || layer == LAYER_IPV6
					     ? ip_header_here(walk, layer)
					     : layer_header(layer);

	walk_note(walk, header.kind, header.name);
	if (next == LAYER_END && walk->notes == notes)
		note_not_taken(walk, header);
}

void header_trail_end(struct packet_walk *walk)
{
	struct header_trail *trail = walk->trail;

	if (!trail->datagram)
		note_content(walk);
	if (walk->out->kind == PACKET_TCP)
		trail->payload_offset = (uint32_t)(walk->out->payload - walk->base);
}
