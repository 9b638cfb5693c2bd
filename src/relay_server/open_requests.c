#include "relay_server/open_requests.h"

#include <stdlib.h>

/*
 * Robin Hood hashing: along a run of taken places the homes never go back, so that a
 * search may stop at the first one that is nearer to its home, and a removal moves few.
 */

#define REQUESTS_FIRST 16u

void open_requests_init(struct open_requests *requests, uint32_t multiplier)
{
	*requests = (struct open_requests){ .multiplier = multiplier | 1u };
}

void open_requests_finish(struct open_requests *requests)
{
	free(requests->places);
	requests->places = NULL;
	requests->capacity = 0;
	requests->count = 0;
}

static inline uint32_t home_of(const struct open_requests *requests, uint32_t id)
{
	uint32_t mixed = id * requests->multiplier;

	return (mixed ^ mixed >> 15) & (requests->capacity - 1);
}

static inline uint32_t distance(const struct open_requests *requests, uint32_t place)
{
	uint32_t home = home_of(requests, requests->places[place].id);

	return (place - home) & (requests->capacity - 1);
}

/* Returns the place of an id, or the capacity where it is not in the set. */
static uint32_t find(const struct open_requests *requests, uint32_t id)
{
	uint32_t place;

	if (requests->count == 0)
		return requests->capacity;
	place = home_of(requests, id);
	for (uint32_t away = 0;; away++) {
		if (requests->places[place].id == id)
			return place;
		if (requests->places[place].id == 0 || distance(requests, place) < away)
			return requests->capacity;
		place = (place + 1) & (requests->capacity - 1);
	}
}

bool open_requests_has(const struct open_requests *requests, uint32_t id)
{
	return find(requests, id) < requests->capacity;
}

static void insert(struct open_requests *requests, struct open_request entry)
{
	uint32_t place = home_of(requests, entry.id);

	for (uint32_t away = 0;; away++) {
		uint32_t theirs;

		if (requests->places[place].id == 0) {
			requests->places[place] = entry;
			requests->count++;
			return;
		}
		theirs = distance(requests, place);
		if (theirs < away) {
			struct open_request displaced = requests->places[place];

			requests->places[place] = entry;
			entry = displaced;
			away = theirs;
		}
		place = (place + 1) & (requests->capacity - 1);
	}
}

static bool grow(struct open_requests *requests)
{
	struct open_requests larger = {
		.capacity = requests->capacity ? requests->capacity * 2 : REQUESTS_FIRST,
		.multiplier = requests->multiplier,
	};

	larger.places = calloc(larger.capacity, sizeof(*larger.places));
	if (!larger.places)
		return false;
	for (uint32_t i = 0; i < requests->capacity; i++) {
		if (requests->places[i].id != 0)
			insert(&larger, requests->places[i]);
	}
	free(requests->places);
	*requests = larger;
	return true;
}

bool open_requests_add(struct open_requests *requests, uint32_t id, uint32_t now_ms)
{
	if (requests->count >= requests->capacity / 2 && !grow(requests))
		return false;
	insert(requests, (struct open_request){ .id = id, .started_ms = now_ms });
	return true;
}

bool open_requests_remove(struct open_requests *requests, uint32_t id)
{
	uint32_t mask = requests->capacity - 1;
	uint32_t place = find(requests, id);
	uint32_t next;

	if (place == requests->capacity)
		return false;
	next = (place + 1) & mask;
	while (requests->places[next].id != 0 && distance(requests, next) > 0) {
		requests->places[place] = requests->places[next];
		place = next;
		next = (next + 1) & mask;
	}
	requests->places[place] = (struct open_request){ 0 };
	requests->count--;
	return true;
}

/* A removal moves ids back by one place, so the place found is looked at again; only from
 * the array's start can one move to its end, which lies ahead. */
uint32_t open_requests_older(const struct open_requests *requests, uint32_t before_ms,
			     uint32_t *place)
{
	for (; *place < requests->capacity; (*place)++) {
		const struct open_request *request = &requests->places[*place];

		if (request->id != 0 && (int32_t)(request->started_ms - before_ms) < 0)
			return request->id;
	}
	return 0;
}

uint32_t open_requests_any(const struct open_requests *requests, uint32_t *place)
{
	for (; *place < requests->capacity; (*place)++) {
		if (requests->places[*place].id != 0)
			return requests->places[*place].id;
	}
	return 0;
}
