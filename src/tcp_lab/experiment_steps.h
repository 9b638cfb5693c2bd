/* Reads one step, whatever it is. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_STEPS_H
#define WIRETALE_TCP_LAB_EXPERIMENT_STEPS_H

#include <stdbool.h>

#include "tcp_lab/experiment_parser.h"

/* The whole line; step: zeroed. What it allocated stays the step's, refused or not. */
bool experiment_read_step(struct experiment_parser *parser, struct step *step);

/* Words that begin a line and are none of the steps'. */
#define EXPERIMENT_HEADINGS "title", "question", "explain", "limit", "mtu", "defaults"

#endif
