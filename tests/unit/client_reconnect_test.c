/*
 * The client without a socket: what it does when the connection is lost, and that each message
 * gets exactly one verdict whatever happens.
 */
#include "support/unit_test.h"

#include "support/core_bench.h"

/* --- Reconnection --- */

/* Connected as bob. */
static struct bench *connected_as_bob(void)
{
	struct bench *bench = bench_create(&lasting);

	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	say_named(&bench->script, bench->frame.id, "bob");
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect_nothing(bench);
	return bench;
}

static void wait_for_retry(struct bench *bench)
{
	assert_true(core_deadline(&bench->core) != CORE_NEVER);
	bench->now_ns = core_deadline(&bench->core);
	core_tick(&bench->core, bench->now_ns);
	start_stream(bench);
}

static void attempts_are_spaced_by_chance_up_to_a_bound_that_doubles(void **state)
{
	struct bench *bench = bench_create(&lasting);
	uint64_t bound_ms = 200;
	int apart = 0;
	int32_t last = -1;

	(void)state;
	core_connect(&bench->core, bench->now_ns);
	for (int attempt = 0; attempt < 40; attempt++) {
		int32_t wait;

		core_stream_ended(&bench->core, WT_SYSTEM, "refused", bench->now_ns);
		expect_end(bench, WT_SYSTEM);
		wait = bench->event.as.disconnected.retry_in_ms;
		assert_in_range(wait, 100, bound_ms);
		apart += wait != last;
		last = wait;
		assert_false(core_wants_stream(&bench->core));
		expect_nothing(bench);
		bench->now_ns = core_deadline(&bench->core);
		core_tick(&bench->core, bench->now_ns);
		assert_true(core_wants_stream(&bench->core));
		bound_ms = bound_ms * 2 < 30000 ? bound_ms * 2 : 30000;
	}
	assert_true(apart > 30);
	core_abandon(&bench->core);
	expect_end(bench, WT_OK);
	assert_int_equal(bench->event.as.disconnected.retry_in_ms, -1);
	expect_nothing(bench);
	bench_destroy(bench);
}

static void a_reconnection_brings_back_name_rooms_and_presence(void **state)
{
	struct bench *bench = connected_as_bob();
	struct core_request join = { .type = RELAY_TYPE_JOIN, .to_room = script_name("attic") };
	struct core_request cellar = { .type = RELAY_TYPE_JOIN, .to_room = script_name("cellar") };
	struct core_request leave = { .type = RELAY_TYPE_LEAVE, .to_room = script_name("cellar") };
	struct core_request watch = { .type = RELAY_TYPE_WATCH, .has_flag = true, .flag = true };
	uint32_t ids[4] = { request(bench, &join), request(bench, &cellar), request(bench, &leave),
			    request(bench, &watch) };

	(void)state;
	say_joined(&bench->script, ids[0], 1);
	say_joined(&bench->script, ids[1], 1);
	say_bare(&bench->script, RELAY_RESPONSE, RELAY_TYPE_LEAVE, ids[2]);
	say_bare(&bench->script, RELAY_RESPONSE, RELAY_TYPE_WATCH, ids[3]);
	say(bench);
	for (int i = 0; i < 4; i++)
		expect(bench, WT_EVENT_ANSWER);
	while (hear(bench)) {
	}
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	assert_true(bench->event.as.disconnected.retry_in_ms >= 100);
	wait_for_retry(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	assert_bytes(bench->said.name, "bob");
	say_named(&bench->script, bench->frame.id, "bob");
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_JOIN);
	assert_bytes(bench->said.to_room, "attic");
	say_refusal(&bench->script, RELAY_TYPE_JOIN, RELAY_STATUS_FORBIDDEN, bench->frame.id, "no");
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_WATCH);
	assert_int_equal(bench->said.flag, 1);
	say_bare(&bench->script, RELAY_RESPONSE, RELAY_TYPE_WATCH, bench->frame.id);
	expect_silence(bench);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	assert_true(bench->event.as.connected.again);
	/* what is not as it was is told, as request 0; what is, is not */
	expect_answer(bench, 0, WT_REQUEST_JOIN, WT_REFUSED);
	assert_string_equal(bench->event.as.answer.name, "attic");
	expect_nothing(bench);
	bench_destroy(bench);
}

static void messages_to_names_and_rooms_are_sent_again_and_those_to_numbers_are_not(void **state)
{
	struct bench *bench = connected_as_bob();
	uint32_t number = send_to(bench, to_number(3));
	uint32_t name = send_to(bench, to_name("ann"));
	uint32_t room = send_to(bench, to_room("attic"));
	uint32_t time = ask(bench, RELAY_TYPE_TIME);
	uint8_t ids[2][16];

	(void)state;
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	assert_true(relay_message_has(&bench->said, RELAY_FIELD_MESSAGE_ID));
	memcpy(ids[0], bench->said.message_id, 16);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	memcpy(ids[1], bench->said.message_id, 16);
	assert_memory_not_equal(ids[0], ids[1], 16);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_TIME);
	close_stream(bench);
	expect_verdict(bench, number, WT_OUTCOME_UNKNOWN, WT_STATUS_TIMEOUT);
	expect_answer(bench, time, WT_REQUEST_TIME, WT_CLOSED);
	expect_end(bench, WT_CLOSED);
	expect_nothing(bench);
	/* a second loss before HELLO takes nothing more away */
	wait_for_retry(bench);
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	wait_for_retry(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	say_named(&bench->script, bench->frame.id, "bob");
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, name);
	assert_bytes(bench->said.to_name, "ann");
	assert_bytes(bench->said.data, "hi");
	assert_memory_equal(bench->said.message_id, ids[0], 16);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, room);
	assert_memory_equal(bench->said.message_id, ids[1], 16);
	expect_silence(bench);
	say_delivered(&bench->script, name, 0, 0);
	say_delivered(&bench->script, room, 0, 2);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect_verdict(bench, name, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_verdict(bench, room, WT_OUTCOME_DELIVERED, WT_STATUS_OK);
	expect_nothing(bench);
	assert_int_equal(bench->core.kept_bytes, 0);
	bench_destroy(bench);
}

static void requests_made_while_the_connection_is_away_leave_with_the_next(void **state)
{
	struct bench *bench = connected_as_bob();
	uint32_t name;
	uint32_t number;
	uint32_t time;

	(void)state;
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	name = send_to(bench, to_name("ann"));
	number = send_to(bench, to_number(3));
	time = ask(bench, RELAY_TYPE_TIME);
	/* numbers are given anew: this one was never sent, and that is sure */
	expect_verdict(bench, number, WT_OUTCOME_NONE, WT_STATUS_GONE);
	expect_nothing(bench);
	wait_for_retry(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_SEND);
	assert_int_equal(bench->frame.id, name);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_TIME);
	assert_int_equal(bench->frame.id, time);
	expect_silence(bench);
	bench_destroy(bench);
}

static void a_name_that_the_old_connection_holds_is_asked_for_until_granted(void **state)
{
	struct bench *bench = connected_as_bob();

	(void)state;
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	wait_for_retry(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	for (int tries = 0; tries < 3; tries++) {
		expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
		assert_bytes(bench->said.name, "bob");
		say_refusal(&bench->script, RELAY_TYPE_HELLO, RELAY_STATUS_NAME_TAKEN,
			    bench->frame.id, "taken");
		say(bench);
		if (tries == 0) {
			expect(bench, WT_EVENT_CONNECTED);
			assert_int_equal(bench->event.as.connected.name_status,
					 WT_STATUS_NAME_TAKEN);
		}
		expect_nothing(bench);
		core_tick(&bench->core, bench->now_ns + 2 * S - 1);
		expect_silence(bench);
		bench->now_ns += 2 * S;
		core_tick(&bench->core, bench->now_ns);
	}
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	say_named(&bench->script, bench->frame.id, "bob");
	say(bench);
	expect_answer(bench, 0, WT_REQUEST_HELLO, WT_OK);
	assert_string_equal(bench->event.as.answer.name, "bob");
	core_tick(&bench->core, bench->now_ns + 10 * S);
	expect_silence(bench);
	bench_destroy(bench);
}

static void the_name_that_was_granted_last_is_the_one_asked_for_again(void **state)
{
	struct bench *bench = connected_as_bob();
	struct core_request hello = { .type = RELAY_TYPE_HELLO, .name = script_name("eve") };
	uint32_t id = request(bench, &hello);

	(void)state;
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	say_named(&bench->script, id, "eve");
	say(bench);
	expect_answer(bench, id, WT_REQUEST_HELLO, WT_OK);
	assert_string_equal(bench->event.as.answer.name, "eve");
	/* a refused one is not */
	hello.name = script_name("ann");
	id = request(bench, &hello);
	say_refusal(&bench->script, RELAY_TYPE_HELLO, RELAY_STATUS_NAME_TAKEN, id, "taken");
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	say(bench);
	expect_answer(bench, id, WT_REQUEST_HELLO, WT_REFUSED);
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	wait_for_retry(bench);
	say_hello(&bench->script);
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	assert_bytes(bench->said.name, "eve");
	bench_destroy(bench);
}

static void connected_comes_first_on_a_later_connection_too(void **state)
{
	static const char data[2000];
	struct bench *bench = connected_as_bob();
	struct core_request send = to_name("ann");
	uint32_t id;

	(void)state;
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	send.data = data;
	send.data_bytes = sizeof(data);
	id = request(bench, &send);
	wait_for_retry(bench);
	say_hello_with(&bench->script, 7, 1024, 30000); /* the message is too large now */
	say(bench);
	expect_nothing(bench);
	expect_said(bench, RELAY_REQUEST, RELAY_TYPE_HELLO);
	say_named(&bench->script, bench->frame.id, "bob");
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect_verdict(bench, id, WT_OUTCOME_NONE, WT_STATUS_TOO_LARGE);
	bench_destroy(bench);
}

static void leaving_ends_a_reconnection_and_settles_what_waited_for_it(void **state)
{
	struct bench *bench = connected_as_bob();
	uint32_t name = send_to(bench, to_name("ann"));

	(void)state;
	close_stream(bench);
	expect_end(bench, WT_CLOSED);
	core_leave(&bench->core, bench->now_ns);
	expect_verdict(bench, name, WT_OUTCOME_UNKNOWN, WT_STATUS_TIMEOUT);
	expect_end(bench, WT_OK);
	assert_int_equal(bench->event.as.disconnected.retry_in_ms, -1);
	expect_nothing(bench);
	assert_true(core_deadline(&bench->core) == CORE_NEVER);
	bench_destroy(bench);
}

static void retry_after_of_an_error_is_kept_to(void **state)
{
	struct bench *bench = connected_as_bob();
	struct byte_writer *writer = script_begin(&bench->script, RELAY_INDICATION,
						  RELAY_TYPE_ERROR, RELAY_STATUS_BUSY, 0);

	(void)state;
	relay_put_text(writer, RELAY_FIELD_TEXT, "later");
	relay_put_u32(writer, RELAY_FIELD_RETRY_AFTER, 7000);
	script_end(&bench->script);
	say(bench);
	expect_end(bench, WT_REFUSED);
	assert_true(bench->event.as.disconnected.retry_in_ms >= 7000);
	bench_destroy(bench);
}

/* --- One verdict for each message, whatever happens --- */

struct chance {
	struct bench *bench;
	uint64_t seed;
	uint32_t verdicts[4096]; /* for each message sent */
	uint32_t ids[4096];      /* its request; 0 once its verdict came */
	uint32_t sent;
};

static uint32_t draw(struct chance *chance, uint32_t below)
{
	chance->seed = chance->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(chance->seed >> 33) % below;
}

static void take_all(struct chance *chance)
{
	while (take(chance->bench)) {
		const struct wt_event *event = &chance->bench->event;
		uint32_t at = 0;

		if (event->kind != WT_EVENT_VERDICT)
			continue;
		while (at < chance->sent && chance->ids[at] != event->request)
			at++;
		assert_true(at < chance->sent);
		chance->verdicts[at]++;
		chance->ids[at] = 0;
	}
}

/* The server answers some of what it heard, and forgets some of it. */
static void answer_some(struct chance *chance)
{
	struct bench *bench = chance->bench;
	uint32_t last_to_client = 0;

	while (hear(bench)) {
		uint32_t id = bench->frame.id;

		if (bench->frame.kind != RELAY_REQUEST || draw(chance, 5) == 0)
			continue;
		if (bench->frame.type == RELAY_TYPE_HELLO) {
			say_named(&bench->script, id, "bob");
		} else if (bench->frame.type == RELAY_TYPE_BYE) {
			say_bare(&bench->script, RELAY_RESPONSE, RELAY_TYPE_BYE, id);
		} else if (bench->frame.type == RELAY_TYPE_TIME) {
			say_time(&bench->script, id);
		} else if (draw(chance, 4) == 0) {
			say_refusal(&bench->script, RELAY_TYPE_SEND, RELAY_STATUS_BUSY, id, "busy");
		} else if (!relay_message_has(&bench->said, RELAY_FIELD_TO_ROOM) &&
			   draw(chance, 3) == 0) {
			last_to_client = id;
		} else {
			say_delivered(&bench->script, id, 0, 1);
		}
	}
	if (last_to_client != 0)
		say_delivered(&bench->script, last_to_client, UINT32_MAX, 0);
	if (core_wants_stream(&bench->core) && bench->core.state >= CORE_GREETING)
		say(bench);
	script_start(&bench->script);
}

static void send_one(struct chance *chance)
{
	static const char *const names[] = { "ann", "eve" };
	struct core_request send = to_number(3);
	enum wt_result result;
	uint32_t id;

	if (chance->sent == 4096)
		return;
	switch (draw(chance, 3)) {
	case 0:
		send = to_name(names[draw(chance, 2)]);
		break;
	case 1:
		send = to_room("attic");
		break;
	default:
		break;
	}
	result = core_request(&chance->bench->core, &send, chance->bench->now_ns, &id);
	if (result == WT_OK)
		chance->ids[chance->sent++] = id;
	else
		assert_true(result == WT_QUEUE_FULL || result == WT_NOT_CONNECTED);
}

static void do_something(struct chance *chance)
{
	struct bench *bench = chance->bench;

	switch (draw(chance, 12)) {
	case 0:
		if (bench->core.state == CORE_IDLE && !core_has_event(&bench->core))
			core_connect(&bench->core, bench->now_ns);
		break;
	case 1:
		if (bench->core.state == CORE_CONNECTING && core_wants_stream(&bench->core)) {
			core_stream_started(&bench->core, bench->now_ns);
			say_hello(&bench->script);
			say(bench);
		}
		break;
	case 2:
		answer_some(chance);
		break;
	case 3:
		take_all(chance);
		break;
	case 4:
		bench->now_ns += draw(chance, 3000) * MS;
		core_tick(&bench->core, bench->now_ns);
		break;
	case 5:
		if (draw(chance, 4) == 0 && core_wants_stream(&bench->core))
			close_stream(bench);
		break;
	case 6:
		if (draw(chance, 30) == 0)
			core_leave(&bench->core, bench->now_ns);
		break;
	case 7:
		(void)core_request(&bench->core, &(struct core_request){ .type = RELAY_TYPE_TIME },
				   bench->now_ns, NULL);
		break;
	default:
		send_one(chance);
		break;
	}
}

static void every_message_gets_exactly_one_verdict_under_any_fate(void **state)
{
	struct core_options options = lasting;

	(void)state;
	options.max_in_flight = 50;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct chance *chance = calloc(1, sizeof(*chance));

		assert_non_null(chance);
		options.reconnect = seed % 3 != 0;
		options.name = seed % 2 ? "bob" : NULL;
		chance->seed = seed;
		chance->bench = bench_create(&options);
		for (int step = 0; step < 2000; step++)
			do_something(chance);
		core_abandon(&chance->bench->core);
		take_all(chance);
		for (uint32_t i = 0; i < chance->sent; i++) {
			if (chance->verdicts[i] != 1)
				fail_msg("seed %d: message %u got %u verdicts", (int)seed,
					 (unsigned)i, (unsigned)chance->verdicts[i]);
		}
		assert_int_equal(chance->bench->core.in_flight.count, 0);
		assert_int_equal(chance->bench->core.kept_bytes, 0);
		bench_destroy(chance->bench);
		free(chance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attempts_are_spaced_by_chance_up_to_a_bound_that_doubles),
		cmocka_unit_test(a_reconnection_brings_back_name_rooms_and_presence),
		cmocka_unit_test(
			messages_to_names_and_rooms_are_sent_again_and_those_to_numbers_are_not),
		cmocka_unit_test(requests_made_while_the_connection_is_away_leave_with_the_next),
		cmocka_unit_test(a_name_that_the_old_connection_holds_is_asked_for_until_granted),
		cmocka_unit_test(the_name_that_was_granted_last_is_the_one_asked_for_again),
		cmocka_unit_test(connected_comes_first_on_a_later_connection_too),
		cmocka_unit_test(leaving_ends_a_reconnection_and_settles_what_waited_for_it),
		cmocka_unit_test(retry_after_of_an_error_is_kept_to),
		cmocka_unit_test(every_message_gets_exactly_one_verdict_under_any_fate),
	};

	return cmocka_run_group_tests_name("client_reconnect", tests, NULL, NULL);
}
