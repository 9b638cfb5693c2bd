/* A frame taken apart: its layers cover it, its fields say what they hold and what that means. */
#include "report/dissection.h"

#include <stdlib.h>
#include <string.h>

#include "packet/tcp_header.h"
#include "report/stream_messages.h"
#include "support/packet_bytes.h"
#include "support/shown_frame.h"
#include "support/unit_test.h"

#define ETHERNET_LINK 1
#define LOOPBACK_LINK 0
#define RAW_LINK 101

static struct shown_frame shown;
static struct dissection taken;

static int begin(void **state)
{
	(void)state;
	shown_frame_start(&shown);
	dissection_init(&taken);
	return 0;
}

static int end(void **state)
{
	(void)state;
	dissection_finish(&taken);
	shown_frame_end(&shown);
	return 0;
}

static void take(uint16_t link_type, const uint8_t *bytes, size_t length)
{
	dissection_clear(&taken);
	dissection_frame(&taken, shown_frame_feed(&shown, link_type, bytes, length, 0));
}

/* The first field of that name, or the one after so many others. */
static const struct dissected_field *field_at(const char *name, unsigned skipped)
{
	for (uint32_t i = 0; i < taken.field_count; i++) {
		if (strcmp(taken.fields[i].name, name) == 0 && skipped-- == 0)
			return &taken.fields[i];
	}
	fail_msg("no field %s", name);
	return NULL;
}

static void assert_field(const char *name, const char *value, const char *meaning)
{
	const struct dissected_field *field = field_at(name, 0);

	if (strcmp(field->value, value) != 0)
		fail_msg("%s: value \"%s\", not \"%s\"", name, field->value, value);
	if (strcmp(field->meaning, meaning) != 0)
		fail_msg("%s: meaning \"%s\", not \"%s\"", name, field->meaning, meaning);
}

/* Every byte of the frame stands in one layer, and every layer's bytes are the frame's. */
static void assert_covered(void)
{
	int64_t at = 0;

	for (uint32_t i = 0; i < taken.layer_count; i++) {
		const struct dissected_layer *layer = &taken.layers[i];

		if (!layer->in_frame || layer->length == 0)
			continue;
		assert_int_equal(layer->frame_offset, at);
		assert_memory_equal(layer->bytes, shown.frame.bytes + at, layer->length);
		at += layer->length;
	}
	assert_int_equal(at, shown.frame.captured_length);
}

static void a_syn_says_what_it_offers(void **state)
{
	(void)state;
	take(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN));
	assert_covered();
	assert_field("frame.number", "1", "");
	assert_field("frame.length", "66", "all of them captured");
	assert_field("ethernet.destination", "02:00:00:00:00:02", "locally administered");
	assert_field("ethernet.type", "0x0800", "IPv4");
	assert_field("ipv4.header_length", "5", "5 * 4 = 20 bytes, no options");
	assert_field("ipv4.dscp", "0", "best effort (CS0)");
	assert_field("ipv4.ecn", "0", "Not-ECT: does not take part in ECN");
	assert_field("ipv4.total_length", "52", "52 - 20 = 32 bytes behind this header");
	assert_field("ipv4.identification", "0x0f2a", "3882");
	assert_field("ipv4.dont_fragment", "set", "routers must not cut it up");
	assert_field("ipv4.more_fragments", "not set", "");
	assert_field("ipv4.fragment_offset", "0", "not a fragment: all of it");
	assert_field("ipv4.time_to_live", "128", "no router passed it on yet");
	assert_field("ipv4.protocol", "6", "TCP");
	assert_field("ipv4.checksum", "0x1e2d", "good");
	assert_field("ipv4.source", "10.7.92.177", "the client");
	assert_field("ipv4.destination", "10.7.92.174", "the server");
	assert_field("tcp.source_port", "50030", "the client's");
	assert_field("tcp.destination_port", "1005", "the server's");
	assert_field("tcp.sequence", "2672442395", "relative 0: the initial sequence number");
	assert_field("tcp.acknowledgment", "0", "means nothing: the ACK flag is not set");
	assert_field("tcp.data_offset", "8", "8 * 4 = 32 bytes of header: 20 and 12 of options");
	assert_field("tcp.syn", "set", "asks for a connection");
	assert_field("tcp.ack", "not set", "");
	assert_field("tcp.window", "64240", "64,240 bytes; in a SYN it is never scaled");
	assert_field("tcp.checksum", "0x03f1", "good");
	assert_field("tcp.option.mss", "1460", "bytes of data it takes in one segment");
	assert_field("tcp.option.window_scale", "8", "its windows count 2^8 = 256 times");
	assert_field("tcp.option.window_scale.shift", "8", "");
	assert_field("tcp.option.sack_permitted", "offered", "gaps may be reported to it by SACK");
}

static void checksums_left_to_the_card_are_not_called_bad(void **state)
{
	(void)state;
	take(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN));
	take(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN_ACK));
	assert_field("ipv4.checksum", "0x0000", "left to the network card; 0x4c85 would be right");
	assert_field("tcp.checksum", "0xcd93", "left to the network card; 0x053b would be right");
	assert_field("tcp.acknowledgment", "2672442396", "relative 1, expected next");
	assert_field("tcp.syn", "set", "accepts the connection");
}

static void the_right_checksum_is_the_one_that_is_told(void **state)
{
	uint8_t frame[] = { FIVE_BYTES_SYN };

	(void)state;
	frame[50] = 0xab;
	frame[51] = 0xcd;
	frame[24] = 0x11;
	take(ETHERNET_LINK, frame, sizeof(frame));
	assert_field("tcp.checksum", "0xabcd", "bad: 0x03f1 would be right");
	assert_field("ipv4.checksum", "0x112d", "bad: 0x1e2d would be right");
}

static void padding_is_no_data(void **state)
{
	(void)state;
	take(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN));
	take(ETHERNET_LINK, BYTES(FIVE_BYTES_SYN_ACK));
	take(ETHERNET_LINK, BYTES(FIVE_BYTES_ACK_AND_DATA));
	assert_covered();
	assert_field("payload", "\"11111\"", "5 bytes");
	assert_field("padding", "00", "1 byte");
	assert_field("tcp.sequence", "2672442396", "relative 1; its bytes are 1 to 5");
	assert_field("tcp.psh", "set", "the program is to get what has come so far");
	assert_field("tcp.window", "8212", "8212 * 256 = 2,102,272 bytes it has room for");
	assert_string_equal(taken.layers[taken.layer_count - 1].title, "Padding or trailer");
	assert_int_equal(taken.layers[taken.layer_count - 1].frame_offset, 59);
}

static void a_window_is_shown_with_its_factor(void **state)
{
	(void)state;
	take(LOOPBACK_LINK, BYTES(LOOPBACK_SYN));
	assert_field("loopback.family", "2", "IPv4; the byte order is the capturing machine's");
	assert_field("tcp.option.mss", "65495", "bytes of data it takes in one segment");
	take(LOOPBACK_LINK, BYTES(LOOPBACK_SYN_ACK));
	take(LOOPBACK_LINK, BYTES(LOOPBACK_ACK));
	assert_covered();
	assert_field("tcp.window", "10233", "10233 * 256 = 2,619,648 bytes it has room for");
	assert_field("tcp.checksum", "0xf0b8", "good");
	assert_field("tcp.data_offset", "5", "5 * 4 = 20 bytes of header, no options");
	take(LOOPBACK_LINK, BYTES(LOOPBACK_HELLO));
	assert_covered();
	assert_field("payload", "\"Hello, client!\"", "14 bytes");
	assert_field("tcp.checksum", "0x6648", "good");
	assert_field("tcp.sequence", "4166461749", "relative 1; its bytes are 1 to 14");
}

/* Without the beginning nobody knows the scale, and numbers count from what was seen first. */
static void what_the_file_does_not_tell_is_not_told(void **state)
{
	(void)state;
	take(LOOPBACK_LINK, BYTES(LOOPBACK_ACK));
	assert_field("tcp.window", "10233", "its scale was agreed before the capture began");
	assert_field("tcp.sequence", "2977803440", "relative 1");
}

static void options_are_told_in_words(void **state)
{
	(void)state;
	take(RAW_LINK, BYTES(IPV4(6, 40), TCP_HEADER(10, 0x02), 8, 10, U32(1000), U32(0), 34, 2, 28,
			     4, U16(0x8005), 0, 7, 7, 7));
	assert_field("tcp.option.timestamps", "1000, 0",
		     "its clock, and the other's that it saw last");
	assert_field("tcp.option.timestamps.echo", "0", "nothing to echo yet");
	assert_field("tcp.option.fast_open", "0 bytes", "asks for a cookie");
	assert_field("tcp.option.user_timeout", "5 minutes",
		     "how long data may stay unacknowledged");
	assert_field("tcp.option.end", "0", "what follows is padding");
	assert_field("tcp.option.padding", "07 07 07", "3 bytes");
	/* the other side's clock, and a gap reported */
	take(RAW_LINK, BYTES(0x45, 0, U16(60), 0, 8, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,
			     U16(5555), U16(40000), U32(900), U32(101), 10 << 4, 0x10, U16(500), 0,
			     0, 0, 0, 8, 10, U32(70), U32(1004), 5, 10, U32(111), U32(121)));
	assert_field("tcp.option.timestamps.echo", "1004", "4 after the other's SYN's");
	assert_field("tcp.option.sack", "1 block",
		     "that came although something before them is missing");
	assert_field("tcp.option.sack.left", "111", "relative 11");
	assert_field("tcp.option.sack.right", "121",
		     "relative 21, the first that is missing again");
}

static void options_that_lie_are_said_to(void **state)
{
	(void)state;
	take(RAW_LINK, BYTES(IPV4(6, 28), TCP_HEADER(7, 0x02), 2, 3, 9, 1, 3, 40, 7, 1));
	assert_field("tcp.option.mss", "02 03 09", "its length, 3, is wrong");
	assert_field("tcp.option.window_scale", "03 28 07 01", "cut short, or its length is wrong");
}

static void ipv6_is_told_with_its_extension_headers(void **state)
{
	(void)state;
	take(RAW_LINK, BYTES(IPV6(0, 8 + TCP_HELLO_BYTES), 6, 0, 1, 4, 0, 0, 0, 0, TCP_HELLO));
	assert_covered();
	assert_field("ipv6.flow_label", "0x12345", "");
	assert_field("ipv6.next_header", "0", "hop-by-hop options");
	assert_field("ipv6.hop_limit", "62", "probably began as 64: 2 routers passed it on");
	assert_field("ipv6.source", "2001:db8::1", "the client");
	assert_field("ipv6.extension.next_header", "6", "TCP");
	assert_field("ipv6.extension.length", "0", "(0 + 1) * 8 = 8 bytes");
	assert_field("payload", "\"hello\"", "5 bytes");
	assert_string_equal(taken.layers[2].title, "IPv6 hop-by-hop options");
}

static void only_the_innermost_headers_are_the_segments(void **state)
{
	(void)state;
	take(RAW_LINK, BYTES(IPV4(47, 4 + IPV4_HELLO_BYTES), 0, 0, U16(0x0800), IPV4_HELLO));
	assert_covered();
	assert_string_equal(field_at("ipv4.source", 0)->meaning, "");
	assert_string_equal(field_at("ipv4.source", 1)->meaning, "the client");
	assert_field("gre.has_key", "not set", "");
	assert_field("gre.protocol", "0x0800", "IPv4");
}

static void a_quoted_header_is_not_taken_for_a_segment(void **state)
{
	(void)state;
	take(RAW_LINK, BYTES(IPV4(1, 8 + 28), 3, 4, 0, 0, U16(0), U16(1400),
			     IPV4(6, TCP_HELLO_BYTES), U16(40000), U16(5555), U32(100)));
	assert_covered();
	assert_field("icmp.type", "3", "destination unreachable");
	assert_field("icmp.code", "4", "fragmentation needed, but Don't Fragment is set");
	assert_field("icmp.mtu", "1400", "bytes: no larger packet passes there");
	assert_field("tcp.sequence", "100", "");
}

static void fragments_are_shown_with_the_datagram_that_they_make(void **state)
{
	(void)state;
	take(RAW_LINK, BYTES(IPV4_HEADER(6, 16, 7, 0x2000), U16(40000), U16(5555), U32(100),
			     U32(200), 5 << 4, 0x18, U16(500)));
	assert_covered();
	assert_field("ipv4.fragment_offset", "0", "the first fragment");
	assert_string_equal(taken.layers[taken.layer_count - 1].title, "Fragment of a datagram");
	take(RAW_LINK, BYTES(IPV4_HEADER(6, 9, 7, 2), 0x12, 0x34, 0, 0, 'h', 'e', 'l', 'l', 'o'));
	assert_covered();
	assert_field("ipv4.fragment_offset", "2", "2 * 8 = byte 16 of the datagram's content");
	assert_field("tcp.source_port", "40000", "the client's");
	assert_field("payload", "\"hello\"", "5 bytes");
	assert_false(taken.layers[taken.layer_count - 1].in_frame);
	assert_int_equal(taken.layers[taken.layer_count - 1].frame_offset, 20);
}

/* At every length: all that was captured is shown, and nothing behind it is read. */
static void frames_cut_anywhere_are_covered(void **state)
{
	const uint8_t frame[] = { ETHERNET(0x8100),
				  U16(5),
				  U16(0x86dd),
				  IPV6(60, 16 + TCP_HELLO_BYTES),
				  6,
				  1,
				  1,
				  12,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  TCP_HELLO };

	(void)state;
	for (size_t length = 0; length <= sizeof(frame); length++) {
		dissection_clear(&taken);
		dissection_frame(&taken, shown_frame_feed(&shown, ETHERNET_LINK, frame, length,
							  sizeof(frame)));
		assert_covered();
		if (length < sizeof(frame))
			assert_non_null(strstr(field_at("frame.length", 0)->meaning, "captured"));
	}
	assert_field("payload", "\"hello\"", "5 bytes");
}

static void a_snap_length_is_no_bad_checksum(void **state)
{
	const uint8_t frame[] = { FIVE_BYTES_ACK_AND_DATA };

	(void)state;
	dissection_clear(&taken);
	dissection_frame(&taken, shown_frame_feed(&shown, ETHERNET_LINK, frame, 56, sizeof(frame)));
	assert_field("tcp.checksum", "0x928a", "not checked: the segment was not captured whole");
	assert_field("frame.length", "60", "56 of them were captured");
}

/* A message of the relay takes the place of the bytes that it is made of. */
static void messages_stand_where_their_bytes_are(void **state)
{
	struct stream_message message = {
		.from = TCP_SERVER,
		.name = "hello",
		.bytes = 8,
		.payload_offset = 3,
		.part_bytes = 8,
		.begins = true,
		.ends = true,
		.classic = true,
		.detail = "",
	};

	(void)state;
	take(LOOPBACK_LINK, BYTES(LOOPBACK_SYN));
	take(LOOPBACK_LINK, BYTES(LOOPBACK_SYN_ACK));
	dissection_clear(&taken);
	(void)shown_frame_feed(&shown, LOOPBACK_LINK, BYTES(LOOPBACK_HELLO), 0);
	message.kept = shown.packet.payload + 3;
	message.kept_bytes = 8;
	shown.view.messages = &message;
	shown.view.message_count = 1;
	dissection_frame(&taken, &shown.view);
	assert_covered();
	assert_string_equal(field_at("payload", 0)->value, "\"Hel\"");
	assert_string_equal(field_at("payload", 1)->value, "\"nt!\"");
}

static void layers_beyond_the_ceiling_do_not_spoil_the_others(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DISSECTION_LAYERS_MAX + 5; i++) {
		(void)dissection_layer(&taken, "a", "A");
		(void)dissection_field(&taken, "a.b", "B", 0, 1);
		dissection_value(&taken, "%u", i);
	}
	assert_true(taken.cut);
	assert_int_equal(taken.layer_count, DISSECTION_LAYERS_MAX);
	assert_int_equal(taken.layers[DISSECTION_LAYERS_MAX - 1].field_count, 1);
	assert_string_equal(taken.fields[taken.field_count - 1].value, "511");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_syn_says_what_it_offers),
		TEST(checksums_left_to_the_card_are_not_called_bad),
		TEST(the_right_checksum_is_the_one_that_is_told),
		TEST(padding_is_no_data),
		TEST(a_window_is_shown_with_its_factor),
		TEST(what_the_file_does_not_tell_is_not_told),
		TEST(options_are_told_in_words),
		TEST(options_that_lie_are_said_to),
		TEST(ipv6_is_told_with_its_extension_headers),
		TEST(only_the_innermost_headers_are_the_segments),
		TEST(a_quoted_header_is_not_taken_for_a_segment),
		TEST(fragments_are_shown_with_the_datagram_that_they_make),
		TEST(frames_cut_anywhere_are_covered),
		TEST(a_snap_length_is_no_bad_checksum),
		TEST(messages_stand_where_their_bytes_are),
		TEST(layers_beyond_the_ceiling_do_not_spoil_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
