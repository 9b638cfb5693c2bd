/* wiretale list: who is connected. */
#include "programs/one_shot.h"

static bool write_client(struct one_shot *shot, const struct wt_peer *peer)
{
	struct json_writer json = json_writer_on(&shot->out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "client");
	json_name(&json, "number");
	json_unsigned(&json, peer->number);
	one_shot_json_address(&json, &peer->address);
	one_shot_json_name_or_null(&json, "name", peer->name);
	one_shot_json_time(&json, "since", peer->since_ns);
	json_end_object(&json);
	return one_shot_end_line(shot);
}

static bool show_list(struct one_shot *shot, const struct wt_event *event)
{
	struct wt_info info;

	if (!shot->json) {
		wt_get_info(shot->client, &info);
		render_list(&shot->out, shot->style, event, info.number);
		return one_shot_flush(shot);
	}
	for (size_t i = 0; i < event->as.answer.count; i++) {
		if (!write_client(shot, &event->as.answer.peers[i]))
			return false;
	}
	return true;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_question question = { .ask = wt_list, .show = show_list };

	return one_shot_ask(self, argc, argv, &question);
}

const struct command command_list = {
	.name = "list",
	.summary = "who is connected",
	.run = run,
	.help = "Usage: wiretale list [--server HOST[:PORT]] [--json]\n"
		"\n"
		"Prints the clients that are connected to the server, ascending by number: their\n"
		"addresses as the server sees them, their names, and since when. The command\n"
		"itself is one of them, marked (you). A number is never used again while the\n"
		"server runs.\n"
		"\n"
		"  --server HOST[:PORT]  default: WIRETALE_SERVER, or 127.0.0.1:2312\n"
		"  --timeout SECONDS     for connecting, and for the answer (10)\n"
		"  --json                one object a line; the name of those who have none is\n"
		"                        null\n"
		"\n"
		"Example:\n"
		"  wiretale list --json\n"
		"      "
		"{\"type\":\"client\",\"number\":3,\"address\":\"127.0.0.1:51402\",\"name\":"
		"\"ann\",\n"
		"       \"since\":\"2026-11-20T21:00:00.123456789+08:00\"}\n"
		"\n"
		"Exit status: 0 the list came; 1 it did not, or no connection; 2 wrong usage.\n",
};
