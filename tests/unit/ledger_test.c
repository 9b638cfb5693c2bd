#include "tcp_flow/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/segments.h"
#include "support/unit_test.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

/* Round trip 10 ms; the client's ACK is at 10.010 ms. */
#define HANDSHAKE                                                                                  \
	"C > S S seq 0 win 64240 mss 1460 ws 7 sackok @0\n"                                        \
	"S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok @0.010\n"                             \
	"C > S A seq 1 ack 1 @0.010010\n"

static void run(struct segments *script, const char *lines)
{
	segments_start(script, 0);
	segments_feed(script, lines);
	segments_end(script);
	assert_true(script->ended_count > 0);
}

static const struct ledger *ledger_of(const struct segments *script)
{
	return &script->ended[0].ledger;
}

/* Each part, and with them that they add up. */
static void expect_parts(const struct segments *script, const int64_t expected[LEDGER_PART_COUNT])
{
	const struct tcp_connection *connection = &script->ended[0];
	int64_t sum = 0;

	for (unsigned part = 0; part < LEDGER_PART_COUNT; part++) {
		if (ledger_of(script)->parts_ns[part] != expected[part])
			fail_msg("%s is %" PRId64 " ns, not %" PRId64,
				 tcp_ledger_part_name((enum tcp_ledger_part)part),
				 ledger_of(script)->parts_ns[part], expected[part]);
		sum += expected[part];
	}
	assert_int_equal(sum, connection->end_ns - connection->start_ns);
}

static const struct tcp_finding *limit_of(const struct segments *script)
{
	const struct tcp_finding *finding =
		findings_find(&script->ended[0].findings, FINDING_LIMIT, TCP_BOTH_SIDES);

	assert_non_null(finding);
	return finding;
}

static void expect_limit(const struct segments *script, enum tcp_limit limit,
			 enum tcp_confidence confidence)
{
	assert_int_equal(limit_of(script)->values[2], limit);
	assert_int_equal(limit_of(script)->confidence, confidence);
}

static void five_bytes_from_one_windows_machine_to_another(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 369000,    [LEDGER_NETWORK] = 48623500,
		[LEDGER_CLIENT] = 3426564000, [LEDGER_SERVER] = 25079996700,
		[LEDGER_CLOSING] = 6934400,
	};

	(void)state;
	run(&script, "C > S S seq 0 win 64240 mss 1460 ws 8 sackok @0\n"
		     "S > C SA seq 0 ack 1 win 65535 mss 1460 ws 8 sackok @0.00021\n"
		     "C > S A seq 1 ack 1 win 8212 @0.000369\n"
		     "C > S PA seq 1 ack 1 win 8212 @3.426933 data 11111\n"
		     "S > C A seq 1 ack 6 win 8212 @3.4755565\n"
		     "S > C FA seq 1 ack 6 win 8212 @28.5555532\n"
		     "C > S A seq 6 ack 2 win 8212 @28.5558116\n"
		     "C > S FA seq 6 ack 2 win 8212 @28.5624609\n"
		     "S > C A seq 2 ack 7 win 8212 @28.5624876");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_SERVER, CONFIDENCE_SURE);
	assert_int_equal(limit_of(&script)->side, TCP_SERVER);
	assert_int_equal(limit_of(&script)->values[0], LEDGER_SERVER);
	assert_int_equal(limit_of(&script)->values[1], 25079996700);
	segments_finish(&script);
}

static void a_server_that_speaks_first_took_its_time(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_SERVER] = 989990 * US,
		[LEDGER_NETWORK] = 5 * MS,
		[LEDGER_CLIENT] = 995 * MS,
	};

	(void)state;
	run(&script, HANDSHAKE "S > C PA seq 1 ack 1 @1 data 220 hello\n"
			       "C > S A seq 1 ack 10 @1.005\n"
			       "C > S PA seq 1 ack 10 @2 data QUIT");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void a_syn_ack_that_comes_again_shows_that_no_program_was_waited_for(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 1025 * MS,
		[LEDGER_SERVER] = 15 * MS,
		[LEDGER_NETWORK] = 10 * MS,
	};

	(void)state;
	run(&script, HANDSHAKE "S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok @1.015\n"
			       "C > S A seq 1 ack 1 @1.025\n"
			       "S > C PA seq 1:6 ack 1 @1.040\n"
			       "C > S A seq 1 ack 6 @1.050\n");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_OPENING, CONFIDENCE_SURE);
	segments_finish(&script);
}

static void a_server_that_answers_the_syn_itself_waits_for_no_window(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 40 * MS,
		[LEDGER_CLIENT] = 60 * MS,
	};

	(void)state;
	run(&script, "C > S S seq 0:11 win 64240 mss 1460 ws 7 sackok @0\n"
		     "S > C SA seq 0 ack 12 win 65160 mss 1460 ws 7 sackok @0.020\n"
		     "S > C PA seq 1:6 ack 12 win 510 @0.020\n"
		     "C > S A seq 12 ack 6 win 502 @0.040\n"
		     "C > S PA seq 12:20 ack 6 win 502 @0.100\n");
	expect_parts(&script, expected);
	assert_int_equal(script.ended[0].flow_control.sides[TCP_CLIENT].limited_ns, 0);
	segments_finish(&script);
}

static void pauses_in_a_one_way_stream_are_its_senders(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = 30 * MS,
		/* before each of the three, and before the FIN */
		[LEDGER_CLIENT] = 4 * S - 40010 * US,
	};

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @1\nS > C A ack 101 @1.010\n"
			       "C > S PA seq 101:201 ack 1 @2\nS > C A ack 201 @2.010\n"
			       "C > S PA seq 201:301 ack 1 @3\nS > C A ack 301 @3.010\n"
			       "C > S FA seq 301 ack 1 @4");
	expect_parts(&script, expected);
	/* before the FIN it may have waited for an answer */
	expect_limit(&script, LIMIT_CLIENT, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

#define EXCHANGE                                                                                   \
	HANDSHAKE "C > S PA seq 1:101 ack 1 @0.020\nS > C A ack 101 @0.030\n"                      \
		  "S > C PA seq 1:501 ack 101 @0.130\nC > S A seq 101 ack 501 @0.140\n"

/* What the exchange comes to. */
#define EXCHANGE_CLIENT (9990 * US)
#define EXCHANGE_SERVER (100 * MS)
#define EXCHANGE_NETWORK (20 * MS)

static void a_client_that_gives_up_waited_for_the_server(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = EXCHANGE_NETWORK + 10 * MS,
		[LEDGER_CLIENT] = EXCHANGE_CLIENT + 860 * MS,
		[LEDGER_SERVER] = EXCHANGE_SERVER + 30 * S,
	};

	(void)state;
	run(&script, EXCHANGE "C > S PA seq 101:201 ack 501 @1\nS > C A seq 501 ack 201 @1.010\n"
			      "C > S FA seq 201 ack 501 @31.010");
	expect_parts(&script, expected);
	segments_finish(&script);
}

/* The server's kernel acknowledges, and its program never says a word. */
#define ONLY_THE_CLIENT_SPEAKS HANDSHAKE "C > S PA seq 1:101 ack 1 @0.020\nS > C A ack 101 @0.030\n"

static void who_never_spoke_may_never_have_been_asked(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_CLIENT] = 9990 * US,
		[LEDGER_NETWORK] = 10 * MS,
		[LEDGER_IDLE] = 30 * S,
	};
	static const char *const ends[] = {
		"C > S RA seq 101 ack 1 @30.030",
		"C > S FA seq 101 ack 1 @30.030",
		/* nothing ends it */
		"C > S A seq 100 ack 1 @30.020\nS > C A seq 1 ack 101 @30.030",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		segments_start(&script, 0);
		segments_feed(&script, ONLY_THE_CLIENT_SPEAKS);
		segments_feed(&script, ends[i]);
		segments_end(&script);
		expect_parts(&script, expected);
		expect_limit(&script, LIMIT_IDLE, CONFIDENCE_UNSURE);
		segments_finish(&script);
	}
}

static void who_closes_in_the_middle_of_a_silence_of_both_is_not_sure_to_have_made_it(void **state)
{
	struct segments script;

	(void)state;
	run(&script, HANDSHAKE "C > S FA seq 1 ack 1 @10");
	expect_limit(&script, LIMIT_CLIENT, CONFIDENCE_UNSURE);
	segments_finish(&script);
	run(&script, HANDSHAKE "S > C FA seq 1 ack 1 @10");
	expect_limit(&script, LIMIT_IDLE, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void after_one_fin_the_other_side_takes_its_time_and_sends(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_CLIENT] = 9990 * US,
		[LEDGER_NETWORK] = 10 * MS + 2 * 10 * MS,
		/* from the FIN on, and between its two pieces */
		[LEDGER_SERVER] = 1 * S + 490 * MS,
		[LEDGER_CLOSING] = 100 * MS,
	};

	(void)state;
	run(&script,
	    ONLY_THE_CLIENT_SPEAKS "C > S FA seq 101 ack 1 @0.030\nS > C A seq 1 ack 102 @0.040\n"
				   "S > C PA seq 1:501 ack 102 @1.030\nC > S A ack 501 @1.040\n"
				   "S > C PA seq 501:601 ack 102 @1.530\nC > S A ack 601 @1.540\n"
				   "S > C FA seq 601 ack 102 @1.630\n"
				   "C > S A seq 102 ack 602 @1.640");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_SERVER, CONFIDENCE_SURE);
	segments_finish(&script);
}

static void a_pause_between_two_fins_is_closing(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = EXCHANGE_NETWORK,
		[LEDGER_CLIENT] = EXCHANGE_CLIENT + 60 * MS,
		[LEDGER_SERVER] = EXCHANGE_SERVER,
		[LEDGER_CLOSING] = 110 * MS,
	};

	(void)state;
	run(&script, EXCHANGE "C > S FA seq 101 ack 501 @0.200\nS > C A seq 501 ack 102 @0.240\n"
			      "S > C FA seq 501 ack 102 @0.300\nC > S A seq 102 ack 502 @0.310");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void a_fin_that_is_lost_costs_recovery(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = EXCHANGE_NETWORK,
		[LEDGER_CLIENT] = EXCHANGE_CLIENT + 60 * MS,
		[LEDGER_SERVER] = EXCHANGE_SERVER,
		[LEDGER_CLOSING] = 10 * MS,
		[LEDGER_RECOVERY] = 310 * MS + 410 * MS,
	};

	(void)state;
	run(&script, EXCHANGE "C > S FA seq 101 ack 501 @0.200\nC > S FA seq 101 ack 501 @0.500\n"
			      "S > C A seq 501 ack 102 @0.510\n"
			      "S > C FA seq 501 ack 102 @0.520\nS > C FA seq 501 ack 102 @0.920\n"
			      "C > S A seq 102 ack 502 @0.930");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void where_the_clock_steps_back_nothing_is_sure(void **state)
{
	struct segments script;

	(void)state;
	run(&script, EXCHANGE "C > S PA seq 101:201 ack 501 @0.100\n"
			      "S > C A seq 501 ack 201 @0.110\n"
			      "S > C PA seq 501:601 ack 201 @60\nC > S A seq 201 ack 601 @60.010");
	expect_limit(&script, LIMIT_SERVER, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void nobody_owed_anything_before_a_server_closed_after_its_answer(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = EXCHANGE_NETWORK,
		[LEDGER_CLIENT] = EXCHANGE_CLIENT,
		[LEDGER_SERVER] = EXCHANGE_SERVER,
		[LEDGER_IDLE] = 60 * S,
		[LEDGER_CLOSING] = 20 * MS,
	};

	(void)state;
	run(&script, EXCHANGE "S > C FA seq 501 ack 101 @60.140\n"
			      "C > S FA seq 101 ack 502 @60.150\n"
			      "S > C A seq 502 ack 102 @60.160");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_IDLE, CONFIDENCE_SURE);
	segments_finish(&script);
}

static void nobody_owed_anything_before_a_server_closed_on_a_silent_client(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_IDLE] = 10 * S - 10010 * US,
	};

	(void)state;
	run(&script, HANDSHAKE "S > C FA seq 1 ack 1 @10");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void time_before_a_keep_alive_is_idle_when_no_answer_is_due(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = EXCHANGE_NETWORK,
		/* until the second keep-alive, and from there to the request */
		[LEDGER_IDLE] = 120 * S - 140 * MS,
		[LEDGER_CLIENT] = EXCHANGE_CLIENT + 5 * S,
		[LEDGER_SERVER] = EXCHANGE_SERVER,
	};

	(void)state;
	run(&script, EXCHANGE "C > S A seq 100 ack 501 @60\nS > C A seq 501 ack 101 @60.010\n"
			      "C > S A seq 100 ack 501 @120\nS > C A seq 501 ack 101 @120.010\n"
			      "C > S PA seq 101:201 ack 501 @125");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void an_answer_that_is_due_stays_due_whatever_keep_alives_come(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = 10 * MS,
		[LEDGER_CLIENT] = 9990 * US,
		[LEDGER_SERVER] = 90 * S - 30 * MS,
	};

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @0.020\nS > C A ack 101 @0.030\n"
			       "C > S A seq 100 ack 1 @60\nS > C A seq 1 ack 101 @60.010\n"
			       "S > C PA seq 1:501 ack 101 @90");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void a_timeout_shows_that_the_wait_since_the_original_was_recovery(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US, [LEDGER_CLIENT] = 9990 * US,
		[LEDGER_RECOVERY] = 220 * MS,  [LEDGER_SERVER] = 100 * MS,
		[LEDGER_NETWORK] = 10 * MS,
	};

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @0.020\n"
			       "C > S PA seq 1:101 ack 1 @0.230\n"
			       "S > C A ack 101 @0.240\n"
			       "S > C PA seq 1:501 ack 101 @0.340\n"
			       "C > S A seq 101 ack 501 @0.350");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_LOSS, CONFIDENCE_LIKELY);
	assert_int_equal(limit_of(&script)->side, TCP_CLIENT);
	segments_finish(&script);
}

static void a_connection_that_is_cut_ends_in_recovery(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_CLIENT] = 989990 * US,
		[LEDGER_RECOVERY] = 1400 * MS,
	};

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @1\nC > S PA seq 1:101 ack 1 @1.200\n"
			       "C > S PA seq 1:101 ack 1 @1.600\nC > S PA seq 1:101 ack 1 @2.400");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void a_closed_window_is_window_time_whatever_is_outstanding(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_CLIENT] = 9990 * US,
		[LEDGER_NETWORK] = 20 * MS,
		[LEDGER_WINDOW] = 5 * S,
	};

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:1001 ack 1 @0.020\nS > C A ack 1001 win 0 @0.030\n"
			       "S > C A ack 1001 win 502 @5.030\n"
			       "C > S PA seq 1001:2001 ack 1 @5.030\n"
			       "S > C A ack 2001 win 502 @5.040");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_WINDOW, CONFIDENCE_SURE);
	assert_int_equal(limit_of(&script)->side, TCP_CLIENT);
	segments_finish(&script);
}

static void who_did_not_use_the_window_when_it_opened_may_not_have_missed_it(void **state)
{
	struct segments script;

	(void)state;
	/* all but 4 bytes of the window; and nothing at once when there is room again */
	run(&script, "C > S S seq 0 win 64240 mss 1460 ws 7 @0\n"
		     "S > C SA seq 0 ack 1 win 2004 mss 1460 ws 7 @0.010\n"
		     "C > S PA seq 1:1001 ack 1 @0.010\nC > S PA seq 1001:2001 ack 1 @0.010\n"
		     "S > C A ack 2001 win 20 @2\n"
		     "C > S PA seq 2001:3001 ack 1 @2.5\nS > C A ack 3001 win 20 @2.510");
	assert_int_equal(limit_of(&script)->values[0], LEDGER_WINDOW);
	expect_limit(&script, LIMIT_WINDOW, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void silence_before_a_window_closes_is_of_him_whose_turn_it_was(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_NETWORK] = EXCHANGE_NETWORK,
		[LEDGER_CLIENT] = EXCHANGE_CLIENT + 860 * MS,
		[LEDGER_SERVER] = EXCHANGE_SERVER + 1 * S,
		[LEDGER_WINDOW] = 2 * S,
	};

	(void)state;
	run(&script, EXCHANGE "C > S A seq 101 ack 501 win 0 @1\n"
			      "C > S A seq 101 ack 501 win 502 @3\n"
			      "S > C PA seq 501:601 ack 101 @4");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void beside_its_receiver_a_download_waits_for_acknowledgements_to_travel(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10020 * US,
		[LEDGER_CLIENT] = 9980 * US,
		/* the request; two flights of data, acknowledged at once; the way between them */
		[LEDGER_NETWORK] = 10 * MS + 2 * 100 * US + 10 * MS,
		[LEDGER_SERVER] = 2 * MS + 50 * MS,
	};

	(void)state;
	run(&script, "C > S S seq 0 win 64240 mss 1460 ws 7 sackok @0\n"
		     "S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok @0.010\n"
		     "C > S A seq 1 ack 1 @0.010020\n"
		     "C > S PA seq 1:101 ack 1 @0.020\nS > C A seq 1 ack 101 @0.030\n"
		     "S > C A seq 1:1461 ack 101 @0.032\nC > S A seq 101 ack 1461 @0.0321\n"
		     "S > C A seq 1461:2921 ack 101 @0.0421\nC > S A seq 101 ack 2921 @0.0422\n"
		     /* this one was not waiting for an acknowledgement */
		     "S > C A seq 2921:4381 ack 101 @0.0922\n");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void a_late_piece_of_a_question_does_not_make_the_answer_due_again(void **state)
{
	struct segments script;

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 101:201 ack 1 @0.020\n"
			       "S > C PA seq 1:101 ack 201 @0.050\n"
			       "C > S PA seq 1:101 ack 1 @0.051\n"
			       "C > S A seq 201 ack 101 @0.060\n"
			       "S > C FA seq 101 ack 201 @10");
	assert_int_equal(ledger_of(&script)->parts_ns[LEDGER_IDLE], 10 * S - 60 * MS);
	segments_finish(&script);
}

static void where_no_part_has_half_of_the_time_nothing_is_sure(void **state)
{
	struct segments script;

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @0.030\nS > C A ack 101 @0.040\n"
			       "S > C PA seq 1:101 ack 101 @0.065\nC > S A seq 101 ack 101 @0.075");
	expect_limit(&script, LIMIT_SERVER, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void an_unanswered_opening_is_all_opening(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = { [LEDGER_OPENING] = 7 * S };

	(void)state;
	run(&script, "C > S S seq 0 @0\nC > S S seq 0 @1\nC > S S seq 0 @3\nC > S S seq 0 @7");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_OPENING, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void a_capture_that_begins_in_the_middle_has_no_opening(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_NETWORK] = 20 * MS,
		[LEDGER_SERVER] = 1 * S,
	};

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 @0\nS > C A seq 1 ack 101 @0.010\n"
		     "S > C PA seq 1:101 ack 101 @1.010\nC > S A seq 101 ack 101 @1.020");
	expect_parts(&script, expected);
	segments_finish(&script);
}

static void where_one_side_was_not_captured_the_time_is_the_others(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = { [LEDGER_CLIENT] = 3 * S };

	(void)state;
	run(&script, "C > S PA seq 1:101 ack 1 @0\nC > S PA seq 101:201 ack 11 @1\n"
		     "C > S PA seq 201:301 ack 21 @3");
	expect_parts(&script, expected);
	expect_limit(&script, LIMIT_CLIENT, CONFIDENCE_UNSURE);
	segments_finish(&script);
}

static void an_acknowledgement_that_waits_for_the_answer_hints_at_the_server(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_CLIENT] = 9990 * US,
		[LEDGER_NETWORK] = 130 * MS,
	};

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @0.020\n"
			       "S > C PA seq 1:501 ack 101 @0.140\n"
			       "C > S A seq 101 ack 501 @0.150");
	expect_parts(&script, expected);
	assert_int_equal(limit_of(&script)->values[0], LEDGER_NETWORK);
	expect_limit(&script, LIMIT_SERVER, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

static void answers_within_a_round_trip_leave_it_at_the_network(void **state)
{
	struct segments script;

	(void)state;
	run(&script, HANDSHAKE "C > S PA seq 1:101 ack 1 @0.010020\n"
			       "S > C PA seq 1:501 ack 101 @0.021\n"
			       "C > S PA seq 101:201 ack 501 @0.021020\n"
			       "S > C PA seq 501:901 ack 201 @0.032\n"
			       "C > S PA seq 201:301 ack 901 @0.032020\n"
			       "S > C PA seq 901:1001 ack 301 @0.043");
	expect_limit(&script, LIMIT_ROUND_TRIPS, CONFIDENCE_LIKELY);
	segments_finish(&script);
}

static void less_than_a_millisecond_is_too_short_to_say(void **state)
{
	struct segments script;

	(void)state;
	run(&script, "C > S S seq 0 @0\nS > C SA seq 0 ack 1 @0.0001\nC > S A seq 1 ack 1 @0.0002\n"
		     "C > S PA seq 1:101 ack 1 @0.0003\nS > C A seq 1 ack 101 @0.0009");
	expect_limit(&script, LIMIT_NOTHING, CONFIDENCE_SURE);
	segments_finish(&script);
}

static void a_segment_captured_late_takes_no_time(void **state)
{
	struct segments script;
	static const int64_t expected[LEDGER_PART_COUNT] = {
		[LEDGER_OPENING] = 10010 * US,
		[LEDGER_CLIENT] = 9990 * US,
		[LEDGER_NETWORK] = 30 * MS,
	};

	(void)state;
	/* the acknowledgement of the first stands behind the second, with an older time */
	run(&script,
	    HANDSHAKE "C > S PA seq 1:101 ack 1 @0.020\nC > S PA seq 101:201 ack 1 @0.040\n"
		      "S > C A ack 101 @0.030\nS > C A ack 201 @0.050");
	expect_parts(&script, expected);
	segments_finish(&script);
}

/* A repeatable stream of numbers. */
static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static void feed_random_line(struct segments *script, uint64_t *seed)
{
	static const char *const flags[] = {
		"A", "PA", "A", "PA", "A", "PA", "FA", "RA", "S", "SA"
	};
	char line[160];
	uint32_t from = next_random(seed) % 900;
	uint32_t length = next_random(seed) % 3 == 0 ? 0 : next_random(seed) % 300;
	const char *who = next_random(seed) % 2 == 0 ? "C > S" : "S > C";
	/* rare ones are rare */
	const char *what = flags[next_random(seed) % (next_random(seed) % 8 == 0 ? 10 : 6)];
	int64_t at_us = script->now_ns / 1000 + next_random(seed) % 400000 - 60000;

	if (at_us < 0)
		at_us = 0;
	(void)snprintf(line, sizeof(line), "%s %s seq %u:%u ack %u win %u @%" PRId64 ".%06" PRId64,
		       who, what, from, from + length, next_random(seed) % 1000,
		       next_random(seed) % 5 * 100, at_us / 1000000, at_us % 1000000);
	segments_feed(script, line);
}

static void whatever_comes_the_parts_add_up_to_the_duration(void **state)
{
	uint64_t seed = 20261121;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct segments script;

		segments_start(&script, 0);
		if (round % 3 != 0)
			segments_feed(&script, HANDSHAKE);
		for (unsigned i = 0; i < 60; i++)
			feed_random_line(&script, &seed);
		segments_end(&script);
		for (uint32_t i = 0; i < script.ended_count; i++) {
			const struct tcp_connection *connection = &script.ended[i];
			int64_t sum = 0;

			for (unsigned part = 0; part < LEDGER_PART_COUNT; part++) {
				assert_true(connection->ledger.parts_ns[part] >= 0);
				sum += connection->ledger.parts_ns[part];
			}
			assert_int_equal(sum, connection->end_ns - connection->start_ns);
		}
		segments_finish(&script);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_bytes_from_one_windows_machine_to_another),
		cmocka_unit_test(a_server_that_speaks_first_took_its_time),
		cmocka_unit_test(a_syn_ack_that_comes_again_shows_that_no_program_was_waited_for),
		cmocka_unit_test(a_server_that_answers_the_syn_itself_waits_for_no_window),
		cmocka_unit_test(pauses_in_a_one_way_stream_are_its_senders),
		cmocka_unit_test(a_client_that_gives_up_waited_for_the_server),
		cmocka_unit_test(who_never_spoke_may_never_have_been_asked),
		cmocka_unit_test(
			who_closes_in_the_middle_of_a_silence_of_both_is_not_sure_to_have_made_it),
		cmocka_unit_test(after_one_fin_the_other_side_takes_its_time_and_sends),
		cmocka_unit_test(a_pause_between_two_fins_is_closing),
		cmocka_unit_test(a_fin_that_is_lost_costs_recovery),
		cmocka_unit_test(where_the_clock_steps_back_nothing_is_sure),
		cmocka_unit_test(nobody_owed_anything_before_a_server_closed_after_its_answer),
		cmocka_unit_test(nobody_owed_anything_before_a_server_closed_on_a_silent_client),
		cmocka_unit_test(time_before_a_keep_alive_is_idle_when_no_answer_is_due),
		cmocka_unit_test(an_answer_that_is_due_stays_due_whatever_keep_alives_come),
		cmocka_unit_test(a_timeout_shows_that_the_wait_since_the_original_was_recovery),
		cmocka_unit_test(a_connection_that_is_cut_ends_in_recovery),
		cmocka_unit_test(a_closed_window_is_window_time_whatever_is_outstanding),
		cmocka_unit_test(who_did_not_use_the_window_when_it_opened_may_not_have_missed_it),
		cmocka_unit_test(silence_before_a_window_closes_is_of_him_whose_turn_it_was),
		cmocka_unit_test(
			beside_its_receiver_a_download_waits_for_acknowledgements_to_travel),
		cmocka_unit_test(a_late_piece_of_a_question_does_not_make_the_answer_due_again),
		cmocka_unit_test(where_no_part_has_half_of_the_time_nothing_is_sure),
		cmocka_unit_test(an_unanswered_opening_is_all_opening),
		cmocka_unit_test(a_capture_that_begins_in_the_middle_has_no_opening),
		cmocka_unit_test(where_one_side_was_not_captured_the_time_is_the_others),
		cmocka_unit_test(an_acknowledgement_that_waits_for_the_answer_hints_at_the_server),
		cmocka_unit_test(answers_within_a_round_trip_leave_it_at_the_network),
		cmocka_unit_test(less_than_a_millisecond_is_too_short_to_say),
		cmocka_unit_test(a_segment_captured_late_takes_no_time),
		cmocka_unit_test(whatever_comes_the_parts_add_up_to_the_duration),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
