/* wiretale: the clients of the relay and what looks at TCP, one command each. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "programs/command.h"
#include "programs/help_command.h"
#include "programs/one_shot.h"
#include "programs/standard_streams.h"
#include "programs/version.h"

static const struct command *const commands[] = {
	&command_chat,   &command_time,   &command_name,  &command_list,  &command_rooms,
	&command_send,   &command_listen, &command_ping,  &command_trace, &command_lab,
	&command_states, &command_socket, &command_bench, &command_help,
};

/* Names and messages are UTF-8, whatever this process was told: also where LANG is unset. */
static void use_utf8(void)
{
	if (setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return;
	(void)setlocale(LC_CTYPE, "C.UTF-8");
}

const struct command *const *wiretale_commands(size_t *count)
{
	*count = sizeof(commands) / sizeof(commands[0]);
	return commands;
}

/* Read by main() itself: none of them is looked for behind a command. */
static const struct command_option own_options[] = {
	{ .key = OPTION_FIRST_KEY, .name = "version", .help = "show the version" },
	{ 0 },
};

const struct command wiretale_itself = {
	.name = "wiretale",
	.is_program = true,
	.summary = "send messages over TCP, and tell what TCP connections do",
	.usage = "COMMAND [OPTION]...",
	.about = "Talks to a relay server, wiretaled, explains TCP connections, of whatever "
		 "programs, and makes them happen on a cable of software.",
	.options = one_shot_global_options,
	.more_options = own_options,
	.notes = "Each command takes --help, which shows its options and examples. --server, "
		 "--timeout and --json may stand before the command as well as behind it, where "
		 "the command takes them.",
	.examples = "wiretaled  # starts a server, in a terminal of its own\n"
		    "wiretale chat --name ann  # a menu; 1 connects to it\n"
		    "wiretale send @ann hello  # and she reads it\n"
		    "wiretale trace capture.pcap  # what the connections in it did\n"
		    "wiretale lab run close-three  # two TCP stacks, and why three segments",
	.operands = VALUE_COMMANDS,
};

/* Bytes of a global option's name, or 0. *takes_value: its value is the next argument. */
static size_t global_option(const char *text, bool *takes_value)
{
	*takes_value = false;
	for (const struct command_option *row = one_shot_global_options; row->key != 0; row++) {
		size_t length = 2 + strlen(row->name);

		if (strncmp(text, "--", 2) != 0 || strncmp(text + 2, row->name, length - 2) != 0)
			continue;
		*takes_value = row->value && text[length] == '\0';
		if (text[length] == '\0' || (row->value && text[length] == '='))
			return length;
	}
	return 0;
}

/* Brings the command before the options that every command takes. */
static void put_command_first(int argc, char **argv)
{
	bool takes_value = false;
	char *command;
	int at = 1;

	while (at < argc && global_option(argv[at], &takes_value) > 0)
		at += takes_value ? 2 : 1;
	if (at >= argc || at == 1)
		return;
	command = argv[at];
	memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(*argv));
	argv[1] = command;
}

int main(int argc, char **argv)
{
	const struct command *command;
	enum exit_status status;
	const char *name;

	if (!standard_streams_keep_places())
		return EXIT_ENVIRONMENT;
	put_command_first(argc, argv);
	name = argc > 1 ? argv[1] : NULL;
	use_utf8();
	/* A reader that went away is seen by the write, which then fails. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* So is a file that may not grow (ulimit -f): what is half written is put away then. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (!name) {
		wiretale_help_print(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		wiretale_help_print(stdout);
		return EXIT_DONE;
	}
	if (strcmp(name, "--version") == 0) {
		(void)puts("wiretale " WIRETALE_VERSION);
		return EXIT_DONE;
	}
	command = wiretale_find_command(name);
	status =
		command ? command->run(command, argc - 1, argv + 1) : wiretale_refuse_command(name);
	return (int)status;
}
