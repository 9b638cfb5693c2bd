#include "tcp_flow/dialogue.h"

#include <stdio.h>
#include <string.h>

#include "support/segments.h"
#include "support/unit_test.h"

#define MS INT64_C(1000000)

static void begin(struct segments *script)
{
	segments_start(script, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);
	segments_feed(script, "C > S S seq 0 mss 1460 @0\nS > C SA seq 0 ack 1 mss 1460 @0.010\n"
			      "C > S A seq 1 ack 1 @0.010010");
}

static const struct dialogue *dialogue_of(const struct segments *script)
{
	return &script->connection->dialogue;
}

static void expect_head(const struct segments *script, enum tcp_side side, const char *text)
{
	const struct dialogue_head *head = &dialogue_of(script)->heads[side];

	assert_int_equal(head->length, strlen(text));
	assert_memory_equal(head->bytes, text, head->length);
}

/* What is kept of the turns is whole only at the end. */
static void expect_turns(void *context, const struct tcp_connection *connection)
{
	const struct dialogue *dialogue = &connection->dialogue;
	static const struct dialogue_turn expected[] = {
		{ TCP_CLIENT, 250, 4, 5, 20 * MS, 21 * MS, -1 },
		{ TCP_SERVER, 1000, 7, 7, 121 * MS, 121 * MS, 100 * MS },
		{ TCP_CLIENT, 50, 9, 9, 421 * MS, 421 * MS, 300 * MS },
	};

	(*(unsigned *)context)++;
	assert_int_equal(dialogue->turn_count, 3);
	assert_int_equal(dialogue->turns_kept, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct dialogue_turn *turn = &dialogue->turns[i];

		assert_int_equal(turn->speaker, expected[i].speaker);
		assert_int_equal(turn->bytes, expected[i].bytes);
		assert_int_equal(turn->first_frame, expected[i].first_frame);
		assert_int_equal(turn->last_frame, expected[i].last_frame);
		assert_int_equal(turn->start_ns, expected[i].start_ns);
		assert_int_equal(turn->end_ns, expected[i].end_ns);
		assert_int_equal(turn->thought_ns, expected[i].thought_ns);
	}
}

static void turns_change_with_new_data_of_the_other_side(void **state)
{
	struct segments script;
	unsigned checked = 0;

	(void)state;
	begin(&script);
	script.check = expect_turns;
	script.check_context = &checked;
	segments_feed(&script, "C > S PA seq 1:101 ack 1 @0.020\n"
			       "C > S PA seq 101:251 ack 1 @0.021\n"
			       "S > C A seq 1 ack 251 @0.030\n"
			       "S > C PA seq 1:1001 ack 251 @0.121\n"
			       "C > S PA seq 101:251 ack 1 @0.122\n" /* again: no turn */
			       "C > S PA seq 251:301 ack 1001 @0.421");
	segments_end(&script);
	assert_int_equal(checked, 1);
	segments_finish(&script);
}

static void a_late_piece_of_an_earlier_turn_is_no_turn(void **state)
{
	struct segments script;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 101:201 ack 1 @0.020\n"
			       "S > C PA seq 1:101 ack 1 @0.021\n"
			       "C > S PA seq 1:101 ack 1 @0.022\n"
			       "S > C PA seq 101:201 ack 201 @0.030");
	assert_int_equal(dialogue_of(&script)->turn_count, 2);
	assert_int_equal(dialogue_of(&script)->turns[0].bytes, 200);
	assert_int_equal(dialogue_of(&script)->now.bytes, 200);
	segments_finish(&script);
}

static void keep_alives_are_no_turn(void **state)
{
	struct segments script;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 1:101 ack 1 @0.020\nS > C A seq 1 ack 101 @0.030\n"
			       "S > C PA seq 1:11 ack 101 @0.040\nC > S A seq 101 ack 11 @0.050\n"
			       "C > S A seq 100:101 ack 11 @60");
	assert_int_equal(dialogue_of(&script)->turn_count, 2);
	segments_finish(&script);

	/* nor is the byte of one a word, where what it repeats is not in the file */
	segments_start(&script, TRACKER_KEEP_TURNS);
	segments_feed(&script, "S > C A seq 1 ack 101\nC > S A seq 100:101 ack 1");
	assert_true(script.facts.keep_alive);
	assert_int_equal(dialogue_of(&script)->turn_count, 0);
	segments_finish(&script);
}

static void turns_beyond_the_ceiling_are_counted_only(void **state)
{
	struct segments script;

	(void)state;
	begin(&script);
	for (unsigned i = 0; i < DIALOGUE_TURNS_MAX; i++)
		segments_feed(&script, "C > S PA data ask +0.01\nS > C PA data tell +0.01");
	assert_int_equal(dialogue_of(&script)->turn_count, 2 * DIALOGUE_TURNS_MAX);
	assert_int_equal(dialogue_of(&script)->turns_kept, DIALOGUE_TURNS_MAX);
	segments_finish(&script);
}

static void nothing_is_kept_where_nobody_asked(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script,
		      "C > S PA seq 1 ack 1 @0 data ask\nS > C PA seq 1 ack 4 @1 data tell");
	assert_int_equal(dialogue_of(&script)->turn_count, 2);
	assert_null(dialogue_of(&script)->turns);
	assert_null(dialogue_of(&script)->heads[TCP_CLIENT].bytes);
	assert_null(dialogue_of(&script)->heads[TCP_CLIENT].marks);
	segments_finish(&script);
}

static void pieces_out_of_order_come_into_order(void **state)
{
	struct segments script;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 7 ack 1 data three");
	expect_head(&script, TCP_CLIENT, "");
	segments_feed(&script, "C > S PA seq 4 ack 1 data two");
	expect_head(&script, TCP_CLIENT, "");
	segments_feed(&script, "C > S PA seq 1 ack 1 data one");
	expect_head(&script, TCP_CLIENT, "onetwothree");
	segments_feed(&script, "C > S PA seq 12 ack 1 data !");
	expect_head(&script, TCP_CLIENT, "onetwothree!");
	segments_finish(&script);
}

static void of_bytes_that_overlap_the_first_stay(void **state)
{
	struct segments script;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 5 ack 1 data EFG\n" /* ....EFG */
			       "C > S PA seq 10 ack 1 data JK\n" /* ....EFG..JK */
			       "C > S PA seq 3 ack 1 data cdefghijkl\n"
			       "C > S PA seq 1 ack 1 data ABxxxxxx\n"
			       "C > S PA seq 2 ack 1 data yyyyyyyyyyyym");
	expect_head(&script, TCP_CLIENT, "ABcdEFGhiJKlym");
	segments_finish(&script);
}

static void each_byte_knows_the_frame_that_brought_it(void **state)
{
	struct segments script;
	const struct dialogue_head *head;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 4 ack 1 @0.020 data two\n" /* frame 4 */
			       "C > S PA seq 1 ack 1 @0.021 data one\n" /* frame 5 */
			       "S > C PA seq 1 ack 7 @0.030 data answer\n"
			       "C > S PA seq 7 ack 7 @0.040 data three"); /* frame 7 */
	head = &dialogue_of(&script)->heads[TCP_CLIENT];
	assert_int_equal(dialogue_mark_at(head, 0)->frame, 5);
	assert_int_equal(dialogue_mark_at(head, 2)->frame, 5);
	assert_int_equal(dialogue_mark_at(head, 3)->frame, 4);
	assert_int_equal(dialogue_mark_at(head, 6)->frame, 7);
	assert_int_equal(dialogue_mark_at(head, 6)->time_ns, 40 * MS);
	assert_int_equal(dialogue_mark_at(head, 6)->after, TCP_SERVER);
	assert_int_equal(dialogue_mark_at(head, 3)->after, TCP_BOTH_SIDES);
	assert_null(dialogue_mark_at(head, 11));
	segments_finish(&script);
}

static void a_head_ends_at_its_ceiling(void **state)
{
	struct segments script;
	const struct dialogue_head *head;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 8001:8301 ack 1\n" /* its end is beyond */
			       "C > S PA seq 1:4001 ack 1\nC > S PA seq 4001:8001 ack 1\n"
			       "C > S PA seq 8301:9301 ack 1");
	head = &dialogue_of(&script)->heads[TCP_CLIENT];
	assert_int_equal(head->length, DIALOGUE_HEAD_MAX_BYTES);
	assert_int_equal(head->capacity, DIALOGUE_HEAD_MAX_BYTES);
	assert_true(head->stopped);
	assert_memory_equal(head->bytes + 4000, script.payload, 4000);
	assert_memory_equal(head->bytes + 8000, script.payload, DIALOGUE_HEAD_MAX_BYTES - 8000);
	segments_finish(&script);
}

static void a_head_that_the_snap_length_cut_stops_there(void **state)
{
	struct segments script;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S PA seq 1 ack 1 data whole");
	segments_make(&script, "C > S PA seq 6 ack 1 data in part");
	script.packet.captured_payload = 2;
	assert_int_equal(tcp_tracker_packet(script.tracker, &script.packet, NULL, NULL),
			 TRACKER_SEGMENT);
	segments_feed(&script, "C > S PA seq 13 ack 1 data behind");
	expect_head(&script, TCP_CLIENT, "wholein");
	assert_true(dialogue_of(&script)->heads[TCP_CLIENT].stopped);
	segments_finish(&script);
}

static void a_head_with_too_many_gaps_stops_rather_than_lie(void **state)
{
	struct segments script;
	const struct dialogue_head *head;
	char line[64];

	(void)state;
	begin(&script);
	for (unsigned i = 0; i < SEQUENCE_RANGES_MAX + 8; i++) {
		(void)snprintf(line, sizeof(line), "C > S PA seq %u ack 1 data x", 3 + 2 * i);
		segments_feed(&script, line);
	}
	head = &dialogue_of(&script)->heads[TCP_CLIENT];
	assert_true(head->stopped);
	assert_int_equal(head->length, 0);
	segments_finish(&script);
}

static void a_stream_that_began_before_the_file_says_so(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, TRACKER_KEEP_PAYLOAD);
	segments_feed(&script, "C > S PA seq 1 ack 1 data middle\n"
			       "S > C PA seq 1 ack 7 data answer\n"
			       "C > S PA seq 7 ack 7 data end");
	expect_head(&script, TCP_CLIENT, "middleend");
	expect_head(&script, TCP_SERVER, "answer");
	assert_false(dialogue_of(&script)->heads[TCP_CLIENT].from_start);
	segments_finish(&script);
}

static void data_in_a_syn_is_the_streams_first(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, TRACKER_KEEP_PAYLOAD);
	segments_feed(&script, "C > S S seq 0 mss 1460 data early\n"
			       "S > C SA seq 0 ack 6 mss 1460\n"
			       "C > S PA seq 6 ack 1 data later");
	expect_head(&script, TCP_CLIENT, "earlylater");
	assert_true(dialogue_of(&script)->heads[TCP_CLIENT].from_start);
	segments_finish(&script);
}

static void more_pieces_than_marks_are_kept_all_the_same(void **state)
{
	struct segments script;
	const struct dialogue_head *head;

	(void)state;
	begin(&script);
	for (unsigned i = 0; i < 3 * DIALOGUE_MARKS_MAX; i++)
		segments_feed(&script, "C > S PA ack 1 data x");
	head = &dialogue_of(&script)->heads[TCP_CLIENT];
	assert_int_equal(head->length, 3 * DIALOGUE_MARKS_MAX);
	assert_int_equal(head->mark_count, DIALOGUE_MARKS_MAX);
	segments_finish(&script);
}

static void what_the_receiver_drops_was_not_said(void **state)
{
	struct segments script;
	const struct dialogue_mark *mark;

	(void)state;
	begin(&script);
	segments_feed(&script, "C > S A seq 1 ack 1 sumok +0.001\n"
			       "C > S PA seq 1 ack 1 sumbad +0.001 data %lease\n");
	expect_head(&script, TCP_CLIENT, "");
	segments_feed(&script, "C > S PA seq 1 ack 1 sumok +0.250 data please\n");
	expect_head(&script, TCP_CLIENT, "please");
	mark = dialogue_mark_at(&dialogue_of(&script)->heads[TCP_CLIENT], 0);
	assert_non_null(mark);
	assert_int_equal(mark->frame, 6);
	segments_feed(&script, "S > C A seq 1 ack 7 +0\n"
			       "C > S PA seq 7 ack 1 sumbad +0.001 data -pay\n");
	expect_head(&script, TCP_CLIENT, "please");
	/* taken at once: it was damaged in the capture alone */
	segments_feed(&script, "S > C A seq 1 ack 11 +0");
	expect_head(&script, TCP_CLIENT, "please-pay");
	segments_finish(&script);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_change_with_new_data_of_the_other_side),
		cmocka_unit_test(a_late_piece_of_an_earlier_turn_is_no_turn),
		cmocka_unit_test(keep_alives_are_no_turn),
		cmocka_unit_test(turns_beyond_the_ceiling_are_counted_only),
		cmocka_unit_test(nothing_is_kept_where_nobody_asked),
		cmocka_unit_test(pieces_out_of_order_come_into_order),
		cmocka_unit_test(of_bytes_that_overlap_the_first_stay),
		cmocka_unit_test(each_byte_knows_the_frame_that_brought_it),
		cmocka_unit_test(a_head_ends_at_its_ceiling),
		cmocka_unit_test(a_head_that_the_snap_length_cut_stops_there),
		cmocka_unit_test(a_head_with_too_many_gaps_stops_rather_than_lie),
		cmocka_unit_test(a_stream_that_began_before_the_file_says_so),
		cmocka_unit_test(data_in_a_syn_is_the_streams_first),
		cmocka_unit_test(more_pieces_than_marks_are_kept_all_the_same),
		cmocka_unit_test(what_the_receiver_drops_was_not_said),
	};

	return cmocka_run_group_tests_name("dialogue", tests, NULL, NULL);
}
