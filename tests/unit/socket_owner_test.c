/* Whose a socket is, by this machine's /proc. */
#include "sock_diag/socket_owner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/utf8.h"
#include "support/unit_test.h"

static uint64_t inode_of(int socket_fd)
{
	struct stat told;

	assert_int_equal(fstat(socket_fd, &told), 0);
	return told.st_ino;
}

static bool find_now(uint64_t inode, struct socket_owner *out)
{
	struct socket_owners *owners = socket_owners_create();
	bool found;

	assert_non_null(owners);
	found = socket_owners_find(owners, inode, out);
	socket_owners_destroy(owners);
	return found;
}

static void ones_own_socket_is_found_until_it_is_closed(void **state)
{
	int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct socket_owner owner;
	uint64_t inode;

	(void)state;
	assert_true(socket_fd >= 0);
	inode = inode_of(socket_fd);
	assert_true(find_now(inode, &owner));
	assert_int_equal(owner.pid, getpid());
	(void)close(socket_fd);
	assert_false(find_now(inode, &owner));
	assert_false(find_now(0, &owner));
}

static void a_childs_socket_is_still_its_parents(void **state)
{
	int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct socket_owner owner;
	int held[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(held), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char byte;

		(void)close(held[1]);
		(void)!read(held[0], &byte, 1); /* until the parent closes its end */
		_exit(0);
	}
	assert_true(find_now(inode_of(socket_fd), &owner));
	assert_int_equal(owner.pid, getpid());
	(void)close(held[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(held[0]);
	(void)close(socket_fd);
}

/* A program may call itself what it likes. */
static void a_hostile_name_is_made_harmless(void **state)
{
	/* ESC [2J, a line end, no UTF-8, U+202E: what follows is written from right to left */
	static const uint8_t hostile[] = { 0x1b, '[',  '2',  'J', '\n', 0xff,
					   0xe2, 0x80, 0xae, ' ', 'x',  0 };
	int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char before[16];
	struct socket_owner owner;

	(void)state;
	assert_int_equal(prctl(PR_GET_NAME, before), 0);
	assert_int_equal(prctl(PR_SET_NAME, hostile), 0);
	assert_true(find_now(inode_of(socket_fd), &owner));
	assert_int_equal(prctl(PR_SET_NAME, before), 0);
	assert_true(strlen(owner.program) > 0);
	for (const char *at = owner.program; *at; at++)
		assert_true((unsigned char)*at >= 0x20 && (unsigned char)*at != 0x7f);
	assert_true(utf8_is_valid((const uint8_t *)owner.program, strlen(owner.program)));
	assert_null(memmem(owner.program, strlen(owner.program), hostile + 6, 3));
	(void)close(socket_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ones_own_socket_is_found_until_it_is_closed),
		cmocka_unit_test(a_childs_socket_is_still_its_parents),
		cmocka_unit_test(a_hostile_name_is_made_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
