/* The steps that let time pass until something is so. See lab_step.h. */
#ifndef WIRETALE_TCP_LAB_LAB_STEPS_WAIT_H
#define WIRETALE_TCP_LAB_LAB_STEPS_WAIT_H

#include "tcp_lab/lab_step.h"

step_function step_wait_time;
step_function step_wait_state;
step_function step_wait_segment;
step_function step_wait_listen;
step_function step_wait_quiet;

#endif
