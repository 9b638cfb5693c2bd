/* Reads what sockets are to do: the words behind `client send`. For the files experiment_*.c. */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_SOCKET_STEPS_H
#define WIRETALE_TCP_LAB_EXPERIMENT_SOCKET_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "tcp_lab/experiment_parser.h"

/* A verb of a host, a socket or a program. */
struct step_rule {
	const char *word;
	enum step_verb verb;
	/* What stands behind it; NULL: nothing. False: refused. */
	bool (*read)(struct experiment_parser *parser, struct step *step);
	bool may_fail;  /* with `fails ERRNO` behind it */
	bool may_go_on; /* with `without waiting` behind it */
};

extern const struct step_rule socket_step_rules[];
extern const size_t socket_step_rule_count;

#endif
