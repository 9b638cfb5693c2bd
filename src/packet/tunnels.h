/* Packets inside IP: GRE (RFC 2784, 2890, 2637), EtherIP (RFC 3378); and NSH (RFC 8300). */
#ifndef WIRETALE_PACKET_TUNNELS_H
#define WIRETALE_PACKET_TUNNELS_H

#include "packet/layer.h"

enum layer gre_layer(struct packet_walk *walk);
enum layer ether_ip_layer(struct packet_walk *walk);
enum layer nsh_layer(struct packet_walk *walk);

/* What a "next protocol" of NSH or VXLAN-GPE leads to. */
enum layer next_protocol_layer(uint8_t protocol);

#endif
