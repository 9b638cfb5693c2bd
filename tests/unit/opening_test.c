#include "tcp_flow/opening.h"

#include "support/segments.h"
#include "support/unit_test.h"

#define MS INT64_C(1000000)

static struct segments script;

static const struct opening *run(const char *lines)
{
	segments_start(&script, 0);
	segments_feed(&script, lines);
	segments_end(&script);
	assert_int_equal(script.ended_count, 1);
	return &script.ended[0].opening;
}

static void expect_kind(const char *lines, enum tcp_opening kind)
{
	enum tcp_opening found = run(lines)->kind;

	segments_finish(&script);
	if (found != kind)
		fail_msg("%s, not %s: %s", tcp_opening_name(found), tcp_opening_name(kind), lines);
}

static bool has_finding(enum tcp_finding_kind kind)
{
	return segments_finding(&script, 0, kind, TCP_BOTH_SIDES) != NULL;
}

static void a_handshake_has_a_round_trip(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "S > C SA seq 0 ack 1 +0.010\n"
					    "C > S A seq 1 ack 1 +0.002\n"
					    "C > S PA seq 1:11 ack 1 +1\n");

	(void)state;
	assert_int_equal(opening->kind, OPENING_HANDSHAKE);
	assert_true(opening->has_rtt);
	assert_int_equal(opening->rtt_ns, 12 * MS);
	assert_int_equal(opening->syn_frame, 1);
	assert_int_equal(opening->syn_ack_frame, 2);
	assert_int_equal(opening->ack_frame, 3);
	segments_finish(&script);
}

static void the_last_syn_begins_the_round_trip(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "C > S S seq 0 @1\n"
					    "C > S S seq 0 @3\n"
					    "S > C SA seq 0 ack 1 @3.010\n"
					    "C > S A seq 1 ack 1 @3.011\n");
	const struct tcp_finding *retry;

	(void)state;
	assert_int_equal(opening->kind, OPENING_HANDSHAKE);
	assert_int_equal(opening->rtt_ns, 11 * MS);
	retry = segments_finding(&script, 0, FINDING_SYN_RETRY, TCP_CLIENT);
	assert_non_null(retry);
	assert_int_equal(retry->values[0], 2);
	assert_int_equal(retry->values[1], 3000 * MS);
	assert_false(has_finding(FINDING_LOST_SYN_ACK));
	segments_finish(&script);
}

/* Fast Open: what the server sends ahead of the client's ACK completes no handshake. */
static void an_answer_to_data_in_the_syn_ends_no_round_trip(void **state)
{
	const struct opening *opening = run("C > S S seq 0:11 @0\n"
					    "S > C SA seq 0 ack 12 @0.020\n"
					    "S > C PA seq 1:6 ack 12 @0.020\n"
					    "C > S A seq 12 ack 1 @0.040\n"
					    "C > S A seq 12 ack 6 @0.040\n");

	(void)state;
	assert_int_equal(opening->kind, OPENING_HANDSHAKE);
	assert_true(opening->has_rtt);
	assert_int_equal(opening->rtt_ns, 40 * MS);
	assert_int_equal(opening->ack_frame, 4);
	segments_finish(&script);
}

static void without_the_clients_ack_the_round_trip_is_not_known(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "S > C SA seq 0 ack 1 @0.020\n"
					    "S > C PA seq 1:6 ack 1 @0.500\n"
					    "C > S A seq 1 ack 6 @0.520\n");

	(void)state;
	assert_int_equal(opening->kind, OPENING_HANDSHAKE);
	assert_false(opening->has_rtt);
	segments_finish(&script);
}

static void a_syn_after_its_answer_proves_that_this_was_lost(void **state)
{
	const struct tcp_finding *lost;

	(void)state;
	(void)run("C > S S seq 0 @0\n"
		  "S > C SA seq 0 ack 1 @0.01\n"
		  "C > S S seq 0 @1\n"
		  "S > C SA seq 0 ack 1 @1.01\n"
		  "C > S A seq 1 ack 1 @1.02\n");
	lost = segments_finding(&script, 0, FINDING_LOST_SYN_ACK, TCP_SERVER);
	assert_non_null(lost);
	assert_int_equal(lost->confidence, CONFIDENCE_SURE);
	assert_int_equal(lost->frames[0], 2);
	segments_finish(&script);
}

static void a_handshake_without_its_answer_has_no_round_trip(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "C > S A seq 1 ack 1 +0.01\n"
					    "C > S PA seq 1:11 ack 1 +0\n");

	(void)state;
	assert_int_equal(opening->kind, OPENING_HANDSHAKE);
	assert_false(opening->has_rtt);
	assert_true(has_finding(FINDING_ONE_DIRECTION));
	segments_finish(&script);
}

static void a_syn_answered_by_a_reset_is_refused(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "S > C RA seq 0 ack 1 win 0 +0.01\n");
	const struct tcp_finding *refused;

	(void)state;
	assert_int_equal(opening->kind, OPENING_REFUSED);
	assert_false(opening->has_rtt);
	refused = segments_finding(&script, 0, FINDING_REFUSED, TCP_SERVER);
	assert_non_null(refused);
	assert_int_equal(refused->frame_count, 2);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_RESET);
	assert_int_equal(script.ended[0].closing.first, TCP_SERVER);
	segments_finish(&script);
	expect_kind("C > S S seq 0 @0\nC > S S seq 0 @1\nS > C RA seq 0 ack 1 @1.1\n",
		    OPENING_REFUSED);
}

static void a_reset_that_does_not_acknowledge_the_syn_refuses_nothing(void **state)
{
	(void)state;
	expect_kind("C > S S seq 0\nS > C R seq 0\nS > C RA seq 0 ack 77\n", OPENING_UNANSWERED);
	expect_kind("C > S S seq 0\nS > C RA seq 0 ack 77\nS > C SA seq 0 ack 1\n"
		    "C > S A seq 1 ack 1\n",
		    OPENING_HANDSHAKE);
}

static void silence_is_unanswered_and_closes_as_open(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "C > S S seq 0 @1\n"
					    "C > S S seq 0 @3\n");
	const struct tcp_finding *unanswered;

	(void)state;
	assert_int_equal(opening->kind, OPENING_UNANSWERED);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_OPEN);
	assert_false(script.ended[0].closing.has_first);
	unanswered = segments_finding(&script, 0, FINDING_UNANSWERED, TCP_SERVER);
	assert_non_null(unanswered);
	assert_int_equal(unanswered->values[0], 3);
	assert_int_equal(unanswered->values[1], 3000 * MS);
	assert_false(has_finding(FINDING_SYN_RETRY));
	assert_false(has_finding(FINDING_ONE_DIRECTION));
	segments_finish(&script);
}

static void without_the_last_step_it_is_half(void **state)
{
	(void)state;
	expect_kind("C > S S seq 0\nS > C SA seq 0 ack 1\n", OPENING_HALF);
	expect_kind("C > S S seq 0\nS > C SA seq 0 ack 1\nS > C SA seq 0 ack 1 +1\n", OPENING_HALF);
	expect_kind("C > S S seq 0\nS > C SA seq 0 ack 1\nC > S R seq 1\n", OPENING_HALF);
}

static void two_syns_make_it_simultaneous(void **state)
{
	const struct opening *opening = run("C > S S seq 0 @0\n"
					    "S > C S seq 0 @0.001\n"
					    "C > S SA seq 0 ack 1 @0.010\n"
					    "S > C SA seq 0 ack 1 @0.010\n"
					    "C > S PA seq 1:11 ack 1 @0.020\n");

	(void)state;
	assert_int_equal(opening->kind, OPENING_SIMULTANEOUS);
	assert_true(has_finding(FINDING_SIMULTANEOUS_OPEN));
	assert_int_equal(opening->syn_ack_count, 2);
	assert_false(has_finding(FINDING_LOST_SYN_ACK));
	assert_false(has_finding(FINDING_SYN_RETRY));
	segments_finish(&script);
}

static void without_a_syn_it_began_before_the_file(void **state)
{
	(void)state;
	expect_kind("C > S PA seq 1:11 ack 1\n", OPENING_MIDSTREAM);
	expect_kind("S > C SA seq 0 ack 1\nC > S A seq 1 ack 1\n", OPENING_MIDSTREAM);
	expect_kind("S > C R seq 1\n", OPENING_MIDSTREAM);
}

static void a_syn_captured_twice_was_not_sent_again(void **state)
{
	const struct opening *opening = run("C > S S seq 0 id 9 @0\n"
					    "C > S S seq 0 id 9 +0.000010\n"
					    "S > C SA seq 0 ack 1 id 77 +0.010\n"
					    "S > C SA seq 0 ack 1 id 77 +0.000010\n"
					    "C > S A seq 1 ack 1 id 10 +0.001\n");

	(void)state;
	assert_int_equal(opening->syn_count, 1);
	assert_int_equal(opening->syn_ack_count, 1);
	assert_false(has_finding(FINDING_SYN_RETRY));
	assert_false(has_finding(FINDING_LOST_SYN_ACK));
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_has_a_round_trip),
		cmocka_unit_test(the_last_syn_begins_the_round_trip),
		cmocka_unit_test(an_answer_to_data_in_the_syn_ends_no_round_trip),
		cmocka_unit_test(without_the_clients_ack_the_round_trip_is_not_known),
		cmocka_unit_test(a_syn_after_its_answer_proves_that_this_was_lost),
		cmocka_unit_test(a_handshake_without_its_answer_has_no_round_trip),
		cmocka_unit_test(a_syn_answered_by_a_reset_is_refused),
		cmocka_unit_test(a_reset_that_does_not_acknowledge_the_syn_refuses_nothing),
		cmocka_unit_test(silence_is_unanswered_and_closes_as_open),
		cmocka_unit_test(without_the_last_step_it_is_half),
		cmocka_unit_test(two_syns_make_it_simultaneous),
		cmocka_unit_test(without_a_syn_it_began_before_the_file),
		cmocka_unit_test(a_syn_captured_twice_was_not_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
