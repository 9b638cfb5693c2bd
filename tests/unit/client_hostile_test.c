/*
 * The client without a socket against servers that break the protocol, split their words
 * anywhere, or try to make it hold more than its ceilings.
 */
#include "support/unit_test.h"

#include "support/core_bench.h"

/* --- Ceilings --- */

static void requests_in_flight_have_a_ceiling(void **state)
{
	struct core_options options = usual;
	struct bench *bench;
	uint32_t first;

	(void)state;
	options.max_in_flight = 3;
	bench = connected(&options);
	first = ask(bench, RELAY_TYPE_TIME);
	(void)ask(bench, RELAY_TYPE_TIME);
	(void)ask(bench, RELAY_TYPE_TIME);
	assert_int_equal(core_request(&bench->core, &(struct core_request){ .type = 2 },
				      bench->now_ns, NULL),
			 WT_QUEUE_FULL);
	say_time(&bench->script, first);
	say(bench);
	expect_answer(bench, first, WT_REQUEST_TIME, WT_OK);
	(void)ask(bench, RELAY_TYPE_TIME);
	bench_destroy(bench);
}

static void unsent_bytes_have_a_ceiling_and_acknowledgements_go_beyond_it(void **state)
{
	static const char data[60000];
	struct core_options options = usual;
	struct core_request send = to_number(3);
	struct bench *bench;

	(void)state;
	options.max_unsent_bytes = 100000;
	bench = connected(&options);
	send.data = data;
	send.data_bytes = sizeof(data);
	(void)request(bench, &send);
	assert_int_equal(core_request(&bench->core, &send, bench->now_ns, NULL), WT_QUEUE_FULL);
	say_message(&bench->script, 1, NULL, "hi", NULL);
	say_bare(&bench->script, RELAY_INDICATION, RELAY_TYPE_PING, 1);
	say(bench);
	expect(bench, WT_EVENT_MESSAGE);
	expect_nothing(bench);
	assert_int_equal(core_acknowledge(&bench->core, 1, 1), WT_OK);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING);
	(void)request(bench, &send);
	bench_destroy(bench);
}

static void what_is_kept_for_sending_again_has_a_ceiling(void **state)
{
	static const char data[60000];
	struct core_options options = usual;
	struct core_request send = to_name("ann");
	struct bench *bench;
	uint32_t id;

	(void)state;
	options.reconnect = true;
	options.max_unsent_bytes = 100000;
	bench = connected(&options);
	send.data = data;
	send.data_bytes = sizeof(data);
	id = request(bench, &send);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	assert_int_equal(core_request(&bench->core, &send, bench->now_ns, NULL), WT_QUEUE_FULL);
	say_delivered(&bench->script, id, 0, 0);
	say(bench);
	expect_verdict(bench, id, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	(void)request(bench, &send);
	bench_destroy(bench);
}

static void a_message_over_the_limit_is_refused_before_or_behind_hello(void **state)
{
	static const char data[2000];
	struct bench *bench = bench_create(&usual);
	struct core_request send = to_number(3);
	uint32_t id;

	(void)state;
	send.data = data;
	send.data_bytes = sizeof(data);
	core_connect(&bench->core, bench->now_ns);
	id = request(bench, &send);
	start_stream(bench);
	say_hello_with(&bench->script, 7, 1024, 30000);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect_verdict(bench, id, WT_OUTCOME_NONE, WT_STATUS_TOO_LARGE);
	expect_silence(bench);
	assert_int_equal(core_request(&bench->core, &send, bench->now_ns, NULL), WT_TOO_LARGE);
	/* LIMIT is the body's: TO_NUMBER takes 10 bytes of it, DATA's header 6 */
	send.data_bytes = 1024 - 16;
	(void)request(bench, &send);
	send.data_bytes++;
	assert_int_equal(core_request(&bench->core, &send, bench->now_ns, NULL), WT_TOO_LARGE);
	bench_destroy(bench);
}

static void a_server_that_is_not_listened_to_fills_no_more_than_the_buffer(void **state)
{
	struct bench *bench = connected(&usual);
	size_t fed = 0;

	(void)state;
	for (uint32_t i = 1;; i++) {
		size_t room = 0;
		size_t length;

		say_message(&bench->script, i, NULL, "a message that nobody takes", NULL);
		length = bench->script.writer.length;
		if (!core_input_room(&bench->core, &room) || room < length)
			break;
		say(bench);
		fed += length;
		assert_true(fed <= INPUT_BUFFER_USUAL_MAX_BYTES);
	}
	assert_true(bench->core.input.capacity <= INPUT_BUFFER_USUAL_MAX_BYTES);
	bench_destroy(bench);
}

static void what_an_event_points_to_stays_while_more_comes(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t number = 1;

	(void)state;
	say_message(&bench->script, number++, NULL, "stay where you are", NULL);
	say(bench);
	expect(bench, WT_EVENT_MESSAGE);
	for (;;) {
		size_t room = 0;

		say_message(&bench->script, number++, NULL, "I need more and more room", NULL);
		if (!core_input_room(&bench->core, &room) || room < bench->script.writer.length)
			break;
		say(bench);
	}
	assert_memory_equal(bench->event.as.message.data, "stay where you are", 18);
	assert_string_equal(bench->event.as.message.from.name, "ann");
	bench_destroy(bench);
}

/* --- Hostile servers --- */

static void say_garbage(struct script *script, const char *bytes)
{
	byte_write_bytes(&script->writer, bytes, strlen(bytes));
}

static void second_hello(struct script *script)
{
	say_hello(script);
}

static void gap_in_messages(struct script *script)
{
	say_message(script, 1, NULL, "a", NULL);
	say_message(script, 3, NULL, "c", NULL);
}

static void message_twice(struct script *script)
{
	say_message(script, 1, NULL, "a", NULL);
	say_message(script, 1, NULL, "a", NULL);
}

static void gap_in_pings(struct script *script)
{
	say_bare(script, RELAY_INDICATION, RELAY_TYPE_PING, 2);
}

static void response_to_nothing(struct script *script)
{
	say_time(script, 99);
}

static void response_of_another_type(struct script *script)
{
	say_bare(script, RELAY_RESPONSE, RELAY_TYPE_WATCH, 1); /* request 1 is TIME */
}

static void response_twice(struct script *script)
{
	say_time(script, 1);
	say_time(script, 1);
}

static void verdict_for_a_time(struct script *script)
{
	say_delivered(script, 1, 3, 0);
}

static void through_for_a_room(struct script *script)
{
	say_delivered(script, 3, 4, 0); /* request 3 is a message to a room */
}

static void through_backwards(struct script *script)
{
	say_delivered(script, 2, 1, 0);
}

static void request_from_a_server(struct script *script)
{
	say_bare(script, RELAY_REQUEST, RELAY_TYPE_TIME, 1);
}

static void acknowledgement_from_a_server(struct script *script)
{
	say_bare(script, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, 1);
}

static void time_without_zone(struct script *script)
{
	relay_put_u64(script_begin(script, RELAY_RESPONSE, RELAY_TYPE_TIME, 0, 1), RELAY_FIELD_TIME,
		      1);
	script_end(script);
}

static void body_over_the_limit(struct script *script)
{
	const struct relay_frame frame = {
		.kind = RELAY_INDICATION, .type = RELAY_TYPE_SEND, .id = 1, .length = 65536 + 1025
	};
	uint8_t header[RELAY_FRAME_HEADER_BYTES];

	relay_frame_header(header, &frame);
	byte_write_bytes(&script->writer, header, sizeof(header));
}

static void descending_list(struct script *script)
{
	say_list_page(script, 5, 4, 5, "c");
	say_list_page(script, 5, 5, 6, NULL);
}

static void web_server(struct script *script)
{
	say_garbage(script, "HTTP/1.1 400 Bad Request\r\n\r\n");
}

static void other_version(struct script *script)
{
	say_garbage(script, "WT\x02");
}

static void escape_in_a_name(struct script *script)
{
	say_presence(script, 1, 3, "\x1b[2J");
}

/* The requests that are open: 1 TIME, 2 SEND to a number, 3 to a room, 4 to a name, 5 LIST. */
static const struct {
	const char *name;
	void (*say)(struct script *script);
} faults[] = {
	{ "a second HELLO", second_hello },
	{ "a gap in the numbers of messages", gap_in_messages },
	{ "the same number twice", message_twice },
	{ "a gap in the numbers of PING", gap_in_pings },
	{ "a response to nothing", response_to_nothing },
	{ "a response of another type", response_of_another_type },
	{ "a response twice", response_twice },
	{ "a verdict for a TIME", verdict_for_a_time },
	{ "THROUGH for a room", through_for_a_room },
	{ "THROUGH below the id", through_backwards },
	{ "a request", request_from_a_server },
	{ "an acknowledgement", acknowledgement_from_a_server },
	{ "TIME without ZONE", time_without_zone },
	{ "a body over LIMIT + 1024", body_over_the_limit },
	{ "a list that does not ascend", descending_list },
	{ "another protocol", web_server },
	{ "another version", other_version },
	{ "an escape sequence in a name", escape_in_a_name },
};

static void a_server_that_breaks_the_protocol_is_left_and_all_requests_end(void **state)
{
	(void)state;
	for (size_t row = 0; row < sizeof(faults) / sizeof(faults[0]); row++) {
		struct bench *bench = connected(&usual);
		int ended = 0;

		(void)ask(bench, RELAY_TYPE_TIME);
		(void)send_to(bench, to_number(3));
		(void)send_to(bench, to_room("attic"));
		(void)send_to(bench, to_name("ann"));
		(void)ask(bench, RELAY_TYPE_LIST);
		faults[row].say(&bench->script);
		say(bench);
		while (take(bench) && bench->event.kind != WT_EVENT_DISCONNECTED)
			ended += bench->event.request != 0;
		if (bench->event.kind != WT_EVENT_DISCONNECTED ||
		    bench->event.as.disconnected.reason != WT_PROTOCOL || ended != 5)
			fail_msg("%s: event %d, %d requests ended", faults[row].name,
				 (int)bench->event.kind, ended);
		assert_int_not_equal(strlen(bench->event.as.disconnected.text), 0);
		expect_nothing(bench);
		assert_int_equal(bench->core.in_flight.count, 0);
		bench_destroy(bench);
	}
}

static void bye_first(struct script *script)
{
	say_text(script, RELAY_TYPE_BYE, 0, "no");
}

static void message_first(struct script *script)
{
	say_message(script, 1, NULL, "hi", NULL);
}

static void response_first(struct script *script)
{
	say_time(script, 1);
}

static void tiny_limit(struct script *script)
{
	say_hello_with(script, 7, 1023, 30000);
}

static void huge_limit(struct script *script)
{
	say_hello_with(script, 7, RELAY_BODY_MAX_BYTES + 1, 30000);
}

static void number_zero(struct script *script)
{
	say_hello_with(script, 0, 65536, 30000);
}

static void long_greeting(struct script *script)
{
	char text[CORE_GREETING_BODY_MAX_BYTES + 1];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	say_text(script, RELAY_TYPE_ERROR, RELAY_STATUS_BUSY, text);
}

static void a_first_frame_that_is_no_good_hello_ends_the_connection(void **state)
{
	static void (*const openings[])(struct script *) = {
		bye_first,  message_first, response_first, gap_in_pings,  web_server,
		tiny_limit, huge_limit,    number_zero,    long_greeting, request_from_a_server
	};

	(void)state;
	for (size_t row = 0; row < sizeof(openings) / sizeof(openings[0]); row++) {
		struct bench *bench = bench_create(&usual);

		core_connect(&bench->core, bench->now_ns);
		start_stream(bench);
		openings[row](&bench->script);
		say(bench);
		expect_end(bench, WT_PROTOCOL);
		expect_nothing(bench);
		bench_destroy(bench);
	}
}

static void a_list_that_never_ends_is_cut_off(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = ask(bench, RELAY_TYPE_LIST);
	uint32_t pages = 0;

	(void)state;
	/* each page is empty, and points to the next */
	do {
		assert_true(pages++ <= 100000);
		expect_said(bench, RELAY_REQUEST, RELAY_TYPE_LIST);
		say_list_page(&bench->script, id, 1, 0, "on");
		say(bench);
	} while (!take(bench));
	assert_int_equal(bench->event.kind, WT_EVENT_ANSWER);
	assert_int_equal(bench->event.as.answer.result, WT_CLOSED);
	expect_end(bench, WT_PROTOCOL);
	bench_destroy(bench);
}

static void a_list_of_too_many_clients_is_cut_off(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = ask(bench, RELAY_TYPE_LIST);
	uint32_t number = 1;

	(void)state;
	do {
		assert_true(number <= 1000000 + 1000);
		say_list_page(&bench->script, id, number, number + 999, "on");
		say(bench);
		number += 1000;
	} while (!take(bench));
	assert_int_equal(bench->event.as.answer.result, WT_CLOSED);
	expect_end(bench, WT_PROTOCOL);
	assert_int_equal(bench->core.pages_bytes, 0);
	bench_destroy(bench);
}

static void indications_of_later_versions_are_skipped(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	say_bare(&bench->script, RELAY_INDICATION, 77, 0);
	say_message(&bench->script, 1, NULL, "hi", NULL);
	say(bench);
	expect(bench, WT_EVENT_MESSAGE);
	bench_destroy(bench);
}

/* --- Any splitting of the stream --- */

/* A conversation with a bit of all; ends with the server's end of stream. */
static void write_conversation(struct script *script)
{
	static const uint8_t message_id[16] = { 5 };

	say_hello(script);
	say_named(script, 6, "bob"); /* the library's own HELLO comes behind the 5 below */
	say_message(script, 1, "attic", "to all", message_id);
	say_time(script, 1);
	say_list_page(script, 5, 1, 9, "c");
	say_bare(script, RELAY_INDICATION, RELAY_TYPE_PING, 1);
	say_delivered(script, 2, 4, 0);
	say_delivered(script, 3, 0, 12);
	say_presence(script, 0, 4, "eve");
	say_list_page(script, 5, 10, 12, NULL);
	say_message(script, 2, NULL, "", NULL);
	say_text(script, RELAY_TYPE_BYE, 0, "bye");
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3);
}

/* What is told of an event, as one number. */
static uint64_t digest(uint64_t hash, const struct wt_event *event)
{
	hash = mix(mix(hash, event->kind), event->request);
	if (event->kind == WT_EVENT_MESSAGE) {
		const uint8_t *data = event->as.message.data;

		hash = mix(hash, event->as.message.number);
		for (size_t i = 0; i < event->as.message.data_bytes; i++)
			hash = mix(hash, data[i]);
	} else if (event->kind == WT_EVENT_VERDICT) {
		hash = mix(mix(hash, event->as.verdict.outcome), event->as.verdict.count);
	} else if (event->kind == WT_EVENT_ANSWER && event->as.answer.peers) {
		for (size_t i = 0; i < event->as.answer.count; i++)
			hash = mix(hash, event->as.answer.peers[i].number);
	} else if (event->kind == WT_EVENT_DISCONNECTED) {
		hash = mix(hash, event->as.disconnected.reason);
	}
	return hash;
}

static uint64_t hold_conversation(size_t part, size_t *events)
{
	struct core_options options = usual;
	struct script *script = calloc(1, sizeof(*script));
	struct bench *bench;
	uint64_t hash = 1;

	assert_non_null(script);
	options.name = "bob";
	bench = bench_create(&options);
	core_connect(&bench->core, bench->now_ns);
	(void)ask(bench, RELAY_TYPE_TIME);
	(void)send_to(bench, to_number(3));
	(void)send_to(bench, to_room("attic"));
	(void)send_to(bench, to_name("ann"));
	(void)ask(bench, RELAY_TYPE_LIST);
	start_stream(bench);
	script_start(script);
	write_conversation(script);
	*events = 0;
	for (size_t at = 0; at < script->writer.length; at += part) {
		size_t left = script->writer.length - at;

		feed(bench, script->bytes + at, left < part ? left : part);
		for (; take(bench); (*events)++)
			hash = digest(hash, &bench->event);
	}
	close_stream(bench);
	for (; take(bench); (*events)++)
		hash = digest(hash, &bench->event);
	bench_destroy(bench);
	free(script);
	return hash;
}

static void a_stream_split_anywhere_tells_the_same(void **state)
{
	size_t whole_events;
	uint64_t whole = hold_conversation(SCRIPT_MAX_BYTES, &whole_events);

	(void)state;
	/* CONNECTED, 2 messages, TIME, LIST, 3 verdicts, presence, CLOSING, DISCONNECTED */
	assert_int_equal(whole_events, 11);
	for (size_t part = 1; part < 200; part++) {
		size_t events;

		assert_true(hold_conversation(part, &events) == whole);
		assert_int_equal(events, whole_events);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_in_flight_have_a_ceiling),
		cmocka_unit_test(unsent_bytes_have_a_ceiling_and_acknowledgements_go_beyond_it),
		cmocka_unit_test(what_is_kept_for_sending_again_has_a_ceiling),
		cmocka_unit_test(a_message_over_the_limit_is_refused_before_or_behind_hello),
		cmocka_unit_test(a_server_that_is_not_listened_to_fills_no_more_than_the_buffer),
		cmocka_unit_test(what_an_event_points_to_stays_while_more_comes),
		cmocka_unit_test(a_server_that_breaks_the_protocol_is_left_and_all_requests_end),
		cmocka_unit_test(a_first_frame_that_is_no_good_hello_ends_the_connection),
		cmocka_unit_test(a_list_that_never_ends_is_cut_off),
		cmocka_unit_test(a_list_of_too_many_clients_is_cut_off),
		cmocka_unit_test(indications_of_later_versions_are_skipped),
		cmocka_unit_test(a_stream_split_anywhere_tells_the_same),
	};

	return cmocka_run_group_tests_name("client_hostile", tests, NULL, NULL);
}
