/*
 * Two hosts, made by the kernel of this machine: what goes over the cable between them, what both
 * kernels say of it, how they are set.
 */
#include "tcp_lab/lab_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/lab_child.h"
#include "support/unit_test.h"

#define PACKET_BYTES 65536u
#define CLIENT_PORT 40000
#define SERVER_PORT 80

struct frame {
	uint8_t bytes[PACKET_BYTES];
	size_t length;
};

static int64_t now_ms(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_tcp(const struct frame *frame)
{
	if (frame->bytes[0] >> 4 == 4)
		return frame->bytes[9] == IPPROTO_TCP;
	return frame->bytes[6] == IPPROTO_TCP;
}

/* The next TCP segment that the host sends. */
static void receive_segment(struct lab_world *world, enum lab_host host, struct frame *out)
{
	struct pollfd waiting = { .fd = lab_world_device_fd(world, host), .events = POLLIN };

	for (;;) {
		ssize_t length = lab_world_receive(world, host, out->bytes, sizeof(out->bytes));

		if (length < 0) {
			CHECK(length == -EAGAIN);
			CHECK(poll(&waiting, 1, LAB_CHILD_PATIENCE_MS) == 1);
			continue;
		}
		out->length = (size_t)length;
		if (is_tcp(out))
			return;
	}
}

static void deliver(struct lab_world *world, enum lab_host host, const struct frame *frame)
{
	CHECK(lab_world_deliver(world, host, frame->bytes, frame->length) == 0);
}

/* A cable without delay. Returns how many packets went over it. */
static unsigned carry(struct lab_world *world)
{
	static struct frame frame;
	unsigned carried = 0;

	for (int host = 0; host < LAB_HOSTS; host++) {
		ssize_t length;

		while ((length = lab_world_receive(world, (enum lab_host)host, frame.bytes,
						   sizeof(frame.bytes))) >= 0) {
			CHECK(lab_world_deliver(world, lab_other_host((enum lab_host)host),
						frame.bytes, (size_t)length) == 0);
			carried++;
		}
		CHECK(length == -EAGAIN);
	}
	return carried;
}

/* Carries until the socket is readable, or writable. */
static void carry_until(struct lab_world *world, int socket_fd, short events)
{
	int64_t deadline = now_ms() + LAB_CHILD_PATIENCE_MS;
	struct pollfd waiting[] = {
		{ .fd = socket_fd, .events = events },
		{ .fd = lab_world_device_fd(world, LAB_CLIENT), .events = POLLIN },
		{ .fd = lab_world_device_fd(world, LAB_SERVER), .events = POLLIN },
	};

	for (;;) {
		(void)carry(world);
		CHECK(now_ms() < deadline);
		CHECK(poll(waiting, 3, LAB_CHILD_PATIENCE_MS) > 0);
		if (waiting[0].revents)
			return;
	}
}

static int open_listener(struct lab_world *world)
{
	struct sockaddr_in address = lab_child_address(LAB_SERVER_IPV4, SERVER_PORT);
	int listener = lab_world_socket(world, LAB_SERVER, AF_INET, SOCK_STREAM, 0);

	CHECK(listener >= 0);
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(listener, 5) == 0);
	return listener;
}

static int begin_connect(struct lab_world *world)
{
	struct sockaddr_in here = lab_child_address(LAB_CLIENT_IPV4, CLIENT_PORT);
	struct sockaddr_in there = lab_child_address(LAB_SERVER_IPV4, SERVER_PORT);
	int client = lab_world_socket(world, LAB_CLIENT, AF_INET, SOCK_STREAM, 0);

	CHECK(client >= 0);
	CHECK(bind(client, (struct sockaddr *)&here, sizeof(here)) == 0);
	CHECK(connect(client, (struct sockaddr *)&there, sizeof(there)) == -1);
	CHECK(errno == EINPROGRESS);
	return client;
}

static enum socket_state state_of(struct lab_world *world, enum lab_host host)
{
	static const struct ip_address client = { .version = 4, .bytes = { 10, 77, 0, 1 } };
	static const struct ip_address server = { .version = 4, .bytes = { 10, 77, 0, 2 } };
	bool is_client = host == LAB_CLIENT;
	struct sock_diag_ends ends = {
		.local = is_client ? client : server,
		.remote = is_client ? server : client,
		.local_port = is_client ? CLIENT_PORT : SERVER_PORT,
		.remote_port = is_client ? SERVER_PORT : CLIENT_PORT,
	};
	struct diag_socket socket;
	int result = sock_diag_find(lab_world_diag(world, host), &ends, false, &socket);

	return result == 0 ? socket.state : SOCKET_CLOSED;
}

/* ---- the claims ---- */

static void play_handshake(enum lab_backend backend)
{
	static struct frame frame;
	struct lab_world *world = lab_child_create_world(backend);
	int listener = open_listener(world);
	int client = begin_connect(world);

	CHECK(lab_world_backend(world) == backend);
	CHECK(state_of(world, LAB_CLIENT) == SOCKET_SYN_SENT);
	CHECK(state_of(world, LAB_SERVER) == SOCKET_CLOSED);
	receive_segment(world, LAB_CLIENT, &frame);
	CHECK(state_of(world, LAB_SERVER) == SOCKET_CLOSED);
	deliver(world, LAB_SERVER, &frame);
	CHECK(state_of(world, LAB_SERVER) == SOCKET_SYN_RECV);
	CHECK(state_of(world, LAB_CLIENT) == SOCKET_SYN_SENT);
	receive_segment(world, LAB_SERVER, &frame);
	deliver(world, LAB_CLIENT, &frame);
	CHECK(state_of(world, LAB_CLIENT) == SOCKET_ESTABLISHED);
	CHECK(state_of(world, LAB_SERVER) == SOCKET_SYN_RECV);
	receive_segment(world, LAB_CLIENT, &frame);
	deliver(world, LAB_SERVER, &frame);
	CHECK(state_of(world, LAB_SERVER) == SOCKET_ESTABLISHED);
	CHECK(close(client) == 0 && close(listener) == 0);
	lab_world_destroy(world);
}

static void states_are_those_after_delivery(void **state)
{
	(void)state;
	lab_child_play_everywhere(play_handshake);
}

/* As much as the sockets take, so that the devices' queues are filled too. */
static void send_much(struct lab_world *world, int from, int to)
{
	static char bytes[1 << 20];
	size_t sent = 0;
	size_t received = 0;

	while (received < 8 * sizeof(bytes)) {
		ssize_t length = 0;

		if (sent < 8 * sizeof(bytes))
			length = send(from, bytes, sizeof(bytes), 0);
		CHECK(length >= 0 || errno == EAGAIN);
		sent += length > 0 ? (size_t)length : 0;
		carry_until(world, to, POLLIN);
		length = recv(to, bytes, sizeof(bytes), 0);
		CHECK(length > 0);
		received += (size_t)length;
	}
}

static void play_bulk(enum lab_backend backend)
{
	struct lab_world *world = lab_child_create_world(backend);
	int listener = open_listener(world);
	int client = begin_connect(world);
	int server;

	carry_until(world, listener, POLLIN);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	CHECK(server >= 0);
	send_much(world, client, server);
	send_much(world, server, client);
	CHECK(lab_world_overruns(world, LAB_CLIENT) == 0);
	CHECK(lab_world_overruns(world, LAB_SERVER) == 0);
	lab_world_destroy(world);
}

static void what_a_host_sends_at_once_is_not_lost(void **state)
{
	(void)state;
	lab_child_play_everywhere(play_bulk);
}

/* No packet is longer than the MTU, and the other host finds its checksum right: it answers. */
static void play_longest(enum lab_backend backend)
{
	static struct frame frame;
	static char bytes[5000];
	struct lab_world *world = lab_child_create_world(backend);
	int listener = open_listener(world);
	int client = begin_connect(world);
	size_t longest = 0;

	carry_until(world, listener, POLLIN);
	CHECK(send(client, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	for (int i = 0; i < 3; i++) {
		receive_segment(world, LAB_CLIENT, &frame);
		longest = frame.length > longest ? frame.length : longest;
		deliver(world, LAB_SERVER, &frame);
	}
	CHECK(longest == 1500);
	lab_world_destroy(world);
}

static void packets_are_as_long_as_the_mtu_at_most(void **state)
{
	(void)state;
	lab_child_play_everywhere(play_longest);
}

static void play_ipv6(enum lab_backend backend)
{
	static struct frame frame;
	struct lab_world *world = lab_child_create_world(backend);
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(SERVER_PORT) };
	int listener = lab_world_socket(world, LAB_SERVER, AF_INET6, SOCK_STREAM, 0);
	int client = lab_world_socket(world, LAB_CLIENT, AF_INET6, SOCK_STREAM, 0);

	if (strstr(lab_world_lacks(world), "no IPv6"))
		_exit(LAB_CHILD_SKIPPED);
	CHECK(inet_pton(AF_INET6, LAB_SERVER_IPV6, &address.sin6_addr) == 1);
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(listener, 5) == 0);
	CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1);
	receive_segment(world, LAB_CLIENT, &frame);
	CHECK(frame.bytes[0] >> 4 == 6);
	deliver(world, LAB_SERVER, &frame);
	carry_until(world, listener, POLLIN);
	lab_world_destroy(world);
}

static void hosts_speak_ipv6_too(void **state)
{
	(void)state;
	lab_child_play_everywhere(play_ipv6);
}

static void play_retransmission(enum lab_backend backend)
{
	static struct frame first;
	static struct frame again;
	struct lab_world *world = lab_child_create_world(backend);
	struct lab_counts counts;

	CHECK(lab_world_counts(world, LAB_CLIENT, &counts) == 0);
	CHECK(counts.values[LAB_COUNTER_SENT_AGAIN] == 0);
	(void)open_listener(world);
	(void)begin_connect(world);
	receive_segment(world, LAB_CLIENT, &first); /* and is lost */
	receive_segment(world, LAB_CLIENT, &again);
	CHECK(lab_world_counts(world, LAB_CLIENT, &counts) == 0);
	CHECK(counts.values[LAB_COUNTER_SENT_AGAIN] == 1);
	CHECK(counts.values[LAB_COUNTER_TIMEOUTS] == 1);
	CHECK(counts.values[LAB_COUNTER_SYNS] == 1);
	CHECK(lab_world_counts(world, LAB_SERVER, &counts) == 0);
	CHECK(counts.values[LAB_COUNTER_SENT_AGAIN] == 0);
	lab_world_destroy(world);
}

static void retransmissions_are_counted_for_each_host(void **state)
{
	(void)state;
	lab_child_play_once(play_retransmission);
}

static void play_settings(enum lab_backend backend)
{
	struct lab_world *world = lab_child_create_world(backend);
	char value[64];

	CHECK(strstr(lab_world_settings(world), "congestion control reno"));
	CHECK(lab_world_read_sysctl(world, LAB_SERVER, "net.ipv4.tcp_congestion_control", value,
				    sizeof(value)) == 0);
	CHECK(strcmp(value, "reno") == 0);
	CHECK(lab_world_sysctl(world, LAB_SERVER, "net.ipv4.tcp_sack", "0") == 0);
	CHECK(lab_world_read_sysctl(world, LAB_SERVER, "net.ipv4.tcp_sack", value, sizeof(value)) ==
	      0);
	CHECK(strcmp(value, "0") == 0);
	CHECK(lab_world_read_sysctl(world, LAB_CLIENT, "net.ipv4.tcp_sack", value, sizeof(value)) ==
	      0);
	CHECK(strcmp(value, "1") == 0);
	CHECK(lab_world_sysctl(world, LAB_CLIENT, "net.ipv4.tcp_sacks", "1") == -ENOENT);
	CHECK(lab_world_sysctl(world, LAB_CLIENT, "net.ipv4.tcp_sack", "often") == -EINVAL);
	CHECK(lab_world_sysctl(world, LAB_CLIENT, "kernel.hostname", "other") == -ENOENT);
	lab_world_destroy(world);
}

static void settings_are_textbook_ones_and_each_hosts_own(void **state)
{
	(void)state;
	lab_child_play_once(play_settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_those_after_delivery),
		cmocka_unit_test(what_a_host_sends_at_once_is_not_lost),
		cmocka_unit_test(packets_are_as_long_as_the_mtu_at_most),
		cmocka_unit_test(hosts_speak_ipv6_too),
		cmocka_unit_test(retransmissions_are_counted_for_each_host),
		cmocka_unit_test(settings_are_textbook_ones_and_each_hosts_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
