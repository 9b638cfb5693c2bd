#include "base/hash_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#define HASH_TABLE_FIRST_BUCKETS 16u

void hash_secret_init(struct hash_secret *secret)
{
	random_bytes(secret->words, sizeof(secret->words));
}

static inline uint64_t rotate_left(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

uint64_t hash_bytes(const struct hash_secret *secret, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;
	size_t left = length;
	uint64_t word = 0;
	uint64_t v[4] = {
		secret->words[0] ^ UINT64_C(0x736f6d6570736575),
		secret->words[1] ^ UINT64_C(0x646f72616e646f6d),
		secret->words[0] ^ UINT64_C(0x6c7967656e657261),
		secret->words[1] ^ UINT64_C(0x7465646279746573),
	};

	for (; left >= sizeof(word); left -= sizeof(word), next += sizeof(word)) {
		memcpy(&word, next, sizeof(word));
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (uint64_t)length << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)next[i] << (8 * i);
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_table_init(struct hash_table *table)
{
	*table = (struct hash_table){ 0 };
}

void hash_table_finish(struct hash_table *table)
{
	free(table->buckets);
	*table = (struct hash_table){ 0 };
}

/* Failing to grow or shrink only makes chains longer: not an error. */
static void resize(struct hash_table *table, size_t bucket_count)
{
	struct hash_node **buckets = calloc(bucket_count, sizeof(*buckets));

	if (!buckets)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		struct hash_node *node = table->buckets[i];

		while (node) {
			struct hash_node *next = node->next;
			struct hash_node **bucket = &buckets[node->hash & (bucket_count - 1)];

			node->next = *bucket;
			*bucket = node;
			node = next;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->bucket_count = bucket_count;
}

bool hash_table_insert(struct hash_table *table, struct hash_node *node, uint64_t hash)
{
	struct hash_node **bucket;

	if (table->count >= table->bucket_count)
		resize(table,
		       table->bucket_count ? table->bucket_count * 2 : HASH_TABLE_FIRST_BUCKETS);
	if (!table->buckets)
		return false;
	bucket = &table->buckets[hash & (table->bucket_count - 1)];
	node->hash = hash;
	node->next = *bucket;
	*bucket = node;
	table->count++;
	return true;
}

void hash_table_remove(struct hash_table *table, struct hash_node *node)
{
	struct hash_node **link = &table->buckets[node->hash & (table->bucket_count - 1)];

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	node->next = NULL;
	table->count--;
	if (table->bucket_count > HASH_TABLE_FIRST_BUCKETS &&
	    table->count < table->bucket_count / 8)
		resize(table, table->bucket_count / 2);
}

struct hash_node *hash_table_first_match(const struct hash_table *table, uint64_t hash)
{
	struct hash_node *node;

	if (!table->buckets)
		return NULL;
	node = table->buckets[hash & (table->bucket_count - 1)];
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct hash_node *hash_table_next_match(const struct hash_node *node)
{
	struct hash_node *next = node->next;

	while (next && next->hash != node->hash)
		next = next->next;
	return next;
}

struct hash_node *hash_table_any(const struct hash_table *table)
{
	if (table->count == 0)
		return NULL;
	for (size_t i = 0; i < table->bucket_count; i++) {
		if (table->buckets[i])
			return table->buckets[i];
	}
	return NULL;
}
