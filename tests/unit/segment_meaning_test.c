/* Segments go in as bytes, and what they are comes out as people would say it. */
#include "tcp_lab/segment_meaning.h"

#include <stdlib.h>
#include <string.h>

#include "support/cable_scene.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/segment_pattern.h"

struct talk {
	struct cable_scene scene; /* for its packets only */
	struct packet_decoder *decoder;
	struct segment_meanings *meanings;
	struct segment_meaning latest;
	struct text_builder text;
};

static int start(void **state)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	assert_non_null(talk);
	cable_scene_start(&talk->scene, 1);
	talk->decoder = packet_decoder_create(0);
	talk->meanings = segment_meanings_create();
	assert_non_null(talk->decoder);
	assert_non_null(talk->meanings);
	text_builder_init(&talk->text, 256);
	*state = talk;
	return 0;
}

static int finish(void **state)
{
	struct talk *talk = *state;

	cable_scene_finish(&talk->scene);
	packet_decoder_destroy(talk->decoder);
	segment_meanings_destroy(talk->meanings);
	text_builder_finish(&talk->text);
	free(talk);
	return 0;
}

static const char *say(struct talk *talk, enum lab_host from, const char *flags, uint32_t sequence,
		       uint32_t acknowledgment, uint32_t payload)
{
	size_t length = scene_packet(&talk->scene, from, flags, sequence, acknowledgment, payload);
	struct captured_frame frame = {
		.number = 1,
		.bytes = talk->scene.packet,
		.captured_length = (uint32_t)length,
		.original_length = (uint32_t)length,
		.link_type = 101,
	};
	struct packet packet;

	assert_int_equal(packet_decode(talk->decoder, &frame, &packet), PACKET_TCP);
	segment_meanings_take(talk->meanings, from, &packet, &talk->latest);
	text_builder_clear(&talk->text);
	segment_meaning_text(&talk->latest, &talk->text);
	return text_builder_text(&talk->text);
}

#define CLIENT(...) say(talk, LAB_CLIENT, __VA_ARGS__)
#define SERVER(...) say(talk, LAB_SERVER, __VA_ARGS__)

static void open_connection(struct talk *talk)
{
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_string_equal(SERVER("SA", 0, 1, 0), "server SYN-ACK");
	assert_string_equal(CLIENT("A", 1, 1, 0), "client ACK 1");
}

static void a_connection_is_told_as_people_would(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data 1");
	assert_string_equal(SERVER("A", 1, 6, 0), "server ACK 1");
	assert_string_equal(SERVER("PA", 1, 6, 100), "server data 1");
	assert_string_equal(SERVER("PA", 101, 6, 100), "server data 2");
	assert_string_equal(CLIENT("A", 6, 201, 0), "client ACK 2");
	assert_string_equal(CLIENT("FA", 6, 201, 0), "client FIN");
	assert_string_equal(SERVER("A", 201, 7, 0), "server ACK 2");
	assert_string_equal(SERVER("FPA", 201, 7, 10), "server data 3 with FIN");
	assert_int_equal(talk->latest.segment, 6);
	assert_string_equal(CLIENT("A", 7, 212, 0), "client ACK 3");
	assert_int_equal(talk->latest.connection, 1);
	assert_int_equal(talk->latest.segment, 6);
}

static void what_is_sent_again_keeps_its_number(void **state)
{
	struct talk *talk = *state;

	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN (sent again)");
	assert_string_equal(SERVER("SA", 0, 1, 0), "server SYN-ACK");
	assert_string_equal(SERVER("SA", 0, 1, 0), "server SYN-ACK (sent again)");
	assert_int_equal(talk->latest.transmission, 2);
	assert_string_equal(CLIENT("A", 1, 1, 10), "client data 1");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 2");
	assert_string_equal(CLIENT("A", 21, 1, 10), "client data 3");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 2 (sent again)");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 2 (sent again)");
	assert_int_equal(talk->latest.transmission, 3);
	assert_string_equal(CLIENT("A", 31, 1, 10), "client data 4");
	assert_string_equal(CLIENT("FA", 41, 1, 0), "client FIN");
	assert_string_equal(CLIENT("FA", 41, 1, 0), "client FIN (sent again)");
	assert_string_equal(CLIENT("FA", 31, 1, 10), "client data 4 with FIN (sent again)");
}

static void several_segments_in_one_have_the_number_of_the_first(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	for (uint32_t i = 0; i < 5; i++)
		(void)CLIENT("A", 1 + 10 * i, 1, 10);
	assert_string_equal(CLIENT("A", 11, 1, 30), "client data 2 (sent again)");
	/* from its middle on */
	assert_string_equal(CLIENT("A", 36, 1, 5), "client data 4 (sent again)");
	/* with more behind: what is new has no number of its own */
	assert_string_equal(CLIENT("A", 41, 1, 20), "client data 5 (sent again)");
	assert_string_equal(CLIENT("A", 51, 1, 10), "client data 5 (sent again)");
	assert_string_equal(CLIENT("A", 61, 1, 10), "client data 6");
}

static void halves_of_a_segment_are_both_its_second_transmission(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	assert_string_equal(CLIENT("A", 1, 1, 20), "client data 1");
	assert_string_equal(CLIENT("A", 1, 1, 10), "client data 1 (sent again)");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 1 (sent again)");
	assert_int_equal(talk->latest.transmission, 2);
}

static void a_gap_that_is_filled_later_is_new_data(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	assert_string_equal(CLIENT("A", 1, 1, 10), "client data 1");
	assert_string_equal(CLIENT("A", 21, 1, 10), "client data 2");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 3");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 3 (sent again)");
	assert_string_equal(CLIENT("A", 21, 1, 10), "client data 2 (sent again)");
}

static void both_answer_a_simultaneous_open(void **state)
{
	struct talk *talk = *state;

	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_string_equal(SERVER("S", 0, 0, 0), "server SYN");
	assert_string_equal(SERVER("SA", 0, 1, 0), "server SYN-ACK");
	assert_int_equal(talk->latest.transmission, 1);
	assert_string_equal(CLIENT("SA", 0, 1, 0), "client SYN-ACK");
	assert_string_equal(CLIENT("A", 1, 1, 0), "client ACK 1");
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data 1");
	assert_int_equal(talk->latest.connection, 1);
}

static void probes_bring_nothing_from_before_what_was_acknowledged(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	(void)CLIENT("PA", 1, 1, 5);
	(void)SERVER("A", 1, 6, 0);
	assert_string_equal(CLIENT("A", 5, 1, 0), "client probe"); /* keep-alive, zero window */
	assert_string_equal(SERVER("A", 1, 6, 0), "server ACK 2");
	assert_string_equal(SERVER("A", 0, 6, 0), "server probe"); /* in front of its first byte */
	assert_string_equal(CLIENT("A", 6, 1, 0), "client ACK 2");
	/* not acknowledged yet: an ACK that stands behind lost data */
	(void)CLIENT("PA", 6, 1, 5);
	assert_string_equal(CLIENT("A", 6, 1, 0), "client ACK 3");
	/* nor is what was never sent acknowledged, whatever the other says */
	(void)SERVER("A", 1, 500, 0);
	assert_string_equal(CLIENT("A", 11, 1, 0), "client ACK 4");
}

static void data_may_come_with_the_syn(void **state)
{
	struct talk *talk = *state;

	assert_string_equal(CLIENT("S", 0, 0, 10), "client SYN with data 1");
	assert_string_equal(SERVER("SA", 0, 11, 0), "server SYN-ACK");
	assert_string_equal(CLIENT("PA", 11, 1, 5), "client data 2");
	assert_string_equal(CLIENT("PA", 1, 1, 10), "client data 1 (sent again)");
}

static void a_new_syn_after_the_end_begins_a_connection(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	(void)CLIENT("PA", 1, 1, 5);
	(void)CLIENT("FA", 6, 1, 0);
	(void)SERVER("FA", 1, 7, 0);
	(void)CLIENT("A", 7, 2, 0);
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN (sent again)"); /* an old one */
	assert_int_equal(talk->latest.connection, 1);
	talk->scene.isn[LAB_CLIENT] += 5000000;
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_int_equal(talk->latest.connection, 2);
	assert_int_equal(talk->latest.segment, 1);
	talk->scene.isn[LAB_SERVER] -= 77;
	assert_string_equal(SERVER("SA", 0, 1, 0), "server SYN-ACK");
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data 1");
	assert_int_equal(talk->latest.connection, 2);
	assert_string_equal(SERVER("R", 1, 0, 0), "server RST");
	talk->scene.isn[LAB_CLIENT] += 5000000;
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_int_equal(talk->latest.connection, 3);
	/* other ports: another one */
	talk->scene.ports[LAB_CLIENT]++;
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_int_equal(talk->latest.connection, 4);
}

static void a_syn_inside_of_a_live_connection_is_of_it(void **state)
{
	struct talk *talk = *state;
	struct segment_ends ends;

	open_connection(talk);
	talk->scene.isn[LAB_CLIENT] += 5000000;
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_int_equal(talk->latest.connection, 1);
	talk->scene.isn[LAB_CLIENT] -= 5000000;
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data 1");
	assert_true(segment_meanings_ends(talk->meanings, 1, &ends));
	assert_int_equal(ends.next[LAB_CLIENT], 1006); /* its number counted for nothing */
	/* the kernel answers, the client resets, and its SYN comes again */
	(void)CLIENT("R", 6, 0, 0);
	talk->scene.isn[LAB_CLIENT] += 5000000;
	(void)CLIENT("S", 0, 0, 0);
	assert_int_equal(talk->latest.connection, 2);
}

static void a_syn_that_nobody_answered_is_no_part_of_the_next(void **state)
{
	struct talk *talk = *state;

	(void)CLIENT("S", 0, 0, 0);
	talk->scene.isn[LAB_CLIENT] += 5000000;
	(void)CLIENT("S", 0, 0, 0);
	assert_int_equal(talk->latest.connection, 2);
	/* refused, and tried again */
	(void)SERVER("RA", 0, 1, 0);
	talk->scene.isn[LAB_CLIENT] += 5000000;
	(void)CLIENT("S", 0, 0, 0);
	assert_int_equal(talk->latest.connection, 3);
}

static void beyond_the_ceiling_only_the_kind_is_known(void **state)
{
	struct talk *talk = *state;

	for (uint32_t i = 0; i < CABLE_CONNECTIONS_MAX; i++) {
		talk->scene.ports[LAB_CLIENT] = (uint16_t)(10000 + i);
		(void)CLIENT("S", 0, 0, 0);
		assert_int_equal(talk->latest.connection, i + 1);
	}
	assert_int_equal(segment_meanings_over_ceiling(talk->meanings), 0);
	talk->scene.ports[LAB_CLIENT] = 9;
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_int_equal(talk->latest.connection, 0);
	assert_int_equal(talk->latest.segment, 0);
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data");
	assert_string_equal(CLIENT("A", 1, 1, 0), "client ACK");
	assert_string_equal(CLIENT("RA", 1, 1, 0), "client RST");
	assert_int_equal(segment_meanings_over_ceiling(talk->meanings), 4);
	/* those that are known still are */
	talk->scene.ports[LAB_CLIENT] = 10001;
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data 1");
	assert_int_equal(talk->latest.connection, 2);
}

static void numbers_of_long_ago_are_forgotten_and_new_ones_go_on(void **state)
{
	struct talk *talk = *state;
	uint32_t count = CABLE_REMEMBERED_DATA_MAX + 10;

	open_connection(talk);
	for (uint32_t i = 0; i < count; i++)
		(void)CLIENT("A", 1 + i, 1, 1);
	assert_int_equal(talk->latest.data, count);
	assert_string_equal(CLIENT("A", 1, 1, 1), "client data (sent again)");
	assert_int_equal(talk->latest.data, 0);
	assert_string_equal(CLIENT("A", count, 1, 1), "client data 8202 (sent again)");
	assert_string_equal(CLIENT("A", 1 + count, 1, 1), "client data 8203");
}

static void numbers_may_wrap(void **state)
{
	struct talk *talk = *state;

	talk->scene.isn[LAB_CLIENT] = UINT32_MAX - 15;
	open_connection(talk);
	assert_string_equal(CLIENT("A", 1, 1, 10), "client data 1");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 2");
	assert_string_equal(CLIENT("A", 21, 1, 10), "client data 3");
	assert_string_equal(CLIENT("A", 11, 1, 10), "client data 2 (sent again)");
	assert_string_equal(CLIENT("A", 1, 1, 10), "client data 1 (sent again)");
	(void)SERVER("A", 1, 31, 0);
	assert_string_equal(CLIENT("A", 30, 1, 0), "client probe");
}

static void patterns_match_what_they_say(void **state)
{
	static const struct {
		const char *pattern;
		struct segment_meaning meaning;
		bool matches;
	} rows[] = {
		{ "client data 3", { .is_tcp = true, .kinds = SEGMENT_DATA, .data = 3 }, true },
		{ "client data 3", { .is_tcp = true, .kinds = SEGMENT_DATA, .data = 4 }, false },
		{ "client data 3",
		  { .is_tcp = true, .from = LAB_SERVER, .kinds = SEGMENT_DATA, .data = 3 },
		  false },
		{ "data 3",
		  { .is_tcp = true, .from = LAB_SERVER, .kinds = SEGMENT_DATA, .data = 3 },
		  true },
		{ "data",
		  { .is_tcp = true, .kinds = SEGMENT_DATA | SEGMENT_FIN, .data = 9 },
		  true },
		{ "FIN", { .is_tcp = true, .kinds = SEGMENT_DATA | SEGMENT_FIN, .data = 9 }, true },
		{ "FIN 2", { .is_tcp = true, .kinds = SEGMENT_FIN, .transmission = 1 }, false },
		{ "FIN 2", { .is_tcp = true, .kinds = SEGMENT_FIN, .transmission = 2 }, true },
		{ "ACK 2", { .is_tcp = true, .kinds = SEGMENT_ACK, .ack = 2 }, true },
		{ "ACK", { .is_tcp = true, .kinds = SEGMENT_DATA }, false },
		{ "SYN", { .is_tcp = true, .kinds = SEGMENT_SYN_ACK }, false },
		{ "segment", { .is_tcp = true }, true },
		{ "segment", { .is_tcp = false }, false },
		{ "segment 5", { .is_tcp = true, .segment = 5 }, true },
		{ "segment 5", { .is_tcp = true, .segment = 6 }, false },
		{ "connection 2 RST",
		  { .is_tcp = true, .kinds = SEGMENT_RST, .connection = 2 },
		  true },
		{ "connection 2 RST",
		  { .is_tcp = true, .kinds = SEGMENT_RST, .connection = 1 },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct segment_pattern pattern = scene_pattern(rows[i].pattern);
		struct text_builder text;

		text_builder_init(&text, 100);
		segment_pattern_text(&pattern, &text);
		assert_string_equal(text_builder_text(&text), rows[i].pattern);
		text_builder_finish(&text);
		if (segment_pattern_matches(&pattern, &rows[i].meaning) != rows[i].matches)
			fail_msg("row %zu: %s", i, rows[i].pattern);
	}
}

static bool happened(const struct talk *talk, const char *text, uint32_t connection)
{
	struct segment_pattern pattern = scene_pattern(text);

	return segment_meanings_happened(talk->meanings, &pattern, connection);
}

static void what_comes_once_has_happened_or_not(void **state)
{
	struct talk *talk = *state;

	open_connection(talk);
	(void)CLIENT("PA", 1, 1, 5);
	assert_true(happened(talk, "client SYN", 1));
	assert_true(happened(talk, "server SYN-ACK", 1));
	assert_true(happened(talk, "client data 1", 1));
	assert_true(happened(talk, "client ACK 1", 1));
	assert_true(happened(talk, "segment 3", 1));
	assert_true(happened(talk, "connection 1 data 1", 7));
	assert_false(happened(talk, "client data 2", 1));
	assert_false(happened(talk, "server data 1", 1));
	assert_false(happened(talk, "client data", 1)); /* the next one is meant */
	assert_false(happened(talk, "client FIN", 1));
	assert_false(happened(talk, "RST", 1));
	assert_false(happened(talk, "client SYN", 2));
	(void)SERVER("FA", 1, 6, 0);
	assert_true(happened(talk, "FIN", 1));
	assert_true(happened(talk, "server FIN", 1));
	assert_false(happened(talk, "server FIN 2", 1));
	(void)CLIENT("R", 6, 0, 0);
	assert_true(happened(talk, "RST", 1));
}

static void the_ends_of_a_connection_are_known_as_raw_numbers(void **state)
{
	struct talk *talk = *state;
	struct segment_ends ends;

	assert_false(segment_meanings_ends(talk->meanings, 1, &ends));
	(void)CLIENT("S", 0, 0, 0);
	assert_true(segment_meanings_ends(talk->meanings, 1, &ends));
	assert_true(ends.known[LAB_CLIENT]);
	assert_false(ends.known[LAB_SERVER]);
	assert_int_equal(ends.next[LAB_CLIENT], 1001);
	(void)SERVER("SA", 0, 1, 0);
	(void)SERVER("PA", 1, 1, 5);
	(void)SERVER("PA", 1, 1, 3);  /* again, less of it */
	(void)SERVER("R", 999, 0, 0); /* is no end */
	assert_true(segment_meanings_ends(talk->meanings, 1, &ends));
	assert_int_equal(ends.next[LAB_SERVER], 5);
	assert_int_equal(ends.window[LAB_SERVER], 500);
	assert_int_equal(ends.segments[LAB_SERVER], 4);
}

static void ipv6_is_followed_too(void **state)
{
	struct talk *talk = *state;

	talk->scene.ipv6 = true;
	open_connection(talk);
	assert_string_equal(CLIENT("PA", 1, 1, 5), "client data 1");
	assert_int_equal(talk->latest.connection, 1);
	talk->scene.ipv6 = false; /* the same ports */
	assert_string_equal(CLIENT("S", 0, 0, 0), "client SYN");
	assert_int_equal(talk->latest.connection, 2);
}

#define TALK(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TALK(a_connection_is_told_as_people_would),
		TALK(what_is_sent_again_keeps_its_number),
		TALK(several_segments_in_one_have_the_number_of_the_first),
		TALK(halves_of_a_segment_are_both_its_second_transmission),
		TALK(a_gap_that_is_filled_later_is_new_data),
		TALK(both_answer_a_simultaneous_open),
		TALK(probes_bring_nothing_from_before_what_was_acknowledged),
		TALK(data_may_come_with_the_syn),
		TALK(a_new_syn_after_the_end_begins_a_connection),
		TALK(a_syn_inside_of_a_live_connection_is_of_it),
		TALK(a_syn_that_nobody_answered_is_no_part_of_the_next),
		TALK(beyond_the_ceiling_only_the_kind_is_known),
		TALK(numbers_of_long_ago_are_forgotten_and_new_ones_go_on),
		TALK(numbers_may_wrap),
		cmocka_unit_test(patterns_match_what_they_say),
		TALK(what_comes_once_has_happened_or_not),
		TALK(the_ends_of_a_connection_are_known_as_raw_numbers),
		TALK(ipv6_is_followed_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
