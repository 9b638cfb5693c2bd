/*
 * The walk down a frame: header after header, each decoder taking its own bytes off and naming the
 * kind of header that follows. Only the files of this folder include this.
 *
 * Two lengths go along. `captured` bytes may be read; `length` says how many stood on the wire.
 * What a snap length took makes the difference, and a payload's true length comes from `length`.
 */
#ifndef WIRETALE_PACKET_LAYER_H
#define WIRETALE_PACKET_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/header_trail.h"
#include "packet/ip_fragments.h"
#include "packet/packet.h"

/* Headers inside each other; a VLAN tag counts as one. Nobody needs so many. */
#define PACKET_LAYERS_MAX 40u

enum layer {
	LAYER_END, /* nothing further: out->kind says what it was */
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_VN_TAG,
	LAYER_E_TAG,
	LAYER_BACKBONE_SERVICE,
	LAYER_LLC,
	LAYER_PPP,
	LAYER_PPPOE,
	LAYER_MPLS,
	LAYER_NSH,
	LAYER_IP, /* of the version that its first four bits tell */
	LAYER_IPV6,
	LAYER_TCP,
	LAYER_UDP,
	LAYER_ICMP,
	LAYER_ICMPV6,
	LAYER_AUTHENTICATION,
	LAYER_GRE,
	LAYER_ETHER_IP,
	LAYER_COUNT, /* within IPv6: not told yet */
};

struct packet_walk {
	const uint8_t *bytes; /* borrowed; what is not decoded yet */
	uint32_t captured;    /* bytes there; never over `length` */
	uint32_t length;      /* bytes on the wire from `bytes` to the end of the innermost layer */
	bool cut_by_frame;    /* an IP length field wants more than the frame had on the wire */
	struct packet_decoder *decoder; /* borrowed */
	struct packet *out;             /* borrowed */
	struct header_trail *trail;     /* borrowed; NULL: nobody wants it */
	const uint8_t *base;            /* of the frame, or of the datagram that is walked now */
	const uint8_t *noted;           /* the first byte that no place of the trail covers */
	uint32_t notes;                 /* how often `noted` was moved */
};

/* Takes `count` bytes and returns where they stand, or NULL where so many were not captured. */
static inline const uint8_t *walk_take(struct packet_walk *walk, uint32_t count)
{
	const uint8_t *bytes = walk->bytes;

	if (count > walk->captured)
		return NULL;
	walk->bytes += count;
	walk->captured -= count;
	walk->length -= count;
	return bytes;
}

/* Leaves out what stands behind `length` bytes: padding, trailers. */
static inline void walk_shorten(struct packet_walk *walk, uint32_t length)
{
	if (length < walk->length)
		walk->length = length;
	if (walk->captured > walk->length)
		walk->captured = walk->length;
}

/* Ends the walk with a kind and a sentence. */
enum layer walk_problem(struct packet_walk *walk, enum packet_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For walk_note(), and by the same rules: up to `end`. */
void header_trail_note(struct packet_walk *walk, enum header_kind kind, const char *name,
		       const uint8_t *end);

/* Writes into the trail what was taken since it was last written to. name is static. */
static inline void walk_note(struct packet_walk *walk, enum header_kind kind, const char *name)
{
	if (walk->trail)
		header_trail_note(walk, kind, name, walk->bytes);
}

/* The same of `length` bytes, or as many as were captured, that will not be taken, or not all. */
static inline void walk_note_ahead(struct packet_walk *walk, enum header_kind kind,
				   const char *name, uint32_t length)
{
	if (walk->trail)
		header_trail_note(walk, kind, name,
				  walk->bytes +
					  (length < walk->captured ? length : walk->captured));
}

/* The walk goes on in a datagram that is whole now. */
void walk_enter_datagram(struct packet_walk *walk, const struct ip_datagram *datagram);

bool walk_verifies(const struct packet_walk *walk);
struct ip_fragments *walk_fragments(struct packet_walk *walk);

#endif
