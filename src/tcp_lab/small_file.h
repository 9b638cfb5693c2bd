/* Files that are written in one piece: settings of the kernel, each write() being a value of its
 * own, and a few lines of configuration. Any thread. */
#ifndef WIRETALE_TCP_LAB_SMALL_FILE_H
#define WIRETALE_TCP_LAB_SMALL_FILE_H

#include <stddef.h>

/* flags: of open(), beside O_WRONLY; a file that is made may be read by all. 0 or -errno. */
int small_file_write(const char *path, int flags, const char *bytes, size_t length);

#endif
