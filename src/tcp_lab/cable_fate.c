#include "tcp_lab/cable_fate.h"

#define PPM_ALL UINT64_C(1000000)

/* Adding a constant and mixing is a step of SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t step(uint64_t state, uint64_t input)
{
	state += input + UINT64_C(0x9e3779b97f4a7c15);
	state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
	return state ^ state >> 31;
}

uint64_t cable_fate_below(const struct cable_fate *fate, enum fate_matter matter, uint64_t limit)
{
	uint64_t number = step(fate->seed, (uint64_t)fate->from);

	number = step(number, fate->ordinal);
	/* The bias for limits far under 2^64 is not noticeable. */
	return step(number, (uint64_t)matter) % limit;
}

bool cable_fate_strikes(const struct cable_fate *fate, enum fate_matter matter, uint32_t ppm)
{
	return ppm > 0 && cable_fate_below(fate, matter, PPM_ALL) < ppm;
}
