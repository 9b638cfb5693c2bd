#include "tcp_lab/lab_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/close_range.h>

#define NOT_EXECUTED_STATUS 127 /* as a shell says it */
#define DESCRIPTORS_MAX 65536u  /* that are closed one by one where the kernel cannot at once */

/* Our ends and the child's. All -1 until opened. */
struct pipes {
	int input[2];   /* [0] is the child's */
	int output[2];  /* [1] is the child's */
	int failure[2]; /* [1] is the child's */
	bool has_terminal;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void close_pair(int pair[2])
{
	close_fd(&pair[0]);
	close_fd(&pair[1]);
}

static void close_pipes(struct pipes *pipes)
{
	close_pair(pipes->input);
	close_pair(pipes->output);
	close_pair(pipes->failure);
}

static bool set_non_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* The other end of a terminal without its name, which need not be there in our mount namespace. */
static int open_other_end(int terminal)
{
	char name[64];
	int fd = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (ptsname_r(terminal, name, sizeof(name)) != 0)
		return -1;
	return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/*
 * Raw, so that what is printed comes as it is printed, and nothing of it is echoed or taken for a
 * key. Its size is left unknown: programs then do not fold lines that a step looks for.
 */
static bool open_terminal(int output[2])
{
	struct termios settings;

	output[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (output[0] < 0)
		return false;
	if (unlockpt(output[0]) != 0)
		goto close_output;
	output[1] = open_other_end(output[0]);
	if (output[1] < 0 || tcgetattr(output[1], &settings) != 0)
		goto close_output;
	cfmakeraw(&settings);
	if (tcsetattr(output[1], TCSANOW, &settings) != 0)
		goto close_output;
	return true;

close_output:
	close_pair(output);
	return false;
}

static int open_pipes(struct pipes *out)
{
	int error;

	*out = (struct pipes){ .input = { -1, -1 }, .output = { -1, -1 }, .failure = { -1, -1 } };
	if (pipe2(out->input, O_CLOEXEC) != 0 || pipe2(out->failure, O_CLOEXEC) != 0)
		goto close_all;
	out->has_terminal = open_terminal(out->output);
	if (!out->has_terminal && pipe2(out->output, O_CLOEXEC) != 0)
		goto close_all;
	if (!set_non_blocking(out->input[1]) || !set_non_blocking(out->output[0]) ||
	    !set_non_blocking(out->failure[0]))
		goto close_all;
	return 0;

close_all:
	error = errno;
	close_pipes(out);
	return -error;
}

/* ---- in the child ---- */

static void set_environment(const char *tool_folder)
{
	const char *path = getenv("PATH");
	char *longer;

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	if (tool_folder && asprintf(&longer, "%s:%s", tool_folder, path) > 0)
		(void)setenv("PATH", longer, 1);
	(void)setenv("NO_COLOR", "1", 1);
	(void)setenv("TERM", "dumb", 1);
	(void)unsetenv("COLUMNS");
	(void)unsetenv("LINES");
}

/* Those that we hold, and those that we were given by whoever started us. */
static void close_others_at_exec(void)
{
	struct rlimit limit;
	unsigned int end = DESCRIPTORS_MAX;

	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < end)
		end = (unsigned int)limit.rlim_cur;
	for (unsigned int fd = 3; fd < end; fd++)
		(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

static void forget_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL); /* fails for KILL, STOP, and libc's own */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become_command(const struct lab_process_plan *plan, const struct pipes *pipes)
{
	int error = 0;

	(void)setsid();
	if (dup2(pipes->input[0], STDIN_FILENO) < 0 || dup2(pipes->output[1], STDOUT_FILENO) < 0 ||
	    dup2(pipes->output[1], STDERR_FILENO) < 0)
		error = errno;
	forget_signals();
	if (error == 0 && plan->become)
		error = -plan->become(plan->context);
	if (error == 0) {
		close_others_at_exec();
		set_environment(plan->tool_folder);
		(void)execl("/bin/sh", "sh", "-c", plan->command, (char *)NULL);
		error = errno;
	}
	(void)!write(pipes->failure[1], &error, sizeof(error));
	_exit(NOT_EXECUTED_STATUS);
}

/* ---- in the parent ---- */

/* With all signals blocked: none is to meet a handler of ours in the child. */
static pid_t fork_quietly(const struct lab_process_plan *plan, const struct pipes *pipes)
{
	sigset_t all;
	sigset_t before;
	pid_t pid;
	int error;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become_command(plan, pipes);
	error = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

static int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int lab_process_start(const struct lab_process_plan *plan, struct lab_process *out)
{
	struct pipes pipes;
	pid_t pid;
	int pidfd;
	int result = open_pipes(&pipes);

	if (result < 0)
		return result;
	pid = fork_quietly(plan, &pipes);
	if (pid < 0) {
		result = -errno;
		goto close_all;
	}
	pidfd = pidfd_open(pid, 0); /* our child: its number is its own until we reap it */
	if (pidfd < 0) {
		result = -errno;
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		goto close_all;
	}
	*out = (struct lab_process){
		.pid = pid,
		.pidfd = pidfd,
		.input_fd = take_fd(&pipes.input[1]),
		.output_fd = take_fd(&pipes.output[0]),
		.failure_fd = take_fd(&pipes.failure[0]),
		.has_terminal = pipes.has_terminal,
	};

close_all:
	close_pipes(&pipes);
	return result;
}

int lab_process_signal(const struct lab_process *process, int signal_number)
{
	if (kill(-process->pid, signal_number) == 0)
		return 0;
	/* A child that has just been forked leads no group yet. */
	if (errno == ESRCH && kill(process->pid, signal_number) == 0)
		return 0;
	return -errno;
}

bool lab_process_ended(const struct lab_process *process, int *status)
{
	siginfo_t info = { 0 };

	/* It is left a zombie: while it is one, its number and its group's are nobody else's. */
	if (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	    info.si_pid == 0)
		return false;
	*status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0)
					     : W_EXITCODE(0, info.si_status);
	return true;
}

void lab_process_finish(struct lab_process *process)
{
	siginfo_t info;

	if (process->pidfd >= 0)
		(void)waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG);
	close_fd(&process->pidfd);
	close_fd(&process->input_fd);
	close_fd(&process->output_fd);
	close_fd(&process->failure_fd);
}
