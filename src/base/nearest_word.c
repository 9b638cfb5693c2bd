#include "base/nearest_word.h"

#include <stdint.h>
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

/* How many letters a candidate has more than its abbreviation; SIZE_MAX: it is none. */
static size_t letters_left_out(const char *word, size_t length, const char *candidate)
{
	size_t candidate_length = strlen(candidate);
	size_t at = 0;

	if (length < 3 || word[0] != candidate[0] || candidate_length > 2 * length)
		return SIZE_MAX;
	for (size_t i = 0; i < candidate_length && at < length; i++)
		at += word[at] == candidate[i];
	return at == length ? candidate_length - length : SIZE_MAX;
}

/* "recv" is receive, though three letters are missing. */
static const char *abbreviated_word(const char *word, size_t length, const char *const *candidates,
				    size_t count)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		size_t left_out = letters_left_out(word, length, candidates[i]);

		if (left_out < best) {
			best = left_out;
			nearest = candidates[i];
		}
	}
	return nearest;
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
	return nearest ? nearest : abbreviated_word(word, length, candidates, count);
}
