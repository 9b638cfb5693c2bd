/*
 * Windows, probes and timers. Numbers behind the
 * handshake of segments.h: MSS 1460, windows scaled by 128, round trip 10 ms.
 */
#include "tcp_flow/flow_control.h"

#include <stdbool.h>
#include <stdlib.h>

#include "support/finding_script.h"
#include "support/unit_test.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

static void an_episode_lasts_from_the_closing_to_the_opening_segment(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.2\n"
		     "S > C A seq 1 ack 1001 win 22 @3.1\n"
		     "C > S PA seq 1001:2001 ack 1 @3.2\n"
		     "S > C A seq 1 ack 2001 win 0 @3.3\n"
		     "S > C A seq 1 ack 2001 win 22 @3.8\n");
	finding = found(&script, FINDING_ZERO_WINDOW, TCP_SERVER);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->values[0], 2500 * MS);
	assert_int_equal(finding->values[1], 2000 * MS);
	assert_int_equal(finding->values[2], 0);
	assert_frames(finding, FRAMES(5, 7, 9, 10), 4);
	segments_finish(&script);
}

static void a_window_that_never_opens_stays_closed_to_the_end(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.1\n"
		     "C > S A seq 1000 ack 1 @1.3\n"
		     "S > C A seq 1 ack 1001 win 0 @1.4\n");
	finding = found(&script, FINDING_ZERO_WINDOW, TCP_SERVER);
	assert_int_equal(finding->values[0], 300 * MS);
	assert_int_equal(finding->values[2], 1);
	segments_finish(&script);
}

static void a_reset_is_no_announcement_and_ends_the_episode(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.1\n"
		     "S > C RA seq 1 ack 1001 win 22 @2.1\n"
		     "C > S A seq 1001 ack 1 @9\n");
	finding = found(&script, FINDING_ZERO_WINDOW, TCP_SERVER);
	assert_int_equal(finding->values[0], 1 * S);
	segments_finish(&script);
	run(&script, "C > S R seq 1 win 0 @1\n");
	assert_null(segments_finding(&script, 0, FINDING_ZERO_WINDOW, TCP_CLIENT));
	segments_finish(&script);
}

static void an_old_acknowledgement_closes_nothing(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "C > S PA seq 1001:2001 ack 1 @1\n"
		     "S > C A seq 1 ack 2001 win 22 @1.1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.1\n");
	assert_null(segments_finding(&script, 0, FINDING_ZERO_WINDOW, TCP_SERVER));
	segments_finish(&script);
}

static void a_window_that_nobody_needs_any_more_may_be_zero(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S FA seq 1 ack 1 @1\n"
		     "S > C A seq 1 ack 2 win 0 @1.1\n");
	assert_null(segments_finding(&script, 0, FINDING_ZERO_WINDOW, TCP_SERVER));
	segments_finish(&script);
}

static void the_probes_of_linux_and_their_backoff_are_told(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.0\n"
		     "C > S A seq 1000 ack 1 @1.2\n"
		     "S > C A seq 1 ack 1001 win 0 @1.2\n"
		     "C > S A seq 1000 ack 1 @1.6\n"
		     "C > S A seq 1000 ack 1 @2.4\n"
		     "S > C A seq 1 ack 1001 win 0 @2.4\n"
		     "S > C A seq 1 ack 1001 win 22 @3\n");
	finding = found(&script, FINDING_WINDOW_PROBE, TCP_CLIENT);
	assert_int_equal(finding->count, 3);
	assert_int_equal(finding->values[0], 3);
	assert_int_equal(finding->values[1], 200 * MS);
	assert_int_equal(finding->values[2], 800 * MS);
	assert_int_equal(finding->values[3], 2);
	assert_frames(finding, FRAMES(6, 8, 9), 3);
	assert_null(segments_finding(&script, 0, FINDING_KEEP_ALIVE, TCP_CLIENT));
	segments_finish(&script);
}

static void a_probe_is_answered_once(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.0\n"
		     "C > S A seq 1000 ack 1 @1.2\n"
		     "S > C A seq 1 ack 1001 win 0 @1.2\n"
		     "S > C A seq 1 ack 1001 win 0 @1.3\n");
	assert_int_equal(found(&script, FINDING_WINDOW_PROBE, TCP_CLIENT)->values[3], 1);
	segments_finish(&script);
}

static void a_byte_beyond_the_closed_window_is_a_probe_too(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 @1\n"
		     "S > C A seq 1 ack 1001 win 0 @1.0\n"
		     "C > S A seq 1001:1002 ack 1 @1.5\n"
		     "S > C A seq 1 ack 1001 win 0 @1.5\n");
	finding = found(&script, FINDING_WINDOW_PROBE, TCP_CLIENT);
	assert_int_equal(finding->values[0], 1);
	assert_int_equal(finding->values[3], 1);
	segments_finish(&script);
}

/* 4 * 1460 = 5840 fill the window of 46 * 128 = 5888 but for a piece that nobody sends. */
#define FILL_WINDOW                                                                                \
	"S > C A seq 1 ack 1 win 46 @0.9\n"                                                        \
	"C > S A seq 1:2921 ack 1 @1\n"                                                            \
	"C > S A seq 2921:5841 ack 1 @1\n"

static void a_sender_that_goes_on_as_soon_as_it_may_was_limited(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	segments_start(&script, 0);
	/* the window never was larger, so that it shrinks for nobody */
	segments_feed(&script, "C > S S seq 0 win 64240 mss 1460 ws 7 @0\n"
			       "S > C SA seq 0 ack 1 win 5888 mss 1460 ws 7 +0.01\n"
			       "C > S A seq 1 ack 1 +0\n" FILL_WINDOW);
	assert_true(flow_control_blocks(script.connection, TCP_CLIENT));
	assert_false(flow_control_blocks(script.connection, TCP_SERVER));
	segments_feed(&script, "S > C A seq 1 ack 5841 win 46 @1.1\n");
	assert_false(flow_control_blocks(script.connection, TCP_CLIENT));
	segments_feed(&script, "C > S A seq 5841:7301 ack 1 @1.105\n");
	segments_end(&script);
	finding = found(&script, FINDING_WINDOW_LIMITED, TCP_CLIENT);
	assert_int_equal(finding->count, 1);
	assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], 100 * MS);
	assert_int_equal(finding->values[2], 5888);
	assert_frames(finding, FRAMES(6, 7, 8), 3);
	segments_finish(&script);
}

static void half_of_a_window_smaller_than_two_segments_is_worth_sending(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	/* of 2048 bytes 1148 are left, and then 848, less than it sent before */
	segments_feed(&script, "C > S S seq 0 win 64240 mss 1460 ws 7 @0\n"
			       "S > C SA seq 0 ack 1 win 2048 mss 1460 ws 7 +0.01\n"
			       "C > S A seq 1:901 ack 1 +0\n");
	assert_int_equal(window_worth_using(script.connection, TCP_CLIENT), 1024);
	assert_false(flow_control_blocks(script.connection, TCP_CLIENT));
	segments_feed(&script, "C > S A seq 901:1201 ack 1 +0\n");
	assert_true(flow_control_blocks(script.connection, TCP_CLIENT));
	segments_end(&script);
	segments_finish(&script);
}

static void a_sender_that_had_nothing_more_to_send_was_not_limited(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script,
		  "C > S S seq 0 win 64240 mss 1460 ws 7 @0\n"
		  "S > C SA seq 0 ack 1 win 5888 mss 1460 ws 7 +0.01\n"
		  "C > S A seq 1 ack 1 +0\n" FILL_WINDOW "S > C A seq 1 ack 5841 win 46 @1.1\n"
		  "C > S A seq 5841:7301 ack 1 @2\n");
	assert_null(segments_finding(&script, 0, FINDING_WINDOW_LIMITED, TCP_CLIENT));
	segments_finish(&script);
}

/* In pieces of 1000 into windows of 4096 with an MSS far above: 1096 are left. */
#define PIECES_INTO_A_SMALL_WINDOW                                                                 \
	"C > S S seq 0 win 65495 mss 65495 ws 10 @0\n"                                             \
	"S > C SA seq 0 ack 1 win 4096 mss 65495 ws 0 @0.00001\n"                                  \
	"C > S A seq 1 ack 1 @0.00002\n"                                                           \
	"C > S PA seq 1:1001 ack 1 @1\n"                                                           \
	"C > S PA seq 1001:2001 ack 1 @1.0001\n"                                                   \
	"C > S PA seq 2001:3001 ack 1 @1.0002\n"

static void who_had_room_for_another_piece_was_not_limited_by_the_window(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, PIECES_INTO_A_SMALL_WINDOW);
	assert_false(flow_control_blocks(script.connection, TCP_CLIENT));
	segments_feed(&script, "S > C A seq 1 ack 3001 win 4096 @1.044\n"
			       "C > S PA seq 3001:5097 ack 1 @1.0441\n");
	segments_end(&script);
	assert_null(segments_finding(&script, 0, FINDING_WINDOW_LIMITED, TCP_CLIENT));
	assert_int_equal(found(&script, FINDING_DELAYED_ACK, TCP_CLIENT)->values[0], 1);
	segments_finish(&script);
}

static void a_pause_for_the_window_is_not_one_for_a_late_ack_as_well(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, PIECES_INTO_A_SMALL_WINDOW "C > S PA seq 3001:4001 ack 1 @1.0003\n"
						      "S > C A seq 1 ack 4001 win 4096 @1.044\n"
						      "C > S PA seq 4001:5001 ack 1 @1.0441\n");
	assert_int_equal(found(&script, FINDING_WINDOW_LIMITED, TCP_CLIENT)->count, 1);
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
}

static void what_would_have_fitted_before_did_not_wait_for_the_window(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, PIECES_INTO_A_SMALL_WINDOW "C > S PA seq 3001:3601 ack 1 @1.0003\n"
						      "S > C A seq 1 ack 3601 win 4096 @1.044\n"
						      "C > S PA seq 3601:3701 ack 1 @1.0441\n");
	assert_null(segments_finding(&script, 0, FINDING_WINDOW_LIMITED, TCP_CLIENT));
	segments_finish(&script);
}

static void a_wait_for_a_closed_window_is_told_once(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script,
		      "C > S S seq 0 win 64240 mss 1460 ws 7 @0\n"
		      "S > C SA seq 0 ack 1 win 5888 mss 1460 ws 7 +0.01\n"
		      "C > S A seq 1 ack 1 +0\n" FILL_WINDOW "S > C A seq 1 ack 5841 win 0 @1\n");
	assert_true(flow_control_blocks(script.connection, TCP_CLIENT));
	segments_feed(&script, "S > C A seq 1 ack 5841 win 46 @2\n"
			       "C > S A seq 5841:7301 ack 1 @2.005\n");
	segments_end(&script);
	assert_int_equal(found(&script, FINDING_ZERO_WINDOW, TCP_SERVER)->values[0], 1 * S);
	assert_null(segments_finding(&script, 0, FINDING_WINDOW_LIMITED, TCP_CLIENT));
	segments_finish(&script);
}

static void keep_alives_are_counted_with_their_answers(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "S > C A seq 1 ack 11 @1\n"
		     "C > S A seq 10 ack 1 @11\n"
		     "S > C A seq 1 ack 11 @11\n"
		     "C > S A seq 10 ack 1 @16\n"
		     "S > C A seq 1 ack 11 @16\n"
		     "C > S A seq 10 ack 1 @21\n");
	finding = found(&script, FINDING_KEEP_ALIVE, TCP_CLIENT);
	assert_int_equal(finding->values[0], 3);
	assert_int_equal(finding->values[1], 5 * S);
	assert_int_equal(finding->values[2], 2);
	assert_int_equal(finding->values[3], 1);
	assert_frames(finding, FRAMES(6, 8, 10), 3);
	segments_finish(&script);
}

static void a_reset_is_no_answer_to_a_keep_alive(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "S > C A seq 1 ack 11 @1\n"
		     "C > S A seq 10 ack 1 @11\n"
		     "S > C R seq 1 win 0 id 0 @11\n");
	assert_int_equal(found(&script, FINDING_KEEP_ALIVE, TCP_CLIENT)->values[2], 0);
	segments_finish(&script);
}

/* A request in two small pieces, `delay` between the first and its bare ACK. */
#define SPLIT_REQUEST(first, middle, last, start, acked)                                           \
	"C > S PA seq " #first ":" #middle " ack 1 @" start "\n"                                   \
	"S > C A seq 1 ack " #middle " @" acked "\n"                                               \
	"C > S PA seq " #middle ":" #last " ack 1 +0.001\n"                                        \
	"S > C A seq 1 ack " #last " +0.0001\n"

static void a_small_piece_held_back_for_a_late_ack_is_found(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, SPLIT_REQUEST(1, 11, 21, "1", "1.05"));
	finding = found(&script, FINDING_DELAYED_ACK, TCP_CLIENT);
	assert_int_equal(finding->values[0], 1);
	/* all of it is late but the round trip, of 10.01 ms */
	assert_in_range(finding->values[1], 39 * MS, 41 * MS);
	assert_int_equal(finding->confidence, CONFIDENCE_UNSURE);
	assert_frames(finding, FRAMES(4, 5, 6), 3);
	segments_finish(&script);
}

static void what_happens_often_is_sure(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script,
	    SPLIT_REQUEST(1, 11, 21, "1", "1.05") SPLIT_REQUEST(21, 31, 41, "2", "2.05")
		    SPLIT_REQUEST(41, 51, 61, "3", "3.05") SPLIT_REQUEST(61, 71, 81, "4", "4.05")
			    SPLIT_REQUEST(81, 91, 101, "5", "5.05"));
	finding = found(&script, FINDING_DELAYED_ACK, TCP_CLIENT);
	assert_int_equal(finding->count, 5);
	assert_int_equal(finding->confidence, CONFIDENCE_SURE);
	segments_finish(&script);
}

static void a_prompt_ack_delays_nobody(void **state)
{
	struct segments script;

	(void)state;
	run(&script, SPLIT_REQUEST(1, 11, 21, "1", "1.012"));
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
}

/* Captured in the middle: 10 ms to the server and back, 10 ms to the client and back. */
#define OPENED_IN_THE_MIDDLE                                                                       \
	"C > S S seq 0 win 64240 mss 1460 ws 7 @0\n"                                               \
	"S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 @0.01\n"                                     \
	"C > S A seq 1 ack 1 @0.02\n"                                                              \
	"C > S PA seq 1:11 ack 1 @1\n"                                                             \
	"S > C A seq 1 ack 11 @1.055\n"

static void the_held_piece_leaves_as_soon_as_the_ack_can_have_come(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, OPENED_IN_THE_MIDDLE "C > S PA seq 11:21 ack 1 @1.0655\n");
	assert_int_equal(found(&script, FINDING_DELAYED_ACK, TCP_CLIENT)->values[0], 1);
	segments_finish(&script);
	/* a round trip later, but half of it is enough */
	run_alone(&script, OPENED_IN_THE_MIDDLE "C > S PA seq 11:21 ack 1 @1.076\n");
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
	/* it had left before the ACK was there */
	run_alone(&script, OPENED_IN_THE_MIDDLE "C > S PA seq 11:21 ack 1 @1.06\n");
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
}

static void who_has_sent_small_pieces_without_waiting_is_not_held_back(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "C > S PA seq 11:21 ack 1 @1.001\n"
		     "S > C A seq 1 ack 21 @1.011\n" SPLIT_REQUEST(21, 31, 41, "2", "2.05"));
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
	/* urgent data wait for nobody, and say nothing of the rest */
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "C > S PAU seq 11:21 ack 1 urg 10 @1.001\n"
		     "S > C A seq 1 ack 21 @1.011\n" SPLIT_REQUEST(21, 31, 41, "2", "2.05"));
	assert_int_equal(found(&script, FINDING_DELAYED_ACK, TCP_CLIENT)->values[0], 1);
	segments_finish(&script);
}

static void a_program_that_thinks_was_not_held_back(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "S > C A seq 1 ack 11 @1.05\n"
		     "C > S PA seq 11:21 ack 1 @1.2\n");
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
}

static void full_segments_are_not_held_back(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S A seq 1:1461 ack 1 @1\n"
		     "S > C A seq 1 ack 1461 @1.05\n"
		     "C > S A seq 1461:2921 ack 1 @1.051\n");
	assert_null(segments_finding(&script, 0, FINDING_DELAYED_ACK, TCP_CLIENT));
	segments_finish(&script);
}

static void what_comes_after_the_asker_gave_up_answers_no_keep_alive(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "S > C A seq 0 ack 1 +1\n"
			       "S > C A seq 0 ack 1 +1\n"
			       "S > C RA seq 1 ack 1 +1\n"
			       "C > S PA seq 1:6 ack 1 +0.001\n"
			       "S > C R seq 1 +0.001\n");
	segments_end(&script);
	assert_int_equal(found(&script, FINDING_KEEP_ALIVE, TCP_SERVER)->values[0], 2);
	assert_int_equal(found(&script, FINDING_KEEP_ALIVE, TCP_SERVER)->values[2], 0);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_episode_lasts_from_the_closing_to_the_opening_segment),
		cmocka_unit_test(a_window_that_never_opens_stays_closed_to_the_end),
		cmocka_unit_test(a_reset_is_no_announcement_and_ends_the_episode),
		cmocka_unit_test(an_old_acknowledgement_closes_nothing),
		cmocka_unit_test(a_window_that_nobody_needs_any_more_may_be_zero),
		cmocka_unit_test(the_probes_of_linux_and_their_backoff_are_told),
		cmocka_unit_test(a_probe_is_answered_once),
		cmocka_unit_test(a_byte_beyond_the_closed_window_is_a_probe_too),
		cmocka_unit_test(a_sender_that_goes_on_as_soon_as_it_may_was_limited),
		cmocka_unit_test(half_of_a_window_smaller_than_two_segments_is_worth_sending),
		cmocka_unit_test(a_sender_that_had_nothing_more_to_send_was_not_limited),
		cmocka_unit_test(who_had_room_for_another_piece_was_not_limited_by_the_window),
		cmocka_unit_test(a_pause_for_the_window_is_not_one_for_a_late_ack_as_well),
		cmocka_unit_test(what_would_have_fitted_before_did_not_wait_for_the_window),
		cmocka_unit_test(a_wait_for_a_closed_window_is_told_once),
		cmocka_unit_test(keep_alives_are_counted_with_their_answers),
		cmocka_unit_test(a_reset_is_no_answer_to_a_keep_alive),
		cmocka_unit_test(what_comes_after_the_asker_gave_up_answers_no_keep_alive),
		cmocka_unit_test(a_small_piece_held_back_for_a_late_ack_is_found),
		cmocka_unit_test(what_happens_often_is_sure),
		cmocka_unit_test(a_prompt_ack_delays_nobody),
		cmocka_unit_test(the_held_piece_leaves_as_soon_as_the_ack_can_have_come),
		cmocka_unit_test(who_has_sent_small_pieces_without_waiting_is_not_held_back),
		cmocka_unit_test(a_program_that_thinks_was_not_held_back),
		cmocka_unit_test(full_segments_are_not_held_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
