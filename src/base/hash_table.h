/*
 * A hash table of nodes that the caller embeds in its own structs.
 *
 * The table owns only its array of buckets. It grows as nodes come and shrinks as they
 * go. Keys that a peer chooses must be hashed with hash_bytes(), whose secret makes
 * collisions unpredictable. One thread at a time, or a lock around it.
 */
#ifndef WIRETALE_BASE_HASH_TABLE_H
#define WIRETALE_BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_node {
	struct hash_node *next; /* in the same bucket; written by the table only */
	uint64_t hash;
};

struct hash_table {
	struct hash_node **buckets; /* owned; NULL until the first node */
	size_t bucket_count;        /* a power of two, or 0 */
	size_t count;               /* nodes held */
};

struct hash_secret {
	uint64_t words[2];
};

/* Fills the secret from the kernel's random numbers. */
void hash_secret_init(struct hash_secret *secret);

/* SipHash-1-3 of the bytes under the secret. */
uint64_t hash_bytes(const struct hash_secret *secret, const void *bytes, size_t length);

/* For keys that no peer chooses: spreads consecutive numbers over the buckets. */
static inline uint64_t hash_number(uint64_t number)
{
	number *= UINT64_C(0x9e3779b97f4a7c15);
	return number ^ number >> 32;
}

void hash_table_init(struct hash_table *table);

/* Gives the buckets back; the nodes are the caller's. */
void hash_table_finish(struct hash_table *table);

/* The node is borrowed until it is removed. False: out of memory for the first buckets. */
bool hash_table_insert(struct hash_table *table, struct hash_node *node, uint64_t hash);

/* The node must be in the table. */
void hash_table_remove(struct hash_table *table, struct hash_node *node);

/* The first node of a hash, or NULL; go on with hash_table_next_match(). */
struct hash_node *hash_table_first_match(const struct hash_table *table, uint64_t hash);
struct hash_node *hash_table_next_match(const struct hash_node *node);

/* Any node, or NULL where the table is empty: for emptying it. */
struct hash_node *hash_table_any(const struct hash_table *table);

#endif
