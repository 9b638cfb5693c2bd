#include "tcp_lab/lab_namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcp_lab/lab_user_namespace.h"

/*
 * Process 1 of the lab. It reaps orphans by ignoring them. Signals from a terminal are not for it,
 * and what it inherited would keep pipes open that others wait to see closed.
 */
static _Noreturn void keep(int report_fd)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	struct lab_mounts mounts;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGCHLD, &action, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "wiretale-lab");
	(void)setsid();
	if (report_fd > 0)
		(void)close_range(0, (unsigned)report_fd - 1, 0);
	(void)close_range((unsigned)report_fd + 1, UINT_MAX, 0);
	lab_mounts_make(&mounts);
	/* A parent that died before its death would be told us is gone from the pipe as well. */
	if (write(report_fd, &mounts, sizeof(mounts)) != (ssize_t)sizeof(mounts))
		_exit(1);
	(void)close(report_fd);
	for (;;)
		(void)pause();
}

static int start_keeper(struct lab_namespaces *namespaces)
{
	char path[64];
	ssize_t got;
	pid_t process;
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	process = fork();
	if (process == 0) {
		(void)close(pipe_fds[0]);
		keep(pipe_fds[1]);
	}
	(void)close(pipe_fds[1]);
	if (process < 0) {
		int result = -errno;

		(void)close(pipe_fds[0]);
		return result;
	}
	namespaces->keeper = process;
	do {
		got = read(pipe_fds[0], &namespaces->mounts, sizeof(namespaces->mounts));
	} while (got < 0 && errno == EINTR);
	(void)close(pipe_fds[0]);
	if (got != (ssize_t)sizeof(namespaces->mounts))
		return -ECHILD;
	if (namespaces->mounts.namespace < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/root", process);
	namespaces->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (namespaces->root_fd >= 0) {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", process);
		namespaces->mount_fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (namespaces->mount_fd < 0)
		namespaces->mounts.namespace = -errno;
	return 0;
}

static int open_own(const char *path, int *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*out = fd;
	return 0;
}

static int make_host(struct lab_namespaces *namespaces, enum lab_host host)
{
	const char *name = lab_host_name(host);
	int result;

	if (unshare(CLONE_NEWNET | CLONE_NEWUTS) < 0)
		return -errno;
	if (sethostname(name, strlen(name)) < 0)
		return -errno;
	result = open_own("/proc/self/ns/net", &namespaces->net_fds[host]);
	if (result == 0)
		result = open_own("/proc/self/ns/uts", &namespaces->uts_fds[host]);
	if (result == 0)
		result = lab_namespaces_leave(namespaces);
	return result;
}

void lab_namespaces_clear(struct lab_namespaces *namespaces)
{
	*namespaces = (struct lab_namespaces){ .keeper = -1,
					       .wire_fd = -1,
					       .net_fds = { -1, -1 },
					       .uts_fds = { -1, -1 },
					       .mount_fd = -1,
					       .root_fd = -1 };
}

int lab_namespaces_init(struct lab_namespaces *namespaces, lab_namespaces_prepare *prepare,
			const struct lab_machine *machine, struct lab_refusal *refusal)
{
	enum lab_attempt attempt;
	int result;

	lab_namespaces_clear(namespaces);
	result = lab_user_namespace_enter(&attempt);
	if (result < 0)
		return lab_refuse(refusal, attempt, result, machine);
	attempt = LAB_ATTEMPT_NAMESPACES;
	if (unshare(CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC) < 0)
		return lab_refuse(refusal, attempt, -errno, machine);
	result = open_own("/proc/self/ns/net", &namespaces->wire_fd);
	if (result < 0)
		goto finish;
	prepare();
	for (int host = 0; host < LAB_HOSTS; host++) {
		result = make_host(namespaces, (enum lab_host)host);
		if (result < 0)
			goto finish;
	}
	attempt = LAB_ATTEMPT_KEEPER;
	result = start_keeper(namespaces);
	if (result < 0)
		goto finish;
	return 0;

finish:
	lab_namespaces_finish(namespaces);
	return lab_refuse(refusal, attempt, result, machine);
}

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void lab_namespaces_finish(struct lab_namespaces *namespaces)
{
	pid_t ended;

	if (namespaces->keeper > 0) {
		(void)kill(namespaces->keeper, SIGKILL);
		/* Its members that are our children go only when we have reaped them, and it only
		 * after them: to wait for it alone would be to wait for ever. */
		do {
			ended = waitpid(-1, NULL, 0);
		} while (ended > 0 ? ended != namespaces->keeper : errno == EINTR);
	}
	namespaces->keeper = -1;
	close_if_open(&namespaces->wire_fd);
	close_if_open(&namespaces->mount_fd);
	close_if_open(&namespaces->root_fd);
	for (int host = 0; host < LAB_HOSTS; host++) {
		close_if_open(&namespaces->net_fds[host]);
		close_if_open(&namespaces->uts_fds[host]);
	}
}

int lab_namespaces_enter(const struct lab_namespaces *namespaces, enum lab_host host)
{
	return setns(namespaces->net_fds[host], CLONE_NEWNET) < 0 ? -errno : 0;
}

int lab_namespaces_leave(const struct lab_namespaces *namespaces)
{
	return setns(namespaces->wire_fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

/*
 * The same root and folder again: to enter a mount namespace is to stand at its own root, which in
 * a chroot is another than ours.
 */
static int enter_mounts(const struct lab_namespaces *namespaces)
{
	char folder[PATH_MAX];

	if (!getcwd(folder, sizeof(folder)))
		return -errno;
	if (setns(namespaces->mount_fd, CLONE_NEWNS) < 0)
		return -errno;
	if (fchdir(namespaces->root_fd) < 0 || chroot(".") < 0)
		return -errno;
	return chdir(folder) < 0 ? -errno : 0;
}

int lab_namespaces_become(const struct lab_namespaces *namespaces, enum lab_host host)
{
	int result = lab_namespaces_enter(namespaces, host);

	if (result < 0)
		return result;
	if (setns(namespaces->uts_fds[host], CLONE_NEWUTS) < 0)
		return -errno;
	if (namespaces->mount_fd >= 0)
		result = enter_mounts(namespaces);
	if (result < 0)
		return result;
	return lab_user_namespace_drop_rights();
}
