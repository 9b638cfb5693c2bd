#include "programs/privileges.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/securebits.h>

#include "base/decimal.h"

#define PASSWORD_ENTRY_BYTES 4096u
#define CAPABILITY_LAST 63u /* bits of the two words; the kernel knows fewer */

/* There is no libc function for these two; libcap would be one more thing to install. */
static int capabilities_get(struct __user_cap_data_struct out[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return (int)syscall(SYS_capget, &header, out);
}

static int capabilities_set(const struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return (int)syscall(SYS_capset, &header, set);
}

/* What sudo says of who called it. False: it was not sudo, or root who called. */
static bool caller_of_sudo(uid_t *user, gid_t *group)
{
	const char *user_text = getenv("SUDO_UID");
	const char *group_text = getenv("SUDO_GID");
	uint64_t user_number;
	uint64_t group_number;

	if (getuid() != 0 || !user_text || !group_text)
		return false;
	if (!decimal_parse(user_text, 1, UINT32_MAX - 1, &user_number) ||
	    !decimal_parse(group_text, 0, UINT32_MAX - 1, &group_number))
		return false;
	*user = (uid_t)user_number;
	*group = (gid_t)group_number;
	return true;
}

/* The groups that the user has elsewhere too; at least the own one. */
static bool take_groups(uid_t user, gid_t group)
{
	char texts[PASSWORD_ENTRY_BYTES];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwuid_r(user, &entry, texts, sizeof(texts), &found) == 0 && found &&
	    initgroups(entry.pw_name, group) == 0)
		return true;
	return setgroups(1, &group) == 0;
}

static bool fail(struct text_builder *problem, const char *what)
{
	text_append_format(problem, "%s: %s", what, strerror(errno));
	return false;
}

static bool become(uid_t user, gid_t group, struct text_builder *problem)
{
	if (!take_groups(user, group) || setresgid(group, group, group) != 0 ||
	    setresuid(user, user, user) != 0) {
		text_append_format(problem, "cannot become user %u, who called sudo: %s",
				   (unsigned)user, strerror(errno));
		return false;
	}
	if (setresuid(0, 0, 0) == 0 || (group != 0 && setresgid(0, 0, 0) == 0)) {
		text_append_format(problem, "user %u could become root again", (unsigned)user);
		return false;
	}
	return true;
}

/* A program with the set-user-ID bit goes back to who called it. */
static bool drop_set_user_id(struct text_builder *problem)
{
	uid_t user = getuid();
	gid_t group = getgid();

	if (geteuid() == user && getegid() == group)
		return true;
	if (setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0)
		return fail(problem, "cannot go back to the user who called");
	return true;
}

/*
 * The ways back: a program that root executes would have all of them again. Where this may not be
 * done there is nothing to be lost by it: no new privileges are ever given below.
 */
static void close_ways_back(void)
{
	for (unsigned long capability = 0; capability <= CAPABILITY_LAST; capability++)
		(void)prctl(PR_CAPBSET_DROP, capability, 0UL, 0UL, 0UL);
	(void)prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
	/* The change of the user still takes them away: SECBIT_NO_SETUID_FIXUP must not be set. */
	(void)prctl(PR_SET_SECUREBITS,
		    (unsigned long)(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
				    SECBIT_NO_CAP_AMBIENT_RAISE |
				    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED),
		    0UL, 0UL, 0UL);
}

static bool drop_capabilities(struct text_builder *problem)
{
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	struct __user_cap_data_struct left[_LINUX_CAPABILITY_U32S_3];

	if (capabilities_set(none) != 0)
		return fail(problem, "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
		return fail(problem, "cannot refuse new privileges");
	if (capabilities_get(left) != 0)
		return fail(problem, "cannot see which capabilities are left");
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		if ((left[i].effective | left[i].permitted | left[i].inheritable) != 0) {
			text_append(problem, "capabilities are left that were given up");
			return false;
		}
	}
	return true;
}

bool privileges_give_up(struct text_builder *problem)
{
	gid_t group;
	uid_t user;

	close_ways_back();
	if (caller_of_sudo(&user, &group)) {
		if (!become(user, group, problem))
			return false;
	} else if (!drop_set_user_id(problem)) {
		return false;
	}
	return drop_capabilities(problem);
}

void privileges_append_remedy(struct text_builder *out)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

	text_append(out, "to permit it: sudo setcap cap_net_raw+ep ");
	if (length > 0 && (size_t)length < sizeof(path))
		text_append_harmless(out, path, (size_t)length);
	else
		text_append(out, "the wiretale program");
	text_append(out, ", or run it with sudo");
}
