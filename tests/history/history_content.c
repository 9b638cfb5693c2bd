#include "history/history_content.h"

#include <string.h>

void history_random_init(struct history_random *random, uint64_t seed, uint32_t client,
			 uint32_t life)
{
	random->state = seed;
	random->state = history_random_next(random) ^ ((uint64_t)client << 32 | life);
	random->state = history_random_next(random);
}

/* A counter, mixed twice: each state gives another number. */
uint64_t history_random_next(struct history_random *random)
{
	uint64_t mixed = random->state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 32) * UINT64_C(0xd6e8feb86659fd93);
	mixed = (mixed ^ mixed >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return mixed ^ mixed >> 32;
}

uint32_t history_random_below(struct history_random *random, uint32_t bound)
{
	return (uint32_t)((history_random_next(random) >> 32) * bound >> 32);
}

static size_t draw_filler_bytes(struct history_random *random)
{
	if (history_random_below(random, 256) == 0)
		return history_random_below(random,
					    HISTORY_CONTENT_MAX_BYTES - HISTORY_CONTENT_HEAD_BYTES);
	return history_random_below(random, 128);
}

size_t history_content_write(struct history_random *random, const char *head,
			     uint8_t out[HISTORY_CONTENT_MAX_BYTES])
{
	size_t length = strnlen(head, HISTORY_CONTENT_HEAD_BYTES);
	size_t filler_bytes = draw_filler_bytes(random);

	memcpy(out, head, length);
	while (filler_bytes > 0) {
		uint64_t filler = history_random_next(random);
		size_t piece = filler_bytes < sizeof(filler) ? filler_bytes : sizeof(filler);

		memcpy(out + length, &filler, piece);
		length += piece;
		filler_bytes -= piece;
	}
	return length;
}

uint64_t history_content_hash(const void *data, size_t data_bytes)
{
	const uint8_t *bytes = data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < data_bytes; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

void history_id_draw(struct history_random *random, uint8_t out[HISTORY_ID_BYTES])
{
	uint64_t halves[2] = { history_random_next(random), history_random_next(random) };

	memcpy(out, halves, HISTORY_ID_BYTES);
}

void history_id_text(const uint8_t id[HISTORY_ID_BYTES], char out[HISTORY_ID_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HISTORY_ID_BYTES; i++) {
		out[2 * i] = digits[id[i] >> 4];
		out[2 * i + 1] = digits[id[i] & 15];
	}
	out[2 * HISTORY_ID_BYTES] = '\0';
}
