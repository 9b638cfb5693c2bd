/* Reads what must be so. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_EXPECT_STEPS_H
#define WIRETALE_TCP_LAB_EXPERIMENT_EXPECT_STEPS_H

#include <stdbool.h>

#include "tcp_lab/experiment_parser.h"

/* Behind `expect`. */
bool experiment_read_expect(struct experiment_parser *parser, struct step *step);

#endif
