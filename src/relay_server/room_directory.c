#include "relay_server/room_directory.h"

#include <stdlib.h>
#include <string.h>

struct room {
	struct hash_node by_name;
	uint64_t number;
	uint32_t members;
	uint8_t name_length;
	uint8_t name[RELAY_NAME_MAX_BYTES];
	uint32_t on_worker[]; /* members on each worker */
};

_Static_assert(offsetof(struct room, by_name) == 0, "a node of by_name is cast to its room");

void room_directory_init(struct room_directory *directory, unsigned workers)
{
	(void)pthread_mutex_init(&directory->lock, NULL);
	numbered_list_init(&directory->rooms);
	hash_table_init(&directory->by_name);
	hash_secret_init(&directory->secret);
	directory->last_number = 0;
	directory->workers = workers;
}

void room_directory_finish(struct room_directory *directory)
{
	for (size_t i = 0; i < directory->rooms.count; i++)
		free(directory->rooms.items[i].thing);
	numbered_list_finish(&directory->rooms);
	hash_table_finish(&directory->by_name);
	(void)pthread_mutex_destroy(&directory->lock);
}

static struct room *by_name(const struct room_directory *directory, struct relay_bytes name,
			    uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&directory->by_name, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct room *room = (struct room *)(void *)node;

		if (room->name_length == name.length &&
		    memcmp(room->name, name.bytes, name.length) == 0)
			return room;
	}
	return NULL;
}

static struct room *create(struct room_directory *directory, struct relay_bytes name, uint64_t hash)
{
	struct room *room = calloc(1, sizeof(*room) + directory->workers * sizeof(uint32_t));

	if (!room)
		return NULL;
	room->number = directory->last_number + 1;
	room->name_length = (uint8_t)name.length;
	memcpy(room->name, name.bytes, name.length);
	if (!hash_table_insert(&directory->by_name, &room->by_name, hash))
		goto free_room;
	if (!numbered_list_add(&directory->rooms, room->number, room))
		goto remove_name;
	directory->last_number++;
	return room;

remove_name:
	hash_table_remove(&directory->by_name, &room->by_name);
free_room:
	free(room);
	return NULL;
}

bool room_directory_join(struct room_directory *directory, struct relay_bytes name, unsigned worker,
			 uint64_t *number, uint32_t *members)
{
	uint64_t hash = hash_bytes(&directory->secret, name.bytes, name.length);
	struct room *room;

	(void)pthread_mutex_lock(&directory->lock);
	room = by_name(directory, name, hash);
	if (!room)
		room = create(directory, name, hash);
	if (room) {
		room->members++;
		room->on_worker[worker]++;
		*number = room->number;
		*members = room->members;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	return room != NULL;
}

void room_directory_leave(struct room_directory *directory, uint64_t number, unsigned worker)
{
	struct room *ended = NULL;
	struct room *room;

	(void)pthread_mutex_lock(&directory->lock);
	room = numbered_list_find(&directory->rooms, number);
	if (room) {
		room->members--;
		room->on_worker[worker]--;
	}
	if (room && room->members == 0) {
		hash_table_remove(&directory->by_name, &room->by_name);
		numbered_list_remove(&directory->rooms, number);
		ended = room;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	free(ended);
}

bool room_directory_find(struct room_directory *directory, struct relay_bytes name,
			 uint64_t *number, uint64_t *workers)
{
	uint64_t hash = hash_bytes(&directory->secret, name.bytes, name.length);
	const struct room *room;

	(void)pthread_mutex_lock(&directory->lock);
	room = by_name(directory, name, hash);
	if (room) {
		*number = room->number;
		*workers = 0;
		for (unsigned i = 0; i < directory->workers; i++)
			*workers |= (uint64_t)(room->on_worker[i] > 0) << i;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	return room != NULL;
}

uint32_t room_directory_members(struct room_directory *directory, uint64_t number)
{
	const struct room *room;
	uint32_t members;

	(void)pthread_mutex_lock(&directory->lock);
	room = numbered_list_find(&directory->rooms, number);
	members = room ? room->members : 0;
	(void)pthread_mutex_unlock(&directory->lock);
	return members;
}

bool room_directory_list(struct room_directory *directory, uint64_t *after,
			 struct byte_writer *writer)
{
	const struct room *room;
	size_t place = 0;

	(void)pthread_mutex_lock(&directory->lock);
	while ((room = numbered_list_next(&directory->rooms, *after, &place)) != NULL) {
		const struct relay_entry entry = {
			.name = { .bytes = room->name, .length = room->name_length },
			.count = room->members,
		};

		if (writer->capacity - writer->length < RELAY_ENTRY_MAX_BYTES)
			break;
		relay_put_room_entry(writer, &entry);
		*after = room->number;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	return room != NULL;
}
