#include "tcp_flow/expectation.h"

#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"
#include "tcp_flow/exact_number.h"
#include "tcp_flow/expectation_keys.h"

/* Of a key that has many values, as many are shown in a difference. */
#define SHOWN_VALUES_MAX 8u

/* How one term fares with the values that come along. */
struct trial {
	const struct expectation_term *term;
	struct exact_number number; /* the term's, where its key has numbers */
	bool matched;               /* a value was as wanted; of `!=`: was equal */
	size_t values;              /* of this key, so far */
	size_t shown_length;
	char shown[EXPECTATION_TEXT_MAX_BYTES]; /* the first of them, for the difference */
};

struct trials {
	struct trial list[EXPECTATION_TERMS_MAX];
	size_t count;
};

static bool value_matches(const struct trial *trial, const char *text, bool cut)
{
	const struct expectation_term *term = trial->term;
	struct exact_number number;
	int order;

	if (term->key->kind != KEY_NUMBER)
		return !cut && strcmp(text, term->value) == 0;
	if (!exact_number_parse(text, &number))
		return false;
	order = exact_number_compare(&number, &trial->number);
	switch (term->operator) {
	case EXPECTATION_EQUAL:
	case EXPECTATION_UNEQUAL:
		return order == 0;
	case EXPECTATION_LESS:
		return order < 0;
	case EXPECTATION_MORE:
		return order > 0;
	}
	return false;
}

static void show_value(struct trial *trial, const char *text)
{
	size_t room = sizeof(trial->shown) - trial->shown_length;
	int written;

	trial->values++;
	if (trial->values > SHOWN_VALUES_MAX + 1)
		return;
	if (trial->values == SHOWN_VALUES_MAX + 1)
		text = "...";
	written = snprintf(trial->shown + trial->shown_length, room, "%s%s",
			   trial->shown_length > 0 ? ", " : "", text);
	if (written > 0)
		trial->shown_length += (size_t)written < room ? (size_t)written : room - 1;
}

static void try_value(void *context, const struct json_value *value)
{
	struct trials *trials = context;

	for (size_t i = 0; i < trials->count; i++) {
		struct trial *trial = &trials->list[i];

		if (strcmp(trial->term->key->name, value->path) != 0)
			continue;
		show_value(trial, value->text);
		if (value_matches(trial, value->text, value->cut))
			trial->matched = true;
	}
}

static bool holds(struct trial *trial)
{
	if (trial->values == 0 && trial->term->key->zero_when_absent) {
		show_value(trial, "0");
		trial->matched = value_matches(trial, "0", false);
	}
	return trial->term->operator== EXPECTATION_UNEQUAL ? !trial->matched : trial->matched;
}

static const char *expected_words(enum expectation_operator operator)
{
	switch (operator) {
	case EXPECTATION_EQUAL:
		break;
	case EXPECTATION_UNEQUAL:
		return "anything but ";
	case EXPECTATION_LESS:
		return "less than ";
	case EXPECTATION_MORE:
		return "more than ";
	}
	return "";
}

static void tell_difference(struct text_builder *out, const struct trial *trial)
{
	if (out->length > 0)
		text_append(out, "; ");
	text_append(out, trial->term->key->name);
	if (trial->values == 0) {
		text_append(out, " is absent, expected ");
	} else {
		text_append(out, " is ");
		text_append_harmless(out, trial->shown, trial->shown_length);
		text_append(out, ", expected ");
	}
	text_append(out, expected_words(trial->term->operator));
	text_append_harmless(out, trial->term->value, strlen(trial->term->value));
}

static enum expectation_verdict try_terms(const struct expectation_term *terms, size_t count,
					  const char *json, size_t length,
					  struct text_builder *differences)
{
	struct trials trials;
	bool all = true;

	trials.count = count < EXPECTATION_TERMS_MAX ? count : EXPECTATION_TERMS_MAX;
	for (size_t i = 0; i < trials.count; i++) {
		struct trial *trial = &trials.list[i];

		trial->term = &terms[i];
		trial->matched = false;
		trial->values = 0;
		trial->shown_length = 0;
		trial->shown[0] = '\0';
		if (terms[i].key->kind == KEY_NUMBER &&
		    !exact_number_parse(terms[i].value, &trial->number))
			return EXPECTATION_UNREADABLE;
	}
	if (!json_read(json, length, try_value, &trials))
		return EXPECTATION_UNREADABLE;
	for (size_t i = 0; i < trials.count; i++) {
		if (holds(&trials.list[i]))
			continue;
		all = false;
		if (differences)
			tell_difference(differences, &trials.list[i]);
	}
	return all ? EXPECTATION_HOLDS : EXPECTATION_FAILS;
}

enum expectation_verdict expectation_match(const struct expectation *expectation, const char *json,
					   size_t length, struct text_builder *differences)
{
	return try_terms(expectation->terms, expectation->count, json, length, differences);
}

enum expectation_verdict expectation_match_term(const struct expectation_term *term,
						const char *json, size_t length,
						struct text_builder *difference)
{
	return try_terms(term, 1, json, length, difference);
}
