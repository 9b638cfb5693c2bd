/*
 * A captured frame, decoded down to the TCP segment in it.
 *
 *   struct packet_decoder *decoder = packet_decoder_create(0);
 *   while (a frame was read)
 *           if (packet_decode(decoder, &frame, &packet) == PACKET_TCP) ...
 *   packet_decoder_destroy(decoder);
 *
 * The decoder remembers fragments of IPv4 and IPv6 datagrams until they are whole, up to a
 * ceiling. Everything it reads is hostile; it reads nothing outside of the frame. One thread.
 */
#ifndef WIRETALE_PACKET_PACKET_H
#define WIRETALE_PACKET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip_address.h"
#include "packet/captured_frame.h"
#include "packet/tcp_header.h"

enum packet_kind {
	PACKET_OTHER,      /* no TCP in it, or a link type that we do not know */
	PACKET_TCP,        /* a segment; of a fragmented datagram: this frame completed it */
	PACKET_FRAGMENT,   /* part of a TCP datagram that is not whole yet, or never will be */
	PACKET_ICMP_ERROR, /* an ICMP or ICMPv6 error that quotes a TCP segment */
	PACKET_DAMAGED,    /* would be TCP, but a header is cut short or lies; see `problem` */
};

enum checksum_verdict {
	CHECKSUM_UNKNOWN, /* not all of it was captured, or nobody asked */
	CHECKSUM_GOOD,
	CHECKSUM_OFFLOADED, /* left to the network card: 0 (IP), or the pseudo-header's sum (TCP) */
	CHECKSUM_BAD,
};

enum {
	IP_ECN_NOT_ECT = 0,
	IP_ECN_ECT_1 = 1,
	IP_ECN_ECT_0 = 2,
	IP_ECN_CE = 3,
};

struct ip_header {
	struct ip_address source;
	struct ip_address destination;
	uint32_t flow_label;     /* IPv6; 0 of IPv4 */
	uint32_t payload_length; /* bytes behind all IP headers, by the length field */
	uint16_t identification; /* IPv4; 0 of IPv6 */
	uint16_t header_length;  /* with options or extension headers */
	uint8_t time_to_live;    /* hop limit of IPv6 */
	uint8_t traffic_class;   /* DSCP, and IP_ECN_* in the lowest two bits */
	bool dont_fragment;
	bool length_is_zero; /* the field was 0 (left to the card): taken from the frame */
	enum checksum_verdict checksum; /* IPv4's own */
};

/* What an ICMP error says, and of which segment: only its first bytes may be there. */
struct icmp_error {
	uint8_t type;
	uint8_t code;
	uint16_t next_hop_mtu;      /* fragmentation needed, packet too big; else 0 */
	struct ip_address reporter; /* who sent the error */
	struct ip_address source;   /* of the quoted datagram */
	struct ip_address destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t sequence;
	uint16_t flags; /* TCP_FLAG_*; with has_flags */
	bool has_flags; /* at least 16 bytes of the TCP header are quoted */
};

#define PACKET_PROBLEM_BYTES 120

struct packet {
	enum packet_kind kind;
	uint64_t frame;        /* captured_frame.number */
	int64_t time_ns;       /* captured_frame.time_ns */
	uint32_t frame_length; /* on the wire: never under captured_frame.captured_length */
	uint32_t interface;
	/* of PACKET_TCP: the innermost IP header, and the segment */
	struct ip_header ip;
	struct tcp_header tcp;
	uint32_t payload_length;   /* by the IP length: without Ethernet padding */
	uint32_t captured_payload; /* of them at `payload` */
	const uint8_t *payload;    /* borrowed from the frame, or from the decoder's next call */
	enum checksum_verdict checksum; /* TCP's */
	bool reassembled;               /* of more than one IP fragment */
	bool never_arrived; /* who made the capture knows that it was lost behind the capture point:
			       he sets it, the decoder says no */
	/* of PACKET_ICMP_ERROR */
	struct icmp_error icmp;
	/* of PACKET_DAMAGED, and of a first PACKET_FRAGMENT that will never be whole: `ip`, and in
	 * `tcp` the ports, numbers, flags, window and length, are there all the same, and
	 * payload_length by that length */
	bool has_tcp_fields;
	/* of PACKET_DAMAGED, and of a PACKET_OTHER that is odd: what and where. Else "". */
	char problem[PACKET_PROBLEM_BYTES];
};

struct packet_decoder;

enum {
	PACKET_VERIFY_CHECKSUMS = 1 << 0,
};

/* flags: PACKET_*; NULL: out of memory. Give back with packet_decoder_destroy(). */
struct packet_decoder *packet_decoder_create(unsigned flags);
void packet_decoder_destroy(struct packet_decoder *decoder); /* may be NULL */

/* Fragmented datagrams that were dropped unfinished because too many were open at once. */
uint64_t packet_decoder_given_up(const struct packet_decoder *decoder);

/* Fills *out, all of its fields that its kind has, and returns the kind. */
enum packet_kind packet_decode(struct packet_decoder *decoder, const struct captured_frame *frame,
			       struct packet *out);

#endif
