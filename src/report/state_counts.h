/* How many sockets are in which TCP state, now and when last looked at. Any thread. */
#ifndef WIRETALE_REPORT_STATE_COUNTS_H
#define WIRETALE_REPORT_STATE_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct state_counts {
	uint64_t now[TCP_STATE_COUNT];
	uint64_t before[TCP_STATE_COUNT];
	bool has_before; /* `before` holds something: changes are shown */
};

uint64_t state_counts_total(const struct state_counts *counts);

/* How many more than before; 0 where nothing is known of before. */
int64_t state_counts_change(const struct state_counts *counts, enum tcp_state state);

/* All eleven, the largest count first, equal ones as a connection lives through them. */
void state_counts_order(const struct state_counts *counts, enum tcp_state order[TCP_STATE_COUNT]);

#endif
