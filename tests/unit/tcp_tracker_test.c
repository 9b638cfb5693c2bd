#include "tcp_flow/tcp_tracker.h"

#include "support/segments.h"
#include "support/unit_test.h"

/* One connection, opened, used and closed. */
#define OPENED "C > S S seq 0\nS > C SA seq 0 ack 1 +0.01\nC > S A seq 1 ack 1\n"
#define USED "C > S PA seq 1:101 ack 1 +0.1\nS > C PA seq 1:51 ack 101 +0.1\nC > S A ack 51\n"
#define CLOSED "C > S FA seq 101 ack 51\nS > C FA seq 51 ack 102\nC > S A seq 102 ack 52\n"

static struct segments script;

static void run(const char *lines)
{
	segments_start(&script, 0);
	segments_feed(&script, lines);
	segments_end(&script);
}

/* The hosts go on with other initial sequence numbers. */
static void choose_new_numbers(void)
{
	script.hosts[0].base += 1000000;
	script.hosts[1].base += 2000000;
	script.hosts[0].next = 0;
	script.hosts[1].next = 0;
}

static void expect_roles(const char *lines, uint16_t client_port, uint16_t server_port)
{
	run(lines);
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].port, client_port);
	assert_int_equal(script.ended[0].ends[TCP_SERVER].port, server_port);
	segments_finish(&script);
}

static void roles_come_from_the_syn_or_else_from_the_ports(void **state)
{
	(void)state;
	expect_roles("S > C S seq 0\nC > S SA seq 0 ack 1\n", 80, 40000);
	expect_roles("S > C SA seq 0 ack 1\nC > S A seq 1 ack 1\n", 40000, 80);
	expect_roles("C > S SA seq 0 ack 1\nS > C A seq 1 ack 1\n", 80, 40000);
	expect_roles("S > C PA seq 1:11 ack 1\nC > S A seq 1 ack 11\n", 40000, 80);
	expect_roles("C > S PA seq 1:11 ack 1\nS > C A seq 1 ack 11\n", 40000, 80);
}

static void with_equal_ports_the_first_sender_is_the_client(void **state)
{
	(void)state;
	for (unsigned server_first = 0; server_first < 2; server_first++) {
		segments_start(&script, 0);
		script.hosts[0].port = 179;
		script.hosts[1].port = 179;
		segments_feed(&script, server_first ? "S > C PA seq 1:11 ack 1\n"
						    : "C > S PA seq 1:11 ack 1\n");
		assert_int_equal(script.facts.from, TCP_CLIENT);
		segments_feed(&script,
			      server_first ? "C > S A seq 1 ack 11\n" : "S > C A seq 1 ack 11\n");
		assert_int_equal(script.facts.from, TCP_SERVER);
		assert_int_equal(script.connection->ends[TCP_CLIENT].address.bytes[3],
				 server_first ? 2 : 1);
		segments_end(&script);
		assert_int_equal(script.ended_count, 1);
		segments_finish(&script);
	}
}

static void segments_and_distinct_bytes_are_counted_by_sender(void **state)
{
	const struct tcp_connection *connection = &script.ended[0];

	(void)state;
	run(OPENED USED "C > S PA seq 51:151 ack 51 +0.1\n" /* half of it again */
			"C > S PA seq 1:101 ack 51 +0.3\n"  /* again */
			"S > C PA seq 101:201 ack 151 +1\n" /* a gap */
			"S > C PA seq 51:151 ack 151 +1\n");
	assert_int_equal(connection->ends[TCP_CLIENT].segments, 6);
	assert_int_equal(connection->ends[TCP_CLIENT].bytes, 150);
	assert_int_equal(connection->ends[TCP_CLIENT].retransmissions, 1);
	assert_int_equal(connection->ends[TCP_SERVER].segments, 4);
	assert_int_equal(connection->ends[TCP_SERVER].bytes, 200);
	assert_int_equal(connection->ends[TCP_SERVER].retransmissions, 0);
	assert_int_equal(connection->first_frame, 1);
	assert_int_equal(connection->last_frame, 10);
	segments_finish(&script);
}

static void syns_and_fins_sent_again_are_retransmissions_and_probes_are_not(void **state)
{
	const struct tcp_connection *connection = &script.ended[0];

	(void)state;
	run("C > S S seq 0 @0\nC > S S seq 0 @1\nS > C SA seq 0 ack 1 @1.1\nC > S A seq 1 ack 1\n"
	    "C > S PA seq 1:101 ack 1 @2\nS > C A seq 1 ack 101 win 0 @2.1\n"
	    "C > S A seq 100 ack 1 @3\nS > C A seq 1 ack 101 win 0 @3.01\n"
	    "S > C A seq 1 ack 101 win 99 @4\n"
	    "C > S A seq 100:101 ack 1 @50\nS > C A seq 1 ack 101 @50.1\n"
	    "C > S FA seq 101 ack 1 @60\nC > S FA seq 101 ack 1 @61\n");
	assert_int_equal(connection->ends[TCP_CLIENT].retransmissions, 2);
	assert_int_equal(connection->ends[TCP_CLIENT].bytes, 100);
	segments_finish(&script);
}

static void relative_numbers_go_on_over_the_wrap(void **state)
{
	(void)state;
	segments_start(&script, 0);
	script.hosts[0].base = UINT32_MAX - 50;
	script.hosts[1].base = UINT32_MAX;
	segments_feed(&script, OPENED USED);
	segments_feed(&script, "C > S PA seq 101:201 ack 51 +1\n");
	assert_int_equal(script.facts.sequence, 101);
	assert_int_equal(script.facts.end, 201);
	assert_int_equal(script.facts.acknowledgment, 51);
	segments_feed(&script, "C > S PA seq 1:101 ack 51 +1\n");
	assert_true(script.facts.repeats);
	segments_end(&script);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, 200);
	assert_int_equal(script.ended[0].ends[TCP_SERVER].bytes, 50);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 1);
	segments_finish(&script);
}

static void more_than_four_gigabytes_are_counted(void **state)
{
	const unsigned count = 70000; /* of 65,535 bytes each: 4.27 GiB */
	uint64_t bytes = UINT64_C(70000) * 65535;

	(void)state;
	segments_start(&script, TRACKER_TOTALS_ONLY);
	segments_feed(&script, OPENED);
	segments_make(&script, "C > S PA seq 1:65536 ack 1 +0.01");
	for (unsigned i = 0; i < count; i++) {
		(void)tcp_tracker_packet(script.tracker, &script.packet, &script.facts,
					 &script.connection);
		assert_int_equal(script.facts.sequence, 1 + INT64_C(65535) * i);
		script.packet.tcp.sequence += 65535;
		script.packet.frame++;
		script.packet.time_ns += 10000000;
		script.packet.ip.identification++;
	}
	segments_end(&script);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, bytes);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 0);
	segments_finish(&script);
}

static void expect_reuse(const char *lines, const char *more, bool other_numbers)
{
	const struct tcp_finding *finding;

	segments_start(&script, 0);
	segments_feed(&script, lines);
	if (other_numbers)
		choose_new_numbers();
	segments_feed(&script, more);
	segments_end(&script);
	if (script.ended_count != 2)
		fail_msg("%u connections: %s%s", script.ended_count, lines, more);
	assert_int_equal(script.ended[0].number, 1);
	assert_int_equal(script.ended[1].number, 2);
	assert_true(script.ended[1].reuses_ports);
	assert_int_equal(script.ended[1].former_number, 1);
	assert_int_equal(script.ended[1].opening.kind, OPENING_HANDSHAKE);
	assert_null(segments_finding(&script, 0, FINDING_PORT_REUSE, TCP_BOTH_SIDES));
	finding = segments_finding(&script, 1, FINDING_PORT_REUSE, TCP_BOTH_SIDES);
	assert_non_null(finding);
	assert_int_equal(finding->values[0], 1);
	segments_finish(&script);
}

static void a_syn_after_the_end_begins_a_new_connection(void **state)
{
	(void)state;
	expect_reuse(OPENED USED CLOSED, OPENED USED, true);
	expect_reuse(OPENED USED "C > S FA seq 101 ack 51\n", OPENED, true);
	expect_reuse(OPENED USED "S > C RA seq 51 ack 101\n", OPENED, true);
	expect_reuse("C > S S seq 0\nS > C RA seq 0 ack 1\n", OPENED, true);
	/* Nobody ever answered the first. */
	expect_reuse("C > S S seq 0\nC > S S seq 0 +1\n", OPENED, true);
	/* The SYN of the second is not in the file, but the answer to it. */
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED CLOSED);
	choose_new_numbers();
	segments_feed(&script, "S > C SA seq 0 ack 1 +9\nC > S A seq 1 ack 1\n");
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	assert_int_equal(script.ended[1].opening.kind, OPENING_MIDSTREAM);
	segments_finish(&script);
}

static void the_same_syn_again_begins_nothing(void **state)
{
	(void)state;
	run(OPENED "C > S S seq 0 +1\n" USED CLOSED "C > S S seq 0 +1\n");
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 2);
	segments_finish(&script);
}

/* A late copy of the SYN: a listener answers it with a number of its own. */
static void the_answer_to_an_old_syn_begins_nothing(void **state)
{
	uint32_t base;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED CLOSED "C > S S seq 0 +1\n");
	base = script.hosts[1].base;
	script.hosts[1].base += 5000000;
	segments_feed(&script, "S > C SA seq 0 ack 1\n");
	assert_true(script.facts.stray_syn);
	script.hosts[1].base = base;
	segments_feed(&script, "C > S A seq 102 ack 52\nS > C R seq 52\n");
	segments_end(&script);
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_ORDERLY_3);
	segments_finish(&script);
	/* To another SYN, which is not in the file, it is the first of a connection. */
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED CLOSED);
	choose_new_numbers();
	segments_feed(&script, "S > C SA seq 0 ack 1\n");
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	segments_finish(&script);
}

static void a_syn_inside_a_live_connection_belongs_to_it(void **state)
{
	uint32_t base;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED);
	base = script.hosts[0].base;
	script.hosts[0].base += 5000000;
	segments_feed(&script, "C > S S seq 0 +1\n");
	assert_true(script.facts.stray_syn);
	script.hosts[0].base = base;
	segments_feed(&script, "S > C A seq 51 ack 101\n");
	/* The answer of a host that lost its state, and then the new one. */
	segments_feed(&script, "C > S R seq 51\n");
	segments_feed(&script, "C > S R seq 101\n");
	choose_new_numbers();
	segments_feed(&script, OPENED USED);
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_RESET);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, 100);
	assert_int_equal(script.ended[1].opening.kind, OPENING_HANDSHAKE);
	assert_int_equal(script.ended[1].ends[TCP_CLIENT].bytes, 100);
	segments_finish(&script);
}

static void as_tshark_a_new_number_begins_a_stream_at_once(void **state)
{
	(void)state;
	segments_start(&script, TRACKER_AS_TSHARK);
	segments_feed(&script, OPENED USED);
	choose_new_numbers();
	segments_feed(&script, "C > S S seq 0 +1\n");
	assert_int_equal(script.connection->number, 2);
	assert_int_equal(script.facts.labels, TCP_LABEL_BIT(LABEL_REUSED_PORTS));
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	segments_finish(&script);
}

static void stragglers_stay_with_the_closed(void **state)
{
	(void)state;
	run(OPENED USED CLOSED "S > C FA seq 51 ack 102 +1\nC > S A seq 102 ack 52\n");
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].ends[TCP_SERVER].retransmissions, 1);
	segments_finish(&script);
}

static void at_the_ceiling_the_longest_silent_is_handed_out(void **state)
{
	(void)state;
	segments_start_with(&script, &(struct tcp_tracker_options){ .max_connections = 2 });
	segments_feed(&script, "C > S S seq 0\nD > S S seq 0 +1\nC > S S seq 0 +1\n");
	assert_int_equal(script.ended_count, 0);
	script.hosts[0].port = 41000;
	segments_feed(&script, "C > S S seq 0 +1\n");
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].number, 2);
	assert_true(script.ended[0].evicted);
	assert_non_null(segments_finding(&script, 0, FINDING_EVICTED, TCP_BOTH_SIDES));
	/* What comes for it later begins anew. */
	segments_feed(&script, "S > D SA seq 0 ack 1\n");
	assert_int_equal(script.connection->number, 4);
	segments_end(&script);
	assert_int_equal(script.ended_count, 4);
	assert_int_equal(script.ended[1].number, 1);
	assert_int_equal(script.ended[2].number, 3);
	assert_int_equal(script.ended[3].number, 4);
	assert_int_equal(tcp_tracker_totals(script.tracker)->evicted, 2);
	assert_int_equal(tcp_tracker_totals(script.tracker)->connections, 4);
	segments_finish(&script);
}

static void the_closed_make_room_first_and_are_not_evicted(void **state)
{
	(void)state;
	segments_start_with(&script, &(struct tcp_tracker_options){ .max_connections = 2 });
	segments_feed(&script, "D > S S seq 0\n" OPENED USED CLOSED);
	script.hosts[0].port = 41000;
	segments_feed(&script, "C > S S seq 0 +1\n");
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].number, 2);
	assert_false(script.ended[0].evicted);
	segments_end(&script);
	assert_int_equal(tcp_tracker_totals(script.tracker)->evicted, 0);
	segments_finish(&script);
}

static void those_still_open_are_handed_out_by_number(void **state)
{
	(void)state;
	run("D > S S seq 0\n" OPENED "D > S S seq 0 +1\nS > D SA seq 0 ack 1\n");
	assert_int_equal(script.ended_count, 2);
	assert_int_equal(script.ended[0].number, 1);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].port, 40001);
	assert_int_equal(script.ended[1].number, 2);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_OPEN);
	segments_finish(&script);
}

static void what_is_no_segment_is_counted_and_belongs_to_nobody(void **state)
{
	static const enum packet_kind kinds[] = { PACKET_OTHER, PACKET_FRAGMENT, PACKET_ICMP_ERROR,
						  PACKET_DAMAGED };
	const struct tcp_totals *totals;

	(void)state;
	segments_start(&script, 0);
	segments_make(&script, "C > S S seq 0");
	for (unsigned i = 0; i < 4; i++) {
		script.packet.kind = kinds[i];
		assert_int_equal(tcp_tracker_packet(script.tracker, &script.packet, &script.facts,
						    &script.connection),
				 TRACKER_NO_SEGMENT);
	}
	segments_end(&script);
	totals = tcp_tracker_totals(script.tracker);
	assert_int_equal(script.ended_count, 0);
	assert_int_equal(totals->packets, 4);
	assert_int_equal(totals->segments, 0);
	assert_int_equal(totals->connections, 0);
	assert_int_equal(totals->fragments, 1);
	assert_int_equal(totals->icmp_errors, 1);
	assert_int_equal(totals->damaged, 1);
	segments_finish(&script);
}

/* All that can be summed up, over several connections that lose and repeat. */
static void feed_much(unsigned flags, struct tcp_totals *totals)
{
	segments_start(&script, flags);
	segments_feed(&script,
		      OPENED USED "C > S PA seq 101:201 ack 51 +0.1\nC > S PA seq 301:401 ack 51\n"
				  "S > C A seq 51 ack 201 +0.01\nS > C A seq 51 ack 201\n"
				  "S > C A seq 51 ack 201\nC > S PA seq 201:301 ack 51\n"
				  "C > S PA seq 101:201 ack 51 +1\nC > S FA seq 401 ack 51\n"
				  "S > C FA seq 51 ack 402\nC > S A seq 402 ack 52\n"
				  "D > S S seq 0\nS > D RA seq 0 ack 1\n");
	choose_new_numbers();
	segments_feed(&script, OPENED "S > C R seq 1\n");
	segments_end(&script);
	*totals = *tcp_tracker_totals(script.tracker);
}

static void the_totals_are_the_sums_of_the_connections(void **state)
{
	struct tcp_totals totals;
	struct tcp_totals sum = { 0 };

	(void)state;
	feed_much(0, &totals);
	assert_int_equal(script.ended_count, 3);
	for (uint32_t i = 0; i < script.ended_count; i++)
		tcp_totals_connection(&sum, &script.ended[i]);
	assert_int_equal(totals.connections, 3);
	assert_int_equal(totals.packets, script.frames);
	assert_int_equal(totals.segments, script.frames);
	assert_int_equal(totals.side_segments[0] + totals.side_segments[1], script.frames);
	assert_int_equal(totals.bytes[TCP_CLIENT], 400);
	assert_int_equal(totals.bytes[TCP_SERVER], 50);
	assert_int_equal(totals.retransmissions[TCP_CLIENT], 1);
	assert_memory_equal(totals.bytes, sum.bytes, sizeof(sum.bytes));
	assert_memory_equal(totals.side_segments, sum.side_segments, sizeof(sum.side_segments));
	assert_memory_equal(totals.labels, sum.labels, sizeof(sum.labels));
	assert_memory_equal(totals.findings, sum.findings, sizeof(sum.findings));
	assert_int_equal(totals.openings[OPENING_HANDSHAKE], 2);
	assert_int_equal(totals.openings[OPENING_REFUSED], 1);
	assert_int_equal(totals.closings[CLOSING_ORDERLY_3], 1);
	assert_int_equal(totals.closings[CLOSING_RESET], 2);
	segments_finish(&script);
}

static void totals_alone_are_the_same_totals(void **state)
{
	struct tcp_totals all;
	struct tcp_totals only;

	(void)state;
	feed_much(0, &all);
	segments_finish(&script);
	feed_much(TRACKER_TOTALS_ONLY, &only);
	segments_finish(&script);
	assert_int_equal(all.connections, only.connections);
	assert_memory_equal(all.bytes, only.bytes, sizeof(only.bytes));
	assert_memory_equal(all.side_segments, only.side_segments, sizeof(only.side_segments));
	assert_memory_equal(all.retransmissions, only.retransmissions,
			    sizeof(only.retransmissions));
	assert_memory_equal(all.openings, only.openings, sizeof(only.openings));
	assert_memory_equal(all.closings, only.closings, sizeof(only.closings));
	assert_memory_equal(all.labels, only.labels, sizeof(only.labels));
}

/* By the capture's clock. */
static void tick_at(int64_t since_start_ns)
{
	tcp_tracker_tick(script.tracker, SEGMENTS_START_NS + since_start_ns);
}

#define SECONDS_NS INT64_C(1000000000)

static void a_tick_hands_out_the_closed_once_they_were_silent_for_a_second(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED CLOSED);
	segments_feed(&script, "D > S S seq 0 @0.3\nS > D SA seq 0 ack 1\nD > S A seq 1 ack 1\n");
	tick_at(SECONDS_NS * 12 / 10);
	assert_int_equal(script.ended_count, 0);
	tick_at(SECONDS_NS * 13 / 10);
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(script.ended[0].number, 1);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_ORDERLY_3);
	tick_at(100 * SECONDS_NS);
	assert_int_equal(script.ended_count, 1); /* the open one waits, the told one is told once */
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	assert_int_equal(script.ended[1].number, 2);
	segments_finish(&script);
}

static void what_straggles_in_behind_a_tick_stays_with_the_told(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED CLOSED);
	tick_at(2 * SECONDS_NS);
	assert_int_equal(script.ended_count, 1);
	segments_feed(&script, "S > C FA seq 51 ack 102 @3\nC > S A seq 102 ack 52\n");
	assert_int_equal(script.connection->number, 1);
	assert_true(script.connection->is_over);
	tick_at(10 * SECONDS_NS);
	segments_end(&script);
	assert_int_equal(script.ended_count, 1);
	assert_int_equal(tcp_tracker_totals(script.tracker)->connections, 1);
	/* Both of them are in the sums. */
	assert_int_equal(tcp_tracker_totals(script.tracker)->side_segments[TCP_CLIENT] +
				 tcp_tracker_totals(script.tracker)->side_segments[TCP_SERVER],
			 script.frames);
	segments_finish(&script);
}

static void new_data_behind_a_tick_begins_a_connection_of_its_own(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED "S > C RA seq 1 ack 1\n");
	tick_at(2 * SECONDS_NS);
	assert_int_equal(script.ended_count, 1);
	segments_feed(&script, "C > S PA seq 1:11 ack 1 @3\n");
	assert_int_equal(script.connection->number, 2);
	assert_false(script.connection->reuses_ports);
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	assert_int_equal(script.ended[1].opening.kind, OPENING_MIDSTREAM);
	segments_finish(&script);
}

static void a_told_connection_is_forgotten_after_its_time_wait(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED USED CLOSED);
	tick_at(2 * SECONDS_NS);
	tick_at(100 * SECONDS_NS);
	segments_feed(&script, "C > S A seq 102 ack 52 @101\n");
	assert_int_equal(script.connection->number, 2);
	segments_end(&script);
	assert_int_equal(script.ended_count, 2);
	segments_finish(&script);
}

static void the_told_make_room_first(void **state)
{
	const struct tcp_tracker_options options = { .max_connections = 2 };

	(void)state;
	segments_start_with(&script, &options);
	segments_feed(&script, OPENED USED CLOSED);
	tick_at(2 * SECONDS_NS);
	assert_int_equal(script.ended_count, 1);
	segments_feed(&script, "D > S S seq 0 @3\n");
	choose_new_numbers();
	segments_feed(&script, "C > S S seq 0 @4\n");
	assert_int_equal(script.connection->number, 3);
	assert_true(script.connection->reuses_ports);
	assert_int_equal(script.ended_count, 1); /* none was given up for it */
	segments_end(&script);
	assert_int_equal(script.ended_count, 3);
	assert_int_equal(tcp_tracker_totals(script.tracker)->evicted, 0);
	segments_finish(&script);
}

static void a_program_is_named_only_of_the_latest_connection(void **state)
{
	const struct tcp_program program = { .process = 4711, .name = "curl" };
	const struct tcp_connection *first;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED);
	first = script.connection;
	tcp_tracker_name_program(script.tracker, first, TCP_CLIENT, &program);
	segments_feed(&script, "D > S S seq 0\n");
	tcp_tracker_name_program(script.tracker, first, TCP_SERVER, &program);
	segments_end(&script);
	assert_int_equal(script.ended[0].programs[TCP_CLIENT].process, 4711);
	assert_string_equal(script.ended[0].programs[TCP_CLIENT].name, "curl");
	assert_int_equal(script.ended[0].programs[TCP_SERVER].process, 0);
	assert_int_equal(script.ended[1].programs[TCP_CLIENT].process, 0);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_come_from_the_syn_or_else_from_the_ports),
		cmocka_unit_test(with_equal_ports_the_first_sender_is_the_client),
		cmocka_unit_test(segments_and_distinct_bytes_are_counted_by_sender),
		cmocka_unit_test(syns_and_fins_sent_again_are_retransmissions_and_probes_are_not),
		cmocka_unit_test(relative_numbers_go_on_over_the_wrap),
		cmocka_unit_test(more_than_four_gigabytes_are_counted),
		cmocka_unit_test(a_syn_after_the_end_begins_a_new_connection),
		cmocka_unit_test(the_same_syn_again_begins_nothing),
		cmocka_unit_test(the_answer_to_an_old_syn_begins_nothing),
		cmocka_unit_test(a_syn_inside_a_live_connection_belongs_to_it),
		cmocka_unit_test(as_tshark_a_new_number_begins_a_stream_at_once),
		cmocka_unit_test(stragglers_stay_with_the_closed),
		cmocka_unit_test(at_the_ceiling_the_longest_silent_is_handed_out),
		cmocka_unit_test(the_closed_make_room_first_and_are_not_evicted),
		cmocka_unit_test(those_still_open_are_handed_out_by_number),
		cmocka_unit_test(what_is_no_segment_is_counted_and_belongs_to_nobody),
		cmocka_unit_test(the_totals_are_the_sums_of_the_connections),
		cmocka_unit_test(totals_alone_are_the_same_totals),
		cmocka_unit_test(a_tick_hands_out_the_closed_once_they_were_silent_for_a_second),
		cmocka_unit_test(what_straggles_in_behind_a_tick_stays_with_the_told),
		cmocka_unit_test(new_data_behind_a_tick_begins_a_connection_of_its_own),
		cmocka_unit_test(a_told_connection_is_forgotten_after_its_time_wait),
		cmocka_unit_test(the_told_make_room_first),
		cmocka_unit_test(a_program_is_named_only_of_the_latest_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
