#include "relay_server/message_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/server_limits.h"

#define FORGET_AT_ONCE 16u

struct message_record {
	struct hash_node by_id;
	struct message_record *older;
	struct message_record *newer;
	struct message_origin *waiters; /* owned; NULL once answered */
	uint32_t waiter_count;
	uint64_t expires_ms;
	struct message_verdict verdict;
	bool in_flight;
	bool listed; /* in the table and the list */
	bool held;   /* who delivers it, or waits for a late acknowledgement, has a reference */
	uint8_t id[RELAY_MESSAGE_ID_BYTES];
};

_Static_assert(offsetof(struct message_record, by_id) == 0,
	       "a node of by_id is cast to its record");

void message_ids_init(struct message_ids *ids)
{
	*ids = (struct message_ids){ 0 };
	(void)pthread_mutex_init(&ids->lock, NULL);
	hash_table_init(&ids->records);
	hash_secret_init(&ids->secret);
}

static void record_destroy(struct message_record *record)
{
	free(record->waiters);
	free(record);
}

/* Out of the table; the record lives on while somebody holds it. */
static void unlist(struct message_ids *ids, struct message_record *record)
{
	hash_table_remove(&ids->records, &record->by_id);
	if (record->older)
		record->older->newer = record->newer;
	else
		ids->oldest = record->newer;
	if (record->newer)
		record->newer->older = record->older;
	else
		ids->newest = record->older;
	record->listed = false;
	if (!record->held)
		record_destroy(record);
}

/* Drops the holder's reference; the record stays in the table where it is remembered. */
static void let_go(struct message_ids *ids, struct message_record *record, bool remembered)
{
	record->held = false;
	if (!record->listed)
		record_destroy(record);
	else if (!remembered)
		unlist(ids, record);
}

void message_ids_destroy(struct message_ids *ids)
{
	while (ids->oldest)
		unlist(ids, ids->oldest);
	hash_table_finish(&ids->records);
	(void)pthread_mutex_destroy(&ids->lock);
}

static struct message_record *find(const struct message_ids *ids, const uint8_t *message_id,
				   uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&ids->records, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct message_record *record = (struct message_record *)(void *)node;

		if (memcmp(record->id, message_id, sizeof(record->id)) == 0)
			return record;
	}
	return NULL;
}

static bool add_waiter(struct message_record *record, const struct message_origin *origin)
{
	uint32_t count = record->waiter_count;

	/* Doubled whenever the count is a power of two. */
	if ((count & (count - 1)) == 0) {
		size_t room = count ? (size_t)count * 2 : 1;
		struct message_origin *waiters = realloc(record->waiters, room * sizeof(*waiters));

		if (!waiters)
			return false;
		record->waiters = waiters;
	}
	record->waiters[count] = *origin;
	record->waiter_count++;
	return true;
}

static struct message_record *create(struct message_ids *ids, const uint8_t *message_id,
				     uint64_t hash, const struct message_origin *origin)
{
	struct message_record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	if (!add_waiter(record, origin) ||
	    !hash_table_insert(&ids->records, &record->by_id, hash)) {
		free(record->waiters);
		free(record);
		return NULL;
	}
	memcpy(record->id, message_id, sizeof(record->id));
	record->in_flight = true;
	record->listed = true;
	record->held = true;
	record->older = ids->newest;
	if (ids->newest)
		ids->newest->newer = record;
	else
		ids->oldest = record;
	ids->newest = record;
	return record;
}

/* A few at a time, each time: others wait for the lock. */
static void forget_expired(struct message_ids *ids, uint64_t now_ms)
{
	for (unsigned i = 0; i < FORGET_AT_ONCE; i++) {
		if (!ids->oldest || ids->oldest->expires_ms > now_ms)
			return;
		unlist(ids, ids->oldest);
	}
}

enum message_ids_answer message_ids_ask(struct message_ids *ids, const uint8_t *message_id,
					const struct message_origin *origin, uint64_t now_ms,
					struct message_record **record,
					struct message_verdict *verdict)
{
	uint64_t hash = hash_bytes(&ids->secret, message_id, RELAY_MESSAGE_ID_BYTES);
	enum message_ids_answer answer = MESSAGE_ID_FAILED;
	struct message_record *known;

	(void)pthread_mutex_lock(&ids->lock);
	forget_expired(ids, now_ms);
	known = find(ids, message_id, hash);
	if (known && known->expires_ms <= now_ms) {
		unlist(ids, known);
		known = NULL;
	}
	if (known && known->in_flight) {
		verdict->status = RELAY_STATUS_BUSY;
		if (known->waiter_count < RELAY_MESSAGE_WAITERS_MAX && add_waiter(known, origin))
			answer = MESSAGE_ID_WAIT;
	} else if (known) {
		*verdict = known->verdict;
		answer = MESSAGE_ID_VERDICT;
	} else {
		if (ids->records.count >= RELAY_MESSAGE_IDS_MAX)
			unlist(ids, ids->oldest);
		known = create(ids, message_id, hash, origin);
		if (known) {
			known->expires_ms = now_ms + RELAY_MESSAGE_ID_LIFE_S * MS_PER_S;
			*record = known;
			answer = MESSAGE_ID_NEW;
		}
	}
	(void)pthread_mutex_unlock(&ids->lock);
	return answer;
}

size_t message_ids_verdict(struct message_ids *ids, struct message_record *record,
			   const struct message_verdict *verdict, bool keep_late,
			   struct message_origin **origins)
{
	size_t count;

	(void)pthread_mutex_lock(&ids->lock);
	*origins = record->waiters;
	count = record->waiter_count;
	record->waiters = NULL;
	record->waiter_count = 0;
	record->in_flight = false;
	record->verdict = *verdict;
	if (!keep_late)
		let_go(ids, record, verdict->status == RELAY_STATUS_OK);
	(void)pthread_mutex_unlock(&ids->lock);
	return count;
}

void message_ids_late(struct message_ids *ids, struct message_record *record)
{
	(void)pthread_mutex_lock(&ids->lock);
	record->verdict = (struct message_verdict){ .status = RELAY_STATUS_OK,
						    .outcome = RELAY_OUTCOME_DELIVERED };
	let_go(ids, record, true);
	(void)pthread_mutex_unlock(&ids->lock);
}

void message_ids_forget(struct message_ids *ids, struct message_record *record)
{
	(void)pthread_mutex_lock(&ids->lock);
	let_go(ids, record, true);
	(void)pthread_mutex_unlock(&ids->lock);
}

void message_ids_gone(struct message_ids *ids, struct message_record *record)
{
	(void)pthread_mutex_lock(&ids->lock);
	let_go(ids, record, false);
	(void)pthread_mutex_unlock(&ids->lock);
}
