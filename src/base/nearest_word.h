/* "Did you mean ...?": the word of a list that a mistyped one is nearest to. Any thread. */
#ifndef WIRETALE_BASE_NEAREST_WORD_H
#define WIRETALE_BASE_NEAREST_WORD_H

#include <stddef.h>

/* Words over this length are never near to anything. */
#define NEAREST_WORD_MAX_BYTES 32u

/*
 * The candidate with the fewest letters to insert, drop, change or swap with the next,
 * else one that `word` abbreviates: it has the same first letter, and the others in their order,
 * half of its letters at least. NULL where none is near enough to be what was meant.
 */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
