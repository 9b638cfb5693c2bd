/*
 * The acceptor: takes connections from the listeners, and hands each to a worker. Those that there
 * is no room for are told so. One thread owns it.
 */
#ifndef WIRETALE_RELAY_SERVER_ACCEPTOR_H
#define WIRETALE_RELAY_SERVER_ACCEPTOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "net/event_loop.h"
#include "net/timer_heap.h"
#include "relay_server/placement.h"
#include "relay_server/worker.h"

struct listener {
	struct fd_watch watch; /* first: acceptor.c casts; the descriptor is owned */
	bool classic;
};

/* A connection that was refused: its peer is given time to read why. */
struct refused {
	struct fd_watch watch;
	struct timer timer;
};

struct acceptor {
	struct relay_shared *shared; /* borrowed */
	struct event_loop loop;
	struct timer_heap timers;
	struct timer pause; /* set while accepting is of no use */
	struct listener listeners[RELAY_LISTENERS_MAX];
	size_t listener_count;
	struct refused refused[RELAY_REFUSED_MAX]; /* watch.fd -1: the place is free */
	struct outbox outboxes[RELAY_WORKERS_MAX];
	struct fd_watch wake; /* made readable by relay_server_stop(); owned */
	int spare_fd;         /* given up to accept and refuse when none is left; -1: none */
	uint32_t last_number; /* of a client; never used again */
	uint64_t now_ms;
	uint64_t looked_ns;                 /* when it was last looked who is busy */
	uint64_t cpu_ns[RELAY_WORKERS_MAX]; /* what each worker's thread had used by then */
	struct placement_load loads[RELAY_WORKERS_MAX];
	atomic_bool stopping;
};

/* 0, or a negative errno. The listeners are added after. */
int acceptor_init(struct acceptor *acceptor, struct relay_shared *shared);
void acceptor_finish(struct acceptor *acceptor);

/* Opens one more listener. 0, or a negative errno. */
int acceptor_listen(struct acceptor *acceptor, const struct net_address *address, bool classic);

/* A thread's start routine, given the acceptor: until it is stopped; tells the workers. */
void *acceptor_run(void *context);

/* Any thread. */
void acceptor_stop(struct acceptor *acceptor);

#endif
