#include "tcp_lab/experiment_program_steps.h"

#include <signal.h>
#include <string.h>

static bool read_run(struct experiment_parser *parser, struct step *step)
{
	size_t length;
	const char *command = parser_take_rest(parser, &length);

	if (length == 0)
		return parser_refuse(parser, "a command is missing behind 'run'");
	return parser_copy_bytes(parser, command, length, &step->bytes);
}

static bool read_type(struct experiment_parser *parser, struct step *step)
{
	if (!parser_take_string(parser, "a line in double quotes", &step->bytes))
		return false;
	if (memchr(step->bytes.bytes, '\n', step->bytes.length))
		return parser_refuse(parser, "`type` gives one line, and its newline by itself");
	return true;
}

static bool read_end_input(struct experiment_parser *parser, struct step *step)
{
	(void)step;
	return parser_need_keyword(parser, "input");
}

static bool read_prints(struct experiment_parser *parser, struct step *step)
{
	return parser_take_string(parser, "a text in double quotes", &step->bytes);
}

static bool read_exits(struct experiment_parser *parser, struct step *step)
{
	uint64_t status = 0;

	if (parser_take_keyword(parser, "any")) {
		step->number = -1;
		return true;
	}
	if (parser_peek(parser) && !parser_take_number(parser, "an exit status", 0, 255, &status))
		return false;
	step->number = (int)status;
	return true;
}

static bool read_kill(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "TERM", "KILL", "INT", "HUP", "STOP", "CONT" };
	static const int signals[] = { SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGSTOP, SIGCONT };
	int choice = 0;

	if (parser_peek(parser))
		choice = parser_take_choice(parser, "one of TERM, KILL, INT, HUP, STOP, CONT",
					    words, sizeof(words) / sizeof(words[0]));
	if (choice < 0)
		return false;
	step->number = signals[choice];
	return true;
}

const struct step_rule program_step_rules[] = {
	{ "run", STEP_RUN, read_run, false, false },
	{ "type", STEP_TYPE, read_type, false, false },
	{ "end", STEP_END_INPUT, read_end_input, false, false },
	{ "prints", STEP_OUTPUT, read_prints, false, false },
	{ "exits", STEP_EXITS, read_exits, false, false },
	{ "kill", STEP_KILL, read_kill, false, false },
};

const size_t program_step_rule_count = sizeof(program_step_rules) / sizeof(program_step_rules[0]);

/* What /proc/sys/net may have, and no way out of it. */
static bool is_sysctl_name(const struct experiment_word *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";

	return !word->quoted && strncmp(word->text, "net.", 4) == 0 &&
	       strspn(word->text, letters) == word->length && !strstr(word->text, "..") &&
	       word->text[word->length - 1] != '.';
}

bool experiment_read_sysctl(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);
	size_t from;

	if (!word || !is_sysctl_name(word))
		return parser_refuse_word(parser, "a setting such as net.ipv4.tcp_sack", NULL, 0);
	if (word->length >= sizeof(step->other))
		return parser_refuse(parser, "no setting has a name of more than %zu letters",
				     sizeof(step->other) - 1);
	memcpy(step->other, word->text, word->length + 1);
	(void)parser_take(parser);
	word = parser_peek(parser);
	if (!word)
		return parser_refuse_word(parser, "a value", NULL, 0);
	from = word->at;
	while (parser_peek(parser))
		word = parser_take(parser);
	if (parser->failed)
		return false;
	return parser_copy_bytes(parser, parser->text + from, word->end - from, &step->bytes);
}
