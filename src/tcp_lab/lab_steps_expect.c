#include "tcp_lab/lab_steps_expect.h"

#include <errno.h>

#include "base/text_builder.h"
#include "tcp_lab/info_key.h"
#include "tcp_lab/lab_steps_host.h"

/* ---- whose state ---- */

/* Whom a step means. */
struct meant {
	bool own; /* a socket that steps made, be it connected or not */
	bool has_pair;
	struct lab_pair pair;
	uint32_t connection; /* its number; 0: the latest with these ends */
};

static struct meant find_meant(const struct lab_stage *stage, const struct step *step)
{
	const struct lab_socket *socket = lab_sockets_find(stage->sockets, step->host, step->name);
	struct meant meant = { .own = socket != NULL };

	if (socket) {
		meant.has_pair = socket->has_pair;
		meant.pair = socket->pair;
		meant.connection = socket->connection;
	} else if (step->name[0] == '\0') {
		meant.has_pair = probe_pair_of(stage->probe, 1, &meant.pair);
		meant.connection = 1;
	}
	return meant;
}

static int state_of_no_connection(struct lab_stage *stage, const struct step *step,
				  enum tcp_state *out)
{
	const struct lab_socket *listener =
		lab_sockets_find_listener(stage->sockets, step->host, step->name);
	int listens = listener && listener->fd >= 0;

	if (!listens && step->name[0] == '\0')
		listens = probe_listens(stage->probe, step->host, 0);
	if (listens < 0)
		return listens;
	*out = listens > 0 ? TCP_LISTEN : TCP_CLOSED;
	return 0;
}

int step_state(struct lab_stage *stage, const struct step *step, enum tcp_state *out)
{
	struct meant meant = find_meant(stage, step);

	if (meant.has_pair)
		return probe_state(stage->probe, step->host, &meant.pair, meant.connection, out);
	if (meant.own) {
		*out = TCP_CLOSED;
		return 0;
	}
	return state_of_no_connection(stage, step, out);
}

bool step_wants_state(const struct step *step, enum tcp_state state)
{
	for (size_t i = 0; i < step->state_count; i++) {
		if (step->states[i] == state)
			return true;
	}
	return false;
}

/* ---- at once ---- */

enum step_progress step_expect_state(struct lab_stage *stage, struct running_step *running)
{
	enum tcp_state state;
	int result = step_state(stage, running->step, &state);

	if (result < 0)
		return step_called(running, result);
	if (step_wants_state(running->step, state))
		return step_says(running, STEP_DONE, "%s", tcp_state_name(state));
	return step_says(running, STEP_MISSED, "it is %s", tcp_state_name(state));
}

enum step_progress step_expect_info(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct text_builder text;
	struct diag_socket socket;
	struct meant meant = find_meant(stage, step);
	bool held = true;
	int result;

	if (!meant.has_pair)
		return step_says(running, STEP_MISSED, "there is no connection to be asked about");
	result = probe_socket(stage->probe, step->host, &meant.pair, &socket);
	if (result == -ENOENT)
		return step_says(running, STEP_MISSED, "no socket is left of that connection");
	if (result < 0)
		return step_called(running, result);
	text_builder_init(&text, STEP_RESULT_BYTES - 1);
	for (size_t i = 0; i < step->info_count; i++) {
		text_append(&text, text.length > 0 ? "; " : "");
		held = info_term_holds(&step->info[i], &socket, &text) && held;
	}
	(void)step_says(running, STEP_DONE, "%s", text_builder_text(&text));
	text_builder_finish(&text);
	return held ? STEP_DONE : STEP_MISSED;
}

static enum step_progress judge_output(struct running_step *running,
				       const struct lab_program *program)
{
	const struct step *step = running->step;

	if (lab_program_has_printed(program, step->bytes.bytes, step->bytes.length))
		return step->never ? step_says(running, STEP_MISSED, "it did print that")
				   : STEP_DONE;
	return step->never ? STEP_AT_END
			   : step_says(running, STEP_MISSED, "it has not printed that");
}

enum step_progress step_expect_output(struct lab_stage *stage, struct running_step *running)
{
	struct lab_program *program = step_program(stage, running);

	return program ? judge_output(running, program) : STEP_WRONG;
}

/* ---- when all is over ---- */

enum step_progress step_judge_output(struct lab_stage *stage, struct running_step *running)
{
	struct lab_program *program = step_program(stage, running);
	enum step_progress progress = program ? judge_output(running, program) : STEP_MISSED;

	return progress == STEP_AT_END ? STEP_DONE : progress;
}

/* The connection that is meant here; a later one may get the name before the end. */
static uint32_t connection_meant(const struct lab_stage *stage, const struct step *step)
{
	struct meant meant = find_meant(stage, step);

	if (!meant.has_pair || meant.connection > 0)
		return meant.has_pair ? meant.connection : 0;
	return probe_connection_of(stage->probe, &meant.pair);
}

enum step_progress step_expect_states(struct lab_stage *stage, struct running_step *running)
{
	running->connection = connection_meant(stage, running->step);
	return STEP_AT_END;
}

enum step_progress step_judge_states(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	const struct states_passed *passed;
	struct text_builder text;
	bool held;

	if (running->connection == 0)
		running->connection = connection_meant(stage, step);
	passed = probe_passed(stage->probe, running->connection, step->host);
	if (!passed)
		return step_says(running, STEP_MISSED, "there was no such connection");
	held = states_passed_have(passed, step->states, step->state_count);
	text_builder_init(&text, STEP_RESULT_BYTES - 1);
	states_passed_text(passed, step->states, step->state_count, &text);
	(void)step_says(running, STEP_DONE, "%s", text_builder_text(&text));
	text_builder_finish(&text);
	return held ? STEP_DONE : STEP_MISSED;
}
