#include "programs/lab_workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "programs/lab_options.h"

#define LOOK_EVERY_MS 100
#define ORPHANS_GRACE_NS (5 * NS_PER_S) /* until the kernel has ended all that a worker left */
#define ORPHANS_MOMENT_NS 2000000
#define STOP_GRACE_NS (5 * NS_PER_S) /* to write down what there was, once told to stop */

/* In memory that the worker shares with us. */
struct shared {
	struct lab_outcome outcome;
	atomic_uint progress;
};

struct job {
	bool ended;
	pid_t pid;
	int pidfd;    /* owned; -1: it does not run */
	FILE *output; /* owned until it is handed out */
	uint64_t kill_at_ns;
	struct lab_worker_end end;
};

struct crew {
	const struct lab_work *work;
	struct job *jobs;      /* owned; work->count of them */
	struct shared *shared; /* owned; the same */
	size_t shared_bytes;
	int signals;      /* owned; Ctrl-C and its like */
	int stop_pipe[2]; /* owned; [1] is closed to stop all */
	sigset_t mask_before;
	size_t next;     /* to be started */
	size_t told;     /* handed out, all before it */
	size_t finished; /* ended, in whatever order */
	size_t running;
	bool stopping;
	enum lab_work_result result;
	int error; /* errno of BROKE */
};

static void stop(struct crew *crew, enum lab_work_result why)
{
	uint64_t kill_at_ns = clock_elapsed_ns() + STOP_GRACE_NS;

	if (!crew->stopping)
		crew->result = why;
	/* Who asks twice is in a hurry. */
	if (crew->stopping && why == LAB_WORK_INTERRUPTED)
		kill_at_ns = 0;
	crew->stopping = true;
	if (crew->stop_pipe[1] >= 0)
		(void)close(crew->stop_pipe[1]);
	crew->stop_pipe[1] = -1;
	for (size_t i = 0; i < crew->next; i++) {
		if (crew->jobs[i].kill_at_ns > kill_at_ns)
			crew->jobs[i].kill_at_ns = kill_at_ns;
	}
}

static void break_off(struct crew *crew, int error)
{
	if (crew->error == 0)
		crew->error = error;
	stop(crew, LAB_WORK_BROKE);
}

/* In the child. Ctrl-C is for us: the worker hears of it through the pipe. */
static void be_worker(const struct crew *crew, size_t i)
{
	const struct lab_worker self = {
		.stop_fd = crew->stop_pipe[0],
		.outcome = &crew->shared[i].outcome,
		.progress = &crew->shared[i].progress,
	};
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(crew->stop_pipe[1]);
	(void)close(crew->signals);
	(void)setpgid(0, 0);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(fileno(crew->jobs[i].output), STDOUT_FILENO) < 0)
		_exit(1);
	(void)sigprocmask(SIG_SETMASK, &crew->mask_before, NULL);
	crew->work->work(crew->work->context, i, &self);
	(void)fflush(stdout);
	_exit(0);
}

/* What a worker writes, until it is shown: a file without a name, or memory where there can be
 * none. */
static FILE *open_output(void)
{
	FILE *output = tmpfile();
	int fd;

	if (output) {
		(void)fcntl(fileno(output), F_SETFD, FD_CLOEXEC);
		return output;
	}
	fd = memfd_create("wiretale", MFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	output = fdopen(fd, "w+");
	if (!output)
		(void)close(fd);
	return output;
}

static bool start(struct crew *crew, size_t i)
{
	struct job *job = &crew->jobs[i];
	int error;

	job->output = open_output();
	if (!job->output)
		return false;
	(void)fflush(NULL); /* else both would write what waits */
	job->pid = fork();
	if (job->pid == 0)
		be_worker(crew, i);
	if (job->pid > 0)
		job->pidfd = pidfd_open(job->pid, 0);
	if (job->pid > 0 && job->pidfd >= 0) {
		job->kill_at_ns = clock_elapsed_ns() + crew->work->limit_ns(crew->work->context, i);
		crew->running++;
		return true;
	}
	error = errno;
	if (job->pid > 0) {
		(void)kill(job->pid, SIGKILL);
		(void)waitpid(job->pid, NULL, 0);
	}
	(void)fclose(job->output);
	job->output = NULL;
	errno = error;
	return false;
}

static void start_some(struct crew *crew)
{
	while (!crew->stopping && crew->next < crew->work->count &&
	       crew->running < crew->work->jobs) {
		if (!start(crew, crew->next)) {
			break_off(crew, errno);
			return;
		}
		crew->next++;
	}
}

static void take_end(struct crew *crew, struct job *job)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)job->pid, &info, WEXITED) != 0)
		return;
	(void)close(job->pidfd);
	job->pidfd = -1;
	job->ended = true;
	if (info.si_code == CLD_EXITED)
		job->end.status = info.si_status;
	else
		job->end.signal = info.si_status;
	crew->running--;
	crew->finished++;
}

/* Those whose turn it is. */
static void tell(struct crew *crew)
{
	const struct lab_work *work = crew->work;

	while (crew->told < crew->next && crew->jobs[crew->told].ended) {
		struct job *job = &crew->jobs[crew->told];
		FILE *output = job->output;

		job->output = NULL;
		rewind(output);
		if (!work->done(work->context, crew->told, &crew->shared[crew->told].outcome,
				&job->end, output))
			stop(crew, LAB_WORK_UNWANTED);
		crew->told++;
	}
}

static void kill_late(struct crew *crew)
{
	uint64_t now_ns = clock_elapsed_ns();

	for (size_t i = crew->told; i < crew->next; i++) {
		struct job *job = &crew->jobs[i];

		if (job->pidfd < 0 || job->kill_at_ns > now_ns)
			continue;
		job->end.late = !crew->stopping;
		job->kill_at_ns = UINT64_MAX;
		/* What it started dies with it: it holds the PID namespace. */
		(void)kill(job->pid, SIGKILL);
	}
}

static void look(const struct crew *crew)
{
	size_t running[LAB_JOBS_MAX];
	unsigned progress[LAB_JOBS_MAX];
	size_t count = 0;

	for (size_t i = crew->told; crew->work->look && i < crew->next; i++) {
		if (crew->jobs[i].pidfd < 0 || count == LAB_JOBS_MAX)
			continue;
		running[count] = i;
		progress[count++] = atomic_load(&crew->shared[i].progress);
	}
	if (crew->work->look)
		crew->work->look(crew->work->context, crew->finished, running, progress, count);
}

static void take_signal(struct crew *crew)
{
	struct signalfd_siginfo told;

	if (read(crew->signals, &told, sizeof(told)) == (ssize_t)sizeof(told))
		stop(crew, LAB_WORK_INTERRUPTED);
}

static void wait_for_something(struct crew *crew)
{
	struct pollfd waited[LAB_JOBS_MAX + 1] = { { .fd = crew->signals, .events = POLLIN } };
	struct job *whose[LAB_JOBS_MAX + 1] = { NULL };
	nfds_t count = 1;

	for (size_t i = crew->told; i < crew->next && count <= LAB_JOBS_MAX; i++) {
		if (crew->jobs[i].pidfd < 0)
			continue;
		whose[count] = &crew->jobs[i];
		waited[count++] = (struct pollfd){ .fd = crew->jobs[i].pidfd, .events = POLLIN };
	}
	if (poll(waited, count, LOOK_EVERY_MS) < 0 && errno != EINTR) {
		break_off(crew, errno);
		return;
	}
	if (waited[0].revents != 0)
		take_signal(crew);
	for (nfds_t i = 1; i < count; i++) {
		if (waited[i].revents != 0)
			take_end(crew, whose[i]);
	}
}

/*
 * A worker that was killed leaves its programs and their PID namespace behind: the kernel kills
 * them, but process 1 of such a namespace ends only when all others are reaped, and that falls to
 * us.
 */
static bool is_worker(const struct crew *crew, pid_t pid)
{
	for (size_t i = crew->told; i < crew->next; i++) {
		if (crew->jobs[i].pid == pid && !crew->jobs[i].ended)
			return true;
	}
	return false;
}

static void reap_orphans(const struct crew *crew)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0 &&
	       !is_worker(crew, info.si_pid)) {
		(void)waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

/* All workers have ended. */
static void reap_last_orphans(void)
{
	static const struct timespec moment = { .tv_nsec = ORPHANS_MOMENT_NS };
	uint64_t until_ns = clock_elapsed_ns() + ORPHANS_GRACE_NS;
	pid_t ended;

	while ((ended = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (ended == 0 && clock_elapsed_ns() > until_ns)
			return;
		if (ended == 0)
			(void)nanosleep(&moment, NULL);
	}
}

static void go(struct crew *crew)
{
	for (;;) {
		start_some(crew);
		if (crew->running == 0)
			break;
		wait_for_something(crew);
		reap_orphans(crew);
		kill_late(crew);
		tell(crew);
		look(crew);
	}
	tell(crew);
	reap_last_orphans();
}

static int open_crew(struct crew *crew)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t mask;

	(void)sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaddset(&mask, ours[i]);
	crew->jobs = calloc(crew->work->count, sizeof(*crew->jobs));
	crew->shared_bytes = crew->work->count * sizeof(*crew->shared);
	crew->shared = mmap(NULL, crew->shared_bytes, PROT_READ | PROT_WRITE,
			    /* cppcheck-suppress invalidFunctionArg ; anonymous memory has none */
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!crew->jobs || crew->shared == MAP_FAILED)
		return -ENOMEM;
	for (size_t i = 0; i < crew->work->count; i++)
		crew->jobs[i].pidfd = -1;
	if (pipe2(crew->stop_pipe, O_CLOEXEC) != 0)
		return -errno;
	crew->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (crew->signals < 0)
		return -errno;
	(void)sigprocmask(SIG_BLOCK, &mask, &crew->mask_before);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
	return 0;
}

static void close_crew(struct crew *crew, bool was_opened)
{
	for (size_t i = 0; crew->jobs && i < crew->work->count; i++) {
		if (crew->jobs[i].output)
			(void)fclose(crew->jobs[i].output);
	}
	free(crew->jobs);
	if (crew->shared != MAP_FAILED)
		(void)munmap(crew->shared, crew->shared_bytes);
	for (size_t i = 0; i < 2; i++) {
		if (crew->stop_pipe[i] >= 0)
			(void)close(crew->stop_pipe[i]);
	}
	if (crew->signals >= 0)
		(void)close(crew->signals);
	if (!was_opened)
		return;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0UL, 0UL, 0UL, 0UL);
	(void)sigprocmask(SIG_SETMASK, &crew->mask_before, NULL);
}

enum lab_work_result lab_work_do(const struct lab_work *work)
{
	struct crew crew = {
		.work = work,
		.shared = MAP_FAILED,
		.signals = -1,
		.stop_pipe = { -1, -1 },
		.result = LAB_WORK_DONE,
	};
	int error = open_crew(&crew);

	if (error == 0)
		go(&crew);
	else
		break_off(&crew, -error);
	close_crew(&crew, error == 0);
	errno = crew.error;
	return crew.result;
}
