/* Each row is what stands before the same datagram; the segment in it must be found. */
#include "packet/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/packet_bytes.h"
#include "support/unit_test.h"

enum { ETHERNET_LINK = 1, RAW_LINK = 101 };

struct layers {
	const char *name;
	uint16_t link_type;
	const uint8_t *bytes; /* of the whole frame */
	size_t length;
};

static enum packet_kind decode(struct packet_decoder *decoder, uint16_t link_type,
			       const uint8_t *bytes, size_t length, struct packet *out)
{
	struct captured_frame frame = {
		.number = 1,
		.bytes = bytes,
		.captured_length = (uint32_t)length,
		.original_length = (uint32_t)length,
		.link_type = link_type,
	};

	return packet_decode(decoder, &frame, out);
}

static void find_hello(const struct layers *rows, size_t count)
{
	struct packet_decoder *decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);

	assert_non_null(decoder);
	for (size_t i = 0; i < count; i++) {
		struct packet packet;

		if (decode(decoder, rows[i].link_type, rows[i].bytes, rows[i].length, &packet) !=
		    PACKET_TCP)
			fail_msg("%s: no segment found", rows[i].name);
		if (packet.payload_length != 5 || memcmp(packet.payload, "hello", 5) != 0 ||
		    packet.captured_payload != 5 || packet.tcp.destination_port != 5555)
			fail_msg("%s: another segment than the one in it", rows[i].name);
	}
	packet_decoder_destroy(decoder);
}

/* Behind the first two bytes of an 802.11 header: duration, three addresses, sequence */
#define WIRELESS_ADDRESSES U16(0), MAC_ADDRESSES, 2, 0, 0, 0, 0, 3, U16(0x1000)
#define SNAP_IPV4_HELLO 0xaa, 0xaa, 3, 0, 0, 0, U16(0x0800), IPV4_HELLO

static const struct layers link_layers[] = {
	{ "Ethernet", 1, BYTES(ETHERNET(0x0800), IPV4_HELLO) },
	{ "Ethernet, padded to 60 bytes", 1, BYTES(ETHERNET(0x0800), IPV4_HELLO, 'p') },
	{ "Ethernet, IPv6 and a trailer", 1, BYTES(ETHERNET(0x86dd), IPV6_HELLO, 1, 2, 3, 4) },
	{ "a VLAN", 1, BYTES(ETHERNET(0x8100), U16(5), U16(0x0800), IPV4_HELLO) },
	{ "a VLAN in a service VLAN", 1,
	  BYTES(ETHERNET(0x88a8), U16(5), U16(0x8100), U16(6), U16(0x86dd), IPV6_HELLO) },
	{ "a VLAN in an old one", 1,
	  BYTES(ETHERNET(0x9100), U16(5), U16(0x8100), U16(6), U16(0x0800), IPV4_HELLO) },
	{ "802.3 with SNAP", 1,
	  BYTES(MAC_ADDRESSES, U16(8 + IPV4_HELLO_BYTES), 0xaa, 0xaa, 3, 0, 0, 0, U16(0x0800),
		IPV4_HELLO, 'p', 'a', 'd') },
	{ "802.3 with LLC of IP", 1,
	  BYTES(MAC_ADDRESSES, U16(3 + IPV4_HELLO_BYTES), 6, 6, 3, IPV4_HELLO) },
	{ "PPPoE", 1,
	  BYTES(ETHERNET(0x8864), 0x11, 0, U16(7), U16(2 + IPV4_HELLO_BYTES), U16(0x21), IPV4_HELLO,
		'p') },
	{ "MPLS, two labels", 1,
	  BYTES(ETHERNET(0x8847), U32(16 << 12 | 64), U32(17 << 12 | 0x140), IPV4_HELLO) },
	{ "MPLS, IPv6", 1, BYTES(ETHERNET(0x8848), U32(16 << 12 | 0x140), IPV6_HELLO) },
	{ "MPLS, a pseudowire with a control word", 1,
	  BYTES(ETHERNET(0x8847), U32(16 << 12 | 0x140), U32(9), ETHERNET(0x0800), IPV4_HELLO) },
	{ "MPLS, a pseudowire without one", 1,
	  BYTES(ETHERNET(0x8847), U32(16 << 12 | 0x140), ETHERNET(0x0800), IPV4_HELLO) },
	{ "a provider's backbone", 1,
	  BYTES(ETHERNET(0x88e7), U32(5), ETHERNET(0x0800), IPV4_HELLO) },
	{ "NSH", 1, BYTES(ETHERNET(0x894f), 0x0f, 0xc2, 2, 1, U32(0x12345), IPV4_HELLO) },
	{ "Linux, cooked", 113,
	  BYTES(U16(0), U16(1), U16(6), 2, 0, 0, 0, 0, 1, 0, 0, U16(0x0800), IPV4_HELLO) },
	{ "Linux, cooked, version 2", 276,
	  BYTES(U16(0x86dd), U16(0), U32(3), U16(1), 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, IPV6_HELLO) },
	{ "raw IP", 101, BYTES(IPV4_HELLO) },
	{ "raw IP of OpenBSD", 14, BYTES(IPV6_HELLO) },
	{ "raw IPv4", 228, BYTES(IPV4_HELLO) },
	{ "raw IPv6", 229, BYTES(IPV6_HELLO) },
	{ "BSD loopback, little-endian", 0, BYTES(2, 0, 0, 0, IPV4_HELLO) },
	{ "BSD loopback, big-endian", 0, BYTES(0, 0, 0, 30, IPV6_HELLO) },
	{ "OpenBSD loopback", 108, BYTES(0, 0, 0, 24, IPV6_HELLO) },
	{ "PPP", 9, BYTES(0xff, 3, U16(0x21), IPV4_HELLO) },
	{ "PPP, all compressed", 9, BYTES(0x21, IPV4_HELLO) },
	{ "PPP over HDLC", 50, BYTES(0xff, 3, U16(0x57), IPV6_HELLO) },
	{ "Cisco's HDLC", 104, BYTES(0x0f, 0, U16(0x0800), IPV4_HELLO) },
	{ "frame relay", 107, BYTES(0x18, 0x41, 3, 0xcc, IPV4_HELLO) },
	{ "ARCNET", 129, BYTES(1, 2, 0, 0, 0xd4, 0, U16(1), IPV4_HELLO) },
	{ "ARCNET, an exception frame", 129,
	  BYTES(1, 2, 0, 0, 0xd4, 0xff, 0xff, 0xff, 0, 0, U16(1), IPV4_HELLO) },
	{ "token ring with a route", 6,
	  BYTES(0x10, 0x40, 2, 0, 0, 0, 0, 2, 0x82, 0, 0, 0, 0, 1, 6, 0x10, 0, 0x11, 0, 0x12, 0xaa,
		0xaa, 3, 0, 0, 0, U16(0x0800), IPV4_HELLO) },
	{ "802.11", 105, BYTES(0x08, 0x01, WIRELESS_ADDRESSES, SNAP_IPV4_HELLO) },
	{ "802.11 with QoS, four addresses and a radiotap header", 127,
	  BYTES(0, 0, 8, 0, U32(0), 0x88, 0x03, WIRELESS_ADDRESSES, 1, 2, 3, 4, 5, 6, 0, 0,
		SNAP_IPV4_HELLO) },
	{ "802.11, padded, as the flags behind a time tell", 127,
	  BYTES(0, 0, 17, 0, 3, 0, 0, 0, U32(0), U32(0), 0x20, 0x88, 0x01, WIRELESS_ADDRESSES, 0, 0,
		'p', 'p', SNAP_IPV4_HELLO) },
	{ "802.11, the first of an aggregate", 105,
	  BYTES(0x88, 0x02, WIRELESS_ADDRESSES, 0x80, 0, MAC_ADDRESSES, U16(8 + IPV4_HELLO_BYTES),
		SNAP_IPV4_HELLO, 0, 0, 'n', 'e', 'x', 't') },
};

static void every_link_layer_is_taken_off(void **state)
{
	(void)state;
	find_hello(link_layers, sizeof(link_layers) / sizeof(*link_layers));
}

#define IN_UDP(port, ...)                                                                          \
	BYTES(IPV4(17, 8 + sizeof((const uint8_t[]){ __VA_ARGS__ })),                              \
	      UDP_HEADER(port, sizeof((const uint8_t[]){ __VA_ARGS__ })), __VA_ARGS__)
#define IN_IPV4(protocol, ...)                                                                     \
	BYTES(IPV4(protocol, sizeof((const uint8_t[]){ __VA_ARGS__ })), __VA_ARGS__)
#define IN_IPV6(next_header, ...)                                                                  \
	BYTES(IPV6(next_header, sizeof((const uint8_t[]){ __VA_ARGS__ })), __VA_ARGS__)

static const struct layers tunnels[] = {
	{ "IPv4 in IPv4", RAW_LINK, IN_IPV4(4, IPV4_HELLO) },
	{ "IPv6 in IPv4", RAW_LINK, IN_IPV4(41, IPV6_HELLO) },
	{ "IPv4 in IPv6", RAW_LINK, IN_IPV6(4, IPV4_HELLO) },
	{ "GRE", RAW_LINK, IN_IPV4(47, U16(0), U16(0x0800), IPV4_HELLO) },
	{ "GRE with checksum, key and number", RAW_LINK,
	  IN_IPV4(47, U16(0xb000), U16(0x86dd), U32(1), U32(2), U32(3), IPV6_HELLO) },
	{ "GRE with a list of routes", RAW_LINK,
	  IN_IPV4(47, U16(0x4000), U16(0x0800), U32(0), U16(0x0800), 0, 4, U32(1), U32(0),
		  IPV4_HELLO) },
	{ "GRE of Ethernet", RAW_LINK,
	  IN_IPV4(47, U16(0x2000), U16(0x6558), U32(9), ETHERNET(0x0800), IPV4_HELLO) },
	{ "GRE of a mirror port", RAW_LINK,
	  IN_IPV4(47, U16(0x1000), U16(0x88be), U32(9), U32(1), U32(2), ETHERNET(0x0800),
		  IPV4_HELLO) },
	{ "GRE of PPP, with an acknowledgment", RAW_LINK,
	  IN_IPV4(47, U16(0x3081), U16(0x880b), U16(49), U16(1), U32(1), U32(1), 0xff, 3, U16(0x21),
		  IPV4_HELLO) },
	{ "GRE of a cache redirect", RAW_LINK,
	  IN_IPV4(47, U16(0), U16(0x883e), U32(0), IPV4_HELLO) },
	{ "EtherIP", RAW_LINK, IN_IPV4(97, U16(0x3000), ETHERNET(0x0800), IPV4_HELLO) },
	{ "MPLS in IP", RAW_LINK, IN_IPV4(137, U32(0x140), IPV4_HELLO) },
	{ "an authentication header", RAW_LINK,
	  IN_IPV4(51, 6, 4, U16(0), U32(1), U32(1), U32(0), U32(0), U32(0), TCP_HELLO) },
	{ "VXLAN", RAW_LINK, IN_UDP(4789, 8, 0, 0, 0, U32(5 << 8), ETHERNET(0x0800), IPV4_HELLO) },
	{ "VXLAN-GPE", RAW_LINK, IN_UDP(4790, 0x0c, 0, 0, 2, U32(5 << 8), IPV6_HELLO) },
	{ "Geneve of Ethernet, with an option", RAW_LINK,
	  IN_UDP(6081, 1, 0, U16(0x6558), U32(5 << 8), U32(0x01020000), ETHERNET(0x86dd),
		 IPV6_HELLO) },
	{ "Geneve of IP", RAW_LINK, IN_UDP(6081, 0, 0, U16(0x0800), U32(0), IPV4_HELLO) },
	{ "MPLS in UDP", RAW_LINK, IN_UDP(6635, U32(0x140), IPV4_HELLO) },
	{ "GTP-U with an extension", RAW_LINK,
	  IN_UDP(2152, 0x34, 0xff, U16(53), U32(7), U16(0), 0, 0x85, 1, 0, 9, 0, IPV4_HELLO) },
	{ "Teredo with an origin", RAW_LINK, IN_UDP(3544, U16(0), U16(1), U32(2), IPV6_HELLO) },
	{ "L2TP with a length", RAW_LINK,
	  IN_UDP(1701, U16(0x4002), U16(57), U16(1), U16(2), 0xff, 3, U16(0x21), IPV4_HELLO) },
};

static void every_tunnel_is_taken_off(void **state)
{
	(void)state;
	find_hello(tunnels, sizeof(tunnels) / sizeof(*tunnels));
}

static void every_extension_header_of_ipv6_is_skipped(void **state)
{
	const struct layers rows[] = {
		{ "hop by hop, then destination", RAW_LINK,
		  IN_IPV6(0, 60, 0, 1, 4, U32(0), 6, 0, 1, 4, U32(0), TCP_HELLO) },
		{ "a routing header at its end", RAW_LINK,
		  IN_IPV6(43, 6, 2, 0, 0, U32(0), IPV6_ADDRESS(9), TCP_HELLO) },
		{ "an atomic fragment", RAW_LINK, IN_IPV6(44, 6, 0, U16(0), U32(1), TCP_HELLO) },
		{ "an authentication header", RAW_LINK,
		  IN_IPV6(51, 6, 4, U16(0), U32(1), U32(1), U32(0), U32(0), U32(0), TCP_HELLO) },
	};

	(void)state;
	find_hello(rows, sizeof(rows) / sizeof(*rows));
}

static void what_the_innermost_header_says_is_told(void **state)
{
	struct packet_decoder *decoder = packet_decoder_create(0);
	struct packet packet;
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)state;
	assert_int_equal(decode(decoder, RAW_LINK, IN_IPV4(41, IPV6_HELLO), &packet), PACKET_TCP);
	ip_address_text(&packet.ip.source, text);
	assert_string_equal(text, "2001:db8::1");
	assert_int_equal(packet.ip.time_to_live, 62);
	assert_int_equal(packet.ip.traffic_class, 1);
	assert_int_equal(packet.ip.flow_label, 0x12345);
	assert_int_equal(packet.ip.identification, 0);
	assert_int_equal(packet.ip.payload_length, TCP_HELLO_BYTES);
	assert_int_equal(packet.ip.header_length, 40);
	assert_int_equal(
		decode(decoder, ETHERNET_LINK, BYTES(ETHERNET(0x0800), IPV4_HELLO), &packet),
		PACKET_TCP);
	ip_address_text(&packet.ip.destination, text);
	assert_string_equal(text, "10.0.0.2");
	assert_int_equal(packet.ip.time_to_live, 61);
	assert_int_equal(packet.ip.traffic_class & 3, IP_ECN_ECT_0);
	assert_int_equal(packet.ip.identification, 7);
	assert_true(packet.ip.dont_fragment);
	assert_int_equal(packet.ip.header_length, 20);
	packet_decoder_destroy(decoder);
}

static void what_is_encrypted_or_in_pieces_is_not_guessed_at(void **state)
{
	const struct layers rows[] = {
		{ "protected", 105, BYTES(0x08, 0x41, WIRELESS_ADDRESSES, SNAP_IPV4_HELLO) },
		{ "more fragments", 105, BYTES(0x08, 0x05, WIRELESS_ADDRESSES, SNAP_IPV4_HELLO) },
		{ "no data", 105, BYTES(0x48, 0x01, WIRELESS_ADDRESSES, SNAP_IPV4_HELLO) },
		{ "management", 105, BYTES(0x80, 0x00, WIRELESS_ADDRESSES, SNAP_IPV4_HELLO) },
		{ "a control message of L2TP", RAW_LINK,
		  IN_UDP(1701, U16(0xc802), U16(57), U32(1), U32(0), IPV4_HELLO) },
	};
	struct packet_decoder *decoder = packet_decoder_create(0);
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (decode(decoder, rows[i].link_type, rows[i].bytes, rows[i].length, &packet) !=
		    PACKET_OTHER)
			fail_msg("%s: taken for data", rows[i].name);
	}
	packet_decoder_destroy(decoder);
}

static void a_route_not_at_its_end_leads_to_the_last_stop(void **state)
{
	struct packet_decoder *decoder = packet_decoder_create(0);
	struct packet packet;
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)state;
	/* type 0, one stop left of two */
	assert_int_equal(
		decode(decoder, RAW_LINK,
		       IN_IPV6(43, 6, 4, 0, 1, U32(0), IPV6_ADDRESS(8), IPV6_ADDRESS(9), TCP_HELLO),
		       &packet),
		PACKET_TCP);
	ip_address_text(&packet.ip.destination, text);
	assert_string_equal(text, "2001:db8::9");
	/* IPv4: a header of 28 bytes with a loose source route of one stop, 10.9.8.7 */
	assert_int_equal(
		decode(decoder, RAW_LINK,
		       BYTES(0x47, 0, U16(28 + TCP_HELLO_BYTES), U16(7), U16(0x4000), 61, 6, 0, 0,
			     10, 0, 0, 1, 10, 0, 0, 2, 131, 7, 4, 10, 9, 8, 7, 0, TCP_HELLO),
		       &packet),
		PACKET_TCP);
	ip_address_text(&packet.ip.destination, text);
	assert_string_equal(text, "10.9.8.7");
	assert_int_equal(packet.ip.header_length, 28);
	packet_decoder_destroy(decoder);
}

static void headers_inside_each_other_have_a_ceiling(void **state)
{
	enum { DEPTH = 60, HELLO = IPV4_HELLO_BYTES };
	static const uint8_t hello[] = { IPV4_HELLO };
	uint8_t bytes[DEPTH * 20 + HELLO];
	struct packet_decoder *decoder = packet_decoder_create(0);
	struct packet packet;

	(void)state;
	for (size_t i = 0; i < DEPTH; i++) {
		size_t content = sizeof(bytes) - (i + 1) * 20;
		const uint8_t header[] = { IPV4(4, content) };

		memcpy(bytes + i * 20, header, sizeof(header));
	}
	memcpy(bytes + (size_t)DEPTH * 20, hello, sizeof(hello));
	assert_int_equal(decode(decoder, RAW_LINK, bytes, sizeof(bytes), &packet), PACKET_OTHER);
	assert_string_equal(packet.problem, "more than 40 headers inside each other");
	/* half as deep is read */
	assert_int_equal(decode(decoder, RAW_LINK, bytes + (size_t)30 * 20,
				sizeof(bytes) - (size_t)30 * 20, &packet),
			 PACKET_TCP);
	packet_decoder_destroy(decoder);
}

static void extension_headers_have_a_ceiling(void **state)
{
	uint8_t bytes[40 + 100 * 8] = { IPV6(60, 100 * 8) };
	struct packet_decoder *decoder = packet_decoder_create(0);
	struct packet packet;

	(void)state;
	for (size_t at = 40; at < sizeof(bytes); at += 8)
		bytes[at] = 60; /* destination options, 8 bytes, and the next is one too */
	assert_int_equal(decode(decoder, RAW_LINK, bytes, sizeof(bytes), &packet), PACKET_OTHER);
	assert_string_equal(packet.problem, "more IPv6 extension headers than are read");
	packet_decoder_destroy(decoder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_layer_is_taken_off),
		cmocka_unit_test(every_tunnel_is_taken_off),
		cmocka_unit_test(every_extension_header_of_ipv6_is_skipped),
		cmocka_unit_test(what_the_innermost_header_says_is_told),
		cmocka_unit_test(what_is_encrypted_or_in_pieces_is_not_guessed_at),
		cmocka_unit_test(a_route_not_at_its_end_leads_to_the_last_stop),
		cmocka_unit_test(headers_inside_each_other_have_a_ceiling),
		cmocka_unit_test(extension_headers_have_a_ceiling),
	};

	return cmocka_run_group_tests_name("packet_layers", tests, NULL, NULL);
}
