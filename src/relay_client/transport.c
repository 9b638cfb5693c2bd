#include "relay_client/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/socket.h"

/* An empty buffer is kept up to this size, for the next time. */
#define TRANSPORT_KEPT_BYTES ((size_t)256 * 1024)

void transport_init(struct transport *transport)
{
	*transport = (struct transport){ .socket_fd = -1 };
	byte_queue_init(&transport->unsent, 0);
}

static void close_socket(struct transport *transport)
{
	if (transport->socket_fd >= 0)
		(void)close(transport->socket_fd);
	transport->socket_fd = -1;
	transport->connecting = false;
}

void transport_close(struct transport *transport)
{
	close_socket(transport);
	net_lookup_drop(transport->lookup);
	transport->lookup = NULL;
	transport->local = (struct net_address){ .length = 0 };
	transport->remote = transport->local;
	byte_queue_finish(&transport->unsent);
	transport->write_error = 0;
	transport->user_timeout_ms = 0;
}

static const char *error_words(int error)
{
	const char *words = strerrordesc_np(error);

	return words ? words : "an unknown error";
}

static void report_end(struct transport_report *report, enum wt_result reason)
{
	report->ended = true;
	report->reason = reason;
}

static void report_failed_connect(struct transport_report *report,
				  const struct net_address *address, int error)
{
	char where[NET_ADDRESS_TEXT_BYTES];

	net_address_text(address, where);
	(void)snprintf(report->text, sizeof(report->text), "cannot connect to %s: %s", where,
		       error == ETIMEDOUT ? "no answer in time" : error_words(error));
	report_end(report, error == ETIMEDOUT ? WT_TIMEOUT : WT_SYSTEM);
}

/* Starts with the address at transport->address, and goes on while they fail at once. */
static void try_addresses(struct transport *transport, uint64_t timeout_ns,
			  struct transport_report *report)
{
	const struct transport_target *target = &transport->target;

	for (;;) {
		const struct net_address *address = &target->addresses[transport->address];
		int socket_fd = net_connect_start(address);

		transport->local.length = 0;
		transport->remote = *address;
		if (socket_fd >= 0) {
			/* While it is there: what becomes of it, its segments bore this port. */
			(void)net_local_address(socket_fd, &transport->local);
			transport->socket_fd = socket_fd;
			transport->connecting = true;
			transport->give_up_ns = clock_elapsed_ns() + timeout_ns;
			return;
		}
		transport->address++;
		if (transport->address >= target->count) {
			report_failed_connect(report, address, -socket_fd);
			return;
		}
	}
}

void transport_start(struct transport *transport, uint64_t timeout_ns,
		     struct transport_report *report)
{
	transport_close(transport);
	transport->address = 0;
	if (transport->target.count > 0)
		try_addresses(transport, timeout_ns, report);
	else
		report_end(report, WT_RESOLVE);
}

void transport_start_lookup(struct transport *transport, uint64_t timeout_ns, int wake_fd,
			    struct transport_report *report)
{
	transport_close(transport);
	if (!net_host_is_figures(transport->target.host))
		transport->lookup =
			net_lookup_start(transport->target.host, transport->target.port, wake_fd);
	if (transport->lookup)
		transport->give_up_ns = clock_elapsed_ns() + timeout_ns;
	else
		transport_start(transport, timeout_ns, report);
}

static void progress_lookup(struct transport *transport, uint64_t timeout_ns,
			    struct transport_report *report)
{
	struct net_address found[NET_ADDRESSES_MAX];
	size_t count = 0;

	if (!net_lookup_result(transport->lookup, found, &count) &&
	    clock_elapsed_ns() < transport->give_up_ns)
		return;
	if (count > 0) {
		memcpy(transport->target.addresses, found, count * sizeof(found[0]));
		transport->target.count = count;
	}
	transport_start(transport, timeout_ns, report);
}

void transport_progress(struct transport *transport, uint64_t timeout_ns,
			struct transport_report *report)
{
	const struct transport_target *target = &transport->target;
	struct pollfd ready = { .fd = transport->socket_fd, .events = POLLOUT };
	int result;

	if (transport->lookup) {
		progress_lookup(transport, timeout_ns, report);
		return;
	}
	if (poll(&ready, 1, 0) > 0)
		result = net_connect_result(transport->socket_fd);
	else if (clock_elapsed_ns() >= transport->give_up_ns)
		result = -ETIMEDOUT;
	else
		return;

	if (result == 0) {
		transport->connecting = false;
		report->started = true;
		return;
	}
	close_socket(transport);
	transport->address++;
	if (transport->address < target->count)
		try_addresses(transport, timeout_ns, report);
	else
		report_failed_connect(report, &target->addresses[transport->address - 1], -result);
}

void transport_send(struct transport *transport, struct transport_report *report)
{
	struct byte_queue *unsent = &transport->unsent;

	while (byte_queue_length(unsent) > 0 && transport->write_error == 0) {
		/* An iovec is not const for the sake of reading into it. */
		struct iovec piece = { .iov_base = unsent->memory + unsent->start,
				       .iov_len = byte_queue_length(unsent) };
		ssize_t sent = net_send(transport->socket_fd, &piece, 1);

		if (sent == -EAGAIN)
			return;
		if (sent < 0) {
			/* What the server said last can still be read: the end is told there. */
			transport->write_error = (int)-sent;
			return;
		}
		byte_queue_drop(unsent, (size_t)sent);
		report->sent += (size_t)sent;
	}
	if (unsent->capacity > TRANSPORT_KEPT_BYTES)
		byte_queue_release(unsent);
}

static void report_broken(struct transport_report *report, int error)
{
	(void)snprintf(report->text, sizeof(report->text), "the connection broke: %s",
		       error_words(error));
	report_end(report, error == ETIMEDOUT ? WT_TIMEOUT : WT_SYSTEM);
}

void transport_receive(struct transport *transport, uint8_t *room, size_t length,
		       struct transport_report *report)
{
	ssize_t received = net_receive(transport->socket_fd, room, length);

	if (received > 0) {
		report->received += (size_t)received;
	} else if (received == 0 && transport->write_error != 0 &&
		   transport->write_error != EPIPE) {
		report_broken(report, transport->write_error);
	} else if (received == 0) {
		(void)snprintf(report->text, sizeof(report->text),
			       "the server closed the connection");
		report_end(report, WT_CLOSED);
	} else if (received != -EAGAIN) {
		report_broken(report, (int)-received);
	}
}

void transport_set_user_timeout(struct transport *transport, uint32_t timeout_ms)
{
	if (transport->user_timeout_ms == timeout_ms)
		return;
	net_set_user_timeout(transport->socket_fd, timeout_ms);
	transport->user_timeout_ms = timeout_ms;
}

unsigned transport_want(const struct transport *transport, bool may_read)
{
	unsigned want = 0;

	if (transport->socket_fd < 0)
		return 0;
	if (transport->connecting)
		return WT_WANT_WRITE;
	if (may_read)
		want |= WT_WANT_READ;
	if (byte_queue_length(&transport->unsent) > 0 && transport->write_error == 0)
		want |= WT_WANT_WRITE;
	return want;
}

static int poll_timeout_ms(uint64_t until_ns)
{
	uint64_t now = clock_elapsed_ns();
	uint64_t ms;

	if (until_ns == UINT64_MAX)
		return -1;
	if (until_ns <= now)
		return 0;
	/* Rounded up: waking too early would only mean to wait again. */
	ms = (until_ns - now + NS_PER_MS - 1) / NS_PER_MS;
	return ms < INT32_MAX ? (int)ms : INT32_MAX;
}

bool transport_wait(const struct transport *transport, unsigned want, int wake_fd,
		    uint64_t until_ns)
{
	struct pollfd ready[2] = {
		{ .fd = wake_fd, .events = POLLIN },
		{ .fd = transport && want != 0 ? transport->socket_fd : -1 },
	};

	if ((want & WT_WANT_READ) != 0)
		ready[1].events |= POLLIN;
	if ((want & WT_WANT_WRITE) != 0)
		ready[1].events |= POLLOUT;
	if (poll(ready, 2, poll_timeout_ms(until_ns)) <= 0 || ready[0].revents == 0)
		return false;
	net_wake_clear(wake_fd);
	return true;
}
