#include "programs/connection_messages.h"

#include <stdlib.h>

#include "base/hash_table.h"

struct entry {
	struct hash_node node; /* must be first */
	uint64_t number;
	struct stream_messages *messages; /* owned */
};

struct connection_messages {
	struct hash_table table; /* of struct entry, owned, by connection number */
};

struct connection_messages *connection_messages_create(void)
{
	struct connection_messages *all = malloc(sizeof(*all));

	if (all)
		hash_table_init(&all->table);
	return all;
}

static void forget(struct connection_messages *all, struct entry *entry)
{
	hash_table_remove(&all->table, &entry->node);
	stream_messages_destroy(entry->messages);
	free(entry);
}

void connection_messages_destroy(struct connection_messages *all)
{
	struct hash_node *node;

	if (!all)
		return;
	while ((node = hash_table_any(&all->table)))
		forget(all, (struct entry *)node);
	hash_table_finish(&all->table);
	free(all);
}

static struct entry *find(const struct connection_messages *all, uint64_t number)
{
	struct hash_node *node = hash_table_first_match(&all->table, hash_number(number));

	while (node && ((struct entry *)node)->number != number)
		node = hash_table_next_match(node);
	return (struct entry *)node;
}

static struct entry *add(struct connection_messages *all, uint64_t number)
{
	struct entry *entry;

	if (all->table.count >= CONNECTION_MESSAGES_MAX)
		return NULL;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return NULL;
	entry->number = number;
	entry->messages = stream_messages_create();
	if (!entry->messages ||
	    !hash_table_insert(&all->table, &entry->node, hash_number(number))) {
		stream_messages_destroy(entry->messages);
		free(entry);
		return NULL;
	}
	return entry;
}

size_t connection_messages_segment(struct connection_messages *all,
				   const struct tcp_connection *connection,
				   const struct segment_facts *segment,
				   const struct stream_message **out)
{
	struct entry *entry = find(all, connection->number);

	/* From the first segment on, or not at all: a stream is not understood from its middle. */
	if (!entry && connection->ends[0].segments + connection->ends[1].segments <= 1)
		entry = add(all, connection->number);
	*out = NULL;
	return entry ? stream_messages_segment(entry->messages, connection, segment, out) : 0;
}

void connection_messages_forget(struct connection_messages *all, uint64_t number)
{
	struct entry *entry = find(all, number);

	if (entry)
		forget(all, entry);
}
