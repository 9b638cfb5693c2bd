/*
 * The two ends of what the lab's cable is measured with, as plain as sockets are. Numbers go to
 * standard output.
 *
 *   lab_peer echo PORT                      answers one byte with one, for one connection
 *   lab_peer ping ADDRESS PORT COUNT        prints the median of so many round trips, nanoseconds
 *   lab_peer sink PORT                      reads one connection to its end
 *   lab_peer source ADDRESS PORT SECONDS    writes for so long; prints bits a second, as the sink
 *                                           got them: it waits until all is acknowledged
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE_BYTES (256u * 1024)
#define COUNT_MAX 100000L
#define PAUSE_NS 200000 /* between round trips: each begins with both ends at rest */

static char piece[PIECE_BYTES];

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in out = { .sin_family = AF_INET };

	out.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &out.sin_addr) != 1)
		fail(address);
	return out;
}

static int accept_one(const char *port)
{
	struct sockaddr_in address = address_of("0.0.0.0", port);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int peer;
	int yes = 1;

	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0)
		fail("listen");
	peer = accept(listener, NULL, NULL);
	if (peer < 0 || setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) < 0)
		fail("accept");
	(void)close(listener);
	return peer;
}

/* The other side may not listen yet. */
static int connect_to(const char *host, const char *port)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	struct sockaddr_in address = address_of(host, port);
	int yes = 1;

	for (int tries = 0; tries < 500; tries++) {
		int peer = socket(AF_INET, SOCK_STREAM, 0);

		if (peer >= 0 &&
		    connect(peer, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0)
			return peer;
		if (peer >= 0)
			(void)close(peer);
		(void)nanosleep(&moment, NULL);
	}
	fail("connect");
}

static void echo(const char *port)
{
	int peer = accept_one(port);
	char byte;

	while (read(peer, &byte, 1) == 1) {
		if (write(peer, &byte, 1) != 1)
			fail("write");
	}
}

static int by_value(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one;
	uint64_t b = *(const uint64_t *)other;

	return a < b ? -1 : a > b;
}

static void ping(const char *host, const char *port, long count)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t *trips = calloc((size_t)count, sizeof(*trips));
	int peer = connect_to(host, port);
	char byte = 0;

	if (!trips)
		fail("calloc");
	for (long i = 0; i < count; i++) {
		uint64_t began_ns = now_ns();

		if (write(peer, &byte, 1) != 1 || read(peer, &byte, 1) != 1)
			fail("ping");
		trips[i] = now_ns() - began_ns;
		(void)nanosleep(&pause, NULL);
	}
	qsort(trips, (size_t)count, sizeof(*trips), by_value);
	printf("%llu\n", (unsigned long long)trips[count / 2]);
	free(trips);
}

static void sink(const char *port)
{
	int peer = accept_one(port);

	while (read(peer, piece, sizeof(piece)) > 0)
		;
}

static void source(const char *host, const char *port, double seconds)
{
	int peer = connect_to(host, port);
	uint64_t began_ns = now_ns();
	uint64_t until_ns = began_ns + (uint64_t)(seconds * 1e9);
	uint64_t bytes = 0;
	char byte;

	while (now_ns() < until_ns) {
		ssize_t written = write(peer, piece, sizeof(piece));

		if (written <= 0)
			fail("write");
		bytes += (uint64_t)written;
	}
	/* The sink closes when it has read to the end. */
	if (shutdown(peer, SHUT_WR) < 0 || read(peer, &byte, 1) != 0)
		fail("shutdown");
	printf("%.0f\n", (double)bytes * 8e9 / (double)(now_ns() - began_ns));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(what, "echo") == 0)
		echo(argv[2]);
	else if (argc == 3 && strcmp(what, "sink") == 0)
		sink(argv[2]);
	else if (argc == 5 && strcmp(what, "ping") == 0 && strtol(argv[4], NULL, 10) > 0 &&
		 strtol(argv[4], NULL, 10) <= COUNT_MAX)
		ping(argv[2], argv[3], strtol(argv[4], NULL, 10));
	else if (argc == 5 && strcmp(what, "source") == 0)
		source(argv[2], argv[3], strtod(argv[4], NULL));
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
