/* Numbers as a capture file stores them: in the byte order of the machine that wrote it. */
#ifndef WIRETALE_CAPTURE_STORED_NUMBER_H
#define WIRETALE_CAPTURE_STORED_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The caller has made sure that the bytes are there: this is the inner loop of reading. */
static inline uint16_t stored_u16(const uint8_t *bytes, bool big_endian)
{
	uint16_t value = (uint16_t)(bytes[0] | bytes[1] << 8);

	return big_endian ? __builtin_bswap16(value) : value;
}

static inline uint32_t stored_u32(const uint8_t *bytes, bool big_endian)
{
	uint32_t value = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
			 (uint32_t)bytes[3] << 24;

	return big_endian ? __builtin_bswap32(value) : value;
}

static inline uint64_t stored_u64(const uint8_t *bytes, bool big_endian)
{
	uint64_t first = stored_u32(bytes, big_endian);
	uint64_t second = stored_u32(bytes + 4, big_endian);

	return big_endian ? first << 32 | second : second << 32 | first;
}

#endif
