/* A filter that is narrowed while frames pass, in a network of the test's own. */
#include "capture/live_capture.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wire.h"
#include "support/unit_test.h"

#define SKIPPED 77
#define PATIENCE_MS 20000
#define DATAGRAMS 20000u
#define AHEAD_MAX 32u /* so many the capture has room for */
#define NARROWED_EVERY 7u
#define PORT 7
#define NUMBER_AT (20u + 20u + 8u) /* behind the headers of "any", of IPv4 and of UDP */
#define FILTER "udp dst port 7"

static _Atomic uint32_t read_so_far;
static pthread_t sender;

/* In the child: what is not so is written, and the child ends. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,           \
				      #condition);                                                 \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void raise_loopback(int fd)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	CHECK(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
}

/* Each says its number; never more at once than the capture has room for. */
static void *send_all(void *context)
{
	const int *fd = context;
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(PORT),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		uint32_t number = htonl(i);

		while (i >= atomic_load(&read_so_far) + AHEAD_MAX)
			(void)sched_yield();
		/* An error is of the one before: nobody listens there. */
		while (sendto(*fd, &number, sizeof(number), 0, (const struct sockaddr *)&to,
			      sizeof(to)) < 0)
			;
	}
	return NULL;
}

static struct live_capture *open_capture(void)
{
	const struct live_capture_options options = { .interface = "any",
						      .filter = FILTER,
						      .immediate = true };
	enum live_capture_refusal refusal = LIVE_CAPTURE_OTHER;
	struct capture_problem problem = { .offset = 0 };
	struct live_capture *live = NULL;

	if (live_capture_open(&options, &live, &problem, &refusal) == CAPTURE_FRAME)
		return live;
	(void)printf("# no capture here: %s\n", problem.sentence);
	(void)fflush(stdout);
	CHECK(refusal == LIVE_CAPTURE_NOT_PERMITTED || refusal == LIVE_CAPTURE_NO_LIBRARY);
	_exit(SKIPPED);
}

static int new_network(void)
{
	int fd;

	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		(void)printf("# this machine gives no network of one's own\n");
		(void)fflush(stdout);
		_exit(SKIPPED);
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(fd >= 0);
	raise_loopback(fd);
	return fd;
}

static void play(void (*at_each)(struct live_capture *live, uint32_t number))
{
	int fd = new_network();
	struct live_capture *live = open_capture();
	uint64_t drops[2];

	CHECK(pthread_create(&sender, NULL, send_all, &fd) == 0);
	for (uint32_t i = 0; i < DATAGRAMS; i++) {
		struct captured_frame frame;

		CHECK(live_capture_next(live, PATIENCE_MS, &frame) == CAPTURE_FRAME);
		CHECK(frame.captured_length >= NUMBER_AT + sizeof(uint32_t));
		CHECK(wire_u32(frame.bytes + NUMBER_AT) == i);
		atomic_store(&read_so_far, i + 1);
		at_each(live, i);
	}
	CHECK(pthread_join(sender, NULL) == 0);
	live_capture_dropped(live, &drops[0], &drops[1]);
	CHECK(drops[0] == 0);
	live_capture_close(live);
	(void)close(fd);
}

static void in_child(void (*at_each)(struct live_capture *live, uint32_t number))
{
	pid_t child;
	int status;

	(void)fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(PATIENCE_MS / 1000);
		play(at_each);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIPPED);
}

static void narrow(struct live_capture *live, uint32_t number)
{
	if (number % NARROWED_EVERY == 0)
		CHECK(live_capture_narrow(live, FILTER " and host 127.0.0.1"));
	if (number == DATAGRAMS / 2)
		CHECK(!live_capture_narrow(live, "no filter at all"));
}

static void nothing_is_lost_while_it_is_narrowed(void **state)
{
	(void)state;
	in_child(narrow);
}

static void leave_all_out(struct live_capture *live, uint32_t number)
{
	struct captured_frame frame;
	uint64_t drops[2];

	if (number != DATAGRAMS / 2)
		return;
	/* What was taken already is left out as well; */
	CHECK(live_capture_narrow(live, FILTER " and host 127.0.0.2"));
	CHECK(live_capture_next(live, 0, &frame) == CAPTURE_END);
	/* and of all that follows, at once, nothing fills the buffer, which holds 128. */
	atomic_store(&read_so_far, DATAGRAMS);
	CHECK(pthread_join(sender, NULL) == 0);
	CHECK(live_capture_next(live, 0, &frame) == CAPTURE_END);
	live_capture_dropped(live, &drops[0], &drops[1]);
	CHECK(drops[0] == 0);
	_exit(0);
}

static void what_waits_is_left_out_too(void **state)
{
	(void)state;
	in_child(leave_all_out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_while_it_is_narrowed),
		cmocka_unit_test(what_waits_is_left_out_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
