#include "tcp_lab/lab_programs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/byte_queue.h"
#include "base/clock.h"
#include "tcp_lab/lab_clock.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/lab_process.h"
#include "tcp_lab/program_fate.h"
#include "tcp_lab/program_output.h"

#define READ_BYTES 16384u
#define READS_PER_TURN 4u  /* of one program, so that one that floods us leaves time for others */
#define READS_AT_END 256u  /* more than a terminal or pipe holds */
#define EVENTS_PER_TURN 64 /* taken at a time; the rest stays ready */

/* What of a program an event is about; beside its place, in epoll_event.data. */
enum watched { WATCHED_END, WATCHED_INPUT, WATCHED_OUTPUT, WATCHED_FAILURE, WATCHED_COUNT };

struct lab_program {
	struct lab_programs *programs; /* borrowed */
	size_t place;                  /* in programs->list */
	enum lab_host host;
	const char *name; /* borrowed from the experiment, as is the next */
	const char *command;
	struct lab_process process; /* descriptors that are over are closed and -1 */
	struct program_output output;
	struct byte_queue input; /* typed, and not written yet */
	bool input_ends;         /* behind what is queued */
	bool input_watched;      /* we wait until the pipe takes more */
	uint64_t began_ns;       /* of the monotonic clock, as is the next */
	bool ended;
	uint64_t ended_ns; /* with ended */
	int status;        /* with ended; as of waitpid() */
	int error;         /* why it could not be executed; 0: it was */
	bool complained;   /* lab_programs_next_not_started() gave it */
	bool killed_by_us;
};

/* A program for become_of(). */
struct destination {
	struct lab_world *world;
	enum lab_host host;
};

struct lab_programs {
	struct lab_world *world;                    /* borrowed; NULL: no hosts */
	const char *tool_folder;                    /* borrowed; NULL: none */
	int epoll_fd;                               /* owned */
	struct lab_program *list[LAB_PROGRAMS_MAX]; /* owned */
	size_t count;
	bool lacks_terminal;
};

int lab_programs_create(struct lab_world *world, const char *tool_folder, struct lab_programs **out)
{
	struct lab_programs *programs = calloc(1, sizeof(*programs));

	if (!programs)
		return -ENOMEM;
	programs->world = world;
	programs->tool_folder = tool_folder;
	programs->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (programs->epoll_fd < 0) {
		int result = -errno;

		free(programs);
		return result;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* a program that reads no more is told by EPIPE */
	(void)signal(SIGCHLD, SIG_DFL); /* who starts us may ignore it: ends would be lost */
	*out = programs;
	return 0;
}

int lab_programs_fd(const struct lab_programs *programs)
{
	return programs->epoll_fd;
}

/* ---- what is watched ---- */

static int watch(const struct lab_program *program, int fd, enum watched what, uint32_t events)
{
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)program->place * WATCHED_COUNT + what,
	};

	return epoll_ctl(program->programs->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static void unwatch(const struct lab_program *program, int fd)
{
	(void)epoll_ctl(program->programs->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void close_watched(const struct lab_program *program, int *fd)
{
	if (*fd < 0)
		return;
	/* By hand: a copy that a child has not closed yet would keep it watched. */
	unwatch(program, *fd);
	(void)close(*fd);
	*fd = -1;
}

/* ---- input ---- */

static void close_input(struct lab_program *program)
{
	if (program->input_watched)
		unwatch(program, program->process.input_fd);
	program->input_watched = false;
	if (program->process.input_fd >= 0)
		(void)close(program->process.input_fd);
	program->process.input_fd = -1;
	byte_queue_drop(&program->input, byte_queue_length(&program->input));
	byte_queue_release(&program->input);
}

/* False: it reads no more. */
static bool write_what_fits(struct lab_program *program)
{
	while (byte_queue_length(&program->input) > 0) {
		ssize_t written =
			write(program->process.input_fd, byte_queue_bytes(&program->input),
			      byte_queue_length(&program->input));

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN;
		byte_queue_drop(&program->input, (size_t)written);
	}
	return true;
}

static void write_input(struct lab_program *program)
{
	bool is_empty;

	if (program->process.input_fd < 0)
		return;
	if (!write_what_fits(program)) {
		close_input(program);
		return;
	}
	is_empty = byte_queue_length(&program->input) == 0;
	if (is_empty && program->input_ends) {
		close_input(program);
	} else if (is_empty) {
		if (program->input_watched)
			unwatch(program, program->process.input_fd);
		program->input_watched = false;
		byte_queue_release(&program->input);
	} else if (!program->input_watched) {
		program->input_watched =
			watch(program, program->process.input_fd, WATCHED_INPUT, EPOLLOUT) == 0;
	}
}

int lab_program_type(struct lab_program *program, const char *line, size_t length)
{
	uint8_t *room;

	if (program->ended || program->process.input_fd < 0 || program->input_ends)
		return -EPIPE;
	if (length >= LAB_INPUT_MAX_BYTES)
		return -ENOBUFS;
	room = byte_queue_reserve(&program->input, length + 1);
	if (!room)
		return -ENOBUFS;
	memcpy(room, line, length);
	room[length] = '\n';
	byte_queue_commit(&program->input, length + 1);
	write_input(program);
	return program->process.input_fd >= 0 ? 0 : -EPIPE;
}

int lab_program_end_input(struct lab_program *program)
{
	if (program->ended || program->process.input_fd < 0 || program->input_ends)
		return -EPIPE;
	program->input_ends = true;
	write_input(program);
	return 0;
}

/* ---- output, end, failure ---- */

static void read_output(struct lab_program *program, unsigned int reads)
{
	char bytes[READ_BYTES];

	for (unsigned int i = 0; i < reads && program->process.output_fd >= 0; i++) {
		ssize_t length = read(program->process.output_fd, bytes, sizeof(bytes));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			return;
		if (length <= 0) /* EIO: the way of a terminal to say that all is over */
			close_watched(program, &program->process.output_fd);
		else
			program_output_add(&program->output, bytes, (size_t)length,
					   (int64_t)lab_now_ns());
	}
}

static void read_failure(struct lab_program *program)
{
	int error;
	ssize_t length;

	if (program->process.failure_fd < 0)
		return;
	length = read(program->process.failure_fd, &error, sizeof(error));
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length == sizeof(error))
		program->error = error;
	close_watched(program, &program->process.failure_fd);
}

static void take_end(struct lab_program *program)
{
	if (program->ended || !lab_process_ended(&program->process, &program->status))
		return;
	unwatch(program, program->process.pidfd); /* it stays readable */
	read_output(program, READS_AT_END);
	read_failure(program);
	close_input(program);
	program->ended = true;
	program->ended_ns = lab_now_ns();
}

static void handle(struct lab_program *program, enum watched what)
{
	switch (what) {
	case WATCHED_END:
		take_end(program);
		break;
	case WATCHED_INPUT:
		write_input(program);
		break;
	case WATCHED_OUTPUT:
		read_output(program, READS_PER_TURN);
		break;
	case WATCHED_FAILURE:
		read_failure(program);
		break;
	case WATCHED_COUNT:
		break;
	}
}

static void advance_within(struct lab_programs *programs, int timeout_ms)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(programs->epoll_fd, events, EVENTS_PER_TURN, timeout_ms);

	for (int i = 0; i < count; i++) {
		size_t place = events[i].data.u64 / WATCHED_COUNT;

		handle(programs->list[place], (enum watched)(events[i].data.u64 % WATCHED_COUNT));
	}
}

void lab_programs_advance(struct lab_programs *programs)
{
	advance_within(programs, 0);
}

/* ---- starting ---- */

static int become(void *context)
{
	const struct destination *destination = context;

	return lab_world_become(destination->world, destination->host);
}

static int watch_all(struct lab_program *program)
{
	int result = watch(program, program->process.pidfd, WATCHED_END, EPOLLIN);

	if (result == 0)
		result = watch(program, program->process.output_fd, WATCHED_OUTPUT, EPOLLIN);
	if (result == 0)
		result = watch(program, program->process.failure_fd, WATCHED_FAILURE, EPOLLIN);
	return result;
}

static void program_destroy(struct lab_program *program)
{
	lab_process_finish(&program->process);
	program_output_finish(&program->output);
	byte_queue_finish(&program->input);
	free(program);
}

int lab_programs_start(struct lab_programs *programs, enum lab_host host, const char *name,
		       const char *command, struct lab_program **out)
{
	struct destination destination = { .world = programs->world, .host = host };
	const struct lab_process_plan plan = {
		.command = command,
		.tool_folder = programs->tool_folder,
		.become = programs->world ? become : NULL,
		.context = &destination,
	};
	const struct lab_program *namesake = lab_programs_find(programs, host, name);
	struct lab_program *program;
	int result;

	if (namesake && !namesake->ended)
		return -EEXIST;
	if (programs->count == LAB_PROGRAMS_MAX)
		return -ENOSPC;
	program = calloc(1, sizeof(*program));
	if (!program)
		return -ENOMEM;
	program->programs = programs;
	program->place = programs->count;
	program->host = host;
	program->name = name;
	program->command = command;
	program_output_init(&program->output, LAB_OUTPUT_MAX_BYTES);
	byte_queue_init(&program->input, LAB_INPUT_MAX_BYTES);
	program->began_ns = lab_now_ns();
	result = lab_process_start(&plan, &program->process);
	if (result < 0) {
		free(program);
		return result;
	}
	result = watch_all(program);
	if (result < 0) {
		(void)lab_process_signal(&program->process, SIGKILL);
		program_destroy(program);
		return result;
	}
	if (!program->process.has_terminal)
		programs->lacks_terminal = true;
	programs->list[programs->count++] = program;
	*out = program;
	return 0;
}

struct lab_program *lab_programs_find(const struct lab_programs *programs, enum lab_host host,
				      const char *name)
{
	for (size_t i = programs->count; i > 0; i--) {
		struct lab_program *program = programs->list[i - 1];

		if (program->host == host && strcmp(program->name, name) == 0)
			return program;
	}
	return NULL;
}

/* ---- what is known of a program ---- */

int lab_program_signal(struct lab_program *program, int signal_number)
{
	if (program->ended)
		return -ESRCH;
	return lab_process_signal(&program->process, signal_number);
}

bool lab_program_prints(struct lab_program *program, const char *text, size_t length)
{
	return program_output_find(&program->output, text, length);
}

bool lab_program_has_printed(const struct lab_program *program, const char *text, size_t length)
{
	return program_output_has(&program->output, text, length);
}

bool lab_program_is_silent(const struct lab_program *program)
{
	return program->process.output_fd < 0;
}

bool lab_program_ended(const struct lab_program *program)
{
	return program->ended;
}

static int exit_status_of(const struct lab_program *program)
{
	if (!program->ended || !WIFEXITED(program->status))
		return -1;
	return WEXITSTATUS(program->status);
}

/* What a shell ends with when it does not find the command, or may not execute it. */
static int error_of_shell(int exit_status)
{
	if (exit_status == 127)
		return ENOENT;
	return exit_status == 126 ? EACCES : 0;
}

/* Why it could not be started; 0: it was, or nothing else is known. */
static int start_error(const struct lab_program *program)
{
	return program->error != 0 ? program->error : error_of_shell(exit_status_of(program));
}

bool lab_program_not_started(const struct lab_program *program)
{
	return start_error(program) != 0;
}

int lab_program_exit_status(const struct lab_program *program)
{
	return program->error != 0 ? -1 : exit_status_of(program);
}

const char *lab_program_name(const struct lab_program *program)
{
	return program->name;
}

enum lab_host lab_program_host(const struct lab_program *program)
{
	return program->host;
}

struct lab_program *lab_programs_next_not_started(struct lab_programs *programs)
{
	for (size_t i = 0; i < programs->count; i++) {
		struct lab_program *program = programs->list[i];

		if (program->complained || !lab_program_not_started(program))
			continue;
		program->complained = true;
		return program;
	}
	return NULL;
}

/* ---- the end ---- */

size_t lab_programs_running(const struct lab_programs *programs)
{
	size_t running = 0;

	for (size_t i = 0; i < programs->count; i++)
		running += !programs->list[i]->ended;
	return running;
}

void lab_programs_terminate(struct lab_programs *programs)
{
	for (size_t i = 0; i < programs->count; i++) {
		struct lab_program *program = programs->list[i];

		if (program->ended)
			continue;
		program->killed_by_us = true;
		(void)lab_process_signal(&program->process, SIGTERM);
		(void)lab_process_signal(&program->process, SIGCONT); /* if it was stopped */
	}
}

void lab_programs_kill(struct lab_programs *programs, int wait_ms)
{
	uint64_t deadline_ms = clock_elapsed_ms() + (wait_ms > 0 ? (uint64_t)wait_ms : 0);

	for (size_t i = 0; i < programs->count; i++) {
		struct lab_program *program = programs->list[i];

		if (!program->ended)
			program->killed_by_us = true;
		/* Of those that ended, what they started may still be there. */
		(void)lab_process_signal(&program->process, SIGKILL);
	}
	while (lab_programs_running(programs) > 0) {
		uint64_t now_ms = clock_elapsed_ms();

		if (now_ms >= deadline_ms)
			break;
		advance_within(programs, (int)(deadline_ms - now_ms));
	}
}

void lab_programs_destroy(struct lab_programs *programs)
{
	if (!programs)
		return;
	lab_programs_kill(programs, (int)(LAB_PROGRAM_GRACE_NS / NS_PER_MS));
	for (size_t i = 0; i < programs->count; i++)
		program_destroy(programs->list[i]);
	(void)close(programs->epoll_fd);
	free(programs);
}

const char *lab_programs_lacks(const struct lab_programs *programs)
{
	if (!programs->lacks_terminal)
		return "";
	return "There is no pseudo-terminal to be had here (/dev/ptmx, /dev/pts): what programs "
	       "print comes through a pipe, and many keep it back until they end.";
}

/* ---- results ---- */

/* Borrows the output and its marks; times are as the clock has them. */
static void describe(const struct lab_program *program, struct lab_program_result *out)
{
	*out = (struct lab_program_result){
		.host = program->host,
		.command = program->command,
		.error = start_error(program),
		.ran = start_error(program) == 0,
		.began_ns = (int64_t)program->began_ns,
		.ended = program->ended,
		.ended_ns = (int64_t)program->ended_ns,
		.exit_status = lab_program_exit_status(program),
		.signal = program->ended && WIFSIGNALED(program->status) ? WTERMSIG(program->status)
									 : 0,
		.killed_by_us = program->killed_by_us,
		.output = program->output.bytes,
		.output_length = program->output.length,
		.output_dropped = program->output.dropped,
		.marks = program->output.marks,
		.mark_count = program->output.mark_count,
		.timed_length = program->output.timed_length,
	};
	memccpy(out->name, program->name, '\0', sizeof(out->name) - 1);
}

static void count_from(struct lab_program_result *result, int64_t beginning_ns)
{
	result->began_ns -= beginning_ns;
	result->ended_ns -= beginning_ns;
	for (size_t i = 0; i < result->mark_count; i++)
		result->marks[i].at_ns -= beginning_ns;
}

int lab_programs_take_results(struct lab_programs *programs, uint64_t monotonic_ns,
			      struct lab_record *record)
{
	if (programs->count == 0)
		return 0;
	record->programs = calloc(programs->count, sizeof(*record->programs));
	if (!record->programs)
		return -ENOMEM;
	record->program_count = programs->count;
	for (size_t i = 0; i < programs->count; i++) {
		struct lab_program *program = programs->list[i];

		describe(program, &record->programs[i]);
		count_from(&record->programs[i], (int64_t)monotonic_ns);
		program->output.bytes = NULL; /* the record has it, and them */
		program->output.marks = NULL;
		program_output_finish(&program->output);
		if (!record->programs[i].output)
			record->programs[i].output = calloc(1, 1); /* it printed nothing: "" */
		if (!record->programs[i].output)
			return -ENOMEM;
	}
	return 0;
}

void lab_program_fate(const struct lab_program *program, struct text_builder *out)
{
	struct lab_program_result result;

	describe(program, &result);
	program_fate_text(&result, out);
}
