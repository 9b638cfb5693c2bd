#include "relay_load/load_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json_writer.h"

static const struct percentile {
	const char *name;
	uint32_t per_million;
} percentiles[] = {
	{ "p50", 500000 },
	{ "p90", 900000 },
	{ "p99", 990000 },
	{ "p99.9", 999000 },
};

#define PERCENTILE_COUNT (sizeof(percentiles) / sizeof(percentiles[0]))

static uint64_t per_second(uint64_t count, uint64_t ns)
{
	return ns == 0 ? 0 : (uint64_t)((double)count * (double)NS_PER_S / (double)ns + 0.5);
}

static uint64_t bytes_each(uint64_t before, uint64_t after, uint64_t connections)
{
	if (connections == 0 || after < before)
		return 0;
	return (after - before + connections / 2) / connections;
}

/* ---- for people ---- */

/* 1234567 as "1,234,567". */
static void append_grouped(struct text_builder *out, uint64_t value)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text_append(out, ",");
		text_append_bytes(out, digits + i, 1);
	}
}

/* "23.4 us", "1.2 ms": three digits that mean something, right-aligned in 10 columns. */
static void append_duration(struct text_builder *out, uint64_t ns)
{
	if (ns < 1000000)
		text_append_format(out, "%7.1f us", (double)ns / 1e3);
	else if (ns < NS_PER_S)
		text_append_format(out, "%7.1f ms", (double)ns / 1e6);
	else
		text_append_format(out, "%8.2f s", (double)ns / 1e9);
}

static void append_label(struct text_builder *out, const char *label)
{
	text_append_format(out, "  %-24s ", label);
}

static void append_count(struct text_builder *out, const char *label, uint64_t count,
			 const char *unit)
{
	append_label(out, label);
	append_grouped(out, count);
	text_append_format(out, "%s%s\n", *unit ? " " : "", unit);
}

static void append_histogram_head(struct text_builder *out)
{
	append_label(out, "");
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		text_append_format(out, "%10s", percentiles[i].name);
	text_append_format(out, "%10s\n", "max");
}

static void append_histogram(struct text_builder *out, const char *label,
			     const struct latency_histogram *histogram)
{
	if (histogram->count == 0)
		return;
	append_label(out, label);
	for (size_t i = 0; i < PERCENTILE_COUNT; i++)
		append_duration(out, latency_percentile(histogram, percentiles[i].per_million));
	append_duration(out, histogram->max_ns);
	text_append(out, "\n");
}

static void append_title(struct text_builder *out, const struct load_plan *plan,
			 const char *dialect)
{
	text_append_format(out, "%s, %s", dialect, load_kind_name(plan->kind));
	switch (plan->kind) {
	case LOAD_THROUGHPUT:
		text_append_format(out, ": %u pair%s, %u bytes, window %u", plan->pairs,
				   plan->pairs == 1 ? "" : "s", plan->size, plan->window);
		break;
	case LOAD_LATENCY:
		text_append_format(out, ": %u a second, %u bytes, %u pair%s", plan->rate,
				   plan->size, plan->pairs, plan->pairs == 1 ? "" : "s");
		break;
	case LOAD_FAN_OUT:
		text_append_format(out, ": a room of %u, %u bytes, window %u", plan->members,
				   plan->size, plan->window);
		break;
	case LOAD_CONNECTIONS:
		text_append_format(out, ": %u at a time", plan->connections);
		break;
	case LOAD_IDLE_MEMORY:
		break;
	}
	text_append(out, plan->library ? ", through the client library" : "");
	if (plan->idle_beside > 0)
		text_append_format(out, ", beside %u idle", plan->idle_beside);
	if (plan->stalled > 0)
		text_append_format(out, ", beside %u stalled", plan->stalled);
	text_append(out, "\n");
}

static void append_messages(struct text_builder *out, const struct load_plan *plan, bool confirms,
			    const struct load_result *result)
{
	append_count(out, "messages a second", per_second(result->messages, result->measured_ns),
		     plan->kind == LOAD_FAN_OUT ? "to all of the room" : "");
	if (plan->kind == LOAD_FAN_OUT)
		append_count(out, "copies a second",
			     per_second(result->messages * plan->members, result->measured_ns), "");
	append_count(out, "sent, in all", result->all_sent, "");
	append_count(out, "received, in all", result->all_received, "");
	if (confirms)
		append_count(out, "confirmed, in all", result->all_confirmed, "");
	if (result->all_refused > 0) {
		append_label(out, "refused, in all");
		append_grouped(out, result->all_refused);
		text_append_format(out, " (%s)\n",
				   result->last_refusal ? result->last_refusal : "no reason given");
	}
	if (result->all_out_of_order > 0)
		append_count(out, "out of order, in all", result->all_out_of_order, "");
	if (plan->stalled > 0)
		append_count(out, "to stalled readers", result->stalled_sent, "");
	if (result->latency.count == 0)
		return;
	append_histogram_head(out);
	append_histogram(out,
			 plan->kind == LOAD_FAN_OUT ? "until the last has it" : "due to received",
			 &result->latency);
	append_histogram(out, "sent to received", &result->transit);
	append_histogram(out, "due to verdict", &result->verdicts);
	append_histogram(out, "due to sent (ours)", &result->lateness);
}

void load_report_text(struct text_builder *out, const struct load_plan *plan, const char *dialect,
		      bool confirms, const struct load_result *result)
{
	append_title(out, plan, dialect);
	switch (plan->kind) {
	case LOAD_THROUGHPUT:
	case LOAD_LATENCY:
	case LOAD_FAN_OUT:
		append_messages(out, plan, confirms, result);
		break;
	case LOAD_CONNECTIONS:
		append_count(out, "connections a second",
			     per_second(result->connections, result->measured_ns), "");
		append_count(out, "connections", result->connections, "");
		append_histogram_head(out);
		append_histogram(out, "connecting to greeted", &result->latency);
		break;
	case LOAD_IDLE_MEMORY:
		append_count(out, "connections", result->connections, "");
		if (!result->memory_known) {
			append_label(out, "memory of each");
			text_append(out, "not known: name the server by --server-pid\n");
			break;
		}
		if (result->memory_after_bytes <= result->memory_before_bytes) {
			append_label(out, "memory of each");
			text_append(out, "none that shows: the server has held as many before; "
					 "start it anew\n");
			break;
		}
		append_count(out, "memory of each",
			     bytes_each(result->memory_before_bytes, result->memory_after_bytes,
					result->connections),
			     "bytes resident");
		append_count(out, "the server's memory", result->memory_after_bytes / 1024,
			     "KiB resident");
		append_label(out, "");
		text_append(out, "true of a server that was started anew: memory that it took\n");
		append_label(out, "");
		text_append(out, "for earlier connections serves these without a trace\n");
		break;
	}
}

/* ---- for programs ---- */

static void member_histogram(struct json_writer *json, const char *name,
			     const struct latency_histogram *histogram)
{
	if (histogram->count == 0)
		return;
	json_name(json, name);
	json_begin_object(json);
	json_member_unsigned(json, "count", histogram->count);
	json_name(json, "min");
	json_seconds(json, histogram->min_ns);
	json_name(json, "mean");
	json_seconds(json, latency_mean(histogram));
	for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
		json_name(json, percentiles[i].name);
		json_seconds(json, latency_percentile(histogram, percentiles[i].per_million));
	}
	json_name(json, "max");
	json_seconds(json, histogram->max_ns);
	json_end_object(json);
}

static void members_of_plan(struct json_writer *json, const struct load_plan *plan)
{
	if (plan->kind == LOAD_CONNECTIONS) {
		json_member_unsigned(json, "at_a_time", plan->connections);
		return;
	}
	if (plan->kind == LOAD_IDLE_MEMORY)
		return;
	json_member_unsigned(json, "size", plan->size);
	if (plan->kind == LOAD_FAN_OUT)
		json_member_unsigned(json, "members", plan->members);
	else
		json_member_unsigned(json, "pairs", plan->pairs);
	if (plan->kind == LOAD_LATENCY)
		json_member_unsigned(json, "rate", plan->rate);
	else
		json_member_unsigned(json, "window", plan->window);
	json_name(json, "library");
	json_bool(json, plan->library);
	json_member_unsigned(json, "idle_beside", plan->idle_beside);
	json_member_unsigned(json, "stalled", plan->stalled);
}

static void members_of_messages(struct json_writer *json, const struct load_plan *plan,
				bool confirms, const struct load_result *result)
{
	json_member_unsigned(json, "messages", result->messages);
	json_member_unsigned(json, "messages_per_second",
			     per_second(result->messages, result->measured_ns));
	json_member_unsigned(json, "sent_in_all", result->all_sent);
	json_member_unsigned(json, "messages_in_all", result->all_received);
	if (confirms)
		json_member_unsigned(json, "confirmed_in_all", result->all_confirmed);
	json_member_unsigned(json, "refused_in_all", result->all_refused);
	json_member_unsigned(json, "out_of_order_in_all", result->all_out_of_order);
	if (result->last_refusal) {
		json_name(json, "last_refusal");
		json_string(json, result->last_refusal);
	}
	if (plan->stalled > 0) {
		json_member_unsigned(json, "stalled_sent", result->stalled_sent);
		json_member_unsigned(json, "stalled_refused", result->stalled_refused);
	}
	member_histogram(json, "latency", &result->latency);
	member_histogram(json, "transit", &result->transit);
	member_histogram(json, "verdicts", &result->verdicts);
	member_histogram(json, "lateness", &result->lateness);
}

static void members_of_memory(struct json_writer *json, const struct load_result *result)
{
	json_member_unsigned(json, "connections", result->connections);
	if (!result->memory_known)
		return;
	json_member_unsigned(json, "bytes_per_connection",
			     bytes_each(result->memory_before_bytes, result->memory_after_bytes,
					result->connections));
	json_member_unsigned(json, "private_bytes_per_connection",
			     bytes_each(result->private_before_bytes, result->private_after_bytes,
					result->connections));
	json_member_unsigned(json, "memory_before", result->memory_before_bytes);
	json_member_unsigned(json, "memory_after", result->memory_after_bytes);
}

void load_report_json(struct text_builder *out, const struct load_plan *plan, const char *dialect,
		      bool confirms, const struct load_result *result)
{
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "bench");
	json_name(&json, "kind");
	json_string(&json, load_kind_name(plan->kind));
	json_name(&json, "dialect");
	json_string(&json, dialect);
	json_name(&json, "seconds");
	json_seconds(&json, result->measured_ns);
	members_of_plan(&json, plan);
	switch (plan->kind) {
	case LOAD_THROUGHPUT:
	case LOAD_LATENCY:
	case LOAD_FAN_OUT:
		members_of_messages(&json, plan, confirms, result);
		break;
	case LOAD_CONNECTIONS:
		json_member_unsigned(&json, "connections", result->connections);
		json_member_unsigned(&json, "connections_per_second",
				     per_second(result->connections, result->measured_ns));
		member_histogram(&json, "latency", &result->latency);
		break;
	case LOAD_IDLE_MEMORY:
		members_of_memory(&json, result);
		break;
	}
	json_end_object(&json);
	text_append(out, "\n");
}
