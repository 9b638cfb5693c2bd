#include "net/event_loop.h"

#include <errno.h>
#include <unistd.h>

/* More wait in the kernel for the next turn: this bounds one turn's work. */
#define EVENTS_PER_TURN 256

int event_loop_init(struct event_loop *loop)
{
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll_fd < 0 ? -errno : 0;
}

void event_loop_finish(struct event_loop *loop)
{
	if (loop->epoll_fd >= 0)
		(void)close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

int event_loop_add(struct event_loop *loop, struct fd_watch *watch)
{
	struct epoll_event event = { .events = watch->events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
		return -errno;
	return 0;
}

void event_loop_change(struct event_loop *loop, struct fd_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (watch->fd < 0 || watch->events == events)
		return;
	watch->events = events;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void event_loop_remove(struct event_loop *loop, struct fd_watch *watch)
{
	if (watch->fd < 0)
		return;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
}

int event_loop_turn(struct event_loop *loop, int timeout_ms, void (*before)(void *context),
		    void *context)
{
	/* Three kilobytes that the compiler would clear for each turn. */
	__attribute__((uninitialized)) struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, timeout_ms);
	int error = errno;

	if (before)
		before(context);
	if (count < 0)
		return error == EINTR ? 0 : -error;
	for (int i = 0; i < count; i++) {
		struct fd_watch *watch = events[i].data.ptr;

		if (watch->fd >= 0)
			watch->ready(watch, events[i].events, context);
	}
	return count;
}
