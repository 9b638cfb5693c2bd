/*
 * A preloaded library that makes the C library fail as a busy machine does, on command.
 *
 * The commands lie in a file that the test maps too (FAULTS_CONTROL names it), so that a server
 * starts undisturbed and the test chooses the moment. Socket calls go wrong in the ways that the
 * kernel documents: EINTR, EAGAIN, fewer bytes than asked for, ECONNRESET. Allocations return
 * NULL. The wall clock is stepped. The choices come from a seeded generator.
 *
 * An EAGAIN that the kernel did not mean would be followed by no edge; for sockets watched
 * edge-triggered the watch is armed again, which raises the edge if the socket is ready.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000
#define MAX_WATCHED 65536
#define SHORT_MAX_BYTES 7

/* Shared with shim.py, which knows it as eight 64-bit numbers in this order. */
struct control {
	_Atomic int64_t clock_step_ns;     /* added to CLOCK_REALTIME */
	_Atomic int64_t allocations_left;  /* the allocation that takes it from 1 to 0 fails */
	_Atomic int64_t allocation_one_in; /* chance of each allocation to fail; 0: none does */
	_Atomic int64_t io_one_in;         /* chance of EINTR, EAGAIN or a short transfer */
	_Atomic int64_t reset_one_in;      /* chance of ECONNRESET */
	_Atomic int64_t allocations_failed;
	_Atomic int64_t io_faults;
	_Atomic uint64_t generator; /* xorshift state, set to the seed by the test */
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static struct control *control;
static struct {
	_Atomic int epoll_fd; /* -1 plus 1, so that zeroed means none */
	struct epoll_event event;
} watched[MAX_WATCHED];

__attribute__((constructor)) static void map_control(void)
{
	const char *path = getenv("FAULTS_CONTROL");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *memory = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (memory != MAP_FAILED)
		control = memory;
}

static uint64_t next_random(void)
{
	uint64_t old = atomic_load(&control->generator);
	uint64_t value;
	do {
		value = old;
		value ^= value << 13;
		value ^= value >> 7;
		value ^= value << 17;
	} while (!atomic_compare_exchange_weak(&control->generator, &old, value));
	return value >> 11;
}

static bool strikes(_Atomic int64_t *one_in)
{
	int64_t chance = control == NULL ? 0 : atomic_load(one_in);
	return chance > 0 && next_random() % (uint64_t)chance == 0;
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

#define REAL(name) ((__typeof__(&name))real(#name))

/* Memory. */

static bool allocation_fails(void)
{
	if (control == NULL)
		return false;
	bool fails = strikes(&control->allocation_one_in);
	if (atomic_load(&control->allocations_left) > 0)
		fails |= atomic_fetch_sub(&control->allocations_left, 1) == 1;
	if (fails) {
		atomic_fetch_add(&control->allocations_failed, 1);
		errno = ENOMEM;
	}
	return fails;
}

void *malloc(size_t size)
{
	return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return allocation_fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return allocation_fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *got = allocation_fails() ? NULL : __libc_memalign(alignment, size);
	if (got == NULL)
		return ENOMEM;
	*memory = got;
	return 0;
}

/* The wall clock. */

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int result = REAL(clock_gettime)(clock, out);
	if (result == 0 && control != NULL &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
		int64_t now = out->tv_sec * (int64_t)NANOSECONDS + out->tv_nsec;
		now += atomic_load(&control->clock_step_ns);
		out->tv_sec = now / NANOSECONDS;
		out->tv_nsec = now % NANOSECONDS;
	}
	return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	(void)zone;
	struct timespec now;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

/* Sockets. */

int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
	int result = REAL(epoll_ctl)(epoll_fd, operation, fd, event);
	if (result == 0 && fd >= 0 && fd < MAX_WATCHED) {
		if (operation == EPOLL_CTL_DEL) {
			atomic_store(&watched[fd].epoll_fd, 0);
		} else {
			watched[fd].event = *event;
			atomic_store(&watched[fd].epoll_fd, epoll_fd + 1);
		}
	}
	return result;
}

static void arm_again(int fd)
{
	if (fd < 0 || fd >= MAX_WATCHED)
		return;
	int epoll_fd = atomic_load(&watched[fd].epoll_fd) - 1;
	struct epoll_event event = watched[fd].event;
	if (epoll_fd >= 0 && (event.events & (uint32_t)EPOLLET) != 0)
		(void)REAL(epoll_ctl)(epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

static bool is_socket(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* True: the call fails with errno set. Otherwise *most is how many bytes it may move. */
static bool call_fails(int fd, size_t *most)
{
	*most = SIZE_MAX;
	if (strikes(&control->reset_one_in)) {
		errno = ECONNRESET;
		return true;
	}
	if (!strikes(&control->io_one_in))
		return false;
	atomic_fetch_add(&control->io_faults, 1);
	switch (next_random() % 4) {
	case 0:
		errno = EINTR;
		return true;
	case 1:
		arm_again(fd);
		errno = EAGAIN;
		return true;
	default:
		*most = 1 + next_random() % SHORT_MAX_BYTES;
		return false;
	}
}

/* Copies as much of the vector as holds at most `most` bytes; returns the entries used. */
static size_t shorten(const struct iovec *from, size_t count, size_t most, struct iovec *to)
{
	size_t used = 0;
	while (used < count && most > 0) {
		to[used] = from[used];
		if (to[used].iov_len > most)
			to[used].iov_len = most;
		most -= to[used].iov_len;
		used++;
	}
	return used;
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	size_t most;
	if (control != NULL && call_fails(fd, &most))
		return -1;
	if (control != NULL && length > most)
		length = most;
	return REAL(recv)(fd, buffer, length, flags);
}

ssize_t read(int fd, void *buffer, size_t length)
{
	if (control == NULL || !is_socket(fd))
		return REAL(read)(fd, buffer, length);
	return recv(fd, buffer, length, 0);
}

/* What a fortified build calls instead. */
ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room);

ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags)
{
	if (length > room)
		abort();
	return recv(fd, buffer, length, flags);
}

ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room)
{
	if (length > room)
		abort();
	return read(fd, buffer, length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	size_t most;
	if (control != NULL && call_fails(fd, &most))
		return -1;
	if (control == NULL || most == SIZE_MAX)
		return REAL(recvmsg)(fd, message, flags);
	struct iovec parts[SHORT_MAX_BYTES];
	struct msghdr shortened = *message;
	shortened.msg_iov = parts;
	shortened.msg_iovlen = shorten(message->msg_iov, 1, most, parts);
	return REAL(recvmsg)(fd, &shortened, flags);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
	if (control == NULL || !is_socket(fd))
		return REAL(readv)(fd, parts, count);
	struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
				  .msg_iovlen = (size_t)count };
	return recvmsg(fd, &message, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	size_t most;
	if (control != NULL && call_fails(fd, &most))
		return -1;
	if (control == NULL || most == SIZE_MAX)
		return REAL(sendmsg)(fd, message, flags);
	struct iovec parts[1];
	struct msghdr shortened = *message;
	size_t first = 0;
	while (first < message->msg_iovlen && message->msg_iov[first].iov_len == 0)
		first++;
	if (first == message->msg_iovlen)
		return REAL(sendmsg)(fd, message, flags);
	shortened.msg_iov = parts;
	shortened.msg_iovlen = shorten(message->msg_iov + first, 1, most, parts);
	return REAL(sendmsg)(fd, &shortened, flags);
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)buffer, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	return sendmsg(fd, &message, flags);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	if (control == NULL || !is_socket(fd))
		return REAL(write)(fd, buffer, length);
	return send(fd, buffer, length, 0);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	if (control == NULL || !is_socket(fd))
		return REAL(writev)(fd, parts, count);
	struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
				  .msg_iovlen = (size_t)count };
	return sendmsg(fd, &message, 0);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
	size_t most;
	if (control != NULL && call_fails(fd, &most)) {
		if (errno == ECONNRESET)
			errno = ECONNABORTED;
		return -1;
	}
	return REAL(accept4)(fd, address, length, flags);
}

int epoll_wait(int epoll_fd, struct epoll_event *events, int room, int timeout_ms)
{
	if (control != NULL && strikes(&control->io_one_in)) {
		atomic_fetch_add(&control->io_faults, 1);
		errno = EINTR;
		return -1;
	}
	return REAL(epoll_wait)(epoll_fd, events, room, timeout_ms);
}
