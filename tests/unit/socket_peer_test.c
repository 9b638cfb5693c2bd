/* A listening peer and plain sockets in one thread: each step runs until what it waits for came. */
#include "socket_peer/socket_peer.h"

#include "support/unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket.h"

#define PATIENCE_MS 20000u
#define MAX_CLIENTS (SOCKET_PEER_MAX_CLIENTS + 8)

struct stage {
	struct socket_peer_plan plan;
	struct socket_peer peer;
	struct net_address place;
	struct text_builder calls;
	uint8_t data[1024];
	size_t data_bytes;
	size_t connected;
	size_t closed;
	size_t cannot_accept;
	struct socket_peer_event last_closed;
	enum socket_peer_ending end_on_data; /* with ends_on_data */
	bool ends_on_data;
};

static void take_event(void *context, const struct socket_peer_event *event)
{
	struct stage *stage = context;

	switch (event->kind) {
	case SOCKET_PEER_LISTENING:
		stage->place = *event->local;
		break;
	case SOCKET_PEER_CONNECTED:
		stage->connected++;
		break;
	case SOCKET_PEER_DATA:
		for (size_t i = 0; i < event->length && stage->data_bytes < sizeof(stage->data);
		     i++)
			stage->data[stage->data_bytes++] = event->bytes[i];
		if (stage->ends_on_data)
			assert_true(
				socket_peer_end(&stage->peer, event->number, stage->end_on_data));
		break;
	case SOCKET_PEER_CLOSED:
		stage->closed++;
		stage->last_closed = *event;
		break;
	case SOCKET_PEER_CANNOT_ACCEPT:
		stage->cannot_accept++;
		break;
	case SOCKET_PEER_HALF_CLOSED:
		break;
	}
}

static void take_call(void *context, const char *text, size_t length)
{
	struct stage *stage = context;

	text_append_bytes(&stage->calls, text, length);
}

static void start(struct stage *stage)
{
	struct net_address anywhere = { .socket.v4 = { .sin_family = AF_INET,
						       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
					.length = sizeof(anywhere.socket.v4) };
	const char *call = NULL;

	text_builder_init(&stage->calls, SIZE_MAX / 2);
	assert_true(socket_peer_init(&stage->peer, &stage->plan));
	stage->peer.context = stage;
	stage->peer.event = take_event;
	stage->peer.calls.context = stage;
	stage->peer.calls.log = take_call;
	stage->plan.backlog = 1024;
	assert_int_equal(socket_peer_listen(&stage->peer, &anywhere, 1, &call), 0);
}

static void finish(struct stage *stage)
{
	socket_peer_finish(&stage->peer);
	text_builder_finish(&stage->calls);
}

/* Turns until it is so much. */
static void turn_until(struct stage *stage, const size_t *counter, size_t wanted)
{
	uint64_t end_ms = clock_elapsed_ms() + PATIENCE_MS;

	while (*counter < wanted) {
		assert_true(clock_elapsed_ms() < end_ms);
		assert_int_equal(socket_peer_turn(&stage->peer, NULL, 0, 100), 0);
	}
}

static int call_it(struct stage *stage)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t before = stage->connected;

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &stage->place.socket.any, stage->place.length), 0);
	turn_until(stage, &stage->connected, before + 1);
	return fd;
}

static void assert_receives(int fd, const char *bytes, size_t length)
{
	char got[256];

	assert_true(length <= sizeof(got));
	assert_int_equal(recv(fd, got, length, MSG_WAITALL), (ssize_t)length);
	assert_memory_equal(got, bytes, length);
}

static void what_is_sent_goes_to_one_or_to_all(void **state)
{
	struct stage stage = { 0 };
	int one;
	int two;

	(void)state;
	start(&stage);
	assert_int_equal(socket_peer_room(&stage.peer, 0), 0);
	assert_int_equal(socket_peer_send(&stage.peer, 0, "x", 1), SOCKET_PEER_NO_SUCH);
	one = call_it(&stage);
	two = call_it(&stage);
	assert_int_equal(socket_peer_room(&stage.peer, 0), SOCKET_PEER_QUEUE_MAX_BYTES);
	assert_int_equal(socket_peer_send(&stage.peer, 0, "all", 3), SOCKET_PEER_TAKEN);
	assert_int_equal(socket_peer_send(&stage.peer, 2, "two", 3), SOCKET_PEER_TAKEN);
	assert_int_equal(socket_peer_send(&stage.peer, 3, "x", 1), SOCKET_PEER_NO_SUCH);
	assert_receives(one, "all", 3);
	assert_receives(two, "alltwo", 6);
	(void)close(one);
	(void)close(two);
	turn_until(&stage, &stage.closed, 2);
	assert_false(socket_peer_failed(&stage.peer));
	assert_false(socket_peer_is_over(&stage.peer));
	socket_peer_leave(&stage.peer);
	assert_true(socket_peer_is_over(&stage.peer));
	finish(&stage);
}

static void a_queue_that_is_full_takes_nothing_and_others_go_on(void **state)
{
	static const uint8_t piece[16384];
	struct stage stage = { 0 };
	enum socket_peer_sent sent = SOCKET_PEER_TAKEN;
	struct socket_peer_fact fact;
	size_t taken = 0;
	int reads;
	int deaf;

	(void)state;
	start(&stage);
	deaf = call_it(&stage);
	reads = call_it(&stage);
	while ((sent = socket_peer_send(&stage.peer, 1, piece, sizeof(piece))) ==
	       SOCKET_PEER_TAKEN) {
		taken += sizeof(piece);
		assert_true(taken < 64u << 20);
	}
	assert_int_equal(sent, SOCKET_PEER_NO_ROOM);
	assert_true(socket_peer_get(&stage.peer, 0, &fact));
	assert_true(fact.queued_bytes > SOCKET_PEER_QUEUE_MAX_BYTES - sizeof(piece));
	assert_int_equal(fact.queued_bytes + fact.sent_bytes, taken);
	assert_int_equal(socket_peer_send(&stage.peer, 0, piece, sizeof(piece)),
			 SOCKET_PEER_NO_ROOM);
	assert_receives(reads, (const char *)piece, 256);

	/* Closed, it has its time to read the rest, and then it is given up. */
	assert_true(socket_peer_end(&stage.peer, 1, SOCKET_PEER_CLOSE));
	assert_int_equal(socket_peer_send(&stage.peer, 1, piece, 1), SOCKET_PEER_SHUT);
	turn_until(&stage, &stage.closed, 1);
	assert_int_equal(stage.last_closed.unsent_bytes, fact.queued_bytes);
	assert_int_equal(stage.last_closed.why, SOCKET_PEER_WHY_ASKED);
	(void)close(deaf);
	(void)close(reads);
	finish(&stage);
}

static void a_connection_may_be_ended_by_the_handler_of_its_data(void **state)
{
	static const enum socket_peer_ending endings[] = { SOCKET_PEER_HALF, SOCKET_PEER_CLOSE,
							   SOCKET_PEER_RESET };

	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct stage stage = { .plan.answer = SOCKET_PEER_ECHOES,
				       .ends_on_data = true,
				       .end_on_data = endings[i] };
		char byte;
		int fd;

		start(&stage);
		fd = call_it(&stage);
		assert_int_equal(send(fd, "x", 1, 0), 1);
		turn_until(&stage, &stage.data_bytes, 1);
		/* Nothing is echoed: the sending side is closed, or all is. */
		assert_true(recv(fd, &byte, 1, 0) <= 0);
		(void)close(fd);
		turn_until(&stage, &stage.closed, 1);
		assert_int_equal(stage.last_closed.by, SOCKET_PEER_US);
		finish(&stage);
	}
}

static void bytes_that_are_not_read_turn_the_close_into_a_reset(void **state)
{
	struct stage stage = { .plan = { .receive_every_ms = 3600000 } };
	char byte;
	int fd;

	(void)state;
	start(&stage);
	fd = call_it(&stage);
	assert_int_equal(send(fd, "1234567", 7, 0), 7);
	assert_true(socket_peer_end(&stage.peer, 1, SOCKET_PEER_CLOSE));
	assert_int_equal(stage.closed, 1);
	assert_int_equal(stage.last_closed.how, SOCKET_PEER_BY_RESET);
	assert_int_equal(stage.last_closed.unread_bytes, 7);
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	(void)close(fd);
	finish(&stage);
}

static void a_reset_while_nothing_is_read_does_not_turn_the_loop_without_end(void **state)
{
	struct stage stage = { .plan = { .receive_every_ms = 3600000 } };
	uint64_t began_ms;
	size_t turns = 0;
	int fd;

	(void)state;
	start(&stage);
	fd = call_it(&stage);
	net_set_reset_on_close(fd);
	(void)close(fd);
	began_ms = clock_elapsed_ms();
	while (clock_elapsed_ms() < began_ms + 100) {
		assert_int_equal(socket_peer_turn(&stage.peer, NULL, 0, 20), 0);
		turns++;
	}
	assert_true(turns < 20);
	assert_int_equal(stage.closed, 0);
	finish(&stage);
}

static void no_more_clients_than_the_ceiling_are_taken(void **state)
{
	struct stage stage = { 0 };
	int fds[MAX_CLIENTS];
	size_t count = SOCKET_PEER_MAX_CLIENTS;

	(void)state;
	start(&stage);
	for (size_t i = 0; i < count; i++)
		fds[i] = call_it(&stage);
	assert_int_equal(stage.cannot_accept, 1);
	fds[count] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[count], &stage.place.socket.any, stage.place.length), 0);
	assert_int_equal(socket_peer_turn(&stage.peer, NULL, 0, 0), 0);
	assert_int_equal(stage.connected, count);
	(void)close(fds[0]);
	turn_until(&stage, &stage.connected, count + 1);
	for (size_t i = 1; i <= count; i++)
		(void)close(fds[i]);
	turn_until(&stage, &stage.closed, count + 1);
	finish(&stage);
}

static void own_descriptors_are_waited_for_as_well(void **state)
{
	struct stage stage = { 0 };
	struct pollfd own[2] = { { .fd = -1, .events = POLLIN }, { .events = POLLIN } };
	int ends[2];

	(void)state;
	start(&stage);
	assert_int_equal(pipe(ends), 0);
	own[1].fd = ends[0];
	assert_int_equal(socket_peer_turn(&stage.peer, own, 2, 0), 0);
	assert_int_equal(own[1].revents, 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(socket_peer_turn(&stage.peer, own, 2, -1), 0);
	assert_int_equal(own[1].revents, POLLIN);
	assert_int_equal(own[0].revents, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	finish(&stage);
}

static void the_calls_are_told_as_they_were_made(void **state)
{
	struct stage stage = { .plan = { .answer = SOCKET_PEER_NUMBERS, .pad_bytes = 8 } };
	const char *told;
	int fd;

	(void)state;
	start(&stage);
	fd = call_it(&stage);
	assert_int_equal(send(fd, "hi", 2, 0), 2);
	turn_until(&stage, &stage.data_bytes, 2);
	assert_receives(fd, "0hi\0\0\0\0\0", 8);
	(void)close(fd);
	turn_until(&stage, &stage.closed, 1);
	told = strstr(text_builder_text(&stage.calls), "recv(");
	assert_non_null(told);
	assert_non_null(strstr(told, ", \"hi\", 65536, 0) = 2\nsend("));
	assert_non_null(strstr(told, ", \"0hi\\x00\\x00\\x00\\x00\\x00\", 8, 0) = 8\nrecv("));
	assert_non_null(strstr(told, ", \"\", 65536, 0) = 0\nclose("));
	finish(&stage);
}

struct tries {
	uint16_t local_ports[2];
	uint16_t remote_ports[2];
	size_t count;
};

static void take_try(void *context, const struct net_address *local,
		     const struct net_address *remote)
{
	struct tries *tries = context;

	assert_true(tries->count < 2);
	assert_true(local->length > 0);
	tries->local_ports[tries->count] = net_address_port(local);
	tries->remote_ports[tries->count++] = net_address_port(remote);
}

/* Addresses where nobody listens any more. */
static void closed_addresses(struct net_address out[2])
{
	const struct net_address anywhere = {
		.socket.v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
		.length = sizeof(anywhere.socket.v4)
	};
	int fds[2];

	for (size_t i = 0; i < 2; i++) {
		fds[i] = net_listen(&anywhere);
		assert_true(fds[i] >= 0 && net_local_address(fds[i], &out[i]));
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void each_address_that_refuses_is_told_with_the_port_it_was_tried_from(void **state)
{
	struct tries tries = { .count = 0 };
	struct socket_peer_plan plan = { .backlog = 0 };
	struct net_address addresses[2];
	struct socket_peer peer;
	const char *call = NULL;

	(void)state;
	closed_addresses(addresses);
	assert_true(socket_peer_init(&peer, &plan));
	peer.context = &tries;
	peer.not_connected = take_try;
	assert_int_equal(socket_peer_connect(&peer, addresses, 2, NULL, &call), -ECONNREFUSED);
	assert_string_equal(call, "connect");
	assert_int_equal(tries.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tries.remote_ports[i], net_address_port(&addresses[i]));
		assert_int_not_equal(tries.local_ports[i], 0);
	}
	socket_peer_finish(&peer);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_goes_to_one_or_to_all),
		cmocka_unit_test(a_queue_that_is_full_takes_nothing_and_others_go_on),
		cmocka_unit_test(a_connection_may_be_ended_by_the_handler_of_its_data),
		cmocka_unit_test(bytes_that_are_not_read_turn_the_close_into_a_reset),
		cmocka_unit_test(a_reset_while_nothing_is_read_does_not_turn_the_loop_without_end),
		cmocka_unit_test(no_more_clients_than_the_ceiling_are_taken),
		cmocka_unit_test(own_descriptors_are_waited_for_as_well),
		cmocka_unit_test(the_calls_are_told_as_they_were_made),
		cmocka_unit_test(each_address_that_refuses_is_told_with_the_port_it_was_tried_from),
	};

	struct rlimit files;

	(void)signal(SIGPIPE, SIG_IGN);
	/* Both ends of as many connections as the ceiling allows are more than the usual limit. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return cmocka_run_group_tests_name("socket_peer", tests, NULL, NULL);
}
