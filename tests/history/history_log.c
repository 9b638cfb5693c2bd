#include "history/history_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool history_log_open(struct history_log *log, const char *path)
{
	log->length = 0;
	log->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
	return log->fd >= 0;
}

void history_log_close(struct history_log *log)
{
	history_log_flush(log);
	(void)close(log->fd);
	log->fd = -1;
}

__attribute__((noreturn)) static void give_up(const char *why)
{
	(void)fprintf(stderr, "history_client: the log: %s\n", why);
	exit(EXIT_FAILURE);
}

/* The same clock for all processes of the machine: what was before what can be told. */
static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void history_log_line(struct history_log *log, const char *word, const char *format, ...)
{
	char *line;
	va_list arguments;
	int head;
	int rest;

	if (sizeof(log->bytes) - log->length < HISTORY_LINE_BYTES)
		history_log_flush(log);
	line = log->bytes + log->length;
	head = snprintf(line, HISTORY_LINE_BYTES, "%s %" PRIu64 " ", word, now_us());
	va_start(arguments, format);
	rest = vsnprintf(line + head, HISTORY_LINE_BYTES - (size_t)head, format, arguments);
	va_end(arguments);
	if (head < 0 || rest < 0 || (size_t)head + (size_t)rest >= HISTORY_LINE_BYTES - 1)
		give_up("a line is too long");
	log->length += (size_t)head + (size_t)rest;
	log->bytes[log->length++] = '\n';
}

void history_log_flush(struct history_log *log)
{
	size_t written = 0;

	while (written < log->length) {
		ssize_t result = write(log->fd, log->bytes + written, log->length - written);

		if (result < 0 && errno == EINTR)
			continue;
		if (result < 0)
			give_up(strerror(errno));
		written += (size_t)result;
	}
	log->length = 0;
}
