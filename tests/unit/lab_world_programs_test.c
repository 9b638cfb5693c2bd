/*
 * Programs in the lab: whose rights they have, what they see, that none outlives its world; and a
 * machine that lets nobody make one.
 */
#include "tcp_lab/lab_world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/lab_child.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_user_namespace.h"

#define SERVER_PORT 80

/* Whether any capability is left, as /proc says of this process. */
static bool has_rights(void)
{
	char text[4096];
	char *line;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	CHECK(fd >= 0);
	length = read(fd, text, sizeof(text) - 1);
	CHECK(length > 0);
	(void)close(fd);
	text[length] = '\0';
	line = strstr(text, "\nCapPrm:");
	CHECK(line);
	return strtoull(line + strlen("\nCapPrm:"), NULL, 16) != 0;
}

/* In a process of the server. */
static _Noreturn void be_program(struct lab_world *world, uid_t uid, const char *folder)
{
	struct sockaddr_in wanted = lab_child_address(LAB_CLIENT_IPV4, 7);
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int listener;
	char text[4096];

	CHECK(lab_world_become(world, LAB_SERVER) == 0);
	CHECK(geteuid() == uid && getuid() == uid);
	CHECK(has_rights() == (uid == 0));
	CHECK(gethostname(text, sizeof(text)) == 0);
	CHECK(strcmp(text, "server") == 0);
	CHECK(getcwd(text, sizeof(text)) && strcmp(text, folder) == 0);
	if (!strstr(lab_world_lacks(world), "Names")) {
		CHECK(getaddrinfo("client", "7", &hints, &found) == 0);
		CHECK(found->ai_addrlen == sizeof(wanted));
		CHECK(memcmp(found->ai_addr, &wanted, sizeof(wanted)) == 0);
		CHECK(!found->ai_next);
		freeaddrinfo(found);
	}
	/* Nobody else is to be seen, and the network is the host's. */
	if (!strstr(lab_world_lacks(world), "/proc"))
		CHECK(kill(getppid(), 0) != 0 || getppid() == 0);
	wanted = lab_child_address(LAB_SERVER_IPV4, SERVER_PORT);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(listener >= 0);
	CHECK(bind(listener, (struct sockaddr *)&wanted, sizeof(wanted)) == 0);
	_exit(0);
}

static void play_program(enum lab_backend backend)
{
	uid_t uid = geteuid();
	struct lab_world *world;
	char folder[4096];
	pid_t program;
	int status;

	CHECK(chdir("/usr") == 0 && getcwd(folder, sizeof(folder)));
	world = lab_child_create_world(backend);
	program = fork();
	CHECK(program >= 0);
	if (program == 0)
		be_program(world, uid, folder);
	CHECK(waitpid(program, &status, 0) == program);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* Where this process stands has not changed. */
	CHECK(getcwd(folder, sizeof(folder)) && strcmp(folder, "/usr") == 0);
	lab_world_destroy(world);
}

static void programs_live_on_their_host_with_the_users_own_rights(void **state)
{
	(void)state;
	lab_child_play_once(play_program);
}

/* A program and an orphan of it, which wait for ever and hold the pipe open. */
static void start_programs(struct lab_world *world, int ready_fd)
{
	pid_t program = fork();

	CHECK(program >= 0);
	if (program > 0)
		return;
	CHECK(lab_world_become(world, LAB_CLIENT) == 0);
	if (fork() == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
	}
	(void)signal(SIGTERM, SIG_IGN);
	CHECK(write(ready_fd, "", 1) == 1);
	for (;;)
		(void)pause();
}

/* All that descends from this process becomes its child when orphaned: once there are none, nothing
 * is left. */
static void expect_no_descendants(void)
{
	(void)alarm(LAB_CHILD_PATIENCE_MS / 1000);
	while (waitpid(-1, NULL, 0) > 0)
		;
	CHECK(errno == ECHILD);
}

static void play_killed(enum lab_backend backend)
{
	int pipe_fds[2];
	char byte;
	pid_t owner;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
	owner = fork();
	CHECK(owner >= 0);
	if (owner == 0) {
		struct lab_world *world = lab_child_create_world(backend);

		start_programs(world, pipe_fds[1]);
		(void)close(pipe_fds[1]);
		for (;;)
			(void)pause();
	}
	(void)close(pipe_fds[1]);
	if (read(pipe_fds[0], &byte, 1) != 1) {
		int status;

		CHECK(waitpid(owner, &status, 0) == owner);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	CHECK(read(pipe_fds[0], &byte, 1) == 1);
	CHECK(kill(owner, SIGKILL) == 0);
	CHECK(read(pipe_fds[0], &byte, 1) == 0);
	expect_no_descendants();
}

static void nothing_outlives_the_process_that_made_it(void **state)
{
	(void)state;
	lab_child_play_once(play_killed);
}

static void play_destroyed(enum lab_backend backend)
{
	struct lab_world *world;
	int pipe_fds[2];
	char byte;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
	world = lab_child_create_world(backend);
	start_programs(world, pipe_fds[1]);
	(void)close(pipe_fds[1]);
	CHECK(read(pipe_fds[0], &byte, 1) == 1);
	CHECK(read(pipe_fds[0], &byte, 1) == 1);
	lab_world_destroy(world);
	CHECK(read(pipe_fds[0], &byte, 1) == 0);
	expect_no_descendants();
}

static void destroying_a_world_ends_all_in_it(void **state)
{
	(void)state;
	lab_child_play_once(play_destroyed);
}

/* ---- refusals, real ones ---- */

static void expect_refusal(const char *cause, const char *remedy)
{
	struct lab_world_options options = { .backend = LAB_BACKEND_ANY };
	struct lab_refusal refusal = { .what = "" };
	struct lab_world *world;

	CHECK(lab_world_create(&options, &world, &refusal) < 0);
	if (!strstr(refusal.what, cause) || !strstr(refusal.advice, remedy)) {
		(void)fprintf(stderr, "said: %s; %s\n", refusal.what, refusal.advice);
		_exit(1);
	}
}

/*
 * Within a user namespace its ceilings are its owner's to set. Where none is to be had the lab may
 * do without; but then they are the machine's, which are nobody's to play with.
 */
static void forbid(const char *path)
{
	enum lab_attempt attempt;
	struct stat before;
	struct stat after;
	int fd;

	CHECK(stat("/proc/self/ns/user", &before) == 0);
	if (lab_user_namespace_enter(&attempt) < 0)
		_exit(LAB_CHILD_SKIPPED);
	CHECK(stat("/proc/self/ns/user", &after) == 0);
	if (before.st_ino == after.st_ino)
		_exit(LAB_CHILD_SKIPPED);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		_exit(LAB_CHILD_SKIPPED);
	CHECK(write(fd, "0", 1) == 1);
	(void)close(fd);
}

/* With all of them a user namespace would not be needed. */
static void give_up_rights(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { .effective = 0 } };

	CHECK(syscall(SYS_capset, &header, data) == 0);
}

static void play_no_user_namespaces(enum lab_backend backend)
{
	(void)backend;
	forbid("/proc/sys/user/max_user_namespaces");
	give_up_rights();
	expect_refusal("user.max_user_namespaces is 0", "sysctl user.max_user_namespaces=");
}

static void play_no_network_namespaces(enum lab_backend backend)
{
	(void)backend;
	forbid("/proc/sys/user/max_net_namespaces");
	expect_refusal("user.max_net_namespaces is 0", "sysctl user.max_net_namespaces=");
}

/* As the filter of a container does it. */
static void play_filtered(enum lab_backend backend)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(steps) / sizeof(steps[0]), .filter = steps };

	(void)backend;
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		_exit(LAB_CHILD_SKIPPED);
	expect_refusal("seccomp", "seccomp=unconfined");
}

static void a_machine_that_refuses_is_told_why(void **state)
{
	(void)state;
	lab_child_play_once(play_no_user_namespaces);
	lab_child_play_once(play_no_network_namespaces);
	lab_child_play_once(play_filtered);
}

/* A world that could not be made leaves no process behind either. */
static void play_refused_device(enum lab_backend backend)
{
	struct lab_world_options options = { .backend = backend, .mtu = 10 };
	struct lab_refusal refusal = { .what = "" };
	struct lab_world *world;
	int result = lab_world_create(&options, &world, &refusal);

	CHECK(result < 0);
	CHECK(refusal.what[0] != '\0');
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void a_refused_world_leaves_nothing(void **state)
{
	(void)state;
	lab_child_play_once(play_refused_device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_live_on_their_host_with_the_users_own_rights),
		cmocka_unit_test(nothing_outlives_the_process_that_made_it),
		cmocka_unit_test(destroying_a_world_ends_all_in_it),
		cmocka_unit_test(a_machine_that_refuses_is_told_why),
		cmocka_unit_test(a_refused_world_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
