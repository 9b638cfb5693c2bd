/*
 * What is said of the fields: the printed captures of five received bytes and of `Hello, client!`,
 * rebuilt, with the numbers that stand there; and that what is general is said once.
 */
#include "report/explanation.h"

#include <stdio.h>
#include <string.h>

#include "base/wire.h"
#include "packet/checksum.h"
#include "support/explanation_layout.h"
#include "support/packet_bytes.h"
#include "support/unit_test.h"
#include "tcp_flow/tcp_tracker.h"

#define OUT_MAX_BYTES (1u << 20)
#define FRAME_MAX_BYTES 2048u
#define LINK_ETHERNET 1

enum { ETHERNET_BYTES = 14, IPV4_BYTES = 20, TCP_AT = ETHERNET_BYTES + IPV4_BYTES };

/* One segment as a table prints it. */
struct row {
	bool from_client;
	const char *flags;
	uint32_t sequence;
	uint32_t acknowledgment;
	uint16_t window;
	uint16_t checksum;
	const char *data;
};

struct scene {
	struct packet_decoder *decoder; /* owned */
	struct tcp_tracker *tracker;    /* owned */
	struct explanation_memory memory;
	struct text_builder out; /* of the last frame */
	const uint8_t *client;   /* IPv4 addresses; borrowed */
	const uint8_t *server;
	const uint8_t *syn_options; /* borrowed */
	size_t syn_option_bytes;
	uint16_t client_port;
	uint16_t server_port;
	uint16_t urgent_pointer;
	bool padded;     /* to 60 bytes */
	uint8_t ecn;     /* of the IP header */
	uint32_t cut_to; /* bytes that are captured; 0: all */
	uint64_t frames;
	uint8_t bytes[FRAME_MAX_BYTES];
	uint32_t length;
	struct packet packet;
	struct segment_facts facts;
};

static const uint8_t windows_options[] = {
	0x02, 0x04, 0x05, 0xb4, 0x01, 0x03, 0x03, 0x08, 0x01, 0x01, 0x04, 0x02,
};
static const uint8_t loopback_options[] = {
	0x02, 0x04, 0xff, 0xd7, 0x01, 0x03, 0x03, 0x08, 0x01, 0x01, 0x04, 0x02,
};

static void start(struct scene *scene)
{
	const struct tcp_tracker_options options = { .flags = 0 };
	static const uint8_t client[] = { 10, 7, 92, 177 };
	static const uint8_t server[] = { 10, 7, 92, 174 };

	*scene = (struct scene){
		.decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS),
		.tracker = tcp_tracker_create(&options),
		.client = client,
		.server = server,
		.client_port = 50030,
		.server_port = 1005,
		.syn_options = windows_options,
		.syn_option_bytes = sizeof(windows_options),
		.padded = true,
	};
	text_builder_init(&scene->out, OUT_MAX_BYTES);
	assert_non_null(scene->decoder);
	assert_non_null(scene->tracker);
}

static void finish(struct scene *scene)
{
	text_builder_finish(&scene->out);
	tcp_tracker_destroy(scene->tracker);
	packet_decoder_destroy(scene->decoder);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint8_t flag_bits(const char *flags)
{
	static const char letters[] = "FSRPAUEC";
	unsigned bits = 0;

	for (; *flags != '\0'; flags++) {
		const char *letter = strchr(letters, *flags);

		assert_non_null(letter);
		bits |= 1u << (letter - letters);
	}
	return (uint8_t)bits;
}

static void make_ip(struct scene *scene, const struct row *row, uint32_t tcp_bytes)
{
	uint8_t *ip = scene->bytes + ETHERNET_BYTES;
	static const uint8_t link[] = { ETHERNET(0x0800) };

	memset(scene->bytes, 0, sizeof(scene->bytes));
	memcpy(scene->bytes, link, sizeof(link));
	ip[0] = 0x45;
	ip[1] = scene->ecn;
	put16(ip + 2, IPV4_BYTES + tcp_bytes);
	put16(ip + 4, 0x0f2a);
	ip[6] = 0x40;
	ip[8] = 128;
	ip[9] = 6;
	memcpy(ip + 12, row->from_client ? scene->client : scene->server, 4);
	memcpy(ip + 16, row->from_client ? scene->server : scene->client, 4);
}

/* Its checksum is the table's. */
static void make_frame(struct scene *scene, const struct row *row)
{
	uint8_t *tcp = scene->bytes + TCP_AT;
	uint8_t flags = flag_bits(row->flags);
	size_t option_bytes = (flags & TCP_FLAG_SYN) != 0 ? scene->syn_option_bytes : 0;
	size_t data_bytes = row->data ? strlen(row->data) : 0;
	size_t tcp_bytes = TCP_HEADER_MIN_BYTES + option_bytes + data_bytes;

	assert_true(TCP_AT + tcp_bytes <= sizeof(scene->bytes));
	make_ip(scene, row, (uint32_t)tcp_bytes);
	put16(tcp, row->from_client ? scene->client_port : scene->server_port);
	put16(tcp + 2, row->from_client ? scene->server_port : scene->client_port);
	put32(tcp + 4, row->sequence);
	put32(tcp + 8, row->acknowledgment);
	tcp[12] = (uint8_t)((TCP_HEADER_MIN_BYTES + option_bytes) / 4 << 4);
	tcp[13] = flags;
	put16(tcp + 14, row->window);
	put16(tcp + 16, row->checksum);
	put16(tcp + 18, scene->urgent_pointer);
	if (option_bytes > 0)
		memcpy(tcp + TCP_HEADER_MIN_BYTES, scene->syn_options, option_bytes);
	if (data_bytes > 0)
		memcpy(tcp + TCP_HEADER_MIN_BYTES + option_bytes, row->data, data_bytes);
	scene->length = (uint32_t)(TCP_AT + tcp_bytes);
	if (scene->padded && scene->length < 60)
		scene->length = 60;
}

static void explain_fields(struct scene *scene, const struct frame_view *view)
{
	struct header_field fields[HEADER_FIELDS_MAX];

	for (uint32_t i = 0; i < view->trail->count; i++) {
		const struct header_place *place = &view->trail->places[i];
		size_t count = header_fields(place->kind, view->frame->bytes + place->offset,
					     place->length, fields);

		for (size_t k = 0; k < count; k++)
			explanation_append(&scene->out, view, place, &fields[k], &scene->memory);
	}
	for (int which = 0; which < 2; which++) {
		uint32_t ip_end = ETHERNET_BYTES + wire_u16(scene->bytes + ETHERNET_BYTES + 2);
		uint32_t bytes = which == 0 ? view->packet->captured_payload
					    : view->frame->original_length - ip_end;
		const struct header_field field = {
			.id = which == 0 ? FIELD_PAYLOAD : FIELD_PADDING,
			.bits = bytes * 8,
		};

		if (bytes > 0)
			explanation_append(&scene->out, view, NULL, &field, &scene->memory);
	}
	explanation_segment(&scene->out, view);
}

/* Decodes, tracks and explains the frame that was made. */
static const char *explain_frame(struct scene *scene)
{
	const struct tcp_connection *connection = NULL;
	struct header_trail trail;
	struct captured_frame frame = {
		.number = ++scene->frames,
		.time_ns = INT64_C(1683201154000000000) + (int64_t)scene->frames * 1000000,
		.bytes = scene->bytes,
		.captured_length = scene->cut_to != 0 ? scene->cut_to : scene->length,
		.original_length = scene->length,
		.link_type = LINK_ETHERNET,
	};
	struct frame_view view = { .frame = &frame, .packet = &scene->packet, .trail = &trail };

	text_builder_clear(&scene->out);
	assert_int_equal(packet_decode_trail(scene->decoder, &frame, &scene->packet, &trail),
			 PACKET_TCP);
	assert_int_equal(
		tcp_tracker_packet(scene->tracker, &scene->packet, &scene->facts, &connection),
		TRACKER_SEGMENT);
	view.segment = &scene->facts;
	view.connection = connection;
	explain_fields(scene, &view);
	assert_false(scene->out.truncated);
	explanation_check_layout(text_builder_text(&scene->out));
	return text_builder_text(&scene->out);
}

static const char *explain(struct scene *scene, const struct row *row)
{
	make_frame(scene, row);
	return explain_frame(scene);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("should not be there: %s\n%s", part, text);
}

static const struct row five_bytes[] = {
	{ true, "S", 2672442395u, 0, 64240, 0x03f1, NULL },
	{ false, "SA", 3747289658u, 2672442396u, 65535, 0xcd93, NULL },
	{ true, "A", 2672442396u, 3747289659u, 8212, 0x25fa, NULL },
	{ true, "PA", 2672442396u, 3747289659u, 8212, 0x928a, "11111" },
	{ false, "A", 3747289659u, 2672442401u, 8212, 0xcd87, NULL },
	{ false, "FA", 3747289659u, 2672442401u, 8212, 0xcd87, NULL },
	{ true, "A", 2672442401u, 3747289660u, 8212, 0x25f4, NULL },
	{ true, "FA", 2672442401u, 3747289660u, 8212, 0x25f3, NULL },
	{ false, "A", 3747289660u, 2672442402u, 8212, 0xcd87, NULL },
};

static void the_handshake_of_five_bytes_is_explained(void **state)
{
	struct scene scene;
	const char *text;

	(void)state;
	start(&scene);
	text = explain(&scene, &five_bytes[0]);
	has(text, "This is a SYN: 2672442395 is the initial number of the client");
	has(text, "  100 - 200 = -100 ");
	has(text, "  4294967295 - 1 = 4294967294 ");
	has_not(text, "Newly acknowledged");

	has(text, "never scaled, since scaling is only being agreed on: 64240 bytes");
	has(text, "  1500 - 20 (IPv4 header) - 20 (TCP header) = 1460\n");
	has(text, "  2^8 = 256; the largest window: 65535 * 256 = 16776960 bytes\n");
	has(text, "    ffff - fc0e = 03f1\n");
	has(text, "The segment carries 03f1: it arrived as it was sent.\n");
	has(text, "The first step of the three-way handshake");
	text = explain(&scene, &five_bytes[1]);
	has(text, "the sum of the pseudo-header alone");
	has(text, "Newly acknowledged: the SYN.\n  2672442396 - 2672442395 = 1\n");
	has(text, "The second step of the three-way handshake");
	text = explain(&scene, &five_bytes[2]);
	has(text, "  8212 * 2^8 = 8212 * 256 = 2102272 bytes");
	has(text, "relative 1 + 2102272 = 2102273");
	has(text, "  60 (frame) - 54 (headers and data) = 6 of no meaning\n");
	has(text, "The third step of the three-way handshake");
	finish(&scene);
}

static void the_data_and_the_closing_of_five_bytes_are_explained(void **state)
{
	struct scene scene;
	const char *text;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < 3; i++)
		(void)explain(&scene, &five_bytes[i]);
	text = explain(&scene, &five_bytes[3]);
	has(text, "  45 - 20 (IP header) - 20 (TCP header) = 5 bytes of TCP data\n");
	has(text, "The frame goes on for 1 byte behind the datagram.");
	has(text, "  2672442396 + 5 = 2672442401     next, relative 6\n");
	has(text, "Set: with the last of these 5 bytes the client had, as a rule, sent all");
	has(text, "    3131 + 3131 + 3100 ");
	has(text, "The segment carries 928a: it arrived");
	has(text, "relative numbers 1 to 5.");
	has(text, "The client sends 5 bytes, its first");
	text = explain(&scene, &five_bytes[4]);
	has(text, "Newly acknowledged: 5 bytes.\n  2672442401 - 2672442396 = 5\n");
	text = explain(&scene, &five_bytes[5]);
	has(text, "No data, but the FIN takes a number:\n  3747289659 + 1 = 3747289660 ");
	has(text, "The first FIN: the server closes first");
	text = explain(&scene, &five_bytes[6]);
	has(text, "Newly acknowledged: the FIN.\n");
	has(text, "It acknowledges the FIN of the server, and brings none of its own");
	text = explain(&scene, &five_bytes[7]);
	has(text, "The second FIN");
	has(text, "had its ACK in frame 7, so that four segments close the connection");
	has(text, "The client is in LAST_ACK now");
	text = explain(&scene, &five_bytes[8]);
	has(text, "It acknowledges the FIN of the client, the last that was open");
	has(text, "The server is in TIME_WAIT now");
	finish(&scene);
}

static void every_printed_checksum_of_hello_client_comes_out(void **state)
{
	static const uint8_t loopback[] = { 127, 0, 0, 1 };
	static const struct row rows[] = {
		{ true, "S", 2977803439u, 0, 65535, 0xff57, NULL },
		{ false, "SA", 4166461748u, 2977803440u, 65535, 0xddba, NULL },
		{ true, "A", 2977803440u, 4166461749u, 10233, 0xf0b8, NULL },
		{ false, "PA", 4166461749u, 2977803440u, 10233, 0x6648, "Hello, client!" },
		{ true, "A", 2977803440u, 4166461763u, 10233, 0xf0aa, NULL },
		{ true, "PA", 2977803440u, 4166461763u, 10233, 0xcccb, "Hello" },
		{ false, "A", 4166461763u, 2977803445u, 10233, 0xf0a5, NULL },
		{ false, "PA", 4166461763u, 2977803445u, 10233, 0x15b0, "quit" },
		{ true, "A", 2977803445u, 4166461767u, 10233, 0xf0a1, NULL },
		{ true, "FA", 2977803445u, 4166461767u, 10233, 0xf0a0, NULL },
		{ false, "A", 4166461767u, 2977803446u, 10233, 0xf0a0, NULL },
		{ false, "FA", 4166461767u, 2977803446u, 10233, 0xf09f, NULL },
		{ true, "A", 2977803446u, 4166461768u, 10233, 0xf09f, NULL },
	};
	struct scene scene;

	(void)state;
	start(&scene);
	scene.client = loopback;
	scene.server = loopback;
	scene.client_port = 63148;
	scene.server_port = 8888;
	scene.syn_options = loopback_options;
	scene.padded = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = explain(&scene, &rows[i]);
		char carries[80];

		(void)snprintf(carries, sizeof(carries),
			       " = %04x\nThe segment carries %04x: it arrived as it was sent.\n",
			       rows[i].checksum, rows[i].checksum);
		has(text, carries);
		if (i == 0)
			has(text, "  65535 - 20 (IPv4 header) - 20 (TCP header) = 65495\n");
		if (i >= 2)
			has(text, "  10233 * 2^8 = 10233 * 256 = 2619648 bytes");
	}
	finish(&scene);
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned count = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		count++;
	return count;
}

static void what_is_general_is_told_once(void **state)
{
	static const char *const general[] = {
		"[RFC 9293 section 3.4]",    "A whole round of explicit congestion notification",
		"How it is made (RFC 1071)", "After 4294967295 comes 0",
		"[RFC 9293 section 3.8.6]",  "its kernel picked it at connect()",
		"private address",
	};
	struct scene scene;
	char *all = test_calloc(1, OUT_MAX_BYTES);
	size_t length = 0;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < sizeof(five_bytes) / sizeof(five_bytes[0]); i++) {
		const char *text = explain(&scene, &five_bytes[i]);

		memcpy(all + length, text, strlen(text) + 1);
		length += strlen(text);
	}
	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++) {
		unsigned count = occurrences(all, general[i]);

		/* Both numbers and the ACK flag are of section 3.4; each end's address and its
		 * port are told with the first segment that it sends. */
		if (i == 0)
			assert_int_equal(count, 3);
		else if (i == 5)
			assert_int_equal(count, 2);
		else if (i == 6)
			assert_int_equal(count, 4);
		else
			assert_int_equal(count, 1);
	}
	test_free(all);
	finish(&scene);
}

static void numbers_that_wrap_are_worked_out(void **state)
{
	static const struct row rows[] = {
		{ true, "S", 4294966999u, 0, 64240, 0, NULL },
		{ false, "SA", 4294967295u, 4294967000u, 65535, 0, NULL },
		{ true, "A", 4294967000u, 0, 8212, 0, NULL },
	};
	char data[1461];
	struct row wraps = { true, "PA", 4294967000u, 0, 8212, 0, data };
	struct row after = { true, "PA", 1164, 0, 8212, 0, "x" };
	struct scene scene;
	const char *text;

	(void)state;
	memset(data, 'a', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\0';
	start(&scene);
	text = explain(&scene, &rows[0]);
	has(text, "  4294967296 - 4294967000 = 296 bytes more, then comes 0\n");
	text = explain(&scene, &rows[1]);
	has(text, "The numbers begin again at 0 here:\n  4294967295 + 1 = 4294967296\n");
	(void)explain(&scene, &rows[2]);
	text = explain(&scene, &wraps);
	has(text, "  4294967000 + 1460 = 4294968460\n");
	has(text, "  4294968460 - 4294967296 = 1164     the next number\n");
	has(text, "  1164 - 4294967000 = 1460     in 32 bits, signed\n");
	text = explain(&scene, &after);
	has(text, "  1164 - 4294966999 + 4294967296 = 1461     relative\n");
	finish(&scene);
}

/* The largest numbers that a header has room for, in a window that is not known. */
static void the_largest_numbers_stay_in_their_columns(void **state)
{
	static const uint8_t most[] = { 255, 255, 255, 254 };
	static const struct row rows[] = {
		{ true, "SEC", 0xffffffffu, 0xffffffffu, 65535, 0xffff, NULL },
		{ false, "SAE", 0x7fffffffu, 0, 65535, 0xffff, NULL },
		{ true, "PAUFEC", 0xffffffffu, 0xffffffffu, 65535, 0xfffe, "abc" },
		{ false, "PAUFEC", 0x7ffffffeu, 0x80000003u, 65535, 0xfffe, "abc" },
		{ true, "RA", 0x80000000u, 0, 65535, 0xfffe, NULL },
	};
	uint8_t options[40] = { 0x02, 0x04, 0xff, 0xff, 0x03, 0x03, 0xff, 0x01 };
	struct scene scene;

	(void)state;
	/* four blocks need 34 bytes; here are three, behind what only a SYN should have */
	options[8] = 5;
	options[9] = 26;
	memset(options + 10, 0xff, 24);
	start(&scene);
	scene.client = most;
	scene.server = most;
	scene.syn_options = options;
	scene.syn_option_bytes = sizeof(options);
	scene.urgent_pointer = 65535;
	scene.ecn = 0xff;
	/* the layout is checked in every explanation */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = explain(&scene, &rows[i]);

		if ((scene.facts.flags & TCP_FLAG_SYN) != 0)
			has(text, "  2^14 = 16384; the largest window");
	}
	finish(&scene);
}

static void a_segment_that_was_cut_is_not_summed(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	make_frame(&scene, &five_bytes[3]);
	scene.cut_to = TCP_AT + 22;
	has(explain_frame(&scene), "Only 22 bytes of the segment's 25 were captured");
	make_frame(&scene, &five_bytes[3]);
	scene.cut_to = 0;
	scene.length = TCP_AT + 23;
	has(explain_frame(&scene), "an IP header announces more bytes than the frame had");
	finish(&scene);
}

static void a_window_whose_scale_is_not_known_is_not_guessed(void **state)
{
	struct scene scene;
	struct row closed = five_bytes[4];
	const char *text;

	(void)state;
	start(&scene);
	text = explain(&scene, &five_bytes[3]);
	has(text, "By how much it is to be multiplied was said in the SYNs");
	has(text, "relative, from the first seen");
	closed.window = 0;
	has(explain(&scene, &closed), "0: closed.");
	finish(&scene);
}

static void the_urgent_pointer_is_read_in_both_ways(void **state)
{
	struct row urgent = { true, "PAU", 2672442396u, 3747289659u, 8212, 0, "stop!" };
	struct scene scene;
	const char *text;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < 3; i++)
		text = explain(&scene, &five_bytes[i]);
	has_not(text, "by RFC 9293: behind");
	scene.urgent_pointer = 5;
	text = explain(&scene, &urgent);
	has(text, "  2672442396 (sequence number) + 5 = 2672442401\n");
	has(text, "  by RFC 9293: behind the last urgent byte, which is 2672442400\n");
	has(text, "  as textbooks have it: the last urgent byte itself, 2672442401\n");
	scene.urgent_pointer = 500;
	urgent.sequence += 5;
	has(explain(&scene, &urgent), "The urgent data reach beyond this segment");
	finish(&scene);
}

static void a_congestion_mark_is_followed_through_its_round(void **state)
{
	static const struct row rows[] = {
		{ true, "SEC", 1000, 0, 64240, 0, NULL },
		{ false, "SAE", 2000, 1001, 65535, 0, NULL },
		{ true, "A", 1001, 2001, 8212, 0, NULL },
		{ true, "PA", 1001, 2001, 8212, 0, "abc" },
		{ false, "AE", 2001, 1004, 8212, 0, NULL },
		{ true, "PAC", 1004, 2001, 8212, 0, "def" },
	};
	static const char *const said[] = {
		"ECE and CWR in a SYN: it asks",
		"ECE without CWR in a SYN-ACK: agreed, classic ECN.",
		"An ACK without data goes without ECT",
		"11, CE: a router marked this packet",
		"Set: a packet reached the server with a mark",
		"Set: the client has made its congestion window smaller, as an ECE told it to",
	};
	struct scene scene;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scene.ecn = rows[i].data ? (i == 3 ? 3 : 2) : 0;
		has(explain(&scene, &rows[i]), said[i]);
	}
	finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_handshake_of_five_bytes_is_explained),
		cmocka_unit_test(the_data_and_the_closing_of_five_bytes_are_explained),
		cmocka_unit_test(every_printed_checksum_of_hello_client_comes_out),
		cmocka_unit_test(what_is_general_is_told_once),
		cmocka_unit_test(numbers_that_wrap_are_worked_out),
		cmocka_unit_test(the_largest_numbers_stay_in_their_columns),
		cmocka_unit_test(a_segment_that_was_cut_is_not_summed),
		cmocka_unit_test(a_window_whose_scale_is_not_known_is_not_guessed),
		cmocka_unit_test(the_urgent_pointer_is_read_in_both_ways),
		cmocka_unit_test(a_congestion_mark_is_followed_through_its_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
