#include "report/trace_json.h"

#include "base/json_writer.h"
#include "report/conversation.h"
#include "report/finding_text.h"
#include "report/story.h"

/* A sentence or a story; both are far below it. */
#define TEXT_MAX_BYTES (64u * 1024)
#define MESSAGES_MAX 64u /* listed of one connection; more are counted */

/* What may happen and mostly does not. */
static void add_count(struct json_writer *json, const char *name, uint64_t value)
{
	if (value > 0)
		json_member_unsigned(json, name, value);
}

static void add_true(struct json_writer *json, const char *name, bool value)
{
	if (!value)
		return;
	json_name(json, name);
	json_bool(json, true);
}

static void add_endpoint(struct json_writer *json, const char *name, const struct tcp_end *end)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(&end->address, end->port, text);
	json_member_string(json, name, text);
}

/* Distinct ones only, in order; 0 is no frame. */
static void add_frames(struct json_writer *json, const uint64_t *frames, size_t count)
{
	uint64_t sorted[8];
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < sizeof(sorted) / sizeof(sorted[0]); i++) {
		size_t at = 0;

		while (at < kept && sorted[at] < frames[i])
			at++;
		if (frames[i] == 0 || (at < kept && sorted[at] == frames[i]))
			continue;
		for (size_t j = kept; j > at; j--)
			sorted[j] = sorted[j - 1];
		sorted[at] = frames[i];
		kept++;
	}
	if (kept == 0)
		return;
	json_name(json, "frames");
	json_begin_array(json);
	for (size_t i = 0; i < kept; i++)
		json_unsigned(json, sorted[i]);
	json_end_array(json);
}

/* What both offered, and so what holds. Nothing where one of the SYNs is not in the file. */
static void add_agreed(struct json_writer *json, const struct tcp_connection *connection)
{
	const struct tcp_offer *client = &connection->ends[TCP_CLIENT].offer;
	const struct tcp_offer *server = &connection->ends[TCP_SERVER].offer;
	uint32_t both = client->has & server->has;
	bool asks =
		(client->flags & (TCP_FLAG_ECE | TCP_FLAG_CWR)) == (TCP_FLAG_ECE | TCP_FLAG_CWR);
	bool grants = (server->flags & (TCP_FLAG_ECE | TCP_FLAG_CWR)) == TCP_FLAG_ECE;

	if (!client->seen || !server->seen)
		return;
	json_name(json, "agreed");
	json_begin_object(json);
	json_name(json, "window_scale");
	json_bool(json, both & TCP_HAS_WINDOW_SCALE);
	json_name(json, "sack");
	json_bool(json, both & TCP_HAS_SACK_PERMITTED);
	json_name(json, "timestamps");
	json_bool(json, both & TCP_HAS_TIMESTAMPS);
	json_name(json, "ecn");
	json_bool(json, asks && grants);
	json_end_object(json);
}

static void add_programs(struct json_writer *json, const struct tcp_connection *connection)
{
	const struct tcp_program *programs = connection->programs;

	if (programs[TCP_CLIENT].process == 0 && programs[TCP_SERVER].process == 0)
		return;
	json_name(json, "programs");
	json_begin_array(json);
	for (unsigned side = 0; side < 2; side++) {
		if (programs[side].process == 0)
			continue;
		json_begin_object(json);
		json_member_string(json, "side", tcp_side_name((enum tcp_side)side));
		json_member_string(json, "name", programs[side].name);
		json_member_unsigned(json, "pid", (uint64_t)programs[side].process);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_opening(struct json_writer *json, const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;
	uint64_t frames[] = { opening->syn_frame, opening->syn_ack_frame, opening->ack_frame,
			      opening->refused_frame };

	json_name(json, "opening");
	json_begin_object(json);
	json_member_string(json, "kind", tcp_opening_name(opening->kind));
	if (opening->has_rtt)
		json_member_signed_seconds(json, "rtt", opening->rtt_ns);
	if (opening->kind != OPENING_MIDSTREAM)
		add_frames(json, frames, sizeof(frames) / sizeof(frames[0]));
	add_agreed(json, connection);
	json_end_object(json);
}

static void add_closing(struct json_writer *json, const struct closing *closing)
{
	uint64_t frames[] = { closing->fin_frame[0], closing->fin_ack_frame[0],
			      closing->fin_frame[1], closing->fin_ack_frame[1],
			      closing->reset_frame };

	json_name(json, "closing");
	json_begin_object(json);
	json_member_string(json, "kind", tcp_closing_name(closing->kind));
	if (closing->has_first)
		json_member_string(json, "first", tcp_side_name(closing->first));
	add_count(json, "segments", closing->segments);
	if (closing->has_time_wait)
		json_member_string(json, "time_wait", tcp_side_name(closing->time_wait));
	add_frames(json, frames, sizeof(frames) / sizeof(frames[0]));
	json_end_object(json);
}

static void add_offer(struct json_writer *json, const struct tcp_offer *offer)
{
	if (!offer->seen)
		return;
	json_name(json, "offer");
	json_begin_object(json);
	if (offer->has & TCP_HAS_MSS)
		json_member_unsigned(json, "mss", offer->mss);
	if (offer->has & TCP_HAS_WINDOW_SCALE)
		json_member_unsigned(json, "window_scale", offer->window_scale);
	json_member_unsigned(json, "window", offer->window);
	add_true(json, "sack_permitted", offer->has & TCP_HAS_SACK_PERMITTED);
	add_true(json, "timestamps", offer->has & TCP_HAS_TIMESTAMPS);
	add_true(json, "fast_open", offer->has & TCP_HAS_FAST_OPEN);
	add_true(json, "mptcp", offer->has & TCP_HAS_MPTCP);
	add_true(json, "md5", offer->has & TCP_HAS_MD5);
	add_true(json, "ao", offer->has & TCP_HAS_AO);
	add_true(json, "ecn", offer->flags & TCP_FLAG_ECE);
	json_end_object(json);
}

static void add_round_trips(struct json_writer *json, const struct recovery_side *side)
{
	if (side->rtt_samples == 0)
		return;
	json_name(json, "rtt");
	json_begin_object(json);
	json_member_signed_seconds(json, "min", side->least_rtt_ns);
	json_member_signed_seconds(json, "mean", (int64_t)(side->rtt_sum_ns / side->rtt_samples));
	json_member_signed_seconds(json, "max", side->largest_rtt_ns);
	json_member_unsigned(json, "samples", side->rtt_samples);
	json_end_object(json);
}

static void add_end(struct json_writer *json, const struct tcp_connection *connection,
		    enum tcp_side side)
{
	const struct tcp_end *end = &connection->ends[side];

	json_name(json, side == TCP_CLIENT ? "from_client" : "from_server");
	json_begin_object(json);
	json_member_unsigned(json, "segments", end->segments);
	json_member_unsigned(json, "bytes", end->bytes);
	json_member_unsigned(json, "retransmissions", end->retransmissions);
	add_count(json, "captured_twice", end->captured_twice);
	add_count(json, "largest_payload", end->largest_payload);
	add_round_trips(json, &connection->recovery.sides[side]);
	add_offer(json, &end->offer);
	json_end_object(json);
}

static void add_labels(struct json_writer *json, const uint64_t counts[LABEL_COUNT])
{
	json_name(json, "labels");
	json_begin_object(json);
	for (unsigned label = 0; label < LABEL_COUNT; label++)
		add_count(json, tcp_label_name((enum tcp_label)label), counts[label]);
	json_end_object(json);
}

static void add_ledger(struct json_writer *json, const struct ledger *ledger)
{
	json_name(json, "ledger");
	json_begin_object(json);
	for (unsigned part = 0; part < LEDGER_PART_COUNT; part++)
		json_member_signed_seconds(json, tcp_ledger_part_name((enum tcp_ledger_part)part),
					   ledger->parts_ns[part]);
	json_end_object(json);
}

static const char *limit_name(int64_t limit)
{
	static const char *const names[] = {
		[LIMIT_NOTHING] = NULL,      [LIMIT_CLIENT] = "client",
		[LIMIT_SERVER] = "server",   [LIMIT_ROUND_TRIPS] = "round-trips",
		[LIMIT_LOSS] = "loss",       [LIMIT_WINDOW] = "window",
		[LIMIT_IDLE] = "idle",       [LIMIT_OPENING] = "opening",
		[LIMIT_CLOSING] = "closing",
	};

	return limit >= 0 && limit < (int64_t)(sizeof(names) / sizeof(names[0])) ? names[limit]
										 : NULL;
}

static void add_limit(struct json_writer *json, const struct tcp_connection *connection)
{
	const struct tcp_finding *finding =
		findings_find(&connection->findings, FINDING_LIMIT, TCP_BOTH_SIDES);
	const char *name = finding ? limit_name(finding->values[2]) : NULL;

	if (name)
		json_member_string(json, "limit", name);
}

static void add_turns(struct json_writer *json, const struct dialogue *dialogue)
{
	if (!dialogue->keeps_turns)
		return;
	json_member_unsigned(json, "turn_count", dialogue->turn_count);
	json_name(json, "turns");
	json_begin_array(json);
	for (uint32_t i = 0; i < dialogue->turns_kept; i++) {
		const struct dialogue_turn *turn = &dialogue->turns[i];

		json_begin_object(json);
		json_member_string(json, "from", tcp_side_name(turn->speaker));
		json_member_unsigned(json, "bytes", turn->bytes);
		json_member_unsigned(json, "first_frame", turn->first_frame);
		json_member_unsigned(json, "last_frame", turn->last_frame);
		json_member_signed_seconds(json, "start", turn->start_ns);
		json_member_signed_seconds(json, "end", turn->end_ns);
		if (turn->thought_ns >= 0)
			json_member_signed_seconds(json, "thought", turn->thought_ns);
		json_end_object(json);
	}
	json_end_array(json);
}

/* What it was about, and its messages one by one, as far as the kept bytes tell. */
static void add_conversation(struct json_writer *json, const struct tcp_connection *connection,
			     struct text_builder *scratch)
{
	const char *protocol = conversation_protocol(connection);
	struct conversation conversation;
	struct conversation_line line;
	unsigned count = 0;

	if (!protocol)
		return;
	json_member_string(json, "protocol", protocol);
	text_builder_clear(scratch);
	if (conversation_name(connection, scratch))
		json_member_string(json, "name", text_builder_text(scratch));
	json_name(json, "messages");
	json_begin_array(json);
	conversation_begin(&conversation, connection);
	for (; count < MESSAGES_MAX && conversation_next(&conversation, &line); count++) {
		json_begin_object(json);
		json_member_string(json, "from", tcp_side_name(line.from));
		json_member_unsigned(json, "frame", line.frame);
		json_member_signed_seconds(json, "time", line.time_ns);
		json_member_unsigned(json, "bytes", line.bytes);
		json_member_string(json, "name", line.name);
		if (line.detail[0] != '\0')
			json_member_string(json, "detail", line.detail);
		json_name(json, "whole");
		json_bool(json, line.whole);
		json_end_object(json);
	}
	json_end_array(json);
	for (count = 0; conversation_next(&conversation, &line);)
		count++;
	add_count(json, "messages_left_out", count);
	conversation_finish(&conversation);
}

static void add_finding(struct json_writer *json, const struct tcp_connection *connection,
			const struct tcp_finding *finding, struct text_builder *scratch)
{
	text_builder_clear(scratch);
	finding_text(scratch, connection, finding);
	json_begin_object(json);
	json_member_string(json, "kind", tcp_finding_name(finding->kind));
	if (finding->side != TCP_BOTH_SIDES)
		json_member_string(json, "side", tcp_side_name(finding->side));
	if (finding->cause != CAUSE_NONE)
		json_member_string(json, "cause", tcp_cause_name(finding->cause));
	add_count(json, "count", finding->count);
	json_name(json, "frames");
	json_begin_array(json);
	for (uint32_t i = 0; i < finding->frame_count; i++)
		json_unsigned(json, finding->frames[i]);
	json_end_array(json);
	json_member_string(json, "confidence", tcp_confidence_name(finding->confidence));
	json_member_string(json, "text", text_builder_text(scratch));
	json_end_object(json);
}

static void add_findings(struct json_writer *json, const struct tcp_connection *connection,
			 struct text_builder *scratch)
{
	json_name(json, "findings");
	json_begin_array(json);
	for (uint32_t i = 0; i < connection->findings.count; i++)
		add_finding(json, connection, &connection->findings.list[i], scratch);
	json_end_array(json);
	add_count(json, "findings_left_out", connection->findings.left_out);
}

static void add_states(struct json_writer *json, const struct tcp_connection *connection)
{
	json_name(json, "states");
	json_begin_object(json);
	json_member_string(json, "client", tcp_state_name(connection->states[TCP_CLIENT]));
	json_member_string(json, "server", tcp_state_name(connection->states[TCP_SERVER]));
	json_end_object(json);
}

void trace_json_connection(struct text_builder *out, const struct tcp_connection *connection)
{
	struct json_writer json = json_writer_on(out);
	struct text_builder scratch;

	text_builder_init(&scratch, TEXT_MAX_BYTES);
	json_begin_object(&json);
	json_member_string(&json, "type", "connection");
	json_member_unsigned(&json, "number", connection->number);
	add_endpoint(&json, "client", &connection->ends[TCP_CLIENT]);
	add_endpoint(&json, "server", &connection->ends[TCP_SERVER]);
	add_programs(&json, connection);
	json_member_unsigned(&json, "first_frame", connection->first_frame);
	json_member_unsigned(&json, "last_frame", connection->last_frame);
	json_member_signed_seconds(&json, "start", connection->start_ns);
	json_member_signed_seconds(&json, "duration", connection->end_ns - connection->start_ns);
	add_opening(&json, connection);
	add_closing(&json, &connection->closing);
	add_states(&json, connection);
	add_end(&json, connection, TCP_CLIENT);
	add_end(&json, connection, TCP_SERVER);
	add_labels(&json, connection->label_counts);
	add_ledger(&json, &connection->ledger);
	add_limit(&json, connection);
	add_true(&json, "evicted", connection->evicted);
	add_conversation(&json, connection, &scratch);
	add_turns(&json, &connection->dialogue);
	add_findings(&json, connection, &scratch);
	text_builder_clear(&scratch);
	story_text(&scratch, connection);
	json_member_string(&json, "story", text_builder_text(&scratch));
	json_end_object(&json);
	text_builder_finish(&scratch);
}

typedef const char *(*name_function)(unsigned index);

static const char *opening_name(unsigned index)
{
	return tcp_opening_name((enum tcp_opening)index);
}

static const char *closing_name(unsigned index)
{
	return tcp_closing_name((enum tcp_closing)index);
}

static const char *cause_name(unsigned index)
{
	return tcp_cause_name((enum tcp_cause)index);
}

static const char *finding_name(unsigned index)
{
	return tcp_finding_name((enum tcp_finding_kind)index);
}

static void add_counts(struct json_writer *json, const char *name, const uint64_t *counts,
		       unsigned count, name_function name_of)
{
	json_name(json, name);
	json_begin_object(json);
	for (unsigned i = 0; i < count; i++)
		add_count(json, name_of(i), counts[i]);
	json_end_object(json);
}

static void add_side_totals(struct json_writer *json, const char *name,
			    const struct tcp_totals *totals, enum tcp_side side)
{
	json_name(json, name);
	json_begin_object(json);
	json_member_unsigned(json, "segments", totals->side_segments[side]);
	json_member_unsigned(json, "bytes", totals->bytes[side]);
	json_member_unsigned(json, "retransmissions", totals->retransmissions[side]);
	json_end_object(json);
}

void trace_json_file(struct text_builder *out, const struct tcp_totals *totals,
		     const char *const *problems, size_t problem_count)
{
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_member_string(&json, "type", "file");
	json_member_unsigned(&json, "packets", totals->packets);
	json_member_unsigned(&json, "tcp", totals->segments);
	json_member_unsigned(&json, "connections", totals->connections);
	json_name(&json, "problems");
	json_begin_array(&json);
	for (size_t i = 0; i < problem_count; i++)
		json_string(&json, problems[i]);
	json_end_array(&json);
	if (totals->packets > 0) {
		json_member_signed_seconds(&json, "start", totals->first_ns);
		json_member_signed_seconds(&json, "duration", totals->last_ns - totals->first_ns);
	}
	add_count(&json, "fragments", totals->fragments);
	add_count(&json, "icmp_errors", totals->icmp_errors);
	add_count(&json, "damaged", totals->damaged);
	add_count(&json, "bad_checksums", totals->bad_checksums);
	add_count(&json, "evicted", totals->evicted);
	add_count(&json, "backwards", totals->backwards);
	add_side_totals(&json, "from_client", totals, TCP_CLIENT);
	add_side_totals(&json, "from_server", totals, TCP_SERVER);
	add_counts(&json, "openings", totals->openings, OPENING_COUNT, opening_name);
	add_counts(&json, "closings", totals->closings, CLOSING_COUNT, closing_name);
	add_labels(&json, totals->labels);
	add_counts(&json, "causes", totals->causes, CAUSE_COUNT, cause_name);
	add_counts(&json, "findings", totals->findings, FINDING_COUNT, finding_name);
	json_end_object(&json);
}
