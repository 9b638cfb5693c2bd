/* What is known never to have arrived was sent, and moves nobody but its sender. */
#include "support/segments.h"

#include "tcp_flow/loss_notes.h"

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

static void assert_states(enum tcp_state client, enum tcp_state server)
{
	assert_string_equal(tcp_state_name(script.facts.states[TCP_CLIENT]),
			    tcp_state_name(client));
	assert_string_equal(tcp_state_name(script.facts.states[TCP_SERVER]),
			    tcp_state_name(server));
}

static const struct tcp_connection *ended(void)
{
	segments_end(&script);
	assert_int_equal(script.ended_count, 1);
	return &script.ended[0];
}

static void a_lost_acknowledgement_acknowledges_nothing(void **state)
{
	(void)state;
	start();
	feed("S > C PA seq 1:1001 ack 1 ts 5100/1010 @0.1\n"
	     "C > S A seq 1 ack 1001 win 0 ts 1110/5100 lost @0.11\n");
	assert_int_equal(script.facts.newly_acked, 0);
	assert_int_equal(script.connection->ends[TCP_SERVER].acked, 1);
	assert_int_equal(script.connection->ends[TCP_CLIENT].window, 502 * 128);
	assert_int_equal(script.connection->ends[TCP_CLIENT].segments, 3);
	assert_int_equal(script.connection->recovery.sides[TCP_SERVER].rtt_samples, 1);
	feed("S > C PA seq 1:1001 ack 1 ts 5400/1010 @0.4\n");
	assert_true(script.facts.repeats);
	assert_cause(CAUSE_TAIL_LOSS_PROBE);
	feed("S > C PA seq 1:1001 ack 1 ts 5900/1010 @0.9\n");
	assert_cause(CAUSE_TIMEOUT);
	feed("C > S A seq 1 ack 1001 ts 1910/5900 @0.91\n");
	assert_int_equal(script.facts.newly_acked, 1000);
	assert_int_equal(script.connection->ends[TCP_SERVER].acked, 1001);
	/* from when it was sent to the acknowledgement that came */
	assert_int_equal(ended()->ledger.parts_ns[LEDGER_RECOVERY], 810 * MS);
	assert_int_equal(script.ended[0].ledger.parts_ns[LEDGER_SERVER], 90 * MS - 10 * 1000);
	assert_null(segments_finding(&script, 0, FINDING_ZERO_WINDOW, TCP_CLIENT));
	assert_null(segments_finding(&script, 0, FINDING_NEEDLESS, TCP_SERVER));
	segments_finish(&script);
}

/* Without the word "lost" these ask for the segment, so that it is sent again at once. */
static void lost_duplicates_ask_for_nothing(void **state)
{
	(void)state;
	start();
	feed("S > C A seq 1:1001 ack 1 ts 5100/1010 lost @0.1\n"
	     "S > C A seq 1001:2001 ack 1 ts 5100/1010\n"
	     "S > C A seq 2001:3001 ack 1 ts 5100/1010\n"
	     "S > C PA seq 3001:4001 ack 1 ts 5100/1010\n"
	     "C > S A seq 1 ack 1 sack 1001:2001 ts 1110/5000 lost @0.11\n"
	     "C > S A seq 1 ack 1 sack 1001:3001 ts 1110/5000 lost\n"
	     "C > S A seq 1 ack 1 sack 1001:4001 ts 1110/5000 lost\n");
	assert_int_equal(script.connection->recovery.sides[TCP_SERVER].duplicate_acks, 0);
	assert_false(script.connection->recovery.sides[TCP_SERVER].in_recovery);
	feed("S > C A seq 1:1001 ack 1 ts 5400/1010 @0.4\n");
	assert_cause(CAUSE_TIMEOUT);
	feed("S > C A seq 1001:2001 ack 1 ts 5410/1010 @0.41\n");
	assert_cause(CAUSE_GO_BACK_N);
	assert_null(segments_finding((ended(), &script), 0, FINDING_NEEDLESS, TCP_SERVER));
	segments_finish(&script);
}

static void a_lost_fin_is_known_to_its_sender_only(void **state)
{
	const struct closing *closing;

	(void)state;
	start();
	feed("C > S FA seq 1 ack 1 ts 1100/5000 lost @0.1\n");
	assert_states(TCP_FIN_WAIT1, TCP_ESTABLISHED);
	closing = &ended()->closing;
	assert_int_equal(closing->kind, CLOSING_HALF_CLOSED);
	assert_int_equal(closing->fin_frame[TCP_CLIENT], 4);
	assert_false(closing->fin_arrived[TCP_CLIENT]);
	segments_finish(&script);
	start();
	feed("C > S FA seq 1 ack 1 ts 1100/5000 lost @0.1\n"
	     "C > S FA seq 1 ack 1 ts 1400/5000 @0.4\n");
	assert_states(TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	assert_true(ended()->closing.fin_arrived[TCP_CLIENT]);
	segments_finish(&script);
}

static void a_fin_counts_once_all_lost_before_it_has_come(void **state)
{
	(void)state;
	start();
	feed("C > S A seq 1:101 ack 1 ts 1100/5000 lost @0.1\n"
	     "C > S A seq 101:201 ack 1 ts 1100/5000\n"
	     "C > S A seq 201:301 ack 1 ts 1100/5000 lost\n"
	     "C > S FA seq 301 ack 1 ts 1100/5000\n");
	assert_states(TCP_FIN_WAIT1, TCP_ESTABLISHED);
	feed("C > S A seq 1:101 ack 1 ts 1400/5000 @0.4\n");
	assert_states(TCP_FIN_WAIT1, TCP_ESTABLISHED);
	feed("C > S A seq 201:301 ack 1 ts 1410/5000 lost @0.41\n");
	assert_states(TCP_FIN_WAIT1, TCP_ESTABLISHED);
	feed("C > S A seq 201:301 ack 1 ts 1810/5000 @0.81\n");
	assert_states(TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	segments_finish(&script);
}

static void a_lost_last_acknowledgement_ends_nothing(void **state)
{
	const struct closing *closing;

	(void)state;
	start();
	feed("C > S FA seq 1 ack 1 ts 1100/5000 @0.1\n"
	     "S > C A seq 1 ack 2 ts 5110/1100 @0.11\n"
	     "S > C FA seq 1 ack 2 ts 5120/1100 @0.12\n"
	     "C > S A seq 2 ack 2 ts 1130/5120 lost @0.13\n");
	assert_states(TCP_TIME_WAIT, TCP_LAST_ACK);
	assert_false(script.connection->is_complete);
	feed("S > C FA seq 1 ack 2 ts 5420/1100 @0.42\n");
	assert_cause(CAUSE_TAIL_LOSS_PROBE);
	feed("C > S A seq 2 ack 2 ts 1430/5420 @0.43\n");
	assert_states(TCP_TIME_WAIT, TCP_CLOSED);
	assert_true(script.connection->is_complete);
	closing = &ended()->closing;
	assert_int_equal(closing->kind, CLOSING_ORDERLY_4);
	assert_int_equal(closing->segments, 4);
	/* the file's first */
	assert_int_equal(closing->fin_ack_frame[TCP_SERVER], 7);
	segments_finish(&script);
}

static void a_lost_reset_ends_its_sender_only(void **state)
{
	const struct closing *closing;

	(void)state;
	start();
	feed("C > S RA seq 1 ack 1 lost @0.1\n");
	assert_states(TCP_CLOSED, TCP_ESTABLISHED);
	assert_false(script.connection->is_complete);
	closing = &ended()->closing;
	assert_int_equal(closing->kind, CLOSING_RESET);
	assert_int_equal(closing->first, TCP_CLIENT);
	assert_int_equal(closing->reset_frame, 4);
	assert_int_equal(closing->lost_reset_frame, 4);
	assert_null(segments_finding(&script, 0, FINDING_RESET_OUT_OF_WINDOW, TCP_CLIENT));
	segments_finish(&script);
	/* the one that arrives is it */
	start();
	feed("C > S RA seq 1 ack 1 lost @0.1\n"
	     "S > C PA seq 1:11 ack 1 ts 5200/1010 @0.2\n"
	     "C > S R seq 1 @0.21\n");
	assert_states(TCP_CLOSED, TCP_CLOSED);
	closing = &ended()->closing;
	assert_int_equal(closing->reset_frame, 6);
	segments_finish(&script);
}

static void lost_answers_to_keep_alives_were_not_heard(void **state)
{
	const struct tcp_finding *finding;

	(void)state;
	start();
	feed("S > C PA seq 1:11 ack 1 ts 5100/1010 @0.1\n"
	     "C > S A seq 1 ack 11 ts 1110/5100 @0.11\n"
	     "S > C A seq 10 ack 1 ts 6100/1110 @1.1\n"
	     "C > S A seq 1 ack 11 ts 2110/6100 lost @1.11\n"
	     "S > C A seq 10 ack 1 ts 7100/1110 @2.1\n"
	     "C > S A seq 1 ack 11 ts 3110/7100 lost @2.11\n"
	     "S > C RA seq 11 ack 1 ts 8100/1110 @3.1\n");
	(void)ended();
	finding = segments_finding(&script, 0, FINDING_KEEP_ALIVE, TCP_SERVER);
	assert_non_null(finding);
	assert_int_equal(finding->values[2], 0);
	assert_int_equal(finding->values[3], 2);
	finding = segments_finding(&script, 0, FINDING_RESET_TIMEOUT, TCP_SERVER);
	assert_non_null(finding);
	assert_int_equal(finding->values[1], TIMEOUT_OF_KEEP_ALIVES);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_acknowledgement_acknowledges_nothing),
		cmocka_unit_test(lost_duplicates_ask_for_nothing),
		cmocka_unit_test(a_lost_fin_is_known_to_its_sender_only),
		cmocka_unit_test(a_fin_counts_once_all_lost_before_it_has_come),
		cmocka_unit_test(a_lost_last_acknowledgement_ends_nothing),
		cmocka_unit_test(a_lost_reset_ends_its_sender_only),
		cmocka_unit_test(lost_answers_to_keep_alives_were_not_heard),
	};

	return cmocka_run_group_tests_name("known_loss", tests, NULL, NULL);
}
