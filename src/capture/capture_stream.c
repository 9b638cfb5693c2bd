#include "capture/capture_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture_problem.h"

/* What one read() asks for: little enough to be still in the cache when it is decoded. */
#define READ_BYTES (256u * 1024)
#define PACKED_BYTES (128u * 1024)

static void fail(struct capture_stream *stream, const char *doing, int error_number)
{
	stream->ending = CAPTURE_FAILED;
	capture_problem_say(&stream->problem, stream->disk_read, false, "%s: %s", doing,
			    strerror(error_number));
}

static void fail_for_memory(struct capture_stream *stream)
{
	fail(stream, "cannot keep what is read", ENOMEM);
}

/* Waits where somebody gave us a pipe that does not wait. */
static bool read_again(const struct capture_stream *stream)
{
	struct pollfd readable = { .fd = stream->fd, .events = POLLIN };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	if (stream->wait.stop_fd < 0) /* else it is waited for before each read() */
		(void)poll(&readable, 1, -1);
	return true;
}

/* 0 at the end of the file, where it failed, and where no more is wanted. */
static size_t read_disk(struct capture_stream *stream, uint8_t *bytes, size_t room)
{
	ssize_t length;

	do {
		if (!input_wait(&stream->wait, stream->fd)) {
			stream->stopped = true;
			stream->ending = CAPTURE_END;
			return 0;
		}
		length = read(stream->fd, bytes, room);
	} while (length < 0 && read_again(stream));

	if (length < 0) {
		fail(stream, "cannot be read", errno);
		return 0;
	}
	if (length == 0)
		stream->disk_ended = true;
	stream->disk_read += (uint64_t)length;
	return (size_t)length;
}

static void say_unpacking(struct capture_stream *stream, const char *what)
{
	stream->ending = CAPTURE_DAMAGED;
	capture_problem_say(&stream->problem, capture_stream_disk_offset(stream), false,
			    "the %s data %s", capture_packing_name(stream->packing), what);
}

static void end_unpacking(struct capture_stream *stream, enum unpack_verdict verdict)
{
	switch (verdict) {
	case UNPACK_NO_MEMORY:
		fail_for_memory(stream);
		break;
	case UNPACK_TOO_WIDE:
		say_unpacking(stream, "needs more than 32 MiB of memory: unpack the file first");
		break;
	case UNPACK_DAMAGED:
		say_unpacking(stream, "is damaged here, or something else follows it");
		break;
	case UNPACK_OK: /* but the input is at its end */
		if (capture_unpacker_may_end(stream->unpacker))
			stream->ending = CAPTURE_END;
		else
			say_unpacking(stream, "ends in its middle: the file was cut short");
		break;
	}
}

/* Some bytes behind those in the window; 0 where none come any more, and `ending` says why. */
static size_t read_unpacked(struct capture_stream *stream, size_t room_bytes)
{
	for (;;) {
		struct unpack_step step = {
			.in = stream->packed + stream->packed_next,
			.in_left = stream->packed_left,
			.out = stream->window + stream->left,
			.out_left = room_bytes,
		};
		enum unpack_verdict verdict = capture_unpacker_step(stream->unpacker, &step);
		bool moved = step.in_left < stream->packed_left || step.out_left < room_bytes;

		stream->packed_next += stream->packed_left - step.in_left;
		stream->packed_left = step.in_left;
		if (verdict != UNPACK_OK)
			end_unpacking(stream, verdict);
		if (step.out_left < room_bytes || verdict != UNPACK_OK)
			return room_bytes - step.out_left;
		if (stream->packed_left > 0 && moved)
			continue;
		if (stream->packed_left > 0) { /* it has all that it asked for, and does nothing */
			end_unpacking(stream, UNPACK_DAMAGED);
			return 0;
		}

		stream->packed_next = 0;
		stream->packed_left = read_disk(stream, stream->packed, PACKED_BYTES);
		if (stream->packed_left == 0) {
			if (stream->ending == CAPTURE_FRAME)
				end_unpacking(stream, UNPACK_OK);
			return 0;
		}
	}
}

/* What is left stands at the window's front. */
static size_t read_more(struct capture_stream *stream)
{
	size_t room_bytes = stream->capacity - stream->left;
	size_t length;

	if (room_bytes > READ_BYTES)
		room_bytes = READ_BYTES;
	if (stream->unpacker)
		return read_unpacked(stream, room_bytes);
	length = read_disk(stream, stream->window + stream->left, room_bytes);
	if (stream->disk_ended)
		stream->ending = CAPTURE_END;
	return length;
}

/* In steps, and only when full: a length that lies is not believed before its bytes are there. */
static bool grow(struct capture_stream *stream)
{
	size_t capacity = stream->capacity * 2;
	uint8_t *window;

	if (capacity > CAPTURE_PEEK_MAX_BYTES)
		capacity = CAPTURE_PEEK_MAX_BYTES;
	window = realloc(stream->window, capacity);
	if (!window) {
		fail_for_memory(stream);
		return false;
	}
	stream->next = window + (stream->next - stream->window);
	stream->window = window;
	stream->capacity = capacity;
	return true;
}

const uint8_t *capture_stream_fill(struct capture_stream *stream, size_t bytes)
{
	size_t taken = (size_t)(stream->next - stream->window);

	if (bytes > CAPTURE_PEEK_MAX_BYTES)
		return NULL;
	if (taken > 0) {
		memmove(stream->window, stream->next, stream->left);
		stream->next = stream->window;
		stream->window_offset += taken;
	}
	while (stream->left < bytes && stream->ending == CAPTURE_FRAME) {
		if (stream->left == stream->capacity && !grow(stream))
			break;
		stream->left += read_more(stream);
	}
	return stream->left >= bytes ? stream->next : NULL;
}

bool capture_stream_skip(struct capture_stream *stream, uint64_t bytes)
{
	while (bytes > 0) {
		size_t piece = stream->left;

		if (piece == 0) {
			if (!capture_stream_peek(stream, 1))
				return false;
			continue;
		}
		if (piece > bytes)
			piece = (size_t)bytes;
		capture_stream_take(stream, piece);
		bytes -= piece;
	}
	return true;
}

uint64_t capture_stream_offset(const struct capture_stream *stream)
{
	return stream->window_offset + (uint64_t)(stream->next - stream->window);
}

uint64_t capture_stream_disk_offset(const struct capture_stream *stream)
{
	if (stream->unpacker)
		return stream->disk_read - stream->packed_left;
	return capture_stream_offset(stream);
}

/* The packing shows in the first bytes: they move over to where packed bytes are read. */
static bool begin_unpacking(struct capture_stream *stream)
{
	const uint8_t *magic = capture_stream_peek(stream, CAPTURE_PACKING_MAGIC_BYTES);

	if (!magic) /* too short for any packing, or a failure that `ending` tells */
		return stream->ending != CAPTURE_FAILED;
	stream->packing = capture_packing_of(magic, stream->left);
	if (stream->packing == CAPTURE_PLAIN)
		return true;

	stream->unpacker = capture_unpacker_create(stream->packing);
	stream->packed = malloc(stream->left > PACKED_BYTES ? stream->left : PACKED_BYTES);
	if (!stream->unpacker || !stream->packed) {
		fail_for_memory(stream);
		return false;
	}
	memcpy(stream->packed, stream->next, stream->left);
	stream->packed_left = stream->left;
	stream->left = 0;
	stream->ending = CAPTURE_FRAME; /* a short file may have been read to its end */
	return true;
}

static bool open_path(struct capture_stream *stream, const char *path)
{
	int flags = O_RDONLY | O_CLOEXEC;
	struct stat status;

	stream->owns_fd = strcmp(path, "-") != 0;
	/* A pipe with a name must not wait here for who writes to it: later we can be stopped. */
	if (stream->wait.stop_fd >= 0)
		flags |= O_NONBLOCK;
	stream->fd = stream->owns_fd ? open(path, flags) : STDIN_FILENO;
	if (stream->fd < 0) {
		fail(stream, "cannot be opened", errno);
		return false;
	}
	if (fstat(stream->fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
		stream->disk_bytes = (uint64_t)status.st_size;
		(void)posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return true;
}

enum capture_result capture_stream_init(struct capture_stream *stream, const char *path,
					int stop_fd, struct capture_problem *problem)
{
	*stream = (struct capture_stream){ .fd = -1,
					   .wait = { .stop_fd = stop_fd },
					   .ending = CAPTURE_FRAME };
	stream->window = malloc(CAPTURE_WINDOW_BYTES);
	stream->next = stream->window;
	stream->capacity = CAPTURE_WINDOW_BYTES;
	if (!stream->window)
		fail_for_memory(stream);
	else if (open_path(stream, path) && begin_unpacking(stream))
		return CAPTURE_FRAME;

	*problem = stream->problem;
	capture_stream_finish(stream);
	return CAPTURE_FAILED;
}

void capture_stream_finish(struct capture_stream *stream)
{
	capture_unpacker_destroy(stream->unpacker);
	free(stream->packed);
	free(stream->window);
	if (stream->owns_fd && stream->fd >= 0)
		(void)close(stream->fd);
	*stream = (struct capture_stream){ .fd = -1, .ending = CAPTURE_END };
}

__attribute__((format(printf, 3, 0))) static void say_here(const struct capture_stream *stream,
							   struct capture_problem *problem,
							   const char *format, va_list arguments)
{
	char sentence[sizeof(problem->sentence)];

	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	capture_problem_say(problem, capture_stream_offset(stream), stream->unpacker != NULL, "%s",
			    sentence);
}

enum capture_result capture_stream_damaged(const struct capture_stream *stream,
					   struct capture_problem *problem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_here(stream, problem, format, arguments);
	va_end(arguments);
	return CAPTURE_DAMAGED;
}

enum capture_result capture_stream_cut(const struct capture_stream *stream,
				       struct capture_problem *problem, const char *format, ...)
{
	va_list arguments;

	if (stream->stopped)
		return CAPTURE_END;
	if (stream->ending == CAPTURE_DAMAGED || stream->ending == CAPTURE_FAILED) {
		*problem = stream->problem;
		return stream->ending;
	}
	va_start(arguments, format);
	say_here(stream, problem, format, arguments);
	va_end(arguments);
	return CAPTURE_DAMAGED;
}
