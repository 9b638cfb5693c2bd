/* The command line of `wiretale lab`. */
#ifndef WIRETALE_PROGRAMS_LAB_OPTIONS_H
#define WIRETALE_PROGRAMS_LAB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "programs/command.h"
#include "tcp_lab/lab_world.h"

enum lab_action {
	LAB_ACTION_LIST,
	LAB_ACTION_SHOW,
	LAB_ACTION_CHECK,
	LAB_ACTION_RUN,
	LAB_ACTION_TRY,
	LAB_ACTION_SCORE,
	LAB_ACTION_COUNT,
};

#define LAB_SEED_DEFAULT 1u
#define LAB_JOBS_MAX 64u
#define LAB_EXPERIMENTS_MAX 512u /* in one run: the output of each may be kept until its end */

/* Values are as they were written: the language of experiments reads them. NULL: not given. */
struct lab_try_options {
	const char *server; /* borrowed, as all of them; a command for the shell */
	const char *client;
	const char *delay;
	const char *jitter;
	const char *rate;
	const char *loss;
	const char *duplicate;
	const char *reorder;
	const char *cut_after;
	const char *restore_after;
	uint64_t time_limit_ns;
};

struct lab_options {
	enum lab_action action;
	char **operands; /* borrowed; behind the action's name */
	size_t operand_count;
	bool json;
	bool markdown;
	bool segments;
	bool brief;
	bool full;
	bool all;           /* also `score` without names */
	const char *save;   /* borrowed; the folder, or NULL */
	const char *report; /* borrowed; the file or folder of pages, or NULL */
	uint64_t seed;
	unsigned jobs; /* at least 1 */
	enum lab_backend backend;
	struct lab_try_options try;
};

/* Its options; --help is not among them. */
extern const struct command_option lab_options_table[];

/* False: the command is over with *status; help or a sentence was printed. */
bool lab_options_read(const struct command *command, int argc, char **argv, struct lab_options *out,
		      enum exit_status *status);

#endif
