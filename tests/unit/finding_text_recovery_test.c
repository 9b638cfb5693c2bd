/* The sentences of losses, resends and reordering, and of tshark's other labels. */
#include "report/finding_text.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"
#include "tcp_flow/recovery.h"
#include "tcp_flow/segment_labels.h"

#define MS INT64_C(1000000)

static bool text_of(const struct tcp_finding *finding, char *text, size_t size)
{
	struct tcp_connection *connection = calloc(1, sizeof(*connection));
	struct text_builder out;
	bool known;

	assert_non_null(connection);
	text_builder_init(&out, size - 1);
	known = finding_text_recovery(&out, connection, finding);
	assert_false(out.truncated);
	memcpy(text, text_builder_text(&out), out.length);
	text[out.length] = 0;
	text_builder_finish(&out);
	free(connection);
	return known;
}

static void assert_text(const struct tcp_finding *finding, const char *expected)
{
	char text[1024];

	assert_true(text_of(finding, text, sizeof(text)));
	assert_string_equal(text, expected);
}

static void each_cause_is_told_in_a_sentence_of_its_own(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_RETRANSMISSION,
		.side = TCP_CLIENT,
		.cause = CAUSE_TIMEOUT,
		.count = 2,
		.values = { 850 * MS, 2 },
	};

	(void)state;
	assert_text(&finding,
		    "The client's retransmission timer ran out two times, up to 2 in a row, "
		    "each waiting longer: no acknowledgement had come, and what was sent "
		    "first went out again, at most 850 ms after the original.");
	finding.cause = CAUSE_TAIL_LOSS_PROBE;
	finding.count = 1;
	finding.side = TCP_SERVER;
	finding.values[0] = 215 * MS;
	assert_text(&finding, "The server's last segment stayed without an answer, so it sent it "
			      "again to probe for a lost tail (tail-loss probe): one time, 215 ms "
			      "after the original.");
	finding.cause = CAUSE_FAST;
	assert_text(&finding, "Duplicate ACKs or SACK blocks told the server of a loss before any "
			      "timer did: it sent one segment again at once, 215 ms after the "
			      "original.");
	finding.cause = CAUSE_SACK;
	assert_text(&finding, "In repairs that had begun, the server sent one segment more again "
			      "that SACK blocks showed to be missing, 215 ms after the original.");
	finding.cause = CAUSE_GO_BACK_N;
	assert_text(&finding, "After a timeout the server took all that followed for lost too and "
			      "sent one segment again in order (go-back-N), 215 ms after the "
			      "original.");
	finding.cause = CAUSE_NEEDLESS;
	assert_text(&finding, "The server sent one segment again that, as the capture shows, had "
			      "already arrived.");
	finding.cause = CAUSE_UNKNOWN;
	assert_text(&finding, "The server sent one segment again; what made it do so, the capture "
			      "does not show.");
	finding.values[2] = finding.count;
	assert_text(&finding,
		    "The server sent one segment again, cut to fit, since an ICMP error had "
		    "said that what it sent was too long for the path.");
	finding.count = 5;
	finding.values[2] = 3;
	assert_text(&finding, "The server sent five segments again, 3 of them cut to fit, since an "
			      "ICMP error had said that what it sent was too long for the path; "
			      "what made it send the rest again, the capture does not show.");
	finding.count = 1;
	finding.values[2] = 0;
	finding.values[1] = 1;
	assert_text(&finding, "The server sent its SYN-ACK again in answer to a SYN that came "
			      "again, not by its timer.");
}

static void each_proof_of_needlessness_is_named(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_NEEDLESS,
		.side = TCP_CLIENT,
		.count = 1,
		.values = { NEEDLESS_D_SACK },
	};

	(void)state;
	assert_text(&finding,
		    "The client need not have sent one segment again: the receiver reports "
		    "that it came twice (D-SACK).");
	finding.count = 3;
	finding.values[0] = NEEDLESS_EIFEL;
	assert_text(&finding,
		    "The client need not have sent three segments again: the "
		    "acknowledgements answer the originals, by their timestamps (Eifel).");
	finding.values[0] = NEEDLESS_EIFEL_AGAIN;
	assert_text(&finding,
		    "The client need not have sent three segments again: the acknowledgements "
		    "answer earlier repetitions, by their timestamps (Eifel).");
	finding.values[0] = NEEDLESS_ARRIVED;
	assert_text(&finding, "The client sent three segments again that had arrived: the "
			      "acknowledgements stand before them in the capture, so they reached "
			      "the client too late or never.");
	finding.count = 1;
	assert_text(&finding, "The client sent one segment again that had arrived: the "
			      "acknowledgement stands before it in the capture, so it reached the "
			      "client too late or never.");
}

static void what_came_twice_but_stands_here_once_is_told(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_REPORTED_TWICE,
		.side = TCP_CLIENT,
		.count = 1,
	};

	(void)state;
	assert_text(&finding,
		    "The server reports that one segment of the client came twice (D-SACK), "
		    "though the capture has it once: the network doubled it behind the capture "
		    "point, or the repetition was not captured. No harm: what came already is "
		    "thrown away.");
}

static void overtaken_and_lost_are_told_apart(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_REORDERED,
		.side = TCP_SERVER,
		.count = 1,
		.values = { 50 * MS },
	};

	(void)state;
	assert_text(&finding,
		    "Segments of the server overtook others: one segment came late, not lost, by "
		    "50 ms.");
	finding.values[1] = 1;
	assert_text(&finding,
		    "Segments of the server overtook others: one segment came late, not lost, by "
		    "50 ms, after what was sent again in place of it.");
	finding.count = 3;
	assert_text(&finding,
		    "Segments of the server overtook others: three segments came late, not lost, "
		    "by at most 50 ms, one of them after what was sent again in its place.");
	finding.count = 1;
	finding.values[1] = 0;
	finding.kind = FINDING_NETWORK_LOSS;
	finding.cause = CAUSE_FAST;
	finding.values[0] = 1000;
	assert_text(&finding, "The network lost data of the server before it came to the capture "
			      "point: 1,000 bytes in one segment are in the capture only as sent "
			      "again; duplicate ACKs or SACK blocks asked for them.");
	finding.cause = CAUSE_UNKNOWN;
	assert_text(&finding, "The network lost data of the server before it came to the capture "
			      "point: 1,000 bytes in one segment are in the capture only as sent "
			      "again.");
}

static void another_label_is_told_with_its_reason(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_LABELS_DIFFER,
		.side = TCP_CLIENT,
		.count = 2,
		.values = { TCP_LABEL_BIT(LABEL_RETRANSMISSION), TCP_LABEL_BIT(LABEL_KEEP_ALIVE),
			    LABELS_DIFFER_ONE_BYTE },
	};
	char text[1024];

	(void)state;
	assert_text(&finding,
		    "tshark says keep-alive where retransmission is right, and the like 2 "
		    "times. Its one byte had not been acknowledged: data sent again, not a "
		    "keep-alive.");
	finding.values[0] = 0;
	finding.count = 1;
	assert_true(text_of(&finding, text, sizeof(text)));
	assert_non_null(strstr(text, "where nothing is right. "));
	/* each reason has its words */
	for (int reason = LABELS_DIFFER_UNEXPLAINED; reason < LABELS_DIFFER_COUNT; reason++) {
		finding.values[2] = reason;
		assert_true(text_of(&finding, text, sizeof(text)));
		assert_true(strlen(text) >
			    strlen("tshark says keep-alive where nothing is right. "));
		assert_int_equal(text[strlen(text) - 1], '.');
	}
}

static void other_kinds_are_left_to_others(void **state)
{
	struct tcp_finding finding = { .kind = FINDING_MIDSTREAM };
	char text[1024];

	(void)state;
	assert_false(text_of(&finding, text, sizeof(text)));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cause_is_told_in_a_sentence_of_its_own),
		cmocka_unit_test(each_proof_of_needlessness_is_named),
		cmocka_unit_test(what_came_twice_but_stands_here_once_is_told),
		cmocka_unit_test(overtaken_and_lost_are_told_apart),
		cmocka_unit_test(another_label_is_told_with_its_reason),
		cmocka_unit_test(other_kinds_are_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
