#include "tcp_lab/experiment_socket_steps.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/decimal.h"
#include "base/duration.h"
#include "tcp_lab/socket_option_name.h"

#define SEND_MAX_BYTES (UINT64_C(1) << 32)
#define SEND_MAX_TIMES 1000000u
#define BACKLOG_MAX 65535u

static bool read_socket(struct experiment_parser *parser, struct step *step)
{
	step->ipv6 = parser_take_keyword(parser, "ipv6");
	return true;
}

/* A time with its unit, or a number of the option's own. */
static bool parse_option_time(const char *text, uint64_t unit_ns, uint64_t *out)
{
	size_t length = strlen(text);
	uint64_t ns;

	if (decimal_parse(text, 0, INT32_MAX, out))
		return true;
	if (length == 0 || text[length - 1] == '.' || !duration_parse(text, UINT64_MAX, &ns) ||
	    ns % unit_ns != 0 || ns / unit_ns > INT32_MAX)
		return false;
	*out = ns / unit_ns;
	return true;
}

static const char *option_value_kind(enum socket_option_kind kind)
{
	switch (kind) {
	case SOCKET_OPTION_SECONDS:
		return "whole seconds (5, or 5s)";
	case SOCKET_OPTION_MILLISECONDS:
		return "milliseconds (1500, or 1500ms)";
	case SOCKET_OPTION_LINGER:
		return "whole seconds (0, or 5s), or off";
	case SOCKET_OPTION_TEXT:
		return "a word";
	case SOCKET_OPTION_NUMBER:
		break;
	}
	return "a number";
}

static bool parse_option_value(const char *text, enum socket_option_kind kind, uint64_t *out)
{
	switch (kind) {
	case SOCKET_OPTION_SECONDS:
	case SOCKET_OPTION_LINGER:
		return parse_option_time(text, UINT64_C(1000000000), out);
	case SOCKET_OPTION_MILLISECONDS:
		return parse_option_time(text, UINT64_C(1000000), out);
	case SOCKET_OPTION_NUMBER:
		return decimal_parse(text, 0, INT32_MAX, out);
	case SOCKET_OPTION_TEXT:
		break;
	}
	return false;
}

static const struct socket_option_name *take_option_name(struct experiment_parser *parser)
{
	const struct experiment_word *word = parser_peek(parser);
	const struct socket_option_name *option =
		word && !word->quoted ? socket_option_find(word->text) : NULL;
	const char *nearest;
	char shown[PARSER_SHOWN_BYTES];

	if (option) {
		(void)parser_take(parser);
		return option;
	}
	if (!word) {
		(void)parser_refuse_word(parser, "a socket option such as TCP_NODELAY", NULL, 0);
		return NULL;
	}
	(void)parser_shown(word->text, word->length, shown);
	nearest = socket_option_nearest(word->text);
	if (nearest)
		(void)parser_refuse(parser, "there is no socket option '%s'; is %s meant?", shown,
				    nearest);
	else
		(void)parser_refuse(parser,
				    "there is no socket option '%s', or none that experiments may "
				    "set",
				    shown);
	return NULL;
}

static bool read_option(struct experiment_parser *parser, struct step *step)
{
	const struct socket_option_name *option = take_option_name(parser);
	const struct experiment_word *word = parser_peek(parser);
	uint64_t value;

	if (!option)
		return false;
	step->level = option->level;
	step->option = option->option;
	if (word && !word->quoted && option->kind == SOCKET_OPTION_TEXT) {
		(void)parser_take(parser);
		return parser_copy_bytes(parser, word->text, word->length, &step->bytes);
	}
	if (option->kind == SOCKET_OPTION_LINGER && parser_take_keyword(parser, "off")) {
		step->number = -1;
		return true;
	}
	if (!word || word->quoted || !parse_option_value(word->text, option->kind, &value))
		return parser_refuse_word(parser, option_value_kind(option->kind), NULL, 0);
	(void)parser_take(parser);
	step->number = (int)value;
	return true;
}

static bool read_isn(struct experiment_parser *parser, struct step *step)
{
	uint64_t number;

	if (!parser_take_number(parser, "a sequence number", 1, UINT32_MAX, &number))
		return false;
	step->isn = (uint32_t)number;
	return true;
}

static bool read_bind(struct experiment_parser *parser, struct step *step)
{
	return parser_take_port(parser, &step->port);
}

static bool read_listen(struct experiment_parser *parser, struct step *step)
{
	uint64_t backlog = EXPERIMENT_BACKLOG_DEFAULT;

	if (!parser_take_port(parser, &step->port))
		return false;
	if (parser_take_keyword(parser, "backlog") &&
	    !parser_take_number(parser, "a backlog", 0, BACKLOG_MAX, &backlog))
		return false;
	step->number = (int)backlog;
	step->ipv6 = parser_take_keyword(parser, "ipv6");
	return true;
}

static bool read_connect(struct experiment_parser *parser, struct step *step)
{
	if (!parser_take_port(parser, &step->port))
		return false;
	if (parser_take_keyword(parser, "from") && !parser_take_port(parser, &step->from_port))
		return false;
	step->ipv6 = parser_take_keyword(parser, "ipv6");
	if (parser_take_keyword(parser, "with"))
		return parser_take_string(parser, "data in double quotes", &step->bytes);
	return true;
}

/* The listener's name; none: the unnamed one. */
static bool read_accept(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);
	char name[LAB_NAME_BYTES];

	if (!word || word->quoted || strcmp(word->text, "fails") == 0 ||
	    strcmp(word->text, "without") == 0)
		return true;
	if (!parser_copy_name(parser, word->text, word->length, name))
		return false;
	(void)parser_take(parser);
	(void)snprintf(step->other, sizeof(step->other), "%s", name);
	return true;
}

static bool read_repetition(struct experiment_parser *parser, struct step *step)
{
	uint64_t times = 1;

	if (parser_sees_number(parser)) {
		if (!parser_take_number(parser, "how often", 1, SEND_MAX_TIMES, &times) ||
		    !parser_need_keyword(parser, "times"))
			return false;
		if (parser_take_keyword(parser, "every") &&
		    !parser_take_time(parser, "a time such as 5ms", &step->every_ns))
			return false;
	}
	step->times = (uint32_t)times;
	if (parser_take_keyword(parser, "every"))
		return parser_refuse(parser, "how often is missing: `100 times every 5ms`");
	return true;
}

static bool read_send(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);

	if (word && word->quoted) {
		if (!parser_take_string(parser, "a text", &step->bytes))
			return false;
	} else if (!parser_sees_number(parser)) {
		return parser_refuse_word(parser, "a text in double quotes, or `1000 bytes`,", NULL,
					  0);
	} else if (!parser_take_number(parser, "how many bytes", 1, SEND_MAX_BYTES, &step->count) ||
		   !parser_need_keyword(parser, "bytes")) {
		return false;
	}
	if (!read_repetition(parser, step))
		return false;
	step->urgent = parser_take_keyword(parser, "urgent");
	step->more = parser_take_keyword(parser, "more");
	return true;
}

static bool read_receive(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "some", "all", "end", "urgent" };
	static const enum receive_what meanings[] = { RECEIVE_SOME, RECEIVE_ALL, RECEIVE_END,
						      RECEIVE_URGENT };
	const struct experiment_word *word = parser_peek(parser);
	int choice;

	if (word && word->quoted) {
		step->receive = RECEIVE_TEXT;
		return parser_take_string(parser, "a text", &step->bytes);
	}
	if (parser_sees_number(parser)) {
		step->receive = RECEIVE_BYTES;
		return parser_take_number(parser, "how many bytes", 1, SEND_MAX_BYTES,
					  &step->count) &&
		       parser_need_keyword(parser, "bytes");
	}
	choice = parser_take_choice(parser,
				    "a text in double quotes, `5 bytes`, some, all, end or urgent",
				    words, sizeof(words) / sizeof(words[0]));
	if (choice < 0)
		return false;
	step->receive = meanings[choice];
	return true;
}

static bool read_shutdown(struct experiment_parser *parser, struct step *step)
{
	step->number = SHUT_WR;
	if (parser_take_keyword(parser, "read"))
		step->number = SHUT_RD;
	else if (parser_take_keyword(parser, "both"))
		step->number = SHUT_RDWR;
	else
		(void)parser_take_keyword(parser, "write");
	return true;
}

const struct step_rule socket_step_rules[] = {
	{ "socket", STEP_SOCKET, read_socket, true, false },
	{ "option", STEP_OPTION, read_option, true, false },
	{ "isn", STEP_ISN, read_isn, true, false },
	{ "bind", STEP_BIND, read_bind, true, false },
	{ "listen", STEP_LISTEN, read_listen, true, false },
	{ "connect", STEP_CONNECT, read_connect, true, true },
	{ "connected", STEP_CONNECTED, NULL, true, false },
	{ "accept", STEP_ACCEPT, read_accept, true, true },
	{ "send", STEP_SEND, read_send, true, true },
	{ "receive", STEP_RECEIVE, read_receive, true, true },
	{ "shutdown", STEP_SHUTDOWN, read_shutdown, true, false },
	{ "close", STEP_CLOSE, NULL, false, false },
	{ "reset", STEP_RESET, NULL, false, false },
	{ "vanish", STEP_VANISH, NULL, false, false },
	{ "destroy", STEP_DESTROY, NULL, true, false },
};

const size_t socket_step_rule_count = sizeof(socket_step_rules) / sizeof(socket_step_rules[0]);
