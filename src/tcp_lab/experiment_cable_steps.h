/* Reads what the cable is to do, and which segments are meant. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_CABLE_STEPS_H
#define WIRETALE_TCP_LAB_EXPERIMENT_CABLE_STEPS_H

#include <stdbool.h>

#include "tcp_lab/experiment_parser.h"

/* Behind `cable`. */
bool experiment_read_cable(struct experiment_parser *parser, struct step *step);

/* "client data 3" */
bool experiment_read_segment(struct experiment_parser *parser, struct segment_pattern *out);

#endif
