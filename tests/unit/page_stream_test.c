/* What both sides said, as a page carries it: in order, once, and so much of it. */
#include "report/page_stream.h"

#include <stdio.h>
#include <string.h>

#include "report/page_limits.h"
#include "support/segments.h"
#include "support/unit_test.h"

struct talk {
	struct segments script;
	struct page_stream_budget budget;
	struct page_stream stream;
	struct text_builder out;
};

static void start(struct talk *talk)
{
	talk->budget.left = PAGE_STREAMS_MAX_BYTES;
	segments_start(&talk->script, TRACKER_KEEP_PAYLOAD);
	page_stream_init(&talk->stream, &talk->budget);
	text_builder_init(&talk->out, 64u * 1024 * 1024);
}

static void finish(struct talk *talk)
{
	page_stream_finish(&talk->stream);
	text_builder_finish(&talk->out);
	segments_end(&talk->script);
	segments_finish(&talk->script);
}

static void feed(struct talk *talk, const char *line)
{
	segments_feed(&talk->script, line);
	page_stream_segment(&talk->stream, &talk->script.facts, &talk->out);
}

static void shake_hands(struct talk *talk)
{
	feed(talk, "C > S  S   seq 0 @0");
	feed(talk, "S > C  SA  seq 0 ack 1 @1");
	feed(talk, "C > S  A   seq 1 ack 1 @2");
}

static void what_is_said_comes_in_order_with_its_frame(void **state)
{
	struct talk talk;

	(void)state;
	start(&talk);
	shake_hands(&talk);
	feed(&talk, "C > S  PA seq 1 ack 1 @3 data hello");
	feed(&talk, "S > C  PA seq 1 ack 6 @4 data hi");
	page_stream_end(&talk.stream, &talk.out);
	assert_string_equal(text_builder_text(&talk.out),
			    "{\"from\":\"client\",\"frame\":4,\"time\":3.000000000,\"offset\":0,"
			    "\"data\":\"aGVsbG8=\"},"
			    "{\"from\":\"server\",\"frame\":5,\"time\":4.000000000,\"offset\":0,"
			    "\"data\":\"aGk=\"}");
	finish(&talk);
}

static void what_came_out_of_order_waits_for_its_place(void **state)
{
	struct talk talk;

	(void)state;
	start(&talk);
	shake_hands(&talk);
	feed(&talk, "C > S  PA seq 3 ack 1 @3 data cd");
	assert_string_equal(text_builder_text(&talk.out), "");
	assert_int_equal(page_stream_waiting(&talk.stream), 2);
	feed(&talk, "C > S  PA seq 1 ack 1 @4 data ab");
	assert_int_equal(page_stream_waiting(&talk.stream), 0);
	assert_non_null(strstr(text_builder_text(&talk.out), "\"data\":\"YWI=\"},{"));
	assert_non_null(strstr(text_builder_text(&talk.out), "\"frame\":4,\"time\":3.000000000,"
							     "\"offset\":2,\"data\":\"Y2Q=\"}"));
	finish(&talk);
}

static void what_is_missing_is_told_in_its_place(void **state)
{
	struct talk talk;

	(void)state;
	start(&talk);
	shake_hands(&talk);
	feed(&talk, "C > S  PA seq 3 ack 1 @3 data cd");
	feed(&talk, "S > C  A  seq 1 ack 5 @4");
	page_stream_end(&talk.stream, &talk.out);
	assert_non_null(strstr(text_builder_text(&talk.out), "\"offset\":0,\"missing\":2},{"));
	assert_int_equal(talk.stream.left_out[TCP_CLIENT], 0);
	finish(&talk);
}

/* Segments of 1,000 bytes of the client, from the number on. */
static void feed_many(struct talk *talk, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned sequence = first + i * 1000;
		char line[80];

		(void)snprintf(line, sizeof(line), "C > S  A seq %u:%u ack 1 +0.001", sequence,
			       sequence + 1000);
		feed(talk, line);
	}
}

static void of_a_long_side_the_beginning_stays(void **state)
{
	struct talk talk;

	(void)state;
	start(&talk);
	shake_hands(&talk);
	feed_many(&talk, 1, 70);
	assert_int_equal(talk.stream.told[TCP_CLIENT], PAGE_STREAM_SIDE_MAX_BYTES);
	assert_int_equal(talk.stream.left_out[TCP_CLIENT], 70000 - PAGE_STREAM_SIDE_MAX_BYTES);
	text_builder_clear(&talk.out);
	feed(&talk, "S > C  PA seq 1 ack 70001 +1 data hi");
	assert_non_null(strstr(text_builder_text(&talk.out), "\"data\":\"aGk=\""));
	assert_int_equal(talk.stream.left_out[TCP_SERVER], 0);
	finish(&talk);
}

static void all_conversations_share_a_budget(void **state)
{
	struct talk talk;

	(void)state;
	start(&talk);
	talk.budget.left = 2500;
	shake_hands(&talk);
	feed_many(&talk, 1, 4);
	/* 1,000 and 1,000, each with what a piece counts besides; and what is left then */
	assert_int_equal(talk.stream.told[TCP_CLIENT], 2500 - 3 * PAGE_STREAM_PIECE_BYTES);
	assert_int_equal(talk.stream.left_out[TCP_CLIENT], 4000 - talk.stream.told[TCP_CLIENT]);
	assert_int_equal(talk.budget.left, 0);
	finish(&talk);
}

static void pieces_without_bytes_count_too(void **state)
{
	struct talk talk;

	(void)state;
	start(&talk);
	talk.budget.left = 2 * PAGE_STREAM_PIECE_BYTES;
	shake_hands(&talk);
	for (unsigned i = 0; i < 5; i++) { /* 10 bytes missing, 10 there, ... */
		char line[80];

		(void)snprintf(line, sizeof(line), "C > S  A seq %u:%u ack 1 +0.001", 11 + i * 20,
			       21 + i * 20);
		feed(&talk, line);
	}
	page_stream_end(&talk.stream, &talk.out);
	assert_true(talk.budget.left <= PAGE_STREAM_PIECE_BYTES);
	assert_true(talk.stream.left_out[TCP_CLIENT] > 0);
	assert_true(talk.out.length < 300);
	finish(&talk);
}

static void its_object_holds_the_pieces_and_what_was_left_out(void **state)
{
	static const uint64_t nothing[2];
	static const uint64_t some[2] = { 3, 0 };
	struct text_builder out;

	(void)state;
	text_builder_init(&out, 1024);
	page_stream_object_begin(&out, 7);
	text_append(&out, "{}");
	page_stream_object_end(&out, nothing);
	assert_string_equal(text_builder_text(&out), "{\"connection\":7,\"pieces\":[{}]}");
	text_builder_clear(&out);
	page_stream_object_begin(&out, 7);
	page_stream_object_end(&out, some);
	assert_string_equal(text_builder_text(&out),
			    "{\"connection\":7,\"pieces\":[],\"left_out\":{\"client\":3,"
			    "\"server\":0}}");
	text_builder_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_comes_in_order_with_its_frame),
		cmocka_unit_test(what_came_out_of_order_waits_for_its_place),
		cmocka_unit_test(what_is_missing_is_told_in_its_place),
		cmocka_unit_test(of_a_long_side_the_beginning_stays),
		cmocka_unit_test(all_conversations_share_a_budget),
		cmocka_unit_test(pieces_without_bytes_count_too),
		cmocka_unit_test(its_object_holds_the_pieces_and_what_was_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
