#include "programs/trace_options.h"

#include <stdint.h>
#include <string.h>

#include "base/decimal.h"
#include "programs/one_shot.h"

enum {
	OPTION_CONNECTIONS = OPTION_FIRST_KEY,
	OPTION_STATS,
	OPTION_JSON,
	OPTION_SEGMENTS,
	OPTION_ABSOLUTE,
	OPTION_DETAIL,
	OPTION_EXPLAIN,
	OPTION_FOLLOW,
	OPTION_HEX,
	OPTION_INTERFACE,
	OPTION_COUNT,
	OPTION_FOR,
	OPTION_AS,
	OPTION_ONLY,
	OPTION_EXPECT,
	OPTION_WRITE,
	OPTION_REPORT,
	OPTION_FILTER,
	OPTION_MAX_CONNECTIONS,
	OPTION_NO_CHECKSUMS,
};

const struct command_option trace_options_table[] = {
	{ .key = OPTION_CONNECTIONS, .name = "connections", .help = "a table, one line each" },
	{ .key = OPTION_STATS, .name = "stats", .help = "totals only; checksums are not verified" },
	{ .key = OPTION_JSON,
	  .name = "json",
	  .help = "one object a line: each connection when it ends, those still open at the end of "
		  "the file, and the file as the last" },
	{ .key = OPTION_SEGMENTS,
	  .name = "segments",
	  .help = "under each story its ladder, segment by segment; with --json a line for each "
		  "segment too, in the order of the file" },
	{ .key = OPTION_DETAIL,
	  .name = "detail",
	  .value = "[FRAMES]",
	  .help = "every field of every header, its bits and its bytes; of all frames with TCP in "
		  "them, or of those named, as in 160-162,750" },
	{ .key = OPTION_EXPLAIN,
	  .name = "explain",
	  .help = "with --detail: what each field is for, with the section of its RFC, and the "
		  "arithmetic worked out" },
	{ .key = OPTION_ABSOLUTE,
	  .name = "absolute",
	  .help = "with --segments: sequence numbers as the wire has them" },
	{ .key = OPTION_FOLLOW,
	  .name = "follow",
	  .value = "N",
	  .help = "what both sides of connection N said, in order" },
	{ .key = OPTION_HEX, .name = "hex", .help = "with --follow: in hex" },
	{ .key = OPTION_INTERFACE,
	  .name = "interface",
	  .letter = 'i',
	  .value = "IFACE",
	  .kind = VALUE_INTERFACE,
	  .help = "listen there instead of reading a file (any: everywhere); Ctrl-C ends it with "
		  "the summary" },
	{ .key = OPTION_COUNT,
	  .name = "count",
	  .value = "N",
	  .help = "with -i: end after N frames" },
	{ .key = OPTION_FOR,
	  .name = "for",
	  .value = "TIME",
	  .help = "with -i: end after that time, as in 10s" },
	{ .key = OPTION_ONLY,
	  .name = "only",
	  .value = "TERMS",
	  .help = "only connections that are so, as in: closing.kind=reset; of several --only all "
		  "must hold" },
	{ .key = OPTION_EXPECT,
	  .name = "expect",
	  .value = "TERMS",
	  .help = "every connection (of those that --only selects) must be so: each that is not is "
		  "told on standard error, and the exit status is 1; so it is where there is "
		  "no connection at all" },
	{ .key = OPTION_WRITE,
	  .name = "write",
	  .value = "FILE",
	  .kind = VALUE_FILE,
	  .help = "write what was read as pcapng, with what was found as comments of the packets "
		  "that prove it" },
	{ .key = OPTION_REPORT,
	  .name = "report",
	  .value = "FILE",
	  .kind = VALUE_FILE,
	  .help = "write a page that shows each connection segment by segment: one file, for any "
		  "browser, without a network; goes with every view, and with --only" },
	{ .key = OPTION_FILTER,
	  .name = "filter",
	  .value = "EXPRESSION",
	  .help = "only packets that match, in the language of libpcap: 'tcp port 80'" },
	{ .key = OPTION_AS,
	  .name = "as",
	  .value = "tshark",
	  .kind = VALUE_WORDS,
	  .words = "tshark",
	  .help = "labels and streams exactly as tshark 4.0 gives them, its mistakes too" },
	{ .key = OPTION_MAX_CONNECTIONS,
	  .name = "max-connections",
	  .value = "N",
	  .help = "how many are remembered at a time (default: 65536); beyond them the one that "
		  "was idle the longest is given up, which is told" },
	{ .key = OPTION_NO_CHECKSUMS, .name = "no-checksums", .help = "do not verify them" },
	{ 0 },
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

static bool read_number(const struct option_reader *reader, const char *option, uint64_t limit,
			uint64_t *out)
{
	if (decimal_parse(reader->value, 1, limit, out))
		return true;
	(void)one_shot_usage(reader->command, "%s takes a number from 1 to %llu.", option,
			     (unsigned long long)limit);
	return false;
}

static bool read_max_connections(const struct option_reader *reader, size_t *out)
{
	uint64_t number;

	if (!read_number(reader, "--max-connections", MAX_CONNECTIONS_LIMIT, &number))
		return false;
	*out = (size_t)number;
	return true;
}

static bool read_duration(const struct option_reader *reader, uint64_t *out_ms)
{
	if (one_shot_parse_seconds(reader->value, out_ms))
		return true;
	(void)one_shot_usage(reader->command, "--for takes a time, as in 10s or 500ms.");
	return false;
}

static bool read_frames(const struct command *command, const char *text, struct frame_set *out)
{
	if (!text || frame_set_parse(text, out))
		return true;
	(void)one_shot_usage(command,
			     "--detail: frames are named as in 160-162,750; at most %u "
			     "parts.",
			     FRAME_SET_RANGES_MAX);
	return false;
}

/* What was read, besides what goes into trace_options. */
struct choice {
	const struct option_reader *reader;
	bool has_view;
	const char *view_option; /* static; the option that chose it */
};

static bool set_view(struct choice *choice, enum trace_view view, const char *option,
		     struct trace_options *out)
{
	if (choice->has_view && out->view != view) {
		(void)one_shot_usage(choice->reader->command, "%s and %s are two views: give one.",
				     choice->view_option, option);
		return false;
	}
	choice->has_view = true;
	choice->view_option = option;
	out->view = view;
	return true;
}

/* Those that choose what is shown. */
static bool read_view_option(struct choice *choice, int option, struct trace_options *out)
{
	const struct option_reader *reader = choice->reader;

	switch (option) {
	case OPTION_CONNECTIONS:
		return set_view(choice, TRACE_VIEW_CONNECTIONS, "--connections", out);
	case OPTION_STATS:
		return set_view(choice, TRACE_VIEW_STATS, "--stats", out);
	case OPTION_DETAIL:
		return set_view(choice, TRACE_VIEW_DETAIL, "--detail", out) &&
		       read_frames(reader->command, reader->value, &out->frames);
	case OPTION_FOLLOW:
		return set_view(choice, TRACE_VIEW_FOLLOW, "--follow", out) &&
		       read_number(reader, "--follow", UINT64_MAX, &out->follow);
	case OPTION_SEGMENTS:
		out->segments = true;
		return true;
	case OPTION_ABSOLUTE:
		out->absolute = true;
		return true;
	case OPTION_EXPLAIN:
		out->explain = true;
		return true;
	case OPTION_HEX:
		out->hex = true;
		return true;
	default:
		return false;
	}
}

/* False: a sentence was printed, the command line is wrong. */
static bool read_option(struct choice *choice, int option, struct trace_options *out)
{
	const struct option_reader *reader = choice->reader;

	switch (option) {
	case OPTION_JSON:
		out->json = true;
		return true;
	case OPTION_INTERFACE:
		out->interface = reader->value;
		return true;
	case OPTION_COUNT:
		return read_number(reader, "--count", UINT64_MAX, &out->frame_limit);
	case OPTION_FOR:
		return read_duration(reader, &out->time_limit_ms);
	case OPTION_AS:
		out->as_tshark = strcmp(reader->value, "tshark") == 0;
		if (!out->as_tshark)
			(void)one_shot_usage(reader->command, "--as knows tshark only.");
		return out->as_tshark;
	case OPTION_ONLY:
		out->has_only = true;
		return add_terms(reader->command, "--only", reader->value, &out->only);
	case OPTION_EXPECT:
		out->has_expect = true;
		return add_terms(reader->command, "--expect", reader->value, &out->expect);
	case OPTION_WRITE:
		out->write = reader->value;
		return true;
	case OPTION_REPORT:
		out->report = reader->value;
		return true;
	case OPTION_FILTER:
		out->filter = reader->value;
		return true;
	case OPTION_MAX_CONNECTIONS:
		return read_max_connections(reader, &out->max_connections);
	case OPTION_NO_CHECKSUMS:
		out->no_checksums = true;
		return true;
	default:
		return read_view_option(choice, option, out);
	}
}

/* `--detail 160-162 FILE`: an operand that can only be frames belongs to --detail. */
static bool take_frames_operand(const struct command *command, struct option_reader *reader,
				struct trace_options *out)
{
	int wanted = out->interface ? 1 : 2;

	if (out->view != TRACE_VIEW_DETAIL || out->frames.count > 0 ||
	    reader->operand_count < wanted)
		return true;
	for (int i = 0; i < reader->operand_count; i++) {
		if (!frame_set_looks_so(reader->operands[i]))
			continue;
		if (!read_frames(command, reader->operands[i], &out->frames))
			return false;
		for (int next = i + 1; next < reader->operand_count; next++)
			reader->operands[next - 1] = reader->operands[next];
		reader->operand_count--;
		return true;
	}
	return true;
}

static const char *wrong_source(const struct trace_options *options, int operands)
{
	if (options->interface && operands > 0)
		return "-i listens, a file is read: give one of them.";
	if (!options->interface && operands == 0)
		return "name the capture file (- is standard input), or with -i an interface.";
	if (operands > 2)
		return "one capture file at a time, or two of the same connections, one from each "
		       "end.";
	if (options->interface && options->has_only &&
	    (options->segments || options->write || options->view == TRACE_VIEW_DETAIL))
		return "-i: what --only asks is known when a connection ends: it goes with "
		       "neither --segments, --detail nor --write there.";
	if (!options->interface && (options->frame_limit > 0 || options->time_limit_ms > 0))
		return "--count and --for go with -i.";
	return NULL;
}

static const char *wrong_view(const struct trace_options *options, bool has_view)
{
	if (options->explain && options->view != TRACE_VIEW_DETAIL)
		return "--explain goes with --detail.";
	if (options->hex && options->view != TRACE_VIEW_FOLLOW)
		return "--hex goes with --follow.";
	if (options->segments && has_view)
		return "--segments goes with neither --connections, --stats, --detail nor "
		       "--follow.";
	if (options->absolute && (options->json || options->view == TRACE_VIEW_DETAIL))
		return "--absolute goes with --segments; --detail and --json have both numbers.";
	if (options->absolute && !options->segments)
		return "--absolute goes with --segments.";
	if (options->write && strcmp(options->write, "-") == 0 &&
	    (options->json || has_view || options->segments))
		return "--write - leaves standard output to the frames: no --json and no view.";
	return NULL;
}

static const char *wrong_report(const struct trace_options *options)
{
	if (!options->report)
		return NULL;
	if (options->report[0] == '\0' || strcmp(options->report, "-") == 0)
		return "--report: a page is for a browser: name a file, as in out.html.";
	if (options->write && strcmp(options->write, options->report) == 0)
		return "--report and --write name the same file: give two.";
	return NULL;
}

static const char *wrong_pair(const struct trace_options *options, bool has_view)
{
	if (has_view || options->segments)
		return "of two captures there is one view, and --json.";
	if (options->has_only || options->has_expect || options->write || options->as_tshark)
		return "--only, --expect, --write and --as go with one capture.";
	if (options->report &&
	    (strcmp(options->path, "-") == 0 || strcmp(options->second_path, "-") == 0))
		return "--report reads both captures twice: standard input can be neither.";
	if (strcmp(options->path, "-") == 0 && strcmp(options->second_path, "-") == 0)
		return "standard input can be one of the two captures.";
	return NULL;
}

/* What only makes sense together, or not together. */
static bool check_together(const struct choice *choice, struct trace_options *out)
{
	const struct option_reader *reader = choice->reader;
	const char *wrong = wrong_source(out, reader->operand_count);

	if (!wrong)
		wrong = wrong_view(out, choice->has_view);
	if (!wrong)
		wrong = wrong_report(out);
	if (!wrong && reader->operand_count > 0)
		out->path = reader->operands[0];
	if (!wrong && reader->operand_count > 1) {
		out->second_path = reader->operands[1];
		wrong = wrong_pair(out, choice->has_view);
	}
	if (wrong) {
		(void)one_shot_usage(reader->command, "%s", wrong);
		return false;
	}
	if (!choice->has_view && !out->json && !out->segments && (out->has_expect || out->write))
		out->view = TRACE_VIEW_NONE;
	return true;
}

bool trace_options_read(const struct command *command, int argc, char **argv,
			struct trace_options *out, enum exit_status *status)
{
	struct option_reader reader;
	struct choice choice = { .reader = &reader };
	int option;

	memset(out, 0, sizeof(*out));
	*status = EXIT_USAGE;
	option_reader_begin(&reader, command, argc, argv);
	while ((option = option_reader_next(&reader)) > OPTION_END) {
		if (!read_option(&choice, option, out))
			return false;
	}
	if (option == OPTION_OVER) {
		*status = (enum exit_status)reader.status;
		return false;
	}
	return take_frames_operand(command, &reader, out) && check_together(&choice, out);
}
