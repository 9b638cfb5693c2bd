#include "tcp_flow/capture_pair_path.h"

#include <stdlib.h>
#include <string.h>

#include "tcp_flow/capture_pair_judge.h"

#define LOOKED_AT_MAX 128u /* earlier copies of one resend, and segments behind an arrival */
#define OTHER_FLAGS                                                                                \
	(0xfffu &                                                                                  \
	 ~(unsigned)(TCP_FLAG_FIN | TCP_FLAG_SYN | TCP_FLAG_RST | TCP_FLAG_PSH | TCP_FLAG_ACK))

/* One that arrived before all that were sent after it. */
struct front {
	uint64_t sent_frame;
	int64_t arrived_ns;
};

static int compare_times(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static void measure_delays(struct pair_path *path, int64_t *delays, size_t count)
{
	path->delays = count;
	if (count == 0)
		return;
	qsort(delays, count, sizeof(delays[0]), compare_times);
	path->least_ns = delays[0];
	path->median_ns = delays[(count - 1) / 2];
	path->late_ns = delays[(count - 1) * 95 / 100];
	path->most_ns = delays[count - 1];
}

/* When the first segment arrived that was sent later than this one; the last of the list was. */
static int64_t overtaker_ns(const struct front *fronts, size_t count, uint64_t sent_frame)
{
	size_t low = 0;
	size_t high = count - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fronts[middle].sent_frame <= sent_frame)
			low = middle + 1;
		else
			high = middle;
	}
	return fronts[low].arrived_ns;
}

static void find_overtaken(const struct pair_flow *sent, const struct pair_flow *arrived,
			   enum tcp_side side, struct front *fronts, struct pair_path *path)
{
	size_t count = 0;

	for (uint32_t i = 0; i < arrived->count; i++) {
		const struct pair_segment *segment = &arrived->segments[i];
		uint64_t frame;

		if (segment->from != side || segment->partner == PAIR_NONE)
			continue;
		frame = sent->segments[segment->partner].frame;
		if (count == 0 || frame > fronts[count - 1].sent_frame) {
			fronts[count++] = (struct front){ .sent_frame = frame,
							  .arrived_ns = segment->time_ns };
		} else if (frame < fronts[count - 1].sent_frame) { /* equal: a copy of it */
			int64_t late_ns = segment->time_ns - overtaker_ns(fronts, count, frame);

			path->overtaken++;
			if (late_ns > path->overtaken_ns)
				path->overtaken_ns = late_ns;
		}
	}
}

bool pair_path_times(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side)
{
	unsigned from = flow_pair_end(flows, side);
	const struct pair_flow *sent = capture_pair_flow(pair, flows, from);
	const struct pair_flow *arrived = capture_pair_flow(pair, flows, 1 - from);
	int64_t *delays = malloc(((size_t)sent->count + 1) * sizeof(*delays));
	struct front *fronts = malloc(((size_t)arrived->count + 1) * sizeof(*fronts));
	size_t count = 0;

	for (uint32_t i = 0; delays && fronts && i < sent->count; i++) {
		const struct pair_segment *segment = &sent->segments[i];
		int64_t time_ns;
		uint64_t frame;

		if (segment->from == side &&
		    pair_judge_arrival(pair, flows, segment, &time_ns, &frame))
			delays[count++] = capture_pair_delay(pair, from, segment->time_ns, time_ns);
	}
	if (delays && fronts) {
		measure_delays(&flows->paths[side], delays, count);
		find_overtaken(sent, arrived, side, fronts, &flows->paths[side]);
	}
	count = delays && fronts;
	free(delays);
	free(fronts);
	return count > 0;
}

static void note_change(struct pair_path *path, enum pair_change change, uint64_t frame)
{
	if ((path->changes & 1u << change) == 0)
		path->change_frames[change] = frame;
	path->changes |= 1u << change;
}

static void compare_hops(struct pair_path *path, const struct pair_segment *sent,
			 const struct pair_segment *arrived)
{
	uint8_t hops = (uint8_t)(sent->time_to_live - arrived->time_to_live);

	if (arrived->time_to_live > sent->time_to_live) {
		note_change(path, PAIR_CHANGED_HOPS, sent->frame);
		return;
	}
	if (!path->has_hops || hops < path->hops_least)
		path->hops_least = hops;
	if (!path->has_hops || hops > path->hops_most)
		path->hops_most = hops;
	path->has_hops = true;
}

static void compare_marks(struct pair_path *path, const struct pair_segment *sent,
			  const struct pair_segment *arrived)
{
	uint8_t left = sent->traffic_class & 3;
	uint8_t came = arrived->traffic_class & 3;

	if ((sent->traffic_class ^ arrived->traffic_class) >> 2 != 0)
		note_change(path, PAIR_CHANGED_DSCP, sent->frame);
	if (left != came && came == IP_ECN_CE && left != IP_ECN_NOT_ECT)
		path->congested++;
	else if (left != came)
		note_change(path, PAIR_CHANGED_ECN, sent->frame);
}

static void compare_two(struct pair_path *path, const struct pair_segment *sent,
			const struct pair_segment *arrived)
{
	compare_hops(path, sent, arrived);
	compare_marks(path, sent, arrived);
	if (((sent->flags ^ arrived->flags) & OTHER_FLAGS) != 0)
		note_change(path, PAIR_CHANGED_FLAGS, sent->frame);
	if (sent->window != arrived->window)
		note_change(path, PAIR_CHANGED_WINDOW, sent->frame);
	if (sent->ip_id != arrived->ip_id)
		note_change(path, PAIR_CHANGED_ID, sent->frame);
	if (sent->has_timestamps && arrived->has_timestamps &&
	    (sent->timestamp_value != arrived->timestamp_value ||
	     sent->timestamp_echo != arrived->timestamp_echo))
		note_change(path, PAIR_CHANGED_TIMESTAMPS, sent->frame);
	if (arrived->bad_checksum && !sent->bad_checksum)
		path->damaged++;
	else if (sent->length > 0 && sent->hashed == arrived->hashed &&
		 sent->content != arrived->content)
		note_change(path, PAIR_CHANGED_CONTENT, sent->frame);
}

static void compare_offers(struct pair_path *path, const struct pair_segment *sent,
			   const struct pair_offer *left, const struct pair_offer *came)
{
	uint32_t gone = left->has & ~came->has;
	uint32_t added = came->has & ~left->has;
	uint32_t either = gone | added;

	path->dropped_offers = gone;
	if (left->mss != came->mss || (either & TCP_HAS_MSS) != 0)
		note_change(path, PAIR_CHANGED_MSS, sent->frame);
	if (left->window_scale != came->window_scale || (either & TCP_HAS_WINDOW_SCALE) != 0)
		note_change(path, PAIR_CHANGED_SCALE, sent->frame);
	if ((either & TCP_HAS_SACK_PERMITTED) != 0)
		note_change(path, PAIR_CHANGED_SACK, sent->frame);
	if ((either & TCP_HAS_TIMESTAMPS) != 0)
		note_change(path, PAIR_CHANGED_TIMESTAMPS, sent->frame);
}

static bool other_endpoint(const struct pair_flow *a, const struct pair_flow *b, enum tcp_side side)
{
	return a->ports[side] != b->ports[side] ||
	       memcmp(&a->addresses[side], &b->addresses[side], sizeof(a->addresses[side])) != 0;
}

void pair_path_changes(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side)
{
	unsigned from = flow_pair_end(flows, side);
	const struct pair_flow *sent = capture_pair_flow(pair, flows, from);
	const struct pair_flow *arrived = capture_pair_flow(pair, flows, 1 - from);
	struct pair_path *path = &flows->paths[side];
	enum tcp_side other = tcp_other_side(side);
	uint64_t first = 0;

	for (uint32_t i = 0; i < sent->count; i++) {
		const struct pair_segment *segment = &sent->segments[i];

		if (segment->from != side || segment->partner == PAIR_NONE)
			continue;
		if (first == 0)
			first = segment->frame;
		compare_two(path, segment, &arrived->segments[segment->partner]);
		if ((segment->flags & TCP_FLAG_SYN) != 0)
			compare_offers(path, segment, &sent->offers[side], &arrived->offers[side]);
	}
	if (first == 0)
		return;
	if (other_endpoint(sent, arrived, side))
		note_change(path, PAIR_CHANGED_SOURCE, first);
	if (other_endpoint(sent, arrived, other))
		note_change(path, PAIR_CHANGED_DESTINATION, first);
	if (flows->shifts[side] != 0)
		note_change(path, PAIR_CHANGED_NUMBERS, first);
}

static int compare_sequences(const void *left, const void *right, void *context)
{
	const struct pair_segment *segments = context;
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	if (segments[a].sequence != segments[b].sequence)
		return segments[a].sequence < segments[b].sequence ? -1 : 1;
	return (a > b) - (a < b);
}

/* What the resend at list[at] carries had arrived before it left; with the arrival. */
static bool had_arrived(struct capture_pair *pair, const struct flow_pair *flows,
			const struct pair_flow *flow, const uint32_t *list, size_t at,
			int64_t *arrived_ns)
{
	const struct pair_segment *resend = &flow->segments[list[at]];
	unsigned from = flow_pair_end(flows, (enum tcp_side)resend->from);
	int64_t end = resend->sequence + pair_segment_space(resend);
	uint64_t frame;

	for (size_t looked = 1; looked <= at && looked <= LOOKED_AT_MAX; looked++) {
		const struct pair_segment *earlier = &flow->segments[list[at - looked]];

		if (list[at - looked] > list[at] ||
		    earlier->sequence + pair_segment_space(earlier) < end ||
		    earlier->fate != PAIR_ARRIVED ||
		    !pair_judge_arrival(pair, flows, earlier, arrived_ns, &frame))
			continue;
		if (capture_pair_first_time(pair, 1 - from, *arrived_ns) <
		    capture_pair_first_time(pair, from, resend->time_ns))
			return true;
	}
	return false;
}

/* Why the sender did not know: the first acknowledgement of it behind its arrival. */
static void look_for_ack(struct capture_pair *pair, struct flow_pair *flows,
			 const struct pair_segment *resend, int64_t arrived_ns)
{
	enum tcp_side side = (enum tcp_side)resend->from;
	unsigned from = flow_pair_end(flows, side);
	const struct pair_flow *there = capture_pair_flow(pair, flows, 1 - from);
	uint32_t end = resend->sequence_raw + pair_segment_space(resend);
	struct pair_path *path = &flows->paths[side];
	uint32_t low = 0;
	uint32_t high = there->count;

	if (from == 0)
		end += flows->shifts[side];
	else
		end -= flows->shifts[side];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (there->segments[middle].time_ns < arrived_ns)
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t i = low; i < there->count && i - low < LOOKED_AT_MAX; i++) {
		const struct pair_segment *ack = &there->segments[i];
		int64_t heard_ns;
		uint64_t frame;

		if (ack->from == side || (ack->flags & TCP_FLAG_ACK) == 0 || ack->stray ||
		    (int32_t)(ack->acknowledgment_raw - end) < 0)
			continue;
		if (ack->fate == PAIR_LOST)
			path->needless_ack_lost++;
		else if (pair_judge_arrival(pair, flows, ack, &heard_ns, &frame) &&
			 heard_ns > resend->time_ns)
			path->needless_ack_late++;
		return;
	}
}

bool pair_path_resends(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side)
{
	unsigned from = flow_pair_end(flows, side);
	const struct pair_flow *flow = capture_pair_flow(pair, flows, from);
	struct pair_path *path = &flows->paths[side];
	uint32_t *list = malloc(((size_t)flow->count + 1) * sizeof(*list));
	size_t count = 0;

	if (!list)
		return false;
	for (uint32_t i = 0; i < flow->count; i++) {
		if (flow->segments[i].from == side && pair_segment_space(&flow->segments[i]) > 0)
			list[count++] = i;
	}
	qsort_r(list, count, sizeof(list[0]), compare_sequences, flow->segments);
	for (size_t i = 0; i < count; i++) {
		const struct pair_segment *segment = &flow->segments[list[i]];
		int64_t arrived_ns;

		if (!segment->repeats)
			continue;
		path->resends++;
		if (!had_arrived(pair, flows, flow, list, i, &arrived_ns))
			continue;
		path->needless++;
		look_for_ack(pair, flows, segment, arrived_ns);
	}
	free(list);
	return true;
}
