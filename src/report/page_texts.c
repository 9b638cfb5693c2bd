/*
 * The texts stand one behind the other in blocks that never move, each with a node in a hash table
 * before it; `places` finds them by their number. The texts come from captures, so the hash has a
 * secret.
 */
#include "report/page_texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "base/json_writer.h"

#define PLACES_FIRST 1024u
#define BLOCK_BYTES (256u * 1024u)

struct kept_text {
	struct hash_node node; /* must be first */
	uint32_t place;
	uint32_t length;
	char text[]; /* not terminated */
};

struct block {
	struct block *before; /* owned */
	size_t used;          /* of `bytes` */
	size_t capacity;
	_Alignas(struct kept_text) uint8_t bytes[];
};

struct page_texts {
	size_t max_texts;
	size_t max_bytes;
	size_t bytes; /* of all texts */
	struct hash_secret secret;
	struct hash_table table;   /* of struct kept_text, which the blocks own */
	struct kept_text **places; /* owned; [0] is NULL: "" */
	size_t count;
	size_t capacity;
	struct block *block; /* owned; the one that is filled */
};

struct page_texts *page_texts_create(size_t max_texts, size_t max_bytes)
{
	struct page_texts *texts = calloc(1, sizeof(*texts));

	if (!texts)
		return NULL;
	texts->places = calloc(PLACES_FIRST, sizeof(struct kept_text *));
	if (!texts->places) {
		free(texts);
		return NULL;
	}
	texts->max_texts = max_texts < UINT32_MAX ? max_texts : UINT32_MAX;
	texts->max_bytes = max_bytes;
	texts->capacity = PLACES_FIRST;
	texts->count = 1;
	hash_secret_init(&texts->secret);
	hash_table_init(&texts->table);
	return texts;
}

void page_texts_destroy(struct page_texts *texts)
{
	if (!texts)
		return;
	hash_table_finish(&texts->table);
	while (texts->block) {
		struct block *block = texts->block;

		texts->block = block->before;
		free(block);
	}
	free(texts->places);
	free(texts);
}

static struct kept_text *find(const struct page_texts *texts, const char *text, size_t length,
			      uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&texts->table, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct kept_text *kept = (struct kept_text *)(void *)node;

		if (kept->length == length && memcmp(kept->text, text, length) == 0)
			return kept;
	}
	return NULL;
}

/* Room for a text of that length in a block; NULL: out of memory. */
static struct kept_text *take_room(struct page_texts *texts, size_t length)
{
	size_t alignment = _Alignof(struct kept_text);
	size_t needed = (sizeof(struct kept_text) + length + alignment - 1) & ~(alignment - 1);
	struct block *block = texts->block;
	struct kept_text *room;

	if (!block || needed > block->capacity - block->used) {
		size_t capacity = needed > BLOCK_BYTES ? needed : BLOCK_BYTES;

		block = malloc(sizeof(*block) + capacity);
		if (!block)
			return NULL;
		block->before = texts->block;
		block->used = 0;
		block->capacity = capacity;
		texts->block = block;
	}
	room = (struct kept_text *)(void *)(block->bytes + block->used);
	block->used += needed;
	return room;
}

static bool make_place(struct page_texts *texts)
{
	struct kept_text **places;

	if (texts->count < texts->capacity)
		return true;
	places = realloc(texts->places, texts->capacity * 2 * sizeof(struct kept_text *));
	if (!places)
		return false;
	texts->places = places;
	texts->capacity *= 2;
	return true;
}

static struct kept_text *keep(struct page_texts *texts, const char *text, size_t length,
			      uint64_t hash)
{
	struct kept_text *kept;

	if (texts->count >= texts->max_texts || length > texts->max_bytes - texts->bytes ||
	    !make_place(texts))
		return NULL;
	kept = take_room(texts, length);
	if (!kept)
		return NULL;
	*kept = (struct kept_text){ .place = (uint32_t)texts->count, .length = (uint32_t)length };
	memcpy(kept->text, text, length);
	if (!hash_table_insert(&texts->table, &kept->node, hash))
		return NULL;
	texts->places[texts->count++] = kept;
	texts->bytes += length;
	return kept;
}

bool page_texts_add(struct page_texts *texts, const char *text, size_t length, uint32_t *out)
{
	struct kept_text *kept;
	uint64_t hash;

	*out = 0;
	if (length == 0)
		return true;
	hash = hash_bytes(&texts->secret, text, length);
	kept = find(texts, text, length, hash);
	if (!kept)
		kept = keep(texts, text, length, hash);
	if (!kept)
		return false;
	*out = kept->place;
	return true;
}

size_t page_texts_count(const struct page_texts *texts)
{
	return texts->count;
}

void page_texts_json(const struct page_texts *texts, size_t first, size_t end,
		     struct text_builder *out)
{
	struct json_writer json = json_writer_on(out);

	json.needs_comma = first > 0;
	for (size_t i = first; i < end && i < texts->count; i++) {
		const struct kept_text *kept = texts->places[i];

		json_string_bytes(&json, kept ? kept->text : "", kept ? kept->length : 0);
	}
}

void page_texts_values(const struct page_texts *texts, size_t first, size_t end,
		       struct text_builder *out)
{
	for (size_t i = first > 0 ? first : 1; i < end && i < texts->count; i++) {
		if (i > 1)
			text_append_bytes(out, ",", 1);
		text_append_bytes(out, texts->places[i]->text, texts->places[i]->length);
	}
}
