/* What the decoder says of one frame after the other: lengths, cuts, damage, fragments, errors. */
#include "packet/packet.h"

#include <string.h>

#include "support/packet_bytes.h"
#include "support/unit_test.h"

enum { ETHERNET_LINK = 1, RAW_LINK = 101 };

static struct packet packet; /* what came of the last frame */

static int start(void **state)
{
	*state = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	return *state ? 0 : -1;
}

static int end(void **state)
{
	packet_decoder_destroy(*state);
	return 0;
}

static enum packet_kind decode_cut(void **state, uint16_t link_type, const uint8_t *bytes,
				   size_t length, uint32_t captured)
{
	struct captured_frame frame = {
		.number = 12,
		.time_ns = 345,
		.bytes = bytes,
		.captured_length = captured,
		.original_length = (uint32_t)length,
		.interface = 3,
		.link_type = link_type,
	};

	memset(&packet, 0xa5, sizeof(packet));
	return packet_decode(*state, &frame, &packet);
}

static enum packet_kind decode(void **state, uint16_t link_type, const uint8_t *bytes,
			       size_t length)
{
	return decode_cut(state, link_type, bytes, length, (uint32_t)length);
}

static void every_field_of_a_segment_is_read(void **state)
{
	/* both ways: the quick one of Ethernet, and the walk */
	for (int quick = 0; quick < 2; quick++) {
		const uint8_t frame[] = {
			ETHERNET(0x0800),
			IPV4(6, 20 + 12 + 3),
			U16(40000),
			U16(5555),
			U32(0xfffffff0),
			U32(0x12345678),
			0x8b,
			0xff, /* 32 bytes; 12 bits of flags */
			U16(65535),
			U16(0xabcd),
			U16(0x0102), /* window, checksum, urgent pointer */
			1,
			1,
			8,
			10,
			U32(256),
			U32(512), /* timestamps */
			'a',
			'b',
			'c',
		};
		enum packet_kind kind =
			quick ? decode(state, ETHERNET_LINK, frame, sizeof(frame))
			      : decode(state, RAW_LINK, frame + 14, sizeof(frame) - 14);

		assert_int_equal(kind, PACKET_TCP);
		assert_int_equal(packet.kind, PACKET_TCP);
		assert_int_equal(packet.frame, 12);
		assert_int_equal(packet.time_ns, 345);
		assert_int_equal(packet.interface, 3);
		assert_int_equal(packet.frame_length, quick ? sizeof(frame) : sizeof(frame) - 14);
		assert_int_equal(packet.tcp.source_port, 40000);
		assert_int_equal(packet.tcp.destination_port, 5555);
		assert_int_equal(packet.tcp.sequence, UINT32_C(0xfffffff0));
		assert_int_equal(packet.tcp.acknowledgment, 0x12345678);
		assert_int_equal(packet.tcp.flags, 0xbff);
		assert_int_equal(packet.tcp.window, 65535);
		assert_int_equal(packet.tcp.checksum, 0xabcd);
		assert_int_equal(packet.tcp.urgent_pointer, 0x0102);
		assert_int_equal(packet.tcp.length, 32);
		assert_int_equal(packet.tcp.options_length, 12);
		assert_int_equal(packet.tcp.options_bytes[2], 8);
		assert_int_equal(packet.tcp.options.has, TCP_HAS_TIMESTAMPS);
		assert_int_equal(packet.tcp.options.timestamp_value, 256);
		assert_int_equal(packet.tcp.options.timestamp_echo, 512);
		assert_int_equal(packet.tcp.options.sack_count, 0);
		assert_int_equal(packet.payload_length, 3);
		assert_int_equal(packet.captured_payload, 3);
		assert_memory_equal(packet.payload, "abc", 3);
		assert_int_equal(packet.checksum, CHECKSUM_BAD);
		assert_int_equal(packet.ip.checksum, CHECKSUM_OFFLOADED);
		assert_false(packet.ip.length_is_zero);
		assert_false(packet.reassembled);
		assert_string_equal(packet.problem, "");
	}
}

static void padding_is_no_payload(void **state)
{
	static const uint8_t frame[] = {
		ETHERNET(0x0800), IPV4(6, 20), TCP_HEADER(5, 0x10), 0, 0, 0, 0, 0, 0
	};

	assert_int_equal(decode(state, ETHERNET_LINK, frame, sizeof(frame)), PACKET_TCP);
	assert_int_equal(packet.payload_length, 0);
	assert_int_equal(packet.captured_payload, 0);
}

static void what_a_snap_length_took_counts_but_is_not_there(void **state)
{
	static const uint8_t frame[] = { ETHERNET(0x0800), IPV4_HELLO };

	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), 56), PACKET_TCP);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.captured_payload, 2);
	assert_memory_equal(packet.payload, "he", 2);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), 54), PACKET_TCP);
	assert_int_equal(packet.captured_payload, 0);
}

static void options_may_be_cut_but_not_the_header(void **state)
{
	/* two SACK blocks, a header of 40 bytes */
	static const uint8_t frame[] = {
		ETHERNET(0x0800), IPV4(6, 40), TCP_HEADER(10, 0x10), 1, 1, 5, 18, U32(10), U32(20),
		U32(30),          U32(40),
	};

	assert_int_equal(decode(state, ETHERNET_LINK, frame, sizeof(frame)), PACKET_TCP);
	assert_int_equal(packet.tcp.options.sack_count, 2);
	/* 70 of 74 bytes: of the second block, half is there */
	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), 70), PACKET_TCP);
	assert_int_equal(packet.tcp.length, 40);
	assert_int_equal(packet.tcp.options_length, 16);
	assert_int_equal(packet.tcp.options.has, TCP_HAS_SACK);
	assert_int_equal(packet.tcp.options.sack_count, 1);
	assert_int_equal(packet.tcp.options.sack[0].right, 20);
	assert_int_equal(packet.payload_length, 0);
	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), 54), PACKET_TCP);
	assert_int_equal(packet.tcp.options.has, 0);
	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), 53),
			 PACKET_DAMAGED);
	assert_string_equal(packet.problem, "of the TCP header of 20 bytes, 19 were captured");
	assert_true(packet.has_tcp_fields);
	assert_int_equal(packet.tcp.sequence, 100);
	assert_int_equal(packet.tcp.flags, TCP_FLAG_ACK);
	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), 49),
			 PACKET_DAMAGED);
	assert_false(packet.has_tcp_fields);
}

static void every_cut_of_a_frame_is_survived(void **state)
{
	static const uint8_t frame[] = { ETHERNET(0x8100), U16(5), U16(0x0800),
					 IPV4(41, IPV6_HELLO_BYTES), IPV6_HELLO };

	for (uint32_t captured = 0; captured < sizeof(frame); captured++) {
		enum packet_kind kind =
			decode_cut(state, ETHERNET_LINK, frame, sizeof(frame), captured);

		/* The segment's 20 fixed bytes end 5 bytes before the frame does. */
		assert_int_equal(kind == PACKET_TCP, captured >= sizeof(frame) - 5);
		assert_int_equal(kind == PACKET_DAMAGED,
				 captured >= sizeof(frame) - 25 && captured < sizeof(frame) - 5);
	}
}

static void lengths_that_lie_are_damage(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t length;
		const char *problem;
	} rows[] = {
		{ BYTES(ETHERNET(0x0800), IPV4(6, 25), TCP_HEADER(4, 0x10), 1, 2, 3, 4, 5),
		  "the TCP header says that it has 16 bytes, fewer than 20" },
		{ BYTES(ETHERNET(0x0800), IPV4(6, 25), TCP_HEADER(7, 0x10), 1, 2, 3, 4, 5),
		  "the TCP header takes 28 bytes, the datagram has 25 for it" },
		{ BYTES(ETHERNET(0x0800), IPV4(6, 12), TCP_HEADER(5, 0x10)),
		  "the TCP header takes 20 bytes, the datagram has 12 for it" },
		{ BYTES(ETHERNET(0x0800), IPV4(6, -5), TCP_HEADER(5, 0x10)),
		  "an IPv4 length of 15 is less than its header's 20 bytes" },
		{ BYTES(ETHERNET(0x0800), 0x44, 0, U16(40), U16(1), U16(0), 64, 6, 0, 0, U32(1),
			U32(2), TCP_HEADER(5, 0x10)),
		  "the IPv4 header says that it has 16 bytes, fewer than 20" },
		{ BYTES(ETHERNET(0x86dd), IPV6(60, 28), 6, 9, 0, 0, U32(0), TCP_HEADER(5, 0x10)),
		  "an IPv6 extension header wants more than the 28 bytes that are there" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(decode(state, ETHERNET_LINK, rows[i].bytes, rows[i].length),
				 PACKET_DAMAGED);
		assert_string_equal(packet.problem, rows[i].problem);
	}
}

static void a_datagram_longer_than_its_frame_ends_with_the_frame(void **state)
{
	static const uint8_t frame[] = { ETHERNET(0x0800), IPV4(6, 1000), TCP_HELLO };

	assert_int_equal(decode(state, ETHERNET_LINK, frame, sizeof(frame)), PACKET_TCP);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
}

static void a_length_of_zero_is_taken_from_the_frame(void **state)
{
	static const uint8_t four[] = { ETHERNET(0x0800), IPV4(6, -20), TCP_HELLO };
	static const uint8_t six[] = { ETHERNET(0x86dd), IPV6(6, 0), TCP_HELLO };
	static const uint8_t jumbo[] = { ETHERNET(0x86dd),         IPV6(0, 0), 6,   0,   0xc2, 4,
					 U32(8 + TCP_HELLO_BYTES), TCP_HELLO,  'p', 'a', 'd' };

	assert_int_equal(decode(state, ETHERNET_LINK, four, sizeof(four)), PACKET_TCP);
	assert_true(packet.ip.length_is_zero);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(decode(state, ETHERNET_LINK, six, sizeof(six)), PACKET_TCP);
	assert_true(packet.ip.length_is_zero);
	assert_int_equal(packet.payload_length, 5);
	/* A jumbo option tells it. */
	assert_int_equal(decode(state, ETHERNET_LINK, jumbo, sizeof(jumbo)), PACKET_TCP);
	assert_false(packet.ip.length_is_zero);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.ip.header_length, 48);
}

static void checksums_are_verified_only_where_asked(void **state)
{
	/* TCP's is right. */
	static const uint8_t frame[] = {
		ETHERNET(0x0800),
		IPV4(6, TCP_HELLO_BYTES),
		U16(40000),
		U16(5555),
		U32(100),
		U32(200),
		0x50,
		0x18,
		U16(500),
		U16(0xa2df),
		0,
		0,
		'h',
		'e',
		'l',
		'l',
		'o',
	};
	struct packet_decoder *unasked = packet_decoder_create(0);
	void *unasked_state = unasked;

	assert_non_null(unasked);
	assert_int_equal(decode(state, ETHERNET_LINK, frame, sizeof(frame)), PACKET_TCP);
	assert_int_equal(packet.checksum, CHECKSUM_GOOD);
	assert_int_equal(decode(&unasked_state, ETHERNET_LINK, frame, sizeof(frame)), PACKET_TCP);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
	assert_int_equal(packet.ip.checksum, CHECKSUM_UNKNOWN);
	packet_decoder_destroy(unasked);
}

static void a_fragmented_segment_stands_at_its_last_fragment(void **state)
{
	static const uint8_t last[] = { ETHERNET(0x0800), IPV4_HEADER(6, 1, 9, 3), 'o' };
	static const uint8_t first[] = { ETHERNET(0x0800),
					 IPV4_HEADER(6, 24, 9, 0x2000),
					 TCP_HEADER(5, 0x18),
					 'h',
					 'e',
					 'l',
					 'l' };

	assert_int_equal(decode(state, ETHERNET_LINK, last, sizeof(last)), PACKET_FRAGMENT);
	assert_false(packet.reassembled);
	assert_int_equal(decode(state, ETHERNET_LINK, first, sizeof(first)), PACKET_TCP);
	assert_true(packet.reassembled);
	assert_int_equal(packet.payload_length, 5);
	assert_memory_equal(packet.payload, "hello", 5);
	assert_int_equal(packet.ip.payload_length, TCP_HELLO_BYTES);
	/* The same again begins another datagram. */
	assert_int_equal(decode(state, ETHERNET_LINK, last, sizeof(last)), PACKET_FRAGMENT);
}

static void a_fragment_of_ipv6_may_have_other_headers_in_it(void **state)
{
	static const uint8_t last[] = { IPV6(44, 8 + 1), 60, 0, U16(4 << 3), U32(9), 'o' };
	static const uint8_t first[] = { IPV6(44, 8 + 32),
					 60,
					 0,
					 U16(1),
					 U32(9),
					 6,
					 0,
					 1,
					 4,
					 U32(0), /* destination options */
					 TCP_HEADER(5, 0x18),
					 'h',
					 'e',
					 'l',
					 'l' };

	assert_int_equal(decode(state, RAW_LINK, last, sizeof(last)), PACKET_OTHER);
	assert_int_equal(decode(state, RAW_LINK, first, sizeof(first)), PACKET_TCP);
	assert_true(packet.reassembled);
	assert_memory_equal(packet.payload, "hello", 5);
}

static void fragments_that_cannot_become_whole_are_left_alone(void **state)
{
	static const uint8_t cut[] = { ETHERNET(0x0800),
				       IPV4_HEADER(6, 24, 9, 0x2000),
				       TCP_HEADER(5, 0x18),
				       'h',
				       'e',
				       'l',
				       'l' };
	static const uint8_t last[] = { ETHERNET(0x0800), IPV4_HEADER(6, 1, 9, 3), 'o' };
	static const uint8_t far[] = { ETHERNET(0x0800), IPV4_HEADER(6, 8, 9, 0x1fff), U32(0),
				       U32(0) };
	uint8_t bad_sum[sizeof(last)];

	/* A snap length took a byte: without it there is no datagram. */
	assert_int_equal(decode_cut(state, ETHERNET_LINK, cut, sizeof(cut), sizeof(cut) - 1),
			 PACKET_FRAGMENT);
	assert_true(packet.has_tcp_fields);
	assert_int_equal(packet.tcp.destination_port, 5555);
	assert_int_equal(decode(state, ETHERNET_LINK, last, sizeof(last)), PACKET_FRAGMENT);
	assert_false(packet.has_tcp_fields);
	/* A receiver would drop a header with a wrong checksum. */
	memcpy(bad_sum, last, sizeof(last));
	bad_sum[14 + 11] = 0x77;
	assert_int_equal(decode(state, ETHERNET_LINK, bad_sum, sizeof(bad_sum)), PACKET_FRAGMENT);
	assert_int_equal(decode(state, ETHERNET_LINK, far, sizeof(far)), PACKET_DAMAGED);
	assert_string_equal(packet.problem,
			    "a fragment reaches beyond 65535 bytes, the most of a datagram");
	assert_int_equal(decode(state, ETHERNET_LINK, cut, sizeof(cut)), PACKET_TCP);
	assert_int_equal(packet_decoder_given_up(*state), 0);
}

static void an_icmp_error_tells_whom_it_quotes(void **state)
{
	/* fragmentation needed, next hop 1400 bytes; of the segment, 8 bytes are quoted */
	static const uint8_t four[] = {
		IPV4(1, 8 + 28), 3, 4, 0, 0, U16(0), U16(1400), IPV4(6, 500), U16(40000), U16(5555),
		U32(0xfedcba98)
	};
	static const uint8_t six[] = { IPV6(58, 8 + 40 + 20), 2, 0, 0, 0, U32(1280), IPV6(6, 20),
				       TCP_HEADER(5, 0x10) };
	char text[IP_ENDPOINT_TEXT_BYTES];

	assert_int_equal(decode(state, RAW_LINK, four, sizeof(four)), PACKET_ICMP_ERROR);
	assert_int_equal(packet.icmp.type, 3);
	assert_int_equal(packet.icmp.code, 4);
	assert_int_equal(packet.icmp.next_hop_mtu, 1400);
	assert_int_equal(packet.icmp.source_port, 40000);
	assert_int_equal(packet.icmp.destination_port, 5555);
	assert_int_equal(packet.icmp.sequence, UINT32_C(0xfedcba98));
	ip_address_text(&packet.icmp.reporter, text);
	assert_string_equal(text, "10.0.0.1");
	assert_int_equal(decode(state, RAW_LINK, six, sizeof(six)), PACKET_ICMP_ERROR);
	assert_int_equal(packet.icmp.next_hop_mtu, 1280);
	ip_address_text(&packet.icmp.destination, text);
	assert_string_equal(text, "2001:db8::2");
}

static void other_icmp_and_quotes_of_other_protocols_are_not_ours(void **state)
{
	static const uint8_t echo[] = { IPV4(1, 8 + 28), 8,          0,      0,     0,
					U32(1),          IPV4(6, 8), U32(1), U32(2) };
	static const uint8_t of_udp[] = { IPV4(1, 8 + 28), 3,           3,      0,     0,
					  U32(0),          IPV4(17, 8), U32(1), U32(2) };
	static const uint8_t of_fragment[] = { IPV4(1, 8 + 28),         11,     1,     0, 0, U32(0),
					       IPV4_HEADER(6, 8, 1, 5), U32(1), U32(2) };
	static const uint8_t too_short[] = {
		IPV4(1, 8 + 24), 3, 3, 0, 0, U32(0), IPV4(6, 8), U32(1)
	};

	assert_int_equal(decode(state, RAW_LINK, echo, sizeof(echo)), PACKET_OTHER);
	assert_int_equal(decode(state, RAW_LINK, of_udp, sizeof(of_udp)), PACKET_OTHER);
	assert_int_equal(decode(state, RAW_LINK, of_fragment, sizeof(of_fragment)), PACKET_OTHER);
	assert_int_equal(decode(state, RAW_LINK, too_short, sizeof(too_short)), PACKET_OTHER);
}

static void a_link_type_that_is_not_read_is_said(void **state)
{
	static const uint8_t bytes[] = { IPV4_HELLO };

	assert_int_equal(decode(state, 147, bytes, sizeof(bytes)), PACKET_OTHER);
	assert_string_equal(packet.problem, "the link type 147 is not one that is read");
}

static void a_record_longer_than_its_frame_is_read_whole(void **state)
{
	static const uint8_t frame[] = { ETHERNET(0x0800), IPV4_HELLO };

	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, 10, sizeof(frame)), PACKET_TCP);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.frame_length, sizeof(frame));
	assert_int_equal(decode_cut(state, ETHERNET_LINK, frame, 0, 0), PACKET_OTHER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	static const struct CMUnitTest tests[] = {
		TEST(every_field_of_a_segment_is_read),
		TEST(padding_is_no_payload),
		TEST(what_a_snap_length_took_counts_but_is_not_there),
		TEST(options_may_be_cut_but_not_the_header),
		TEST(every_cut_of_a_frame_is_survived),
		TEST(lengths_that_lie_are_damage),
		TEST(a_datagram_longer_than_its_frame_ends_with_the_frame),
		TEST(a_length_of_zero_is_taken_from_the_frame),
		TEST(checksums_are_verified_only_where_asked),
		TEST(a_fragmented_segment_stands_at_its_last_fragment),
		TEST(a_fragment_of_ipv6_may_have_other_headers_in_it),
		TEST(fragments_that_cannot_become_whole_are_left_alone),
		TEST(an_icmp_error_tells_whom_it_quotes),
		TEST(other_icmp_and_quotes_of_other_protocols_are_not_ours),
		TEST(a_link_type_that_is_not_read_is_said),
		TEST(a_record_longer_than_its_frame_is_read_whole),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
