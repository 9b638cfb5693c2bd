/* The sentences of windows, timers, marks and resets: whole, and of the side that they are about.
 */
#include "report/finding_text.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"
#include "tcp_flow/forged_reset.h"

static char *text_of(const struct tcp_finding *finding)
{
	struct tcp_connection *connection = calloc(1, sizeof(*connection));
	struct text_builder out;
	char *text;

	assert_non_null(connection);
	text_builder_init(&out, 4096);
	assert_true(finding_text_events(&out, connection, finding));
	assert_false(out.truncated);
	text = strdup(text_builder_text(&out));
	assert_non_null(text);
	text_builder_finish(&out);
	free(connection);
	return text;
}

static void assert_text(const struct tcp_finding *finding, const char *expected)
{
	char *text = text_of(finding);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_says(const struct tcp_finding *finding, const char *part)
{
	char *text = text_of(finding);

	if (!strstr(text, part))
		fail_msg("\"%s\" is not in: %s", part, text);
	free(text);
}

static void every_kind_has_whole_sentences_whatever_its_values(void **state)
{
	static const enum tcp_finding_kind kinds[] = {
		FINDING_FAST_OPEN,
		FINDING_HALF_OPEN,
		FINDING_FORMER_CONNECTION,
		FINDING_ZERO_WINDOW,
		FINDING_WINDOW_LIMITED,
		FINDING_WINDOW_PROBE,
		FINDING_KEEP_ALIVE,
		FINDING_DELAYED_ACK,
		FINDING_ECN,
		FINDING_URGENT,
		FINDING_CHALLENGE_ACK,
		FINDING_ICMP_ERROR,
		FINDING_BAD_OPTION,
		FINDING_RESET_UNREAD_DATA,
		FINDING_RESET_LINGER,
		FINDING_RESET_HALF_OPEN,
		FINDING_RESET_DATA_AFTER_CLOSE,
		FINDING_RESET_TIMEOUT,
		FINDING_RESET_NOT_FROM_PEER,
		FINDING_RESET_OUT_OF_WINDOW,
		FINDING_RESET_UNEXPLAINED,
		FINDING_RESET_AFTER_CLOSE,
	};
	static const int64_t odd[] = { -1, 0, 1, 2, 3, 4, 5, 6, 63, 255, INT64_MAX };
	size_t odd_count = sizeof(odd) / sizeof(odd[0]);

	(void)state;
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (size_t i = 0; i < odd_count * odd_count; i++) {
			struct tcp_finding finding = {
				.kind = kinds[kind],
				.side = i % 2 ? TCP_SERVER : TCP_CLIENT,
				.count = (uint32_t)(i % 4),
				.confidence = (enum tcp_confidence)(i % CONFIDENCE_COUNT),
				.values = { odd[i % odd_count], odd[i / odd_count],
					    odd[i % odd_count], odd[i / odd_count] },
			};
			char *text = text_of(&finding);
			size_t length = strlen(text);

			assert_true(length > 20);
			assert_true(text[0] >= 'A' && text[0] <= 'Z');
			assert_int_equal(text[length - 1], '.');
			assert_null(strstr(text, "  "));
			free(text);
		}
	}
}

static void other_kinds_are_left_to_others(void **state)
{
	const struct tcp_finding finding = { .kind = FINDING_TIME_WAIT };
	struct text_builder out;

	(void)state;
	text_builder_init(&out, 4096);
	assert_false(finding_text_events(&out, NULL, &finding));
	assert_int_equal(out.length, 0);
	text_builder_finish(&out);
}

static void probes_are_told_with_their_backoff(void **state)
{
	const struct tcp_finding finding = {
		.kind = FINDING_WINDOW_PROBE,
		.side = TCP_CLIENT,
		.count = 3,
		.values = { 3, 200000000, 800000000, 2 },
	};

	(void)state;
	assert_text(&finding,
		    "The client asked three times whether the window of the server is open again "
		    "(zero-window probes), first after 200 ms and at last only after 800 ms; 2 got "
		    "an answer.");
}

static void keep_alives_are_told_with_what_they_learned(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_KEEP_ALIVE,
		.side = TCP_SERVER,
		.count = 3,
		.values = { 3, 5000000000, 3, 0 },
	};

	(void)state;
	assert_says(&finding, "The server sent three keep-alives, one every 5 s, to learn "
			      "whether the client is still there: it always was.");
	finding.values[2] = 1;
	finding.values[3] = 2;
	assert_says(&finding, "but the last 2 got no answer");
	finding.values[2] = 0;
	assert_says(&finding, "no answer came");
}

/* CWR follows a loss as well as an echo (RFC 3168 section 6.1.2). */
static void a_smaller_window_without_a_mark_may_come_of_a_loss(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_ECN,
		.side = TCP_CLIENT,
		.count = 1,
		.values = { 0, 0, 1, ECN_CLASSIC },
	};

	(void)state;
	assert_text(&finding,
		    "The client said once that it had slowed down (CWR), though neither a "
		    "mark (CE) nor a report of one (ECE) was captured: it says so after a "
		    "loss, too.");
	finding.values[1] = 2;
	assert_says(&finding, "Segments of the client met congestion on the way, behind the point "
			      "where this was captured, so that they carry no mark (CE) here; the "
			      "server reported it");
}

static void what_the_wire_cannot_tell_apart_is_said(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_RESET_UNREAD_DATA,
		.side = TCP_SERVER,
		.count = 1,
		.values = { 100, ROUGH_EITHER },
	};
	char *text;

	(void)state;
	assert_says(&finding, "The server's program closed its socket, or ended, while data of the "
			      "client lay unread in it (100 bytes");
	assert_says(&finding, "SO_LINGER");
	finding.values[1] = ROUGH_CLEAR;
	text = text_of(&finding);
	assert_null(strstr(text, "SO_LINGER"));
	free(text);
}

static void errors_of_the_network_have_names(void **state)
{
	static const struct {
		int64_t type;
		int64_t code;
		int64_t mtu;
		int64_t version;
		const char *part;
	} rows[] = {
		{ 3, 0, 0, 4,
		  "A router on the way said of what the client sent: network unreachable" },
		{ 3, 3, 0, 4 | ICMP_BY_DESTINATION, "The machine at the other end said" },
		{ 3, 3, 0, 4, "port unreachable" },
		{ 3, 4, 1280, 4, "fragmentation needed, at most 1280 bytes fit through" },
		{ 3, 13, 0, 4, "prohibited by an administrator" },
		{ 3, 99, 0, 4, "destination unreachable" },
		{ 11, 0, 0, 4, "time to live exceeded" },
		{ 1, 0, 0, 6, "no route to the destination" },
		{ 2, 0, 1280, 6, "packet too big, at most 1280 bytes fit through" },
		{ 3, 0, 0, 6, "hop limit exceeded" },
		{ 3, 0, 0, 6, "(ICMPv6 type 3, code 0)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tcp_finding finding = {
			.kind = FINDING_ICMP_ERROR,
			.side = TCP_CLIENT,
			.count = 1,
			.values = { rows[i].type, rows[i].code, rows[i].mtu, rows[i].version },
		};

		assert_says(&finding, rows[i].part);
	}
}

static void signs_of_a_forgery_are_listed(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_RESET_NOT_FROM_PEER,
		.side = TCP_SERVER,
		.count = 1,
		.values = { RESET_SIGN_TTL | RESET_SIGN_IP_ID, 52, 64 },
	};

	(void)state;
	assert_says(&finding, "does not look as if the server sent it: it came with TTL 52 where "
			      "others have 64, its IP identification is out of the row.");
	finding.values[0] |= RESET_SIGN_WENT_ON;
	assert_says(&finding, "The server did not send this reset: it went on");
}

static void resets_that_are_not_obeyed_say_why(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_RESET_OUT_OF_WINDOW,
		.side = TCP_SERVER,
		.count = 1,
		.values = { -1, REFUSED_ANSWER },
	};

	(void)state;
	assert_says(&finding, "acknowledged, 1 byte before the one that comes next, so the client "
			      "takes no notice of it.");
	finding.values[1] = REFUSED_OUTSIDE;
	assert_says(&finding, "1 byte before the number that comes next: it is ignored, as one "
			      "that came late or that somebody guessed.");
	finding.values[0] = 999;
	finding.values[1] = REFUSED_IN_WINDOW;
	assert_says(&finding, "in the window but 999 bytes beyond the very next number");
}

static void a_reset_after_the_end_tells_of_the_time_wait(void **state)
{
	struct tcp_finding finding = {
		.kind = FINDING_RESET_AFTER_CLOSE,
		.side = TCP_SERVER,
		.count = 1,
		.values = { AFTER_CLOSE_ENDS_WAIT },
	};

	(void)state;
	assert_says(&finding, "the TIME_WAIT of the client ends with it.");
	finding.values[0] = AFTER_CLOSE_OLD_NUMBER;
	assert_says(&finding, "the TIME_WAIT of the client stays");
}

static void without_scaling_no_buffer_helps(void **state)
{
	struct tcp_finding finding = { .kind = FINDING_WINDOW_LIMITED,
				       .side = TCP_CLIENT,
				       .confidence = CONFIDENCE_SURE,
				       .count = 1,
				       .values = { 1000000, 1000000, 64000, 0 } };

	(void)state;
	assert_says(&finding, "a larger receive buffer at the server");
	finding.values[3] = 1;
	assert_says(&finding, "without the window scale option no window is larger than 65,535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_scaling_no_buffer_helps),
		cmocka_unit_test(every_kind_has_whole_sentences_whatever_its_values),
		cmocka_unit_test(other_kinds_are_left_to_others),
		cmocka_unit_test(probes_are_told_with_their_backoff),
		cmocka_unit_test(keep_alives_are_told_with_what_they_learned),
		cmocka_unit_test(a_smaller_window_without_a_mark_may_come_of_a_loss),
		cmocka_unit_test(what_the_wire_cannot_tell_apart_is_said),
		cmocka_unit_test(errors_of_the_network_have_names),
		cmocka_unit_test(signs_of_a_forgery_are_listed),
		cmocka_unit_test(resets_that_are_not_obeyed_say_why),
		cmocka_unit_test(a_reset_after_the_end_tells_of_the_time_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
