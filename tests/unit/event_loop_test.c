#include "net/event_loop.h"

#include <errno.h>
#include <unistd.h>

#include "support/unit_test.h"

/* A pipe whose reading end is watched, and what to do when it is ready. */
struct watched_pipe {
	struct fd_watch watch; /* first: found by a cast */
	int write_fd;
	int calls;
	struct fd_watch *removes; /* taken out of the loop when this one is ready; or NULL */
};

static struct event_loop loop;

static void count_call(struct fd_watch *watch, uint32_t events, void *context)
{
	struct watched_pipe *pipe = (struct watched_pipe *)watch;

	assert_true((events & (EPOLLIN | EPOLLHUP)) != 0);
	assert_ptr_equal(context, &loop);
	pipe->calls++;
	if (pipe->removes)
		event_loop_remove(&loop, pipe->removes);
}

static void pipe_open(struct watched_pipe *opened)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	*opened = (struct watched_pipe){
		.watch = { .fd = ends[0], .events = EPOLLIN, .ready = count_call },
		.write_fd = ends[1],
	};
	assert_int_equal(event_loop_add(&loop, &opened->watch), 0);
}

static void pipe_close(struct watched_pipe *opened, int read_fd)
{
	event_loop_remove(&loop, &opened->watch);
	(void)close(read_fd);
	(void)close(opened->write_fd);
}

static int open_loop(void **state)
{
	(void)state;
	return event_loop_init(&loop);
}

static int close_loop(void **state)
{
	(void)state;
	event_loop_finish(&loop);
	event_loop_finish(&loop); /* twice does nothing more */
	return 0;
}

static void a_watch_is_called_only_while_it_is_ready(void **state)
{
	struct watched_pipe pipe;
	int read_fd;
	char byte;

	(void)state;
	pipe_open(&pipe);
	read_fd = pipe.watch.fd;
	assert_int_equal(event_loop_turn(&loop, 0, NULL, &loop), 0);
	assert_int_equal(write(pipe.write_fd, "x", 1), 1);
	assert_int_equal(event_loop_turn(&loop, -1, NULL, &loop), 1);
	assert_int_equal(event_loop_turn(&loop, -1, NULL, &loop), 1); /* nobody read: still ready */
	assert_int_equal(pipe.calls, 2);
	assert_int_equal(read(read_fd, &byte, 1), 1);
	assert_int_equal(event_loop_turn(&loop, 0, NULL, &loop), 0);
	pipe_close(&pipe, read_fd);
}

static void one_that_is_removed_gets_no_event_of_the_same_batch(void **state)
{
	struct watched_pipe pipes[2];
	int read_fds[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		pipe_open(&pipes[i]);
		read_fds[i] = pipes[i].watch.fd;
		assert_int_equal(write(pipes[i].write_fd, "x", 1), 1);
	}
	pipes[0].removes = &pipes[1].watch;
	pipes[1].removes = &pipes[0].watch;
	/* Both are ready; whichever comes first takes the other out. */
	assert_int_equal(event_loop_turn(&loop, -1, NULL, &loop), 2);
	assert_int_equal(pipes[0].calls + pipes[1].calls, 1);
	for (size_t i = 0; i < 2; i++)
		pipe_close(&pipes[i], read_fds[i]);
}

static void a_removed_watch_leaves_its_descriptor_open(void **state)
{
	struct watched_pipe pipe;
	int read_fd;
	char byte = 0;

	(void)state;
	pipe_open(&pipe);
	read_fd = pipe.watch.fd;
	event_loop_remove(&loop, &pipe.watch);
	event_loop_remove(&loop, &pipe.watch); /* twice does nothing more */
	assert_int_equal(pipe.watch.fd, -1);
	assert_int_equal(write(pipe.write_fd, "x", 1), 1);
	assert_int_equal(event_loop_turn(&loop, 0, NULL, &loop), 0);
	assert_int_equal(read(read_fd, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	pipe_close(&pipe, read_fd);
}

static void what_is_waited_for_can_be_changed(void **state)
{
	struct watched_pipe pipe;
	int read_fd;

	(void)state;
	pipe_open(&pipe);
	read_fd = pipe.watch.fd;
	assert_int_equal(write(pipe.write_fd, "x", 1), 1);
	event_loop_change(&loop, &pipe.watch, 0);
	assert_int_equal(event_loop_turn(&loop, 0, NULL, &loop), 0);
	event_loop_change(&loop, &pipe.watch, EPOLLIN);
	assert_int_equal(event_loop_turn(&loop, 0, NULL, &loop), 1);
	pipe_close(&pipe, read_fd);
}

static int times_before;

static void count_before(void *context)
{
	assert_ptr_equal(context, &loop);
	times_before++;
}

static void before_is_called_once_a_turn_also_when_nothing_is_ready(void **state)
{
	struct watched_pipe pipes[2];
	int read_fds[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		pipe_open(&pipes[i]);
		read_fds[i] = pipes[i].watch.fd;
	}
	times_before = 0;
	assert_int_equal(event_loop_turn(&loop, 0, count_before, &loop), 0);
	assert_int_equal(times_before, 1);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(write(pipes[i].write_fd, "x", 1), 1);
	assert_int_equal(event_loop_turn(&loop, -1, count_before, &loop), 2);
	assert_int_equal(times_before, 2);
	for (size_t i = 0; i < 2; i++)
		pipe_close(&pipes[i], read_fds[i]);
}

static void what_cannot_be_watched_is_refused_with_its_errno(void **state)
{
	struct fd_watch closed = { .fd = -1, .events = EPOLLIN, .ready = count_call };

	(void)state;
	assert_int_equal(event_loop_add(&loop, &closed), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_watch_is_called_only_while_it_is_ready, open_loop,
						close_loop),
		cmocka_unit_test_setup_teardown(one_that_is_removed_gets_no_event_of_the_same_batch,
						open_loop, close_loop),
		cmocka_unit_test_setup_teardown(a_removed_watch_leaves_its_descriptor_open,
						open_loop, close_loop),
		cmocka_unit_test_setup_teardown(what_is_waited_for_can_be_changed, open_loop,
						close_loop),
		cmocka_unit_test_setup_teardown(
			before_is_called_once_a_turn_also_when_nothing_is_ready, open_loop,
			close_loop),
		cmocka_unit_test_setup_teardown(what_cannot_be_watched_is_refused_with_its_errno,
						open_loop, close_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
