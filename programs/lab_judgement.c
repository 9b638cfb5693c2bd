#include "programs/lab_judgement.h"

#include <stdlib.h>
#include <string.h>

#include "base/text_builder.h"
#include "report/trace_json.h"
#include "tcp_flow/expectation.h"

#define JSON_MAX_BYTES (4u * 1024 * 1024)

/* A connection as one place saw it. */
struct judged_connection {
	enum wanted_vantage vantage;
	uint32_t number;
	char *json; /* owned */
	size_t length;
};

struct lab_judgement {
	const struct lab_record *record;
	struct lab_expectation *expectations; /* owned */
	size_t expectation_count;
	size_t held;
	struct judged_connection *connections; /* owned */
	size_t connection_count;
	size_t connection_room;
	bool wants[3];               /* by vantage: something is expected of what it saw */
	bool left_out;               /* a connection was over the ceiling */
	struct text_builder scratch; /* owned */
	struct text_builder failure; /* owned */
};

static bool is_expectation(const struct step *step)
{
	return step->verb >= STEP_EXPECT_STATE;
}

static bool is_skipped(const struct step *step, bool full)
{
	return full ? step->only_short : step->only_full;
}

/* "closing.kind=orderly-3" of "expect closing.kind=orderly-3". */
static const char *text_of(const struct step *step)
{
	const char *text = strstr(step->text, "expect ");

	return text ? text + strlen("expect ") : step->text;
}

static char *copy_of(const char *text)
{
	return *text ? strdup(text) : NULL;
}

/* What the run has judged where it stood. */
static void take_result(struct lab_expectation *expectation, const struct lab_step_result *result)
{
	expectation->judged = result->done;
	expectation->held = result->done && result->held;
	if (expectation->judged && !expectation->held)
		expectation->difference = copy_of(result->result);
}

struct lab_judgement *lab_judgement_create(const struct lab_record *record, bool full)
{
	const struct experiment *experiment = record->experiment;
	struct lab_judgement *judgement = calloc(1, sizeof(*judgement));

	if (!judgement)
		return NULL;
	judgement->record = record;
	text_builder_init(&judgement->scratch, JSON_MAX_BYTES);
	text_builder_init(&judgement->failure, LAB_DIFFERENCE_MAX_BYTES);
	judgement->expectations =
		calloc(experiment->step_count + 1, sizeof(*judgement->expectations));
	if (!judgement->expectations) {
		lab_judgement_destroy(judgement);
		return NULL;
	}
	for (size_t i = 0; i < experiment->step_count; i++) {
		const struct step *step = &experiment->steps[i];
		struct lab_expectation *expectation =
			&judgement->expectations[judgement->expectation_count];

		if (!is_expectation(step) || is_skipped(step, full))
			continue;
		*expectation = (struct lab_expectation){ .step = step, .text = text_of(step) };
		if (step->verb == STEP_EXPECT_CONNECTION)
			judgement->wants[step->vantage] = true;
		else if (step->verb != STEP_EXPECT_COUNT && record->steps)
			take_result(expectation, &record->steps[i]);
		judgement->expectation_count++;
	}
	return judgement;
}

void lab_judgement_destroy(struct lab_judgement *judgement)
{
	if (!judgement)
		return;
	for (size_t i = 0; judgement->expectations && i < judgement->expectation_count; i++)
		free(judgement->expectations[i].difference);
	for (size_t i = 0; i < judgement->connection_count; i++)
		free(judgement->connections[i].json);
	free(judgement->expectations);
	free(judgement->connections);
	text_builder_finish(&judgement->scratch);
	text_builder_finish(&judgement->failure);
	free(judgement);
}

/* Room for one more. False: out of memory. */
static bool make_room(struct lab_judgement *judgement)
{
	size_t room = judgement->connection_room > 0 ? 2 * judgement->connection_room : 16;
	struct judged_connection *more;

	if (judgement->connection_count < judgement->connection_room)
		return true;
	more = reallocarray(judgement->connections, room, sizeof(*more));
	if (!more)
		return false;
	judgement->connections = more;
	judgement->connection_room = room;
	return true;
}

bool lab_judgement_connection(struct lab_judgement *judgement, enum wanted_vantage vantage,
			      uint32_t number, const struct tcp_connection *connection)
{
	struct judged_connection kept = { .vantage = vantage, .number = number };

	if (!judgement->wants[vantage])
		return true;
	if (judgement->connection_count == LAB_JUDGED_CONNECTIONS_MAX) {
		judgement->left_out = true;
		return true;
	}
	text_builder_clear(&judgement->scratch);
	trace_json_connection(&judgement->scratch, connection);
	if (judgement->scratch.truncated || !make_room(judgement))
		return false;
	kept.length = judgement->scratch.length;
	kept.json = strdup(text_builder_text(&judgement->scratch));
	if (!kept.json)
		return false;
	judgement->connections[judgement->connection_count++] = kept;
	return true;
}

static const char *place_of(enum wanted_vantage vantage)
{
	static const char *const places[] = {
		[VANTAGE_CABLE] = "the cable",
		[VANTAGE_CLIENT] = "the client",
		[VANTAGE_SERVER] = "the server",
	};

	return places[vantage];
}

static bool is_wanted(const struct judged_connection *connection, const struct step *step)
{
	return connection->vantage == step->vantage &&
	       (step->connection == CONNECTION_EACH || connection->number == step->connection);
}

static void judge_connection(struct lab_judgement *judgement, struct lab_expectation *expectation)
{
	const struct step *step = expectation->step;
	struct text_builder difference;
	size_t wanted = 0;

	text_builder_init(&difference, LAB_DIFFERENCE_MAX_BYTES);
	expectation->held = true;
	for (size_t i = 0; i < judgement->connection_count; i++) {
		const struct judged_connection *connection = &judgement->connections[i];

		if (!is_wanted(connection, step))
			continue;
		wanted++;
		text_builder_clear(&judgement->scratch);
		if (expectation_match(step->expectation, connection->json, connection->length,
				      &judgement->scratch) == EXPECTATION_HOLDS)
			continue;
		expectation->held = false;
		if (difference.length > 0)
			text_append(&difference, "; ");
		if (step->connection == CONNECTION_EACH)
			text_append_format(&difference, "connection %u: ", connection->number);
		text_append(&difference, text_builder_text(&judgement->scratch));
	}
	if (wanted == 0 && step->connection != CONNECTION_EACH)
		text_append_format(&difference, "%s saw no connection %u", place_of(step->vantage),
				   step->connection);
	else if (wanted == 0)
		text_append_format(&difference, "%s saw no connection", place_of(step->vantage));
	else if (step->connection == CONNECTION_EACH && judgement->left_out)
		text_append_format(&difference,
				   "there were more than the %u connections that can "
				   "be judged",
				   LAB_JUDGED_CONNECTIONS_MAX);
	expectation->held = expectation->held && difference.length == 0;
	expectation->difference = copy_of(text_builder_text(&difference));
	text_builder_finish(&difference);
}

static void judge_count(struct lab_expectation *expectation, uint32_t connections)
{
	struct text_builder difference;

	expectation->held = expectation->step->count == connections;
	if (expectation->held)
		return;
	text_builder_init(&difference, LAB_DIFFERENCE_MAX_BYTES);
	text_append_format(&difference, "there %s %u", connections == 1 ? "was" : "were",
			   connections);
	expectation->difference = copy_of(text_builder_text(&difference));
	text_builder_finish(&difference);
}

static void say_failure(struct lab_judgement *judgement)
{
	const struct lab_record *record = judgement->record;
	struct text_builder *out = &judgement->failure;

	if (record->failed) {
		text_append(out, record->failure);
		return;
	}
	if (record->interrupted) {
		text_append(out, "interrupted");
		return;
	}
	for (size_t i = 0; i < judgement->expectation_count; i++) {
		const struct lab_expectation *expectation = &judgement->expectations[i];

		if (expectation->held)
			continue;
		text_append_format(out, "line %u: ", expectation->step->line);
		if (!expectation->judged)
			text_append_format(out, "not judged: %s", expectation->text);
		else if (expectation->difference)
			text_append(out, expectation->difference);
		else
			text_append_format(out, "not so: %s", expectation->text);
		break;
	}
	if (judgement->held + 1 < judgement->expectation_count)
		text_append_format(out, "; and %zu more",
				   judgement->expectation_count - judgement->held - 1);
}

bool lab_judgement_conclude(struct lab_judgement *judgement, uint32_t connections)
{
	for (size_t i = 0; i < judgement->expectation_count; i++) {
		struct lab_expectation *expectation = &judgement->expectations[i];
		enum step_verb verb = expectation->step->verb;

		if (verb == STEP_EXPECT_CONNECTION)
			judge_connection(judgement, expectation);
		else if (verb == STEP_EXPECT_COUNT)
			judge_count(expectation, connections);
		if (verb == STEP_EXPECT_CONNECTION || verb == STEP_EXPECT_COUNT)
			expectation->judged = true;
		judgement->held += expectation->judged && expectation->held;
	}
	say_failure(judgement);
	return !judgement->scratch.truncated;
}

const struct lab_expectation *lab_judgement_expectations(const struct lab_judgement *judgement,
							 size_t *count)
{
	*count = judgement->expectation_count;
	return judgement->expectations;
}

size_t lab_judgement_held(const struct lab_judgement *judgement)
{
	return judgement->held;
}

bool lab_judgement_passed(const struct lab_judgement *judgement)
{
	return !judgement->record->failed && !judgement->record->interrupted &&
	       judgement->held == judgement->expectation_count;
}

const char *lab_judgement_failure(const struct lab_judgement *judgement)
{
	return text_builder_text(&judgement->failure);
}
