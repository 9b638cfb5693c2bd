/* What a ladder says of segments, connections and messages. */
#include "report/ladder.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/ladder_scene.h"
#include "support/unit_test.h"

static void a_handshake_shows_who_says_what_and_where_that_leads(void **state)
{
	(void)state;
	assert_string_equal(
		draw(OPEN),
		"[1]       0.000000 |-- SYN  seq 0  win 64240  mss 1460  scale 7  SACK ok ----->|\n"
		"                   | SYN_SENT                                         SYN_RECV |\n"
		"[2]       0.010000 |<----- SYN ACK  seq 0  ack 1  mss 1460  scale 7  SACK ok --|\n"
		"                   | ESTABLISHED                                               |\n"
		"[3]       0.010000 |-- ACK  seq 1  ack 1  win 64256 -------------------------->|\n"
		"                   |                                               ESTABLISHED "
		"|\n");
}

static void with_room_the_states_stand_beside_the_lifelines(void **state)
{
	const char *ladder;

	(void)state;
	scene.style.columns = 120;
	ladder = draw(OPEN);
	assert_has(ladder, "0.000000    SYN_SENT |-- SYN  seq 0");
	assert_has(ladder, "0.010000 ESTABLISHED |<---");
	assert_has(ladder, "------>| ESTABLISHED\n");
	assert_has(ladder, "------>| SYN_RECV\n");
}

static void a_state_is_shown_once_it_changes_and_not_again(void **state)
{
	(void)state;
	(void)draw(OPEN);
	assert_string_equal(
		draw_only("C > S PA seq 1 ack 1 +0.1 data hello\nS > C A seq 1 ack 6 +0.01\n"),
		"[4]       0.110000 |-- PSH ACK  seq 1:6  ack 1  5 bytes  win 64256 ----------->|\n"
		"[5]       0.120000 |<-------------------------- ACK  seq 1  ack 6  win 64256 "
		"--|\n");
}

static void a_long_silence_has_a_line_of_its_own(void **state)
{
	(void)state;
	(void)draw(OPEN);
	assert_has(draw_only("C > S PA seq 1:6 ack 1 +3.426\n"),
		   "                   :                        3.43 s pass                        "
		   ":\n"
		   "[4]       3.436000 |--");
	assert_lacks(draw_only("S > C A seq 1 ack 6 +0.499\n"), " pass");
}

static void what_was_sent_again_differs_in_its_line_and_says_why(void **state)
{
	const char *ladder;

	(void)state;
	scene.style.columns = 160;
	ladder = draw(LOST);
	assert_has(ladder, "<---");
	assert_has(ladder, "sack 2921:4381  dup ACK #1 --|");
	assert_has(ladder, "sack 2921:5841  dup ACK #2 --|");
	assert_has(ladder, "sack 2921:7301  dup ACK #3 --|");
	assert_has(ladder, "[12]          0.028000             |== ACK  seq 1461:2921  ack 1  "
			   "1460 bytes  win 64256  fast retransmission: duplicate ACKs ====");
}

static void a_segment_that_leaves_a_gap_has_the_missing_one_before_it(void **state)
{
	(void)state;
	(void)draw(OPEN "C > S A seq 1:1461 ack 1 +0.001\n");
	assert_has(
		draw_only("C > S A seq 2921:4381 ack 1 +0.001\n"),
		"                   |.  missing  seq 1461:2921  lost, or late  . . . . . . . . ?|\n"
		"[5]       0.012000 |-- ACK  seq 2921:4381  ack 1  1460 bytes  win 64256 ------>|"
		"\n");
	/* The next one leaves no other gap. */
	assert_lacks(draw_only("C > S A seq 4381:5841 ack 1 +0.001\n"), "missing");
}

static void a_gap_that_the_receiver_acknowledged_was_not_captured(void **state)
{
	(void)state;
	(void)draw(OPEN "C > S A seq 1:1461 ack 1 +0.001\nS > C A seq 1 ack 2921 +0.001\n");
	assert_has(draw_only("C > S A seq 2921:4381 ack 1 +0.001\n"),
		   "missing  seq 1461:2921  not captured");
}

static void what_came_late_is_drawn_in_waves(void **state)
{
	(void)state;
	(void)draw("C > S S seq 0 win 64240 mss 1460 ws 7 sackok ts 1000/0 @0\n"
		   "S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok ts 5000/1000 +0.01\n"
		   "C > S A seq 1 ack 1 win 502 ts 1010/5000 +0.000010\n"
		   "C > S A seq 1461:2921 ack 1 ts 1012/5000 id 9 +0.001\n");
	assert_has(draw_only("C > S A seq 1:1461 ack 1 ts 1011/5000 id 8 +0.0001\n"),
		   "|~~ ACK  seq 1:1461");
	assert_has(text_builder_text(&scene.text), "~~>|\n");
	assert_has(text_builder_text(&scene.text), "out of order: came late");
}

static void every_cause_has_its_words(void **state)
{
	static const struct {
		uint32_t label;
		enum tcp_cause cause;
		const char *words;
	} cases[] = {
		{ LABEL_RETRANSMISSION, CAUSE_TIMEOUT, "retransmission: timeout" },
		{ LABEL_RETRANSMISSION, CAUSE_TAIL_LOSS_PROBE, "retransmission: tail loss probe" },
		{ LABEL_FAST_RETRANSMISSION, CAUSE_FAST, "fast retransmission: duplicate ACKs" },
		{ LABEL_RETRANSMISSION, CAUSE_FAST, "retransmission: fast" },
		{ LABEL_RETRANSMISSION, CAUSE_SACK, "retransmission: SACK" },
		{ LABEL_RETRANSMISSION, CAUSE_GO_BACK_N, "retransmission: go-back-N" },
		{ LABEL_SPURIOUS_RETRANSMISSION, CAUSE_NEEDLESS,
		  "spurious retransmission: needless" },
		{ LABEL_RETRANSMISSION, CAUSE_UNKNOWN, "retransmission: cause unknown" },
		{ LABEL_COUNT, CAUSE_TIMEOUT, "sent again: timeout" },
	};

	(void)state;
	scene.style.columns = 120;
	(void)draw(OPEN);
	segments_feed(&scene.script, "C > S A seq 1:11 ack 1 +0.1\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scene.script.facts.cause = cases[i].cause;
		scene.script.facts.labels =
			cases[i].label == LABEL_COUNT ? 0 : TCP_LABEL_BIT(cases[i].label);
		text_builder_clear(&scene.text);
		draw_latest();
		assert_has(text_builder_text(&scene.text), cases[i].words);
		assert_has(text_builder_text(&scene.text), "|==");
		assert_has(text_builder_text(&scene.text), "=>|");
	}
}

/* Two timeouts, of which the first looks like a probe until the second comes. */
#define TIMEOUTS                                                                                   \
	OPEN "C > S PA seq 1:101 ack 1 +0.1\n"                                                     \
	     "C > S PA seq 1:101 ack 1 +0.215\n"                                                   \
	     "C > S PA seq 1:101 ack 1 +0.430\n"

static void a_cause_that_is_proven_is_told_and_the_one_that_seemed_so_is_not(void **state)
{
	struct ladder_line line = { .segment = &scene.script.facts, .proven = CAUSE_TIMEOUT };

	(void)state;
	scene.style.columns = 120;
	(void)draw(OPEN "C > S PA seq 1:101 ack 1 +0.1\n");
	assert_has(draw_only("C > S PA seq 1:101 ack 1 +0.215\n"),
		   "retransmission: tail loss probe =");
	line.connection = scene.script.connection;
	text_builder_clear(&scene.text);
	ladder_segment(&scene.text, &line, &scene.style);
	assert_has(text_builder_text(&scene.text), "retransmission: timeout =");
	assert_lacks(text_builder_text(&scene.text), "probe");
}

static void what_was_read_at_once_is_put_right_where_it_proves_wrong(void **state)
{
	static const char said[] = "[5] was a timeout too, no tail loss probe";

	(void)state;
	assert_lacks(draw(TIMEOUTS), said);
	segments_finish(&scene.script);
	segments_start(&scene.script, 0);
	scene.style.read_at_once = true;
	assert_has(draw_only(TIMEOUTS), said);
	/* Once. */
	assert_lacks(draw_only("C > S PA seq 1:101 ack 1 +0.860\n"), said);
}

static void a_reset_is_drawn_in_stars_and_one_in_vain_says_so(void **state)
{
	(void)state;
	(void)draw(OPEN);
	assert_has(draw_only("S > C R seq 2000000 +0.001\n"),
		   "RST  seq 2000000  has no effect **|\n");
	assert_string_equal(
		draw_only("S > C RA seq 1 ack 1 +0.001\n"),
		"[5]       0.012000 |<********************************* RST ACK  seq 1  ack 1 **|\n"
		"                   | CLOSED                                             CLOSED "
		"|\n");
}

static void a_simultaneous_close_goes_through_closing(void **state)
{
	const char *ladder;

	(void)state;
	(void)draw(OPEN);
	ladder = draw_only("C > S FA seq 1 ack 1 +0.1\nS > C FA seq 1 ack 1 +0\n"
			   "C > S A seq 2 ack 2 +0.01\nS > C A seq 2 ack 2 +0\n");
	assert_has(ladder,
		   "                   | FIN_WAIT1                                      CLOSE_WAIT "
		   "|\n");
	assert_has(ladder,
		   "                   | CLOSING                                         FIN_WAIT1 "
		   "|\n");
	assert_has(ladder,
		   "                   |                                                 TIME_WAIT "
		   "|\n");
	assert_has(ladder,
		   "                   | TIME_WAIT                                                 "
		   "|\n");
}

static void midstream_both_states_stand_under_the_first_segment(void **state)
{
	(void)state;
	assert_string_equal(
		draw("S > C A seq 1:101 ack 1 @0\n"),
		"[1]       0.000000 |<---------------------- ACK  seq 1:101  ack 1  100 bytes --|\n"
		"                   | ESTABLISHED                                   ESTABLISHED "
		"|\n");
}

static void probes_and_closed_windows_are_told(void **state)
{
	(void)state;
	(void)draw(OPEN "C > S A seq 1:101 ack 1 +0.001\n");
	assert_has(draw_only("S > C A seq 1 ack 101 win 0 +0.001\n"), "win 0  zero window --|");
	assert_has(draw_only("C > S A seq 100 ack 1 +0.3\n"), "zero window probe --");
	assert_has(draw_only("S > C A seq 1 ack 101 win 0 +0.001\n"), "answers the probe");
	assert_has(draw_only("S > C A seq 1 ack 101 win 502 +1\n"), "win 64256  window update --|");
	assert_has(draw_only("C > S A seq 100 ack 1 +60\n"), "keep-alive ---");
	assert_has(draw_only("S > C A seq 1 ack 101 win 502 +0.001\n"), "keep-alive ACK --|");
}

static void a_segment_captured_twice_is_not_sent_twice(void **state)
{
	(void)state;
	(void)draw(OPEN "C > S A seq 1:101 ack 1 id 77 +0.001\n");
	assert_has(draw_only("C > S A seq 1:101 ack 1 id 77 +0.00001\n"),
		   "[5]       0.011010 |-  ACK  seq 1:101  ack 1  100 bytes  win 64256  - - - - - "
		   ">|\n"
		   "                   |   captured twice, not sent twice                          "
		   "|\n");
}

static void numbers_of_the_wire_begin_again_behind_the_largest(void **state)
{
	(void)state;
	segments_finish(&scene.script);
	segments_start(&scene.script, 0);
	scene.script.hosts[0].base = UINT32_MAX - 9; /* the SYN's number */
	scene.style.absolute = true;
	scene.style.columns = 160;
	(void)draw(OPEN);
	assert_has(draw_only("C > S A seq 1:101 ack 1 +0.001\n"),
		   "seq 4294967287:91  ack 500001  100 bytes  win 502 ---");
	assert_has(draw_only("S > C A seq 1 ack 101 sack 201:301 +0.001\n"),
		   "ack 91  win 502  sack 191:291");
	assert_has(draw_only("C > S A seq 201:301 ack 1 +0.001\n"), "missing  seq 91:191");
	scene.style.absolute = false;
	assert_has(draw_only("C > S A seq 301:401 ack 1 +0.001\n"),
		   "seq 301:401  ack 1  100 bytes");
}

static void relative_numbers_go_on_over_2_to_the_32(void **state)
{
	(void)state;
	(void)draw(OPEN);
	segments_feed(&scene.script, "C > S A seq 1:1461 ack 1 +0.001\n");
	scene.script.facts.sequence = INT64_C(9223372036854770000);
	scene.script.facts.acknowledgment = INT64_C(-9223372036854770000);
	text_builder_clear(&scene.text);
	draw_latest();
	assert_has(text_builder_text(&scene.text), "seq 9223372036854770000:9223372036854771460");
	assert_has(text_builder_text(&scene.text), "ack -9223372036854770000");
	assert_fits(text_builder_text(&scene.text), 80);
}

static void where_lines_are_mixed_each_says_whose_it_is(void **state)
{
	(void)state;
	scene.style.mixed = true;
	assert_string_equal(draw("C > S S seq 0 win 64240 @0\n"),
			    "[1] #1    22:13:20.000000 |-- SYN  seq 0  win 64240 "
			    "-------------------------->|\n"
			    "                          | SYN_SENT                                  "
			    "SYN_RECV |\n");
	assert_has(draw_only("S > C SA seq 0 ack 1 +2.5\n"), "after 2.5 s");
	assert_has(draw_only("D > S S seq 0 +0.1\n"), "[3] #2    22:13:22.600000 |-- SYN");
	assert_lacks(text_builder_text(&scene.text), " pass");
}

static void the_heading_says_who_stands_where(void **state)
{
	(void)state;
	(void)draw(OPEN);
	text_builder_clear(&scene.text);
	ladder_heading(&scene.text, scene.script.connection, &scene.style);
	assert_string_equal(text_builder_text(&scene.text),
			    "Connection 1       client                                             "
			    "    server\n"
			    "frame      seconds 192.0.2.1:40000                                  "
			    "192.0.2.2:80\n");
	text_builder_clear(&scene.text);
	scene.style.mixed = true;
	ladder_heading(&scene.text, scene.script.connection, &scene.style);
	assert_string_equal(text_builder_text(&scene.text),
			    "#1                        client 192.0.2.1:40000             server "
			    "192.0.2.2:80\n");
}

static void headings_of_long_addresses_take_another_line(void **state)
{
	struct tcp_connection connection;

	(void)state;
	(void)draw(OPEN);
	connection = *scene.script.connection;
	connection.number = UINT64_MAX;
	for (unsigned side = 0; side < 2; side++) {
		connection.ends[side].address.version = 6;
		memset(connection.ends[side].address.bytes, 0xfe, 16);
	}
	for (scene.style.columns = 60; scene.style.columns <= 200; scene.style.columns += 10) {
		text_builder_clear(&scene.text);
		scene.style.mixed = scene.style.columns % 20 == 0;
		ladder_heading(&scene.text, &connection, &scene.style);
		assert_fits(text_builder_text(&scene.text), scene.style.columns);
		assert_has(text_builder_text(&scene.text),
			   "[fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe]:40000");
		assert_has(text_builder_text(&scene.text),
			   "[fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe]:80\n");
	}
}

static void a_message_stands_on_the_arrow_what_it_says_under_it(void **state)
{
	(void)state;
	(void)draw(OPEN);
	say("TIME request", "", true, true);
	assert_has(draw_only("C > S PA seq 1:101 ack 1 +0.001\n"), "TIME request --");
	scene.message_count = 0;
	say("SEND request", "id 9, to room tea, 5 bytes: \"hello\"", true, true);
	assert_has(draw_only("C > S PA seq 101:201 ack 1 +0.001\n"),
		   "                   |   SEND request: id 9, to room tea, 5 bytes: \"hello\"     "
		   "  |\n");
	scene.message_count = 0;
	say("SEND response", "", true, false);
	assert_has(draw_only("S > C PA seq 1:101 ack 201 +0.001\n"), "SEND response (begins)");
	scene.messages[0].begins = false;
	assert_has(draw_only("S > C PA seq 101:201 ack 201 +0.001\n"), "SEND response (goes on)");
	scene.messages[0].ends = true;
	assert_has(draw_only("S > C PA seq 201:301 ack 201 +0.001\n"), "SEND response (ends)");
}

static void many_messages_of_one_segment_are_counted(void **state)
{
	(void)state;
	(void)draw(OPEN);
	for (int i = 0; i < 7; i++)
		say("TIME request", "id 1", true, true);
	say("NAME request", "id 2", true, false);
	assert_has(draw_only("C > S PA seq 1:101 ack 1 +0.001\n"),
		   "|   TIME request, 7 times                                   |\n"
		   "                   |   NAME request (begins): id 2                             "
		   "|\n");
	for (size_t i = 0; i < scene.message_count; i++)
		scene.messages[i].name[0] = (char)('A' + i);
	assert_has(draw_only("C > S PA seq 101:201 ack 1 +0.001\n"), "AIME request: id 1");
	assert_has(text_builder_text(&scene.text), "HAME request (begins): id 2");
}

static void names_from_the_wire_do_nothing_to_a_terminal(void **state)
{
	(void)state;
	(void)draw(OPEN);
	say("\x1b[2J\x07 evil", "", true, true);
	assert_has(draw_only("C > S PA seq 1:101 ack 1 +0.001\n"), "\\x1b[2J\\x07 evil");
	assert_lacks(text_builder_text(&scene.text), "\x1b");
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, ladder_scene_start, ladder_scene_stop)
	const struct CMUnitTest tests[] = {
		CLAIM(a_handshake_shows_who_says_what_and_where_that_leads),
		CLAIM(with_room_the_states_stand_beside_the_lifelines),
		CLAIM(a_state_is_shown_once_it_changes_and_not_again),
		CLAIM(a_long_silence_has_a_line_of_its_own),
		CLAIM(what_was_sent_again_differs_in_its_line_and_says_why),
		CLAIM(a_segment_that_leaves_a_gap_has_the_missing_one_before_it),
		CLAIM(a_gap_that_the_receiver_acknowledged_was_not_captured),
		CLAIM(what_came_late_is_drawn_in_waves),
		CLAIM(every_cause_has_its_words),
		CLAIM(a_cause_that_is_proven_is_told_and_the_one_that_seemed_so_is_not),
		CLAIM(what_was_read_at_once_is_put_right_where_it_proves_wrong),
		CLAIM(a_reset_is_drawn_in_stars_and_one_in_vain_says_so),
		CLAIM(a_simultaneous_close_goes_through_closing),
		CLAIM(midstream_both_states_stand_under_the_first_segment),
		CLAIM(probes_and_closed_windows_are_told),
		CLAIM(a_segment_captured_twice_is_not_sent_twice),
		CLAIM(numbers_of_the_wire_begin_again_behind_the_largest),
		CLAIM(relative_numbers_go_on_over_2_to_the_32),
		CLAIM(where_lines_are_mixed_each_says_whose_it_is),
		CLAIM(the_heading_says_who_stands_where),
		CLAIM(headings_of_long_addresses_take_another_line),
		CLAIM(a_message_stands_on_the_arrow_what_it_says_under_it),
		CLAIM(many_messages_of_one_segment_are_counted),
		CLAIM(names_from_the_wire_do_nothing_to_a_terminal),
	};

	/* Times of day are in this zone. */
	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
