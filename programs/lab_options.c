#include "programs/lab_options.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/nearest_word.h"
#include "programs/complaint.h"
#include "tcp_lab/lab_limits.h"

enum {
	KEY_JSON = OPTION_FIRST_KEY,
	KEY_ALL,
	KEY_SEGMENTS,
	KEY_BRIEF,
	KEY_SAVE,
	KEY_REPORT,
	KEY_SEED,
	KEY_FULL,
	KEY_JOBS,
	KEY_BACKEND,
	KEY_SERVER,
	KEY_CLIENT,
	KEY_DELAY,
	KEY_JITTER,
	KEY_RATE,
	KEY_LOSS,
	KEY_DUPLICATE,
	KEY_REORDER,
	KEY_CUT_AFTER,
	KEY_RESTORE_AFTER,
	KEY_TIME_LIMIT,
	KEY_MARKDOWN,
	KEY_COUNT,
};

#define BACKEND_WORDS "tun veth"

const struct command_option lab_options_table[] = {
	{ .key = KEY_JSON,
	  .name = "json",
	  .help = "list, run, try, score: one object a line; of an experiment its connections, "
		  "and last the experiment itself" },
	{ .key = KEY_MARKDOWN,
	  .name = "markdown",
	  .help = "score: tables in Markdown, as where standard output is no terminal" },
	{ .key = KEY_ALL, .name = "all", .help = "run: all experiments that come with wiretale" },
	{ .key = KEY_SEGMENTS,
	  .name = "segments",
	  .help = "run, try: the whole of every ladder, also where several experiments passed; "
		  "with --json a line for each segment" },
	{ .key = KEY_BRIEF,
	  .name = "brief",
	  .help = "run, try: no ladders, but what was typed and printed, and each connection's "
		  "story" },
	{ .key = KEY_SAVE,
	  .name = "save",
	  .value = "DIR",
	  .kind = VALUE_DIRECTORY,
	  .help = "run, try: write what each host and the cable saw as pcapng files into that "
		  "folder, which is made where it is missing" },
	{ .key = KEY_REPORT,
	  .name = "report",
	  .value = "FILE",
	  .kind = VALUE_FILE,
	  .help = "run, try: write a page that any browser opens, without a network: each segment, "
		  "each header, the states of both kernels; of several experiments FILE is a "
		  "folder, made where it is missing, with a page of each and index.html" },
	{ .key = KEY_SEED,
	  .name = "seed",
	  .value = "N",
	  .help = "run, try, score: what chance on the cable begins with (default: 1); the same "
		  "seed, "
		  "the same losses" },
	{ .key = KEY_FULL,
	  .name = "full",
	  .help = "run, score: wait for the long timers too, the 60 s of TIME_WAIT among them" },
	{ .key = KEY_JOBS,
	  .name = "jobs",
	  .letter = 'j',
	  .value = "N",
	  .help = "run, score: so many experiments at a time (default: one for each processor)" },
	{ .key = KEY_BACKEND,
	  .name = "backend",
	  .value = "KIND",
	  .kind = VALUE_WORDS,
	  .words = BACKEND_WORDS,
	  .help = "run, try, score: what the hosts' network devices are: tun or veth (default: tun "
		  "where "
		  "/dev/net/tun may be opened, else veth)" },
	{ .key = KEY_SERVER,
	  .name = "server",
	  .value = "CMD",
	  .help = "try: the command that is started first, on 10.77.0.2, called server there" },
	{ .key = KEY_CLIENT,
	  .name = "client",
	  .value = "CMD",
	  .help = "try: the command that is started on 10.77.0.1 once the server listens" },
	{ .key = KEY_DELAY,
	  .name = "delay",
	  .value = "TIME",
	  .help = "try: how long each way takes, as in 20ms" },
	{ .key = KEY_JITTER,
	  .name = "jitter",
	  .value = "TIME",
	  .help = "try: up to so much more, by chance" },
	{ .key = KEY_RATE,
	  .name = "rate",
	  .value = "RATE",
	  .help = "try: what the cable carries, as in 10mbit" },
	{ .key = KEY_LOSS,
	  .name = "loss",
	  .value = "PERCENT",
	  .help = "try: how many packets are lost, by chance, as in 1%" },
	{ .key = KEY_DUPLICATE,
	  .name = "duplicate",
	  .value = "PERCENT",
	  .help = "try: how many arrive twice" },
	{ .key = KEY_REORDER,
	  .name = "reorder",
	  .value = "PERCENT",
	  .help = "try: how many are overtaken by others" },
	{ .key = KEY_CUT_AFTER,
	  .name = "cut-after",
	  .value = "TIME",
	  .help = "try: the cable is cut, so long after the client's start" },
	{ .key = KEY_RESTORE_AFTER,
	  .name = "restore-after",
	  .value = "TIME",
	  .help = "try: it is whole again, so long after the client's start" },
	{ .key = KEY_TIME_LIMIT,
	  .name = "time-limit",
	  .value = "TIME",
	  .help = "try: what still runs then is ended (default: 30s)" },
	{ 0 },
};

static const char *const action_names[LAB_ACTION_COUNT] = {
	[LAB_ACTION_LIST] = "list", [LAB_ACTION_SHOW] = "show", [LAB_ACTION_CHECK] = "check",
	[LAB_ACTION_RUN] = "run",   [LAB_ACTION_TRY] = "try",   [LAB_ACTION_SCORE] = "score",
};

#define ACTIONS "list, show, check, run, try and score"

#define OF(action) (1u << LAB_ACTION_##action)

/* With which actions an option makes sense. */
static unsigned actions_of(int key)
{
	switch (key) {
	case KEY_JSON:
		return OF(LIST) | OF(RUN) | OF(TRY) | OF(SCORE);
	case KEY_ALL:
		return OF(RUN);
	case KEY_FULL:
	case KEY_JOBS:
		return OF(RUN) | OF(SCORE);
	case KEY_SEGMENTS:
	case KEY_BRIEF:
	case KEY_SAVE:
	case KEY_REPORT:
		return OF(RUN) | OF(TRY);
	case KEY_SEED:
	case KEY_BACKEND:
		return OF(RUN) | OF(TRY) | OF(SCORE);
	case KEY_MARKDOWN:
		return OF(SCORE);
	default:
		return OF(TRY);
	}
}

struct reading {
	const struct command *command;
	struct lab_options *out;
	uint32_t seen; /* bits by key */
};

static unsigned processors(void)
{
	cpu_set_t usable;

	CPU_ZERO(&usable);
	if (sched_getaffinity(0, sizeof(usable), &usable) != 0 || CPU_COUNT(&usable) < 1)
		return 1;
	return CPU_COUNT(&usable) < (int)LAB_JOBS_MAX ? (unsigned)CPU_COUNT(&usable) : LAB_JOBS_MAX;
}

static bool set_number(const struct reading *reading, const char *option, const char *value,
		       uint64_t max, uint64_t *out)
{
	if (decimal_parse(value, max == UINT64_MAX ? 0 : 1, max, out))
		return true;
	if (max == UINT64_MAX)
		(void)complaint_usage(reading->command, "lab: %s takes a whole number.", option);
	else
		(void)complaint_usage(reading->command, "lab: %s takes a number from 1 to %llu.",
				      option, (unsigned long long)max);
	return false;
}

static bool set_jobs(const struct reading *reading, const char *value)
{
	uint64_t number;

	if (!set_number(reading, "--jobs", value, LAB_JOBS_MAX, &number))
		return false;
	reading->out->jobs = (unsigned)number;
	return true;
}

static bool set_backend(const struct reading *reading, const char *value)
{
	if (strcmp(value, "tun") == 0)
		reading->out->backend = LAB_BACKEND_TUN;
	else if (strcmp(value, "veth") == 0)
		reading->out->backend = LAB_BACKEND_VETH;
	else
		(void)complaint_usage(reading->command, "lab: --backend knows tun and veth.");
	return reading->out->backend != LAB_BACKEND_ANY;
}

static bool set_time_limit(const struct reading *reading, const char *value)
{
	if (duration_parse(value, LAB_TIME_LIMIT_MAX_NS, &reading->out->try.time_limit_ns) &&
	    reading->out->try.time_limit_ns > 0)
		return true;
	(void)complaint_usage(reading->command,
			      "lab: --time-limit takes a time up to an hour, as in 30s.");
	return false;
}

static bool set_folder(const struct reading *reading, const char *value)
{
	if (*value)
		reading->out->save = value;
	else
		(void)complaint_usage(reading->command, "lab: --save takes the name of a folder.");
	return *value;
}

static bool set_report(const struct reading *reading, const char *value)
{
	if (*value && strcmp(value, "-") != 0) {
		reading->out->report = value;
		return true;
	}
	(void)complaint_usage(reading->command,
			      "lab: --report takes the name of a file, or of a folder.");
	return false;
}

/* Where a value of `try` is kept as it was written. */
static const char **try_value(struct lab_try_options *try, int key)
{
	switch (key) {
	case KEY_SERVER:
		return &try->server;
	case KEY_CLIENT:
		return &try->client;
	case KEY_DELAY:
		return &try->delay;
	case KEY_JITTER:
		return &try->jitter;
	case KEY_RATE:
		return &try->rate;
	case KEY_LOSS:
		return &try->loss;
	case KEY_DUPLICATE:
		return &try->duplicate;
	case KEY_REORDER:
		return &try->reorder;
	case KEY_CUT_AFTER:
		return &try->cut_after;
	default:
		return &try->restore_after;
	}
}

/* False: a sentence was printed, the command line is wrong. */
static bool read_option(struct reading *reading, int key, const char *value)
{
	struct lab_options *out = reading->out;

	reading->seen |= 1u << key;
	switch (key) {
	case KEY_JSON:
		out->json = true;
		return true;
	case KEY_MARKDOWN:
		out->markdown = true;
		return true;
	case KEY_ALL:
		out->all = true;
		return true;
	case KEY_SEGMENTS:
		out->segments = true;
		return true;
	case KEY_BRIEF:
		out->brief = true;
		return true;
	case KEY_FULL:
		out->full = true;
		return true;
	case KEY_SAVE:
		return set_folder(reading, value);
	case KEY_REPORT:
		return set_report(reading, value);
	case KEY_SEED:
		return set_number(reading, "--seed", value, UINT64_MAX, &out->seed);
	case KEY_JOBS:
		return set_jobs(reading, value);
	case KEY_BACKEND:
		return set_backend(reading, value);
	case KEY_TIME_LIMIT:
		return set_time_limit(reading, value);
	default:
		*try_value(&out->try, key) = value;
		return true;
	}
}

static bool read_action(const struct reading *reading, const char *word)
{
	const char *nearest;

	for (unsigned i = 0; i < LAB_ACTION_COUNT; i++) {
		if (strcmp(word, action_names[i]) == 0) {
			reading->out->action = (enum lab_action)i;
			return true;
		}
	}
	nearest = nearest_word(word, action_names, LAB_ACTION_COUNT);
	if (nearest)
		(void)complaint_usage(reading->command, "lab: there is no %.64s; did you mean %s?",
				      word, nearest);
	else
		(void)complaint_usage(reading->command,
				      "lab: there is no %.64s; it knows " ACTIONS ".", word);
	return false;
}

static bool check_options(const struct reading *reading)
{
	const enum lab_action action = reading->out->action;

	for (const struct command_option *row = lab_options_table; row->key != 0; row++) {
		unsigned actions = actions_of(row->key);
		char with[64] = "";
		size_t length = 0;

		if (!(reading->seen & 1u << row->key) || actions & 1u << action)
			continue;
		for (unsigned i = 0; i < LAB_ACTION_COUNT; i++) {
			if (actions & 1u << i)
				length += (size_t)snprintf(with + length, sizeof(with) - length,
							   "%s%s", length > 0 ? " or " : "",
							   action_names[i]);
		}
		(void)complaint_usage(reading->command, "lab: --%s goes with %s, not with %s.",
				      row->name, with, action_names[action]);
		return false;
	}
	return true;
}

static const char *wrong_together(const struct lab_options *options)
{
	if (options->brief && options->segments)
		return "--brief leaves out what --segments shows whole: one of them.";
	if (options->markdown && options->json)
		return "--markdown and --json are two ways of saying it: one of them.";
	if (options->brief && options->json)
		return "--brief is of the text; --json has no ladders.";
	return NULL;
}

static const char *wrong_for_run(const struct lab_options *options)
{
	if (options->all && options->operand_count > 0)
		return "run takes names and files, or --all: not both.";
	if (!options->all && options->operand_count == 0)
		return "run takes names of experiments or files, or --all; wiretale lab list shows "
		       "the names.";
	if (options->operand_count > LAB_EXPERIMENTS_MAX)
		return "run takes at most 512 experiments at a time.";
	return NULL;
}

static const char *wrong_for_try(const struct lab_options *options)
{
	if (options->operand_count > 0)
		return "try takes options only; a command with blanks in it is put in quotes.";
	if (!options->try.server || !options->try.client)
		return "try needs two commands, as in: --server 'CMD' --client 'CMD'.";
	if (options->try.restore_after && !options->try.cut_after)
		return "--restore-after goes with --cut-after.";
	return NULL;
}

static const char *wrong_operands(const struct lab_options *options)
{
	switch (options->action) {
	case LAB_ACTION_LIST:
		return options->operand_count > 0 ? "list takes options only." : NULL;
	case LAB_ACTION_SHOW:
		return options->operand_count != 1 ? "show takes the name of one experiment."
						   : NULL;
	case LAB_ACTION_CHECK:
		return options->operand_count == 0 ? "check takes files, one or more." : NULL;
	case LAB_ACTION_RUN:
		return wrong_for_run(options);
	case LAB_ACTION_SCORE:
		if (options->operand_count > LAB_EXPERIMENTS_MAX)
			return "score takes at most 512 experiments at a time.";
		return NULL;
	case LAB_ACTION_TRY:
	case LAB_ACTION_COUNT:
	default:
		return wrong_for_try(options);
	}
}

bool lab_options_read(const struct command *command, int argc, char **argv, struct lab_options *out,
		      enum exit_status *status)
{
	struct reading reading = { .command = command, .out = out };
	struct option_reader reader;
	const char *wrong;
	int key;

	*out = (struct lab_options){ .seed = LAB_SEED_DEFAULT, .jobs = processors() };
	out->try.time_limit_ns = LAB_TIME_LIMIT_DEFAULT_NS;
	*status = EXIT_USAGE;
	option_reader_begin(&reader, command, argc, argv);
	while ((key = option_reader_next(&reader)) > OPTION_END) {
		if (!read_option(&reading, key, reader.value))
			return false;
	}
	if (key == OPTION_OVER) {
		*status = (enum exit_status)reader.status;
		return false;
	}
	if (reader.operand_count == 0) {
		(void)complaint_usage(command, "lab: say what it is to do: list, show NAME, check "
					       "FILE, run NAME, try, or score.");
		return false;
	}
	if (!read_action(&reading, reader.operands[0]))
		return false;
	out->operands = reader.operands + 1;
	out->operand_count = (size_t)reader.operand_count - 1;
	if (!check_options(&reading))
		return false;
	if (out->action == LAB_ACTION_SCORE && out->operand_count == 0)
		out->all = true;
	wrong = wrong_operands(out);
	if (!wrong)
		wrong = wrong_together(out);
	if (wrong)
		(void)complaint_usage(command, "lab: %s", wrong);
	return !wrong;
}
