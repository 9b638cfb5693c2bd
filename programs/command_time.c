/* wiretale time: the server's time, once or by the hundred. */
#include <string.h>

#include "base/clock.h"
#include "programs/one_shot_batch.h"

static void append_text(struct one_shot *shot, struct one_shot_batch *run, bool counted)
{
	struct round_trip_summary summary = round_trips_summarize(&run->batch.trips);
	char time[CLOCK_TEXT_BYTES] = "";

	if (summary.count > 0) {
		clock_text(run->time_ns, run->zone_s, 9, time);
		text_append_format(&shot->out, "%s\n", time);
	}
	if (counted)
		render_round_trips(&shot->out, run->batch.wanted, &summary);
}

static void append_json(struct one_shot *shot, struct one_shot_batch *run, bool counted)
{
	struct round_trip_summary summary = round_trips_summarize(&run->batch.trips);
	struct json_writer json = json_writer_on(&shot->out);
	char time[CLOCK_TEXT_BYTES] = "";

	if (summary.count == 0 && !counted)
		return;
	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "time");
	if (summary.count > 0) {
		clock_text(run->time_ns, run->zone_s, 9, time);
		json_name(&json, "time");
		json_string(&json, time);
	}
	if (counted)
		one_shot_batch_json(&json, run->batch.wanted, &summary);
	json_end_object(&json);
	text_append(&shot->out, "\n");
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_shape shape = { 0 };
	struct one_shot_batch batch_run = { 0 };
	enum exit_status status = EXIT_NOT_DONE;
	struct one_shot shot;
	bool counted;

	if (!one_shot_begin(&shot, self, &shape, argc, argv, &status))
		return status;
	status = EXIT_NOT_DONE;
	counted = shot.arguments.count > 0;
	if (!request_batch_init(&batch_run.batch, WT_REQUEST_TIME,
				counted ? shot.arguments.count : 1)) {
		one_shot_complain("time: there is no memory for so many.");
		status = EXIT_ENVIRONMENT;
		goto finish;
	}
	if (!one_shot_connect(&shot))
		goto finish;
	if (one_shot_batch_run(&shot, &batch_run))
		status = EXIT_DONE;
	if (shot.json)
		append_json(&shot, &batch_run, counted);
	else
		append_text(&shot, &batch_run, counted);
	if (!one_shot_flush(&shot))
		status = EXIT_NOT_DONE;
	one_shot_leave(&shot);

finish:
	request_batch_finish(&batch_run.batch);
	one_shot_finish(&shot);
	return status;
}

static const struct command_option options[] = {
	{ .key = ONE_SHOT_COUNT,
	  .name = "count",
	  .value = "N",
	  .help = "ask N times (up to 1000000) without waiting in between, and say how many "
		  "answers came and how long they took: each time includes the wait behind those "
		  "before it" },
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for each answer (default: 10)"),
	ONE_SHOT_JSON_ROW("one object on one line"),
	{ 0 },
};

const struct command command_time = {
	.name = "time",
	.summary = "the server's time",
	.usage = "[OPTION]...",
	.about = "Asks the server for its time and prints it, in the server's zone.",
	.options = options,
	.examples = "wiretale time\n"
		    "wiretale time --count 100\n"
		    "wiretale time --server relay.example:2312 --json\n"
		    "  {\"type\":\"time\",\"time\":\"2026-11-20T21:00:00.123456789+08:00\"}",
	.statuses =
		"0 all answers came; 1 not all, or no connection; 2 wrong usage; 3 this machine "
		"lacks something.",
	.run = run,
};
