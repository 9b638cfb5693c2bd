/* The TCP header of a walk, and the quick look at it that most segments need. */
#ifndef WIRETALE_PACKET_TCP_SEGMENT_H
#define WIRETALE_PACKET_TCP_SEGMENT_H

#include "base/wire.h"
#include "packet/layer.h"
#include "packet/tcp_header.h"

/* NOP NOP TIMESTAMPS with its length, the layout of RFC 7323 appendix A. */
#define TCP_LONE_TIMESTAMPS UINT32_C(0x0101080a)
#define TCP_LONE_TIMESTAMPS_BYTES 12u

/* The header's bytes, a multiple of 4; under 20 it lies. 13 bytes must be there. */
static inline uint32_t tcp_header_bytes(const uint8_t *bytes)
{
	return (uint32_t)(bytes[12] >> 4) * 4;
}

/* All but the length and the options; 20 bytes must be there. */
static inline void tcp_fixed_fields(const uint8_t *bytes, struct tcp_header *out)
{
	out->source_port = wire_u16(bytes);
	out->destination_port = wire_u16(bytes + 2);
	out->sequence = wire_u32(bytes + 4);
	out->acknowledgment = wire_u32(bytes + 8);
	out->flags = wire_u16(bytes + 12) & 0xfff;
	out->window = wire_u16(bytes + 14);
	out->checksum = wire_u16(bytes + 16);
	out->urgent_pointer = wire_u16(bytes + 18);
}

/* False: the options are others than none, or timestamps alone; nothing was written. */
static inline bool tcp_common_options(const uint8_t *bytes, uint32_t length,
				      struct tcp_options *out)
{
	if (length == 0) {
		out->has = 0;
	} else if (length == TCP_LONE_TIMESTAMPS_BYTES && wire_u32(bytes) == TCP_LONE_TIMESTAMPS) {
		out->has = TCP_HAS_TIMESTAMPS;
		out->timestamp_value = wire_u32(bytes + 4);
		out->timestamp_echo = wire_u32(bytes + 8);
	} else {
		return false;
	}
	out->sack_count = 0;
	return true;
}

enum layer tcp_segment_layer(struct packet_walk *walk);

/* Of a header that makes no segment: as many of its fixed fields as were captured, the rest zero.
 * Nothing where not even the window is there. */
void tcp_fields_of_damaged(struct packet_walk *walk);

#endif
