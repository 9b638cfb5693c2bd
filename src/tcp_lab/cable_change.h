/* What the cable changes in a packet on its way. Any thread. */
#ifndef WIRETALE_TCP_LAB_CABLE_CHANGE_H
#define WIRETALE_TCP_LAB_CABLE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

enum cable_mark_result {
	CABLE_MARKED,
	CABLE_MARKED_BEFORE,   /* it had CE already */
	CABLE_NOT_ECN_CAPABLE, /* nothing was changed */
};

/* Congestion experienced (RFC 3168), the IPv4 header's checksum mended. */
enum cable_mark_result cable_change_mark(uint8_t *bytes, size_t length);

/*
 * Changes one byte so that only the checksum tells: of the payload, or where there is none of the
 * urgent pointer, which nobody reads without URG. packet: decoded from these bytes. byte: in the
 * payload; *at gets the one that it was: the last where there are fewer. False: there is no such
 * byte here.
 */
bool cable_change_corrupt(uint8_t *bytes, size_t length, const struct packet *packet, uint32_t byte,
			  uint32_t *at);

/* Multicast and broadcast: what a fresh device says by itself, or asks who there is. */
bool cable_is_for_all(const uint8_t *bytes, size_t length);

#endif
