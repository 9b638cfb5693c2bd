/* What fits through the cable, what it answers to the rest, and what it does not carry at all. */
#include "tcp_lab/cable_forge.h"

#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "packet/checksum.h"
#include "support/cable_scene.h"
#include "support/packet_bytes.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"

static struct cable_scene scene;

static int start(void **state)
{
	(void)state;
	cable_scene_start(&scene, 7);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cable_scene_finish(&scene);
	return 0;
}

static void set_both(struct cable_settings settings)
{
	cable_set(scene.cable, LAB_CLIENT, &settings);
	cable_set(scene.cable, LAB_SERVER, &settings);
}

static void set_mtu(uint32_t mtu, bool silent)
{
	struct cable_settings settings = { .mtu = mtu,
					   .mtu_is_silent = silent,
					   .delay_ns = 2 * SCENE_MS };

	set_both(settings);
}

static void a_sender_is_told_of_the_mtu(void **state)
{
	struct packet packet;

	(void)state;
	set_mtu(1400, false);
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, 1360);
	scene_send(&scene, LAB_CLIENT, "A", 1361, 1, 1361);
	scene_run(&scene, 10);
	scene_expect(&scene, ">1 client data 1\n>2 client data 2\n>3 no TCP forged\n"
			     "x2 longer than the MTU of 1400 bytes\n<1 at 2\n"
			     "<3 at 2 [the cable's answer to packet 2: at most 1400 bytes]\n");
	packet = scene_decoded(&scene);
	assert_int_equal(packet.kind, PACKET_ICMP_ERROR);
	assert_int_equal(packet.icmp.type, 3);
	assert_int_equal(packet.icmp.code, 4);
	assert_int_equal(packet.icmp.next_hop_mtu, 1400);
	assert_int_equal(packet.icmp.reporter.bytes[3], 2); /* the other end */
	assert_int_equal(packet.icmp.source.bytes[3], 1);
	assert_int_equal(packet.icmp.source_port, 40000);
	assert_int_equal(packet.icmp.sequence, 2361);
	assert_int_equal(scene.length, 576);
	assert_int_equal(checksum_of_ipv4(scene.bytes, 20), CHECKSUM_GOOD);
	assert_int_equal(checksum_fold(checksum_add(0, scene.bytes + 20, scene.length - 20)),
			 CHECKSUM_FOLDED_RIGHT);
	assert_int_equal(wire_u32(scene.bytes + 16), 0x0a4d0001); /* to its sender */
}

static void an_ipv6_packet_is_too_big(void **state)
{
	struct packet packet;
	uint8_t rest[8] = { 0, 0, 0, 0, 0, 0, 0, 58 };
	uint64_t sum;

	(void)state;
	scene.ipv6 = true;
	set_mtu(1400, false);
	scene_send(&scene, LAB_SERVER, "A", 1, 1, 1341);
	scene_run(&scene, 10);
	packet = scene_decoded(&scene);
	assert_int_equal(packet.kind, PACKET_ICMP_ERROR);
	assert_int_equal(packet.icmp.type, 2);
	assert_int_equal(packet.icmp.next_hop_mtu, 1400);
	assert_int_equal(packet.icmp.source_port, 8888);
	assert_int_equal(packet.icmp.reporter.bytes[15], 1);
	assert_int_equal(scene.length, 1280);
	rest[2] = (uint8_t)((scene.length - 40) >> 8);
	rest[3] = (uint8_t)(scene.length - 40);
	sum = checksum_add(checksum_add(0, scene.bytes + 8, 32), rest, sizeof(rest));
	assert_int_equal(checksum_fold(checksum_add(sum, scene.bytes + 40, scene.length - 40)),
			 CHECKSUM_FOLDED_RIGHT);
}

static void nobody_is_told_of_a_black_hole(void **state)
{
	(void)state;
	set_mtu(1400, true);
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, 1361);
	set_mtu(1400, false);
	scene.may_fragment = true;
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, 1361);
	scene_run(&scene, 10);
	scene_expect(&scene, ">1 client data 1\nx1 longer than the MTU of 1400 bytes\n"
			     ">2 client data 1 (sent again)\n"
			     "x2 longer than the MTU of 1400 bytes\n");
}

static void no_error_answers_an_error_or_a_later_fragment(void **state)
{
	static uint8_t bytes[1500] = { 0x45, 0,  0x05, 0xdc, 0, 1,  0x40, 0, 64, 1, 0,
				       0,    10, 77,   0,    1, 10, 77,   0, 2,  3, 4 };

	(void)state;
	scene.quiet = true;
	set_mtu(1400, false);
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, bytes, sizeof(bytes), 0), 0);
	assert_int_equal(scene.sent, 1);
	bytes[20] = 8; /* an echo request */
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, bytes, sizeof(bytes), 0), 0);
	assert_int_equal(scene.sent, 3);
	bytes[7] = 5; /* not the first fragment of it */
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, bytes, sizeof(bytes), 0), 0);
	assert_int_equal(scene.sent, 4);
	assert_int_equal(scene.lost, 3);
}

static void what_a_fresh_device_says_is_neither_carried_nor_told(void **state)
{
	static const uint8_t unicast[] = { IPV4(1, 0) };
	uint8_t ipv4[sizeof(unicast)];
	uint8_t ipv6[] = { IPV6(58, 8), 128, 0, 0, 0, 0, 0, 0, 0 }; /* an echo request */
	uint8_t types[] = { 130, 133, 135, 137, 143 };

	(void)state;
	memcpy(ipv4, unicast, sizeof(ipv4));
	ipv4[16] = 224; /* a group */
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, ipv4, sizeof(ipv4), 0), 0);
	memset(ipv4 + 16, 255, 4);
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, ipv4, sizeof(ipv4), 0), 0);
	ipv6[24] = 0xff; /* a group */
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, ipv6, sizeof(ipv6), 0), 0);
	ipv6[24] = 0x20;
	for (size_t i = 0; i < sizeof(types); i++) {
		ipv6[40] = types[i];
		assert_int_equal(cable_send(scene.cable, LAB_CLIENT, ipv6, sizeof(ipv6), 0), 0);
	}
	scene_run(&scene, 1);
	scene_expect(&scene, "");
	ipv6[40] = 128;
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, ipv6, sizeof(ipv6), 0), 0);
	assert_int_equal(cable_send(scene.cable, LAB_SERVER, unicast, sizeof(unicast), 0), 0);
	scene_run(&scene, 1);
	scene_expect(&scene, ">1 no TCP\n>2 no TCP\n<1 at 1\n<2 at 1\n");
}

static void lengths_that_lie_are_carried_as_they_are(void **state)
{
	size_t length = scene_packet(&scene, LAB_CLIENT, "PA", 1, 1, 20);
	const uint8_t *bytes = scene.packet;

	(void)state;
	scene.quiet = true;
	set_mtu(30, false);
	scene_rule(&scene, CABLE_CORRUPT, "segment", 0);
	scene_rule(&scene, CABLE_MARK, "segment", 0);
	for (size_t cut = 1; cut <= length; cut++) {
		uint8_t *exact = malloc(cut);

		assert_non_null(exact);
		memcpy(exact, bytes, cut);
		assert_int_equal(cable_send(scene.cable, LAB_CLIENT, exact, cut, 0), 0);
		exact[0] = 0x4f; /* a header of 60 bytes */
		assert_int_equal(cable_send(scene.cable, LAB_CLIENT, exact, cut, 0), 0);
		exact[0] = 0x60;
		assert_int_equal(cable_send(scene.cable, LAB_CLIENT, exact, cut, 0), 0);
		free(exact);
	}
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, bytes, 0, 0), 0);
	scene_run(&scene, 10);
	assert_true(scene.delivered > 0 && scene.lost > 0);
	assert_int_equal(cable_send(scene.cable, LAB_CLIENT, bytes, LAB_PACKET_MAX_BYTES + 1, 0),
			 0);
	assert_int_equal(cable_in_flight(scene.cable), 0);
}

#define CABLE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CABLE(a_sender_is_told_of_the_mtu),
		CABLE(an_ipv6_packet_is_too_big),
		CABLE(nobody_is_told_of_a_black_hole),
		CABLE(no_error_answers_an_error_or_a_later_fragment),
		CABLE(what_a_fresh_device_says_is_neither_carried_nor_told),
		CABLE(lengths_that_lie_are_carried_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
