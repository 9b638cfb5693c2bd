#include "relay_load/load_options.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
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

/* One row an option; `at` is where its value goes. */
struct option_row {
	const char *name;
	enum option_shape shape;
	unsigned kinds; /* KIND() of those that take it */
	uint32_t min;   /* of a number */
	uint32_t max;
	void *at;
};

/* "12", "0.25", ".5": seconds into nanoseconds, without floating point. */
static bool parse_seconds(const char *text, uint64_t *out_ns)
{
	uint64_t seconds = 0;
	uint64_t ns = 0;
	uint64_t unit = NS_PER_S / 10;
	const char *next = text;

	for (; *next >= '0' && *next <= '9'; next++) {
		seconds = seconds * 10 + (uint64_t)(*next - '0');
		if (seconds > LOAD_SECONDS_MAX)
			return false;
	}
	if (*next == '.' && (next != text || next[1])) {
		for (next++; *next >= '0' && *next <= '9'; next++, unit /= 10)
			ns += (uint64_t)(*next - '0') * unit;
	}
	if (*next || next == text)
		return false;
	*out_ns = seconds * NS_PER_S + ns;
	return *out_ns <= LOAD_SECONDS_MAX * NS_PER_S;
}

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
	uint64_t number;
	char text[48];

	switch (row->shape) {
	case SHAPE_FLAG:
		*(bool *)row->at = true;
		return true;
	case SHAPE_TEXT:
		*(const char **)row->at = value;
		return true;
	case SHAPE_NUMBER:
		if (decimal_parse(value, row->min, row->max, &number)) {
			*(uint32_t *)row->at = (uint32_t)number;
			return true;
		}
		(void)snprintf(out->problem, sizeof(out->problem),
			       "--%s wants a whole number from %u to %u, not \"%s\"", row->name,
			       row->min, row->max, shown(value, text));
		return false;
	case SHAPE_SECONDS:
		break;
	}
	if (parse_seconds(value, row->at))
		return true;
	(void)snprintf(out->problem, sizeof(out->problem),
		       "--%s wants seconds, such as 3 or 0.5, up to %u, not \"%s\"", row->name,
		       LOAD_SECONDS_MAX, shown(value, text));
	return false;
}

/* *at: the word that is looked at, and after it the last one that belongs to it. */
static bool take_option(const struct option_row *rows, int count, char **words, int *at,
			unsigned *given, struct load_options *out)
{
	const char *name = words[*at] + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] ? name + length + 1 : NULL;
	const struct option_row *row = rows;
	char text[48];

	while (row->name && (strlen(row->name) != length || strncmp(row->name, name, length) != 0))
		row++;
	if (!row->name) {
		(void)snprintf(out->problem, sizeof(out->problem), "there is no option %s",
			       shown(words[*at], text));
		return false;
	}
	*given |= 1u << (row - rows);
	if (row->shape == SHAPE_FLAG && value) {
		(void)snprintf(out->problem, sizeof(out->problem), "--%s takes no value",
			       row->name);
		return false;
	}
	if (row->shape != SHAPE_FLAG && !value) {
		if (++*at >= count) {
			(void)snprintf(out->problem, sizeof(out->problem),
				       "--%s wants a value behind it", row->name);
			return false;
		}
		value = words[*at];
	}
	return take_value(row, value, out);
}

static bool take_kind(const char *word, bool *has_kind, struct load_options *out)
{
	char text[48];

	for (int kind = 0; kind < LOAD_KINDS && !*has_kind; kind++) {
		if (strcmp(word, load_kind_name((enum load_kind)kind)) == 0) {
			out->plan.kind = (enum load_kind)kind;
			*has_kind = true;
			return true;
		}
	}
	(void)snprintf(out->problem, sizeof(out->problem),
		       *has_kind ? "\"%s\" is one too many"
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

static bool check(const struct option_row *rows, unsigned given, struct load_options *out)
{
	const struct load_plan *plan = &out->plan;

	for (const struct option_row *row = rows; row->name; row++) {
		if ((given >> (row - rows) & 1u) && !(row->kinds & KIND(plan->kind))) {
			(void)snprintf(out->problem, sizeof(out->problem),
				       "--%s is of no meaning for %s", row->name,
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

bool load_options_read(int count, char **words, const char *server, bool takes_dialect,
		       struct load_options *out)
{
	struct load_plan *plan = &out->plan;
	const struct option_row rows[] = {
		{ "server", SHAPE_TEXT, ALL_KINDS, 0, 0, &plan->server },
		{ "pairs", SHAPE_NUMBER, PAIRED, 1, LOAD_PAIRS_MAX, &plan->pairs },
		{ "window", SHAPE_NUMBER, KIND(LOAD_THROUGHPUT) | KIND(LOAD_FAN_OUT), 1,
		  LOAD_WINDOW_MAX, &plan->window },
		{ "size", SHAPE_NUMBER, MESSAGES, LOAD_STAMP_BYTES, LOAD_SIZE_MAX, &plan->size },
		{ "rate", SHAPE_NUMBER, KIND(LOAD_LATENCY), 1, LOAD_RATE_MAX, &plan->rate },
		{ "seconds", SHAPE_SECONDS, MESSAGES | KIND(LOAD_CONNECTIONS), 0, 0,
		  &plan->measured_ns },
		{ "warm-up", SHAPE_SECONDS, MESSAGES | KIND(LOAD_CONNECTIONS), 0, 0,
		  &plan->warm_up_ns },
		{ "members", SHAPE_NUMBER, KIND(LOAD_FAN_OUT), 1, LOAD_CONNECTIONS_MAX,
		  &plan->members },
		{ "connections", SHAPE_NUMBER, KIND(LOAD_CONNECTIONS) | KIND(LOAD_IDLE_MEMORY), 1,
		  LOAD_CONNECTIONS_MAX, &plan->connections },
		{ "idle-beside", SHAPE_NUMBER, MESSAGES, 0, LOAD_CONNECTIONS_MAX,
		  &plan->idle_beside },
		{ "stalled", SHAPE_NUMBER, MESSAGES, 0, LOAD_PAIRS_MAX, &plan->stalled },
		{ "server-pid", SHAPE_NUMBER, KIND(LOAD_IDLE_MEMORY), 1, INT32_MAX,
		  &plan->server_pid },
		{ "library", SHAPE_FLAG, PAIRED, 0, 0, &plan->library },
		{ "json", SHAPE_FLAG, ALL_KINDS, 0, 0, &out->json },
		{ takes_dialect ? "dialect" : NULL, SHAPE_TEXT, ALL_KINDS, 0, 0, &out->dialect },
		{ 0 },
	};
	bool has_kind = false;
	unsigned given = 0;

	*out = (struct load_options){ 0 };
	*plan = (struct load_plan){ .server = server,
				    .default_port = 2312,
				    .pairs = 1,
				    .size = 64,
				    .members = 100,
				    .warm_up_ns = NS_PER_S / 2,
				    .measured_ns = 3 * NS_PER_S,
				    .stalled_rate = 1000,
				    .stalled_size = 1000 };
	for (int at = 0; at < count; at++) {
		bool good;

		if (strcmp(words[at], "--help") == 0 || strcmp(words[at], "-h") == 0) {
			out->help = true;
			return true;
		}
		if (strncmp(words[at], "--", 2) == 0)
			good = take_option(rows, count, words, &at, &given, out);
		else
			good = take_kind(words[at], &has_kind, out);
		if (!good)
			return false;
	}
	if (!has_kind) {
		(void)snprintf(out->problem, sizeof(out->problem),
			       "what is to be measured? throughput, latency, fan-out, connections "
			       "or idle");
		return false;
	}
	fill_defaults(plan);
	return check(rows, given, out);
}
