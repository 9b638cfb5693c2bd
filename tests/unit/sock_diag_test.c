/* The kernel of this machine, asked about sockets of this test's own. */
#include "sock_diag/sock_diag.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sock_diag/socket_owner.h"
#include "support/unit_test.h"

static const struct ip_address loopback = { .version = 4, .bytes = { 127, 0, 0, 1 } };

struct connection {
	int listener;
	int client;
	int server;
	uint16_t client_port;
	uint16_t server_port;
};

static uint16_t port_of(int socket_fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	assert_int_equal(getsockname(socket_fd, (struct sockaddr *)&address, &length), 0);
	return ntohs(address.sin_port);
}

static void open_connection(struct connection *out)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	out->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(out->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(out->listener, 5), 0);
	out->server_port = port_of(out->listener);
	address.sin_port = htons(out->server_port);
	out->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(out->client, (struct sockaddr *)&address, sizeof(address)), 0);
	out->client_port = port_of(out->client);
	out->server = accept4(out->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(out->server >= 0);
}

static void close_connection(const struct connection *connection)
{
	(void)close(connection->client);
	(void)close(connection->server);
	(void)close(connection->listener);
}

/* NULL where this machine lets nobody ask. */
static struct sock_diag *open_diag(void)
{
	static const struct sock_diag_ends none = { .local = { .version = 4 },
						    .remote = { .version = 4 } };
	struct diag_socket socket;
	struct sock_diag *diag;
	int result = sock_diag_open(&diag);

	if (result == 0) {
		result = sock_diag_find(diag, &none, false, &socket);
		if (result == -ENOENT)
			return diag;
		sock_diag_close(diag);
	}
	print_message("# sock_diag: %s\n", strerror(-result));
	return NULL;
}

static struct sock_diag_ends ends_of(const struct connection *connection)
{
	return (struct sock_diag_ends){ .local = loopback,
					.remote = loopback,
					.local_port = connection->client_port,
					.remote_port = connection->server_port };
}

/* What a dump gave of one listening port. */
struct seen {
	uint16_t port;
	unsigned begun;
	unsigned listening;
	unsigned connected; /* either end */
	unsigned with_info;
	uint32_t backlog;
};

static void begin(void *context)
{
	struct seen *seen = context;

	*seen = (struct seen){ .port = seen->port, .begun = seen->begun + 1 };
}

static void take(void *context, const struct diag_socket *socket)
{
	struct seen *seen = context;

	if (socket->local_port != seen->port && socket->remote_port != seen->port)
		return;
	seen->with_info += socket->has_info;
	if (socket->state == SOCKET_ESTABLISHED)
		seen->connected++;
	if (socket->state != SOCKET_LISTEN)
		return;
	seen->listening++;
	seen->backlog = socket->send_queue;
}

static void a_dump_shows_a_listener_and_both_ends(void **state)
{
	struct sock_diag_question question = { .states = SOCK_DIAG_ALL_STATES, .wants_info = true };
	struct sock_diag *diag = open_diag();
	struct connection connection;
	struct sock_diag_notes notes;
	struct seen seen = { 0 };
	struct sock_diag_taker taker = { begin, take, &seen };

	(void)state;
	if (!diag)
		LEAVE_OUT("nobody may ask for sockets here");
	open_connection(&connection);
	seen.port = connection.server_port;
	assert_int_equal(sock_diag_dump(diag, &question, &taker, &notes), 0);
	assert_int_equal(seen.listening, 1);
	assert_int_equal(seen.connected, 2);
	assert_int_equal(seen.with_info, 3);
	assert_int_equal(seen.backlog, 5);
	assert_int_equal(seen.begun, notes.dumps);
	assert_int_equal(notes.skipped, 0);

	/* Only those that are asked for. */
	question = (struct sock_diag_question){ .states = 1u << SOCKET_ESTABLISHED };
	assert_int_equal(sock_diag_dump(diag, &question, &taker, &notes), 0);
	assert_int_equal(seen.listening, 0);
	assert_int_equal(seen.connected, 2);
	assert_int_equal(seen.with_info, 0);
	close_connection(&connection);
	sock_diag_close(diag);
}

static void a_connection_is_found_by_its_ends_until_it_is_gone(void **state)
{
	static const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct sock_diag *diag = open_diag();
	struct connection connection;
	struct diag_socket socket;
	struct sock_diag_ends ends;

	(void)state;
	if (!diag)
		LEAVE_OUT("nobody may ask for sockets here");
	open_connection(&connection);
	ends = ends_of(&connection);
	assert_int_equal(sock_diag_find(diag, &ends, true, &socket), 0);
	assert_int_equal(socket.state, SOCKET_ESTABLISHED);
	assert_int_equal(socket.local_port, connection.client_port);
	assert_int_equal(socket.remote_port, connection.server_port);
	assert_int_equal(socket.uid, geteuid());
	assert_true(socket.has_info);

	assert_int_equal(shutdown(connection.client, SHUT_WR), 0);
	assert_int_equal(sock_diag_find(diag, &ends, false, &socket), 0);
	/* The peer may take its time to acknowledge. */
	assert_true(socket.state == SOCKET_FIN_WAIT1 || socket.state == SOCKET_FIN_WAIT2);
	assert_false(socket.has_info);

	assert_int_equal(
		setsockopt(connection.client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	close_connection(&connection);
	assert_int_equal(sock_diag_find(diag, &ends, false, &socket), -ENOENT);
	sock_diag_close(diag);
}

/* The kernel answers with the listener that a segment of these ends would reach. */
static void a_listener_is_not_taken_for_the_connection(void **state)
{
	struct sock_diag *diag = open_diag();
	struct connection connection;
	struct diag_socket socket;
	struct sock_diag_ends ends;

	(void)state;
	if (!diag)
		LEAVE_OUT("nobody may ask for sockets here");
	open_connection(&connection);
	ends = (struct sock_diag_ends){ .local = loopback,
					.remote = loopback,
					.local_port = connection.server_port,
					.remote_port = 1 };
	assert_int_equal(sock_diag_find(diag, &ends, false, &socket), -ENOENT);

	/* Unless one asks for whoever would get it. */
	assert_int_equal(sock_diag_find_receiver(diag, &ends, false, &socket), 0);
	assert_int_equal(socket.state, SOCKET_LISTEN);
	assert_int_equal(socket.local_port, connection.server_port);
	ends = ends_of(&connection);
	assert_int_equal(sock_diag_find_receiver(diag, &ends, false, &socket), 0);
	assert_int_equal(socket.state, SOCKET_ESTABLISHED);
	close_connection(&connection);
	sock_diag_close(diag);
}

/* Where the namespace is not ours the kernel refuses, and some kernels know no such thing. */
static void a_connection_is_killed_and_its_listener_is_not(void **state)
{
	struct sock_diag *diag = open_diag();
	struct connection connection;
	struct diag_socket socket;
	struct sock_diag_ends ends;
	char byte;
	int result;

	(void)state;
	if (!diag)
		LEAVE_OUT("nobody may ask for sockets here");
	open_connection(&connection);
	ends = (struct sock_diag_ends){ .local = loopback,
					.remote = loopback,
					.local_port = connection.server_port,
					.remote_port = 1 };
	assert_int_equal(sock_diag_destroy(diag, &ends), -ENOENT);
	ends = ends_of(&connection);
	result = sock_diag_destroy(diag, &ends);
	if (result == 0) {
		assert_int_equal(recv(connection.client, &byte, 1, MSG_DONTWAIT), -1);
		assert_int_equal(errno, ECONNABORTED);
		assert_int_equal(sock_diag_find(diag, &ends, false, &socket), -ENOENT);
	} else {
		assert_true(result == -EPERM || result == -EOPNOTSUPP);
		assert_int_equal(sock_diag_find(diag, &ends, false, &socket), 0);
	}
	close_connection(&connection);
	sock_diag_close(diag);
}

static void a_descriptor_from_elsewhere_is_asked_all_the_same(void **state)
{
	struct sock_diag *diag = open_diag();
	struct sock_diag *adopted;
	struct connection connection;
	struct diag_socket socket;
	struct sock_diag_ends ends;

	(void)state;
	if (!diag)
		LEAVE_OUT("nobody may ask for sockets here");
	open_connection(&connection);
	ends = ends_of(&connection);
	assert_int_equal(sock_diag_adopt(dup(sock_diag_fd(diag)), &adopted), 0);
	sock_diag_close(diag);
	assert_int_equal(sock_diag_find(adopted, &ends, false, &socket), 0);
	assert_int_equal(socket.state, SOCKET_ESTABLISHED);
	sock_diag_close(adopted);
	assert_int_equal(sock_diag_adopt(-1, &adopted), -EBADF);
	close_connection(&connection);
}

static void a_socket_has_its_program(void **state)
{
	struct sock_diag *diag = open_diag();
	struct socket_owner owner = { 0 };
	struct connection connection;

	(void)state;
	if (!diag)
		LEAVE_OUT("nobody may ask for sockets here");
	open_connection(&connection);
	assert_true(socket_owner_of(&loopback, connection.client_port, &loopback,
				    connection.server_port, &owner));
	assert_int_equal(owner.pid, getpid());
	assert_memory_equal(owner.program, "sock_diag_test", 14);
	assert_false(socket_owner_of(&loopback, connection.client_port, &loopback, 1, &owner));
	close_connection(&connection);
	sock_diag_close(diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_shows_a_listener_and_both_ends),
		cmocka_unit_test(a_connection_is_found_by_its_ends_until_it_is_gone),
		cmocka_unit_test(a_listener_is_not_taken_for_the_connection),
		cmocka_unit_test(a_connection_is_killed_and_its_listener_is_not),
		cmocka_unit_test(a_descriptor_from_elsewhere_is_asked_all_the_same),
		cmocka_unit_test(a_socket_has_its_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
