/*
 * One direction of the cable as a line of limited rate: packets go over it one after the other,
 * and a few may wait for it. One thread.
 */
#ifndef WIRETALE_TCP_LAB_CABLE_LINE_H
#define WIRETALE_TCP_LAB_CABLE_LINE_H

#include <stddef.h>
#include <stdint.h>

struct cable_line {
	uint64_t free_ns; /* when the last packet that it took will have left */
	uint64_t *starts; /* owned ring: when each waiting packet begins to leave */
	size_t capacity;  /* of `starts`, a power of two or 0 */
	size_t first;     /* where the oldest stands */
	size_t count;
};

void cable_line_finish(struct cable_line *line); /* a zeroed line needs no init */

/*
 * Takes a packet. rate_bits: a second, not 0. queue: so many may wait. 0 and when it will have left
 * whole; -ENOBUFS: too many wait; -ENOMEM.
 */
int cable_line_take(struct cable_line *line, uint64_t now_ns, size_t length, uint64_t rate_bits,
		    uint32_t queue, uint64_t *left_ns);

/* All that waited is gone. */
void cable_line_clear(struct cable_line *line, uint64_t now_ns);

/* How long so many bytes take. */
uint64_t cable_line_time_ns(size_t length, uint64_t rate_bits);

/* UINT64_MAX where it is more. */
static inline uint64_t cable_time_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

#endif
