#include "relay_load/load_options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "relay_load/load_stamp.h"

#define KIND(kind) (1u << (kind))
#define ALL_KINDS (KIND(LOAD_KINDS) - 1)
#define MESSAGES (KIND(LOAD_THROUGHPUT) | KIND(LOAD_LATENCY) | KIND(LOAD_FAN_OUT))
#define PAIRED (KIND(LOAD_THROUGHPUT) | KIND(LOAD_LATENCY))

enum option_shape {
	SHAPE_FLAG,
	SHAPE_TEXT,
	SHAPE_NUMBER,
	SHAPE_SECONDS,
};

/* One row an option. */
struct option_row {
	const char *name;
	enum option_shape shape;
	unsigned kinds; /* KIND() of those that take it */
	uint32_t min;   /* of a number */
	uint32_t max;
	size_t at; /* where in struct load_options its value goes */
};

#define PLAN(member) offsetof(struct load_options, plan.member)

static const struct option_row rows[] = {
	{ "server", SHAPE_TEXT, ALL_KINDS, 0, 0, PLAN(server) },
	{ "pairs", SHAPE_NUMBER, PAIRED, 1, LOAD_PAIRS_MAX, PLAN(pairs) },
	{ "window", SHAPE_NUMBER, KIND(LOAD_THROUGHPUT) | KIND(LOAD_FAN_OUT), 1, LOAD_WINDOW_MAX,
	  PLAN(window) },
	{ "size", SHAPE_NUMBER, MESSAGES, LOAD_STAMP_BYTES, LOAD_SIZE_MAX, PLAN(size) },
	{ "rate", SHAPE_NUMBER, KIND(LOAD_LATENCY), 1, LOAD_RATE_MAX, PLAN(rate) },
	{ "seconds", SHAPE_SECONDS, MESSAGES | KIND(LOAD_CONNECTIONS), 0, 0, PLAN(measured_ns) },
	{ "warm-up", SHAPE_SECONDS, MESSAGES | KIND(LOAD_CONNECTIONS), 0, 0, PLAN(warm_up_ns) },
	{ "members", SHAPE_NUMBER, KIND(LOAD_FAN_OUT), 1, LOAD_CONNECTIONS_MAX, PLAN(members) },
	{ "connections", SHAPE_NUMBER, KIND(LOAD_CONNECTIONS) | KIND(LOAD_IDLE_MEMORY), 1,
	  LOAD_CONNECTIONS_MAX, PLAN(connections) },
	{ "idle-beside", SHAPE_NUMBER, MESSAGES, 0, LOAD_CONNECTIONS_MAX, PLAN(idle_beside) },
	{ "stalled", SHAPE_NUMBER, MESSAGES, 0, LOAD_PAIRS_MAX, PLAN(stalled) },
	{ "server-pid", SHAPE_NUMBER, KIND(LOAD_IDLE_MEMORY), 1, INT32_MAX, PLAN(server_pid) },
	{ "library", SHAPE_FLAG, PAIRED, 0, 0, PLAN(library) },
	{ "json", SHAPE_FLAG, ALL_KINDS, 0, 0, offsetof(struct load_options, json) },
	{ "dialect", SHAPE_TEXT, ALL_KINDS, 0, 0, offsetof(struct load_options, dialect) },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* A word from the command line in a sentence: short, and nothing that a terminal obeys. */
static const char *shown(const char *word, char out[48])
{
	size_t length = 0;

	for (; length < 47 && word[length]; length++)
		out[length] = word[length] >= ' ' && word[length] <= '~' ? word[length] : '?';
	out[length] = '\0';
	return out;
}

static bool take_value(const struct option_row *row, const char *value, struct load_options *out)
{
	void *at = (char *)out + row->at;
	uint64_t number;
	char text[48];

	switch (row->shape) {
	case SHAPE_FLAG:
		*(bool *)at = true;
		return true;
	case SHAPE_TEXT:
		*(const char **)at = value;
		return true;
	case SHAPE_NUMBER:
		if (decimal_parse(value, row->min, row->max, &number)) {
			*(uint32_t *)at = (uint32_t)number;
			return true;
		}
		(void)snprintf(out->problem, sizeof(out->problem),
			       "--%s wants a whole number from %u to %u, not \"%s\"", row->name,
			       row->min, row->max, shown(value, text));
		return false;
	case SHAPE_SECONDS:
		break;
	}
	if (duration_parse(value, LOAD_SECONDS_MAX * NS_PER_S, at))
		return true;
	(void)snprintf(out->problem, sizeof(out->problem),
		       "--%s wants seconds, such as 3 or 0.5, up to %u, not \"%s\"", row->name,
		       LOAD_SECONDS_MAX, shown(value, text));
	return false;
}

static bool refuse_option(const char *word, struct load_options *out)
{
	char text[48];

	(void)snprintf(out->problem, sizeof(out->problem), "there is no option %s",
		       shown(word, text));
	return false;
}

static const struct option_row *find_row(const char *name, size_t length)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
			return &rows[i];
	}
	return NULL;
}

bool load_options_set(struct load_options *out, const char *name, const char *value)
{
	const struct option_row *row = find_row(name, strlen(name));

	if (!row)
		return refuse_option(name, out);
	if (row->shape == SHAPE_FLAG && value) {
		(void)snprintf(out->problem, sizeof(out->problem), "--%s takes no value",
			       row->name);
		return false;
	}
	if (row->shape != SHAPE_FLAG && !value) {
		(void)snprintf(out->problem, sizeof(out->problem), "--%s wants a value behind it",
			       row->name);
		return false;
	}
	out->given |= 1u << (row - rows);
	return take_value(row, value, out);
}

/* *at: the word that is looked at, and after it the last one that belongs to it. */
static bool take_option(int count, char **words, int *at, bool takes_dialect,
			struct load_options *out)
{
	const char *name = words[*at] + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] ? name + length + 1 : NULL;
	const struct option_row *row = find_row(name, length);

	if (!row || (strcmp(row->name, "dialect") == 0 && !takes_dialect))
		return refuse_option(words[*at], out);
	if (row->shape != SHAPE_FLAG && !value && *at + 1 < count)
		value = words[++*at];
	return load_options_set(out, row->name, value);
}

bool load_options_kind(struct load_options *out, const char *word)
{
	char text[48];

	for (int kind = 0; kind < LOAD_KINDS && !out->has_kind; kind++) {
		if (strcmp(word, load_kind_name((enum load_kind)kind)) == 0) {
			out->plan.kind = (enum load_kind)kind;
			out->has_kind = true;
			return true;
		}
	}
	(void)snprintf(out->problem, sizeof(out->problem),
		       out->has_kind ? "\"%s\" is one too many"
				     : "\"%s\" is nothing that can be measured: it is throughput, "
				       "latency, fan-out, connections or idle",
		       shown(word, text));
	return false;
}

/* What the kinds don't share. */
static void fill_defaults(struct load_plan *plan)
{
	bool is_fan_out = plan->kind == LOAD_FAN_OUT;

	if (plan->window == 0)
		plan->window = is_fan_out ? 1 : 1024;
	if (plan->connections == 0)
		plan->connections = plan->kind == LOAD_IDLE_MEMORY ? 1000 : 16;
	if (plan->rate == 0)
		plan->rate = 2000;
	/* The rest is of no meaning, and must not do anything. */
	if (plan->kind != LOAD_LATENCY)
		plan->rate = 0;
	if (!is_fan_out)
		plan->members = 0;
	if (plan->kind != LOAD_CONNECTIONS && plan->kind != LOAD_IDLE_MEMORY)
		plan->connections = 0;
}

static bool check(struct load_options *out)
{
	const struct load_plan *plan = &out->plan;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		if ((out->given >> i & 1u) && !(rows[i].kinds & KIND(plan->kind))) {
			(void)snprintf(out->problem, sizeof(out->problem),
				       "--%s is of no meaning for %s", rows[i].name,
				       load_kind_name(plan->kind));
			return false;
		}
	}
	if (plan->measured_ns == 0) {
		(void)snprintf(out->problem, sizeof(out->problem), "--seconds wants more than 0");
		return false;
	}
	if (plan->library && (plan->pairs > 1 || plan->stalled > 0 || plan->idle_beside > 0)) {
		(void)snprintf(out->problem, sizeof(out->problem),
			       "--library measures one pair, with nobody beside it");
		return false;
	}
	return true;
}

void load_options_begin(struct load_options *out, const char *server)
{
	*out = (struct load_options){ .plan = { .server = server,
						.default_port = 2312,
						.pairs = 1,
						.size = 64,
						.members = 100,
						.warm_up_ns = NS_PER_S / 2,
						.measured_ns = 3 * NS_PER_S,
						.stalled_rate = 1000,
						.stalled_size = 1000 } };
}

bool load_options_end(struct load_options *out)
{
	if (!out->has_kind) {
		(void)snprintf(out->problem, sizeof(out->problem),
			       "what is to be measured? throughput, latency, fan-out, connections "
			       "or idle");
		return false;
	}
	fill_defaults(&out->plan);
	return check(out);
}

bool load_options_read(int count, char **words, const char *server, bool takes_dialect,
		       struct load_options *out)
{
	load_options_begin(out, server);
	for (int at = 0; at < count; at++) {
		bool good;

		if (strcmp(words[at], "--help") == 0 || strcmp(words[at], "-h") == 0) {
			out->help = true;
			return true;
		}
		if (strncmp(words[at], "--", 2) == 0)
			good = take_option(count, words, &at, takes_dialect, out);
		else
			good = load_options_kind(out, words[at]);
		if (!good)
			return false;
	}
	return load_options_end(out);
}
