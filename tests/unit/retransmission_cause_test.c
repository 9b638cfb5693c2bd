#include "tcp_flow/retransmission_cause.h"

#include "support/unit_test.h"

#define MS INT64_C(1000000)

/* A round trip of 20 ms, three segments outstanding, the oldest sent again after `after_ms`. */
static struct resend_evidence head_after(int64_t after_ms)
{
	return (struct resend_evidence){
		.since_sent_ns = after_ms * MS,
		.quiet_ns = after_ms * MS,
		.since_new_ns = after_ms * MS,
		.since_ack_ns = after_ms * MS,
		.rtt_ns = 20 * MS,
		.rtt_variation_ns = 2 * MS,
		.is_head = true,
		.sack_permitted = true,
	};
}

static void assert_cause(const struct resend_evidence *evidence, enum tcp_cause cause)
{
	assert_string_equal(tcp_cause_name(retransmission_cause(evidence)), tcp_cause_name(cause));
}

static void what_had_arrived_is_needless_whatever_else_holds(void **state)
{
	struct resend_evidence evidence = head_after(500);

	(void)state;
	evidence.arrived = true;
	evidence.asked_for = true;
	assert_cause(&evidence, CAUSE_NEEDLESS);
}

static void a_timeout_takes_a_round_trip_and_200_ms(void **state)
{
	struct resend_evidence evidence = head_after(220);

	(void)state;
	assert_cause(&evidence, CAUSE_TIMEOUT);
	evidence = head_after(150);
	assert_cause(&evidence, CAUSE_UNKNOWN);
	/* 300 ms of round trip: 220 ms are too soon */
	evidence = head_after(220);
	evidence.rtt_ns = 300 * MS;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence = head_after(500);
	evidence.rtt_ns = 300 * MS;
	assert_cause(&evidence, CAUSE_TIMEOUT);
	/* where nothing was measured yet, the least that any stack waits */
	evidence = head_after(200);
	evidence.rtt_ns = 0;
	assert_cause(&evidence, CAUSE_TIMEOUT);
}

static void odd_round_trips_do_not_hide_a_timeout_of_a_second(void **state)
{
	struct resend_evidence evidence = head_after(1000);

	(void)state;
	evidence.rtt_variation_ns = 900 * MS;
	assert_cause(&evidence, CAUSE_TIMEOUT);
}

static void what_is_asked_for_goes_fast_and_further_holes_by_sack(void **state)
{
	struct resend_evidence evidence = head_after(21);

	(void)state;
	evidence.asked_for = true;
	assert_cause(&evidence, CAUSE_FAST);
	evidence.in_fast_recovery = true;
	assert_cause(&evidence, CAUSE_SACK);
	evidence.sack_permitted = false;
	assert_cause(&evidence, CAUSE_FAST);
}

static void asked_for_long_after_it_was_sent_is_fast_while_acks_still_come(void **state)
{
	struct resend_evidence evidence = head_after(400);

	(void)state;
	evidence.asked_for = true;
	evidence.since_ack_ns = 1 * MS;
	assert_cause(&evidence, CAUSE_FAST);
	/* the resend was lost too: nothing but the timer is left */
	evidence.sent_again = true;
	assert_cause(&evidence, CAUSE_TIMEOUT);
}

static void the_last_segment_after_two_round_trips_is_a_tail_loss_probe(void **state)
{
	struct resend_evidence evidence = head_after(44);

	(void)state;
	evidence.is_head = false;
	evidence.is_tail = true;
	assert_cause(&evidence, CAUSE_TAIL_LOSS_PROBE);
	evidence.sack_permitted = false;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence.sack_permitted = true;
	evidence.probed = true;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence.probed = false;
	evidence.since_new_ns = 5 * MS;
	assert_cause(&evidence, CAUSE_UNKNOWN);
}

static void alone_it_waits_for_the_delayed_ack_and_is_a_probe_once(void **state)
{
	struct resend_evidence evidence = head_after(224);

	(void)state;
	evidence.is_tail = true;
	assert_cause(&evidence, CAUSE_TAIL_LOSS_PROBE);
	evidence.sent_again = true;
	evidence.probed = true;
	assert_cause(&evidence, CAUSE_TIMEOUT);
	evidence = head_after(224);
	evidence.is_tail = true;
	evidence.sack_permitted = false;
	assert_cause(&evidence, CAUSE_TIMEOUT);
	evidence = head_after(100);
	evidence.is_tail = true;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	/* far beyond any probe's time */
	evidence = head_after(3000);
	evidence.is_tail = true;
	assert_cause(&evidence, CAUSE_TIMEOUT);
}

/* The capture has an acknowledgement that the sender may never have got. */
static void behind_others_for_its_sender_it_is_probed_for_after_two_round_trips(void **state)
{
	struct resend_evidence evidence = head_after(141);

	(void)state;
	evidence.rtt_ns = 60 * MS;
	evidence.is_tail = true;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence.ack_may_be_lost = true;
	assert_cause(&evidence, CAUSE_TAIL_LOSS_PROBE);
	evidence.since_sent_ns = 80 * MS;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence.since_sent_ns = 200 * MS;
	evidence.since_new_ns = 160 * MS;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence.since_sent_ns = 141 * MS;
	evidence.sack_permitted = false;
	assert_cause(&evidence, CAUSE_UNKNOWN);
}

static void after_a_timeout_the_rest_is_go_back_n_and_the_head_times_out_again(void **state)
{
	struct resend_evidence evidence = head_after(1);

	(void)state;
	evidence.after_timeout = true;
	assert_cause(&evidence, CAUSE_GO_BACK_N);
	evidence = head_after(440);
	evidence.after_timeout = true;
	assert_cause(&evidence, CAUSE_TIMEOUT);
	evidence.is_head = false;
	assert_cause(&evidence, CAUSE_GO_BACK_N);
}

static void newreno_goes_on_with_each_partial_acknowledgement(void **state)
{
	struct resend_evidence evidence = head_after(41);

	(void)state;
	evidence.sack_permitted = false;
	evidence.in_fast_recovery = true;
	evidence.since_ack_ns = 0;
	assert_cause(&evidence, CAUSE_FAST);
}

static void the_end_of_the_list_takes_part_in_a_repair_by_sack(void **state)
{
	struct resend_evidence evidence = head_after(26);

	(void)state;
	evidence.is_head = false;
	evidence.is_tail = true;
	evidence.since_new_ns = 5 * MS;
	evidence.since_ack_ns = 0;
	assert_cause(&evidence, CAUSE_UNKNOWN);
	evidence.has_holes = true;
	assert_cause(&evidence, CAUSE_FAST);
	evidence.in_fast_recovery = true;
	assert_cause(&evidence, CAUSE_SACK);
}

static void with_nothing_to_go_by_it_says_so(void **state)
{
	struct resend_evidence evidence = head_after(60);

	(void)state;
	assert_cause(&evidence, CAUSE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_had_arrived_is_needless_whatever_else_holds),
		cmocka_unit_test(a_timeout_takes_a_round_trip_and_200_ms),
		cmocka_unit_test(odd_round_trips_do_not_hide_a_timeout_of_a_second),
		cmocka_unit_test(what_is_asked_for_goes_fast_and_further_holes_by_sack),
		cmocka_unit_test(asked_for_long_after_it_was_sent_is_fast_while_acks_still_come),
		cmocka_unit_test(the_last_segment_after_two_round_trips_is_a_tail_loss_probe),
		cmocka_unit_test(alone_it_waits_for_the_delayed_ack_and_is_a_probe_once),
		cmocka_unit_test(
			behind_others_for_its_sender_it_is_probed_for_after_two_round_trips),
		cmocka_unit_test(
			after_a_timeout_the_rest_is_go_back_n_and_the_head_times_out_again),
		cmocka_unit_test(newreno_goes_on_with_each_partial_acknowledgement),
		cmocka_unit_test(the_end_of_the_list_takes_part_in_a_repair_by_sack),
		cmocka_unit_test(with_nothing_to_go_by_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
