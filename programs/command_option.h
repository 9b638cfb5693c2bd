/*
 * The options of a command as data: one table each, from which come the reading of the command
 * line, the text of --help, the man page and the shell completions.
 *
 *   struct option_reader reader;
 *   option_reader_begin(&reader, command, argc, argv);
 *   while ((key = option_reader_next(&reader)) > 0)
 *           switch (key) { ... reader.value ... }
 *   if (key == OPTION_OVER)
 *           return reader.status;         help or a sentence was printed
 *   ... reader.operands, reader.operand_count ...
 */
#ifndef WIRETALE_PROGRAMS_COMMAND_OPTION_H
#define WIRETALE_PROGRAMS_COMMAND_OPTION_H

#include <stdbool.h>
#include <stddef.h>

struct command;

/* What a shell offers as an option's value, or as an operand. */
enum value_kind {
	VALUE_ANY,       /* nothing can be offered */
	VALUE_FILE,      /* names of files */
	VALUE_DIRECTORY, /* names of folders */
	VALUE_INTERFACE, /* network interfaces of this machine */
	VALUE_WORDS,     /* those in `words` */
	VALUE_COMMANDS,  /* names of commands */
};

struct command_option {
	int key;           /* > 0: what option_reader_next() gives; 0 ends the table */
	const char *name;  /* "server" for --server */
	char letter;       /* 'i' for -i; 0: none */
	const char *value; /* as help shows it, "HOST[:PORT]"; NULL: takes none; one in brackets,
			      "[FRAMES]", may be left out and is given as --detail=FRAMES */
	const char
		*help; /* one sentence without a full stop, lower case; lines are broken for it */
	enum value_kind kind;
	const char *words; /* of VALUE_WORDS, separated by blanks */
};

enum {
	OPTION_END = 0,      /* no more options; the operands are there */
	OPTION_OVER = -1,    /* the command is over with reader.status */
	OPTION_HELP_KEY = 1, /* reserved; tables begin at OPTION_FIRST_KEY */
	OPTION_FIRST_KEY = 2,
};

#define OPTION_READER_MAX 64 /* rows of a table */

struct option_reader {
	const struct command *command; /* borrowed */
	int argc;
	char **argv;       /* borrowed; getopt_long() moves the operands behind the options */
	const char *value; /* borrowed; of the option given last; NULL: none */
	const struct command_option *row; /* borrowed; the option given last */
	char **operands;                  /* borrowed; valid after OPTION_END */
	int operand_count;
	int status; /* enum exit_status; valid after OPTION_OVER */
	/* private */
	const struct command_option *rows[OPTION_READER_MAX];
	size_t row_count;
};

/* All that a command takes, --help as the last: the count of what it puts into rows. */
size_t command_option_rows(const struct command *command,
			   const struct command_option *rows[OPTION_READER_MAX]);

/* False: "[FRAMES]", which may be left out, or an option without a value. */
bool command_option_needs_value(const struct command_option *row);

void option_reader_begin(struct option_reader *reader, const struct command *command, int argc,
			 char **argv);

/*
 * The key of the next option, OPTION_END or OPTION_OVER. --help is answered here. Names must be
 * written in full: what an abbreviation means would change with each new option.
 */
int option_reader_next(struct option_reader *reader);

#endif
