/* Doubts about an RST: signs that somebody else sent it, and what comes after it. */
#include "tcp_flow/forged_reset.h"

#include <stdbool.h>
#include <stdlib.h>

#include "support/finding_script.h"
#include "support/unit_test.h"

static void one_odd_sign_alone_accuses_nobody(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S RA seq 1 ack 1 win 65000 +0.05\n");
	only_reset(&script, FINDING_RESET_LINGER, TCP_CLIENT, CONFIDENCE_LIKELY);
	segments_finish(&script);
	/* a step of one in the TTL is a route that changed */
	run(&script, "C > S RA seq 1 ack 1 ttl 63 +0.05\n");
	only_reset(&script, FINDING_RESET_LINGER, TCP_CLIENT, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

static void another_ttl_is_a_doubt_beside_the_ordinary_cause(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S RA seq 1 ack 1 ttl 44 +0.05\n");
	finding = found(&script, FINDING_RESET_NOT_FROM_PEER, TCP_CLIENT);
	assert_int_equal(finding->confidence, CONFIDENCE_UNSURE);
	assert_int_equal(finding->values[0], RESET_SIGN_TTL);
	assert_int_equal(finding->values[1], 44);
	assert_int_equal(finding->values[2], 64);
	assert_non_null(segments_finding(&script, 0, FINDING_RESET_LINGER, TCP_CLIENT));
	segments_finish(&script);
}

static void several_signs_make_a_forgery_likely(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run_with_timestamps(&script, "C > S PA seq 1:11 ack 1 ts 1010/5000 +0.001\n"
				     "S > C PA seq 1:11 ack 11 ts 5001/1010 +0\n"
				     "C > S A seq 11 ack 11 ts 1011/5001 +0\n"
				     "S > C RA seq 11 ack 11 win 65000 ttl 52 id 40000 +0.05\n");
	finding = only_reset(&script, FINDING_RESET_NOT_FROM_PEER, TCP_SERVER, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], RESET_SIGN_TTL | RESET_SIGN_IP_ID | RESET_SIGN_WINDOW |
						     RESET_SIGN_OPTIONS);
	segments_finish(&script);
}

static void an_identification_out_of_the_row_is_a_sign(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "C > S PA seq 11:21 ack 1 +0.001\n"
		     "C > S PA seq 21:31 ack 1 +0.001\n"
		     "C > S PA seq 31:41 ack 1 +0.001\n"
		     "S > C A seq 1 ack 41 +0\n"
		     "C > S RA seq 41 ack 1 ttl 52 id 40000 +0.05\n");
	finding = only_reset(&script, FINDING_RESET_NOT_FROM_PEER, TCP_CLIENT, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], RESET_SIGN_TTL | RESET_SIGN_IP_ID);
	segments_finish(&script);
}

static void who_goes_on_after_its_reset_did_not_send_it(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C A seq 1 ack 11 +0\n"
		     "C > S R seq 11 win 0 id 0 +1\n"
		     "C > S PA seq 11:21 ack 1 +0.5\n"
		     "S > C R seq 1 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_NOT_FROM_PEER, TCP_CLIENT, CONFIDENCE_SURE);
	assert_frames(finding, FRAMES(6, 7), 2);
	assert_int_equal(finding->values[0], RESET_SIGN_WENT_ON);
	segments_finish(&script);
}

static void what_was_under_way_before_the_reset_is_no_sign(void **state)
{
	struct segments script;

	(void)state;
	/* 11:21 was sent before the RST, whose number is behind it, and overtaken by it */
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C A seq 1 ack 11 +0\n"
		     "C > S RA seq 21 ack 1 +1\n"
		     "C > S PA seq 11:21 ack 1 +0\n");
	assert_null(segments_finding(&script, 0, FINDING_RESET_NOT_FROM_PEER, TCP_CLIENT));
	segments_finish(&script);
}

static void a_reset_that_is_challenged_was_not_obeyed(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "C > S R seq 5001 win 0 id 0 +1\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "C > S PA seq 101:111 ack 1 +0.5\n"
		     "S > C A seq 1 ack 111 +0\n");
	finding = only_reset(&script, FINDING_RESET_OUT_OF_WINDOW, TCP_CLIENT, CONFIDENCE_SURE);
	assert_int_equal(finding->values[0], 4900);
	assert_int_equal(finding->values[1], 1);
	assert_frames(finding, FRAMES(6, 7), 2);
	finding = found(&script, FINDING_CHALLENGE_ACK, TCP_SERVER);
	assert_frames(finding, FRAMES(6, 7), 2);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_OPEN);
	segments_finish(&script);
}

static void each_forged_segment_has_its_own_challenge(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;
	unsigned resets = 0;
	unsigned syns = 0;

	(void)state;
	/* the RST, 5, meets data under way: 6 acknowledges them, 7 is the challenge */
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "C > S R seq 5001 win 0 id 0 +0\n"
		     "S > C A seq 1 ack 101 +0.005\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "C > S S seq 5001 win 502 +0.001\n"
		     "S > C A seq 1 ack 101 +0.005\n");
	finding = only_reset(&script, FINDING_RESET_OUT_OF_WINDOW, TCP_CLIENT, CONFIDENCE_SURE);
	assert_frames(finding, FRAMES(5), 1);
	for (uint32_t i = 0; i < script.ended[0].findings.count; i++) {
		finding = &script.ended[0].findings.list[i];
		if (finding->kind != FINDING_CHALLENGE_ACK)
			continue;
		assert_int_equal(finding->count, 1);
		if (finding->values[0] == CHALLENGE_RST) {
			assert_frames(finding, FRAMES(5, 7), 2);
			resets++;
		} else {
			assert_int_equal(finding->values[0], CHALLENGE_SYN);
			assert_frames(finding, FRAMES(8, 9), 2);
			syns++;
		}
	}
	assert_int_equal(resets, 1);
	assert_int_equal(syns, 1);
	segments_finish(&script);
}

static void guesses_beyond_the_window_are_gathered(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "C > S R seq 900101 win 0 id 0 +1\n"
		     "C > S R seq 1900101 win 0 id 0 +0\n"
		     "C > S R seq 2900101 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_OUT_OF_WINDOW, TCP_CLIENT, CONFIDENCE_SURE);
	assert_int_equal(finding->count, 3);
	assert_int_equal(finding->values[1], 0);
	segments_finish(&script);
}

static void guesses_within_and_beyond_the_window_are_told_apart(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "C > S R seq 5001 win 0 id 0 +1\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "C > S R seq 900101 win 0 id 0 +1\n");
	assert_int_equal(reset_findings(&script), 2);
	segments_finish(&script);
}

static void an_old_number_that_was_just_acknowledged_answers_a_late_segment(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	/* 1:11 a second time, long after the server closed */
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C PA seq 1:6 ack 11 +0\n"
		     "S > C FA seq 6 ack 11 +0\n"
		     "C > S A seq 11 ack 7 +0\n"
		     "C > S PA seq 1:11 ack 1 +0.3\n"
		     "S > C R seq 1 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_OUT_OF_WINDOW, TCP_SERVER, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], -6);
	assert_int_equal(finding->values[1], REFUSED_ANSWER);
	assert_frames(finding, FRAMES(8, 9), 2);
	segments_finish(&script);
	/* an old number that nobody named just now */
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C PA seq 1:6 ack 11 +0\n"
		     "S > C FA seq 6 ack 11 +0\n"
		     "C > S A seq 11 ack 7 +0\n"
		     "S > C R seq 1 win 0 id 0 +0.3\n");
	finding = only_reset(&script, FINDING_RESET_OUT_OF_WINDOW, TCP_SERVER, CONFIDENCE_SURE);
	assert_int_equal(finding->values[1], REFUSED_OUTSIDE);
	segments_finish(&script);
}

/* It answers what had left before the FIN came; Linux takes it. */
static void a_reset_with_the_number_of_its_fin_is_obeyed(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "S > C FA seq 1 ack 1 +0.001\n"
			       "C > S PA seq 1:11 ack 1 +0\n"
			       "C > S A seq 11 ack 2 +0.001\n"
			       "S > C R seq 1 win 0 id 0 +0\n");
	assert_true(script.facts.rst_accepted);
	assert_int_equal(script.facts.states[TCP_CLIENT], TCP_CLOSED);
	segments_end(&script);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_RESET);
	assert_int_equal(script.ended[0].closing.first, TCP_SERVER);
	assert_null(segments_finding(&script, 0, FINDING_RESET_OUT_OF_WINDOW, TCP_SERVER));
	segments_finish(&script);
	/* Of data it is old. */
	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "S > C PA seq 1:6 ack 1 +0.001\n"
			       "C > S A seq 1 ack 6 +0.001\n"
			       "S > C R seq 5 win 0 id 0 +0\n");
	assert_false(script.facts.rst_accepted);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_odd_sign_alone_accuses_nobody),
		cmocka_unit_test(another_ttl_is_a_doubt_beside_the_ordinary_cause),
		cmocka_unit_test(several_signs_make_a_forgery_likely),
		cmocka_unit_test(an_identification_out_of_the_row_is_a_sign),
		cmocka_unit_test(who_goes_on_after_its_reset_did_not_send_it),
		cmocka_unit_test(what_was_under_way_before_the_reset_is_no_sign),
		cmocka_unit_test(a_reset_that_is_challenged_was_not_obeyed),
		cmocka_unit_test(an_old_number_that_was_just_acknowledged_answers_a_late_segment),
		cmocka_unit_test(a_reset_with_the_number_of_its_fin_is_obeyed),
		cmocka_unit_test(each_forged_segment_has_its_own_challenge),
		cmocka_unit_test(guesses_beyond_the_window_are_gathered),
		cmocka_unit_test(guesses_within_and_beyond_the_window_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
