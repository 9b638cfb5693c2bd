/*
 * Any text as terms, and any as the JSON they are held against. What is parsed parses again from
 * its own terms, and `=` holds exactly where `!=` does not.
 *
 * An input is the terms up to the first newline, and the JSON behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "tcp_flow/expectation.h"

#define TERMS_MAX_BYTES 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_value(void *context, const struct json_value *value)
{
	size_t *count = context;

	require(strlen(value->path) < JSON_READER_MAX_PATH);
	require(value->length < JSON_READER_MAX_TEXT && value->text[value->length] == '\0');
	++*count;
}

static void check_term(const struct expectation_term *term, const char *json, size_t length)
{
	static struct expectation again;
	struct expectation_problem problem;
	struct text_builder difference;
	enum expectation_verdict verdict;
	struct expectation_term opposite = *term;

	require(expectation_parse(term->text, &again, &problem));
	require(again.count == 1 && again.terms[0].key == term->key &&
		again.terms[0].operator== term->operator&&
			strcmp(again.terms[0].value, term->value) == 0);
	text_builder_init(&difference, 64u * 1024);
	verdict = expectation_match_term(term, json, length, &difference);
	require((verdict == EXPECTATION_FAILS) == (difference.length > 0));
	if (term->operator== EXPECTATION_EQUAL || term->operator== EXPECTATION_UNEQUAL) {
		enum expectation_verdict other;

		opposite.operator= term->operator== EXPECTATION_EQUAL ? EXPECTATION_UNEQUAL
								      : EXPECTATION_EQUAL;
		other = expectation_match_term(&opposite, json, length, NULL);
		require((verdict == EXPECTATION_UNREADABLE) == (other == EXPECTATION_UNREADABLE));
		require(verdict == EXPECTATION_UNREADABLE || verdict != other);
	}
	text_builder_finish(&difference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct expectation expectation;
	struct expectation_problem problem = { .at = SIZE_MAX };
	const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t terms_length = newline ? (size_t)(newline - data) : size;
	size_t json_length = newline ? size - terms_length - 1 : 0;
	char *terms;
	char *json;
	size_t values = 0;

	if (terms_length > TERMS_MAX_BYTES)
		return 0;
	/* Of their own size, so that a byte read beyond them is seen. */
	terms = malloc(terms_length + 1);
	json = malloc(json_length > 0 ? json_length : 1);
	require(terms && json);
	if (terms_length > 0)
		memcpy(terms, data, terms_length);
	terms[terms_length] = '\0';
	if (json_length > 0)
		memcpy(json, newline + 1, json_length);
	(void)json_read(json, json_length, check_value, &values);
	if (expectation_parse(terms, &expectation, &problem)) {
		require(expectation.count > 0 && expectation.count <= EXPECTATION_TERMS_MAX);
		(void)expectation_match(&expectation, json, json_length, NULL);
		for (size_t i = 0; i < expectation.count; i++)
			check_term(&expectation.terms[i], json, json_length);
	} else {
		require(problem.at <= strlen(terms) && problem.sentence[0] != '\0');
	}
	free(json);
	free(terms);
	return 0;
}
