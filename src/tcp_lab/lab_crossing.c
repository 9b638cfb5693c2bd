#include "tcp_lab/lab_crossing.h"

#include <errno.h>
#include <stdlib.h>

/* Of one connection, while its segments are gone through from the last to the first. */
struct later {
	bool any;
	int64_t sent_ns; /* of the next segment; with any */
	/* by host: the earliest delivery of what it sent later; INT64_MAX: none */
	int64_t delivered_ns[LAB_HOSTS];
	uint64_t frame[LAB_HOSTS]; /* of that one */
};

static void judge_way(const struct lab_segment *segment, struct lab_way *way, struct later *later)
{
	enum lab_host from = segment->from;

	if (segment->delivered_ns >= 0) {
		if (later->delivered_ns[from] < segment->delivered_ns && segment->copy_of == 0)
			way->overtaken_by = later->frame[from];
		way->arrives_later = later->any && later->sent_ns < segment->delivered_ns &&
				     (way->overtaken_by != 0 || way->changes);
		if (segment->delivered_ns < later->delivered_ns[from]) {
			later->delivered_ns[from] = segment->delivered_ns;
			later->frame[from] = way->frame;
		}
	}
	/* A copy stands right behind its original, whose line goes first all the same. */
	if (segment->copy_of != 0)
		return;
	later->any = true;
	later->sent_ns = segment->sent_ns;
}

/* Of one connection, while they are gone through from the first to the last. */
struct earlier {
	int64_t arrives_ns[LAB_HOSTS]; /* by sender: when its latest with arrives_later does */
};

/* Rows of arrivals stand between segments as well. */
static void judge_way_again(const struct lab_segment *segment, struct lab_way *way,
			    struct earlier *earlier)
{
	for (unsigned host = 0; host < LAB_HOSTS && !way->arrives_later; host++) {
		way->arrives_later = earlier->arrives_ns[host] > segment->sent_ns &&
				     earlier->arrives_ns[host] < segment->delivered_ns &&
				     way->changes;
	}
	if (way->arrives_later)
		earlier->arrives_ns[segment->from] = segment->delivered_ns;
}

static int by_arrival(const void *one, const void *other, void *context)
{
	const struct lab_segment *segments = context;
	size_t i = *(const size_t *)one;
	size_t j = *(const size_t *)other;

	if (segments[i].delivered_ns != segments[j].delivered_ns)
		return segments[i].delivered_ns < segments[j].delivered_ns ? -1 : 1;
	return i < j ? -1 : i > j;
}

static int find_backwards(const struct lab_record *record, struct lab_way *ways,
			  size_t connection_count)
{
	struct later *later = calloc(connection_count + 1, sizeof(*later));

	if (!later)
		return -ENOMEM;
	for (size_t i = 0; i < connection_count; i++) {
		later[i].delivered_ns[LAB_CLIENT] = INT64_MAX;
		later[i].delivered_ns[LAB_SERVER] = INT64_MAX;
	}
	for (size_t i = record->segment_count; i-- > 0;) {
		if (ways[i].connection != 0)
			judge_way(&record->segments[i], &ways[i], &later[ways[i].connection - 1]);
	}
	free(later);
	return 0;
}

/* Returns how many arrive later, or -ENOMEM. */
static int64_t find_forwards(const struct lab_record *record, struct lab_way *ways,
			     size_t connection_count)
{
	struct earlier *earlier = calloc(connection_count + 1, sizeof(*earlier));
	int64_t count = 0;

	if (!earlier)
		return -ENOMEM;
	for (size_t i = 0; i < record->segment_count; i++) {
		if (ways[i].connection == 0)
			continue;
		judge_way_again(&record->segments[i], &ways[i], &earlier[ways[i].connection - 1]);
		count += ways[i].arrives_later;
	}
	free(earlier);
	return count;
}

int lab_crossings_find(const struct lab_record *record, struct lab_way *ways,
		       size_t connection_count, size_t **arrivals, size_t *arrival_count)
{
	int result = find_backwards(record, ways, connection_count);
	int64_t found;
	size_t *list;
	size_t count = 0;

	if (result < 0)
		return result;
	found = find_forwards(record, ways, connection_count);
	if (found < 0)
		return (int)found;
	list = calloc((size_t)found + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < record->segment_count; i++) {
		if (ways[i].arrives_later)
			list[count++] = i;
	}
	qsort_r(list, count, sizeof(*list), by_arrival, record->segments);
	*arrivals = list;
	*arrival_count = count;
	return 0;
}
