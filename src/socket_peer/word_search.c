#include "socket_peer/word_search.h"

#include <string.h>

/* Knuth, Morris and Pratt: no byte of the stream is looked at again. */
static size_t step(const struct word *word, size_t matched, uint8_t byte)
{
	while (word->bytes[matched] != byte) {
		if (matched == 0)
			return 0;
		matched = word->borders[matched - 1];
	}
	return matched + 1;
}

bool word_init(struct word *word, const void *bytes, size_t length)
{
	size_t border = 0;

	if (length == 0 || length > WORD_SEARCH_MAX_BYTES)
		return false;
	*word = (struct word){ .length = length };
	memcpy(word->bytes, bytes, length);
	for (size_t i = 1; i < length; i++) {
		border = step(word, border, word->bytes[i]);
		word->borders[i] = (uint8_t)border;
	}
	return true;
}

bool word_search(const struct word *word, const uint8_t *piece, size_t length, size_t *matched,
		 size_t *end)
{
	if (word->length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		*matched = step(word, *matched, piece[i]);
		if (*matched == word->length) {
			*matched = 0;
			*end = i + 1;
			return true;
		}
	}
	return false;
}
