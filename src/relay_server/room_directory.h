/*
 * Which rooms there are, and how many members each has on each worker. The members
 * themselves are known to their own worker only (room_delivery.h). Each call takes the
 * lock, does a little work on memory, and lets go.
 */
#ifndef WIRETALE_RELAY_SERVER_ROOM_DIRECTORY_H
#define WIRETALE_RELAY_SERVER_ROOM_DIRECTORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_writer.h"
#include "base/hash_table.h"
#include "relay_protocol/message.h"
#include "relay_server/numbered_list.h"

struct room_directory {
	pthread_mutex_t lock;
	struct numbered_list rooms; /* of struct room */
	struct hash_table by_name;
	struct hash_secret secret;
	uint64_t last_number; /* of a room; never used again */
	unsigned workers;
};

void room_directory_init(struct room_directory *directory, unsigned workers);
void room_directory_finish(struct room_directory *directory);

/*
 * Adds a member on a worker; the first makes the room. Writes the room's number and how
 * many members it has now. False: out of memory.
 */
bool room_directory_join(struct room_directory *directory, struct relay_bytes name, unsigned worker,
			 uint64_t *number, uint32_t *members);

/* Removes a member on a worker; the last ends the room. */
void room_directory_leave(struct room_directory *directory, uint64_t number, unsigned worker);

/* Writes the room's number and the workers that have members, bit (1 << index).
 * False: there is no such room. */
bool room_directory_find(struct room_directory *directory, struct relay_bytes name,
			 uint64_t *number, uint64_t *workers);

/* Members of a room, or 0. */
uint32_t room_directory_members(struct room_directory *directory, uint64_t number);

/* Like directory_list(), for the rooms above *after, in the order in which they were made. */
bool room_directory_list(struct room_directory *directory, uint64_t *after,
			 struct byte_writer *writer);

#endif
