/*
 * The client library as programs use it, against a server of the test's own: a thread with
 * plain sockets that follows a script. Most claims are tried without and with the library's
 * thread. Deadlines are there only to fail; nothing sleeps to wait.
 */
#include "support/unit_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "relay_client/client_internal.h"
#include "support/server_script.h"
#include "wiretale/client.h"

#define WITHIN_MS 20000

/* --- The server --- */

struct server;
typedef void serve_function(struct server *server, int socket_fd);

struct server {
	int listener;
	char address[32]; /* for wt_connect() */
	pthread_t thread;
	serve_function *const *scripts; /* one for each connection, NULL at the end */
	atomic_int served;
	struct script script;
	uint8_t bytes[1200000]; /* what was received and not looked at yet */
	size_t length;
	struct relay_frame frame; /* the last that was heard, in heard_bytes */
	struct relay_message heard;
	uint8_t heard_bytes[1200000];
	uint8_t message_id[16];
	uint32_t messages; /* to be sent by a script */
	bool failed;       /* asserting in another thread would not end the test */
};

static void write_all(struct server *server, int socket_fd)
{
	const uint8_t *next = server->script.bytes;
	size_t left = server->script.writer.length;

	while (left > 0) {
		ssize_t sent = send(socket_fd, next, left, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		next += sent;
		left -= (size_t)sent;
	}
	script_start(&server->script);
}

/* False: the client is gone, or silent for too long. */
static bool hear(struct server *server, int socket_fd)
{
	size_t size = 0;

	while (relay_frame_decode(server->bytes, server->length, RELAY_BODY_MAX_BYTES,
				  &server->frame, &size) != RELAY_FRAME_OK) {
		ssize_t received = recv(socket_fd, server->bytes + server->length,
					sizeof(server->bytes) - server->length, 0);

		if (received <= 0)
			return false;
		server->length += (size_t)received;
	}
	memcpy(server->heard_bytes, server->frame.body, server->frame.length);
	server->frame.body = server->heard_bytes;
	server->length -= size;
	memmove(server->bytes, server->bytes + size, server->length);
	return relay_message_decode(&server->frame, &server->heard, NULL) == RELAY_MESSAGE_OK;
}

static bool expect_heard(struct server *server, int socket_fd, enum relay_kind kind,
			 enum relay_type type)
{
	if (hear(server, socket_fd) && server->frame.kind == kind && server->frame.type == type)
		return true;
	server->failed = true;
	return false;
}

static void greet(struct server *server, int socket_fd)
{
	say_hello(&server->script);
	write_all(server, socket_fd);
}

static void answer(struct server *server)
{
	struct script *script = &server->script;
	uint32_t id = server->frame.id;

	switch (server->frame.type) {
	case RELAY_TYPE_TIME:
		say_time(script, id);
		break;
	case RELAY_TYPE_SEND:
		say_delivered(script, id, 0, relay_message_has(&server->heard, 11) ? 2 : 0);
		break;
	case RELAY_TYPE_HELLO:
		say_named(script, id, "bob");
		break;
	case RELAY_TYPE_JOIN:
		say_joined(script, id, 1);
		break;
	case RELAY_TYPE_LIST:
		if (relay_message_has(&server->heard, RELAY_FIELD_CURSOR))
			say_list_page(script, id, 101, 150, NULL);
		else
			say_list_page(script, id, 1, 100, "next");
		break;
	case RELAY_TYPE_PING:
		relay_put_bytes(script_begin(script, RELAY_RESPONSE, RELAY_TYPE_PING, 0, id),
				RELAY_FIELD_DATA, server->heard.data.bytes,
				relay_message_has(&server->heard, RELAY_FIELD_DATA)
					? server->heard.data.length
					: 0);
		script_end(script);
		break;
	default:
		say_bare(script, RELAY_RESPONSE, server->frame.type, id);
		break;
	}
}

/* Answers all requests until BYE or the end of the stream. */
static void serve_on(struct server *server, int socket_fd)
{
	while (hear(server, socket_fd)) {
		if (server->frame.kind != RELAY_REQUEST)
			continue;
		answer(server);
		if (server->length == 0 || server->script.writer.length > SCRIPT_MAX_BYTES / 2)
			write_all(server, socket_fd);
		if (server->frame.type == RELAY_TYPE_BYE)
			return;
	}
}

static void serve_all(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	serve_on(server, socket_fd);
}

static void *serve(void *argument)
{
	struct server *server = argument;
	const struct timeval patience = { .tv_sec = WITHIN_MS / 1000 };

	for (serve_function *const *script = server->scripts; *script; script++) {
		int socket_fd = accept(server->listener, NULL, NULL);

		if (socket_fd < 0)
			break;
		(void)setsockopt(socket_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		(void)setsockopt(socket_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		server->length = 0;
		script_start(&server->script);
		(*script)(server, socket_fd);
		(void)close(socket_fd);
		atomic_fetch_add(&server->served, 1);
	}
	return NULL;
}

static struct server *server_create(serve_function *const *scripts)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval patience = { .tv_sec = WITHIN_MS / 1000 };
	socklen_t length = sizeof(address);

	assert_non_null(server);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	(void)setsockopt(server->listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 16), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
	(void)snprintf(server->address, sizeof(server->address), "127.0.0.1:%u",
		       (unsigned)ntohs(address.sin_port));
	server->scripts = scripts;
	if (scripts)
		assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	return server;
}

static void server_destroy(struct server *server)
{
	if (server->scripts)
		(void)pthread_join(server->thread, NULL);
	(void)close(server->listener);
	if (server->failed)
		fail_msg("the server heard something else than it waited for");
	free(server);
}

/* --- The client --- */

static struct wt_client *create(const struct wt_options *options, bool threaded)
{
	struct wt_client *client = NULL;

	assert_int_equal(wt_client_create(options, &client), WT_OK);
	if (threaded)
		assert_int_equal(wt_client_start_thread(client), WT_OK);
	return client;
}

static void take(struct wt_client *client, enum wt_event_kind kind, struct wt_event *out)
{
	enum wt_result result = wt_poll(client, WITHIN_MS, out);

	if (result != WT_OK)
		fail_msg("no event: %s", wt_result_text(result));
	assert_int_equal(out->kind, kind);
}

static struct wt_client *create_connected(const struct wt_options *options, bool threaded,
					  struct server *server)
{
	struct wt_client *client = create(options, threaded);
	struct wt_event event;

	if (wt_connect_wait(client, server->address, WITHIN_MS) != WT_OK)
		fail_msg("not connected: %s", wt_error_text(client));
	take(client, WT_EVENT_CONNECTED, &event);
	return client;
}

static const struct wt_message to_three = { .to_number = 3, .data = "hi", .data_bytes = 2 };
static const struct wt_message to_ann = { .to_name = "ann", .data = "hi", .data_bytes = 2 };

/* --- Claims --- */

static serve_function *const one_client[] = { serve_all, NULL };

static void talk(bool threaded)
{
	struct server *server = server_create(one_client);
	struct wt_options options;
	struct wt_client *client;
	struct wt_event event;
	struct wt_info info;
	uint32_t ids[5];

	wt_options_init(&options);
	options.name = "bob";
	client = create_connected(&options, threaded, server);
	wt_get_info(client, &info);
	assert_true(info.connected);
	assert_int_equal(info.number, 7);
	assert_string_equal(info.name, "bob");
	assert_string_equal(info.server, server->address);
	assert_int_equal(info.remote.family, 4);
	assert_int_not_equal(info.local.port, 0);
	assert_int_equal(info.limit_bytes, 65536);

	assert_int_equal(wt_time(client, &ids[0]), WT_OK);
	assert_int_equal(wt_list(client, &ids[1]), WT_OK);
	assert_int_equal(wt_send(client, &to_three, &ids[2]), WT_OK);
	assert_int_equal(wt_ping(client, "abc", 3, &ids[3]), WT_OK);
	assert_int_equal(wt_join(client, "attic", &ids[4]), WT_OK);

	/* one out of turn; the others keep their order */
	assert_int_equal(wt_wait(client, ids[3], WITHIN_MS, &event), WT_OK);
	assert_int_equal(event.as.answer.type, WT_REQUEST_PING);
	assert_memory_equal(event.as.answer.data, "abc", 3);
	take(client, WT_EVENT_ANSWER, &event);
	assert_int_equal(event.request, ids[0]);
	assert_int_equal(event.as.answer.zone_s, 28800);
	assert_true(event.as.answer.elapsed_ns > 0);
	assert_int_equal(wt_wait(client, ids[1], WITHIN_MS, &event), WT_OK);
	assert_int_equal(event.as.answer.count, 150);
	assert_int_equal(event.as.answer.peers[149].number, 150);
	assert_string_equal(event.as.answer.peers[148].name, "odd");
	take(client, WT_EVENT_VERDICT, &event);
	assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_DELIVERED);
	assert_int_equal(wt_wait(client, ids[4], WITHIN_MS, &event), WT_OK);
	assert_int_equal(event.as.answer.count, 1);

	assert_int_equal(wt_wait(client, ids[4], 0, &event), WT_INVALID);
	assert_int_equal(wt_wait(client, 4711, 0, &event), WT_INVALID);
	assert_int_equal(wt_wait(client, 0, 0, &event), WT_INVALID);
	assert_int_equal(wt_poll(client, 0, &event), WT_TIMEOUT);

	assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
	wt_get_info(client, &info);
	assert_false(info.connected);
	take(client, WT_EVENT_DISCONNECTED, &event);
	assert_int_equal(event.as.disconnected.reason, WT_OK);
	assert_int_equal(wt_poll(client, WITHIN_MS, &event), WT_NOT_CONNECTED);
	assert_int_equal(wt_time(client, NULL), WT_NOT_CONNECTED);
	assert_int_not_equal(strlen(wt_error_text(client)), 0);
	assert_int_equal(wt_disconnect(client, 0), WT_NOT_CONNECTED);
	wt_client_destroy(client);
	server_destroy(server);
}

static void a_conversation_works(void **state)
{
	(void)state;
	talk(false);
	talk(true);
}

/* The server hears TIME before the acknowledgement: the message was not done with yet. */
static void serve_one_message(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	say_message(&server->script, 1, NULL, "hello", NULL);
	write_all(server, socket_fd);
	if (!expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_TIME))
		return;
	if (!expect_heard(server, socket_fd, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND))
		return;
	if (server->frame.id != 1 || relay_message_has(&server->heard, RELAY_FIELD_THROUGH))
		server->failed = true;
	say_message(&server->script, 2, NULL, "again", NULL);
	say_time(&server->script, 1);
	write_all(server, socket_fd);
	if (expect_heard(server, socket_fd, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND) &&
	    server->frame.id != 2)
		server->failed = true;
}

static serve_function *const one_message[] = { serve_one_message, NULL };

static void a_message_is_acknowledged_when_the_application_comes_back(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(one_message);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event;
		uint32_t id;

		take(client, WT_EVENT_MESSAGE, &event);
		assert_memory_equal(event.as.message.data, "hello", 5);
		assert_int_equal(wt_time(client, &id), WT_OK);
		wt_process(client);
		/* what was given is still there */
		assert_memory_equal(event.as.message.data, "hello", 5);
		take(client, WT_EVENT_MESSAGE, &event);
		assert_memory_equal(event.as.message.data, "again", 5);
		take(client, WT_EVENT_ANSWER, &event);
		take(client, WT_EVENT_DISCONNECTED, &event);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static void serve_manual(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	for (uint32_t i = 1; i <= 4; i++)
		say_message(&server->script, i, NULL, "hello", NULL);
	write_all(server, socket_fd);
	if (!expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_TIME))
		return;
	if (!expect_heard(server, socket_fd, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND))
		return;
	if (server->frame.id != 1 || server->heard.through != 3)
		server->failed = true;
}

static serve_function *const manual_scripts[] = { serve_manual, NULL };

static void with_manual_acknowledgement_nothing_is_acknowledged_unasked(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(manual_scripts);
		struct wt_options options;
		struct wt_client *client;
		struct wt_event event;

		wt_options_init(&options);
		options.manual_acknowledge = true;
		client = create_connected(&options, threaded, server);
		assert_int_equal(wt_acknowledge(client, 1, false), WT_INVALID);
		for (int i = 0; i < 3; i++)
			take(client, WT_EVENT_MESSAGE, &event);
		assert_int_equal(wt_acknowledge(client, 4, true), WT_INVALID);
		assert_int_equal(wt_time(client, NULL), WT_OK);
		wt_process(client);
		assert_int_equal(wt_acknowledge(client, 3, true), WT_OK);
		take(client, WT_EVENT_MESSAGE, &event);
		take(client, WT_EVENT_ANSWER, &event);
		assert_int_equal(event.as.answer.result, WT_CLOSED);
		take(client, WT_EVENT_DISCONNECTED, &event);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

/* A port where nobody listens. */
static void closed_port(char text[32])
{
	struct server *server = server_create(NULL);

	(void)snprintf(text, 32, "%s", server->address);
	server_destroy(server);
}

static void nobody_there_is_told_with_address_and_reason(void **state)
{
	char address[32];

	(void)state;
	closed_port(address);
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct wt_client *client = create(NULL, threaded);
		struct wt_event event;

		assert_int_equal(wt_connect_wait(client, address, WITHIN_MS), WT_SYSTEM);
		assert_non_null(strstr(wt_error_text(client), address));
		assert_non_null(strstr(wt_error_text(client), "refused"));
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(event.as.disconnected.reason, WT_SYSTEM);
		assert_int_equal(wt_poll(client, 0, &event), WT_NOT_CONNECTED);
		wt_client_destroy(client);
	}
}

static void a_server_that_says_nothing_is_given_up_in_time(void **state)
{
	struct wt_options options;

	(void)state;
	wt_options_init(&options);
	options.connect_timeout_ms = 50;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(NULL); /* the kernel accepts, nobody speaks */
		struct wt_client *client = create(&options, threaded);
		struct wt_event event;

		assert_int_equal(wt_connect_wait(client, server->address, WITHIN_MS), WT_TIMEOUT);
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(event.as.disconnected.reason, WT_TIMEOUT);
		/* and by the caller's own deadline */
		assert_int_equal(wt_connect_wait(client, server->address, 1), WT_TIMEOUT);
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(wt_poll(client, 0, &event), WT_NOT_CONNECTED);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static void bad_arguments_are_refused(void **state)
{
	struct wt_options options;
	struct wt_client *client = NULL;
	struct wt_message message = to_three;

	(void)state;
	wt_options_init(&options);
	options.name = "a\nb";
	assert_int_equal(wt_client_create(&options, &client), WT_INVALID);
	options.name = NULL;
	options.max_in_flight = 65537;
	assert_int_equal(wt_client_create(&options, &client), WT_INVALID);
	options = (struct wt_options){ .size = 8 };
	assert_int_equal(wt_client_create(&options, &client), WT_INVALID);
	options = (struct wt_options){ 0 };
	assert_int_equal(wt_client_create(&options, &client), WT_OK);
	assert_int_equal(wt_connect(client, "host:port"), WT_INVALID);
	assert_int_equal(wt_connect(client, "[::1"), WT_INVALID);
	assert_int_equal(wt_connect(client, "127.0.0.1:0"), WT_INVALID);
	message.to_name = "ann";
	assert_int_equal(wt_send(client, &message, NULL), WT_INVALID);
	message.to_number = 0;
	message.to_name = "";
	assert_int_equal(wt_send(client, &message, NULL), WT_INVALID);
	message.to_name = NULL;
	assert_int_equal(wt_send(client, &message, NULL), WT_INVALID);
	assert_int_equal(wt_join(client, NULL, NULL), WT_INVALID);
	assert_int_equal(wt_set_name(client, "a\x1b[2J", NULL), WT_INVALID);
	assert_int_equal(wt_client_start_thread(client), WT_OK);
	assert_int_equal(wt_client_start_thread(client), WT_INVALID);
	wt_client_destroy(client);
	wt_client_destroy(NULL);
}

static void *wake(void *client)
{
	wt_wakeup(client);
	return NULL;
}

static void a_wakeup_ends_a_wait_and_is_not_lost(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(one_client);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event;
		pthread_t thread;

		wt_wakeup(client);
		assert_int_equal(wt_poll(client, -1, &event), WT_TIMEOUT);
		assert_int_equal(pthread_create(&thread, NULL, wake, client), 0);
		assert_int_equal(wt_poll(client, -1, &event), WT_TIMEOUT);
		(void)pthread_join(thread, NULL);
		/* no more is left of either */
		assert_int_equal(wt_time(client, NULL), WT_OK);
		assert_int_equal(wt_poll(client, -1, &event), WT_OK);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

/* --- Reconnection --- */

static void drop_the_message(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	if (expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_SEND))
		memcpy(server->message_id, server->heard.message_id, 16);
}

static void expect_the_message_again(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	if (!expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_SEND))
		return;
	if (memcmp(server->message_id, server->heard.message_id, 16) != 0)
		server->failed = true;
	answer(server);
	write_all(server, socket_fd);
	serve_on(server, socket_fd);
}

static void refuse(struct server *server, int socket_fd)
{
	say_text(&server->script, RELAY_TYPE_ERROR, RELAY_STATUS_BUSY, "full");
	write_all(server, socket_fd);
}

static serve_function *const unsteady[] = { drop_the_message, refuse, expect_the_message_again,
					    NULL };

static void a_lost_message_is_sent_again_and_gets_one_verdict(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(unsteady);
		struct wt_options options;
		struct wt_client *client;
		struct wt_event event;
		uint32_t id;

		wt_options_init(&options);
		options.reconnect = true;
		/* a name, so that the thread looks it up again */
		memcpy(server->address, "localhost", 9);
		client = create_connected(&options, threaded, server);
		assert_int_equal(wt_send(client, &to_ann, &id), WT_OK);
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_true(event.as.disconnected.retry_in_ms >= 100);
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(event.as.disconnected.status, WT_STATUS_BUSY);
		assert_string_equal(event.as.disconnected.text, "full");
		take(client, WT_EVENT_CONNECTED, &event);
		assert_true(event.as.connected.again);
		take(client, WT_EVENT_VERDICT, &event);
		assert_int_equal(event.request, id);
		assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_DELIVERED);
		assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(wt_poll(client, 0, &event), WT_NOT_CONNECTED);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static const uint8_t some_id[16] = { 1, 2, 3 };

static void send_and_drop(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	say_message(&server->script, 1, NULL, "once", some_id);
	write_all(server, socket_fd);
	/* the acknowledgement is lost: the connection breaks without it being heeded */
	(void)expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_TIME);
}

static void send_it_again(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	say_message(&server->script, 1, NULL, "once", some_id);
	say_message(&server->script, 2, NULL, "other", NULL);
	write_all(server, socket_fd);
	if (expect_heard(server, socket_fd, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND) &&
	    server->frame.id != 1)
		server->failed = true;
	serve_on(server, socket_fd);
}

static serve_function *const repeating[] = { send_and_drop, send_it_again, NULL };

static void a_repeated_message_is_acknowledged_and_not_given_twice(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(repeating);
		struct wt_options options;
		struct wt_client *client;
		struct wt_event event;

		wt_options_init(&options);
		options.reconnect = true;
		client = create_connected(&options, threaded, server);
		take(client, WT_EVENT_MESSAGE, &event);
		assert_int_equal(wt_time(client, NULL), WT_OK);
		take(client, WT_EVENT_ANSWER, &event);
		assert_int_equal(event.as.answer.result, WT_CLOSED);
		take(client, WT_EVENT_DISCONNECTED, &event);
		take(client, WT_EVENT_CONNECTED, &event);
		take(client, WT_EVENT_MESSAGE, &event);
		assert_int_equal(event.as.message.number, 2);
		assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

/* --- Endings --- */

static void hear_and_say_nothing(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	while (hear(server, socket_fd)) {
	}
}

static serve_function *const mute[] = { hear_and_say_nothing, NULL };

static void a_disconnect_without_answer_leaves_the_verdict_unknown(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(mute);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event;
		uint32_t id;

		assert_int_equal(wt_send(client, &to_three, &id), WT_OK);
		assert_int_equal(wt_disconnect(client, 20), WT_TIMEOUT);
		take(client, WT_EVENT_VERDICT, &event);
		assert_int_equal(event.request, id);
		assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_UNKNOWN);
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(wt_poll(client, 0, &event), WT_NOT_CONNECTED);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static void a_client_is_destroyed_in_any_state_without_waiting(void **state)
{
	struct server *silent = server_create(NULL);
	struct wt_options options;
	struct wt_event event;
	char nobody[32];

	(void)state;
	closed_port(nobody);
	wt_options_init(&options);
	options.reconnect = true;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct wt_client *client = create(&options, threaded);

		/* while it waits for HELLO */
		assert_int_equal(wt_connect(client, silent->address), WT_OK);
		assert_int_equal(wt_time(client, NULL), WT_OK);
		assert_int_equal(wt_poll(client, 0, &event), WT_TIMEOUT);
		wt_client_destroy(client);

		/* while it backs off */
		client = create(&options, threaded);
		assert_int_equal(wt_connect(client, nobody), WT_OK);
		take(client, WT_EVENT_DISCONNECTED, &event);
		wt_client_destroy(client);

		/* with events that nobody took */
		client = create(&options, threaded);
		assert_int_equal(wt_connect_wait(client, nobody, WITHIN_MS), WT_SYSTEM);
		wt_client_destroy(client);
	}
	server_destroy(silent);
}

static void a_client_can_connect_again_without_taking_what_is_left(void **state)
{
	static serve_function *const three[] = { serve_all, serve_all, serve_all, NULL };

	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(three);
		struct wt_client *client = create(NULL, threaded);
		struct wt_event event;

		for (int i = 0; i < 3; i++) {
			assert_int_equal(wt_connect_wait(client, server->address, WITHIN_MS),
					 WT_OK);
			assert_int_equal(wt_connect(client, server->address), WT_CONNECTED);
			assert_int_equal(wt_time(client, NULL), WT_OK);
			assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
		}
		for (int i = 0; i < 3; i++) {
			take(client, WT_EVENT_CONNECTED, &event);
			assert_false(event.as.connected.again);
			take(client, WT_EVENT_ANSWER, &event);
			assert_int_equal(event.as.answer.result, WT_OK);
			take(client, WT_EVENT_DISCONNECTED, &event);
		}
		assert_int_equal(wt_poll(client, 0, &event), WT_NOT_CONNECTED);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

/* --- Loops of the application's own --- */

static void turn_own_loop(struct wt_client *client)
{
	struct pollfd ready = { .fd = wt_fd(client) };
	unsigned want = wt_want(client);
	int timeout_ms = wt_timeout_ms(client);

	assert_true(ready.fd >= 0);
	if ((want & WT_WANT_READ) != 0)
		ready.events |= POLLIN;
	if ((want & WT_WANT_WRITE) != 0)
		ready.events |= POLLOUT;
	if (timeout_ms < 0 || timeout_ms > WITHIN_MS)
		timeout_ms = WITHIN_MS;
	(void)poll(&ready, 1, timeout_ms);
	wt_process(client);
}

static void the_library_works_in_a_loop_of_the_applications_own(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(one_client);
		struct wt_client *client = create(NULL, threaded);
		struct wt_event event;
		int answers = 0;

		assert_int_equal(wt_connect(client, server->address), WT_OK);
		while (answers < 100) {
			enum wt_result result;

			turn_own_loop(client);
			while ((result = wt_poll(client, 0, &event)) == WT_OK) {
				answers += event.kind == WT_EVENT_ANSWER;
				if (event.kind == WT_EVENT_CONNECTED ||
				    event.kind == WT_EVENT_ANSWER)
					assert_int_equal(wt_time(client, NULL), WT_OK);
			}
			assert_int_equal(result, WT_TIMEOUT);
		}
		wt_client_destroy(client);
		server_destroy(server);
	}
}

/* --- Much --- */

static void thousands_of_requests_are_in_flight_at_a_time(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(one_client);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event;
		uint32_t sent = 0;
		uint32_t told = 0;

		while (told < 50000) {
			if (sent < 50000 && wt_send(client, &to_three, NULL) == WT_OK) {
				sent++;
				continue;
			}
			take(client, WT_EVENT_VERDICT, &event);
			assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_DELIVERED);
			told++;
		}
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static void flood(struct server *server, int socket_fd)
{
	static char text[1001];

	memset(text, 'x', sizeof(text) - 1);
	greet(server, socket_fd);
	for (uint32_t i = 1; i <= server->messages; i++) {
		say_message(&server->script, i, NULL, text, NULL);
		write_all(server, socket_fd);
	}
	/* all are acknowledged in the end */
	while (hear(server, socket_fd)) {
		uint32_t last = relay_message_has(&server->heard, RELAY_FIELD_THROUGH)
					? server->heard.through
					: server->frame.id;

		if (last == server->messages)
			return;
	}
	server->failed = true;
}

static serve_function *const flooding[] = { flood, NULL };

static void a_full_queue_stops_the_reading_and_nothing_is_lost(void **state)
{
	struct server *server = server_create(flooding);
	struct wt_options options;
	struct wt_client *client;
	struct wt_event event;

	(void)state;
	server->messages = 30000;
	wt_options_init(&options);
	options.max_event_bytes = 100000;
	client = create_connected(&options, true, server);
	for (uint32_t i = 1; i <= server->messages; i++) {
		take(client, WT_EVENT_MESSAGE, &event);
		assert_int_equal(event.as.message.number, i);
		assert_int_equal(event.as.message.data_bytes, 1000);
		client_lock(client);
		assert_true(client->queue.bytes < 100000 + 2000);
		client_unlock(client);
	}
	assert_int_equal(wt_poll(client, WITHIN_MS, &event), WT_OK);
	assert_int_equal(event.kind, WT_EVENT_DISCONNECTED);
	wt_client_destroy(client);
	server_destroy(server);
}

#define ASKING_THREADS 4
#define ASKED_EACH 2000

struct asking {
	struct wt_client *client;
	pthread_t thread;
	int asked; /* requests that were queued */
};

static void *ask_times(void *argument)
{
	struct asking *asking = argument;
	struct wt_info info;

	for (int i = 0; i < ASKED_EACH; i++) {
		asking->asked += wt_time(asking->client, NULL) == WT_OK;
		wt_get_info(asking->client, &info);
	}
	return NULL;
}

static void any_thread_may_ask_while_one_takes_the_answers(void **state)
{
	struct server *server = server_create(one_client);
	struct wt_client *client = create_connected(NULL, true, server);
	static bool seen[ASKING_THREADS * ASKED_EACH + 1];
	struct asking asking[ASKING_THREADS];
	struct wt_event event;

	(void)state;
	for (int i = 0; i < ASKING_THREADS; i++) {
		asking[i] = (struct asking){ .client = client };
		assert_int_equal(pthread_create(&asking[i].thread, NULL, ask_times, &asking[i]), 0);
	}
	for (int i = 0; i < ASKING_THREADS * ASKED_EACH; i++) {
		take(client, WT_EVENT_ANSWER, &event);
		assert_in_range(event.request, 1, ASKING_THREADS * ASKED_EACH);
		assert_false(seen[event.request]);
		seen[event.request] = true;
	}
	for (int i = 0; i < ASKING_THREADS; i++) {
		(void)pthread_join(asking[i].thread, NULL);
		assert_int_equal(asking[i].asked, ASKED_EACH);
	}
	wt_client_destroy(client);
	server_destroy(server);
}

static void greet_largely(struct server *server, int socket_fd)
{
	say_hello_with(&server->script, 7, RELAY_BODY_MAX_BYTES, 0);
	write_all(server, socket_fd);
	if (!expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_SEND) ||
	    server->frame.length != RELAY_BODY_MAX_BYTES) {
		server->failed = true;
		return;
	}
	answer(server);
	write_all(server, socket_fd);
	serve_on(server, socket_fd);
}

static serve_function *const large[] = { greet_largely, NULL };

static void the_largest_message_goes_through(void **state)
{
	uint8_t *data = calloc(1, RELAY_BODY_MAX_BYTES);
	struct wt_message message = { .to_number = 3, .data = data };

	(void)state;
	assert_non_null(data);
	message.data_bytes = RELAY_BODY_MAX_BYTES - 16 + 1;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(large);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event;

		assert_int_equal(wt_send(client, &message, NULL), WT_TOO_LARGE);
		message.data_bytes--;
		assert_int_equal(wt_send(client, &message, NULL), WT_OK);
		message.data_bytes++;
		take(client, WT_EVENT_VERDICT, &event);
		wt_client_destroy(client);
		server_destroy(server);
	}
	free(data);
}

static void serve_and_chatter(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	for (uint32_t i = 1; i <= 300; i++)
		say_message(&server->script, i, NULL, "chatter", NULL);
	serve_on(server, socket_fd);
}

static serve_function *const chattering[] = { serve_and_chatter, NULL };

static void an_answer_behind_more_than_is_kept_is_told_as_such(void **state)
{
	struct wt_options options;

	(void)state;
	wt_options_init(&options);
	options.max_event_bytes = 10000;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(chattering);
		struct wt_client *client = create_connected(&options, threaded, server);
		struct wt_event event;
		enum wt_result result;
		uint32_t messages = 0;
		uint32_t id;

		assert_int_equal(wt_time(client, &id), WT_OK);
		while ((result = wt_wait(client, id, WITHIN_MS, &event)) == WT_QUEUE_FULL) {
			take(client, WT_EVENT_MESSAGE, &event);
			messages++;
		}
		assert_int_equal(result, WT_OK);
		assert_int_equal(event.as.answer.type, WT_REQUEST_TIME);
		assert_true(messages > 200);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static void thousands_in_flight_are_waited_for_by_a_disconnect(void **state)
{
	struct wt_options options;

	(void)state;
	wt_options_init(&options);
	options.max_event_bytes = 10000;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(one_client);
		struct wt_client *client = create_connected(&options, threaded, server);
		struct wt_event event;

		for (int i = 0; i < 16384; i++)
			assert_int_equal(wt_send(client, &to_three, NULL), WT_OK);
		assert_int_equal(wt_send(client, &to_three, NULL), WT_QUEUE_FULL);
		assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
		for (int i = 0; i < 16384; i++) {
			take(client, WT_EVENT_VERDICT, &event);
			assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_DELIVERED);
		}
		take(client, WT_EVENT_DISCONNECTED, &event);
		assert_int_equal(event.as.disconnected.reason, WT_OK);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

/* Says why, and closes with bytes of the client unread: the kernel answers these by a reset. */
static void refuse_while_it_writes(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	if (!expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_SEND))
		return;
	say_text(&server->script, RELAY_TYPE_ERROR, RELAY_STATUS_RATE_LIMITED, "too fast");
	write_all(server, socket_fd);
	(void)shutdown(socket_fd, SHUT_WR);
	while (recv(socket_fd, server->bytes, sizeof(server->bytes), 0) > 0) {
	}
}

static serve_function *const refusing[] = { refuse_while_it_writes, NULL };

static void the_servers_last_words_are_heard_while_we_write(void **state)
{
	static const char data[50000];
	const struct wt_message large_message = { .to_number = 3,
						  .data = data,
						  .data_bytes = sizeof(data) };

	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(refusing);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event = { 0 };
		int sent = 0;
		int told = 0;

		while (wt_send(client, &large_message, NULL) == WT_OK)
			sent++;
		while (event.kind != WT_EVENT_DISCONNECTED) {
			assert_int_equal(wt_poll(client, WITHIN_MS, &event), WT_OK);
			told += event.kind == WT_EVENT_VERDICT;
		}
		assert_int_equal(event.as.disconnected.reason, WT_REFUSED);
		assert_int_equal(event.as.disconnected.status, WT_STATUS_RATE_LIMITED);
		assert_string_equal(event.as.disconnected.text, "too fast");
		assert_int_equal(told, sent);
		wt_client_destroy(client);
		server_destroy(server);
	}
}

static void every_code_has_its_word(void **state)
{
	(void)state;
	for (int i = WT_OK; i <= WT_PROTOCOL; i++) {
		assert_string_not_equal(wt_result_text((enum wt_result)i), "unknown");
		for (int j = WT_OK; j < i; j++)
			assert_string_not_equal(wt_result_text((enum wt_result)i),
						wt_result_text((enum wt_result)j));
	}
	assert_string_equal(wt_status_text(WT_STATUS_NO_SUCH_CLIENT), "no-such-client");
	assert_string_equal(wt_status_text(WT_STATUS_INTERNAL), "internal");
	assert_string_equal(wt_outcome_text(WT_OUTCOME_DELIVERED), "delivered");
	assert_string_equal(wt_outcome_text(WT_OUTCOME_UNKNOWN), "unknown");
	assert_string_equal(wt_result_text((enum wt_result)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_works),
		cmocka_unit_test(a_message_is_acknowledged_when_the_application_comes_back),
		cmocka_unit_test(with_manual_acknowledgement_nothing_is_acknowledged_unasked),
		cmocka_unit_test(nobody_there_is_told_with_address_and_reason),
		cmocka_unit_test(a_server_that_says_nothing_is_given_up_in_time),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(a_wakeup_ends_a_wait_and_is_not_lost),
		cmocka_unit_test(a_lost_message_is_sent_again_and_gets_one_verdict),
		cmocka_unit_test(a_repeated_message_is_acknowledged_and_not_given_twice),
		cmocka_unit_test(a_disconnect_without_answer_leaves_the_verdict_unknown),
		cmocka_unit_test(a_client_is_destroyed_in_any_state_without_waiting),
		cmocka_unit_test(a_client_can_connect_again_without_taking_what_is_left),
		cmocka_unit_test(the_library_works_in_a_loop_of_the_applications_own),
		cmocka_unit_test(thousands_of_requests_are_in_flight_at_a_time),
		cmocka_unit_test(a_full_queue_stops_the_reading_and_nothing_is_lost),
		cmocka_unit_test(any_thread_may_ask_while_one_takes_the_answers),
		cmocka_unit_test(the_largest_message_goes_through),
		cmocka_unit_test(an_answer_behind_more_than_is_kept_is_told_as_such),
		cmocka_unit_test(thousands_in_flight_are_waited_for_by_a_disconnect),
		cmocka_unit_test(the_servers_last_words_are_heard_while_we_write),
		cmocka_unit_test(every_code_has_its_word),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
