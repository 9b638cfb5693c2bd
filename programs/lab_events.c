#include "programs/lab_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* These are over when what they wait for has come; the others when they were called. */
static bool waits(enum step_verb verb)
{
	return verb == STEP_RECEIVE || verb == STEP_ACCEPT || verb == STEP_CONNECTED ||
	       verb == STEP_EXITS;
}

/* Whose end is what there is to see. */
static bool is_missing(const struct lab_step_result *result)
{
	return result->began_ns < 0 || (result->step->verb == STEP_EXITS && !result->done);
}

static bool is_cables(const struct step *step)
{
	return step->verb >= STEP_CABLE_SET && step->verb <= STEP_CABLE_RESTORE;
}

static bool is_programs(const struct step *step)
{
	return step->verb >= STEP_RUN && step->verb <= STEP_KILL;
}

static bool is_shown(const struct step *step, enum lab_events which)
{
	if (is_cables(step))
		return true;
	if (which == LAB_EVENTS_OF_CABLE || step->verb == STEP_OUTPUT ||
	    step->verb >= STEP_CABLE_SET)
		return false;
	return which == LAB_EVENTS_ALL || !is_programs(step);
}

/* Without its host, at whose line it stands; a name stays: "client send" but "client.a send". */
static const char *words_of(const struct step *step)
{
	const char *text = step->text;
	const char *host = step->has_host && !is_cables(step) ? lab_host_name(step->host) : "";
	const char *found = *host ? strstr(text, host) : NULL;

	if (step->after_ns > 0 && !found) {
		found = strstr(text, ": ");
		return found ? found + 2 : text;
	}
	if (!found)
		return text;
	found += strlen(host);
	return *found == ' ' ? found + 1 : found - strlen(host);
}

static void make_text(const struct lab_step_result *result, char out[LAB_EVENT_TEXT_BYTES])
{
	const struct step *step = result->step;
	/* An error that came as the step says stands in the step. */
	bool tells_result = *result->result && !result->held;

	/* "ended with status 0", whatever it was that was waited for. */
	if (step->verb == STEP_EXITS && *result->result)
		(void)snprintf(out, LAB_EVENT_TEXT_BYTES, "%s%s%s%s",
			       step->name[0] ? lab_host_name(step->host) : "",
			       step->name[0] ? "." : "", step->name, step->name[0] ? " " : "");
	else
		(void)snprintf(out, LAB_EVENT_TEXT_BYTES, "%.300s%s", words_of(step),
			       tells_result ? ": " : "");
	if (tells_result || step->verb == STEP_EXITS)
		(void)strncat(out, result->result, LAB_EVENT_TEXT_BYTES - strlen(out) - 1);
}

static void make_event(const struct lab_step_result *result, struct lab_event *out)
{
	const struct step *step = result->step;

	*out = (struct lab_event){
		.at_ns = waits(step->verb) && result->done ? result->ended_ns : result->began_ns,
		.host = step->host,
		.connection = result->connection,
		.listens = step->verb == STEP_LISTEN ? step->port : 0,
		.at_cable = is_cables(step) || !step->has_host || step->both_hosts,
		.failed = !result->done || !result->held,
	};
	make_text(result, out->text);
}

/* A stable order: steps of the same moment stay in that of the file. */
static void sort(struct lab_event *events, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct lab_event event = events[i];
		size_t at = i;

		for (; at > 0 && events[at - 1].at_ns > event.at_ns; at--)
			events[at] = events[at - 1];
		events[at] = event;
	}
}

struct lab_event *lab_events_make(const struct lab_record *record, enum lab_events which,
				  size_t *count)
{
	size_t steps = record->steps ? record->experiment->step_count : 0;
	struct lab_event *events = calloc(steps + 1, sizeof(*events));

	*count = 0;
	if (!events)
		return NULL;
	for (size_t i = 0; i < steps; i++) {
		const struct lab_step_result *result = &record->steps[i];

		if (!result->step || is_missing(result) || !is_shown(result->step, which))
			continue;
		make_event(result, &events[(*count)++]);
	}
	sort(events, *count);
	return events;
}
