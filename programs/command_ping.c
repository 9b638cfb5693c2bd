/* wiretale ping: how long the way to the server and back takes. */
#include <inttypes.h>

#include "programs/one_shot_batch.h"

static bool show_one(struct one_shot *shot, size_t number, uint64_t elapsed_ns)
{
	struct json_writer json = json_writer_on(&shot->out);

	if (shot->json) {
		json_begin_object(&json);
		json_name(&json, "type");
		json_string(&json, "ping");
		json_name(&json, "number");
		json_unsigned(&json, number);
		json_name(&json, "seconds");
		json_seconds(&json, elapsed_ns);
		json_end_object(&json);
	} else {
		text_append_format(&shot->out, "%zu: ", number);
		render_duration(&shot->out, elapsed_ns);
	}
	return one_shot_end_line(shot);
}

static void append_summary(struct one_shot *shot, struct request_batch *batch)
{
	struct round_trip_summary summary = round_trips_summarize(&batch->trips);
	struct json_writer json = json_writer_on(&shot->out);

	if (!shot->json) {
		render_round_trips(&shot->out, batch->wanted, &summary);
		return;
	}
	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "pings");
	one_shot_batch_json(&json, batch->wanted, &summary);
	json_end_object(&json);
	text_append(&shot->out, "\n");
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_shape shape = { 0 };
	struct one_shot_batch batch_run = { .each = show_one };
	enum exit_status status = EXIT_NOT_DONE;
	struct one_shot shot;
	size_t wanted;

	if (!one_shot_begin(&shot, self, &shape, argc, argv, &status))
		return status;
	status = EXIT_NOT_DONE;
	wanted = shot.arguments.count > 0 ? shot.arguments.count : 1;
	if (!request_batch_init(&batch_run.batch, WT_REQUEST_PING, wanted)) {
		one_shot_complain("ping: there is no memory for so many.");
		status = EXIT_ENVIRONMENT;
		goto finish;
	}
	if (!one_shot_connect(&shot))
		goto finish;
	if (one_shot_batch_run(&shot, &batch_run))
		status = EXIT_DONE;
	if (shot.arguments.count > 0)
		append_summary(&shot, &batch_run.batch);
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
	  .help = "N times, one after the other, and a summary (default: once, without one)" },
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for each answer (default: 10)"),
	ONE_SHOT_JSON_ROW("one object a line; with --count a last one of type pings"),
	{ 0 },
};

const struct command command_ping = {
	.name = "ping",
	.summary = "how long the way to the server and back takes",
	.usage = "[OPTION]...",
	.about = "Sends the server a PING, waits for the answer, and prints how long that took: "
		 "the network's round trip and the server's work, but no look-up and no handshake.",
	.options = options,
	.examples = "wiretale ping --count 5\n"
		    "wiretale ping --json\n"
		    "  {\"type\":\"ping\",\"number\":1,\"seconds\":0.000101000}",
	.statuses =
		"0 all answers came; 1 not all, or no connection; 2 wrong usage; 3 this machine "
		"lacks something.",
	.run = run,
};
