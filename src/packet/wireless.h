/* IEEE 802.11 data frames that are not encrypted, with the headers that capturing puts before. */
#ifndef WIRETALE_PACKET_WIRELESS_H
#define WIRETALE_PACKET_WIRELESS_H

#include "packet/layer.h"

enum layer ieee80211_layer(struct packet_walk *walk);
enum layer radiotap_layer(struct packet_walk *walk);
enum layer ppi_layer(struct packet_walk *walk);
enum layer prism_layer(struct packet_walk *walk);
enum layer avs_layer(struct packet_walk *walk);

#endif
