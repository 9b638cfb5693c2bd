/*
 * The client library with much to do: thousands of requests in flight, full queues, several
 * threads, the largest message. Against a scripted server.
 */
#include "support/unit_test.h"

#include "relay_client/client_internal.h"
#include "support/scripted_server.h"

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

static void drink_all(bool manual)
{
	struct server *server = server_create(flooding);
	struct wt_options options;
	struct wt_client *client;
	struct wt_event event;

	server->messages = 30000;
	wt_options_init(&options);
	options.max_event_bytes = 100000;
	options.manual_acknowledge = manual;
	client = create_connected(&options, true, server);
	for (uint32_t i = 1; i <= server->messages; i++) {
		take(client, WT_EVENT_MESSAGE, &event);
		assert_int_equal(event.as.message.number, i);
		assert_int_equal(event.as.message.data_bytes, 1000);
		client_lock(client);
		assert_true(client->queue.bytes < 100000 + 2000);
		client_unlock(client);
	}
	if (manual)
		assert_int_equal(wt_acknowledge(client, server->messages, true), WT_OK);
	take(client, WT_EVENT_DISCONNECTED, &event);
	wt_client_destroy(client);
	server_destroy(server);
}

static void a_full_queue_stops_the_reading_and_nothing_is_lost(void **state)
{
	(void)state;
	drink_all(false);
	drink_all(true);
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
		if (!threaded) /* a thread may have heard the first answers by now */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_requests_are_in_flight_at_a_time),
		cmocka_unit_test(a_full_queue_stops_the_reading_and_nothing_is_lost),
		cmocka_unit_test(any_thread_may_ask_while_one_takes_the_answers),
		cmocka_unit_test(the_largest_message_goes_through),
		cmocka_unit_test(an_answer_behind_more_than_is_kept_is_told_as_such),
		cmocka_unit_test(thousands_in_flight_are_waited_for_by_a_disconnect),
		cmocka_unit_test(the_servers_last_words_are_heard_while_we_write),
	};

	return cmocka_run_group_tests_name("client_load", tests, NULL, NULL);
}
