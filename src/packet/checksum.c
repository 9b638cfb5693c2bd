#include "packet/checksum.h"

#include <arpa/inet.h>
#include <string.h>

#define IP_PROTOCOL_TCP 6
#define IPV4_CHECKSUM_AT 10
#define TCP_CHECKSUM_AT 16

/* In one's complement, a carry out of the highest bit comes in again at the lowest. */
static inline uint64_t add_word(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

static inline uint64_t load_8(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static inline uint32_t load_4(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static inline uint16_t load_2(const uint8_t *bytes)
{
	uint16_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* The last bytes, fewer than 8: their sum can't carry. */
static inline uint64_t tail_sum(const uint8_t *bytes, size_t length)
{
	uint64_t sum = 0;

	if (length & 4) {
		sum += load_4(bytes);
		bytes += 4;
	}
	if (length & 2) {
		sum += load_2(bytes);
		bytes += 2;
	}
	if (length & 1)
		sum += load_2((const uint8_t[2]){ bytes[0], 0 });
	return sum;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t length)
{
	uint64_t other = 0; /* two sums, so that one addition need not wait for the other */

	for (; length >= 32; bytes += 32, length -= 32) {
		sum = add_word(sum, load_8(bytes));
		other = add_word(other, load_8(bytes + 8));
		sum = add_word(sum, load_8(bytes + 16));
		other = add_word(other, load_8(bytes + 24));
	}
	for (; length >= 8; bytes += 8, length -= 8)
		sum = add_word(sum, load_8(bytes));
	other = add_word(other, tail_sum(bytes, length));
	return add_word(sum, other);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

enum checksum_verdict checksum_of_ipv4(const uint8_t *header, size_t length)
{
	if (checksum_fold(checksum_add(0, header, length)) == CHECKSUM_FOLDED_RIGHT)
		return CHECKSUM_GOOD;
	return load_2(header + IPV4_CHECKSUM_AT) == 0 ? CHECKSUM_OFFLOADED : CHECKSUM_BAD;
}

/* RFC 9293 section 3.1, RFC 8200 section 8.1: both give the same sum for the same numbers. */
static uint64_t pseudo_header_sum(const struct ip_header *ip, uint32_t length)
{
	const uint8_t *source = ip->source.bytes;
	const uint8_t *destination = ip->destination.bytes;
	uint64_t sum = (uint64_t)htonl(length) + htonl(IP_PROTOCOL_TCP);

	if (ip->source.version == 4)
		return sum + load_4(source) + load_4(destination);
	for (size_t at = 0; at < sizeof(ip->source.bytes); at += 4)
		sum += (uint64_t)load_4(source + at) + load_4(destination + at);
	return sum;
}

enum checksum_verdict checksum_of_tcp(const struct ip_header *ip, const uint8_t *segment,
				      uint32_t length)
{
	uint64_t pseudo_sum = pseudo_header_sum(ip, length);
	uint16_t field = load_2(segment + TCP_CHECKSUM_AT);

	if (checksum_fold(checksum_add(pseudo_sum, segment, length)) == CHECKSUM_FOLDED_RIGHT)
		return CHECKSUM_GOOD;
	/* Cards want the pseudo-header's sum; for segments that they cut, without the length. */
	if (field == 0 || field == checksum_fold(pseudo_sum) ||
	    field == checksum_fold(pseudo_header_sum(ip, 0)))
		return CHECKSUM_OFFLOADED;
	return CHECKSUM_BAD;
}

/* The sum of everything but the field, complemented. The field stands at an even place. */
static uint16_t right(uint64_t others, const uint8_t *bytes, size_t length, size_t field_at)
{
	uint64_t sum = checksum_add(others, bytes, field_at);

	sum = checksum_add(sum, bytes + field_at + 2, length - field_at - 2);
	return ntohs((uint16_t)~checksum_fold(sum));
}

uint16_t checksum_right_ipv4(const uint8_t *header, size_t length)
{
	return right(0, header, length, IPV4_CHECKSUM_AT);
}

uint16_t checksum_right_tcp(const struct ip_header *ip, const uint8_t *segment, uint32_t length)
{
	return right(pseudo_header_sum(ip, length), segment, length, TCP_CHECKSUM_AT);
}
