/* wiretale rooms: the rooms there are. */
#include "programs/one_shot.h"

static bool write_room(struct one_shot *shot, const struct wt_room *room)
{
	struct json_writer json = json_writer_on(&shot->out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "room");
	json_name(&json, "room");
	json_string(&json, room->name);
	json_name(&json, "members");
	json_unsigned(&json, room->members);
	json_end_object(&json);
	return one_shot_end_line(shot);
}

static bool show_rooms(struct one_shot *shot, const struct wt_event *event)
{
	if (!shot->json) {
		render_rooms(&shot->out, shot->style, event);
		return one_shot_flush(shot);
	}
	for (size_t i = 0; i < event->as.answer.count; i++) {
		if (!write_room(shot, &event->as.answer.rooms[i]))
			return false;
	}
	return true;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_question question = { .ask = wt_rooms, .show = show_rooms };

	return one_shot_ask(self, argc, argv, &question);
}

static const struct command_option options[] = {
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for the answer (default: 10)"),
	ONE_SHOT_JSON_ROW("one object a line; none where there is no room"),
	{ 0 },
};

const struct command command_rooms = {
	.name = "rooms",
	.summary = "the rooms there are, and how many are in each",
	.usage = "[OPTION]...",
	.about = "Prints the rooms of the server and how many clients are in each. What is sent to "
		 "#ROOM goes to all who have joined it: wiretale listen --join ROOM, or join ROOM "
		 "in wiretale chat. Joining makes a room; the last who leaves ends it.",
	.options = options,
	.examples = "wiretale rooms\n"
		    "wiretale rooms --json\n"
		    "  {\"type\":\"room\",\"room\":\"tea\",\"members\":2}",
	.statuses = "0 the answer came; 1 it did not, or no connection; 2 wrong usage; 3 this "
		    "machine lacks something.",
	.run = run,
};
