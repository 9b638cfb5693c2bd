#include "chat_ui/line_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line, its end, and the zero behind a last line that has none. */
#define BUFFER_BYTES (LINE_READER_MAX_BYTES + 2)

void line_reader_init(struct line_reader *reader)
{
	*reader = (struct line_reader){ 0 };
}

void line_reader_finish(struct line_reader *reader)
{
	free(reader->bytes);
	*reader = (struct line_reader){ 0 };
}

static char *find_line_end(const struct line_reader *reader)
{
	if (reader->end == reader->start)
		return NULL;
	return memchr(reader->bytes + reader->start, '\n', reader->end - reader->start);
}

bool line_reader_has_line(const struct line_reader *reader)
{
	return reader->ended || find_line_end(reader) != NULL;
}

static void read_more(struct line_reader *reader, int fd)
{
	ssize_t count;

	if (!reader->bytes)
		reader->bytes = malloc(BUFFER_BYTES);
	if (!reader->bytes) {
		reader->ended = true;
		return;
	}
	memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
	reader->end -= reader->start;
	reader->start = 0;
	do
		count = read(fd, reader->bytes + reader->end, BUFFER_BYTES - 1 - reader->end);
	while (count < 0 && errno == EINTR);
	if (count > 0)
		reader->end += (size_t)count;
	else if (count == 0 || errno != EAGAIN)
		reader->ended = true;
}

/* The bytes up to `line_end`, where a zero can be put. */
static enum line_reader_result give_line(struct line_reader *reader, const char *line_end,
					 const char **line)
{
	char *start = reader->bytes + reader->start;
	size_t length = (size_t)(line_end - start);

	reader->start =
		(size_t)(line_end - reader->bytes) + (line_end < reader->bytes + reader->end);
	if (reader->skipping) {
		reader->skipping = false;
		return LINE_READER_TOO_LONG;
	}
	if (memchr(start, '\0', length))
		return LINE_READER_ZERO_BYTE;
	if (length > 0 && start[length - 1] == '\r')
		length--;
	start[length] = '\0';
	*line = start;
	return LINE_READER_LINE;
}

enum line_reader_result line_reader_next(struct line_reader *reader, int fd, const char **line)
{
	char *line_end = find_line_end(reader);

	if (!line_end && !reader->ended) {
		read_more(reader, fd);
		line_end = find_line_end(reader);
	}
	if (line_end)
		return give_line(reader, line_end, line);
	if (reader->ended) {
		if (reader->end == reader->start)
			return LINE_READER_END;
		return give_line(reader, reader->bytes + reader->end, line);
	}
	if (reader->end - reader->start > LINE_READER_MAX_BYTES) {
		reader->skipping = true;
		reader->start = 0;
		reader->end = 0;
	}
	return LINE_READER_MORE;
}
