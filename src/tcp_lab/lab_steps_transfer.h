/* The steps that send and receive. See lab_step.h. */
#ifndef WIRETALE_TCP_LAB_LAB_STEPS_TRANSFER_H
#define WIRETALE_TCP_LAB_LAB_STEPS_TRANSFER_H

#include "tcp_lab/lab_step.h"

step_function step_send;
step_function step_receive;

#endif
