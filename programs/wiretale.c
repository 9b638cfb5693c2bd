/* wiretale: the clients of the relay, one command each. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest_word.h"
#include "base/text_builder.h"
#include "programs/command.h"
#include "programs/version.h"

static const struct command *const commands[] = {
	&command_chat, &command_time,   &command_name, &command_list,  &command_rooms,
	&command_send, &command_listen, &command_ping, &command_trace, &command_bench,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* Names and messages are UTF-8, whatever this process was told: also where LANG is unset. */
static void use_utf8(void)
{
	if (setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return;
	(void)setlocale(LC_CTYPE, "C.UTF-8");
}

static void print_help(FILE *file)
{
	(void)fputs("wiretale: sends messages over TCP, through a wiretaled server.\n"
		    "\n"
		    "Usage: wiretale COMMAND [OPTION...]\n"
		    "\n",
		    file);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(file, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	(void)fputs("\n"
		    "Each takes --help, which shows its options and examples.\n"
		    "The server is 127.0.0.1:2312, WIRETALE_SERVER, or --server HOST[:PORT].\n"
		    "\n"
		    "First steps, in two terminals:\n"
		    "  wiretaled                      starts a server\n"
		    "  wiretale chat --name ann       a menu; 1 connects to it\n"
		    "  wiretale send @ann hello       and she reads it\n"
		    "\n"
		    "Exit status: 0 done; 1 what was asked for did not happen; 2 wrong usage;\n"
		    "3 this machine lacks something.\n",
		    file);
}

static int refuse_command(const char *name)
{
	const char *names[COMMAND_COUNT];
	const char *nearest;
	struct text_builder shown;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	nearest = nearest_word(name, names, COMMAND_COUNT);
	text_builder_init(&shown, 1024);
	text_append_harmless(&shown, name, strnlen(name, 64));
	(void)fprintf(stderr, "wiretale: there is no command %s%s%s%s See: wiretale --help\n",
		      text_builder_text(&shown), nearest ? "; did you mean " : ".",
		      nearest ? nearest : "", nearest ? "?" : "");
	text_builder_finish(&shown);
	return EXIT_USAGE;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	}
	return NULL;
}

/* NULL: about all of them. */
static int help_about(const char *name)
{
	const struct command *command = name ? find_command(name) : NULL;

	if (name && !command)
		return refuse_command(name);
	if (command)
		(void)fputs(command->help, stdout);
	else
		print_help(stdout);
	return EXIT_DONE;
}

/* Bytes of a global option's name, or 0. *takes_value: its value is the next argument. */
static size_t global_option(const char *text, bool *takes_value)
{
	static const char *const with_value[] = { "--server", "--timeout" };

	*takes_value = false;
	if (strcmp(text, "--json") == 0)
		return strlen(text);
	for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++) {
		size_t length = strlen(with_value[i]);

		if (strncmp(text, with_value[i], length) != 0)
			continue;
		*takes_value = text[length] == '\0';
		if (*takes_value || text[length] == '=')
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

	put_command_first(argc, argv);
	name = argc > 1 ? argv[1] : NULL;
	use_utf8();
	/* A reader that went away is seen by the write, which then fails. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (!name) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (strcmp(name, "help") == 0)
		return help_about(argc > 2 ? argv[2] : NULL);
	if (strcmp(name, "--version") == 0) {
		(void)puts("wiretale " WIRETALE_VERSION);
		return EXIT_DONE;
	}
	command = find_command(name);
	if (!command)
		return refuse_command(name);
	status = command->run(command, argc - 1, argv + 1);
	return (int)status;
}
