/*
 * The scene of most tests of the session core: a server without sockets, two clients that say
 * what they are told to, and what the server answers them. All calls fail the test where what they
 * expect does not hold.
 */
#ifndef WIRETALE_TESTS_SUPPORT_SCENE_H
#define WIRETALE_TESTS_SUPPORT_SCENE_H

#include "support/unit_test.h"

#include "support/server_core.h"

/* Two clients, ann and bob, of one server; the last frame that one of them was sent. */
struct scene {
	struct server_core *core;
	struct server_client *ann;
	struct server_client *bob;
	struct relay_frame frame;
	struct relay_message said;
};

extern const uint8_t an_id[RELAY_MESSAGE_ID_BYTES];

void scene_start(struct scene *scene, const struct relay_server_config *config,
		 unsigned worker_of_bob);
void scene_init(struct scene *scene);
void scene_finish(struct scene *scene);
/* ann asks for a message to a number; message_id may be NULL. */
void order(struct scene *scene, uint32_t id, uint32_t to, const char *data,
	   const uint8_t *message_id);
void order_bytes(struct scene *scene, uint32_t id, uint32_t to, size_t length);
void acknowledge(struct scene *scene, struct server_client *client, uint32_t id, uint32_t through);
void settle(struct scene *scene);
void wait_ms(struct scene *scene, uint64_t ms);
bool hear(struct scene *scene, struct server_client *client);
void hears_nothing(struct scene *scene, struct server_client *client);
void hears(struct scene *scene, struct server_client *client, enum relay_kind kind, uint16_t type,
	   uint32_t id, enum relay_status status);
void hears_answer(struct scene *scene, uint32_t id, enum relay_status status);
/* The answer for the ids from one to another: with THROUGH, but for one alone. */
void hears_delivered(struct scene *scene, uint32_t id, uint32_t through);
void hears_message(struct scene *scene, struct server_client *client, uint32_t id,
		   const char *data);
/* The server's last word, its FIN behind it, and nothing more. */
void hears_the_end(struct scene *scene, struct server_client *client, enum relay_status status);

/* Queues so many bytes for a session, as if they were answers. */
void queue_bytes(struct server_client *client, size_t length);

#endif
