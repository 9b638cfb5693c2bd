#include "relay_load/latency_histogram.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

#define SAMPLES_MAX 20000u

/* The histogram's promise: what is read back is within 0.4 % of what was recorded. */
#define ERROR_PER_MILLE 4u

static const uint32_t percentiles[] = { 0,      1,      10000,  250000, 500000, 900000,
					990000, 999000, 999900, 999999, 1000000 };

/* A few KiB too many for a stack. */
static int make_histograms(void **state)
{
	*state = calloc(2, sizeof(struct latency_histogram));
	return *state ? 0 : -1;
}

static int free_histograms(void **state)
{
	free(*state);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* xorshift64: the same numbers in each run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void assert_near(uint64_t said, uint64_t truth)
{
	uint64_t off = said > truth ? said - truth : truth - said;

	if (off * 1000 > truth * ERROR_PER_MILLE)
		fail_msg("%llu is not within 0.4 %% of %llu", (unsigned long long)said,
			 (unsigned long long)truth);
}

/* The smallest of the sorted values that at least so many of them do not exceed. */
static uint64_t sorted_percentile(const uint64_t *sorted, size_t count, uint32_t per_million)
{
	for (size_t i = 0; i < count; i++) {
		if ((uint64_t)(i + 1) * 1000000 >= (uint64_t)count * per_million)
			return sorted[i];
	}
	return sorted[count - 1];
}

static void assert_agrees_with_sorting(struct latency_histogram *histogram, uint64_t *values,
				       size_t count)
{
	uint64_t sum = 0;

	memset(histogram, 0, sizeof(*histogram));
	for (size_t i = 0; i < count; i++) {
		latency_record(histogram, values[i]);
		sum += values[i];
	}
	qsort(values, count, sizeof(*values), compare);
	assert_int_equal(histogram->count, count);
	assert_int_equal(histogram->min_ns, values[0]);
	assert_int_equal(histogram->max_ns, values[count - 1]);
	assert_int_equal(latency_mean(histogram), sum / count);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		assert_near(latency_percentile(histogram, percentiles[i]),
			    sorted_percentile(values, count, percentiles[i]));
	assert_int_equal(latency_percentile(histogram, 0), values[0]);
	assert_int_equal(latency_percentile(histogram, 1000000), values[count - 1]);
}

static void an_empty_one_says_0(void **state)
{
	struct latency_histogram *histogram = *state;

	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		assert_int_equal(latency_percentile(histogram, percentiles[i]), 0);
	assert_int_equal(latency_mean(histogram), 0);
}

static void a_single_duration_is_each_percentile_exactly(void **state)
{
	static const uint64_t values[] = {
		0, 1, 255, 256, 999999937, LATENCY_MAX_NS, UINT64_MAX / 2
	};
	struct latency_histogram *histogram = *state;

	for (size_t at = 0; at < sizeof(values) / sizeof(values[0]); at++) {
		memset(histogram, 0, sizeof(*histogram));
		latency_record(histogram, values[at]);
		for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
			assert_int_equal(latency_percentile(histogram, percentiles[i]), values[at]);
		assert_int_equal(latency_mean(histogram), values[at]);
	}
}

static void buckets_follow_each_other_without_a_gap(void **state)
{
	uint32_t last = latency_bucket(0);

	(void)state;
	assert_int_equal(last, 0);
	/* At each power of two, and around it, is where a mistake would show. */
	for (uint64_t power = 1; power <= LATENCY_MAX_NS; power *= 2) {
		for (uint64_t ns = power - power / 4; ns < power + power / 4 + 2;
		     ns += power / 1024 + 1) {
			uint32_t bucket = latency_bucket(ns);

			assert_true(bucket >= last || ns < power);
			assert_true(bucket < LATENCY_BUCKETS);
		}
		assert_true(latency_bucket(power) - latency_bucket(power - 1) <= 1);
		assert_true(latency_bucket(power + 1) - latency_bucket(power) <= 1);
		last = latency_bucket(power + power / 4);
	}
	assert_int_equal(latency_bucket(LATENCY_MAX_NS), LATENCY_BUCKETS - 1);
	assert_int_equal(latency_bucket(LATENCY_MAX_NS + 1), LATENCY_BUCKETS - 1);
	assert_int_equal(latency_bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

static void each_duration_is_read_back_within_the_bound(void **state)
{
	struct latency_histogram *histogram = *state;

	/* The median of one far below, the one in question, and one far above, so that neither
	   the least nor the greatest helps. */
	for (uint64_t ns = 1; ns < LATENCY_MAX_NS / 2; ns += ns / 61 + 1) {
		uint64_t said;

		memset(histogram, 0, sizeof(*histogram));
		latency_record(histogram, 0);
		latency_record(histogram, ns);
		latency_record(histogram, LATENCY_MAX_NS);
		said = latency_percentile(histogram, 500000);
		assert_near(said, ns);
		if (ns < 256)
			assert_int_equal(said, ns);
	}
}

static void percentiles_agree_with_a_sorted_array(void **state)
{
	static uint64_t values[SAMPLES_MAX];
	static const size_t counts[] = { 1, 2, 3, 7, 100, 999, 1000, 1001, SAMPLES_MAX };
	uint64_t random = 88172645463325252u;

	for (size_t at = 0; at < sizeof(counts) / sizeof(counts[0]); at++) {
		/* From nanoseconds to minutes: as many in each power of two. */
		for (size_t i = 0; i < counts[at]; i++) {
			uint64_t bits = next_random(&random);

			values[i] = next_random(&random) & ((UINT64_C(1) << (bits % 38)) - 1);
		}
		assert_agrees_with_sorting(*state, values, counts[at]);
	}
}

static void a_tail_of_one_in_a_thousand_is_seen(void **state)
{
	struct latency_histogram *histogram = *state;

	for (int i = 0; i < 9990; i++)
		latency_record(histogram, 20000);
	for (int i = 0; i < 10; i++)
		latency_record(histogram, 50000000);
	assert_near(latency_percentile(histogram, 990000), 20000);
	assert_near(latency_percentile(histogram, 999000), 20000);
	assert_near(latency_percentile(histogram, 999001), 50000000);
	assert_int_equal(latency_percentile(histogram, 1000000), 50000000);
}

static void what_is_longer_than_all_buckets_is_counted_in_the_last(void **state)
{
	struct latency_histogram *histogram = *state;

	latency_record(histogram, 5);
	latency_record(histogram, 10 * LATENCY_MAX_NS);
	latency_record(histogram, 20 * LATENCY_MAX_NS);
	assert_int_equal(histogram->buckets[LATENCY_BUCKETS - 1], 2);
	assert_int_equal(histogram->max_ns, 20 * LATENCY_MAX_NS);
	assert_int_equal(latency_percentile(histogram, 0), 5);
	assert_near(latency_percentile(histogram, 500000), LATENCY_MAX_NS);
	assert_int_equal(latency_percentile(histogram, 1000000), 20 * LATENCY_MAX_NS);
}

static void two_merged_are_as_one_that_heard_all(void **state)
{
	struct latency_histogram *parts = *state;
	struct latency_histogram *whole = calloc(1, sizeof(*whole));
	uint64_t random = 2463534242u;

	assert_non_null(whole);
	for (int i = 0; i < 5000; i++) {
		uint64_t ns = next_random(&random) % 3000000;

		latency_record(&parts[i % 3 ? 0 : 1], ns);
		latency_record(whole, ns);
	}
	latency_merge(&parts[0], &parts[1]);
	assert_memory_equal(&parts[0], whole, sizeof(*whole));
	free(whole);
}

static void merging_with_an_empty_one_changes_nothing(void **state)
{
	struct latency_histogram *parts = *state;

	latency_record(&parts[0], 700);
	latency_record(&parts[0], 900);
	latency_merge(&parts[0], &parts[1]);
	assert_int_equal(parts[0].count, 2);
	assert_int_equal(parts[0].min_ns, 700);
	latency_merge(&parts[1], &parts[0]);
	assert_memory_equal(&parts[0], &parts[1], sizeof(parts[0]));
}

#define HISTOGRAM_TEST(name) cmocka_unit_test_setup_teardown(name, make_histograms, free_histograms)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HISTOGRAM_TEST(an_empty_one_says_0),
		HISTOGRAM_TEST(a_single_duration_is_each_percentile_exactly),
		cmocka_unit_test(buckets_follow_each_other_without_a_gap),
		HISTOGRAM_TEST(each_duration_is_read_back_within_the_bound),
		HISTOGRAM_TEST(percentiles_agree_with_a_sorted_array),
		HISTOGRAM_TEST(a_tail_of_one_in_a_thousand_is_seen),
		HISTOGRAM_TEST(what_is_longer_than_all_buckets_is_counted_in_the_last),
		HISTOGRAM_TEST(two_merged_are_as_one_that_heard_all),
		HISTOGRAM_TEST(merging_with_an_empty_one_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
