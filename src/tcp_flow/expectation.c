#include "tcp_flow/expectation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest_word.h"
#include "base/text_builder.h"
#include "tcp_flow/exact_number.h"
#include "tcp_flow/expectation_keys.h"

#define NAME_MAX_BYTES 64u

/* Where the parser stands, and whom to tell what is wrong. */
struct parser {
	const char *text;
	size_t at;
	struct expectation_problem *problem;
};

static bool __attribute__((format(printf, 3, 4)))
refuse(struct parser *parser, size_t at, const char *format, ...)
{
	va_list arguments;

	parser->problem->at = at;
	va_start(arguments, format);
	(void)vsnprintf(parser->problem->sentence, sizeof(parser->problem->sentence), format,
			arguments);
	va_end(arguments);
	return false;
}

static void refuse_key(struct parser *parser, const char *word)
{
	const char *nearest = expectation_key_nearest(word);

	if (nearest)
		(void)refuse(parser, parser->at,
			     "there is no key '%s' (character %zu); is %s meant?", word,
			     parser->at + 1, nearest);
	else
		(void)refuse(parser, parser->at,
			     "there is no key '%s' (character %zu); keys are the paths into the "
			     "JSON of a connection, such as closing.kind",
			     word, parser->at + 1);
}

/* NULL: there is none, and why was told. */
static const struct expectation_key *take_key(struct parser *parser)
{
	const char *start = parser->text + parser->at;
	size_t length = strcspn(start, "=!<> \t\n");
	const struct expectation_key *key;
	char word[NAME_MAX_BYTES];

	if (length == 0) {
		(void)refuse(parser, parser->at, "a key is missing at character %zu",
			     parser->at + 1);
		return NULL;
	}
	if (length >= sizeof(word)) {
		(void)refuse(parser, parser->at, "no key is as long as the one at character %zu",
			     parser->at + 1);
		return NULL;
	}
	memcpy(word, start, length);
	word[length] = '\0';
	key = expectation_key_find(word);
	if (key)
		parser->at += length;
	else
		refuse_key(parser, word);
	return key;
}

static bool take_operator(struct parser *parser, const struct expectation_key *key,
			  enum expectation_operator *out)
{
	const char *here = parser->text + parser->at;

	if (here[0] == '!' && here[1] == '=') {
		*out = EXPECTATION_UNEQUAL;
		parser->at += 2;
		return true;
	}
	if (here[0] == '=')
		*out = EXPECTATION_EQUAL;
	else if (here[0] == '<')
		*out = EXPECTATION_LESS;
	else if (here[0] == '>')
		*out = EXPECTATION_MORE;
	else
		return refuse(parser, parser->at,
			      "after %s (character %zu) one of = != < > is missing", key->name,
			      parser->at + 1);
	if (here[0] != '=' && key->kind != KEY_NUMBER)
		return refuse(parser, parser->at,
			      "%s is no number: < and > do not apply (character "
			      "%zu)",
			      key->name, parser->at + 1);
	parser->at++;
	if (here[0] != '=' && here[1] == '=')
		return refuse(parser, parser->at - 1,
			      "there is no %c= (character %zu), only = != < >", here[0],
			      parser->at);
	return true;
}

/* Up to a blank, or what stands in double quotes. */
static bool take_value(struct parser *parser, struct expectation_term *term)
{
	const char *here = parser->text + parser->at;
	bool quoted = *here == '"';
	size_t length;

	if (quoted)
		here++;
	length = strcspn(here, quoted ? "\"" : " \t\n");
	if (quoted && here[length] != '"')
		return refuse(parser, parser->at, "the quote at character %zu is not closed",
			      parser->at + 1);
	if (!quoted && length == 0)
		return refuse(parser, parser->at, "after %s the value is missing (character %zu)",
			      term->key->name, parser->at + 1);
	if (length >= sizeof(term->value))
		return refuse(parser, parser->at,
			      "the value at character %zu is longer than %zu bytes", parser->at + 1,
			      sizeof(term->value) - 1);
	memcpy(term->value, here, length);
	term->value[length] = '\0';
	parser->at += length + (quoted ? 2 : 0);
	return true;
}

/* With as many of the words that it may be as the sentence has room for. */
static bool refuse_value(struct parser *parser, const struct expectation_term *term, size_t at,
			 const struct expectation_words *words)
{
	static const char more[] = "; and others";
	struct text_builder listed;
	size_t room = sizeof(parser->problem->sentence) - sizeof(more);

	(void)refuse(parser, at, "%s is never '%.40s' (character %zu), but ", term->key->name,
		     term->value, at + 1);
	text_builder_init(&listed, sizeof(parser->problem->sentence) - 1);
	text_append(&listed, parser->problem->sentence);
	for (size_t i = 0; i < words->count; i++) {
		if (listed.length + 2 + strlen(words->list[i]) > room) {
			text_append(&listed, more);
			break;
		}
		text_append_format(&listed, "%s%s", i > 0 ? ", " : "", words->list[i]);
	}
	(void)snprintf(parser->problem->sentence, sizeof(parser->problem->sentence), "%s",
		       text_builder_text(&listed));
	text_builder_finish(&listed);
	return false;
}

/* A value that the key can have at all: a typing error must not pass as "unequal". */
static bool check_value(struct parser *parser, const struct expectation_term *term, size_t at)
{
	struct expectation_words words = expectation_key_words(term->key->kind);
	struct exact_number number;
	const char *nearest;

	if (term->key->kind == KEY_NUMBER) {
		if (exact_number_parse(term->value, &number))
			return true;
		return refuse(parser, at, "%s is a number, '%s' (character %zu) is none",
			      term->key->name, term->value, at + 1);
	}
	if (words.count == 0)
		return true;
	for (size_t i = 0; i < words.count; i++) {
		if (strcmp(words.list[i], term->value) == 0)
			return true;
	}
	nearest = nearest_word(term->value, words.list, words.count);
	if (nearest)
		return refuse(parser, at, "%s is never '%s' (character %zu); is %s meant?",
			      term->key->name, term->value, at + 1, nearest);
	return refuse_value(parser, term, at, &words);
}

static bool take_term(struct parser *parser, struct expectation_term *out)
{
	struct expectation_term term = { 0 };
	size_t start = parser->at;
	size_t value_at;
	size_t length;

	term.key = take_key(parser);
	if (!term.key || !take_operator(parser, term.key, &term.operator))
		return false;
	value_at = parser->at;
	if (!take_value(parser, &term) || !check_value(parser, &term, value_at))
		return false;
	length = parser->at - start;
	if (length >= sizeof(term.text))
		return refuse(parser, start, "the term at character %zu is too long", start + 1);
	memcpy(term.text, parser->text + start, length);
	*out = term;
	return true;
}

static void skip_blanks(struct parser *parser)
{
	parser->at += strspn(parser->text + parser->at, " \t\n");
}

bool expectation_parse(const char *text, struct expectation *out,
		       struct expectation_problem *problem)
{
	struct parser parser = { .text = text, .problem = problem };
	struct expectation parsed = { .count = 0 };

	skip_blanks(&parser);
	if (text[parser.at] == '\0')
		return refuse(&parser, parser.at,
			      "nothing is expected: a term such as "
			      "closing.kind=orderly-3 is missing");
	while (text[parser.at] != '\0') {
		size_t start = parser.at;

		if (parsed.count == EXPECTATION_TERMS_MAX)
			return refuse(&parser, start, "more than %u terms (character %zu)",
				      EXPECTATION_TERMS_MAX, start + 1);
		if (!take_term(&parser, &parsed.terms[parsed.count]))
			return false;
		parsed.count++;
		if (text[parser.at] != '\0' && !strchr(" \t\n", text[parser.at]))
			return refuse(&parser, parser.at, "a blank is missing at character %zu",
				      parser.at + 1);
		skip_blanks(&parser);
	}
	*out = parsed;
	return true;
}
