#include "tcp_flow/unknowns.h"

#include "support/segments.h"
#include "support/unit_test.h"

static struct segments script;

static void start(void)
{
	segments_start(&script, 0);
	segments_handshake(&script, false);
}

/* A segment that is made, changed and only then fed. */
static struct packet *make(const char *line)
{
	segments_make(&script, line);
	return &script.packet;
}

static void feed_made(void)
{
	assert_int_equal(tcp_tracker_packet(script.tracker, &script.packet, &script.facts,
					    &script.connection),
			 TRACKER_SEGMENT);
}

static const struct tcp_finding *finding(enum tcp_finding_kind kind)
{
	return segments_finding(&script, 0, kind, TCP_BOTH_SIDES);
}

static void expect_only(enum tcp_finding_kind kind)
{
	for (unsigned other = 0; other <= FINDING_CHECKSUM_BAD; other++) {
		const struct tcp_finding *found = finding((enum tcp_finding_kind)other);

		if ((found != NULL) != (other == kind))
			fail_msg("%s was %sfound", tcp_finding_name((enum tcp_finding_kind)other),
				 found ? "" : "not ");
	}
}

static void a_whole_connection_leaves_nothing_unknown(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S PA seq 1:101 ack 1 +1\nS > C A seq 1 ack 101 +0.01\n"
			       "C > S FA seq 101 ack 1 +1\nS > C FA seq 1 ack 102 +0.01\n"
			       "C > S A seq 102 ack 2 +0\n");
	segments_end(&script);
	expect_only(FINDING_COUNT);
	segments_finish(&script);
}

static void what_began_before_the_file_says_so(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S PA seq 1:101 ack 1 +1\nS > C A seq 1 ack 101 +0.01\n");
	segments_end(&script);
	expect_only(FINDING_MIDSTREAM);
	assert_int_equal(finding(FINDING_MIDSTREAM)->frames[0], 1);
	segments_finish(&script);
}

static void acknowledgements_of_what_is_not_there_show_one_direction(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S S seq 0\nC > S A seq 1 ack 1\nC > S PA seq 1:11 ack 1\n");
	segments_end(&script);
	assert_non_null(finding(FINDING_ONE_DIRECTION));
	assert_int_equal(finding(FINDING_ONE_DIRECTION)->side, TCP_SERVER);
	segments_finish(&script);

	segments_start(&script, 0);
	segments_feed(&script, "S > C PA seq 1:11 ack 1\nS > C PA seq 11:21 ack 1\n");
	segments_end(&script);
	assert_non_null(finding(FINDING_ONE_DIRECTION));
	assert_int_equal(finding(FINDING_ONE_DIRECTION)->side, TCP_CLIENT);
	segments_finish(&script);
}

static void larger_than_the_mss_was_put_together_by_a_card(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S PA seq 1:1461 ack 1 +1\nC > S PA seq 1461:5841 ack 1\n"
			       "S > C A seq 1 ack 5841 +0.01\n");
	segments_end(&script);
	expect_only(FINDING_OFFLOADED);
	assert_int_equal(finding(FINDING_OFFLOADED)->values[0], 4380);
	assert_int_equal(finding(FINDING_OFFLOADED)->values[1], 1460);
	assert_int_equal(finding(FINDING_OFFLOADED)->frames[0], 5);
	segments_finish(&script);
}

static void checksums_left_to_the_card_are_not_bad_ones(void **state)
{
	(void)state;
	start();
	make("C > S PA seq 1:11 ack 1 +1")->checksum = CHECKSUM_OFFLOADED;
	feed_made();
	segments_feed(&script, "S > C A seq 1 ack 11 +0.01\n");
	segments_end(&script);
	expect_only(FINDING_CHECKSUM_OFFLOADED);
	segments_finish(&script);

	start();
	make("C > S PA seq 1:11 ack 1 +1")->checksum = CHECKSUM_BAD;
	feed_made();
	make("S > C A seq 1 ack 11 +0.01")->ip.checksum = CHECKSUM_BAD;
	feed_made();
	segments_end(&script);
	expect_only(FINDING_CHECKSUM_BAD);
	assert_non_null(segments_finding(&script, 0, FINDING_CHECKSUM_BAD, TCP_CLIENT));
	assert_non_null(segments_finding(&script, 0, FINDING_CHECKSUM_BAD, TCP_SERVER));
	assert_int_equal(tcp_tracker_totals(script.tracker)->bad_checksums, 2);
	segments_finish(&script);
}

static void a_snap_length_that_cut_payload_is_told(void **state)
{
	(void)state;
	start();
	make("C > S PA seq 1:101 ack 1 +1")->captured_payload = 60;
	feed_made();
	segments_feed(&script, "S > C A seq 1 ack 101 +0.01\n");
	segments_end(&script);
	expect_only(FINDING_CUT_SHORT);
	assert_int_equal(finding(FINDING_CUT_SHORT)->frames[0], 4);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, 100);
	segments_finish(&script);
}

static void the_largest_step_back_in_time_is_told(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S PA seq 1:101 ack 1 @5\nS > C A seq 1 ack 101 @4.5\n"
			       "C > S PA seq 101:201 ack 1 @6\nS > C A seq 1 ack 201 @5.9\n");
	segments_end(&script);
	expect_only(FINDING_TIME_BACKWARDS);
	assert_int_equal(finding(FINDING_TIME_BACKWARDS)->count, 2);
	assert_int_equal(finding(FINDING_TIME_BACKWARDS)->values[0], 500000000);
	assert_int_equal(script.ended[0].end_ns, SEGMENTS_START_NS + INT64_C(6000000000));
	assert_int_equal(tcp_tracker_totals(script.tracker)->backwards, 2);
	segments_finish(&script);
}

static void packets_captured_twice_are_counted(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S PA seq 1:101 ack 1 id 70 +1\n"
			       "C > S PA seq 1:101 ack 1 id 70 ttl 63 +0.000010\n"
			       "S > C A seq 1 ack 101 +0.01\n");
	segments_end(&script);
	expect_only(FINDING_CAPTURED_TWICE);
	assert_int_equal(finding(FINDING_CAPTURED_TWICE)->count, 1);
	assert_int_equal(finding(FINDING_CAPTURED_TWICE)->frames[0], 5);
	segments_finish(&script);
}

static void a_ceiling_that_was_met_is_told(void **state)
{
	(void)state;
	start();
	/* More gaps than are remembered, all acknowledged later so that none is a loss. */
	make("C > S A seq 1:2 ack 1 +1");
	for (unsigned i = 0; i < SEQUENCE_RANGES_MAX + 10; i++) {
		feed_made();
		script.packet.frame++;
		script.packet.tcp.sequence += 2;
		script.packet.ip.identification++;
		script.packet.time_ns += 10000000;
	}
	segments_end(&script);
	assert_non_null(finding(FINDING_TRACK_LIMIT));
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, SEQUENCE_RANGES_MAX + 10);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_connection_leaves_nothing_unknown),
		cmocka_unit_test(what_began_before_the_file_says_so),
		cmocka_unit_test(acknowledgements_of_what_is_not_there_show_one_direction),
		cmocka_unit_test(larger_than_the_mss_was_put_together_by_a_card),
		cmocka_unit_test(checksums_left_to_the_card_are_not_bad_ones),
		cmocka_unit_test(a_snap_length_that_cut_payload_is_told),
		cmocka_unit_test(the_largest_step_back_in_time_is_told),
		cmocka_unit_test(packets_captured_twice_are_counted),
		cmocka_unit_test(a_ceiling_that_was_met_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
