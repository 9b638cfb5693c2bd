#include "tcp_lab/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int small_file_write(const char *path, int flags, const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	ssize_t written;
	int result = 0;

	if (fd < 0)
		return -errno;
	written = write(fd, bytes, length);
	if (written < 0)
		result = -errno;
	else if ((size_t)written != length)
		result = -EIO;
	(void)close(fd);
	return result;
}
