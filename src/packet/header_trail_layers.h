/* How the walk writes its trail, step by step. Only packet.c includes this. */
#ifndef WIRETALE_PACKET_HEADER_TRAIL_LAYERS_H
#define WIRETALE_PACKET_HEADER_TRAIL_LAYERS_H

#include "packet/layer.h"

void header_trail_begin(struct header_trail *trail);

/* All of them only where walk->trail is not NULL: behind the link header, ... */
void header_trail_link(struct packet_walk *walk, uint16_t link_type, enum layer next);
/* ... behind each layer, which may have written of itself since there were so many notes, ... */
void header_trail_layer(struct packet_walk *walk, enum layer layer, enum layer next,
			uint32_t notes);
/* ... and where the walk has ended. */
void header_trail_end(struct packet_walk *walk);

#endif
