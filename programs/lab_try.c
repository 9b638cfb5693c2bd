#include "programs/lab_try.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text_builder.h"
#include "programs/complaint.h"
#include "tcp_lab/lab_limits.h"

/*
 * The experiment is written in the language of experiments and read by its parser, so that times,
 * rates and shares are the same in both; only the two commands, which may be anything, are put in
 * afterwards.
 */
#define TEXT_MAX_BYTES 4096u
#define COMMAND_PLACE ":" /* where a command stands until then; does nothing */

/*
 * A server seldom ends by itself. Once the client has ended and nothing moves any more the
 * experiment is over, and the run ends the server. But where segments get lost there is silence
 * between two attempts; and on a cut cable how long that lasts is what one wants to see: the step
 * that waits for the silence knows that the run is one of `try`.
 */
#define QUIET "1s"
#define QUIET_WITH_LOSS "4s"

/* Of the cable: the word in the language is the option's. */
struct setting {
	const char *option;
	const char *takes; /* for who gave something else */
	const char *value; /* NULL: not given */
};

#define SETTINGS 6u
#define A_TIME "a time up to an hour, as in 20ms"
#define A_PERCENTAGE "a percentage, as in 1%"

static void collect_settings(const struct lab_try_options *options, struct setting out[SETTINGS])
{
	const struct setting settings[SETTINGS] = {
		{ "delay", A_TIME, options->delay },
		{ "jitter", A_TIME, options->jitter },
		{ "rate", "bits a second, as in 10mbit", options->rate },
		{ "loss", A_PERCENTAGE, options->loss },
		{ "duplicate", A_PERCENTAGE, options->duplicate },
		{ "reorder", A_PERCENTAGE, options->reorder },
	};

	memcpy(out, settings, sizeof(settings));
}

/* One word, so that it can say nothing else in the experiment. */
static bool is_one_word(const char *value)
{
	if (!*value || strlen(value) > 64)
		return false;
	for (; *value; value++) {
		if (*value <= ' ' || *value > '~' || *value == '#' || *value == '"')
			return false;
	}
	return true;
}

static void refuse_value(const struct command *command, const char *option, const char *takes,
			 const char *value)
{
	(void)complaint_usage(command, "lab: --%s takes %s, not '%.64s'.", option, takes, value);
}

static bool check_setting(const struct command *command, const struct setting *setting)
{
	struct experiment_problem problem;
	struct experiment *experiment = NULL;
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_format(&text, "title try\ncable %s %s\n", setting->option, setting->value);
	if (is_one_word(setting->value))
		experiment = experiment_parse(LAB_TRY_NAME, text_builder_text(&text), text.length,
					      &problem);
	text_builder_finish(&text);
	if (!experiment)
		refuse_value(command, setting->option, setting->takes, setting->value);
	experiment_destroy(experiment);
	return experiment != NULL;
}

static bool check_time(const struct command *command, const char *option, const char *value,
		       uint64_t *out_ns)
{
	*out_ns = 0;
	if (!value)
		return true;
	/* With its unit and not 0, as `after` takes it. */
	if (is_one_word(value) && !strchr("0123456789.", value[strlen(value) - 1]) &&
	    duration_parse(value, LAB_TIME_LIMIT_MAX_NS, out_ns) && *out_ns > 0)
		return true;
	refuse_value(command, option, "a time up to an hour, as in 2s", value);
	return false;
}

static bool check_times(const struct command *command, const struct lab_try_options *options)
{
	uint64_t cut_ns;
	uint64_t restore_ns;

	if (!check_time(command, "cut-after", options->cut_after, &cut_ns) ||
	    !check_time(command, "restore-after", options->restore_after, &restore_ns))
		return false;
	if (options->restore_after && restore_ns <= cut_ns) {
		(void)complaint_usage(command,
				      "lab: --restore-after counts from the client's start, as "
				      "--cut-after does: it must be the longer one.");
		return false;
	}
	return true;
}

static void append_text(struct text_builder *text, const struct lab_try_options *options,
			const struct setting settings[SETTINGS])
{
	bool has_settings = false;

	text_append(text, "title What two programs do on the cable\n");
	for (size_t i = 0; i < SETTINGS; i++) {
		if (!settings[i].value)
			continue;
		text_append_format(text, "%s %s %s", has_settings ? "" : "cable",
				   settings[i].option, settings[i].value);
		has_settings = true;
	}
	text_append(text, has_settings ? "\n" : "");
	text_append(text, "server run " COMMAND_PLACE "\n"
			  "wait until server listens\n"
			  "client run " COMMAND_PLACE "\n");
	if (options->cut_after)
		text_append_format(text, "after %s: cable cut\n", options->cut_after);
	if (options->restore_after)
		text_append_format(text, "after %s: cable restore\n", options->restore_after);
	text_append_format(text, "client exits any\nwait until quiet for %s\n",
			   options->loss ? QUIET_WITH_LOSS : QUIET);
}

/* The command in place of the one that does nothing. */
static bool put_command(struct experiment *experiment, enum lab_host host, const char *command)
{
	for (size_t i = 0; i < experiment->step_count; i++) {
		struct step *step = &experiment->steps[i];
		struct text_builder text;
		char *bytes;

		if (step->verb != STEP_RUN || step->host != host)
			continue;
		text_builder_init(&text, EXPERIMENT_MAX_BYTES);
		text_append_format(&text, "%s run ", lab_host_name(host));
		text_append_harmless(&text, command, strlen(command));
		free(step->text);
		free(step->bytes.bytes);
		step->text = strdup(text_builder_text(&text));
		bytes = strdup(command);
		step->bytes =
			(struct step_bytes){ .bytes = bytes, .length = bytes ? strlen(bytes) : 0 };
		text_builder_finish(&text);
		return step->text && bytes;
	}
	return false;
}

struct experiment *lab_try_experiment(const struct command *command,
				      const struct lab_try_options *options)
{
	struct setting settings[SETTINGS];
	struct experiment_problem problem = { .sentence = "out of memory" };
	struct experiment *experiment;
	struct text_builder text;

	collect_settings(options, settings);
	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].value && !check_setting(command, &settings[i]))
			return NULL;
	}
	if (!check_times(command, options))
		return NULL;
	text_builder_init(&text, TEXT_MAX_BYTES);
	append_text(&text, options, settings);
	experiment =
		experiment_parse(LAB_TRY_NAME, text_builder_text(&text), text.length, &problem);
	text_builder_finish(&text);
	if (experiment && put_command(experiment, LAB_SERVER, options->server) &&
	    put_command(experiment, LAB_CLIENT, options->client)) {
		/* Nobody has seen its lines. */
		for (size_t i = 0; i < experiment->step_count; i++)
			experiment->steps[i].line = 0;
		return experiment;
	}
	/* Each setting is right by itself: together they are not, or there is no memory. */
	(void)complaint_usage(command, "lab: %s", experiment ? "out of memory" : problem.sentence);
	experiment_destroy(experiment);
	return NULL;
}
