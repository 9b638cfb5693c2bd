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
};

void open_requests_init(struct open_requests *requests, uint32_t multiplier);
void open_requests_finish(struct open_requests *requests);
bool open_requests_has(const struct open_requests *requests, uint32_t id);

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
