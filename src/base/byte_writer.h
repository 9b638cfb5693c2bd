/*
 * Writes into memory that the caller gave, and never past its end.
 *
 * The first write that does not fit sets `overflowed`, writes nothing, and makes every
 * later write do nothing: write a whole frame, then test once. Any thread, one at a time.
 */
#ifndef WIRETALE_BASE_BYTE_WRITER_H
#define WIRETALE_BASE_BYTE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct byte_writer {
	uint8_t *bytes;  /* borrowed; where the first byte goes */
	size_t length;   /* bytes written so far */
	size_t capacity; /* bytes that `bytes` has room for */
	bool overflowed; /* a write did not fit; never cleared */
};

static inline struct byte_writer byte_writer_into(void *bytes, size_t capacity)
{
	return (struct byte_writer){ .bytes = bytes, .capacity = capacity };
}

/* Makes room for `length` bytes and returns where they go, or NULL where they don't fit. */
static inline uint8_t *byte_writer_room(struct byte_writer *writer, size_t length)
{
	uint8_t *room = writer->bytes + writer->length;

	if (writer->overflowed || length > writer->capacity - writer->length) {
		writer->overflowed = true;
		return NULL;
	}
	writer->length += length;
	return room;
}

static inline void byte_write_u8(struct byte_writer *writer, uint8_t value)
{
	uint8_t *room = byte_writer_room(writer, 1);

	if (room)
		room[0] = value;
}

static inline void byte_write_u16_be(struct byte_writer *writer, uint16_t value)
{
	uint8_t *room = byte_writer_room(writer, 2);

	if (!room)
		return;
	room[0] = (uint8_t)(value >> 8);
	room[1] = (uint8_t)value;
}

static inline void byte_write_u32_be(struct byte_writer *writer, uint32_t value)
{
	uint8_t *room = byte_writer_room(writer, 4);

	if (!room)
		return;
	room[0] = (uint8_t)(value >> 24);
	room[1] = (uint8_t)(value >> 16);
	room[2] = (uint8_t)(value >> 8);
	room[3] = (uint8_t)value;
}

static inline void byte_write_u64_be(struct byte_writer *writer, uint64_t value)
{
	byte_write_u32_be(writer, (uint32_t)(value >> 32));
	byte_write_u32_be(writer, (uint32_t)value);
}

static inline void byte_write_u64_le(struct byte_writer *writer, uint64_t value)
{
	uint8_t *room = byte_writer_room(writer, 8);

	if (!room)
		return;
	for (int i = 0; i < 8; i++)
		room[i] = (uint8_t)(value >> (8 * i));
}

static inline void byte_write_bytes(struct byte_writer *writer, const void *bytes, size_t length)
{
	uint8_t *room = byte_writer_room(writer, length);

	if (room && length > 0)
		memcpy(room, bytes, length);
}

#endif
