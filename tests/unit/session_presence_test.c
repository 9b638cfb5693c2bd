/* Watchers, and names that change. */
#include "relay_server/session.h"

#include <string.h>

#include "relay_server/server_limits.h"

#include "support/scene.h"

static void say_watch(struct scene *scene, struct server_client *client, uint8_t flag)
{
	struct byte_writer *writer =
		server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_WATCH, 1);

	relay_put_u8(writer, RELAY_FIELD_FLAG, flag);
	server_core_end(scene->core, client);
	settle(scene);
	hears(scene, client, RELAY_RESPONSE, RELAY_TYPE_WATCH, 1, RELAY_STATUS_OK);
}

static void a_watcher_hears_of_others_and_never_of_itself(void **state)
{
	struct server_client *carl;
	struct byte_writer *writer;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	say_watch(&scene, scene.bob, 1);
	hears_nothing(&scene, scene.bob);
	carl = server_core_connect(scene.core, 0, false);
	settle(&scene);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	assert_int_equal(scene.said.flag, 1);
	for (size_t i = 0; i < 2; i++) {
		writer = server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_HELLO, 9);
		relay_put_text(writer, RELAY_FIELD_NAME, i == 0 ? "bob" : "carl");
		server_core_end(scene.core, i == 0 ? scene.bob : carl);
	}
	settle(&scene);
	hears(&scene, scene.bob, RELAY_RESPONSE, RELAY_TYPE_HELLO, 9, RELAY_STATUS_OK);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	assert_int_equal(scene.said.flag, 1);
	hears_nothing(&scene, scene.bob);
	carl->hung_up = true;
	settle(&scene);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	assert_int_equal(scene.said.flag, 0);
	say_watch(&scene, scene.bob, 0);
	(void)server_core_connect(scene.core, 0, false);
	settle(&scene);
	hears_nothing(&scene, scene.bob);
	scene_finish(&scene);
}

static void a_watcher_whose_queue_is_full_is_closed_with_busy(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	say_watch(&scene, scene.bob, 1);
	scene.bob->window = 0;
	queue_bytes(scene.bob, RELAY_QUEUE_BUSY_BYTES - 1);
	(void)server_core_connect(scene.core, 0, false); /* still finds room */
	settle(&scene);
	assert_int_equal(scene.bob->session->state, SESSION_OPEN);
	(void)server_core_connect(scene.core, 0, false);
	settle(&scene);
	assert_int_equal(scene.bob->session->state, SESSION_CLOSING);
	scene.bob->window = RELAY_QUEUE_BUSY_BYTES - 1;
	settle(&scene);
	server_core_forget(scene.bob);
	scene.bob->window = SIZE_MAX;
	settle(&scene);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	hears_the_end(&scene, scene.bob, RELAY_STATUS_BUSY);
	scene_finish(&scene);
}

/* Worse than no news is to believe that there was none. */
static void watchers_that_could_not_be_told_for_want_of_memory_are_closed(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct scene scene;

	(void)state;
	config.workers = 2;
	scene_start(&scene, &config, 1);
	say_watch(&scene, scene.bob, 1);
	/* What ann's worker does when it can't add the news to the outbox. */
	atomic_store(&scene.bob->worker->watchers_missed, true);
	settle(&scene);
	hears_the_end(&scene, scene.bob, RELAY_STATUS_BUSY);
	assert_false(atomic_load(&scene.bob->worker->watchers_missed));
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

static void taking_the_name_that_one_has_is_no_news_to_watchers(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	say_watch(&scene, scene.bob, 1);
	for (uint32_t i = 1; i <= 2; i++) {
		struct byte_writer *writer =
			server_core_begin(scene.core, RELAY_REQUEST, RELAY_TYPE_HELLO, i);

		relay_put_text(writer, RELAY_FIELD_NAME, "ann");
		server_core_end(scene.core, scene.ann);
	}
	settle(&scene);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.bob);
	scene_finish(&scene);
}

static void take_name(struct scene *scene, struct server_client *client, uint32_t id,
		      const char *name)
{
	struct byte_writer *writer =
		server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_HELLO, id);

	relay_put_text(writer, RELAY_FIELD_NAME, name);
	server_core_end(scene->core, client);
	settle(scene);
	hears(scene, client, RELAY_RESPONSE, RELAY_TYPE_HELLO, id, RELAY_STATUS_OK);
}

/* The FROM of a sender is kept between its messages: not longer than it is true. */
static void each_message_says_the_name_that_its_sender_has_then(void **state)
{
	static const char *const names[] = { NULL, "ann", "anna" };
	struct scene scene;

	(void)state;
	scene_init(&scene);
	for (uint32_t i = 0; i < 3; i++) {
		if (names[i])
			take_name(&scene, scene.ann, 100 + i, names[i]);
		for (uint32_t again = 1; again <= 2; again++) {
			uint32_t id = 2 * i + again;

			order(&scene, id, scene.bob->number, "x", NULL);
			settle(&scene);
			hears_message(&scene, scene.bob, id, "x");
			assert_int_equal(scene.said.from.number, scene.ann->number);
			assert_int_equal(scene.said.from.name.length,
					 names[i] ? strlen(names[i]) : 0);
			if (names[i])
				assert_memory_equal(scene.said.from.name.bytes, names[i],
						    strlen(names[i]));
		}
	}
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_watcher_hears_of_others_and_never_of_itself),
		cmocka_unit_test(a_watcher_whose_queue_is_full_is_closed_with_busy),
		cmocka_unit_test(watchers_that_could_not_be_told_for_want_of_memory_are_closed),
		cmocka_unit_test(taking_the_name_that_one_has_is_no_news_to_watchers),
		cmocka_unit_test(each_message_says_the_name_that_its_sender_has_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
