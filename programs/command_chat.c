/* wiretale chat: the interactive client. */
#include <stdio.h>
#include <string.h>

#include "chat_ui/chat_ui.h"
#include "programs/one_shot.h"

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_shape shape = { .takes = ONE_SHOT_NAME | ONE_SHOT_NO_JSON };
	enum exit_status status = EXIT_NOT_DONE;
	struct chat_ui_options options;
	struct one_shot shot;
	int result;

	if (!one_shot_begin(&shot, self, &shape, argc, argv, &status))
		return status;
	options = (struct chat_ui_options){ .server = shot.server,
					    .connect_now = shot.server_was_named,
					    .name = shot.name,
					    .timeout_ms = shot.timeout_ms,
					    .colour = shot.style.colour };
	result = chat_ui_run(&options);
	one_shot_finish(&shot);
	if (result < 0) {
		one_shot_complain("chat: cannot start: %s.", strerror(-result));
		return EXIT_ENVIRONMENT;
	}
	return result == 0 ? EXIT_DONE : EXIT_NOT_DONE;
}

const struct command command_chat = {
	.name = "chat",
	.summary = "the interactive client, with a menu",
	.run = run,
	.help = "Usage: wiretale chat [--server HOST[:PORT]] [--name NAME] [--timeout SECONDS]\n"
		"\n"
		"Talks to a server by a numbered menu or by the same commands as words:\n"
		"\n"
		"  1 connect HOST[:PORT]   2 disconnect   3 time [COUNT]   4 name   5 list\n"
		"  6 send TO TEXT          0 quit         ? all there is: rooms, watch...\n"
		"\n"
		"A number or word alone asks for what it needs. TO is a number of the list,\n"
		"@name or #room. Messages appear as they come, above the line being typed. Tab\n"
		"completes commands and names, the arrow keys bring earlier lines back, Ctrl-C\n"
		"gives a line up, Ctrl-D quits. It reads commands from a pipe too: each is done\n"
		"before the next, and what could not be done is said on standard error.\n"
		"\n"
		"  --server HOST[:PORT]  connect there at once\n"
		"  --name NAME           ask for this name: 1 to 64 bytes\n"
		"  --timeout SECONDS     for connecting, and for each answer (10): after that it\n"
		"                        says that none came; for send 5 s longer\n"
		"\n"
		"The environment variable WIRETALE_SERVER is what connect offers by itself.\n"
		"\n"
		"Examples:\n"
		"  wiretale chat --server 127.0.0.1 --name ann\n"
		"  printf 'connect 127.0.0.1\\ntime 100\\nlist\\nquit\\n' | wiretale chat\n"
		"\n"
		"Exit status: 0 it was left in order; 1 from a pipe: something could not be\n"
		"done; 2 wrong usage; 3 it could not start.\n",
};
