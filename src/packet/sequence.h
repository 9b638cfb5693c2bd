/* Arithmetic on TCP sequence numbers (RFC 9293 section 3.4), which wrap at 2^32. */
#ifndef WIRETALE_PACKET_SEQUENCE_H
#define WIRETALE_PACKET_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/* How far `to` lies after `from`: -2^31 to 2^31 - 1. */
static inline int32_t sequence_distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

static inline bool sequence_before(uint32_t a, uint32_t b)
{
	return sequence_distance(b, a) < 0;
}

#endif
