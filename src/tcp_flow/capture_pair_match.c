#include "tcp_flow/capture_pair_match.h"

#include <stdlib.h>

#include "base/hash_table.h"

#define KEY_FLAGS (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST | TCP_FLAG_ACK)
#define TIME_TOLERANCE_NS 2000 /* and a part of the quickest time: */
#define TIME_TOLERANCE_PART 100
#define TIME_TOLERANCE_DATA_PART 2

/* What tells apart segments with the same numbers, where nobody on the way changes it. */
enum {
	BY_NUMBERS = 0,
	BY_ID = 1 << 0,
	BY_STAMPS = 1 << 1,
	BY_WINDOW = 1 << 2,
};

struct keyed {
	uint64_t key;
	uint32_t index;
};

struct keyed_list {
	struct keyed *list; /* owned; sorted by key, then by index */
	size_t count;
	size_t at; /* where the walk stands */
};

/* One side's segments of both captures, sorted to be walked together. */
struct walk {
	struct pair_segment *segments[2]; /* borrowed; by capture */
	struct keyed_list lists[2];
};

/* Those of one key: where they stand in both lists. */
struct group {
	const struct keyed *at[2];
	size_t counts[2];
};

static uint64_t mixed(uint64_t hash, uint64_t more)
{
	return hash_number(hash ^ (more + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6)));
}

static uint64_t key_of(const struct flow_pair *flows, unsigned capture,
		       const struct pair_segment *segment, unsigned by)
{
	enum tcp_side from = (enum tcp_side)segment->from;
	uint32_t sequence = segment->sequence_raw;
	uint32_t acknowledgment = segment->acknowledgment_raw;
	uint64_t key;

	if (capture == 1) {
		sequence -= flows->shifts[from];
		if ((segment->flags & TCP_FLAG_ACK) != 0)
			acknowledgment -= flows->shifts[tcp_other_side(from)];
	}
	key = mixed((uint64_t)sequence << 32 | acknowledgment, segment->length);
	key = mixed(key, segment->flags & KEY_FLAGS);
	if (segment->length == 0)
		key = mixed(key, segment->content);
	if ((by & BY_ID) != 0)
		key = mixed(key, segment->ip_id);
	if ((by & BY_STAMPS) != 0 && segment->has_timestamps)
		key = mixed(key,
			    (uint64_t)segment->timestamp_value << 32 | segment->timestamp_echo);
	if ((by & BY_WINDOW) != 0)
		key = mixed(key, segment->window);
	return key;
}

static int compare_keyed(const void *left, const void *right)
{
	const struct keyed *a = left;
	const struct keyed *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static void walk_finish(struct walk *walk)
{
	free(walk->lists[0].list);
	free(walk->lists[1].list);
}

/* Of those without a partner. */
static bool walk_begin(struct capture_pair *pair, const struct flow_pair *flows, enum tcp_side side,
		       unsigned by, struct walk *out)
{
	*out = (struct walk){ .segments = { NULL } };
	for (unsigned capture = 0; capture < 2; capture++) {
		const struct pair_flow *flow = capture_pair_flow(pair, flows, capture);
		struct keyed_list *keyed = &out->lists[capture];

		out->segments[capture] = flow->segments;
		keyed->list = malloc(((size_t)flow->count + 1) * sizeof(keyed->list[0]));
		if (!keyed->list) {
			walk_finish(out);
			return false;
		}
		for (uint32_t i = 0; i < flow->count; i++) {
			const struct pair_segment *segment = &flow->segments[i];

			if (segment->from != side || segment->partner != PAIR_NONE)
				continue;
			keyed->list[keyed->count++] =
				(struct keyed){ .key = key_of(flows, capture, segment, by),
						.index = i };
		}
		qsort(keyed->list, keyed->count, sizeof(keyed->list[0]), compare_keyed);
	}
	return true;
}

static size_t take_group(struct keyed_list *keyed, uint64_t key, const struct keyed **out)
{
	size_t from = keyed->at;

	*out = &keyed->list[from];
	while (keyed->at < keyed->count && keyed->list[keyed->at].key == key)
		keyed->at++;
	return keyed->at - from;
}

/* The next key that both have. */
static bool walk_next(struct walk *walk, struct group *out)
{
	struct keyed_list *a = &walk->lists[0];
	struct keyed_list *b = &walk->lists[1];

	while (a->at < a->count && b->at < b->count) {
		uint64_t key = a->list[a->at].key;
		uint64_t other = b->list[b->at].key;

		if (key < other) {
			a->at++;
		} else if (key > other) {
			b->at++;
		} else {
			out->counts[0] = take_group(a, key, &out->at[0]);
			out->counts[1] = take_group(b, key, &out->at[1]);
			return true;
		}
	}
	return false;
}

static void join(struct walk *walk, uint32_t first, uint32_t second, bool unsure)
{
	struct pair_segment *a = &walk->segments[0][first];
	struct pair_segment *b = &walk->segments[1][second];

	a->partner = second;
	b->partner = first;
	a->unsure = unsure;
	b->unsure = unsure;
}

static uint32_t base_of(const struct pair_flow *flow, enum tcp_side side, bool *found)
{
	*found = true;
	if (flow->offers[side].seen)
		return flow->offers[side].sequence;
	for (uint32_t i = 0; i < flow->count; i++) {
		if (flow->segments[i].from == side)
			return flow->segments[i].sequence_raw - 1;
		if ((flow->segments[i].flags & TCP_FLAG_ACK) != 0)
			return flow->segments[i].acknowledgment_raw - 1;
	}
	*found = false;
	return 0;
}

static void set_bases(struct capture_pair *pair, struct flow_pair *flows)
{
	const struct pair_flow *a = capture_pair_flow(pair, flows, 0);
	const struct pair_flow *b = capture_pair_flow(pair, flows, 1);

	for (unsigned i = 0; i < 2; i++) {
		enum tcp_side side = (enum tcp_side)i;
		bool found;

		flows->shifts[side] = 0;
		if (a->offers[side].seen && b->offers[side].seen)
			flows->shifts[side] = b->offers[side].sequence - a->offers[side].sequence;
		flows->bases[side] = base_of(a, side, &found);
		if ((!a->offers[side].seen && b->offers[side].seen) || !found)
			flows->bases[side] = base_of(b, side, &found) - flows->shifts[side];
	}
}

/* What comes through unchanged, by those that the numbers alone make sure of. */
static bool learn(struct capture_pair *pair, struct flow_pair *flows)
{
	uint64_t same[3] = { 0 };
	uint64_t other[3] = { 0 };

	for (unsigned side = 0; side < 2; side++) {
		struct walk walk;
		struct group group;

		if (!walk_begin(pair, flows, (enum tcp_side)side, BY_NUMBERS, &walk))
			return false;
		while (walk_next(&walk, &group)) {
			const struct pair_segment *a = &walk.segments[0][group.at[0]->index];
			const struct pair_segment *b = &walk.segments[1][group.at[1]->index];
			const bool alike[3] = { a->ip_id == b->ip_id,
						a->timestamp_value == b->timestamp_value &&
							a->timestamp_echo == b->timestamp_echo,
						a->window == b->window };

			if (group.counts[0] > 1 || group.counts[1] > 1)
				continue;
			for (unsigned i = 0; i < 3; i++) {
				same[i] += alike[i];
				other[i] += !alike[i];
			}
		}
		walk_finish(&walk);
	}
	/* Few may differ where a segment and its repetition were each lost at one place. */
	flows->same_ids = same[0] >= other[0] * 4;
	flows->same_stamps = same[1] >= other[1] * 4;
	flows->same_windows = same[2] >= other[2] * 4;
	return true;
}

static unsigned kept(const struct flow_pair *flows)
{
	return (flows->same_ids ? (unsigned)BY_ID : 0) |
	       (flows->same_stamps ? (unsigned)BY_STAMPS : 0) |
	       (flows->same_windows ? (unsigned)BY_WINDOW : 0);
}

bool pair_match_unique(struct capture_pair *pair, struct flow_pair *flows)
{
	set_bases(pair, flows);
	if (!learn(pair, flows))
		return false;
	for (unsigned side = 0; side < 2; side++) {
		struct walk walk;
		struct group group;

		if (!walk_begin(pair, flows, (enum tcp_side)side, kept(flows), &walk))
			return false;
		while (walk_next(&walk, &group)) {
			if (group.counts[0] == 1 && group.counts[1] == 1)
				join(&walk, group.at[0]->index, group.at[1]->index, false);
		}
		walk_finish(&walk);
	}
	return true;
}

static void number_flow(struct pair_flow *flow, const uint32_t bases[2])
{
	int64_t last[2] = { 0, 0 };
	uint32_t last_raw[2] = { bases[0], bases[1] };

	for (uint32_t i = 0; i < flow->count; i++) {
		struct pair_segment *segment = &flow->segments[i];
		unsigned side = segment->from;

		last[side] += (int32_t)(segment->sequence_raw - last_raw[side]);
		last_raw[side] = segment->sequence_raw;
		segment->sequence = last[side];
	}
}

void pair_match_number(struct capture_pair *pair, struct flow_pair *flows)
{
	struct pair_flow *a = capture_pair_flow(pair, flows, 0);
	struct pair_flow *b = capture_pair_flow(pair, flows, 1);
	uint32_t bases[2] = { flows->bases[0], flows->bases[1] };
	int64_t turns[2] = { 0, 0 };
	bool known[2] = { false, false };

	number_flow(a, bases);
	bases[0] += flows->shifts[0];
	bases[1] += flows->shifts[1];
	number_flow(b, bases);
	/* A capture that began late may have missed some turns of 2^32. */
	for (uint32_t i = 0; i < b->count && !(known[0] && known[1]); i++) {
		const struct pair_segment *segment = &b->segments[i];

		if (segment->partner == PAIR_NONE || known[segment->from])
			continue;
		known[segment->from] = true;
		turns[segment->from] = a->segments[segment->partner].sequence - segment->sequence;
	}
	if (turns[0] == 0 && turns[1] == 0)
		return;
	for (uint32_t i = 0; i < b->count; i++)
		b->segments[i].sequence += turns[b->segments[i].from];
}

bool pair_match_in_time(const struct capture_pair *pair, unsigned from,
			const struct pair_segment *sent, const struct pair_segment *arrived)
{
	int64_t least = pair->clock.least_ns;
	/* Data is not sent again before a round trip has passed, acknowledgements at any time. */
	int64_t part =
		pair_segment_space(sent) > 0 ? TIME_TOLERANCE_DATA_PART : TIME_TOLERANCE_PART;

	if (pair->clock.kind != PAIR_CLOCK_KNOWN)
		return true;
	return capture_pair_delay(pair, from, sent->time_ns, arrived->time_ns) >=
	       least - least / part - TIME_TOLERANCE_NS;
}

bool pair_match_possible(const struct capture_pair *pair, unsigned from, int64_t sent_ns,
			 int64_t arrived_ns)
{
	if (pair->clock.kind != PAIR_CLOCK_KNOWN)
		return true;
	return capture_pair_delay(pair, from, sent_ns, arrived_ns) >= -pair->clock.within_ns;
}

/* Segments that look the same; some of them may be lost. */
struct alike {
	struct capture_pair *pair;
	struct walk *walk;
	unsigned from; /* capture at their sender's end */
	const struct keyed *sent;
	const struct keyed *arrived;
	size_t sent_count;
	size_t arrived_count;
};

static bool in_time(const struct alike *alike, size_t sent, size_t arrived)
{
	const struct walk *walk = alike->walk;
	unsigned to = 1 - alike->from;

	return pair_match_in_time(alike->pair, alike->from,
				  &walk->segments[alike->from][alike->sent[sent].index],
				  &walk->segments[to][alike->arrived[arrived].index]);
}

static void join_alike(const struct alike *alike, size_t sent, size_t arrived, bool unsure)
{
	uint32_t indices[2];

	indices[alike->from] = alike->sent[sent].index;
	indices[1 - alike->from] = alike->arrived[arrived].index;
	join(alike->walk, indices[0], indices[1], unsure);
}

/* Each that arrived is the latest that may be: what was lost was sent again later. */
static void join_latest(const struct alike *alike)
{
	size_t limit = alike->sent_count;

	for (size_t left = alike->arrived_count; left > 0; left--) {
		size_t sent = limit - 1;

		while (sent + 1 > left && !in_time(alike, sent, left - 1))
			sent--;
		if (sent + 1 < left)
			sent = left - 1;
		join_alike(alike, sent, left - 1, true);
		limit = sent;
	}
}

/* More arrived than were sent: each is the earliest that may be, the others are copies. */
static void join_earliest(const struct alike *alike)
{
	struct pair_segment *segments = alike->walk->segments[1 - alike->from];
	size_t arrived = 0;

	for (size_t i = 0; i < alike->arrived_count; i++)
		segments[alike->arrived[i].index].fate = PAIR_COPY;
	for (size_t sent = 0; sent < alike->sent_count; sent++) {
		while (arrived + (alike->sent_count - sent) < alike->arrived_count &&
		       !in_time(alike, sent, arrived))
			arrived++;
		join_alike(alike, sent, arrived, alike->sent_count > 1);
		segments[alike->arrived[arrived].index].fate = PAIR_UNKNOWN;
		arrived++;
	}
}

static void mark_unsure(const struct alike *alike)
{
	struct pair_segment *segments = alike->walk->segments[alike->from];

	for (size_t i = 0; i < alike->sent_count; i++)
		segments[alike->sent[i].index].unsure = true;
}

static void join_group(struct alike *alike)
{
	const struct walk *walk = alike->walk;

	/* The second captures of one packet stand behind the first ones. */
	while (alike->sent_count > alike->arrived_count && alike->sent_count > 1 &&
	       walk->segments[alike->from][alike->sent[alike->sent_count - 1].index].twice)
		alike->sent_count--;
	if (alike->sent_count < alike->arrived_count) {
		join_earliest(alike);
	} else if (alike->sent_count > alike->arrived_count) {
		mark_unsure(alike);
		join_latest(alike);
	} else {
		for (size_t i = 0; i < alike->sent_count; i++)
			join_alike(alike, i, i, false);
	}
}

static bool join_side(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side,
		      unsigned by)
{
	unsigned from = flow_pair_end(flows, side);
	struct walk walk;
	struct group group;

	if (!walk_begin(pair, flows, side, by, &walk))
		return false;
	while (walk_next(&walk, &group)) {
		struct alike alike = {
			.pair = pair,
			.walk = &walk,
			.from = from,
			.sent = group.at[from],
			.arrived = group.at[1 - from],
			.sent_count = group.counts[from],
			.arrived_count = group.counts[1 - from],
		};

		join_group(&alike);
	}
	walk_finish(&walk);
	return true;
}

bool pair_match_repeats(struct capture_pair *pair, struct flow_pair *flows)
{
	for (unsigned side = 0; side < 2; side++) {
		if (!join_side(pair, flows, (enum tcp_side)side, kept(flows)))
			return false;
		/* One whose window or timestamps were changed though those of others were not. */
		if (kept(flows) != (flows->same_ids ? BY_ID : BY_NUMBERS) &&
		    !join_side(pair, flows, (enum tcp_side)side,
			       flows->same_ids ? BY_ID : BY_NUMBERS))
			return false;
	}
	return true;
}
