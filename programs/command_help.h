/* --help of a command, from its table: laid out for 80 columns, wherever it goes. */
#ifndef WIRETALE_PROGRAMS_COMMAND_HELP_H
#define WIRETALE_PROGRAMS_COMMAND_HELP_H

#include <stdio.h>

#include "base/text_builder.h"
#include "programs/command.h"

#define COMMAND_HELP_COLUMNS 79u

/* More than any command's help has; what is over it would be left out, which a test would see. */
#define COMMAND_HELP_MAX_BYTES ((size_t)64 * 1024)

void command_help_print(const struct command *command, FILE *file);
void command_help_append(struct text_builder *out, const struct command *command);

/* Parts of it: the lines of usage; and what stands behind `about`, from the options on. */
void command_help_usage(struct text_builder *out, const struct command *command);
void command_help_rest(struct text_builder *out, const struct command *command);

/* "wiretale time", or the name of a program of its own. */
void command_append_title(struct text_builder *out, const struct command *command);

/* What is said of exit statuses: "0 done; 1 what was asked for did not happen; ...". */
const char *command_statuses(const struct command *command);

/* Bytes of the first status of such a text, without the "; " behind it; at the end 0. */
size_t command_status_bytes(const char *text);

/* Bytes of the first paragraph; 0: an empty line, or one that stays as it is. */
size_t command_paragraph_bytes(const char *text);

/* Where the remark of an example's line begins ("  # ..."), or its length where it has none. */
size_t command_remark_at(const char *line, size_t length);

/*
 * The words of a text that is paragraphs, as struct command tells; each line begins with so many
 * blanks, the first one only where `column` (where it stands) is less. Ends with a line end.
 */
void command_help_flow(struct text_builder *out, const char *text, size_t column, size_t indent);

#endif
