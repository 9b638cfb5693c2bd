#include "tcp_flow/recovery.h"

#include "support/segments.h"

#define MS INT64_C(1000000)

static struct segments script;

static void start(void)
{
	segments_start(&script, 0);
	segments_handshake(&script, true);
}

static void feed(const char *lines)
{
	segments_feed(&script, lines);
}

static void assert_cause(enum tcp_cause cause)
{
	assert_string_equal(tcp_cause_name(script.facts.cause), tcp_cause_name(cause));
}

/* The line is sent again for this cause. */
static void feed_resend(const char *line, enum tcp_cause cause)
{
	feed(line);
	assert_true(script.facts.repeats);
	assert_cause(cause);
}

static const struct recovery_side *client_side(void)
{
	return &script.connection->recovery.sides[TCP_CLIENT];
}

/* Of the first connection that is over; an empty one (count 0) where there is none. */
static const struct tcp_finding *retransmission(enum tcp_side side, enum tcp_cause cause)
{
	static const struct tcp_finding none = { .count = 0 };
	const struct tcp_findings *findings = &script.ended[0].findings;

	for (uint32_t i = 0; i < findings->count; i++) {
		if (findings->list[i].kind == FINDING_RETRANSMISSION &&
		    findings->list[i].side == side && findings->list[i].cause == cause)
			return &findings->list[i];
	}
	return &none;
}

static const struct tcp_finding *finding(enum tcp_finding_kind kind, enum tcp_side side)
{
	return segments_finding(&script, 0, kind, side);
}

/* Six segments of the client, of 1000 bytes each, frames 4 to 9, at 0.1 s. */
static void send_six(void)
{
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2000/5000\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000\n"
	     "C > S PA seq 3001:4001 ack 1 ts 2000/5000\n"
	     "C > S PA seq 4001:5001 ack 1 ts 2000/5000\n"
	     "C > S PA seq 5001:6001 ack 1 ts 2000/5000\n");
}

static void round_trips_are_measured_on_both_sides_of_the_capture_point(void **state)
{
	const struct recovery_side *server;

	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "S > C PA seq 1:11 ack 101 ts 5100/2000 @0.130\n"
	     "C > S A ack 11 ts 2030/5100 @0.131\n");
	server = &script.connection->recovery.sides[TCP_SERVER];
	/* the handshake's, 10 ms, and that of the question, 30 ms */
	assert_int_equal(client_side()->rtt_samples, 2);
	assert_int_equal(client_side()->least_rtt_ns, 10 * MS);
	assert_int_equal(client_side()->largest_rtt_ns, 30 * MS);
	assert_int_equal(client_side()->rtt_sum_ns, 40 * MS);
	assert_int_equal(client_side()->smoothed_rtt_ns, 10 * MS + 20 * MS / 8);
	assert_int_equal(client_side()->rtt_variation_ns, 5 * MS + 15 * MS / 4);
	assert_int_equal(server->rtt_samples, 2);
	assert_int_equal(server->least_rtt_ns, 10000);
	assert_int_equal(server->largest_rtt_ns, 1 * MS);
	segments_end(&script);
	segments_finish(&script);
}

static void an_acknowledgement_of_a_resend_is_measured_by_timestamp_only(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1:101 ack 1 ts 2220/5000 @0.32\n"
	     "S > C A ack 101 ts 5100/2220 @0.335\n");
	assert_int_equal(client_side()->rtt_samples, 2);
	assert_int_equal(client_side()->rtt_timestamp_samples, 1);
	assert_int_equal(client_side()->largest_rtt_ns, 15 * MS);
	segments_end(&script);
	segments_finish(&script);

	segments_start(&script, 0);
	segments_handshake(&script, false);
	feed("C > S PA seq 1:101 ack 1 @0.1\n"
	     "C > S PA seq 1:101 ack 1 @0.32\n"
	     "S > C A ack 101 @0.335\n");
	assert_int_equal(client_side()->rtt_samples, 1);
	segments_end(&script);
	segments_finish(&script);
}

static void outstanding_means_not_acknowledged_yet(void **state)
{
	(void)state;
	start();
	assert_false(recovery_is_outstanding(script.connection, TCP_CLIENT));
	assert_false(recovery_is_outstanding(script.connection, TCP_SERVER));
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	assert_true(recovery_is_outstanding(script.connection, TCP_CLIENT));
	feed("S > C A ack 51 ts 5100/2000 @0.11");
	assert_true(recovery_is_outstanding(script.connection, TCP_CLIENT));
	feed("S > C FA ack 101 ts 5100/2000 @0.11");
	assert_false(recovery_is_outstanding(script.connection, TCP_CLIENT));
	assert_true(recovery_is_outstanding(script.connection, TCP_SERVER));
	feed("C > S A ack 2 ts 2010/5100 @0.12");
	assert_false(recovery_is_outstanding(script.connection, TCP_SERVER));
	segments_end(&script);
	segments_finish(&script);
}

static void sack_blocks_make_the_first_hole_fast_and_the_next_ones_sack(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	send_six();
	feed("S > C A ack 1 sack 1001:2001 ts 5110/1010 @0.110");
	assert_true(client_side()->in_recovery);
	assert_int_equal(client_side()->loss_since_ns, SEGMENTS_START_NS + 110 * MS);
	feed("S > C A ack 1 sack 3001:6001 sack 1001:2001 ts 5110/1010 @0.110");
	feed_resend("C > S PA seq 1:1001 ack 1 ts 2010/5110 @0.1101", CAUSE_FAST);
	feed_resend("C > S PA seq 2001:3001 ack 1 ts 2010/5110 @0.1101", CAUSE_SACK);
	feed("S > C A ack 2001 sack 3001:6001 ts 5120/2010 @0.120");
	assert_true(client_side()->in_recovery);
	feed("S > C A ack 6001 ts 5120/2010 @0.120");
	assert_false(client_side()->in_recovery);
	segments_end(&script);
	found = retransmission(TCP_CLIENT, CAUSE_FAST);
	assert_int_equal(found->count, 1);
	assert_int_equal(found->frames[0], 12);
	assert_int_equal(found->values[0], 10100000);
	assert_int_equal(found->confidence, CONFIDENCE_SURE);
	found = retransmission(TCP_CLIENT, CAUSE_SACK);
	assert_int_equal(found->frames[0], 13);
	assert_null(finding(FINDING_NEEDLESS, TCP_CLIENT));
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 2);
	segments_finish(&script);
}

static void three_duplicate_acks_make_it_fast_without_sack(void **state)
{
	(void)state;
	segments_start(&script, 0);
	feed("C > S S seq 0 mss 1460 @0\n"
	     "S > C SA ack 1 win 502 mss 1460 +0.01\n"
	     "C > S A ack 1 +0\n"
	     "C > S PA seq 1:1001 ack 1 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1\n"
	     "C > S PA seq 2001:3001 ack 1\n"
	     "C > S PA seq 3001:4001 ack 1\n"
	     "S > C A ack 1 @0.11\n"
	     "S > C A ack 1 \n");
	assert_int_equal(client_side()->duplicate_acks, 2);
	assert_false(client_side()->in_recovery);
	feed("S > C A ack 1 @0.112");
	assert_int_equal(client_side()->duplicate_acks, 3);
	assert_true(client_side()->in_recovery);
	/* it has cost time since the first of them */
	assert_int_equal(client_side()->loss_since_ns, SEGMENTS_START_NS + 110 * MS);
	feed_resend("C > S PA seq 1:1001 ack 1 @0.1121", CAUSE_FAST);
	feed("S > C A ack 2001 @0.122");
	assert_int_equal(client_side()->duplicate_acks, 0);
	/* NewReno: a partial acknowledgement asks for the next hole */
	feed_resend("C > S PA seq 2001:3001 ack 1 @0.1221", CAUSE_FAST);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_FAST)->count, 2);
	segments_finish(&script);
}

static void a_segment_alone_is_probed_for_and_then_timed_out_with_numbers(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_TAIL_LOSS_PROBE);
	assert_true(client_side()->in_recovery);
	/* the timer's waiting is the loss's: since the original */
	assert_int_equal(client_side()->loss_since_ns, SEGMENTS_START_NS + 100 * MS);
	feed_resend("C > S PA seq 1:101 ack 1 ts 2430/5000 @0.530", CAUSE_TIMEOUT);
	assert_int_equal(client_side()->timeouts, 1);
	feed_resend("C > S PA seq 1:101 ack 1 ts 2850/5000 @0.950", CAUSE_TIMEOUT);
	assert_int_equal(client_side()->timeouts, 2);
	feed("S > C A ack 101 ts 5900/2850 @0.96");
	assert_false(client_side()->in_recovery);
	assert_int_equal(client_side()->timeouts, 0);
	segments_end(&script);
	found = retransmission(TCP_CLIENT, CAUSE_TIMEOUT);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->values[0], 850 * MS);
	assert_int_equal(found->values[1], 2);
	found = retransmission(TCP_CLIENT, CAUSE_TAIL_LOSS_PROBE);
	assert_int_equal(found->confidence, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

/* RFC 8985 section 7.4: acknowledged to its number, a probe bars the next one. */
static void there_is_one_tail_loss_probe_until_more_than_it_is_acknowledged(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_TAIL_LOSS_PROBE);
	feed("S > C A ack 101 ts 5300/2215 @0.325\n"
	     "C > S PA seq 101:201 ack 1 ts 2300/5300 @0.4");
	feed_resend("C > S PA seq 101:201 ack 1 ts 2515/5300 @0.615", CAUSE_TIMEOUT);
	feed("S > C A ack 201 ts 5600/2515 @0.625\n"
	     "C > S PA seq 201:301 ack 1 ts 2600/5600 @0.7");
	feed_resend("C > S PA seq 201:301 ack 1 ts 2815/5600 @0.915", CAUSE_TAIL_LOSS_PROBE);
	segments_end(&script);
	segments_finish(&script);
}

static void the_end_of_several_is_probed_for_after_two_round_trips(void **state)
{
	(void)state;
	start();
	send_six();
	feed("S > C A ack 5001 ts 5110/2000 @0.110");
	feed_resend("C > S PA seq 5001:6001 ack 1 ts 2210/5110 @0.31", CAUSE_TAIL_LOSS_PROBE);
	segments_end(&script);
	segments_finish(&script);

	start();
	send_six();
	feed_resend("C > S PA seq 5001:6001 ack 1 ts 2024/5000 @0.124", CAUSE_TAIL_LOSS_PROBE);
	segments_end(&script);
	segments_finish(&script);
}

static void a_probe_behind_which_the_timer_waits_twice_as_long_was_a_timeout(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_TAIL_LOSS_PROBE);
	assert_true(script.facts.may_be_timeout);
	feed_resend("C > S PA seq 1:101 ack 1 ts 2645/5000 @0.745", CAUSE_TIMEOUT);
	assert_int_equal(script.facts.proves_timeout, 5);
	feed_resend("C > S PA seq 1:101 ack 1 ts 3505/5000 @1.605", CAUSE_TIMEOUT);
	assert_int_equal(script.facts.proves_timeout, 0);
	feed("S > C A ack 101 ts 5300/3505 @1.615");
	segments_end(&script);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_TAIL_LOSS_PROBE)->count, 0);
	found = retransmission(TCP_CLIENT, CAUSE_TIMEOUT);
	assert_int_equal(found->count, 3);
	assert_int_equal(found->frames[0], 5);
	assert_int_equal(found->frames[2], 7);
	assert_int_equal(found->values[1], 3);
	assert_int_equal(found->values[2], 1);
	segments_finish(&script);

	/* Linux probes, then waits for its timer as long again. */
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_TAIL_LOSS_PROBE);
	assert_true(script.facts.may_be_timeout);
	feed_resend("C > S PA seq 1:101 ack 1 ts 2450/5000 @0.55", CAUSE_TIMEOUT);
	assert_int_equal(script.facts.proves_timeout, 0);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_TAIL_LOSS_PROBE)->count, 1);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_TIMEOUT)->values[1], 1);
	segments_finish(&script);

	/* Of several the end is probed for sooner than any timer would run out. */
	start();
	send_six();
	feed_resend("C > S PA seq 5001:6001 ack 1 ts 2024/5000 @0.124", CAUSE_TAIL_LOSS_PROBE);
	assert_false(script.facts.may_be_timeout);
	feed_resend("C > S PA seq 1:1001 ack 1 ts 2254/5000 @0.354", CAUSE_TIMEOUT);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_TAIL_LOSS_PROBE)->count, 1);
	segments_finish(&script);
}

static void a_d_sack_tells_of_the_last_of_several_resends(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	/* The original was lost, and the acknowledgement of the first resend. */
	feed("C > S PA seq 1:101 ack 1 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 @0.315", CAUSE_TAIL_LOSS_PROBE);
	feed("S > C A ack 101 @0.32");
	feed_resend("C > S PA seq 1:101 ack 1 @0.54", CAUSE_NEEDLESS);
	feed("S > C A ack 101 sack 1:101 @0.55");
	segments_end(&script);
	found = finding(FINDING_NEEDLESS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->values[0], NEEDLESS_ARRIVED);
	assert_int_equal(found->count, 1);
	assert_int_equal(found->frames[0], 7);
	for (uint32_t i = 0; i < script.ended[0].findings.count; i++) {
		found = &script.ended[0].findings.list[i];
		assert_false(found->kind == FINDING_NEEDLESS &&
			     found->values[0] == NEEDLESS_D_SACK);
	}
	segments_finish(&script);
}

static void a_d_sack_of_a_part_proves_nothing_of_the_rest(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	feed("C > S PA seq 1:101 ack 1 @0.1\n"
	     "C > S PA seq 101:201 ack 1 @0.1");
	feed_resend("C > S PA seq 51:201 ack 1 @0.4", CAUSE_TAIL_LOSS_PROBE);
	feed("S > C A ack 201 sack 101:201 @0.42");
	assert_true(script.connection->recovery.latest.d_sack);
	segments_end(&script);
	assert_null(finding(FINDING_NEEDLESS, TCP_CLIENT));
	segments_finish(&script);
}

static void after_a_timeout_all_is_sent_again_in_order(void **state)
{
	(void)state;
	start();
	send_six();
	feed_resend("C > S PA seq 1:1001 ack 1 ts 2330/5000 @0.43", CAUSE_TIMEOUT);
	feed("S > C A ack 1001 ts 5440/2330 @0.44");
	feed_resend("C > S PA seq 1001:2001 ack 1 ts 2340/5440 @0.4401", CAUSE_GO_BACK_N);
	feed_resend("C > S PA seq 2001:3001 ack 1 ts 2340/5440 @0.4401", CAUSE_GO_BACK_N);
	assert_true(client_side()->in_recovery);
	feed("S > C A ack 3001 ts 5450/2340 @0.45");
	feed_resend("C > S PA seq 3001:4001 ack 1 ts 2350/5450 @0.4501", CAUSE_GO_BACK_N);
	feed("S > C A ack 6001 ts 5460/2350 @0.46");
	assert_false(client_side()->in_recovery);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_GO_BACK_N)->count, 3);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_TIMEOUT)->values[1], 1);
	segments_finish(&script);
}

static void what_was_acknowledged_before_is_needless_at_once(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 101 ts 5110/2000 @0.11");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_NEEDLESS);
	assert_false(client_side()->in_recovery);
	feed("S > C A ack 101 sack 1:101 ts 5325/2215 @0.325");
	segments_end(&script);
	found = finding(FINDING_NEEDLESS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->values[0], NEEDLESS_ARRIVED);
	assert_int_equal(found->count, 1);
	assert_int_equal(found->frames[0], 6);
	segments_finish(&script);
}

static void what_sack_reported_before_is_needless_too(void **state)
{
	(void)state;
	start();
	send_six();
	feed("S > C A ack 1 sack 1001:3001 ts 5110/1010 @0.110");
	feed_resend("C > S PA seq 1001:2001 ack 1 ts 2010/5110 @0.1101", CAUSE_NEEDLESS);
	segments_end(&script);
	segments_finish(&script);
}

static void a_d_sack_proves_a_resend_needless(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	feed("C > S PA seq 1:101 ack 1 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 @0.315", CAUSE_TAIL_LOSS_PROBE);
	feed("S > C A ack 101 @0.32\n"
	     "S > C A ack 101 sack 1:101 @0.325");
	assert_true(script.connection->recovery.latest.d_sack);
	assert_int_equal(script.connection->recovery.latest.ack, RECOVERY_ACK_D_SACK);
	segments_end(&script);
	found = finding(FINDING_NEEDLESS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->values[0], NEEDLESS_D_SACK);
	assert_int_equal(found->frame_count, 2);
	assert_int_equal(found->frames[0], 5);
	assert_int_equal(found->frames[1], 7);
	segments_finish(&script);
}

static void the_echo_of_the_originals_timestamp_proves_a_resend_needless(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_TAIL_LOSS_PROBE);
	feed("S > C A ack 101 ts 5320/2000 @0.32");
	segments_end(&script);
	found = finding(FINDING_NEEDLESS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->values[0], NEEDLESS_EIFEL);
	assert_int_equal(found->frames[0], 5);
	assert_int_equal(found->frames[1], 6);
	segments_finish(&script);

	/* its own timestamp proves nothing */
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315\n"
	     "S > C A ack 101 ts 5320/2215 @0.325");
	segments_end(&script);
	assert_null(finding(FINDING_NEEDLESS, TCP_CLIENT));
	segments_finish(&script);
}

static void an_older_timestamp_in_a_gap_is_reordering_and_no_loss(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 id 50 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2002/5000 id 52 @0.102\n"
	     "S > C A ack 1001 sack 2001:3001 ts 5102/2000 @0.102");
	assert_true(client_side()->in_recovery);
	feed("C > S PA seq 1001:2001 ack 1 ts 2001/5000 id 51 @0.152");
	assert_cause(CAUSE_NONE);
	assert_true(script.connection->recovery.latest.was_late);
	assert_false(client_side()->in_recovery);
	feed("S > C A ack 3001 ts 5152/2001 @0.152");
	segments_end(&script);
	found = finding(FINDING_REORDERED, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->count, 1);
	assert_int_equal(found->frames[0], 7);
	assert_int_equal(found->values[0], 50 * MS);
	assert_null(finding(FINDING_NETWORK_LOSS, TCP_CLIENT));
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 0);
	segments_finish(&script);
}

static void a_lower_packet_number_in_a_gap_is_reordering_too(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	feed("C > S PA seq 1001:2001 ack 1 id 51 @0.1\n"
	     "C > S PA seq 1:1001 ack 1 id 50 @0.105");
	assert_true(script.connection->recovery.latest.was_late);
	feed("C > S PA seq 3001:4001 ack 1 id 53 @0.2\n"
	     "C > S PA seq 2001:3001 ack 1 id 54 @0.230");
	assert_false(script.connection->recovery.latest.was_late);
	segments_end(&script);
	segments_finish(&script);
}

static void a_newer_timestamp_in_a_gap_is_the_resend_of_what_was_lost_before(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 1001 sack 2001:3001 ts 5100/2000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2011/5100 @0.111");
	assert_false(script.facts.repeats);
	assert_cause(CAUSE_FAST);
	feed("S > C A ack 3001 ts 5111/2011 @0.111");
	segments_end(&script);
	found = finding(FINDING_NETWORK_LOSS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->values[0], 1000);
	assert_int_equal(found->cause, CAUSE_FAST);
	assert_int_equal(found->frames[0], 7);
	assert_null(finding(FINDING_REORDERED, TCP_CLIENT));
	assert_null(finding(FINDING_CAPTURE_LOSS, TCP_CLIENT));
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 0);
	segments_finish(&script);
}

/* The original of what was sent again comes at last: delayed, not lost. */
static void an_original_that_comes_after_its_resend_was_not_lost(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 3001:4001 ack 1 ts 2003/5000 @0.103\n"
	     "S > C A ack 1001 sack 3001:4001 ts 5103/2000 @0.103\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2020/5103 @0.120\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2020/5103 @0.120\n"
	     "S > C A ack 4001 ts 5120/2020 @0.121\n");
	assert_int_equal(
		findings_find(&script.connection->findings, FINDING_NETWORK_LOSS, TCP_CLIENT)
			->count,
		2);
	feed("C > S PA seq 1001:2001 ack 1 ts 2001/5000 @0.503");
	assert_cause(CAUSE_NONE);
	assert_true(script.connection->recovery.latest.was_late);
	assert_int_equal(script.facts.labels, TCP_LABEL_BIT(LABEL_OUT_OF_ORDER));
	found = findings_find(&script.connection->findings, FINDING_NETWORK_LOSS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->count, 1);
	assert_int_equal(found->values[0], 1000);
	assert_int_equal(found->frame_count, 1);
	assert_int_equal(found->frames[0], 8);
	feed("C > S PA seq 2001:3001 ack 1 ts 2002/5000 @0.504");
	segments_end(&script);
	assert_null(finding(FINDING_NETWORK_LOSS, TCP_CLIENT));
	assert_null(finding(FINDING_NEEDLESS, TCP_CLIENT));
	found = finding(FINDING_REORDERED, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->values[0], 401 * MS);
	assert_int_equal(found->values[1], 2);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 2);
	segments_finish(&script);
}

/* The same again, and newer than the resend: that one is a resend too. */
static void a_newer_repeat_of_a_resend_leaves_the_loss_as_it_is(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2003/5000 @0.103\n"
	     "S > C A ack 1001 sack 2001:3001 ts 5103/2000 @0.103\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2020/5103 @0.120\n"
	     "S > C A ack 3001 ts 5120/2020 @0.121\n");
	feed_resend("C > S PA seq 1001:2001 ack 1 ts 2400/5103 @0.503", CAUSE_NEEDLESS);
	segments_end(&script);
	assert_int_equal(finding(FINDING_NETWORK_LOSS, TCP_CLIENT)->count, 1);
	assert_null(finding(FINDING_REORDERED, TCP_CLIENT));
	segments_finish(&script);
}

static void a_d_sack_shows_that_what_was_never_captured_came(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2003/5000 @0.103\n"
	     "S > C A ack 1001 sack 2001:3001 ts 5103/2000 @0.103\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2020/5103 @0.120\n"
	     "S > C A ack 3001 ts 5120/2020 @0.121\n"
	     "S > C A ack 3001 sack 1001:2001 ts 5130/2020 @0.131\n");
	segments_end(&script);
	assert_null(finding(FINDING_NETWORK_LOSS, TCP_CLIENT));
	assert_int_equal(finding(FINDING_NEEDLESS, TCP_CLIENT)->values[0], NEEDLESS_D_SACK);
	segments_finish(&script);
}

/* The first hole is a matter of fast retransmit, the next of SACK: one loss is told. */
static void losses_before_the_capture_are_gathered_whatever_repaired_them(void **state)
{
	const struct tcp_finding *found = NULL;
	uint32_t told = 0;

	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 4001:5001 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 1001 sack 4001:5001 sack 2001:3001 ts 5100/2000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2011/5100 @0.111\n"
	     "C > S PA seq 3001:4001 ack 1 ts 2011/5100 @0.111\n"
	     "S > C A ack 5001 ts 5111/2011 @0.111");
	segments_end(&script);
	for (uint32_t i = 0; i < script.ended[0].findings.count; i++) {
		if (script.ended[0].findings.list[i].kind != FINDING_NETWORK_LOSS)
			continue;
		found = &script.ended[0].findings.list[i];
		told++;
	}
	assert_int_equal(told, 1);
	if (found) {
		assert_int_equal(found->count, 2);
		assert_int_equal(found->values[0], 2000);
		assert_int_equal(found->cause, CAUSE_SACK);
	}
	segments_finish(&script);
}

static void what_the_network_doubled_is_likely_not_just_captured_twice(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 id 70 @0.1\n"
	     "C > S PA seq 1:1001 ack 1 ts 2000/5000 id 70 @0.10003\n"
	     "S > C A ack 1001 ts 5100/2000 @0.10004\n"
	     "S > C A ack 1001 sack 1:1001 ts 5100/2000 @0.10005\n");
	segments_end(&script);
	found = finding(FINDING_CAPTURED_TWICE, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->confidence, CONFIDENCE_LIKELY);
	assert_int_equal(found->values[0], 1);
	assert_null(finding(FINDING_NEEDLESS, TCP_CLIENT));
	segments_finish(&script);

	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 id 70 @0.1\n"
	     "C > S PA seq 1:1001 ack 1 ts 2000/5000 id 70 @0.10003\n"
	     "S > C A ack 1001 ts 5100/2000 @0.10004\n");
	segments_end(&script);
	found = finding(FINDING_CAPTURED_TWICE, TCP_CLIENT);
	assert_int_equal(found->confidence, CONFIDENCE_SURE);
	assert_int_equal(found->values[0], 0);
	segments_finish(&script);
}

/* Nothing of the answer was captured, but a bare ACK behind it shows that it was sent. */
static void a_bare_ack_behind_it_shows_that_data_was_lost_before(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A seq 301 ack 101 ts 5327/2000 @0.327");
	assert_true(script.connection->recovery.latest.skips);
	feed("S > C PA seq 1:301 ack 101 ts 5340/2000 @0.340");
	assert_false(script.connection->recovery.latest.was_late);
	assert_cause(CAUSE_TAIL_LOSS_PROBE);
	segments_end(&script);
	assert_int_equal(finding(FINDING_NETWORK_LOSS, TCP_SERVER)->values[0], 300);
	segments_finish(&script);
}

static void acknowledged_but_never_captured_is_a_loss_of_the_capture(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 3001 ts 5110/2000 @0.11");
	assert_true(script.connection->recovery.latest.unseen_acked);
	feed("C > S PA seq 3001:3501 ack 1 ts 2050/5110 @0.15\n"
	     "S > C A ack 3501 ts 5160/2050 @0.16");
	assert_false(script.connection->recovery.latest.unseen_acked);
	segments_end(&script);
	found = finding(FINDING_CAPTURE_LOSS, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->values[0], 1000);
	assert_int_equal(found->frames[0], 6);
	assert_null(finding(FINDING_NETWORK_LOSS, TCP_CLIENT));
	segments_finish(&script);
}

static void what_the_capture_only_swapped_with_its_acknowledgement_is_no_loss(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 3001 ts 5110/2000 @0.11\n"
	     "C > S PA seq 1001:2001 ack 1 ts 1999/5000 @0.11");
	assert_true(script.connection->recovery.latest.was_late);
	segments_end(&script);
	assert_null(finding(FINDING_CAPTURE_LOSS, TCP_CLIENT));
	segments_finish(&script);
}

static void the_same_packet_a_little_later_was_not_sent_again(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 id 70 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2000/5000 id 71 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000 id 72 @0.1\n"
	     "C > S PA seq 3001:4001 ack 1 ts 2000/5000 id 73 @0.1\n"
	     "C > S PA seq 1:1001 ack 1 ts 2000/5000 id 70 @0.102");
	assert_true(script.facts.captured_twice);
	assert_false(script.facts.repeats);
	assert_cause(CAUSE_NONE);
	segments_end(&script);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].retransmissions, 0);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].captured_twice, 1);
	segments_finish(&script);
}

static void a_syn_is_only_ever_sent_again_by_its_timer(void **state)
{
	(void)state;
	segments_start(&script, 0);
	feed("C > S S seq 0 win 64240 mss 1460 ws 7 sackok ts 1000/0 @0");
	feed_resend("C > S S seq 0 win 64240 mss 1460 ws 7 sackok ts 2020/0 @1.02", CAUSE_TIMEOUT);
	feed_resend("C > S S seq 0 win 64240 mss 1460 ws 7 sackok ts 4040/0 @3.04", CAUSE_TIMEOUT);
	assert_int_equal(client_side()->timeouts, 2);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_CLIENT, CAUSE_TIMEOUT)->values[1], 2);
	segments_finish(&script);
}

/* It answers the SYN that came again; that it is acknowledged already leaves nothing to repair. */
static void a_d_sack_for_what_was_sent_once_is_told(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:6 ack 1 ts 20/5000 @0.1\n"
	     "C > S PA seq 6:11 ack 1 ts 20/5000 @0.1\n"
	     "S > C A seq 1 ack 11 ts 5030/20 @0.13\n"
	     "S > C A seq 1 ack 11 sack 6:11 ts 5031/20 @0.131\n");
	segments_end(&script);
	assert_non_null(finding(FINDING_REPORTED_TWICE, TCP_CLIENT));
	assert_int_equal(finding(FINDING_REPORTED_TWICE, TCP_CLIENT)->frames[0], 7);
	segments_finish(&script);
	/* a keep-alive asks for such an answer */
	start();
	feed("C > S PA seq 1:6 ack 1 ts 20/5000 @0.1\n"
	     "S > C A seq 1 ack 6 ts 5030/20 @0.13\n"
	     "C > S A seq 5:6 ack 1 ts 9020/5030 @9\n"
	     "S > C A seq 1 ack 6 sack 5:6 ts 9031/20 @9.01\n");
	segments_end(&script);
	assert_null(finding(FINDING_REPORTED_TWICE, TCP_CLIENT));
	segments_finish(&script);
}

static void a_syn_ack_behind_a_syn_that_came_again_answers_it(void **state)
{
	(void)state;
	segments_start(&script, 0);
	feed("C > S S seq 0 @0\nS > C SA seq 0 ack 1 @0.010\nC > S S seq 0 @1\n");
	feed_resend("S > C SA seq 0 ack 1 @1.0101", CAUSE_UNKNOWN);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_UNKNOWN)->values[1], 1);
	segments_finish(&script);
	/* too soon behind the SYN: that cannot have reached the server */
	segments_start(&script, 0);
	feed("C > S S seq 0 @0\nS > C SA seq 0 ack 1 @0.010\nC > S S seq 0 @1.005\n");
	feed_resend("S > C SA seq 0 ack 1 @1.006", CAUSE_TIMEOUT);
	feed_resend("S > C SA seq 0 ack 1 @1.015", CAUSE_UNKNOWN);
	segments_finish(&script);
}

static void an_answer_to_a_repetition_does_not_show_that_the_original_came(void **state)
{
	(void)state;
	segments_start(&script, 0);
	feed("C > S S seq 0 ts 1/0 @0\n"
	     "S > C SA seq 0 ack 1 ts 5000/1 @0.010\n"
	     "C > S S seq 0 ts 1001/0 @1.005\n"
	     "S > C SA seq 0 ack 1 ts 6000/1001 @1.010\n"
	     "S > C SA seq 0 ack 1 ts 6010/1001 @1.020\n"
	     "C > S A seq 1 ack 1 ts 1020/6000 @1.020\n");
	segments_end(&script);
	assert_non_null(finding(FINDING_NEEDLESS, TCP_SERVER));
	assert_int_equal(finding(FINDING_NEEDLESS, TCP_SERVER)->values[0], NEEDLESS_EIFEL_AGAIN);
	assert_int_equal(finding(FINDING_NEEDLESS, TCP_SERVER)->frames[0], 5);
	segments_finish(&script);
	/* a server may echo the first SYN in its answer to the second */
	segments_start(&script, 0);
	feed("C > S S seq 0 ts 1/0 @0\n"
	     "C > S S seq 0 ts 1001/0 @1\n"
	     "S > C SA seq 0 ack 1 ts 6000/1 @1.010\n"
	     "C > S A seq 1 ack 1 ts 1010/6000 @1.010\n");
	segments_end(&script);
	assert_null(finding(FINDING_NEEDLESS, TCP_CLIENT));
	segments_finish(&script);
	/* both have the same value: who knows */
	segments_start(&script, 0);
	feed("C > S S seq 0 ts 1/0 @0\n"
	     "S > C SA seq 0 ack 1 ts 5000/1 @0.010\n"
	     "C > S S seq 0 ts 1001/0 @1.005\n"
	     "S > C SA seq 0 ack 1 ts 6000/1001 @1.010\n"
	     "S > C SA seq 0 ack 1 ts 6000/1001 @1.020\n"
	     "C > S A seq 1 ack 1 ts 1020/6000 @1.020\n");
	segments_end(&script);
	assert_null(finding(FINDING_NEEDLESS, TCP_SERVER));
	segments_finish(&script);
}

static void a_syn_ack_that_crossed_its_acknowledgement_needs_no_repair(void **state)
{
	(void)state;
	segments_start(&script, 0);
	feed("C > S S seq 0 win 64240 mss 1460 sackok @0\n"
	     "S > C SA seq 0 ack 1 win 64240 mss 1460 sackok @1.044\n"
	     "C > S A ack 1 @1.045");
	feed_resend("S > C SA seq 0 ack 1 win 64240 mss 1460 sackok @1.055", CAUSE_UNKNOWN);
	assert_false(script.connection->recovery.sides[TCP_SERVER].in_recovery);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_UNKNOWN)->confidence, CONFIDENCE_UNSURE);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_UNKNOWN)->values[1], 0);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_TIMEOUT)->count, 0);
	segments_finish(&script);

	segments_start(&script, 0);
	feed("C > S S seq 0 win 64240 mss 1460 sackok @0\n"
	     "S > C SA seq 0 ack 1 win 64240 mss 1460 sackok @0.001\n"
	     "S > C SA seq 0 ack 1 win 64240 mss 1460 sackok @1.018\n"
	     "C > S S seq 0 win 64240 mss 1460 sackok @1.044");
	feed_resend("S > C SA seq 0 ack 1 win 64240 mss 1460 sackok @1.0441", CAUSE_UNKNOWN);
	segments_end(&script);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_UNKNOWN)->confidence, CONFIDENCE_LIKELY);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_UNKNOWN)->values[1], 1);
	assert_int_equal(retransmission(TCP_SERVER, CAUSE_TIMEOUT)->count, 1);
	segments_finish(&script);
}

static void the_syns_of_a_simultaneous_open_are_no_resends(void **state)
{
	(void)state;
	segments_start(&script, 0);
	feed("C > S S seq 0 win 64240 mss 1460 @0\n"
	     "S > C S seq 0 win 64240 mss 1460 @0.005\n"
	     "C > S SA seq 0 ack 1 win 64240 mss 1460 @0.010");
	assert_true(script.connection->recovery.latest.simultaneous);
	assert_cause(CAUSE_NONE);
	feed("S > C SA seq 0 ack 1 win 64240 mss 1460 @0.015");
	assert_true(script.connection->recovery.latest.simultaneous);
	assert_cause(CAUSE_NONE);
	segments_end(&script);
	assert_null(finding(FINDING_RETRANSMISSION, TCP_BOTH_SIDES));
	segments_finish(&script);
}

static void data_sent_again_with_new_data_behind_it_has_a_cause_and_is_tracked(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1:201 ack 1 ts 2215/5000 @0.315");
	assert_false(script.facts.repeats);
	assert_cause(CAUSE_TIMEOUT);
	feed("S > C A ack 101 ts 5330/2215 @0.33");
	assert_true(recovery_is_outstanding(script.connection, TCP_CLIENT));
	feed("S > C A ack 201 ts 5330/2215 @0.33");
	assert_false(recovery_is_outstanding(script.connection, TCP_CLIENT));
	segments_end(&script);
	assert_int_equal(script.ended[0].ends[TCP_CLIENT].bytes, 200);
	segments_finish(&script);
}

static void the_numbers_may_wrap_in_the_middle_of_it_all(void **state)
{
	(void)state;
	segments_start(&script, 0);
	script.hosts[0].base = UINT32_MAX - 2500;
	segments_handshake(&script, true);
	send_six();
	feed("S > C A ack 1 sack 1001:6001 ts 5110/1010 @0.110");
	feed_resend("C > S PA seq 1:1001 ack 1 ts 2010/5110 @0.1101", CAUSE_FAST);
	feed("S > C A ack 6001 sack 1:1001 ts 5120/2010 @0.120");
	assert_false(client_side()->in_recovery);
	segments_end(&script);
	assert_int_equal(finding(FINDING_NEEDLESS, TCP_CLIENT)->values[0], NEEDLESS_D_SACK);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips_are_measured_on_both_sides_of_the_capture_point),
		cmocka_unit_test(an_acknowledgement_of_a_resend_is_measured_by_timestamp_only),
		cmocka_unit_test(outstanding_means_not_acknowledged_yet),
		cmocka_unit_test(sack_blocks_make_the_first_hole_fast_and_the_next_ones_sack),
		cmocka_unit_test(three_duplicate_acks_make_it_fast_without_sack),
		cmocka_unit_test(a_segment_alone_is_probed_for_and_then_timed_out_with_numbers),
		cmocka_unit_test(there_is_one_tail_loss_probe_until_more_than_it_is_acknowledged),
		cmocka_unit_test(the_end_of_several_is_probed_for_after_two_round_trips),
		cmocka_unit_test(after_a_timeout_all_is_sent_again_in_order),
		cmocka_unit_test(what_was_acknowledged_before_is_needless_at_once),
		cmocka_unit_test(what_sack_reported_before_is_needless_too),
		cmocka_unit_test(a_d_sack_proves_a_resend_needless),
		cmocka_unit_test(a_d_sack_of_a_part_proves_nothing_of_the_rest),
		cmocka_unit_test(a_d_sack_tells_of_the_last_of_several_resends),
		cmocka_unit_test(a_probe_behind_which_the_timer_waits_twice_as_long_was_a_timeout),
		cmocka_unit_test(the_echo_of_the_originals_timestamp_proves_a_resend_needless),
		cmocka_unit_test(an_older_timestamp_in_a_gap_is_reordering_and_no_loss),
		cmocka_unit_test(a_lower_packet_number_in_a_gap_is_reordering_too),
		cmocka_unit_test(a_newer_timestamp_in_a_gap_is_the_resend_of_what_was_lost_before),
		cmocka_unit_test(an_original_that_comes_after_its_resend_was_not_lost),
		cmocka_unit_test(a_newer_repeat_of_a_resend_leaves_the_loss_as_it_is),
		cmocka_unit_test(a_d_sack_shows_that_what_was_never_captured_came),
		cmocka_unit_test(losses_before_the_capture_are_gathered_whatever_repaired_them),
		cmocka_unit_test(what_the_network_doubled_is_likely_not_just_captured_twice),
		cmocka_unit_test(a_bare_ack_behind_it_shows_that_data_was_lost_before),
		cmocka_unit_test(acknowledged_but_never_captured_is_a_loss_of_the_capture),
		cmocka_unit_test(what_the_capture_only_swapped_with_its_acknowledgement_is_no_loss),
		cmocka_unit_test(the_same_packet_a_little_later_was_not_sent_again),
		cmocka_unit_test(a_syn_is_only_ever_sent_again_by_its_timer),
		cmocka_unit_test(a_d_sack_for_what_was_sent_once_is_told),
		cmocka_unit_test(a_syn_ack_behind_a_syn_that_came_again_answers_it),
		cmocka_unit_test(an_answer_to_a_repetition_does_not_show_that_the_original_came),
		cmocka_unit_test(a_syn_ack_that_crossed_its_acknowledgement_needs_no_repair),
		cmocka_unit_test(the_syns_of_a_simultaneous_open_are_no_resends),
		cmocka_unit_test(
			data_sent_again_with_new_data_behind_it_has_a_cause_and_is_tracked),
		cmocka_unit_test(the_numbers_may_wrap_in_the_middle_of_it_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
