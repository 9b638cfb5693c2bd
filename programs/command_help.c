#include "programs/command_help.h"

#include <string.h>

#define OPTION_INDENT 2u
#define LETTER_COLUMNS 4u    /* "-i, " */
#define LEFT_MAX_COLUMNS 24u /* an option that is longer has a line of its own */
#define EXAMPLE_INDENT 2u
#define STATUS_INDENT 2u
#define OUTPUT_INDENT 6u /* of what an example prints, and of a remark below it */

/* Columns of UTF-8 without wide characters, which is all that our own texts have. */
static size_t columns_of(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)text[i] & 0xc0u) != 0x80u;
	return columns;
}

static void append_blanks(struct text_builder *out, size_t count)
{
	text_append_format(out, "%*s", (int)count, "");
}

static size_t go_to(struct text_builder *out, size_t column, size_t wanted)
{
	if (column < wanted)
		append_blanks(out, wanted - column);
	return column < wanted ? wanted : column;
}

/* The words of one paragraph, from `column` on; gives the column behind them. */
static size_t flow_words(struct text_builder *out, const char *text, size_t length, size_t column,
			 size_t indent)
{
	bool begins = true;

	while (length > 0) {
		size_t blanks = strspn(text, " \n");
		size_t word = strcspn(text + (blanks < length ? blanks : length), " \n");
		size_t wide;

		if (blanks >= length)
			break;
		text += blanks;
		length -= blanks;
		word = word < length ? word : length;
		wide = columns_of(text, word);
		if (begins) {
			column = go_to(out, column, indent);
		} else if (column + 1 + wide > COMMAND_HELP_COLUMNS) {
			text_append(out, "\n");
			column = go_to(out, 0, indent);
		} else {
			text_append(out, " ");
			column++;
		}
		text_append_bytes(out, text, word);
		column += wide;
		text += word;
		length -= word;
		begins = false;
	}
	return column;
}

size_t command_paragraph_bytes(const char *text)
{
	size_t length = 0;

	while (text[length] && text[length] != '\n' && strncmp(text + length, "  ", 2) != 0) {
		length += strcspn(text + length, "\n");
		length += text[length] == '\n';
	}
	return length;
}

void command_help_flow(struct text_builder *out, const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t length = command_paragraph_bytes(text);

		if (length > 0) {
			(void)flow_words(out, text, length, column, indent);
		} else {
			length = strcspn(text, "\n");
			if (length > 0)
				(void)go_to(out, column, indent);
			text_append_bytes(out, text, length);
			length += text[length] == '\n';
		}
		text_append(out, "\n");
		column = 0;
		text += length;
	}
}

void command_append_title(struct text_builder *out, const struct command *command)
{
	text_append_format(out, "%s%s", command->is_program ? "" : "wiretale ", command->name);
}

const char *command_statuses(const struct command *command)
{
	return command->statuses ? command->statuses
				 : "0 done; 1 what was asked for did not happen; 2 wrong usage; "
				   "3 this machine lacks something.";
}

void command_help_usage(struct text_builder *out, const struct command *command)
{
	const char *lead = "Usage: ";
	const char *line = command->usage;

	do {
		size_t length = strcspn(line, "\n");
		size_t before = out->length;
		size_t column;

		text_append(out, lead);
		command_append_title(out, command);
		text_append(out, " ");
		column = out->length - before;
		(void)flow_words(out, line, length, column, column);
		text_append(out, "\n");
		lead = "       ";
		line += length + (line[length] == '\n');
	} while (*line);
}

/* "-i, --interface NAME" */
static size_t append_left(struct text_builder *out, const struct command_option *row,
			  bool has_letters)
{
	size_t before = out->length;
	bool may_be_left_out = row->value && !command_option_needs_value(row);

	append_blanks(out, OPTION_INDENT);
	if (row->letter)
		text_append_format(out, "-%c, ", row->letter);
	else if (has_letters)
		append_blanks(out, LETTER_COLUMNS);
	text_append_format(out, "--%s", row->name);
	if (may_be_left_out)
		text_append_format(out, "[=%s", row->value + 1); /* the bracket closes it */
	else if (row->value)
		text_append_format(out, " %s", row->value);
	return columns_of(out->text ? out->text + before : "", out->length - before);
}

static void append_options(struct text_builder *out, const struct command *command)
{
	const struct command_option *rows[OPTION_READER_MAX];
	size_t count = command_option_rows(command, rows);
	struct text_builder left;
	bool has_letters = false;
	size_t column = 0;

	text_builder_init(&left, COMMAND_HELP_MAX_BYTES);
	for (size_t i = 0; i + 1 < count; i++) /* --help alone is no reason to indent all */
		has_letters = has_letters || rows[i]->letter;
	for (size_t i = 0; i < count; i++) {
		size_t wide = append_left(&left, rows[i], has_letters);

		column = wide > column && wide <= LEFT_MAX_COLUMNS ? wide : column;
	}
	column += 2;
	text_append(out, "\nOptions:\n");
	for (size_t i = 0; i < count; i++) {
		size_t wide = append_left(out, rows[i], has_letters);

		if (wide + 2 > column) {
			text_append(out, "\n");
			wide = 0;
		}
		command_help_flow(out, rows[i]->help, wide, column);
	}
	text_builder_finish(&left);
}

size_t command_remark_at(const char *line, size_t length)
{
	for (size_t i = 0; i + 3 < length; i++) {
		if (memcmp(line + i, "  # ", 4) == 0)
			return i;
	}
	return length;
}

/* The column of the remarks behind the commands, or 0 where they don't all fit there. */
static size_t remarks_column(const char *examples)
{
	size_t longest = 0;
	size_t widest_remark = 0;

	for (const char *line = examples; *line; line += line[0] == '\n') {
		size_t length = strcspn(line, "\n");
		size_t at = command_remark_at(line, length);

		if (at < length && strncmp(line, "  ", 2) != 0) {
			size_t wide = columns_of(line + at + 2, length - at - 2);

			longest = at > longest ? at : longest;
			widest_remark = wide > widest_remark ? wide : widest_remark;
		}
		line += length;
	}
	longest += EXAMPLE_INDENT + 2;
	return longest + widest_remark <= COMMAND_HELP_COLUMNS ? longest : 0;
}

static void append_example(struct text_builder *out, const char *line, size_t length,
			   size_t remarks)
{
	size_t at = command_remark_at(line, length);
	size_t column = EXAMPLE_INDENT + columns_of(line, at);

	if (strncmp(line, "  ", 2) == 0) {
		append_blanks(out, OUTPUT_INDENT);
		text_append_bytes(out, line + 2, length - 2);
		text_append(out, "\n");
		return;
	}
	append_blanks(out, EXAMPLE_INDENT);
	text_append_bytes(out, line, at);
	if (at < length && remarks > 0)
		(void)flow_words(out, line + at + 2, length - at - 2, column, remarks);
	text_append(out, "\n");
	if (at < length && remarks == 0) {
		(void)flow_words(out, line + at + 4, length - at - 4, 0, OUTPUT_INDENT);
		text_append(out, "\n");
	}
}

static void append_examples(struct text_builder *out, const char *examples)
{
	size_t remarks = remarks_column(examples);

	text_append(out, strchr(examples, '\n') ? "\nExamples:\n" : "\nExample:\n");
	for (const char *line = examples; *line; line += line[0] == '\n') {
		size_t length = strcspn(line, "\n");

		append_example(out, line, length, remarks);
		line += length;
	}
}

size_t command_status_bytes(const char *text)
{
	size_t length = 0;

	while (text[length] && !(text[length] == ';' && text[length + 1] == ' ' &&
				 text[length + 2] >= '0' && text[length + 2] <= '9'))
		length++;
	return length;
}

static void append_statuses(struct text_builder *out, const char *statuses)
{
	text_append(out, "\nExit status:\n");
	while (*statuses) {
		size_t length = command_status_bytes(statuses);
		bool is_last = statuses[length] == '\0';

		/* As a list the sentence needs no full stop. */
		(void)flow_words(out, statuses,
				 is_last && statuses[length - 1] == '.' ? length - 1 : length, 0,
				 STATUS_INDENT);
		text_append(out, "\n");
		statuses += is_last ? length : length + 2;
	}
}

void command_help_rest(struct text_builder *out, const struct command *command)
{
	append_options(out, command);
	if (command->notes) {
		text_append(out, "\n");
		command_help_flow(out, command->notes, 0, 0);
	}
	if (command->examples)
		append_examples(out, command->examples);
	append_statuses(out, command_statuses(command));
}

void command_help_append(struct text_builder *out, const struct command *command)
{
	command_help_usage(out, command);
	text_append(out, "\n");
	command_help_flow(out, command->about, 0, 0);
	command_help_rest(out, command);
}

void command_help_print(const struct command *command, FILE *file)
{
	struct text_builder text;

	text_builder_init(&text, COMMAND_HELP_MAX_BYTES);
	command_help_append(&text, command);
	(void)fputs(text_builder_text(&text), file);
	text_builder_finish(&text);
}
