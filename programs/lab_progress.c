#include "programs/lab_progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/display_width.h"

#define LINE_MAX_BYTES 2048u
#define COLUMNS_DEFAULT 80u
#define CLEAR_LINE "\r\x1b[K"

void lab_progress_init(struct lab_progress *progress)
{
	*progress = (struct lab_progress){ .wanted = isatty(STDERR_FILENO) };
	text_builder_init(&progress->line, LINE_MAX_BYTES);
	text_builder_init(&progress->next, LINE_MAX_BYTES);
}

void lab_progress_finish(struct lab_progress *progress)
{
	lab_progress_hide(progress);
	text_builder_finish(&progress->line);
	text_builder_finish(&progress->next);
}

/* The last column stays free: some terminals break the line there. */
static size_t columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
		return COLUMNS_DEFAULT - 1;
	return size.ws_col - 1u;
}

void lab_progress_show(struct lab_progress *progress, const char *text)
{
	const struct text_builder *before = &progress->line;
	size_t length;

	if (!progress->wanted)
		return;
	text_builder_clear(&progress->next);
	text_append_harmless(&progress->next, text, strlen(text));
	length = display_within(text_builder_text(&progress->next), progress->next.length,
				columns());
	if (length == before->length &&
	    memcmp(text_builder_text(before), text_builder_text(&progress->next), length) == 0)
		return;
	(void)fflush(stdout);
	(void)fprintf(stderr, CLEAR_LINE "%.*s", (int)length, text_builder_text(&progress->next));
	(void)fflush(stderr);
	text_builder_clear(&progress->line);
	text_append_bytes(&progress->line, text_builder_text(&progress->next), length);
}

void lab_progress_hide(struct lab_progress *progress)
{
	if (progress->line.length == 0)
		return;
	(void)fputs(CLEAR_LINE, stderr);
	(void)fflush(stderr);
	text_builder_clear(&progress->line);
}
