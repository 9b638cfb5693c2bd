/* Causes that an acknowledgement, an error or a timestamp which came between makes doubtful. */
#include "tcp_flow/recovery.h"

#include <string.h>

#include "support/segments.h"

#define TOO_LONG 4u /* the ICMP code */

static struct segments script;

static void start(void)
{
	segments_start(&script, 0);
	segments_handshake(&script, true);
}

static void feed_resend(const char *line, enum tcp_cause cause)
{
	segments_feed(&script, line);
	assert_true(script.facts.repeats);
	assert_string_equal(tcp_cause_name(script.facts.cause), tcp_cause_name(cause));
}

/* A router's word on the segment of the client that begins with this number. */
static void quote_client(uint32_t sequence, uint8_t code, uint16_t mtu)
{
	struct packet error;

	memset(&error, 0, sizeof(error));
	error.kind = PACKET_ICMP_ERROR;
	error.frame = ++script.frames;
	error.time_ns = script.packet.time_ns;
	error.icmp = (struct icmp_error){
		.type = 3,
		.code = code,
		.next_hop_mtu = mtu,
		.reporter = { .version = 4, .bytes = { 192, 0, 2, 254 } },
		.source = { .version = 4, .bytes = { 192, 0, 2, 1 } },
		.destination = { .version = 4, .bytes = { 192, 0, 2, 2 } },
		.source_port = script.hosts[0].port,
		.destination_port = script.hosts[1].port,
		.sequence = script.hosts[0].base + sequence,
	};
	assert_int_equal(tcp_tracker_packet(script.tracker, &error, NULL, NULL),
			 TRACKER_NO_SEGMENT);
}

static const struct tcp_finding *unknown_cause(void)
{
	const struct tcp_finding *finding =
		segments_finding(&script, 0, FINDING_RETRANSMISSION, TCP_CLIENT);

	assert_non_null(finding);
	assert_int_equal(finding->cause, CAUSE_UNKNOWN);
	return finding;
}

/* Captured beside the server, 60 ms from the client and back. */
#define OPENED_AT_THE_SERVER                                                                       \
	"C > S S seq 0 win 64240 mss 1460 ws 7 sackok @0\n"                                        \
	"S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok @0.0001\n"                            \
	"C > S A seq 1 ack 1 @0.0601\n"                                                            \
	"C > S PA seq 1:101 ack 1 @1\n"                                                            \
	"C > S PA seq 101:201 ack 1 @1.05\n"

static void the_ack_of_what_was_before_may_have_been_lost_behind_the_capture(void **state)
{
	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, OPENED_AT_THE_SERVER "S > C A ack 101 @1.06\n");
	feed_resend("C > S PA seq 101:201 ack 1 @1.191", CAUSE_TAIL_LOSS_PROBE);
	segments_end(&script);
	segments_finish(&script);
	/* It came before the segment left: alone for its sender, too, which would wait longer. */
	segments_start(&script, 0);
	segments_feed(&script, OPENED_AT_THE_SERVER "S > C A ack 201 @1.06\n"
						    "C > S PA seq 201:301 ack 1 @1.2\n");
	feed_resend("C > S PA seq 201:301 ack 1 @1.341", CAUSE_UNKNOWN);
	segments_end(&script);
	segments_finish(&script);
	/* Captured at the sender, where no acknowledgement is lost any more. */
	start();
	segments_feed(&script, "C > S PA seq 1:101 ack 1 ts 2000/5000 @1\n"
			       "C > S PA seq 101:201 ack 1 ts 2005/5000 @1.005\n"
			       "S > C A ack 101 ts 6000/2000 @1.01\n");
	feed_resend("C > S PA seq 101:201 ack 1 ts 2028/6000 @1.03", CAUSE_UNKNOWN);
	segments_end(&script);
	segments_finish(&script);
}

static void a_timeout_makes_an_end_of_the_probe(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S PA seq 1:101 ack 1 ts 2000/5000 @0.1");
	feed_resend("C > S PA seq 1:101 ack 1 ts 2215/5000 @0.315", CAUSE_TAIL_LOSS_PROBE);
	feed_resend("C > S PA seq 1:101 ack 1 ts 2450/5000 @0.55", CAUSE_TIMEOUT);
	segments_feed(&script, "S > C A ack 101 ts 5300/2450 @0.56\n"
			       "C > S PA seq 101:201 ack 1 ts 2600/5300 @0.7");
	feed_resend("C > S PA seq 101:201 ack 1 ts 2815/5300 @0.915", CAUSE_TAIL_LOSS_PROBE);
	segments_end(&script);
	segments_finish(&script);
}

static void what_an_icmp_error_called_too_long_is_cut_to_fit(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S A seq 1:1449 ack 1 ts 2000/5000 @1");
	quote_client(1, TOO_LONG, 1200);
	feed_resend("C > S A seq 1:1149 ack 1 ts 2010/5000 @1.01", CAUSE_UNKNOWN);
	assert_true(script.facts.cut_to_fit);
	feed_resend("C > S A seq 1149:1449 ack 1 ts 2010/5000 @1.01", CAUSE_UNKNOWN);
	assert_true(script.facts.cut_to_fit);
	segments_end(&script);
	assert_int_equal(unknown_cause()->values[2], 2);
	assert_int_equal(unknown_cause()->confidence, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

static void what_still_would_not_fit_or_comes_much_later_is_not_its_doing(void **state)
{
	(void)state;
	start();
	segments_feed(&script, "C > S A seq 1:1449 ack 1 ts 2000/5000 @1");
	quote_client(1, TOO_LONG, 1200);
	feed_resend("C > S A seq 1:1449 ack 1 ts 2010/5000 @1.01", CAUSE_UNKNOWN);
	assert_false(script.facts.cut_to_fit);
	segments_end(&script);
	assert_int_equal(unknown_cause()->values[2], 0);
	assert_int_equal(unknown_cause()->confidence, CONFIDENCE_UNSURE);
	segments_finish(&script);

	start();
	segments_feed(&script, "C > S A seq 1:1449 ack 1 ts 2000/5000 @1");
	quote_client(1, TOO_LONG, 1200);
	feed_resend("C > S A seq 1:101 ack 1 ts 2100/5000 @1.1", CAUSE_UNKNOWN);
	assert_false(script.facts.cut_to_fit);
	segments_end(&script);
	segments_finish(&script);

	/* Another error, or one that quotes what was never sent, cuts nothing. */
	start();
	segments_feed(&script, "C > S A seq 1:1449 ack 1 ts 2000/5000 @1");
	quote_client(1, 1, 0);
	quote_client(90000, TOO_LONG, 1200);
	feed_resend("C > S A seq 1:1149 ack 1 ts 2010/5000 @1.01", CAUSE_UNKNOWN);
	assert_false(script.facts.cut_to_fit);
	segments_end(&script);
	segments_finish(&script);
}

static void a_syn_with_an_older_timestamp_came_late_and_was_not_sent_again(void **state)
{
	const struct tcp_finding *finding;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S S seq 0 mss 1460 ws 7 sackok ts 2000/0 @0\n"
			       "S > C SA seq 0 ack 1 mss 1460 ws 7 sackok ts 5000/2000 @0.0001\n"
			       "C > S A seq 1 ack 1 ts 2010/5000 @0.01");
	segments_feed(&script, "C > S S seq 0 mss 1460 ws 7 sackok ts 1000/0 @0.5");
	assert_int_equal(script.facts.cause, CAUSE_NONE);
	assert_true(script.connection->recovery.latest.was_late);
	segments_end(&script);
	assert_null(segments_finding(&script, 0, FINDING_RETRANSMISSION, TCP_CLIENT));
	finding = segments_finding(&script, 0, FINDING_REORDERED, TCP_CLIENT);
	assert_non_null(finding);
	assert_int_equal(finding->values[1], 1);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ack_of_what_was_before_may_have_been_lost_behind_the_capture),
		cmocka_unit_test(a_timeout_makes_an_end_of_the_probe),
		cmocka_unit_test(what_an_icmp_error_called_too_long_is_cut_to_fit),
		cmocka_unit_test(what_still_would_not_fit_or_comes_much_later_is_not_its_doing),
		cmocka_unit_test(a_syn_with_an_older_timestamp_came_late_and_was_not_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
