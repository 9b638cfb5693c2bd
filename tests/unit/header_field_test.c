/* Where the headers of a frame stand, and their fields in them. */
#include "packet/header_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/tcp_header.h"
#include "support/packet_bytes.h"
#include "support/unit_test.h"

#define ETHERNET_LINK 1
#define LOOPBACK_LINK 0
#define RAW_LINK 101
#define SLL_LINK 113
#define SLL2_LINK 276

struct walked {
	struct packet_decoder *decoder;
	struct packet packet;
	struct header_trail trail;
};

static enum packet_kind walk(struct walked *walked, uint16_t link_type, const uint8_t *bytes,
			     size_t length)
{
	const struct captured_frame frame = {
		.number = 1,
		.bytes = bytes,
		.captured_length = (uint32_t)length,
		.original_length = (uint32_t)length,
		.link_type = link_type,
	};

	if (!walked->decoder)
		walked->decoder = packet_decoder_create(0);
	assert_non_null(walked->decoder);
	return packet_decode_trail(walked->decoder, &frame, &walked->packet, &walked->trail);
}

static void done(struct walked *walked)
{
	packet_decoder_destroy(walked->decoder);
	walked->decoder = NULL;
}

/* "name offset+length, ..."; those in the datagram with a star. */
static void assert_trail(const struct walked *walked, const char *expected)
{
	char text[1024] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < walked->trail.count; i++) {
		const struct header_place *place = &walked->trail.places[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s %u+%u",
					 i > 0 ? ", " : "", place->in_datagram ? "*" : "",
					 place->name, place->offset, place->length);
		assert_true(used < sizeof(text));
	}
	assert_string_equal(text, expected);
}

struct expected_field {
	enum header_field_id id;
	uint8_t level;
	uint32_t first_bit;
	uint32_t bits;
	uint64_t value;
};

static void assert_fields(enum header_kind kind, const uint8_t *bytes, size_t length,
			  const struct expected_field *rows, size_t count)
{
	struct header_field fields[HEADER_FIELDS_MAX];
	size_t found = header_fields(kind, bytes, (uint32_t)length, fields);

	for (size_t i = 0; i < found && i < count; i++) {
		const char *name = header_field_name(fields[i].id);

		if (fields[i].id != rows[i].id)
			fail_msg("field %zu is %s, not %s", i, name, header_field_name(rows[i].id));
		if (fields[i].level != rows[i].level || fields[i].first_bit != rows[i].first_bit ||
		    fields[i].bits != rows[i].bits)
			fail_msg("%s: level %u, bits %u+%u", name, fields[i].level,
				 fields[i].first_bit, fields[i].bits);
		if (fields[i].bits <= 64 && header_field_value(bytes, &fields[i]) != rows[i].value)
			fail_msg("%s is %llu", name,
				 (unsigned long long)header_field_value(bytes, &fields[i]));
	}
	assert_int_equal(found, count);
}

#define ROWS(...)                                                                                  \
	(const struct expected_field[]){ __VA_ARGS__ },                                            \
		sizeof((const struct expected_field[]){ __VA_ARGS__ }) /                           \
			sizeof(struct expected_field)

static void every_field_of_a_syn_with_options_stands_at_its_bits(void **state)
{
	const uint8_t syn[] = { 0xc3, 0x6e, 0x03, 0xed, 0x9f, 0x4a, 0x3c, 0x1b, 0, 0, 0,
				0,    0x81, 0xc2, 0xfa, 0xf0, 0x03, 0xf1, 0,    0, 2, 4,
				0x05, 0xb4, 1,    3,    3,    8,    1,    1,    4, 2 };

	(void)state;
	assert_fields(
		HEADER_TCP, syn, sizeof(syn),
		ROWS({ FIELD_TCP_SOURCE_PORT, 0, 0, 16, 50030 },
		     { FIELD_TCP_DESTINATION_PORT, 0, 16, 16, 1005 },
		     { FIELD_TCP_SEQUENCE, 0, 32, 32, 2672442395 },
		     { FIELD_TCP_ACKNOWLEDGMENT, 0, 64, 32, 0 },
		     { FIELD_TCP_DATA_OFFSET, 0, 96, 4, 8 }, { FIELD_TCP_RESERVED, 0, 100, 3, 0 },
		     { FIELD_TCP_AE, 0, 103, 1, 1 }, { FIELD_TCP_CWR, 0, 104, 1, 1 },
		     { FIELD_TCP_ECE, 0, 105, 1, 1 }, { FIELD_TCP_URG, 0, 106, 1, 0 },
		     { FIELD_TCP_ACK, 0, 107, 1, 0 }, { FIELD_TCP_PSH, 0, 108, 1, 0 },
		     { FIELD_TCP_RST, 0, 109, 1, 0 }, { FIELD_TCP_SYN, 0, 110, 1, 1 },
		     { FIELD_TCP_FIN, 0, 111, 1, 0 }, { FIELD_TCP_WINDOW, 0, 112, 16, 64240 },
		     { FIELD_TCP_CHECKSUM, 0, 128, 16, 0x03f1 },
		     { FIELD_TCP_URGENT_POINTER, 0, 144, 16, 0 },
		     { FIELD_OPTION_MSS, 0, 160, 32, 0x020405b4 },
		     { FIELD_OPTION_KIND, 1, 160, 8, 2 }, { FIELD_OPTION_LENGTH, 1, 168, 8, 4 },
		     { FIELD_MSS_VALUE, 1, 176, 16, 1460 }, { FIELD_OPTION_NOP, 0, 192, 8, 1 },
		     { FIELD_OPTION_WINDOW_SCALE, 0, 200, 24, 0x030308 },
		     { FIELD_OPTION_KIND, 1, 200, 8, 3 }, { FIELD_OPTION_LENGTH, 1, 208, 8, 3 },
		     { FIELD_WINDOW_SCALE_SHIFT, 1, 216, 8, 8 }, { FIELD_OPTION_NOP, 0, 224, 8, 1 },
		     { FIELD_OPTION_NOP, 0, 232, 8, 1 },
		     { FIELD_OPTION_SACK_PERMITTED, 0, 240, 16, 0x0402 },
		     { FIELD_OPTION_KIND, 1, 240, 8, 4 }, { FIELD_OPTION_LENGTH, 1, 248, 8, 2 }));
}

/* Behind 20 bytes that do not matter here. */
#define BEFORE_OPTIONS 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define FIXED_FIELDS 18u

static void assert_options(const uint8_t *header, size_t length, const struct expected_field *rows,
			   size_t count)
{
	struct header_field fields[HEADER_FIELDS_MAX];
	size_t found = header_fields(HEADER_TCP, header, (uint32_t)length, fields);

	assert_int_equal(found, FIXED_FIELDS + count);
	for (size_t i = 0; i < count; i++) {
		const struct header_field *field = &fields[FIXED_FIELDS + i];

		if (field->id != rows[i].id || field->level != rows[i].level ||
		    field->first_bit != 160 + rows[i].first_bit || field->bits != rows[i].bits)
			fail_msg("option field %zu: %s level %u, bits %u+%u", i,
				 header_field_name(field->id), field->level, field->first_bit - 160,
				 field->bits);
	}
}

static void options_have_their_parts(void **state)
{
	(void)state;
	assert_options(
		BYTES(BEFORE_OPTIONS, 5, 18, U32(1), U32(2), U32(3), U32(4), 8, 10, U32(5), U32(6)),
		ROWS({ FIELD_OPTION_SACK, 0, 0, 144, 0 }, { FIELD_OPTION_KIND, 1, 0, 8, 0 },
		     { FIELD_OPTION_LENGTH, 1, 8, 8, 0 }, { FIELD_SACK_LEFT, 1, 16, 32, 0 },
		     { FIELD_SACK_RIGHT, 1, 48, 32, 0 }, { FIELD_SACK_LEFT, 1, 80, 32, 0 },
		     { FIELD_SACK_RIGHT, 1, 112, 32, 0 },
		     { FIELD_OPTION_TIMESTAMPS, 0, 144, 80, 0 },
		     { FIELD_OPTION_KIND, 1, 144, 8, 0 }, { FIELD_OPTION_LENGTH, 1, 152, 8, 0 },
		     { FIELD_TIMESTAMP_VALUE, 1, 160, 32, 0 },
		     { FIELD_TIMESTAMP_ECHO, 1, 192, 32, 0 }));
	/* a cookie, a kind that nobody knows, the end, padding */
	assert_options(
		BYTES(BEFORE_OPTIONS, 34, 6, 1, 2, 3, 4, 99, 2, 0, 7, 7, 7),
		ROWS({ FIELD_OPTION_FAST_OPEN, 0, 0, 48, 0 }, { FIELD_OPTION_KIND, 1, 0, 8, 0 },
		     { FIELD_OPTION_LENGTH, 1, 8, 8, 0 }, { FIELD_OPTION_CONTENT, 1, 16, 32, 0 },
		     { FIELD_OPTION_OTHER, 0, 48, 16, 0 }, { FIELD_OPTION_KIND, 1, 48, 8, 0 },
		     { FIELD_OPTION_LENGTH, 1, 56, 8, 0 }, { FIELD_OPTION_END, 0, 64, 8, 0 },
		     { FIELD_OPTION_PADDING, 0, 72, 24, 0 }));
}

static void options_that_lie_are_not_believed(void **state)
{
	(void)state;
	/* an MSS of 3 bytes, and one that wants more than there is */
	assert_options(
		BYTES(BEFORE_OPTIONS, 2, 3, 9, 2, 40, 5, 6, 7),
		ROWS({ FIELD_OPTION_MSS, 0, 0, 24, 0 }, { FIELD_OPTION_KIND, 1, 0, 8, 0 },
		     { FIELD_OPTION_LENGTH, 1, 8, 8, 0 }, { FIELD_OPTION_CONTENT, 1, 16, 8, 0 },
		     { FIELD_OPTION_MSS, 0, 24, 40, 0 }, { FIELD_OPTION_KIND, 1, 24, 8, 0 },
		     { FIELD_OPTION_LENGTH, 1, 32, 8, 0 }, { FIELD_OPTION_CONTENT, 1, 40, 24, 0 }));
	/* a length of 0, and a kind without one */
	assert_options(BYTES(BEFORE_OPTIONS, 3, 0, 1, 1),
		       ROWS({ FIELD_OPTION_WINDOW_SCALE, 0, 0, 32, 0 },
			    { FIELD_OPTION_KIND, 1, 0, 8, 0 }, { FIELD_OPTION_LENGTH, 1, 8, 8, 0 },
			    { FIELD_OPTION_CONTENT, 1, 16, 16, 0 }));
	assert_options(BYTES(BEFORE_OPTIONS, 1, 1, 1, 8),
		       ROWS({ FIELD_OPTION_NOP, 0, 0, 8, 0 }, { FIELD_OPTION_NOP, 0, 8, 8, 0 },
			    { FIELD_OPTION_NOP, 0, 16, 8, 0 },
			    { FIELD_OPTION_TIMESTAMPS, 0, 24, 8, 0 },
			    { FIELD_OPTION_KIND, 1, 24, 8, 0 }));
}

static void fields_of_other_headers_stand_at_their_bits(void **state)
{
	(void)state;
	assert_fields(HEADER_VLAN, BYTES(0xb0, 0x05, 0x08, 0x00),
		      ROWS({ FIELD_VLAN_PRIORITY, 0, 0, 3, 5 },
			   { FIELD_VLAN_DROP_ELIGIBLE, 0, 3, 1, 1 }, { FIELD_VLAN_ID, 0, 4, 12, 5 },
			   { FIELD_VLAN_TYPE, 0, 16, 16, 0x800 }));
	assert_fields(HEADER_GRE, BYTES(0x30, 0, 0x08, 0, U32(77), U32(3)),
		      ROWS({ FIELD_GRE_HAS_CHECKSUM, 0, 0, 1, 0 },
			   { FIELD_GRE_HAS_ROUTING, 0, 1, 1, 0 }, { FIELD_GRE_HAS_KEY, 0, 2, 1, 1 },
			   { FIELD_GRE_HAS_SEQUENCE, 0, 3, 1, 1 },
			   { FIELD_GRE_RESERVED, 0, 4, 4, 0 },
			   { FIELD_GRE_HAS_ACKNOWLEDGMENT, 0, 8, 1, 0 },
			   { FIELD_GRE_RESERVED, 0, 9, 4, 0 }, { FIELD_GRE_VERSION, 0, 13, 3, 0 },
			   { FIELD_GRE_PROTOCOL, 0, 16, 16, 0x800 },
			   { FIELD_GRE_KEY, 0, 32, 32, 77 }, { FIELD_GRE_SEQUENCE, 0, 64, 32, 3 }));
	assert_fields(
		HEADER_LINUX_SLL2, BYTES(U16(0x0800), U16(0), U32(3), U16(1), 4, 6, MAC_ADDRESSES),
		ROWS({ FIELD_SLL_PROTOCOL, 0, 0, 16, 0x800 }, { FIELD_SLL_RESERVED, 0, 16, 16, 0 },
		     { FIELD_SLL_INTERFACE, 0, 32, 32, 3 },
		     { FIELD_SLL_HARDWARE_TYPE, 0, 64, 16, 1 },
		     { FIELD_SLL_PACKET_TYPE, 0, 80, 8, 4 },
		     { FIELD_SLL_ADDRESS_LENGTH, 0, 88, 8, 6 },
		     { FIELD_SLL_ADDRESS, 0, 96, 64, UINT64_C(0x0200000000020200) },
		     /* four bytes more than it has */
		     { FIELD_BYTES, 0, 160, 32, 1 }));
	assert_fields(HEADER_IPV6_FRAGMENT, BYTES(6, 0, U16(185 << 3 | 1), U32(9)),
		      ROWS({ FIELD_FRAGMENT_NEXT_HEADER, 0, 0, 8, 6 },
			   { FIELD_FRAGMENT_RESERVED, 0, 8, 8, 0 },
			   { FIELD_FRAGMENT_OFFSET, 0, 16, 13, 185 },
			   { FIELD_FRAGMENT_RESERVED, 0, 29, 2, 0 },
			   { FIELD_FRAGMENT_MORE, 0, 31, 1, 1 },
			   { FIELD_FRAGMENT_IDENTIFICATION, 0, 32, 32, 9 }));
}

static void ipv4_options_are_parts_of_one_field(void **state)
{
	struct header_field fields[HEADER_FIELDS_MAX];
	const uint8_t header[] = { 0x47, 0,  U16(28), 0, 0, 0,   0, 64, 6, 0, 0, 10, 0, 0,
				   1,    10, 0,       0, 2, 148, 4, 0,  0, 1, 7, 4,  4 };
	size_t count = header_fields(HEADER_IPV4, header, sizeof(header), fields);

	(void)state;
	assert_int_equal(count, 15 + 1 + 3);
	assert_int_equal(fields[15].id, FIELD_IPV4_OPTIONS);
	assert_int_equal(fields[15].bits, 64);
	assert_int_equal(fields[16].first_bit, 160);
	assert_int_equal(fields[16].bits, 32);
	assert_int_equal(fields[17].bits, 8);
	assert_int_equal(fields[18].first_bit, 200);
	assert_int_equal(fields[18].bits, 24); /* it wants four bytes and has three */
}

/* Those that are there, and the rest as bytes: without a gap at every length. */
static void headers_cut_anywhere_are_covered(void **state)
{
	static const enum header_kind kinds[] = {
		HEADER_OTHER,          HEADER_ETHERNET,      HEADER_LINUX_SLL, HEADER_LINUX_SLL2,
		HEADER_BSD_LOOPBACK,   HEADER_VLAN,          HEADER_IPV4,      HEADER_IPV6,
		HEADER_IPV6_EXTENSION, HEADER_IPV6_FRAGMENT, HEADER_UDP,       HEADER_GRE,
		HEADER_ICMP,           HEADER_ICMPV6,        HEADER_TCP,
	};
	uint8_t header[60];

	(void)state;
	for (size_t i = 0; i < sizeof(header); i++)
		header[i] = (uint8_t)(0x41 + i * 7);
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++) {
		for (uint32_t length = 1; length <= sizeof(header); length++) {
			struct header_field fields[HEADER_FIELDS_MAX];
			uint8_t *exact = malloc(length);
			uint32_t bit = 0;

			assert_non_null(exact);
			memcpy(exact, header, length);
			size_t count = header_fields(kinds[kind], exact, length, fields);

			for (size_t i = 0; i < count; i++) {
				if (fields[i].level > 0)
					continue;
				assert_int_equal(fields[i].first_bit, bit);
				bit += fields[i].bits;
			}
			assert_int_equal(bit, length * 8);
			free(exact);
		}
	}
}

static void an_ipv4_header_cut_within_its_flags_shows_what_is_there(void **state)
{
	(void)state;
	assert_fields(
		HEADER_IPV4, BYTES(0x45, 2, U16(40), U16(7), 0x40),
		ROWS({ FIELD_IPV4_VERSION, 0, 0, 4, 4 }, { FIELD_IPV4_HEADER_LENGTH, 0, 4, 4, 5 },
		     { FIELD_IPV4_DSCP, 0, 8, 6, 0 }, { FIELD_IPV4_ECN, 0, 14, 2, 2 },
		     { FIELD_IPV4_TOTAL_LENGTH, 0, 16, 16, 40 },
		     { FIELD_IPV4_IDENTIFICATION, 0, 32, 16, 7 },
		     { FIELD_IPV4_RESERVED, 0, 48, 1, 0 },
		     { FIELD_IPV4_DONT_FRAGMENT, 0, 49, 1, 1 },
		     { FIELD_IPV4_MORE_FRAGMENTS, 0, 50, 1, 0 }, { FIELD_BYTES, 0, 51, 5, 0 }));
}

static void the_trail_names_every_header_of_a_frame(void **state)
{
	struct walked walked = { .decoder = NULL };

	(void)state;
	assert_int_equal(walk(&walked, ETHERNET_LINK, BYTES(ETHERNET(0x0800), IPV4_HELLO, 'p')),
			 PACKET_TCP);
	assert_trail(&walked, "Ethernet header 0+14, IPv4 header 14+20, TCP header 34+20");
	assert_int_equal(walked.trail.payload_offset, 54);
	assert_int_equal(walked.trail.content_end, 59);

	(void)walk(&walked, ETHERNET_LINK,
		   BYTES(ETHERNET(0x88a8), U16(5), U16(0x8100), U16(6), U16(0x86dd), IPV6_HELLO));
	assert_trail(&walked, "Ethernet header 0+14, VLAN tag 14+4, VLAN tag 18+4, "
			      "IPv6 header 22+40, TCP header 62+20");
	(void)walk(&walked, SLL2_LINK,
		   BYTES(U16(0x0800), U16(0), U32(3), U16(1), 4, 6, 0, 0, 0, 0, 0, 0, 0, 0,
			 IPV4_HELLO));
	assert_trail(&walked, "Linux cooked header v2 0+20, IPv4 header 20+20, TCP header 40+20");
	(void)walk(&walked, SLL_LINK,
		   BYTES(U16(0), U16(1), U16(6), 0, 0, 0, 0, 0, 0, 0, 0, U16(0x0800), IPV4_HELLO));
	assert_trail(&walked, "Linux cooked header 0+16, IPv4 header 16+20, TCP header 36+20");
	(void)walk(&walked, LOOPBACK_LINK, BYTES(2, 0, 0, 0, IPV4_HELLO));
	assert_trail(&walked, "Loopback header 0+4, IPv4 header 4+20, TCP header 24+20");
	(void)walk(
		&walked, RAW_LINK,
		BYTES(IPV4(47, 8 + IPV4_HELLO_BYTES), 0x20, 0, U16(0x0800), U32(77), IPV4_HELLO));
	assert_trail(&walked,
		     "IPv4 header 0+20, GRE header 20+8, IPv4 header 28+20, TCP header 48+20");
	(void)walk(&walked, RAW_LINK,
		   BYTES(IPV4(17, 8 + 8 + 14 + IPV4_HELLO_BYTES),
			 UDP_HEADER(4789, 8 + 14 + IPV4_HELLO_BYTES), 8, 0, 0, 0, 0, 0, 7, 0,
			 ETHERNET(0x0800), IPV4_HELLO));
	assert_trail(&walked, "IPv4 header 0+20, UDP header 20+8, VXLAN header 28+8, "
			      "Ethernet header 36+14, IPv4 header 50+20, TCP header 70+20");
	done(&walked);
}

static void ipv6_extension_headers_are_places_of_their_own(void **state)
{
	struct walked walked = { .decoder = NULL };

	(void)state;
	assert_int_equal(walk(&walked, RAW_LINK,
			      BYTES(IPV6(0, 8 + 16 + TCP_HELLO_BYTES), 60, 0, 5, 2, 0, 0, 1, 0, 6,
				    1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, TCP_HELLO)),
			 PACKET_TCP);
	assert_trail(&walked, "IPv6 header 0+40, IPv6 hop-by-hop options 40+8, "
			      "IPv6 destination options 48+16, TCP header 64+20");
	assert_int_equal(walked.trail.places[2].kind, HEADER_IPV6_EXTENSION);
	done(&walked);
}

static void what_follows_in_a_datagram_stands_in_the_datagram(void **state)
{
	struct walked walked = { .decoder = NULL };

	(void)state;
	assert_int_equal(walk(&walked, RAW_LINK,
			      BYTES(IPV4_HEADER(6, 16, 7, 0x2000), U16(40000), U16(5555), U32(100),
				    U32(200), 5 << 4, 0x18, U16(500))),
			 PACKET_FRAGMENT);
	assert_trail(&walked, "IPv4 header 0+20");
	assert_int_equal(walked.trail.content_offset, 20);
	assert_int_equal(walked.trail.content_end, 36);
	assert_null(walked.trail.datagram);
	assert_int_equal(
		walk(&walked, RAW_LINK,
		     BYTES(IPV4_HEADER(6, 9, 7, 2), 0x12, 0x34, 0, 0, 'h', 'e', 'l', 'l', 'o')),
		PACKET_TCP);
	assert_trail(&walked, "IPv4 header 0+20, *TCP header 0+20");
	assert_int_equal(walked.trail.content_offset, 20);
	assert_int_equal(walked.trail.content_end, 29);
	assert_int_equal(walked.trail.datagram_length, 25);
	assert_int_equal(walked.trail.payload_offset, 20);
	assert_memory_equal(walked.trail.datagram + 20, "hello", 5);
	done(&walked);
}

static void an_error_shows_what_it_quotes(void **state)
{
	struct walked walked = { .decoder = NULL };

	(void)state;
	assert_int_equal(walk(&walked, RAW_LINK,
			      BYTES(IPV4(1, 8 + 28), 3, 4, 0, 0, U16(0), U16(1400),
				    IPV4(6, TCP_HELLO_BYTES), U16(40000), U16(5555), U32(100))),
			 PACKET_ICMP_ERROR);
	assert_trail(&walked, "IPv4 header 0+20, ICMP header 20+8, IPv4 header, quoted 28+20, "
			      "TCP header, quoted 48+8");
	done(&walked);
}

static void headers_that_are_cut_or_lie_are_in_the_trail(void **state)
{
	struct walked walked = { .decoder = NULL };
	const uint8_t frame[] = { ETHERNET(0x0800), IPV4_HELLO };

	(void)state;
	(void)walk(&walked, ETHERNET_LINK, frame, 10);
	assert_trail(&walked, "Ethernet header 0+10");
	(void)walk(&walked, ETHERNET_LINK, frame, 14 + 13);
	assert_trail(&walked, "Ethernet header 0+14, IPv4 header 14+13");
	assert_int_equal(walk(&walked, ETHERNET_LINK, frame, 14 + 20 + 15), PACKET_DAMAGED);
	assert_trail(&walked, "Ethernet header 0+14, IPv4 header 14+20, TCP header 34+15");
	(void)walk(&walked, RAW_LINK,
		   BYTES(0x42, 0, U16(45), 0, 0, 0, 0, 64, 6, 0, 0, U32(1), U32(2)));
	assert_trail(&walked, "IPv4 header 0+20");
	/* a data offset of 60 bytes where the datagram has 25 */
	assert_int_equal(
		walk(&walked, RAW_LINK, BYTES(IPV4(6, 25), TCP_HEADER(15, 2), 1, 2, 3, 4, 5)),
		PACKET_DAMAGED);
	assert_trail(&walked, "IPv4 header 0+20, TCP header 20+25");
	/* UDP that is no tunnel: what follows is no header */
	(void)walk(&walked, RAW_LINK,
		   BYTES(IPV4(17, 8 + 9), UDP_HEADER(53, 9), 1, 2, 3, 4, 5, 6, 7, 8, 9));
	assert_trail(&walked, "IPv4 header 0+20, UDP header 20+8");
	assert_int_equal(walked.trail.content_offset, 28);
	done(&walked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_a_syn_with_options_stands_at_its_bits),
		cmocka_unit_test(options_have_their_parts),
		cmocka_unit_test(options_that_lie_are_not_believed),
		cmocka_unit_test(fields_of_other_headers_stand_at_their_bits),
		cmocka_unit_test(ipv4_options_are_parts_of_one_field),
		cmocka_unit_test(headers_cut_anywhere_are_covered),
		cmocka_unit_test(an_ipv4_header_cut_within_its_flags_shows_what_is_there),
		cmocka_unit_test(the_trail_names_every_header_of_a_frame),
		cmocka_unit_test(ipv6_extension_headers_are_places_of_their_own),
		cmocka_unit_test(what_follows_in_a_datagram_stands_in_the_datagram),
		cmocka_unit_test(an_error_shows_what_it_quotes),
		cmocka_unit_test(headers_that_are_cut_or_lie_are_in_the_trail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
