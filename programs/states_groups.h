/* Sockets counted by port, peer or program: `wiretale states --by`. One thread. */
#ifndef WIRETALE_PROGRAMS_STATES_GROUPS_H
#define WIRETALE_PROGRAMS_STATES_GROUPS_H

#include "programs/states_options.h"
#include "programs/states_output.h"
#include "programs/states_sample.h"

/* Writes them, largest first. False: out of memory. */
bool states_groups_write(struct states_output *output, const struct states_sample *sample,
			 const struct states_options *options);

#endif
