/* Messages and their verdicts, as the session core brings them about. */
#include "relay_server/session.h"

#include "base/clock.h"

#include "support/scene.h"

static void a_connection_begins_with_hello_and_holds_no_buffer_afterwards(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct scene scene = { .core = server_core_create(&config) };
	struct server_client *client = server_core_connect(scene.core, 0, false);

	(void)state;
	settle(&scene);
	hears(&scene, client, RELAY_INDICATION, RELAY_TYPE_HELLO, 0, RELAY_STATUS_OK);
	assert_int_equal(scene.said.number, client->number);
	assert_int_equal(scene.said.address.port, 40000 + client->number);
	assert_int_equal(scene.said.limit, RELAY_BODY_DEFAULT_BYTES);
	assert_int_equal(scene.said.keepalive_ms, 30000);
	hears_nothing(&scene, client);
	assert_null(client->session->out.first);
	assert_null(client->session->stash);
	assert_null(client->session->pending);
	assert_null(client->session->requests.places);
	scene_finish(&scene);
}

static void a_message_is_reported_delivered_when_it_was_acknowledged_and_not_before(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 77, scene.bob->number, "hello", NULL);
	settle(&scene);
	hears_message(&scene, scene.bob, 1, "hello");
	assert_int_equal(scene.said.from.number, scene.ann->number);
	assert_true(scene.said.time_ns == SERVER_CORE_WALL_NS);
	hears_nothing(&scene, scene.bob);
	hears_nothing(&scene, scene.ann);

	acknowledge(&scene, scene.bob, 1, 1);
	settle(&scene);
	hears_delivered(&scene, 77, 77);
	hears_nothing(&scene, scene.ann);

	acknowledge(&scene, scene.bob, 1, 1); /* once more: passed over */
	settle(&scene);
	hears_nothing(&scene, scene.ann);
	hears_nothing(&scene, scene.bob);
	scene_finish(&scene);
}

static void an_acknowledgement_of_another_id_is_passed_over(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "one", NULL);
	settle(&scene);
	acknowledge(&scene, scene.bob, 0, 0);
	acknowledge(&scene, scene.bob, 2, UINT32_MAX);
	settle(&scene);
	hears_nothing(&scene, scene.ann);
	acknowledge(&scene, scene.bob, 0, UINT32_MAX);
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	scene_finish(&scene);
}

static void an_id_that_is_open_is_refused_and_the_first_stays_open(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 5, scene.bob->number, "one", NULL);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 5);
	settle(&scene);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_TIME, 5, RELAY_STATUS_MALFORMED);
	acknowledge(&scene, scene.bob, 1, 1);
	settle(&scene);
	hears_delivered(&scene, 5, 5);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 5);
	settle(&scene);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_TIME, 5, RELAY_STATUS_OK);
	scene_finish(&scene);
}

static void answers_share_a_through_only_over_ids_without_a_gap(void **state)
{
	static const uint32_t ids[] = { 1, 2, 3, 5, 6, 9, UINT32_MAX };
	struct scene scene;

	(void)state;
	scene_init(&scene);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		order(&scene, ids[i], scene.bob->number, "x", NULL);
	settle(&scene);
	acknowledge(&scene, scene.bob, 1, 7);
	settle(&scene);
	hears_delivered(&scene, 1, 3);
	hears_delivered(&scene, 5, 6);
	hears_delivered(&scene, 9, 9);
	hears_delivered(&scene, UINT32_MAX, UINT32_MAX);
	hears_nothing(&scene, scene.ann);

	/* Backwards they are not one range, and a refusal between them ends it. */
	for (uint32_t i = 1; i <= 4; i++)
		order(&scene, 10 + i, scene.bob->number, "x", NULL);
	settle(&scene);
	acknowledge(&scene, scene.bob, 9, 9);
	acknowledge(&scene, scene.bob, 8, 8);
	acknowledge(&scene, scene.bob, 10, 10);
	acknowledge(&scene, scene.bob, 11, 11);
	settle(&scene);
	hears_delivered(&scene, 12, 12);
	hears_delivered(&scene, 11, 11);
	hears_delivered(&scene, 13, 14);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void a_message_without_acknowledgement_times_out_after_10_s(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "first", NULL);
	wait_ms(&scene, 4000);
	order(&scene, 2, scene.bob->number, "second", NULL);
	wait_ms(&scene, 5999);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears_answer(&scene, 1, RELAY_STATUS_TIMEOUT);
	wait_ms(&scene, 3999);
	hears_nothing(&scene, scene.ann);
	acknowledge(&scene, scene.bob, 1, 2); /* too late for one, in time for the other */
	settle(&scene);
	hears_delivered(&scene, 2, 2);
	wait_ms(&scene, 10000);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void a_repeat_in_flight_gets_the_verdict_of_the_first_and_no_second_delivery(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "once", an_id);
	order(&scene, 2, scene.bob->number, "once", an_id);
	settle(&scene);
	hears_message(&scene, scene.bob, 1, "once");
	assert_memory_equal(scene.said.message_id, an_id, sizeof(an_id));
	hears_nothing(&scene, scene.bob);
	hears_nothing(&scene, scene.ann);
	acknowledge(&scene, scene.bob, 1, 1);
	settle(&scene);
	hears_delivered(&scene, 1, 2);
	order(&scene, 3, scene.bob->number, "once", an_id);
	settle(&scene);
	hears_delivered(&scene, 3, 3);
	hears_nothing(&scene, scene.bob);

	/* Ten minutes after the first it is forgotten. */
	for (unsigned i = 0; i < 20; i++) {
		server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, 9);
		server_core_say_bare(scene.core, scene.bob, RELAY_REQUEST, RELAY_TYPE_PING, 9);
		wait_ms(&scene, 29999);
	}
	server_core_forget(scene.ann);
	server_core_forget(scene.bob);
	order(&scene, 4, scene.bob->number, "once", an_id);
	settle(&scene);
	hears_delivered(&scene, 4, 4);
	wait_ms(&scene, 20);
	order(&scene, 5, scene.bob->number, "once", an_id);
	settle(&scene);
	assert_true(hear(&scene, scene.bob));
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void a_late_acknowledgement_makes_a_repeat_delivered(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "late", an_id);
	wait_ms(&scene, 10000);
	hears_answer(&scene, 1, RELAY_STATUS_TIMEOUT);

	/* Not yet acknowledged: the same answer at once, and it is not sent again. */
	order(&scene, 2, scene.bob->number, "late", an_id);
	settle(&scene);
	hears_answer(&scene, 2, RELAY_STATUS_TIMEOUT);
	hears_message(&scene, scene.bob, 1, "late");
	hears_nothing(&scene, scene.bob);

	acknowledge(&scene, scene.bob, 1, 1);
	settle(&scene);
	hears_nothing(&scene, scene.ann);
	order(&scene, 3, scene.bob->number, "late", an_id);
	settle(&scene);
	hears_delivered(&scene, 3, 3);
	hears_nothing(&scene, scene.bob);
	scene_finish(&scene);
}

static void after_a_timeout_it_is_tried_anew_once_that_connection_is_gone(void **state)
{
	struct server_client *carl;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	carl = server_core_connect(scene.core, 0, false);
	settle(&scene);
	server_core_forget(carl);
	order(&scene, 1, scene.bob->number, "again", an_id);
	wait_ms(&scene, 10000);
	hears_answer(&scene, 1, RELAY_STATUS_TIMEOUT);
	order(&scene, 2, carl->number, "again", an_id);
	settle(&scene);
	hears_answer(&scene, 2, RELAY_STATUS_TIMEOUT);
	hears_nothing(&scene, carl);

	scene.bob->hung_up = true;
	settle(&scene);
	order(&scene, 3, carl->number, "again", an_id);
	settle(&scene);
	hears_message(&scene, carl, 1, "again");
	scene_finish(&scene);
}

static void after_gone_or_no_such_client_a_message_id_is_tried_anew(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, 999, "x", an_id);
	settle(&scene);
	hears_answer(&scene, 1, RELAY_STATUS_NO_SUCH_CLIENT);
	order(&scene, 2, scene.bob->number, "x", an_id);
	settle(&scene);
	hears_message(&scene, scene.bob, 1, "x");
	scene.bob->hung_up = true;
	settle(&scene);
	hears_answer(&scene, 2, RELAY_STATUS_GONE);
	order(&scene, 3, scene.bob->number, "x", an_id);
	settle(&scene);
	hears_answer(&scene, 3, RELAY_STATUS_NO_SUCH_CLIENT);
	order(&scene, 4, scene.ann->number, "x", an_id);
	settle(&scene);
	hears_message(&scene, scene.ann, 1, "x");
	scene_finish(&scene);
}

static void a_room_is_answered_when_each_other_member_has_acknowledged_or_failed(void **state)
{
	struct server_client *members[3];
	struct byte_writer *writer;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	members[0] = scene.ann;
	members[1] = scene.bob;
	members[2] = server_core_connect(scene.core, 0, false);
	for (size_t i = 0; i < 3; i++) {
		writer = server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_JOIN, 1);
		relay_put_text(writer, RELAY_FIELD_TO_ROOM, "tea");
		server_core_end(scene.core, members[i]);
	}
	settle(&scene);
	for (size_t i = 0; i < 3; i++)
		server_core_forget(members[i]);
	writer = server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_SEND, 7);
	relay_put_text(writer, RELAY_FIELD_TO_ROOM, "tea");
	relay_put_text(writer, RELAY_FIELD_DATA, "cups");
	server_core_end(scene.core, scene.ann);
	settle(&scene);
	hears_nothing(&scene, scene.ann); /* no copy for the sender, and no answer yet */
	hears_message(&scene, members[1], 1, "cups");
	hears_message(&scene, members[2], 1, "cups");
	acknowledge(&scene, members[1], 1, 1);
	settle(&scene);
	hears_nothing(&scene, scene.ann);
	members[2]->hung_up = true;
	settle(&scene);
	hears_answer(&scene, 7, RELAY_STATUS_OK);
	assert_int_equal(scene.said.outcome, RELAY_OUTCOME_DELIVERED);
	assert_int_equal(scene.said.count, 1);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void between_two_workers_a_message_and_its_verdict_arrive_as_on_one(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct scene scene;

	(void)state;
	config.workers = 2;
	scene_start(&scene, &config, 1);
	order(&scene, 1, scene.bob->number, "small", an_id);
	order_bytes(&scene, 2, scene.bob->number, 20000); /* a shared payload */
	order(&scene, 3, scene.bob->number, "last", NULL);
	settle(&scene);
	hears_message(&scene, scene.bob, 1, "small");
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_SEND, 2, RELAY_STATUS_OK);
	assert_int_equal(scene.said.data.length, 20000);
	hears_message(&scene, scene.bob, 3, "last");
	acknowledge(&scene, scene.bob, 1, 2);
	settle(&scene);
	hears_delivered(&scene, 1, 2);
	scene.bob->hung_up = true;
	settle(&scene);
	hears_answer(&scene, 3, RELAY_STATUS_GONE);
	order(&scene, 4, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_answer(&scene, 4, RELAY_STATUS_NO_SUCH_CLIENT);
	scene_finish(&scene);
}

static void a_message_to_a_classic_client_is_passed_when_its_tcp_has_every_byte(void **state)
{
	struct server_client *carl;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	carl = server_core_connect(scene.core, 0, true);
	settle(&scene);
	assert_int_equal(byte_queue_length(&carl->heard), CLASSIC_DATA_BYTES);
	server_core_forget(carl);
	carl->unacknowledged = 1;
	order(&scene, 1, carl->number, "plain", NULL);
	settle(&scene);
	assert_int_equal(byte_queue_length(&carl->heard), CLASSIC_MESSAGE_BYTES);
	assert_string_equal((const char *)byte_queue_bytes(&carl->heard) + 8, "plain");
	wait_ms(&scene, 1000);
	hears_nothing(&scene, scene.ann);
	carl->unacknowledged = 0;
	wait_ms(&scene, RELAY_CLASSIC_POLL_MAX_MS);
	hears_answer(&scene, 1, RELAY_STATUS_OK);
	assert_int_equal(scene.said.outcome, RELAY_OUTCOME_PASSED);

	order_bytes(&scene, 2, carl->number, CLASSIC_TEXT_MAX_BYTES + 1);
	settle(&scene);
	hears_answer(&scene, 2, RELAY_STATUS_TOO_LARGE);
	order_bytes(&scene, 3, carl->number, CLASSIC_TEXT_MAX_BYTES);
	settle(&scene);
	hears_answer(&scene, 3, RELAY_STATUS_OK);

	carl->unacknowledged = 1;
	order(&scene, 4, carl->number, "never", NULL);
	wait_ms(&scene, 9999);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears_answer(&scene, 4, RELAY_STATUS_TIMEOUT);
	scene_finish(&scene);
}

static void a_range_over_what_was_acknowledged_before_answers_only_the_rest(void **state)
{
	uint8_t other_id[RELAY_MESSAGE_ID_BYTES] = "another one, 16";
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "x", NULL);
	order(&scene, 2, scene.bob->number, "x", an_id);
	order(&scene, 3, scene.bob->number, "x", other_id);
	settle(&scene);
	acknowledge(&scene, scene.bob, 2, 2);
	settle(&scene);
	hears_delivered(&scene, 2, 2);
	acknowledge(&scene, scene.bob, 1, 3);
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	hears_delivered(&scene, 3, 3);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void a_message_from_a_worker_whose_clock_is_ahead_does_not_time_out_at_once(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct server_client *bob;
	struct scene scene;

	(void)state;
	config.workers = 2;
	scene_start(&scene, &config, 1);
	bob = scene.bob;
	wait_ms(&scene, 29999);
	order(&scene, 1, bob->number, "x", NULL);
	/* bob's worker has read its clock when ann's, 2 ms later, hands the message over; and a
	 * timer of bob's (keep-alive) is due in that very turn. */
	scene.core->now_ms += 3;
	server_core_turn_one(scene.core, 0);
	scene.core->now_ms -= 2;
	server_core_turn_one(scene.core, 1);
	assert_non_null(bob->session->pending);
	assert_int_equal(bob->session->pending->open, 1);
	acknowledge(&scene, bob, 1, 1);
	scene.core->now_ms += 2;
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_begins_with_hello_and_holds_no_buffer_afterwards),
		cmocka_unit_test(
			a_message_is_reported_delivered_when_it_was_acknowledged_and_not_before),
		cmocka_unit_test(an_acknowledgement_of_another_id_is_passed_over),
		cmocka_unit_test(an_id_that_is_open_is_refused_and_the_first_stays_open),
		cmocka_unit_test(answers_share_a_through_only_over_ids_without_a_gap),
		cmocka_unit_test(a_message_without_acknowledgement_times_out_after_10_s),
		cmocka_unit_test(
			a_repeat_in_flight_gets_the_verdict_of_the_first_and_no_second_delivery),
		cmocka_unit_test(a_late_acknowledgement_makes_a_repeat_delivered),
		cmocka_unit_test(after_a_timeout_it_is_tried_anew_once_that_connection_is_gone),
		cmocka_unit_test(after_gone_or_no_such_client_a_message_id_is_tried_anew),
		cmocka_unit_test(
			a_room_is_answered_when_each_other_member_has_acknowledged_or_failed),
		cmocka_unit_test(between_two_workers_a_message_and_its_verdict_arrive_as_on_one),
		cmocka_unit_test(
			a_message_to_a_classic_client_is_passed_when_its_tcp_has_every_byte),
		cmocka_unit_test(a_range_over_what_was_acknowledged_before_answers_only_the_rest),
		cmocka_unit_test(
			a_message_from_a_worker_whose_clock_is_ahead_does_not_time_out_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
