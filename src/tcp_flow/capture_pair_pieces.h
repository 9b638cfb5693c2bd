/*
 * Segments that were cut differently at the two ends: a network card cuts one large segment in
 * several (TSO) behind the sender's capture, or joins several before the receiver's (GRO). They are
 * matched by the bytes they carry.
 */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_PIECES_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_PIECES_H

#include "tcp_flow/capture_pair.h"

/* Of those without a partner. False: out of memory. */
bool pair_pieces_find(struct capture_pair *pair, struct flow_pair *flows);

#endif
