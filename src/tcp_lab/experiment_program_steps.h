/* Reads what programs are to do, and the settings of hosts. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_PROGRAM_STEPS_H
#define WIRETALE_TCP_LAB_EXPERIMENT_PROGRAM_STEPS_H

#include "tcp_lab/experiment_socket_steps.h"

extern const struct step_rule program_step_rules[];
extern const size_t program_step_rule_count;

/* Behind `sysctl`. */
bool experiment_read_sysctl(struct experiment_parser *parser, struct step *step);

#endif
