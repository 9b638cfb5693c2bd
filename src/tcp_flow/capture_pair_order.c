#include "tcp_flow/capture_pair_order.h"

#include "tcp_flow/capture_pair_judge.h"

/* The next of one capture that is told from there; NULL: none. */
static const struct pair_segment *next_of(const struct capture_pair *pair,
					  const struct flow_pair *flows, unsigned capture,
					  uint32_t *at)
{
	const struct pair_flow *flow = capture_pair_flow(pair, flows, capture);

	while (*at < flow->count) {
		const struct pair_segment *segment = &flow->segments[*at];

		if (flow_pair_end(flows, (enum tcp_side)segment->from) == capture ||
		    (segment->partner == PAIR_NONE && segment->first_piece == PAIR_NONE))
			return segment;
		(*at)++;
	}
	return NULL;
}

bool pair_order_next(const struct capture_pair *pair, const struct flow_pair *flows,
		     struct pair_order *order, struct pair_event *out)
{
	const struct pair_segment *next[2];
	int64_t times[2] = { 0, 0 };
	unsigned capture;
	int64_t arrived_ns = 0;

	for (unsigned i = 0; i < 2; i++) {
		next[i] = next_of(pair, flows, i, &order->at[i]);
		if (next[i])
			times[i] = capture_pair_first_time(pair, i, next[i]->time_ns);
	}
	if (!next[0] && !next[1])
		return false;
	capture = !next[0] || (next[1] && times[1] < times[0]);
	order->at[capture]++;
	*out = (struct pair_event){
		.segment = next[capture],
		.capture = capture,
		.left_here = flow_pair_end(flows, (enum tcp_side)next[capture]->from) == capture,
		.time_ns = times[capture],
	};
	if (out->left_here && next[capture]->fate == PAIR_ARRIVED)
		out->arrived = pair_judge_arrival(pair, flows, next[capture], &arrived_ns,
						  &out->arrived_frame);
	if (out->arrived)
		out->arrived_ns =
			out->time_ns +
			capture_pair_delay(pair, capture, next[capture]->time_ns, arrived_ns);
	return true;
}

int64_t pair_order_start(const struct capture_pair *pair, const struct flow_pair *flows)
{
	int64_t start_ns = INT64_MAX;

	for (unsigned i = 0; i < 2; i++) {
		const struct pair_flow *flow = capture_pair_flow(pair, flows, i);

		if (flow->count > 0) {
			int64_t first_ns =
				capture_pair_first_time(pair, i, flow->segments[0].time_ns);

			start_ns = first_ns < start_ns ? first_ns : start_ns;
		}
	}
	return start_ns;
}
