#include "tcp_lab/lab_steps_host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text_builder.h"
#include "tcp_lab/cable.h"
#include "tcp_lab/lab_clock.h"

/* A program whose output is over is about to end, and how it ends says why. */
#define LAST_WORDS_NS (UINT64_C(200) * 1000 * 1000)

/* ---- programs ---- */

struct lab_program *step_program(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_program *program = lab_programs_find(stage->programs, step->host, step->name);

	if (!program)
		(void)step_says(running, STEP_WRONG, "no program of that name was started");
	return program;
}

enum step_progress step_run(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct lab_program *program;
	int result = lab_programs_start(stage->programs, step->host, step->name, step->bytes.bytes,
					&program);

	if (result == -EEXIST)
		return step_says(running, STEP_WRONG, "a program of that name still runs there");
	if (result == -ENOSPC)
		return step_says(running, STEP_WRONG, "%u programs were started, which is the most",
				 LAB_PROGRAMS_MAX);
	if (result == -EAGAIN)
		return step_says(running, STEP_WRONG,
				 "no process could be made for it: there are as many as there may "
				 "be (ulimit -u)");
	/* So fork() tells that process 1 of its namespace is gone. */
	if (result == -ENOMEM)
		return step_says(running, STEP_WRONG,
				 "no process could be made for it: there is no memory, or somebody "
				 "has killed the first process of the lab");
	return step_called(running, result);
}

static enum step_progress say_fate(struct running_step *running, const struct lab_program *program,
				   const char *before)
{
	struct text_builder fate;

	text_builder_init(&fate, 200);
	lab_program_fate(program, &fate);
	(void)step_says(running, STEP_WRONG, "%s%s", before, text_builder_text(&fate));
	text_builder_finish(&fate);
	return STEP_WRONG;
}

/* For its input and its signals: whatever was wrong, the program's fate explains it. */
static enum step_progress input_called(struct running_step *running,
				       const struct lab_program *program, int result)
{
	if (result == -EPIPE)
		return say_fate(running, program, "it reads no input any more: the program ");
	if (result == -ESRCH)
		return say_fate(running, program, "there is nobody to get it: the program ");
	return step_called(running, result);
}

enum step_progress step_type(struct lab_stage *stage, struct running_step *running)
{
	const struct step_bytes *line = &running->step->bytes;
	struct lab_program *program = step_program(stage, running);
	int result;

	if (!program)
		return STEP_WRONG;
	result = lab_program_type(program, line->bytes, line->length);
	return result == -ENOBUFS ? STEP_WAITS : input_called(running, program, result);
}

enum step_progress step_end_input(struct lab_stage *stage, struct running_step *running)
{
	struct lab_program *program = step_program(stage, running);

	if (!program)
		return STEP_WRONG;
	return input_called(running, program, lab_program_end_input(program));
}

enum step_progress step_output(struct lab_stage *stage, struct running_step *running)
{
	const struct step_bytes *text = &running->step->bytes;
	struct lab_program *program = step_program(stage, running);

	if (!program)
		return STEP_WRONG;
	if (lab_program_prints(program, text->bytes, text->length))
		return STEP_DONE;
	if (!lab_program_is_silent(program))
		return STEP_WAITS;
	if (running->silent_ns == 0)
		running->silent_ns = lab_now_ns();
	running->retry_ns = running->silent_ns + LAST_WORDS_NS;
	if (!lab_program_ended(program) && lab_now_ns() < running->retry_ns)
		return STEP_WAITS;
	return say_fate(running, program, "its output ended without that: the program ");
}

enum step_progress step_exits(struct lab_stage *stage, struct running_step *running)
{
	struct lab_program *program = step_program(stage, running);
	int wanted = running->step->number;

	if (!program)
		return STEP_WRONG;
	if (!lab_program_ended(program))
		return STEP_WAITS;
	(void)say_fate(running, program, "");
	if (wanted < 0 || wanted == lab_program_exit_status(program))
		return STEP_DONE;
	return say_fate(running, program, "the program ");
}

enum step_progress step_kill(struct lab_stage *stage, struct running_step *running)
{
	struct lab_program *program = step_program(stage, running);

	if (!program)
		return STEP_WRONG;
	return input_called(running, program, lab_program_signal(program, running->step->number));
}

/* ---- settings ---- */

static enum step_progress set_one(struct lab_stage *stage, struct running_step *running,
				  enum lab_host host)
{
	const struct step *step = running->step;
	int result = lab_world_sysctl(stage->world, host, step->other, step->bytes.bytes);

	if (result == -ENOENT || result == -EISDIR)
		return step_says(running, STEP_WRONG, "this kernel has no setting %s", step->other);
	if (result == -EPERM || result == -EACCES || result == -EROFS)
		return step_says(running, STEP_WRONG, "it may not be set here: %s",
				 strerror(-result));
	if (result == -EINVAL || result == -ERANGE)
		return step_says(running, STEP_WRONG, "'%.60s' is no value of it",
				 step->bytes.bytes);
	return step_called(running, result);
}

enum step_progress step_sysctl(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	enum step_progress progress;

	if (!step->both_hosts)
		return set_one(stage, running, step->host);
	progress = set_one(stage, running, LAB_CLIENT);
	return progress == STEP_DONE ? set_one(stage, running, LAB_SERVER) : progress;
}

/* ---- the cable ---- */

static void change(struct cable_settings *settings, const struct step *step)
{
	const struct cable_settings *to = &step->settings;

	if (step->set & CABLE_SET_DELAY)
		settings->delay_ns = to->delay_ns;
	if (step->set & CABLE_SET_JITTER)
		settings->jitter_ns = to->jitter_ns;
	if (step->set & CABLE_SET_RATE)
		settings->rate_bits = to->rate_bits;
	if (step->set & CABLE_SET_QUEUE)
		settings->queue_packets = to->queue_packets;
	if (step->set & CABLE_SET_MTU) {
		settings->mtu = to->mtu;
		settings->mtu_is_silent = to->mtu_is_silent;
	}
	if (step->set & CABLE_SET_LOSS)
		settings->loss_ppm = to->loss_ppm;
	if (step->set & CABLE_SET_DUPLICATE)
		settings->duplicate_ppm = to->duplicate_ppm;
	if (step->set & CABLE_SET_REORDER) {
		settings->reorder_ppm = to->reorder_ppm;
		settings->reorder_ns = to->reorder_ns;
	}
}

enum step_progress step_cable_set(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	struct cable *cable = lab_traffic_cable(stage->traffic);

	for (int host = 0; host < LAB_HOSTS; host++) {
		struct cable_settings settings = *cable_settings(cable, (enum lab_host)host);

		if (step->has_host && (int)step->host != host)
			continue;
		change(&settings, step);
		cable_set(cable, (enum lab_host)host, &settings);
	}
	return STEP_DONE;
}

enum step_progress step_cable_rule(struct lab_stage *stage, struct running_step *running)
{
	int result = cable_add_rule(lab_traffic_cable(stage->traffic), &running->step->rule);

	if (result == -ENOSPC)
		return step_says(running, STEP_WRONG, "the cable has %u rules, which is the most",
				 CABLE_RULES_MAX);
	if (result < 0)
		return step_called(running, result);
	lab_recorder_step(stage->recorder, running->index)->rule = result;
	return step_says(running, STEP_DONE, "rule %d", result);
}

enum step_progress step_cable_cut(struct lab_stage *stage, struct running_step *running)
{
	(void)running;
	cable_cut(lab_traffic_cable(stage->traffic), lab_now_ns());
	return STEP_DONE;
}

enum step_progress step_cable_restore(struct lab_stage *stage, struct running_step *running)
{
	(void)running;
	cable_restore(lab_traffic_cable(stage->traffic), lab_now_ns());
	return STEP_DONE;
}
