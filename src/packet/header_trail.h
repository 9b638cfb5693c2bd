/*
 * Which headers a frame has and where each stands: what packet_decode() walked over, written down.
 * For those who show a frame; the tracker needs none of it.
 */
#ifndef WIRETALE_PACKET_HEADER_TRAIL_H
#define WIRETALE_PACKET_HEADER_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/captured_frame.h"
#include "packet/packet.h"

enum header_kind {
	HEADER_OTHER, /* a header that was stepped over and that nobody unfolds: its bytes are shown
		       */
	HEADER_ETHERNET,
	HEADER_LINUX_SLL,
	HEADER_LINUX_SLL2,
	HEADER_BSD_LOOPBACK,
	HEADER_VLAN,
	HEADER_IPV4,
	HEADER_IPV6, /* the 40 bytes; each extension header is a place of its own */
	HEADER_IPV6_EXTENSION,
	HEADER_IPV6_FRAGMENT, /* the extension header of a fragment, which has fields of its own */
	HEADER_UDP,
	HEADER_GRE,
	HEADER_ICMP,
	HEADER_ICMPV6,
	HEADER_TCP, /* also what an ICMP error quotes of one */
};

#define HEADER_TRAIL_MAX 48u

struct header_place {
	enum header_kind kind;
	const char *name; /* "Ethernet", "VLAN tag", "GRE", "VXLAN": static */
	uint32_t offset;  /* of its first byte: in the frame, or with in_datagram in the datagram */
	uint32_t length;  /* bytes of it that were captured */
	bool in_datagram; /* in the datagram put together from fragments */
};

struct header_trail {
	uint32_t count;
	struct header_place places[HEADER_TRAIL_MAX];
	/* The datagram of several fragments that this frame completed; NULL: none. Borrowed from
	 * the decoder until its next call. */
	const uint8_t *datagram;
	uint32_t datagram_length;
	uint32_t payload_offset; /* of the TCP payload, in the frame or the datagram; PACKET_TCP */
	/* In the frame, what no header took: the payload, a fragment's content. Behind its end
	 * stand padding and trailers. */
	uint32_t content_offset;
	uint32_t content_end;
};

/* packet_decode(), with the trail filled in: the walk, never the short way. Once for a frame. */
enum packet_kind packet_decode_trail(struct packet_decoder *decoder,
				     const struct captured_frame *frame, struct packet *out,
				     struct header_trail *trail);

#endif
