#include "tcp_flow/closing.h"

#include "support/segments.h"
#include "support/unit_test.h"

#define OPENED "C > S S seq 0 ws 0 @0\nS > C SA seq 0 ack 1 ws 0 +0.01\nC > S A seq 1 ack 1\n"
#define NOBODY (-1)

/* What follows a handshake, and what it must be called. */
struct expected {
	const char *lines;
	enum tcp_closing kind;
	int first; /* enum tcp_side, or NOBODY */
	uint32_t segments;
	int time_wait;
};

static struct segments script;

static const struct closing *run(const char *lines)
{
	segments_start(&script, 0);
	segments_feed(&script, OPENED);
	segments_feed(&script, lines);
	segments_end(&script);
	assert_int_equal(script.ended_count, 1);
	return &script.ended[0].closing;
}

static bool has_finding(enum tcp_finding_kind kind)
{
	return segments_finding(&script, 0, kind, TCP_BOTH_SIDES) != NULL;
}

static void expect(const struct expected *expected, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct closing *closing = run(expected[i].lines);
		int first = closing->has_first ? (int)closing->first : NOBODY;
		int time_wait = closing->has_time_wait ? (int)closing->time_wait : NOBODY;

		if (closing->kind != expected[i].kind || first != expected[i].first ||
		    closing->segments != expected[i].segments || time_wait != expected[i].time_wait)
			fail_msg("%s, first %d, %u segments, time-wait %d: %s",
				 tcp_closing_name(closing->kind), first, closing->segments,
				 time_wait, expected[i].lines);
		segments_finish(&script);
	}
}

#define EXPECT(expected) expect(expected, sizeof(expected) / sizeof((expected)[0]))

static void a_fin_acknowledged_before_the_other_is_orderly_4(void **state)
{
	static const struct expected expected[] = {
		{ "C > S FA seq 1 ack 1\nS > C A seq 1 ack 2\n"
		  "S > C FA seq 1 ack 2\nC > S A seq 2 ack 2\n",
		  CLOSING_ORDERLY_4, TCP_CLIENT, 4, TCP_CLIENT },
		{ "S > C FA seq 1 ack 1\nC > S A seq 1 ack 2\n"
		  "C > S FA seq 1 ack 2\nS > C A seq 2 ack 2\n",
		  CLOSING_ORDERLY_4, TCP_SERVER, 4, TCP_SERVER },
		/* with data behind the first acknowledgement, which data may bring itself */
		{ "C > S FA seq 1:11 ack 1\nS > C PA seq 1:101 ack 12\nC > S A seq 12 ack 101\n"
		  "S > C FA seq 101 ack 12\nC > S A seq 12 ack 102\n",
		  CLOSING_ORDERLY_4, TCP_CLIENT, 4, TCP_CLIENT },
		/* the last acknowledgement is not in the file */
		{ "C > S FA seq 1 ack 1\nS > C A seq 1 ack 2\nS > C FA seq 1 ack 2\n",
		  CLOSING_ORDERLY_4, TCP_CLIENT, 3, TCP_CLIENT },
		/* FINs sent again change nothing */
		{ "C > S FA seq 1 ack 1\nC > S FA seq 1 ack 1 +0.2\nS > C A seq 1 ack 2\n"
		  "S > C FA seq 1 ack 2\nS > C FA seq 1 ack 2 +0.2\nC > S A seq 2 ack 2\n",
		  CLOSING_ORDERLY_4, TCP_CLIENT, 4, TCP_CLIENT },
	};

	(void)state;
	EXPECT(expected);
}

static void a_fin_that_acknowledges_first_is_orderly_3(void **state)
{
	static const struct expected expected[] = {
		{ "S > C FA seq 1 ack 1\nC > S FA seq 1 ack 2\nS > C A seq 2 ack 2\n",
		  CLOSING_ORDERLY_3, TCP_SERVER, 3, TCP_SERVER },
		{ "C > S FA seq 1 ack 1\nS > C FA seq 1:51 ack 2\nC > S A seq 2 ack 52\n",
		  CLOSING_ORDERLY_3, TCP_CLIENT, 3, TCP_CLIENT },
		/* between them, data that does not acknowledge the FIN */
		{ "C > S FA seq 1 ack 1\nS > C PA seq 1:51 ack 1\nS > C FA seq 51 ack 2\n"
		  "C > S A seq 2 ack 52\n",
		  CLOSING_ORDERLY_3, TCP_CLIENT, 3, TCP_CLIENT },
	};

	(void)state;
	EXPECT(expected);
}

static void fins_that_cross_are_simultaneous(void **state)
{
	static const struct expected expected[] = {
		{ "C > S FA seq 1 ack 1\nS > C FA seq 1 ack 1\n"
		  "C > S A seq 2 ack 2\nS > C A seq 2 ack 2\n",
		  CLOSING_SIMULTANEOUS, TCP_BOTH_SIDES, 4, TCP_BOTH_SIDES },
		{ "S > C FA seq 1 ack 1\nC > S FA seq 1:11 ack 1\n"
		  "C > S A seq 12 ack 2\nS > C A seq 2 ack 12\n",
		  CLOSING_SIMULTANEOUS, TCP_BOTH_SIDES, 4, TCP_BOTH_SIDES },
		/* judged on the first transmission of each, whatever a later one acknowledges */
		{ "C > S FA seq 1 ack 1\nS > C FA seq 1 ack 1\nS > C FA seq 1 ack 2\n"
		  "C > S A seq 2 ack 2\n",
		  CLOSING_SIMULTANEOUS, TCP_BOTH_SIDES, 4, TCP_BOTH_SIDES },
	};

	(void)state;
	EXPECT(expected);
}

static void one_fin_alone_is_half_closed(void **state)
{
	static const struct expected expected[] = {
		{ "C > S FA seq 1 ack 1\n", CLOSING_HALF_CLOSED, TCP_CLIENT, 1, NOBODY },
		{ "S > C FA seq 1 ack 1\nC > S A seq 1 ack 2\nC > S PA seq 1:11 ack 2\n",
		  CLOSING_HALF_CLOSED, TCP_SERVER, 2, NOBODY },
	};

	(void)state;
	EXPECT(expected);
}

static void no_fin_and_no_reset_is_open(void **state)
{
	static const struct expected expected[] = {
		{ "C > S PA seq 1:11 ack 1\n", CLOSING_OPEN, NOBODY, 0, NOBODY },
	};

	(void)state;
	EXPECT(expected);
}

static void a_reset_closes_whatever_fins_there_were(void **state)
{
	static const struct expected expected[] = {
		{ "C > S PA seq 1:11 ack 1\nS > C RA seq 1 ack 11\n", CLOSING_RESET, TCP_SERVER, 0,
		  NOBODY },
		{ "C > S R seq 1\n", CLOSING_RESET, TCP_CLIENT, 0, NOBODY },
		{ "C > S FA seq 1 ack 1\nS > C R seq 1\n", CLOSING_RESET, TCP_SERVER, 0, NOBODY },
		{ "C > S FA seq 1 ack 1\nS > C A seq 1 ack 2\nS > C PA seq 1:11 ack 2\n"
		  "C > S R seq 2\n",
		  CLOSING_RESET, TCP_CLIENT, 0, NOBODY },
		/* both FINs, but one of them never acknowledged */
		{ "C > S FA seq 1 ack 1\nS > C FA seq 1 ack 2\nC > S R seq 2\n", CLOSING_RESET,
		  TCP_CLIENT, 0, NOBODY },
	};

	(void)state;
	EXPECT(expected);
}

static void a_reset_after_both_fins_leaves_it_orderly(void **state)
{
	const struct closing *closing = run("S > C FA seq 1 ack 1\nC > S FA seq 1 ack 2\n"
					    "S > C A seq 2 ack 2\nC > S R seq 2\n");

	(void)state;
	assert_int_equal(closing->kind, CLOSING_ORDERLY_3);
	assert_int_equal(closing->first, TCP_SERVER);
	assert_int_equal(closing->segments, 3);
	assert_true(has_finding(FINDING_RESET_AFTER_CLOSE));
	segments_finish(&script);
}

static void a_reset_out_of_the_window_closes_nothing(void **state)
{
	static const struct expected expected[] = {
		{ "C > S R seq 900000\nC > S PA seq 1:11 ack 1\n", CLOSING_OPEN, NOBODY, 0,
		  NOBODY },
		{ "S > C R seq -100\nS > C FA seq 1 ack 1\n", CLOSING_HALF_CLOSED, TCP_SERVER, 1,
		  NOBODY },
	};
	const struct closing *closing;

	(void)state;
	EXPECT(expected);
	closing = run("C > S R seq 900000\nS > C PA seq 1:11 ack 1\nC > S A seq 1 ack 11\n");
	assert_int_equal(closing->reset_frame, 0);
	assert_true(has_finding(FINDING_RESET_OUT_OF_WINDOW));
	segments_finish(&script);
}

static void a_reset_answered_by_a_challenge_ack_closes_nothing(void **state)
{
	const struct closing *closing = run("S > C R seq 301\n" /* in the window, not the next */
					    "C > S A seq 1 ack 1\n"
					    "S > C PA seq 1:11 ack 1 +1\nC > S A seq 1 ack 11\n");

	(void)state;
	assert_int_equal(closing->kind, CLOSING_OPEN);
	assert_int_equal(closing->refuted_frame, 4);
	segments_finish(&script);

	/* The answer to the challenge is the exact one. */
	closing = run("S > C R seq 301\nC > S A seq 1 ack 1\nS > C R seq 1\n");
	assert_int_equal(closing->kind, CLOSING_RESET);
	assert_int_equal(closing->reset_frame, 6);
	segments_finish(&script);

	/* One in the window that nobody answered is believed. */
	closing = run("S > C R seq 301\n");
	assert_int_equal(closing->kind, CLOSING_RESET);
	segments_finish(&script);

	/* What was under way against an exact one does not refute it. */
	closing = run("S > C R seq 1\nC > S PA seq 1:11 ack 1\n");
	assert_int_equal(closing->kind, CLOSING_RESET);
	assert_int_equal(closing->refuted_frame, 0);
	segments_finish(&script);
}

static void time_wait_lasts_a_minute_from_the_last_acknowledgement(void **state)
{
	const struct tcp_finding *finding;

	(void)state;
	(void)run("C > S FA seq 1 ack 1 @1\nS > C A seq 1 ack 2 @2\n"
		  "S > C FA seq 1 ack 2 @3\nC > S A seq 2 ack 2 @4\n");
	finding = segments_finding(&script, 0, FINDING_TIME_WAIT, TCP_CLIENT);
	assert_non_null(finding);
	assert_int_equal(finding->values[0],
			 SEGMENTS_START_NS + INT64_C(4000000000) + TIME_WAIT_NS);
	assert_int_equal(finding->frames[0], 7);
	segments_finish(&script);

	/* Nobody is known to wait where the last acknowledgement was not seen. */
	(void)run("C > S FA seq 1 ack 1 @1\nS > C A seq 1 ack 2 @2\nS > C FA seq 1 ack 2 @3\n");
	assert_null(segments_finding(&script, 0, FINDING_TIME_WAIT, TCP_CLIENT));
	segments_finish(&script);
}

static void the_numbers_of_the_fins_may_wrap(void **state)
{
	(void)state;
	segments_start(&script, 0);
	script.hosts[0].base = UINT32_MAX - 1;
	script.hosts[1].base = UINT32_MAX;
	segments_feed(&script, OPENED);
	segments_feed(&script, "C > S FA seq 1 ack 1\nS > C A seq 1 ack 2\n"
			       "S > C FA seq 1 ack 2\nC > S A seq 2 ack 2\n");
	segments_end(&script);
	assert_int_equal(script.ended[0].closing.kind, CLOSING_ORDERLY_4);
	assert_int_equal(script.ended[0].closing.segments, 4);
	segments_finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fin_acknowledged_before_the_other_is_orderly_4),
		cmocka_unit_test(a_fin_that_acknowledges_first_is_orderly_3),
		cmocka_unit_test(fins_that_cross_are_simultaneous),
		cmocka_unit_test(one_fin_alone_is_half_closed),
		cmocka_unit_test(no_fin_and_no_reset_is_open),
		cmocka_unit_test(a_reset_closes_whatever_fins_there_were),
		cmocka_unit_test(a_reset_after_both_fins_leaves_it_orderly),
		cmocka_unit_test(a_reset_out_of_the_window_closes_nothing),
		cmocka_unit_test(a_reset_answered_by_a_challenge_ack_closes_nothing),
		cmocka_unit_test(time_wait_lasts_a_minute_from_the_last_acknowledgement),
		cmocka_unit_test(the_numbers_of_the_fins_may_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
