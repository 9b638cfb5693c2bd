#include "programs/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

#define NAME_TRIES 8u
#define SUFFIX "12345678.part"
#define LINKS_MAX 40u /* of symbolic links that lead to each other, as the kernel has it */
#define PROC_PATH_BYTES 32u

struct whole_file {
	FILE *stream;    /* owned */
	char *path;      /* owned; where it goes in the end; NULL: written in place */
	char *beside;    /* owned; where it is until then; NULL: nowhere */
	bool is_unnamed; /* it is in no folder yet */
};

/* The `beside` of a file that has one, borrowed; one of them. */
static char *_Atomic unfinished;

void whole_file_unlink_unfinished(void)
{
	const char *path = unfinished;

	if (path)
		(void)unlink(path);
}

const char *whole_file_why(int error)
{
	switch (error) {
	case ENXIO:
		return "a pipe or a socket that nobody reads";
	case ENOENT:
		return "its folder is not there: make that first, or choose another";
	case EISDIR:
		return "that is a folder: name a file in it";
	case EACCES:
	case EPERM:
		return "you may not write there: choose another place";
	default:
		return strerror(error);
	}
}

/* Bytes of the folder's name, with its slash. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* A name in the same folder that is no longer than names may be, and hardly anybody's. */
static char *name_beside(const char *path)
{
	size_t folder = folder_length(path);
	size_t kept = strlen(path + folder);
	char *beside = malloc(folder + NAME_MAX + 1);

	if (!beside)
		return NULL;
	if (kept > NAME_MAX - sizeof(SUFFIX)) {
		kept = NAME_MAX - sizeof(SUFFIX);
		while (kept > 0 && ((unsigned char)path[folder + kept] & 0xc0) == 0x80)
			kept--; /* not in the middle of a character */
	}
	(void)snprintf(beside, folder + NAME_MAX + 1, "%.*s.%08x.part", (int)(folder + kept), path,
		       (unsigned)random_below(UINT64_C(1) << 32));
	return beside;
}

/* Calls until the name was nobody's. The result of `make`; -1: errno says why. */
static int make_beside(struct whole_file *file, int (*make)(struct whole_file *, mode_t),
		       mode_t mode)
{
	for (unsigned try = 0; try < NAME_TRIES; try++) {
		int result;

		file->beside = name_beside(file->path);
		if (!file->beside)
			return -1;
		result = make(file, mode);
		if (result >= 0) {
			unfinished = file->beside;
			return result;
		}
		free(file->beside); /* which is not ours */
		file->beside = NULL;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

static int create_beside(struct whole_file *file, mode_t mode)
{
	return open(file->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
}

static void proc_path(int fd, char out[PROC_PATH_BYTES])
{
	(void)snprintf(out, PROC_PATH_BYTES, "/proc/self/fd/%d", fd);
}

static int link_to(const struct whole_file *file, const char *path)
{
	char unnamed[PROC_PATH_BYTES];

	proc_path(fileno(file->stream), unnamed);
	return linkat(AT_FDCWD, unnamed, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static int link_beside(struct whole_file *file, mode_t mode)
{
	(void)mode;
	return link_to(file, file->beside);
}

/* Without a name, which /proc gives it in the end. -1: not here. */
static int open_unnamed(const char *path, mode_t mode)
{
	size_t length = folder_length(path);
	char *folder = length > 0 ? strndup(path, length) : strdup(".");
	char proc[PROC_PATH_BYTES];
	int fd;

	if (!folder)
		return -1;
	fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	free(folder);
	if (fd < 0)
		return -1;
	proc_path(fd, proc);
	if (access(proc, F_OK) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Where a symbolic link points. Takes `path`. NULL: errno says why. */
static char *next_of(char *path)
{
	size_t folder = folder_length(path);
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	char *next = NULL;

	if (length >= 0) {
		target[length] = '\0';
		if (target[0] == '/')
			folder = 0;
		if (asprintf(&next, "%.*s%s", (int)folder, path, target) < 0)
			next = NULL;
	}
	free(path);
	return next;
}

/* Through symbolic links, which renaming would replace; also where the last leads to nothing yet.
 * NULL: errno says why. */
static char *resolve(const char *path)
{
	char *resolved = strdup(path);
	struct stat status;

	for (unsigned links = 0; resolved; links++) {
		if (lstat(resolved, &status) != 0 || !S_ISLNK(status.st_mode))
			return resolved;
		if (links == LINKS_MAX) {
			free(resolved);
			errno = ELOOP;
			return NULL;
		}
		resolved = next_of(resolved);
	}
	return NULL;
}

static int open_in_place(const char *path)
{
	/* Where nobody reads a pipe it is no use to wait. */
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

static int open_target(struct whole_file *file, const char *path)
{
	struct stat status;
	bool there = stat(path, &status) == 0;
	mode_t mode = there ? status.st_mode & 0777 : 0666;
	int fd;

	if (there && !S_ISREG(status.st_mode))
		return open_in_place(path);
	if (there && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
		return -1;
	file->path = resolve(path);
	if (!file->path)
		return -1;
	fd = open_unnamed(file->path, mode);
	file->is_unnamed = fd >= 0;
	if (fd < 0)
		fd = make_beside(file, create_beside, mode);
	if (fd >= 0 && there)
		(void)fchmod(fd, mode);
	return fd;
}

int whole_file_try(const char *path)
{
	struct whole_file *file;
	struct stat status;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? 0 : -errno;
	file = whole_file_open(path);
	if (!file)
		return -errno;
	whole_file_abandon(file);
	return 0;
}

static void unlink_beside(const struct whole_file *file)
{
	if (file->beside)
		(void)unlink(file->beside);
}

/* What is done behind it may change errno. */
static void let_go(struct whole_file *file)
{
	int saved = errno;

	if (unfinished == file->beside)
		unfinished = NULL;
	free(file->path);
	free(file->beside);
	free(file);
	errno = saved;
}

struct whole_file *whole_file_open(const char *path)
{
	struct whole_file *file = calloc(1, sizeof(*file));
	int fd;

	if (!file)
		return NULL;
	fd = open_target(file, path);
	if (fd >= 0)
		file->stream = fdopen(fd, "w");
	if (file->stream)
		return file;
	if (fd >= 0) {
		unlink_beside(file);
		(void)close(fd);
	}
	let_go(file);
	return NULL;
}

FILE *whole_file_stream(const struct whole_file *file)
{
	return file->stream;
}

/* 0 or -errno. A name that is taken goes by way of another, for nothing replaces but renaming. */
static int give_name(struct whole_file *file)
{
	if (link_to(file, file->path) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	return make_beside(file, link_beside, 0) < 0 ? -errno : 0;
}

int whole_file_close(struct whole_file *file)
{
	bool had_error = ferror(file->stream) != 0;
	int error = 0;

	if (fflush(file->stream) != 0)
		error = -errno;
	else if (had_error)
		error = -EIO;
	if (error == 0 && file->is_unnamed)
		error = give_name(file);
	if (fclose(file->stream) != 0 && error == 0)
		error = -errno;
	if (error == 0 && file->beside && rename(file->beside, file->path) != 0)
		error = -errno;
	if (error != 0)
		unlink_beside(file);
	let_go(file);
	return error;
}

void whole_file_abandon(struct whole_file *file)
{
	if (!file)
		return;
	unlink_beside(file);
	(void)fclose(file->stream);
	let_go(file);
}
