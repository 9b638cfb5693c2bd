#include "programs/lab_json.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "programs/lab_json_kernel.h"
#include "programs/lab_transcript.h"
#include "report/trace_json.h"

void lab_json_connection(struct text_builder *out, const char *experiment,
			 const struct lab_inferred_connection *connection)
{
	struct json_writer json;

	trace_json_connection(out, connection->connection);
	json = json_writer_reopen(out);
	json_member_string(&json, "experiment", experiment);
	json_name(&json, "hosts");
	json_begin_object(&json);
	json_member_string(&json, "client", lab_host_name(connection->hosts[TCP_CLIENT]));
	json_member_string(&json, "server", lab_host_name(connection->hosts[TCP_SERVER]));
	json_end_object(&json);
	json_end_object(&json);
}

static void append_fate(struct json_writer *json, const struct lab_segment *seen)
{
	json_name(json, "sent");
	json_signed_seconds(json, seen->sent_ns);
	if (seen->lost) {
		json_member_string(json, "lost", seen->why);
	} else if (seen->delivered_ns >= 0) {
		json_name(json, "delivered");
		json_signed_seconds(json, seen->delivered_ns);
	}
	if (!seen->lost && seen->why[0])
		json_member_string(json, "cable", seen->why);
	if (seen->forged)
		json_member_bool(json, "forged", true);
	if (seen->changed)
		json_member_bool(json, "changed", true);
}

/* What each host's own capture tells of it, where it does: only that one knows what arrived. */
static void take_states(const struct lab_inferred_segment *segment, struct segment_facts *facts)
{
	enum tcp_side from = facts->from;
	enum tcp_side to = tcp_other_side(from);
	const struct lab_end_state *sent = &segment->ends[LAB_SENT];
	const struct lab_end_state *delivered = &segment->ends[LAB_DELIVERED];

	if (sent->inferred)
		facts->states[from] = sent->by_wire;
	if (delivered->inferred)
		facts->states[to] = delivered->by_wire;
	else if (!delivered->happened)
		facts->states[to] = facts->before[to];
}

void lab_json_segment(struct text_builder *out, const char *experiment,
		      const struct lab_inferred_segment *segment, bool with_info)
{
	const struct lab_segment *seen = segment->segment;
	struct segment_facts facts = *segment->facts;
	struct json_writer json;

	take_states(segment, &facts);
	trace_json_segment(out, segment->connection, &facts);
	json = json_writer_reopen(out);
	json_member_string(&json, "experiment", experiment);
	json_member_string(&json, "host", lab_host_name(seen->from));
	append_fate(&json, seen);
	if (segment->copy_of > 0)
		json_member_unsigned(&json, "copy_of", segment->copy_of);
	if (segment->overtaken_by > 0)
		json_member_unsigned(&json, "overtaken_by", segment->overtaken_by);
	lab_json_kernel(&json, segment, with_info);
	json_end_object(&json);
}

static void append_expectations(struct json_writer *json, const struct lab_judgement *judgement)
{
	size_t count;
	const struct lab_expectation *expectations = lab_judgement_expectations(judgement, &count);

	json_name(json, "expectations");
	json_begin_array(json);
	for (size_t i = 0; i < count; i++) {
		const struct lab_expectation *expectation = &expectations[i];

		json_begin_object(json);
		json_member_string(json, "text", expectation->text);
		json_member_bool(json, "held", expectation->held);
		json_member_unsigned(json, "line", expectation->step->line);
		if (!expectation->judged)
			json_member_bool(json, "judged", false);
		if (expectation->difference)
			json_member_string(json, "difference", expectation->difference);
		json_end_object(json);
	}
	json_end_array(json);
}

static void append_unused_rules(struct json_writer *json, const struct lab_record *record)
{
	const struct step *step;
	size_t at = 0;

	json_name(json, "unused_rules");
	json_begin_array(json);
	while ((step = lab_record_next_unused_rule(record, &at))) {
		json_begin_object(json);
		json_member_string(json, "text", step->text);
		json_member_unsigned(json, "line", step->line);
		json_end_object(json);
	}
	json_end_array(json);
}

static void append_differences(struct json_writer *json, const char *name,
			       const struct lab_difference *differences, size_t count)
{
	json_name(json, name);
	json_begin_array(json);
	for (size_t i = 0; i < count; i++) {
		const struct lab_difference *difference = &differences[i];

		json_begin_object(json);
		json_member_unsigned(json, "frame", difference->frame);
		json_member_unsigned(json, "connection", difference->connection);
		json_member_string(json, "host", lab_host_name(difference->host));
		json_member_string(json, "moment",
				   difference->moment == LAB_SENT ? "sent" : "delivered");
		json_member_string(json, "by_wire", tcp_state_name(difference->by_wire));
		json_member_string(json, "kernel", tcp_state_name(difference->kernel));
		if (difference->reason)
			json_member_string(json, "reason", difference->reason);
		json_end_object(json);
	}
	json_end_array(json);
}

static void append_states(struct json_writer *json, const struct lab_states *states)
{
	json_name(json, "states");
	json_begin_object(json);
	json_member_unsigned(json, "compared", states->compared);
	json_member_unsigned(json, "agreed", states->agreed);
	append_differences(json, "left_out", states->left_outs, states->left_out_count);
	append_differences(json, "differences", states->differences, states->difference_count);
	if (states->not_asked > 0)
		json_member_unsigned(json, "not_asked", states->not_asked);
	json_end_object(json);
}

static void append_end(struct json_writer *json, const struct lab_program_result *program)
{
	json_name(json, "exit");
	if (program->ended && program->exit_status >= 0)
		json_signed(json, program->exit_status);
	else
		json_null(json);
	json_name(json, "signal");
	if (program->signal > 0) {
		const char *name = sigabbrev_np(program->signal);
		char whole[32];

		(void)snprintf(whole, sizeof(whole), "SIG%s", name ? name : "?");
		json_string(json, whole);
	} else {
		json_null(json);
	}
}

static void append_program(struct json_writer *json, const struct lab_program_result *program)
{
	size_t shown = program->output_length < LAB_JSON_OUTPUT_MAX_BYTES
			       ? program->output_length
			       : LAB_JSON_OUTPUT_MAX_BYTES;
	uint64_t dropped = program->output_dropped + (program->output_length - shown);

	json_begin_object(json);
	json_member_string(json, "host", lab_host_name(program->host));
	if (program->name[0])
		json_member_string(json, "name", program->name);
	json_member_string(json, "command", program->command);
	append_end(json, program);
	if (!program->ran)
		json_member_string(json, "error", strerror(program->error));
	if (program->killed_by_us)
		json_member_bool(json, "ended_by_lab", true);
	json_name(json, "output");
	json_string_bytes(json, program->output ? program->output : "", shown);
	if (dropped > 0)
		json_member_unsigned(json, "output_dropped", dropped);
	json_end_object(json);
}

static void append_programs(struct json_writer *json, const struct lab_record *record)
{
	json_name(json, "programs");
	json_begin_array(json);
	for (size_t i = 0; i < record->program_count; i++)
		append_program(json, &record->programs[i]);
	json_end_array(json);
}

static const char *kind_name(enum lab_entry_kind kind)
{
	static const char *const names[] = {
		[LAB_ENTRY_STARTED] = "started",
		[LAB_ENTRY_TYPED] = "typed",
		[LAB_ENTRY_INPUT_ENDED] = "input-ended",
		[LAB_ENTRY_SIGNALLED] = "signalled",
		[LAB_ENTRY_PRINTED] = "printed",
		[LAB_ENTRY_LEFT_OUT] = "left-out",
		[LAB_ENTRY_DROPPED] = "dropped",
		[LAB_ENTRY_ENDED] = "ended",
		[LAB_ENTRY_CABLE] = "cable",
	};

	return names[kind];
}

static void append_entry(struct json_writer *json, const struct lab_record *record,
			 const struct lab_entry *entry)
{
	json_begin_object(json);
	json_name(json, "time");
	json_signed_seconds(json, entry->at_ns);
	json_member_string(json, "kind", kind_name(entry->kind));
	if (entry->program < record->program_count)
		json_member_unsigned(json, "program", entry->program);
	if (entry->length > 0 || entry->kind == LAB_ENTRY_PRINTED) {
		json_name(json, "text");
		json_string_bytes(json, entry->text, entry->length);
	}
	if (entry->untimed)
		json_member_bool(json, "untimed", true);
	json_end_object(json);
}

/* All in the order of time; "program" is a place in "programs". */
static void append_transcript(struct json_writer *json, const struct lab_record *record)
{
	struct lab_transcript *transcript = lab_transcript_create(record, true);
	struct lab_entry entry;
	size_t bytes = 0;
	uint64_t left_out = 0;

	if (!transcript)
		return;
	json_name(json, "transcript");
	json_begin_array(json);
	while (lab_transcript_next(transcript, &entry)) {
		bytes += entry.kind == LAB_ENTRY_PRINTED ? LAB_JSON_ENTRY_BYTES + entry.length : 0;
		if (entry.kind == LAB_ENTRY_PRINTED && bytes > LAB_JSON_TRANSCRIPT_MAX_BYTES)
			left_out++;
		else
			append_entry(json, record, &entry);
	}
	json_end_array(json);
	if (left_out > 0)
		json_member_unsigned(json, "transcript_left_out", left_out);
	lab_transcript_destroy(transcript);
}

static void append_retransmitted(struct json_writer *json, const struct lab_record *record)
{
	json_name(json, "kernel_retransmissions");
	json_begin_object(json);
	for (int i = 0; i < LAB_HOSTS; i++) {
		if (record->has_counts[i])
			json_member_unsigned(json, lab_host_name((enum lab_host)i),
					     record->counts[i].values[LAB_COUNTER_SENT_AGAIN]);
	}
	json_end_object(json);
}

static void begin_experiment(struct json_writer *json, const struct experiment *experiment,
			     bool passed)
{
	json_begin_object(json);
	json_member_string(json, "type", "experiment");
	json_member_string(json, "experiment", experiment->name);
	json_member_string(json, "name", experiment->name);
	json_member_string(json, "title", experiment->title);
	json_member_bool(json, "passed", passed);
}

void lab_json_experiment(struct text_builder *out, const struct lab_json_facts *facts)
{
	const struct lab_record *record = facts->record;
	struct json_writer json = json_writer_on(out);

	begin_experiment(&json, record->experiment,
			 lab_judgement_passed(facts->judgement) && !facts->save_problem[0]);
	if (record->failed)
		json_member_string(&json, "failure", record->failure);
	else if (facts->save_problem[0])
		json_member_string(&json, "failure", facts->save_problem);
	if (record->interrupted)
		json_member_bool(&json, "interrupted", true);
	json_member_unsigned(&json, "seed", record->seed);
	json_name(&json, "duration");
	json_signed_seconds(&json, record->duration_ns);
	json_member_unsigned(&json, "connections", facts->connections);
	json_member_unsigned(&json, "segments", record->segment_count);
	append_expectations(&json, facts->judgement);
	append_unused_rules(&json, record);
	append_states(&json, facts->states);
	append_retransmitted(&json, record);
	append_programs(&json, record);
	if (record->program_count > 0)
		append_transcript(&json, record);
	json_member_string(&json, "settings", record->world);
	if (record->lacks[0])
		json_member_string(&json, "lacks", record->lacks);
	if (record->not_recorded > 0)
		json_member_unsigned(&json, "not_recorded", record->not_recorded);
	if (facts->saved_count > 0) {
		json_name(&json, "saved");
		json_begin_array(&json);
		for (size_t i = 0; i < facts->saved_count; i++)
			json_string(&json, facts->saved[i]);
		json_end_array(&json);
	}
	json_end_object(&json);
}

void lab_json_translations(struct json_writer *json, const struct experiment *experiment)
{
	if (experiment->translation_count == 0)
		return;
	json_name(json, "translations");
	json_begin_object(json);
	for (size_t i = 0; i < experiment->translation_count; i++) {
		const struct experiment_translation *translation = &experiment->translations[i];

		json_name(json, translation->language);
		json_begin_object(json);
		if (translation->title)
			json_member_string(json, "title", translation->title);
		if (translation->question)
			json_member_string(json, "question", translation->question);
		if (translation->explanation)
			json_member_string(json, "explanation", translation->explanation);
		json_end_object(json);
	}
	json_end_object(json);
}

void lab_json_broken(struct text_builder *out, const struct experiment *experiment,
		     const char *failure)
{
	struct json_writer json = json_writer_on(out);

	begin_experiment(&json, experiment, false);
	json_member_string(&json, "failure", failure);
	json_end_object(&json);
}
