/* What is of a former connection of the same ports says nothing of the one that opens. */
#include "tcp_flow/former_segment.h"

#include "support/segments.h"
#include "support/unit_test.h"
#include "tcp_flow/connection.h"

static struct segments script;

static const struct tcp_connection *run(const char *lines)
{
	segments_start(&script, 0);
	segments_feed(&script, lines);
	segments_end(&script);
	assert_int_equal(script.ended_count, 1);
	return &script.ended[0];
}

static const struct tcp_finding *former(void)
{
	return segments_finding(&script, 0, FINDING_FORMER_CONNECTION, TCP_SERVER);
}

#define OPENS                                                                                      \
	"C > S S seq 0 @0.030\n"                                                                   \
	"S > C SA seq 0 ack 1 @0.050\n"                                                            \
	"C > S A seq 1 ack 1 @0.051\n"
#define CLOSES                                                                                     \
	"C > S FA seq 1 ack 1 @1.1\n"                                                              \
	"S > C FA seq 1 ack 2 @1.120\n"                                                            \
	"C > S A seq 2 ack 2 @1.121\n"

/* RFC 9293, figure 9: the server still holds what the client has forgotten. */
static void a_half_open_connection_is_discovered_and_reset(void **state)
{
	const struct tcp_connection *connection = run("C > S S seq 0 @0\n"
						      "S > C A seq -900000 ack -700000 @0.020\n"
						      "C > S R seq -700000 @0.020\n" OPENS CLOSES);
	const struct tcp_finding *finding = former();

	(void)state;
	assert_int_equal(connection->opening.kind, OPENING_HANDSHAKE);
	assert_int_equal(connection->opening.rtt_ns, 21 * 1000000);
	assert_int_equal(connection->closing.kind, CLOSING_ORDERLY_3);
	assert_int_equal(connection->closing.first, TCP_CLIENT);
	assert_non_null(finding);
	assert_int_equal(finding->confidence, CONFIDENCE_SURE);
	assert_int_equal(finding->values[0], 1);
	assert_null(segments_finding(&script, 0, FINDING_SYN_RETRY, TCP_CLIENT));
	assert_null(segments_finding(&script, 0, FINDING_RETRANSMISSION, TCP_CLIENT));
	assert_null(segments_finding(&script, 0, FINDING_CAPTURE_LOSS, TCP_SERVER));
	assert_null(segments_finding(&script, 0, FINDING_RESET_NOT_FROM_PEER, TCP_CLIENT));
	segments_finish(&script);
}

static void a_late_fin_crosses_the_new_syn(void **state)
{
	const struct tcp_connection *connection = run("C > S S seq 0 @0.9\n"
						      "S > C FA seq -900000 ack -65537 @0.95\n"
						      "S > C SA seq 0 ack 1 @0.96\n"
						      "C > S R seq -65537 @0.97\n"
						      "C > S A seq 1 ack 1 @0.98\n" CLOSES);

	(void)state;
	assert_int_equal(connection->opening.kind, OPENING_HANDSHAKE);
	assert_int_equal(connection->closing.first, TCP_CLIENT);
	assert_non_null(former());
	assert_int_equal(former()->confidence, CONFIDENCE_SURE);
	assert_null(segments_finding(&script, 0, FINDING_RESET_OUT_OF_WINDOW, TCP_CLIENT));
	segments_finish(&script);
}

static void its_segments_are_told_as_such(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S S seq 0 @0\nS > C FA seq -5:15 ack -700000 @0.020\n");
	assert_true(script.facts.of_former);
	assert_int_equal(script.facts.sequence, 0);
	assert_int_equal(script.facts.length, 20);
	assert_int_equal(script.facts.states[TCP_CLIENT], TCP_SYN_SENT);
	assert_int_equal(script.facts.labels, 0);
	segments_feed(&script, "C > S R seq -700000 @0.020\n");
	assert_true(script.facts.of_former);
	assert_int_equal(script.facts.states[TCP_CLIENT], TCP_SYN_SENT);
	segments_feed(&script, "C > S S seq 0 @0.030\n");
	assert_true(script.facts.reopens);
	segments_feed(&script, "S > C SA seq 0 ack 1 @0.050\nC > S A seq 1 ack 1 @0.051\n");
	assert_false(script.facts.of_former);
	assert_int_equal(script.facts.states[TCP_SERVER], TCP_ESTABLISHED);
	segments_end(&script);
	assert_int_equal(script.ended[0].ends[TCP_SERVER].bytes, 0);
	assert_int_equal(script.ended[0].ends[TCP_SERVER].segments, 2);
	segments_finish(&script);
}

static void without_the_reset_it_is_but_likely(void **state)
{
	const struct tcp_connection *connection = run("C > S S seq 0 @0\n"
						      "S > C A seq -900000 ack -700000 @0.020\n");

	(void)state;
	assert_int_equal(connection->opening.kind, OPENING_UNANSWERED);
	assert_non_null(former());
	assert_int_equal(former()->confidence, CONFIDENCE_LIKELY);
	assert_null(segments_finding(&script, 0, FINDING_UNANSWERED, TCP_SERVER));
	segments_finish(&script);
}

static void a_syn_that_was_lost_as_well_is_counted_alone(void **state)
{
	const struct tcp_finding *retry;

	(void)state;
	(void)run("C > S S seq 0 @0\n"
		  "C > S S seq 0 @1\n"
		  "S > C A seq -900000 ack -700000 @1.020\n"
		  "C > S R seq -700000 @1.020\n"
		  "C > S S seq 0 @1.030\n"
		  "S > C SA seq 0 ack 1 @1.050\n"
		  "C > S A seq 1 ack 1 @1.051\n");
	retry = segments_finding(&script, 0, FINDING_SYN_RETRY, TCP_CLIENT);
	assert_non_null(retry);
	assert_int_equal(retry->values[0], 1);
	segments_finish(&script);
}

/* Each is explained otherwise: nothing of them is of a former connection. */
static void what_a_capture_missed_is_not_taken_for_it(void **state)
{
	static const char *const others[] = {
		/* the SYN-ACK and the client's first data are not in the file */
		"C > S S seq 0 @0\nS > C A seq 1 ack 3000 @0.050\nC > S A seq 3000 ack 1 @0.051\n",
		/* the SYN-ACK is not, its ACK is */
		"C > S S seq 0 @0\nC > S A seq 1 ack 1 @0.050\nS > C A seq 1 ack -700000 @0.06\n",
		/* and more than a mebibyte behind it */
		"C > S S seq 0 @0\nS > C A seq 1 ack 3000000 @0.050\n"
		"C > S A seq 3000000 ack 1 @0.051\n",
		/* it answers the SYN */
		"C > S S seq 0 @0\nS > C A seq 1 ack 1 @0.050\n",
		/* a reset that was made up */
		"C > S S seq 0 @0\nS > C RA seq 0 ack -700000 @0.010\n" OPENS,
		/* a client that gives up by itself */
		"C > S S seq 0 @0\nC > S R seq -700000 @0.010\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		(void)run(others[i]);
		if (former())
			fail_msg("a former connection in: %s", others[i]);
		segments_finish(&script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_half_open_connection_is_discovered_and_reset),
		cmocka_unit_test(a_late_fin_crosses_the_new_syn),
		cmocka_unit_test(its_segments_are_told_as_such),
		cmocka_unit_test(without_the_reset_it_is_but_likely),
		cmocka_unit_test(a_syn_that_was_lost_as_well_is_counted_alone),
		cmocka_unit_test(what_a_capture_missed_is_not_taken_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
