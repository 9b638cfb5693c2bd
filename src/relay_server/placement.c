#include "relay_server/placement.h"

#include "relay_server/server_limits.h"

unsigned placement_choose(const struct placement_load *loads, unsigned count, uint32_t group)
{
	unsigned best = 0;

	for (unsigned i = 1; i < count; i++) {
		uint32_t groups = loads[i].connections / group;
		uint32_t fewest = loads[best].connections / group;

		if (loads[i].is_busy != loads[best].is_busy ? loads[best].is_busy : groups < fewest)
			best = i;
	}
	return best;
}

bool placement_is_busy(uint64_t cpu_ns, uint64_t elapsed_ns)
{
	return cpu_ns > elapsed_ns / 100 * RELAY_BUSY_PERCENT;
}
