/*
 * The rules one by one; that they are tshark's is what tests/trace proves with tshark itself. The
 * client's numbers begin at 1000, the server's at 5000.
 */
#include "tcp_flow/tshark_labels.h"

#include "support/unit_test.h"
#include "tcp_flow/names.h"

#define BIT(label) TCP_LABEL_BIT(LABEL_##label)
#define RESENT BIT(RETRANSMISSION)
#define FAST (BIT(FAST_RETRANSMISSION) | RESENT)
#define SPURIOUS (BIT(SPURIOUS_RETRANSMISSION) | RESENT)

enum { F = TCP_FLAG_FIN, S = TCP_FLAG_SYN, R = TCP_FLAG_RST, A = TCP_FLAG_ACK, SA = S | A };
enum { CLIENT, SERVER };

struct step {
	unsigned from;
	unsigned flags;
	uint32_t sequence;
	uint32_t acknowledgment;
	uint32_t length;
	uint16_t window;
	int64_t at_us;
	uint32_t expected;
	int scale; /* in the options where over 0; below: the header is cut */
};

static const struct step handshake[] = {
	{ CLIENT, S, 1000, 0, 0, 100, 0, 0, 0 },
	{ SERVER, SA, 5000, 1001, 0, 100, 1000, 0, 0 },
	{ CLIENT, A, 1001, 5001, 0, 100, 2000, 0, 0 },
};

static struct packet packet_of(const struct step *step)
{
	struct packet packet = { .kind = PACKET_TCP };

	packet.time_ns = INT64_C(1700000000000000000) + step->at_us * 1000;
	packet.payload_length = step->length;
	packet.tcp.sequence = step->sequence;
	packet.tcp.acknowledgment = step->acknowledgment;
	packet.tcp.flags = (uint16_t)step->flags;
	packet.tcp.window = step->window;
	packet.tcp.length = TCP_HEADER_MIN_BYTES;
	if (step->scale > 0) {
		packet.tcp.options.has = TCP_HAS_WINDOW_SCALE;
		packet.tcp.options.window_scale = (uint8_t)step->scale;
	} else if (step->scale < 0) {
		packet.tcp.length += 12;
	}
	return packet;
}

static void take(struct tshark_labels *labels, const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct packet packet = packet_of(&steps[i]);
		uint32_t got = tshark_labels_segment(labels, &packet, steps[i].from, false);

		if (got != steps[i].expected)
			print_error("step %zu: labels %#x, expected %#x\n", i, got,
				    steps[i].expected);
		assert_int_equal(got, steps[i].expected);
	}
}

static void check(const struct step *opening, size_t opening_count, const struct step *steps,
		  size_t count)
{
	struct tshark_labels *labels = tshark_labels_create();

	assert_non_null(labels);
	take(labels, opening, opening_count);
	take(labels, steps, count);
	tshark_labels_destroy(labels);
}

#define COUNT_OF(steps) (sizeof(steps) / sizeof((steps)[0]))
#define CHECK(steps) check(handshake, COUNT_OF(handshake), steps, COUNT_OF(steps))
#define CHECK_FROM_THE_MIDDLE(steps) check(NULL, 0, steps, COUNT_OF(steps))

static void a_healthy_connection_has_no_labels(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 50, 100, 3000, 0, 0 },
		{ SERVER, A, 5001, 1051, 0, 100, 4000, 0, 0 },
		{ SERVER, A, 5001, 1051, 80, 100, 5000, 0, 0 },
		{ CLIENT, A, 1051, 5081, 0, 100, 6000, 0, 0 },
		{ CLIENT, F | A, 1051, 5081, 0, 100, 7000, 0, 0 },
		{ SERVER, F | A, 5081, 1052, 0, 100, 8000, 0, 0 },
		{ CLIENT, A, 1052, 5082, 0, 100, 9000, 0, 0 },
	};

	(void)state;
	CHECK(steps);
}

static void a_gap_is_a_lost_segment_and_what_fills_it_soon_is_out_of_order(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1011, 5001, 10, 100, 3000, BIT(LOST_SEGMENT), 0 },
		/* 1.999 ms later, and the round trip of the opening is 2 ms */
		{ CLIENT, A, 1001, 5001, 10, 100, 4999, BIT(OUT_OF_ORDER), 0 },
		{ CLIENT, A, 1031, 5001, 10, 100, 6000, BIT(LOST_SEGMENT), 0 },
		{ CLIENT, A, 1021, 5001, 10, 100, 8000, RESENT, 0 },
		/* an RST may stand anywhere */
		{ CLIENT, R, 9000, 0, 0, 0, 9000, 0, 0 },
	};

	(void)state;
	CHECK(steps);
}

static void without_a_round_trip_three_milliseconds_are_the_limit(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 10, 100, 0, 0, 0 },
		{ CLIENT, A, 1021, 5001, 10, 100, 0, BIT(LOST_SEGMENT), 0 },
		{ CLIENT, A, 1011, 5001, 5, 100, 2999, BIT(OUT_OF_ORDER), 0 },
		{ CLIENT, A, 1016, 5001, 5, 100, 3000, RESENT, 0 },
		/* the same end as the highest: sent again, however soon */
		{ CLIENT, A, 1021, 5001, 10, 100, 0, RESENT, 0 },
	};

	(void)state;
	CHECK_FROM_THE_MIDDLE(steps);
}

static void time_that_runs_backwards_counts_as_very_long(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 10, 100, 5000, 0, 0 },
		{ CLIENT, A, 1021, 5001, 10, 100, 5000, BIT(LOST_SEGMENT), 0 },
		{ CLIENT, A, 1011, 5001, 5, 100, 4999, RESENT, 0 },
	};

	(void)state;
	CHECK_FROM_THE_MIDDLE(steps);
}

static void two_duplicate_acks_make_a_resend_within_20_ms_fast(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 10, 100, 3000, 0, 0 },
		{ CLIENT, A, 1011, 5001, 10, 100, 3000, 0, 0 },
		{ SERVER, A, 5001, 1001, 0, 100, 4000, BIT(DUPLICATE_ACK), 0 },
		{ CLIENT, A, 1001, 5001, 10, 100, 6000, RESENT, 0 },
		{ SERVER, A, 5001, 1001, 0, 100, 7000, BIT(DUPLICATE_ACK), 0 },
		{ CLIENT, A, 1001, 5001, 10, 100, 26999, FAST, 0 },
		{ CLIENT, A, 1001, 5001, 10, 100, 27000, RESENT, 0 },
		{ SERVER, A, 5001, 1021, 0, 100, 28000, 0, 0 },
		{ CLIENT, A, 1001, 5001, 10, 100, 29000, SPURIOUS, 0 },
	};

	(void)state;
	CHECK(steps);
}

/* The mark that it was said stands in the counter of the side that is acknowledged. */
static void an_ack_of_what_was_not_seen_counts_as_many_duplicates(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 10, 100, 3000, 0, 0 },
		{ SERVER, A, 5001, 1011, 10, 100, 3500, 0, 0 },
		{ SERVER, A, 5011, 1100, 0, 100, 4000, BIT(ACK_LOST_SEGMENT), 0 },
		/* said once */
		{ SERVER, A, 5011, 1101, 0, 100, 4000, 0, 0 },
		{ SERVER, A, 5001, 1011, 10, 100, 9000, FAST, 0 },
		/* a duplicate ACK makes it 1 */
		{ CLIENT, A, 1011, 5001, 0, 100, 10000, BIT(DUPLICATE_ACK), 0 },
		{ SERVER, A, 5001, 1011, 10, 100, 11000, RESENT, 0 },
	};

	(void)state;
	CHECK(steps);
}

static void windows_close_are_probed_and_open(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 100, 100, 3000, BIT(WINDOW_FULL), 0 },
		{ SERVER, A, 5001, 1101, 0, 0, 4000, BIT(ZERO_WINDOW), 0 },
		{ CLIENT, A, 1101, 5001, 1, 100, 5000, BIT(ZERO_WINDOW_PROBE), 0 },
		{ SERVER, A, 5001, 1101, 0, 0, 6000, BIT(ZERO_WINDOW) | BIT(ZERO_WINDOW_PROBE_ACK),
		  0 },
		{ SERVER, A, 5001, 1101, 0, 60, 7000, BIT(WINDOW_UPDATE), 0 },
		/* what follows a probe from one byte before is new */
		{ CLIENT, A, 1101, 5001, 10, 100, 8000, 0, 0 },
	};

	(void)state;
	CHECK(steps);
}

static void a_window_is_scaled_after_the_first_ack(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, S, 1000, 0, 0, 100, 0, 0, 3 },
		{ SERVER, SA, 5000, 1001, 0, 100, 1000, 0, 3 },
		{ CLIENT, A, 1001, 5001, 0, 100, 2000, 0, 0 },
		{ CLIENT, A, 1001, 5001, 100, 100, 3000, BIT(WINDOW_FULL), 0 },
		{ SERVER, A, 5001, 1101, 0, 100, 4000, 0, 0 },
		{ CLIENT, A, 1101, 5001, 100, 100, 5000, 0, 0 },
		{ CLIENT, A, 1201, 5001, 700, 100, 6000, BIT(WINDOW_FULL), 0 },
	};

	(void)state;
	CHECK_FROM_THE_MIDDLE(steps);
}

static void a_scale_that_one_side_does_not_offer_is_not_used(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, S, 1000, 0, 0, 100, 0, 0, 3 },
		{ SERVER, SA, 5000, 1001, 0, 100, 1000, 0, 0 },
		{ CLIENT, A, 1001, 5001, 0, 100, 2000, 0, 0 },
	};
	struct tshark_labels *labels = tshark_labels_create();
	struct packet packet = packet_of(&steps[2]);

	(void)state;
	take(labels, &steps[2], 1);
	assert_int_equal(tshark_window(labels, &packet, CLIENT), -1);
	tshark_labels_destroy(labels);
	labels = tshark_labels_create();
	take(labels, steps, COUNT_OF(steps));
	assert_int_equal(tshark_window(labels, &packet, CLIENT), 100);
	tshark_labels_destroy(labels);
}

static void keep_alives_lie_one_below_and_their_answer_is_known(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1000, 5001, 0, 100, 3000, BIT(KEEP_ALIVE), 0 },
		{ SERVER, A, 5001, 1001, 0, 100, 4000, BIT(KEEP_ALIVE_ACK), 0 },
		{ CLIENT, A, 1000, 5001, 1, 100, 5000, BIT(KEEP_ALIVE), 0 },
		{ SERVER, A, 5001, 1001, 0, 100, 6000, BIT(KEEP_ALIVE_ACK), 0 },
	};

	(void)state;
	CHECK(steps);
}

static void a_syn_with_another_number_starts_a_stream(void **state)
{
	static const struct step same = { CLIENT, S, 1000, 0, 0, 100, 9000, RESENT, 0 };
	static const struct step other = { CLIENT, S, 1001, 0, 0, 100, 9000, 0, 0 };
	static const struct step answer = {
		SERVER, SA, 7000, 1001, 0, 100, 9500, BIT(LOST_SEGMENT) | BIT(REUSED_PORTS), 0
	};
	struct tshark_labels *labels = tshark_labels_create();
	struct packet packet = packet_of(&same);

	(void)state;
	assert_false(tshark_starts_new_stream(labels, &packet, CLIENT));
	take(labels, handshake, COUNT_OF(handshake));
	assert_false(tshark_starts_new_stream(labels, &packet, CLIENT));
	take(labels, &same, 1);
	packet = packet_of(&other);
	assert_true(tshark_starts_new_stream(labels, &packet, CLIENT));
	assert_true(tshark_header_starts_new_stream(labels, S, 1001, CLIENT));
	assert_false(tshark_header_starts_new_stream(labels, A, 1001, CLIENT));
	/* a SYN-ACK never does, and the numbers count from it */
	packet = packet_of(&answer);
	assert_false(tshark_starts_new_stream(labels, &packet, SERVER));
	take(labels, &answer, 1);
	assert_int_equal(tshark_relative_sequence(labels, &packet, SERVER), 0);
	assert_int_equal(tshark_relative_acknowledgment(labels, &packet, SERVER), 1);
	tshark_labels_destroy(labels);
}

static void the_first_segment_on_used_ports_says_so(void **state)
{
	struct tshark_labels *labels = tshark_labels_create();
	struct packet packet = packet_of(&handshake[0]);

	(void)state;
	assert_int_equal(tshark_labels_segment(labels, &packet, CLIENT, true), BIT(REUSED_PORTS));
	tshark_labels_destroy(labels);
	tshark_labels_destroy(NULL);
}

static void a_stream_seen_from_the_middle_counts_from_one(void **state)
{
	static const struct step step = { CLIENT, A, 77, 88, 5, 100, 0, 0, 0 };
	struct tshark_labels *labels = tshark_labels_create();
	struct packet packet = packet_of(&step);

	(void)state;
	take(labels, &step, 1);
	assert_int_equal(tshark_relative_sequence(labels, &packet, CLIENT), 1);
	assert_int_equal(tshark_relative_acknowledgment(labels, &packet, CLIENT), 1);
	tshark_labels_destroy(labels);
}

static void at_just_half_of_the_numbers_away_it_is_above_and_below(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 10, 100, 3000, 0, 0 },
		{ CLIENT, A, 1011 + 0x80000000u, 5001, 10, 100, 9000, BIT(LOST_SEGMENT) | SPURIOUS,
		  0 },
	};

	(void)state;
	CHECK(steps);
}

static void a_cut_header_is_remembered_and_not_labelled(void **state)
{
	static const struct step steps[] = {
		{ CLIENT, A, 1001, 5001, 10, 100, 3000, 0, 0 },
		{ CLIENT, A, 1001, 5001, 10, 100, 9000, 0, -1 },
		{ CLIENT, A, 1021, 5001, 10, 100, 9000, 0, -1 },
		{ CLIENT, A, 1031, 5001, 10, 100, 9000, 0, 0 },
	};

	(void)state;
	CHECK(steps);
}

static void mptcp_repeats_acks_to_carry_another_option(void **state)
{
	static const uint8_t add_address[] = { 30, 8, 0x34, 2, 192, 0, 2, 1 };
	static const struct step plain = { SERVER, A, 5001, 1001, 0, 100, 5000, 0, 0 };
	struct tshark_labels *labels = tshark_labels_create();
	struct packet packet = packet_of(&plain);

	(void)state;
	take(labels, handshake, COUNT_OF(handshake));
	assert_int_equal(tshark_labels_segment(labels, &packet, SERVER, false), BIT(DUPLICATE_ACK));
	packet.tcp.options.has = TCP_HAS_MPTCP;
	packet.tcp.options_bytes = add_address;
	packet.tcp.options_length = sizeof(add_address);
	packet.tcp.length = TCP_HEADER_MIN_BYTES + sizeof(add_address);
	assert_int_equal(tshark_labels_segment(labels, &packet, SERVER, false), BIT(DUPLICATE_ACK));
	assert_int_equal(tshark_labels_segment(labels, &packet, SERVER, false), 0);
	assert_int_equal(tshark_labels_segment(labels, &packet, SERVER, false), BIT(DUPLICATE_ACK));
	tshark_labels_destroy(labels);
}

static void directions_can_be_turned(void **state)
{
	static const struct step repeated = { CLIENT, A,   5001, 1001,
					      0,      100, 5000, BIT(DUPLICATE_ACK),
					      0 };
	struct tshark_labels *labels = tshark_labels_create();

	(void)state;
	take(labels, handshake, COUNT_OF(handshake));
	tshark_labels_turn(labels);
	take(labels, &repeated, 1); /* the server's, by its new number */
	tshark_labels_destroy(labels);
}

static void the_number_of_a_fin_is_not_counted_behind_ten_thousand_segments(void **state)
{
	struct tshark_labels *labels = tshark_labels_create();
	struct step data = { CLIENT, A, 1001, 5001, 1, 100, 3000, 0, 0 };
	struct step end = { CLIENT, F | A, 0, 5001, 0, 100, 4000, 0, 0 };
	struct step ack = { SERVER, A, 5001, 0, 0, 100, 5000, BIT(ACK_LOST_SEGMENT), 0 };

	(void)state;
	take(labels, handshake, COUNT_OF(handshake));
	for (unsigned i = 0; i < 10000; i++) {
		data.expected = data.sequence == 1100 ? BIT(WINDOW_FULL) : 0;
		take(labels, &data, 1);
		data.sequence++;
	}
	end.sequence = data.sequence;
	ack.acknowledgment = data.sequence + 1;
	take(labels, &end, 1);
	take(labels, &ack, 1);
	tshark_labels_destroy(labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_connection_has_no_labels),
		cmocka_unit_test(a_gap_is_a_lost_segment_and_what_fills_it_soon_is_out_of_order),
		cmocka_unit_test(without_a_round_trip_three_milliseconds_are_the_limit),
		cmocka_unit_test(time_that_runs_backwards_counts_as_very_long),
		cmocka_unit_test(two_duplicate_acks_make_a_resend_within_20_ms_fast),
		cmocka_unit_test(an_ack_of_what_was_not_seen_counts_as_many_duplicates),
		cmocka_unit_test(windows_close_are_probed_and_open),
		cmocka_unit_test(a_window_is_scaled_after_the_first_ack),
		cmocka_unit_test(a_scale_that_one_side_does_not_offer_is_not_used),
		cmocka_unit_test(keep_alives_lie_one_below_and_their_answer_is_known),
		cmocka_unit_test(a_syn_with_another_number_starts_a_stream),
		cmocka_unit_test(the_first_segment_on_used_ports_says_so),
		cmocka_unit_test(a_stream_seen_from_the_middle_counts_from_one),
		cmocka_unit_test(at_just_half_of_the_numbers_away_it_is_above_and_below),
		cmocka_unit_test(a_cut_header_is_remembered_and_not_labelled),
		cmocka_unit_test(mptcp_repeats_acks_to_carry_another_option),
		cmocka_unit_test(directions_can_be_turned),
		cmocka_unit_test(the_number_of_a_fin_is_not_counted_behind_ten_thousand_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
