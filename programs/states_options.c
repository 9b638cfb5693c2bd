#include "programs/states_options.h"

#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "programs/complaint.h"
#include "programs/states_sample.h"
#include "report/state_text.h"

#define EVERY_DEFAULT_MS 1000u
#define EVERY_MIN_MS 100u
#define EVERY_MAX_S 86400u

enum states_key {
	KEY_WATCH = OPTION_FIRST_KEY,
	KEY_DIAGRAM,
	KEY_BY,
	KEY_LIST,
	KEY_INFO,
	KEY_STATE,
	KEY_PORT,
	KEY_JSON,
};

const struct command_option states_option_table[] = {
	{ .key = KEY_WATCH,
	  .name = "watch",
	  .value = "[SECONDS]",
	  .help = "look again every so often (default: 1), and show what changed: redrawn on a "
		  "terminal (q or Ctrl-C ends), a line each time elsewhere" },
	{ .key = KEY_DIAGRAM,
	  .name = "diagram",
	  .help = "the state diagram of RFC 9293 with the counts in it" },
	{ .key = KEY_BY,
	  .name = "by",
	  .value = "WHAT",
	  .help = "count by port (the listening one; of connections to elsewhere, the far one), "
		  "by peer, or by program",
	  .kind = VALUE_WORDS,
	  .words = "port peer program" },
	{ .key = KEY_LIST,
	  .name = "list",
	  .help = "each socket: its ends, its program, what waits in it, what its timer will do" },
	{ .key = KEY_INFO,
	  .name = "info",
	  .help = "a list with round-trip times, windows and losses, as TCP_INFO has them" },
	{ .key = KEY_STATE,
	  .name = "state",
	  .value = "STATE",
	  .help = "only sockets in this state; several, separated by commas",
	  .kind = VALUE_WORDS,
	  .words = "CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT "
		   "CLOSING LAST_ACK TIME_WAIT" },
	{ .key = KEY_PORT,
	  .name = "port",
	  .value = "N",
	  .help = "only sockets with this port at either end" },
	{ .key = KEY_JSON,
	  .name = "json",
	  .help = "one object a line: the count of each state, and what --list or --by tell" },
	{ 0 },
};

struct reading {
	const struct command *command;
	struct states_options *out;
	bool has_view;
};

static bool set_view(struct reading *reading, enum states_view view)
{
	if (reading->has_view && reading->out->view != view) {
		(void)complaint_usage(
			reading->command,
			"states: --diagram, --by and --list are three views: give one.");
		return false;
	}
	reading->has_view = true;
	reading->out->view = view;
	return true;
}

static bool set_by(struct reading *reading, const char *word)
{
	static const char *const words[] = { [STATES_BY_PORT] = "port",
					     [STATES_BY_PEER] = "peer",
					     [STATES_BY_PROGRAM] = "program" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			reading->out->by = (enum states_by)i;
			return set_view(reading, STATES_GROUPS);
		}
	}
	(void)complaint_usage(reading->command, "states: --by knows port, peer and program.");
	return false;
}

static bool add_states(struct reading *reading, const char *names)
{
	uint32_t states = 0;

	for (;;) {
		size_t length = strcspn(names, ",");
		enum tcp_state state = state_by_name(names, length);

		if (state == TCP_STATE_COUNT) {
			(void)complaint_usage(reading->command,
					      "states: --state: %.*s is no TCP state; they are %s.",
					      length > 64 ? 64 : (int)length, names,
					      states_option_table[KEY_STATE - KEY_WATCH].words);
			return false;
		}
		states |= 1u << state;
		names += length;
		if (*names == '\0')
			break;
		names++;
	}
	/* The first one takes the place of "all". */
	if (reading->out->states == STATES_EVERY_STATE)
		reading->out->states = 0;
	reading->out->states |= states;
	return true;
}

static bool set_watch(struct reading *reading, const char *seconds)
{
	uint64_t ns = EVERY_DEFAULT_MS * NS_PER_MS;

	reading->out->watch = true;
	if (!seconds || (duration_parse(seconds, EVERY_MAX_S * NS_PER_S, &ns) &&
			 ns >= EVERY_MIN_MS * NS_PER_MS && ns % NS_PER_MS == 0)) {
		reading->out->every_ms = ns / NS_PER_MS;
		return true;
	}
	(void)complaint_usage(reading->command,
			      "states: --watch takes seconds, from 0.1 to %u, as in --watch=2.",
			      EVERY_MAX_S);
	return false;
}

static bool set_port(struct reading *reading, const char *text)
{
	uint64_t port;

	if (decimal_parse(text, 1, UINT16_MAX, &port)) {
		reading->out->port = (uint16_t)port;
		return true;
	}
	(void)complaint_usage(reading->command, "states: --port takes a number from 1 to 65535.");
	return false;
}

/* False: a sentence was printed, the command line is wrong. */
static bool read_option(struct reading *reading, int key, const char *value)
{
	switch (key) {
	case KEY_WATCH:
		return set_watch(reading, value);
	case KEY_DIAGRAM:
		return set_view(reading, STATES_DIAGRAM);
	case KEY_BY:
		return set_by(reading, value);
	case KEY_INFO:
		reading->out->info = true;
		return set_view(reading, STATES_LIST);
	case KEY_LIST:
		return set_view(reading, STATES_LIST);
	case KEY_STATE:
		return add_states(reading, value);
	case KEY_PORT:
		return set_port(reading, value);
	default:
		reading->out->json = true;
		return true;
	}
}

bool states_options_read(const struct command *command, int argc, char **argv,
			 struct states_options *out, enum exit_status *status)
{
	struct reading reading = { .command = command, .out = out };
	struct option_reader reader;
	int key;

	*out = (struct states_options){ .states = STATES_EVERY_STATE };
	*status = EXIT_USAGE;
	option_reader_begin(&reader, command, argc, argv);
	while ((key = option_reader_next(&reader)) > 0) {
		if (!read_option(&reading, key, reader.value))
			return false;
	}
	if (key == OPTION_OVER) {
		*status = (enum exit_status)reader.status;
		return false;
	}
	if (reader.operand_count > 0) {
		*status = complaint_usage(command, "states: %s: it takes options only.",
					  reader.operands[0]);
		return false;
	}
	if (out->json && out->view == STATES_DIAGRAM) {
		*status = complaint_usage(
			command, "states: --diagram is for people: give it without --json.");
		return false;
	}
	return true;
}
