/* What a step needs to be there, and what is there behind it. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_EFFECT_H
#define WIRETALE_TCP_LAB_EXPERIMENT_EFFECT_H

#include <stdbool.h>

#include "tcp_lab/experiment_parser.h"

/* Refuses a step that names what no earlier step makes; notes what it makes and ends. */
bool experiment_effect(struct experiment_parser *parser, const struct step *step);

#endif
