#include "capture/pcapng_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "capture/capture_file.h"
#include "capture/pcapng_block.h"

#define BUFFER_BYTES (64u * 1024)
/* An option says its length in 16 bits; a longer comment is cut, and shows it. */
#define COMMENT_MAX_BYTES 65532u
#define CUT_MARK "..."
#define CUT_MARK_BYTES (sizeof(CUT_MARK) - 1)
#define NAME_MAX_BYTES 1024u
#define NANOSECONDS 9u
#define BESIDE_TRIES 8u

/*
 * Everything is written little-endian, into `buffer` and from there to the file. The first error
 * stays and makes all that follows do nothing.
 */
struct pcapng_writer {
	int fd; /* owned, but for standard output */
	bool owns_fd;
	int error;           /* negative errno; 0 while all is well */
	uint32_t interfaces; /* described so far, at most CAPTURE_INTERFACES_MAX */
	char *path;          /* owned; where the file goes in the end, NULL: written in place */
	char *beside;        /* owned; where it is until then, NULL: written in place */
	size_t buffered;     /* bytes in `buffer` */
	uint8_t buffer[BUFFER_BYTES];
};

static void wait_for_room(int fd)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };

	(void)poll(&writable, 1, -1);
}

static void write_through(struct pcapng_writer *writer, const uint8_t *bytes, size_t length)
{
	while (length > 0 && writer->error == 0) {
		ssize_t written = write(writer->fd, bytes, length);

		if (written >= 0) {
			bytes += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN) {
			wait_for_room(writer->fd);
		} else if (errno != EINTR) {
			writer->error = -errno;
		}
	}
}

static void flush(struct pcapng_writer *writer)
{
	write_through(writer, writer->buffer, writer->buffered);
	writer->buffered = 0;
}

static void put_bytes(struct pcapng_writer *writer, const void *bytes, size_t length)
{
	if (length > sizeof(writer->buffer) - writer->buffered)
		flush(writer);
	if (length > sizeof(writer->buffer)) {
		write_through(writer, bytes, length);
		return;
	}
	if (length > 0)
		memcpy(writer->buffer + writer->buffered, bytes, length);
	writer->buffered += length;
}

static void put_u16(struct pcapng_writer *writer, uint16_t value)
{
	const uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8) };

	put_bytes(writer, bytes, sizeof(bytes));
}

static void put_u32(struct pcapng_writer *writer, uint32_t value)
{
	put_u16(writer, (uint16_t)value);
	put_u16(writer, (uint16_t)(value >> 16));
}

static uint32_t padded(uint32_t length)
{
	return (length + 3) & ~UINT32_C(3);
}

static void put_padded(struct pcapng_writer *writer, const void *bytes, uint32_t length)
{
	static const uint8_t zeros[3];

	put_bytes(writer, bytes, length);
	put_bytes(writer, zeros, padded(length) - length);
}

static void put_option(struct pcapng_writer *writer, enum pcapng_option code, const void *value,
		       uint32_t length)
{
	put_u16(writer, (uint16_t)code);
	put_u16(writer, (uint16_t)length);
	put_padded(writer, value, length);
}

static void put_option_end(struct pcapng_writer *writer)
{
	put_u32(writer, PCAPNG_OPTION_END);
}

static uint32_t option_bytes(uint32_t length)
{
	return 4 + padded(length);
}

/* Where to cut text so that no character of UTF-8 is cut in two. */
static uint32_t cut_before(const char *text, uint32_t length)
{
	while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static uint32_t bounded_length(const char *text, uint32_t longest)
{
	size_t length = strnlen(text, (size_t)longest + 1);

	return length <= longest ? (uint32_t)length : cut_before(text, longest);
}

static void put_section(struct pcapng_writer *writer, const char *application)
{
	uint32_t name_length = bounded_length(application, NAME_MAX_BYTES);
	uint32_t length = PCAPNG_SECTION_MIN_BYTES + option_bytes(name_length) + 4;

	put_u32(writer, PCAPNG_SECTION);
	put_u32(writer, length);
	put_u32(writer, PCAPNG_BYTE_ORDER_MAGIC);
	put_u16(writer, 1); /* version 1.0 */
	put_u16(writer, 0);
	put_u32(writer, UINT32_MAX); /* the section's length: not told */
	put_u32(writer, UINT32_MAX);
	put_option(writer, PCAPNG_OPTION_APPLICATION, application, name_length);
	put_option_end(writer);
	put_u32(writer, length);
}

/* A file beside the target; nobody else's, for it must not be there yet. */
static int open_beside(struct pcapng_writer *writer, mode_t mode)
{
	size_t room = strlen(writer->path) + 32;

	writer->beside = malloc(room);
	if (!writer->beside)
		return -ENOMEM;
	for (unsigned try = 0; try < BESIDE_TRIES; try++) {
		uint32_t number = (uint32_t)random_below(UINT64_C(1) << 32);

		(void)snprintf(writer->beside, room, "%s.%08x.part", writer->path, number);
		writer->fd = open(writer->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (writer->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

/* A device or a pipe is written in place; a file that is there is replaced, with its permissions.
 */
static int open_target(struct pcapng_writer *writer, const char *path)
{
	struct stat status;
	bool there = stat(path, &status) == 0;
	int result;

	writer->owns_fd = true;
	if (there && !S_ISREG(status.st_mode)) {
		writer->fd = open(path, O_WRONLY | O_CLOEXEC);
		return writer->fd < 0 ? -errno : 0;
	}
	/* Through a symbolic link, which renaming would replace. */
	writer->path = there ? realpath(path, NULL) : strdup(path);
	if (!writer->path)
		return -errno;
	result = open_beside(writer, there ? status.st_mode & 0777 : 0666);
	if (result < 0) {
		free(writer->beside); /* which is not ours */
		writer->beside = NULL;
	}
	return result;
}

static void writer_free(struct pcapng_writer *writer)
{
	if (writer->owns_fd && writer->fd >= 0)
		(void)close(writer->fd);
	free(writer->path);
	free(writer->beside);
	free(writer);
}

struct pcapng_writer *pcapng_writer_open(const char *path, const char *application)
{
	struct pcapng_writer *writer = calloc(1, sizeof(*writer));
	int result = 0;

	if (!writer) {
		errno = ENOMEM;
		return NULL;
	}
	writer->fd = -1;
	if (strcmp(path, "-") == 0)
		writer->fd = STDOUT_FILENO;
	else
		result = open_target(writer, path);
	if (result < 0) {
		writer_free(writer);
		errno = -result;
		return NULL;
	}
	put_section(writer, application);
	return writer;
}

int64_t pcapng_writer_add_interface(struct pcapng_writer *writer, uint16_t link_type,
				    uint32_t snap_length, const char *name)
{
	static const uint8_t resolution = NANOSECONDS;
	uint32_t name_length = name ? bounded_length(name, NAME_MAX_BYTES) : 0;
	uint32_t length = PCAPNG_INTERFACE_MIN_BYTES + option_bytes(sizeof(resolution)) + 4;

	if (writer->error < 0)
		return writer->error;
	if (writer->interfaces >= CAPTURE_INTERFACES_MAX)
		return -EOVERFLOW;
	if (name)
		length += option_bytes(name_length);
	put_u32(writer, PCAPNG_INTERFACE);
	put_u32(writer, length);
	put_u16(writer, link_type);
	put_u16(writer, 0); /* reserved */
	put_u32(writer, snap_length);
	if (name)
		put_option(writer, PCAPNG_OPTION_NAME, name, name_length);
	put_option(writer, PCAPNG_OPTION_TIME_RESOLUTION, &resolution, sizeof(resolution));
	put_option_end(writer);
	put_u32(writer, length);
	return writer->error < 0 ? writer->error : (int64_t)writer->interfaces++;
}

/* A comment as it is put down: its beginning, and the mark where that is not all. */
struct fitted_comment {
	uint32_t kept;
	bool cut;
};

static struct fitted_comment fit_comment(const char *comment)
{
	uint32_t longest = COMMENT_MAX_BYTES - (uint32_t)CUT_MARK_BYTES;

	if (strnlen(comment, COMMENT_MAX_BYTES + 1) <= COMMENT_MAX_BYTES)
		return (struct fitted_comment){ .kept = (uint32_t)strlen(comment) };
	return (struct fitted_comment){ .kept = cut_before(comment, longest), .cut = true };
}

static uint32_t fitted_bytes(struct fitted_comment fitted)
{
	return fitted.kept + (fitted.cut ? (uint32_t)CUT_MARK_BYTES : 0);
}

static void put_comment(struct pcapng_writer *writer, const char *comment,
			struct fitted_comment fitted)
{
	static const uint8_t zeros[3];
	uint32_t length = fitted_bytes(fitted);

	put_u16(writer, PCAPNG_OPTION_COMMENT);
	put_u16(writer, (uint16_t)length);
	put_bytes(writer, comment, fitted.kept);
	if (fitted.cut)
		put_bytes(writer, CUT_MARK, CUT_MARK_BYTES);
	put_bytes(writer, zeros, padded(length) - length);
	put_option_end(writer);
}

int pcapng_writer_frame(struct pcapng_writer *writer, const struct captured_frame *frame,
			const char *comment)
{
	uint64_t time_ns = frame->time_ns > 0 ? (uint64_t)frame->time_ns : 0;
	struct fitted_comment fitted = { 0 };
	uint32_t length;

	if (writer->error < 0)
		return writer->error;
	if (frame->interface >= writer->interfaces)
		return -EINVAL;
	if (frame->captured_length > CAPTURE_FRAME_MAX_BYTES)
		return -EMSGSIZE;
	length = PCAPNG_ENHANCED_PACKET_MIN_BYTES + padded(frame->captured_length);
	if (comment) {
		fitted = fit_comment(comment);
		length += option_bytes(fitted_bytes(fitted)) + 4;
	}
	put_u32(writer, PCAPNG_ENHANCED_PACKET);
	put_u32(writer, length);
	put_u32(writer, frame->interface);
	put_u32(writer, (uint32_t)(time_ns >> 32));
	put_u32(writer, (uint32_t)time_ns);
	put_u32(writer, frame->captured_length);
	put_u32(writer, frame->original_length);
	put_padded(writer, frame->bytes, frame->captured_length);
	if (comment)
		put_comment(writer, comment, fitted);
	put_u32(writer, length);
	return writer->error;
}

int pcapng_writer_close(struct pcapng_writer *writer)
{
	int result;

	flush(writer);
	/* Some file systems tell only here that the disk is full. */
	if (writer->owns_fd && close(writer->fd) < 0 && errno != EINTR && writer->error == 0)
		writer->error = -errno;
	writer->owns_fd = false;
	if (writer->beside && writer->error == 0 && rename(writer->beside, writer->path) < 0)
		writer->error = -errno;
	if (writer->beside && writer->error < 0)
		(void)unlink(writer->beside);
	result = writer->error;
	writer_free(writer);
	return result;
}

void pcapng_writer_abandon(struct pcapng_writer *writer)
{
	if (!writer)
		return;
	if (writer->beside)
		(void)unlink(writer->beside);
	writer_free(writer);
}
