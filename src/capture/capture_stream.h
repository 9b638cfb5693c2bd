/*
 * The bytes of a capture file from its beginning to its end, unpacked where they are packed.
 *
 * They are read in large pieces into one window. capture_stream_peek() gives the next bytes where
 * they stand in it, capture_stream_take() goes on behind them: nothing is copied but the rest that
 * moves to the front when the window is filled again. The window holds CAPTURE_WINDOW_BYTES and
 * grows only while a longer record is really arriving, up to CAPTURE_PEEK_MAX_BYTES.
 */
#ifndef WIRETALE_CAPTURE_CAPTURE_STREAM_H
#define WIRETALE_CAPTURE_CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture_file.h"
#include "capture/capture_unpacker.h"
#include "capture/input_wait.h"

/* The longest frame, and what may stand around it. */
#define CAPTURE_PEEK_MAX_BYTES (CAPTURE_FRAME_MAX_BYTES + 1024u * 1024)

struct capture_stream {
	const uint8_t *next;    /* into `window`; the first byte not yet taken */
	size_t left;            /* bytes at `next` */
	uint8_t *window;        /* owned */
	size_t capacity;        /* bytes at `window` */
	uint64_t window_offset; /* where window[0] stands in the unpacked bytes */

	int fd; /* owned, but for standard input; -1: none */
	bool owns_fd;
	bool disk_ended; /* read() has said so */
	struct input_wait wait;
	bool stopped;        /* by its stop_fd */
	uint64_t disk_read;  /* bytes read from `fd` */
	uint64_t disk_bytes; /* the file's size; 0: not known */

	struct capture_unpacker *unpacker; /* owned; NULL: the bytes are as they are on disk */
	enum capture_packing packing;
	uint8_t *packed;    /* owned; PACKED_BYTES, NULL where nothing is packed */
	size_t packed_next; /* index of the first byte not yet unpacked */
	size_t packed_left; /* bytes from there on */

	/* Why no more bytes come: CAPTURE_FRAME while they do, else as capture_file_next() says. */
	enum capture_result ending;
	struct capture_problem problem; /* of an ending that is not CAPTURE_END */
};

/* path "-": standard input. stop_fd: once it can be read, the bytes are at their end; -1: none.
 * CAPTURE_FRAME: the first bytes can be asked for, call _finish(). */
enum capture_result capture_stream_init(struct capture_stream *stream, const char *path,
					int stop_fd, struct capture_problem *problem);
void capture_stream_finish(struct capture_stream *stream);

/* Not for others: what _peek() does where the window has too little. */
const uint8_t *capture_stream_fill(struct capture_stream *stream, size_t bytes);

/*
 * The next `bytes`, at most CAPTURE_PEEK_MAX_BYTES, borrowed until the next call; NULL where so
 * many do not come: `left` are there, `ending` says why. Waits for a pipe.
 */
static inline const uint8_t *capture_stream_peek(struct capture_stream *stream, size_t bytes)
{
	return stream->left >= bytes ? stream->next : capture_stream_fill(stream, bytes);
}

/* Goes on behind `bytes` that were peeked; they can still be read until the next peek. */
static inline void capture_stream_take(struct capture_stream *stream, size_t bytes)
{
	stream->next += bytes;
	stream->left -= bytes;
	/* While the caller works on these, the beginning of the next ones comes nearer. */
	__builtin_prefetch(stream->next);
}

/* Leaves out any number of bytes. False: they end before, as if peeked. */
bool capture_stream_skip(struct capture_stream *stream, uint64_t bytes);

/* Of the first byte not yet taken, in the unpacked bytes. */
uint64_t capture_stream_offset(const struct capture_stream *stream);
/* How much of the file on disk that took. */
uint64_t capture_stream_disk_offset(const struct capture_stream *stream);

/* Says what cannot be read at capture_stream_offset(). Returns CAPTURE_DAMAGED. */
enum capture_result capture_stream_damaged(const struct capture_stream *stream,
					   struct capture_problem *problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * The same after a peek that gave NULL, for bytes that the file ended in. Where the disk or the
 * packing is the cause, that is told and returned; CAPTURE_END, and nothing is told, where it was
 * ended by stop_fd.
 */
enum capture_result capture_stream_cut(const struct capture_stream *stream,
				       struct capture_problem *problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
