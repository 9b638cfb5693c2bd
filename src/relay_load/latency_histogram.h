/*
 * Durations counted in log-linear buckets: each power of two is parted into 128, so that what is
 * read back is within 0.4 % of what was recorded, from 1 ns to more than 100 s, in memory that
 * does not grow. Under 256 ns it is exact. One thread at a time.
 */
#ifndef WIRETALE_RELAY_LOAD_LATENCY_HISTOGRAM_H
#define WIRETALE_RELAY_LOAD_LATENCY_HISTOGRAM_H

#include <stdint.h>

#define LATENCY_PARTS_BITS 7u
#define LATENCY_PARTS (1u << LATENCY_PARTS_BITS)
#define LATENCY_OCTAVES 31u /* above the first 128 values; 2^38 ns are 274 s */
#define LATENCY_BUCKETS ((LATENCY_OCTAVES + 1) * LATENCY_PARTS)
#define LATENCY_MAX_NS ((UINT64_C(1) << (LATENCY_OCTAVES + LATENCY_PARTS_BITS)) - 1)

/* All zeros: empty. */
struct latency_histogram {
	uint64_t count;                    /* durations recorded */
	uint64_t sum_ns;                   /* of them */
	uint64_t min_ns;                   /* exact; of no meaning while count is 0 */
	uint64_t max_ns;                   /* exact */
	uint64_t buckets[LATENCY_BUCKETS]; /* durations in each */
};

/* The bucket of a duration; those over LATENCY_MAX_NS share the last. */
static inline uint32_t latency_bucket(uint64_t ns)
{
	uint32_t octave;

	if (ns > LATENCY_MAX_NS)
		return LATENCY_BUCKETS - 1;
	if (ns < LATENCY_PARTS)
		return (uint32_t)ns;
	octave = 63u - (uint32_t)__builtin_clzll(ns) - LATENCY_PARTS_BITS;
	return octave * LATENCY_PARTS + (uint32_t)(ns >> octave);
}

static inline void latency_record(struct latency_histogram *histogram, uint64_t ns)
{
	if (histogram->count == 0 || ns < histogram->min_ns)
		histogram->min_ns = ns;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
	histogram->count++;
	histogram->sum_ns += ns;
	histogram->buckets[latency_bucket(ns)]++;
}

/* Adds what `from` has recorded. */
void latency_merge(struct latency_histogram *into, const struct latency_histogram *from);

/*
 * The duration that `per_million` of a million recorded ones do not exceed: 500,000 is the
 * median, 999,000 the 99.9th percentile. The shortest and the longest are exact; between them it
 * is the middle of a bucket. 0 where nothing was recorded.
 */
uint64_t latency_percentile(const struct latency_histogram *histogram, uint32_t per_million);

uint64_t latency_mean(const struct latency_histogram *histogram);

#endif
