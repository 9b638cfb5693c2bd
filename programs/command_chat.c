/* wiretale chat: the interactive client. */
#include <stdio.h>
#include <string.h>

#include "chat_ui/chat_ui.h"
#include "programs/one_shot.h"
#include "programs/one_shot_wire.h"

static void on_connecting(void *context, const char *server)
{
	wire_view_expect(context, one_shot_wire_port(server));
}

static void on_tried(void *context, const struct wt_info *info)
{
	one_shot_wire_follow(context, info);
}

static void on_told(void *context, struct text_builder *out)
{
	wire_view_append(context, out);
}

static void on_ended(void *context, struct text_builder *out)
{
	wire_view_ended(context, out);
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_shape shape = { 0 };
	enum exit_status status = EXIT_NOT_DONE;
	struct chat_wire wire = {
		.connecting = on_connecting, .tried = on_tried, .told = on_told, .ended = on_ended
	};
	struct chat_ui_options chat;
	struct one_shot shot;
	int result;

	if (!one_shot_begin(&shot, self, &shape, argc, argv, &status))
		return status;
	chat = (struct chat_ui_options){ .server = shot.server,
					 .connect_now = shot.server_was_named,
					 .name = shot.name,
					 .timeout_ms = shot.timeout_ms,
					 .colour = shot.style.colour };
	one_shot_wire_open(&shot);
	wire.context = shot.wire;
	if (shot.wire)
		chat.wire = &wire;
	result = chat_ui_run(&chat);
	one_shot_finish(&shot);
	if (result < 0) {
		one_shot_complain("chat: cannot start: %s.", strerror(-result));
		return EXIT_ENVIRONMENT;
	}
	return result == 0 ? EXIT_DONE : EXIT_NOT_DONE;
}

static const struct command_option options[] = {
	{ .key = ONE_SHOT_SERVER,
	  .name = "server",
	  .value = "HOST[:PORT]",
	  .help = "connect there at once" },
	{ .key = ONE_SHOT_NAME,
	  .name = "name",
	  .value = "NAME",
	  .help = "ask for this name at each connect: 1 to 64 bytes" },
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for each answer (default: 10): after that it "
			     "says that none came, and shows one that comes later all the same; "
			     "for send 5 s longer"),
	ONE_SHOT_WIRE_ROW,
	{ 0 },
};

const struct command command_chat = {
	.name = "chat",
	.summary = "the interactive client, with a menu",
	.usage = "[OPTION]...",
	.about =
		"Talks to a server by a numbered menu or by the same commands as words:\n"
		"\n"
		"  1 connect HOST[:PORT]   2 disconnect   3 time [COUNT]   4 name   5 list\n"
		"  6 send TO TEXT          0 quit         ? all there is: rooms, watch...\n"
		"\n"
		"A number or word alone asks for what it needs. TO is a number of the list, @name "
		"or #room. Messages appear as they come, above the line being typed. Tab completes "
		"commands and names, the arrow keys bring earlier lines back, Ctrl-C gives a line "
		"up, Ctrl-D quits. It reads commands from a pipe too: each is done before the "
		"next, "
		"and what could not be done is said on standard error.",
	.options = options,
	.notes = "The environment variable WIRETALE_SERVER is what connect offers by itself.",
	.examples = "wiretale chat --server 127.0.0.1 --name ann\n"
		    "printf 'connect 127.0.0.1\\ntime 100\\nlist\\nquit\\n' | wiretale chat",
	.statuses = "0 it was left in order; 1 from a pipe: something could not be done; 2 wrong "
		    "usage; 3 it could not start.",
	.run = run,
};
