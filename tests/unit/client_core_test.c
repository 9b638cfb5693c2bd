/*
 * The client without a socket: how a connection begins and ends, what becomes of requests, and
 * what is acknowledged when.
 */
#include "support/unit_test.h"

#include "support/core_bench.h"

/* --- The connection --- */

static void connected_tells_all_that_hello_said(void **state)
{
	struct bench *bench = bench_create(&usual);
	const struct wt_event *event = &bench->event;

	(void)state;
	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	expect_nothing(bench);
	say_hello_with(&bench->script, 9, 2048, 30000);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	assert_int_equal(event->as.connected.number, 9);
	assert_int_equal(event->as.connected.limit_bytes, 2048);
	assert_int_equal(event->as.connected.keepalive_ms, 30000);
	assert_int_equal(event->as.connected.address.port, 40009);
	assert_int_equal(event->as.connected.address.family, 4);
	assert_string_equal(event->as.connected.server_name, "relay");
	assert_string_equal(event->as.connected.banner, "welcome");
	assert_false(event->as.connected.again);
	assert_int_equal(event->as.connected.name_status, WT_STATUS_OK);
	assert_true(core_is_connected(&bench->core));
	bench_destroy(bench);
}

static void the_name_is_asked_for_and_connected_tells_the_answer(void **state)
{
	struct core_options options = usual;

	(void)state;
	options.name = "bob";
	for (int granted = 0; granted <= 1; granted++) {
		struct bench *bench = bench_create(&options);

		core_connect(&bench->core, bench->now_ns);
		start_stream(bench);
		say_hello(&bench->script);
		say(bench);
		expect_nothing(bench);
		expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
		assert_bytes(bench->said.name, "bob");
		if (granted)
			say_named(&bench->script, bench->frame.id, "bob");
		else
			say_refusal(&bench->script, RELAY_TYPE_HELLO, RELAY_STATUS_NAME_TAKEN,
				    bench->frame.id, "taken");
		say(bench);
		expect(bench, WT_EVENT_CONNECTED);
		assert_int_equal(bench->event.as.connected.name_status,
				 granted ? WT_STATUS_OK : WT_STATUS_NAME_TAKEN);
		assert_string_equal(bench->core.name.text, granted ? "bob" : "");
		expect_nothing(bench);
		bench_destroy(bench);
	}
}

static void connected_comes_before_what_overtook_the_answer_about_the_name(void **state)
{
	struct core_options options = usual;
	struct bench *bench;
	uint32_t hello;

	(void)state;
	options.name = "bob";
	bench = bench_create(&options);
	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	hello = bench->frame.id;
	say_message(&bench->script, 1, NULL, "early", NULL);
	say_bare(&bench->script, RELAY_INDICATION, RELAY_TYPE_PING, 1);
	say(bench);
	expect_nothing(bench);
	say_named(&bench->script, hello, "bob");
	say_message(&bench->script, 2, NULL, "late", NULL);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect(bench, WT_EVENT_MESSAGE);
	assert_int_equal(bench->event.as.message.number, 1);
	expect(bench, WT_EVENT_MESSAGE);
	assert_int_equal(bench->event.as.message.number, 2);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void a_server_that_does_not_greet_is_given_up(void **state)
{
	struct bench *bench = bench_create(&usual);

	(void)state;
	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	assert_true(core_deadline(&bench->core) == bench->now_ns + 10 * S);
	core_tick(&bench->core, bench->now_ns + 10 * S - 1);
	expect_nothing(bench);
	core_tick(&bench->core, bench->now_ns + 10 * S);
	assert_false(core_wants_stream(&bench->core));
	expect_end(bench, WT_TIMEOUT);
	assert_int_equal(bench->event.as.disconnected.retry_in_ms, -1);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void a_greeting_that_waits_to_be_taken_is_no_silence(void **state)
{
	struct bench *bench = bench_create(&usual);

	(void)state;
	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	core_looked(&bench->core, bench->now_ns + 10 * S - 1);
	core_tick(&bench->core, bench->now_ns + 60 * S);
	assert_true(core_wants_stream(&bench->core));
	bench->now_ns += 60 * S;
	say_hello(&bench->script);
	say(bench);
	core_looked(&bench->core, bench->now_ns);
	core_tick(&bench->core, bench->now_ns);
	expect(bench, WT_EVENT_CONNECTED);
	bench_destroy(bench);
}

static void error_in_place_of_hello_tells_the_status(void **state)
{
	struct bench *bench = bench_create(&usual);

	(void)state;
	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	say_text(&bench->script, RELAY_TYPE_ERROR, RELAY_STATUS_BUSY, "full");
	say(bench);
	expect_end(bench, WT_REFUSED);
	assert_int_equal(bench->event.as.disconnected.status, WT_STATUS_BUSY);
	assert_string_equal(bench->event.as.disconnected.text, "full");
	expect_nothing(bench);
	bench_destroy(bench);
}

static void requests_made_before_the_connection_leave_behind_hello(void **state)
{
	struct bench *bench = bench_create(&usual);
	uint32_t first;
	uint32_t second;

	(void)state;
	assert_int_equal(core_request(&bench->core, &(struct core_request){ .type = 2 },
				      bench->now_ns, &first),
			 WT_NOT_CONNECTED);
	core_connect(&bench->core, bench->now_ns);
	first = ask(bench, RELAY_TYPE_TIME);
	second = send_to(bench, to_number(3));
	expect_silence(bench);
	start_stream(bench);
	expect_silence(bench);
	say_hello(&bench->script);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_TIME);
	assert_int_equal(bench->frame.id, first);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, second);
	expect_silence(bench);
	bench_destroy(bench);
}

static void what_came_before_the_end_is_told_before_the_end(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = send_to(bench, to_number(3));
	uint32_t lost = send_to(bench, to_number(4));

	(void)state;
	say_message(&bench->script, 1, NULL, "last words", NULL);
	say_delivered(&bench->script, id, 0, 0);
	say(bench);
	close_stream(bench);
	assert_false(core_wants_stream(&bench->core));
	expect(bench, WT_EVENT_MESSAGE);
	expect_verdict(bench, id, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_verdict(bench, lost, WT_OUTCOME_UNKNOWN, WT_STATUS_TIMEOUT);
	expect_end(bench, WT_CLOSED);
	expect_nothing(bench);
	assert_true(core_is_over(&bench->core));
	bench_destroy(bench);
}

static void bye_of_the_server_is_told_and_then_the_end(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	say_text(&bench->script, RELAY_TYPE_BYE, 0, "going down");
	say(bench);
	expect(bench, WT_EVENT_CLOSING);
	assert_string_equal(bench->event.as.closing.text, "going down");
	expect_nothing(bench);
	core_tick(&bench->core, bench->now_ns + CORE_BYE_WITHIN_NS);
	expect_end(bench, WT_CLOSED);
	bench_destroy(bench);
}

static void leaving_acknowledges_says_bye_and_ends_in_order(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = send_to(bench, to_number(3));

	(void)state;
	say_message(&bench->script, 1, NULL, "hi", NULL);
	say(bench);
	expect(bench, WT_EVENT_MESSAGE);
	assert_int_equal(core_acknowledge(&bench->core, 1, 1), WT_OK);
	core_leave(&bench->core, bench->now_ns);
	assert_int_equal(core_request(&bench->core, &(struct core_request){ .type = 2 },
				      bench->now_ns, NULL),
			 WT_NOT_CONNECTED);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_BYE);
	say_delivered(&bench->script, id, 0, 0);
	say_bare(&bench->script, RELAY_RESPONSE, RELAY_TYPE_BYE, bench->frame.id);
	say(bench);
	expect_verdict(bench, id, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_end(bench, WT_OK);
	expect_nothing(bench);
	bench_destroy(bench);
}

/* --- Answers --- */

static void each_request_gets_its_answer(void **state)
{
	struct bench *bench = connected(&usual);
	struct script *script = &bench->script;
	struct core_request join = { .type = RELAY_TYPE_JOIN, .to_room = script_name("attic") };
	struct core_request ping = {
		.type = RELAY_TYPE_PING, .has_data = true, .data = "x", .data_bytes = 1
	};
	uint32_t time = ask(bench, RELAY_TYPE_TIME);
	uint32_t name = ask(bench, RELAY_TYPE_NAME);
	uint32_t joined = request(bench, &join);
	uint32_t rooms = ask(bench, RELAY_TYPE_ROOMS);
	uint32_t pinged = request(bench, &ping);

	(void)state;
	bench->now_ns += 5 * MS;
	/* in another order than they were asked */
	relay_put_text(script_begin(script, RELAY_RESPONSE, RELAY_TYPE_NAME, 0, name),
		       RELAY_FIELD_NAME, "host");
	script_end(script);
	say_time(script, time);
	say_joined(script, joined, 2);
	relay_put_room_entry(script_begin(script, RELAY_RESPONSE, RELAY_TYPE_ROOMS, 0, rooms),
			     &(struct relay_entry){ .name = script_name("attic"), .count = 2 });
	script_end(script);
	relay_put_text(script_begin(script, RELAY_RESPONSE, RELAY_TYPE_PING, 0, pinged),
		       RELAY_FIELD_DATA, "x");
	script_end(script);
	say(bench);

	expect_answer(bench, name, WT_REQUEST_NAME, WT_OK);
	assert_string_equal(bench->event.as.answer.name, "host");
	expect_answer(bench, time, WT_REQUEST_TIME, WT_OK);
	assert_true(bench->event.as.answer.time_ns == UINT64_C(1700000000000000000));
	assert_int_equal(bench->event.as.answer.zone_s, 28800);
	assert_true(bench->event.as.answer.elapsed_ns == 5 * MS);
	expect_answer(bench, joined, WT_REQUEST_JOIN, WT_OK);
	assert_int_equal(bench->event.as.answer.count, 2);
	expect_answer(bench, rooms, WT_REQUEST_ROOMS, WT_OK);
	assert_int_equal(bench->event.as.answer.count, 1);
	assert_string_equal(bench->event.as.answer.rooms[0].name, "attic");
	assert_int_equal(bench->event.as.answer.rooms[0].members, 2);
	expect_answer(bench, pinged, WT_REQUEST_PING, WT_OK);
	assert_int_equal(bench->event.as.answer.data_bytes, 1);
	assert_memory_equal(bench->event.as.answer.data, "x", 1);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void a_refusal_tells_status_text_and_when_to_try_again(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = ask(bench, RELAY_TYPE_TIME);
	struct byte_writer *writer = script_begin(&bench->script, RELAY_RESPONSE, RELAY_TYPE_TIME,
						  RELAY_STATUS_RATE_LIMITED, id);

	(void)state;
	relay_put_text(writer, RELAY_FIELD_TEXT, "slower");
	relay_put_u32(writer, RELAY_FIELD_RETRY_AFTER, 250);
	script_end(&bench->script);
	say(bench);
	expect_answer(bench, id, WT_REQUEST_TIME, WT_REFUSED);
	assert_int_equal(bench->event.as.answer.status, WT_STATUS_RATE_LIMITED);
	assert_string_equal(bench->event.as.answer.text, "slower");
	assert_int_equal(bench->event.as.answer.retry_after_ms, 250);
	bench_destroy(bench);
}

static void a_long_text_is_cut_between_characters(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = ask(bench, RELAY_TYPE_TIME);
	char text[3001];

	(void)state;
	for (int i = 0; i < 3000; i += 3)
		memcpy(text + i, "\xe6\xb0\xb4",
		       3); /* a character of 3 bytes: 1,024 is no multiple */
	text[3000] = '\0';
	say_refusal(&bench->script, RELAY_TYPE_TIME, RELAY_STATUS_INTERNAL, id, text);
	say(bench);
	expect_answer(bench, id, WT_REQUEST_TIME, WT_REFUSED);
	assert_int_equal(strlen(bench->event.as.answer.text), 1023);
	bench_destroy(bench);
}

static void the_pages_of_a_list_are_put_together(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t id = ask(bench, RELAY_TYPE_LIST);

	(void)state;
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_LIST);
	assert_false(relay_message_has(&bench->said, RELAY_FIELD_CURSOR));
	say_list_page(&bench->script, id, 1, 2, "a");
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_LIST);
	assert_bytes(bench->said.cursor, "a");
	assert_int_equal(bench->frame.id, id);
	say_list_page(&bench->script, id, 3, 2, "b"); /* an empty page */
	say_list_page(&bench->script, id, 5, 5, NULL);
	say(bench);
	expect_answer(bench, id, WT_REQUEST_LIST, WT_OK);
	assert_int_equal(bench->event.as.answer.count, 3);
	assert_int_equal(bench->event.as.answer.peers[0].number, 1);
	assert_string_equal(bench->event.as.answer.peers[0].name, "odd");
	assert_int_equal(bench->event.as.answer.peers[1].number, 2);
	assert_null(bench->event.as.answer.peers[1].name);
	assert_int_equal(bench->event.as.answer.peers[2].number, 5);
	assert_int_equal(bench->event.as.answer.peers[2].address.port, 40005);
	assert_int_equal(bench->core.pages_bytes, 0);
	bench_destroy(bench);
}

static void verdicts_tell_outcome_count_and_time(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t one = send_to(bench, to_number(3));
	uint32_t room = send_to(bench, to_room("attic"));
	uint32_t nobody = send_to(bench, to_name("nobody"));

	(void)state;
	bench->now_ns += 3 * MS;
	say_delivered(&bench->script, room, 0, 4);
	say_refusal(&bench->script, RELAY_TYPE_SEND, RELAY_STATUS_NO_SUCH_CLIENT, nobody, "who?");
	say_delivered(&bench->script, one, 0, 0);
	say(bench);
	expect_verdict(bench, room, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	assert_true(bench->event.as.verdict.to_room);
	assert_int_equal(bench->event.as.verdict.count, 4);
	expect_verdict(bench, nobody, WT_OUTCOME_NONE, WT_STATUS_NO_SUCH_CLIENT);
	assert_string_equal(bench->event.as.verdict.text, "who?");
	assert_int_equal(bench->event.as.verdict.count, 0);
	expect_verdict(bench, one, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	assert_int_equal(bench->event.as.verdict.count, 1);
	assert_true(bench->event.as.verdict.elapsed_ns == 3 * MS);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void through_answers_messages_to_clients_and_passes_over_the_rest(void **state)
{
	struct bench *bench = connected(&usual);
	uint32_t first = send_to(bench, to_number(3));
	uint32_t time = ask(bench, RELAY_TYPE_TIME);
	uint32_t room = send_to(bench, to_room("attic"));
	uint32_t second = send_to(bench, to_name("ann"));
	uint32_t third = send_to(bench, to_number(3));

	(void)state;
	say_delivered(&bench->script, first, second, 0);
	say_time(&bench->script, time);
	say_delivered(&bench->script, room, 0, 1);
	/* to the end of all numbers: only what is open, and never the range */
	say_delivered(&bench->script, third, UINT32_MAX, 0);
	say(bench);
	expect_verdict(bench, first, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_verdict(bench, second, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	assert_int_equal(bench->event.as.verdict.count, 1);
	expect_answer(bench, time, WT_REQUEST_TIME, WT_OK);
	expect_verdict(bench, room, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_verdict(bench, third, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void presence_and_messages_are_told_whole(void **state)
{
	static const uint8_t message_id[16] = { 9 };
	struct bench *bench = connected(&usual);

	(void)state;
	say_presence(&bench->script, 1, 12, "eve");
	say_presence(&bench->script, 0, 13, NULL);
	say_message(&bench->script, 1, "attic", "hello", message_id);
	say(bench);
	expect(bench, WT_EVENT_PRESENCE);
	assert_true(bench->event.as.presence.came);
	assert_int_equal(bench->event.as.presence.peer.number, 12);
	assert_string_equal(bench->event.as.presence.peer.name, "eve");
	expect(bench, WT_EVENT_PRESENCE);
	assert_false(bench->event.as.presence.came);
	assert_null(bench->event.as.presence.peer.name);
	expect(bench, WT_EVENT_MESSAGE);
	assert_int_equal(bench->event.as.message.from.number, 3);
	assert_string_equal(bench->event.as.message.from.name, "ann");
	assert_string_equal(bench->event.as.message.room, "attic");
	assert_int_equal(bench->event.as.message.data_bytes, 5);
	assert_memory_equal(bench->event.as.message.data, "hello", 5);
	assert_memory_equal(bench->event.as.message.message_id, message_id, 16);
	assert_true(bench->event.as.message.time_ns == 1234567890);
	bench_destroy(bench);
}

/* --- Acknowledgements --- */

static void what_was_taken_is_acknowledged_by_one_frame(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		say_message(&bench->script, i, NULL, "hi", NULL);
	say(bench);
	for (uint32_t i = 1; i <= 4; i++) {
		expect(bench, WT_EVENT_MESSAGE);
		assert_int_equal(core_acknowledge(&bench->core, i, i), WT_OK);
	}
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, 1);
	assert_int_equal(bench->said.through, 4);
	expect_silence(bench);
	expect(bench, WT_EVENT_MESSAGE);
	expect_silence(bench);
	assert_int_equal(core_acknowledge(&bench->core, 5, 5), WT_OK);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, 5);
	assert_false(relay_message_has(&bench->said, RELAY_FIELD_THROUGH));
	expect_silence(bench);
	bench_destroy(bench);
}

static void a_message_between_two_acknowledged_ones_stays_open(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	for (uint32_t i = 1; i <= 6; i++)
		say_message(&bench->script, i, NULL, "hi", NULL);
	say(bench);
	for (uint32_t i = 1; i <= 6; i++)
		expect(bench, WT_EVENT_MESSAGE);
	assert_int_equal(core_acknowledge(&bench->core, 2, 2), WT_OK);
	assert_int_equal(core_acknowledge(&bench->core, 4, 4), WT_OK);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, 2);
	assert_false(relay_message_has(&bench->said, RELAY_FIELD_THROUGH));
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, 4);
	assert_false(relay_message_has(&bench->said, RELAY_FIELD_THROUGH));
	/* all up to 6 */
	assert_int_equal(core_acknowledge(&bench->core, 0, 6), WT_OK);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, 1);
	assert_int_equal(bench->said.through, 6);
	expect_silence(bench);
	bench_destroy(bench);
}

static void pings_of_the_server_are_answered_by_one_frame(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	say_bare(&bench->script, RELAY_INDICATION, RELAY_TYPE_PING, 1);
	say_bare(&bench->script, RELAY_INDICATION, RELAY_TYPE_PING, 2);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING);
	assert_int_equal(bench->frame.id, 1);
	assert_int_equal(bench->said.through, 2);
	expect_silence(bench);
	bench_destroy(bench);
}

/* --- Silence --- */

static void a_silent_server_is_asked_and_then_given_up(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	assert_true(core_deadline(&bench->core) == bench->now_ns + 30 * S);
	core_tick(&bench->core, bench->now_ns + 30 * S);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_PING);
	/* it answers: all is well again */
	bench->now_ns += 31 * S;
	say_bare(&bench->script, RELAY_RESPONSE, RELAY_TYPE_PING, bench->frame.id);
	say(bench);
	expect_nothing(bench);
	core_tick(&bench->core, bench->now_ns + 29 * S);
	expect_silence(bench);
	/* it does not */
	core_tick(&bench->core, bench->now_ns + 30 * S);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_PING);
	core_tick(&bench->core, bench->now_ns + 45 * S - 1);
	expect_nothing(bench);
	core_tick(&bench->core, bench->now_ns + 45 * S);
	expect_end(bench, WT_TIMEOUT);
	bench_destroy(bench);
}

static void who_stood_still_reads_before_the_server_is_given_up(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	core_looked(&bench->core, bench->now_ns + 30 * S);
	core_tick(&bench->core, bench->now_ns + 30 * S);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_PING);
	/* The last look was a moment too early: an answer may be there. */
	core_looked(&bench->core, bench->now_ns + 45 * S - 1);
	core_tick(&bench->core, bench->now_ns + 60 * S);
	expect_nothing(bench);
	assert_true(core_deadline(&bench->core) <= bench->now_ns + 60 * S);
	core_looked(&bench->core, bench->now_ns + 60 * S);
	core_tick(&bench->core, bench->now_ns + 60 * S);
	expect_end(bench, WT_TIMEOUT);
	bench_destroy(bench);
}

static void a_server_is_not_silent_while_its_words_wait_to_be_taken(void **state)
{
	struct bench *bench = connected(&usual);

	(void)state;
	say_message(&bench->script, 1, NULL, "hi", NULL);
	say(bench);
	core_tick(&bench->core, bench->now_ns + 30 * S);
	core_tick(&bench->core, bench->now_ns + 60 * S);
	core_tick(&bench->core, bench->now_ns + 90 * S);
	expect(bench, WT_EVENT_MESSAGE);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void a_client_that_takes_nothing_still_gives_signs_of_life(void **state)
{
	struct bench *bench = connected(&usual);
	uint64_t silence = 30 * S + 30 * S / 4;

	(void)state;
	say_message(&bench->script, 1, NULL, "hi", NULL);
	say_bare(&bench->script, RELAY_INDICATION, RELAY_TYPE_PING, 1);
	say(bench);
	core_tick(&bench->core, bench->now_ns + silence - 1);
	expect_silence(bench);
	core_tick(&bench->core, bench->now_ns + silence);
	/* late and unknown acknowledgements are passed over: but it is a whole frame */
	expect_said(bench, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING);
	expect_silence(bench);
	bench_destroy(bench);
}

static void without_keepalive_silence_means_nothing(void **state)
{
	struct bench *bench = bench_create(&usual);

	(void)state;
	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	say_hello_with(&bench->script, 7, 65536, 0);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	assert_true(core_deadline(&bench->core) == CORE_NEVER);
	core_tick(&bench->core, bench->now_ns + 1000000 * S);
	expect_silence(bench);
	expect_nothing(bench);
	bench_destroy(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connected_tells_all_that_hello_said),
		cmocka_unit_test(the_name_is_asked_for_and_connected_tells_the_answer),
		cmocka_unit_test(connected_comes_before_what_overtook_the_answer_about_the_name),
		cmocka_unit_test(a_server_that_does_not_greet_is_given_up),
		cmocka_unit_test(a_greeting_that_waits_to_be_taken_is_no_silence),
		cmocka_unit_test(error_in_place_of_hello_tells_the_status),
		cmocka_unit_test(requests_made_before_the_connection_leave_behind_hello),
		cmocka_unit_test(what_came_before_the_end_is_told_before_the_end),
		cmocka_unit_test(bye_of_the_server_is_told_and_then_the_end),
		cmocka_unit_test(leaving_acknowledges_says_bye_and_ends_in_order),
		cmocka_unit_test(each_request_gets_its_answer),
		cmocka_unit_test(a_refusal_tells_status_text_and_when_to_try_again),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		cmocka_unit_test(the_pages_of_a_list_are_put_together),
		cmocka_unit_test(verdicts_tell_outcome_count_and_time),
		cmocka_unit_test(through_answers_messages_to_clients_and_passes_over_the_rest),
		cmocka_unit_test(presence_and_messages_are_told_whole),
		cmocka_unit_test(what_was_taken_is_acknowledged_by_one_frame),
		cmocka_unit_test(a_message_between_two_acknowledged_ones_stays_open),
		cmocka_unit_test(pings_of_the_server_are_answered_by_one_frame),
		cmocka_unit_test(a_silent_server_is_asked_and_then_given_up),
		cmocka_unit_test(who_stood_still_reads_before_the_server_is_given_up),
		cmocka_unit_test(a_server_is_not_silent_while_its_words_wait_to_be_taken),
		cmocka_unit_test(a_client_that_takes_nothing_still_gives_signs_of_life),
		cmocka_unit_test(without_keepalive_silence_means_nothing),
	};

	return cmocka_run_group_tests_name("client_core", tests, NULL, NULL);
}
