#include "programs/frame_set.h"

#include <string.h>

#include "base/decimal.h"

#define NUMBER_BYTES 21 /* figures of 64 bits, and a zero */

bool frame_set_looks_so(const char *text)
{
	return *text >= '0' && *text <= '9' && strspn(text, "0123456789,-") == strlen(text);
}

/* A number of `length` characters. */
static bool parse_number(const char *text, size_t length, uint64_t *out)
{
	char copy[NUMBER_BYTES];

	if (length == 0 || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return decimal_parse(copy, 1, UINT64_MAX, out);
}

static bool parse_range(const char *text, size_t length, struct frame_range *out)
{
	const char *hyphen = memchr(text, '-', length);
	size_t first_length = hyphen ? (size_t)(hyphen - text) : length;
	struct frame_range range;

	if (!parse_number(text, first_length, &range.first))
		return false;
	range.last = range.first;
	if (hyphen && first_length + 1 == length)
		range.last = UINT64_MAX;
	else if (hyphen && !parse_number(hyphen + 1, length - first_length - 1, &range.last))
		return false;
	*out = range;
	return range.first <= range.last;
}

bool frame_set_parse(const char *text, struct frame_set *out)
{
	struct frame_set set;

	set.count = 0;
	set.last = 0;
	for (;;) {
		size_t length = strcspn(text, ",");
		struct frame_range *range = &set.ranges[set.count];

		if (set.count >= FRAME_SET_RANGES_MAX || !parse_range(text, length, range))
			return false;
		if (range->last > set.last)
			set.last = range->last;
		set.count++;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	memcpy(out->ranges, set.ranges, set.count * sizeof(set.ranges[0]));
	out->count = set.count;
	out->last = set.last;
	return true;
}

bool frame_set_has(const struct frame_set *set, uint64_t frame)
{
	for (size_t i = 0; i < set->count; i++) {
		if (frame >= set->ranges[i].first && frame <= set->ranges[i].last)
			return true;
	}
	return false;
}
