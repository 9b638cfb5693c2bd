/*
 * Fragments of IPv4 and IPv6 datagrams, kept until each datagram is whole.
 *
 * Where two fragments carry the same bytes, those that came first stay; a hole is never filled
 * with anything else. Beyond the ceilings the datagram that began first is given up, and counted.
 * One thread.
 */
#ifndef WIRETALE_PACKET_IP_FRAGMENTS_H
#define WIRETALE_PACKET_IP_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "base/ip_address.h"

#define IP_DATAGRAM_MAX_BYTES 65535u
#define IP_FRAGMENTED_DATAGRAMS_MAX 1024u
#define IP_FRAGMENTED_MAX_BYTES (8u * 1024 * 1024) /* memory of all that are not whole */

struct ip_fragment {
	struct ip_address source;
	struct ip_address destination;
	uint32_t identification;
	uint8_t protocol;     /* IPv4's, or IPv6's next header behind the fragment header */
	bool more;            /* fragments follow */
	uint32_t offset;      /* bytes, a multiple of 8 */
	const uint8_t *bytes; /* borrowed for the call */
	uint32_t length;      /* all of them captured */
};

struct ip_datagram {
	const uint8_t *bytes; /* borrowed until the next datagram is whole */
	uint32_t length;      /* without the IP header */
	uint8_t protocol;     /* told by the fragment at offset 0 */
};

enum ip_fragment_result {
	IP_FRAGMENT_KEPT,     /* others are missing */
	IP_FRAGMENT_COMPLETE, /* with it the datagram is whole */
	IP_FRAGMENT_TOO_LONG, /* it would make a datagram of over IP_DATAGRAM_MAX_BYTES */
	IP_FRAGMENT_NO_MEMORY,
};

struct partial_datagram;

struct ip_fragments {
	struct hash_table table;         /* of partial_datagram.node */
	struct hash_secret secret;       /* a peer chooses the keys */
	struct partial_datagram *oldest; /* owned, and those that its `newer` leads to */
	struct partial_datagram *newest;
	size_t bytes;      /* memory of all of them */
	uint8_t *whole;    /* owned; the last datagram that was given out */
	uint64_t given_up; /* datagrams dropped at a ceiling */
};

void ip_fragments_init(struct ip_fragments *fragments);
void ip_fragments_finish(struct ip_fragments *fragments);

/* *out is written with IP_FRAGMENT_COMPLETE only. */
enum ip_fragment_result ip_fragments_add(struct ip_fragments *fragments,
					 const struct ip_fragment *fragment,
					 struct ip_datagram *out);

#endif
