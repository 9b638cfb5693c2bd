/* wiretale bench: loads a relay server, and measures it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text_builder.h"
#include "programs/command.h"
#include "programs/one_shot.h"
#include "relay_load/library_load.h"
#include "relay_load/load_engine.h"
#include "relay_load/load_options.h"
#include "relay_load/load_report.h"
#include "relay_load/wiretale_dialect.h"

#define REPORT_MAX_BYTES (64u * 1024)
#define PROGRESS_COLUMNS 48

/* One line that is written over and over, on a terminal. */
static void show_progress(void *context, const char *phase, uint64_t done, uint64_t of)
{
	unsigned percent = of == 0 ? 0 : (unsigned)((double)done * 100 / (double)of);

	(void)context;
	(void)fprintf(stderr, "\r%s: %u %%%*s", phase, percent > 100 ? 100 : percent,
		      (int)(PROGRESS_COLUMNS - strlen(phase) - 6), "");
}

static void wipe_progress(void)
{
	(void)fprintf(stderr, "\r%*s\r", PROGRESS_COLUMNS, "");
}

static enum exit_status report(const struct load_options *options, const struct load_result *result)
{
	enum exit_status status = EXIT_DONE;
	struct text_builder out;

	text_builder_init(&out, REPORT_MAX_BYTES);
	if (options->json)
		load_report_json(&out, &options->plan, wiretale_dialect.name,
				 wiretale_dialect.confirms, result);
	else
		load_report_text(&out, &options->plan, wiretale_dialect.name,
				 wiretale_dialect.confirms, result);
	if (out.truncated || fputs(text_builder_text(&out), stdout) < 0 || fflush(stdout) != 0) {
		one_shot_complain("bench: the report could not be written.");
		status = EXIT_NOT_DONE;
	}
	text_builder_finish(&out);
	return status;
}

static enum exit_status measure(const struct load_options *options)
{
	static const struct load_progress on_terminal = { .tell = show_progress };
	const struct load_progress *progress = isatty(STDERR_FILENO) ? &on_terminal : NULL;
	struct load_result *result = malloc(sizeof(*result));
	enum exit_status status = EXIT_ENVIRONMENT;
	enum load_outcome outcome;

	if (!result) {
		one_shot_complain("bench: out of memory.");
		return status;
	}
	if (options->plan.library)
		outcome = library_load_run(&options->plan, progress, result);
	else
		outcome = load_run(&options->plan, &wiretale_dialect, progress, result);
	if (progress)
		wipe_progress();
	if (outcome == LOAD_DONE) {
		status = report(options, result);
	} else {
		one_shot_complain("bench: %s.", result->problem);
		status = outcome == LOAD_ENVIRONMENT ? EXIT_ENVIRONMENT : EXIT_NOT_DONE;
	}
	free(result);
	return status;
}

static const char *default_server(void)
{
	const char *named = getenv("WIRETALE_SERVER");

	return named && *named ? named : WT_DEFAULT_SERVER;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	const char *server = default_server();
	struct load_options options;

	if (!load_options_read(argc - 1, argv + 1, server, false, &options))
		return one_shot_usage(self, "%s.", options.problem);
	if (options.help) {
		(void)fputs(self->help, stdout);
		return EXIT_DONE;
	}
	if (!one_shot_check_server(self,
				   options.plan.server == server ? "WIRETALE_SERVER" : "--server",
				   options.plan.server))
		return EXIT_USAGE;
	return measure(&options);
}

const struct command command_bench = {
	.name = "bench",
	.summary = "loads a server and measures it",
	.run = run,
	.help = "Usage: wiretale bench KIND [OPTION]...\n"
		"\n"
		"Loads a relay server with messages or connections, and measures what it makes of\n"
		"them. Only against servers that are yours to load.\n"
		"\n" LOAD_OPTIONS_HELP
		"  --server HOST[:PORT]  default: WIRETALE_SERVER, or 127.0.0.1:2312\n"
		"\n"
		"Senders have a thread and receivers have one, as two programs would. The machine\n"
		"is shared with the server where that runs on it, too: compare, do not add up.\n"
		"\n"
		"Examples:\n"
		"  wiretale bench throughput\n"
		"  wiretale bench latency --rate 5000 --idle-beside 1000\n"
		"  wiretale bench fan-out --members 500 --json\n"
		"  wiretale bench idle --connections 5000 --server-pid $(pgrep -x wiretaled)\n"
		"\n"
		"Exit status: 0 measured; 1 not, and a sentence says why; 2 wrong usage; 3 this\n"
		"machine lacks something, such as descriptors (ulimit -n).\n",
};
