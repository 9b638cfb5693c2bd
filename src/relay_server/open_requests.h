/*
 * The ids of one client's SEND requests that have no answer yet: a set that grows with
 * what is in it and holds nothing while it is empty. The client chooses the ids, so
 * their places depend on a secret. One thread.
 */
#ifndef WIRETALE_RELAY_SERVER_OPEN_REQUESTS_H
#define WIRETALE_RELAY_SERVER_OPEN_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct open_request {
	uint32_t id;         /* 0: the place is empty */
	uint32_t started_ms; /* low bits of clock_elapsed_ms() */
};

struct open_requests {
	struct open_request *places; /* owned; NULL while empty */
	uint32_t capacity;           /* a power of two, or 0 */
	uint32_t count;
	uint32_t multiplier; /* odd, from the server's secret */
	uint32_t shift;      /* 32 less the bits of a place's number */
};

/* A random multiplier for a server's life, under which ids that follow one another stay apart. */
uint32_t open_requests_choose_multiplier(void);

/* Would they? It takes a while: some ten thousand additions. */
bool open_requests_spreads(uint32_t multiplier);

void open_requests_init(struct open_requests *requests, uint32_t multiplier);
void open_requests_finish(struct open_requests *requests);

/* Where an id would stand if no other were in its way. The upper bits of the product depend on
 * all of the id's, and spread ids that follow one another evenly. */
static inline uint32_t open_requests_home(const struct open_requests *requests, uint32_t id)
{
	return (id * requests->multiplier) >> requests->shift;
}

/* How far from its home the id at a place stands. */
static inline uint32_t open_requests_distance(const struct open_requests *requests, uint32_t place)
{
	uint32_t home = open_requests_home(requests, requests->places[place].id);

	return (place - home) & (requests->capacity - 1);
}

/* The place of an id, or the capacity where it is not in the set. */
static inline uint32_t open_requests_find(const struct open_requests *requests, uint32_t id)
{
	uint32_t place;

	if (requests->count == 0)
		return requests->capacity;
	place = open_requests_home(requests, id);
	for (uint32_t away = 0;; away++) {
		if (requests->places[place].id == id)
			return place;
		if (requests->places[place].id == 0 ||
		    open_requests_distance(requests, place) < away)
			return requests->capacity;
		place = (place + 1) & (requests->capacity - 1);
	}
}

static inline bool open_requests_has(const struct open_requests *requests, uint32_t id)
{
	return open_requests_find(requests, id) < requests->capacity;
}

/* The id is not 0 and not in the set. False: out of memory. */
bool open_requests_add(struct open_requests *requests, uint32_t id, uint32_t now_ms);

/* False: it was not in the set. */
bool open_requests_remove(struct open_requests *requests, uint32_t id);

/*
 * An id that started before `before_ms` (by signed difference), or 0: none. *place is 0 at first
 * and says where to go on: removing what was found, and asking again, goes through all of them
 * once.
 */
uint32_t open_requests_older(const struct open_requests *requests, uint32_t before_ms,
			     uint32_t *place);

/* The same for any id. */
uint32_t open_requests_any(const struct open_requests *requests, uint32_t *place);

#endif
