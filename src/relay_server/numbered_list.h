/*
 * Things in ascending order of their numbers, for lists that people page through while
 * things come and go. Adding at the end and removing anywhere is cheap. Whoever shares
 * one between threads puts a lock around it.
 */
#ifndef WIRETALE_RELAY_SERVER_NUMBERED_LIST_H
#define WIRETALE_RELAY_SERVER_NUMBERED_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct numbered_item {
	uint64_t number;
	void *thing; /* borrowed; NULL: removed */
};

struct numbered_list {
	struct numbered_item *items; /* owned */
	size_t count;                /* removed ones included */
	size_t removed;
	size_t capacity;
};

void numbered_list_init(struct numbered_list *list);
void numbered_list_finish(struct numbered_list *list);

/* False: out of memory. */
bool numbered_list_add(struct numbered_list *list, uint64_t number, void *thing);

/* The number must be in the list. */
void numbered_list_remove(struct numbered_list *list, uint64_t number);

/* NULL: none has this number. */
void *numbered_list_find(const struct numbered_list *list, uint64_t number);

/* The thing with the lowest number above `after`; NULL: there is none. *place is a hint,
 * 0 at first, that makes going through all of them cheap while nothing changes. */
void *numbered_list_next(const struct numbered_list *list, uint64_t after, size_t *place);

#endif
