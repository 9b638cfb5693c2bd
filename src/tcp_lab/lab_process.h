/*
 * Starts a shell command as a process of its own: own session and process group, its input a pipe,
 * its output a terminal of which we hold the other end (so that programs print line by line), no
 * signal blocked or ignored, no descriptor of ours. One thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_PROCESS_H
#define WIRETALE_TCP_LAB_LAB_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct lab_process_plan {
	const char *command;     /* for /bin/sh -c */
	const char *tool_folder; /* the first in its PATH; NULL: none */
	/* In the new process, before the command: moves it where it belongs. 0 or -errno, then the
	 * command is not started. May be NULL. */
	int (*become)(void *context);
	void *context;
};

struct lab_process {
	pid_t pid;    /* a zombie until lab_process_finish(), so that nobody else gets its number */
	int pidfd;    /* owned, as are the others; readable: it has ended */
	int input_fd; /* to its standard input; non-blocking; -1: closed */
	int output_fd;  /* of both its outputs; non-blocking; the end is EIO, or 0 bytes; -1: closed
			 */
	int failure_fd; /* gives an errno (an int) when the command could not be executed, and its
			   end when it was; non-blocking; -1: closed */
	bool has_terminal; /* else its output is a pipe: there was no terminal to be had */
};

/* 0, or -errno: nothing was started. */
int lab_process_start(const struct lab_process_plan *plan, struct lab_process *out);

/* To its whole group. -ESRCH: nobody is left. */
int lab_process_signal(const struct lab_process *process, int signal_number);

/* True: it has ended; *status as of waitpid(). */
bool lab_process_ended(const struct lab_process *process, int *status);

/* Closes everything, and lets the kernel forget the process if it has ended. */
void lab_process_finish(struct lab_process *process);

#endif
