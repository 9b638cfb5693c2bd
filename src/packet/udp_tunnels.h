/*
 * Packets inside UDP, known by the port at either end: VXLAN (RFC 7348) and its successors, Geneve
 * (RFC 8926), MPLS (RFC 7510), Teredo (RFC 4380), L2TP (RFC 2661), GTP-U (3GPP TS 29.281).
 */
#ifndef WIRETALE_PACKET_UDP_TUNNELS_H
#define WIRETALE_PACKET_UDP_TUNNELS_H

#include "packet/layer.h"

enum layer udp_layer(struct packet_walk *walk);

#endif
