#include "tcp_lab/lab_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcp_lab/lab_host.h"
#include "tcp_lab/small_file.h"

#define NSSWITCH_MAX_BYTES 65536u
#define DEPTH_MAX 4096u /* of folders around a chroot */

/* Each plain name has one address: a client that is sent to `server` shall not first try in vain
 * where the server does not listen. */
static const char hosts_text[] =
	"127.0.0.1 localhost\n"
	"::1 localhost6 ip6-localhost ip6-loopback\n" LAB_CLIENT_IPV4 " client\n" LAB_SERVER_IPV4
	" server\n" LAB_CLIENT_IPV6 " client6\n" LAB_SERVER_IPV6 " server6\n";

/* A place for new files until they are bound to where they belong. It is always there, and what it
 * hides is not needed meanwhile. */
#define WORKSHOP "/proc"

static int read_whole(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 1;
	int result = 0;

	if (fd < 0)
		return -errno;
	while (got > 0 && length < size) {
		got = read(fd, out + length, size - length);
		if (got > 0)
			length += (size_t)got;
	}
	if (got < 0)
		result = -errno;
	else if (length == size)
		result = -EFBIG;
	else
		out[length] = '\0';
	(void)close(fd);
	return result;
}

static int put(const char *made, const char *place, const char *text, size_t length)
{
	int result = small_file_write(made, O_CREAT | O_TRUNC, text, length);

	if (result < 0)
		return result;
	return mount(made, place, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

void lab_mounts_nsswitch(const char *text, struct text_builder *out)
{
	static const char key[] = "hosts:";

	while (*text) {
		const char *word = text + strspn(text, " \t");
		size_t length = strcspn(text, "\n");
		bool is_ended = text[length] == '\n';

		if (strncmp(word, key, sizeof(key) - 1) == 0)
			text_append(out, "hosts: files");
		else
			text_append_bytes(out, text, length);
		text_append(out, "\n");
		text += length + (is_ended ? 1 : 0);
	}
}

static int put_nsswitch(void)
{
	static char text[NSSWITCH_MAX_BYTES];
	struct text_builder changed;
	int result = read_whole("/etc/nsswitch.conf", text, sizeof(text));

	if (result < 0)
		return result;
	text_builder_init(&changed, (size_t)NSSWITCH_MAX_BYTES * 2);
	lab_mounts_nsswitch(text, &changed);
	result = changed.truncated ? -ENOMEM
				   : put(WORKSHOP "/nsswitch.conf", "/etc/nsswitch.conf",
					 text_builder_text(&changed), changed.length);
	text_builder_finish(&changed);
	return result;
}

static void put_names(struct lab_mounts *out)
{
	if (mount("wiretale", WORKSHOP, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=1m,mode=755") < 0) {
		out->hosts = -errno;
		out->nsswitch = out->hosts;
		return;
	}
	out->hosts = put(WORKSHOP "/hosts", "/etc/hosts", hosts_text, sizeof(hosts_text) - 1);
	out->nsswitch = put_nsswitch();
	/* The daemon that caches names does not know the lab's; where there is none, nothing is
	 * hidden. */
	(void)mount("wiretale", "/var/run/nscd", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		    "size=4k,mode=755");
	(void)umount2(WORKSHOP, MNT_DETACH); /* what was bound stays */
}

/* Of this namespace, whatever a chroot shows of it: what is up from there is no further. */
static int go_to_top(void)
{
	struct stat here;
	struct stat up;

	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		if (stat(".", &here) < 0 || chdir("..") < 0 || stat(".", &up) < 0)
			return -errno;
		if (here.st_dev == up.st_dev && here.st_ino == up.st_ino)
			return 0;
	}
	return -ELOOP;
}

/*
 * In a chroot whose folder is no mount of its own: what our mounts stand on is the mount around it,
 * which cannot be named from within. So root steps out of it, in this namespace only, makes all of
 * it private, and steps in again.
 */
static int make_private_around(int root)
{
	int result;

	/* With another root below, the old one is no end to "..". */
	if (chroot(WORKSHOP) < 0)
		return -errno;
	result = fchdir(root) < 0 ? -errno : go_to_top();
	if (result == 0 && mount("none", ".", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		result = -errno;
	/* Outside nothing may go on: the keeper's end is told as the lab's failure. */
	if (fchdir(root) < 0 || chroot(".") < 0)
		_exit(1);
	return result;
}

/* Private, lest anything reach the machine's own. */
static int make_private(void)
{
	int before;
	int root;
	int result;

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	result = before < 0 || root < 0 ? -errno : make_private_around(root);
	if (result == 0 && fchdir(before) < 0)
		result = -errno;
	if (before >= 0)
		(void)close(before);
	if (root >= 0)
		(void)close(root);
	return result;
}

void lab_mounts_make(struct lab_mounts *out)
{
	*out = (struct lab_mounts){ .namespace = 0 };
	out->namespace = unshare(CLONE_NEWNS) < 0 ? -errno : make_private();
	if (out->namespace < 0)
		return;
	put_names(out);
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		out->proc = -errno;
}

void lab_mounts_text(const struct lab_mounts *mounts, struct text_builder *out)
{
	int names = mounts->namespace < 0 ? mounts->namespace : mounts->hosts;

	if (names < 0)
		text_append_format(
			out,
			"Names do not resolve (%s): programs must be given " LAB_CLIENT_IPV4
			" and " LAB_SERVER_IPV4 ". ",
			strerror(-names));
	else if (mounts->nsswitch < 0 && mounts->nsswitch != -ENOENT)
		text_append_format(out,
				   "Names may not resolve: /etc/nsswitch.conf could not be changed "
				   "for the lab (%s). ",
				   strerror(-mounts->nsswitch));
	if (mounts->namespace == 0 && mounts->proc < 0)
		text_append_format(out,
				   "Programs see the machine's /proc, not the lab's own (%s). ",
				   strerror(-mounts->proc));
}
