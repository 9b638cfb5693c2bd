#include "report/story.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/finding_text.h"
#include "report/wrapped_lines.h"
#include "support/segments.h"
#include "support/unit_test.h"

#define OPEN                                                                                       \
	"C > S S seq 0 win 64240 mss 1460 ws 7 sackok @0\n"                                        \
	"S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok +0.010\n"                             \
	"C > S A seq 1 ack 1 win 502 +0\n"

static struct text_builder text;
static struct story_style style; /* of what render() makes */

static void tell(void *context, const struct tcp_connection *connection)
{
	(void)context;
	text_builder_clear(&text);
	story_text(&text, connection);
}

static void render(void *context, const struct tcp_connection *connection)
{
	(void)context;
	text_builder_clear(&text);
	story_connection(&text, connection, &style);
}

static void render_row(void *context, const struct tcp_connection *connection)
{
	(void)context;
	text_builder_clear(&text);
	story_table_row(&text, connection, &style);
}

static const char *run(const char *lines,
		       void (*check)(void *context, const struct tcp_connection *connection))
{
	struct segments script;

	segments_start(&script, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);
	script.check = check;
	segments_feed(&script, lines);
	segments_end(&script);
	segments_finish(&script);
	assert_false(text.truncated);
	return text_builder_text(&text);
}

static const char *story_of(const char *lines)
{
	return run(lines, tell);
}

static void assert_has(const char *whole, const char *part)
{
	if (!strstr(whole, part))
		fail_msg("%s\nlacks\n%s", whole, part);
}

static void assert_lacks(const char *whole, const char *part)
{
	if (strstr(whole, part))
		fail_msg("%s\nhas\n%s", whole, part);
}

static void a_conversation_is_told_from_its_opening_to_time_wait(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(OPEN "C > S PA seq 1 ack 1 +0.500 data get\n"
			      "S > C A seq 1 ack 4 +0.001\n"
			      "S > C PA seq 1 ack 4 +0.250 data 200 ok\n"
			      "C > S A seq 4 ack 7 +0.001\n"
			      "S > C FA seq 7 ack 4 +0.001\n"
			      "C > S A seq 4 ack 8 +0.001\n"
			      "C > S FA seq 4 ack 8 +0.100\n"
			      "S > C A seq 8 ack 5 +0.001\n"),
		"The client 192.0.2.1:40000 opened the connection to the server 192.0.2.2:80 in "
		"10 ms [1 2 3]. They agreed on segments of at most 1460 bytes, windows counted in "
		"units of 128 bytes and selective acknowledgements (SACK). After 500 ms the client "
		"sent 3 bytes [4] and the server answered with 6 bytes after 251 ms [6]. The "
		"server closed first [8]. Four segments closed the connection, because the client "
		"acknowledged that [9] before it sent a FIN of its own [10], which the server "
		"acknowledged in turn [11]; the server is left in TIME_WAIT until 22:14:20.");
}

static void each_opening_is_told_in_its_own_words(void **state)
{
	(void)state;
	assert_has(story_of("C > S S seq 0 @0\nS > C RA seq 0 ack 1 +0.001"),
		   "asked for a connection to the server 192.0.2.2:80 and was refused: its SYN was "
		   "answered by a reset [1 2].");
	assert_has(story_of("C > S S seq 0 @0\nC > S S seq 0 +1"), "and got no answer [1].");
	assert_has(story_of("C > S S seq 0 @0\nS > C SA seq 0 ack 1 +0.01\nC > S R seq 1 +0.01"),
		   "broke it off with a reset instead of completing the handshake, as port "
		   "scanners do [1 2 3].");
	assert_has(story_of("C > S S seq 0 @0\nS > C SA seq 0 ack 1 +0.01"),
		   "which was ready for it, but never completed the handshake [1 2].");
	assert_has(story_of("C > S A seq 1:101 ack 1 @0\nS > C A seq 1 ack 101 +0.1"),
		   "were connected already when the capture began");
	assert_has(story_of("C > S S seq 0 @0\nS > C S seq 0 +0\n"
			    "C > S SA seq 0 ack 1 +0.01\nS > C SA seq 0 ack 1 +0\n"
			    "C > S A seq 1 ack 1 +0.01\nS > C A seq 1 ack 1 +0"),
		   "opened the connection at the same time");
	assert_has(story_of(OPEN), "Neither side sent any data. Neither side has closed it when "
				   "the capture ends.");
}

static void each_closing_is_told_in_its_own_words(void **state)
{
	(void)state;
	assert_has(story_of(OPEN "C > S FA seq 1 ack 1 +1\nS > C FA seq 1 ack 2 +0.01\n"
				 "C > S A seq 2 ack 2 +0.01"),
		   "The client closed first [4]. Three segments closed the connection, because the "
		   "server's own FIN [5] carried the acknowledgement of that one and the client "
		   "acknowledged it [6]; the client is left in TIME_WAIT until ");
	assert_has(story_of(OPEN "C > S FA seq 1 ack 1 +1\nS > C FA seq 1 ack 1 +0\n"
				 "C > S A seq 2 ack 2 +0.01\nS > C A seq 2 ack 2 +0"),
		   "each sent its FIN before it had seen the other's [4 5], and then acknowledged "
		   "the other's [6 7]; both sides are left in TIME_WAIT until ");
	assert_has(story_of(OPEN "C > S FA seq 1 ack 1 +1\nS > C A seq 1 ack 2 +0.01"),
		   "The client said that it would send no more (FIN) [4], which the server "
		   "acknowledged [5], but the server did not close its own direction in this "
		   "capture: the connection is left half closed.");
	assert_has(story_of(OPEN "C > S FA seq 1 ack 1 lost +1"),
		   "The client said that it would send no more (FIN) [4], which never arrived, but "
		   "the server did not close its own direction");
	assert_has(story_of(OPEN "C > S RA seq 1 ack 1 lost +1"),
		   "The client tore the connection down with a reset [4], which never arrived.");
	assert_has(story_of("C > S A seq 1:11 ack 1 @0\nC > S FA seq 11 ack 1 +1"),
		   "(FIN) [2]; what the server did then is not captured.");
	assert_has(story_of(OPEN "C > S FA seq 1 ack 1 +1\nS > C RA seq 1 ack 2 +0.01"),
		   "The client closed [4], but the server tore the connection down with a reset "
		   "[5].");
	assert_has(story_of(OPEN "S > C R seq 1 +1"),
		   "The server tore the connection down with a reset [4].");
	assert_has(story_of(OPEN "C > S FA seq 1 ack 1 +1\nS > C A seq 1 ack 2 +0.01\n"
				 "S > C FA seq 1 ack 2 +0.01"),
		   "; the last acknowledgement is not in the capture.");
}

static void what_was_not_shared_is_not_agreed_on(void **state)
{
	(void)state;
	assert_has(story_of("C > S S seq 0 mss 1460 ws 7 sackok @0\n"
			    "S > C SA seq 0 ack 1 mss 1400 +0.01\nC > S A seq 1 ack 1 +0"),
		   "They agreed on segments of at most 1400 bytes to the server and 1460 to the "
		   "client. ");
	assert_has(story_of("C > S S seq 0 @0\nS > C SA seq 0 ack 1 +0.01\nC > S A seq 1 ack 1 +0"),
		   "They agreed on no options. ");
}

static void many_turns_are_summed_up_and_repeats_counted(void **state)
{
	const char *story = story_of(OPEN "C > S PA seq 1 ack 1 +0.001 data a\n"
					  "S > C PA seq 1 ack 2 +0.001 data b\n"
					  "C > S PA seq 2 ack 2 +0.001 data c\n"
					  "S > C PA seq 2 ack 3 +0.001 data d\n"
					  "C > S PA seq 3:13 ack 3 +0.001\n"
					  "C > S PA seq 3:13 ack 3 +0.500\n"
					  "S > C A seq 3 ack 13 +0.010\n");

	(void)state;
	assert_has(story, "In five turns the client sent 12 bytes and the server 2 bytes. One "
			  "segment was sent again.");
}

static void an_opening_with_a_retry_took_the_whole_time(void **state)
{
	(void)state;
	assert_has(story_of("C > S S seq 0 @0\nC > S S seq 0 +1\n"
			    "S > C SA seq 0 ack 1 +0.010\nC > S A seq 1 ack 1 +0.010\n"),
		   "in 1.02 s, 20 ms after the SYN was sent again [1 2 3 4].");
	assert_has(story_of("C > S S seq 0 @0\nC > S S seq 0 +1\nC > S S seq 0 +2\n"
			    "S > C SA seq 0 ack 1 +0.010\nC > S A seq 1 ack 1 +0.010\n"),
		   "in 3.02 s, 20 ms after the SYN was sent for the last time [1 3 4 5].");
}

static void crossing_syn_acks_are_not_told_as_sent_again(void **state)
{
	static const char simultaneous[] = "C > S S seq 0 @0\nS > C S seq 0 +0\n"
					   "C > S SA seq 0 ack 1 +0.01\nS > C SA seq 0 ack 1 +0\n"
					   "C > S PA seq 1:11 ack 1 +0.01\n"
					   "S > C A seq 1 ack 11 +0.01\n";
	char again[sizeof(simultaneous) + 64];
	struct tcp_connection itself = {
		.number = 1,
		.to_itself = true,
		.opening = { .kind = OPENING_HANDSHAKE, .syn_count = 1, .syn_ack_count = 1 },
	};

	(void)state;
	assert_lacks(story_of(simultaneous), "sent again");
	(void)strcpy(again, simultaneous);
	(void)strcat(again, "C > S PA seq 1:11 ack 1 +0.5\n");
	assert_has(story_of(again), "One segment was sent again.");
	itself.ends[TCP_CLIENT].retransmissions = 1;
	tell(NULL, &itself);
	assert_lacks(text_builder_text(&text), "sent again");
	itself.ends[TCP_CLIENT].retransmissions = 2;
	tell(NULL, &itself);
	assert_has(text_builder_text(&text), "One segment was sent again.");
}

static void a_syn_without_an_answer_has_only_possible_causes(void **state)
{
	const char *view;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 0 };
	view = run("C > S S seq 0 @0\nC > S S seq 0 +1\n", render);
	assert_has(view, "stayed without an answer. Why, the capture does not show: the server's "
			 "machine may be down, ");
	assert_has(view, "yet to accept may be full.");
}

static void add(struct tcp_connection *connection, enum tcp_finding_kind kind, enum tcp_side side,
		uint64_t first_frame)
{
	for (uint64_t i = 0; i < 10; i++)
		finding_happened(findings_gather(&connection->findings, kind, side, CAUSE_NONE),
				 first_frame + 2 * i);
}

static void checksums_not_filled_in_are_told_once_and_last(void **state)
{
	struct tcp_connection connection = { .number = 1 };
	const char *told;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 0 };
	connection.ends[TCP_CLIENT].address = (struct ip_address){ 4, { 192, 0, 2, 1 } };
	connection.ends[TCP_SERVER].address = (struct ip_address){ 4, { 192, 0, 2, 2 } };
	add(&connection, FINDING_CHECKSUM_OFFLOADED, TCP_CLIENT, 1);
	add(&connection, FINDING_CHECKSUM_OFFLOADED, TCP_SERVER, 2);
	add(&connection, FINDING_PORT_REUSE, TCP_CLIENT, 1);
	render(NULL, &connection);
	told = strstr(text_builder_text(&text),
		      "* The checksums are not filled in yet: a network card does that after "
		      "the capture, so they are no errors. [1 2 3 ...]\n");
	assert_non_null(told);
	assert_null(strstr(told + 1, "*"));
	assert_has(text_builder_text(&text), "* The same pair of ports");
	connection.ends[TCP_CLIENT].address.bytes[0] = 127;
	render(NULL, &connection);
	assert_lacks(text_builder_text(&text), "network card");
	assert_has(text_builder_text(&text), ", as always within one machine: no errors. [1 2 3 ");
	findings_finish(&connection.findings);
}

static void labels_that_differ_are_only_counted_in_the_view(void **state)
{
	struct tcp_connection connection = { .number = 1 };

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 0 };
	add(&connection, FINDING_LABELS_DIFFER, TCP_CLIENT, 1);
	add(&connection, FINDING_LABELS_DIFFER, TCP_SERVER, 2);
	render(NULL, &connection);
	assert_lacks(text_builder_text(&text), "tshark says");
	assert_has(text_builder_text(&text),
		   "    (tshark would label 20 segments otherwise: see --json.)\n");
	findings_finish(&connection.findings);
}

static void likely_findings_begin_with_a_capital(void **state)
{
	struct tcp_connection connection = { .number = 1 };
	struct tcp_finding *finding = findings_add(&connection.findings, FINDING_DELAYED_ACK,
						   TCP_CLIENT, CONFIDENCE_UNSURE);

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 0 };
	assert_non_null(finding);
	finding->values[0] = 2;
	render(NULL, &connection);
	assert_has(text_builder_text(&text), "? Perhaps: Nagle's algorithm met delayed "
					     "acknowledgements twice, ");
	findings_finish(&connection.findings);
}

static void unknowns_come_before_what_is_told(void **state)
{
	const char *story = story_of("C > S A seq 1:101 ack 1 @0\nC > S A seq 101:201 ack 1 +0.1");

	(void)state;
	assert_int_equal(strncmp(story, "Only segments of the client are in the capture", 46), 0);
}

/* Whatever its numbers and sides are, each kind of finding has sentences of its own. */
static void every_kind_of_finding_has_its_sentences(void **state)
{
	struct tcp_connection connection = { .number = 1, .end_ns = 5000000000 };
	char seen[FINDING_COUNT][160] = { { 0 } };

	(void)state;
	for (unsigned kind = 0; kind < FINDING_COUNT; kind++) {
		struct tcp_finding finding = { .kind = (enum tcp_finding_kind)kind,
					       .side = TCP_CLIENT,
					       .cause = kind == FINDING_RETRANSMISSION
								? CAUSE_TIMEOUT
								: CAUSE_NONE,
					       .count = 2,
					       .values = { 1, 2, 3, 4 } };
		const char *said;

		text_builder_clear(&text);
		finding_text(&text, &connection, &finding);
		said = text_builder_text(&text);
		if (strstr(said, tcp_finding_name(finding.kind)) == said)
			fail_msg("%s has no sentence", said);
		assert_in_range(strlen(said), 20, 1000);
		assert_int_equal(said[strlen(said) - 1], '.');
		for (unsigned before = 0; before < kind; before++)
			assert_int_not_equal(strncmp(seen[before], said, sizeof(seen[0]) - 1), 0);
		(void)strncat(seen[kind], said, sizeof(seen[0]) - 1);
	}
}

static void findings_of_both_sides_and_with_odd_values_have_sentences_too(void **state)
{
	static const int64_t odd[] = { 0, -1, INT64_MIN, INT64_MAX, 7 };
	struct tcp_connection connection = { .number = 1 };

	(void)state;
	for (unsigned kind = 0; kind < FINDING_COUNT; kind++) {
		for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
			struct tcp_finding finding = {
				.kind = (enum tcp_finding_kind)kind,
				.side = (enum tcp_side)(i % 3),
				.cause = (enum tcp_cause)(i % CAUSE_COUNT),
				.values = { odd[i], odd[i], odd[i], odd[i] },
			};

			text_builder_clear(&text);
			finding_text(&text, &connection, &finding);
			assert_in_range(text.length, 20, 1000);
		}
	}
}

/* No line is wider than that; returns how many lines there are. */
static unsigned assert_fits(const char *whole, size_t columns)
{
	unsigned lines = 0;

	for (const char *line = whole; *line; lines++) {
		size_t length = strcspn(line, "\n");

		if (wrapped_lines_width(line, length) > columns)
			fail_msg("wider than %zu: %.*s", columns, (int)length, line);
		line += length;
		if (*line)
			line++;
	}
	return lines;
}

static const char long_story[] = OPEN "C > S PA seq 1 ack 1 +0.500 data hello there, this is text\n"
				      "S > C PA seq 1 ack 26 +0.250 data and so is this\n"
				      "C > S PA seq 26:1026 ack 15 +0.010\n"
				      "C > S PA seq 26:1026 ack 15 +0.300\n"
				      "S > C A seq 15 ack 1026 +0.010\n"
				      "S > C FA seq 15 ack 1026 +3\n"
				      "C > S FA seq 1026 ack 16 +0.001\n"
				      "S > C A seq 16 ack 1027 +0.001\n";

static void the_default_view_fits_the_columns(void **state)
{
	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	assert_true(assert_fits(run(long_story, render), 80) > 12);
	assert_lacks(text_builder_text(&text), "\x1b");
	assert_has(text_builder_text(&text), "Connection 1: 192.0.2.1:40000 -> 192.0.2.2:80");
	assert_has(text_builder_text(&text), "4.08 s, 11 segments, 1,025 bytes there, 14 bytes "
					     "back\n");
	style.columns = 60;
	assert_fits(run(long_story, render), 60);
}

static void messages_are_listed_and_equal_ones_told_once(void **state)
{
	static const char ticks[] = "tick\0tick\0tick\0tock"; /* as netperf fills its buffers */
	struct segments script;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	segments_start(&script, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);
	script.check = render;
	segments_feed(&script, OPEN);
	segments_make(&script, "C > S PA seq 1:20 ack 1 +0.001");
	memcpy(script.payload, ticks, sizeof(ticks) - 1);
	assert_int_equal(tcp_tracker_packet(script.tracker, &script.packet, &script.facts,
					    &script.connection),
			 TRACKER_SEGMENT);
	segments_end(&script);
	segments_finish(&script);
	assert_has(text_builder_text(&text), "  What was said:\n");
	assert_has(text_builder_text(&text), "client  text \"tick\" [4], 3 times\n");
	assert_has(text_builder_text(&text), "client  text \"tock\" [4]\n");
}

/* Those of other segments too, but not the other side's. */
static void said_again_and_again(struct segments *script)
{
	static const char *const lines[] = {
		"C > S PA seq 1:6 ack 1 +0.001",
		"C > S PA seq 6:11 ack 1 +0.001",
		"C > S PA seq 11:16 ack 1 +0.001",
		"S > C PA seq 1:6 ack 16 +0.001",
	};

	segments_feed(script, OPEN);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		segments_make(script, lines[i]);
		memcpy(script->payload, "tick\n", 5);
		assert_int_equal(tcp_tracker_packet(script->tracker, &script->packet,
						    &script->facts, &script->connection),
				 TRACKER_SEGMENT);
	}
	segments_end(script);
}

static void equal_messages_of_segments_in_a_row_are_told_once(void **state)
{
	struct segments script;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	segments_start(&script, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);
	script.check = render;
	said_again_and_again(&script);
	segments_finish(&script);
	assert_has(text_builder_text(&text), "client  text \"tick\" [4-6], 3 times\n");
	assert_has(text_builder_text(&text), "server  text \"tick\" [7]\n");
}

static void colours_change_nothing_but_colours(void **state)
{
	char *plain;
	char *at;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	plain = strdup(run(long_story, render));
	assert_non_null(plain);
	style.colour = true;
	(void)run(long_story, render);
	assert_has(text_builder_text(&text), "\x1b[1mConnection 1\x1b[0m");
	at = plain;
	for (const char *coloured = text_builder_text(&text); *coloured; coloured++) {
		if (*coloured == '\x1b') {
			coloured += strcspn(coloured, "m");
			continue;
		}
		assert_int_equal(*coloured, *at++);
	}
	assert_int_equal(*at, '\0');
	free(plain);
}

static void the_view_does_not_repeat_in_findings_what_the_story_told(void **state)
{
	const char *view;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 0 };
	view = run(long_story, render);
	assert_has(view, "TIME_WAIT");
	assert_null(strstr(strstr(view, "TIME_WAIT") + 1, "TIME_WAIT"));
}

static void the_ledger_is_listed_largest_first(void **state)
{
	const char *view;
	const char *largest;

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	view = run(long_story, render);
	largest = strstr(view, "    server   ");
	assert_non_null(largest);
	assert_has(largest, "%  ####");
	assert_has(largest, "    client   ");
	assert_has(largest, "    opening  ");
}

static void a_row_of_the_table_fits_eighty_columns_under_its_heading(void **state)
{
	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	(void)run(long_story, render_row);
	assert_int_equal(assert_fits(text_builder_text(&text), 80), 1);
	assert_has(text_builder_text(&text), "  1 192.0.2.1:40000 ");
	assert_has(text_builder_text(&text), " orderly-3 ");
	text_builder_clear(&text);
	story_table_heading(&text, &style);
	assert_int_equal(assert_fits(text_builder_text(&text), 80), 1);
	style.columns = 120;
	text_builder_clear(&text);
	story_table_heading(&text, &style);
	assert_int_equal(assert_fits(text_builder_text(&text), 120), 1);
	assert_has(text_builder_text(&text), "opening");
	assert_int_equal(assert_fits(run(long_story, render_row), 120), 1);
	style.columns = 0;
	assert_has(run(long_story, render_row), " retransmission (1)");
}

static void a_summary_tells_unknowns_before_outcomes(void **state)
{
	struct tcp_totals totals = { .packets = 1234,
				     .segments = 900,
				     .connections = 5,
				     .first_ns = INT64_C(1700000000000000000),
				     .last_ns = INT64_C(1700000060000000000),
				     .damaged = 1 };

	(void)state;
	totals.findings[FINDING_MIDSTREAM] = 2;
	totals.findings[FINDING_ONE_DIRECTION] = 1;
	totals.closings[CLOSING_ORDERLY_4] = 2;
	totals.closings[CLOSING_RESET] = 2;
	totals.closings[CLOSING_OPEN] = 1;
	totals.openings[OPENING_REFUSED] = 1;
	style = (struct story_style){ .colour = false, .columns = 0 };
	story_summary(&text, "a\x1b[2Jb.pcap", &totals, &style);
	assert_string_equal(text_builder_text(&text),
			    "a\\x1b[2Jb.pcap: 1,234 packets in 60 s from 2023-11-14 22:13:20; 900 "
			    "TCP segments in 5 connections. Two of them began before the capture "
			    "did. One of them lacks segments of one direction. 1 frame is "
			    "damaged and could not be read. Two closed in order, one was reset, "
			    "one was refused and one is still open.\n");
}

static void an_empty_file_has_a_summary_too(void **state)
{
	struct tcp_totals totals = { 0 };

	(void)state;
	style = (struct story_style){ .colour = false, .columns = 80 };
	story_summary(&text, "empty.pcap", &totals, &style);
	assert_string_equal(text_builder_text(&text), "empty.pcap: 0 packets; 0 TCP segments.\n");
	text_builder_clear(&text);
	story_stats(&text, &totals, &style);
	assert_lacks(text_builder_text(&text), "Openings");
}

static void totals_are_laid_out_in_columns(void **state)
{
	struct tcp_totals totals = {
		.packets = 1234567, .segments = 9, .connections = 1, .bytes = { 5, 1000 }
	};

	(void)state;
	totals.openings[OPENING_HANDSHAKE] = 1;
	totals.labels[LABEL_ZERO_WINDOW] = 3;
	style = (struct story_style){ .colour = false, .columns = 80 };
	story_stats(&text, &totals, &style);
	assert_fits(text_builder_text(&text), 80);
	assert_has(text_builder_text(&text), "  packets                          1,234,567\n");
	assert_has(text_builder_text(&text),
		   "  bytes                                    5           1,000\n");
	assert_has(text_builder_text(&text), "  zero-window                              3\n");
	assert_lacks(text_builder_text(&text), "window-full");
}

static int start(void **state)
{
	(void)state;
	text_builder_init(&text, 1024u * 1024);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	text_builder_finish(&text);
	return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, finish)

static void what_was_told_segment_by_segment_is_put_right_by_the_finding(void **state)
{
	static const char timeouts[] = OPEN "C > S PA seq 1:101 ack 1 +0.1\n"
					    "C > S PA seq 1:101 ack 1 +0.215\n"
					    "C > S PA seq 1:101 ack 1 +0.430\n";
	static const char said[] =
		"after the original. (One was told as a tail loss probe at first.) [5 6]\n";

	(void)state;
	style = (struct story_style){ .corrects = true };
	assert_has(run(timeouts, render), said);
	/* A probe that stays one. */
	assert_lacks(run(OPEN "C > S PA seq 1:101 ack 1 +0.1\n"
			      "C > S PA seq 1:101 ack 1 +0.215\n",
			 render),
		     "at first");
	style = (struct story_style){ .corrects = false };
	assert_lacks(run(timeouts, render), "at first");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(a_conversation_is_told_from_its_opening_to_time_wait),
		CASE(each_opening_is_told_in_its_own_words),
		CASE(each_closing_is_told_in_its_own_words),
		CASE(what_was_not_shared_is_not_agreed_on),
		CASE(many_turns_are_summed_up_and_repeats_counted),
		CASE(unknowns_come_before_what_is_told),
		CASE(every_kind_of_finding_has_its_sentences),
		CASE(findings_of_both_sides_and_with_odd_values_have_sentences_too),
		CASE(the_default_view_fits_the_columns),
		CASE(messages_are_listed_and_equal_ones_told_once),
		CASE(equal_messages_of_segments_in_a_row_are_told_once),
		CASE(colours_change_nothing_but_colours),
		CASE(the_view_does_not_repeat_in_findings_what_the_story_told),
		CASE(the_ledger_is_listed_largest_first),
		CASE(a_row_of_the_table_fits_eighty_columns_under_its_heading),
		CASE(an_opening_with_a_retry_took_the_whole_time),
		CASE(crossing_syn_acks_are_not_told_as_sent_again),
		CASE(a_syn_without_an_answer_has_only_possible_causes),
		CASE(checksums_not_filled_in_are_told_once_and_last),
		CASE(labels_that_differ_are_only_counted_in_the_view),
		CASE(likely_findings_begin_with_a_capital),
		CASE(a_summary_tells_unknowns_before_outcomes),
		CASE(an_empty_file_has_a_summary_too),
		CASE(totals_are_laid_out_in_columns),
		CASE(what_was_told_segment_by_segment_is_put_right_by_the_finding),
	};

	if (setenv("TZ", "UTC", 1) != 0)
		return 1;
	tzset();
	return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
