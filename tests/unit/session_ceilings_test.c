/* What the session core holds at most, and what happens beyond. */
#include "relay_server/session.h"

#include <string.h>

#include "relay_server/server_limits.h"

#include "support/scene.h"

static void a_queue_of_256_kib_is_busy_and_one_below_is_not(void **state)
{
	uint32_t id = 0;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.bob->window = 0;
	do {
		order_bytes(&scene, ++id, scene.bob->number, 3000);
		settle(&scene);
	} while (!hear(&scene, scene.ann) && id < 1000);
	assert_int_equal(scene.frame.id, id);
	assert_int_equal(scene.frame.status, RELAY_STATUS_BUSY);
	/* It was the first of those that found the ceiling reached. */
	assert_true(scene.bob->session->out.bytes >= RELAY_QUEUE_BUSY_BYTES);
	assert_true(scene.bob->session->out.bytes < RELAY_QUEUE_BUSY_BYTES + 3100);

	/* Exactly at the ceiling, and one byte below it. */
	scene.bob->window = scene.bob->session->out.bytes - RELAY_QUEUE_BUSY_BYTES;
	settle(&scene);
	assert_int_equal(scene.bob->session->out.bytes, RELAY_QUEUE_BUSY_BYTES);
	order(&scene, 2000, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_answer(&scene, 2000, RELAY_STATUS_BUSY);
	scene.bob->window = 1;
	settle(&scene);
	order(&scene, 2001, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_nothing(&scene, scene.ann);

	/* What was queued is what arrives. */
	scene.bob->window = SIZE_MAX;
	settle(&scene);
	for (uint32_t i = 1; i < id; i++) {
		hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_SEND, i, RELAY_STATUS_OK);
		assert_int_equal(scene.said.data.length, 3000);
		assert_int_equal(scene.said.data.bytes[2999], 'x');
	}
	hears_message(&scene, scene.bob, id, "x");
	hears_nothing(&scene, scene.bob);
	assert_null(scene.bob->session->out.first);
	scene_finish(&scene);
}

static void a_queue_of_1_mib_is_kept_and_one_byte_more_cuts_the_client_off(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.ann->window = 0;
	queue_bytes(scene.ann, RELAY_QUEUE_MAX_BYTES);
	settle(&scene);
	assert_non_null(scene.ann->session);
	queue_bytes(scene.ann, 1);
	settle(&scene);
	assert_null(scene.ann->session);
	scene_finish(&scene);
}

static void what_does_not_shrink_for_10_s_cuts_the_client_off(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.ann->window = 0;
	scene.bob->window = 0;
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	server_core_say_bare(scene.core, scene.bob, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	wait_ms(&scene, 5000);
	/* Bytes that came later do not make the earlier ones younger. */
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, 2);
	server_core_say_bare(scene.core, scene.bob, RELAY_REQUEST, RELAY_TYPE_PING, 2);
	wait_ms(&scene, 4999);
	scene.bob->window = 16; /* the first answer: all that waited 10 s */
	settle(&scene);
	assert_non_null(scene.ann->session);
	wait_ms(&scene, 1);
	assert_null(scene.ann->session);
	assert_non_null(scene.bob->session);
	wait_ms(&scene, 9998);
	assert_non_null(scene.bob->session);
	wait_ms(&scene, 1);
	assert_null(scene.bob->session);
	scene_finish(&scene);
}

static void who_does_not_read_its_answers_is_not_read_from_and_loses_none(void **state)
{
	enum { PINGS = 100, DATA = 10000 };
	static const uint8_t data[DATA];
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.ann->window = 0;
	for (uint32_t i = 1; i <= PINGS; i++) {
		struct byte_writer *writer =
			server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_PING, i);

		relay_put_bytes(writer, RELAY_FIELD_DATA, data, DATA);
		server_core_end(scene.core, scene.ann);
	}
	settle(&scene);
	assert_true(scene.ann->session->paused);
	assert_true(scene.ann->session->out.bytes > RELAY_QUEUE_PAUSE_BYTES);
	assert_true(scene.ann->session->out.bytes < RELAY_QUEUE_PAUSE_BYTES + DATA + 100);
	assert_true(byte_queue_length(&scene.ann->said) > 0);
	/* It goes on at half of that, not at the first byte. */
	scene.ann->window = scene.ann->session->out.bytes - RELAY_QUEUE_BUSY_BYTES;
	settle(&scene);
	assert_true(scene.ann->session->paused);
	scene.ann->window = SIZE_MAX;
	settle(&scene);
	for (uint32_t i = 1; i <= PINGS; i++) {
		hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_PING, i, RELAY_STATUS_OK);
		assert_int_equal(scene.said.data.length, DATA);
	}
	hears_nothing(&scene, scene.ann);
	assert_false(scene.ann->session->paused);
	scene_finish(&scene);
}

static void requests_by_the_thousand_are_served_in_turns_and_others_in_between(void **state)
{
	enum { REQUESTS = 3 * RELAY_TURN_WORK };
	struct scene scene;
	size_t answered;

	(void)state;
	scene_init(&scene);
	for (uint32_t i = 1; i <= REQUESTS; i++)
		server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, i);
	server_core_say_bare(scene.core, scene.bob, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	server_core_turn(scene.core);
	answered = byte_queue_length(&scene.ann->heard) / RELAY_FRAME_HEADER_BYTES;
	assert_true(answered >= RELAY_TURN_WORK && answered < 2 * RELAY_TURN_WORK);
	hears(&scene, scene.bob, RELAY_RESPONSE, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);
	/* Its end waits behind what it said before. */
	scene.ann->hung_up = true;
	settle(&scene);
	for (uint32_t i = 1; i <= REQUESTS; i++)
		hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_PING, i, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.ann);
	assert_null(scene.ann->session);
	scene_finish(&scene);
}

static void the_4097th_unacknowledged_message_is_busy(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	for (uint32_t i = 1; i <= RELAY_UNACKNOWLEDGED_MAX + 1; i++)
		order(&scene, i, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_answer(&scene, RELAY_UNACKNOWLEDGED_MAX + 1, RELAY_STATUS_BUSY);
	hears_nothing(&scene, scene.ann);
	acknowledge(&scene, scene.bob, 2000, 2000); /* one in the middle */
	settle(&scene);
	hears_delivered(&scene, 2000, 2000);
	order(&scene, 5000, scene.bob->number, "x", NULL);
	order(&scene, 5001, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_answer(&scene, 5001, RELAY_STATUS_BUSY);
	hears_nothing(&scene, scene.ann);
	acknowledge(&scene, scene.bob, 1, UINT32_MAX);
	settle(&scene);
	hears_delivered(&scene, 1, 1999);
	hears_delivered(&scene, 2001, 4096);
	hears_delivered(&scene, 5000, 5000);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void one_client_may_have_16384_sends_open_and_no_more(void **state)
{
	struct server_client *others[4];
	struct scene scene;
	uint32_t id = 0;

	(void)state;
	scene_init(&scene);
	for (size_t i = 0; i < 4; i++) {
		others[i] = server_core_connect(scene.core, 0, false);
		for (unsigned j = 0; j < RELAY_UNACKNOWLEDGED_MAX; j++)
			order(&scene, ++id, others[i]->number, "x", NULL);
	}
	assert_int_equal(id, RELAY_OPEN_SENDS_MAX);
	settle(&scene);
	hears_nothing(&scene, scene.ann);
	order(&scene, ++id, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_answer(&scene, id, RELAY_STATUS_BUSY);
	hears_nothing(&scene, scene.bob);
	acknowledge(&scene, others[3], 1, 1);
	settle(&scene);
	order(&scene, ++id, scene.bob->number, "x", NULL);
	settle(&scene);
	hears_message(&scene, scene.bob, 1, "x");
	scene_finish(&scene);
}

static void when_message_numbers_are_used_up_the_client_must_connect_again(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.bob->session->last_send_id = UINT32_MAX - 1;
	order(&scene, 1, scene.bob->number, "the last", NULL);
	settle(&scene);
	hears_message(&scene, scene.bob, UINT32_MAX, "the last");
	acknowledge(&scene, scene.bob, UINT32_MAX, UINT32_MAX);
	settle(&scene);
	hears_delivered(&scene, 1, 1);
	order(&scene, 2, scene.bob->number, "one more", NULL);
	settle(&scene);
	hears_answer(&scene, 2, RELAY_STATUS_GONE);
	assert_null(scene.bob->session);
	scene_finish(&scene);
}

static void a_rate_refuses_what_is_over_it_and_says_how_long_to_wait(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct scene scene;

	(void)state;
	config.rate = 10;
	scene_start(&scene, &config, 0);
	for (uint32_t i = 1; i <= 11; i++)
		server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_LEAVE, i);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, 12);
	settle(&scene);
	/* A malformed request costs nothing; ten good ones are what one second gives. */
	for (uint32_t i = 1; i <= 11; i++)
		hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_LEAVE, i,
		      RELAY_STATUS_MALFORMED);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_PING, 12, RELAY_STATUS_OK);
	for (uint32_t i = 1; i <= 11; i++)
		server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_NAME, i);
	settle(&scene);
	for (uint32_t i = 1; i <= 10; i++)
		hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, i, RELAY_STATUS_OK);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 11, RELAY_STATUS_RATE_LIMITED);
	assert_true(relay_message_has(&scene.said, RELAY_FIELD_RETRY_AFTER));
	assert_int_equal(scene.said.retry_after_ms, 100);
	wait_ms(&scene, 99);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_NAME, 20);
	settle(&scene);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 20, RELAY_STATUS_RATE_LIMITED);
	assert_int_equal(scene.said.retry_after_ms, 1);
	wait_ms(&scene, 1);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_NAME, 21);
	settle(&scene);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 21, RELAY_STATUS_OK);

	/* Time without requests saves up no more than one second gives. */
	wait_ms(&scene, 20000);
	for (uint32_t i = 1; i <= 11; i++)
		server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_NAME, i);
	settle(&scene);
	for (uint32_t i = 1; i <= 10; i++)
		hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, i, RELAY_STATUS_OK);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 11, RELAY_STATUS_RATE_LIMITED);
	scene_finish(&scene);
}

static void at_the_pause_limit_the_largest_answer_still_finds_room(void **state)
{
	struct relay_server_config config = server_core_usual();
	static const uint8_t data[RELAY_BODY_MAX_BYTES - RELAY_FIELD_HEADER_BYTES];
	struct byte_writer *writer;
	struct scene scene;

	(void)state;
	config.max_body_bytes = RELAY_BODY_MAX_BYTES;
	scene_start(&scene, &config, 0);
	scene.ann->window = 0;
	queue_bytes(scene.ann, RELAY_QUEUE_PAUSE_BYTES);
	writer = server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	relay_put_bytes(writer, RELAY_FIELD_DATA, data, sizeof(data));
	server_core_end(scene.core, scene.ann);
	settle(&scene);
	assert_non_null(scene.ann->session);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_of_256_kib_is_busy_and_one_below_is_not),
		cmocka_unit_test(a_queue_of_1_mib_is_kept_and_one_byte_more_cuts_the_client_off),
		cmocka_unit_test(what_does_not_shrink_for_10_s_cuts_the_client_off),
		cmocka_unit_test(who_does_not_read_its_answers_is_not_read_from_and_loses_none),
		cmocka_unit_test(
			requests_by_the_thousand_are_served_in_turns_and_others_in_between),
		cmocka_unit_test(the_4097th_unacknowledged_message_is_busy),
		cmocka_unit_test(one_client_may_have_16384_sends_open_and_no_more),
		cmocka_unit_test(when_message_numbers_are_used_up_the_client_must_connect_again),
		cmocka_unit_test(a_rate_refuses_what_is_over_it_and_says_how_long_to_wait),
		cmocka_unit_test(at_the_pause_limit_the_largest_answer_still_finds_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
