#include "packet/ip_fragments.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 8u /* fragments begin and, but for the last, end at its multiples */
#define BLOCKS_MAX ((IP_DATAGRAM_MAX_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES)
#define WORD_BLOCKS 64u
#define MIN_CAPACITY 2048u

/* What tells one datagram from another. No padding: it is hashed and compared as bytes. */
struct datagram_key {
	uint8_t source[16];
	uint8_t destination[16];
	uint32_t identification;
	uint8_t version;
	uint8_t protocol; /* IPv4 only: in IPv6 the fragments of one datagram may differ in it */
	uint8_t unused[2];
};

struct partial_datagram {
	struct hash_node node; /* first: found by a cast */
	struct datagram_key key;
	struct partial_datagram *older;
	struct partial_datagram *newer;
	uint8_t *bytes;       /* owned */
	uint32_t capacity;    /* bytes at `bytes` */
	uint32_t length;      /* of the whole datagram; 0: its last fragment did not come yet */
	uint32_t block_count; /* blocks that are there */
	uint8_t protocol;     /* told by the fragment at offset 0 */
	uint64_t blocks[(BLOCKS_MAX + WORD_BLOCKS - 1) / WORD_BLOCKS]; /* a bit for each there */
};

void ip_fragments_init(struct ip_fragments *fragments)
{
	*fragments = (struct ip_fragments){ 0 };
	hash_table_init(&fragments->table);
	hash_secret_init(&fragments->secret);
}

static size_t memory_of(const struct partial_datagram *partial)
{
	return sizeof(*partial) + partial->capacity;
}

/* Takes it out; its memory is the caller's. */
static void forget(struct ip_fragments *fragments, struct partial_datagram *partial)
{
	hash_table_remove(&fragments->table, &partial->node);
	*(partial->older ? &partial->older->newer : &fragments->oldest) = partial->newer;
	*(partial->newer ? &partial->newer->older : &fragments->newest) = partial->older;
	fragments->bytes -= memory_of(partial);
}

static void destroy(struct partial_datagram *partial)
{
	free(partial->bytes);
	free(partial);
}

void ip_fragments_finish(struct ip_fragments *fragments)
{
	while (fragments->oldest) {
		struct partial_datagram *partial = fragments->oldest;

		forget(fragments, partial);
		destroy(partial);
	}
	hash_table_finish(&fragments->table);
	free(fragments->whole);
	fragments->whole = NULL;
}

static struct datagram_key key_of(const struct ip_fragment *fragment)
{
	struct datagram_key key = {
		.identification = fragment->identification,
		.version = fragment->source.version,
		.protocol = fragment->source.version == 4 ? fragment->protocol : 0,
	};

	memcpy(key.source, fragment->source.bytes, sizeof(key.source));
	memcpy(key.destination, fragment->destination.bytes, sizeof(key.destination));
	return key;
}

static struct partial_datagram *find(const struct ip_fragments *fragments,
				     const struct datagram_key *key, uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&fragments->table, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct partial_datagram *partial = (struct partial_datagram *)node;

		if (memcmp(&partial->key, key, sizeof(*key)) == 0)
			return partial;
	}
	return NULL;
}

static struct partial_datagram *begin(struct ip_fragments *fragments,
				      const struct datagram_key *key, uint64_t hash)
{
	struct partial_datagram *partial = calloc(1, sizeof(*partial));

	if (!partial)
		return NULL;
	partial->key = *key;
	if (!hash_table_insert(&fragments->table, &partial->node, hash)) {
		free(partial);
		return NULL;
	}
	partial->older = fragments->newest;
	*(fragments->newest ? &fragments->newest->newer : &fragments->oldest) = partial;
	fragments->newest = partial;
	fragments->bytes += memory_of(partial);
	return partial;
}

/* Gives up what began first, but never `keep`, which is being added to. */
static void keep_below_ceilings(struct ip_fragments *fragments, const struct partial_datagram *keep)
{
	struct partial_datagram *partial = fragments->oldest;

	while (partial && (fragments->table.count > IP_FRAGMENTED_DATAGRAMS_MAX ||
			   fragments->bytes > IP_FRAGMENTED_MAX_BYTES)) {
		struct partial_datagram *newer = partial->newer;

		if (partial != keep) {
			forget(fragments, partial);
			destroy(partial);
			fragments->given_up++;
		}
		partial = newer;
	}
}

static bool make_room(struct ip_fragments *fragments, struct partial_datagram *partial,
		      uint32_t end)
{
	uint32_t capacity = partial->capacity > 0 ? partial->capacity : MIN_CAPACITY;

	if (end <= partial->capacity)
		return true;
	while (capacity < end)
		capacity *= 2;
	uint8_t *grown = realloc(partial->bytes, capacity);

	if (!grown)
		return false;
	fragments->bytes += capacity - partial->capacity;
	partial->bytes = grown;
	partial->capacity = capacity;
	return true;
}

/* Copies the blocks that are not there yet. The last of a datagram may be a shorter one. */
static void add_blocks(struct partial_datagram *partial, const struct ip_fragment *fragment,
		       uint32_t length)
{
	for (uint32_t at = 0; at < length; at += BLOCK_BYTES) {
		uint32_t block = (fragment->offset + at) / BLOCK_BYTES;
		uint64_t bit = UINT64_C(1) << block % WORD_BLOCKS;
		uint32_t count = length - at < BLOCK_BYTES ? length - at : BLOCK_BYTES;

		if (partial->blocks[block / WORD_BLOCKS] & bit)
			continue;
		partial->blocks[block / WORD_BLOCKS] |= bit;
		partial->block_count++;
		memcpy(partial->bytes + (size_t)block * BLOCK_BYTES, fragment->bytes + at, count);
	}
}

static bool is_whole(const struct partial_datagram *partial)
{
	uint32_t blocks = (partial->length + BLOCK_BYTES - 1) / BLOCK_BYTES;
	uint32_t word = 0;

	if (partial->length == 0 || partial->block_count < blocks)
		return false;
	/* Blocks behind the end may have come before it was known: count those up to it. */
	for (; blocks >= WORD_BLOCKS; blocks -= WORD_BLOCKS, word++) {
		if (partial->blocks[word] != UINT64_MAX)
			return false;
	}
	/* The longest datagram ends with the last word. */
	if (blocks == 0)
		return true;
	uint64_t last_bits = (UINT64_C(1) << blocks) - 1;

	return (partial->blocks[word] & last_bits) == last_bits;
}

enum ip_fragment_result ip_fragments_add(struct ip_fragments *fragments,
					 const struct ip_fragment *fragment,
					 struct ip_datagram *out)
{
	struct datagram_key key = key_of(fragment);
	uint64_t hash = hash_bytes(&fragments->secret, &key, sizeof(key));
	uint32_t length = fragment->length;
	uint32_t end = fragment->offset + length;

	if (fragment->offset > IP_DATAGRAM_MAX_BYTES || length > IP_DATAGRAM_MAX_BYTES ||
	    end > IP_DATAGRAM_MAX_BYTES)
		return IP_FRAGMENT_TOO_LONG;
	struct partial_datagram *partial = find(fragments, &key, hash);

	if (!partial)
		partial = begin(fragments, &key, hash);
	if (!partial || !make_room(fragments, partial, end))
		return IP_FRAGMENT_NO_MEMORY;
	if (fragment->offset == 0)
		partial->protocol = fragment->protocol;
	if (!fragment->more && partial->length == 0)
		partial->length = end;
	/* Only the datagram's end may stand within a block; stacks leave such bytes out too. */
	if (end != partial->length)
		length = length / BLOCK_BYTES * BLOCK_BYTES;
	add_blocks(partial, fragment, length);
	if (!is_whole(partial)) {
		keep_below_ceilings(fragments, partial);
		return IP_FRAGMENT_KEPT;
	}
	forget(fragments, partial);
	free(fragments->whole);
	fragments->whole = partial->bytes;
	*out = (struct ip_datagram){
		.bytes = partial->bytes,
		.length = partial->length,
		.protocol = partial->protocol,
	};
	free(partial);
	return IP_FRAGMENT_COMPLETE;
}
