#include "tcp_lab/cable_forge.h"

#include <string.h>

#include "base/byte_writer.h"
#include "base/wire.h"
#include "packet/checksum.h"
#include "packet/ipv4.h"
#include "packet/ipv6.h"

#define TIME_TO_LIVE 64u
#define INTERNETWORK_CONTROL 0xc0u /* precedence of ICMP errors, RFC 1812 section 4.3.2.5 */
#define ICMP_HEADER_BYTES 8u
#define ICMP_QUOTE_MAX_BYTES 548u /* the error has 576 bytes at most, RFC 1812 section 4.3.2.3 */
#define ICMPV6_QUOTE_MAX_BYTES (CABLE_FORGED_MAX_BYTES - IPV6_HEADER_BYTES - ICMP_HEADER_BYTES)

enum {
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_FRAGMENTATION_NEEDED = 4, /* the code */
	ICMP_ECHO = 8,
	ICMPV6_PACKET_TOO_BIG = 2,
	ICMPV6_INFORMATIONAL = 128, /* errors are below */
};

struct ends_of_packet {
	uint8_t version;            /* 4 or 6 */
	const uint8_t *source;      /* 4 or 16 bytes */
	const uint8_t *destination; /* as many */
};

static void write_ipv4(struct byte_writer *writer, const struct ends_of_packet *ends,
		       uint8_t protocol, size_t payload)
{
	bool is_error = protocol == IP_PROTOCOL_ICMP;

	byte_write_u8(writer, 0x45);
	byte_write_u8(writer, is_error ? INTERNETWORK_CONTROL : 0);
	byte_write_u16_be(writer, (uint16_t)(IPV4_HEADER_MIN_BYTES + payload));
	byte_write_u16_be(writer, 0); /* identification: it is never fragmented */
	byte_write_u16_be(writer, IPV4_DONT_FRAGMENT);
	byte_write_u8(writer, TIME_TO_LIVE);
	byte_write_u8(writer, protocol);
	byte_write_u16_be(writer, 0);
	byte_write_bytes(writer, ends->source, 4);
	byte_write_bytes(writer, ends->destination, 4);
	uint16_t checksum = checksum_right_ipv4(writer->bytes, IPV4_HEADER_MIN_BYTES);

	writer->bytes[10] = (uint8_t)(checksum >> 8);
	writer->bytes[11] = (uint8_t)checksum;
}

/* The header that a packet begins with; the writer is at its start. */
static void write_ip(struct byte_writer *writer, const struct ends_of_packet *ends,
		     uint8_t protocol, size_t payload)
{
	if (ends->version == 4) {
		write_ipv4(writer, ends, protocol, payload);
		return;
	}
	byte_write_u32_be(writer, UINT32_C(6) << 28);
	byte_write_u16_be(writer, (uint16_t)payload);
	byte_write_u8(writer, protocol);
	byte_write_u8(writer, TIME_TO_LIVE);
	byte_write_bytes(writer, ends->source, 16);
	byte_write_bytes(writer, ends->destination, 16);
}

/* ---- segments ---- */

size_t cable_forge_segment(const struct cable_forgery *forgery, const struct packet *like,
			   enum lab_host sender, const struct segment_ends *ends,
			   uint8_t out[CABLE_FORGED_MAX_BYTES])
{
	struct byte_writer writer = byte_writer_into(out, CABLE_FORGED_MAX_BYTES);
	enum lab_host from = forgery->from;
	enum lab_host to = lab_other_host(from);
	bool same_way = from == sender;
	struct ip_header ip = {
		.source = same_way ? like->ip.source : like->ip.destination,
		.destination = same_way ? like->ip.destination : like->ip.source,
	};
	uint16_t flags = forgery->flags;
	uint32_t sequence = ends->known[from] ? ends->next[from] : 0;
	uint32_t acknowledgment = 0;

	if (forgery->acknowledges) {
		flags |= TCP_FLAG_ACK;
		acknowledgment = ends->known[to] ? ends->next[to] : 0;
	}
	write_ip(&writer,
		 &(struct ends_of_packet){ ip.source.version, ip.source.bytes,
					   ip.destination.bytes },
		 IP_PROTOCOL_TCP, TCP_HEADER_MIN_BYTES);
	uint8_t *segment = out + writer.length;

	byte_write_u16_be(&writer, same_way ? like->tcp.source_port : like->tcp.destination_port);
	byte_write_u16_be(&writer, same_way ? like->tcp.destination_port : like->tcp.source_port);
	byte_write_u32_be(&writer, sequence + (uint32_t)(uint64_t)forgery->sequence_offset);
	byte_write_u32_be(&writer, acknowledgment);
	byte_write_u16_be(&writer, (uint16_t)(TCP_HEADER_MIN_BYTES / 4 << 12 | (flags & 0xfffu)));
	byte_write_u16_be(&writer, ends->window[from]);
	byte_write_u32_be(&writer, 0); /* checksum, urgent pointer */
	uint16_t checksum = checksum_right_tcp(&ip, segment, TCP_HEADER_MIN_BYTES);

	segment[16] = (uint8_t)(checksum >> 8);
	segment[17] = (uint8_t)checksum;
	return writer.length;
}

uint32_t cable_forge_kinds(uint16_t flags)
{
	bool acknowledges = (flags & TCP_FLAG_ACK) != 0;
	uint32_t kinds = 0;

	if ((flags & TCP_FLAG_RST) != 0)
		return SEGMENT_RST;
	if ((flags & TCP_FLAG_SYN) != 0)
		kinds = acknowledges ? SEGMENT_SYN_ACK : SEGMENT_SYN;
	if ((flags & TCP_FLAG_FIN) != 0)
		kinds |= SEGMENT_FIN;
	return kinds == 0 && acknowledges ? SEGMENT_ACK : kinds;
}

/* ---- ICMP errors ---- */

static size_t quote(struct byte_writer *writer, const uint8_t *bytes, size_t length)
{
	byte_write_bytes(writer, bytes, length);
	return writer->overflowed ? 0 : writer->length;
}

static void write_checksum(uint8_t *icmp, uint64_t sum_of_all)
{
	/* In the machine's byte order, as the sum is. */
	uint16_t checksum = (uint16_t)~checksum_fold(sum_of_all);

	memcpy(icmp + 2, &checksum, sizeof(checksum));
}

static size_t too_long_ipv4(const uint8_t *bytes, size_t length, uint32_t mtu,
			    uint8_t out[CABLE_FORGED_MAX_BYTES])
{
	struct byte_writer writer = byte_writer_into(out, CABLE_FORGED_MAX_BYTES);
	size_t header_length = (bytes[0] & 0xfu) * 4u;
	uint16_t place = wire_u16(bytes + 6);
	size_t quoted = length < ICMP_QUOTE_MAX_BYTES ? length : ICMP_QUOTE_MAX_BYTES;

	if (header_length < IPV4_HEADER_MIN_BYTES || header_length >= length ||
	    (place & IPV4_DONT_FRAGMENT) == 0 || (place & IPV4_FRAGMENT_OFFSET) != 0)
		return 0;
	if (bytes[9] == IP_PROTOCOL_ICMP && bytes[header_length] != ICMP_ECHO &&
	    bytes[header_length] != ICMP_ECHO_REPLY)
		return 0;
	write_ip(&writer, &(struct ends_of_packet){ 4, bytes + 16, bytes + 12 }, IP_PROTOCOL_ICMP,
		 ICMP_HEADER_BYTES + quoted);
	uint8_t *icmp = out + writer.length;

	byte_write_u8(&writer, ICMP_UNREACHABLE);
	byte_write_u8(&writer, ICMP_FRAGMENTATION_NEEDED);
	byte_write_u32_be(&writer, 0); /* checksum, unused */
	byte_write_u16_be(&writer, mtu < UINT16_MAX ? (uint16_t)mtu : UINT16_MAX);
	size_t written = quote(&writer, bytes, quoted);

	write_checksum(icmp, checksum_add(0, icmp, ICMP_HEADER_BYTES + quoted));
	return written;
}

/* The pseudo-header of RFC 8200 section 8.1 stands before the message in the sum. */
static uint64_t pseudo_header_sum(const uint8_t *addresses, size_t length)
{
	uint8_t rest[8] = { 0, 0, (uint8_t)(length >> 8), (uint8_t)length, 0,
			    0, 0, IP_PROTOCOL_ICMPV6 };

	return checksum_add(checksum_add(0, addresses, 32), rest, sizeof(rest));
}

static size_t too_long_ipv6(const uint8_t *bytes, size_t length, uint32_t mtu,
			    uint8_t out[CABLE_FORGED_MAX_BYTES])
{
	struct byte_writer writer = byte_writer_into(out, CABLE_FORGED_MAX_BYTES);
	size_t quoted = length < ICMPV6_QUOTE_MAX_BYTES ? length : ICMPV6_QUOTE_MAX_BYTES;
	size_t message = ICMP_HEADER_BYTES + quoted;

	if (length <= IPV6_HEADER_BYTES ||
	    (bytes[6] == IP_PROTOCOL_ICMPV6 && bytes[IPV6_HEADER_BYTES] < ICMPV6_INFORMATIONAL))
		return 0;
	write_ip(&writer, &(struct ends_of_packet){ 6, bytes + 24, bytes + 8 }, IP_PROTOCOL_ICMPV6,
		 message);
	uint8_t *icmp = out + writer.length;

	byte_write_u8(&writer, ICMPV6_PACKET_TOO_BIG);
	byte_write_u8(&writer, 0);
	byte_write_u16_be(&writer, 0); /* checksum */
	byte_write_u32_be(&writer, mtu);
	size_t written = quote(&writer, bytes, quoted);

	write_checksum(icmp, checksum_add(pseudo_header_sum(out + 8, message), icmp, message));
	return written;
}

size_t cable_forge_too_long(const uint8_t *bytes, size_t length, uint32_t mtu,
			    uint8_t out[CABLE_FORGED_MAX_BYTES])
{
	if (length < IPV4_HEADER_MIN_BYTES)
		return 0;
	if (bytes[0] >> 4 == 4)
		return too_long_ipv4(bytes, length, mtu, out);
	return bytes[0] >> 4 == 6 ? too_long_ipv6(bytes, length, mtu, out) : 0;
}
