#include "support/lab_child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/unit_test.h"

#define NOBODY 65534

void lab_child_complain(const char *file, int line, const char *condition)
{
	(void)fprintf(stderr, "%s:%d: not so: %s (errno: %s)\n", file, line, condition,
		      strerror(errno));
}

/* A program gets rid of root's rights by execve(); this process has to say so itself, or its own
 * files in /proc would still be root's. */
static void become_nobody(void)
{
	CHECK(setgroups(0, NULL) == 0);
	CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
}

/* Else it is no refusal, but something broken. */
static bool is_refusal(int error)
{
	static const int refusals[] = { EPERM,  EACCES, ENOSPC,     EUSERS, ENOSYS,
					ENOENT, ENODEV, EOPNOTSUPP, ENXIO };

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (error == -refusals[i])
			return true;
	}
	return false;
}

struct lab_world *lab_child_create_world(enum lab_backend backend)
{
	struct lab_world_options options = { .backend = backend };
	struct lab_refusal refusal = { .what = "" };
	struct lab_world *world;
	int result = lab_world_create(&options, &world, &refusal);

	if (result == 0)
		return world;
	(void)printf("# no lab here: %s; %s\n", refusal.what, refusal.advice);
	(void)fflush(stdout);
	CHECK(is_refusal(result));
	_exit(LAB_CHILD_SKIPPED);
}

/* 0, LAB_CHILD_SKIPPED, or what is wrong. */
static int run_in_child(lab_child_play *play, enum lab_backend backend, bool as_nobody)
{
	int status;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(LAB_CHILD_PATIENCE_MS / 1000 * 3);
		if (as_nobody)
			become_nobody();
		play(backend);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status))
		fail_msg("the child ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void play_as(lab_child_play *play, enum lab_backend backend, bool as_nobody, bool *played)
{
	int result = run_in_child(play, backend, as_nobody);

	if (result == LAB_CHILD_SKIPPED)
		return;
	if (result != 0)
		fail_msg("see above (%s, %s)", backend == LAB_BACKEND_TUN ? "TUN" : "veth",
			 as_nobody ? "as nobody" : "as oneself");
	*played = true;
}

void lab_child_play_everywhere(lab_child_play *play)
{
	bool played = false;

	for (int as_nobody = 0; as_nobody < (geteuid() == 0 ? 2 : 1); as_nobody++) {
		play_as(play, LAB_BACKEND_TUN, as_nobody, &played);
		play_as(play, LAB_BACKEND_VETH, as_nobody, &played);
	}
	if (!played)
		LEAVE_OUT("there is no lab here");
}

void lab_child_play_once(lab_child_play *play)
{
	bool played = false;

	for (int as_nobody = 0; as_nobody < (geteuid() == 0 ? 2 : 1); as_nobody++)
		play_as(play, LAB_BACKEND_ANY, as_nobody, &played);
	if (!played)
		LEAVE_OUT("there is no lab here");
}

struct sockaddr_in lab_child_address(const char *text, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	CHECK(inet_pton(AF_INET, text, &address.sin_addr) == 1);
	return address;
}
