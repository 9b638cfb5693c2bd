/* Broken rules, and frames that come in pieces. */
#include "relay_server/session.h"

#include <string.h>

#include "support/scene.h"

static void what_no_client_may_send_ends_the_connection_with_its_status(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum relay_status status;
	} rows[] = {
		{ "X", 1, RELAY_STATUS_MALFORMED }, /* no magic */
		{ "WX", 2, RELAY_STATUS_MALFORMED },
		{ "WT\2", 3, RELAY_STATUS_UNSUPPORTED },                  /* version 2 */
		{ "WT\1\0", 4, RELAY_STATUS_MALFORMED },                  /* kind 0 */
		{ "WT\1\5", 4, RELAY_STATUS_MALFORMED },                  /* kind 5 */
		{ "WT\1\2", 4, RELAY_STATUS_MALFORMED },                  /* a response */
		{ "WT\1\3", 4, RELAY_STATUS_MALFORMED },                  /* an indication */
		{ "WT\1\1\0\2\0\0\0\0\0\0", 12, RELAY_STATUS_MALFORMED }, /* a request with id 0 */
		{ "WT\1\1\0\2\0\0\0\0\0\1\0\1\0\1", 16, RELAY_STATUS_TOO_LARGE },
		{ "WT\1\4\0\5\0\0\0\0\0\1\0\1\0\1", 16, RELAY_STATUS_TOO_LARGE },
		/* an acknowledgement of 5 through 4 */
		{ "WT\1\4\0\5\0\0\0\0\0\5\0\0\0\12\0\17\0\0\0\4\0\0\0\4", 26,
		  RELAY_STATUS_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene;

		scene_init(&scene);
		server_core_say(scene.ann, rows[i].bytes, rows[i].length);
		settle(&scene);
		hears_the_end(&scene, scene.ann, rows[i].status);
		server_core_say_bare(scene.core, scene.bob, RELAY_REQUEST, RELAY_TYPE_TIME, 1);
		settle(&scene);
		hears(&scene, scene.bob, RELAY_RESPONSE, RELAY_TYPE_TIME, 1, RELAY_STATUS_OK);
		scene_finish(&scene);
	}
}

static void a_header_that_is_still_good_is_waited_for(void **state)
{
	static const char request[] = "WT\1\1\0\2\0\0\0\0\0\1\0\0\0"; /* and one more 0: TIME */
	struct scene scene;

	(void)state;
	for (size_t length = 0; length < sizeof(request); length++) {
		scene_init(&scene);
		server_core_say(scene.ann, request, length);
		settle(&scene);
		hears_nothing(&scene, scene.ann);
		server_core_say(scene.ann, request + length, sizeof(request) - length);
		settle(&scene);
		hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_TIME, 1, RELAY_STATUS_OK);
		hears_nothing(&scene, scene.ann);
		scene_finish(&scene);
	}
}

static void a_malformed_body_ends_only_its_request(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_SEND, 1);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_ERROR, 2);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, 999, 3);
	server_core_say_bare(scene.core, scene.ann, RELAY_ACKNOWLEDGEMENT, 999, 4);
	server_core_say_bare(scene.core, scene.ann, RELAY_REQUEST, RELAY_TYPE_PING, 5);
	settle(&scene);
	hears_answer(&scene, 1, RELAY_STATUS_MALFORMED);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_ERROR, 2, RELAY_STATUS_UNSUPPORTED);
	hears(&scene, scene.ann, RELAY_RESPONSE, 999, 3, RELAY_STATUS_UNSUPPORTED);
	hears(&scene, scene.ann, RELAY_RESPONSE, RELAY_TYPE_PING, 5, RELAY_STATUS_OK);
	hears_nothing(&scene, scene.ann);
	scene_finish(&scene);
}

/* What one client says in all; its SENDs go to itself, so that it knows the ids to acknowledge. */
static size_t write_conversation(struct scene *scene, uint8_t *out, const char *tail,
				 size_t tail_length)
{
	struct server_client *ann = scene->ann;
	struct byte_writer *writer;
	size_t length;

	writer = server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_HELLO, 1);
	relay_put_text(writer, RELAY_FIELD_NAME, "ann");
	server_core_end(scene->core, ann);
	writer = server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_JOIN, 2);
	relay_put_text(writer, RELAY_FIELD_TO_ROOM, "tea");
	server_core_end(scene->core, ann);
	order(scene, 3, ann->number, "to myself", an_id);
	order(scene, 4, ann->number, "to myself, once more", NULL);
	order(scene, 5, scene->bob->number, "to bob", NULL);
	order(scene, 6, 99, "to nobody", NULL);
	server_core_say_bare(scene->core, ann, RELAY_REQUEST, RELAY_TYPE_LIST, 7);
	server_core_say_bare(scene->core, ann, RELAY_REQUEST, RELAY_TYPE_SEND, 8);
	writer = server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_PING, 9);
	relay_put_text(writer, RELAY_FIELD_DATA, "WT\1 looks like a header");
	server_core_end(scene->core, ann);
	server_core_say_bare(scene->core, ann, RELAY_REQUEST, RELAY_TYPE_ROOMS, 10);
	/* Last, for what is answered at once may overtake answers that are gathered. */
	acknowledge(scene, ann, 1, 2);
	server_core_say(ann, tail, tail_length);

	length = byte_queue_length(&ann->said);
	memcpy(out, byte_queue_bytes(&ann->said), length);
	byte_queue_drop(&ann->said, length);
	return length;
}

#define CONVERSATION_MAX_BYTES 4096u

struct outcome {
	uint8_t ann[CONVERSATION_MAX_BYTES];
	uint8_t bob[CONVERSATION_MAX_BYTES];
	size_t ann_length;
	size_t bob_length;
};

/* Says it in two pieces, each in reads of at most read_max bytes. */
static void converse(const char *tail, size_t tail_length, size_t cut, size_t read_max,
		     struct outcome *out, size_t *length)
{
	uint8_t bytes[CONVERSATION_MAX_BYTES];
	struct scene scene;

	scene_init(&scene);
	*length = write_conversation(&scene, bytes, tail, tail_length);
	scene.ann->read_max = read_max;
	server_core_say(scene.ann, bytes, cut);
	settle(&scene);
	server_core_say(scene.ann, bytes + cut, *length - cut);
	settle(&scene);
	assert_true(scene.ann->finished);
	scene.bob->hung_up = true;
	settle(&scene);
	out->ann_length = byte_queue_length(&scene.ann->heard);
	out->bob_length = byte_queue_length(&scene.bob->heard);
	assert_true(out->ann_length > 300 && out->ann_length <= sizeof(out->ann));
	assert_true(out->bob_length > 50 && out->bob_length <= sizeof(out->bob));
	memcpy(out->ann, byte_queue_bytes(&scene.ann->heard), out->ann_length);
	memcpy(out->bob, byte_queue_bytes(&scene.bob->heard), out->bob_length);
	scene_finish(&scene);
}

static void assert_same_outcome(const struct outcome *outcome, const struct outcome *whole)
{
	assert_int_equal(outcome->ann_length, whole->ann_length);
	assert_int_equal(outcome->bob_length, whole->bob_length);
	assert_memory_equal(outcome->ann, whole->ann, whole->ann_length);
	assert_memory_equal(outcome->bob, whole->bob, whole->bob_length);
}

static void wherever_a_conversation_is_cut_the_server_says_the_same(void **state)
{
	struct outcome whole;
	size_t length;

	(void)state;
	converse("WT\2", 3, 0, SIZE_MAX, &whole, &length);
	for (size_t cut = 0; cut <= length; cut++) {
		struct outcome outcome;

		converse("WT\2", 3, cut, SIZE_MAX, &outcome, &length);
		assert_same_outcome(&outcome, &whole);
	}
}

static void read_a_few_bytes_at_a_time_the_server_says_the_same(void **state)
{
	struct outcome whole;
	size_t length;

	(void)state;
	converse("WX", 2, 0, SIZE_MAX, &whole, &length);
	for (size_t read_max = 1; read_max <= 40; read_max++) {
		struct outcome outcome;

		converse("WX", 2, 0, read_max, &outcome, &length);
		assert_same_outcome(&outcome, &whole);
	}
}

static void a_large_frame_in_small_pieces_is_put_together_and_its_memory_given_back(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct scene scene;

	(void)state;
	config.max_body_bytes = RELAY_BODY_MAX_BYTES;
	scene_start(&scene, &config, 0);
	scene.ann->read_max = 5000;
	/* As large as LIMIT allows: a field of 4 and one of the rest, with their headers. */
	order_bytes(&scene, 1, scene.bob->number, RELAY_BODY_MAX_BYTES - 10 - 6);
	order_bytes(&scene, 2, scene.bob->number, RELAY_BODY_MAX_BYTES - 10 - 6 + 1);
	for (unsigned turns = 0; turns < 100; turns++)
		server_core_turn(scene.core);
	assert_true(scene.ann->session->stash_length >= 490000);
	assert_true(scene.ann->session->stash_capacity < 2 * scene.ann->session->stash_length);
	settle(&scene);
	hears(&scene, scene.bob, RELAY_INDICATION, RELAY_TYPE_SEND, 1, RELAY_STATUS_OK);
	assert_int_equal(scene.said.data.length, RELAY_BODY_MAX_BYTES - 10 - 6);
	hears(&scene, scene.ann, RELAY_INDICATION, RELAY_TYPE_ERROR, 0, RELAY_STATUS_TOO_LARGE);
	assert_null(scene.ann->session->stash);
	scene_finish(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_client_may_send_ends_the_connection_with_its_status),
		cmocka_unit_test(a_header_that_is_still_good_is_waited_for),
		cmocka_unit_test(a_malformed_body_ends_only_its_request),
		cmocka_unit_test(wherever_a_conversation_is_cut_the_server_says_the_same),
		cmocka_unit_test(read_a_few_bytes_at_a_time_the_server_says_the_same),
		cmocka_unit_test(
			a_large_frame_in_small_pieces_is_put_together_and_its_memory_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
