/* Takes lines from a descriptor without standard input's buffering. One thread. */
#ifndef WIRETALE_CHAT_UI_LINE_READER_H
#define WIRETALE_CHAT_UI_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_READER_MAX_BYTES 65536u /* of a line */

struct line_reader {
	char *bytes;   /* owned; NULL until the first read */
	size_t start;  /* of the first line not yet given */
	size_t end;    /* behind the last byte read */
	bool skipping; /* a line that is too long: dropped up to its end */
	bool ended;    /* the input has */
};

enum line_reader_result {
	LINE_READER_LINE,      /* *line is one, without its end */
	LINE_READER_MORE,      /* no line yet: wait for the descriptor */
	LINE_READER_TOO_LONG,  /* a line was dropped */
	LINE_READER_ZERO_BYTE, /* a line was dropped: it held one */
	LINE_READER_END,
};

void line_reader_init(struct line_reader *reader);
void line_reader_finish(struct line_reader *reader);

/* line_reader_next() would not have to read. */
bool line_reader_has_line(const struct line_reader *reader);

/*
 * The next line. Reads once, which may block, where none is buffered. *line is borrowed until
 * the next call. A last line needs no line end; an error of the descriptor, or no memory, is
 * its end.
 */
enum line_reader_result line_reader_next(struct line_reader *reader, int fd, const char **line);

#endif
