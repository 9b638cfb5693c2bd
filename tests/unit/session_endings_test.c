/* How connections end: silence, BYE, a half-close, the server's own end. */
#include "relay_server/session.h"

#include "base/clock.h"
#include "relay_server/server_limits.h"

#include "support/scene.h"

static void silence_is_answered_with_ping_and_at_one_and_a_half_with_the_end(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	wait_ms(&scene, 29999);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears(&scene, scene.ann, RELAY_INDICATION, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);

	/* ann answers after 5 s and begins anew; bob does not, and half a frame is none. */
	wait_ms(&scene, 5000);
	server_core_say_bare(scene.core, scene.ann, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING, 1);
	server_core_say(scene.bob, "WT\1", 3);
	wait_ms(&scene, 9999);
	hears_nothing(&scene, scene.bob);
	wait_ms(&scene, 1);
	hears_the_end(&scene, scene.bob, RELAY_STATUS_TIMEOUT);

	wait_ms(&scene, 19999);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears(&scene, scene.ann, RELAY_INDICATION, RELAY_TYPE_PING, 2, RELAY_STATUS_OK);
	wait_ms(&scene, 15000);
	hears_the_end(&scene, scene.ann, RELAY_STATUS_TIMEOUT);
	scene_finish(&scene);
}

static void without_keepalive_silence_lasts_for_ever(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct scene scene;

	(void)state;
	config.keepalive_ms = 0;
	scene_start(&scene, &config, 0);
	wait_ms(&scene, UINT64_C(100) * 86400 * MS_PER_S);
	hears_nothing(&scene, scene.ann);
	assert_int_equal(scene.ann->session->state, SESSION_OPEN);
	scene_finish(&scene);
}

static void after_the_last_word_the_peers_end_is_waited_for_1_s_at_most(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	server_core_say(scene.ann, "GET /", 5);
	server_core_say(scene.bob, "GET /", 5);
	settle(&scene);
	hears_the_end(&scene, scene.ann, RELAY_STATUS_MALFORMED);
	assert_non_null(scene.bob->session);
	scene.bob->hung_up = true;
	settle(&scene);
	assert_null(scene.bob->session);
	wait_ms(&scene, 999);
	server_core_say(scene.ann, "discarded", 9);
	settle(&scene);
	assert_non_null(scene.ann->session);
	wait_ms(&scene, 1);
	assert_null(scene.ann->session);
	scene_finish(&scene);
}

static void bye_is_answered_after_all_earlier_requests_and_what_follows_is_discarded(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "one", NULL);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_BYE, 2);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 3);
	settle(&scene);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 4);
	settle(&scene);
	hears_nothing(&scene, scene.ann);
	assert_false(scene.ann->finished);
	assert_int_equal(directory_count(&scene.core->shared.directory), 1);

	acknowledge(&scene, scene.bob, 1, 1);
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_BYE, 2, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.ann);
	assert_true(scene.ann->finished);
	scene.ann->hung_up = true;
	settle(&scene);
	assert_null(scene.ann->session);
	scene_finish(&scene);
}

static void bye_waits_10_s_at_most_for_a_verdict_that_never_comes(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	/* As if the verdict had been lost on its way from another worker. */
	assert_true(
		open_requests_add(&scene.ann->session->requests, 8, (uint32_t)scene.core->now_ms));
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_BYE, 9);
	wait_ms(&scene, 9999);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears_answer(&scene, 8, RELAY_STATUS_TIMEOUT);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_BYE, 9, RELAY_STATUS_OK);
	assert_true(scene.ann->finished);
	scene_finish(&scene);
}

static void a_half_closed_client_leaves_at_once_and_still_gets_its_answers(void **state)
{
	struct byte_writer *writer;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "to bob", NULL);
	scene.ann->hung_up = true;
	settle(&scene);
	writer = server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_SEND, 2);
	relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, scene.ann->number);
	relay_put_text(writer, RELAY_FIELD_DATA, "to ann");
	server_core_end(scene.core, scene.bob);
	settle(&scene);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_SEND, 1, RELAY_STATUS_OK);
	hears(&scene, scene.bob, RELAY_RESPONSE, RELAY_TYPE_SEND, 2, RELAY_STATUS_NO_SUCH_CLIENT);
	assert_false(scene.ann->finished);
	acknowledge(&scene, scene.bob, 1, 1);
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	hears_nothing(&scene, scene.ann);
	assert_true(scene.ann->finished);
	assert_null(scene.ann->session);
	scene_finish(&scene);
}

static void what_a_client_has_not_acknowledged_when_it_goes_is_gone(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "x", NULL);
	order(&scene, 2, scene.bob->number, "x", NULL);
	settle(&scene);
	acknowledge(&scene, scene.bob, 1, 1);
	scene.bob->hung_up = true;
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	hears_answer(&scene, 2, RELAY_STATUS_GONE);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void at_shutdown_open_requests_are_answered_then_bye_then_the_end(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	order(&scene, 1, scene.bob->number, "x", NULL);
	settle(&scene);
	server_core_forget(scene.bob);
	server_core_shut_down(scene.core);
	settle(&scene);
	hears_answer(&scene, 1, RELAY_STATUS_SHUTTING_DOWN);
	hears(&scene, scene.ann, RELAY_INDICATION, RELAY_TYPE_BYE, 0, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.ann);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_BYE, 0, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.bob);
	assert_true(scene.ann->finished && scene.bob->finished);
	assert_false(worker_is_done(scene.ann->worker));
	scene.ann->hung_up = true;
	scene.bob->hung_up = true;
	settle(&scene);
	assert_true(worker_is_done(scene.ann->worker));
	assert_int_equal(scene.core->shared.admission.count, 0);
	scene_finish(&scene);
}

static void at_shutdown_a_client_that_reads_nothing_is_left_after_5_s(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.ann->window = 0;
	scene.bob->hung_up = true;
	server_core_shut_down(scene.core);
	wait_ms(&scene, 4999);
	assert_false(worker_is_done(scene.ann->worker));
	assert_true(worker_next_deadline(scene.ann->worker) <= scene.core->now_ms + 1);
	scene.core->now_ms++;
	server_core_turn(scene.core);
	assert_true(worker_is_done(scene.ann->worker));
	scene_finish(&scene);
}

static void one_silence_gets_one_ping_whatever_else_is_due_in_between(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	wait_ms(&scene, 25000);
	order(&scene, 1, scene.bob->number, "x", NULL); /* its 10 s end when bob was pinged */
	wait_ms(&scene, 19999);
	assert_true(hear(&scene, scene.bob));
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.bob);
	scene_finish(&scene);
}

static void a_session_that_ends_with_frames_waiting_is_forgotten_whole(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	for (uint32_t i = 1; i <= 2 * RELAY_TURN_WORK; i++) {
		server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, i);
		server_core_say_bare(scene.core, scene.bob, RELAY_REQUEST, RELAY_TYPE_PING, i);
	}
	server_core_turn(scene.core);
	assert_true(scene.ann->session->is_ready && scene.bob->session->is_ready);
	session_doom(scene.ann->worker, scene.ann->session, "for the test");
	server_core_turn(scene.core);
	assert_null(scene.ann->session);
	settle(&scene);
	assert_null(scene.bob->worker->ready);
	assert_int_equal(byte_queue_length(&scene.bob->heard),
			 2 * RELAY_TURN_WORK * RELAY_FRAME_HEADER_BYTES);
	scene_finish(&scene);
}

static void at_shutdown_a_request_whose_verdict_is_still_away_is_answered_too(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	assert_true(
		open_requests_add(&scene.ann->session->requests, 8, (uint32_t)scene.core->now_ms));
	server_core_shut_down(scene.core);
	settle(&scene);
	hears_answer(&scene, 8, RELAY_STATUS_SHUTTING_DOWN);
	hears(&scene, scene.ann, RELAY_INDICATION, RELAY_TYPE_BYE, 0, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void behind_the_error_nothing_is_said_any_more(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	/* Its message to itself is gone with it, but ERROR is the last word. */
	order(&scene, 1, scene.ann->number, "to myself", NULL);
	settle(&scene);
	server_core_forget(scene.ann);
	server_core_say(scene.ann, "X", 1);
	settle(&scene);
	while (hear(&scene, scene.ann) && scene.frame.type != RELAY_TYPE_ERROR) {
		/* whatever comes before it */
	}
	assert_int_equal(scene.frame.type, RELAY_TYPE_ERROR);
	hears_nothing(&scene, scene.ann);
	assert_true(scene.ann->finished);
	scene_finish(&scene);
}

/* As delivery_begin() does, but the verdict will get lost on its way from another worker. */
static void open_request(struct scene *scene, uint32_t id)
{
	struct server_client *ann = scene->ann;

	assert_true(open_requests_add(&ann->session->requests, id, (uint32_t)scene->core->now_ms));
	session_tick_by(ann->worker, ann->session, scene->core->now_ms + RELAY_VERDICT_WITHIN_MS);
}

static void a_verdict_that_got_lost_is_made_up_for_after_15_s_and_not_later(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	open_request(&scene, 8);
	wait_ms(&scene, RELAY_VERDICT_WITHIN_MS - 1);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears_answer(&scene, 8, RELAY_STATUS_INTERNAL);

	/* Another timer (keep-alive, at 30 s) in between does not put it off. */
	wait_ms(&scene, 14000);
	open_request(&scene, 9);
	wait_ms(&scene, 1500);
	server_core_say_bare(scene.core, scene.ann, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING, 1);
	settle(&scene);
	server_core_forget(scene.ann);
	wait_ms(&scene, RELAY_VERDICT_WITHIN_MS - 1501);
	hears_nothing(&scene, scene.ann);
	wait_ms(&scene, 1);
	hears_answer(&scene, 9, RELAY_STATUS_INTERNAL);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_is_answered_with_ping_and_at_one_and_a_half_with_the_end),
		cmocka_unit_test(without_keepalive_silence_lasts_for_ever),
		cmocka_unit_test(after_the_last_word_the_peers_end_is_waited_for_1_s_at_most),
		cmocka_unit_test(
			bye_is_answered_after_all_earlier_requests_and_what_follows_is_discarded),
		cmocka_unit_test(bye_waits_10_s_at_most_for_a_verdict_that_never_comes),
		cmocka_unit_test(a_half_closed_client_leaves_at_once_and_still_gets_its_answers),
		cmocka_unit_test(what_a_client_has_not_acknowledged_when_it_goes_is_gone),
		cmocka_unit_test(at_shutdown_open_requests_are_answered_then_bye_then_the_end),
		cmocka_unit_test(at_shutdown_a_client_that_reads_nothing_is_left_after_5_s),
		cmocka_unit_test(one_silence_gets_one_ping_whatever_else_is_due_in_between),
		cmocka_unit_test(a_session_that_ends_with_frames_waiting_is_forgotten_whole),
		cmocka_unit_test(at_shutdown_a_request_whose_verdict_is_still_away_is_answered_too),
		cmocka_unit_test(behind_the_error_nothing_is_said_any_more),
		cmocka_unit_test(a_verdict_that_got_lost_is_made_up_for_after_15_s_and_not_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
