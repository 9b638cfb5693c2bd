#include "tcp_lab/lab_changes.h"

#include <errno.h>
#include <stdlib.h>

struct event {
	int64_t ns;
	size_t index; /* of the segment */
	enum lab_moment moment;
};

/* What was last seen of a connection's hosts. */
struct seen {
	bool any[LAB_HOSTS];
	enum tcp_state state[LAB_HOSTS];
};

static int by_time(const void *one, const void *other)
{
	const struct event *a = one;
	const struct event *b = other;

	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return (int)a->moment - (int)b->moment;
}

static size_t collect(const struct lab_record *record, const struct lab_way *ways,
		      struct event *events)
{
	size_t count = 0;

	for (size_t i = 0; i < record->segment_count; i++) {
		const struct lab_segment *segment = &record->segments[i];

		if (ways[i].connection == 0)
			continue;
		events[count++] = (struct event){ segment->sent_ns, i, LAB_SENT };
		if (segment->delivered_ns >= 0)
			events[count++] = (struct event){ segment->delivered_ns, i, LAB_DELIVERED };
	}
	return count;
}

/* A close is shown with its FIN, not with what left before that. */
static void look(struct seen *seen, enum lab_host host, struct lab_end_state *end)
{
	enum tcp_state state = end->asked ? end->kernel : end->by_wire;

	if (!end->happened || end->left_out || (!end->asked && !end->inferred))
		return;
	end->changes = !seen->any[host] || seen->state[host] != state;
	seen->any[host] = true;
	seen->state[host] = state;
}

int lab_changes_find(const struct lab_record *record, struct lab_way *ways, struct lab_ends *ends,
		     size_t connection_count)
{
	struct event *events = calloc(2 * record->segment_count + 1, sizeof(*events));
	struct seen *seen = calloc(connection_count + 1, sizeof(*seen));
	int result = -ENOMEM;
	size_t count;

	if (!events || !seen)
		goto free_all;
	count = collect(record, ways, events);
	qsort(events, count, sizeof(*events), by_time);
	for (size_t i = 0; i < count; i++) {
		size_t index = events[i].index;
		enum lab_host from = record->segments[index].from;
		enum lab_moment moment = events[i].moment;

		look(&seen[ways[index].connection - 1],
		     moment == LAB_SENT ? from : lab_other_host(from), &ends[index].at[moment]);
		if (moment == LAB_DELIVERED)
			ways[index].changes = ends[index].at[moment].changes;
	}
	result = 0;

free_all:
	free(events);
	free(seen);
	return result;
}
