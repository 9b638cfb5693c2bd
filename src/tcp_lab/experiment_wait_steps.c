#include "tcp_lab/experiment_wait_steps.h"

#include <string.h>

#include "base/nearest_word.h"
#include "tcp_lab/experiment_cable_steps.h"

static bool state_of(const char *text, enum tcp_state *out)
{
	for (int state = 0; state < TCP_STATE_COUNT; state++) {
		if (strcmp(tcp_state_name((enum tcp_state)state), text) == 0) {
			*out = (enum tcp_state)state;
			return true;
		}
	}
	return false;
}

/* Other spellings: "Established", "close-wait". */
static const char *nearest_state(const char *text)
{
	const char *names[TCP_STATE_COUNT];
	char word[NEAREST_WORD_MAX_BYTES + 1] = "";

	for (int state = 0; state < TCP_STATE_COUNT; state++)
		names[state] = tcp_state_name((enum tcp_state)state);
	for (size_t i = 0; i < NEAREST_WORD_MAX_BYTES && text[i] != '\0'; i++) {
		word[i] = text[i];
		if (text[i] >= 'a' && text[i] <= 'z')
			word[i] = (char)(text[i] - 'a' + 'A');
		else if (text[i] == '-')
			word[i] = '_';
	}
	return nearest_word(word, names, TCP_STATE_COUNT);
}

static bool refuse_state(struct experiment_parser *parser)
{
	static const char *const gone = "gone";
	const struct experiment_word *word = parser_peek(parser);
	const char *nearest;
	char shown[PARSER_SHOWN_BYTES];

	if (!word)
		return parser_refuse_word(parser, "a state such as ESTABLISHED", NULL, 0);
	nearest = nearest_word(word->text, &gone, 1);
	if (!nearest)
		nearest = nearest_state(word->text);
	(void)parser_shown(word->text, word->length, shown);
	if (nearest)
		return parser_refuse(parser, "there is no state '%s'; is %s meant?", shown,
				     nearest);
	return parser_refuse(parser, "there is no state '%s'; ESTABLISHED is one", shown);
}

static bool take_state(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);

	if (!word || word->quoted || !state_of(word->text, &step->states[step->state_count]))
		return refuse_state(parser);
	(void)parser_take(parser);
	step->state_count++;
	return true;
}

bool experiment_read_any_state(struct experiment_parser *parser, struct step *step)
{
	do {
		if (step->state_count == EXPERIMENT_STATES_MAX)
			return parser_refuse(parser, "there are not so many states");
		if (parser_take_keyword(parser, "gone"))
			step->states[step->state_count++] = TCP_CLOSED;
		else if (!take_state(parser, step))
			return false;
	} while (parser_take_keyword(parser, "or"));
	return true;
}

bool experiment_read_states(struct experiment_parser *parser, struct step *step)
{
	do {
		if (step->state_count == EXPERIMENT_STATES_MAX)
			return parser_refuse(parser, "a line takes at most %u states",
					     EXPERIMENT_STATES_MAX);
		if (!take_state(parser, step))
			return false;
		if (step->state_count > 1 &&
		    step->states[step->state_count - 1] == step->states[step->state_count - 2])
			return parser_refuse(parser, "%s stands twice: a state that lasts is one",
					     parser->taken.text);
	} while (parser_peek(parser));
	return !parser->failed;
}

static bool read_quiet(struct experiment_parser *parser, struct step *step)
{
	step->verb = STEP_WAIT_QUIET;
	step->time_ns = EXPERIMENT_QUIET_DEFAULT_NS;
	return !parser_take_keyword(parser, "for") ||
	       parser_take_time(parser, "a time such as 300ms", &step->time_ns);
}

static bool read_listens(struct experiment_parser *parser, struct step *step)
{
	step->verb = STEP_WAIT_LISTEN;
	if (step->name[0] != '\0')
		return parser_refuse(parser, "`listens` is of a host: `wait until %s listens`",
				     lab_host_name(step->host));
	return !parser_peek(parser) || parser_take_port(parser, &step->port);
}

static bool read_segment(struct experiment_parser *parser, struct step *step, bool delivered)
{
	step->verb = STEP_WAIT_SEGMENT;
	step->delivered = delivered;
	return experiment_read_segment(parser, &step->segment);
}

static bool read_event(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "client", "server", "sent", "delivered", "quiet" };

	if (parser_take_keyword(parser, "quiet"))
		return read_quiet(parser, step);
	if (parser_take_keyword(parser, "sent"))
		return read_segment(parser, step, false);
	if (parser_take_keyword(parser, "delivered"))
		return read_segment(parser, step, true);
	if (!parser_take_who(parser, step))
		return parser_refuse_word(parser, "client, server, sent, delivered or quiet", words,
					  sizeof(words) / sizeof(words[0]));
	if (parser_take_keyword(parser, "listens"))
		return read_listens(parser, step);
	step->verb = STEP_WAIT_STATE;
	return experiment_read_any_state(parser, step);
}

bool experiment_read_wait(struct experiment_parser *parser, struct step *step)
{
	if (parser_take_keyword(parser, "until"))
		return read_event(parser, step);
	step->verb = STEP_WAIT_TIME;
	return parser_take_time(parser, "a time such as 200ms, or `until`,", &step->time_ns);
}
