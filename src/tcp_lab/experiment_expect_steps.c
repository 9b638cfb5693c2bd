#include "tcp_lab/experiment_expect_steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "tcp_lab/experiment_wait_steps.h"
#include "tcp_lab/info_key.h"

#define CONNECTIONS_MAX 1000000u

/* ---- info ---- */

static bool read_operator(const char *text, enum info_operator *out, size_t *length)
{
	*length = 1;
	switch (text[0]) {
	case '=':
		*out = INFO_EQUAL;
		return text[1] != '=';
	case '<':
		*out = INFO_LESS;
		return text[1] != '=';
	case '>':
		*out = INFO_MORE;
		return text[1] != '=';
	case '!':
		*out = INFO_UNEQUAL;
		*length = 2;
		return text[1] == '=';
	default:
		return false;
	}
}

static bool refuse_key(struct experiment_parser *parser, const char *name)
{
	const char *nearest = info_key_nearest(name);
	char shown[PARSER_SHOWN_BYTES];

	(void)parser_shown(name, strlen(name), shown);
	if (nearest)
		return parser_refuse(parser, "`info` has no '%s'; is %s meant?", shown, nearest);
	return parser_refuse(parser, "`info` has no '%s'; cwnd is one", shown);
}

/* "cwnd<10" */
static bool take_term(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);
	struct info_term *term = &step->info[step->info_count];
	size_t length = word && !word->quoted ? strcspn(word->text, "=!<>") : 0;
	const struct info_key *key;
	size_t operator_length;
	char name[sizeof(term->key)];

	if (length == 0)
		return parser_refuse_word(parser, "a term such as cwnd<10", NULL, 0);
	if (length >= sizeof(name))
		return refuse_key(parser, word->text);
	memcpy(name, word->text, length);
	name[length] = '\0';
	key = info_key_find(name);
	if (!key)
		return refuse_key(parser, name);
	if (!read_operator(word->text + length, &term->operator, & operator_length))
		return parser_refuse(parser, "one of = != < > is expected right behind %s",
				     key->name);
	if (key->unit == INFO_TIMER && term->operator!= INFO_EQUAL && term->operator!= INFO_UNEQUAL)
		return parser_refuse(parser, "%s is no number: < and > do not apply", key->name);
	if (!info_value_parse(key, word->text + length + operator_length, &term->value))
		return parser_refuse(parser, "%s is compared with %s", key->name,
				     info_value_kind(key));
	memcpy(term->key, name, sizeof(name));
	(void)parser_take(parser);
	step->info_count++;
	return true;
}

static bool read_info(struct experiment_parser *parser, struct step *step)
{
	step->verb = STEP_EXPECT_INFO;
	do {
		if (step->info_count == STEP_INFO_TERMS_MAX)
			return parser_refuse(parser, "a line takes at most %u terms",
					     STEP_INFO_TERMS_MAX);
		if (!take_term(parser, step))
			return false;
	} while (parser_peek(parser));
	return !parser->failed;
}

/* "timer time-wait left>50s" is "info timer=time-wait left>50s". */
static bool read_timer(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "none", "retransmit", "keep-alive", "time-wait",
					     "probe" };
	int choice =
		parser_take_choice(parser, "one of none, retransmit, keep-alive, time-wait, probe",
				   words, sizeof(words) / sizeof(words[0]));

	if (choice < 0)
		return false;
	step->verb = STEP_EXPECT_INFO;
	step->info[0] = (struct info_term){ .key = "timer",
					    .operator= INFO_EQUAL,
					    .value = (uint64_t)choice };
	step->info_count = 1;
	return parser_peek(parser) ? read_info(parser, step) : !parser->failed;
}

/* ---- of hosts and programs ---- */

static bool read_output(struct experiment_parser *parser, struct step *step)
{
	step->verb = STEP_EXPECT_OUTPUT;
	return parser_take_string(parser, "a text in double quotes", &step->bytes);
}

static bool read_of_host(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "passes", "info", "timer", "prints", "never", "gone" };

	if (parser_take_keyword(parser, "passes")) {
		step->verb = STEP_EXPECT_STATES;
		return experiment_read_states(parser, step);
	}
	if (parser_take_keyword(parser, "info"))
		return read_info(parser, step);
	if (parser_take_keyword(parser, "timer"))
		return read_timer(parser, step);
	step->never = parser_take_keyword(parser, "never");
	if (parser_take_keyword(parser, "prints"))
		return read_output(parser, step);
	if (step->never)
		return parser_refuse_word(parser, "`prints`", NULL, 0);
	step->verb = STEP_EXPECT_STATE;
	if (parser_peek(parser) && !parser->word.quoted && parser->word.text[0] >= 'a' &&
	    parser->word.text[0] <= 'z' && strcmp(parser->word.text, "gone") != 0)
		return parser_refuse_word(parser,
					  "a state, or gone, passes, info, timer, prints or never,",
					  words, sizeof(words) / sizeof(words[0]));
	return experiment_read_any_state(parser, step);
}

/* ---- of connections ---- */

static bool read_count(struct experiment_parser *parser, struct step *step)
{
	const char *value = strchr(parser->word.text, '=') + 1;

	if (!decimal_parse(value, 0, CONNECTIONS_MAX, &step->count))
		return parser_refuse(parser, "behind `connections=` stands a number up to %u",
				     CONNECTIONS_MAX);
	(void)parser_take(parser);
	step->verb = STEP_EXPECT_COUNT;
	return true;
}

static bool take_which(struct experiment_parser *parser, struct step *step)
{
	uint64_t number = 1;

	if (parser_take_keyword(parser, "every")) {
		step->connection = CONNECTION_EACH;
		return parser_need_keyword(parser, "connection");
	}
	if (parser_take_keyword(parser, "connection") &&
	    !parser_take_number(parser, "which connection", 1, CABLE_CONNECTIONS_MAX, &number))
		return false;
	step->connection = (uint32_t)number;
	return true;
}

static bool take_vantage(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "client", "server", "cable" };
	static const enum wanted_vantage vantages[] = { VANTAGE_CLIENT, VANTAGE_SERVER,
							VANTAGE_CABLE };
	int choice;

	step->vantage = VANTAGE_CABLE;
	if (!parser_take_keyword(parser, "at"))
		return true;
	choice = parser_take_choice(parser, "client, server or cable", words,
				    sizeof(words) / sizeof(words[0]));
	if (choice < 0)
		return false;
	step->vantage = vantages[choice];
	return true;
}

/* "closing.first = client": each of them would be taken for a term. */
static bool refuse_parted(struct experiment_parser *parser, const struct experiment_word *word)
{
	static const char operators[] = "=!<>";

	if (word->length == 0 || word->quoted ||
	    (!strchr(operators, word->text[0]) && !strchr(operators, word->text[word->length - 1])))
		return true;
	return parser_refuse(parser, "no blanks stand around = != < >, as in closing.first=client");
}

/* The terms are the rest of the line, as the trace's own reader knows them. */
static bool read_terms(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);
	struct expectation_problem problem;
	struct step_bytes text = { 0 };
	size_t from;
	bool parsed;

	if (!word)
		return parser_refuse_word(parser, "a term such as closing.kind=orderly-4", NULL, 0);
	from = word->at;
	while (parser_peek(parser) && refuse_parted(parser, &parser->word))
		(void)parser_take(parser);
	if (parser->failed ||
	    !parser_copy_bytes(parser, parser->text + from, parser->taken.end - from, &text))
		return false;
	step->expectation = malloc(sizeof(*step->expectation));
	if (!step->expectation) {
		free(text.bytes);
		return parser_refuse_memory(parser);
	}
	parsed = expectation_parse(text.bytes, step->expectation, &problem);
	free(text.bytes);
	if (!parsed) {
		free(step->expectation);
		step->expectation = NULL;
		return parser_refuse(parser, "of the terms: %s", problem.sentence);
	}
	return true;
}

bool experiment_read_expect(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word;

	if (parser_take_who(parser, step))
		return read_of_host(parser, step);
	word = parser_peek(parser);
	if (word && !word->quoted && strncmp(word->text, "connections=", 12) == 0)
		return read_count(parser, step);
	step->verb = STEP_EXPECT_CONNECTION;
	return take_which(parser, step) && take_vantage(parser, step) && read_terms(parser, step);
}
