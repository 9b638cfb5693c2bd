#include "relay_load/server_memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "Rss:    1234 kB", at the start of a line. False: there is no such line. */
static bool find_kilobytes(const char *text, const char *name, uint64_t *out_bytes)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		char *end;
		unsigned long long kilobytes;

		line += *line == '\n' ? 1 : 0;
		if (strncmp(line, name, length) != 0)
			continue;
		kilobytes = strtoull(line + length, &end, 10);
		if (end == line + length)
			return false;
		*out_bytes = kilobytes * 1024;
		return true;
	}
	return false;
}

bool server_memory_parse(const char *text, struct server_memory *out)
{
	uint64_t resident = 0;
	uint64_t clean = 0;
	uint64_t dirty = 0;

	if (!find_kilobytes(text, "Rss:", &resident))
		return false;
	(void)find_kilobytes(text, "Private_Clean:", &clean);
	(void)find_kilobytes(text, "Private_Dirty:", &dirty);
	*out = (struct server_memory){ .resident_bytes = resident, .private_bytes = clean + dirty };
	return true;
}

bool server_memory_read(uint32_t pid, struct server_memory *out)
{
	char path[64];
	char text[4096];
	ssize_t length;
	int file_fd;

	(void)snprintf(path, sizeof(path), "/proc/%u/smaps_rollup", pid);
	file_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file_fd < 0)
		return false;
	length = read(file_fd, text, sizeof(text) - 1);
	(void)close(file_fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return server_memory_parse(text, out);
}
