/* Which connections of two captures are the same. */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_FIND_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_FIND_H

#include "tcp_flow/capture_pair.h"

/*
 * Fills pair->list: by initial sequence numbers, else by segments that both have, whatever their
 * endpoints; else, where somebody shifts the numbers, by endpoints and the same lengths.
 * Connections whose client and server were taken for each other are turned in the second capture.
 * False: out of memory.
 */
bool capture_pair_find(struct capture_pair *pair);

#endif
