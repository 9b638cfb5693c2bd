#include "tcp_lab/lab_user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcp_lab/small_file.h"

#define ID_MAP_BYTES 4096u /* the kernel takes less than a page */

static int read_map(const char *path, char out[ID_MAP_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	int result = 0;

	if (fd < 0)
		return -errno;
	length = read(fd, out, ID_MAP_BYTES - 1);
	if (length < 0)
		result = -errno;
	else
		out[length] = '\0';
	(void)close(fd);
	return result;
}

/* Everyone in our own map as himself: its first column is what the new map's second may be. */
static int copy_map(const char *from, const char *to)
{
	char text[ID_MAP_BYTES];
	char out[ID_MAP_BYTES];
	const char *at = text;
	size_t length = 0;
	int result = read_map(from, text);

	if (result < 0)
		return result;
	for (;;) {
		char *end;
		unsigned long first = strtoul(at, &end, 10);
		unsigned long count;
		int added;

		if (end == at)
			break;
		(void)strtoul(end, &end, 10);
		count = strtoul(end, &end, 10);
		at = end;
		added = snprintf(out + length, sizeof(out) - length, "%lu %lu %lu\n", first, first,
				 count);
		if (added < 0 || (size_t)added >= sizeof(out) - length)
			return -E2BIG;
		length += (size_t)added;
	}
	return length == 0 ? -EINVAL : small_file_write(to, 0, out, length);
}

/* Stays in the old namespace, where its rights are, and waits until the other is in the new one. */
static _Noreturn void map_everyone(pid_t process, int go_fd)
{
	char path[64];
	char byte;
	int result = -EPIPE;

	if (read(go_fd, &byte, 1) == 1) {
		(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", process);
		result = copy_map("/proc/self/uid_map", path);
		(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", process);
		if (result == 0)
			result = copy_map("/proc/self/gid_map", path);
	}
	_exit(result == 0 ? 0 : 1);
}

struct map_helper {
	pid_t process;
	int go_fd; /* owned */
};

static bool start_helper(struct map_helper *out)
{
	pid_t self = getpid();
	pid_t process;
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return false;
	process = fork();
	if (process == 0) {
		(void)close(pipe_fds[1]); /* else it would wait for itself */
		map_everyone(self, pipe_fds[0]);
	}
	(void)close(pipe_fds[0]);
	if (process < 0) {
		(void)close(pipe_fds[1]);
		return false;
	}
	*out = (struct map_helper){ .process = process, .go_fd = pipe_fds[1] };
	return true;
}

/* True: everyone is mapped. */
static bool finish_helper(const struct map_helper *helper, bool go)
{
	bool told = go && write(helper->go_fd, "", 1) == 1;
	int status = 0;
	pid_t ended;

	(void)close(helper->go_fd);
	do {
		ended = waitpid(helper->process, &status, 0);
	} while (ended < 0 && errno == EINTR);
	return told && ended == helper->process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int map_only(uid_t uid, gid_t gid)
{
	char line[64];
	int result;

	/* The kernel wants it so: to leave a group could widen what its members are denied. */
	result = small_file_write("/proc/self/setgroups", 0, "deny", 4);
	if (result < 0 && result != -ENOENT)
		return result;
	(void)snprintf(line, sizeof(line), "%u %u 1\n", gid, gid);
	result = small_file_write("/proc/self/gid_map", 0, line, strlen(line));
	if (result < 0)
		return result;
	(void)snprintf(line, sizeof(line), "%u %u 1\n", uid, uid);
	return small_file_write("/proc/self/uid_map", 0, line, strlen(line));
}

/* The right to make all the other kinds of namespaces. */
static bool may_do_without(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { .effective = 0 } };
	uint32_t wanted = (1u << CAP_SYS_ADMIN) | (1u << CAP_NET_ADMIN) | (1u << CAP_NET_RAW);

	return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & wanted) == wanted;
}

int lab_user_namespace_enter(enum lab_attempt *attempt)
{
	/* Asked inside, they are nobody's until they are mapped. */
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct map_helper helper = { .process = 0 };
	bool has_helper = uid == 0 && start_helper(&helper);
	int result;

	*attempt = LAB_ATTEMPT_USER_NAMESPACE;
	if (unshare(CLONE_NEWUSER) < 0) {
		result = -errno;
		if (has_helper)
			(void)finish_helper(&helper, false);
		/* Root needs none: in a chroot, say, where nobody gets one. */
		return uid == 0 && may_do_without() ? 0 : result;
	}
	*attempt = LAB_ATTEMPT_USER_MAP;
	if (has_helper && finish_helper(&helper, true))
		return 0;
	return map_only(uid, gid);
}

int lab_user_namespace_drop_rights(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { .effective = 0 } };

	if (geteuid() == 0)
		return 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}
