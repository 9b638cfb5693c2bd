/* What stands before the IP header: link layers, tags and label stacks. */
#ifndef WIRETALE_PACKET_LINK_LAYER_H
#define WIRETALE_PACKET_LINK_LAYER_H

#include "packet/layer.h"

#define MPLS_LABELS_MAX 32u /* of one stack */

/* Takes the header of a capture's link type (LINKTYPE_*) off, where it is one of its own. */
enum layer link_type_layer(struct packet_walk *walk, uint16_t link_type);

/* What an EtherType leads to; a length (under 1536) to LLC. LAYER_END: not to IP. */
enum layer ethertype_layer(uint16_t ethertype);

enum layer ethernet_layer(struct packet_walk *walk);
/* A tag of so many bytes, and the EtherType of what it tags. */
enum layer tag_layer(struct packet_walk *walk, uint32_t tag_bytes);
/* The service tag of a provider's backbone (IEEE 802.1ah), with the customer's frame behind it. */
enum layer backbone_service_layer(struct packet_walk *walk);
enum layer llc_layer(struct packet_walk *walk);
enum layer ppp_layer(struct packet_walk *walk);
enum layer pppoe_layer(struct packet_walk *walk);
enum layer mpls_layer(struct packet_walk *walk);

#endif
