/* The lab's one clock: what timers, the cable and the record count by. Any thread. */
#ifndef WIRETALE_TCP_LAB_LAB_CLOCK_H
#define WIRETALE_TCP_LAB_LAB_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC, nanoseconds. */
static inline uint64_t lab_now_ns(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

#endif
