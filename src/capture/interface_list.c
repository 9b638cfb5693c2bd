#include "capture/interface_list.h"

#include <stdlib.h>

void interface_list_finish(struct interface_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free(list->interfaces[i].name);
	free(list->interfaces);
	*list = (struct interface_list){ 0 };
}

static bool make_room(struct interface_list *list)
{
	uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
	struct listed_interface *interfaces;

	if (list->count < list->capacity)
		return true;
	interfaces = realloc(list->interfaces, capacity * sizeof(*interfaces));
	if (!interfaces)
		return false;
	list->interfaces = interfaces;
	list->capacity = capacity;
	return true;
}

/* Ends at the first zero, as the writers' C did. */
static char *copied_name(const uint8_t *name, size_t name_bytes)
{
	char *copy = malloc(name_bytes + 1);
	size_t length = 0;

	if (!copy)
		return NULL;
	for (; length < name_bytes && name[length] != 0; length++)
		copy[length] =
			name[length] < 0x20 || name[length] == 0x7f ? '?' : (char)name[length];
	copy[length] = 0;
	return copy;
}

bool interface_list_add(struct interface_list *list, const struct capture_interface *told,
			const struct interface_clock *clock, const uint8_t *name, size_t name_bytes)
{
	struct listed_interface added = { .told = *told, .clock = *clock };

	if (!make_room(list))
		return false;
	if (name && name_bytes < INTERFACE_NAMES_MAX_BYTES - list->name_bytes) {
		added.name = copied_name(name, name_bytes);
		if (!added.name)
			return false;
		list->name_bytes += name_bytes + 1;
	}
	added.told.name = added.name;
	list->interfaces[list->count++] = added;
	return true;
}
