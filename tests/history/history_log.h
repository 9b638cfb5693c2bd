/*
 * The log of one client of the history: text, a line for each thing that happened, in order.
 * Lines are gathered. What is flushed is the kernel's, and outlives the process however it
 * ends: a line is flushed before anything happens that it must not be missing for.
 */
#ifndef WIRETALE_TESTS_HISTORY_HISTORY_LOG_H
#define WIRETALE_TESTS_HISTORY_HISTORY_LOG_H

#include <stdbool.h>
#include <stddef.h>

#define HISTORY_LOG_BYTES (64u * 1024)
#define HISTORY_LINE_BYTES 512u /* one line, newline included; a longer one is a mistake */

struct history_log {
	int fd;        /* owned; -1 while not open */
	size_t length; /* of what is gathered */
	char bytes[HISTORY_LOG_BYTES];
};

/* Makes the file, which must not be there yet. False with errno set. */
bool history_log_open(struct history_log *log, const char *path);
void history_log_close(struct history_log *log);

/* Adds "WORD TIME REST\n", the time being microseconds of CLOCK_MONOTONIC. */
__attribute__((format(printf, 3, 4))) void
history_log_line(struct history_log *log, const char *word, const char *format, ...);

/* Ends the process when the file does not take it: a history with holes proves nothing. */
void history_log_flush(struct history_log *log);

#endif
