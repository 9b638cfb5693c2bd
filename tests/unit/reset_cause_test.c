/*
 * Why a connection was reset. The shapes of the segments (who answers with which flags, numbers,
 * windows and identifications) are those that Linux 6.18 sends, seen between two of its stacks.
 */
#include "tcp_flow/reset_cause.h"

#include <stdbool.h>
#include <stdlib.h>

#include "support/finding_script.h"
#include "support/unit_test.h"

static void data_that_was_never_answered_may_lie_unread(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C A seq 1 ack 101 +0\n"
		     "S > C RA seq 1 ack 101 +0.05\n");
	finding = only_reset(&script, FINDING_RESET_UNREAD_DATA, TCP_SERVER, CONFIDENCE_UNSURE);
	assert_int_equal(finding->values[0], 100);
	assert_int_equal(finding->values[1], ROUGH_EITHER);
	assert_frames(finding, FRAMES(4, 6), 2);
	segments_finish(&script);
}

static void only_what_came_after_the_last_answer_counts_as_unanswered(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C PA seq 1:6 ack 101 +0\n"
		     "C > S PA seq 101:151 ack 6 +0.01\n"
		     "S > C A seq 6 ack 151 +0\n"
		     "S > C RA seq 6 ack 151 +0.05\n");
	finding = only_reset(&script, FINDING_RESET_UNREAD_DATA, TCP_SERVER, CONFIDENCE_UNSURE);
	assert_int_equal(finding->values[0], 50);
	segments_finish(&script);
}

static void data_that_the_reset_does_not_acknowledge_was_not_unread(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C RA seq 1 ack 1 +0.001\n");
	only_reset(&script, FINDING_RESET_LINGER, TCP_SERVER, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

static void a_closed_window_proves_unread_data(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:1001 ack 1 +0.001\n"
		     "S > C A seq 1 ack 1001 win 0 +0\n"
		     "S > C RA seq 1 ack 1001 win 22 +4\n");
	finding = only_reset(&script, FINDING_RESET_UNREAD_DATA, TCP_SERVER, CONFIDENCE_SURE);
	assert_int_equal(finding->values[1], ROUGH_CLEAR);
	segments_finish(&script);
}

static void a_window_that_shrank_makes_unread_data_likely(void **state)
{
	struct segments script;

	(void)state;
	/* 65160 at most, and then 300 * 128 = 38400: 26760 bytes less for 29000 that came */
	run(&script, "C > S PA seq 1:29001 ack 1 +0.001\n"
		     "S > C A seq 1 ack 29001 win 300 +0\n"
		     "S > C RA seq 1 ack 29001 win 502 +0.1\n");
	only_reset(&script, FINDING_RESET_UNREAD_DATA, TCP_SERVER, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

static void without_data_it_was_broken_off_on_purpose(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S RA seq 1 ack 1 +0.05\n");
	finding = only_reset(&script, FINDING_RESET_LINGER, TCP_CLIENT, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[1], ROUGH_CLEAR);
	segments_finish(&script);
	run(&script, "S > C RA seq 1 ack 1 +0.05\n");
	finding = only_reset(&script, FINDING_RESET_LINGER, TCP_SERVER, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[1], ROUGH_NOT_TAKEN);
	segments_finish(&script);
}

static void an_acknowledged_answer_does_not_prove_that_all_was_read(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 +0.001\n"
		     "S > C PA seq 1:3 ack 101 +0\n"
		     "C > S A seq 101 ack 3 +0\n"
		     "S > C RA seq 3 ack 101 +0.1\n");
	finding = only_reset(&script, FINDING_RESET_UNREAD_DATA, TCP_SERVER, CONFIDENCE_UNSURE);
	assert_int_equal(finding->values[1], ROUGH_EITHER);
	segments_finish(&script);
}

static void an_answer_on_its_way_leaves_open_which_it_was(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C PA seq 1:3001 ack 11 +0.05\n"
		     "S > C RA seq 3001 ack 11 +0\n");
	finding = only_reset(&script, FINDING_RESET_LINGER, TCP_SERVER, CONFIDENCE_UNSURE);
	assert_int_equal(finding->values[2], 3000);
	segments_finish(&script);
}

static void data_after_close_is_answered_without_ack(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "S > C FA seq 1 ack 1 +0.05\n"
		     "C > S A seq 1 ack 2 +0\n"
		     "C > S PA seq 1:5 ack 2 +0.05\n"
		     "S > C R seq 2 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_DATA_AFTER_CLOSE, TCP_SERVER, CONFIDENCE_SURE);
	assert_frames(finding, FRAMES(4, 6, 7), 3);
	segments_finish(&script);
}

static void data_acknowledged_after_the_fin_came_to_an_open_socket(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:4 ack 1 +0.001\n"
		     "S > C A seq 1 ack 4 +0\n"
		     "C > S FA seq 4 ack 1 +0.001\n"
		     "S > C PA seq 1:5 ack 5 +0.001\n"
		     "C > S A seq 5 ack 5 +0\n"
		     "C > S RA seq 5 ack 5 +0.1\n");
	finding = only_reset(&script, FINDING_RESET_UNREAD_DATA, TCP_CLIENT, CONFIDENCE_UNSURE);
	assert_int_equal(finding->values[0], 4);
	assert_frames(finding, FRAMES(7, 9), 2);
	segments_finish(&script);
	/* what comes next is not taken any more */
	run(&script, "C > S FA seq 1 ack 1 +0.001\n"
		     "S > C PA seq 1:5 ack 2 +0.001\n"
		     "C > S A seq 2 ack 5 +0\n"
		     "S > C PA seq 5:9 ack 2 +0.1\n"
		     "C > S R seq 2 win 0 id 0 +0\n");
	only_reset(&script, FINDING_RESET_DATA_AFTER_CLOSE, TCP_CLIENT, CONFIDENCE_SURE);
	segments_finish(&script);
}

static void feed_mptcp(struct segments *script, const char *line, uint8_t subtype)
{
	segments_make(script, line);
	script->packet.tcp.options.has |= TCP_HAS_MPTCP;
	script->packet.tcp.options.mptcp_subtype = subtype;
	script->result = tcp_tracker_packet(script->tracker, &script->packet, &script->facts,
					    &script->connection);
}

static void a_fast_close_of_multipath_tcp_is_its_senders_doing(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	for (uint8_t subtype = 6; subtype <= 7; subtype++) {
		begin(&script, "C > S PA seq 1:2 ack 1 +0.001\n"
			       "S > C PA seq 1:2 ack 2 +1\n"
			       "C > S A seq 2 ack 2 +0\n");
		feed_mptcp(&script, "C > S A seq 2 ack 2 +4", subtype);
		segments_feed(&script, "S > C RA seq 2 ack 2 +0\n");
		segments_end(&script);
		if (subtype != 7) {
			assert_null(segments_finding(&script, 0, FINDING_RESET_LINGER, TCP_CLIENT));
		} else {
			finding = only_reset(&script, FINDING_RESET_LINGER, TCP_CLIENT,
					     CONFIDENCE_SURE);
			assert_int_equal(finding->values[1], ROUGH_FAST_CLOSE);
			assert_frames(finding, FRAMES(7, 8), 2);
		}
		segments_finish(&script);
	}
}

static void who_closed_long_ago_has_forgotten(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "S > C FA seq 1 ack 1 +0.05\n"
		     "C > S A seq 1 ack 2 +0\n"
		     "C > S FA seq 1 ack 2 +61\n"
		     "S > C R seq 2 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_SERVER, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], HALF_OPEN_FORGOTTEN);
	segments_finish(&script);
}

static void who_knows_no_connection_answers_data_without_ack(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C PA seq 1:5 ack 11 +0\n"
		     "C > S PA seq 11:24 ack 5 +9\n"
		     "S > C R seq 5 win 0 id 0 +0.01\n");
	finding = only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_SERVER, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], HALF_OPEN_UNKNOWN);
	assert_frames(finding, FRAMES(6, 7), 2);
	segments_finish(&script);
}

static void a_full_queue_answers_the_last_step_of_the_opening(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "S > C R seq 1 win 0 id 0 +0.001\n");
	finding = only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_SERVER, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], HALF_OPEN_AT_ONCE);
	segments_finish(&script);
}

static void a_restarted_client_is_told_by_the_challenge_ack(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C A seq 1 ack 11 +0\n"
		     "C > S S seq 7000000 win 64240 mss 1460 ws 7 sackok +2\n"
		     "S > C A seq 1 ack 11 +0\n"
		     "C > S R seq 11 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_CLIENT, CONFIDENCE_SURE);
	assert_int_equal(finding->values[0], HALF_OPEN_RESTARTED);
	assert_frames(finding, FRAMES(6, 7, 8), 3);
	finding = found(&script, FINDING_HALF_OPEN, TCP_CLIENT);
	assert_frames(finding, FRAMES(6, 7), 2);
	segments_finish(&script);
}

static void a_syn_ack_nobody_waits_for_is_reset(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run_alone(&script, "C > S S seq 0 win 1024 mss 1460 @0\n"
			   "S > C SA seq 0 ack 1 win 65160 mss 1460 +0.01\n"
			   "C > S R seq 1 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_CLIENT, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], HALF_OPEN_SYN_ACK);
	segments_finish(&script);
}

static void a_refusal_is_left_to_the_opening(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, "C > S S seq 0 win 1024 mss 1460 @0\n"
			   "S > C RA seq 0 ack 1 win 0 +0.01\n");
	assert_int_equal(reset_findings(&script), 0);
	assert_non_null(segments_finding(&script, 0, FINDING_REFUSED, TCP_SERVER));
	segments_finish(&script);
}

static void unanswered_keep_alives_end_in_a_timeout(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "S > C A seq 1 ack 11 +0\n"
		     "C > S A seq 10 ack 1 +10\n"
		     "C > S A seq 10 ack 1 +1\n"
		     "C > S A seq 10 ack 1 +1\n"
		     "C > S RA seq 11 ack 1 +1\n");
	finding = only_reset(&script, FINDING_RESET_TIMEOUT, TCP_CLIENT, CONFIDENCE_SURE);
	assert_int_equal(finding->values[0], 3);
	assert_int_equal(finding->values[1], TIMEOUT_OF_KEEP_ALIVES);
	segments_finish(&script);
}

static void keep_alives_whose_answers_did_not_arrive_end_in_a_timeout(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	/* the client's echo stays at 5001 */
	run_with_timestamps(&script, "C > S PA seq 1:11 ack 1 ts 1010/5000 +0.001\n"
				     "S > C A seq 1 ack 11 ts 5001/1010 +0\n"
				     "C > S A seq 10 ack 1 ts 11010/5001 +10\n"
				     "S > C A seq 1 ack 11 ts 15001/11010 +0\n"
				     "C > S A seq 10 ack 1 ts 12010/5001 +1\n"
				     "S > C A seq 1 ack 11 ts 16001/12010 +0\n"
				     "C > S RA seq 11 ack 1 ts 13010/5001 +1\n");
	finding = only_reset(&script, FINDING_RESET_TIMEOUT, TCP_CLIENT, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[1], TIMEOUT_DEAF);
	segments_finish(&script);
}

static void who_gave_up_silently_resets_what_comes_later(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "C > S PA seq 1:11 ack 1 +0.2\n"
		     "C > S PA seq 1:11 ack 1 +0.4\n"
		     "C > S PA seq 1:11 ack 1 +0.8\n"
		     "S > C PA seq 1:7 ack 1 +30\n"
		     "C > S R seq 1 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_TIMEOUT, TCP_CLIENT, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], 3);
	assert_int_equal(finding->values[1], TIMEOUT_OF_DATA);
	segments_finish(&script);
}

static void a_loss_that_was_repaired_is_no_reason_to_give_up(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 +0.001\n"
		     "C > S PA seq 1:11 ack 1 +0.2\n"
		     "C > S PA seq 1:11 ack 1 +0.4\n"
		     "S > C A seq 1 ack 11 +0\n"
		     "C > S PA seq 11:21 ack 1 +0.1\n"
		     "S > C PA seq 1:7 ack 11 +30\n"
		     "C > S R seq 11 win 0 id 0 +0\n");
	finding = only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_CLIENT, CONFIDENCE_LIKELY);
	assert_int_equal(finding->values[0], HALF_OPEN_UNKNOWN);
	segments_finish(&script);
}

static void a_reset_after_both_fins_is_an_afterthought(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S FA seq 1 ack 1 +0.01\n"
		     "S > C FA seq 1 ack 2 +0\n"
		     "C > S A seq 2 ack 2 +0\n"
		     "C > S R seq 2 win 0 id 0 +1\n");
	only_reset(&script, FINDING_RESET_AFTER_CLOSE, TCP_CLIENT, CONFIDENCE_SURE);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_ORDERLY_3);
	segments_finish(&script);
}

static void only_the_next_number_ends_the_time_wait(void **state)
{
	static const struct {
		const char *reset;
		enum reset_after_close verdict;
	} rows[] = {
		{ "S > C R seq 2 win 0 id 0 +0.1\n", AFTER_CLOSE_ENDS_WAIT },
		{ "S > C R seq 1 win 0 id 0 +0.1\n", AFTER_CLOSE_OLD_NUMBER },
		{ "C > S R seq 2 win 0 id 0 +0.1\n", AFTER_CLOSE_NO_MATTER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct segments script;
		const struct tcp_finding *finding;
		bool stays = rows[i].verdict == AFTER_CLOSE_OLD_NUMBER;

		begin(&script, "C > S FA seq 1 ack 1 +0.01\n"
			       "S > C FA seq 1 ack 2 +0\n"
			       "C > S A seq 2 ack 2 +0\n");
		segments_feed(&script, rows[i].reset);
		segments_end(&script);
		finding = only_reset(&script, FINDING_RESET_AFTER_CLOSE,
				     i == 2 ? TCP_CLIENT : TCP_SERVER, CONFIDENCE_SURE);
		assert_int_equal(finding->values[0], rows[i].verdict);
		assert_int_equal(
			segments_finding(&script, 0, FINDING_TIME_WAIT, TCP_CLIENT) != NULL, stays);
		segments_finish(&script);
	}
}

static void midstream_nothing_is_more_than_a_guess(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, "C > S PA seq 1:11 ack 1 @0\n"
			   "S > C PA seq 1:11 ack 11 +0.01\n"
			   "C > S A seq 11 ack 11 +0\n"
			   "S > C R seq 11 win 0 id 0 +0\n");
	only_reset(&script, FINDING_RESET_HALF_OPEN, TCP_SERVER, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void a_reset_of_which_one_direction_is_missing_is_unexplained(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, "C > S PA seq 1:11 ack 1 @0\n"
			   "C > S RA seq 11 ack 1 +0.01\n");
	only_reset(&script, FINDING_RESET_UNEXPLAINED, TCP_CLIENT, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_that_was_never_answered_may_lie_unread),
		cmocka_unit_test(only_what_came_after_the_last_answer_counts_as_unanswered),
		cmocka_unit_test(data_that_the_reset_does_not_acknowledge_was_not_unread),
		cmocka_unit_test(a_closed_window_proves_unread_data),
		cmocka_unit_test(a_window_that_shrank_makes_unread_data_likely),
		cmocka_unit_test(without_data_it_was_broken_off_on_purpose),
		cmocka_unit_test(an_acknowledged_answer_does_not_prove_that_all_was_read),
		cmocka_unit_test(an_answer_on_its_way_leaves_open_which_it_was),
		cmocka_unit_test(data_after_close_is_answered_without_ack),
		cmocka_unit_test(data_acknowledged_after_the_fin_came_to_an_open_socket),
		cmocka_unit_test(a_fast_close_of_multipath_tcp_is_its_senders_doing),
		cmocka_unit_test(who_closed_long_ago_has_forgotten),
		cmocka_unit_test(who_knows_no_connection_answers_data_without_ack),
		cmocka_unit_test(a_full_queue_answers_the_last_step_of_the_opening),
		cmocka_unit_test(a_restarted_client_is_told_by_the_challenge_ack),
		cmocka_unit_test(a_syn_ack_nobody_waits_for_is_reset),
		cmocka_unit_test(a_refusal_is_left_to_the_opening),
		cmocka_unit_test(unanswered_keep_alives_end_in_a_timeout),
		cmocka_unit_test(keep_alives_whose_answers_did_not_arrive_end_in_a_timeout),
		cmocka_unit_test(who_gave_up_silently_resets_what_comes_later),
		cmocka_unit_test(a_loss_that_was_repaired_is_no_reason_to_give_up),
		cmocka_unit_test(a_reset_after_both_fins_is_an_afterthought),
		cmocka_unit_test(only_the_next_number_ends_the_time_wait),
		cmocka_unit_test(midstream_nothing_is_more_than_a_guess),
		cmocka_unit_test(a_reset_of_which_one_direction_is_missing_is_unexplained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
