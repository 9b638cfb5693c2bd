/* `wiretale lab try`: two commands and some options as an experiment of the name "try". */
#ifndef WIRETALE_PROGRAMS_LAB_TRY_H
#define WIRETALE_PROGRAMS_LAB_TRY_H

#include "programs/lab_options.h"
#include "tcp_lab/experiment.h"

#define LAB_TRY_NAME "try"

/* NULL: a sentence was printed, the command line is wrong. */
struct experiment *lab_try_experiment(const struct command *command,
				      const struct lab_try_options *options);

#endif
