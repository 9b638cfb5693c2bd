/* `wiretale lab run` and `try`, in the parent: which experiments, their results, the status. */
#ifndef WIRETALE_PROGRAMS_LAB_RUNNING_H
#define WIRETALE_PROGRAMS_LAB_RUNNING_H

#include "programs/lab_options.h"

enum exit_status lab_run_command(const struct lab_options *options);
enum exit_status lab_try_command(const struct command *command, const struct lab_options *options);

#endif
