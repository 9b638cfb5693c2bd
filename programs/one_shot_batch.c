#include "programs/one_shot_batch.h"

#include <string.h>

#include "base/clock.h"

static bool complain(struct one_shot *shot, const struct one_shot_batch *run, const char *why)
{
	struct text_builder reason;

	text_builder_init(&reason, 1024);
	text_append_harmless(&reason, why, strnlen(why, 256));
	one_shot_complain("%s: %zu of %zu answers came: %s.", shot->command->name,
			  run->batch.trips.count, run->batch.wanted, text_builder_text(&reason));
	text_builder_finish(&reason);
	return false;
}

static bool take_answer(struct one_shot *shot, struct one_shot_batch *run,
			const struct wt_event *event)
{
	if (!request_batch_take(&run->batch, event))
		return true;
	if (event->as.answer.result != WT_OK) {
		struct text_builder why;

		text_builder_init(&why, 1024);
		render_refusal(&why, event);
		(void)complain(shot, run, text_builder_text(&why));
		text_builder_finish(&why);
		return false;
	}
	if (event->as.answer.type == WT_REQUEST_TIME) {
		run->time_ns = event->as.answer.time_ns;
		run->zone_s = event->as.answer.zone_s;
	}
	return !run->each || run->each(shot, run->batch.ended, event->as.answer.elapsed_ns);
}

bool one_shot_batch_run(struct one_shot *shot, struct one_shot_batch *run)
{
	while (!request_batch_is_over(&run->batch)) {
		enum wt_result result = request_batch_make(&run->batch, shot->client);
		struct wt_event event;

		if (result == WT_OK)
			result = wt_poll(shot->client, (int)shot->timeout_ms, &event);
		if (result == WT_TIMEOUT)
			return complain(shot, run, "the server was silent for too long");
		if (result != WT_OK)
			return complain(shot, run, wt_result_text(result));
		if (event.kind == WT_EVENT_ANSWER && !take_answer(shot, run, &event))
			return false;
		if (event.kind == WT_EVENT_DISCONNECTED)
			return complain(shot, run, "the connection ended");
	}
	return true;
}

void one_shot_batch_json(struct json_writer *json, size_t wanted,
			 const struct round_trip_summary *summary)
{
	json_name(json, "count");
	json_unsigned(json, wanted);
	json_name(json, "responses");
	json_unsigned(json, summary->count);
	if (summary->count == 0)
		return;
	json_name(json, "min");
	json_seconds(json, summary->min_ns);
	json_name(json, "median");
	json_seconds(json, summary->median_ns);
	json_name(json, "max");
	json_seconds(json, summary->max_ns);
}
