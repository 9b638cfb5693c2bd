/*
 * A party on a real socket, with a dialect of the test's own: bytes are words to it, and a word
 * that begins with '!' is the server's reason for an end.
 */
#include "relay_load/load_connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/unit_test.h"

#define WITHIN_MS 20000 /* deadlines that only serve to fail */
#define TURNS_MAX 100

static void greet(struct load_party *party, struct byte_writer *out)
{
	(void)out;
	party->ready = true;
}

static void put_message(struct load_party *party, struct byte_writer *out, const uint8_t *payload,
			size_t length)
{
	(void)party;
	byte_write_bytes(out, payload, length);
}

static ssize_t take(struct load_party *party, const uint8_t *bytes, size_t length,
		    struct byte_writer *out, struct load_sink *sink)
{
	(void)party;
	(void)out;
	if (bytes[0] == '!') {
		(void)snprintf(sink->problem, sizeof(sink->problem), "%.*s", (int)length - 1,
			       (const char *)bytes + 1);
		return -1;
	}
	sink->received += length;
	return (ssize_t)length;
}

static const struct load_dialect dialect = {
	.name = "words", .greet = greet, .put_message = put_message, .take = take
};

struct stage {
	struct load_loop loop;
	struct load_connection connection;
	int server_fd;
};

/* A connection that is ready, with the server's end of it. */
static void open_stage(struct stage *stage)
{
	struct sockaddr_in bound = { .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct net_address address;

	*stage = (struct stage){ .server_fd = -1 };
	assert_int_equal(bind(listener, (struct sockaddr *)&bound, sizeof(bound)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_true(net_local_address(listener, &address));
	assert_int_equal(load_loop_init(&stage->loop, &dialect, 64), 0);
	load_connection_open(&stage->connection, &stage->loop, NULL, &address);
	stage->server_fd = accept(listener, NULL, NULL);
	assert_true(stage->server_fd >= 0);
	for (unsigned turn = 0;
	     turn < TURNS_MAX && stage->connection.state != LOAD_CONNECTION_READY; turn++)
		assert_true(load_loop_turn(&stage->loop, WITHIN_MS));
	assert_int_equal(stage->connection.state, LOAD_CONNECTION_READY);
	(void)close(listener);
}

static void close_stage(struct stage *stage)
{
	load_connection_close(&stage->connection, &stage->loop);
	load_loop_finish(&stage->loop);
}

/* The server says something, and ends the connection with an RST. The client has not looked. */
static void end_with(struct stage *stage, const char *words)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct pollfd gone = { .fd = stage->connection.socket_fd };
	ssize_t length = (ssize_t)strlen(words);

	assert_int_equal(send(stage->server_fd, words, (size_t)length, MSG_NOSIGNAL), length);
	assert_int_equal(
		setsockopt(stage->server_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	(void)close(stage->server_fd);
	assert_int_equal(poll(&gone, 1, WITHIN_MS), 1);
	assert_true((gone.revents & POLLHUP) != 0);
}

static void send_word(struct stage *stage)
{
	uint8_t word[] = "word";

	load_connection_send(&stage->connection, &stage->loop, word, sizeof(word));
}

static void turn_until_it_ends(struct stage *stage)
{
	for (unsigned turn = 0; turn < TURNS_MAX && load_loop_turn(&stage->loop, WITHIN_MS);)
		turn++;
	assert_int_equal(stage->loop.outcome, LOAD_NOT_DONE);
	assert_int_equal(stage->connection.state, LOAD_CONNECTION_CLOSED);
}

static void what_the_server_said_last_is_read_though_nothing_can_be_sent(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	end_with(&stage, "!too much");
	send_word(&stage);
	assert_int_equal(stage.connection.state, LOAD_CONNECTION_READY);
	assert_true(load_connection_is_blocked(&stage.connection));
	send_word(&stage); /* is dropped */
	turn_until_it_ends(&stage);
	assert_string_equal(stage.loop.problem, "the connection of a sender ended: too much");
	close_stage(&stage);
}

static void a_server_that_said_nothing_of_it_ends_it_all_the_same(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	end_with(&stage, "hello");
	send_word(&stage);
	turn_until_it_ends(&stage);
	assert_int_equal(stage.loop.sink.received, strlen("hello"));
	assert_string_equal(stage.loop.problem,
			    "the connection of a sender ended: Connection reset by peer");
	close_stage(&stage);
}

static void a_connection_that_may_end_is_no_failure(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	stage.connection.may_end = true;
	end_with(&stage, "hello");
	send_word(&stage);
	for (unsigned turn = 0;
	     turn < TURNS_MAX && stage.connection.state != LOAD_CONNECTION_CLOSED; turn++)
		assert_true(load_loop_turn(&stage.loop, WITHIN_MS));
	assert_int_equal(stage.connection.state, LOAD_CONNECTION_CLOSED);
	assert_int_equal(stage.loop.outcome, LOAD_DONE);
	close_stage(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_server_said_last_is_read_though_nothing_can_be_sent),
		cmocka_unit_test(a_server_that_said_nothing_of_it_ends_it_all_the_same),
		cmocka_unit_test(a_connection_that_may_end_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
