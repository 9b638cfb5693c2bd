/* Who came, changed its name, or went, told to those who watch, on every worker. */
#ifndef WIRETALE_RELAY_SERVER_PRESENCE_H
#define WIRETALE_RELAY_SERVER_PRESENCE_H

#include <stdbool.h>

#include "relay_server/worker.h"

/* After the directory was changed, or (went) with the entry as it was before. */
void presence_announce(struct worker *worker, const struct relay_entry *entry, bool came);
/* Do the other workers keep up with being told? A client that changes its name more often
 * than they can tell is refused. */
bool presence_has_room(const struct worker *worker);

void presence_from_inbox(struct worker *worker, const struct inbox_item *item);

/* Closes this worker's watchers where another could not tell it something, for want of memory. */
void presence_look_missed(struct worker *worker);

void presence_watch(struct worker *worker, struct session *session, bool on);

#endif
