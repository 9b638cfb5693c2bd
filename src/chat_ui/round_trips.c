#include "chat_ui/round_trips.h"

#include <stdlib.h>

bool round_trips_init(struct round_trips *trips, size_t capacity)
{
	uint64_t *samples_ns;

	if (capacity == 0 || capacity > ROUND_TRIPS_MAX)
		return false;
	samples_ns = calloc(capacity, sizeof(*samples_ns));
	if (!samples_ns)
		return false;
	*trips = (struct round_trips){ .samples_ns = samples_ns, .capacity = capacity };
	return true;
}

void round_trips_finish(struct round_trips *trips)
{
	free(trips->samples_ns);
	*trips = (struct round_trips){ 0 };
}

void round_trips_add(struct round_trips *trips, uint64_t sample_ns)
{
	if (trips->count < trips->capacity)
		trips->samples_ns[trips->count++] = sample_ns;
}

static int compare_samples(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return (*a > *b) - (*a < *b);
}

struct round_trip_summary round_trips_summarize(struct round_trips *trips)
{
	size_t middle = trips->count / 2;
	struct round_trip_summary summary = { .count = trips->count };

	if (trips->count == 0)
		return summary;
	qsort(trips->samples_ns, trips->count, sizeof(*trips->samples_ns), compare_samples);
	summary.min_ns = trips->samples_ns[0];
	summary.max_ns = trips->samples_ns[trips->count - 1];
	summary.median_ns = trips->samples_ns[middle];
	if (trips->count % 2 == 0) {
		uint64_t below = trips->samples_ns[middle - 1];

		summary.median_ns = below + (summary.median_ns - below) / 2;
	}
	return summary;
}
