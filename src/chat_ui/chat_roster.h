/*
 * Whom and which rooms the chat has heard of on this connection: for completing names, and
 * for telling a new name from a new client. One thread.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_ROSTER_H
#define WIRETALE_CHAT_UI_CHAT_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wiretale/client.h"

#define CHAT_ROSTER_MAX_PEERS 4096u /* those over it are not remembered */
#define CHAT_ROSTER_MAX_ROOMS 256u

struct chat_roster_peer {
	uint32_t number;
	char name[WT_NAME_MAX_BYTES + 1]; /* "": has none */
};

struct chat_roster {
	struct chat_roster_peer *peers; /* owned; CHAT_ROSTER_MAX_PEERS at most, in no order */
	size_t peer_count;
	size_t peer_capacity;
	char (*rooms)[WT_NAME_MAX_BYTES + 1]; /* owned; CHAT_ROSTER_MAX_ROOMS, or NULL */
	size_t room_count;
};

/* A zeroed roster is empty. */
void chat_roster_finish(struct chat_roster *roster);

/* Forgets all. */
void chat_roster_clear(struct chat_roster *roster);

/* NULL: not heard of. Borrowed until the roster is next changed. */
const struct chat_roster_peer *chat_roster_find(const struct chat_roster *roster, uint32_t number);

/* A client is here, under this name (NULL: none). Out of memory: it is not remembered. */
void chat_roster_add(struct chat_roster *roster, uint32_t number, const char *name);
void chat_roster_remove(struct chat_roster *roster, uint32_t number);

/* The whole list came: those who are not in it are forgotten. */
void chat_roster_replace(struct chat_roster *roster, const struct wt_peer *peers, size_t count);

void chat_roster_add_room(struct chat_roster *roster, const char *name);

#endif
