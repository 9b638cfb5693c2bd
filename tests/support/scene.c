#include "support/scene.h"

#include <string.h>

void scene_start(struct scene *scene, const struct relay_server_config *config,
		 unsigned worker_of_bob)
{
	scene->core = server_core_create(config);
	scene->ann = server_core_connect(scene->core, 0, false);
	scene->bob = server_core_connect(scene->core, worker_of_bob, false);
	assert_non_null(scene->ann);
	assert_non_null(scene->bob);
	assert_true(server_core_settle(scene->core));
	server_core_forget(scene->ann);
	server_core_forget(scene->bob);
}

void scene_init(struct scene *scene)
{
	struct relay_server_config config = server_core_usual();

	scene_start(scene, &config, 0);
}

void scene_finish(struct scene *scene)
{
	server_core_destroy(scene->core);
}

const uint8_t an_id[RELAY_MESSAGE_ID_BYTES] = "0123456789abcdef";

void order(struct scene *scene, uint32_t id, uint32_t to, const char *data,
	   const uint8_t *message_id)
{
	struct byte_writer *writer =
		server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_SEND, id);

	relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, to);
	relay_put_text(writer, RELAY_FIELD_DATA, data);
	if (message_id)
		relay_put_bytes(writer, RELAY_FIELD_MESSAGE_ID, message_id, RELAY_MESSAGE_ID_BYTES);
	server_core_end(scene->core, scene->ann);
}

void order_bytes(struct scene *scene, uint32_t id, uint32_t to, size_t length)
{
	struct byte_writer *writer =
		server_core_begin(scene->core, RELAY_REQUEST, RELAY_TYPE_SEND, id);

	relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, to);
	memset(relay_put_field(writer, RELAY_FIELD_DATA, length), 'x', length);
	server_core_end(scene->core, scene->ann);
}

void acknowledge(struct scene *scene, struct server_client *client, uint32_t id, uint32_t through)
{
	struct byte_writer *writer =
		server_core_begin(scene->core, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, id);

	if (through != id)
		relay_put_u32(writer, RELAY_FIELD_THROUGH, through);
	server_core_end(scene->core, client);
}

void settle(struct scene *scene)
{
	assert_true(server_core_settle(scene->core));
}

void wait_ms(struct scene *scene, uint64_t ms)
{
	assert_true(server_core_wait(scene->core, ms));
}

bool hear(struct scene *scene, struct server_client *client)
{
	return server_core_hear(client, &scene->frame, &scene->said);
}

void hears_nothing(struct scene *scene, struct server_client *client)
{
	assert_false(hear(scene, client));
	assert_int_equal(byte_queue_length(&client->heard), 0);
}

void hears(struct scene *scene, struct server_client *client, enum relay_kind kind, uint16_t type,
	   uint32_t id, enum relay_status status)
{
	assert_true(hear(scene, client));
	assert_int_equal(scene->frame.kind, kind);
	assert_int_equal(scene->frame.type, type);
	assert_int_equal(scene->frame.id, id);
	assert_int_equal(scene->frame.status, status);
}

void hears_answer(struct scene *scene, uint32_t id, enum relay_status status)
{
	hears(scene, scene->ann, RELAY_RESPONSE, RELAY_TYPE_SEND, id, status);
}

void hears_delivered(struct scene *scene, uint32_t id, uint32_t through)
{
	hears_answer(scene, id, RELAY_STATUS_OK);
	assert_int_equal(scene->said.outcome, RELAY_OUTCOME_DELIVERED);
	if (through == id) {
		assert_false(relay_message_has(&scene->said, RELAY_FIELD_THROUGH));
		return;
	}
	assert_true(relay_message_has(&scene->said, RELAY_FIELD_THROUGH));
	assert_int_equal(scene->said.through, through);
}

void hears_message(struct scene *scene, struct server_client *client, uint32_t id, const char *data)
{
	hears(scene, client, RELAY_INDICATION, RELAY_TYPE_SEND, id, RELAY_STATUS_OK);
	assert_int_equal(scene->said.data.length, strlen(data));
	assert_memory_equal(scene->said.data.bytes, data, strlen(data));
}

void hears_the_end(struct scene *scene, struct server_client *client, enum relay_status status)
{
	hears(scene, client, RELAY_INDICATION, RELAY_TYPE_ERROR, 0, status);
	hears_nothing(scene, client);
	assert_true(client->finished);
}

void queue_bytes(struct server_client *client, size_t length)
{
	struct byte_writer writer = session_writer(client->session, length);

	memset(byte_writer_room(&writer, length), 'q', length);
	session_commit(client->worker, client->session, &writer);
}
