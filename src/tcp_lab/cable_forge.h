/* Packets that nobody sent, byte by byte. Any thread. */
#ifndef WIRETALE_TCP_LAB_CABLE_FORGE_H
#define WIRETALE_TCP_LAB_CABLE_FORGE_H

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"
#include "tcp_lab/cable_rule.h"
#include "tcp_lab/segment_meaning.h"

#define CABLE_FORGED_MAX_BYTES 1280u /* an IPv6 packet that goes through everywhere */

/*
 * A segment of the connection that `like` is one of, which `sender` sent; ends: of that
 * connection. Returns its length, with the IP header; of what was not seen the numbers are 0.
 */
size_t cable_forge_segment(const struct cable_forgery *forgery, const struct packet *like,
			   enum lab_host sender, const struct segment_ends *ends,
			   uint8_t out[CABLE_FORGED_MAX_BYTES]);

/* What a segment with these flags and no payload is. */
uint32_t cable_forge_kinds(uint16_t flags);

/*
 * The ICMP error that tells a sender of the MTU (RFC 1191, RFC 8201), as from where the packet was
 * to go. Returns its length; 0: none is due, since it lets itself be fragmented, is an error or a
 * later fragment, or is no IP packet.
 */
size_t cable_forge_too_long(const uint8_t *bytes, size_t length, uint32_t mtu,
			    uint8_t out[CABLE_FORGED_MAX_BYTES]);

#endif
