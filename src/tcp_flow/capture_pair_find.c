#include "tcp_flow/capture_pair_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"

#define SHIFTED_SEGMENTS 32u   /* of a connection, looked at to know it by its lengths */
#define SHIFTED_LOOKED_AT 200u /* of both, for these */
#define SIGNS_OF_ONE 65536u    /* segments of a connection to know it by */

/* A segment by what identifies it wherever it is captured. */
struct sign {
	uint64_t key;
	uint32_t flow;
};

/* What signs are made of. */
enum sign_kind {
	BY_SEGMENTS,
	BY_OPENINGS,   /* the numbers of both SYNs */
	BY_OPENING_OF, /* of one; + enum tcp_side */
};

struct signs {
	struct sign *list; /* owned */
	size_t count;
};

static uint64_t mixed(uint64_t hash, uint64_t more)
{
	return hash_number(hash ^ (more + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6)));
}

static uint64_t key_of_segment(const struct pair_segment *segment)
{
	uint64_t key = mixed((uint64_t)segment->sequence_raw << 32 | segment->acknowledgment_raw,
			     segment->length);

	return mixed(key,
		     segment->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST | TCP_FLAG_ACK));
}

static int compare_signs(const void *left, const void *right)
{
	const struct sign *a = left;
	const struct sign *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->flow > b->flow) - (a->flow < b->flow);
}

static bool has_endpoint(const struct pair_flow *flow, int side, const struct pair_flow *other,
			 int other_side)
{
	return flow->ports[side] == other->ports[other_side] &&
	       memcmp(&flow->addresses[side], &other->addresses[other_side],
		      sizeof(flow->addresses[side])) == 0;
}

static bool same_endpoints(const struct pair_flow *a, const struct pair_flow *b, bool turned)
{
	return has_endpoint(a, 0, b, turned) && has_endpoint(a, 1, b, !turned);
}

static bool add_pair(struct capture_pair *pair, uint32_t first, uint32_t second)
{
	struct flow_pair *added;

	if (pair->count == pair->capacity) {
		uint32_t capacity = pair->capacity > 0 ? pair->capacity * 2 : 16;
		struct flow_pair *larger = realloc(pair->list, capacity * sizeof(*larger));

		if (!larger)
			return false;
		pair->list = larger;
		pair->capacity = capacity;
	}
	added = &pair->list[pair->count];
	*added = (struct flow_pair){ .flows = { first, second } };
	pair->captures[0].flows[first].pair = pair->count;
	pair->captures[1].flows[second].pair = pair->count;
	pair->count++;
	return true;
}

/* Of one connection; as many as it has, or one. */
static size_t add_signs(const struct pair_flow *flow, uint32_t index, unsigned kind,
			struct sign *out)
{
	const struct pair_offer *offers = flow->offers;
	size_t count = 0;

	if (kind == BY_OPENINGS && offers[0].seen && offers[1].seen)
		out[count++] = (struct sign){
			.key = (uint64_t)offers[0].sequence << 32 | offers[1].sequence,
			.flow = index,
		};
	if (kind >= BY_OPENING_OF && offers[kind - BY_OPENING_OF].seen)
		out[count++] = (struct sign){ .key = offers[kind - BY_OPENING_OF].sequence,
					      .flow = index };
	for (uint32_t j = 0; kind == BY_SEGMENTS && j < flow->count && j < SIGNS_OF_ONE; j++)
		out[count++] =
			(struct sign){ .key = key_of_segment(&flow->segments[j]), .flow = index };
	return count;
}

/* Of the connections that have no partner yet. kind: enum sign_kind. */
static bool gather_signs(const struct pair_capture *capture, unsigned kind, struct signs *out)
{
	size_t room = kind == BY_SEGMENTS ? capture->segments : capture->count;
	struct sign *list = malloc((room + 1) * sizeof(*list));
	size_t count = 0;

	if (!list)
		return false;
	for (uint32_t i = 0; i < capture->count; i++) {
		if (capture->flows[i].pair == PAIR_NONE)
			count += add_signs(&capture->flows[i], i, kind, list + count);
	}
	qsort(list, count, sizeof(list[0]), compare_signs);
	*out = (struct signs){ .list = list, .count = count };
	return true;
}

/* How many stand before the first of that key. */
static size_t find_key(const struct signs *signs, uint64_t key)
{
	size_t low = 0;
	size_t high = signs->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (signs->list[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of those with that key, the one with the same endpoints, else any: PAIR_NONE, there is none. */
static uint32_t choose_opening(const struct capture_pair *pair, const struct pair_flow *flow,
			       const struct signs *signs, uint64_t key)
{
	uint32_t best = PAIR_NONE;

	for (size_t at = find_key(signs, key); at < signs->count && signs->list[at].key == key;
	     at++) {
		uint32_t index = signs->list[at].flow;
		const struct pair_flow *other = &pair->captures[1].flows[index];

		if (other->pair != PAIR_NONE)
			continue;
		if (same_endpoints(flow, other, false))
			return index;
		if (best == PAIR_NONE)
			best = index;
	}
	return best;
}

static bool find_by_openings(struct capture_pair *pair)
{
	struct signs signs;
	bool done = true;

	if (!gather_signs(&pair->captures[1], BY_OPENINGS, &signs))
		return false;
	for (uint32_t i = 0; i < pair->captures[0].count && done; i++) {
		const struct pair_flow *flow = &pair->captures[0].flows[i];
		const struct pair_offer *offers = flow->offers;
		uint32_t best;

		if (!offers[0].seen || !offers[1].seen)
			continue;
		best = choose_opening(pair, flow, &signs,
				      (uint64_t)offers[0].sequence << 32 | offers[1].sequence);
		if (best != PAIR_NONE)
			done = add_pair(pair, i, best);
	}
	free(signs.list);
	return done;
}

struct votes {
	uint32_t *of_flow; /* by connection of the second capture */
	uint32_t *voted;   /* connections that have votes */
	uint32_t count;
};

/* Segments of a connection that are also in connections of the second capture. */
static void count_votes(const struct capture_pair *pair, const struct pair_flow *flow,
			const struct signs *signs, struct votes *votes)
{
	votes->count = 0;
	for (uint32_t j = 0; j < flow->count && j < SIGNS_OF_ONE; j++) {
		uint64_t key = key_of_segment(&flow->segments[j]);
		size_t at = find_key(signs, key);
		uint32_t flow_index;

		/* One that is in several proves none of them. */
		if (at >= signs->count || signs->list[at].key != key)
			continue;
		flow_index = signs->list[at].flow;
		if (pair->captures[1].flows[flow_index].pair != PAIR_NONE)
			continue;
		if (votes->of_flow[flow_index] == 0)
			votes->voted[votes->count++] = flow_index;
		votes->of_flow[flow_index]++;
	}
}

static uint32_t most_voted(const struct capture_pair *pair, const struct pair_flow *flow,
			   struct votes *votes)
{
	uint32_t best = PAIR_NONE;
	uint32_t best_votes = 0;

	for (uint32_t i = 0; i < votes->count; i++) {
		uint32_t index = votes->voted[i];
		const struct pair_flow *other = &pair->captures[1].flows[index];
		bool same = same_endpoints(flow, other, false) || same_endpoints(flow, other, true);
		uint32_t count = votes->of_flow[index];

		votes->of_flow[index] = 0;
		/* A stranger must have more in common than a number. */
		if (!same && count < 2)
			continue;
		if (same)
			count += count / 2;
		if (count > best_votes) {
			best_votes = count;
			best = index;
		}
	}
	return best;
}

static bool find_by_segments(struct capture_pair *pair)
{
	uint32_t others = pair->captures[1].count;
	struct votes votes = { .of_flow = calloc(others + 1, sizeof(uint32_t)),
			       .voted = calloc(others + 1, sizeof(uint32_t)) };
	struct signs signs = { 0 };
	bool done = votes.of_flow && votes.voted &&
		    gather_signs(&pair->captures[1], BY_SEGMENTS, &signs);

	for (uint32_t i = 0; done && i < pair->captures[0].count; i++) {
		const struct pair_flow *flow = &pair->captures[0].flows[i];
		uint32_t best;

		if (flow->pair != PAIR_NONE)
			continue;
		count_votes(pair, flow, &signs, &votes);
		best = most_voted(pair, flow, &votes);
		if (best != PAIR_NONE)
			done = add_pair(pair, i, best);
	}
	free(signs.list);
	free(votes.of_flow);
	free(votes.voted);
	return done;
}

static bool same_data(const struct pair_segment *a, const struct pair_segment *b)
{
	return a->from == b->from && a->length == b->length && a->hashed == b->hashed &&
	       a->content == b->content;
}

static bool holds_data(const struct pair_flow *flow, const struct pair_segment *segment)
{
	for (uint32_t i = 0; i < flow->count && i < SHIFTED_LOOKED_AT; i++) {
		if (same_data(segment, &flow->segments[i]))
			return true;
	}
	return false;
}

/* What is said first, where the numbers tell nothing. */
static bool looks_shifted(const struct pair_flow *a, const struct pair_flow *b)
{
	unsigned alike = 0;
	unsigned looked = 0;

	if (!a->offers[0].seen || !b->offers[0].seen)
		return false;
	for (uint32_t i = 0; i < a->count && looked < SHIFTED_SEGMENTS; i++) {
		if (i >= SHIFTED_LOOKED_AT)
			break;
		if (a->segments[i].length == 0)
			continue;
		looked++;
		alike += holds_data(b, &a->segments[i]);
	}
	return alike * 2 >= looked;
}

/* Somebody shifts one side's numbers, and perhaps translates its address: the other side's tell. */
static bool find_by_one_number(struct capture_pair *pair, enum tcp_side side)
{
	struct signs signs = { 0 };
	bool done = gather_signs(&pair->captures[1], BY_OPENING_OF + side, &signs);

	for (uint32_t i = 0; done && i < pair->captures[0].count; i++) {
		const struct pair_flow *flow = &pair->captures[0].flows[i];
		uint64_t key = flow->offers[side].sequence;

		if (flow->pair != PAIR_NONE || !flow->offers[side].seen)
			continue;
		for (size_t at = find_key(&signs, key);
		     at < signs.count && signs.list[at].key == key; at++) {
			const struct pair_flow *other =
				&pair->captures[1].flows[signs.list[at].flow];

			if (other->pair != PAIR_NONE ||
			    (!has_endpoint(flow, 0, other, 0) &&
			     !has_endpoint(flow, 1, other, 1)) ||
			    !looks_shifted(flow, other))
				continue;
			done = add_pair(pair, i, signs.list[at].flow);
			break;
		}
	}
	free(signs.list);
	return done;
}

static bool find_by_endpoints(struct capture_pair *pair)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < pair->captures[0].count; i++) {
		const struct pair_flow *flow = &pair->captures[0].flows[i];
		uint32_t looked = 0;

		if (flow->pair != PAIR_NONE || flow->count == 0)
			continue;
		for (uint32_t j = next; j < pair->captures[1].count && looked < 4096; j++) {
			const struct pair_flow *other = &pair->captures[1].flows[j];

			looked++;
			if (other->pair != PAIR_NONE || other->count == 0) {
				next += j == next;
				continue;
			}
			if (!same_endpoints(flow, other, false) || !looks_shifted(flow, other))
				continue;
			if (!add_pair(pair, i, j))
				return false;
			break;
		}
	}
	return true;
}

/* The same segment is the client's in one of them and the server's in the other. */
static bool senders_differ(const struct pair_flow *a, const struct pair_flow *b)
{
	for (uint32_t j = 0; j < a->count && j < SHIFTED_SEGMENTS; j++) {
		uint64_t key = key_of_segment(&a->segments[j]);

		for (uint32_t k = 0; k < b->count && k < SHIFTED_LOOKED_AT; k++) {
			if (key_of_segment(&b->segments[k]) == key)
				return a->segments[j].from != b->segments[k].from;
		}
	}
	return false;
}

static bool is_turned(const struct pair_flow *a, const struct pair_flow *b)
{
	if (same_endpoints(a, b, false))
		return same_endpoints(a, b, true) && senders_differ(a, b);
	return same_endpoints(a, b, true) || senders_differ(a, b);
}

/* Which of them the second one calls client may be a guess, where it lacks the SYN. */
static void turn_where_needed(struct capture_pair *pair)
{
	for (uint32_t i = 0; i < pair->count; i++) {
		struct pair_flow *a = capture_pair_flow(pair, &pair->list[i], 0);
		struct pair_flow *b = capture_pair_flow(pair, &pair->list[i], 1);

		/* The one with the SYN knows. */
		if (is_turned(a, b))
			pair_flow_turn(a->offers[0].seen || !b->offers[0].seen ? b : a);
	}
}

static int compare_pairs(const void *left, const void *right)
{
	const struct flow_pair *a = left;
	const struct flow_pair *b = right;

	return (a->flows[0] > b->flows[0]) - (a->flows[0] < b->flows[0]);
}

bool capture_pair_find(struct capture_pair *pair)
{
	if (!find_by_openings(pair) || !find_by_segments(pair) ||
	    !find_by_one_number(pair, TCP_SERVER) || !find_by_one_number(pair, TCP_CLIENT) ||
	    !find_by_endpoints(pair))
		return false;
	if (pair->count > 1)
		qsort(pair->list, pair->count, sizeof(pair->list[0]), compare_pairs);
	for (uint32_t i = 0; i < pair->count; i++) {
		capture_pair_flow(pair, &pair->list[i], 0)->pair = i;
		capture_pair_flow(pair, &pair->list[i], 1)->pair = i;
	}
	turn_where_needed(pair);
	return true;
}
