/* ICMP and ICMPv6 errors that quote the start of a TCP segment (RFC 792, 1191, 4443). */
#ifndef WIRETALE_PACKET_ICMP_ERROR_H
#define WIRETALE_PACKET_ICMP_ERROR_H

#include "packet/layer.h"

enum layer icmp_layer(struct packet_walk *walk);
enum layer icmpv6_layer(struct packet_walk *walk);

#endif
