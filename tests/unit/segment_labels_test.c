#include "tcp_flow/segment_labels.h"

#include "support/segments.h"

static struct segments script;

static void start(void)
{
	segments_start(&script, TRACKER_COMPARE_LABELS);
	segments_handshake(&script, true);
}

static void finish(void)
{
	segments_end(&script);
	segments_finish(&script);
}

static void feed(const char *lines)
{
	segments_feed(&script, lines);
}

#define L(name) TCP_LABEL_BIT(LABEL_##name)

/* The last of the lines has these labels, and this reason to differ from tshark's. */
static void says(const char *lines, uint32_t labels, enum label_difference reason)
{
	feed(lines);
	assert_int_equal(script.facts.labels, labels);
	assert_int_equal(segment_labels_explain(script.connection, &script.facts), reason);
}

static void what_is_plain_is_labelled_as_tshark_does(void **state)
{
	(void)state;
	start();
	says("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1", 0, LABELS_AGREE);
	says("S > C A ack 101 win 509 ts 5100/2000 @0.11", 0, LABELS_AGREE);
	says("S > C A ack 101 win 600 ts 5200/2000 @0.2", L(WINDOW_UPDATE), LABELS_AGREE);
	says("C > S PA seq 201:301 ack 1 ts 2200/5200 @0.3", L(LOST_SEGMENT), LABELS_AGREE);
	says("S > C A ack 301 win 600 ts 5300/2200 @0.31", L(ACK_LOST_SEGMENT), LABELS_AGREE);
	says("C > S A seq 300 ack 1 ts 9000/5300 @45", L(KEEP_ALIVE), LABELS_AGREE);
	says("S > C A ack 301 win 600 ts 9300/2200 @45.01", L(KEEP_ALIVE_ACK), LABELS_AGREE);
	says("S > C A ack 301 win 0 ts 9400/2200 @45.1", L(ZERO_WINDOW), LABELS_AGREE);
	finish();
}

static void resends_by_a_timer_are_retransmissions(void **state)
{
	(void)state;
	start();
	says("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315",
	     L(RETRANSMISSION), LABELS_AGREE);
	says("S > C A ack 101 ts 5300/2215 @0.33\n"
	     "C > S PA seq 1:101 ack 1 ts 2430/5000 @0.53",
	     L(SPURIOUS_RETRANSMISSION), LABELS_AGREE);
	finish();
}

static void three_duplicate_acks_make_it_fast_for_both(void **state)
{
	(void)state;
	start();
	feed("S > C PA seq 1:2 ack 1 win 509 ts 5000/1000\n"
	     "C > S PA seq 1:1001 ack 2 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 2 ts 2000/5000\n"
	     "C > S PA seq 2001:3001 ack 2 ts 2000/5000\n"
	     "C > S PA seq 3001:4001 ack 2 ts 2000/5000\n");
	says("S > C A ack 1 win 509 sack 1001:2001 ts 5110/1010 @0.11", L(DUPLICATE_ACK),
	     LABELS_AGREE);
	says("S > C A ack 1 win 509 sack 1001:3001 ts 5110/1010", L(DUPLICATE_ACK), LABELS_AGREE);
	says("S > C A ack 1 win 509 sack 1001:4001 ts 5110/1010", L(DUPLICATE_ACK), LABELS_AGREE);
	says("C > S PA seq 1:1001 ack 2 ts 2011/5110 @0.111", L(FAST_RETRANSMISSION), LABELS_AGREE);
	finish();
}

/* Each of the following is a row of the table of tshark's mistakes. */

static void row_1_no_duplicate_ack_no_fast_retransmission(void **state)
{
	(void)state;
	start();
	/* the ACK of something unseen turns tshark's counter into a very large one */
	feed("S > C PA seq 1:101 ack 1 win 509 ts 5100/1010 @0.1\n"
	     "C > S FA seq 1 ack 201 ts 2000/5100 @0.11\n");
	says("C > S FA seq 1 ack 201 ts 2008/5100 @0.118", L(RETRANSMISSION),
	     LABELS_DIFFER_COUNTER);
	finish();
}

static void row_2_further_holes_are_resent_not_out_of_order(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2000/5000\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000\n"
	     "C > S PA seq 3001:4001 ack 1 ts 2000/5000 @0.105\n"
	     "S > C A ack 1 win 509 sack 3001:4001 sack 1001:2001 ts 5110/1010 @0.106\n"
	     "C > S PA seq 1:1001 ack 1 ts 2011/5110 @0.1061\n");
	says("C > S PA seq 2001:3001 ack 1 ts 2011/5110 @0.1062", L(RETRANSMISSION),
	     LABELS_DIFFER_RESEND);
	finish();
}

static void row_4_old_data_that_comes_late_is_out_of_order_however_late(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2001/5000 @0.101");
	says("C > S PA seq 1001:2001 ack 1 ts 2000/5000 @0.150", L(OUT_OF_ORDER),
	     LABELS_DIFFER_REORDERED);
	finish();
}

static void row_5_a_fast_resend_is_fast_a_round_trip_later_too(void **state)
{
	(void)state;
	start();
	feed("S > C PA seq 1:2 ack 1 win 509 ts 5000/1000\n"
	     "C > S PA seq 1:1001 ack 2 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 2 ts 2000/5000\n"
	     "S > C A ack 1 win 509 sack 1001:2001 ts 5110/1010 @0.11\n");
	says("C > S PA seq 1:1001 ack 2 ts 2031/5110 @0.141", L(FAST_RETRANSMISSION),
	     LABELS_DIFFER_FAST);
	finish();
}

static void row_6_a_probe_of_a_closed_window_is_no_keep_alive(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 101 win 0 ts 5100/2000 @0.11");
	says("C > S A seq 100 ack 1 ts 2310/5100 @0.33", L(ZERO_WINDOW_PROBE), LABELS_DIFFER_PROBE);
	says("S > C A ack 101 win 0 ts 5320/2000 @0.34", L(ZERO_WINDOW) | L(ZERO_WINDOW_PROBE_ACK),
	     LABELS_DIFFER_PROBE);
	finish();
}

static void row_7_one_byte_that_was_not_acknowledged_is_sent_again(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:2 ack 1 ts 2000/5000 @0.1");
	says("C > S PA seq 1:2 ack 1 ts 2215/5000 @0.315", L(RETRANSMISSION),
	     LABELS_DIFFER_ONE_BYTE);
	finish();
}

/* As loopback shows it: the FIN overtakes the ACK of the other one. */
static void an_ack_that_its_own_fin_overtook_is_no_keep_alive(void **state)
{
	(void)state;
	start();
	feed("C > S FA seq 1 ack 1 ts 2000/5000 @0.1\n"
	     "S > C FA seq 1 ack 2 ts 5100/2000 @0.11\n"
	     "C > S A seq 2 ack 2 ts 2011/5100 @0.111");
	feed("S > C A seq 1 ack 2 ts 5100/2000 @0.112");
	assert_int_equal(script.facts.labels & L(KEEP_ALIVE), 0);
	assert_int_equal(segment_labels_explain(script.connection, &script.facts),
			 LABELS_DIFFER_ENDED);
	assert_null(findings_find(&script.connection->findings, FINDING_KEEP_ALIVE, TCP_SERVER));
	finish();
}

/* Closed is closed, though the SYN that says the scale is not in the file. */
static void a_window_of_zero_needs_no_scale(void **state)
{
	(void)state;
	segments_start(&script, TRACKER_COMPARE_LABELS);
	feed("C > S A seq 100 ack 1 win 501 @0\n"
	     "S > C A seq 1 ack 101 win 0 @0.01\n"
	     "C > S A seq 100 ack 1 win 501 @0.3");
	assert_int_equal(script.facts.labels, L(ZERO_WINDOW_PROBE));
	assert_null(findings_find(&script.connection->findings, FINDING_KEEP_ALIVE, TCP_CLIENT));
	finish();
}

static void row_8_what_a_resend_carries_along_was_not_unseen(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1:201 ack 1 ts 2315/5000 @0.415");
	says("S > C A ack 201 win 509 ts 5430/2315 @0.43", 0, LABELS_DIFFER_EDGE);
	finish();
}

static void row_9_an_old_acknowledgement_does_not_take_back_the_newer(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 101:201 ack 1 ts 2000/5000\n"
	     "S > C A ack 201 win 509 ts 5100/2000 @0.11\n"
	     "S > C A ack 101 win 509 ts 5099/2000 @0.11\n");
	says("C > S PA seq 101:201 ack 1 ts 2400/5000 @0.5", L(SPURIOUS_RETRANSMISSION),
	     LABELS_DIFFER_OLD_ACK);
	finish();
}

static void row_10_a_simultaneous_open_resends_nothing(void **state)
{
	(void)state;
	segments_start(&script, TRACKER_COMPARE_LABELS);
	feed("C > S S seq 0 win 64240 mss 1460 @0\n"
	     "S > C S seq 0 win 64240 mss 1460 @0.005\n");
	says("C > S SA seq 0 ack 1 win 64240 mss 1460 @0.010", 0, LABELS_DIFFER_SIMULTANEOUS);
	says("S > C SA seq 0 ack 1 win 64240 mss 1460 @0.015", 0, LABELS_DIFFER_SIMULTANEOUS);
	finish();
}

static void row_12_captured_twice_is_not_sent_twice(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 id 77 @0.1");
	says("C > S PA seq 1:101 ack 1 ts 2000/5000 id 77 @0.10001", 0, LABELS_DIFFER_TWICE);
	finish();
}

static void row_13_news_by_sack_makes_it_a_duplicate_ack(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 1001:2001 ack 1 ts 2000/5000\n");
	says("S > C A ack 1 win 509 sack 1001:2001 ts 5110/1010 @0.11",
	     L(DUPLICATE_ACK) | L(WINDOW_UPDATE), LABELS_DIFFER_SACK_NEWS);
	finish();
}

static void row_14_a_d_sack_asks_for_nothing(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 101 win 509 ts 5110/2000 @0.11\n"
	     "C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315\n");
	says("S > C A ack 101 win 509 sack 1:101 ts 5325/2215 @0.325", 0, LABELS_DIFFER_D_SACK);
	finish();
}

static void row_16_a_fin_sent_again_can_be_needless(void **state)
{
	(void)state;
	start();
	feed("C > S FA seq 1 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 2 win 509 ts 5110/2000 @0.11\n");
	says("C > S FA seq 1 ack 1 ts 2215/5000 @0.315", L(SPURIOUS_RETRANSMISSION),
	     LABELS_DIFFER_FIN);
	finish();
}

static void to_the_byte_the_window_is_full(void **state)
{
	(void)state;
	segments_start(&script, TRACKER_COMPARE_LABELS);
	feed("C > S S seq 0 win 64240 mss 1460 @0\n"
	     "S > C SA seq 0 ack 1 win 2000 mss 1460 @0.01\n"
	     "C > S A ack 1 +0\n");
	says("C > S PA seq 1:1001 ack 1 +0", 0, LABELS_AGREE);
	says("C > S PA seq 1001:2001 ack 1 +0", L(WINDOW_FULL), LABELS_AGREE);
	finish();
}

static void a_lost_original_that_is_sent_again_is_not_late(void **state)
{
	(void)state;
	start();
	feed("C > S PA seq 1:1001 ack 1 ts 2000/5000 @0.1\n"
	     "C > S PA seq 2001:3001 ack 1 ts 2000/5000 @0.1\n"
	     "S > C A ack 1001 win 509 sack 2001:3001 ts 5100/2000 @0.1\n"
	     "C > S PA seq 3001:4001 ack 1 ts 2010/5100 @0.110");
	says("C > S PA seq 1001:2001 ack 1 ts 2011/5100 @0.111", L(FAST_RETRANSMISSION),
	     LABELS_DIFFER_FAST);
	finish();
}

static void differences_are_gathered_by_their_reason(void **state)
{
	const struct tcp_finding *found;

	(void)state;
	start();
	feed("C > S PA seq 1:2 ack 1 ts 2000/5000 @0.1");
	for (int i = 0; i < 2; i++)
		feed("C > S PA seq 1:2 ack 1 ts 2315/5000 +0.5");
	found = findings_find(&script.connection->findings, FINDING_LABELS_DIFFER, TCP_CLIENT);
	assert_non_null(found);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->values[0], L(RETRANSMISSION));
	assert_int_equal(found->values[1], L(KEEP_ALIVE));
	assert_int_equal(found->values[2], LABELS_DIFFER_ONE_BYTE);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_plain_is_labelled_as_tshark_does),
		cmocka_unit_test(resends_by_a_timer_are_retransmissions),
		cmocka_unit_test(three_duplicate_acks_make_it_fast_for_both),
		cmocka_unit_test(row_1_no_duplicate_ack_no_fast_retransmission),
		cmocka_unit_test(row_2_further_holes_are_resent_not_out_of_order),
		cmocka_unit_test(row_4_old_data_that_comes_late_is_out_of_order_however_late),
		cmocka_unit_test(row_5_a_fast_resend_is_fast_a_round_trip_later_too),
		cmocka_unit_test(row_6_a_probe_of_a_closed_window_is_no_keep_alive),
		cmocka_unit_test(row_7_one_byte_that_was_not_acknowledged_is_sent_again),
		cmocka_unit_test(an_ack_that_its_own_fin_overtook_is_no_keep_alive),
		cmocka_unit_test(a_window_of_zero_needs_no_scale),
		cmocka_unit_test(row_8_what_a_resend_carries_along_was_not_unseen),
		cmocka_unit_test(row_9_an_old_acknowledgement_does_not_take_back_the_newer),
		cmocka_unit_test(row_10_a_simultaneous_open_resends_nothing),
		cmocka_unit_test(row_12_captured_twice_is_not_sent_twice),
		cmocka_unit_test(row_13_news_by_sack_makes_it_a_duplicate_ack),
		cmocka_unit_test(row_14_a_d_sack_asks_for_nothing),
		cmocka_unit_test(row_16_a_fin_sent_again_can_be_needless),
		cmocka_unit_test(to_the_byte_the_window_is_full),
		cmocka_unit_test(a_lost_original_that_is_sent_again_is_not_late),
		cmocka_unit_test(differences_are_gathered_by_their_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
