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

const struct command command_rooms = {
	.name = "rooms",
	.summary = "the rooms there are, and how many are in each",
	.run = run,
	.help = "Usage: wiretale rooms [--server HOST[:PORT]] [--json]\n"
		"\n"
		"Prints the rooms of the server and how many clients are in each. What is sent\n"
		"to #ROOM goes to all who have joined it: wiretale listen --join ROOM, or join\n"
		"ROOM in wiretale chat. Joining makes a room; the last who leaves ends it.\n"
		"\n"
		"  --server HOST[:PORT]  default: WIRETALE_SERVER, or 127.0.0.1:2312\n"
		"  --timeout SECONDS     for connecting, and for the answer (10)\n"
		"  --json                one object a line; none where there is no room\n"
		"\n"
		"Example:\n"
		"  wiretale rooms --json\n"
		"      {\"type\":\"room\",\"room\":\"tea\",\"members\":2}\n"
		"\n"
		"Exit status: 0 the answer came; 1 it did not, or no connection; 2 wrong usage.\n",
};
