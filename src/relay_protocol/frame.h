/*
 * Frames of the Wiretale protocol, version 1: 16 bytes of header, then a body of fields.
 * The numbers of the wire stand here, and only here; docs/protocol.md is their source.
 * Never use a number again.
 *
 * Decoding takes bytes and gives a verdict; it touches no socket and takes no memory.
 * What it gives points into the bytes that it was given. Any thread.
 */
#ifndef WIRETALE_RELAY_PROTOCOL_FRAME_H
#define WIRETALE_RELAY_PROTOCOL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_writer.h"
#include "relay_protocol/limits.h"

#define RELAY_MAGIC 0x5754u /* "WT" */
#define RELAY_VERSION 1u

enum relay_kind {
	RELAY_REQUEST = 1,         /* client: "do this and answer" */
	RELAY_RESPONSE = 2,        /* server: "this became of your request" */
	RELAY_INDICATION = 3,      /* server, unasked: "this happened" */
	RELAY_ACKNOWLEDGEMENT = 4, /* client: "the indication reached me" */
};

#define RELAY_TYPES(X)                                                                             \
	X(BYE, 1, "bye")                                                                           \
	X(TIME, 2, "time")                                                                         \
	X(NAME, 3, "name")                                                                         \
	X(LIST, 4, "list")                                                                         \
	X(SEND, 5, "send")                                                                         \
	X(HELLO, 6, "hello")                                                                       \
	X(PING, 7, "ping")                                                                         \
	X(JOIN, 8, "join")                                                                         \
	X(LEAVE, 9, "leave")                                                                       \
	X(ROOMS, 10, "rooms")                                                                      \
	X(WATCH, 11, "watch")                                                                      \
	X(ERROR, 12, "error")

enum relay_type {
#define AS_ENUM(name, number, slug) RELAY_TYPE_##name = (number),
	RELAY_TYPES(AS_ENUM)
#undef AS_ENUM
};

#define RELAY_STATUSES(X)                                                                          \
	X(OK, 0, "ok")                                                                             \
	X(MALFORMED, 1, "malformed")                                                               \
	X(UNSUPPORTED, 2, "unsupported")                                                           \
	X(TOO_LARGE, 3, "too-large")                                                               \
	X(NO_SUCH_CLIENT, 4, "no-such-client")                                                     \
	X(GONE, 5, "gone")                                                                         \
	X(BUSY, 6, "busy")                                                                         \
	X(RATE_LIMITED, 7, "rate-limited")                                                         \
	X(UNAUTHORIZED, 8, "unauthorized")                                                         \
	X(FORBIDDEN, 9, "forbidden")                                                               \
	X(NAME_TAKEN, 10, "name-taken")                                                            \
	X(TIMEOUT, 11, "timeout")                                                                  \
	X(SHUTTING_DOWN, 12, "shutting-down")                                                      \
	X(INTERNAL, 13, "internal")

enum relay_status {
#define AS_ENUM(name, number, slug) RELAY_STATUS_##name = (number),
	RELAY_STATUSES(AS_ENUM)
#undef AS_ENUM
};

/* "send", "no-such-client"; "unknown" for a number that is none. */
const char *relay_type_slug(uint16_t type);
const char *relay_status_slug(uint16_t status);

/* The wire's byte order. gcc and clang make one load or store with a byte swap of each. */
static inline uint16_t relay_load_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t relay_load_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       (uint32_t)bytes[3];
}

static inline uint64_t relay_load_u64(const uint8_t *bytes)
{
	return (uint64_t)relay_load_u32(bytes) << 32 | relay_load_u32(bytes + 4);
}

static inline void relay_store_u16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static inline void relay_store_u32(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

struct relay_frame {
	uint8_t kind;    /* enum relay_kind */
	uint16_t type;   /* enum relay_type, or unknown to us */
	uint16_t status; /* enum relay_status, or unknown to us */
	uint32_t id;
	uint32_t length;     /* bytes of body */
	const uint8_t *body; /* borrowed from the bytes that were decoded */
};

enum relay_frame_verdict {
	RELAY_FRAME_OK,
	RELAY_FRAME_NEED_MORE, /* a good start, but not the whole frame */
	RELAY_FRAME_BAD_MAGIC,
	RELAY_FRAME_BAD_VERSION,
	RELAY_FRAME_BAD_KIND,  /* outside 1 to 4 */
	RELAY_FRAME_TOO_LARGE, /* its length is over max_body */
};

/*
 * Decodes the frame at the start of the bytes. A fault is told as soon as the byte that
 * shows it is there: a first byte that is no 'W' is a bad magic, whatever may follow.
 *
 * OK: *out and *needed are written, needed being the frame's whole size. NEED_MORE:
 * *needed is the smallest number of bytes with which it is worth trying again. The
 * length is only compared and reported: nothing is allocated from it.
 */
enum relay_frame_verdict relay_frame_decode(const uint8_t *bytes, size_t length, uint32_t max_body,
					    struct relay_frame *out, size_t *needed);

/* Writes a header for a body of `frame->length` bytes that follows by other means. */
void relay_frame_header(uint8_t out[RELAY_FRAME_HEADER_BYTES], const struct relay_frame *frame);

/*
 * Writes a header whose length is not known yet; returns where the frame starts, for
 * relay_frame_end(), which fills the length in. A frame that does not fit leaves the
 * writer `overflowed`.
 */
static inline size_t relay_frame_begin(struct byte_writer *writer, enum relay_kind kind,
				       uint16_t type, uint16_t status, uint32_t id)
{
	size_t frame_start = writer->length;
	uint8_t *room = byte_writer_room(writer, RELAY_FRAME_HEADER_BYTES);

	if (room) {
		relay_store_u16(room, RELAY_MAGIC);
		room[2] = RELAY_VERSION;
		room[3] = (uint8_t)kind;
		relay_store_u16(room + 4, type);
		relay_store_u16(room + 6, status);
		relay_store_u32(room + 8, id);
		relay_store_u32(room + 12, 0);
	}
	return frame_start;
}

static inline void relay_frame_end(struct byte_writer *writer, size_t frame_start)
{
	if (writer->overflowed)
		return;
	relay_store_u32(writer->bytes + frame_start + 12,
			(uint32_t)(writer->length - frame_start - RELAY_FRAME_HEADER_BYTES));
}

#endif
