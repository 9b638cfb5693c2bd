/*
 * Who is connected: numbers, names and addresses of all clients of all workers. The one
 * place where workers meet in memory; each call takes the directory's lock, does a little
 * work on memory, and lets go. Entries are embedded in sessions; only the
 * session's own worker changes one, through these calls.
 */
#ifndef WIRETALE_RELAY_SERVER_DIRECTORY_H
#define WIRETALE_RELAY_SERVER_DIRECTORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_writer.h"
#include "base/hash_table.h"
#include "relay_protocol/message.h"
#include "relay_server/numbered_list.h"

/* A client's name, apart from its entry, since most have none. */
struct directory_name {
	struct hash_node by_name;
	struct directory_entry *owner; /* borrowed */
	uint8_t length;
	uint8_t bytes[];
};

struct directory_entry {
	struct hash_node by_address;
	uint64_t since_ns;           /* wall clock */
	struct directory_name *name; /* owned; NULL: has none */
	uint32_t number;
	struct relay_address address;
	uint8_t worker; /* index of the worker that owns the session */
};

struct directory {
	pthread_mutex_t lock;
	struct numbered_list clients; /* of struct directory_entry */
	struct hash_table by_name;
	struct hash_table by_address;
	struct hash_secret secret;
};

struct directory_place {
	uint32_t number;
	uint8_t worker;
};

void directory_init(struct directory *directory);
void directory_finish(struct directory *directory);

/* Borrows the entry until it is removed. False: out of memory. */
bool directory_add(struct directory *directory, struct directory_entry *entry);

/* Frees its name too. Returns how many are left. */
size_t directory_remove(struct directory *directory, struct directory_entry *entry);

size_t directory_count(struct directory *directory);

/* Status ok (*changed: it had another name or none), name-taken or internal (out of
 * memory); only ok changes anything. */
enum relay_status directory_set_name(struct directory *directory, struct directory_entry *entry,
				     struct relay_bytes name, bool *changed);

bool directory_find_number(struct directory *directory, uint32_t number,
			   struct directory_place *out);
bool directory_find_name(struct directory *directory, struct relay_bytes name,
			 struct directory_place *out);
bool directory_find_address(struct directory *directory, const struct relay_address *address,
			    struct directory_place *out);

/* The entry as the codec writes it; borrows the name. Only on the entry's own worker. */
struct relay_entry directory_entry_view(const struct directory_entry *entry);

/*
 * Writes ENTRY fields of the clients above *after while they fit, and moves *after to
 * the last one written. Returns true where more follow.
 */
bool directory_list(struct directory *directory, uint32_t *after, struct byte_writer *writer);

/* Writes the classic list: the asker first, then the others. Returns the text's length. */
size_t directory_list_classic(struct directory *directory, const struct directory_entry *asker,
			      char *text);

#endif
