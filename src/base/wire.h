/* Numbers as packets carry them, at places whose bounds the caller has checked. Any thread. */
#ifndef WIRETALE_BASE_WIRE_H
#define WIRETALE_BASE_WIRE_H

#include <stdint.h>
#include <string.h>

/* Compilers make one load of each of these. */
static inline uint16_t wire_u16(const uint8_t *bytes)
{
	return (uint16_t)((unsigned)bytes[0] << 8 | bytes[1]);
}

static inline uint32_t wire_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       (uint32_t)bytes[3];
}

#endif
