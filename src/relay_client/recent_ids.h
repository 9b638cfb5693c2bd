/*
 * The MESSAGE_IDs of the messages that the application was given lately, so that one that
 * a sender repeats after a lost connection is not handed over twice.
 *
 * Holds the last RECENT_IDS_MAX, each for RECENT_IDS_LIFE_NS; takes memory with the first.
 */
#ifndef WIRETALE_RELAY_CLIENT_RECENT_IDS_H
#define WIRETALE_RELAY_CLIENT_RECENT_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "relay_protocol/limits.h"

#define RECENT_IDS_MAX 8192u
#define RECENT_IDS_LIFE_NS (RELAY_MESSAGE_ID_LIFE_S * UINT64_C(1000000000))

struct recent_id {
	struct hash_node node; /* in `by_id` */
	uint64_t seen_ns;
	uint8_t id[RELAY_MESSAGE_ID_BYTES];
};

struct recent_ids {
	struct hash_secret secret; /* peers choose the ids */
	struct hash_table by_id;
	struct recent_id *ring; /* owned; RECENT_IDS_MAX of them, NULL until the first */
	uint32_t oldest;        /* index in the ring */
	uint32_t count;
};

void recent_ids_init(struct recent_ids *recent, const struct hash_secret *secret);
void recent_ids_finish(struct recent_ids *recent);

/*
 * True: the id was seen before, and not too long ago. Otherwise it is remembered; where
 * there is no memory for it, it is not, and a repeat would be taken for new.
 */
bool recent_ids_seen(struct recent_ids *recent, const uint8_t id[RELAY_MESSAGE_ID_BYTES],
		     uint64_t now_ns);

#endif
