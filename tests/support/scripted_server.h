/*
 * A server of the test's own, a thread with plain sockets that follows a script, and the
 * first steps of a client that talks to it. Deadlines are there only to fail; nothing
 * sleeps to wait. Included behind unit_test.h.
 */
#ifndef TESTS_SUPPORT_SCRIPTED_SERVER_H
#define TESTS_SUPPORT_SCRIPTED_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

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
	uint8_t bytes[1200000]; /* what was received */
	size_t looked_at;       /* of them; what follows, `length` bytes, is not looked at yet */
	size_t length;
	struct relay_frame frame; /* the last that was heard, in heard_bytes */
	struct relay_message heard;
	uint8_t heard_bytes[1200000];
	uint8_t message_id[16];
	uint32_t messages; /* to be sent by a script */
	bool failed;       /* asserting in another thread would not end the test */
};

static inline void write_all(struct server *server, int socket_fd)
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
static inline bool hear(struct server *server, int socket_fd)
{
	size_t size = 0;

	while (relay_frame_decode(server->bytes + server->looked_at, server->length,
				  RELAY_BODY_MAX_BYTES, &server->frame, &size) != RELAY_FRAME_OK) {
		ssize_t received;

		/* Only here: thousands of small frames may have come at once. */
		memmove(server->bytes, server->bytes + server->looked_at, server->length);
		server->looked_at = 0;
		received = recv(socket_fd, server->bytes + server->length,
				sizeof(server->bytes) - server->length, 0);
		if (received <= 0)
			return false;
		server->length += (size_t)received;
	}
	memcpy(server->heard_bytes, server->frame.body, server->frame.length);
	server->frame.body = server->heard_bytes;
	server->length -= size;
	server->looked_at += size;
	return relay_message_decode(&server->frame, &server->heard, NULL) == RELAY_MESSAGE_OK;
}

static inline bool expect_heard(struct server *server, int socket_fd, enum relay_kind kind,
				enum relay_type type)
{
	if (hear(server, socket_fd) && server->frame.kind == kind && server->frame.type == type)
		return true;
	server->failed = true;
	return false;
}

static inline void greet(struct server *server, int socket_fd)
{
	say_hello(&server->script);
	write_all(server, socket_fd);
}

static inline void answer(struct server *server)
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
static inline void serve_on(struct server *server, int socket_fd)
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

static inline void serve_all(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	serve_on(server, socket_fd);
}

static inline void *serve(void *argument)
{
	struct server *server = argument;
	const struct timeval patience = { .tv_sec = WITHIN_MS / 1000 };

	for (serve_function *const *script = server->scripts; *script; script++) {
		int socket_fd = accept(server->listener, NULL, NULL);

		if (socket_fd < 0)
			break;
		(void)setsockopt(socket_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		(void)setsockopt(socket_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		server->looked_at = 0;
		server->length = 0;
		script_start(&server->script);
		(*script)(server, socket_fd);
		(void)close(socket_fd);
		atomic_fetch_add(&server->served, 1);
	}
	return NULL;
}

static inline struct server *server_create(serve_function *const *scripts)
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

static inline void server_destroy(struct server *server)
{
	if (server->scripts)
		(void)pthread_join(server->thread, NULL);
	(void)close(server->listener);
	if (server->failed)
		fail_msg("the server heard something else than it waited for");
	free(server);
}

/* --- The client --- */

static inline struct wt_client *create(const struct wt_options *options, bool threaded)
{
	struct wt_client *client = NULL;

	assert_int_equal(wt_client_create(options, &client), WT_OK);
	if (threaded)
		assert_int_equal(wt_client_start_thread(client), WT_OK);
	return client;
}

static inline void take(struct wt_client *client, enum wt_event_kind kind, struct wt_event *out)
{
	enum wt_result result = wt_poll(client, WITHIN_MS, out);

	if (result != WT_OK)
		fail_msg("no event: %s", wt_result_text(result));
	assert_int_equal(out->kind, kind);
}

static inline struct wt_client *create_connected(const struct wt_options *options, bool threaded,
						 struct server *server)
{
	struct wt_client *client = create(options, threaded);
	struct wt_event event;

	if (wt_connect_wait(client, server->address, WITHIN_MS) != WT_OK)
		fail_msg("not connected: %s", wt_error_text(client));
	take(client, WT_EVENT_CONNECTED, &event);
	return client;
}

static const struct wt_message to_three
	__attribute__((unused)) = { .to_number = 3, .data = "hi", .data_bytes = 2 };
static const struct wt_message to_ann
	__attribute__((unused)) = { .to_name = "ann", .data = "hi", .data_bytes = 2 };

/* A port where nobody listens. */
static inline void closed_port(char text[32])
{
	struct server *server = server_create(NULL);

	(void)snprintf(text, 32, "%s", server->address);
	server_destroy(server);
}

static serve_function *const one_client[] __attribute__((unused)) = { serve_all, NULL };

#endif
