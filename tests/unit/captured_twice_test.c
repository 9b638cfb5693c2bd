#include "tcp_flow/captured_twice.h"

#include "support/segments.h"
#include "support/unit_test.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define RTT (10 * MS)

static struct recent_packets recent;

static struct packet data_packet(uint16_t identification)
{
	struct packet packet = { .kind = PACKET_TCP, .time_ns = 1000 * MS, .payload_length = 100 };

	packet.tcp.sequence = 77;
	packet.tcp.flags = TCP_FLAG_ACK | TCP_FLAG_PSH;
	packet.ip.identification = identification;
	packet.ip.time_to_live = 64;
	return packet;
}

/* A sender that numbers its packets: 1, then 2, which is the one to compare with. */
static struct packet remember_two(void)
{
	struct packet first = data_packet(1);
	struct packet second = data_packet(2);

	recent = (struct recent_packets){ 0 };
	first.tcp.sequence = 1;
	captured_twice_remember(&recent, &first);
	captured_twice_remember(&recent, &second);
	return second;
}

static void the_same_packet_within_a_millisecond_is_one(void **state)
{
	struct packet again = remember_two();

	(void)state;
	again.time_ns += 900 * US;
	assert_true(captured_twice(&recent, &again, RTT));
	assert_true(captured_twice(&recent, &again, 0));
	again.time_ns += 200 * US;
	assert_false(captured_twice(&recent, &again, RTT));
}

static void a_quarter_of_a_short_round_trip_is_the_limit(void **state)
{
	struct packet again = remember_two();

	(void)state;
	again.time_ns += 200 * US;
	assert_true(captured_twice(&recent, &again, 800 * US));
	assert_false(captured_twice(&recent, &again, 400 * US));
}

static void one_router_may_lie_between_the_two_points(void **state)
{
	struct packet again = remember_two();

	(void)state;
	again.ip.time_to_live = 63;
	assert_true(captured_twice(&recent, &again, RTT));
	again.ip.time_to_live = 65;
	assert_true(captured_twice(&recent, &again, RTT));
	again.ip.time_to_live = 62;
	assert_false(captured_twice(&recent, &again, RTT));
}

static void any_other_field_makes_it_another(void **state)
{
	struct packet again = remember_two();

	(void)state;
	again.ip.identification = 3;
	assert_false(captured_twice(&recent, &again, RTT));
	again = remember_two();
	again.tcp.acknowledgment++;
	assert_false(captured_twice(&recent, &again, RTT));
	again = remember_two();
	again.tcp.window++;
	assert_false(captured_twice(&recent, &again, RTT));
	again = remember_two();
	again.payload_length++;
	assert_false(captured_twice(&recent, &again, RTT));
	again = remember_two();
	again.tcp.options.has = TCP_HAS_TIMESTAMPS;
	again.tcp.options.timestamp_value = 5;
	assert_false(captured_twice(&recent, &again, RTT));
	again = remember_two();
	again.time_ns -= 1;
	assert_false(captured_twice(&recent, &again, RTT));
}

static void one_packet_may_lie_between(void **state)
{
	struct packet again = remember_two();
	struct packet other = data_packet(3);

	(void)state;
	other.tcp.sequence = 177;
	captured_twice_remember(&recent, &other);
	assert_true(captured_twice(&recent, &again, RTT));
	other.ip.identification = 4;
	captured_twice_remember(&recent, &other);
	assert_false(captured_twice(&recent, &again, RTT));
}

/* Without a number, as IPv6 has none and Linux may send 0, equal bare ACKs may be duplicates. */
static void without_packet_numbers_only_what_takes_space_is_known(void **state)
{
	static const uint16_t numbers[] = { 0, 7 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct packet packet = data_packet(numbers[i]);

		recent = (struct recent_packets){ 0 };
		captured_twice_remember(&recent, &packet);
		captured_twice_remember(&recent, &packet);
		assert_true(captured_twice(&recent, &packet, RTT));
		assert_false(captured_twice(&recent, &packet, 0));
		packet.payload_length = 0;
		packet.tcp.flags = TCP_FLAG_ACK;
		captured_twice_remember(&recent, &packet);
		assert_false(captured_twice(&recent, &packet, RTT));
		packet.tcp.flags = TCP_FLAG_SYN;
		captured_twice_remember(&recent, &packet);
		assert_true(captured_twice(&recent, &packet, 0));
		packet.tcp.flags = TCP_FLAG_ACK | TCP_FLAG_FIN;
		captured_twice_remember(&recent, &packet);
		assert_true(captured_twice(&recent, &packet, RTT));
	}
}

static void it_counts_as_a_segment_and_as_nothing_else(void **state)
{
	struct segments script;
	const struct tcp_end *client;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "C > S PA seq 1:101 ack 1 id 50 +1\n"
			       "C > S PA seq 1:101 ack 1 id 50 ttl 63 +0.000020\n");
	assert_true(script.facts.captured_twice);
	assert_false(script.facts.repeats);
	assert_int_equal(script.facts.labels, 0);
	segments_feed(&script, "S > C A seq 1 ack 101 +0.01\nC > S FA seq 101 ack 1 id 51 +0.1\n"
			       "C > S FA seq 101 ack 1 id 51 ttl 63 +0.000020\n"
			       "S > C A seq 1 ack 102 +0.01\n");
	segments_end(&script);
	client = &script.ended[0].ends[TCP_CLIENT];
	assert_int_equal(client->segments, 6);
	assert_int_equal(client->bytes, 100);
	assert_int_equal(client->retransmissions, 0);
	assert_int_equal(client->captured_twice, 2);
	assert_int_equal(client->first_twice_frame, 5);
	assert_int_equal(script.ended[0].closing.fin_frame[TCP_CLIENT], 7);
	segments_finish(&script);
}

static void sent_again_later_it_is_a_retransmission(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "C > S PA seq 1:101 ack 1 +1\n"
			       "C > S PA seq 1:101 ack 1 +0.2\n");
	assert_false(script.facts.captured_twice);
	assert_true(script.facts.repeats);
	segments_end(&script);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 1);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, 100);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_packet_within_a_millisecond_is_one),
		cmocka_unit_test(a_quarter_of_a_short_round_trip_is_the_limit),
		cmocka_unit_test(one_router_may_lie_between_the_two_points),
		cmocka_unit_test(any_other_field_makes_it_another),
		cmocka_unit_test(one_packet_may_lie_between),
		cmocka_unit_test(without_packet_numbers_only_what_takes_space_is_known),
		cmocka_unit_test(it_counts_as_a_segment_and_as_nothing_else),
		cmocka_unit_test(sent_again_later_it_is_a_retransmission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
