/*
 * Finds a word in a stream of bytes that comes in pieces, wherever these part it. What is kept is
 * how much of the word the stream ends with. One thread at a time.
 */
#ifndef WIRETALE_SOCKET_PEER_WORD_SEARCH_H
#define WIRETALE_SOCKET_PEER_WORD_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_SEARCH_MAX_BYTES 255u

struct word {
	uint8_t bytes[WORD_SEARCH_MAX_BYTES];
	/* Of the first i + 1 bytes: the longest beginning of the word that they also end with. */
	uint8_t borders[WORD_SEARCH_MAX_BYTES];
	size_t length; /* 0: no word */
};

/* False: it is empty or over WORD_SEARCH_MAX_BYTES. */
bool word_init(struct word *word, const void *bytes, size_t length);

/*
 * The next piece of the stream. *matched (0 at its beginning) is what was found of the word so far.
 * True: the word is whole with the first *end bytes of the piece.
 */
bool word_search(const struct word *word, const uint8_t *piece, size_t length, size_t *matched,
		 size_t *end);

#endif
