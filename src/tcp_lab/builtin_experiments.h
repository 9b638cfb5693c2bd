/* The experiments that wiretale brings along, made of experiments/NAME.lab when it is built. */
#ifndef WIRETALE_TCP_LAB_BUILTIN_EXPERIMENTS_H
#define WIRETALE_TCP_LAB_BUILTIN_EXPERIMENTS_H

#include <stddef.h>

struct builtin_experiment {
	const char *name; /* static, as all of it */
	const char *text;
	size_t length;
};

extern const struct builtin_experiment builtin_experiments[]; /* by name */
extern const size_t builtin_experiment_count;

#endif
