/* --wire of the one-shot commands: which connection, and when its segments are shown. */
#ifndef WIRETALE_PROGRAMS_ONE_SHOT_WIRE_H
#define WIRETALE_PROGRAMS_ONE_SHOT_WIRE_H

#include "programs/one_shot.h"
#include "programs/wire_view.h"

/* Before connecting; nothing without --wire. Where it is not possible a sentence was printed. */
void one_shot_wire_open(struct one_shot *shot);

/* The connection is there, or could not be made. */
void one_shot_wire_tried(struct one_shot *shot);

/* The same, by what wt_get_info() says. */
void one_shot_wire_follow(struct wire_view *wire, const struct wt_info *info);

/* It ended, or could not be made, and another will be. */
void one_shot_wire_lost(struct one_shot *shot);

/* The port of HOST[:PORT]. */
uint16_t one_shot_wire_port(const char *server);

#endif
