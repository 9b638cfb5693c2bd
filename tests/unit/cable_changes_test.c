/* Rules that change a segment, or make one that nobody sent. */
#include "tcp_lab/cable_change.h"

#include <string.h>

#include "packet/checksum.h"
#include "support/cable_scene.h"
#include "support/unit_test.h"

static struct cable_scene scene;

#define MS(value) ((value)*SCENE_MS)

/* A connection is open, each direction takes 10 ms, and 3 s have passed. */
static int start(void **state)
{
	struct cable_settings settings = { .delay_ns = MS(10) };

	(void)state;
	cable_scene_start(&scene, 7);
	cable_set(scene.cable, LAB_CLIENT, &settings);
	cable_set(scene.cable, LAB_SERVER, &settings);
	scene_open(&scene);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cable_scene_finish(&scene);
	return 0;
}

static void data(enum lab_host from, uint32_t number)
{
	scene_send(&scene, from, "PA", 1 + 10 * (number - 1), 1, 10);
}

static void corruption_is_caught_by_the_checksum_alone(void **state)
{
	struct packet packet;
	size_t length = scene_packet(&scene, LAB_CLIENT, "PA", 1, 1, 10);
	size_t changes = 0;
	size_t changed_at = 0;

	(void)state;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_CORRUPT, .byte = 3 });
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n"
			     "<4 at 3010 changed [rule 1: corrupt client data 1]\n");
	assert_int_equal(scene.length, length);
	for (size_t i = 0; i < length; i++) {
		if (scene.bytes[i] != scene.packet[i]) {
			changes++;
			changed_at = i;
		}
	}
	assert_int_equal(changes, 1);
	assert_int_equal(changed_at, 43);
	packet = scene_decoded(&scene);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.ip.checksum, CHECKSUM_GOOD);
}

static void corruption_finds_a_byte_in_every_segment(void **state)
{
	struct packet packet;

	(void)state;
	scene_rule_with(&scene, "client segment", 0,
			(struct cable_rule){ .action = CABLE_CORRUPT, .byte = 99 });
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3010);
	assert_int_equal(scene.bytes[49], ('a' + 9) ^ 0x55);
	scene_send(&scene, LAB_CLIENT, "A", 11, 1, 0);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n"
			     "<4 at 3010 changed [rule 1: corrupt client segment (its last byte)]\n"
			     ">5 client ACK 2\n<5 at 3020 changed [rule 1: corrupt client segment "
			     "(without payload: the urgent pointer)]\n");
	packet = scene_decoded(&scene);
	assert_int_equal(packet.tcp.urgent_pointer, 0x5500);
	assert_int_equal(packet.tcp.flags, TCP_FLAG_ACK);
}

static void only_ecn_capable_packets_are_marked(void **state)
{
	struct packet packet;

	(void)state;
	scene_rule(&scene, CABLE_MARK, "client data", 0);
	data(LAB_CLIENT, 1);
	scene.ecn = IP_ECN_ECT_0;
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3010);
	packet = scene_decoded(&scene);
	assert_int_equal(packet.ip.traffic_class, IP_ECN_CE);
	assert_int_equal(packet.ip.checksum, CHECKSUM_GOOD);
	scene.ecn = IP_ECN_CE;
	data(LAB_CLIENT, 3);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n"
			     "<4 at 3010 [rule 1: mark client data (not marked: it is not "
			     "ECN-capable)]\n"
			     "<5 at 3010 changed [rule 1: mark client data]\n>6 client data 3\n"
			     "<6 at 3020 [rule 1: mark client data (it was marked before)]\n");
}

static void a_mark_mends_every_checksum(void **state)
{
	uint8_t header[20] = { 0x45, IP_ECN_ECT_0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 10 };

	(void)state;
	for (unsigned number = 0; number <= UINT16_MAX; number++) {
		uint16_t checksum;

		header[1] = IP_ECN_ECT_0;
		header[4] = (uint8_t)(number >> 8);
		header[5] = (uint8_t)number;
		checksum = checksum_right_ipv4(header, sizeof(header));
		header[10] = (uint8_t)(checksum >> 8);
		header[11] = (uint8_t)checksum;
		assert_int_equal(cable_change_mark(header, sizeof(header)), CABLE_MARKED);
		assert_int_equal(header[1], IP_ECN_CE);
		assert_int_equal(checksum_of_ipv4(header, sizeof(header)), CHECKSUM_GOOD);
	}
}

static void ipv6_packets_are_marked_too(void **state)
{
	struct packet packet;

	(void)state;
	scene.ipv6 = true;
	scene.ecn = IP_ECN_ECT_1;
	scene_rule(&scene, CABLE_MARK, "client SYN", 0);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 3100);
	packet = scene_decoded(&scene);
	assert_int_equal(packet.ip.traffic_class, IP_ECN_CE);
	assert_int_equal(packet.ip.source.bytes[15], 1);
}

static void marks_stand_beside_other_rules(void **state)
{
	(void)state;
	scene.ecn = IP_ECN_ECT_0;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_DELAY, .time_ns = MS(1) });
	scene_rule(&scene, CABLE_MARK, "client data 1", 1);
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n<4 at 3011 changed [rule 2: mark client data 1; "
			     "rule 1: delay client data 1]\n");
}

static void a_forged_segment_has_the_right_numbers(void **state)
{
	struct cable_rule rule = { .action = CABLE_FORGE,
				   .forgery = { .from = LAB_CLIENT,
						.flags = TCP_FLAG_RST,
						.sequence_offset = 5000,
						.acknowledges = true } };
	struct packet packet;

	(void)state;
	scene_rule_with(&scene, "server data 2", 1, rule);
	data(LAB_CLIENT, 1);
	data(LAB_SERVER, 1);
	data(LAB_SERVER, 2);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 server data 1\n>6 server data 2\n"
			     ">7 client RST forged\n<4 at 3010\n<5 at 3010\n<6 at 3010\n"
			     "<7 at 3010 [rule 1: forge server data 2]\n");
	packet = scene_decoded(&scene);
	assert_int_equal(packet.checksum, CHECKSUM_GOOD);
	assert_int_equal(packet.ip.checksum, CHECKSUM_GOOD);
	assert_int_equal(packet.ip.source.bytes[3], 1);
	assert_int_equal(packet.tcp.source_port, 40000);
	assert_int_equal(packet.tcp.destination_port, 8888);
	assert_int_equal(packet.tcp.flags, TCP_FLAG_RST | TCP_FLAG_ACK);
	assert_int_equal(packet.tcp.sequence, 1000 + 11 + 5000);
	assert_int_equal(packet.tcp.acknowledgment, 20); /* its 21st number, 2^32 - 1 the first */
	assert_int_equal(packet.tcp.window, 500);
	/* it moved nothing */
	data(LAB_CLIENT, 2);
	scene_expect(&scene, ">8 client data 2\n");
	scene_run(&scene, 3200);
}

static void a_forged_segment_is_not_overtaken(void **state)
{
	struct cable_settings settings = { 0 };
	struct cable_rule rule = { .action = CABLE_FORGE,
				   .forgery = { .from = LAB_SERVER, .flags = TCP_FLAG_ACK } };

	(void)state;
	scene_rule_with(&scene, "client data 1", 1, rule);
	data(LAB_CLIENT, 1);
	cable_set(scene.cable, LAB_SERVER, &settings);
	data(LAB_SERVER, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 server ACK forged\n>6 server data 1\n"
			     "<4 at 3010\n<5 at 3010 [rule 1: forge client data 1]\n"
			     "<6 at 3010\n");
}

static void a_forgery_may_follow_its_own_side_and_what_is_lost(void **state)
{
	struct cable_rule rule = {
		.action = CABLE_FORGE,
		.forgery = { .from = LAB_SERVER, .flags = TCP_FLAG_FIN, .sequence_offset = -1 }
	};
	struct packet packet;

	(void)state;
	scene.ipv6 = true;
	scene.ports[LAB_CLIENT]++;
	scene_rule(&scene, CABLE_DROP, "server SYN-ACK", 1);
	scene_rule_with(&scene, "server SYN-ACK", 1, rule);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_send(&scene, LAB_SERVER, "SA", 0, 1, 0);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client SYN\n>5 server SYN-ACK\nx5 rule 1: drop server SYN-ACK\n"
			     ">6 server FIN forged\n<4 at 3010\n"
			     "<6 at 3010 [rule 2: forge server SYN-ACK]\n");
	packet = scene_decoded(&scene);
	assert_int_equal(packet.checksum, CHECKSUM_GOOD);
	assert_int_equal(packet.ip.source.version, 6);
	assert_int_equal(packet.tcp.source_port, 8888);
	assert_int_equal(packet.tcp.flags, TCP_FLAG_FIN);
	assert_int_equal(packet.tcp.sequence, UINT32_MAX);
	assert_int_equal(packet.tcp.acknowledgment, 0);
}

static void a_refusal_may_be_forged_where_the_server_said_nothing(void **state)
{
	struct cable_rule rule = {
		.action = CABLE_FORGE,
		.forgery = { .from = LAB_SERVER, .flags = TCP_FLAG_RST, .acknowledges = true }
	};
	struct packet packet;

	(void)state;
	scene.ports[LAB_CLIENT]++;
	scene_rule_with(&scene, "client SYN", 1, rule);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 3100);
	packet = scene_decoded(&scene);
	assert_int_equal(packet.tcp.sequence, 0);
	assert_int_equal(packet.tcp.acknowledgment, 1001);
	assert_int_equal(packet.tcp.destination_port, 40001);
}

static void a_cut_loses_forged_segments(void **state)
{
	struct cable_settings settings = { .cut = true };

	(void)state;
	cable_set(scene.cable, LAB_SERVER, &settings);
	scene_rule_with(
		&scene, "client data", 1,
		(struct cable_rule){ .action = CABLE_FORGE,
				     .forgery = { .from = LAB_SERVER, .flags = TCP_FLAG_RST } });
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 server RST forged\n"
			     "x5 the cable is cut [rule 1: forge client data]\n<4 at 3010\n");
}

#define RULES(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES(corruption_is_caught_by_the_checksum_alone),
		RULES(corruption_finds_a_byte_in_every_segment),
		RULES(only_ecn_capable_packets_are_marked),
		cmocka_unit_test(a_mark_mends_every_checksum),
		RULES(ipv6_packets_are_marked_too),
		RULES(marks_stand_beside_other_rules),
		RULES(a_forged_segment_has_the_right_numbers),
		RULES(a_forged_segment_is_not_overtaken),
		RULES(a_forgery_may_follow_its_own_side_and_what_is_lost),
		RULES(a_refusal_may_be_forged_where_the_server_said_nothing),
		RULES(a_cut_loses_forged_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
