/*
 * The requests that wait for their answer, found by id and walked in the order in which
 * they were made.
 *
 * A request stands in one of two lists: `open` until its answer is known, then `done`
 * until the application was told. An id is not given anew while its request is in either.
 * Slots are numbered, not pointed to, so that the table can grow; a pointer that a
 * function here returns is borrowed until the next in_flight_add().
 */
#ifndef WIRETALE_RELAY_CLIENT_IN_FLIGHT_H
#define WIRETALE_RELAY_CLIENT_IN_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A frame that is kept, to be sent later or again, or to know what it asked for. */
struct kept_frame {
	uint32_t length; /* bytes of the whole frame */
	uint8_t bytes[];
};

/* The pages of one LIST or ROOMS that came so far: their ENTRY fields as on the wire. */
struct entry_pages {
	uint8_t *bytes;       /* owned */
	size_t length;        /* bytes used */
	size_t capacity;      /* bytes at `bytes` */
	uint32_t entries;     /* ENTRY fields among them */
	uint32_t pages;       /* responses so far */
	uint32_t last_number; /* LIST: of the last ENTRY; numbers must ascend */
};

enum in_flight_flags {
	IN_FLIGHT_INTERNAL = 1u << 0,  /* the library's own: the application is not told */
	IN_FLIGHT_TO_ROOM = 1u << 1,   /* SEND to a room: THROUGH does not cover it */
	IN_FLIGHT_TO_NUMBER = 1u << 2, /* SEND to a number: not sent again, numbers change */
	IN_FLIGHT_RESEND = 1u << 3,    /* to be sent again on the next connection */
	IN_FLIGHT_SENT = 1u << 4,      /* was queued for the kernel: it may have arrived */
	IN_FLIGHT_DONE = 1u << 5,      /* in the list `done` */
	IN_FLIGHT_CLOSED = 1u << 6,    /* DONE: by the end of the connection, no answer came */
};

struct in_flight_request {
	uint32_t id;
	uint32_t bucket_next;      /* slot of the next request in the same bucket */
	uint32_t previous;         /* slot before it in its list */
	uint32_t next;             /* slot behind it in its list, or in the list of free slots */
	uint8_t type;              /* enum relay_type */
	uint8_t flags;             /* enum in_flight_flags */
	uint8_t outcome;           /* DONE: enum wt_outcome */
	uint8_t status;            /* DONE: enum wt_status */
	uint64_t made_ns;          /* clock_elapsed_ns() when the application asked */
	uint64_t done_ns;          /* DONE: when the answer came */
	const char *text;          /* DONE: a static sentence, or NULL */
	struct kept_frame *kept;   /* owned by the table's owner; NULL: not kept */
	struct entry_pages *pages; /* likewise; NULL: no page came */
};

#define IN_FLIGHT_NONE UINT32_MAX

struct in_flight_list {
	uint32_t first; /* slot, or IN_FLIGHT_NONE */
	uint32_t last;
};

struct in_flight {
	struct in_flight_request *slots; /* owned */
	uint32_t *buckets;               /* owned; slots by the low bits of the id */
	uint32_t capacity;               /* slots and buckets: a power of two, or 0 */
	uint32_t free;                   /* first free slot */
	uint32_t count;                  /* requests in both lists */
	uint32_t last_id;                /* the newest that was given */
	struct in_flight_list open;      /* in the order in which they were made */
	struct in_flight_list done;      /* in the order in which they ended */
};

void in_flight_init(struct in_flight *table);

/* All requests must have been removed: what they own is the caller's. */
void in_flight_finish(struct in_flight *table);

/* Opens a request under the next free id. NULL: out of memory. */
struct in_flight_request *in_flight_add(struct in_flight *table, uint8_t type);

/* The open or done request of that id, or NULL. */
struct in_flight_request *in_flight_find(const struct in_flight *table, uint32_t id);

/* NULL: the list is empty, or there is none behind. */
struct in_flight_request *in_flight_first(const struct in_flight *table,
					  const struct in_flight_list *list);
struct in_flight_request *in_flight_next(const struct in_flight *table,
					 const struct in_flight_request *request);

/* From `open` to the end of `done`. */
void in_flight_move_to_done(struct in_flight *table, struct in_flight_request *request);

void in_flight_remove(struct in_flight *table, struct in_flight_request *request);

#endif
