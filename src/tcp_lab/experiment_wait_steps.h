/* Reads what is waited for. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_WAIT_STEPS_H
#define WIRETALE_TCP_LAB_EXPERIMENT_WAIT_STEPS_H

#include <stdbool.h>

#include "tcp_lab/experiment_parser.h"

/* Behind `wait`. */
bool experiment_read_wait(struct experiment_parser *parser, struct step *step);

/* "CLOSE_WAIT or gone" */
bool experiment_read_any_state(struct experiment_parser *parser, struct step *step);
/* "SYN_SENT ESTABLISHED TIME_WAIT" to the end of the line. */
bool experiment_read_states(struct experiment_parser *parser, struct step *step);

#endif
