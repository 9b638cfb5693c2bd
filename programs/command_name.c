/* wiretale name: what the server's machine is called. */
#include <string.h>

#include "programs/one_shot.h"

static bool show_name(struct one_shot *shot, const struct wt_event *event)
{
	const char *name = event->as.answer.name ? event->as.answer.name : "";
	struct json_writer json = json_writer_on(&shot->out);

	if (!shot->json) {
		text_append_harmless(&shot->out, name, strlen(name));
		return one_shot_end_line(shot);
	}
	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "name");
	json_name(&json, "name");
	json_string(&json, name);
	json_end_object(&json);
	return one_shot_end_line(shot);
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_question question = { .ask = wt_server_name,
							   .show = show_name };

	return one_shot_ask(self, argc, argv, &question);
}

static const struct command_option options[] = {
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for the answer (default: 10)"),
	ONE_SHOT_JSON_ROW("one object on one line"),
	{ 0 },
};

const struct command command_name = {
	.name = "name",
	.summary = "the name of the server's machine",
	.usage = "[OPTION]...",
	.about = "Asks the server what its machine is called, and prints that.",
	.options = options,
	.examples = "wiretale name\n"
		    "wiretale name --json\n"
		    "  {\"type\":\"name\",\"name\":\"lab-7\"}",
	.statuses =
		"0 the name came; 1 it did not, or no connection; 2 wrong usage; 3 this machine "
		"lacks something.",
	.run = run,
};
