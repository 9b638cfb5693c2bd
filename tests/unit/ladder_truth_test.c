/* What a ladder says of segments when a lab knows more of them than the wire shows. */
#include "report/ladder.h"

#include <string.h>

#include "support/ladder_scene.h"
#include "support/unit_test.h"

#define MS INT64_C(1000000)

static struct ladder_truth_state kernel(enum tcp_state state, bool changes)
{
	return (struct ladder_truth_state){
		.known = true,
		.changes = changes,
		.by_kernel = true,
		.state = state,
	};
}

/* Both ends stay in ESTABLISHED, and it was on its way for 10 ms. */
static struct ladder_truth smooth(int64_t sent_ns)
{
	return (struct ladder_truth){
		.sent_ns = sent_ns,
		.way_ns = 10 * MS,
		.states = { kernel(TCP_ESTABLISHED, false), kernel(TCP_ESTABLISHED, false) },
	};
}

/* The one segment of that line, and nothing else. */
static const char *draw_true(const char *segment, const struct ladder_truth *truth)
{
	struct ladder_line line = { .truth = truth };

	segments_feed(&scene.script, segment);
	line.connection = scene.script.connection;
	line.segment = &scene.script.facts;
	text_builder_clear(&scene.text);
	ladder_segment(&scene.text, &line, &scene.style);
	assert_false(scene.text.truncated);
	return text_builder_text(&scene.text);
}

static void a_segment_has_the_time_it_was_sent_and_how_long_its_way_was(void **state)
{
	const struct ladder_truth truth = smooth(5042 * MS);

	(void)state;
	(void)draw(OPEN);
	assert_string_equal(draw_true("C > S PA seq 1:6 ack 1 win 502 +0.1\n", &truth),
			    "[4]       5.042000 |-- PSH ACK  seq 1:6  ack 1  5 bytes  win 64256 "
			    "--- 10 ms ->|\n");
	assert_string_equal(draw_true("S > C PA seq 1:6 ack 1 win 502 +0.1\n", &truth),
			    "[5]       5.042000 |<- 10 ms --- PSH ACK  seq 1:6  ack 1  5 bytes  "
			    "win 64256 --|\n");
}

static void a_way_of_next_to_nothing_is_not_told(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.way_ns = 41000;
	assert_string_equal(draw_true("C > S PA seq 1:6 ack 1 win 502 +0.1\n", &truth),
			    "[4]       0.000000 |-- PSH ACK  seq 1:6  ack 1  5 bytes  win 64256 "
			    "----------->|\n");
}

static void the_states_are_the_kernels(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.states[TCP_CLIENT] = kernel(TCP_FIN_WAIT1, true);
	assert_string_equal(draw_true("C > S FA seq 1 ack 1 win 502 +0.1\n", &truth),
			    "[4]       0.000000 |-- FIN ACK  seq 1  ack 1  win 64256 "
			    "-------------- 10 ms ->|\n                   | FIN_WAIT1              "
			    "                                   |\n");
}

static void a_state_that_no_kernel_told_is_in_small_letters(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	scene.style.columns = 120;
	(void)draw(OPEN);
	truth.states[TCP_SERVER] = kernel(TCP_CLOSE_WAIT, true);
	truth.states[TCP_SERVER].by_kernel = false;
	assert_has(draw_true("C > S FA seq 1 ack 1 win 502 +0.1\n", &truth), "->| close_wait\n");
}

static void where_the_wire_says_otherwise_than_the_kernel_that_is_told(void **state)
{
	struct ladder_truth truth = smooth(0);
	const char *ladder;

	(void)state;
	(void)draw(OPEN);
	truth.states[TCP_SERVER].differs = true;
	truth.states[TCP_SERVER].by_wire = TCP_CLOSE_WAIT;
	ladder = draw_true("C > S FA seq 1 ack 1 win 502 +0.1\n", &truth);
	/* The kernel's, though it has not changed. */
	assert_has(ladder, " ESTABLISHED |\n");
	assert_has(ladder, "by the wire the server would be CLOSE_WAIT");
	/* Under the arrow, where there is room for it on the arrow too. */
	assert_true(strstr(ladder, "by the wire") > strchr(strstr(ladder, "FIN"), '\n'));
}

static void what_was_lost_ends_in_an_x_and_says_what_lost_it(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.fate = LADDER_LOST;
	truth.why = "the cable is cut";
	truth.states[TCP_SERVER].known = false;
	assert_string_equal(draw_true("C > S PA seq 1:6 ack 1 win 502 +0.1\n", &truth),
			    "[4]       0.000000 |-- PSH ACK  seq 1:6  ack 1  5 bytes ---x  the "
			    "cable is cut |\n");
	assert_string_equal(draw_true("S > C PA seq 1:6 ack 1 win 502 +0.1\n", &truth),
			    "[5]       0.000000 | the cable is cut  x--- PSH ACK  seq 1:6  ack 1  "
			    "5 bytes --|\n");
}

static void a_long_reason_of_a_loss_stands_under_the_arrow(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.fate = LADDER_LOST;
	truth.why = "rule 1: drop client data 3 once";
	assert_string_equal(draw_true("C > S PA seq 1:101 ack 1 win 502 +0.1\n", &truth),
			    "[4]       0.000000 |-- PSH ACK  seq 1:101  ack 1  100 bytes "
			    "----------x        |\n                   |   lost: rule 1: drop "
			    "client data 3 once                   |\n");
}

static void an_arrow_that_others_cross_breaks_off_and_arrives_in_a_row_of_its_own(void **state)
{
	struct ladder_truth truth = smooth(0);
	struct ladder_arrival arrival = {
		.frame = 4,
		.at_ns = 10 * MS,
		.way_ns = 10 * MS,
		.from = TCP_CLIENT,
		.flags = TCP_FLAG_FIN | TCP_FLAG_ACK,
		.state = kernel(TCP_CLOSING, true),
	};

	(void)state;
	(void)draw(OPEN);
	truth.fate = LADDER_ARRIVES_LATER;
	truth.states[TCP_CLIENT] = kernel(TCP_FIN_WAIT1, true);
	/* The receiver's belongs to the arrival. */
	truth.states[TCP_SERVER] = kernel(TCP_CLOSING, true);
	assert_string_equal(draw_true("C > S FA seq 1 ack 1 win 502 +0.1\n", &truth),
			    "[4]       0.000000 |-- FIN ACK  seq 1  ack 1  win 64256 --- - - - - - "
			    "-        |\n                   | FIN_WAIT1                            "
			    "                     |\n");
	text_builder_clear(&scene.text);
	ladder_arrival(&scene.text, &arrival, &scene.style);
	assert_string_equal(text_builder_text(&scene.text),
			    "          0.010000 |        - - - - - - - - - - - - -  [4]  FIN ACK "
			    "-- 10 ms ->|\n                   |                                    "
			    "               CLOSING |\n");
	text_builder_clear(&scene.text);
	arrival.from = TCP_SERVER;
	scene.style.columns = 120;
	ladder_arrival(&scene.text, &arrival, &scene.style);
	assert_has(text_builder_text(&scene.text),
		   "0.010000     CLOSING |<- 10 ms -- [4]  FIN ACK  - ");
}

static void what_was_overtaken_is_drawn_in_waves_and_says_by_whom(void **state)
{
	struct ladder_truth truth = smooth(0);
	const char *ladder;

	(void)state;
	(void)draw(OPEN);
	truth.fate = LADDER_ARRIVES_LATER;
	truth.overtaken_by = 12;
	ladder = draw_true("C > S PA seq 1:101 ack 1 win 502 +0.1\n", &truth);
	assert_has(ladder, "|~~ PSH ACK  seq 1:101");
	assert_has(ladder, "overtaken by [12]");
}

static void what_the_cable_made_begins_beside_the_lifeline(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.forged = true;
	truth.states[TCP_CLIENT].known = false;
	assert_string_equal(draw_true("C > S R seq 5001 +0.1\n", &truth),
			    "[4]       0.000000 |   +* RST  seq 5001  made by the cable "
			    "*********** 10 ms *>|\n");
	truth.why = "rule 1: forge client RST";
	assert_has(draw_true("C > S R seq 5001 +0.1\n", &truth), "rule 1: forge client RST");
	assert_lacks(text_builder_text(&scene.text), "made by the cable");
}

static void a_copy_and_a_change_are_told(void **state)
{
	struct ladder_truth truth = smooth(0);
	const char *ladder;

	(void)state;
	scene.style.columns = 120;
	(void)draw(OPEN);
	truth.copy_of = 4;
	ladder = draw_true("C > S PA seq 1:101 ack 1 win 502 +0.1\n", &truth);
	assert_has(ladder, "|-  PSH ACK  seq 1:101");
	assert_has(ladder, "delivered a second time");
	truth.copy_of = 0;
	truth.changed = true;
	assert_has(draw_true("C > S PA seq 101:201 ack 1 +0.1\n", &truth), "changed on its way");
}

static void what_has_not_arrived_when_the_run_ends_is_no_loss(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.fate = LADDER_ON_ITS_WAY;
	assert_string_equal(draw_true("C > S PA seq 1:6 ack 1 win 502 +0.1\n", &truth),
			    "[4]       0.000000 |-- PSH ACK  seq 1:6  ack 1  5 bytes  win 64256 "
			    "--->        |\n                   |   still on its way at the end     "
			    "                        |\n");
}

static void silence_is_counted_from_the_row_before(void **state)
{
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	truth.since_ns = 100 * MS;
	assert_lacks(draw_true("C > S A seq 1 ack 1 +3\n", &truth), " pass");
	truth.since_ns = 700 * MS;
	assert_has(draw_true("C > S A seq 1 ack 1 +0.001\n", &truth), "700 ms pass");
}

static void an_icmp_error_of_the_cable_has_an_arrow_to_whom_it_tells(void **state)
{
	struct icmp_error icmp = { .type = 3, .code = 4, .next_hop_mtu = 1000 };
	struct ladder_error error = {
		.frame = 5,
		.at_ns = 38 * MS,
		.way_ns = 10 * MS,
		.has_arrived = true,
		.to = TCP_CLIENT,
		.icmp = &icmp,
	};

	(void)state;
	icmp.source.version = 4;
	ladder_error(&scene.text, &error, &scene.style);
	assert_string_equal(text_builder_text(&scene.text),
			    "[5]       0.038000 |<------ ICMP  too long: the next hop takes 1000 "
			    "bytes -+   |\n");
	text_builder_clear(&scene.text);
	error.to = TCP_SERVER;
	error.has_arrived = false;
	icmp.next_hop_mtu = 0;
	ladder_error(&scene.text, &error, &scene.style);
	assert_string_equal(text_builder_text(&scene.text),
			    "[5]       0.038000 |   +- ICMP  type 3, code 4 "
			    "----------------------->        |\n");
}

static const char *draw_event(const struct ladder_event *event)
{
	text_builder_clear(&scene.text);
	ladder_event(&scene.text, event, &scene.style);
	return text_builder_text(&scene.text);
}

static void what_happened_at_a_host_stands_at_its_lifeline(void **state)
{
	struct ladder_event event = { .at_ns = 40 * MS, .side = TCP_CLIENT, .text = "close" };

	(void)state;
	assert_string_equal(draw_event(&event), "          0.040000 o  close                       "
						"                             |\n");
	event.side = TCP_SERVER;
	assert_string_equal(draw_event(&event), "          0.040000 |                              "
						"                      close  o\n");
	event.side = TCP_BOTH_SIDES;
	assert_string_equal(draw_event(&event), "          0.040000 |                           "
						"close                           |\n");
}

static void texts_of_files_do_nothing_to_a_terminal_and_are_wrapped(void **state)
{
	char text[600];
	struct ladder_event event = { .side = TCP_SERVER, .text = text };
	struct ladder_truth truth = smooth(0);

	(void)state;
	(void)draw(OPEN);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "\x1b[2J\r\n", 6);
	for (scene.style.columns = 60; scene.style.columns < 140; scene.style.columns++) {
		assert_fits(draw_event(&event), scene.style.columns);
		assert_has(text_builder_text(&scene.text), "|  \\x1b[2J\\r\\nxxx");
		truth.why = text;
		truth.fate = scene.style.columns % 2 == 0 ? LADDER_LOST : LADDER_ARRIVED;
		assert_fits(draw_true("C > S PA seq 1:101 ack 1 win 502 +0.1\n", &truth),
			    scene.style.columns);
		assert_has(text_builder_text(&scene.text), "\\x1b[2J\\r\\nxxx");
	}
}

/* Everything at once, with numbers as large as they get. */
static struct ladder_truth oddest(enum ladder_fate fate, size_t columns)
{
	struct ladder_truth truth = {
		.sent_ns = INT64_MAX,
		.since_ns = INT64_MAX,
		.way_ns = INT64_MAX,
		.fate = fate,
		.forged = columns % 2 == 0,
		.changed = true,
		.copy_of = columns % 3 == 0 ? UINT64_MAX : 0,
		.overtaken_by = UINT64_MAX,
		.why = columns % 5 == 0 ? NULL : "\xe4\xb8\xad\xe6\x96\x87 a reason",
	};

	for (unsigned side = 0; side < 2; side++) {
		truth.states[side] = kernel(TCP_ESTABLISHED, true);
		truth.states[side].differs = true;
		truth.states[side].by_kernel = columns % 7 != 0;
		truth.states[side].by_wire = TCP_ESTABLISHED;
	}
	return truth;
}

static void no_line_of_a_lab_is_wider_than_it_may_be(void **state)
{
	static const char *const segments[] = {
		"C > S PA seq 1:101 ack 1 win 502 sack 201:301 sack 401:501 +1\n",
		"S > C RA seq 1 ack 101 win 502 +0.001\n",
		"S > C S seq 7000 mss 1460 ws 7 sackok ts 1/2 +0.001\n",
	};

	(void)state;
	(void)draw(OPEN);
	for (size_t columns = 60; columns <= 200; columns++) {
		scene.style.columns = columns;
		scene.style.mixed = columns % 4 == 0;
		for (enum ladder_fate fate = LADDER_ARRIVED; fate <= LADDER_ON_ITS_WAY; fate++) {
			struct ladder_truth truth = oddest(fate, columns);
			struct ladder_arrival arrival = {
				.frame = UINT64_MAX,
				.connection = UINT64_MAX,
				.at_ns = INT64_MAX,
				.since_ns = INT64_MAX,
				.way_ns = INT64_MAX,
				.from = fate % 2 == 0 ? TCP_CLIENT : TCP_SERVER,
				.flags = 0x1ff,
				.state = truth.states[0],
			};

			for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++)
				assert_fits(draw_true(segments[i], &truth), columns);
			text_builder_clear(&scene.text);
			ladder_arrival(&scene.text, &arrival, &scene.style);
			assert_fits(text_builder_text(&scene.text), columns);
		}
	}
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, ladder_scene_start, ladder_scene_stop)
	const struct CMUnitTest tests[] = {
		CLAIM(a_segment_has_the_time_it_was_sent_and_how_long_its_way_was),
		CLAIM(a_way_of_next_to_nothing_is_not_told),
		CLAIM(the_states_are_the_kernels),
		CLAIM(a_state_that_no_kernel_told_is_in_small_letters),
		CLAIM(where_the_wire_says_otherwise_than_the_kernel_that_is_told),
		CLAIM(what_was_lost_ends_in_an_x_and_says_what_lost_it),
		CLAIM(a_long_reason_of_a_loss_stands_under_the_arrow),
		CLAIM(an_arrow_that_others_cross_breaks_off_and_arrives_in_a_row_of_its_own),
		CLAIM(what_was_overtaken_is_drawn_in_waves_and_says_by_whom),
		CLAIM(what_the_cable_made_begins_beside_the_lifeline),
		CLAIM(a_copy_and_a_change_are_told),
		CLAIM(what_has_not_arrived_when_the_run_ends_is_no_loss),
		CLAIM(silence_is_counted_from_the_row_before),
		CLAIM(an_icmp_error_of_the_cable_has_an_arrow_to_whom_it_tells),
		CLAIM(what_happened_at_a_host_stands_at_its_lifeline),
		CLAIM(texts_of_files_do_nothing_to_a_terminal_and_are_wrapped),
		CLAIM(no_line_of_a_lab_is_wider_than_it_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
