#include "tcp_lab/experiment_steps.h"

#include <string.h>

#include "base/duration.h"
#include "base/error_name.h"
#include "tcp_lab/experiment_cable_steps.h"
#include "tcp_lab/experiment_effect.h"
#include "tcp_lab/experiment_expect_steps.h"
#include "tcp_lab/experiment_program_steps.h"
#include "tcp_lab/experiment_socket_steps.h"
#include "tcp_lab/experiment_wait_steps.h"

#define VERBS_MAX 32u

/* "2s:" behind `after` */
static bool take_after(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);
	char time[64];

	if (!word || word->quoted || word->length < 2 || word->length >= sizeof(time) ||
	    word->text[word->length - 1] != ':')
		return parser_refuse_word(parser, "a time with a colon, as in `after 2s:`,", NULL,
					  0);
	memcpy(time, word->text, word->length - 1);
	time[word->length - 1] = '\0';
	if (strchr("0123456789.", time[word->length - 2]) ||
	    !duration_parse(time, LAB_TIME_LIMIT_MAX_NS, &step->after_ns) || step->after_ns == 0)
		return parser_refuse_word(parser, "a time of up to an hour, as in `after 2s:`,",
					  NULL, 0);
	(void)parser_take(parser);
	return true;
}

/* "full:wait", "short:" behind "full:" */
static bool refuse_prefix(struct experiment_parser *parser, const struct step *step)
{
	static const char *const prefixes[] = { "full:", "short:" };
	const struct experiment_word *word = parser_peek(parser);

	for (size_t i = 0; word && !word->quoted && i < 2; i++) {
		size_t length = strlen(prefixes[i]);

		if (strncmp(word->text, prefixes[i], length) != 0)
			continue;
		if (word->length > length)
			return parser_refuse(parser, "a blank is missing behind `%s`", prefixes[i]);
		if (step->only_full || step->only_short)
			return parser_refuse(parser, "only one of `full:` and `short:` may stand "
						     "before a step");
	}
	return !parser->failed;
}

static bool take_prefixes(struct experiment_parser *parser, struct step *step)
{
	while (!parser->failed) {
		if (step->after_ns == 0 && parser_take_keyword(parser, "after")) {
			if (!take_after(parser, step))
				return false;
		} else if (!refuse_prefix(parser, step)) {
			return false;
		} else if (parser_take_keyword(parser, "full:")) {
			step->only_full = true;
		} else if (parser_take_keyword(parser, "short:")) {
			step->only_short = true;
		} else {
			break;
		}
	}
	return !parser->failed;
}

/* ---- of hosts ---- */

static const struct step_rule *find_rule(struct experiment_parser *parser,
					 const struct step_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (parser_take_keyword(parser, rules[i].word))
			return &rules[i];
	}
	return NULL;
}

static bool refuse_verb(struct experiment_parser *parser)
{
	const char *words[VERBS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < socket_step_rule_count; i++)
		words[count++] = socket_step_rules[i].word;
	for (size_t i = 0; i < program_step_rule_count; i++)
		words[count++] = program_step_rules[i].word;
	words[count++] = "sysctl";
	return parser_refuse_word(parser, "a verb such as connect, send or close", words, count);
}

static bool take_fails(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);
	size_t count;
	const char *const *names = error_names(&count);

	step->fails_with = word && !word->quoted ? error_number(word->text) : 0;
	if (step->fails_with == 0)
		return parser_refuse_word(parser, "an error such as ECONNRESET", names, count);
	(void)parser_take(parser);
	return true;
}

static bool take_suffixes(struct experiment_parser *parser, const struct step_rule *rule,
			  struct step *step)
{
	while (!parser->failed) {
		if (rule->may_go_on && !step->no_wait && parser_take_keyword(parser, "without")) {
			if (!parser_need_keyword(parser, "waiting"))
				return false;
			step->no_wait = true;
		} else if (rule->may_fail && step->fails_with == 0 &&
			   parser_take_keyword(parser, "fails")) {
			if (!take_fails(parser, step))
				return false;
		} else if (!rule->may_fail && parser_take_keyword(parser, "fails")) {
			return parser_refuse(parser,
					     "`fails` goes with calls of sockets that can "
					     "fail, not with `%s`",
					     rule->word);
		} else if (!rule->may_go_on && parser_take_keyword(parser, "without")) {
			return parser_refuse(parser,
					     "`without waiting` goes with connect, accept, "
					     "send and receive, not with `%s`",
					     rule->word);
		} else {
			break;
		}
	}
	if (step->no_wait && step->times > 1)
		return parser_refuse(parser,
				     "`%u times` waits: `without waiting` cannot be joined "
				     "with it",
				     step->times);
	return !parser->failed;
}

static bool read_sysctl(struct experiment_parser *parser, struct step *step)
{
	step->verb = STEP_SYSCTL;
	if (step->name[0] != '\0')
		return parser_refuse(parser, "settings are of a host: `%s sysctl ...`",
				     lab_host_name(step->host));
	return experiment_read_sysctl(parser, step);
}

static bool read_of_host(struct experiment_parser *parser, struct step *step)
{
	const struct step_rule *rule;

	if (parser_take_keyword(parser, "sysctl"))
		return read_sysctl(parser, step);
	rule = find_rule(parser, socket_step_rules, socket_step_rule_count);
	if (!rule)
		rule = find_rule(parser, program_step_rules, program_step_rule_count);
	if (!rule)
		return refuse_verb(parser);
	step->verb = rule->verb;
	if (rule->read && !rule->read(parser, step))
		return false;
	return take_suffixes(parser, rule, step);
}

/* ---- all of them ---- */

static bool refuse_first_word(struct experiment_parser *parser)
{
	static const char *const words[] = { "client", "server",           "both",  "cable",
					     "wait",   "expect",           "after", "full:",
					     "short:", EXPERIMENT_HEADINGS };

	return parser_refuse_word(parser,
				  "client, server, both, cable, wait, expect or a heading such as "
				  "title",
				  words, sizeof(words) / sizeof(words[0]));
}

static bool read_words(struct experiment_parser *parser, struct step *step)
{
	if (!take_prefixes(parser, step))
		return false;
	if (parser_take_keyword(parser, "cable"))
		return experiment_read_cable(parser, step);
	if (parser_take_keyword(parser, "wait")) {
		if (step->after_ns > 0)
			return parser_refuse(parser, "nothing waits behind `after`: the next step "
						     "begins at once");
		return experiment_read_wait(parser, step);
	}
	if (parser_take_keyword(parser, "expect"))
		return experiment_read_expect(parser, step);
	if (parser_take_keyword(parser, "both")) {
		step->both_hosts = true;
		step->has_host = true;
		return parser_need_keyword(parser, "sysctl") && read_sysctl(parser, step);
	}
	if (parser_take_who(parser, step))
		return read_of_host(parser, step);
	return refuse_first_word(parser);
}

bool experiment_read_step(struct experiment_parser *parser, struct step *step)
{
	struct step_bytes text = { 0 };
	size_t end;

	step->line = parser->line;
	if (!read_words(parser, step) || !parser_need_end(parser) ||
	    !experiment_effect(parser, step))
		return false;
	end = step->verb == STEP_RUN ? parser->length : parser->taken.end;
	if (!parser_copy_bytes(parser, parser->text, end, &text))
		return false;
	step->text = text.bytes;
	return true;
}
