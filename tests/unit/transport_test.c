/* The client's socket: which address is tried when, and what is told of it. */
#include "support/unit_test.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket.h"
#include "relay_client/transport.h"

#define WITHIN_NS (20 * NS_PER_S)

static struct net_address loopback(void)
{
	struct net_address address = { .length = sizeof(address.socket.v4) };

	address.socket.v4.sin_family = AF_INET;
	address.socket.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

/* Its listener is to be closed; the address then is one where nobody listens. */
static int listen_at(struct net_address *address)
{
	int listener;

	*address = loopback();
	listener = net_listen(address);
	assert_true(listener >= 0);
	assert_true(net_local_address(listener, address));
	return listener;
}

static void progress(struct transport *transport, int wake_fd, struct transport_report *report)
{
	uint64_t until = clock_elapsed_ns() + WITHIN_NS;

	while (!report->started && !report->ended && clock_elapsed_ns() < until) {
		(void)transport_wait(transport, transport_want(transport, true), wake_fd, until);
		transport_progress(transport, WITHIN_NS, report);
	}
}

static void each_address_is_tried_in_turn(void **state)
{
	struct transport_report report = { 0 };
	struct transport transport;
	int wake_fd = net_wake_open();
	int closed;
	int listener;

	(void)state;
	transport_init(&transport);
	closed = listen_at(&transport.target.addresses[0]);
	transport.target.addresses[1] = transport.target.addresses[0];
	listener = listen_at(&transport.target.addresses[2]);
	transport.target.count = 3;
	(void)close(closed);

	transport_start(&transport, WITHIN_NS, &report);
	progress(&transport, wake_fd, &report);
	assert_true(report.started);
	assert_false(report.ended);
	assert_int_equal(transport.address, 2);
	assert_true(transport_is_up(&transport));
	transport_close(&transport);
	assert_int_equal(transport.socket_fd, -1);
	(void)close(listener);
	(void)close(wake_fd);
}

static void where_all_fail_the_last_is_told(void **state)
{
	struct transport_report report = { 0 };
	char last[NET_ADDRESS_TEXT_BYTES];
	struct transport transport;
	int wake_fd = net_wake_open();
	int first;
	int second;

	(void)state;
	transport_init(&transport);
	first = listen_at(&transport.target.addresses[0]);
	second = listen_at(&transport.target.addresses[1]);
	transport.target.count = 2;
	(void)close(first);
	(void)close(second);

	transport_start(&transport, WITHIN_NS, &report);
	progress(&transport, wake_fd, &report);
	assert_false(report.started);
	assert_true(report.ended);
	assert_int_equal(report.reason, WT_SYSTEM);
	net_address_text(&transport.target.addresses[1], last);
	assert_non_null(strstr(report.text, last));
	assert_non_null(strstr(report.text, "Connection refused"));
	assert_int_equal(transport.socket_fd, -1);
	/* Whoever looks for its segments asks for these. */
	assert_int_equal(net_address_port(&transport.remote),
			 net_address_port(&transport.target.addresses[1]));
	assert_true(transport.local.length > 0);
	assert_int_not_equal(net_address_port(&transport.local), 0);
	transport_close(&transport);
	(void)close(wake_fd);
}

static void a_host_that_is_no_more_found_is_sought_where_it_was(void **state)
{
	struct transport_report report = { 0 };
	struct transport transport;
	int wake_fd = net_wake_open();
	int listener;

	(void)state;
	transport_init(&transport);
	listener = listen_at(&transport.target.addresses[0]);
	transport.target.count = 1;
	/* a label is at most 63 bytes: no resolver has to be asked to say that there is none */
	memset(transport.target.host, 'x', 70);
	transport_start_lookup(&transport, WITHIN_NS, wake_fd, &report);
	assert_true(transport_is_starting(&transport));
	progress(&transport, wake_fd, &report);
	assert_true(report.started);
	transport_close(&transport);
	(void)close(listener);
	(void)close(wake_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_tried_in_turn),
		cmocka_unit_test(where_all_fail_the_last_is_told),
		cmocka_unit_test(a_host_that_is_no_more_found_is_sought_where_it_was),
	};

	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
