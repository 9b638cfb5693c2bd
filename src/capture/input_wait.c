#include "capture/input_wait.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"

#define REST_MS 2000u  /* in all */
#define SILENCE_MS 500 /* and then no more is expected */

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	int result;

	do
		result = poll(&readable, 1, timeout_ms);
	while (result < 0 && errno == EINTR);
	return result > 0;
}

bool input_wait(struct input_wait *wait, int fd)
{
	struct pollfd both[] = {
		{ .fd = wait->stop_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (wait->stop_fd < 0)
		return true;
	if (wait->give_up_ns == 0) {
		while (poll(both, 2, -1) < 0 && errno == EINTR) {
		}
		if (both[0].revents == 0)
			return true;
		wait->give_up_ns = clock_elapsed_ns() + REST_MS * NS_PER_MS;
	}
	return clock_elapsed_ns() < wait->give_up_ns && is_readable(fd, SILENCE_MS);
}
