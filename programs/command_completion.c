/*
 * Each script stands alone, without the helpers that a shell's packages may bring. They know the
 * command by the first word that is neither an option nor the value of a global one.
 */
#include "programs/command_completion.h"

#include <string.h>

#define BRIEF_MIN_BYTES 8u  /* a clause that is shorter says nothing */
#define BRIEF_MAX_BYTES 64u /* of an option's description, which menus show in one line */

/* The first clause of a help text, or as many words as a menu has room for. */
static size_t brief_bytes(const char *text)
{
	size_t length = 0;
	size_t word_end = 0;

	for (; length < BRIEF_MAX_BYTES && text[length]; length++) {
		bool clause_ends = text[length] == ';' ||
				   (text[length] == '.' && text[length + 1] == ' ') ||
				   strncmp(text + length, " (", 2) == 0;

		if (clause_ends && length >= BRIEF_MIN_BYTES)
			return length;
		if (text[length] == ' ' || text[length] == ',')
			word_end = length;
	}
	return text[length] ? word_end : length;
}

/* Where words were left out, not a clause. */
static const char *brief_end(const char *text)
{
	size_t length = brief_bytes(text);
	bool is_cut = text[length] == ',' ||
		      (text[length] == ' ' && strncmp(text + length, " (", 2) != 0);

	return is_cut ? "..." : "";
}

/* Within single quotes of a shell; `also` are characters that want a backslash besides. */
static void append_quoted(struct text_builder *out, const char *text, size_t length,
			  const char *also)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\'')
			text_append(out, "'\\''");
		else if (strchr(also, text[i]))
			text_append_format(out, "\\%c", text[i]);
		else
			text_append_bytes(out, text + i, 1);
	}
}

static void append_commands(struct text_builder *out, const struct completion_programs *programs)
{
	for (size_t i = 0; i < programs->count; i++)
		text_append_format(out, "%s%s", i > 0 ? " " : "", programs->commands[i]->name);
}

/* The words of a kind that has a fixed list. */
static void append_words(struct text_builder *out, enum value_kind kind, const char *words,
			 const struct completion_programs *programs)
{
	if (kind == VALUE_COMMANDS)
		append_commands(out, programs);
	else
		text_append(out, words ? words : "");
}

/* bash */

static const char *bash_kind(enum value_kind kind)
{
	switch (kind) {
	case VALUE_FILE:
		return "file";
	case VALUE_DIRECTORY:
		return "directory";
	case VALUE_INTERFACE:
		return "interface";
	case VALUE_WORDS:
	case VALUE_COMMANDS:
		return "words";
	case VALUE_ANY:
		break;
	}
	return "any";
}

static void append_bash_options(struct text_builder *out, const struct command *command,
				bool with_value)
{
	const struct command_option *rows[OPTION_READER_MAX];
	size_t count = command_option_rows(command, rows);
	const char *blank = "";

	for (size_t i = 0; i < count; i++) {
		if (with_value && !command_option_needs_value(rows[i]))
			continue;
		text_append_format(out, "%s--%s", blank, rows[i]->name);
		blank = " ";
		if (rows[i]->letter)
			text_append_format(out, " -%c", rows[i]->letter);
	}
}

/* A branch of the case that knows a command's options and operands. */
static void append_bash_command(struct text_builder *out, const char *pattern,
				const struct command *command,
				const struct completion_programs *programs)
{
	text_append_format(out, "\t%s)\n\t\toptions='", pattern);
	append_bash_options(out, command, false);
	text_append(out, "'\n\t\twith_value='");
	append_bash_options(out, command, true);
	text_append_format(out, "'\n\t\tkind=%s words='", bash_kind(command->operands));
	append_words(out, command->operands, command->operand_words, programs);
	text_append(out, "'\n\t\t;;\n");
}

/* Branches of the case that knows what an option's value is. */
static void append_bash_values(struct text_builder *out, const char *pattern,
			       const struct command *command,
			       const struct completion_programs *programs)
{
	const struct command_option *rows[OPTION_READER_MAX];
	size_t count = command_option_rows(command, rows);

	for (size_t i = 0; i < count; i++) {
		if (!rows[i]->value || rows[i]->kind == VALUE_ANY)
			continue;
		text_append_format(out, "\t%s--%s", pattern, rows[i]->name);
		if (rows[i]->letter)
			text_append_format(out, " | %s-%c", pattern, rows[i]->letter);
		text_append_format(out, ") kind=%s words='", bash_kind(rows[i]->kind));
		append_words(out, rows[i]->kind, rows[i]->words, programs);
		text_append(out, "' ;;\n");
	}
}

static const char bash_rest[] =
	"_wiretale_offer() { # KIND WORDS WORD: what begins so, into COMPREPLY\n"
	"\tlocal path\n"
	"\tcase $1 in\n"
	"\twords) mapfile -t COMPREPLY < <(compgen -W \"$2\" -- \"$3\") ;;\n"
	"\tfile)\n"
	"\t\tcompopt -o filenames 2>/dev/null || :\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$3\")\n"
	"\t\t;;\n"
	"\tdirectory)\n"
	"\t\tcompopt -o filenames 2>/dev/null || :\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$3\")\n"
	"\t\t;;\n"
	"\tinterface)\n"
	"\t\tfor path in /sys/class/net/*; do\n"
	"\t\t\t[[ ! -e $path || ${path##*/} != \"$3\"* ]] ||\n"
	"\t\t\t\tCOMPREPLY+=(\"${path##*/}\")\n"
	"\t\tdone\n"
	"\t\t;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"_wiretale() {\n"
	"\tlocal word=${COMP_WORDS[COMP_CWORD]} command='' option='' at only_operands=''\n"
	"\tlocal options with_value kind words IFS=$' \\t\\n'\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ ${COMP_WORDS[0]##*/} == wiretaled ]]; then\n"
	"\t\tcommand=wiretaled\n"
	"\tfi\n"
	"\t_wiretale_command \"$command\"\n"
	"\tfor ((at = 1; at < COMP_CWORD; at++)); do\n"
	"\t\tif [[ ${COMP_WORDS[at]} == -- ]]; then\n"
	"\t\t\tonly_operands=yes\n"
	"\t\telif [[ \" $with_value \" == *\" ${COMP_WORDS[at]} \"* ]]; then\n"
	"\t\t\t[[ ${COMP_WORDS[at + 1]} != '=' ]] || ((at++))\n"
	"\t\t\t((at++)) # its value, which readline parts at colons\n"
	"\t\t\twhile [[ ${COMP_WORDS[at + 1]-} == :* ]]; do\n"
	"\t\t\t\t((at += 2))\n"
	"\t\t\tdone\n"
	"\t\telif [[ -z $command && ${COMP_WORDS[at]} != -* ]]; then\n"
	"\t\t\tcommand=${COMP_WORDS[at]}\n"
	"\t\t\t_wiretale_command \"$command\"\n"
	"\t\tfi\n"
	"\tdone\n"
	"\n"
	"\t# Readline parts --as=tshark at the sign.\n"
	"\tif [[ $word == '=' ]]; then\n"
	"\t\toption=${COMP_WORDS[COMP_CWORD - 1]} word=''\n"
	"\telif ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]]; then\n"
	"\t\toption=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\telif [[ \" $with_value \" == *\" ${COMP_WORDS[COMP_CWORD - 1]} \"* ]]; then\n"
	"\t\toption=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tfi\n"
	"\tif [[ -n $option && -z $only_operands ]]; then\n"
	"\t\t_wiretale_value \"$command$option\"\n"
	"\telif [[ -z $only_operands && ($word == -* || ($kind == any && -z $word)) ]]; then\n"
	"\t\tkind=words words=$options\n"
	"\tfi\n"
	"\t_wiretale_offer \"$kind\" \"$words\" \"$word\"\n"
	"}\n"
	"\n"
	"complete -F _wiretale wiretale wiretaled\n";

static void append_bash(struct text_builder *out, const struct completion_programs *programs)
{
	text_append(out, "# bash: completes command lines of wiretale and wiretaled.\n"
			 "# Made by `wiretale help --completion bash` from the tables of --help.\n"
			 "\n"
			 "_wiretale_command() { # COMMAND: its options, and what its operands are\n"
			 "\toptions='' with_value='' kind=any words=''\n"
			 "\tcase $1 in\n");
	append_bash_command(out, "''", programs->wiretale, programs);
	append_bash_command(out, programs->wiretaled->name, programs->wiretaled, programs);
	for (size_t i = 0; i < programs->count; i++)
		append_bash_command(out, programs->commands[i]->name, programs->commands[i],
				    programs);
	text_append(out, "\tesac\n}\n\n"
			 "_wiretale_value() { # COMMAND--OPTION: what its value is\n"
			 "\tkind=any words=''\n"
			 "\tcase $1 in\n");
	append_bash_values(out, "", programs->wiretale, programs);
	append_bash_values(out, programs->wiretaled->name, programs->wiretaled, programs);
	for (size_t i = 0; i < programs->count; i++)
		append_bash_values(out, programs->commands[i]->name, programs->commands[i],
				   programs);
	text_append(out, "\tesac\n}\n\n");
	text_append(out, bash_rest);
}

/* zsh */

#define ZSH_SPECIAL "[]:\\"

static void append_zsh_action(struct text_builder *out, enum value_kind kind, const char *words,
			      const struct completion_programs *programs)
{
	switch (kind) {
	case VALUE_FILE:
		text_append(out, "_files");
		break;
	case VALUE_DIRECTORY:
		text_append(out, "_files -/");
		break;
	case VALUE_INTERFACE:
		text_append(out, "_wiretale_interfaces");
		break;
	case VALUE_WORDS:
	case VALUE_COMMANDS:
		text_append(out, "(");
		append_words(out, kind, words, programs);
		text_append(out, ")");
		break;
	case VALUE_ANY:
		text_append(out, " ");
		break;
	}
}

/* '*--only=[connections that are so]:TERMS: ' */
static void append_zsh_option(struct text_builder *out, const struct command_option *row,
			      const struct completion_programs *programs)
{
	bool needs = command_option_needs_value(row);
	const char *sign = !row->value ? "" : needs ? "=" : "=-";

	text_append(out, " \\\n\t\t");
	if (row->letter && row->value)
		text_append_format(out, "'*'{-%c+,--%s%s}'", row->letter, row->name, sign);
	else if (row->letter)
		text_append_format(out, "'(-%c --%s)'{-%c,--%s}'", row->letter, row->name,
				   row->letter, row->name);
	else
		text_append_format(out, "'%s--%s%s", row->value ? "*" : "", row->name, sign);
	text_append(out, "[");
	append_quoted(out, row->help, brief_bytes(row->help), ZSH_SPECIAL);
	text_append_format(out, "%s]", brief_end(row->help));
	if (row->value) {
		text_append(out, needs ? ":" : "::");
		append_quoted(out, row->value, strlen(row->value), ZSH_SPECIAL);
		text_append(out, ":");
		append_zsh_action(out, row->kind, row->words, programs);
	}
	text_append(out, "'");
}

static void append_zsh_options(struct text_builder *out, const struct command *command,
			       const struct completion_programs *programs)
{
	const struct command_option *rows[OPTION_READER_MAX];
	size_t count = command_option_rows(command, rows);

	for (size_t i = 0; i < count; i++)
		append_zsh_option(out, rows[i], programs);
}

static void append_zsh_command(struct text_builder *out, const struct command *command,
			       const struct completion_programs *programs)
{
	text_append_format(out, "\t%s)\n\t\t_arguments -s", command->name);
	append_zsh_options(out, command, programs);
	/* Told of operands that nothing is known of, zsh hesitates to complete an option. */
	if (command->operands != VALUE_ANY) {
		text_append(out, " \\\n\t\t'*:operand:");
		append_zsh_action(out, command->operands, command->operand_words, programs);
		text_append(out, "'");
	}
	text_append(out, "\n\t\t;;\n");
}

static void append_zsh(struct text_builder *out, const struct completion_programs *programs)
{
	text_append(out, "#compdef wiretale wiretaled\n"
			 "# zsh: completes command lines of wiretale and wiretaled.\n"
			 "# Made by `wiretale help --completion zsh` from the tables of --help.\n"
			 "\n"
			 "_wiretale_interfaces() {\n"
			 "\tlocal -a names=(/sys/class/net/*(N:t))\n"
			 "\t_wanted interfaces expl 'network interface' compadd -a names\n"
			 "}\n"
			 "\n"
			 "_wiretale_options() { # COMMAND: its options and operands\n"
			 "\tcase $1 in\n");
	append_zsh_command(out, programs->wiretaled, programs);
	for (size_t i = 0; i < programs->count; i++)
		append_zsh_command(out, programs->commands[i], programs);
	text_append(out, "\tesac\n}\n\n"
			 "_wiretale() {\n"
			 "\tlocal curcontext=$curcontext state line expl\n"
			 "\tlocal -A opt_args\n"
			 "\tlocal -a commands=(");
	for (size_t i = 0; i < programs->count; i++) {
		const struct command *command = programs->commands[i];

		text_append_format(out, "\n\t\t'%s:", command->name);
		append_quoted(out, command->summary, strlen(command->summary), "\\:");
		text_append(out, "'");
	}
	text_append(out, "\n\t)\n\n"
			 "\tif [[ $service == wiretaled ]]; then\n"
			 "\t\t_wiretale_options wiretaled\n"
			 "\t\treturn\n"
			 "\tfi\n"
			 "\t_arguments -C -s");
	append_zsh_options(out, programs->wiretale, programs);
	text_append(out, " \\\n\t\t'1:command:->command' '*::argument:->argument'\n"
			 "\tcase $state in\n"
			 "\tcommand) _describe -t commands command commands ;;\n"
			 "\targument) _wiretale_options $words[1] ;;\n"
			 "\tesac\n"
			 "}\n\n"
			 "if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then\n"
			 "\t_wiretale \"$@\"\n"
			 "else\n"
			 "\tcompdef _wiretale wiretale wiretaled\n"
			 "fi\n");
}

/* fish */

static void append_fish_text(struct text_builder *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\'' || text[i] == '\\')
			text_append(out, "\\");
		text_append_bytes(out, text + i, 1);
	}
}

/* What makes `complete` offer values of that kind, and none else. */
static void append_fish_values(struct text_builder *out, enum value_kind kind, const char *words,
			       const struct completion_programs *programs)
{
	switch (kind) {
	case VALUE_FILE:
		text_append(out, " -F");
		break;
	case VALUE_DIRECTORY:
		text_append(out, " -f -a '(__fish_complete_directories)'");
		break;
	case VALUE_INTERFACE:
		text_append(out, " -f -a '(__wiretale_interfaces)'");
		break;
	case VALUE_WORDS:
	case VALUE_COMMANDS:
		text_append(out, " -f -a '");
		append_words(out, kind, words, programs);
		text_append(out, "'");
		break;
	case VALUE_ANY:
		text_append(out, " -f");
		break;
	}
}

/* `when`: "-c wiretale -n '__wiretale_is time'" */
static void append_fish_command(struct text_builder *out, const char *when,
				const struct command *command,
				const struct completion_programs *programs)
{
	const struct command_option *rows[OPTION_READER_MAX];
	size_t count = command_option_rows(command, rows);

	for (size_t i = 0; i < count; i++) {
		text_append_format(out, "complete %s -l %s", when, rows[i]->name);
		if (rows[i]->letter)
			text_append_format(out, " -s %c", rows[i]->letter);
		if (command_option_needs_value(rows[i])) {
			text_append(out, " -r");
			append_fish_values(out, rows[i]->kind, rows[i]->words, programs);
		}
		text_append(out, " -d '");
		append_fish_text(out, rows[i]->help, brief_bytes(rows[i]->help));
		text_append_format(out, "%s'\n", brief_end(rows[i]->help));
	}
	if (command->operands == VALUE_ANY || command == programs->wiretale)
		return;
	text_append_format(out, "complete %s", when);
	append_fish_values(out, command->operands, command->operand_words, programs);
	text_append(out, "\n");
}

static const char fish_functions[] =
	"# fish: completes command lines of wiretale and wiretaled.\n"
	"# Made by `wiretale help --completion fish` from the tables of --help.\n"
	"\n"
	"function __wiretale_command -d 'the command of the line; fails where there is none yet'\n"
	"    set -l words (commandline -opc)\n"
	"    set -e words[1]\n"
	"    while set -q words[1]\n"
	"        switch $words[1]\n"
	"            case --server --timeout # their value is the next word\n"
	"                set -q words[2]; and set -e words[1]\n"
	"            case '-*'\n"
	"            case '*'\n"
	"                echo $words[1]\n"
	"                return 0\n"
	"        end\n"
	"        set -e words[1]\n"
	"    end\n"
	"    return 1\n"
	"end\n"
	"\n"
	"function __wiretale_is -a name\n"
	"    test \"$(__wiretale_command)\" = $name\n"
	"end\n"
	"\n"
	"function __wiretale_interfaces\n"
	"    for path in /sys/class/net/*\n"
	"        basename $path\n"
	"    end\n"
	"end\n"
	"\n"
	"complete -c wiretale -f\n"
	"complete -c wiretaled -f\n";

static void append_fish(struct text_builder *out, const struct completion_programs *programs)
{
	struct text_builder when;

	text_append(out, fish_functions);
	append_fish_command(out, "-c wiretaled", programs->wiretaled, programs);
	append_fish_command(out, "-c wiretale -n 'not __wiretale_command'", programs->wiretale,
			    programs);
	text_builder_init(&when, 256);
	for (size_t i = 0; i < programs->count; i++) {
		const struct command *command = programs->commands[i];

		text_append_format(out,
				   "complete -c wiretale -n 'not __wiretale_command' -a %s "
				   "-d '",
				   command->name);
		append_fish_text(out, command->summary, strlen(command->summary));
		text_append(out, "'\n");
		text_builder_clear(&when);
		text_append_format(&when, "-c wiretale -n '__wiretale_is %s'", command->name);
		append_fish_command(out, text_builder_text(&when), command, programs);
	}
	text_builder_finish(&when);
}

bool command_completion_append(struct text_builder *out, const char *shell,
			       const struct completion_programs *programs)
{
	static const struct {
		const char *shell;
		void (*append)(struct text_builder *out,
			       const struct completion_programs *programs);
	} rows[] = { { "bash", append_bash }, { "zsh", append_zsh }, { "fish", append_fish } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(shell, rows[i].shell) == 0) {
			rows[i].append(out, programs);
			return true;
		}
	}
	return false;
}
