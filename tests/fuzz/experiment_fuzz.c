/*
 * Any file as an experiment. What is refused is refused with a sentence that no terminal obeys and
 * a line of the file; what is read keeps to its ceilings, and its steps as they were written, one a
 * line below a title, are the same steps again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text_builder.h"
#include "base/utf8.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/info_key.h"

#define AGAIN_MAX_BYTES (4u * EXPERIMENT_MAX_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_sentence(const char *sentence)
{
	size_t length = strlen(sentence);

	require(length > 0);
	for (size_t at = 0; at < length;) {
		uint32_t character = 0;
		size_t bytes = utf8_decode((const uint8_t *)sentence + at, length - at, &character);

		require(bytes > 0 && !utf8_is_control(character) && !utf8_is_deceptive(character));
		at += bytes;
	}
}

static void check_problem(const struct experiment_problem *problem, const uint8_t *data,
			  size_t size)
{
	uint32_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' ? 1 : 0;
	require(problem->line <= lines);
	check_sentence(problem->sentence);
}

static void check_step(const struct step *step)
{
	require(step->text && step->text[0] != '\0' && step->line > 0);
	require(strlen(step->name) < sizeof(step->name));
	require(strlen(step->other) < sizeof(step->other));
	require(strlen(step->rule.text) < sizeof(step->rule.text));
	require(step->state_count <= EXPERIMENT_STATES_MAX);
	require(step->info_count <= STEP_INFO_TERMS_MAX);
	require(!step->only_full || !step->only_short);
	require(step->after_ns <= LAB_TIME_LIMIT_MAX_NS && step->time_ns <= LAB_TIME_LIMIT_MAX_NS);
	if (step->bytes.bytes)
		require(step->bytes.bytes[step->bytes.length] == '\0');
	for (size_t i = 0; i < step->info_count; i++)
		require(info_key_find(step->info[i].key) != NULL);
	require((step->verb == STEP_EXPECT_CONNECTION) == (step->expectation != NULL));
	require((step->verb == STEP_CABLE_RULE) == (step->rule.text[0] != '\0'));
	if (step->verb == STEP_WAIT_STATE || step->verb == STEP_EXPECT_STATES)
		require(step->state_count > 0);
}

/* All that is plain data in both; what they own is compared by what it says. */
static void check_same(const struct step *step, const struct step *again)
{
	struct step one = *step;
	struct step other = *again;

	require(strcmp(one.text, other.text) == 0);
	require(one.bytes.length == other.bytes.length);
	require(one.bytes.length == 0 ||
		memcmp(one.bytes.bytes, other.bytes.bytes, one.bytes.length) == 0);
	if (one.expectation) {
		require(one.expectation->count == other.expectation->count);
		for (size_t i = 0; i < one.expectation->count; i++)
			require(strcmp(one.expectation->terms[i].text,
				       other.expectation->terms[i].text) == 0);
	}
	require(one.verb == other.verb && one.has_host == other.has_host &&
		one.host == other.host && one.both_hosts == other.both_hosts &&
		strcmp(one.name, other.name) == 0 && strcmp(one.other, other.other) == 0);
	require(one.after_ns == other.after_ns && one.only_full == other.only_full &&
		one.only_short == other.only_short && one.no_wait == other.no_wait &&
		one.fails_with == other.fails_with);
	require(one.port == other.port && one.from_port == other.from_port &&
		one.number == other.number && one.isn == other.isn && one.count == other.count &&
		one.times == other.times && one.time_ns == other.time_ns && one.set == other.set);
	require(strcmp(one.rule.text, other.rule.text) == 0 &&
		one.rule.action == other.rule.action && one.rule.times == other.rule.times);
}

/* Of a language there is one entry, with a tag that may stand in a page, and something in it. */
static void check_translations(const struct experiment *experiment)
{
	require(experiment->translation_count <= EXPERIMENT_MAX_TRANSLATIONS);
	for (size_t i = 0; i < experiment->translation_count; i++) {
		const struct experiment_translation *one = &experiment->translations[i];
		const char *const texts[] = { one->title, one->question, one->explanation };
		bool any = false;

		require(strlen(one->language) >= 2 &&
			strlen(one->language) < EXPERIMENT_LANGUAGE_BYTES);
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			require(!texts[k] || texts[k][0] != '\0');
			any = any || texts[k];
		}
		require(any);
		for (size_t k = 0; k < i; k++)
			require(strcasecmp(experiment->translations[k].language, one->language) !=
				0);
	}
}

static void check_again(const struct experiment *experiment)
{
	struct experiment_problem problem;
	struct experiment *again;
	struct text_builder text;

	text_builder_init(&text, AGAIN_MAX_BYTES);
	text_append(&text, "title x\n");
	for (size_t i = 0; i < experiment->step_count; i++) {
		text_append(&text, experiment->steps[i].text);
		text_append(&text, "\n");
	}
	require(!text.truncated);
	again = experiment_parse("x", text.text, text.length, &problem);
	require(again && again->step_count == experiment->step_count);
	for (size_t i = 0; i < experiment->step_count; i++)
		check_same(&experiment->steps[i], &again->steps[i]);
	experiment_destroy(again);
	text_builder_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct experiment_problem problem = { 0 };
	struct experiment *experiment;
	/* Of its own size, so that a byte read beyond it is seen. */
	char *text = calloc(size > 0 ? size : 1, 1);

	require(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	experiment = experiment_parse("x", text, size, &problem);
	free(text); /* nothing of it is borrowed */
	if (!experiment) {
		check_problem(&problem, data, size);
		return 0;
	}
	require(experiment->title[0] != '\0');
	check_translations(experiment);
	require(experiment->step_count > 0 && experiment->step_count <= EXPERIMENT_MAX_STEPS);
	require(experiment->limit_ns > 0 && experiment->limit_ns <= LAB_TIME_LIMIT_MAX_NS);
	for (size_t i = 0; i < experiment->step_count; i++)
		check_step(&experiment->steps[i]);
	if (size <= EXPERIMENT_MAX_BYTES / 2)
		check_again(experiment);
	experiment_destroy(experiment);
	return 0;
}
