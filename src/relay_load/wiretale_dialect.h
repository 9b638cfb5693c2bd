/*
 * The Wiretale protocol as the load engine speaks it: raw frames, an acknowledgement for each
 * read. A room is joined by those in it; a message's id is its number.
 */
#ifndef WIRETALE_RELAY_LOAD_WIRETALE_DIALECT_H
#define WIRETALE_RELAY_LOAD_WIRETALE_DIALECT_H

#include "relay_load/load_dialect.h"

extern const struct load_dialect wiretale_dialect;

#endif
