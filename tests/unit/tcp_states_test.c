#include "tcp_flow/tcp_states.h"

#include "support/segments.h"
#include "support/unit_test.h"

/* A segment, and both states in its line. */
struct step {
	const char *line;
	enum tcp_state client;
	enum tcp_state server;
};

static struct segments script;

static void expect_steps(const struct step *steps, size_t count)
{
	segments_start(&script, 0);
	for (size_t i = 0; i < count; i++) {
		segments_feed(&script, steps[i].line);
		if (script.facts.states[TCP_CLIENT] != steps[i].client ||
		    script.facts.states[TCP_SERVER] != steps[i].server)
			fail_msg("%s: %s and %s, not %s and %s", steps[i].line,
				 tcp_state_name(script.facts.states[TCP_CLIENT]),
				 tcp_state_name(script.facts.states[TCP_SERVER]),
				 tcp_state_name(steps[i].client), tcp_state_name(steps[i].server));
		assert_int_equal(script.connection->states[TCP_CLIENT], steps[i].client);
		assert_int_equal(script.connection->states[TCP_SERVER], steps[i].server);
	}
	segments_end(&script);
	segments_finish(&script);
}

#define EXPECT(steps) expect_steps(steps, sizeof(steps) / sizeof((steps)[0]))

#define OPENED                                                                                     \
	{ "C > S S seq 0 ws 7", TCP_SYN_SENT, TCP_SYN_RECV },                                      \
		{ "S > C SA seq 0 ack 1 ws 7 +0.01", TCP_ESTABLISHED, TCP_SYN_RECV },              \
	{                                                                                          \
		"C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED                            \
	}

static void before_the_first_segment_the_server_listens(void **state)
{
	struct segment_facts syn = { .from = TCP_CLIENT, .flags = TCP_FLAG_SYN };
	struct segment_facts answer = { .from = TCP_SERVER,
					.flags = TCP_FLAG_SYN | TCP_FLAG_ACK,
					.has_ack = true };
	struct segment_facts data = { .from = TCP_CLIENT, .flags = TCP_FLAG_ACK, .has_ack = true };
	enum tcp_state states[2];

	(void)state;
	tcp_states_before(&syn, states);
	assert_int_equal(states[TCP_CLIENT], TCP_CLOSED);
	assert_int_equal(states[TCP_SERVER], TCP_LISTEN);
	tcp_states_before(&answer, states);
	assert_int_equal(states[TCP_CLIENT], TCP_SYN_SENT);
	assert_int_equal(states[TCP_SERVER], TCP_SYN_RECV);
	tcp_states_before(&data, states);
	assert_int_equal(states[TCP_CLIENT], TCP_ESTABLISHED);
	assert_int_equal(states[TCP_SERVER], TCP_ESTABLISHED);
}

static void four_segments_close_it_through_fin_wait_2(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "C > S PA seq 1:11 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S FA seq 11 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C A seq 1 ack 12", TCP_FIN_WAIT2, TCP_CLOSE_WAIT },
		{ "S > C PA seq 1:21 ack 12", TCP_FIN_WAIT2, TCP_CLOSE_WAIT },
		{ "C > S A seq 12 ack 21", TCP_FIN_WAIT2, TCP_CLOSE_WAIT },
		{ "S > C FA seq 21 ack 12", TCP_TIME_WAIT, TCP_LAST_ACK },
		{ "C > S A seq 12 ack 22", TCP_TIME_WAIT, TCP_CLOSED },
	};

	(void)state;
	EXPECT(steps);
}

static void three_segments_close_it_at_once(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "S > C FA seq 1 ack 1", TCP_CLOSE_WAIT, TCP_FIN_WAIT1 },
		{ "C > S FA seq 1 ack 2", TCP_LAST_ACK, TCP_TIME_WAIT },
		{ "S > C A seq 2 ack 2", TCP_CLOSED, TCP_TIME_WAIT },
	};

	(void)state;
	EXPECT(steps);
}

static void closing_at_the_same_time_leaves_both_in_time_wait(void **state)
{
	/* The second FIN shows that the first had not come when it was sent. */
	static const struct step steps[] = {
		OPENED,
		{ "C > S FA seq 1 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C FA seq 1 ack 1", TCP_CLOSING, TCP_FIN_WAIT1 },
		{ "S > C A seq 2 ack 2", TCP_TIME_WAIT, TCP_CLOSING },
		{ "C > S A seq 2 ack 2", TCP_TIME_WAIT, TCP_TIME_WAIT },
	};
	static const struct step other_order[] = {
		OPENED,
		{ "C > S FA seq 1 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C FA seq 1 ack 1", TCP_CLOSING, TCP_FIN_WAIT1 },
		{ "C > S A seq 2 ack 2", TCP_CLOSING, TCP_TIME_WAIT },
		{ "S > C A seq 2 ack 2", TCP_TIME_WAIT, TCP_TIME_WAIT },
	};

	(void)state;
	EXPECT(steps);
	EXPECT(other_order);
}

static void opening_at_the_same_time_goes_through_syn_recv(void **state)
{
	static const struct step steps[] = {
		{ "C > S S seq 0", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C S seq 0", TCP_SYN_RECV, TCP_SYN_SENT },
		{ "C > S SA seq 0 ack 1", TCP_SYN_RECV, TCP_ESTABLISHED },
		{ "S > C SA seq 0 ack 1", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
	};

	(void)state;
	EXPECT(steps);
}

static void a_syn_ack_that_was_lost_leaves_the_client_waiting(void **state)
{
	static const struct step steps[] = {
		{ "C > S S seq 0", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C SA seq 0 ack 1", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S S seq 0 +1", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C SA seq 0 ack 1", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
	};

	(void)state;
	EXPECT(steps);
}

static void a_lost_last_step_leaves_the_server_in_syn_recv(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "S > C SA seq 0 ack 1 +1", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
	};

	(void)state;
	EXPECT(steps);
}

static void a_fin_counts_when_all_before_it_has_come(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "C > S FA seq 101 ack 1", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "S > C A seq 1 ack 1", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "C > S A seq 1:51 ack 1", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "C > S A seq 51:101 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C FA seq 1 ack 102", TCP_TIME_WAIT, TCP_LAST_ACK },
		{ "C > S A seq 102 ack 2", TCP_TIME_WAIT, TCP_CLOSED },
	};

	(void)state;
	EXPECT(steps);
}

static void who_goes_on_unaware_of_a_fin_did_not_get_it(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "C > S FA seq 1 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C PA seq 1:101 ack 1 +0.1", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "C > S FA seq 1 ack 101 +0.2", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C A seq 101 ack 2", TCP_FIN_WAIT2, TCP_CLOSE_WAIT },
		/* captured late: it is older than what acknowledged the FIN */
		{ "S > C A seq 101 ack 1 ", TCP_FIN_WAIT2, TCP_CLOSE_WAIT },
	};

	(void)state;
	EXPECT(steps);
}

static void a_lost_fin_is_sent_again(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "S > C FA seq 1 ack 1", TCP_CLOSE_WAIT, TCP_FIN_WAIT1 },
		{ "C > S A seq 1 ack 2", TCP_CLOSE_WAIT, TCP_FIN_WAIT2 },
		{ "C > S FA seq 1 ack 2", TCP_LAST_ACK, TCP_TIME_WAIT },
		{ "C > S FA seq 1 ack 2 +0.2", TCP_LAST_ACK, TCP_TIME_WAIT },
		{ "C > S FA seq 1 ack 2 +0.4", TCP_LAST_ACK, TCP_TIME_WAIT },
		{ "S > C A seq 2 ack 2", TCP_CLOSED, TCP_TIME_WAIT },
		/* and its acknowledgement was lost too */
		{ "C > S FA seq 1 ack 2 +0.8", TCP_CLOSED, TCP_TIME_WAIT },
		{ "S > C A seq 2 ack 2", TCP_CLOSED, TCP_TIME_WAIT },
	};

	(void)state;
	EXPECT(steps);
}

static void a_reset_closes_both_at_once(void **state)
{
	static const struct step refused[] = {
		{ "C > S S seq 0", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C RA seq 0 ack 1", TCP_CLOSED, TCP_CLOSED },
	};
	static const struct step later[] = {
		OPENED,
		{ "C > S PA seq 1:11 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "S > C RA seq 1 ack 11", TCP_CLOSED, TCP_CLOSED },
		{ "C > S RA seq 11 ack 1", TCP_CLOSED, TCP_CLOSED },
	};

	(void)state;
	EXPECT(refused);
	EXPECT(later);
}

static void a_reset_nobody_believes_changes_nothing(void **state)
{
	static const struct step outside[] = {
		OPENED,
		{ "S > C R seq 900000000", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S PA seq 1:11 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
	};
	static const struct step challenged[] = {
		OPENED,
		{ "S > C R seq 5000", TCP_CLOSED, TCP_CLOSED },
		{ "C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S FA seq 1 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
	};

	(void)state;
	EXPECT(outside);
	EXPECT(challenged);
}

static void from_the_middle_both_were_established(void **state)
{
	static const struct step data[] = {
		{ "C > S PA seq 1:11 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "S > C FA seq 1 ack 11", TCP_CLOSE_WAIT, TCP_FIN_WAIT1 },
	};
	static const struct step answer[] = {
		{ "S > C SA seq 0 ack 1", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
	};
	static const struct step end[] = {
		{ "C > S FA seq 1 ack 1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C FA seq 1 ack 2", TCP_TIME_WAIT, TCP_LAST_ACK },
		{ "C > S A seq 2 ack 2", TCP_TIME_WAIT, TCP_CLOSED },
	};

	(void)state;
	EXPECT(data);
	EXPECT(answer);
	EXPECT(end);
}

static void what_is_damaged_moves_its_sender_only(void **state)
{
	static const struct step fin[] = {
		{ "C > S S seq 0 ws 7 sumok", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C SA seq 0 ack 1 ws 7 sumok +0.01", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1 sumbad", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S PA seq 1:6 ack 1 sumok", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S FA seq 6 ack 1 sumbad", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "S > C A seq 1 ack 6 sumok +0.01", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "C > S FA seq 6 ack 1 sumok +0.2", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C RA seq 1 ack 7 sumbad", TCP_FIN_WAIT1, TCP_CLOSED },
	};

	(void)state;
	EXPECT(fin);
}

static void a_fin_behind_damaged_data_waits_for_it(void **state)
{
	static const struct step steps[] = {
		{ "C > S S seq 0 ws 7 sumok", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C SA seq 0 ack 1 ws 7 sumok +0.01", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1 sumok", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S PA seq 1:6 ack 1 sumbad", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S PA seq 6:11 ack 1 sumok", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S PA seq 11:16 ack 1 sumbad", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S FA seq 16 ack 1 sumok", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		/* Damaged again; then the first part only. */
		{ "C > S PA seq 1:6 ack 1 sumbad +0.2", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "C > S PA seq 1:6 ack 1 sumok +0.4", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "S > C A seq 1 ack 11 sumok +0.01", TCP_FIN_WAIT1, TCP_ESTABLISHED },
		{ "C > S PA seq 11:16 ack 1 sumok", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
	};

	(void)state;
	EXPECT(steps);
}

/* Whose every checksum is wrong leaves them to the network card. */
static void a_checksum_is_believed_of_those_who_can_write_one(void **state)
{
	static const struct step steps[] = {
		{ "C > S S seq 0 ws 7 sumbad", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C SA seq 0 ack 1 ws 7 sumok +0.01", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1 sumbad", TCP_ESTABLISHED, TCP_ESTABLISHED },
		{ "C > S FA seq 1 ack 1 sumbad", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
	};

	(void)state;
	EXPECT(steps);
}

/* The first SYN, late, where all is over: it opens a connection, it does not close one. */
static void an_old_syn_after_the_end_brings_no_fin(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "C > S FA seq 1 ack 1 +0.1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C FA seq 1 ack 2 +0.01", TCP_TIME_WAIT, TCP_LAST_ACK },
		{ "C > S A seq 2 ack 2", TCP_TIME_WAIT, TCP_CLOSED },
		{ "C > S S seq 0 ws 7 +0.4", TCP_TIME_WAIT, TCP_SYN_RECV },
	};

	(void)state;
	EXPECT(steps);
}

/* Its listener has begun something with another number: the old connection's fit it no more. */
static void what_an_old_syn_began_ends_by_a_reset_of_its_own_only(void **state)
{
	static const struct step steps[] = {
		OPENED,
		{ "C > S FA seq 1 ack 1 +0.1", TCP_FIN_WAIT1, TCP_CLOSE_WAIT },
		{ "S > C FA seq 1 ack 2 +0.01", TCP_TIME_WAIT, TCP_LAST_ACK },
		{ "C > S A seq 2 ack 2", TCP_TIME_WAIT, TCP_CLOSED },
		{ "C > S S seq 0 ws 7 +0.4", TCP_TIME_WAIT, TCP_SYN_RECV },
		{ "C > S A seq 2 ack 2 +0.01", TCP_TIME_WAIT, TCP_SYN_RECV },
		{ "S > C R seq 2 win 0", TCP_CLOSED, TCP_SYN_RECV },
		{ "C > S R seq 1 win 0 +0.01", TCP_CLOSED, TCP_CLOSED },
	};
	/* Refused at first, it is opened by the same SYN after all. */
	static const struct step again[] = {
		{ "C > S S seq 0 ws 7", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C RA seq 0 ack 1 +0.01", TCP_CLOSED, TCP_CLOSED },
		{ "C > S S seq 0 ws 7 +0.5", TCP_SYN_SENT, TCP_SYN_RECV },
		{ "S > C SA seq 0 ack 1 ws 7 +0.01", TCP_ESTABLISHED, TCP_SYN_RECV },
		{ "C > S A seq 1 ack 1", TCP_ESTABLISHED, TCP_ESTABLISHED },
	};

	(void)state;
	EXPECT(steps);
	EXPECT(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_segment_the_server_listens),
		cmocka_unit_test(four_segments_close_it_through_fin_wait_2),
		cmocka_unit_test(three_segments_close_it_at_once),
		cmocka_unit_test(closing_at_the_same_time_leaves_both_in_time_wait),
		cmocka_unit_test(opening_at_the_same_time_goes_through_syn_recv),
		cmocka_unit_test(a_syn_ack_that_was_lost_leaves_the_client_waiting),
		cmocka_unit_test(a_lost_last_step_leaves_the_server_in_syn_recv),
		cmocka_unit_test(a_fin_counts_when_all_before_it_has_come),
		cmocka_unit_test(who_goes_on_unaware_of_a_fin_did_not_get_it),
		cmocka_unit_test(a_lost_fin_is_sent_again),
		cmocka_unit_test(a_reset_closes_both_at_once),
		cmocka_unit_test(a_reset_nobody_believes_changes_nothing),
		cmocka_unit_test(from_the_middle_both_were_established),
		cmocka_unit_test(what_is_damaged_moves_its_sender_only),
		cmocka_unit_test(a_fin_behind_damaged_data_waits_for_it),
		cmocka_unit_test(a_checksum_is_believed_of_those_who_can_write_one),
		cmocka_unit_test(an_old_syn_after_the_end_brings_no_fin),
		cmocka_unit_test(what_an_old_syn_began_ends_by_a_reset_of_its_own_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
