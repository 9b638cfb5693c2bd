/* What people are shown: messages, tables, verdicts; harmless and aligned. */
#include "support/unit_test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/nearest_word.h"
#include "chat_ui/render.h"
#include "chat_ui/round_trips.h"

static const struct render_style plain = { .colour = false };
static const struct render_style coloured = { .colour = true };

/* 2026-11-20T21:00:03Z */
#define SOME_TIME_NS UINT64_C(1795208403000000000)

static struct text_builder out;

static int start(void **state)
{
	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8") || setenv("TZ", "UTC0", 1) != 0)
		return -1;
	tzset();
	text_builder_init(&out, 1 << 20);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	text_builder_finish(&out);
	return 0;
}

static struct wt_peer peer(uint32_t number, const char *name)
{
	return (struct wt_peer){
		.number = number,
		.address = { .family = 4, .port = 51402, .bytes = { 127, 0, 0, 1 } },
		.name = name,
		.since_ns = SOME_TIME_NS
	};
}

static struct wt_event message(const char *name, const char *text)
{
	struct wt_event event = { .kind = WT_EVENT_MESSAGE };

	event.as.message.from = peer(3, name);
	event.as.message.time_ns = SOME_TIME_NS;
	event.as.message.data = text;
	event.as.message.data_bytes = strlen(text);
	return event;
}

static struct wt_event verdict(enum wt_outcome outcome, enum wt_status status, const char *text)
{
	struct wt_event event = { .kind = WT_EVENT_VERDICT };

	event.as.verdict.outcome = outcome;
	event.as.verdict.status = status;
	event.as.verdict.text = text;
	event.as.verdict.elapsed_ns = 412000;
	return event;
}

static void a_message_tells_time_number_name_address_and_room(void **state)
{
	struct wt_event event = message("ann", "hello");

	(void)state;
	render_message(&out, plain, &event);
	assert_string_equal(out.text, "21:00:03  3 @ann (127.0.0.1:51402): hello\n");
	text_builder_clear(&out);
	event.as.message.room = "tea";
	render_message(&out, plain, &event);
	assert_string_equal(out.text, "21:00:03  3 @ann (127.0.0.1:51402) in #tea: hello\n");
	text_builder_clear(&out);
	event = message(NULL, "");
	render_message(&out, plain, &event);
	assert_string_equal(out.text, "21:00:03  client 3 (127.0.0.1:51402): \n");
}

static void nothing_of_a_message_is_obeyed_by_a_terminal(void **state)
{
	struct wt_event event = message("a\033[2J", "\033]0;x\007\r\n\xc2\x9b"
						    "2J\xff\u200b");

	(void)state;
	event.as.message.room = "\033c";
	render_message(&out, plain, &event);
	for (size_t i = 0; i + 1 < out.length; i++) {
		unsigned char byte = (unsigned char)out.text[i];

		assert_true(byte >= 0x20 && byte != 0x7f);
		assert_false(byte == 0xc2 && ((unsigned char)out.text[i + 1] & 0xe0) == 0x80);
	}
	assert_non_null(strstr(out.text, "\\n"));
	assert_non_null(strstr(out.text, "\\xff"));
	assert_null(strstr(out.text, "\u200b"));
	assert_int_equal(out.text[out.length - 1], '\n');
}

static void a_message_that_holds_a_zero_byte_is_shown_whole(void **state)
{
	struct wt_event event = message("ann", "");

	(void)state;
	event.as.message.data = "a\0b";
	event.as.message.data_bytes = 3;
	render_message(&out, plain, &event);
	assert_non_null(strstr(out.text, "a\\x00b"));
}

static void colour_is_there_only_where_it_is_wanted(void **state)
{
	struct wt_event event = message("ann", "hello");

	(void)state;
	render_message(&out, plain, &event);
	assert_null(strchr(out.text, '\033'));
	text_builder_clear(&out);
	render_message(&out, coloured, &event);
	assert_non_null(strstr(out.text, "\033["));
	assert_non_null(strstr(out.text, "\033[0m"));
}

static void ipv6_addresses_stand_in_brackets(void **state)
{
	struct wt_address address = { .family = 6, .port = 2312, .bytes = { [15] = 1 } };
	char text[RENDER_ADDRESS_BYTES];

	(void)state;
	render_address(&address, text);
	assert_string_equal(text, "[::1]:2312");
}

static void the_list_is_aligned_by_display_columns(void **state)
{
	struct wt_peer peers[] = { peer(1, "ann"), peer(20, NULL), peer(300, "小明") };
	struct wt_event event = { .kind = WT_EVENT_ANSWER };

	(void)state;
	peers[1].address.port = 7;
	event.as.answer.peers = peers;
	event.as.answer.count = 3;
	render_list(&out, plain, &event, 20);
	assert_string_equal(out.text, "NUMBER  ADDRESS          NAME  CONNECTED SINCE\n"
				      "     1  127.0.0.1:51402  ann   2026-11-20 21:00:03\n"
				      "    20  127.0.0.1:7      -     2026-11-20 21:00:03  (you)\n"
				      "   300  127.0.0.1:51402  小明  2026-11-20 21:00:03\n");
}

static void rooms_are_listed_and_none_is_said(void **state)
{
	const struct wt_room rooms[] = { { "tea", 2 }, { "茶 \033", 12 } };
	struct wt_event event = { .kind = WT_EVENT_ANSWER };

	(void)state;
	render_rooms(&out, plain, &event);
	assert_non_null(strstr(out.text, "no rooms"));
	text_builder_clear(&out);
	event.as.answer.rooms = rooms;
	event.as.answer.count = 2;
	render_rooms(&out, plain, &event);
	assert_string_equal(out.text, "MEMBERS  ROOM\n"
				      "      2  #tea\n"
				      "     12  #茶 \\x1b\n");
}

static void only_an_acknowledged_message_is_called_delivered(void **state)
{
	static const struct {
		enum wt_outcome outcome;
		enum wt_status status;
		const char *words;
		bool delivered;
	} rows[] = {
		{ WT_OUTCOME_DELIVERED, WT_STATUS_OK, "To 3: delivered, after 0.412 ms\n", true },
		{ WT_OUTCOME_PASSED, WT_STATUS_OK, "passed on", false },
		{ WT_OUTCOME_UNKNOWN, WT_STATUS_GONE, "may have arrived", false },
		{ WT_OUTCOME_NONE, WT_STATUS_GONE,
		  "not acknowledged: gone (it left); it may not have arrived", false },
		{ WT_OUTCOME_NONE, WT_STATUS_BUSY, "not delivered: busy (it left)", false },
		{ WT_OUTCOME_NONE, WT_STATUS_TIMEOUT,
		  "To 3: unknown: no acknowledgement within 10 s; it may have arrived", false },
	};
	const struct recipient to = { .kind = RECIPIENT_NUMBER, .number = 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wt_event event = verdict(rows[i].outcome, rows[i].status, "it left");

		text_builder_clear(&out);
		render_verdict(&out, plain, &to, &event);
		assert_non_null(strstr(out.text, rows[i].words));
		assert_int_equal(strstr(out.text, ": delivered") != NULL, rows[i].delivered);
	}
}

static void a_verdict_on_a_room_counts(void **state)
{
	const struct recipient to = { .kind = RECIPIENT_ROOM, .name = "tea" };
	struct wt_event event = verdict(WT_OUTCOME_DELIVERED, WT_STATUS_OK, "");

	(void)state;
	event.as.verdict.to_room = true;
	event.as.verdict.count = 1;
	render_verdict(&out, plain, &to, &event);
	assert_non_null(strstr(out.text, "To #tea: delivered to 1 member,"));
	text_builder_clear(&out);
	event.as.verdict.count = 0;
	render_verdict(&out, plain, &to, &event);
	assert_non_null(strstr(out.text, "no other member"));
	assert_null(strstr(out.text, "delivered"));
}

static void a_busy_server_says_when_to_try_again(void **state)
{
	const struct recipient to = { .kind = RECIPIENT_NAME, .name = "ann" };
	struct wt_event event = verdict(WT_OUTCOME_NONE, WT_STATUS_BUSY, "");

	(void)state;
	event.as.verdict.retry_after_ms = 1500;
	render_verdict(&out, plain, &to, &event);
	assert_non_null(strstr(out.text, "busy; try again in 1.500 s"));
}

static void endless_words_of_the_server_are_cut_between_characters(void **state)
{
	struct wt_event event = { .kind = WT_EVENT_ANSWER };
	char words[5000];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(words); i += 3)
		memcpy(words + i, "茶", 4);
	event.as.answer.result = WT_REFUSED;
	event.as.answer.status = WT_STATUS_INTERNAL;
	event.as.answer.text = words;
	render_refusal(&out, &event);
	assert_true(out.length < 500);
	assert_null(strchr(out.text, '\\'));
	assert_non_null(strstr(out.text, "茶...)"));
}

static void presence_tells_a_new_name_from_a_new_client(void **state)
{
	struct wt_event event = { .kind = WT_EVENT_PRESENCE };

	(void)state;
	event.as.presence.came = true;
	event.as.presence.peer = peer(3, "ann");
	render_presence(&out, plain, &event, NULL, SOME_TIME_NS);
	assert_string_equal(out.text, "21:00:03  3 @ann (127.0.0.1:51402) came\n");
	text_builder_clear(&out);
	render_presence(&out, plain, &event, "", SOME_TIME_NS);
	assert_string_equal(out.text, "21:00:03  client 3 (127.0.0.1:51402) is called ann now\n");
	text_builder_clear(&out);
	render_presence(&out, plain, &event, "bob\033", SOME_TIME_NS);
	assert_string_equal(out.text,
			    "21:00:03  3 @bob\\x1b (127.0.0.1:51402) is called ann now\n");
	text_builder_clear(&out);
	event.as.presence.came = false;
	render_presence(&out, plain, &event, NULL, SOME_TIME_NS);
	assert_non_null(strstr(out.text, " went\n"));
}

static void the_servers_time_is_shown_in_its_zone(void **state)
{
	struct wt_event event = { .kind = WT_EVENT_ANSWER };

	(void)state;
	event.as.answer.time_ns = SOME_TIME_NS + 123456789;
	event.as.answer.zone_s = 8 * 3600;
	render_server_time(&out, &event);
	assert_string_equal(out.text, "2026-11-21T05:00:03.123456789+08:00");
}

static void a_connect_failure_names_the_host_once(void **state)
{
	(void)state;
	render_connect_failure(&out, "h:1", "cannot connect to h:1: refused", WT_SYSTEM);
	assert_string_equal(out.text, "cannot connect to h:1: refused");
	text_builder_clear(&out);
	render_connect_failure(&out, "h:1", "the server is silent", WT_TIMEOUT);
	assert_string_equal(out.text, "cannot connect to h:1: the server is silent");
}

static void durations_are_in_ms_below_a_second(void **state)
{
	(void)state;
	render_duration(&out, 0);
	text_append(&out, " ");
	render_duration(&out, 412000);
	text_append(&out, " ");
	render_duration(&out, 999999999);
	text_append(&out, " ");
	render_duration(&out, UINT64_C(61234000000));
	assert_string_equal(out.text, "0.000 ms 0.412 ms 999.999 ms 61.234 s");
}

static void round_trips_are_summed_up(void **state)
{
	static const uint64_t samples[] = { 5, 1, 4, 2, 3, 100 };
	struct round_trip_summary summary;
	struct round_trips trips = { 0 };

	(void)state;
	assert_true(round_trips_init(&trips, 6));
	summary = round_trips_summarize(&trips);
	assert_int_equal(summary.count, 0);
	for (size_t i = 0; i < 5; i++)
		round_trips_add(&trips, samples[i]);
	summary = round_trips_summarize(&trips);
	assert_int_equal(summary.min_ns, 1);
	assert_int_equal(summary.median_ns, 3);
	assert_int_equal(summary.max_ns, 5);
	round_trips_add(&trips, samples[5]);
	round_trips_add(&trips, 7); /* over the capacity */
	summary = round_trips_summarize(&trips);
	assert_int_equal(summary.count, 6);
	assert_int_equal(summary.median_ns, 3); /* of 3 and 4 */
	assert_int_equal(summary.max_ns, 100);
	round_trips_finish(&trips);
	assert_false(round_trips_init(&trips, 0));
	assert_false(round_trips_init(&trips, ROUND_TRIPS_MAX + 1));
}

static void the_nearest_word_is_near_or_none(void **state)
{
	static const char *const words[] = { "time", "name", "list", "connect", "send" };

	(void)state;
	assert_string_equal(nearest_word("tmie", words, 5), "time");
	assert_string_equal(nearest_word("lst", words, 5), "list");
	assert_string_equal(nearest_word("conect", words, 5), "connect");
	assert_null(nearest_word("xyzzy", words, 5));
	assert_null(nearest_word("", words, 5));
	assert_null(nearest_word("a very long word that nobody would ever have meant", words, 5));
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_message_tells_time_number_name_address_and_room),
		CASE(nothing_of_a_message_is_obeyed_by_a_terminal),
		CASE(a_message_that_holds_a_zero_byte_is_shown_whole),
		CASE(colour_is_there_only_where_it_is_wanted),
		CASE(ipv6_addresses_stand_in_brackets),
		CASE(the_list_is_aligned_by_display_columns),
		CASE(rooms_are_listed_and_none_is_said),
		CASE(only_an_acknowledged_message_is_called_delivered),
		CASE(a_verdict_on_a_room_counts),
		CASE(a_busy_server_says_when_to_try_again),
		CASE(endless_words_of_the_server_are_cut_between_characters),
		CASE(presence_tells_a_new_name_from_a_new_client),
		CASE(the_servers_time_is_shown_in_its_zone),
		CASE(a_connect_failure_names_the_host_once),
		CASE(durations_are_in_ms_below_a_second),
		CASE(round_trips_are_summed_up),
		CASE(the_nearest_word_is_near_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
