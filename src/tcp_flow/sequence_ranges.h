/*
 * Which parts of a stream were seen: a set of half-open ranges of unwrapped sequence numbers, kept
 * apart, in order. Nearly always it is one range that grows at its right end, which costs a
 * compare.
 */
#ifndef WIRETALE_TCP_FLOW_SEQUENCE_RANGES_H
#define WIRETALE_TCP_FLOW_SEQUENCE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEQUENCE_RANGES_MAX 1024u /* at the ceiling the narrowest gap is taken as seen */

struct sequence_range {
	int64_t left;
	int64_t right; /* the first number that is not in it */
};

struct sequence_ranges {
	struct sequence_range first; /* the lowest; empty while count is 0 */
	struct sequence_range *more; /* owned; those above it, in order; NULL while there is one */
	uint32_t count;              /* with `first` */
	uint32_t capacity;           /* of `more` */
	bool forced;                 /* a gap was taken as seen, at the ceiling or out of memory */
};

void sequence_ranges_finish(struct sequence_ranges *ranges);

/* How many numbers of [left, right) are not in the set, whatever it looks like. */
int64_t sequence_ranges_search(const struct sequence_ranges *ranges, int64_t left, int64_t right);

/* The same, quick where all of it lies behind the one range that there is. */
static inline int64_t sequence_ranges_missing(const struct sequence_ranges *ranges, int64_t left,
					      int64_t right)
{
	if (ranges->count == 1 && left >= ranges->first.right && right > left)
		return right - left;
	return sequence_ranges_search(ranges, left, right);
}

/* Puts [left, right) in, wherever that is. */
void sequence_ranges_insert(struct sequence_ranges *ranges, int64_t left, int64_t right);

/* The same, quick where the one range that there is grows. An empty range changes nothing. */
static inline void sequence_ranges_add(struct sequence_ranges *ranges, int64_t left, int64_t right)
{
	if (ranges->count == 1 && left == ranges->first.right && right > left)
		ranges->first.right = right;
	else
		sequence_ranges_insert(ranges, left, right);
}

/* Takes everything below `left` out: what is settled needs no memory. */
void sequence_ranges_forget_below(struct sequence_ranges *ranges, int64_t left);

/* The end of the range that holds `from`, or `from` where none does. */
int64_t sequence_ranges_end_of_run(const struct sequence_ranges *ranges, int64_t from);

/* The i-th range, i < count. */
static inline struct sequence_range sequence_ranges_at(const struct sequence_ranges *ranges,
						       uint32_t i)
{
	return i == 0 ? ranges->first : ranges->more[i - 1];
}

#endif
