#include "tcp_lab/lab_programs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/lab_process.h"

#define PATIENCE_MS 20000u /* a test that fails ends, too */

static int start_programs(void **state)
{
	struct lab_programs *programs;

	if (lab_programs_create(NULL, "/tool-folder", &programs) != 0)
		return -1;
	*state = programs;
	return 0;
}

/* What they printed is for who reads why a test failed. */
static int end_programs(void **state)
{
	struct lab_record record = { 0 };

	if (lab_programs_take_results(*state, 0, &record) != 0)
		return -1;
	for (size_t i = 0; i < record.program_count; i++)
		print_message("# program %zu printed %zu bytes: %.*s\n", i,
			      record.programs[i].output_length,
			      (int)strcspn(record.programs[i].output, "\n"),
			      record.programs[i].output);
	lab_record_finish(&record);
	lab_programs_destroy(*state);
	return 0;
}

static struct lab_program *start(struct lab_programs *programs, const char *command)
{
	struct lab_program *program = NULL;
	int result = lab_programs_start(programs, LAB_CLIENT, "", command, &program);

	if (result == -ENOSYS) { /* so it is under valgrind 3.19 */
		print_message("pidfd_open() is not to be had here\n");
		skip();
	}
	assert_int_equal(result, 0);
	assert_non_null(program);
	return program;
}

/* Waits for something of any program; false: nothing came for too long. */
static bool something_comes(struct lab_programs *programs)
{
	struct pollfd ready = { .fd = lab_programs_fd(programs), .events = POLLIN };

	if (poll(&ready, 1, (int)PATIENCE_MS) != 1)
		return false;
	lab_programs_advance(programs);
	return true;
}

static void wait_for_end(struct lab_programs *programs, const struct lab_program *program)
{
	while (!lab_program_ended(program))
		assert_true(something_comes(programs));
}

static void wait_for_silence(struct lab_programs *programs, const struct lab_program *program)
{
	while (!lab_program_is_silent(program))
		assert_true(something_comes(programs));
}

static void wait_for_text(struct lab_programs *programs, struct lab_program *program,
			  const char *text)
{
	while (!lab_program_prints(program, text, strlen(text)))
		assert_true(something_comes(programs));
}

static void assert_fate(const struct lab_program *program, const char *wanted)
{
	struct text_builder text;

	text_builder_init(&text, 1000);
	lab_program_fate(program, &text);
	assert_string_equal(text_builder_text(&text), wanted);
	text_builder_finish(&text);
}

static bool printed(const struct lab_program *program, const char *text)
{
	return lab_program_has_printed(program, text, strlen(text));
}

static void assert_printed(const struct lab_program *program, const char *text)
{
	if (!printed(program, text))
		fail_msg("\"%s\" was not printed", text);
}

static void both_outputs_are_kept_as_they_came(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program =
		start(programs, "printf 'one\\n'; printf 'two\\n' >&2; printf three; exit 3");

	assert_fate(program, "is running");
	wait_for_end(programs, program);
	assert_printed(program, "one\ntwo\nthree"); /* no carriage return came in */
	assert_int_equal(lab_program_exit_status(program), 3);
	assert_false(lab_program_not_started(program));
	assert_fate(program, "ended with status 3");
	wait_for_silence(programs, program);
}

static void programs_believe_that_a_person_looks_on(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program =
		start(programs, "test -t 1 && test -t 2 && ! test -t 0 && echo a terminal");

	wait_for_end(programs, program);
	if (lab_programs_lacks(programs)[0] != '\0')
		LEAVE_OUT(lab_programs_lacks(programs));
	assert_printed(program, "a terminal");
}

static void what_is_typed_arrives_and_the_input_can_end(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "cat");

	assert_int_equal(lab_program_type(program, "hello", 5), 0);
	wait_for_text(programs, program, "hello\n");
	assert_false(lab_program_prints(program, "hello", 5)); /* no echo of the terminal */
	assert_false(lab_program_ended(program));
	assert_int_equal(lab_program_type(program, "last", 4), 0);
	assert_int_equal(lab_program_end_input(program), 0);
	wait_for_end(programs, program);
	assert_printed(program, "hello\nlast\n");
	assert_fate(program, "ended with status 0");
	assert_int_equal(lab_program_type(program, "x", 1), -EPIPE);
	assert_int_equal(lab_program_end_input(program), -EPIPE);
}

static void typing_to_who_does_not_read_has_a_ceiling(void **state)
{
	static char much[LAB_INPUT_MAX_BYTES - 1];
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "wc -c; exit 0");
	size_t typed = 0;
	int result = 0;

	memset(much, 'x', sizeof(much));
	assert_int_equal(lab_program_signal(program, SIGSTOP), 0);
	while (result == 0 && typed < 16 * sizeof(much)) {
		result = lab_program_type(program, much, sizeof(much));
		if (result == 0)
			typed += sizeof(much) + 1; /* with its newline */
	}
	assert_int_equal(result, -ENOBUFS);
	assert_int_equal(lab_program_end_input(program), 0);
	assert_int_equal(lab_program_signal(program, SIGCONT), 0);
	wait_for_end(programs, program);
	{
		char count[32];

		(void)snprintf(count, sizeof(count), "%zu\n", typed);
		assert_printed(program, count); /* what was taken came whole */
	}
}

static void who_closed_its_input_is_not_typed_to(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "exec 0<&-; echo closed; exec sleep 1000");

	wait_for_text(programs, program, "closed");
	assert_int_equal(lab_program_type(program, "x", 1), -EPIPE);
	assert_int_equal(lab_program_signal(program, SIGTERM), 0);
	wait_for_end(programs, program);
	assert_int_equal(lab_program_exit_status(program), -1);
	assert_fate(program, "was ended by SIGTERM");
	assert_int_equal(lab_program_signal(program, SIGTERM), -ESRCH);
}

static void a_program_that_is_not_there_is_told_in_the_words_of_the_shell(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "no-such-program-exists --at all");
	struct text_builder text;

	assert_null(lab_programs_next_not_started(programs));
	wait_for_end(programs, program);
	assert_true(lab_program_not_started(program));
	assert_ptr_equal(lab_programs_next_not_started(programs), program);
	assert_null(lab_programs_next_not_started(programs));
	text_builder_init(&text, 1000);
	lab_program_fate(program, &text);
	assert_non_null(strstr(text_builder_text(&text), "could not be started: "));
	assert_non_null(strstr(text_builder_text(&text), "no-such-program-exists"));
	text_builder_finish(&text);
}

static void a_file_that_may_not_be_executed_is_told(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "/dev/null");

	wait_for_end(programs, program);
	assert_int_equal(lab_program_exit_status(program), 126);
	assert_true(lab_program_not_started(program));
}

static void a_crash_is_told_by_its_signal(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "ulimit -c 0; kill -SEGV $$");

	wait_for_end(programs, program);
	assert_fate(program, "crashed: SIGSEGV (Segmentation fault)");
	program = start(programs, "ulimit -c 0; sh -c 'kill -SEGV $$'; exit $?");
	wait_for_end(programs, program);
	assert_fate(program, "ended with status 139, as shells say it of SIGSEGV");
}

static void at_the_end_programs_are_asked_first(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *polite =
		start(programs, "trap 'echo goodbye; exit 0' TERM; echo ready; "
				"while :; do sleep 1000 & wait; done");
	struct lab_program *stubborn = NULL;
	struct lab_record record = { 0 };

	assert_int_equal(lab_programs_start(programs, LAB_SERVER, "",
					    "trap '' TERM; echo ready; "
					    "while :; do sleep 1000 & wait; done",
					    &stubborn),
			 0);
	wait_for_text(programs, polite, "ready");
	wait_for_text(programs, stubborn, "ready");
	lab_programs_terminate(programs);
	wait_for_end(programs, polite);
	assert_printed(polite, "goodbye");
	assert_fate(polite, "ended with status 0 when the lab told it to, at the end");
	assert_int_equal(lab_programs_running(programs), 1);
	lab_programs_kill(programs, (int)PATIENCE_MS);
	assert_int_equal(lab_programs_running(programs), 0);
	assert_fate(stubborn, "was ended by SIGKILL, which the lab sent it at the end");

	assert_int_equal(lab_programs_take_results(programs, 0, &record), 0);
	assert_int_equal(record.program_count, 2);
	assert_true(record.programs[0].ran && record.programs[0].ended);
	assert_true(record.programs[0].killed_by_us);
	assert_int_equal(record.programs[1].signal, SIGKILL);
	assert_int_equal(record.programs[1].exit_status, -1);
	assert_int_equal(record.programs[1].host, LAB_SERVER);
	assert_string_equal(record.programs[0].output, "ready\ngoodbye\n");
	lab_record_finish(&record);
}

static void what_a_program_left_behind_is_killed_too(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "sleep 1000 & echo left");

	wait_for_end(programs, program);
	assert_false(lab_program_is_silent(program)); /* sleep holds its terminal */
	lab_programs_kill(programs, 0);
	wait_for_silence(programs, program);
	assert_fate(program, "ended with status 0");
}

static void output_has_a_ceiling_and_its_program_does_not_hang(void **state)
{
	enum { PRINTED = 3 * 1000 * 1000 };
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "head -c 3000000 /dev/zero; exit 7");
	struct lab_record record = { 0 };

	wait_for_end(programs, program);
	wait_for_silence(programs, program);
	assert_int_equal(lab_program_exit_status(program), 7);
	assert_int_equal(lab_programs_take_results(programs, 0, &record), 0);
	assert_int_equal(record.programs[0].output_length, LAB_OUTPUT_MAX_BYTES);
	assert_int_equal(record.programs[0].output_dropped, PRINTED - LAB_OUTPUT_MAX_BYTES);
	lab_record_finish(&record);
}

/* But 32 and 33, which are the C library's own and not to be set: make, say, has them ignored. */
static bool ignores_no_signal(const struct lab_program *program)
{
	static const char *const masks[] = { "0000000000000000", "0000000080000000",
					     "0000000100000000", "0000000180000000" };

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "SigIgn:\t%s\n", masks[i]);
		if (printed(program, line))
			return true;
	}
	return false;
}

static void a_program_inherits_nothing_of_ours(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program;
	sigset_t all;
	sigset_t before;
	int leak = dup2(STDIN_FILENO, 100);

	assert_int_equal(leak, 100);
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	program = start(programs, "grep -E '^Sig(Blk|Ign)' /proc/self/status; "
				  "test -e /proc/self/fd/100 && echo leaked; "
				  "echo \"$NO_COLOR $TERM ${COLUMNS-none} $PATH\"");
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	wait_for_end(programs, program);
	assert_printed(program, "SigBlk:\t0000000000000000\n");
	assert_true(ignores_no_signal(program));
	assert_false(printed(program, "leaked"));
	assert_printed(program, "1 dumb none /tool-folder:");
	(void)close(leak);
}

static void names_and_numbers_of_programs_have_limits(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *first = start(programs, "exec sleep 1000");
	struct lab_program *program;

	assert_int_equal(lab_programs_start(programs, LAB_CLIENT, "", "true", &program), -EEXIST);
	assert_int_equal(lab_programs_start(programs, LAB_CLIENT, "a", "true", &program), 0);
	assert_ptr_equal(lab_programs_find(programs, LAB_CLIENT, "a"), program);
	assert_null(lab_programs_find(programs, LAB_SERVER, "a"));
	assert_int_equal(lab_program_signal(first, SIGKILL), 0);
	wait_for_end(programs, first);
	for (size_t i = 2; i < LAB_PROGRAMS_MAX; i++) {
		program = start(programs, "true");
		assert_ptr_equal(lab_programs_find(programs, LAB_CLIENT, ""), program);
		wait_for_end(programs, program);
	}
	assert_int_equal(lab_programs_start(programs, LAB_CLIENT, "", "true", &program), -ENOSPC);
}

static void one_that_prints_nothing_has_an_empty_output(void **state)
{
	struct lab_programs *programs = *state;
	struct lab_program *program = start(programs, "true");
	struct lab_record record = { 0 };

	wait_for_end(programs, program);
	assert_int_equal(lab_programs_take_results(programs, 0, &record), 0);
	assert_string_equal(record.programs[0].output, "");
	assert_int_equal(record.programs[0].output_length, 0);
	lab_record_finish(&record);
}

static int refuse(void *context)
{
	(void)context;
	return -EPERM;
}

static void a_process_that_cannot_go_where_it_belongs_executes_nothing(void **state)
{
	const struct lab_process_plan plan = { .command = "echo executed", .become = refuse };
	struct lab_process process;
	struct pollfd ready;
	char output[16];
	int error = 0;
	int result;

	(void)state;
	result = lab_process_start(&plan, &process);
	if (result == -ENOSYS)
		LEAVE_OUT("pidfd_open() is not to be had here");
	assert_int_equal(result, 0);
	ready = (struct pollfd){ .fd = process.failure_fd, .events = POLLIN };
	assert_int_equal(poll(&ready, 1, (int)PATIENCE_MS), 1);
	assert_int_equal(read(process.failure_fd, &error, sizeof(error)), sizeof(error));
	assert_int_equal(error, EPERM);
	ready = (struct pollfd){ .fd = process.pidfd, .events = POLLIN };
	assert_int_equal(poll(&ready, 1, (int)PATIENCE_MS), 1);
	assert_true(read(process.output_fd, output, sizeof(output)) <= 0);
	lab_process_finish(&process);
}

/* For a process of its own, see lab_world.h. Its exit status: 0, REFUSED, or what went wrong. */
enum { REFUSED = 77 };

static int run_on_both_hosts(void)
{
	static const struct lab_world_options options = { 0 };
	struct lab_world *world;
	struct lab_refusal refusal;
	struct lab_programs *programs;

	if (lab_world_create(&options, &world, &refusal) != 0) {
		print_message("%s\n", refusal.what);
		return REFUSED;
	}
	if (lab_programs_create(world, NULL, &programs) != 0)
		return 1;
	for (enum lab_host host = LAB_CLIENT; host <= LAB_SERVER; host++) {
		const char *name = lab_host_name(host);
		struct lab_program *program;

		if (lab_programs_start(programs, host, "", "uname -n; id -u", &program) != 0)
			return 2;
		while (!lab_program_ended(program)) {
			if (!something_comes(programs))
				return 3;
		}
		if (lab_program_exit_status(program) != 0)
			return 4;
		if (!lab_program_prints(program, name, strlen(name)))
			return 5;
	}
	lab_programs_destroy(programs);
	lab_world_destroy(world);
	return 0;
}

static void a_program_lives_on_its_host(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(run_on_both_hosts());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == REFUSED)
		LEAVE_OUT("there is no lab here");
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define WITH_PROGRAMS(test) cmocka_unit_test_setup_teardown(test, start_programs, end_programs)
	const struct CMUnitTest tests[] = {
		WITH_PROGRAMS(both_outputs_are_kept_as_they_came),
		WITH_PROGRAMS(programs_believe_that_a_person_looks_on),
		WITH_PROGRAMS(what_is_typed_arrives_and_the_input_can_end),
		WITH_PROGRAMS(typing_to_who_does_not_read_has_a_ceiling),
		WITH_PROGRAMS(who_closed_its_input_is_not_typed_to),
		WITH_PROGRAMS(a_program_that_is_not_there_is_told_in_the_words_of_the_shell),
		WITH_PROGRAMS(a_file_that_may_not_be_executed_is_told),
		WITH_PROGRAMS(a_crash_is_told_by_its_signal),
		WITH_PROGRAMS(at_the_end_programs_are_asked_first),
		WITH_PROGRAMS(what_a_program_left_behind_is_killed_too),
		WITH_PROGRAMS(output_has_a_ceiling_and_its_program_does_not_hang),
		WITH_PROGRAMS(a_program_inherits_nothing_of_ours),
		WITH_PROGRAMS(one_that_prints_nothing_has_an_empty_output),
		WITH_PROGRAMS(names_and_numbers_of_programs_have_limits),
		cmocka_unit_test(a_process_that_cannot_go_where_it_belongs_executes_nothing),
		cmocka_unit_test(a_program_lives_on_its_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
