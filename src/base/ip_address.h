/* Addresses of IPv4 and IPv6, and their text (RFC 5952). */
#ifndef WIRETALE_BASE_IP_ADDRESS_H
#define WIRETALE_BASE_IP_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

struct ip_address {
	uint8_t version;   /* 4 or 6 */
	uint8_t bytes[16]; /* network order; of IPv4 the first four, the others zero */
};

/* "[", 45 of the longest IPv6 address, "]:", 5 of a port, a zero */
#define IP_ENDPOINT_TEXT_BYTES 56

/* Zero-terminated: "192.0.2.1", "2001:db8::1". Returns the length. */
size_t ip_address_text(const struct ip_address *address, char text[IP_ENDPOINT_TEXT_BYTES]);

/* Zero-terminated: "192.0.2.1:80", "[2001:db8::1]:80". Returns the length. */
size_t ip_endpoint_text(const struct ip_address *address, uint16_t port,
			char text[IP_ENDPOINT_TEXT_BYTES]);

#endif
