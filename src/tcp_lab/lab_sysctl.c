#include "tcp_lab/lab_sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char root[] = "/proc/sys/";

static bool is_part_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

bool lab_sysctl_path(const char *name, char out[LAB_SYSCTL_PATH_BYTES])
{
	char path[LAB_SYSCTL_PATH_BYTES];
	size_t length = sizeof(root) - 1;
	bool after_separator = true;

	if (strncmp(name, "net.", 4) != 0 && strncmp(name, "net/", 4) != 0)
		return false;
	memcpy(path, root, length);
	for (; *name; name++) {
		bool is_separator = *name == '.' || *name == '/';

		/* An empty part is refused as well: none leads upwards. */
		if (length + 1 >= sizeof(path) || (is_separator && after_separator) ||
		    (!is_separator && !is_part_of_name(*name)))
			return false;
		path[length] = *name;
		if (is_separator)
			path[length] = '/';
		length++;
		after_separator = is_separator;
	}
	if (after_separator)
		return false;
	path[length] = '\0';
	memcpy(out, path, length + 1);
	return true;
}

int lab_sysctl_set(const char *name, const char *value)
{
	char path[LAB_SYSCTL_PATH_BYTES];
	size_t length = strlen(value);
	int result = 0;
	ssize_t written;
	int fd;

	if (!lab_sysctl_path(name, path))
		return -ENOENT;
	if (length == 0 || length >= LAB_SYSCTL_VALUE_BYTES)
		return -EINVAL;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* In one piece: the kernel takes each write for a value of its own. */
	written = write(fd, value, length);
	if (written < 0)
		result = -errno;
	else if ((size_t)written != length)
		result = -EINVAL;
	(void)close(fd);
	return result;
}

int lab_sysctl_get(const char *name, char *buffer, size_t size)
{
	char path[LAB_SYSCTL_PATH_BYTES];
	char value[LAB_SYSCTL_VALUE_BYTES];
	int result = 0;
	ssize_t length;
	int fd;

	if (!lab_sysctl_path(name, path))
		return -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, value, sizeof(value));
	if (length < 0)
		result = -errno;
	(void)close(fd);
	if (result < 0)
		return result;
	while (length > 0 && (value[length - 1] == '\n' || value[length - 1] == '\0'))
		length--;
	if ((size_t)length >= size || (size_t)length == sizeof(value))
		return -ENOSPC;
	memcpy(buffer, value, (size_t)length);
	buffer[length] = '\0';
	return 0;
}
