/*
 * A peer's own C client library, used as its documentation says to be fast: one connection that
 * publishes and one that hears it. What is measured, and how, is the same for all of them and
 * stands in peer_library.c; a driver knows its library and nothing else.
 */
#ifndef WIRETALE_BENCH_LIBRARY_DRIVER_H
#define WIRETALE_BENCH_LIBRARY_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer_library;

/* What a driver is to do; the rest is its own choice. */
struct library_setting {
	const char *host; /* IPv4, in digits */
	uint16_t port;
	bool hurried; /* each message is to leave at once, not gathered with others */
	struct peer_library *library; /* whom peer_library_heard() is told for */
};

struct library_driver {
	const char *name;

	/*
	 * Connects both and subscribes. Returns once the subscription holds, with what is handed to
	 * the others in *out, to be given back by close(). False: it did not, *problem says why.
	 */
	bool (*open)(const struct library_setting *setting, void **out, const char **problem);

	/* Only one thread publishes. The payload is borrowed. False: the connection is gone. */
	bool (*publish)(void *pair, const uint8_t *payload, size_t length);

	/* What is published leaves now; the publisher is about to wait. NULL: it does by itself. */
	bool (*flush)(void *pair);

	/* After it the load hears no more. */
	void (*close)(void *pair);
};

extern const struct library_driver library_nats, library_redis, library_mosquitto;

/* For drivers: one message came. From one thread at a time, which may be the driver's own. */
void peer_library_heard(struct peer_library *library, const uint8_t *payload, size_t length);

#endif
