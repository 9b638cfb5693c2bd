/*
 * The client library as programs use it, against a scripted server. Most claims are tried
 * without and with the library's thread.
 */
#include "support/unit_test.h"

#include <netinet/tcp.h>
#include <poll.h>

#include "base/clock.h"
#include "support/scripted_server.h"

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

	if (!threaded) {
		/* KEEPALIVE is 30 s: what is not acknowledged for 45 s ends the connection */
		int timeout_ms = 0;
		socklen_t length = sizeof(timeout_ms);

		wt_process(client);
		assert_int_equal(getsockopt(wt_fd(client), IPPROTO_TCP, TCP_USER_TIMEOUT,
					    &timeout_ms, &length),
				 0);
		assert_int_equal(timeout_ms, 45000);
	}
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

static void serve_two_messages(struct server *server, int socket_fd)
{
	greet(server, socket_fd);
	say_message(&server->script, 1, NULL, "hello", NULL);
	say_message(&server->script, 2, NULL, "again", NULL);
	write_all(server, socket_fd);
	if (expect_heard(server, socket_fd, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND) &&
	    server->frame.id != 1)
		server->failed = true;
}

static serve_function *const two_messages[] = { serve_two_messages, NULL };

static void a_slow_program_acknowledges_while_more_waits(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		struct server *server = server_create(two_messages);
		struct wt_client *client = create_connected(NULL, threaded, server);
		struct wt_event event;
		uint64_t busy_until;

		take(client, WT_EVENT_MESSAGE, &event);
		busy_until = clock_elapsed_ns() + 5 * NS_PER_MS;
		while (clock_elapsed_ns() < busy_until) {
		}
		take(client, WT_EVENT_MESSAGE, &event);
		/* the server ends when it hears of the first, though we are busy with the second */
		server_destroy(server);
		wt_client_destroy(client);
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
		cmocka_unit_test(a_slow_program_acknowledges_while_more_waits),
		cmocka_unit_test(with_manual_acknowledgement_nothing_is_acknowledged_unasked),
		cmocka_unit_test(nobody_there_is_told_with_address_and_reason),
		cmocka_unit_test(a_server_that_says_nothing_is_given_up_in_time),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(a_wakeup_ends_a_wait_and_is_not_lost),
		cmocka_unit_test(the_library_works_in_a_loop_of_the_applications_own),
		cmocka_unit_test(every_code_has_its_word),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
