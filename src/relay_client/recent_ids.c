#include "relay_client/recent_ids.h"

#include <stdlib.h>
#include <string.h>

void recent_ids_init(struct recent_ids *recent, const struct hash_secret *secret)
{
	*recent = (struct recent_ids){ .secret = *secret };
	hash_table_init(&recent->by_id);
}

void recent_ids_finish(struct recent_ids *recent)
{
	hash_table_finish(&recent->by_id);
	free(recent->ring);
	recent->ring = NULL;
	recent->count = 0;
}

static void forget_oldest(struct recent_ids *recent)
{
	hash_table_remove(&recent->by_id, &recent->ring[recent->oldest].node);
	recent->oldest = (recent->oldest + 1) % RECENT_IDS_MAX;
	recent->count--;
}

static void remember(struct recent_ids *recent, const uint8_t *id, uint64_t hash, uint64_t now_ns)
{
	struct recent_id *entry;

	if (!recent->ring) {
		recent->ring = calloc(RECENT_IDS_MAX, sizeof(*recent->ring));
		if (!recent->ring)
			return;
	}
	if (recent->count == RECENT_IDS_MAX)
		forget_oldest(recent);
	entry = &recent->ring[(recent->oldest + recent->count) % RECENT_IDS_MAX];
	entry->seen_ns = now_ns;
	memcpy(entry->id, id, sizeof(entry->id));
	if (hash_table_insert(&recent->by_id, &entry->node, hash))
		recent->count++;
}

bool recent_ids_seen(struct recent_ids *recent, const uint8_t id[RELAY_MESSAGE_ID_BYTES],
		     uint64_t now_ns)
{
	uint64_t hash = hash_bytes(&recent->secret, id, RELAY_MESSAGE_ID_BYTES);
	struct hash_node *node;

	while (recent->count > 0 &&
	       now_ns - recent->ring[recent->oldest].seen_ns >= RECENT_IDS_LIFE_NS)
		forget_oldest(recent);

	for (node = hash_table_first_match(&recent->by_id, hash); node;
	     node = hash_table_next_match(node)) {
		const struct recent_id *entry = (const struct recent_id *)node;

		if (memcmp(entry->id, id, sizeof(entry->id)) == 0)
			return true;
	}
	remember(recent, id, hash, now_ns);
	return false;
}
