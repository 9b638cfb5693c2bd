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

static const struct command_option options[] = {
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for the answer (default: 10)"),
	ONE_SHOT_JSON_ROW("one object a line; the name of those who have none is null"),
	{ 0 },
};

const struct command command_list = {
	.name = "list",
	.summary = "who is connected",
	.usage = "[OPTION]...",
	.about = "Prints the clients that are connected to the server, ascending by number: their "
		 "addresses as the server sees them, their names, and since when. The command "
		 "itself is one of them, marked (you). A number is never used again while the "
		 "server runs.",
	.options = options,
	.examples = "wiretale list\n"
		    "wiretale list --json\n"
		    "  {\"type\":\"client\",\"number\":3,\"address\":\"127.0.0.1:51402\",\n"
		    "   \"name\":\"ann\",\"since\":\"2026-11-20T21:00:00.123456789+08:00\"}",
	.statuses =
		"0 the list came; 1 it did not, or no connection; 2 wrong usage; 3 this machine "
		"lacks something.",
	.run = run,
};
