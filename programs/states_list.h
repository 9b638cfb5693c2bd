/* Sockets one by one: `wiretale states --list`. One thread. */
#ifndef WIRETALE_PROGRAMS_STATES_LIST_H
#define WIRETALE_PROGRAMS_STATES_LIST_H

#include "programs/states_options.h"
#include "programs/states_output.h"
#include "programs/states_sample.h"

/* Sorts the sample's sockets, and writes them as rows or as JSON. */
void states_list_write(struct states_output *output, struct states_sample *sample,
		       const struct states_options *options);

#endif
