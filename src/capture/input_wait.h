/*
 * Waits for input that may be ended from outside. What was under way then still comes: of a pipe
 * whose writer was told to end by the same Ctrl-C, and writes what it has left. One thread.
 *
 *   struct input_wait wait = { .stop_fd = fd };
 *   while (input_wait(&wait, STDIN_FILENO) && read(STDIN_FILENO, ...) > 0) ...
 */
#ifndef WIRETALE_CAPTURE_INPUT_WAIT_H
#define WIRETALE_CAPTURE_INPUT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct input_wait {
	int stop_fd; /* borrowed; readable: no more is to be read; -1: does not wait at all */
	uint64_t give_up_ns; /* by the elapsed clock; 0: stop_fd was not readable yet */
};

/* There is something to read, or its end. False: the end was asked for, and nothing comes. */
bool input_wait(struct input_wait *wait, int fd);

#endif
