#include "tcp_lab/lab_steps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error_name.h"
#include "base/text_builder.h"
#include "tcp_lab/lab_clock.h"
#include "tcp_lab/lab_step.h"
#include "tcp_lab/lab_steps_expect.h"
#include "tcp_lab/lab_steps_host.h"
#include "tcp_lab/lab_steps_socket.h"
#include "tcp_lab/lab_steps_transfer.h"
#include "tcp_lab/lab_steps_wait.h"

#define SENTENCE_BYTES 400u

/* How a verb is done, and what did not happen where the limit comes first. */
static const struct verb_row {
	step_function *run;
	const char *lacked;
} verbs[] = {
	[STEP_SOCKET] = { step_socket, NULL },
	[STEP_OPTION] = { step_option, NULL },
	[STEP_ISN] = { step_isn, NULL },
	[STEP_BIND] = { step_bind, NULL },
	[STEP_LISTEN] = { step_listen, NULL },
	[STEP_CONNECT] = { step_connect, "no answer came" },
	[STEP_CONNECTED] = { step_connected, "no answer came" },
	[STEP_ACCEPT] = { step_accept, "no connection came" },
	[STEP_SEND] = { step_send, "it could not send all of it" },
	[STEP_RECEIVE] = { step_receive, "not all of it came" },
	[STEP_SHUTDOWN] = { step_shutdown, NULL },
	[STEP_CLOSE] = { step_close, NULL },
	[STEP_RESET] = { step_reset, NULL },
	[STEP_VANISH] = { step_vanish, NULL },
	[STEP_DESTROY] = { step_destroy, NULL },
	[STEP_RUN] = { step_run, NULL },
	[STEP_TYPE] = { step_type, "the program does not read its input" },
	[STEP_END_INPUT] = { step_end_input, NULL },
	[STEP_OUTPUT] = { step_output, "the program did not print it" },
	[STEP_EXITS] = { step_exits, "the program did not end" },
	[STEP_KILL] = { step_kill, NULL },
	[STEP_SYSCTL] = { step_sysctl, NULL },
	[STEP_CABLE_SET] = { step_cable_set, NULL },
	[STEP_CABLE_RULE] = { step_cable_rule, NULL },
	[STEP_CABLE_CUT] = { step_cable_cut, NULL },
	[STEP_CABLE_RESTORE] = { step_cable_restore, NULL },
	[STEP_WAIT_TIME] = { step_wait_time, "that time was not over" },
	[STEP_WAIT_STATE] = { step_wait_state, "it did not come to that" },
	[STEP_WAIT_SEGMENT] = { step_wait_segment, "no such segment was seen" },
	[STEP_WAIT_LISTEN] = { step_wait_listen, "nobody listens" },
	[STEP_WAIT_QUIET] = { step_wait_quiet, "the cable was never quiet for so long" },
	[STEP_EXPECT_STATE] = { step_expect_state, NULL },
	[STEP_EXPECT_INFO] = { step_expect_info, NULL },
	[STEP_EXPECT_OUTPUT] = { step_expect_output, NULL },
	[STEP_EXPECT_STATES] = { step_expect_states, NULL },
	[STEP_EXPECT_CONNECTION] = { NULL, NULL }, /* judged by whoever reads the record */
	[STEP_EXPECT_COUNT] = { NULL, NULL },
};

enum phase {
	PHASE_NOT_YET, /* its turn has not come */
	PHASE_BESIDE,  /* an `after` step: its turn has come, it waits or is being done */
	PHASE_NOW,     /* the one whose turn it is */
	PHASE_AT_END,  /* to be judged at the end */
	PHASE_OVER,
};

struct place {
	enum phase phase;
	uint64_t due_ns; /* of PHASE_BESIDE: not before */
	struct running_step running;
};

struct lab_steps {
	struct lab_stage *stage; /* borrowed */
	void (*progress)(void *context, const struct step *step);
	void *context;
	struct place *places; /* owned; of each step one */
	size_t count;
	size_t next;   /* the step whose turn it is; count: all had theirs */
	size_t beside; /* how many are in PHASE_BESIDE */
	bool failed;
};

int lab_steps_create(struct lab_stage *stage,
		     void (*progress)(void *context, const struct step *step), void *context,
		     struct lab_steps **out)
{
	size_t count = stage->experiment->step_count;
	struct lab_steps *steps = calloc(1, sizeof(*steps));

	if (!steps)
		return -ENOMEM;
	steps->places = calloc(count > 0 ? count : 1, sizeof(*steps->places));
	if (!steps->places) {
		free(steps);
		return -ENOMEM;
	}
	steps->stage = stage;
	steps->progress = progress;
	steps->context = context;
	steps->count = count;
	for (size_t i = 0; i < count; i++) {
		steps->places[i].running.step = &stage->experiment->steps[i];
		steps->places[i].running.index = i;
	}
	*out = steps;
	return 0;
}

void lab_steps_destroy(struct lab_steps *steps)
{
	if (!steps)
		return;
	free(steps->places);
	free(steps);
}

/* ---- the end of a step ---- */

/* "line 12: server receive "get": " */
static void begin_sentence(const struct step *step, struct text_builder *out)
{
	text_builder_init(out, SENTENCE_BYTES);
	if (step->line > 0)
		text_append_format(out, "line %u: ", step->line);
	/* Of `lab try` the user wrote no more than the commands. */
	if (step->line == 0 && step->verb != STEP_RUN)
		return;
	text_append_harmless(out, step->text, strlen(step->text));
	text_append(out, ": ");
}

static void end_sentence(struct lab_steps *steps, struct text_builder *sentence)
{
	lab_recorder_fail(steps->stage->recorder, "%s", text_builder_text(sentence));
	text_builder_finish(sentence);
	steps->failed = true;
}

static void error_words(int error, struct text_builder *out)
{
	const char *name = error_name(error);

	text_append_format(out, "%s (%s)", name ? name : "an error", strerror(error));
}

static void finish(struct lab_steps *steps, struct place *place, bool held)
{
	if (place->phase == PHASE_BESIDE)
		steps->beside--;
	place->phase = PHASE_OVER;
	lab_recorder_step_ended(steps->stage->recorder, place->running.index, lab_now_ns(), held,
				"%s", place->running.result);
}

/* A call that failed, as `fails` said or not. */
static void finish_error(struct lab_steps *steps, struct place *place)
{
	struct running_step *running = &place->running;
	const struct step *step = running->step;
	const char *name = error_name(running->error);
	struct text_builder sentence;

	(void)step_says(running, STEP_ERRNO, "%s", name ? name : strerror(running->error));
	finish(steps, place, running->error == step->fails_with);
	if (running->error == step->fails_with)
		return;
	begin_sentence(step, &sentence);
	error_words(running->error, &sentence);
	if (step->fails_with != 0)
		text_append_format(&sentence, ", where %s must come", error_name(step->fails_with));
	else
		text_append(&sentence, ", and this experiment does not expect it");
	end_sentence(steps, &sentence);
}

static void finish_wrong(struct lab_steps *steps, struct place *place)
{
	struct text_builder sentence;

	finish(steps, place, false);
	begin_sentence(place->running.step, &sentence);
	text_append(&sentence, place->running.result);
	end_sentence(steps, &sentence);
}

static void finish_done(struct lab_steps *steps, struct place *place)
{
	const struct step *step = place->running.step;
	struct text_builder sentence;

	finish(steps, place, step->fails_with == 0);
	if (step->fails_with == 0)
		return;
	begin_sentence(step, &sentence);
	text_append_format(&sentence, "it succeeded, where %s must come",
			   error_name(step->fails_with));
	end_sentence(steps, &sentence);
}

static void take_progress(struct lab_steps *steps, struct place *place, enum step_progress progress)
{
	switch (progress) {
	case STEP_WAITS:
		break;
	case STEP_DONE:
		finish_done(steps, place);
		break;
	case STEP_MISSED:
		finish(steps, place, false);
		break;
	case STEP_ERRNO:
		finish_error(steps, place);
		break;
	case STEP_WRONG:
		finish_wrong(steps, place);
		break;
	case STEP_AT_END:
		if (place->phase == PHASE_BESIDE)
			steps->beside--;
		place->phase = PHASE_AT_END;
		break;
	}
}

/* ---- whose step it is ---- */

static bool is_sockets(const struct step *step)
{
	return step->verb <= STEP_DESTROY && step->verb != STEP_LISTEN;
}

static const struct lab_socket *socket_of(const struct lab_steps *steps, const struct step *step)
{
	return is_sockets(step) ? lab_sockets_find(steps->stage->sockets, step->host, step->name)
				: NULL;
}

/* Its function was called. was_open: the socket was, before: else a listener of its name may be
 * meant, and while nothing is accepted the socket is a former one. */
static void note_connection(struct lab_steps *steps, const struct running_step *running,
			    bool was_open)
{
	const struct lab_socket *socket = socket_of(steps, running->step);
	enum step_verb verb = running->step->verb;
	struct lab_step_result *result;

	if (!socket || !socket->has_pair || (verb == STEP_ACCEPT && socket->fd < 0) ||
	    (!was_open && (verb == STEP_CLOSE || verb == STEP_RESET || verb == STEP_OPTION)))
		return;
	result = lab_recorder_step(steps->stage->recorder, running->index);
	result->connection = socket->connection;
	if (result->connection == 0)
		result->connection = probe_connection_of(steps->stage->probe, &socket->pair);
}

/* The next step of the same socket's name, or count. */
static size_t next_of_socket(const struct lab_steps *steps, size_t index)
{
	const struct step *step = steps->places[index].running.step;

	for (size_t i = index + 1; i < steps->count; i++) {
		const struct step *later = steps->places[i].running.step;

		if (is_sockets(later) && later->host == step->host &&
		    strcmp(later->name, step->name) == 0)
			return i;
	}
	return steps->count;
}

/* What was done to a socket before it had a connection belongs to the first it then has. */
static void note_connections_to_come(struct lab_steps *steps)
{
	const struct lab_recorder *recorder = steps->stage->recorder;

	for (size_t i = steps->count; i-- > 0;) {
		struct lab_step_result *result = lab_recorder_step(recorder, i);
		size_t next;

		if (!is_sockets(result->step) || result->began_ns < 0 || result->connection != 0)
			continue;
		next = next_of_socket(steps, i);
		if (next < steps->count)
			result->connection = lab_recorder_step(recorder, next)->connection;
	}
}

/* ---- the turn of a step ---- */

static void run(struct lab_steps *steps, struct place *place, uint64_t now_ns)
{
	struct running_step *running = &place->running;
	const struct verb_row *row = &verbs[running->step->verb];
	const struct lab_socket *socket = socket_of(steps, running->step);
	bool was_open = socket && socket->fd >= 0;
	enum step_progress progress;

	if (!running->began) {
		running->began_ns = now_ns;
		lab_recorder_step_began(steps->stage->recorder, running->index, now_ns);
		/* What is waited for stands there, not what was done beside. */
		if (steps->progress && (place->phase == PHASE_NOW || steps->next == steps->count))
			steps->progress(steps->context, running->step);
	}
	running->retry_ns = UINT64_MAX;
	progress = row->run(steps->stage, running);
	running->began = true;
	step_take_sent(steps->stage);
	note_connection(steps, running, was_open);
	take_progress(steps, place, progress);
}

static bool is_left_out(const struct lab_steps *steps, const struct step *step)
{
	return !verbs[step->verb].run || (step->only_full && !steps->stage->full) ||
	       (step->only_short && steps->stage->full);
}

static void call_up_next(struct lab_steps *steps, uint64_t now_ns)
{
	struct place *place = &steps->places[steps->next];
	const struct step *step = place->running.step;

	if (is_left_out(steps, step)) {
		place->phase = PHASE_OVER;
	} else if (step->after_ns > 0) {
		place->phase = PHASE_BESIDE;
		place->due_ns = now_ns + step->after_ns;
		steps->beside++;
	} else {
		place->phase = PHASE_NOW;
	}
}

/* True: its turn is over. */
static bool run_next(struct lab_steps *steps, uint64_t now_ns)
{
	struct place *place = &steps->places[steps->next];

	if (place->phase == PHASE_NOT_YET)
		call_up_next(steps, now_ns);
	if (place->phase == PHASE_NOW)
		run(steps, place, now_ns);
	if (place->phase == PHASE_NOW)
		return false;
	steps->next++;
	return true;
}

static void run_beside(struct lab_steps *steps, uint64_t now_ns)
{
	for (size_t i = 0; steps->beside > 0 && i < steps->next && !steps->failed; i++) {
		struct place *place = &steps->places[i];

		if (place->phase == PHASE_BESIDE && place->due_ns <= now_ns)
			run(steps, place, now_ns);
	}
}

static uint64_t wake_of(const struct lab_steps *steps, uint64_t limit_ns)
{
	uint64_t wake_ns = limit_ns;

	for (size_t i = steps->beside > 0 ? 0 : steps->next; i < steps->count && i <= steps->next;
	     i++) {
		const struct place *place = &steps->places[i];
		uint64_t want_ns = UINT64_MAX;

		if (place->phase == PHASE_BESIDE && !place->running.began)
			want_ns = place->due_ns;
		else if (place->phase == PHASE_BESIDE || place->phase == PHASE_NOW)
			want_ns = place->running.retry_ns;
		if (want_ns < wake_ns)
			wake_ns = want_ns;
	}
	return wake_ns;
}

/* The step that is waited for when the limit comes: the one whose turn it is, else the first of
 * those beside. */
static const struct place *late_one(const struct lab_steps *steps)
{
	for (size_t i = steps->next; i < steps->count + steps->next; i++) {
		const struct place *place = &steps->places[i % steps->count];

		if (place->phase == PHASE_NOW || place->phase == PHASE_BESIDE)
			return place;
	}
	return NULL;
}

static void fail_late(struct lab_steps *steps)
{
	const struct place *place = late_one(steps);
	struct text_builder sentence;
	uint64_t limit_ms = steps->stage->limit_ns / NS_PER_MS;
	char limit[32];

	if (!place)
		return;
	if (limit_ms % MS_PER_S == 0)
		(void)snprintf(limit, sizeof(limit), "%" PRIu64 " s", limit_ms / MS_PER_S);
	else
		(void)snprintf(limit, sizeof(limit), "%" PRIu64 " ms", limit_ms);
	begin_sentence(place->running.step, &sentence);
	if (!place->running.began) {
		text_append_format(&sentence, "its time had not come within the limit of %s",
				   limit);
	} else {
		const char *lacked = verbs[place->running.step->verb].lacked;

		text_append_format(&sentence, "%s within the limit of %s",
				   lacked ? lacked : "it was not over", limit);
		if (place->running.has_state)
			text_append_format(&sentence, ": it is %s",
					   tcp_state_name(place->running.state));
		else if (place->running.result[0] != '\0')
			text_append_format(&sentence, ": %s", place->running.result);
	}
	end_sentence(steps, &sentence);
}

/* The limit is no failure, but why the step still waited is worth keeping. */
static void keep_reason(struct lab_steps *steps)
{
	const struct place *place = late_one(steps);
	struct lab_step_result *result;

	if (!place || !place->running.began)
		return;
	result = lab_recorder_step(steps->stage->recorder, place->running.index);
	(void)snprintf(result->result, sizeof(result->result), "%s", place->running.result);
}

enum lab_steps_state lab_steps_advance(struct lab_steps *steps, uint64_t *wake_ns)
{
	uint64_t limit_ns = steps->stage->start_ns + steps->stage->limit_ns;
	uint64_t now_ns = lab_now_ns();
	bool went_on = true;

	while (went_on && !steps->failed && now_ns < limit_ns) {
		run_beside(steps, now_ns);
		went_on = !steps->failed && steps->next < steps->count && run_next(steps, now_ns);
		now_ns = lab_now_ns();
	}
	if (steps->failed)
		return LAB_STEPS_FAILED;
	/* Where the programs of `lab try` are done before it, the cable need not be cut any more.
	 */
	if (steps->next == steps->count && (steps->beside == 0 || steps->stage->goes_on))
		return LAB_STEPS_DONE;
	if (now_ns >= limit_ns) {
		if (steps->stage->goes_on)
			keep_reason(steps);
		else
			fail_late(steps);
		return LAB_STEPS_LATE;
	}
	*wake_ns = wake_of(steps, limit_ns);
	return LAB_STEPS_GO_ON;
}

void lab_steps_fail_start(struct lab_steps *steps, const struct lab_program *program)
{
	const struct step *started = NULL;
	struct text_builder sentence;

	for (size_t i = 0; i < steps->count; i++) {
		const struct running_step *running = &steps->places[i].running;

		if (running->step->verb == STEP_RUN && running->began &&
		    running->step->host == lab_program_host(program) &&
		    strcmp(running->step->name, lab_program_name(program)) == 0)
			started = running->step;
	}
	if (!started)
		return;
	begin_sentence(started, &sentence);
	text_append(&sentence, "it ");
	lab_program_fate(program, &sentence);
	end_sentence(steps, &sentence);
}

void lab_steps_judge_end(struct lab_steps *steps)
{
	note_connections_to_come(steps);
	for (size_t i = 0; i < steps->count; i++) {
		struct place *place = &steps->places[i];
		struct running_step *running = &place->running;

		if (place->phase != PHASE_AT_END)
			continue;
		if (running->step->verb == STEP_EXPECT_STATES)
			take_progress(steps, place, step_judge_states(steps->stage, running));
		else
			take_progress(steps, place, step_judge_output(steps->stage, running));
	}
}
