/*
 * Most frames of most captures are Ethernet, IPv4 without options, TCP with timestamps or no
 * options: one function reads these in one go. Every other frame is walked down, layer by layer;
 * both ways share the code that reads a header.
 */
#include "packet/packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/wire.h"
#include "packet/checksum.h"
#include "packet/header_trail_layers.h"
#include "packet/icmp_error.h"
#include "packet/ipv4.h"
#include "packet/ipv6.h"
#include "packet/layer.h"
#include "packet/link_layer.h"
#include "packet/tcp_segment.h"
#include "packet/tunnels.h"
#include "packet/udp_tunnels.h"

#define LINK_ETHERNET 1
#define ETHERNET_BYTES 14u
#define COMMON_BYTES (ETHERNET_BYTES + IPV4_HEADER_MIN_BYTES + TCP_HEADER_MIN_BYTES)

struct packet_decoder {
	bool verifies; /* PACKET_VERIFY_CHECKSUMS */
	struct ip_fragments fragments;
};

struct packet_decoder *packet_decoder_create(unsigned flags)
{
	struct packet_decoder *decoder = malloc(sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->verifies = (flags & PACKET_VERIFY_CHECKSUMS) != 0;
	ip_fragments_init(&decoder->fragments);
	return decoder;
}

void packet_decoder_destroy(struct packet_decoder *decoder)
{
	if (!decoder)
		return;
	ip_fragments_finish(&decoder->fragments);
	free(decoder);
}

uint64_t packet_decoder_given_up(const struct packet_decoder *decoder)
{
	return decoder->fragments.given_up;
}

bool walk_verifies(const struct packet_walk *walk)
{
	return walk->decoder->verifies;
}

struct ip_fragments *walk_fragments(struct packet_walk *walk)
{
	return &walk->decoder->fragments;
}

enum layer walk_problem(struct packet_walk *walk, enum packet_kind kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(walk->out->problem, sizeof(walk->out->problem), format, arguments);
	va_end(arguments);
	walk->out->kind = kind;
	return LAYER_END;
}

static enum layer ip_layer(struct packet_walk *walk)
{
	switch (walk->captured > 0 ? walk->bytes[0] >> 4 : 0) {
	case 4:
		return ipv4_layer(walk);
	case 6:
		return ipv6_layer(walk);
	default:
		return LAYER_END;
	}
}

static enum layer decode_layer(struct packet_walk *walk, enum layer layer)
{
	switch (layer) {
	case LAYER_ETHERNET:
		return ethernet_layer(walk);
	case LAYER_VLAN:
		return tag_layer(walk, 2);
	case LAYER_VN_TAG:
		return tag_layer(walk, 4);
	case LAYER_E_TAG:
		return tag_layer(walk, 6);
	case LAYER_BACKBONE_SERVICE:
		return backbone_service_layer(walk);
	case LAYER_LLC:
		return llc_layer(walk);
	case LAYER_PPP:
		return ppp_layer(walk);
	case LAYER_PPPOE:
		return pppoe_layer(walk);
	case LAYER_MPLS:
		return mpls_layer(walk);
	case LAYER_IP:
		return ip_layer(walk);
	case LAYER_IPV6:
		return walk->captured > 0 && walk->bytes[0] >> 4 == 6 ? ipv6_layer(walk)
								      : LAYER_END;
	case LAYER_NSH:
		return nsh_layer(walk);
	case LAYER_TCP:
		return tcp_segment_layer(walk);
	case LAYER_UDP:
		return udp_layer(walk);
	case LAYER_ICMP:
		return icmp_layer(walk);
	case LAYER_ICMPV6:
		return icmpv6_layer(walk);
	case LAYER_AUTHENTICATION:
		return authentication_layer(walk);
	case LAYER_GRE:
		return gre_layer(walk);
	case LAYER_ETHER_IP:
		return ether_ip_layer(walk);
	case LAYER_END:
	case LAYER_COUNT:
	default:
		return LAYER_END;
	}
}

/* Made twice, with a trail and without: the walk without one pays nothing for it. */
static inline __attribute__((always_inline)) void walk_layers(struct packet_decoder *decoder,
							      const struct captured_frame *frame,
							      struct packet *out,
							      struct header_trail *trail)
{
	struct packet_walk walk = {
		.bytes = frame->bytes,
		.captured = frame->captured_length,
		.length = out->frame_length,
		.decoder = decoder,
		.out = out,
		.trail = trail,
		.base = frame->bytes,
		.noted = frame->bytes,
	};
	enum layer layer = link_type_layer(&walk, frame->link_type);

	if (trail)
		header_trail_link(&walk, frame->link_type, layer);
	for (unsigned depth = 0; layer != LAYER_END; depth++) {
		if (depth >= PACKET_LAYERS_MAX) {
			(void)walk_problem(&walk, PACKET_OTHER,
					   "more than %u headers inside each other",
					   PACKET_LAYERS_MAX);
			break;
		}
		uint32_t notes = walk.notes;
		enum layer next = decode_layer(&walk, layer);

		if (trail)
			header_trail_layer(&walk, layer, next, notes);
		layer = next;
	}
	if (trail)
		header_trail_end(&walk);
}

/* Kept out of packet_decode(): what it puts on the stack costs the common frame nothing. */
static __attribute__((noinline)) void
walk_down(struct packet_decoder *decoder, const struct captured_frame *frame, struct packet *out)
{
	walk_layers(decoder, frame, out, NULL);
}

static void verify_common(const uint8_t *bytes, uint32_t total, struct packet *out)
{
	out->ip.checksum = checksum_of_ipv4(bytes, IPV4_HEADER_MIN_BYTES);
	if (out->payload_length == out->captured_payload)
		out->checksum = checksum_of_tcp(&out->ip, bytes + IPV4_HEADER_MIN_BYTES,
						total - IPV4_HEADER_MIN_BYTES);
}

/* False: it is not so common; what it has written then means nothing. */
static bool decode_common(const uint8_t *frame, uint32_t captured, uint32_t length,
			  struct packet *out)
{
	const uint8_t *bytes = frame + ETHERNET_BYTES;
	const uint8_t *segment = bytes + IPV4_HEADER_MIN_BYTES;

	/* EtherType, version and header length in one; then fragments and protocol */
	if (captured < COMMON_BYTES || wire_u16(frame + 12) != 0x0800 || bytes[0] != 0x45 ||
	    (wire_u16(bytes + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) != 0 ||
	    bytes[9] != IP_PROTOCOL_TCP)
		return false;
	uint32_t total = wire_u16(bytes + 2);
	uint32_t header_bytes = tcp_header_bytes(segment);
	uint32_t headers = IPV4_HEADER_MIN_BYTES + header_bytes;

	if (header_bytes < TCP_HEADER_MIN_BYTES || total < headers ||
	    total > length - ETHERNET_BYTES || captured - ETHERNET_BYTES < headers ||
	    !tcp_common_options(segment + TCP_HEADER_MIN_BYTES, header_bytes - TCP_HEADER_MIN_BYTES,
				&out->tcp.options))
		return false;
	uint32_t there = captured - ETHERNET_BYTES < total ? captured - ETHERNET_BYTES : total;

	ipv4_fixed_fields(bytes, &out->ip);
	out->ip.header_length = IPV4_HEADER_MIN_BYTES;
	out->ip.payload_length = total - IPV4_HEADER_MIN_BYTES;
	out->ip.length_is_zero = false;
	out->ip.checksum = CHECKSUM_UNKNOWN;
	tcp_fixed_fields(segment, &out->tcp);
	out->tcp.length = (uint8_t)header_bytes;
	out->tcp.options_length = (uint8_t)(header_bytes - TCP_HEADER_MIN_BYTES);
	out->tcp.options_bytes = segment + TCP_HEADER_MIN_BYTES;
	out->payload_length = total - headers;
	out->captured_payload = there - headers;
	out->payload = bytes + headers;
	out->checksum = CHECKSUM_UNKNOWN;
	return true;
}

static inline void begin(const struct captured_frame *frame, struct packet *out)
{
	uint32_t captured = frame->captured_length;

	out->frame = frame->number;
	out->time_ns = frame->time_ns;
	/* What was captured was on the wire, whatever the record says. */
	out->frame_length = frame->original_length > captured ? frame->original_length : captured;
	out->interface = frame->interface;
	out->reassembled = false;
	out->never_arrived = false;
	out->problem[0] = '\0';
}

enum packet_kind packet_decode(struct packet_decoder *decoder, const struct captured_frame *frame,
			       struct packet *out)
{
	begin(frame, out);
	if (frame->link_type == LINK_ETHERNET &&
	    decode_common(frame->bytes, frame->captured_length, out->frame_length, out)) {
		out->kind = PACKET_TCP;
		if (decoder->verifies)
			verify_common(frame->bytes + ETHERNET_BYTES,
				      out->ip.payload_length + IPV4_HEADER_MIN_BYTES, out);
		return PACKET_TCP;
	}
	out->kind = PACKET_OTHER;
	out->has_tcp_fields = false;
	walk_down(decoder, frame, out);
	return out->kind;
}

enum packet_kind packet_decode_trail(struct packet_decoder *decoder,
				     const struct captured_frame *frame, struct packet *out,
				     struct header_trail *trail)
{
	begin(frame, out);
	out->kind = PACKET_OTHER;
	out->has_tcp_fields = false;
	header_trail_begin(trail);
	walk_layers(decoder, frame, out, trail);
	return out->kind;
}
