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

const struct command command_name = {
	.name = "name",
	.summary = "the name of the server's machine",
	.run = run,
	.help = "Usage: wiretale name [--server HOST[:PORT]] [--json]\n"
		"\n"
		"Asks the server what its machine is called, and prints that.\n"
		"\n"
		"  --server HOST[:PORT]  default: WIRETALE_SERVER, or 127.0.0.1:2312\n"
		"  --timeout SECONDS     for connecting, and for the answer (10)\n"
		"  --json                one object on one line\n"
		"\n"
		"Example:\n"
		"  wiretale name --json\n"
		"      {\"type\":\"name\",\"name\":\"lab-7\"}\n"
		"\n"
		"Exit status: 0 the name came; 1 it did not, or no connection; 2 wrong usage.\n",
};
