/* That a ladder keeps its columns, whatever has to stand in them, and its letters in colour. */
#include "report/ladder.h"

#include <string.h>

#include "report/ladder_row.h"
#include "support/ladder_scene.h"
#include "support/unit_test.h"

static void a_long_detail_is_wrapped_and_ends_in_dots(void **state)
{
	char detail[1000];

	(void)state;
	memset(detail, 'x', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	for (size_t i = 9; i < sizeof(detail) - 1; i += 10)
		detail[i] = ' ';
	(void)draw(OPEN);
	say("SEND request", detail, true, true);
	(void)draw_only("C > S PA seq 1:101 ack 1 +0.001\n");
	assert_fits(text_builder_text(&scene.text), 80);
	assert_has(text_builder_text(&scene.text), "xxxxxxxxx ...");
	/* Nothing to break it at, and characters that take two columns. */
	for (size_t i = 0; i + 3 < sizeof(detail); i += 3)
		memcpy(detail + i, "\xe4\xb8\xad", 3);
	for (scene.style.columns = 60; scene.style.columns < 200; scene.style.columns++) {
		(void)draw_only("C > S PA seq 1:101 ack 1 +0.001\n");
		assert_fits(text_builder_text(&scene.text), scene.style.columns);
	}
	scene.style.columns = 0;
	(void)draw_only("C > S PA seq 1:101 ack 1 +0.001\n");
	assert_lacks(text_builder_text(&scene.text), "...");
}

/* As no segment is: every label, option, mark and flag, numbers as large as they get. */
static void make_everything_odd(void)
{
	struct packet *packet = &scene.script.packet;

	scene.script.facts.labels = (1u << LABEL_COUNT) - 1;
	scene.script.facts.cause = CAUSE_TAIL_LOSS_PROBE;
	scene.script.facts.flags = 0x1ff;
	scene.script.facts.has_ack = true;
	scene.script.facts.captured_twice = true;
	scene.script.facts.stray_syn = true;
	scene.script.facts.sequence = INT64_MIN;
	scene.script.facts.acknowledgment = INT64_MIN;
	scene.script.facts.window = INT64_MAX;
	scene.script.facts.length = UINT32_MAX;
	scene.script.facts.since_start_ns = INT64_MAX;
	scene.script.facts.since_last_ns = INT64_MAX;
	scene.script.facts.before[0] = TCP_ESTABLISHED;
	scene.script.facts.states[0] = TCP_CLOSE_WAIT;
	scene.script.facts.before[1] = TCP_CLOSED;
	scene.script.facts.states[1] = TCP_ESTABLISHED;
	packet->frame = UINT64_MAX;
	packet->checksum = CHECKSUM_BAD;
	packet->reassembled = true;
	packet->ip.traffic_class = IP_ECN_CE;
	packet->tcp.options.has = UINT32_MAX;
	packet->tcp.options.sack_count = TCP_SACK_MAX_BLOCKS;
	for (unsigned i = 0; i < TCP_SACK_MAX_BLOCKS; i++)
		packet->tcp.options.sack[i] = (struct sack_block){ i << 30, UINT32_MAX - i };
	for (int i = 0; i < 8; i++)
		say("0123456789012345678901234567890123456789", "some detail", i > 0, i < 7);
}

static void no_line_is_wider_than_it_may_be(void **state)
{
	(void)state;
	for (unsigned way = 0; way < 4; way++) {
		scene.style.absolute = (way & 1) != 0;
		scene.style.mixed = (way & 2) != 0;
		for (scene.style.columns = 1; scene.style.columns <= 200; scene.style.columns++) {
			size_t columns = scene.style.columns < 60 ? 60 : scene.style.columns;

			segments_finish(&scene.script);
			segments_start(&scene.script, 0);
			scene.message_count = 0;
			assert_fits(draw_only(LOST "S > C R seq 1 +100\n"), columns);
			segments_feed(&scene.script, "S > C A seq 1:11 ack 7301 +0.001\n");
			make_everything_odd();
			text_builder_clear(&scene.text);
			draw_latest();
			assert_fits(text_builder_text(&scene.text), columns);
		}
	}
}

static void every_label_and_mark_is_told_however_many_there_are(void **state)
{
	static const char *const words[] = {
		"FIN SYN RST PSH ACK URG ECE CWR AE",
		"seq ",
		"ack ",
		"mss ",
		"scale ",
		"SACK ok",
		"timestamps",
		"sack ",
		"fast retransmission: tail loss probe",
		"out of order: came late",
		"dup ACK",
		"keep-alive",
		"keep-alive ACK",
		"zero window",
		"zero window probe",
		"answers the probe",
		"fills the window",
		"window update",
		"something before it is missing",
		"acknowledges what was not captured",
		"ports used before",
		"captured twice, not sent twice",
		"a SYN inside the connection",
		"bad checksum: the receiver drops it",
		"marked: congestion (CE)",
		"damaged options",
		"from IP fragments",
		"urgent pointer",
	};

	(void)state;
	scene.style.columns = 0;
	(void)draw(OPEN);
	segments_feed(&scene.script, "C > S A seq 1:11 ack 1 +0.001\n");
	make_everything_odd();
	text_builder_clear(&scene.text);
	draw_latest();
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_has(text_builder_text(&scene.text), words[i]);
}

/* Where the point of each time stands. */
static void assert_points_align(const char *lines, size_t column)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		if (lines[0] == '[')
			assert_int_equal(lines[column], '.');
		lines += length + 1;
	}
}

static void times_align_by_the_point(void **state)
{
	(void)state;
	assert_points_align(draw(OPEN "C > S A seq 1:11 ack 1 +9.5\nS > C A seq 1 ack 11 +90\n"
				      "C > S A seq 11:21 ack 1 +4000\n"
				      "S > C A seq 1 ack 21 @0.000001\n"),
			    11);
}

static void large_frames_and_times_lose_digits_before_their_place(void **state)
{
	(void)state;
	(void)draw(OPEN);
	segments_feed(&scene.script, "C > S A seq 1:11 ack 1 +0.1\n");
	scene.script.packet.frame = 12345678;
	scene.script.facts.since_start_ns = INT64_C(12345678901);
	text_builder_clear(&scene.text);
	draw_latest();
	assert_has(text_builder_text(&scene.text), "[12345678] 12.3456 |-- ACK");
	scene.script.facts.since_start_ns = INT64_C(1234567800000000000);
	text_builder_clear(&scene.text);
	draw_latest();
	assert_has(text_builder_text(&scene.text), "[12345678] 1234567800\n"
						   "                   |-- ACK");
}

static void colours_change_no_letter(void **state)
{
	struct text_builder plain;
	size_t at = 0;
	const char *ladder;

	(void)state;
	text_builder_init(&plain, 1u << 20);
	text_append(&plain, draw(LOST "S > C RA seq 1 ack 7301 +1\n"));
	assert_lacks(text_builder_text(&plain), "\x1b");
	segments_finish(&scene.script);
	segments_start(&scene.script, 0);
	scene.style.colour = true;
	ladder = draw_only(LOST "S > C RA seq 1 ack 7301 +1\n");
	assert_has(ladder, LADDER_RED);
	assert_has(ladder, LADDER_YELLOW);
	for (; *ladder; ladder++) {
		if (*ladder == '\x1b')
			ladder = strchr(ladder, 'm');
		else
			assert_int_equal(*ladder, plain.text[at++]);
	}
	assert_int_equal(at, plain.length);
	text_builder_finish(&plain);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, ladder_scene_start, ladder_scene_stop)
	const struct CMUnitTest tests[] = {
		CLAIM(a_long_detail_is_wrapped_and_ends_in_dots),
		CLAIM(no_line_is_wider_than_it_may_be),
		CLAIM(every_label_and_mark_is_told_however_many_there_are),
		CLAIM(times_align_by_the_point),
		CLAIM(large_frames_and_times_lose_digits_before_their_place),
		CLAIM(colours_change_no_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
