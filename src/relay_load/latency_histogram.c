#include "relay_load/latency_histogram.h"

void latency_merge(struct latency_histogram *into, const struct latency_histogram *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->count += from->count;
	into->sum_ns += from->sum_ns;
	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
}

/* The middle of what falls into a bucket: the inverse of latency_bucket(). */
static uint64_t bucket_middle(uint32_t bucket)
{
	uint32_t octave;
	uint64_t first;

	if (bucket < 2 * LATENCY_PARTS)
		return bucket;
	octave = bucket / LATENCY_PARTS - 1;
	first = (uint64_t)(bucket % LATENCY_PARTS + LATENCY_PARTS) << octave;
	return first + (UINT64_C(1) << octave) / 2;
}

/* How many durations stand at or below the one that is asked for; at least 1. */
static uint64_t rank_of(uint64_t count, uint32_t per_million)
{
	uint64_t millions = count / 1000000;
	uint64_t rest = count % 1000000;
	uint64_t rank = millions * per_million + (rest * per_million + 999999) / 1000000;

	if (rank == 0)
		return 1;
	return rank < count ? rank : count;
}

uint64_t latency_percentile(const struct latency_histogram *histogram, uint32_t per_million)
{
	uint64_t rank;
	uint64_t passed = 0;
	uint64_t value;
	uint32_t bucket = 0;

	if (histogram->count == 0)
		return 0;
	rank = rank_of(histogram->count, per_million);
	if (rank == 1)
		return histogram->min_ns;
	if (rank == histogram->count)
		return histogram->max_ns;
	for (; bucket < LATENCY_BUCKETS - 1; bucket++) {
		passed += histogram->buckets[bucket];
		if (passed >= rank)
			break;
	}
	value = bucket_middle(bucket);
	if (value < histogram->min_ns)
		return histogram->min_ns;
	return value < histogram->max_ns ? value : histogram->max_ns;
}

uint64_t latency_mean(const struct latency_histogram *histogram)
{
	return histogram->count ? histogram->sum_ns / histogram->count : 0;
}
