/* Who came, changed its name, or went, told to those who watch, on every worker. */
#ifndef WIRETALE_RELAY_SERVER_PRESENCE_H
#define WIRETALE_RELAY_SERVER_PRESENCE_H

#include <stdbool.h>

#include "relay_server/worker.h"

/* After the directory was changed, or (went) with the entry as it was before. */
void presence_announce(struct worker *worker, const struct relay_entry *entry, bool came);
void presence_from_inbox(struct worker *worker, const struct inbox_item *item);

void presence_watch(struct worker *worker, struct session *session, bool on);

#endif
