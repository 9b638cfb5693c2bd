/*
 * The client library when connections end: reconnection, repeated messages, leaving in order,
 * being destroyed. Without and with the library's thread, against a scripted server.
 */
#include "support/unit_test.h"

#include "support/scripted_server.h"

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

static void send_it_and_drop(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	say_message(&server->script, 1, NULL, "old", NULL);
	write_all(server, socket_fd);
	(void)expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_TIME);
}

/* Nothing was sent on this one that could be acknowledged. */
static void hear_no_acknowledgement(struct server *server, int socket_fd)
{
	say_hello_with(&server->script, 8, 65536, 0);
	write_all(server, socket_fd);
	for (int i = 0; i < 2; i++) {
		if (!expect_heard(server, socket_fd, RELAY_REQUEST,
				  i == 0 ? RELAY_TYPE_TIME : RELAY_TYPE_BYE))
			return;
		answer(server);
		write_all(server, socket_fd);
	}
}

static serve_function *const dropping[] = { send_it_and_drop, hear_no_acknowledgement, NULL };

static void a_message_is_not_acknowledged_on_another_connection(void **state)
{
	struct server *server = server_create(dropping);
	struct wt_options options;
	struct wt_client *client;
	struct wt_event event;
	struct wt_info info;

	(void)state;
	wt_options_init(&options);
	options.reconnect = true;
	client = create_connected(&options, true, server);
	take(client, WT_EVENT_MESSAGE, &event);
	assert_memory_equal(event.as.message.data, "old", 3);
	assert_int_equal(wt_time(client, NULL), WT_OK);
	/* the thread connects again, while we are still busy with the message */
	do
		wt_get_info(client, &info);
	while (info.number != 8);

	take(client, WT_EVENT_ANSWER, &event);
	assert_int_equal(event.as.answer.result, WT_CLOSED);
	assert_int_equal(wt_time(client, NULL), WT_OK);
	take(client, WT_EVENT_DISCONNECTED, &event);
	take(client, WT_EVENT_CONNECTED, &event);
	take(client, WT_EVENT_ANSWER, &event);
	assert_int_equal(event.as.answer.result, WT_OK);
	assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
	wt_client_destroy(client);
	server_destroy(server);
}

static void drop_at_once(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	(void)expect_heard(server, socket_fd, RELAY_REQUEST, RELAY_TYPE_TIME);
}

/* The message from before it was known that this is another connection must not come. */
static void hear_only_the_later_message(struct server *server, int socket_fd)
{
	static const enum relay_type wanted[] = { RELAY_TYPE_TIME, RELAY_TYPE_SEND,
						  RELAY_TYPE_BYE };

	say_hello_with(&server->script, 8, 65536, 0);
	write_all(server, socket_fd);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!expect_heard(server, socket_fd, RELAY_REQUEST, wanted[i]))
			return;
		answer(server);
		write_all(server, socket_fd);
	}
}

static serve_function *const renumbering[] = { drop_at_once, hear_only_the_later_message, NULL };

static void a_number_from_before_a_reconnection_goes_nowhere(void **state)
{
	struct server *server = server_create(renumbering);
	struct wt_options options;
	struct wt_client *client;
	struct wt_event event;
	struct wt_info info;
	uint32_t id;

	(void)state;
	wt_options_init(&options);
	options.reconnect = true;
	client = create_connected(&options, true, server);
	assert_int_equal(wt_time(client, NULL), WT_OK);
	/* the thread connects again, and the application does not know yet */
	do
		wt_get_info(client, &info);
	while (info.number != 8);
	assert_int_equal(wt_send(client, &to_three, &id), WT_OK);
	assert_int_equal(wt_wait(client, id, WITHIN_MS, &event), WT_OK);
	assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_NONE);
	assert_int_equal(event.as.verdict.status, WT_STATUS_GONE);
	assert_int_equal(wt_time(client, &id), WT_OK);
	assert_int_equal(wt_wait(client, id, WITHIN_MS, &event), WT_OK);

	take(client, WT_EVENT_ANSWER, &event);
	take(client, WT_EVENT_DISCONNECTED, &event);
	take(client, WT_EVENT_CONNECTED, &event);
	assert_int_equal(wt_send(client, &to_three, &id), WT_OK);
	assert_int_equal(wt_wait(client, id, WITHIN_MS, &event), WT_OK);
	assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_DELIVERED);
	assert_int_equal(wt_disconnect(client, WITHIN_MS), WT_OK);
	wt_client_destroy(client);
	server_destroy(server);
}

static void answer_a_list_and_a_message(struct server *server, int socket_fd)
{
	static const enum relay_type wanted[] = { RELAY_TYPE_LIST, RELAY_TYPE_LIST /* page 2 */,
						  RELAY_TYPE_SEND, RELAY_TYPE_BYE };

	say_hello_with(&server->script, 8, 65536, 0);
	write_all(server, socket_fd);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!expect_heard(server, socket_fd, RELAY_REQUEST, wanted[i]))
			return;
		answer(server);
		write_all(server, socket_fd);
	}
}

static serve_function *const listing[] = { drop_at_once, answer_a_list_and_a_message, NULL };

/* It never takes CONNECTED; but it has asked anew who is there. */
static void who_only_waits_may_use_numbers_of_a_list_of_this_connection(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(listing);
		struct wt_options options;
		struct wt_client *client;
		struct wt_event event;
		uint32_t id;

		wt_options_init(&options);
		options.reconnect = true;
		client = create_connected(&options, threaded, server);
		assert_int_equal(wt_time(client, &id), WT_OK);
		assert_int_equal(wt_wait(client, id, WITHIN_MS, &event), WT_OK);
		assert_int_equal(event.as.answer.result, WT_CLOSED);
		assert_int_equal(wt_list(client, &id), WT_OK);
		assert_int_equal(wt_wait(client, id, WITHIN_MS, &event), WT_OK);
		assert_int_equal(event.as.answer.result, WT_OK);
		assert_int_equal(wt_send(client, &to_three, &id), WT_OK);
		assert_int_equal(wt_wait(client, id, WITHIN_MS, &event), WT_OK);
		assert_int_equal(event.as.verdict.outcome, WT_OUTCOME_DELIVERED);
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

static void the_ends_of_a_try_that_failed(bool threaded)
{
	struct wt_client *client;
	struct wt_event event;
	struct wt_info info;
	char nobody[32];
	char tried[32];

	closed_port(nobody);
	assert_int_equal(wt_client_create(NULL, &client), WT_OK);
	if (threaded)
		assert_int_equal(wt_client_start_thread(client), WT_OK);
	wt_get_info(client, &info);
	assert_int_equal(info.remote.family, 0);
	assert_int_equal(wt_connect(client, nobody), WT_OK);
	take(client, WT_EVENT_DISCONNECTED, &event);
	wt_get_info(client, &info);
	assert_false(info.connected);
	(void)snprintf(tried, sizeof(tried), "127.0.0.1:%u", (unsigned)info.remote.port);
	assert_string_equal(tried, nobody);
	assert_int_equal(info.local.family, 4);
	assert_int_not_equal(info.local.port, 0);
	wt_client_destroy(client);
}

static void the_ends_of_a_try_that_failed_are_known(void **state)
{
	(void)state;
	the_ends_of_a_try_that_failed(false);
	the_ends_of_a_try_that_failed(true);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_message_is_sent_again_and_gets_one_verdict),
		cmocka_unit_test(a_repeated_message_is_acknowledged_and_not_given_twice),
		cmocka_unit_test(a_message_is_not_acknowledged_on_another_connection),
		cmocka_unit_test(a_number_from_before_a_reconnection_goes_nowhere),
		cmocka_unit_test(who_only_waits_may_use_numbers_of_a_list_of_this_connection),
		cmocka_unit_test(a_disconnect_without_answer_leaves_the_verdict_unknown),
		cmocka_unit_test(a_client_is_destroyed_in_any_state_without_waiting),
		cmocka_unit_test(the_ends_of_a_try_that_failed_are_known),
		cmocka_unit_test(a_client_can_connect_again_without_taking_what_is_left),
	};

	return cmocka_run_group_tests_name("client_endings", tests, NULL, NULL);
}
