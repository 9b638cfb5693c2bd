/*
 * The least that a relay can do: bytes from one connection to another, by one thread. What this
 * costs is what the kernel costs, so it is the floor that the relays are held against.
 *
 *	bare_relay PORT
 *
 * A connection begins with eight bytes: its own number and that of the one it sends to, 0 being
 * nobody; each is 4 bytes, big-endian. They come back, to say that it is known. All that follows
 * goes to the other one as it is, and what that one sends comes back. Bytes that have nowhere to
 * go are dropped. A connection is not read from while the other one's socket is full.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING_BYTES 8u
#define READ_BYTES (256u * 1024) /* taken in one go; also the most that is held for one socket */
#define NUMBERS 65536u
#define EVENTS 256

struct end {
	int socket_fd;        /* owned */
	uint32_t number;      /* its place in `ends`; 0 before its greeting */
	uint32_t to;          /* whom it named; 0: nobody */
	struct end *other;    /* the two name each other; NULL: not there */
	uint8_t *unsent;      /* owned; what this socket did not take, NULL: nothing */
	size_t unsent_at;     /* the first byte of it that is still to go */
	size_t unsent_length; /* from there */
	size_t greeted;       /* bytes of `greeting` received */
	uint8_t greeting[GREETING_BYTES];
};

static struct end *ends[NUMBERS];
static uint8_t shared[READ_BYTES];
static int epoll_fd;

static void watch(struct end *end)
{
	bool full = end->other && end->other->unsent;
	struct epoll_event event = { .events = full ? 0 : EPOLLIN, .data.ptr = end };

	if (end->unsent)
		event.events |= EPOLLOUT;
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_MOD, end->socket_fd, &event);
}

/* Only the end whose event is being handled is ever destroyed: no other event mentions it. */
static void destroy(struct end *end)
{
	struct end *other = end->other;

	if (ends[end->number] == end)
		ends[end->number] = NULL;
	if (other) {
		other->other = NULL;
		watch(other);
	}
	(void)close(end->socket_fd);
	free(end->unsent);
	free(end);
}

/* Whoever comes second finds the first. */
static struct end *other_of(struct end *end)
{
	struct end *named = end->other ? NULL : ends[end->to];

	if (named && named != end && !named->other) {
		end->other = named;
		named->other = end;
	}
	return end->other;
}

/* False: this end is done for. */
static bool send_to(struct end *end, const uint8_t *bytes, size_t length)
{
	ssize_t sent = send(end->socket_fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN)
		return true; /* its own event will tell */
	if (sent < 0)
		sent = 0;
	if ((size_t)sent == length)
		return true;
	end->unsent = malloc(length - (size_t)sent);
	if (!end->unsent)
		return false;
	end->unsent_at = 0;
	end->unsent_length = length - (size_t)sent;
	memcpy(end->unsent, bytes + sent, end->unsent_length);
	watch(end);
	if (end->other)
		watch(end->other);
	return true;
}

static void send_rest(struct end *end)
{
	ssize_t sent = send(end->socket_fd, end->unsent + end->unsent_at, end->unsent_length,
			    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent <= 0)
		return;
	end->unsent_at += (size_t)sent;
	end->unsent_length -= (size_t)sent;
	if (end->unsent_length > 0)
		return;
	free(end->unsent);
	end->unsent = NULL;
	watch(end);
	if (end->other)
		watch(end->other);
}

/* Returns how many of the bytes belong to the greeting; -1: it names a number that is none. */
static ssize_t take_greeting(struct end *end, const uint8_t *bytes, size_t length)
{
	size_t missing = GREETING_BYTES - end->greeted;
	size_t taken = length < missing ? length : missing;
	uint32_t numbers[2];

	memcpy(end->greeting + end->greeted, bytes, taken);
	end->greeted += taken;
	if (taken == 0 || end->greeted < GREETING_BYTES)
		return (ssize_t)taken;
	memcpy(numbers, end->greeting, sizeof(numbers));
	end->number = ntohl(numbers[0]);
	end->to = ntohl(numbers[1]);
	if (end->number == 0 || end->number >= NUMBERS || end->to >= NUMBERS)
		return -1;
	ends[end->number] = end;
	return send_to(end, end->greeting, GREETING_BYTES) ? (ssize_t)taken : -1;
}

/* False: this end is done for. */
static bool receive_from(struct end *end)
{
	struct end *other = other_of(end);
	ssize_t received, greeting;

	if (other && other->unsent)
		return true; /* an event from before the pause */
	received = recv(end->socket_fd, shared, READ_BYTES, MSG_DONTWAIT);
	if (received < 0)
		return errno == EAGAIN || errno == EINTR;
	if (received == 0)
		return false;
	greeting = take_greeting(end, shared, (size_t)received);
	if (greeting < 0)
		return false;
	if (greeting == received)
		return true;
	if (!other)
		other = other_of(end);
	return !other || send_to(other, shared + greeting, (size_t)(received - greeting));
}

static void accept_from(int listener)
{
	int socket_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct epoll_event event = { .events = EPOLLIN };
	struct end *end;
	int on = 1;

	if (socket_fd < 0)
		return;
	end = calloc(1, sizeof(*end));
	if (!end)
		goto close_socket;
	end->socket_fd = socket_fd;
	event.data.ptr = end;
	(void)setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, socket_fd, &event) == 0)
		return; /* epoll keeps it from here */
	free(end);

close_socket:
	(void)close(socket_fd);
}

static int listen_at(const char *port)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	int on = 1;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || epoll_fd < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1024) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) < 0) {
		perror("bare_relay");
		exit(EXIT_FAILURE);
	}
	return listener;
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct rlimit limit;
	int listener;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: bare_relay PORT\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	listener = listen_at(argv[1]);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			struct end *end = events[i].data.ptr;

			if (!end) {
				accept_from(listener);
				continue;
			}
			if ((events[i].events & EPOLLOUT) && end->unsent)
				send_rest(end);
			if ((events[i].events & (EPOLLERR | EPOLLHUP)) ||
			    ((events[i].events & EPOLLIN) && !receive_from(end)))
				destroy(end);
		}
	}
}
