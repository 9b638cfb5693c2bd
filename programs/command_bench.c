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

enum {
	BENCH_OPTION = OPTION_FIRST_KEY, /* all of them: they are told apart by name */
};

/* clang-format off */
#define ROW(the_name, the_value, says) \
	{ .key = BENCH_OPTION, .name = (the_name), .value = (the_value), .help = (says) }
/* clang-format on */

static const struct command_option options[] = {
	ROW("pairs", "N",
	    "throughput, latency: senders, each with a receiver of its own (default: 1)"),
	ROW("window", "N",
	    "throughput, fan-out: messages of a sender on the way (default: 1024; fan-out: 1). A "
	    "server refuses what is over its own limits with busy; such are counted as refused"),
	ROW("rate", "N", "latency: messages a second, of all senders together (default: 2000)"),
	ROW("size", "BYTES",
	    "throughput, latency, fan-out: content of a message, 16 at least (default: 64)"),
	ROW("seconds", "S", "all but idle: measured time, 600 at most (default: 3)"),
	ROW("warm-up", "S", "all but idle: time before it that is not counted (default: 0.5)"),
	ROW("members", "N", "fan-out: of the room (default: 100)"),
	ROW("connections", "N",
	    "connections: at a time (default: 16); idle: in all (default: 1000)"),
	ROW("idle-beside", "N",
	    "throughput, latency, fan-out: so many more connections that do nothing"),
	ROW("stalled", "N",
	    "throughput, latency, fan-out: so many more receivers that never read, each sent what "
	    "fills the buffers on the way, and then 1,000 messages of 1,000 bytes a second"),
	ROW("library", NULL,
	    "throughput, latency: through the client library, with one pair; else raw frames"),
	ROW("server-pid", "PID", "idle: the server's process on this machine, yours to look at"),
	ROW("server", "HOST[:PORT]",
	    "which server (default: what WIRETALE_SERVER says, or 127.0.0.1:2312)"),
	ROW("json", NULL, "one object"),
	{ 0 },
};

/* False: the command is over with *status. */
static bool read_options(const struct command *self, int argc, char **argv,
			 struct load_options *out, enum exit_status *status)
{
	struct option_reader reader;
	bool good = true;
	int key;

	option_reader_begin(&reader, self, argc, argv);
	while (good && (key = option_reader_next(&reader)) != OPTION_END) {
		if (key == OPTION_OVER) {
			*status = (enum exit_status)reader.status;
			return false;
		}
		good = load_options_set(out, reader.row->name, reader.value);
	}
	for (int i = 0; good && i < reader.operand_count; i++)
		good = load_options_kind(out, reader.operands[i]);
	if (good && load_options_end(out))
		return true;
	*status = one_shot_usage(self, "bench: %s.", out->problem);
	return false;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	const char *server = default_server();
	enum exit_status status = EXIT_USAGE;
	struct load_options load;

	load_options_begin(&load, server);
	if (!read_options(self, argc, argv, &load, &status))
		return status;
	if (!one_shot_check_server(self,
				   load.plan.server == server ? "WIRETALE_SERVER" : "--server",
				   load.plan.server))
		return EXIT_USAGE;
	return measure(&load);
}

const struct command command_bench = {
	.name = "bench",
	.summary = "loads a server and measures it",
	.usage = "[OPTION]... KIND",
	.about = "Loads a relay server with messages or connections, and measures what it makes of "
		 "them. Only against servers that are yours to load. What is measured, the KIND:\n"
		 "\n"
		 "  throughput    how many messages a second get through, with --window of\n"
		 "                each sender on the way at a time. One counts when it was\n"
		 "                received, and its place in the window is free again with the\n"
		 "                server's verdict\n"
		 "  latency       how long a message takes, at a fixed --rate: each is due at\n"
		 "                its time whatever became of those before, and its time\n"
		 "                counts from then, so that a server that stalls can't hide it\n"
		 "                (open loop)\n"
		 "  fan-out       one sender, a room of --members: until the last of them has\n"
		 "                it\n"
		 "  connections   connect, be greeted, close: how many times a second\n"
		 "  idle          --connections that do nothing: what each costs the server's\n"
		 "                memory, where --server-pid says which process that is. Start\n"
		 "                the server anew for it: memory that it holds already does\n"
		 "                not show\n",
	.options = options,
	.notes = "Senders have a thread and receivers have one, as two programs would. The machine "
		 "is shared with the server where that runs on it, too: compare, do not add up.",
	.examples = "wiretale bench throughput\n"
		    "wiretale bench latency --rate 5000 --idle-beside 1000\n"
		    "wiretale bench fan-out --members 500 --json\n"
		    "wiretale bench idle --connections 5000 --server-pid $(pgrep -x wiretaled)",
	.statuses = "0 measured; 1 not, and a sentence says why; 2 wrong usage; 3 this machine "
		    "lacks something, such as descriptors (ulimit -n).",
	.operands = VALUE_WORDS,
	.operand_words = "throughput latency fan-out connections idle",
	.run = run,
};
