/*
 * What the clients of the history write to each other: a line that a person can read, then
 * bytes at random. And the numbers by which a message is known again.
 */
#ifndef WIRETALE_TESTS_HISTORY_HISTORY_CONTENT_H
#define WIRETALE_TESTS_HISTORY_HISTORY_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#define HISTORY_CONTENT_MAX_BYTES (24u * 1024)
#define HISTORY_CONTENT_HEAD_BYTES 64u /* the line at the front is shorter */
#define HISTORY_ID_BYTES 16u
#define HISTORY_ID_TEXT_BYTES (2 * HISTORY_ID_BYTES + 1)

/* Where the random numbers of one client stand. */
struct history_random {
	uint64_t state;
};

/* The same seed, client and life give the same numbers; any other gives others. */
void history_random_init(struct history_random *random, uint64_t seed, uint32_t client,
			 uint32_t life);
uint64_t history_random_next(struct history_random *random);
uint32_t history_random_below(struct history_random *random, uint32_t bound);

/* Writes a message and returns its length. Most are short, one in 256 is of many segments. */
size_t history_content_write(struct history_random *random, const char *head,
			     uint8_t out[HISTORY_CONTENT_MAX_BYTES]);

/* FNV-1a, 64 bits: tells damage, not malice. */
uint64_t history_content_hash(const void *data, size_t data_bytes);

void history_id_draw(struct history_random *random, uint8_t out[HISTORY_ID_BYTES]);
void history_id_text(const uint8_t id[HISTORY_ID_BYTES], char out[HISTORY_ID_TEXT_BYTES]);

#endif
