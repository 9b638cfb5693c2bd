/*
 * Goes through an experiment's steps, one after the other; those with `after` beside them.
 *
 *   lab_steps_create(&stage, progress, context, &steps);
 *   while (lab_steps_advance(steps, &pause) == LAB_STEPS_GO_ON) ... carry packets, wait ...
 *   lab_steps_judge_end(steps);
 *   lab_steps_destroy(steps);
 *
 * One thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_STEPS_H
#define WIRETALE_TCP_LAB_LAB_STEPS_H

#include <stdint.h>

#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_stage.h"

struct lab_steps;

enum lab_steps_state {
	LAB_STEPS_GO_ON,
	LAB_STEPS_DONE,   /* all of them */
	LAB_STEPS_FAILED, /* the record says how */
	LAB_STEPS_LATE,   /* the limit came; a failure, unless stage.goes_on */
};

/* All borrowed; progress may be NULL. 0 or -ENOMEM. */
int lab_steps_create(struct lab_stage *stage,
		     void (*progress)(void *context, const struct step *step), void *context,
		     struct lab_steps **out);
void lab_steps_destroy(struct lab_steps *steps); /* may be NULL */

/* Does what can be done now. *wake_ns: call again then at the latest, or after any event. */
enum lab_steps_state lab_steps_advance(struct lab_steps *steps, uint64_t *wake_ns);

/* A program could not be started: the run fails at the step that was to start it. */
void lab_steps_fail_start(struct lab_steps *steps, const struct lab_program *program);

/* What is judged when all is over. The programs must still be there. */
void lab_steps_judge_end(struct lab_steps *steps);

#endif
