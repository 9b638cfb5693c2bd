/* The steps of programs, of the hosts' settings and of the cable. See lab_step.h. */
#ifndef WIRETALE_TCP_LAB_LAB_STEPS_HOST_H
#define WIRETALE_TCP_LAB_LAB_STEPS_HOST_H

#include "tcp_lab/lab_step.h"

step_function step_run;
step_function step_type;
step_function step_end_input;
step_function step_output;
step_function step_exits;
step_function step_kill;
step_function step_sysctl;
step_function step_cable_set;
step_function step_cable_rule;
step_function step_cable_cut;
step_function step_cable_restore;

/* The program that the step means; NULL: there is none, and running->result says so. */
struct lab_program *step_program(struct lab_stage *stage, struct running_step *running);

#endif
