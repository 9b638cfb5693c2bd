#include "capture/interface_clock.h"

#include <stdbool.h>

#include "packet/captured_frame.h"

__extension__ typedef __int128 wide;

#define NS_PER_S INT64_C(1000000000)
#define POWER_OF_2 0x80u
/* 73 years either side: within it a sum of the two halves can't overflow. */
#define SIMPLE_OFFSET_MAX_S (CAPTURED_TIME_MAX_NS / NS_PER_S / 2)

static uint64_t power_of_10(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

static bool has_simple_offset(int64_t offset_s)
{
	return offset_s >= -SIMPLE_OFFSET_MAX_S && offset_s <= SIMPLE_OFFSET_MAX_S;
}

void interface_clock_init(struct interface_clock *clock, uint8_t resolution, int64_t offset_s)
{
	*clock = (struct interface_clock){ .resolution = resolution, .offset_s = offset_s };
	if (resolution > 9 || !has_simple_offset(offset_s)) /* powers of 2 are above 9 too */
		return;
	clock->ns_per_tick = power_of_10(9u - resolution);
	clock->simple_max = (uint64_t)CAPTURED_TIME_MAX_NS / 2 / clock->ns_per_tick;
	clock->offset_ns = offset_s * NS_PER_S;
}

static wide ticks_ns(uint8_t resolution, uint64_t ticks)
{
	unsigned exponent = resolution & 0x7fu;

	if (resolution & POWER_OF_2)
		return exponent < 94 ? ((wide)ticks * NS_PER_S) >> exponent : 0;
	if (exponent <= 9)
		return (wide)ticks * (wide)power_of_10(9 - exponent);
	/* 10^19 is the last that 64 bits hold, and more than any number of ticks but a few. */
	return exponent <= 28 ? (wide)(ticks / power_of_10(exponent - 9)) : 0;
}

int64_t interface_clock_ns_slowly(const struct interface_clock *clock, uint64_t ticks)
{
	wide ns = ticks_ns(clock->resolution, ticks) + (wide)clock->offset_s * NS_PER_S;

	if (ns > CAPTURED_TIME_MAX_NS)
		return CAPTURED_TIME_MAX_NS;
	if (ns < -CAPTURED_TIME_MAX_NS)
		return -CAPTURED_TIME_MAX_NS;
	return (int64_t)ns;
}
