/*
 * What single segments are marked with, and what is said of them: congestion marks, urgent data,
 * fast open, bad options, challenge ACKs, ICMP errors.
 */
#include "tcp_flow/segment_marks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/finding_script.h"
#include "support/unit_test.h"

/* A handshake in which both sides agree on marks. */
#define ECN_HANDSHAKE                                                                              \
	"C > S SEC seq 0 win 64240 mss 1460 ws 7 @0\n"                                             \
	"S > C SAE seq 0 ack 1 win 65160 mss 1460 ws 7 +0.01\n"                                    \
	"C > S A seq 1 ack 1 +0\n"

/* Feeds a SYN whose fast-open option has a cookie of so many bytes. */
static void feed_fast_open(struct segments *script, const char *line, uint8_t cookie_bytes)
{
	segments_make(script, line);
	script->packet.tcp.options.has |= TCP_HAS_FAST_OPEN;
	script->packet.tcp.options.fast_open_length = cookie_bytes;
	assert_int_equal(tcp_tracker_packet(script->tracker, &script->packet, &script->facts,
					    &script->connection),
			 TRACKER_SEGMENT);
}

/* Says that a segment of the side at `offset` behind its first number could not be delivered. */
static void quote(struct segments *script, enum tcp_side side, uint32_t offset, uint8_t type,
		  uint8_t code, uint16_t mtu)
{
	/* The tracker owns the connection; errors come to it through the same door. */
	struct tcp_connection *connection = (struct tcp_connection *)(uintptr_t)script->connection;
	const struct tcp_end *sender = &connection->ends[side];
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(side)];
	struct packet packet;

	memset(&packet, 0, sizeof(packet));
	packet.kind = PACKET_ICMP_ERROR;
	packet.frame = ++script->frames;
	packet.icmp = (struct icmp_error){
		.type = type,
		.code = code,
		.next_hop_mtu = mtu,
		.source = sender->address,
		.destination = receiver->address,
		.reporter = { .version = 4, .bytes = { 192, 0, 2, 254 } },
		.source_port = sender->port,
		.destination_port = receiver->port,
		.sequence = sender->base_raw + offset,
	};
	flow_control_icmp(connection, &packet);
}

static void agreeing_on_ecn_is_no_finding_but_known(void **state)
{
	struct segments script;

	(void)state;
	run_alone(&script, ECN_HANDSHAKE "C > S PA seq 1:11 ack 1 tos 2 @1\n");
	assert_null(segments_finding(&script, 0, FINDING_ECN, TCP_BOTH_SIDES));
	assert_int_equal(segment_marks_ecn(&script.ended[0]), ECN_CLASSIC);
	segments_finish(&script);
	run_alone(&script, "C > S SEC seq 0 win 64240 @0\nS > C SA seq 0 ack 1 +0.01\n");
	assert_int_equal(segment_marks_ecn(&script.ended[0]), ECN_NONE);
	segments_finish(&script);
	run_alone(&script, "C > S SEC seq 0 win 64240 @0\n");
	assert_int_equal(segment_marks_ecn(&script.ended[0]), ECN_UNKNOWN);
	segments_finish(&script);
}

static void a_mark_its_report_and_the_answer_go_together(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run_alone(&script, ECN_HANDSHAKE "C > S PA seq 1:1461 ack 1 tos 2 @1\n"
					 "C > S PA seq 1461:2921 ack 1 tos 3 @1\n"
					 "S > C AE seq 1 ack 2921 @1.01\n"
					 "S > C AE seq 1 ack 2921 win 510 @1.02\n"
					 "C > S PAC seq 2921:4381 ack 1 tos 2 @1.03\n"
					 "S > C A seq 1 ack 4381 @1.04\n");
	finding = found(&script, FINDING_ECN, TCP_CLIENT);
	assert_int_equal(finding->values[0], 1);
	assert_int_equal(finding->values[1], 2);
	assert_int_equal(finding->values[2], 1);
	assert_int_equal(finding->values[3], ECN_CLASSIC);
	assert_frames(finding, FRAMES(5, 6, 7, 8), 4);
	assert_null(segments_finding(&script, 0, FINDING_ECN, TCP_SERVER));
	segments_finish(&script);
}

static void accurate_ecn_counts_marks_in_three_bits(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	/* SYN with AE CWR ECE; the SYN-ACK with CWR: the SYN came without marks; the client's first
	 * ACK reports on the SYN-ACK; then the server's counter goes 5, 7, 0 */
	run_alone(&script, "C > S SECN seq 0 win 64240 mss 1460 @0\n"
			   "S > C SAC seq 0 ack 1 mss 1460 +0.01\n"
			   "C > S AC seq 1 ack 1 +0\n"
			   "C > S PAEN seq 1:101 ack 1 tos 2 @1\n"
			   "S > C AEN seq 1 ack 101 @1.01\n"
			   "C > S PAEN seq 101:201 ack 1 tos 2 @2\n"
			   "S > C AECN seq 1 ack 201 @2.01\n"
			   "C > S PAEN seq 201:301 ack 1 tos 3 @3\n"
			   "S > C A seq 1 ack 301 @3.01\n");
	assert_int_equal(segment_marks_ecn(&script.ended[0]), ECN_ACCURATE);
	finding = found(&script, FINDING_ECN, TCP_CLIENT);
	assert_int_equal(finding->values[0], 1);
	assert_int_equal(finding->values[1], 3);
	assert_int_equal(finding->values[3], ECN_ACCURATE);
	assert_null(segments_finding(&script, 0, FINDING_ECN, TCP_SERVER));
	segments_finish(&script);
}

static void urgent_data_is_told_with_its_pointer(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:4 ack 1 @1\nC > S PAU seq 4:5 ack 1 urg 1 @1\n");
	finding = found(&script, FINDING_URGENT, TCP_CLIENT);
	assert_int_equal(finding->count, 1);
	assert_int_equal(finding->values[0], 1);
	assert_frames(finding, FRAMES(5), 1);
	segments_finish(&script);
}

static void a_cookie_is_asked_for_and_given(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	feed_fast_open(&script, "C > S S seq 0 mss 1460 @0", 0);
	assert_int_equal(findings_find(&script.connection->findings, FINDING_FAST_OPEN, TCP_CLIENT)
				 ->values[0],
			 1);
	feed_fast_open(&script, "S > C SA seq 0 ack 1 mss 1460 +0.01", 8);
	segments_end(&script);
	assert_int_equal(found(&script, FINDING_FAST_OPEN, TCP_CLIENT)->values[0], 2);
	segments_finish(&script);
}

static void data_in_the_syn_is_taken_or_not(void **state)
{
	static const struct {
		const char *answer;
		int64_t taken;
	} cases[] = {
		{ "S > C SA seq 0 ack 13 mss 1460 +0.01", 12 },
		{ "S > C SA seq 0 ack 5 mss 1460 +0.01", 4 },
		{ "S > C SA seq 0 ack 1 mss 1460 +0.01", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct segments script;
		const struct tcp_finding *finding;

		segments_start(&script, 0);
		feed_fast_open(&script, "C > S S seq 0:12 mss 1460 @0", 8);
		segments_feed(&script, cases[i].answer);
		segments_end(&script);
		finding = found(&script, FINDING_FAST_OPEN, TCP_CLIENT);
		assert_int_equal(finding->values[0], 3);
		assert_int_equal(finding->values[1], cases[i].taken);
		assert_int_equal(finding->values[2], 12);
		segments_finish(&script);
	}
}

static void an_option_that_lies_is_named(void **state)
{
	/* a window scale of 9 bytes, of which two follow */
	static const uint8_t options[] = { 0x01, 0x03, 0x09, 0x07 };
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	begin(&script, "");
	segments_make(&script, "C > S PA seq 1:4 ack 1 @1");
	script.packet.tcp.options_bytes = options;
	script.packet.tcp.options_length = sizeof(options);
	tcp_options_decode(options, sizeof(options), &script.packet.tcp.options);
	assert_int_equal(tcp_tracker_packet(script.tracker, &script.packet, &script.facts,
					    &script.connection),
			 TRACKER_SEGMENT);
	segments_end(&script);
	finding = found(&script, FINDING_BAD_OPTION, TCP_CLIENT);
	assert_int_equal(finding->values[0], TCP_OPTION_WINDOW_SCALE);
	assert_int_equal(finding->values[1], 9);
	segments_finish(&script);
}

static void a_syn_inside_an_open_connection_is_challenged(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "S > C A seq 1 ack 11 @1\n"
		     "C > S S seq 9000000 win 64240 mss 1460 @2\n"
		     "S > C A seq 1 ack 11 @2\n"
		     "C > S PA seq 11:21 ack 1 @3\n"
		     "S > C A seq 1 ack 21 @3\n");
	finding = found(&script, FINDING_CHALLENGE_ACK, TCP_SERVER);
	assert_int_equal(finding->values[0], CHALLENGE_SYN);
	assert_int_equal(finding->count, 1);
	assert_frames(finding, FRAMES(6, 7), 2);
	/* forged: the client never said that it had lost anything */
	assert_null(segments_finding(&script, 0, FINDING_HALF_OPEN, TCP_CLIENT));
	segments_finish(&script);
}

static void data_in_answer_is_no_challenge(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "S > C A seq 1 ack 11 @1\n"
		     "C > S S seq 9000000 win 64240 mss 1460 @2\n"
		     "S > C PA seq 1:5 ack 11 @2\n"
		     "S > C A seq 1 ack 11 @2\n");
	assert_null(segments_finding(&script, 0, FINDING_CHALLENGE_ACK, TCP_SERVER));
	segments_finish(&script);
}

static void an_ordinary_ack_is_no_challenge(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S PA seq 1:11 ack 1 @1\n"
		     "C > S PA seq 1:11 ack 1 @1.2\n"
		     "S > C A seq 1 ack 11 @1.2\n"
		     "S > C A seq 1 ack 11 @1.2\n"
		     "C > S A seq 10 ack 1 @9\n"
		     "S > C A seq 1 ack 11 @9\n");
	assert_null(segments_finding(&script, 0, FINDING_CHALLENGE_ACK, TCP_SERVER));
	segments_finish(&script);
}

static void an_icmp_error_is_told_to_whom_it_quotes(void **state)
{
	struct segments script;
	const struct tcp_finding *finding;

	(void)state;
	begin(&script, "C > S PA seq 1:1461 ack 1 @1\n");
	quote(&script, TCP_CLIENT, 1, 3, 4, 1280);
	quote(&script, TCP_CLIENT, 1, 3, 4, 1280);
	quote(&script, TCP_SERVER, 0, 11, 0, 0);
	segments_end(&script);
	finding = found(&script, FINDING_ICMP_ERROR, TCP_CLIENT);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->values[0], 3);
	assert_int_equal(finding->values[1], 4);
	assert_int_equal(finding->values[2], 1280);
	assert_int_equal(finding->values[3], 4);
	assert_int_equal(finding->confidence, CONFIDENCE_SURE);
	finding = found(&script, FINDING_ICMP_ERROR, TCP_SERVER);
	assert_int_equal(finding->values[0], 11);
	segments_finish(&script);
}

static void an_icmp_error_that_quotes_nothing_outstanding_may_be_forged(void **state)
{
	struct segments script;

	(void)state;
	begin(&script, "C > S PA seq 1:1461 ack 1 @1\n");
	quote(&script, TCP_CLIENT, 5000, 3, 1, 0);
	segments_end(&script);
	assert_int_equal(found(&script, FINDING_ICMP_ERROR, TCP_CLIENT)->confidence,
			 CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void icmp_errors_of_every_type_do_not_crowd_out_the_rest(void **state)
{
	struct segments script;
	uint32_t kinds = 0;

	(void)state;
	begin(&script, "C > S PA seq 1:1461 ack 1 @1\n");
	for (uint8_t code = 0; code < 200; code++)
		quote(&script, TCP_CLIENT, 1, 3, code, 0);
	segments_end(&script);
	for (uint32_t i = 0; i < script.ended[0].findings.count; i++)
		kinds += script.ended[0].findings.list[i].kind == FINDING_ICMP_ERROR;
	assert_int_equal(kinds, ICMP_FINDINGS_MAX);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreeing_on_ecn_is_no_finding_but_known),
		cmocka_unit_test(a_mark_its_report_and_the_answer_go_together),
		cmocka_unit_test(accurate_ecn_counts_marks_in_three_bits),
		cmocka_unit_test(urgent_data_is_told_with_its_pointer),
		cmocka_unit_test(a_cookie_is_asked_for_and_given),
		cmocka_unit_test(data_in_the_syn_is_taken_or_not),
		cmocka_unit_test(an_option_that_lies_is_named),
		cmocka_unit_test(a_syn_inside_an_open_connection_is_challenged),
		cmocka_unit_test(data_in_answer_is_no_challenge),
		cmocka_unit_test(an_ordinary_ack_is_no_challenge),
		cmocka_unit_test(an_icmp_error_is_told_to_whom_it_quotes),
		cmocka_unit_test(an_icmp_error_that_quotes_nothing_outstanding_may_be_forged),
		cmocka_unit_test(icmp_errors_of_every_type_do_not_crowd_out_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
