#include "relay_server/open_requests.h"

#include <stdlib.h>

#include "base/random.h"
#include "relay_server/server_limits.h"

/*
 * Robin Hood hashing: along a run of taken places the homes never go back, so that a
 * search may stop at the first one that is nearer to its home, and a removal moves few.
 */

#define REQUESTS_FIRST 16u
#define FIRST_SHIFT (32u - 4)

/* About one random number in three will do. */
#define CHOICES_MAX 64u

/* Sixteen times nearer than evenly spread ids would be is too near. */
#define CROWD 16u

/*
 * Seen as a circle of 2^32 places, ids n apart have homes n multiplications apart. Where some
 * small n leads nearly round the circle, long runs of ids would crowd at few homes.
 */
bool open_requests_spreads(uint32_t multiplier)
{
	uint32_t product = 0;

	for (uint32_t apart = 1; apart <= RELAY_OPEN_SENDS_MAX; apart++) {
		uint32_t nearest;

		product += multiplier;
		nearest = product < UINT32_MAX / 2 ? product : 0u - product;
		if (nearest < UINT32_MAX / (CROWD * apart))
			return false;
	}
	return true;
}

uint32_t open_requests_choose_multiplier(void)
{
	uint32_t multiplier = 0;

	for (unsigned i = 0; i < CHOICES_MAX; i++) {
		random_bytes(&multiplier, sizeof(multiplier));
		multiplier |= 1u;
		if (open_requests_spreads(multiplier))
			break;
	}
	return multiplier;
}

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

static void insert(struct open_requests *requests, struct open_request entry)
{
	uint32_t place = open_requests_home(requests, entry.id);

	for (uint32_t away = 0;; away++) {
		uint32_t theirs;

		if (requests->places[place].id == 0) {
			requests->places[place] = entry;
			requests->count++;
			return;
		}
		theirs = open_requests_distance(requests, place);
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
		.shift = requests->capacity ? requests->shift - 1 : FIRST_SHIFT,
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
	uint32_t place = open_requests_find(requests, id);
	uint32_t next;

	if (place == requests->capacity)
		return false;
	next = (place + 1) & mask;
	while (requests->places[next].id != 0 && open_requests_distance(requests, next) > 0) {
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
