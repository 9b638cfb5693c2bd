/*
 * An epoll loop in three calls. Watches are level-triggered and embedded by the caller.
 *
 * The rule for death: a watch that is removed gets no further event of the batch being
 * handled, but its memory must stay until event_loop_turn() has returned. One thread.
 */
#ifndef WIRETALE_NET_EVENT_LOOP_H
#define WIRETALE_NET_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct fd_watch {
	int fd;          /* borrowed; -1 once removed */
	uint32_t events; /* EPOLLIN, EPOLLOUT: what is waited for */
	void (*ready)(struct fd_watch *watch, uint32_t events, void *context);
};

struct event_loop {
	int epoll_fd; /* owned; -1 while not open */
};

/* 0, or a negative errno. */
int event_loop_init(struct event_loop *loop);
void event_loop_finish(struct event_loop *loop);

/* Starts to watch watch->fd for watch->events. 0, or a negative errno. */
int event_loop_add(struct event_loop *loop, struct fd_watch *watch);

/* Changes what is waited for; no system call where nothing changes. */
void event_loop_change(struct event_loop *loop, struct fd_watch *watch, uint32_t events);

/* Stops watching; sets watch->fd to -1 and leaves the descriptor open. */
void event_loop_remove(struct event_loop *loop, struct fd_watch *watch);

/*
 * Waits at most timeout_ms (-1: for ever) and calls `ready` of each watch that is, with
 * the context. `before` (may be NULL) is called once, between the waiting and the first `ready`:
 * the place to read the clock. Returns how many were ready, or a negative errno.
 */
int event_loop_turn(struct event_loop *loop, int timeout_ms, void (*before)(void *context),
		    void *context);

#endif
