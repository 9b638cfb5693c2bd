#include "programs/command_option.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest_word.h"
#include "programs/command.h"
#include "programs/command_help.h"
#include "programs/complaint.h"

/* What getopt_long() gives for a row that was written as a word: no letter is so large. */
#define ROW_CODE 256

#define LETTERS_MAX_BYTES (3 * OPTION_READER_MAX + 2) /* ":", and "x::" each */

static const struct command_option help_option = {
	.key = OPTION_HELP_KEY, .name = "help", .letter = 'h', .help = "show this text"
};

static size_t add_rows(const struct command_option *table, const struct command_option **rows,
		       size_t count)
{
	for (; table && table->key != 0; table++) {
		assert(table->key >= OPTION_FIRST_KEY && count < OPTION_READER_MAX - 1);
		rows[count++] = table;
	}
	return count;
}

size_t command_option_rows(const struct command *command,
			   const struct command_option *rows[OPTION_READER_MAX])
{
	size_t count = add_rows(command->options, rows, 0);

	count = add_rows(command->more_options, rows, count);
	rows[count++] = &help_option;
	return count;
}

bool command_option_needs_value(const struct command_option *row)
{
	return row->value && row->value[0] != '[';
}

static int takes(const struct command_option *row)
{
	if (!row->value)
		return no_argument;
	return command_option_needs_value(row) ? required_argument : optional_argument;
}

void option_reader_begin(struct option_reader *reader, const struct command *command, int argc,
			 char **argv)
{
	*reader = (struct option_reader){ .command = command, .argc = argc, .argv = argv };
	reader->row_count = command_option_rows(command, reader->rows);
	opterr = 0;
	optind = 0; /* begins anew, where another command line was read before */
}

/* The same rows as getopt_long() wants them. */
static void describe(const struct option_reader *reader, char letters[LETTERS_MAX_BYTES],
		     struct option words[OPTION_READER_MAX + 1])
{
	static const char *const behind[] = { "", ":", "::" }; /* by no_argument and so on */
	size_t length = 1;

	letters[0] = ':';
	for (size_t i = 0; i < reader->row_count; i++) {
		const struct command_option *row = reader->rows[i];
		const char *colon = behind[takes(row)];

		words[i] = (struct option){ row->name, takes(row), NULL, ROW_CODE + (int)i };
		if (!row->letter)
			continue;
		letters[length++] = row->letter;
		for (; *colon; colon++)
			letters[length++] = *colon;
	}
	letters[length] = '\0';
	words[reader->row_count] = (struct option){ 0 };
}

static const struct command_option *row_of(const struct option_reader *reader, int code)
{
	if (code >= ROW_CODE)
		return reader->rows[code - ROW_CODE];
	for (size_t i = 0; i < reader->row_count; i++) {
		if (reader->rows[i]->letter == code)
			return reader->rows[i];
	}
	return NULL;
}

/* What getopt_long() has just read as a word, with or without "=VALUE". */
static const char *word_read(const struct option_reader *reader)
{
	const char *last = reader->argv[optind - 1];

	return optarg && optarg == last ? reader->argv[optind - 2] : last;
}

static bool is_in_full(const struct command_option *row, const char *word)
{
	size_t length = strlen(row->name);

	return strncmp(word, "--", 2) == 0 && strncmp(word + 2, row->name, length) == 0 &&
	       (word[2 + length] == '\0' || word[2 + length] == '=');
}

/* What was meant: the one that is abbreviated so, or nearly written so. NULL: none of them. */
static const char *nearest_name(const struct option_reader *reader, const char *name)
{
	const char *names[OPTION_READER_MAX];
	const char *abbreviated = NULL;
	size_t candidates = 0;

	for (size_t i = 0; i < reader->row_count; i++) {
		names[i] = reader->rows[i]->name;
		if (strncmp(names[i], name, strlen(name)) == 0) {
			abbreviated = names[i];
			candidates++;
		}
	}
	if (candidates == 1)
		return abbreviated;
	/* A single letter is near to every short word. */
	return name[0] && name[1] ? nearest_word(name, names, reader->row_count) : NULL;
}

/* "time: " in front of a sentence about that command, and nothing where it is the program. */
#define PREFIX(command)                                                                            \
	(command)->is_program ? "" : (command)->name, (command)->is_program ? "" : ": "

static int over(struct option_reader *reader, enum exit_status status)
{
	reader->status = (int)status;
	return OPTION_OVER;
}

static int refuse_unknown(struct option_reader *reader, const char *given, const char *name)
{
	const char *nearest = *name ? nearest_name(reader, name) : NULL;

	return over(reader, complaint_usage(reader->command, "%s%sthere is no option %s%s%s%s",
					    PREFIX(reader->command), given,
					    nearest ? "; did you mean --" : "",
					    nearest ? nearest : "", nearest ? "?" : "."));
}

static int refuse_word(struct option_reader *reader, const char *word)
{
	char given[128];
	size_t length = strcspn(word, "=");

	/* "--=3" has no name that could be told. */
	if (length <= 2)
		length = strlen(word);
	(void)snprintf(given, sizeof(given), "%.*s",
		       length < sizeof(given) ? (int)length : (int)sizeof(given) - 1, word);
	return refuse_unknown(reader, given, given[0] && given[1] ? given + 2 : "");
}

/* A letter; but who wrote -json, or put a word behind one hyphen, meant another thing. */
static int refuse_letter(struct option_reader *reader, char letter)
{
	const char *last = reader->argv[optind - 1];
	const char *next = optind < reader->argc ? reader->argv[optind] : last;
	const char *word = next[0] == '-' && next[1] == letter ? next : last;
	char given[] = { '-', letter, '\0' };

	return refuse_unknown(reader, given, word[0] == '-' && word[1] && word[2] ? word + 1 : "");
}

static int refuse_missing_value(struct option_reader *reader, const struct command_option *row,
				bool is_letter)
{
	char given[64];

	if (is_letter)
		(void)snprintf(given, sizeof(given), "-%c", row->letter);
	else
		(void)snprintf(given, sizeof(given), "--%s", row->name);
	return over(reader, complaint_usage(reader->command, "%s%s%s needs a value: %s %s.",
					    PREFIX(reader->command), given, given, row->value));
}

/* What getopt_long() did not take: ':' a value is missing, '?' all else. */
static int refuse(struct option_reader *reader, int why)
{
	const struct command_option *row = optopt ? row_of(reader, optopt) : NULL;
	bool is_letter = optopt != 0 && optopt < ROW_CODE;

	if (is_letter && why == '?')
		return refuse_letter(reader, (char)optopt);
	if (!row || (!is_letter && !is_in_full(row, reader->argv[optind - 1])))
		return refuse_word(reader, reader->argv[optind - 1]);
	if (why == ':')
		return refuse_missing_value(reader, row, is_letter);
	return over(reader, complaint_usage(reader->command, "%s%s--%s takes no value.",
					    PREFIX(reader->command), row->name));
}

int option_reader_next(struct option_reader *reader)
{
	struct option words[OPTION_READER_MAX + 1];
	char letters[LETTERS_MAX_BYTES];
	const struct command_option *row;
	int code;

	describe(reader, letters, words);
	code = getopt_long(reader->argc, reader->argv, letters, words, NULL);
	if (code < 0) {
		reader->operands = reader->argv + optind;
		reader->operand_count = reader->argc - optind;
		return OPTION_END;
	}
	if (code == ':' || code == '?')
		return refuse(reader, code);
	row = row_of(reader, code);
	if (!row || (code >= ROW_CODE && !is_in_full(row, word_read(reader))))
		return refuse_word(reader, word_read(reader));
	if (row->key == OPTION_HELP_KEY) {
		command_help_print(reader->command, stdout);
		return over(reader, EXIT_DONE);
	}
	reader->row = row;
	reader->value = optarg;
	return row->key;
}
