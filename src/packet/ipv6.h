/* IPv6 and its extension headers (RFC 8200), the jumbo payload option (RFC 2675) included. */
#ifndef WIRETALE_PACKET_IPV6_H
#define WIRETALE_PACKET_IPV6_H

#include "packet/layer.h"

#define IPV6_HEADER_BYTES 40u
#define IPV6_EXTENSIONS_MAX 64u

void ipv6_address(const uint8_t *bytes, struct ip_address *out);

/* The header of an IPv6 packet; reads its extension headers too. */
enum layer ipv6_layer(struct packet_walk *walk);

/* The authentication header (RFC 4302) behind an IP header of either version. */
enum layer authentication_layer(struct packet_walk *walk);

/* True: an extension header that is skipped by its own length. */
bool ipv6_is_extension(uint8_t protocol);

#endif
