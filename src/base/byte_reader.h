/*
 * A bounds-checked cursor over bytes that somebody else wrote.
 *
 * Read a whole header, then test `overran` once: the error sticks, and a reader that
 * has overrun gives zeros from there on. The bytes are borrowed and must outlive the
 * reader. Any thread, one at a time.
 */
#ifndef WIRETALE_BASE_BYTE_READER_H
#define WIRETALE_BASE_BYTE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_reader {
	const uint8_t *next; /* borrowed; the first byte not yet read */
	size_t left;         /* bytes from `next` to the end */
	bool overran;        /* a read wanted more than was left; never cleared */
};

static inline struct byte_reader byte_reader_over(const void *bytes, size_t length)
{
	return (struct byte_reader){ .next = bytes, .left = length, .overran = false };
}

/* Takes `length` bytes and returns where they stand, or NULL where so many are not left. */
static inline const uint8_t *byte_reader_bytes(struct byte_reader *reader, size_t length)
{
	const uint8_t *bytes = reader->next;

	if (reader->overran || length > reader->left) {
		reader->overran = true;
		reader->left = 0;
		return NULL;
	}
	reader->next += length;
	reader->left -= length;
	return bytes;
}

static inline uint8_t byte_reader_u8(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 1);

	return bytes ? bytes[0] : 0;
}

static inline uint16_t byte_reader_u16_be(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 2);

	if (!bytes)
		return 0;
	return (uint16_t)((uint16_t)(bytes[0] << 8) | bytes[1]);
}

static inline uint32_t byte_reader_u32_be(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 4);

	if (!bytes)
		return 0;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       (uint32_t)bytes[3];
}

static inline uint64_t byte_reader_u64_be(struct byte_reader *reader)
{
	uint64_t high = byte_reader_u32_be(reader);
	uint64_t low = byte_reader_u32_be(reader);

	return high << 32 | low;
}

static inline uint64_t byte_reader_u64_le(struct byte_reader *reader)
{
	const uint8_t *bytes = byte_reader_bytes(reader, 8);
	uint64_t value = 0;

	if (!bytes)
		return 0;
	for (int i = 7; i >= 0; i--)
		value = value << 8 | bytes[i];
	return value;
}

#endif
