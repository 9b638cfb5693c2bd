#include "tcp_flow/capture_pair_pieces.h"

#include <stdlib.h>

#include "tcp_flow/capture_pair_match.h"

#define LOOKED_AT_MAX 128u /* segments over one place of the stream, and pieces of one segment */
#define IN_TIME 1024u      /* worth more than all IP identifications tell */
#define IDS_OF_ONE 128     /* the pieces of one segment have IP identifications this close */

/* What is still to be found of one side, at its sender's end. */
struct unfound {
	uint32_t *list; /* owned; indices, by sequence number, then in the order of the file */
	size_t count;
	uint32_t widest; /* numbers that the largest of them takes */
};

struct search {
	struct capture_pair *pair;
	struct flow_pair *flows;
	struct pair_segment *sent; /* borrowed; all of that capture's connection */
	const struct pair_flow *arrived;
	unsigned from; /* which capture is the sender's end */
	struct unfound unfound;
};

static int compare_sequences(const void *left, const void *right, void *context)
{
	const struct pair_segment *segments = context;
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	if (segments[a].sequence != segments[b].sequence)
		return segments[a].sequence < segments[b].sequence ? -1 : 1;
	return (a > b) - (a < b);
}

static bool is_unfound(const struct pair_segment *segment, enum tcp_side side)
{
	return segment->from == side && segment->partner == PAIR_NONE && !segment->twice &&
	       segment->fate == PAIR_UNKNOWN &&
	       (segment->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)) == 0 &&
	       pair_segment_space(segment) > 0;
}

static bool gather_unfound(const struct pair_flow *flow, enum tcp_side side, struct unfound *out)
{
	*out = (struct unfound){ .list = malloc(((size_t)flow->count + 1) * sizeof(uint32_t)) };
	if (!out->list)
		return false;
	for (uint32_t i = 0; i < flow->count; i++) {
		if (!is_unfound(&flow->segments[i], side))
			continue;
		out->list[out->count++] = i;
		if (pair_segment_space(&flow->segments[i]) > out->widest)
			out->widest = pair_segment_space(&flow->segments[i]);
	}
	qsort_r(out->list, out->count, sizeof(out->list[0]), compare_sequences, flow->segments);
	return true;
}

/* How many begin at or before a place. */
static size_t count_before(const struct search *search, int64_t place)
{
	size_t low = 0;
	size_t high = search->unfound.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (search->sent[search->unfound.list[middle]].sequence <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How far [left, ...) of a segment is not found yet; 0: it is. */
static int64_t open_until(const struct search *search, uint32_t index, int64_t left)
{
	const struct pair_segment *segment = &search->sent[index];
	int64_t until = segment->sequence + pair_segment_space(segment);
	uint32_t at = segment->first_piece;

	for (unsigned looked = 0; at != PAIR_NONE; looked++) {
		const struct pair_piece *piece = &search->flows->pieces[at];

		if (looked == LOOKED_AT_MAX || (piece->left <= left && left < piece->right))
			return 0;
		if (piece->left > left && piece->left < until)
			until = piece->left;
		at = piece->next_sent;
	}
	return until > left ? until - left : 0;
}

static bool same_stamps(const struct pair_segment *a, const struct pair_segment *b)
{
	return a->has_timestamps == b->has_timestamps &&
	       (!a->has_timestamps || a->timestamp_value == b->timestamp_value);
}

/* How well two segments fit together besides their bytes; 0: not at all. */
static unsigned likeness(const struct search *search, const struct pair_segment *sent,
			 const struct pair_segment *arrived)
{
	int16_t ids = (int16_t)(uint16_t)(arrived->ip_id - sent->ip_id);
	unsigned likeness = 1;

	if (!pair_match_possible(search->pair, search->from, sent->time_ns, arrived->time_ns))
		return 0;
	if (pair_match_in_time(search->pair, search->from, sent, arrived))
		likeness += IN_TIME;
	if (search->flows->same_stamps && !same_stamps(sent, arrived))
		return 0;
	if (search->flows->same_ids) {
		bool uncut = sent->sequence == arrived->sequence &&
			     pair_segment_space(sent) == pair_segment_space(arrived);

		/* What was not cut keeps its own: it is another copy. */
		if (ids <= -IDS_OF_ONE || ids >= IDS_OF_ONE || (uncut && ids != 0))
			return 0;
		likeness += IDS_OF_ONE - (unsigned)(ids < 0 ? -ids : ids);
	}
	return likeness;
}

/* The segment that brought what begins at `left`; its indices' greatest is the latest. */
static uint32_t find_sender(const struct search *search, const struct pair_segment *arrived,
			    int64_t left)
{
	const struct unfound *unfound = &search->unfound;
	size_t at = count_before(search, left);
	uint32_t best = PAIR_NONE;
	unsigned best_likeness = 0;

	for (unsigned looked = 0; at > 0 && looked < LOOKED_AT_MAX; looked++) {
		uint32_t index = unfound->list[--at];
		const struct pair_segment *sent = &search->sent[index];
		unsigned like;

		if (sent->sequence + unfound->widest <= left)
			break;
		if (open_until(search, index, left) == 0)
			continue;
		like = likeness(search, sent, arrived);
		/* In time, the latest; else the one that had most time. */
		if (like > best_likeness ||
		    (like == best_likeness && like > 0 && (index > best) == (like >= IN_TIME))) {
			best_likeness = like;
			best = index;
		}
	}
	return best;
}

/* Where the next unfound one begins. */
static int64_t next_start(const struct search *search, int64_t after, int64_t limit)
{
	size_t at = count_before(search, after);

	if (at < search->unfound.count && search->sent[search->unfound.list[at]].sequence < limit)
		return search->sent[search->unfound.list[at]].sequence;
	return limit;
}

/* False: out of memory. */
static bool add_piece(struct search *search, uint32_t sent, uint32_t arrived, int64_t left,
		      int64_t right)
{
	struct flow_pair *flows = search->flows;
	struct pair_segment *sender = &search->sent[sent];
	struct pair_segment *receiver = &search->arrived->segments[arrived];

	if (flows->piece_count >= PAIR_PIECES_MAX) {
		flows->pieces_left_out = true;
		return true;
	}
	if (flows->piece_count == flows->piece_capacity) {
		uint32_t capacity = flows->piece_capacity > 0 ? flows->piece_capacity * 2 : 64;
		struct pair_piece *larger = realloc(flows->pieces, capacity * sizeof(*larger));

		if (!larger)
			return false;
		flows->pieces = larger;
		flows->piece_capacity = capacity;
	}
	flows->pieces[flows->piece_count] = (struct pair_piece){
		.sent = sent,
		.arrived = arrived,
		.next_sent = sender->first_piece,
		.next_arrived = receiver->first_piece,
		.side = (enum tcp_side)sender->from,
		.left = left,
		.right = right,
	};
	sender->first_piece = flows->piece_count;
	receiver->first_piece = flows->piece_count;
	sender->found += (uint32_t)(right - left);
	receiver->found += (uint32_t)(right - left);
	flows->piece_count++;
	return true;
}

/* All of one segment that arrived. */
static bool find_all_of(struct search *search, uint32_t arrived)
{
	const struct pair_segment *segment = &search->arrived->segments[arrived];
	int64_t at = segment->sequence;
	int64_t end = segment->sequence + pair_segment_space(segment);

	while (at < end) {
		uint32_t sent = find_sender(search, segment, at);
		int64_t length;

		if (sent == PAIR_NONE) {
			at = next_start(search, at, end);
			continue;
		}
		length = open_until(search, sent, at);
		if (length > end - at)
			length = end - at;
		if (!add_piece(search, sent, arrived, at, at + length))
			return false;
		at += length;
	}
	return true;
}

static bool find_of_side(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side)
{
	unsigned from = flow_pair_end(flows, side);
	struct search search = {
		.pair = pair,
		.flows = flows,
		.sent = capture_pair_flow(pair, flows, from)->segments,
		.arrived = capture_pair_flow(pair, flows, 1 - from),
		.from = from,
	};
	bool done = gather_unfound(capture_pair_flow(pair, flows, from), side, &search.unfound);

	for (uint32_t i = 0; done && search.unfound.count > 0 && i < search.arrived->count; i++) {
		if (is_unfound(&search.arrived->segments[i], side))
			done = find_all_of(&search, i);
	}
	free(search.unfound.list);
	return done;
}

bool pair_pieces_find(struct capture_pair *pair, struct flow_pair *flows)
{
	return find_of_side(pair, flows, TCP_CLIENT) && find_of_side(pair, flows, TCP_SERVER);
}
