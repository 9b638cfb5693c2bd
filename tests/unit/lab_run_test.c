/*
 * Small experiments over two real kernels. Each runs in a child, since it changes the process for
 * good, and comes back as a text: its segments with both kernels' states, then what went wrong.
 * Order and states are compared, times never.
 */
#include "tcp_lab/lab_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text_builder.h"
#include "support/unit_test.h"
#include "tcp_flow/names.h"

#define STORY_BYTES 65536u
#define REFUSED 77
#define STORY_TRIES 3u

static void tell_truth(const struct lab_truth *truth, struct text_builder *out)
{
	if (!truth->asked) {
		text_append(out, " | -");
		return;
	}
	text_append_format(out, " | %s %s", tcp_state_name(truth->states[LAB_CLIENT]),
			   tcp_state_name(truth->states[LAB_SERVER]));
}

/* "client SYN | SYN_SENT LISTEN | SYN_SENT SYN_RECV": the client's and the server's state right
 * after it was sent, and right after it was delivered. */
static void tell_segment(const struct lab_segment *segment, struct text_builder *out)
{
	segment_meaning_text(&segment->meaning, out);
	tell_truth(&segment->sent, out);
	tell_truth(&segment->delivered, out);
	if (segment->why[0] != '\0')
		text_append_format(out, " | %s", segment->why);
	text_append(out, "\n");
}

static void tell_step(const struct lab_step_result *result, struct text_builder *out)
{
	if (!result->done)
		text_append_format(out, "line %u: not done\n", result->step->line);
	else if (!result->held)
		text_append_format(out, "line %u: not held: %s\n", result->step->line,
				   result->result);
}

static void tell_program(const struct lab_program_result *program, struct text_builder *out)
{
	text_append_format(out, "program %s: exit %d, signal %d, printed %s\n", program->name,
			   program->exit_status, program->signal, program->output);
}

static void tell(const struct lab_record *record, struct text_builder *out)
{
	for (size_t i = 0; i < record->segment_count; i++)
		tell_segment(&record->segments[i], out);
	for (size_t i = 0; i < record->experiment->step_count; i++)
		tell_step(&record->steps[i], out);
	for (size_t i = 0; i < record->program_count; i++)
		tell_program(&record->programs[i], out);
	if (record->not_asked > 0)
		text_append_format(out, "not asked\n");
	if (record->interrupted)
		text_append(out, "interrupted\n");
	if (record->failed)
		text_append_format(out, "failed: %s\n", record->failure);
}

/* In the child. Returns its exit status. */
static int run(const char *text, const struct lab_run_options *options, FILE *out)
{
	struct experiment_problem problem = { 0 };
	struct lab_record record = { 0 };
	struct lab_refusal refusal = { 0 };
	struct text_builder story;
	struct experiment *experiment = experiment_parse("test", text, strlen(text), &problem);
	enum lab_run_result result;

	if (!experiment) {
		(void)fprintf(out, "line %u: %s\n", problem.line, problem.sentence);
		return 0;
	}
	result = lab_run(experiment, options, &record, &refusal);
	if (result == LAB_RAN) {
		text_builder_init(&story, STORY_BYTES - 1);
		tell(&record, &story);
		(void)fputs(text_builder_text(&story), out);
		text_builder_finish(&story);
	} else {
		(void)fprintf(out, "%s %s\n", refusal.what, refusal.advice);
	}
	lab_record_finish(&record);
	experiment_destroy(experiment);
	return result == LAB_REFUSED ? REFUSED : 0;
}

static void read_all(int fd, char story[STORY_BYTES])
{
	size_t length = 0;
	ssize_t more;

	do {
		more = read(fd, story + length, STORY_BYTES - 1 - length);
		length += more > 0 ? (size_t)more : 0;
	} while (more > 0 && length < STORY_BYTES - 1);
	story[length] = '\0';
}

/* Skips the test where there can be no lab. */
static void run_with(const char *text, const struct lab_run_options *options,
		     char story[STORY_BYTES])
{
	int ends[2];
	int status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	(void)fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		FILE *out = fdopen(ends[1], "w");

		status = out ? run(text, options, out) : 1;
		if (out)
			(void)fflush(out);
		_exit(status);
	}
	(void)close(ends[1]);
	read_all(ends[0], story);
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == REFUSED) {
		LEAVE_OUT(story);
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct lab_run_options usual = { .seed = 1, .stop_fd = -1 };

/* It happens in real time: a machine that stands still in the middle makes another story of it. A
 * fault is there each time. */
static void assert_story(const char *text, const char *wanted)
{
	static char story[STORY_BYTES];

	for (unsigned tries = 0; tries < STORY_TRIES; tries++) {
		run_with(text, &usual, story);
		if (strcmp(story, wanted) == 0)
			break;
		print_message("# another story in run %u of at most %u\n", tries + 1, STORY_TRIES);
	}
	assert_string_equal(story, wanted);
}

#define OPENED                                                                                     \
	"client SYN | SYN_SENT LISTEN | SYN_SENT SYN_RECV\n"                                       \
	"server SYN-ACK | SYN_SENT SYN_RECV | ESTABLISHED SYN_RECV\n"                              \
	"client ACK 1 | ESTABLISHED SYN_RECV | ESTABLISHED ESTABLISHED\n"

#define OPEN                                                                                       \
	"title a test\n"                                                                           \
	"server listen 8888\n"                                                                     \
	"client connect 8888\n"                                                                    \
	"server accept\n"

static void a_handshake_is_seen_with_both_kernels_states(void **state)
{
	(void)state;
	assert_story(OPEN, OPENED);
}

/* The server closes in the same turn of the loop that gave it the FIN: what it owes for the FIN
 * goes with its own. */
static void a_close_that_is_answered_at_once_takes_three_segments(void **state)
{
	(void)state;
	assert_story(OPEN "client send \"get\"\n"
			  "server receive \"get\"\n"
			  "server send \"ok\"\n"
			  "client receive \"ok\"\n"
			  "wait until quiet\n"
			  "client close\n"
			  "server receive end\n"
			  "server close\n"
			  "wait until server gone\n"
			  "expect client TIME_WAIT\n"
			  "expect client passes ESTABLISHED FIN_WAIT1 TIME_WAIT\n"
			  "expect server passes ESTABLISHED CLOSE_WAIT LAST_ACK\n",
		     OPENED "client data 1 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n"
			    "server ACK 1 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n"
			    "server data 1 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n"
			    "client ACK 2 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n"
			    "client FIN | FIN_WAIT1 ESTABLISHED | FIN_WAIT1 CLOSE_WAIT\n"
			    "server FIN | FIN_WAIT1 LAST_ACK | TIME_WAIT LAST_ACK\n"
			    "client ACK 3 | TIME_WAIT LAST_ACK | TIME_WAIT CLOSED\n");
}

static void fins_that_cross_bring_both_into_closing(void **state)
{
	(void)state;
	assert_story(OPEN "cable delay 20ms\n"
			  "client close\n"
			  "server close\n"
			  "wait until client TIME_WAIT\n"
			  "wait until server TIME_WAIT\n",
		     OPENED "client FIN | FIN_WAIT1 ESTABLISHED | FIN_WAIT1 CLOSING\n"
			    "server FIN | FIN_WAIT1 FIN_WAIT1 | CLOSING CLOSING\n"
			    "server ACK 1 | FIN_WAIT1 CLOSING | TIME_WAIT CLOSING\n"
			    "client ACK 2 | CLOSING CLOSING | TIME_WAIT TIME_WAIT\n");
}

static void where_nobody_listens_a_connection_is_refused(void **state)
{
	(void)state;
	assert_story("title a test\n"
		     "client connect 8888 fails ECONNREFUSED\n"
		     "expect client CLOSED\n",
		     "client SYN | SYN_SENT CLOSED | SYN_SENT CLOSED\n"
		     "server RST | SYN_SENT CLOSED | CLOSED CLOSED\n");
}

static void what_a_rule_drops_is_lost_once_and_sent_again(void **state)
{
	(void)state;
	assert_story(OPEN "client option TCP_NODELAY 1\n"
			  "cable drop client data 1 once\n"
			  "client send \"a\"\n"
			  "server receive \"a\"\n",
		     OPENED "client data 1 | ESTABLISHED ESTABLISHED | - | "
			    "rule 1: drop client data 1 once\n"
			    "client data 1 (sent again) | ESTABLISHED ESTABLISHED | "
			    "ESTABLISHED ESTABLISHED\n"
			    "server ACK 1 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n");
}

static void a_socket_that_vanished_answers_with_an_rst(void **state)
{
	(void)state;
	assert_story(OPEN "client vanish\n"
			  "expect client gone\n"
			  "expect server ESTABLISHED\n"
			  "server send \"x\"\n"
			  "server receive some fails ECONNRESET\n",
		     OPENED "server data 1 | CLOSED ESTABLISHED | CLOSED ESTABLISHED\n"
			    "client RST | CLOSED ESTABLISHED | CLOSED CLOSED\n");
}

static void a_connection_that_the_kernel_destroys_is_reset(void **state)
{
	(void)state;
	assert_story(OPEN "server destroy\n"
			  "server receive some fails ECONNABORTED\n"
			  "client receive some fails ECONNRESET\n",
		     OPENED "server RST | ESTABLISHED CLOSED | CLOSED CLOSED\n");
}

/* Nothing of the first connection is taken for the second's, nor the other way round. */
static void a_pair_of_ports_that_is_used_again_is_another_connection(void **state)
{
	(void)state;
	assert_story("title a test\n"
		     "server listen 8888\n"
		     "client.a connect 8888 from 40000\n"
		     "server.a accept\n"
		     "client.a reset\n"
		     "server.a receive some fails ECONNRESET\n"
		     "client.b connect 8888 from 40000\n"
		     "server.b accept\n"
		     "client.b shutdown\n"
		     "wait until client.b FIN_WAIT2\n"
		     "expect client.a CLOSED\n"
		     "expect client.a passes SYN_SENT ESTABLISHED CLOSED\n"
		     "expect client.a passes FIN_WAIT1\n"
		     "expect client.b passes SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2\n"
		     "expect server.b passes LISTEN SYN_RECV ESTABLISHED CLOSE_WAIT\n"
		     "client.b reset\n",
		     OPENED "client RST | CLOSED ESTABLISHED | CLOSED CLOSED\n" OPENED
			    "client FIN | FIN_WAIT1 ESTABLISHED | FIN_WAIT1 CLOSE_WAIT\n"
			    "server ACK 1 | FIN_WAIT1 CLOSE_WAIT | FIN_WAIT2 CLOSE_WAIT\n"
			    "client RST | CLOSED CLOSE_WAIT | CLOSED CLOSED\n"
			    "line 13: not held: SYN_SENT, ESTABLISHED; never FIN_WAIT1\n");
}

static void steps_with_after_are_done_beside_the_others(void **state)
{
	(void)state;
	assert_story(OPEN "after 50ms: client send \"late\"\n"
			  "server receive \"late\"\n",
		     OPENED "client data 1 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n"
			    "server ACK 1 | ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED\n");
}

static void an_expectation_that_does_not_hold_lets_the_run_go_on(void **state)
{
	(void)state;
	assert_story(OPEN "expect client CLOSE_WAIT\n"
			  "client reset\n"
			  "expect client passes SYN_SENT ESTABLISHED FIN_WAIT1\n",
		     OPENED "client RST | CLOSED ESTABLISHED | CLOSED CLOSED\n"
			    "line 5: not held: it is ESTABLISHED\n"
			    "line 7: not held: SYN_SENT, ESTABLISHED; never FIN_WAIT1\n");
}

static void an_error_that_nobody_expects_ends_the_run(void **state)
{
	(void)state;
	assert_story(OPEN "client reset\n"
			  "server receive \"get\"\n"
			  "server close\n",
		     OPENED "client RST | CLOSED ESTABLISHED | CLOSED CLOSED\n"
			    "line 6: not held: ECONNRESET\n"
			    "line 7: not done\n"
			    "failed: line 6: server receive \"get\": ECONNRESET (Connection reset "
			    "by peer), and this experiment does not expect it\n");
}

static void an_error_that_does_not_come_ends_the_run(void **state)
{
	(void)state;
	assert_story("title a test\n"
		     "server listen 8888 fails EADDRINUSE\n",
		     "line 2: not held: \n"
		     "failed: line 2: server listen 8888 fails EADDRINUSE: it succeeded, where "
		     "EADDRINUSE must come\n");
}

static void other_bytes_than_the_expected_ones_end_the_run(void **state)
{
	static char story[STORY_BYTES];

	(void)state;
	run_with(OPEN "client send \"gex\"\n"
		      "server receive \"get\"\n",
		 &usual, story);
	assert_non_null(strstr(story, "failed: line 6: server receive \"get\": \"gex\" came, which "
				      "differs at byte 3\n"));
}

static void the_limit_ends_a_wait_and_names_its_line(void **state)
{
	(void)state;
	assert_story("title a test\n"
		     "limit 200ms\n"
		     "server listen 8888\n"
		     "server accept\n",
		     "line 4: not done\n"
		     "failed: line 4: server accept: no connection came within the limit of "
		     "200 ms\n");
}

static void a_run_that_goes_on_ends_at_its_limit_without_failing(void **state)
{
	struct lab_run_options options = usual;
	static char story[STORY_BYTES];

	(void)state;
	options.goes_on = true;
	options.limit_ns = UINT64_C(100000000);
	run_with("title a test\nserver listen 8888\nserver accept\n", &options, story);
	assert_string_equal(story, "line 3: not done\n");
}

static void the_user_ends_it_at_any_time(void **state)
{
	struct lab_run_options options = usual;
	static char story[STORY_BYTES];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	(void)close(ends[1]); /* so the other end is readable */
	options.stop_fd = ends[0];
	run_with("title a test\nserver listen 8888\nserver accept\n", &options, story);
	(void)close(ends[0]);
	assert_string_equal(story, "line 3: not done\ninterrupted\n");
}

static void long_and_short_steps_leave_each_other_out(void **state)
{
	struct lab_run_options options = usual;
	static char story[STORY_BYTES];
	static const char text[] = "title a test\n"
				   "full: server listen 8888\n"
				   "short: server listen 8889\n";

	(void)state;
	run_with(text, &options, story);
	assert_string_equal(story, "line 2: not done\n");
	options.full = true;
	run_with(text, &options, story);
	assert_string_equal(story, "line 3: not done\n");
}

static void without_probe_and_record_packets_are_carried_all_the_same(void **state)
{
	struct lab_run_options options = usual;
	static char story[STORY_BYTES];

	(void)state;
	options.no_probe = true;
	run_with(OPEN, &options, story);
	assert_string_equal(story,
			    "client SYN | - | -\nserver SYN-ACK | - | -\nclient ACK 1 | - | -\n");
	options.no_record = true;
	run_with(OPEN "client send \"x\"\nserver receive \"x\"\n", &options, story);
	assert_string_equal(story, "");
}

static void programs_talk_over_the_cable_and_are_waited_for(void **state)
{
	static char story[STORY_BYTES];

	(void)state;
	run_with("title a test\n"
		 "server.app run read line; echo \"heard $line\"; exit 3\n"
		 "server.app type \"hello\"\n"
		 "server.app prints \"heard hello\"\n"
		 "expect server.app never prints \"goodbye\"\n"
		 "server.app exits 3\n",
		 &usual, story);
	assert_string_equal(story, "program app: exit 3, signal 0, printed heard hello\n\n");
}

static void a_program_that_does_not_exist_ends_the_run(void **state)
{
	static char story[STORY_BYTES];

	(void)state;
	run_with("title a test\n"
		 "server.app run ./there-is-no-such-program\n"
		 "server.app prints \"hello\"\n",
		 &usual, story);
	assert_non_null(strstr(story, "failed: line 2: server.app run ./there-is-no-such-program: "
				      "it could not be started: "));
}

static void a_program_that_goes_on_is_ended_with_the_run(void **state)
{
	static char story[STORY_BYTES];

	(void)state;
	run_with("title a test\nserver.app run exec sleep 1000\n", &usual, story);
	assert_string_equal(story, "program app: exit -1, signal 15, printed \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_is_seen_with_both_kernels_states),
		cmocka_unit_test(a_close_that_is_answered_at_once_takes_three_segments),
		cmocka_unit_test(fins_that_cross_bring_both_into_closing),
		cmocka_unit_test(where_nobody_listens_a_connection_is_refused),
		cmocka_unit_test(what_a_rule_drops_is_lost_once_and_sent_again),
		cmocka_unit_test(a_socket_that_vanished_answers_with_an_rst),
		cmocka_unit_test(a_connection_that_the_kernel_destroys_is_reset),
		cmocka_unit_test(a_pair_of_ports_that_is_used_again_is_another_connection),
		cmocka_unit_test(steps_with_after_are_done_beside_the_others),
		cmocka_unit_test(an_expectation_that_does_not_hold_lets_the_run_go_on),
		cmocka_unit_test(an_error_that_nobody_expects_ends_the_run),
		cmocka_unit_test(an_error_that_does_not_come_ends_the_run),
		cmocka_unit_test(other_bytes_than_the_expected_ones_end_the_run),
		cmocka_unit_test(the_limit_ends_a_wait_and_names_its_line),
		cmocka_unit_test(a_run_that_goes_on_ends_at_its_limit_without_failing),
		cmocka_unit_test(the_user_ends_it_at_any_time),
		cmocka_unit_test(long_and_short_steps_leave_each_other_out),
		cmocka_unit_test(without_probe_and_record_packets_are_carried_all_the_same),
		cmocka_unit_test(programs_talk_over_the_cable_and_are_waited_for),
		cmocka_unit_test(a_program_that_does_not_exist_ends_the_run),
		cmocka_unit_test(a_program_that_goes_on_is_ended_with_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
