#include "tcp_flow/capture_pair_judge.h"

#include <stdlib.h>

#include "tcp_flow/capture_pair_path.h"

#define MOSTLY_TWICE 4 /* one in so many captured twice: by two capture points of that end */
#define PATIENCE_NS (INT64_C(1000) * 1000 * 1000) /* where no segment tells how long it takes */

/* [left, right) of a stream that a capture holds. */
struct stretch {
	int64_t left;
	int64_t right;
};

/* One direction of a connection while it is judged. */
struct trial {
	struct capture_pair *pair;
	struct flow_pair *flows;
	enum tcp_side side;
	unsigned from; /* capture at the sender's end */
	struct pair_flow *sent;
	struct pair_flow *arrived;
	struct pair_path *path;
	struct stretch *held[2]; /* owned; by capture: what each has of the stream, sorted, apart */
	size_t held_counts[2];
	int64_t acked; /* the highest that the receiver's end acknowledged; with has_acked */
	bool has_acked;
	int64_t ran[2][2]; /* by capture: from when to when it ran, by the first clock */
	int64_t least_ns;  /* how long segments take */
	int64_t most_ns;
	uint64_t matched_from[2]; /* by capture: frames of the first and last that both have */
	uint64_t matched_to[2];
};

bool pair_judge_arrival(const struct capture_pair *pair, const struct flow_pair *flows,
			const struct pair_segment *sent, int64_t *time_ns, uint64_t *frame)
{
	unsigned from = flow_pair_end(flows, (enum tcp_side)sent->from);
	const struct pair_flow *there = capture_pair_flow(pair, flows, 1 - from);
	const struct pair_segment *latest = NULL;

	if (sent->partner != PAIR_NONE)
		latest = &there->segments[sent->partner];
	for (uint32_t at = sent->first_piece; at != PAIR_NONE; at = flows->pieces[at].next_sent) {
		const struct pair_segment *piece = &there->segments[flows->pieces[at].arrived];

		if (!latest || piece->time_ns > latest->time_ns)
			latest = piece;
	}
	if (!latest)
		return false;
	*time_ns = latest->time_ns;
	*frame = latest->frame;
	return true;
}

static int compare_stretches(const void *left, const void *right)
{
	const struct stretch *a = left;
	const struct stretch *b = right;

	if (a->left != b->left)
		return a->left < b->left ? -1 : 1;
	return (a->right > b->right) - (a->right < b->right);
}

static bool gather_held(struct trial *trial, unsigned capture)
{
	const struct pair_flow *flow = capture_pair_flow(trial->pair, trial->flows, capture);
	struct stretch *held = malloc(((size_t)flow->count + 1) * sizeof(*held));
	size_t count = 0;
	size_t kept = 0;

	if (!held)
		return false;
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct pair_segment *segment = &flow->segments[i];

		if (segment->from == trial->side && pair_segment_space(segment) > 0 &&
		    !segment->stray)
			held[count++] = (struct stretch){
				.left = segment->sequence,
				.right = segment->sequence + pair_segment_space(segment),
			};
	}
	qsort(held, count, sizeof(held[0]), compare_stretches);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && held[i].left <= held[kept - 1].right) {
			if (held[i].right > held[kept - 1].right)
				held[kept - 1].right = held[i].right;
		} else {
			held[kept++] = held[i];
		}
	}
	trial->held[capture] = held;
	trial->held_counts[capture] = kept;
	return true;
}

/* All that a segment takes is in that capture, by whatever segments. */
static bool is_held(const struct trial *trial, unsigned capture, const struct pair_segment *segment)
{
	const struct stretch *held = trial->held[capture];
	size_t low = 0;
	size_t high = trial->held_counts[capture];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (held[middle].left <= segment->sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && held[low - 1].right >= segment->sequence + pair_segment_space(segment);
}

/* In the numbers of the sender, which the receiver's segments acknowledge at their own end. */
static void find_acked(struct trial *trial)
{
	const struct pair_flow *there = trial->arrived;
	uint32_t raw = trial->flows->bases[trial->side];
	int64_t at = 0;

	if (trial->from == 0)
		raw += trial->flows->shifts[trial->side];
	for (uint32_t i = 0; i < there->count; i++) {
		if (there->segments[i].from == trial->side && !there->segments[i].stray) {
			raw = there->segments[i].sequence_raw;
			at = there->segments[i].sequence;
			break;
		}
	}
	for (uint32_t i = 0; i < there->count; i++) {
		const struct pair_segment *segment = &there->segments[i];

		if (segment->from == trial->side || (segment->flags & TCP_FLAG_ACK) == 0 ||
		    (segment->flags & TCP_FLAG_RST) != 0 || segment->stray)
			continue;
		at += (int32_t)(segment->acknowledgment_raw - raw);
		raw = segment->acknowledgment_raw;
		if (!trial->has_acked || at > trial->acked)
			trial->acked = at;
		trial->has_acked = true;
	}
}

static void find_times(struct trial *trial)
{
	const struct capture_pair *pair = trial->pair;
	const struct pair_path *path = trial->path;

	for (unsigned capture = 0; capture < 2; capture++) {
		const struct pair_capture *file = &pair->captures[capture];
		const struct pair_flow *flow = capture_pair_flow(pair, trial->flows, capture);
		int64_t last_ns = file->last_ns;

		/* Beyond a ceiling we were blind. */
		if (flow->left_out > 0 && flow->count > 0)
			last_ns = flow->segments[flow->count - 1].time_ns;
		trial->ran[capture][0] = capture_pair_first_time(pair, capture, file->first_ns);
		trial->ran[capture][1] = capture_pair_first_time(pair, capture, last_ns);
		for (uint32_t i = 0; i < flow->count; i++) {
			const struct pair_segment *segment = &flow->segments[i];

			if (segment->from != trial->side ||
			    (segment->partner == PAIR_NONE && segment->first_piece == PAIR_NONE))
				continue;
			if (trial->matched_from[capture] == 0)
				trial->matched_from[capture] = segment->frame;
			trial->matched_to[capture] = segment->frame;
		}
	}
	trial->least_ns = path->delays > 0 ? path->least_ns : 0;
	trial->most_ns = path->delays > 0 ? path->most_ns : PATIENCE_NS;
}

/* Did the other capture run when this segment was, or would have been, at its place? */
static bool other_ran(const struct trial *trial, unsigned capture,
		      const struct pair_segment *segment)
{
	const struct capture_pair *pair = trial->pair;
	unsigned other = 1 - capture;
	int64_t at_ns;
	int64_t earliest_ns;
	int64_t latest_ns;

	/* Between two that are there it did, whatever the clocks say. */
	if (trial->matched_from[capture] > 0 && segment->frame > trial->matched_from[capture] &&
	    segment->frame < trial->matched_to[capture])
		return true;
	if (pair->clock.kind == PAIR_CLOCK_NONE || pair->clock.kind == PAIR_CLOCK_UNSTEADY)
		return false;
	at_ns = capture_pair_first_time(pair, capture, segment->time_ns);
	earliest_ns = capture == trial->from ? at_ns + trial->least_ns : at_ns - trial->most_ns;
	latest_ns = capture == trial->from ? at_ns + trial->most_ns : at_ns - trial->least_ns;
	return earliest_ns >= trial->ran[other][0] && latest_ns <= trial->ran[other][1];
}

static bool is_twice(const struct trial *trial, unsigned capture,
		     const struct pair_segment *segment)
{
	const struct pair_capture *file = &trial->pair->captures[capture];

	return segment->twice &&
	       (capture == trial->from || file->twice * MOSTLY_TWICE > file->segments);
}

static enum pair_fate fate_of_sent(const struct trial *trial, const struct pair_segment *segment)
{
	uint32_t space = pair_segment_space(segment);

	if (segment->partner != PAIR_NONE || (space > 0 && segment->found >= space))
		return PAIR_ARRIVED;
	if (is_twice(trial, trial->from, segment))
		return PAIR_TWICE;
	if (!other_ran(trial, trial->from, segment))
		return PAIR_OUTSIDE;
	/* What was acknowledged did arrive; where it is nowhere in the capture, that missed it. */
	if (space > 0 && trial->has_acked && segment->sequence + space <= trial->acked &&
	    !is_held(trial, 1 - trial->from, segment))
		return PAIR_MISSED;
	return segment->found > 0 ? PAIR_PARTLY : PAIR_LOST;
}

static void judge_sent(struct trial *trial)
{
	struct pair_path *path = trial->path;

	for (uint32_t i = 0; i < trial->sent->count; i++) {
		struct pair_segment *segment = &trial->sent->segments[i];
		enum pair_fate fate;

		if (segment->from != trial->side)
			continue;
		fate = fate_of_sent(trial, segment);
		segment->fate = (uint8_t)fate;
		path->sent += fate != PAIR_TWICE;
		path->arrived += fate == PAIR_ARRIVED;
		path->in_pieces += fate == PAIR_ARRIVED && segment->partner == PAIR_NONE;
		path->outside += fate == PAIR_OUTSIDE;
		path->missed += fate == PAIR_MISSED;
		if (fate != PAIR_LOST && fate != PAIR_PARTLY)
			continue;
		path->lost++;
		if (segment->found < segment->length)
			path->lost_bytes += segment->length - segment->found;
		path->unsure += segment->unsure;
		path->lost_resends += segment->repeats;
	}
}

/* A capture that misses data misses bare acknowledgements too, and nobody would tell. */
static void doubt_bare_losses(struct trial *trial)
{
	for (uint32_t i = 0; trial->path->missed > 0 && i < trial->sent->count; i++) {
		struct pair_segment *segment = &trial->sent->segments[i];

		if (segment->from != trial->side || segment->fate != PAIR_LOST || segment->unsure ||
		    pair_segment_space(segment) > 0)
			continue;
		segment->unsure = true;
		trial->path->unsure++;
	}
}

static enum pair_fate fate_of_arrived(const struct trial *trial, const struct pair_segment *segment)
{
	unsigned capture = 1 - trial->from;

	if (segment->partner != PAIR_NONE || segment->first_piece != PAIR_NONE)
		return PAIR_ARRIVED;
	if (segment->fate == PAIR_COPY || segment->twice)
		return is_twice(trial, capture, segment) ? PAIR_TWICE : PAIR_COPY;
	if (!other_ran(trial, capture, segment))
		return PAIR_OUTSIDE;
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return PAIR_MADE;
	return PAIR_MISSED;
}

static void judge_arrived(struct trial *trial)
{
	struct pair_path *path = trial->path;

	for (uint32_t i = 0; i < trial->arrived->count; i++) {
		struct pair_segment *segment = &trial->arrived->segments[i];
		enum pair_fate fate;

		if (segment->from != trial->side)
			continue;
		fate = fate_of_arrived(trial, segment);
		segment->fate = (uint8_t)fate;
		path->copies += fate == PAIR_COPY;
		path->unsent += fate == PAIR_MISSED;
		path->made += fate == PAIR_MADE;
	}
}

static bool judge_side(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side)
{
	unsigned from = flow_pair_end(flows, side);
	struct trial trial = {
		.pair = pair,
		.flows = flows,
		.side = side,
		.from = from,
		.sent = capture_pair_flow(pair, flows, from),
		.arrived = capture_pair_flow(pair, flows, 1 - from),
		.path = &flows->paths[side],
	};
	bool done = pair_path_times(pair, flows, side) && gather_held(&trial, 0) &&
		    gather_held(&trial, 1);

	if (done) {
		find_acked(&trial);
		find_times(&trial);
		judge_sent(&trial);
		judge_arrived(&trial);
		doubt_bare_losses(&trial);
		pair_path_changes(pair, flows, side);
	}
	free(trial.held[0]);
	free(trial.held[1]);
	return done;
}

bool pair_judge_flows(struct capture_pair *pair, struct flow_pair *flows)
{
	return judge_side(pair, flows, TCP_CLIENT) && judge_side(pair, flows, TCP_SERVER) &&
	       pair_path_resends(pair, flows, TCP_CLIENT) &&
	       pair_path_resends(pair, flows, TCP_SERVER);
}
