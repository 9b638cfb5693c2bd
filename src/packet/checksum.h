/*
 * The Internet checksum (RFC 1071), summed in the machine's own byte order: a sum means something
 * only beside other sums of this header. Any thread.
 */
#ifndef WIRETALE_PACKET_CHECKSUM_H
#define WIRETALE_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

/* Adds bytes, the first of which stands at an even place, to a sum that began as 0. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t length);

/* Bytes that are right, their checksum included, fold to this. */
#define CHECKSUM_FOLDED_RIGHT 0xffffu

/* To 16 bits, in the machine's byte order: as two bytes copied from a packet would be. */
uint16_t checksum_fold(uint64_t sum);

/* Of an IPv4 header, options included. */
enum checksum_verdict checksum_of_ipv4(const uint8_t *header, size_t length);

/* Of a TCP segment, header included: all of its `length` bytes are at `segment`, 20 at least. */
enum checksum_verdict checksum_of_tcp(const struct ip_header *ip, const uint8_t *segment,
				      uint32_t length);

/* What their checksum fields should hold, as a number. */
uint16_t checksum_right_ipv4(const uint8_t *header, size_t length);
uint16_t checksum_right_tcp(const struct ip_header *ip, const uint8_t *segment, uint32_t length);

#endif
