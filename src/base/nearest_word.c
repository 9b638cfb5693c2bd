#include "base/nearest_word.h"

#include <string.h>

#define ROW (NEAREST_WORD_MAX_BYTES + 1)

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: the edit distance in which swapping two neighbours is one step. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t table[ROW][ROW];

	for (size_t i = 0; i <= a_length; i++)
		table[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
			size_t best = smaller(table[i - 1][j] + 1, table[i][j - 1] + 1);

			best = smaller(best, table[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = smaller(best, table[i - 2][j - 2] + 1);
			table[i][j] = best;
		}
	}
	return table[a_length][b_length];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word);
	size_t best = length < 4 ? 2 : 3; /* as many steps are too many */
	const char *nearest = NULL;

	if (length == 0 || length > NEAREST_WORD_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t candidate_length = strlen(candidates[i]);
		size_t steps;

		if (candidate_length > NEAREST_WORD_MAX_BYTES)
			continue;
		steps = distance(word, length, candidates[i], candidate_length);
		if (steps < best) {
			best = steps;
			nearest = candidates[i];
		}
	}
	return nearest;
}
