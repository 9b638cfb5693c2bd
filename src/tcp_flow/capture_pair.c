#include "tcp_flow/capture_pair.h"

#include <stdlib.h>

#include "tcp_flow/capture_pair_find.h"
#include "tcp_flow/capture_pair_judge.h"
#include "tcp_flow/capture_pair_match.h"
#include "tcp_flow/capture_pair_pieces.h"

/* Differences of segments that went from the first capture to the second, and back. */
struct both_ways {
	struct pair_points forth;
	struct pair_points back;
};

const char *pair_change_name(enum pair_change change)
{
#define PAIR_AS_NAME(constant, name) name,
	static const char *const names[] = { PAIR_CHANGES(PAIR_AS_NAME) };
#undef PAIR_AS_NAME

	return (unsigned)change < PAIR_CHANGE_COUNT ? names[change] : "";
}

void capture_pair_finish(struct capture_pair *pair)
{
	for (uint32_t i = 0; i < pair->count; i++)
		free(pair->list[i].pieces);
	free(pair->list);
	pair_capture_finish(&pair->captures[0]);
	pair_capture_finish(&pair->captures[1]);
	*pair = (struct capture_pair){ .count = 0 };
}

int64_t capture_pair_first_time(const struct capture_pair *pair, unsigned capture, int64_t time_ns)
{
	int64_t moved;

	if (capture == 0)
		return time_ns;
	if (__builtin_sub_overflow(time_ns, pair_clock_difference_at_second(&pair->clock, time_ns),
				   &moved))
		return time_ns;
	return moved;
}

int64_t capture_pair_delay(const struct capture_pair *pair, unsigned from, int64_t sent_ns,
			   int64_t arrived_ns)
{
	int64_t at_first = from == 0 ? sent_ns : arrived_ns;
	int64_t at_second = from == 0 ? arrived_ns : sent_ns;
	int64_t moved;

	/* Times lie within CAPTURED_TIME_MAX_NS: their difference fits. */
	if (__builtin_sub_overflow(at_second - at_first,
				   pair_clock_difference(&pair->clock, at_first), &moved))
		moved = 0;
	/* The clock is known to half a nanosecond, by its arithmetic. */
	if (moved == INT64_MIN)
		return INT64_MAX;
	if (from != 0)
		moved = -moved;
	return moved == -1 ? 0 : moved;
}

static void both_ways_finish(struct both_ways *ways)
{
	pair_points_finish(&ways->forth);
	pair_points_finish(&ways->back);
}

/* client_first: taken as given, whatever is known. */
static void add_points(const struct capture_pair *pair, const struct flow_pair *flows,
		       bool client_first, struct both_ways *ways)
{
	const struct pair_flow *a = capture_pair_flow(pair, flows, 0);
	const struct pair_flow *b = capture_pair_flow(pair, flows, 1);

	for (uint32_t i = 0; i < a->count; i++) {
		const struct pair_segment *segment = &a->segments[i];
		bool forth = (segment->from == TCP_CLIENT) == client_first;

		if (segment->partner != PAIR_NONE && !segment->unsure)
			pair_points_add(forth ? &ways->forth : &ways->back, segment->time_ns,
					b->segments[segment->partner].time_ns - segment->time_ns);
	}
	for (uint32_t i = 0; i < flows->piece_count; i++) {
		const struct pair_piece *piece = &flows->pieces[i];
		bool forth = (piece->side == TCP_CLIENT) == client_first;
		int64_t first_ns = a->segments[forth ? piece->sent : piece->arrived].time_ns;
		int64_t second_ns = b->segments[forth ? piece->arrived : piece->sent].time_ns;

		pair_points_add(forth ? &ways->forth : &ways->back, first_ns, second_ns - first_ns);
	}
}

/* Nobody hears before the other spoke: that tells which capture is the client's. */
static bool find_ends(struct capture_pair *pair, struct flow_pair *flows)
{
	struct both_ways ways = { .forth = { .list = NULL } };
	struct pair_clock as_given;
	struct pair_clock turned;
	bool done;

	flows->client_first = true;
	add_points(pair, flows, true, &ways);
	done = !ways.forth.no_memory && !ways.back.no_memory &&
	       pair_clock_fit(&ways.forth, &ways.back, &as_given) &&
	       pair_clock_fit(&ways.back, &ways.forth, &turned);
	if (done && ways.forth.count > 0 && ways.back.count > 0 &&
	    as_given.least_ns != turned.least_ns) {
		flows->end_known = true;
		flows->client_first = as_given.least_ns > turned.least_ns;
	}
	both_ways_finish(&ways);
	return done;
}

/* Where a connection does not tell by itself, most of the others do. */
static void settle_ends(struct capture_pair *pair)
{
	uint32_t first = 0;
	uint32_t second = 0;

	for (uint32_t i = 0; i < pair->count; i++) {
		first += pair->list[i].end_known && pair->list[i].client_first;
		second += pair->list[i].end_known && !pair->list[i].client_first;
	}
	pair->turned = second > first;
	for (uint32_t i = 0; i < pair->count; i++) {
		if (!pair->list[i].end_known)
			pair->list[i].client_first = !pair->turned;
	}
}

static bool fit_clock(struct capture_pair *pair)
{
	struct both_ways ways = { .forth = { .list = NULL } };
	bool done;

	for (uint32_t i = 0; i < pair->count; i++)
		add_points(pair, &pair->list[i], pair->list[i].client_first, &ways);
	done = !ways.forth.no_memory && !ways.back.no_memory &&
	       pair_clock_fit(&ways.forth, &ways.back, &pair->clock);
	both_ways_finish(&ways);
	return done;
}

/* Every segment has its double, always by the same time later. */
static void look_for_sameness(struct capture_pair *pair)
{
	uint64_t segments = 0;

	pair->is_same = false;
	for (uint32_t i = 0; i < pair->count; i++) {
		const struct pair_flow *a = capture_pair_flow(pair, &pair->list[i], 0);
		const struct pair_flow *b = capture_pair_flow(pair, &pair->list[i], 1);

		for (uint32_t j = 0; j < a->count; j++) {
			int64_t shift_ns;

			if (a->segments[j].partner == PAIR_NONE)
				return;
			shift_ns = b->segments[a->segments[j].partner].time_ns -
				   a->segments[j].time_ns;
			if (segments++ == 0)
				pair->same_shift_ns = shift_ns;
			else if (shift_ns != pair->same_shift_ns)
				return;
		}
	}
	/* Two segments may agree by chance. */
	pair->is_same = segments > 2 && segments == pair->captures[0].segments &&
			segments == pair->captures[1].segments;
}

bool capture_pair_judge(struct capture_pair *pair)
{
	bool done = capture_pair_find(pair);

	for (uint32_t i = 0; done && i < pair->count; i++) {
		done = pair_match_unique(pair, &pair->list[i]) && find_ends(pair, &pair->list[i]);
		if (done)
			pair_match_number(pair, &pair->list[i]);
	}
	settle_ends(pair);
	done = done && fit_clock(pair);
	for (uint32_t i = 0; done && i < pair->count; i++)
		done = pair_match_repeats(pair, &pair->list[i]) &&
		       pair_pieces_find(pair, &pair->list[i]);
	done = done && fit_clock(pair);
	for (uint32_t i = 0; done && i < pair->count; i++)
		done = pair_judge_flows(pair, &pair->list[i]);
	look_for_sameness(pair);
	return done;
}
