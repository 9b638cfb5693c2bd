#include "chat_ui/wrapped_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/display_width.h"
#include "base/utf8.h"

#define DEFAULT_COLUMNS 80u
#define LEAST_COLUMNS 20u
#define INDENT "    "
#define INDENT_COLUMNS (sizeof(INDENT) - 1)

/* The line being laid out. */
struct wrapping {
	struct text_builder *out; /* borrowed */
	const char *text;         /* borrowed */
	size_t start;             /* the first byte not yet added */
	size_t width;             /* columns up to here */
	size_t break_at;          /* byte before which it may end; not over start: none */
	size_t width_at_break;
	bool has_word; /* not blanks alone so far */
};

size_t wrapped_text_columns(int fd)
{
	struct winsize size = { 0 };

	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return DEFAULT_COLUMNS - 1;
	return size.ws_col > LEAST_COLUMNS ? size.ws_col - 1u : LEAST_COLUMNS;
}

static void end_line(struct wrapping *wrapping, size_t end)
{
	text_append_bytes(wrapping->out, wrapping->text + wrapping->start, end - wrapping->start);
	wrapping->start = end;
	wrapping->width = 0;
	wrapping->break_at = 0;
	wrapping->has_word = false;
}

static void break_line(struct wrapping *wrapping)
{
	size_t next = wrapping->break_at;
	size_t rest = wrapping->width - wrapping->width_at_break;
	size_t end = next;

	while (end > wrapping->start && wrapping->text[end - 1] == ' ')
		end--;
	end_line(wrapping, end);
	text_append(wrapping->out, "\n" INDENT);
	wrapping->start = next;
	wrapping->width = INDENT_COLUMNS + rest;
}

static void may_break(struct wrapping *wrapping, size_t at, size_t width)
{
	if (!wrapping->has_word)
		return;
	wrapping->break_at = at;
	wrapping->width_at_break = width;
}

/* Bytes of "\033[...m", or 0. */
static size_t colour_bytes(const char *text, size_t left)
{
	size_t length = 2;

	if (left < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	while (length < left && text[length] != 'm' && text[length] != '\n')
		length++;
	return length < left && text[length] == 'm' ? length + 1 : 0;
}

static void take_character(struct wrapping *wrapping, size_t at, uint32_t code_point,
			   size_t columns)
{
	size_t width = display_width_of(code_point);

	if (width > 1)
		may_break(wrapping, at, wrapping->width);
	if (code_point != ' ' && wrapping->width + width > columns &&
	    wrapping->break_at > wrapping->start)
		break_line(wrapping);
	wrapping->width += width;
	if (code_point == ' ')
		may_break(wrapping, at + 1, wrapping->width);
	else
		wrapping->has_word = true;
}

void wrapped_text_append(struct text_builder *out, const char *text, size_t length, size_t columns)
{
	struct wrapping wrapping = { .out = out, .text = text };
	size_t at = 0;

	while (columns > 0 && at < length) {
		uint32_t code_point = 0;
		size_t size = colour_bytes(text + at, length - at);

		if (size > 0) {
			at += size;
			continue;
		}
		if (text[at] == '\n') {
			end_line(&wrapping, ++at);
			continue;
		}
		size = utf8_decode((const uint8_t *)text + at, length - at, &code_point);
		take_character(&wrapping, at, size > 0 ? code_point : '?', columns);
		at += size > 0 ? size : 1;
	}
	end_line(&wrapping, length);
}
