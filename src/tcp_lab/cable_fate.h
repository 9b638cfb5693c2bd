/*
 * What chance decides. The same seed, host and ordinal of a packet always have the same fate,
 * whatever was asked before and whatever the other host sent meanwhile: kernels are never quite on
 * time, and a story is to be told again all the same. Any thread.
 */
#ifndef WIRETALE_TCP_LAB_CABLE_FATE_H
#define WIRETALE_TCP_LAB_CABLE_FATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/lab_host.h"

/* Each is decided by itself. */
enum fate_matter {
	FATE_JITTER,
	FATE_LOSS,
	FATE_DUPLICATE,
	FATE_REORDER,
};

struct cable_fate {
	uint64_t seed;
	enum lab_host from;
	uint64_t ordinal; /* of the packet among those that `from` sent */
};

/* Below `limit`, which is over 0. */
uint64_t cable_fate_below(const struct cable_fate *fate, enum fate_matter matter, uint64_t limit);

/* ppm: chances in a million. */
bool cable_fate_strikes(const struct cable_fate *fate, enum fate_matter matter, uint32_t ppm);

#endif
