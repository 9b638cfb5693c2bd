#include "programs/help_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest_word.h"
#include "base/text_builder.h"
#include "programs/command_completion.h"
#include "programs/command_help.h"
#include "programs/command_man.h"
#include "programs/one_shot.h"
#include "programs/wiretaled_options.h"

#define TEMPLATE_MAX_BYTES ((size_t)256 * 1024)
#define COMMANDS_MAX 32

enum {
	HELP_MAN = OPTION_FIRST_KEY,
	HELP_COMPLETION,
};

static const struct command_option options[] = {
	{ .key = HELP_MAN,
	  .name = "man",
	  .value = "COMMAND",
	  .kind = VALUE_COMMANDS,
	  .help = "the man page of that command (or of wiretale or wiretaled) in the format of "
		  "scdoc; FILE is a page in which lines such as @OPTIONS@ are replaced" },
	{ .key = HELP_COMPLETION,
	  .name = "completion",
	  .value = "SHELL",
	  .kind = VALUE_WORDS,
	  .words = "bash zsh fish",
	  .help = "what completes command lines of wiretale and wiretaled in bash, zsh or fish" },
	{ 0 },
};

const struct command *wiretale_find_command(const char *name)
{
	size_t count;
	const struct command *const *commands = wiretale_commands(&count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	}
	return NULL;
}

enum exit_status wiretale_refuse_command(const char *name)
{
	const char *names[COMMANDS_MAX];
	size_t count;
	const struct command *const *commands = wiretale_commands(&count);
	const char *nearest;

	for (size_t i = 0; i < count && i < COMMANDS_MAX; i++)
		names[i] = commands[i]->name;
	nearest = nearest_word(name, names, count < COMMANDS_MAX ? count : COMMANDS_MAX);
	one_shot_complain("there is no command %.64s%s%s%s See: wiretale --help", name,
			  nearest ? "; did you mean " : ".", nearest ? nearest : "",
			  nearest ? "?" : "");
	return EXIT_USAGE;
}

void wiretale_help_print(FILE *file)
{
	size_t count;
	const struct command *const *commands = wiretale_commands(&count);
	struct text_builder text;

	text_builder_init(&text, COMMAND_HELP_MAX_BYTES);
	command_help_usage(&text, &wiretale_itself);
	text_append(&text, "\n");
	command_help_flow(&text, wiretale_itself.about, 0, 0);
	text_append(&text, "\nCommands:\n");
	for (size_t i = 0; i < count; i++)
		text_append_format(&text, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	command_help_rest(&text, &wiretale_itself);
	(void)fputs(text_builder_text(&text), file);
	text_builder_finish(&text);
}

/* Also those that are no command of wiretale. */
static const struct command *find_page(const char *name)
{
	if (strcmp(name, wiretaled_command.name) == 0)
		return &wiretaled_command;
	return strcmp(name, wiretale_itself.name) == 0 ? &wiretale_itself
						       : wiretale_find_command(name);
}

static enum exit_status write_out(const struct text_builder *text)
{
	if (text->truncated) {
		one_shot_complain("help: the text is too long.");
		return EXIT_NOT_DONE;
	}
	if (fputs(text_builder_text(text), stdout) < 0 || fflush(stdout) != 0) {
		one_shot_complain("help: standard output: %s.", strerror(errno));
		return EXIT_NOT_DONE;
	}
	return EXIT_DONE;
}

/* False: a sentence was printed. */
static bool read_template(const char *path, struct text_builder *text)
{
	FILE *file = fopen(path, "re");
	char bytes[4096];
	size_t length;
	bool good;

	while (file && (length = fread(bytes, 1, sizeof(bytes), file)) > 0 && !text->truncated)
		text_append_bytes(text, bytes, length);
	good = file && !ferror(file) && !text->truncated;
	if (!good)
		one_shot_complain("help: %s: %s.", path,
				  text->truncated ? "it is too long" : strerror(errno));
	if (file)
		(void)fclose(file);
	return good;
}

static enum exit_status print_man(const struct command *self, const char *name, const char *path)
{
	const struct command *page = find_page(name);
	enum exit_status status = EXIT_NOT_DONE;
	struct man_commands all = { 0 };
	struct text_builder template;
	char problem[128] = "";
	struct text_builder out;

	if (!page)
		return one_shot_usage(self, "help: there is no command %s.", name);
	all.commands = wiretale_commands(&all.count);
	text_builder_init(&template, TEMPLATE_MAX_BYTES);
	text_builder_init(&out, 2 * TEMPLATE_MAX_BYTES);
	if (path && !read_template(path, &template))
		goto finish;
	if (command_man_append(&out, page, path ? text_builder_text(&template) : NULL,
			       page == &wiretale_itself ? &all : NULL, problem))
		status = write_out(&out);
	else
		one_shot_complain("help: %s: %s.", path ? path : "the page", problem);

finish:
	text_builder_finish(&out);
	text_builder_finish(&template);
	return status;
}

static enum exit_status print_completion(const struct command *self, const char *shell)
{
	struct completion_programs programs = { .wiretale = &wiretale_itself,
						.wiretaled = &wiretaled_command };
	enum exit_status status;
	struct text_builder out;

	programs.commands = wiretale_commands(&programs.count);
	text_builder_init(&out, COMMAND_COMPLETION_MAX_BYTES);
	if (command_completion_append(&out, shell, &programs))
		status = write_out(&out);
	else
		status = one_shot_usage(self, "help: --completion takes bash, zsh or fish.");
	text_builder_finish(&out);
	return status;
}

static enum exit_status print_about(const char *name)
{
	const struct command *command = name ? wiretale_find_command(name) : NULL;

	if (name && !command)
		return wiretale_refuse_command(name);
	if (command)
		command_help_print(command, stdout);
	else
		wiretale_help_print(stdout);
	return EXIT_DONE;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	const char *completion = NULL;
	const char *man = NULL;
	struct option_reader reader;
	int key;

	option_reader_begin(&reader, self, argc, argv);
	while ((key = option_reader_next(&reader)) > OPTION_END) {
		if (key == HELP_MAN)
			man = reader.value;
		else
			completion = reader.value;
	}
	if (key == OPTION_OVER)
		return (enum exit_status)reader.status;
	if ((man && completion) || reader.operand_count > (completion ? 0 : 1))
		return one_shot_usage(self, "help: one thing at a time.");
	if (man)
		return print_man(self, man, reader.operand_count > 0 ? reader.operands[0] : NULL);
	if (completion)
		return print_completion(self, completion);
	return print_about(reader.operand_count > 0 ? reader.operands[0] : NULL);
}

const struct command command_help = {
	.name = "help",
	.summary = "what a command does; what shells and man are told of it",
	.usage = "[COMMAND]\n--man COMMAND [FILE]\n--completion bash|zsh|fish",
	.about = "Prints what COMMAND --help prints, or without one what there is. With an option "
		 "it "
		 "prints what the installation needs: the man pages and the completions of shells "
		 "are made from the same tables as --help.",
	.options = options,
	.examples = "wiretale help trace\n"
		    "source <(wiretale help --completion bash)  # completes in this shell\n"
		    "wiretale help --man trace | scdoc | man -l -",
	.operands = VALUE_COMMANDS,
	.run = run,
};
