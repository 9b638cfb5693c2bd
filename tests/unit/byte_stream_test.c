#include "tcp_flow/byte_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_builder.h"
#include "support/unit_test.h"

/* A stream, and what came out of it in short: "0:abc@4 3:[5]@6 ", a gap in brackets. */
struct flow {
	struct byte_stream stream;
	struct packet packet;
	struct text_builder out;
	uint64_t next_offset; /* where the next piece must begin */
	uint64_t pieces;
	uint8_t bytes[64]; /* the first that came out; gaps stay zeros */
	bool counts_only;
};

static void flow_start(struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	byte_stream_init(&flow->stream, TCP_CLIENT);
	text_builder_init(&flow->out, 1024 * 1024);
}

static void flow_finish(struct flow *flow)
{
	byte_stream_finish(&flow->stream);
	text_builder_finish(&flow->out);
}

static void take(void *context, const struct stream_piece *piece)
{
	struct flow *flow = context;

	assert_int_equal(piece->offset, flow->next_offset);
	assert_true(piece->length > 0);
	assert_int_equal(piece->from, TCP_CLIENT);
	assert_int_equal(piece->time_ns, piece->frame * 10);
	flow->next_offset += piece->length;
	flow->pieces++;
	if (piece->bytes && flow->next_offset <= sizeof(flow->bytes))
		memcpy(flow->bytes + piece->offset, piece->bytes, (size_t)piece->length);
	if (flow->counts_only)
		return;
	text_append_format(&flow->out, "%llu:", (unsigned long long)piece->offset);
	if (piece->bytes)
		text_append_bytes(&flow->out, piece->bytes, (size_t)piece->length);
	else
		text_append_format(&flow->out, "[%llu]", (unsigned long long)piece->length);
	text_append_format(&flow->out, "@%llu ", (unsigned long long)piece->frame);
}

/* The next segment, a frame of its own. */
static struct segment_facts segment_of(struct flow *flow, int64_t sequence, const char *data,
				       uint16_t flags)
{
	flow->packet.frame++;
	flow->packet.payload = (const uint8_t *)data;
	flow->packet.payload_length = (uint32_t)strlen(data);
	flow->packet.captured_payload = flow->packet.payload_length;
	return (struct segment_facts){
		.packet = &flow->packet,
		.from = TCP_CLIENT,
		.since_start_ns = (int64_t)flow->packet.frame * 10,
		.sequence = sequence,
		.length = flow->packet.payload_length,
		.flags = flags,
	};
}

static void say(struct flow *flow, int64_t sequence, const char *data)
{
	struct segment_facts segment = segment_of(flow, sequence, data, TCP_FLAG_ACK);

	byte_stream_segment(&flow->stream, &segment, take, flow);
}

static void say_with(struct flow *flow, int64_t sequence, const char *data, uint16_t flags)
{
	struct segment_facts segment = segment_of(flow, sequence, data, flags);

	byte_stream_segment(&flow->stream, &segment, take, flow);
}

static void acknowledge(struct flow *flow, int64_t acknowledgment)
{
	struct segment_facts segment = segment_of(flow, 1, "", TCP_FLAG_ACK);

	segment.from = TCP_SERVER;
	segment.has_ack = true;
	segment.acknowledgment = acknowledgment;
	byte_stream_acknowledged(&flow->stream, &segment, take, flow);
}

static void end(struct flow *flow)
{
	byte_stream_end(&flow->stream, take, flow);
}

/* All that came out since the last time. */
static void expect(struct flow *flow, const char *text)
{
	assert_string_equal(text_builder_text(&flow->out), text);
	text_builder_clear(&flow->out);
}

static void say_damaged(struct flow *flow, int64_t sequence, const char *data)
{
	struct segment_facts segment = segment_of(flow, sequence, data, TCP_FLAG_ACK);

	segment.damaged = true;
	byte_stream_segment(&flow->stream, &segment, take, flow);
}

static void what_the_receiver_drops_is_no_part_of_it(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	byte_stream_begin(&flow.stream, 1);
	say_damaged(&flow, 1, "axc");
	say(&flow, 4, "de");
	expect(&flow, "");
	say(&flow, 1, "abc");
	expect(&flow, "0:abc@3 3:de@2 ");
	acknowledge(&flow, 6);
	say(&flow, 6, "f");
	expect(&flow, "5:f@5 ");
	flow_finish(&flow);
}

static void what_is_acknowledged_all_the_same_was_damaged_by_the_capture(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	byte_stream_begin(&flow.stream, 1);
	say_damaged(&flow, 1, "abc");
	say_damaged(&flow, 4, "de");
	acknowledge(&flow, 4);
	expect(&flow, "0:abc@1 ");
	say_damaged(&flow, 6, "f");
	acknowledge(&flow, 6);
	expect(&flow, "3:de@2 ");
	/* the last is not acknowledged: nobody knows */
	end(&flow);
	expect(&flow, "");
	flow_finish(&flow);
}

static void damaged_payload_has_ceilings(void **state)
{
	static char data[65536];
	struct flow flow;

	(void)state;
	flow_start(&flow);
	flow.counts_only = true;
	memset(data, 'a', sizeof(data) - 1);
	byte_stream_begin(&flow.stream, 1);
	for (int64_t i = 0; i < 1000; i++)
		say_damaged(&flow, 1 + i * 65535, data);
	assert_true(flow.stream.damaged.bytes <= DAMAGED_PAYLOAD_MAX_BYTES);
	flow_finish(&flow);
	flow_start(&flow);
	byte_stream_begin(&flow.stream, 1);
	for (int64_t i = 0; i < 1000; i++)
		say_damaged(&flow, 1 + i, "a");
	assert_int_equal(flow.stream.damaged.count, DAMAGED_PAYLOADS_MAX);
	flow_finish(&flow);
}

static void what_comes_in_order_goes_out_at_once(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say_with(&flow, 0, "", TCP_FLAG_SYN);
	say(&flow, 1, "abc");
	expect(&flow, "0:abc@2 ");
	say(&flow, 4, "de");
	say_with(&flow, 6, "f", TCP_FLAG_ACK | TCP_FLAG_FIN);
	end(&flow);
	expect(&flow, "3:de@3 5:f@4 ");
	assert_null(flow.stream.fragments);
	flow_finish(&flow);
}

static void data_in_the_syn_is_the_beginning(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say_with(&flow, 0, "early", TCP_FLAG_SYN);
	say_with(&flow, 0, "", TCP_FLAG_SYN);
	say(&flow, 1, "early bird");
	expect(&flow, "0:early@1 5: bird@3 ");
	flow_finish(&flow);
}

static void a_late_piece_releases_what_waited_with_its_own_frames(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "a");
	say(&flow, 4, "de");
	say(&flow, 8, "h");
	say(&flow, 6, "fg");
	expect(&flow, "0:a@1 ");
	assert_int_equal(flow.stream.waiting, 5);
	say(&flow, 2, "bc");
	expect(&flow, "1:bc@5 3:de@2 5:fg@4 7:h@3 ");
	assert_int_equal(flow.stream.waiting, 0);
	flow_finish(&flow);
}

static void of_what_comes_twice_the_first_stays(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "abc");
	say(&flow, 1, "XYZ");
	say(&flow, 2, "YZdef");
	expect(&flow, "0:abc@1 3:def@3 ");
	/* the same among those that wait: both sides and the middle are new */
	say(&flow, 10, "jk");
	say(&flow, 13, "m");
	say(&flow, 9, "IJKLMN");
	say(&flow, 7, "gh");
	expect(&flow, "6:gh@7 8:I@6 9:jk@4 11:L@6 12:m@5 13:N@6 ");
	flow_finish(&flow);
}

static void what_lies_before_the_origin_is_no_part_of_it(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1000, "ab");
	say(&flow, 990, "old");
	say(&flow, 998, "OLab+");
	expect(&flow, "0:ab@1 2:+@3 ");
	flow_finish(&flow);
}

static void an_acknowledged_hole_is_given_up_once_more_is_here(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say_with(&flow, 0, "", TCP_FLAG_SYN);
	say(&flow, 6, "fg");
	acknowledge(&flow, 3); /* part of it: the rest may come */
	expect(&flow, "0:[2]@3 ");
	acknowledge(&flow, 8);
	expect(&flow, "2:[3]@4 5:fg@2 ");
	say(&flow, 1, "abcde"); /* too late to be told */
	expect(&flow, "");
	/* acknowledged before anything behind it is here: told when that comes */
	acknowledge(&flow, 20);
	expect(&flow, "");
	say(&flow, 20, "tu");
	expect(&flow, "7:[12]@7 19:tu@7 ");
	flow_finish(&flow);
}

static void an_acknowledgement_alone_loses_nothing(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "a");
	acknowledge(&flow, 5); /* captured before the data that it is for */
	say(&flow, 2, "bcd");
	expect(&flow, "0:a@1 1:bcd@3 ");
	end(&flow);
	expect(&flow, "");
	flow_finish(&flow);
}

static void a_lying_acknowledgement_is_passed_over(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "a");
	acknowledge(&flow, INT64_C(3) << 30);
	end(&flow);
	expect(&flow, "0:a@1 ");
	flow_finish(&flow);
}

static void the_end_tells_what_is_missing_before_it(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "ab");
	say(&flow, 5, "ef");
	say_with(&flow, 10, "", TCP_FLAG_ACK | TCP_FLAG_FIN);
	end(&flow);
	expect(&flow, "0:ab@1 2:[2]@3 4:ef@2 6:[3]@3 ");
	flow_finish(&flow);
}

static void an_unseen_fin_is_no_missing_byte(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "ab");
	acknowledge(&flow, 4);
	end(&flow);
	expect(&flow, "0:ab@1 ");
	flow_finish(&flow);
	flow_start(&flow);
	say(&flow, 1, "ab");
	acknowledge(&flow, 6);
	end(&flow);
	expect(&flow, "0:ab@1 2:[3]@2 ");
	flow_finish(&flow);
}

static void a_stream_of_which_only_acknowledgements_are_there_is_one_gap(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	acknowledge(&flow, 1);
	acknowledge(&flow, 101);
	end(&flow);
	expect(&flow, "0:[100]@2 ");
	flow_finish(&flow);
}

static void what_a_snap_length_cut_off_is_missing(void **state)
{
	struct flow flow;
	struct segment_facts segment;

	(void)state;
	flow_start(&flow);
	segment = segment_of(&flow, 1, "abcdef", TCP_FLAG_ACK);
	flow.packet.captured_payload = 2;
	byte_stream_segment(&flow.stream, &segment, take, &flow);
	expect(&flow, "0:ab@1 2:[4]@1 ");
	/* beyond a gap it waits with the rest, and the gap's frame is the one that fills it */
	segment = segment_of(&flow, 9, "ijk", TCP_FLAG_ACK);
	flow.packet.captured_payload = 1;
	byte_stream_segment(&flow.stream, &segment, take, &flow);
	say(&flow, 7, "gh");
	expect(&flow, "6:gh@3 8:i@2 9:[2]@3 ");
	flow_finish(&flow);
}

static void what_is_no_part_of_the_stream_is_left_out(void **state)
{
	struct flow flow;
	struct segment_facts segment;

	(void)state;
	flow_start(&flow);
	say(&flow, 1, "abc");
	say_with(&flow, 4, "reset by", TCP_FLAG_RST);
	segment = segment_of(&flow, 3, "?", TCP_FLAG_ACK);
	segment.keep_alive = true;
	byte_stream_segment(&flow.stream, &segment, take, &flow);
	segment = segment_of(&flow, 4, "stray", TCP_FLAG_SYN);
	segment.stray_syn = true;
	byte_stream_segment(&flow.stream, &segment, take, &flow);
	segment = segment_of(&flow, 4, "def", TCP_FLAG_ACK);
	segment.captured_twice = true;
	byte_stream_segment(&flow.stream, &segment, take, &flow);
	end(&flow);
	expect(&flow, "0:abc@1 ");
	flow_finish(&flow);
}

static void numbers_beyond_32_bits_go_on(void **state)
{
	struct flow flow;
	int64_t near = (INT64_C(1) << 32) - 2;

	(void)state;
	flow_start(&flow);
	byte_stream_begin(&flow.stream, near);
	say(&flow, near + 3, "de");
	say(&flow, near, "abc");
	expect(&flow, "0:abc@2 3:de@1 ");
	flow_finish(&flow);
}

/* Gives up the first gap when a byte more would wait than may. */
static void what_waits_has_a_ceiling_in_bytes(void **state)
{
	static char block[4097];
	struct flow flow;
	int64_t at = 10;

	(void)state;
	memset(block, 'x', sizeof(block) - 1);
	flow_start(&flow);
	flow.counts_only = true;
	say(&flow, 1, "a");
	for (uint32_t i = 0; i < BYTE_STREAM_WAITING_MAX_BYTES / 4096; i++, at += 4096)
		say(&flow, at, block);
	assert_int_equal(flow.pieces, 1);
	assert_int_equal(flow.stream.waiting, BYTE_STREAM_WAITING_MAX_BYTES);
	say(&flow, at, "y");
	assert_int_equal(flow.stream.waiting, 0);
	assert_int_equal(flow.next_offset, at + 1 - 1); /* all of it went out */
	flow_finish(&flow);
}

static void what_waits_has_a_ceiling_in_number(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	flow.counts_only = true;
	say(&flow, 1, "a");
	for (int64_t i = 1; i <= BYTE_STREAM_FRAGMENTS_MAX; i++)
		say(&flow, 1 + 2 * i, "b");
	assert_int_equal(flow.pieces, 1);
	assert_int_equal(flow.stream.count, BYTE_STREAM_FRAGMENTS_MAX);
	say(&flow, 1 + 2 * (BYTE_STREAM_FRAGMENTS_MAX + 1), "b");
	assert_int_equal(flow.stream.count, BYTE_STREAM_FRAGMENTS_MAX);
	assert_int_equal(flow.next_offset, 3); /* "a", a gap, the first "b" */
	flow_finish(&flow);
}

/* Something waits all the time, and yet the room for it does not grow. */
static void what_went_out_leaves_its_room(void **state)
{
	struct flow flow;

	(void)state;
	flow_start(&flow);
	flow.counts_only = true;
	say(&flow, 1, "a");
	say(&flow, 3, "c");
	for (int64_t at = 5; at < 20000; at += 2) {
		say(&flow, at, "y");
		say(&flow, at - 3, "x");
		assert_int_equal(flow.stream.count, 1);
	}
	assert_true(flow.stream.capacity <= 16);
	flow_finish(&flow);
}

/* Every order of six pieces, some of which overlap, gives the same bytes. */
static void any_order_gives_the_same_bytes(void **state)
{
	static const char all[] = "abcdefghijkl";
	static const struct {
		int64_t from;
		int64_t to;
	} parts[] = { { 0, 2 }, { 2, 5 }, { 4, 7 }, { 6, 9 }, { 9, 12 }, { 3, 10 } };

	(void)state;
	for (unsigned order = 0; order < 720; order++) {
		unsigned left[] = { 0, 1, 2, 3, 4, 5 };
		unsigned rest = order;
		struct flow flow;
		char data[16];

		flow_start(&flow);
		byte_stream_begin(&flow.stream, 1);
		for (unsigned count = 6; count > 0; count--) {
			unsigned pick = rest % count;
			unsigned part = left[pick];

			rest /= count;
			left[pick] = left[count - 1];
			(void)snprintf(data, sizeof(data), "%.*s",
				       (int)(parts[part].to - parts[part].from),
				       all + parts[part].from);
			say(&flow, 1 + parts[part].from, data);
		}
		assert_int_equal(flow.next_offset, 12);
		assert_memory_equal(flow.bytes, all, 12);
		assert_int_equal(flow.stream.count, 0);
		flow_finish(&flow);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_receiver_drops_is_no_part_of_it),
		cmocka_unit_test(what_is_acknowledged_all_the_same_was_damaged_by_the_capture),
		cmocka_unit_test(damaged_payload_has_ceilings),
		cmocka_unit_test(what_comes_in_order_goes_out_at_once),
		cmocka_unit_test(data_in_the_syn_is_the_beginning),
		cmocka_unit_test(a_late_piece_releases_what_waited_with_its_own_frames),
		cmocka_unit_test(of_what_comes_twice_the_first_stays),
		cmocka_unit_test(what_lies_before_the_origin_is_no_part_of_it),
		cmocka_unit_test(an_acknowledged_hole_is_given_up_once_more_is_here),
		cmocka_unit_test(an_acknowledgement_alone_loses_nothing),
		cmocka_unit_test(a_lying_acknowledgement_is_passed_over),
		cmocka_unit_test(the_end_tells_what_is_missing_before_it),
		cmocka_unit_test(an_unseen_fin_is_no_missing_byte),
		cmocka_unit_test(a_stream_of_which_only_acknowledgements_are_there_is_one_gap),
		cmocka_unit_test(what_a_snap_length_cut_off_is_missing),
		cmocka_unit_test(what_is_no_part_of_the_stream_is_left_out),
		cmocka_unit_test(numbers_beyond_32_bits_go_on),
		cmocka_unit_test(what_waits_has_a_ceiling_in_bytes),
		cmocka_unit_test(what_waits_has_a_ceiling_in_number),
		cmocka_unit_test(what_went_out_leaves_its_room),
		cmocka_unit_test(any_order_gives_the_same_bytes),
	};

	return cmocka_run_group_tests_name("byte_stream", tests, NULL, NULL);
}
