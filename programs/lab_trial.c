#include "programs/lab_trial.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_builder.h"
#include "programs/lab_json.h"
#include "programs/lab_judgement.h"
#include "programs/lab_ladders.h"
#include "programs/lab_page.h"
#include "programs/lab_view.h"
#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_record.h"
#include "tcp_lab/lab_run.h"
#include "tcp_lab/lab_score.h"
#include "tcp_lab/program_fate.h"

#define LINE_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define TRIAL_OUTPUT_MAX_BYTES (UINT64_C(512) * 1024 * 1024)
#define CAPTURES 3u

struct trial {
	const struct lab_trial *how;
	const struct lab_worker *self;
	struct lab_record record;
	struct lab_judgement *judgement;
	struct lab_ladders *ladders; /* NULL: no text is wanted */
	struct lab_scoring *scoring; /* NULL: no score is wanted */
	struct lab_page *page;       /* NULL: none is wanted, or none can be made */
	struct lab_inference *inference;
	struct text_builder out;
	uint64_t written; /* bytes */
	int error;        /* errno: memory or the output's file ended */
	size_t saved_count;
	char saved[CAPTURES][PATH_MAX];
	char save_problem[LAB_OUTCOME_BYTES]; /* a sentence; "": none; of the page too */
};

/* What stands in out, to the file that the parent shows. */
static void flush(struct trial *trial)
{
	size_t length = trial->out.length;

	if (trial->out.truncated || length > TRIAL_OUTPUT_MAX_BYTES - trial->written)
		trial->error = EFBIG;
	else if (length > 0 && fwrite(text_builder_text(&trial->out), length, 1, stdout) != 1)
		trial->error = errno;
	trial->written += length;
	text_builder_clear(&trial->out);
}

static void end_line(struct trial *trial)
{
	text_append(&trial->out, "\n");
	flush(trial);
}

static void on_segment(void *context, const struct lab_inferred_segment *segment)
{
	struct trial *trial = context;

	if (trial->error != 0)
		return;
	if (trial->page)
		lab_page_segment(trial->page, segment);
	if (trial->scoring) {
		lab_score_segment(trial->scoring, segment);
	} else if (trial->ladders) {
		lab_ladders_segment(trial->ladders, segment);
	} else if (trial->how->segments) {
		lab_json_segment(&trial->out, trial->how->experiment->name, segment, false);
		end_line(trial);
	}
}

static void on_arrival(void *context, const struct lab_arrival *arrival)
{
	struct trial *trial = context;

	if (trial->error == 0)
		lab_ladders_arrival(trial->ladders, arrival);
}

static void on_error(void *context, const struct lab_inferred_error *error)
{
	struct trial *trial = context;

	if (trial->error == 0 && trial->ladders)
		lab_ladders_error(trial->ladders, error);
}

/* For the index of pages. */
static void note_connection(struct lab_outcome *outcome,
			    const struct lab_inferred_connection *connection)
{
	const struct tcp_connection *told = connection->connection;

	if (connection->number != 1)
		return;
	outcome->connection = (struct page_index_connection){
		.exists = true,
		.has_first = told->closing.has_first,
		.opening = told->opening.kind,
		.closing = told->closing.kind,
		.first = told->closing.first,
	};
}

static void on_connection(void *context, const struct lab_inferred_connection *connection)
{
	struct trial *trial = context;

	if (!lab_judgement_connection(trial->judgement, connection->vantage, connection->number,
				      connection->connection))
		trial->error = ENOMEM;
	if (connection->vantage != VANTAGE_CABLE || trial->error != 0)
		return;
	if (trial->page)
		lab_page_connection(trial->page, connection);
	note_connection(trial->self->outcome, connection);
	if (trial->scoring) {
		lab_score_connection(trial->scoring, connection);
	} else if (trial->ladders) {
		lab_ladders_connection(trial->ladders, connection);
	} else {
		lab_json_connection(&trial->out, trial->how->experiment->name, connection);
		end_line(trial);
	}
}

static void on_progress(void *context, const struct step *step)
{
	const struct trial *trial = context;
	const struct experiment *experiment = trial->how->experiment;

	atomic_store(trial->self->progress, step ? (unsigned)(step - experiment->steps) + 1
						 : (unsigned)experiment->step_count + 1);
}

static bool run(struct trial *trial)
{
	const struct lab_trial *how = trial->how;
	const struct lab_run_options options = {
		.seed = how->seed,
		.full = how->full,
		.backend = how->backend,
		.limit_ns = how->limit_ns,
		.goes_on = how->goes_on,
		.tool_folder = how->tool_folder,
		.progress = on_progress,
		.context = trial,
		.stop_fd = trial->self->stop_fd,
	};
	struct lab_outcome *outcome = trial->self->outcome;
	struct lab_refusal refusal = { 0 };

	if (lab_run(how->experiment, &options, &trial->record, &refusal) == LAB_RAN)
		return true;
	(void)snprintf(outcome->what, sizeof(outcome->what), "%s", refusal.what);
	(void)snprintf(outcome->advice, sizeof(outcome->advice), "%s", refusal.advice);
	outcome->verdict = LAB_NOT_POSSIBLE;
	return false;
}

/* That the limit came is no failure of `try`, unless the client never had its turn. */
static void check_start(struct trial *trial)
{
	const struct experiment *experiment = trial->how->experiment;
	struct lab_record *record = &trial->record;
	const char *where = "";
	size_t wanted = 0;

	for (size_t i = 0; i < experiment->step_count; i++) {
		wanted += experiment->steps[i].verb == STEP_RUN;
		if (experiment->steps[i].verb == STEP_WAIT_LISTEN)
			where = record->steps[i].result;
	}
	if (!trial->how->goes_on || record->failed || record->interrupted ||
	    record->program_count >= wanted)
		return;
	record->failed = true;
	if (where[0] != '\0')
		(void)snprintf(record->failure, sizeof(record->failure),
			       "%s; the client was not started", where);
	else
		(void)snprintf(record->failure, sizeof(record->failure),
			       "the server listened on no TCP port within the time limit, so the "
			       "client was not started");
}

static void no_page(struct trial *trial, const char *why)
{
	(void)snprintf(trial->save_problem, sizeof(trial->save_problem),
		       "its page was not written: %.400s", why);
}

static void begin_page(struct trial *trial)
{
	if (!trial->how->page)
		return;
	trial->page = lab_page_create(trial->how->page, &trial->record);
	if (!trial->page) {
		char why[LAB_OUTCOME_BYTES];

		(void)snprintf(why, sizeof(why), "%.300s: %s", trial->how->page, strerror(errno));
		no_page(trial, why);
	}
}

/* Follows the connections, and judges them. */
static void infer(struct trial *trial)
{
	struct lab_inference_listener listener = {
		.context = trial,
		.segment = on_segment,
		.connection = on_connection,
	};
	const struct lab_ladders_style style = {
		.colour = trial->how->colour,
		.whole = trial->how->segments,
		.stories_only = trial->how->brief,
		.columns = trial->how->ladder_columns,
		.prose_columns = trial->how->columns,
	};

	begin_page(trial);
	trial->judgement = lab_judgement_create(&trial->record, trial->how->full);
	if (trial->how->scores) {
		trial->scoring = lab_score_create(&trial->record);
	} else if (!trial->how->json) {
		trial->ladders = lab_ladders_create(&trial->record, &style);
		listener.arrival = on_arrival;
		listener.error = on_error;
	}
	if (trial->judgement && (trial->how->json || trial->ladders || trial->scoring))
		trial->inference = lab_inference_create(&trial->record, &listener);
	if (!trial->inference) {
		trial->error = trial->error != 0 ? trial->error : ENOMEM;
		return;
	}
	if (trial->ladders)
		lab_ladders_close(trial->ladders);
	if (!lab_judgement_conclude(trial->judgement, lab_inference_connections(trial->inference)))
		trial->error = ENOMEM;
}

static void save(struct trial *trial)
{
	static const char *const captures[CAPTURES] = { "client", "server", "cable" };
	char prefix[NAME_MAX + 1];
	char path[PATH_MAX];
	int error;

	if (!trial->how->save)
		return;
	(void)snprintf(prefix, sizeof(prefix), "%s-", trial->how->experiment->name);
	error = lab_record_save(&trial->record, trial->how->save, prefix, path);
	if (error < 0) {
		(void)snprintf(trial->save_problem, sizeof(trial->save_problem),
			       "not saved: %.400s: %s", path, strerror(-error));
		return;
	}
	for (size_t i = 0; i < CAPTURES; i++)
		(void)snprintf(trial->saved[i], sizeof(trial->saved[i]), "%s/%s%s.pcapng",
			       trial->how->save, prefix, captures[i]);
	trial->saved_count = CAPTURES;
}

static struct lab_json_facts facts_of(const struct trial *trial, const char *saved[CAPTURES])
{
	for (size_t i = 0; i < CAPTURES; i++)
		saved[i] = trial->saved[i];
	return (struct lab_json_facts){
		.record = &trial->record,
		.judgement = trial->judgement,
		.states = lab_inference_states(trial->inference),
		.connections = lab_inference_connections(trial->inference),
		.saved = saved,
		.saved_count = trial->saved_count,
		.save_problem = trial->save_problem,
	};
}

static void write_page(struct trial *trial)
{
	const char *saved[CAPTURES];
	const struct lab_json_facts facts = facts_of(trial, saved);
	const struct lab_page_ending ending = {
		.title = trial->how->page_title,
		.source = trial->how->goes_on ? "try" : "lab",
		.index = trial->how->page_index,
		.facts = &facts,
		.script = trial->how->script,
		.script_length = trial->how->script_length,
	};
	struct lab_outcome *outcome = trial->self->outcome;

	if (!trial->page || trial->error != 0)
		return;
	outcome->has_page = lab_page_write(trial->page, &ending);
	if (outcome->has_page)
		(void)snprintf(outcome->page_said, sizeof(outcome->page_said), "%s",
			       lab_page_said(trial->page));
	else
		no_page(trial, lab_page_said(trial->page));
}

static void write_json(struct trial *trial)
{
	const char *saved[CAPTURES];
	const struct lab_json_facts facts = facts_of(trial, saved);

	lab_json_experiment(&trial->out, &facts);
	end_line(trial);
}

/* For the parent, which is the same program. */
static void write_score(struct trial *trial)
{
	struct lab_score score;

	lab_score_conclude(trial->scoring, lab_inference_states(trial->inference), &score);
	if (fwrite(&score, sizeof(score), 1, stdout) != 1)
		trial->error = errno;
}

static void write_ladders(struct trial *trial, const struct lab_view_style *style)
{
	size_t count = lab_ladders_count(trial->ladders);
	size_t shown = style->whole || count < LAB_STORIES_SHOWN ? count : LAB_STORIES_SHOWN;

	if (count == 0)
		lab_view_paragraph(&trial->out, "No TCP segment was on the cable.", style);
	for (size_t i = 0; i < shown; i++) {
		text_append(&trial->out, "\n");
		lab_ladders_append(trial->ladders, i, &trial->out);
		flush(trial);
	}
	if (count > shown) {
		struct text_builder line;

		text_builder_init(&line, PATH_MAX);
		text_append_format(&line, "... and %zu more connections; --segments shows them.",
				   count - shown);
		lab_view_paragraph(&trial->out, text_builder_text(&line), style);
		text_builder_finish(&line);
	}
	if (lab_ladders_incomplete(trial->ladders))
		lab_view_paragraph(&trial->out,
				   "Memory or a ceiling ended: some of it is missing above.",
				   style);
}

static void write_text(struct trial *trial)
{
	const struct lab_record *record = &trial->record;
	const struct lab_view_style style = {
		.colour = trial->how->colour,
		.whole = trial->how->segments,
		.columns = trial->how->columns,
	};

	lab_view_beginning(&trial->out, record, &style);
	flush(trial);
	if (trial->how->brief) {
		lab_view_programs(&trial->out, record, &style);
		write_ladders(trial, &style);
	} else {
		write_ladders(trial, &style);
		lab_view_programs(&trial->out, record, &style);
		lab_view_states(&trial->out, record, lab_inference_states(trial->inference),
				&style);
	}
	lab_view_unused_rules(&trial->out, record, &style);
	lab_view_expectations(&trial->out, record, trial->judgement, &style);
	lab_view_explanation(&trial->out, record->experiment, &style);
	if (trial->saved_count > 0) {
		struct text_builder line;

		text_builder_init(&line, 4 * PATH_MAX);
		text_append_format(&line, "Saved: %s, %s, %s.", trial->saved[0], trial->saved[1],
				   trial->saved[2]);
		lab_view_paragraph(&trial->out, text_builder_text(&line), &style);
		text_builder_finish(&line);
	}
	flush(trial);
}

/* What became of the programs of `try`, in a line. */
static void say_fates(const struct lab_record *record, char what[LAB_OUTCOME_BYTES])
{
	struct text_builder line;

	text_builder_init(&line, LAB_OUTCOME_BYTES - 1);
	for (size_t i = 0; i < record->program_count; i++) {
		text_append_format(&line, "%sthe %s ", i > 0 ? "; " : "",
				   lab_host_name(record->programs[i].host));
		program_fate_text(&record->programs[i], &line);
	}
	(void)snprintf(what, LAB_OUTCOME_BYTES, "%s", text_builder_text(&line));
	text_builder_finish(&line);
}

static void conclude(struct trial *trial)
{
	struct lab_outcome *outcome = trial->self->outcome;

	outcome->duration_ns = trial->record.duration_ns;
	if (trial->error == 0 && fflush(stdout) != 0)
		trial->error = errno;
	if (trial->error != 0) {
		(void)snprintf(outcome->what, sizeof(outcome->what),
			       "what happened cannot be told whole: %s%s", strerror(trial->error),
			       trial->error == ENOSPC ? " (in " P_tmpdir ", until it is shown)"
						      : "");
		outcome->verdict = LAB_FAILED;
		return;
	}
	(void)snprintf(outcome->what, sizeof(outcome->what), "%s",
		       lab_judgement_failure(trial->judgement));
	if (trial->how->goes_on && !outcome->what[0])
		say_fates(&trial->record, outcome->what);
	if (trial->save_problem[0])
		(void)snprintf(outcome->what, sizeof(outcome->what), "%s", trial->save_problem);
	if (trial->record.interrupted)
		outcome->verdict = LAB_STOPPED;
	else if (lab_judgement_passed(trial->judgement) && !trial->save_problem[0])
		outcome->verdict = LAB_PASSED;
	else
		outcome->verdict = LAB_FAILED;
}

void lab_trial_run(const struct lab_trial *how, const struct lab_worker *self)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (!trial) {
		(void)snprintf(self->outcome->what, sizeof(self->outcome->what), "out of memory");
		self->outcome->verdict = LAB_FAILED;
		return;
	}
	trial->how = how;
	trial->self = self;
	text_builder_init(&trial->out, LINE_MAX_BYTES);
	if (run(trial)) {
		check_start(trial);
		infer(trial);
		save(trial);
		write_page(trial);
		if (trial->error == 0 && how->scores)
			write_score(trial);
		else if (trial->error == 0 && how->json)
			write_json(trial);
		else if (trial->error == 0)
			write_text(trial);
		conclude(trial);
	}
	lab_page_destroy(trial->page);
	lab_inference_destroy(trial->inference);
	lab_ladders_destroy(trial->ladders);
	lab_score_destroy(trial->scoring);
	lab_judgement_destroy(trial->judgement);
	lab_record_finish(&trial->record);
	text_builder_finish(&trial->out);
	free(trial);
}
