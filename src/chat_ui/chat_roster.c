#include "chat_ui/chat_roster.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_PEERS 16u

void chat_roster_finish(struct chat_roster *roster)
{
	free(roster->peers);
	free(roster->rooms);
	*roster = (struct chat_roster){ 0 };
}

void chat_roster_clear(struct chat_roster *roster)
{
	roster->peer_count = 0;
	roster->room_count = 0;
}

static struct chat_roster_peer *find(const struct chat_roster *roster, uint32_t number)
{
	for (size_t i = 0; i < roster->peer_count; i++) {
		if (roster->peers[i].number == number)
			return &roster->peers[i];
	}
	return NULL;
}

const struct chat_roster_peer *chat_roster_find(const struct chat_roster *roster, uint32_t number)
{
	return find(roster, number);
}

static void set_name(char out[WT_NAME_MAX_BYTES + 1], const char *name)
{
	size_t length = name ? strnlen(name, WT_NAME_MAX_BYTES) : 0;

	if (length > 0)
		memcpy(out, name, length);
	out[length] = '\0';
}

/* Behind the last, without looking whether it is there already. */
static void append(struct chat_roster *roster, uint32_t number, const char *name)
{
	if (roster->peer_count == roster->peer_capacity) {
		size_t capacity = roster->peer_capacity ? 2 * roster->peer_capacity : FIRST_PEERS;
		struct chat_roster_peer *peers;

		if (capacity > CHAT_ROSTER_MAX_PEERS)
			return;
		peers = reallocarray(roster->peers, capacity, sizeof(*peers));
		if (!peers)
			return;
		roster->peers = peers;
		roster->peer_capacity = capacity;
	}
	roster->peers[roster->peer_count].number = number;
	set_name(roster->peers[roster->peer_count].name, name);
	roster->peer_count++;
}

void chat_roster_add(struct chat_roster *roster, uint32_t number, const char *name)
{
	struct chat_roster_peer *peer = find(roster, number);

	if (peer)
		set_name(peer->name, name);
	else
		append(roster, number, name);
}

void chat_roster_remove(struct chat_roster *roster, uint32_t number)
{
	struct chat_roster_peer *peer = find(roster, number);

	if (peer)
		*peer = roster->peers[--roster->peer_count];
}

void chat_roster_replace(struct chat_roster *roster, const struct wt_peer *peers, size_t count)
{
	roster->peer_count = 0;
	for (size_t i = 0; i < count && i < CHAT_ROSTER_MAX_PEERS; i++)
		append(roster, peers[i].number, peers[i].name);
}

void chat_roster_add_room(struct chat_roster *roster, const char *name)
{
	for (size_t i = 0; i < roster->room_count; i++) {
		if (strcmp(roster->rooms[i], name) == 0)
			return;
	}
	if (!roster->rooms)
		roster->rooms = calloc(CHAT_ROSTER_MAX_ROOMS, sizeof(*roster->rooms));
	if (!roster->rooms || roster->room_count == CHAT_ROSTER_MAX_ROOMS)
		return;
	set_name(roster->rooms[roster->room_count++], name);
}
