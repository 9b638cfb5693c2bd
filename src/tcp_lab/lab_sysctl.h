/*
 * The kernel's network settings of the namespace that the calling thread is in, by the names that
 * sysctl knows them by. Results are 0 or -errno.
 */
#ifndef WIRETALE_TCP_LAB_LAB_SYSCTL_H
#define WIRETALE_TCP_LAB_LAB_SYSCTL_H

#include <stdbool.h>
#include <stddef.h>

#define LAB_SYSCTL_PATH_BYTES 160u
#define LAB_SYSCTL_VALUE_BYTES 512u

/*
 * "net.ipv4.tcp_sack", or with slashes, as a path below /proc/sys. False: no such name can be. Only
 * of net: all else belongs to the machine, and root's experiments would change it.
 */
bool lab_sysctl_path(const char *name, char out[LAB_SYSCTL_PATH_BYTES]);

/* -ENOENT: this kernel has none of that name; -EROFS, -EACCES, -EPERM: not to be set here; -EINVAL:
 * the value is none of its. */
int lab_sysctl_set(const char *name, const char *value);
/* Zero-terminated, without its newline. -ENOSPC: it is longer. */
int lab_sysctl_get(const char *name, char *buffer, size_t size);

#endif
