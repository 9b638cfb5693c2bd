#include "report/state_counts.h"

uint64_t state_counts_total(const struct state_counts *counts)
{
	uint64_t total = 0;

	for (unsigned state = 0; state < TCP_STATE_COUNT; state++)
		total += counts->now[state];
	return total;
}

int64_t state_counts_change(const struct state_counts *counts, enum tcp_state state)
{
	if (!counts->has_before)
		return 0;
	return (int64_t)(counts->now[state] - counts->before[state]);
}

void state_counts_order(const struct state_counts *counts, enum tcp_state order[TCP_STATE_COUNT])
{
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		unsigned at = i;

		while (at > 0 && counts->now[order[at - 1]] < counts->now[i]) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = (enum tcp_state)i;
	}
}
