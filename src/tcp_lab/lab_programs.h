/*
 * Programs on the lab's hosts: a shell command each, with the user's own rights, whose input is
 * typed and whose output is kept. Non-blocking; one thread; for the process that holds the world
 * (SIGPIPE is ignored from then on, SIGCHLD is not).
 *
 *   lab_programs_create(world, tool_folder, &programs);
 *   lab_programs_start(programs, LAB_SERVER, "", command, &program);
 *   ... lab_programs_fd() is readable: lab_programs_advance() ...
 *   lab_programs_terminate(programs);  the loop goes on, LAB_PROGRAM_GRACE_NS at most, while
 *                                      lab_programs_running() is not 0
 *   lab_programs_kill(programs, 1000); whoever is left
 *   lab_programs_take_results(...);
 *   lab_programs_destroy(programs);
 *
 * A program and what it starts is a process group of its own. Functions return 0 or -errno.
 */
#ifndef WIRETALE_TCP_LAB_LAB_PROGRAMS_H
#define WIRETALE_TCP_LAB_LAB_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_record.h"
#include "tcp_lab/lab_world.h"

#define LAB_PROGRAM_GRACE_NS (UINT64_C(1000) * 1000 * 1000) /* between TERM and KILL at the end */
#define LAB_INPUT_MAX_BYTES (64u * 1024) /* typed, and not read by the program yet */

struct lab_programs;
struct lab_program; /* borrowed from its struct lab_programs, until that is destroyed */

/* world: borrowed; NULL: no hosts, they run where we are. tool_folder: the first in their PATH,
 * borrowed; NULL: none. */
int lab_programs_create(struct lab_world *world, const char *tool_folder,
			struct lab_programs **out);
/* Kills what still runs, at once. May be NULL. */
void lab_programs_destroy(struct lab_programs *programs);

/* To watch for reading (an epoll descriptor). Borrowed. */
int lab_programs_fd(const struct lab_programs *programs);
/* Takes output and ends, hands on what was typed. A bounded piece of work. */
void lab_programs_advance(struct lab_programs *programs);

/*
 * `/bin/sh -c command` on that host. name, command: borrowed; name "" is the host's unnamed one.
 * -EEXIST: one of that name runs there; -ENOSPC: LAB_PROGRAMS_MAX were started. 0 does not mean
 * that the command exists: see lab_program_not_started().
 */
int lab_programs_start(struct lab_programs *programs, enum lab_host host, const char *name,
		       const char *command, struct lab_program **out);

/* The latest of that name; NULL: none was ever started. */
struct lab_program *lab_programs_find(const struct lab_programs *programs, enum lab_host host,
				      const char *name);

/* One line for its input, given without its newline. -EPIPE: it has ended, or reads no more, or its
 * input was ended; -ENOBUFS: with it more than LAB_INPUT_MAX_BYTES would wait. */
int lab_program_type(struct lab_program *program, const char *line, size_t length);
/* Its input ends behind what was typed. */
int lab_program_end_input(struct lab_program *program);

/* To the program and what it started. -ESRCH: it has ended. */
int lab_program_signal(struct lab_program *program, int signal_number);

/* Its output has the text behind what earlier calls have found; true: the next call searches behind
 * this find. Cheap while nothing new came. */
bool lab_program_prints(struct lab_program *program, const char *text, size_t length);
/* Its output has it, anywhere. */
bool lab_program_has_printed(const struct lab_program *program, const char *text, size_t length);
/* Its output is over: nothing that is waited for can come any more. */
bool lab_program_is_silent(const struct lab_program *program);

/* It ended, and what it had printed by then is here. */
bool lab_program_ended(const struct lab_program *program);
/* With ended: its exit status; -1: it died of a signal, or was never started. */
int lab_program_exit_status(const struct lab_program *program);
/* Nobody could execute it, or the shell did not find what it is to execute. */
bool lab_program_not_started(const struct lab_program *program);
/* What became of it, or that it runs: see program_fate_text(). */
void lab_program_fate(const struct lab_program *program, struct text_builder *out);

/* The first that could not be started and was not given by an earlier call; NULL: none. */
struct lab_program *lab_programs_next_not_started(struct lab_programs *programs);
const char *lab_program_name(const struct lab_program *program); /* borrowed */
enum lab_host lab_program_host(const struct lab_program *program);

/* How many have not ended. */
size_t lab_programs_running(const struct lab_programs *programs);
/* SIGTERM to all of them. */
void lab_programs_terminate(struct lab_programs *programs);
/* SIGKILL to all of them, and waits so long at most. Blocks. */
void lab_programs_kill(struct lab_programs *programs, int wait_ms);

/* A sentence about what could not be had (a terminal); "" or static. */
const char *lab_programs_lacks(const struct lab_programs *programs);

/*
 * What became of each, in the order of their start; allocated, the record takes it. Their output
 * goes with it, so that nothing is found in it afterwards. monotonic_ns: the run's beginning.
 */
int lab_programs_take_results(struct lab_programs *programs, uint64_t monotonic_ns,
			      struct lab_record *record);

#endif
