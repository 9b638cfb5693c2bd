/*
 * What a capture interface's ticks mean in nanoseconds since 1970. pcapng lets a tick be any power
 * of 10 or of 2 of a second; whatever is stored, the result is a number and never overflows.
 */
#ifndef WIRETALE_CAPTURE_INTERFACE_CLOCK_H
#define WIRETALE_CAPTURE_INTERFACE_CLOCK_H

#include <stdint.h>

#define INTERFACE_CLOCK_MICROSECONDS 6u

struct interface_clock {
	uint64_t simple_max;  /* below it ticks * ns_per_tick + offset_ns is the answer */
	uint64_t ns_per_tick; /* of 10^-9 and coarser powers of 10 */
	int64_t offset_ns;    /* valid below simple_max */
	int64_t offset_s;     /* if_tsoffset: seconds to be added */
	uint8_t resolution;   /* if_tsresol: 10^-n seconds a tick, with the top bit set 2^-n */
};

/* For a writer's if_tsresol and if_tsoffset; any values. */
void interface_clock_init(struct interface_clock *clock, uint8_t resolution, int64_t offset_s);

/* Not for others: the ticks that interface_clock_ns() does not do at once. */
int64_t interface_clock_ns_slowly(const struct interface_clock *clock, uint64_t ticks);

/* A moment that no int64_t can say in nanoseconds becomes the nearest that one can. */
static inline int64_t interface_clock_ns(const struct interface_clock *clock, uint64_t ticks)
{
	if (ticks < clock->simple_max)
		return (int64_t)(ticks * clock->ns_per_tick) + clock->offset_ns;
	return interface_clock_ns_slowly(clock, ticks);
}

#endif
