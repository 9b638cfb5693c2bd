#include "base/ip_address.h"

#include <stdbool.h>

#include "base/wire.h"

#define IPV6_GROUPS 8

static char *put_decimal(char *to, uint32_t value)
{
	char digits[10];
	int count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	while (count > 0)
		*to++ = digits[--count];
	return to;
}

static char *put_ipv4(char *to, const uint8_t *bytes)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*to++ = '.';
		to = put_decimal(to, bytes[i]);
	}
	return to;
}

static char *put_group(char *to, uint16_t group)
{
	bool begun = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		unsigned digit = (unsigned)group >> shift & 0xf;

		begun = begun || digit != 0 || shift == 0;
		if (begun)
			*to++ = "0123456789abcdef"[digit];
	}
	return to;
}

/* The longest run of zero groups, the first of equals; a single one is not shortened. */
static int zero_run(const uint16_t groups[IPV6_GROUPS], int count, int *run_length)
{
	int best = -1;
	int best_length = 1;

	for (int i = 0; i < count; i++) {
		int end = i;

		while (end < count && groups[end] == 0)
			end++;
		if (end - i > best_length) {
			best = i;
			best_length = end - i;
		}
		i = end;
	}
	*run_length = best < 0 ? 0 : best_length;
	return best;
}

static char *put_ipv6(char *to, const uint8_t *bytes)
{
	uint16_t groups[IPV6_GROUPS];
	int run_length = 0;

	for (int i = 0; i < IPV6_GROUPS; i++)
		groups[i] = wire_u16(bytes + (size_t)i * 2);
	/* ::ffff:0:0/96 carries an IPv4 address, and shows it (RFC 5952 section 5). */
	bool mapped = (groups[0] | groups[1] | groups[2] | groups[3] | groups[4]) == 0 &&
		      groups[5] == 0xffff;
	int count = mapped ? 6 : IPV6_GROUPS;
	int run = zero_run(groups, count, &run_length);

	for (int i = 0; i < count;) {
		if (i == run) {
			*to++ = ':';
			*to++ = ':';
			i += run_length;
			continue;
		}
		if (i > 0 && i != run + run_length)
			*to++ = ':';
		to = put_group(to, groups[i]);
		i++;
	}
	if (mapped) {
		*to++ = ':';
		to = put_ipv4(to, bytes + 12);
	}
	return to;
}

static char *put_address(char *to, const struct ip_address *address)
{
	return address->version == 4 ? put_ipv4(to, address->bytes) : put_ipv6(to, address->bytes);
}

size_t ip_address_text(const struct ip_address *address, char text[IP_ENDPOINT_TEXT_BYTES])
{
	char *end = put_address(text, address);

	*end = '\0';
	return (size_t)(end - text);
}

size_t ip_endpoint_text(const struct ip_address *address, uint16_t port,
			char text[IP_ENDPOINT_TEXT_BYTES])
{
	char *end = text;

	if (address->version != 4)
		*end++ = '[';
	end = put_address(end, address);
	if (address->version != 4)
		*end++ = ']';
	*end++ = ':';
	end = put_decimal(end, port);
	*end = '\0';
	return (size_t)(end - text);
}
