#include "relay_server/numbered_list.h"

#include <stdlib.h>
#include <string.h>

#define LIST_FIRST 64u

void numbered_list_init(struct numbered_list *list)
{
	*list = (struct numbered_list){ 0 };
}

void numbered_list_finish(struct numbered_list *list)
{
	free(list->items);
	*list = (struct numbered_list){ 0 };
}

/* The first index whose number is not below `number`. */
static size_t seek(const struct numbered_list *list, uint64_t number)
{
	size_t low = 0;
	size_t high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void forget_removed(struct numbered_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].thing)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
	list->removed = 0;
}

bool numbered_list_add(struct numbered_list *list, uint64_t number, void *thing)
{
	size_t place;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : LIST_FIRST;
		struct numbered_item *items = realloc(list->items, capacity * sizeof(*items));

		if (!items)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	/* Nearly always the end: workers may overtake each other by a few. */
	place = list->count;
	while (place > 0 && list->items[place - 1].number > number)
		place--;
	memmove(list->items + place + 1, list->items + place,
		(list->count - place) * sizeof(*list->items));
	list->items[place] = (struct numbered_item){ .number = number, .thing = thing };
	list->count++;
	return true;
}

void numbered_list_remove(struct numbered_list *list, uint64_t number)
{
	size_t place = seek(list, number);

	list->items[place].thing = NULL;
	list->removed++;
	if (list->removed > LIST_FIRST && list->removed > list->count / 2)
		forget_removed(list);
}

void *numbered_list_find(const struct numbered_list *list, uint64_t number)
{
	size_t place = seek(list, number);

	if (place == list->count || list->items[place].number != number)
		return NULL;
	return list->items[place].thing;
}

void *numbered_list_next(const struct numbered_list *list, uint64_t after, size_t *place)
{
	size_t at = *place;

	if (at == 0 || at > list->count || list->items[at - 1].number != after)
		at = seek(list, after + 1);
	while (at < list->count && !list->items[at].thing)
		at++;
	if (at == list->count)
		return NULL;
	*place = at + 1;
	return list->items[at].thing;
}
