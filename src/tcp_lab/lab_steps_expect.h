/* The steps that judge: at once, or when all is over. See lab_step.h. */
#ifndef WIRETALE_TCP_LAB_LAB_STEPS_EXPECT_H
#define WIRETALE_TCP_LAB_LAB_STEPS_EXPECT_H

#include <stdbool.h>

#include "tcp_flow/names.h"
#include "tcp_lab/lab_step.h"

step_function step_expect_state;
step_function step_expect_info;
step_function step_expect_output;
step_function step_expect_states;

/* What the last two left to the end. */
step_function step_judge_states;
step_function step_judge_output;

/*
 * The state of whom the step names: of its socket's connection, the descriptor closed or not. A
 * host without one under its plain name answers for the first connection on the cable; before there
 * is any it is LISTEN, if it listens, else CLOSED. 0, or -errno: the kernel did not answer.
 */
int step_state(struct lab_stage *stage, const struct step *step, enum tcp_state *out);
bool step_wants_state(const struct step *step, enum tcp_state state);

#endif
