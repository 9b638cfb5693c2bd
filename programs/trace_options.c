#include "programs/trace_options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "programs/one_shot.h"

enum {
	OPTION_CONNECTIONS = 256,
	OPTION_STATS,
	OPTION_JSON,
	OPTION_SEGMENTS,
	OPTION_AS,
	OPTION_ONLY,
	OPTION_EXPECT,
	OPTION_WRITE,
	OPTION_FILTER,
	OPTION_MAX_CONNECTIONS,
	OPTION_NO_CHECKSUMS,
	OPTION_HELP,
};

static const struct option options[] = {
	{ "connections", no_argument, NULL, OPTION_CONNECTIONS },
	{ "stats", no_argument, NULL, OPTION_STATS },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "segments", no_argument, NULL, OPTION_SEGMENTS },
	{ "as", required_argument, NULL, OPTION_AS },
	{ "only", required_argument, NULL, OPTION_ONLY },
	{ "expect", required_argument, NULL, OPTION_EXPECT },
	{ "write", required_argument, NULL, OPTION_WRITE },
	{ "filter", required_argument, NULL, OPTION_FILTER },
	{ "max-connections", required_argument, NULL, OPTION_MAX_CONNECTIONS },
	{ "no-checksums", no_argument, NULL, OPTION_NO_CHECKSUMS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

#define MAX_CONNECTIONS_LIMIT 100000000u

/* Several of one option: all of them must hold. */
static bool add_terms(const struct command *command, const char *option, const char *text,
		      struct expectation *all)
{
	struct expectation_problem problem;
	struct expectation more;

	if (!expectation_parse(text, &more, &problem)) {
		bool asks = strchr(problem.sentence, '?') != NULL;

		(void)one_shot_usage(command, "%s: %s%s", option, problem.sentence,
				     asks ? "" : ".");
		return false;
	}
	if (more.count > EXPECTATION_TERMS_MAX - all->count) {
		(void)one_shot_usage(command, "%s: at most %u terms can be given.", option,
				     EXPECTATION_TERMS_MAX);
		return false;
	}
	memcpy(&all->terms[all->count], more.terms, more.count * sizeof(more.terms[0]));
	all->count += more.count;
	return true;
}

static bool read_max_connections(const struct command *command, const char *text, size_t *out)
{
	uint64_t number;

	if (!decimal_parse(text, 1, MAX_CONNECTIONS_LIMIT, &number)) {
		(void)one_shot_usage(command, "--max-connections takes a number from 1 to %u.",
				     MAX_CONNECTIONS_LIMIT);
		return false;
	}
	*out = (size_t)number;
	return true;
}

static bool set_view(const struct command *command, enum trace_view view, bool *chosen,
		     struct trace_options *out)
{
	if (*chosen && out->view != view) {
		(void)one_shot_usage(command, "--connections and --stats are two views: give one.");
		return false;
	}
	*chosen = true;
	out->view = view;
	return true;
}

/* False: a sentence was printed, the command line is wrong. */
static bool read_option(const struct command *command, int option, bool *chosen,
			struct trace_options *out)
{
	switch (option) {
	case OPTION_CONNECTIONS:
		return set_view(command, TRACE_VIEW_CONNECTIONS, chosen, out);
	case OPTION_STATS:
		return set_view(command, TRACE_VIEW_STATS, chosen, out);
	case OPTION_JSON:
		out->json = true;
		return true;
	case OPTION_SEGMENTS:
		out->segments = true;
		return true;
	case OPTION_AS:
		out->as_tshark = strcmp(optarg, "tshark") == 0;
		if (!out->as_tshark)
			(void)one_shot_usage(command, "--as knows tshark only.");
		return out->as_tshark;
	case OPTION_ONLY:
		out->has_only = true;
		return add_terms(command, "--only", optarg, &out->only);
	case OPTION_EXPECT:
		out->has_expect = true;
		return add_terms(command, "--expect", optarg, &out->expect);
	case OPTION_WRITE:
		out->write = optarg;
		return true;
	case OPTION_FILTER:
		out->filter = optarg;
		return true;
	case OPTION_MAX_CONNECTIONS:
		return read_max_connections(command, optarg, &out->max_connections);
	case OPTION_NO_CHECKSUMS:
		out->no_checksums = true;
		return true;
	default:
		return false;
	}
}

/* What only makes sense together, or not together. */
static bool check_together(const struct command *command, int operands, bool chosen,
			   struct trace_options *out)
{
	if (operands != 1) {
		(void)one_shot_usage(command,
				     operands == 0 ? "name the capture file; - is standard input."
						   : "one capture file at a time.");
		return false;
	}
	if (out->segments && !out->json) {
		(void)one_shot_usage(command, "--segments needs --json.");
		return false;
	}
	if (out->segments && chosen) {
		(void)one_shot_usage(command, "--segments goes with neither --connections nor "
					      "--stats.");
		return false;
	}
	if (out->write && strcmp(out->write, "-") == 0 && (out->json || chosen)) {
		(void)one_shot_usage(command, "--write - leaves standard output to the frames: no "
					      "--json and no view.");
		return false;
	}
	if (!chosen && !out->json && (out->has_expect || out->write))
		out->view = TRACE_VIEW_NONE;
	return true;
}

bool trace_options_read(const struct command *command, int argc, char **argv,
			struct trace_options *out, enum exit_status *status)
{
	bool chosen = false;
	int option;

	memset(out, 0, sizeof(*out));
	*status = EXIT_USAGE;
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			(void)fputs(command->help, stdout);
			*status = EXIT_DONE;
			return false;
		}
		if (option == ':') {
			(void)one_shot_usage(command, "%s needs a value.", argv[optind - 1]);
			return false;
		}
		if (option == '?') {
			(void)one_shot_usage(command, "%s is no option of it.", argv[optind - 1]);
			return false;
		}
		if (!read_option(command, option, &chosen, out))
			return false;
	}
	if (!check_together(command, argc - optind, chosen, out))
		return false;
	out->path = argv[optind];
	return true;
}
