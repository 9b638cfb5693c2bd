#include "programs/states_output.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "chat_ui/wrapped_text.h"
#include "programs/one_shot.h"

#define TEXT_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define WRITE_BYTES 32768u
#define COLUMNS_MIN 60u

void states_output_init(struct states_output *output)
{
	size_t columns = wrapped_text_columns(STDOUT_FILENO);

	if (columns > 0 && columns < COLUMNS_MIN)
		columns = COLUMNS_MIN;
	*output = (struct states_output){ .columns = columns, .colour = one_shot_wants_colour() };
	text_builder_init(&output->text, TEXT_MAX_BYTES);
}

void states_output_finish(struct states_output *output)
{
	text_builder_finish(&output->text);
}

void states_output_row(struct states_output *output)
{
	if (output->rows == 0 && output->text.length >= WRITE_BYTES)
		(void)states_output_flush(output);
}

bool states_output_flush(struct states_output *output)
{
	const struct text_builder *text = &output->text;

	if (!output->failed &&
	    ((text->length > 0 && fwrite(text->text, text->length, 1, stdout) != 1) ||
	     fflush(stdout) != 0)) {
		output->error = errno;
		output->failed = true;
	}
	text_builder_clear(&output->text);
	return !output->failed;
}

const char *states_output_bold(const struct states_output *output)
{
	return output->colour ? "\x1b[1m" : "";
}

const char *states_output_plain(const struct states_output *output)
{
	return output->colour ? "\x1b[0m" : "";
}
