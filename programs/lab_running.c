#include "programs/lab_running.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/display_width.h"
#include "programs/lab_index.h"
#include "programs/lab_json.h"
#include "programs/lab_output.h"
#include "programs/lab_pages.h"
#include "programs/lab_progress.h"
#include "programs/lab_result_text.h"
#include "programs/lab_score_table.h"
#include "programs/lab_source.h"
#include "programs/lab_trial.h"
#include "programs/lab_try.h"
#include "programs/lab_workers.h"
#include "programs/one_shot.h"
#include "report/readable.h"
#include "tcp_lab/builtin_experiments.h"

#define LINE_MAX_BYTES 8192u
#define COPY_BYTES 65536u
#define SCORE_MAX_BYTES (4u * 1024 * 1024)
/* Above an experiment's own limit: making the hosts, judging, writing, on a busy machine. */
#define LIMIT_MORE_NS (60 * NS_PER_S)

struct running {
	const struct lab_options *options;
	struct experiment **experiments; /* owned; count of them */
	struct lab_source *sources;      /* owned; what they were read from; of `try` empty */
	FILE **outputs;                  /* owned; of those to be shown whole at the end */
	struct lab_index_row *rows;      /* owned; what became of each, for the index of pages */
	struct lab_pages pages;
	size_t count;
	struct lab_trial trial; /* what is the same for all */
	struct lab_progress progress;
	struct lab_score_table *scores; /* owned; NULL: none are wanted */
	size_t name_columns;
	uint64_t began_ns;
	size_t told;
	size_t passed;
	size_t failed;
	bool refused;      /* this machine gives us no lab: that was said */
	bool nobody_reads; /* standard output is gone */
};

/* Several have a line each; one is shown whole. */
static bool is_list(const struct running *running)
{
	return running->count > 1 && !running->options->json && !running->scores;
}

static bool is_try(const struct running *running)
{
	return running->options->action == LAB_ACTION_TRY;
}

/* ---- in the worker ---- */

static void work(void *context, size_t i, const struct lab_worker *self)
{
	const struct running *running = context;
	struct lab_trial trial = running->trial;
	char path[PATH_MAX];

	trial.experiment = running->experiments[i];
	trial.script = running->sources[i].text;
	trial.script_length = running->sources[i].length;
	if (!trial.page_title)
		trial.page_title = trial.experiment->title;
	if (running->pages.where) {
		(void)lab_pages_path(&running->pages, trial.experiment->name, path);
		trial.page = path;
		trial.page_index = running->pages.is_folder ? LAB_PAGES_INDEX ".html" : NULL;
	}
	lab_trial_run(&trial, self);
}

/* ---- in the parent ---- */

static uint64_t limit_ns(void *context, size_t i)
{
	const struct running *running = context;
	uint64_t own_ns = running->trial.limit_ns;

	if (own_ns == 0)
		own_ns = running->experiments[i]->limit_ns;
	if (own_ns == 0)
		own_ns = LAB_TIME_LIMIT_DEFAULT_NS;
	return own_ns + LIMIT_MORE_NS;
}

/* Of `try`, whose steps nobody wrote. */
static const char *awaited(const struct step *step)
{
	bool of_server = step->host == LAB_SERVER;

	if (step->verb == STEP_RUN)
		return of_server ? "starts the server" : "starts the client";
	if (step->verb == STEP_WAIT_LISTEN)
		return "waits until the server listens";
	if (step->verb == STEP_EXITS)
		return "waits for the end of the client";
	if (step->verb == STEP_WAIT_QUIET)
		return "the client has ended; waits until the cable is whole and quiet, or the "
		       "server has ended too";
	return step->text;
}

static void append_running(struct text_builder *line, const struct experiment *experiment,
			   unsigned progress)
{
	text_append(line, experiment->name);
	if (progress == 0)
		text_append(line, " (begins)");
	else if (progress > experiment->step_count)
		text_append(line, " (ends)");
	else if (experiment->steps[progress - 1].line == 0)
		text_append_format(line, " (%s)", awaited(&experiment->steps[progress - 1]));
	else
		text_append_format(line, " (line %u: %s)", experiment->steps[progress - 1].line,
				   experiment->steps[progress - 1].text);
}

static void look(void *context, size_t finished, const size_t *indices, const unsigned *progress,
		 size_t running_count)
{
	struct running *running = context;
	struct text_builder line;

	if (!running->progress.wanted)
		return;
	text_builder_init(&line, LINE_MAX_BYTES);
	if (running->count > 1)
		text_append_format(&line, "%zu of %zu done; ", finished, running->count);
	for (size_t i = 0; i < running_count; i++) {
		text_append(&line, i > 0 ? ", " : "");
		append_running(&line, running->experiments[indices[i]], progress[i]);
	}
	lab_progress_show(&running->progress, text_builder_text(&line));
	text_builder_finish(&line);
}

static void write_out(struct running *running, const char *text, size_t length)
{
	if (running->nobody_reads)
		return;
	lab_progress_hide(&running->progress);
	running->nobody_reads = !lab_output_write(text, length);
}

/* All of it, from its beginning. */
static void copy_output(struct running *running, FILE *output)
{
	char *bytes = malloc(COPY_BYTES);
	size_t length;

	while (bytes && !running->nobody_reads &&
	       (length = fread(bytes, 1, COPY_BYTES, output)) > 0)
		write_out(running, bytes, length);
	if (!bytes || ferror(output)) {
		one_shot_complain("lab: the output of an experiment cannot be read back: %s",
				  strerror(errno));
		running->nobody_reads = true;
	}
	free(bytes);
}

static struct lab_result_style style_of(const struct running *running)
{
	return (struct lab_result_style){
		.colour = running->trial.colour,
		.columns = running->trial.columns,
		.name_columns = running->name_columns,
		.of_try = is_try(running),
	};
}

static void write_line(struct running *running, size_t i, const struct lab_outcome *outcome)
{
	const struct lab_result_style style = style_of(running);
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	lab_result_line(&line, running->experiments[i]->name, outcome, &style);
	write_out(running, text_builder_text(&line), line.length);
	text_builder_finish(&line);
}

/* Behind the only one. */
static void write_result(struct running *running, size_t i, const struct lab_outcome *outcome)
{
	const struct lab_result_style style = style_of(running);
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	lab_result_sentence(&line, running->experiments[i]->name, outcome, &style);
	write_out(running, text_builder_text(&line), line.length);
	text_builder_finish(&line);
}

static const char *full_stop(const char *sentence)
{
	size_t length = strlen(sentence);

	return length > 0 && !strchr(".!?", sentence[length - 1]) ? "." : "";
}

static void refuse(struct running *running, const struct lab_outcome *outcome)
{
	if (running->refused)
		return;
	running->refused = true;
	lab_progress_hide(&running->progress);
	one_shot_complain("lab: %s%s %s%s", outcome->what, full_stop(outcome->what),
			  outcome->advice, full_stop(outcome->advice));
}

static void tell_json(struct running *running, size_t i, const struct lab_outcome *outcome,
		      FILE *output)
{
	copy_output(running, output);
	if (outcome->verdict == LAB_NOTHING_SAID) {
		struct text_builder line;

		text_builder_init(&line, LINE_MAX_BYTES);
		lab_json_broken(&line, running->experiments[i], outcome->what);
		text_append(&line, "\n");
		write_out(running, text_builder_text(&line), line.length);
		text_builder_finish(&line);
	}
	/* Whoever reads no more has ended it so. */
	if (outcome->verdict != LAB_PASSED && !running->nobody_reads) {
		lab_progress_hide(&running->progress);
		one_shot_complain("lab: %s: %s", running->experiments[i]->name, outcome->what);
	}
}

/* A line of JSON is written at once; the tables when all is done. */
static void take_score(struct running *running, size_t i, const struct lab_outcome *outcome,
		       FILE *output)
{
	const char *problem = outcome->verdict == LAB_PASSED ? "" : outcome->what;
	struct lab_score score;
	bool has_score = outcome->verdict != LAB_NOTHING_SAID &&
			 fread(&score, sizeof(score), 1, output) == 1;
	struct text_builder line;

	lab_score_table_add(running->scores, running->experiments[i]->name, problem,
			    has_score ? &score : NULL);
	if (!running->options->json)
		return;
	text_builder_init(&line, SCORE_MAX_BYTES);
	lab_score_table_json_row(running->scores, &line);
	write_out(running, text_builder_text(&line), line.length);
	text_builder_finish(&line);
}

static void write_scores(struct running *running)
{
	const struct lab_score_style style = {
		.markdown = running->options->markdown || !isatty(STDOUT_FILENO),
		.colour = running->trial.colour,
		.columns = running->trial.columns,
		.seed = running->options->seed,
		.command = "wiretale lab score --markdown",
	};
	struct text_builder text;
	size_t length;

	text_builder_init(&text, SCORE_MAX_BYTES);
	if (running->options->json)
		lab_score_table_json_total(running->scores, &text);
	else
		lab_score_table_append(running->scores, &style, &text);
	/* What parts its sections stands behind the last one, too. */
	length = text.length;
	while (length > 1 && text_builder_text(&text)[length - 2] == '\n')
		length--;
	write_out(running, text_builder_text(&text), length);
	text_builder_finish(&text);
}

static bool done(void *context, size_t i, const struct lab_outcome *shared,
		 const struct lab_worker_end *end, FILE *output)
{
	struct running *running = context;
	struct lab_outcome outcome = *shared;
	bool passed = outcome.verdict == LAB_PASSED;
	bool whole = running->options->segments || !passed;

	if (outcome.verdict == LAB_NOTHING_SAID)
		lab_result_of_end(end, outcome.what);
	running->rows[i].told = true;
	running->rows[i].outcome = outcome;
	running->told++;
	running->passed += passed;
	running->failed += !passed && outcome.verdict != LAB_STOPPED;
	if (outcome.verdict == LAB_NOT_POSSIBLE) {
		refuse(running, &outcome);
	} else if (running->scores) {
		take_score(running, i, &outcome, output);
	} else if (running->options->json) {
		tell_json(running, i, &outcome, output);
	} else if (is_list(running)) {
		write_line(running, i, &outcome);
		if (whole && outcome.verdict != LAB_STOPPED) {
			running->outputs[i] = output;
			output = NULL;
		}
	} else {
		copy_output(running, output);
		write_result(running, i, &outcome);
	}
	if (outcome.page_said[0]) {
		lab_progress_hide(&running->progress);
		lab_pages_say(&running->pages, &outcome);
	}
	if (output)
		(void)fclose(output);
	return !running->refused && !running->nobody_reads;
}

/* Of several: those that failed, or all, whole. */
static void write_whole(struct running *running)
{
	for (size_t i = 0; i < running->count; i++) {
		if (!running->outputs[i])
			continue;
		write_out(running, "\n", 1);
		copy_output(running, running->outputs[i]);
	}
}

static void write_summary(struct running *running, enum lab_work_result result)
{
	struct text_builder line;

	text_builder_init(&line, LINE_MAX_BYTES);
	text_append_format(&line, "\n%s%zu of %zu passed%s in ",
			   lab_output_colour(running->trial.colour, LAB_BOLD), running->passed,
			   running->count, lab_output_colour(running->trial.colour, LAB_PLAIN));
	readable_duration(&line, (int64_t)(clock_elapsed_ns() - running->began_ns));
	if (running->failed > 0)
		text_append_format(&line, "; %zu failed", running->failed);
	if (result == LAB_WORK_INTERRUPTED)
		text_append(&line, "; interrupted");
	text_append(&line, ".\n");
	write_out(running, text_builder_text(&line), line.length);
	text_builder_finish(&line);
}

/* Where the program itself is: wiretaled stands beside it, installed or not. */
static const char *tool_folder(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (length <= 0)
		return NULL;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash || slash == path)
		return NULL;
	*slash = '\0';
	return path;
}

static enum exit_status status_of(const struct running *running, enum lab_work_result result)
{
	if (running->refused)
		return EXIT_ENVIRONMENT;
	if (result == LAB_WORK_BROKE) {
		one_shot_complain("lab: no process could be started for an experiment: %s",
				  strerror(errno));
		return EXIT_ENVIRONMENT;
	}
	return result == LAB_WORK_DONE && running->passed == running->count ? EXIT_DONE
									    : EXIT_NOT_DONE;
}

/* running->experiments, count and limits are there. */
static enum exit_status go(struct running *running)
{
	const struct lab_options *options = running->options;
	const struct lab_work all = {
		.count = running->count,
		.jobs = options->jobs,
		.context = running,
		.work = work,
		.limit_ns = limit_ns,
		.done = done,
		.look = look,
	};
	enum lab_work_result result;
	enum exit_status status;
	char path[PATH_MAX];

	running->trial.seed = options->seed;
	running->trial.full = options->full;
	running->trial.backend = options->backend;
	running->trial.tool_folder = tool_folder(path);
	running->trial.scores = running->scores != NULL;
	running->trial.json = options->json;
	running->trial.segments = options->segments;
	running->trial.brief = options->brief;
	running->trial.colour = lab_output_has_colour();
	running->trial.columns = lab_output_columns();
	running->trial.ladder_columns = lab_output_ladder_columns();
	running->trial.save = options->save;
	running->began_ns = clock_elapsed_ns();
	lab_progress_init(&running->progress);
	result = lab_work_do(&all);
	status = status_of(running, result);
	if (is_list(running) && !running->refused) {
		write_whole(running);
		write_summary(running, result);
	}
	if (running->scores && !running->refused)
		write_scores(running);
	lab_progress_finish(&running->progress);
	if (!running->refused && !lab_index_write(&running->pages, running->rows, running->count) &&
	    status == EXIT_DONE)
		status = EXIT_NOT_DONE;
	return running->nobody_reads && status == EXIT_DONE ? EXIT_NOT_DONE : status;
}

/* Their captures, and their pages, would have the same names. */
static bool names_differ(const struct running *running)
{
	const char *option = running->options->save ? "save" : "report";

	for (size_t i = 0; i < running->count; i++) {
		const char *name = running->experiments[i]->name;

		for (size_t k = 0; k < i; k++) {
			if (strcmp(name, running->experiments[k]->name) != 0)
				continue;
			one_shot_complain("lab: --%s: two experiments are called %s: their files "
					  "would have the same names.",
					  option, name);
			return false;
		}
	}
	return true;
}

/* Takes the source, if only to close it. */
static bool add_experiment(struct running *running, struct lab_source *source)
{
	struct experiment *experiment = lab_source_parse(source);
	size_t columns;

	if (!experiment) {
		lab_source_finish(source);
		return false;
	}
	columns = display_width(experiment->name);
	running->name_columns = columns > running->name_columns ? columns : running->name_columns;
	running->rows[running->count].experiment = experiment;
	running->sources[running->count] = *source;
	running->experiments[running->count++] = experiment;
	return true;
}

/* What is wrong with any of them is said before the first one begins. */
static enum exit_status collect(struct running *running)
{
	const struct lab_options *options = running->options;
	enum exit_status status = EXIT_DONE;
	struct lab_source source;

	for (size_t i = 0; options->all && i < builtin_experiment_count; i++) {
		lab_source_of_builtin(i, &source);
		if (!add_experiment(running, &source))
			status = EXIT_USAGE;
	}
	for (size_t i = 0; i < options->operand_count; i++) {
		if (lab_source_open(options->operands[i], &source) != EXIT_DONE ||
		    !add_experiment(running, &source))
			status = EXIT_USAGE;
	}
	if (status == EXIT_DONE && (options->save || options->report) && !names_differ(running))
		status = EXIT_USAGE;
	return status;
}

static bool make_room(struct running *running, size_t most)
{
	running->experiments = calloc(most + 1, sizeof(struct experiment *));
	running->sources = calloc(most + 1, sizeof(struct lab_source));
	running->outputs = calloc(most + 1, sizeof(FILE *));
	running->rows = calloc(most + 1, sizeof(struct lab_index_row));
	if (running->options->action == LAB_ACTION_SCORE)
		running->scores = lab_score_table_create(most);
	if (running->experiments && running->sources && running->outputs && running->rows &&
	    (running->scores || running->options->action != LAB_ACTION_SCORE))
		return true;
	one_shot_complain("lab: out of memory.");
	return false;
}

static void finish(struct running *running)
{
	/* Without room for all there is none of them. */
	for (size_t i = 0; i < running->count; i++) {
		experiment_destroy(running->experiments[i]);
		lab_source_finish(&running->sources[i]);
		if (running->outputs[i])
			(void)fclose(running->outputs[i]);
	}
	free(running->experiments);
	free(running->sources);
	free(running->outputs);
	free(running->rows);
	lab_score_table_destroy(running->scores);
}

/* Where files are to go. */
static enum exit_status prepare(struct running *running)
{
	const struct lab_options *options = running->options;
	bool several = options->all || options->operand_count > 1;
	enum exit_status status;

	if (options->save && !lab_output_folder("save", options->save))
		return EXIT_NOT_DONE;
	status = lab_pages_prepare(options->report, several, &running->pages);
	for (size_t i = 0; status == EXIT_DONE && i < running->count; i++) {
		if (!running->pages.is_folder ||
		    strcmp(running->experiments[i]->name, LAB_PAGES_INDEX) != 0)
			continue;
		one_shot_complain(
			"lab: --report: the page of an experiment that is called " LAB_PAGES_INDEX
			" would have the name of the index.");
		status = EXIT_USAGE;
	}
	return status;
}

enum exit_status lab_run_command(const struct lab_options *options)
{
	struct running running = { .options = options };
	size_t most = options->all ? builtin_experiment_count : options->operand_count;
	enum exit_status status = EXIT_ENVIRONMENT;

	if (make_room(&running, most)) {
		status = collect(&running);
		if (status == EXIT_DONE)
			status = prepare(&running);
		if (status == EXIT_DONE)
			status = go(&running);
	}
	finish(&running);
	return status;
}

enum exit_status lab_try_command(const struct command *command, const struct lab_options *options)
{
	struct running running = { .options = options };
	enum exit_status status = EXIT_ENVIRONMENT;
	struct experiment *experiment;
	struct text_builder title;

	text_builder_init(&title, LINE_MAX_BYTES);
	if (!make_room(&running, 1))
		goto finish;
	status = EXIT_USAGE;
	experiment = lab_try_experiment(command, &options->try);
	if (!experiment)
		goto finish;
	running.rows[running.count].experiment = experiment;
	running.experiments[running.count++] = experiment;
	running.trial.limit_ns = options->try.time_limit_ns;
	running.trial.goes_on = true;
	text_append_format(&title, "%s | %s", options->try.server, options->try.client);
	running.trial.page_title = title.truncated ? experiment->title : text_builder_text(&title);
	status = prepare(&running);
	if (status == EXIT_DONE)
		status = go(&running);
finish:
	finish(&running);
	text_builder_finish(&title);
	return status;
}
