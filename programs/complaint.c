#include "programs/complaint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text_builder.h"
#include "chat_ui/wrapped_text.h"

#define SENTENCE_MAX_BYTES 8192u
#define WORST_ESCAPE 4u /* bytes that text_append_harmless() makes of one: "\x1b" */

/* Whatever was put into the sentence; its own line breaks stay. */
static void append_harmless_lines(struct text_builder *out, const char *sentence)
{
	size_t length = strcspn(sentence, "\n");

	text_append_harmless(out, sentence, length);
	while (sentence[length] == '\n') {
		sentence += length + 1;
		length = strcspn(sentence, "\n");
		text_append(out, "\n");
		text_append_harmless(out, sentence, length);
	}
}

__attribute__((format(printf, 3, 0))) static void print(const char *program, const char *behind,
							const char *format, va_list arguments)
{
	char sentence[SENTENCE_MAX_BYTES];
	struct text_builder line;
	struct text_builder shown;

	(void)fflush(stdout);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	text_builder_init(&line, WORST_ESCAPE * SENTENCE_MAX_BYTES);
	text_builder_init(&shown, 2 * WORST_ESCAPE * SENTENCE_MAX_BYTES);
	text_append_format(&line, "%s: ", program);
	append_harmless_lines(&line, sentence);
	text_append_format(&line, "%s\n", behind);
	wrapped_text_append(&shown, text_builder_text(&line), line.length,
			    wrapped_text_columns(STDERR_FILENO));
	(void)fputs(text_builder_text(&shown), stderr);
	text_builder_finish(&shown);
	text_builder_finish(&line);
}

void complaint_print(const char *program, const char *format, va_list arguments)
{
	print(program, "", format, arguments);
}

#define BEHIND_BYTES 128u

/* Where its help is. */
static void put_behind(const struct command *command, char behind[BEHIND_BYTES])
{
	(void)snprintf(behind, BEHIND_BYTES, " See: %s%s --help",
		       command->is_program ? "" : "wiretale ", command->name);
}

static const char *program_of(const struct command *command)
{
	return command->is_program ? command->name : "wiretale";
}

enum exit_status complaint_usage_in_full(const struct command *command, const char *format,
					 va_list arguments)
{
	char behind[BEHIND_BYTES];

	put_behind(command, behind);
	print(program_of(command), behind, format, arguments);
	return EXIT_USAGE;
}

enum exit_status complaint_usage(const struct command *command, const char *format, ...)
{
	enum exit_status status;
	va_list arguments;

	va_start(arguments, format);
	status = complaint_usage_in_full(command, format, arguments);
	va_end(arguments);
	return status;
}
