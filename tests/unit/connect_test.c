/* The calling side of a connection. */
#include "support/unit_test.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "net/connect.h"
#include "net/socket.h"

#define WITHIN_MS 20000

static struct net_address loopback(uint16_t port)
{
	struct net_address address = { .length = sizeof(address.socket.v4) };

	address.socket.v4.sin_family = AF_INET;
	address.socket.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.socket.v4.sin_port = htons(port);
	return address;
}

static int result_of(int socket_fd)
{
	struct pollfd ready = { .fd = socket_fd, .events = POLLOUT };

	assert_int_equal(poll(&ready, 1, WITHIN_MS), 1);
	return net_connect_result(socket_fd);
}

static void a_listener_is_reached_and_a_closed_port_refuses(void **state)
{
	struct net_address address = loopback(0);
	int listener = net_listen(&address);
	int socket_fd;

	(void)state;
	assert_true(listener >= 0);
	assert_true(net_local_address(listener, &address));
	socket_fd = net_connect_start(&address);
	assert_true(socket_fd >= 0);
	assert_int_equal(result_of(socket_fd), 0);
	(void)close(socket_fd);
	(void)close(listener);

	socket_fd = net_connect_start(&address);
	if (socket_fd >= 0) {
		assert_int_equal(result_of(socket_fd), -ECONNREFUSED);
		(void)close(socket_fd);
	} else {
		assert_int_equal(socket_fd, -ECONNREFUSED);
	}
}

static void a_socket_connected_to_itself_has_reached_nobody(void **state)
{
	struct net_address address = loopback(0);
	int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_true(socket_fd >= 0);
	assert_int_equal(bind(socket_fd, &address.socket.any, address.length), 0);
	assert_true(net_local_address(socket_fd, &address));
	assert_int_equal(connect(socket_fd, &address.socket.any, address.length), 0);
	assert_int_equal(net_connect_result(socket_fd), -ECONNREFUSED);
	(void)close(socket_fd);
}

static void a_host_is_looked_up_in_the_background(void **state)
{
	struct net_address found[NET_ADDRESSES_MAX];
	int wake_fd = net_wake_open();
	struct pollfd ready = { .fd = wake_fd, .events = POLLIN };
	struct net_lookup *lookup = net_lookup_start("localhost", 2312, wake_fd);
	size_t count = 0;

	(void)state;
	assert_non_null(lookup);
	assert_int_equal(poll(&ready, 1, WITHIN_MS), 1);
	assert_true(net_lookup_result(lookup, found, &count));
	assert_in_range(count, 1, NET_ADDRESSES_MAX);
	assert_true(net_address_is_loopback(&found[0]));
	assert_int_equal(net_address_port(&found[0]), 2312);
	net_lookup_drop(lookup);
	(void)close(wake_fd);
}

static void a_lookup_can_be_dropped_before_it_is_done(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		int wake_fd = net_wake_open();
		struct net_lookup *lookup = net_lookup_start("localhost", 1, wake_fd);

		assert_non_null(lookup);
		(void)close(wake_fd);
		net_lookup_drop(lookup);
	}
	net_lookup_drop(NULL);
}

static void figures_need_no_looking_up(void **state)
{
	(void)state;
	assert_true(net_host_is_figures("127.0.0.1"));
	assert_true(net_host_is_figures("::1"));
	assert_true(net_host_is_figures("fe80::1%lo"));
	assert_false(net_host_is_figures("localhost"));
	assert_false(net_host_is_figures("127.0.0.1.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_is_reached_and_a_closed_port_refuses),
		cmocka_unit_test(a_socket_connected_to_itself_has_reached_nobody),
		cmocka_unit_test(a_host_is_looked_up_in_the_background),
		cmocka_unit_test(a_lookup_can_be_dropped_before_it_is_done),
		cmocka_unit_test(figures_need_no_looking_up),
	};

	return cmocka_run_group_tests_name("connect", tests, NULL, NULL);
}
