/*
 * The bodies of version 1: fields of tag, length and value, and which of them each
 * message has. relay_message_decode() holds a body against the table of docs/protocol.md
 * and gives its fields; the relay_put_ functions write them one by one, between
 * relay_frame_begin() and relay_frame_end().
 *
 * No memory is taken; what is decoded points into the body. Any thread.
 */
#ifndef WIRETALE_RELAY_PROTOCOL_MESSAGE_H
#define WIRETALE_RELAY_PROTOCOL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/byte_writer.h"
#include "relay_protocol/frame.h"

#define RELAY_FIELDS(X)                                                                            \
	X(TEXT, 1, "TEXT")                                                                         \
	X(DATA, 2, "DATA")                                                                         \
	X(NUMBER, 3, "NUMBER")                                                                     \
	X(NAME, 4, "NAME")                                                                         \
	X(ADDRESS, 5, "ADDRESS")                                                                   \
	X(TIME, 6, "TIME")                                                                         \
	X(ZONE, 7, "ZONE")                                                                         \
	X(ENTRY, 8, "ENTRY")                                                                       \
	X(TO_NUMBER, 9, "TO_NUMBER")                                                               \
	X(TO_NAME, 10, "TO_NAME")                                                                  \
	X(TO_ROOM, 11, "TO_ROOM")                                                                  \
	X(FROM, 12, "FROM")                                                                        \
	X(MESSAGE_ID, 13, "MESSAGE_ID")                                                            \
	X(OUTCOME, 14, "OUTCOME")                                                                  \
	X(THROUGH, 15, "THROUGH")                                                                  \
	X(LIMIT, 16, "LIMIT")                                                                      \
	X(KEEPALIVE, 17, "KEEPALIVE")                                                              \
	X(SECRET, 18, "SECRET")                                                                    \
	X(AUTH, 19, "AUTH")                                                                        \
	X(CURSOR, 20, "CURSOR")                                                                    \
	X(COUNT, 21, "COUNT")                                                                      \
	X(FLAG, 22, "FLAG")                                                                        \
	X(RETRY_AFTER, 23, "RETRY_AFTER")

enum relay_field {
#define AS_ENUM(name, tag, slug) RELAY_FIELD_##name = (tag),
	RELAY_FIELDS(AS_ENUM)
#undef AS_ENUM
};

enum relay_outcome {
	RELAY_OUTCOME_DELIVERED = 1, /* the recipient's client acknowledged it */
	RELAY_OUTCOME_STORED = 2,    /* reserved: on disk, for later delivery */
	RELAY_OUTCOME_PASSED = 3,    /* classic recipient: its TCP acknowledged every byte */
};

struct relay_bytes {
	const uint8_t *bytes; /* borrowed; may be NULL where length is 0 */
	uint32_t length;
};

/* Host order; an IPv4-mapped IPv6 address is family 4. */
struct relay_address {
	uint8_t family; /* 4 or 6 */
	uint16_t port;
	uint8_t bytes[16]; /* the first 4 for family 4 */
};

/* ENTRY and FROM. In ROOMS an ENTRY has only name and count. */
struct relay_entry {
	uint32_t number;
	struct relay_address address;
	struct relay_bytes name; /* length 0: has none */
	uint64_t since_ns;       /* connected since, wall clock */
	uint32_t count;          /* members of a room */
};

/*
 * The fields of one message. Only what `present` names is written, and entry_count and
 * entries, always; the rest is whatever it was. An unknown tag, or a known one that the
 * message does not list, is not present.
 */
struct relay_message {
	uint32_t present; /* bit (1u << enum relay_field) */
	struct relay_bytes text;
	struct relay_bytes data;
	uint32_t number;
	struct relay_bytes name;
	struct relay_address address;
	uint64_t time_ns;
	int32_t zone_s;
	uint32_t entry_count;       /* ENTRY fields in the body: relay_entry_next() */
	struct relay_bytes entries; /* the part of the body from the first ENTRY on */
	uint32_t to_number;
	struct relay_bytes to_name;
	struct relay_bytes to_room;
	struct relay_entry from;
	const uint8_t *message_id; /* RELAY_MESSAGE_ID_BYTES */
	uint8_t outcome;           /* enum relay_outcome; unknown values are malformed */
	uint32_t through;
	uint32_t limit;
	uint32_t keepalive_ms;
	uint8_t auth;
	struct relay_bytes cursor;
	uint32_t count;
	uint8_t flag;
	uint32_t retry_after_ms;
};

static inline bool relay_message_has(const struct relay_message *message, enum relay_field field)
{
	return (message->present >> field & 1u) != 0;
}

enum relay_message_verdict {
	RELAY_MESSAGE_OK,
	RELAY_MESSAGE_MALFORMED,
	RELAY_MESSAGE_UNKNOWN_TYPE, /* no such type for this kind: ERROR as a request too */
};

/*
 * Decodes the body of a frame by the row of its kind and type. A response with a status
 * other than ok has one shape whatever its type, TEXT and RETRY_AFTER, both optional: a
 * refusal is understood without its words, and a THROUGH in it is skipped.
 *
 * MALFORMED: *problem (when not NULL) points to a static sentence that says what is wrong,
 * such as "TO_NUMBER has a wrong length"; what of *out was written is of no use. A THROUGH
 * below the frame's id is malformed.
 */
enum relay_message_verdict relay_message_decode(const struct relay_frame *frame,
						struct relay_message *out, const char **problem);

/*
 * Takes the next ENTRY of message->entries, skipping other fields. False: none is left, and
 * *out is unchanged. Start with `struct relay_bytes rest = message.entries`, of a message
 * that relay_message_decode() found good: it has checked every ENTRY.
 */
bool relay_entry_next(struct relay_bytes *rest, struct relay_entry *out);

/* 1 to 64 bytes of valid UTF-8 without control characters. */
bool relay_name_is_valid(const uint8_t *bytes, size_t length);

/* Writes a field's header and returns where its value goes, or NULL where it doesn't fit. */
static inline uint8_t *relay_put_field(struct byte_writer *writer, enum relay_field field,
				       size_t length)
{
	uint8_t *room;

	if (length > RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES) {
		writer->overflowed = true;
		return NULL;
	}
	room = byte_writer_room(writer, RELAY_FIELD_HEADER_BYTES + length);
	if (!room)
		return NULL;
	relay_store_u16(room, (uint16_t)field);
	relay_store_u32(room + 2, (uint32_t)length);
	return room + RELAY_FIELD_HEADER_BYTES;
}

static inline void relay_put_u8(struct byte_writer *writer, enum relay_field field, uint8_t value)
{
	uint8_t *room = relay_put_field(writer, field, 1);

	if (room)
		room[0] = value;
}

static inline void relay_put_u32(struct byte_writer *writer, enum relay_field field, uint32_t value)
{
	uint8_t *room = relay_put_field(writer, field, 4);

	if (room)
		relay_store_u32(room, value);
}

static inline void relay_put_u64(struct byte_writer *writer, enum relay_field field, uint64_t value)
{
	uint8_t *room = relay_put_field(writer, field, 8);

	if (room) {
		relay_store_u32(room, (uint32_t)(value >> 32));
		relay_store_u32(room + 4, (uint32_t)value);
	}
}

/* bytes may be NULL where length is 0. */
static inline void relay_put_bytes(struct byte_writer *writer, enum relay_field field,
				   const void *bytes, size_t length)
{
	uint8_t *room = relay_put_field(writer, field, length);

	if (room && length > 0)
		memcpy(room, bytes, length);
}

static inline void relay_put_text(struct byte_writer *writer, enum relay_field field,
				  const char *text)
{
	relay_put_bytes(writer, field, text, strlen(text));
}

void relay_put_address(struct byte_writer *writer, const struct relay_address *address);

/* As ENTRY or FROM: number, address, name where there is one, since. */
void relay_put_entry(struct byte_writer *writer, enum relay_field field,
		     const struct relay_entry *entry);

/* As ENTRY of ROOMS: name and count. */
void relay_put_room_entry(struct byte_writer *writer, const struct relay_entry *entry);

/* The most that relay_put_entry() and relay_put_room_entry() write. */
#define RELAY_ENTRY_MAX_BYTES                                                                      \
	(RELAY_FIELD_HEADER_BYTES + (RELAY_FIELD_HEADER_BYTES + 4) +                               \
	 (RELAY_FIELD_HEADER_BYTES + 19) + (RELAY_FIELD_HEADER_BYTES + RELAY_NAME_MAX_BYTES) +     \
	 (RELAY_FIELD_HEADER_BYTES + 8))

#endif
