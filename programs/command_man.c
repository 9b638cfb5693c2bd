#include "programs/command_man.h"

#include <stdio.h>
#include <string.h>

#include "programs/command_help.h"
#include "programs/version.h"

#define EXAMPLE_COLUMNS 67u /* of a literal block on a page of 80 */
#define CONTINUED_INDENT 4u
#define CONTINUED_MIN_COLUMNS 8u /* a line that is broken has at least so many */

/* What a part is made of. */
struct man_page {
	const struct command *command;  /* borrowed */
	const struct man_commands *all; /* borrowed; NULL: none are listed */
};

static bool is_upper(char character)
{
	return character >= 'A' && character <= 'Z';
}

static bool is_lower(char character)
{
	return character >= 'a' && character <= 'z';
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* What scdoc would take for markup, wherever it stands or at the beginning of a line. */
static void append_character(struct text_builder *out, char character, bool begins)
{
	if (strchr("\\*_`", character) || (begins && strchr("#-[]|;.+", character)))
		text_append(out, "\\");
	text_append_bytes(out, &character, 1);
}

/* Bytes of "--window" or "-i" at text, or 0. */
static size_t option_bytes(const char *text, size_t left)
{
	size_t length = 2;

	if (left >= 2 && text[0] == '-' && is_lower(text[1]) &&
	    (left == 2 || strchr(" \n,.;:)", text[2])))
		return 2;
	if (left < 3 || strncmp(text, "--", 2) != 0 || !is_lower(text[2]))
		return 0;
	while (length < left &&
	       (is_lower(text[length]) || is_digit(text[length]) ||
		(text[length] == '-' && length + 1 < left && is_lower(text[length + 1]))))
		length++;
	return length;
}

/* A run of text on one line: options in bold, line ends as blanks. */
static void append_flow(struct text_builder *out, const char *text, size_t length)
{
	bool begins = true;

	for (size_t i = 0; i < length;) {
		bool may_be_option = i == 0 || !(is_lower(text[i - 1]) || text[i - 1] == '-');
		size_t option = may_be_option ? option_bytes(text + i, length - i) : 0;

		if (option > 0) {
			text_append_format(out, "*%.*s*", (int)option, text + i);
			i += option;
		} else {
			append_character(out, text[i] == '\n' ? ' ' : text[i], begins);
			i++;
		}
		begins = false;
	}
}

/* As a sentence of its own: it begins with a capital letter and ends with a full stop. */
static void append_sentence(struct text_builder *out, const char *text, size_t length)
{
	char first = text[0];

	if (length == 0)
		return;
	if (is_lower(first)) {
		first = (char)(first - 'a' + 'A');
		text_append_bytes(out, &first, 1);
		append_flow(out, text + 1, length - 1);
	} else {
		append_flow(out, text, length);
	}
	if (!strchr(".!?", text[length - 1]))
		text_append(out, ".");
}

/* In a literal block only backslashes are markup. */
static void append_literal_bytes(struct text_builder *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\')
			text_append(out, "\\");
		text_append_bytes(out, text + i, 1);
	}
}

static void append_literal(struct text_builder *out, const char *line, size_t length)
{
	append_literal_bytes(out, line, length);
	text_append(out, "\n");
}

/* Paragraphs, and lines that stay as they are. */
static void append_paragraphs(struct text_builder *out, const char *text)
{
	bool literal = false;

	while (*text) {
		size_t length = command_paragraph_bytes(text);
		bool stays = length == 0 && *text != '\n';

		if (stays != literal)
			text_append(out, "```\n");
		if (literal && !stays)
			text_append(out, "\n");
		literal = stays;
		if (stays) {
			length = strcspn(text, "\n");
			append_literal(out, text + 2, length - 2);
			length += text[length] == '\n';
		} else if (length > 0) {
			append_flow(out, text, text[length - 1] == '\n' ? length - 1 : length);
			text_append(out, "\n\n");
		} else {
			length = 1;
		}
		text += length;
	}
	if (literal)
		text_append(out, "```\n");
}

static void append_page_name(struct text_builder *out, const struct command *command)
{
	text_append_format(out, "%s%s", command->is_program ? "" : "wiretale-", command->name);
}

/* Servers are for section 8. */
static unsigned section_of(const struct command *command)
{
	return strcmp(command->name, "wiretaled") == 0 ? 8 : 1;
}

static void append_head(struct text_builder *out, const struct man_page *page)
{
	const struct command *command = page->command;

	append_page_name(out, command);
	text_append_format(out, "(%u) \"wiretale %s\" \"%s\"\n", section_of(command),
			   WIRETALE_VERSION,
			   section_of(command) == 8 ? "System Administration" : "User Commands");
}

static void append_name(struct text_builder *out, const struct man_page *page)
{
	const struct command *command = page->command;

	append_page_name(out, command);
	text_append(out, " - ");
	append_flow(out, command->summary, strlen(command->summary));
	text_append(out, "\n");
}

/* A line of usage: what stands for something else underlined, what is typed as it is in bold. */
static void append_usage_line(struct text_builder *out, const char *line, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t word = i;

		while (word < length && (is_upper(line[word]) || is_lower(line[word]) ||
					 is_digit(line[word]) || line[word] == '-'))
			word++;
		if (word == i) {
			append_character(out, line[i], false);
			i++;
			continue;
		}
		text_append_format(out, is_upper(line[i]) ? "_%.*s_" : "*%.*s*", (int)(word - i),
				   line + i);
		i = word;
	}
}

static void append_synopsis(struct text_builder *out, const struct man_page *page)
{
	const struct command *command = page->command;
	const char *line = command->usage;

	do {
		size_t length = strcspn(line, "\n");

		text_append(out, "*");
		command_append_title(out, command);
		text_append(out, "* ");
		append_usage_line(out, line, length);
		line += length + (line[length] == '\n');
		text_append(out, *line ? "++\n" : "\n");
	} while (*line);
}

static void append_option(struct text_builder *out, const struct command_option *row)
{
	if (row->letter)
		text_append_format(out, "*-%c*, ", row->letter);
	text_append_format(out, "*--%s*", row->name);
	if (row->value && command_option_needs_value(row))
		text_append_format(out, " _%s_", row->value);
	else if (row->value)
		text_append_format(out, "[=_%.*s_]", (int)strlen(row->value) - 2, row->value + 1);
	text_append(out, "\n\t");
	append_sentence(out, row->help, strlen(row->help));
	text_append(out, "\n\n");
}

static void append_options(struct text_builder *out, const struct man_page *page)
{
	const struct command_option *rows[OPTION_READER_MAX];
	size_t count = command_option_rows(page->command, rows);

	for (size_t i = 0; i < count; i++)
		append_option(out, rows[i]);
}

static void append_statuses(struct text_builder *out, const struct man_page *page)
{
	const char *statuses = command_statuses(page->command);

	while (*statuses) {
		size_t length = command_status_bytes(statuses);
		size_t number = strcspn(statuses, " ");

		number = number < length ? number : 0;
		if (number > 0)
			text_append_format(out, "*%.*s*\n\t", (int)number, statuses);
		append_sentence(out, statuses + number + (number > 0),
				length - number - (number > 0));
		text_append(out, "\n\n");
		statuses += length + (statuses[length] ? 2 : 0);
	}
}

/* Where a command may be broken for a line of that many columns: a blank outside of quotes, or 0.
 */
static size_t break_of(const char *line, size_t length)
{
	size_t found = 0;
	char quote = '\0';

	for (size_t i = 0; i < length && i < EXAMPLE_COLUMNS - CONTINUED_INDENT - 2; i++) {
		if (quote != '\0')
			quote = line[i] == quote ? '\0' : quote;
		else if (line[i] == '\'' || line[i] == '"')
			quote = line[i];
		else if (line[i] == ' ' && i > CONTINUED_MIN_COLUMNS)
			found = i;
	}
	return found;
}

/* As a shell takes it, over several lines where one is too narrow. */
static void append_shell_line(struct text_builder *out, const char *line, size_t length)
{
	size_t indent = 0;

	while (indent + length > EXAMPLE_COLUMNS && break_of(line, length) > 0) {
		size_t end = break_of(line, length);

		text_append_format(out, "%*s", (int)indent, "");
		append_literal_bytes(out, line, end);
		append_literal(out, " \\", 2);
		indent = CONTINUED_INDENT;
		line += end + 1;
		length -= end + 1;
	}
	text_append_format(out, "%*s", (int)indent, "");
	append_literal(out, line, length);
}

/* Remarks stand above their commands, as comments do in a script. */
static void append_examples(struct text_builder *out, const struct man_page *page)
{
	const char *examples = page->command->examples ? page->command->examples : "";
	bool had_remark = false;

	text_append(out, "```\n");
	for (const char *line = examples; *line; line += line[0] == '\n') {
		size_t length = strcspn(line, "\n");
		size_t at = command_remark_at(line, length);
		bool is_output = strncmp(line, "  ", 2) == 0;

		if (line != examples && !is_output && (at < length || had_remark))
			text_append(out, "\n");
		if (at < length)
			append_literal(out, line + at + 2, length - at - 2);
		if (is_output)
			append_literal(out, line, length);
		else
			append_shell_line(out, line, at);
		had_remark = is_output ? had_remark : at < length;
		line += length;
	}
	text_append(out, "```\n");
}

static void append_commands(struct text_builder *out, const struct man_page *page)
{
	const struct man_commands *all = page->all;

	for (size_t i = 0; all && i < all->count; i++) {
		text_append(out, "*");
		append_page_name(out, all->commands[i]);
		text_append(out, "*(1)\n\t");
		append_sentence(out, all->commands[i]->summary, strlen(all->commands[i]->summary));
		text_append(out, "\n\n");
	}
}

static void append_about(struct text_builder *out, const struct man_page *page)
{
	append_paragraphs(out, page->command->about);
}

static void append_notes(struct text_builder *out, const struct man_page *page)
{
	append_paragraphs(out, page->command->notes ? page->command->notes : "");
}

static const struct man_part {
	const char *marker;
	const char *heading; /* of a page without a template; NULL: it has none */
	void (*append)(struct text_builder *out, const struct man_page *page);
} parts[] = {
	{ "@HEAD@", NULL, append_head },
	{ "@NAME@", "NAME", append_name },
	{ "@SYNOPSIS@", "SYNOPSIS", append_synopsis },
	{ "@ABOUT@", "DESCRIPTION", append_about },
	{ "@COMMANDS@", "COMMANDS", append_commands },
	{ "@OPTIONS@", "OPTIONS", append_options },
	{ "@NOTES@", "NOTES", append_notes },
	{ "@STATUSES@", "EXIT STATUS", append_statuses },
	{ "@EXAMPLES@", "EXAMPLES", append_examples },
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

static bool has_part(const struct man_part *part, const struct man_page *page)
{
	if (part->append == append_commands)
		return page->all != NULL;
	if (part->append == append_notes)
		return page->command->notes != NULL;
	return part->append != append_examples || page->command->examples;
}

static void append_default_page(struct text_builder *out, const struct man_page *page)
{
	for (size_t i = 0; i < PART_COUNT; i++) {
		if (!has_part(&parts[i], page))
			continue;
		if (parts[i].heading)
			text_append_format(out, "\n# %s\n\n", parts[i].heading);
		parts[i].append(out, page);
	}
	text_append(out, "\n# SEE ALSO\n\n*wiretale*(1), *wiretaled*(8)\n");
}

static bool is_marker(const char *line, size_t length)
{
	if (length < 3 || line[0] != '@' || line[length - 1] != '@')
		return false;
	for (size_t i = 1; i + 1 < length; i++) {
		if (!is_upper(line[i]))
			return false;
	}
	return true;
}

static const struct man_part *find_part(const char *line, size_t length)
{
	for (size_t i = 0; i < PART_COUNT; i++) {
		if (strlen(parts[i].marker) == length &&
		    strncmp(line, parts[i].marker, length) == 0)
			return &parts[i];
	}
	return NULL;
}

bool command_man_append(struct text_builder *out, const struct command *command,
			const char *template, const struct man_commands *all,
			char problem[MAN_PROBLEM_BYTES])
{
	const struct man_page page = { .command = command, .all = all };

	if (!template) {
		append_default_page(out, &page);
		return true;
	}
	for (const char *line = template; *line; line += line[0] == '\n') {
		size_t length = strcspn(line, "\n");
		const struct man_part *part = find_part(line, length);

		if (!part && is_marker(line, length)) {
			(void)snprintf(problem, MAN_PROBLEM_BYTES,
				       "%.*s stands for nothing that is known",
				       length < 32 ? (int)length : 32, line);
			return false;
		}
		if (part)
			part->append(out, &page);
		else
			text_append_bytes(out, line, length);
		text_append(out, part ? "" : "\n");
		line += length;
	}
	return true;
}
