#include "tcp_lab/cable_change.h"

#include "packet/checksum.h"
#include "packet/ipv4.h"
#include "packet/ipv6.h"

#define ECN_MASK 0x03u
#define IPV6_ECN_SHIFT 4      /* in the header's second byte */
#define URGENT_POINTER_AT 18u /* in the TCP header */
#define CORRUPTION 0x55u      /* bits that change */

enum {
	ICMPV6_LISTENER_QUERY = 130,    /* to 132: group memberships */
	ICMPV6_NEIGHBOR_REDIRECT = 137, /* from 133: routers and neighbors */
	ICMPV6_LISTENER_REPORT_2 = 143,
};

static enum cable_mark_result mark(uint8_t *byte, unsigned shift)
{
	switch ((unsigned)*byte >> shift & ECN_MASK) {
	case IP_ECN_ECT_0:
	case IP_ECN_ECT_1:
		*byte |= (uint8_t)(ECN_MASK << shift);
		return CABLE_MARKED;
	case IP_ECN_CE:
		return CABLE_MARKED_BEFORE;
	default:
		return CABLE_NOT_ECN_CAPABLE;
	}
}

enum cable_mark_result cable_change_mark(uint8_t *bytes, size_t length)
{
	if (length >= IPV6_HEADER_BYTES && bytes[0] >> 4 == 6)
		return mark(bytes + 1, IPV6_ECN_SHIFT);
	size_t header_length = length > 0 ? (bytes[0] & 0xfu) * 4u : 0;

	if (header_length < IPV4_HEADER_MIN_BYTES || header_length > length || bytes[0] >> 4 != 4)
		return CABLE_NOT_ECN_CAPABLE;
	enum cable_mark_result result = mark(bytes + 1, 0);

	if (result == CABLE_MARKED) {
		uint16_t checksum = checksum_right_ipv4(bytes, header_length);

		bytes[10] = (uint8_t)(checksum >> 8);
		bytes[11] = (uint8_t)checksum;
	}
	return result;
}

bool cable_change_corrupt(uint8_t *bytes, size_t length, const struct packet *packet, uint32_t byte,
			  uint32_t *at)
{
	/* Of a reassembled datagram the payload stands elsewhere. */
	if (packet->kind != PACKET_TCP || packet->reassembled || packet->payload < bytes ||
	    packet->payload > bytes + length)
		return false;
	size_t payload_at = (size_t)(packet->payload - bytes);

	if (packet->captured_payload > 0) {
		*at = byte < packet->captured_payload ? byte : packet->captured_payload - 1;
		bytes[payload_at + *at] ^= CORRUPTION;
		return true;
	}
	if (payload_at < packet->tcp.length)
		return false;
	*at = 0;
	bytes[payload_at - packet->tcp.length + URGENT_POINTER_AT] ^= CORRUPTION;
	return true;
}

static bool ipv6_is_for_all(const uint8_t *bytes, size_t length)
{
	if (length < IPV6_HEADER_BYTES)
		return false;
	if (bytes[24] == 0xff)
		return true;
	if (bytes[6] != IP_PROTOCOL_ICMPV6 || length == IPV6_HEADER_BYTES)
		return false;
	uint8_t type = bytes[IPV6_HEADER_BYTES];

	return (type >= ICMPV6_LISTENER_QUERY && type <= ICMPV6_NEIGHBOR_REDIRECT) ||
	       type == ICMPV6_LISTENER_REPORT_2;
}

bool cable_is_for_all(const uint8_t *bytes, size_t length)
{
	if (length > 0 && bytes[0] >> 4 == 6)
		return ipv6_is_for_all(bytes, length);
	if (length < IPV4_HEADER_MIN_BYTES || bytes[0] >> 4 != 4)
		return false;
	/* 224.0.0.0/4, which has IGMP too, and 255.255.255.255 */
	return bytes[16] >> 4 == 14 || wire_u32(bytes + 16) == UINT32_MAX;
}
