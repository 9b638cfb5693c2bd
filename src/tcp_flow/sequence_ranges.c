#include "tcp_flow/sequence_ranges.h"

#include <stdlib.h>

#define FIRST_CAPACITY 4u

void sequence_ranges_finish(struct sequence_ranges *ranges)
{
	free(ranges->more);
	*ranges = (struct sequence_ranges){ 0 };
}

static struct sequence_range *range_at(struct sequence_ranges *ranges, uint32_t i)
{
	return i == 0 ? &ranges->first : &ranges->more[i - 1];
}

/* The first range that ends at or behind `number`, or count. */
static uint32_t find_range(const struct sequence_ranges *ranges, int64_t number)
{
	uint32_t low = 0;
	uint32_t high = ranges->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (sequence_ranges_at(ranges, middle).right < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t sequence_ranges_search(const struct sequence_ranges *ranges, int64_t left, int64_t right)
{
	int64_t missing = right - left;

	if (missing <= 0)
		return 0;
	/* Nearly always: all of it lies behind the last of few ranges. */
	if (ranges->count == 0 || left >= sequence_ranges_at(ranges, ranges->count - 1).right)
		return missing;
	for (uint32_t i = find_range(ranges, left); i < ranges->count; i++) {
		struct sequence_range range = sequence_ranges_at(ranges, i);
		int64_t from = range.left > left ? range.left : left;
		int64_t to = range.right < right ? range.right : right;

		if (range.left >= right)
			break;
		if (to > from)
			missing -= to - from;
	}
	return missing;
}

static void remove_ranges(struct sequence_ranges *ranges, uint32_t from, uint32_t to)
{
	for (uint32_t i = to; i < ranges->count; i++)
		*range_at(ranges, from + (i - to)) = *range_at(ranges, i);
	ranges->count -= to - from;
}

/* At the ceiling: the two ranges with the least between them become one. */
static void close_narrowest_gap(struct sequence_ranges *ranges)
{
	uint32_t narrowest = 0;

	for (uint32_t i = 1; i + 1 < ranges->count; i++) {
		int64_t gap = range_at(ranges, i + 1)->left - range_at(ranges, i)->right;
		int64_t least =
			range_at(ranges, narrowest + 1)->left - range_at(ranges, narrowest)->right;

		if (gap < least)
			narrowest = i;
	}
	range_at(ranges, narrowest)->right = range_at(ranges, narrowest + 1)->right;
	remove_ranges(ranges, narrowest + 1, narrowest + 2);
	ranges->forced = true;
}

/* Room for one more range; false: none, for want of memory. */
static bool make_room(struct sequence_ranges *ranges)
{
	uint32_t capacity = ranges->capacity ? ranges->capacity * 2 : FIRST_CAPACITY;
	struct sequence_range *more;

	if (ranges->count >= SEQUENCE_RANGES_MAX)
		return false;
	if (ranges->count == 0 || ranges->count - 1 < ranges->capacity)
		return true;
	more = realloc(ranges->more, capacity * sizeof(*more));
	if (!more)
		return false;
	ranges->more = more;
	ranges->capacity = capacity;
	return true;
}

static void insert_range(struct sequence_ranges *ranges, struct sequence_range range)
{
	uint32_t at;

	if (!make_room(ranges) && ranges->count > 1)
		close_narrowest_gap(ranges);
	at = find_range(ranges, range.left);
	/* Closing a gap may have covered it, or come to touch it. */
	if (at < ranges->count && range_at(ranges, at)->left <= range.right) {
		sequence_ranges_insert(ranges, range.left, range.right);
		return;
	}
	if (ranges->count > ranges->capacity) {
		/* One range, and no memory for a second: it grows over the gap. */
		if (range.left < ranges->first.left)
			ranges->first.left = range.left;
		else
			ranges->first.right = range.right;
		ranges->forced = true;
		return;
	}
	for (uint32_t i = ranges->count; i > at; i--)
		*range_at(ranges, i) = *range_at(ranges, i - 1);
	*range_at(ranges, at) = range;
	ranges->count++;
}

void sequence_ranges_insert(struct sequence_ranges *ranges, int64_t left, int64_t right)
{
	struct sequence_range *range;
	uint32_t from;
	uint32_t to;

	if (left >= right)
		return;
	if (ranges->count > 0) {
		range = range_at(ranges, ranges->count - 1);
		if (left >= range->left && left <= range->right) {
			if (right > range->right)
				range->right = right;
			return;
		}
	}
	from = find_range(ranges, left);
	for (to = from; to < ranges->count && range_at(ranges, to)->left <= right; to++)
		;
	if (from == to) {
		insert_range(ranges, (struct sequence_range){ .left = left, .right = right });
		return;
	}
	range = range_at(ranges, from);
	if (left < range->left)
		range->left = left;
	if (range_at(ranges, to - 1)->right > right)
		right = range_at(ranges, to - 1)->right;
	if (right > range->right)
		range->right = right;
	remove_ranges(ranges, from + 1, to);
}

void sequence_ranges_forget_below(struct sequence_ranges *ranges, int64_t left)
{
	uint32_t gone = 0;

	while (gone < ranges->count && range_at(ranges, gone)->right <= left)
		gone++;
	if (gone > 0)
		remove_ranges(ranges, 0, gone);
	if (ranges->count > 0 && ranges->first.left < left)
		ranges->first.left = left;
}

int64_t sequence_ranges_end_of_run(const struct sequence_ranges *ranges, int64_t from)
{
	uint32_t i = find_range(ranges, from);
	struct sequence_range range;

	if (i >= ranges->count)
		return from;
	range = sequence_ranges_at(ranges, i);
	return range.left <= from ? range.right : from;
}
