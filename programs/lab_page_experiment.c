#include "programs/lab_page_experiment.h"

#include "base/json_writer.h"

static const char *kind_of(enum step_verb verb)
{
	if (verb >= STEP_EXPECT_STATE)
		return "expect";
	if (verb >= STEP_WAIT_TIME)
		return "clock";
	if (verb >= STEP_CABLE_SET)
		return "cable";
	if (verb == STEP_SYSCTL)
		return "sysctl";
	return verb >= STEP_RUN ? "program" : "socket";
}

/* Cables and clocks do nothing at a host, even where the step names one. */
static bool is_of_host(const struct step *step)
{
	bool acts_nowhere = step->verb >= STEP_CABLE_SET && step->verb < STEP_EXPECT_STATE;

	return step->has_host && !step->both_hosts && !acts_nowhere;
}

/* NULL: it is no expectation, or one that this run skips. */
static const struct lab_expectation *expectation_of(const struct lab_judgement *judgement,
						    const struct step *step)
{
	size_t count;
	const struct lab_expectation *all = lab_judgement_expectations(judgement, &count);

	for (size_t i = 0; i < count; i++) {
		if (all[i].step == step)
			return &all[i];
	}
	return NULL;
}

static uint32_t connection_of(const struct lab_page_experiment *page,
			      const struct lab_step_result *result)
{
	return result->connection < page->number_count ? page->numbers[result->connection] : 0;
}

/* Some expectations are judged when all is over: the judgement knows of those. */
static void append_outcome(struct json_writer *json, const struct lab_page_experiment *page,
			   const struct lab_step_result *result)
{
	const struct lab_expectation *expectation =
		expectation_of(page->facts->judgement, result->step);
	const char *told = result->result;

	if (expectation && expectation->difference && !told[0])
		told = expectation->difference;
	json_member_bool(json, "done", expectation ? expectation->judged : result->done);
	json_member_bool(json, "held", expectation ? expectation->held : result->held);
	if (told[0])
		json_member_string(json, "result", told);
}

static void append_step(struct json_writer *json, const struct lab_page_experiment *page,
			const struct lab_step_result *result)
{
	const struct step *step = result->step;
	uint32_t connection = connection_of(page, result);

	json_begin_object(json);
	json_name(json, "line");
	json_unsigned(json, step->line);
	json_member_string(json, "text", step->text);
	if (is_of_host(step))
		json_member_string(json, "host", lab_host_name(step->host));
	if (result->began_ns >= 0)
		json_member_signed_seconds(json, "began", result->began_ns);
	if (result->began_ns >= 0 && result->done)
		json_member_signed_seconds(json, "ended", result->ended_ns);
	append_outcome(json, page, result);
	if (connection > 0) {
		json_name(json, "connection");
		json_unsigned(json, connection);
	}
	json_member_string(json, "kind", kind_of(step->verb));
	json_end_object(json);
}

static void append_steps(struct json_writer *json, const struct lab_page_experiment *page)
{
	const struct lab_record *record = page->facts->record;
	size_t count = record->steps ? record->experiment->step_count : 0;

	json_name(json, "steps");
	json_begin_array(json);
	for (size_t i = 0; i < count; i++) {
		if (record->steps[i].step)
			append_step(json, page, &record->steps[i]);
	}
	json_end_array(json);
}

void lab_page_experiment(struct text_builder *out, const struct lab_page_experiment *page)
{
	const struct experiment *experiment = page->facts->record->experiment;
	struct json_writer json;

	lab_json_experiment(out, page->facts);
	json = json_writer_reopen(out);
	if (experiment->question[0])
		json_member_string(&json, "question", experiment->question);
	if (experiment->explanation[0])
		json_member_string(&json, "explanation", experiment->explanation);
	lab_json_translations(&json, experiment);
	if (page->script) {
		json_name(&json, "script");
		json_string_bytes(&json, page->script, page->script_length);
	}
	append_steps(&json, page);
	json_end_object(&json);
}
