#include "tcp_lab/experiment_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest_word.h"

#define CANDIDATES_MAX 64u

void experiment_names_finish(struct experiment_names *names)
{
	free(names->list);
	*names = (struct experiment_names){ 0 };
}

struct known_name *experiment_names_find(const struct experiment_names *names, enum lab_host host,
					 const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		struct known_name *known = &names->list[i];

		if (known->host == host && strcmp(known->name, name) == 0)
			return known;
	}
	return NULL;
}

struct known_name *experiment_names_add(struct experiment_names *names, enum lab_host host,
					const char *name)
{
	struct known_name *known = experiment_names_find(names, host, name);

	if (known)
		return known;
	if (names->count == names->capacity) {
		size_t capacity = names->capacity > 0 ? names->capacity * 2 : 8;
		struct known_name *list = reallocarray(names->list, capacity, sizeof(*names->list));

		if (!list)
			return NULL;
		names->list = list;
		names->capacity = capacity;
	}
	known = &names->list[names->count++];
	*known = (struct known_name){ .host = host };
	memcpy(known->name, name, strnlen(name, LAB_NAME_BYTES - 1));
	return known;
}

struct known_thing *known_thing_of(struct known_name *known, enum known_kind kind)
{
	switch (kind) {
	case KNOWN_SOCKET:
		return &known->socket;
	case KNOWN_LISTENER:
		return &known->listener;
	case KNOWN_PROGRAM:
		break;
	}
	return &known->program;
}

const char *experiment_names_nearest(const struct experiment_names *names, enum lab_host host,
				     enum known_kind kind, const char *name)
{
	const char *candidates[CANDIDATES_MAX] = { NULL };
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < names->count && count < CANDIDATES_MAX; i++) {
		struct known_name *known = &names->list[i];

		if (known->host == host && known->name[0] != '\0' &&
		    known_thing_of(known, kind)->presence != KNOWN_NEVER)
			candidates[count++] = known->name;
	}
	nearest = nearest_word(name, candidates, count);
	if (!nearest && count > 0)
		nearest = candidates[count - 1];
	return nearest;
}
