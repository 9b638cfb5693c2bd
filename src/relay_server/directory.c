#include "relay_server/directory.h"

#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"

void directory_init(struct directory *directory)
{
	(void)pthread_mutex_init(&directory->lock, NULL);
	numbered_list_init(&directory->clients);
	hash_table_init(&directory->by_name);
	hash_table_init(&directory->by_address);
	hash_secret_init(&directory->secret);
}

void directory_finish(struct directory *directory)
{
	numbered_list_finish(&directory->clients);
	hash_table_finish(&directory->by_name);
	hash_table_finish(&directory->by_address);
	(void)pthread_mutex_destroy(&directory->lock);
}

static uint64_t hash_address(const struct directory *directory, const struct relay_address *address)
{
	uint8_t key[19] = { address->family, (uint8_t)(address->port >> 8),
			    (uint8_t)address->port };

	memcpy(key + 3, address->bytes, address->family == 4 ? 4 : 16);
	return hash_bytes(&directory->secret, key, sizeof(key));
}

bool directory_add(struct directory *directory, struct directory_entry *entry)
{
	bool added = false;

	(void)pthread_mutex_lock(&directory->lock);
	if (hash_table_insert(&directory->by_address, &entry->by_address,
			      hash_address(directory, &entry->address))) {
		added = numbered_list_add(&directory->clients, entry->number, entry);
		if (!added)
			hash_table_remove(&directory->by_address, &entry->by_address);
	}
	(void)pthread_mutex_unlock(&directory->lock);
	return added;
}

size_t directory_remove(struct directory *directory, struct directory_entry *entry)
{
	struct directory_name *name = entry->name;
	size_t left;

	(void)pthread_mutex_lock(&directory->lock);
	if (name)
		hash_table_remove(&directory->by_name, &name->by_name);
	hash_table_remove(&directory->by_address, &entry->by_address);
	numbered_list_remove(&directory->clients, entry->number);
	left = directory->clients.count - directory->clients.removed;
	entry->name = NULL;
	(void)pthread_mutex_unlock(&directory->lock);
	free(name);
	return left;
}

size_t directory_count(struct directory *directory)
{
	size_t count;

	(void)pthread_mutex_lock(&directory->lock);
	count = directory->clients.count - directory->clients.removed;
	(void)pthread_mutex_unlock(&directory->lock);
	return count;
}

static struct directory_entry *by_name(const struct directory *directory, struct relay_bytes name,
				       uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&directory->by_name, hash);

	for (; node; node = hash_table_next_match(node)) {
		const struct directory_name *found = (const struct directory_name *)(void *)node;

		if (found->length == name.length &&
		    memcmp(found->bytes, name.bytes, name.length) == 0)
			return found->owner;
	}
	return NULL;
}

_Static_assert(offsetof(struct directory_name, by_name) == 0,
	       "a node of by_name is cast to its name");

static struct directory_name *create_name(struct directory_entry *owner, struct relay_bytes name)
{
	struct directory_name *created = malloc(sizeof(*created) + name.length);

	if (!created)
		return NULL;
	*created = (struct directory_name){ .owner = owner, .length = (uint8_t)name.length };
	memcpy(created->bytes, name.bytes, name.length);
	return created;
}

enum relay_status directory_set_name(struct directory *directory, struct directory_entry *entry,
				     struct relay_bytes name, bool *changed)
{
	uint64_t hash = hash_bytes(&directory->secret, name.bytes, name.length);
	enum relay_status status = RELAY_STATUS_INTERNAL;
	struct directory_name *created = create_name(entry, name);
	struct directory_name *unused = created;
	const struct directory_entry *owner;

	if (!created)
		return RELAY_STATUS_INTERNAL;

	(void)pthread_mutex_lock(&directory->lock);
	owner = by_name(directory, name, hash);
	if (owner == entry) {
		status = RELAY_STATUS_OK;
	} else if (owner) {
		status = RELAY_STATUS_NAME_TAKEN;
	} else if (hash_table_insert(&directory->by_name, &created->by_name, hash)) {
		status = RELAY_STATUS_OK;
		*changed = true;
		unused = entry->name;
		if (unused)
			hash_table_remove(&directory->by_name, &unused->by_name);
		entry->name = created;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	free(unused);
	return status;
}

bool directory_find_number(struct directory *directory, uint32_t number,
			   struct directory_place *out)
{
	const struct directory_entry *entry;

	(void)pthread_mutex_lock(&directory->lock);
	entry = numbered_list_find(&directory->clients, number);
	if (entry)
		*out = (struct directory_place){ .number = number, .worker = entry->worker };
	(void)pthread_mutex_unlock(&directory->lock);
	return entry != NULL;
}

bool directory_find_name(struct directory *directory, struct relay_bytes name,
			 struct directory_place *out)
{
	uint64_t hash = hash_bytes(&directory->secret, name.bytes, name.length);
	const struct directory_entry *entry;

	(void)pthread_mutex_lock(&directory->lock);
	entry = by_name(directory, name, hash);
	if (entry)
		*out = (struct directory_place){ .number = entry->number, .worker = entry->worker };
	(void)pthread_mutex_unlock(&directory->lock);
	return entry != NULL;
}

static bool same_address(const struct relay_address *a, const struct relay_address *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

bool directory_find_address(struct directory *directory, const struct relay_address *address,
			    struct directory_place *out)
{
	const struct directory_entry *found = NULL;
	struct hash_node *node;

	(void)pthread_mutex_lock(&directory->lock);
	node = hash_table_first_match(&directory->by_address, hash_address(directory, address));
	for (; node; node = hash_table_next_match(node)) {
		const struct directory_entry *entry =
			(const void *)((const uint8_t *)node -
				       offsetof(struct directory_entry, by_address));

		/* Two listeners can each have a client with the same address: the one that
		 * has been here longer is meant. */
		if (same_address(&entry->address, address) &&
		    (!found || entry->number < found->number))
			found = entry;
	}
	if (found)
		*out = (struct directory_place){ .number = found->number, .worker = found->worker };
	(void)pthread_mutex_unlock(&directory->lock);
	return found != NULL;
}

struct relay_entry directory_entry_view(const struct directory_entry *entry)
{
	struct relay_entry view = { .number = entry->number,
				    .address = entry->address,
				    .since_ns = entry->since_ns };

	if (entry->name)
		view.name = (struct relay_bytes){ .bytes = entry->name->bytes,
						  .length = entry->name->length };
	return view;
}

bool directory_list(struct directory *directory, uint32_t *after, struct byte_writer *writer)
{
	const struct directory_entry *entry;
	size_t place = 0;

	(void)pthread_mutex_lock(&directory->lock);
	while ((entry = numbered_list_next(&directory->clients, *after, &place)) != NULL) {
		struct relay_entry view = directory_entry_view(entry);

		if (writer->capacity - writer->length < RELAY_ENTRY_MAX_BYTES)
			break;
		relay_put_entry(writer, RELAY_FIELD_ENTRY, &view);
		*after = entry->number;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	return entry != NULL;
}

size_t directory_list_classic(struct directory *directory, const struct directory_entry *asker,
			      char *text)
{
	const struct directory_entry *entry;
	uint32_t after = 0;
	size_t place = 0;
	size_t length = 0;

	(void)classic_client_append(text, &length, asker->number, &asker->address);
	(void)pthread_mutex_lock(&directory->lock);
	while ((entry = numbered_list_next(&directory->clients, after, &place)) != NULL) {
		after = entry->number;
		if (entry != asker &&
		    !classic_client_append(text, &length, entry->number, &entry->address))
			break;
	}
	(void)pthread_mutex_unlock(&directory->lock);
	return length;
}
