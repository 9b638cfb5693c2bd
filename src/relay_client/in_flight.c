#include "relay_client/in_flight.h"

#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT_FIRST_SLOTS 64u
#define IN_FLIGHT_MAX_SLOTS (1u << 20)

void in_flight_init(struct in_flight *table)
{
	*table = (struct in_flight){
		.free = IN_FLIGHT_NONE,
		.open = { IN_FLIGHT_NONE, IN_FLIGHT_NONE },
		.done = { IN_FLIGHT_NONE, IN_FLIGHT_NONE },
	};
}

void in_flight_finish(struct in_flight *table)
{
	free(table->slots);
	free(table->buckets);
	in_flight_init(table);
}

static uint32_t slot_of(const struct in_flight *table, const struct in_flight_request *request)
{
	return (uint32_t)(request - table->slots);
}

static uint32_t *bucket_of(const struct in_flight *table, uint32_t id)
{
	return &table->buckets[id & (table->capacity - 1)];
}

static bool grow(struct in_flight *table)
{
	uint32_t capacity = table->capacity ? table->capacity * 2 : IN_FLIGHT_FIRST_SLOTS;
	struct in_flight_request *slots;
	uint32_t *buckets;

	if (capacity > IN_FLIGHT_MAX_SLOTS)
		return false;
	buckets = malloc(capacity * sizeof(*buckets));
	if (!buckets)
		return false;
	slots = realloc(table->slots, capacity * sizeof(*slots));
	if (!slots) {
		free(buckets);
		return false;
	}
	free(table->buckets);
	table->buckets = buckets;
	table->slots = slots;

	/* All slots are taken, or there would be no need to grow: each gets its new bucket. */
	memset(buckets, 0xff, capacity * sizeof(*buckets));
	for (uint32_t slot = 0; slot < table->capacity; slot++) {
		uint32_t *bucket = &buckets[slots[slot].id & (capacity - 1)];

		slots[slot].bucket_next = *bucket;
		*bucket = slot;
	}
	for (uint32_t slot = capacity; slot > table->capacity; slot--) {
		slots[slot - 1].next = table->free;
		table->free = slot - 1;
	}
	table->capacity = capacity;
	return true;
}

static void append(struct in_flight *table, struct in_flight_list *list, uint32_t slot)
{
	table->slots[slot].previous = list->last;
	table->slots[slot].next = IN_FLIGHT_NONE;
	if (list->last == IN_FLIGHT_NONE)
		list->first = slot;
	else
		table->slots[list->last].next = slot;
	list->last = slot;
}

static void take_out(struct in_flight *table, struct in_flight_list *list, uint32_t slot)
{
	const struct in_flight_request *request = &table->slots[slot];

	if (request->previous == IN_FLIGHT_NONE)
		list->first = request->next;
	else
		table->slots[request->previous].next = request->next;
	if (request->next == IN_FLIGHT_NONE)
		list->last = request->previous;
	else
		table->slots[request->next].previous = request->previous;
}

/* Ids ascend from 1 and go on at 1 after the last; those in use are passed over. */
static uint32_t next_id(const struct in_flight *table)
{
	uint32_t id = table->last_id;

	do {
		id++;
	} while (id == 0 || in_flight_find(table, id));
	return id;
}

struct in_flight_request *in_flight_add(struct in_flight *table, uint8_t type)
{
	struct in_flight_request *request;
	uint32_t *bucket;
	uint32_t slot;
	uint32_t id;

	if (table->free == IN_FLIGHT_NONE && !grow(table))
		return NULL;

	id = next_id(table);
	slot = table->free;
	request = &table->slots[slot];
	table->free = request->next;
	bucket = bucket_of(table, id);
	*request = (struct in_flight_request){ .id = id, .type = type, .bucket_next = *bucket };
	*bucket = slot;
	append(table, &table->open, slot);
	table->count++;
	table->last_id = id;
	return request;
}

struct in_flight_request *in_flight_find(const struct in_flight *table, uint32_t id)
{
	uint32_t slot = table->capacity ? *bucket_of(table, id) : IN_FLIGHT_NONE;

	while (slot != IN_FLIGHT_NONE && table->slots[slot].id != id)
		slot = table->slots[slot].bucket_next;
	return slot == IN_FLIGHT_NONE ? NULL : &table->slots[slot];
}

struct in_flight_request *in_flight_first(const struct in_flight *table,
					  const struct in_flight_list *list)
{
	return list->first == IN_FLIGHT_NONE ? NULL : &table->slots[list->first];
}

struct in_flight_request *in_flight_next(const struct in_flight *table,
					 const struct in_flight_request *request)
{
	return request->next == IN_FLIGHT_NONE ? NULL : &table->slots[request->next];
}

void in_flight_move_to_done(struct in_flight *table, struct in_flight_request *request)
{
	uint32_t slot = slot_of(table, request);

	take_out(table, &table->open, slot);
	append(table, &table->done, slot);
	request->flags |= IN_FLIGHT_DONE;
}

void in_flight_remove(struct in_flight *table, struct in_flight_request *request)
{
	uint32_t slot = slot_of(table, request);
	uint32_t *at = bucket_of(table, request->id);

	while (*at != slot)
		at = &table->slots[*at].bucket_next;
	*at = request->bucket_next;

	take_out(table, request->flags & IN_FLIGHT_DONE ? &table->done : &table->open, slot);
	request->next = table->free;
	table->free = slot;
	table->count--;
}
