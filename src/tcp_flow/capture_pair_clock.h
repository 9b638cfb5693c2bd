/*
 * How the clocks of two captures differ, from segments that both hold.
 *
 * Let `difference` be the second clock minus the first one, of one segment's two times. Of a
 * segment that went from the first capture to the second, it is the clocks' true difference and the
 * time the segment took; of one that went the other way, the true difference less that time. No
 * time is negative: the true difference lies under all of the former and over all of the latter.
 * Over a capture, a straight line (offset and drift) must do so, and of the lines that do we take
 * the one with the widest margin: this is where the quickest segments took equally long both ways,
 * and what waited in queues does not touch it. How far the truth may be from it is known as well.
 */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_CLOCK_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Clocks that differ by more are no clocks: seconds a second. */
#define PAIR_DRIFT_MAX 0.001

enum pair_clock_kind {
	PAIR_CLOCK_NONE,    /* nothing in common */
	PAIR_CLOCK_ONE_WAY, /* segments of one direction only: times are above the quickest one's */
	PAIR_CLOCK_UNSTEADY, /* no line fits: a clock was set, or the files do not belong together
			      */
	PAIR_CLOCK_KNOWN,
};

/* A segment with two times. */
struct pair_point {
	int64_t at_ns;         /* by the first clock */
	int64_t difference_ns; /* second minus first */
};

/* Grows; zeroed is empty. */
struct pair_points {
	struct pair_point *list; /* owned */
	size_t count;
	size_t capacity;
	bool no_memory; /* some were left out */
};

struct pair_clock {
	enum pair_clock_kind kind;
	bool has_drift;      /* `drift` is proven not to be 0; else 0 is as good */
	double drift;        /* what the second clock gains: seconds a second */
	double drift_within; /* either way; with has_drift */
	int64_t at_ns;       /* by the first clock: the moment at which offset_ns is known best */
	int64_t offset_ns;   /* second minus first, then */
	int64_t within_ns;   /* the truth is no further from offset_ns, whatever the delays were */
	int64_t least_ns;    /* the quickest segments took so long; negative with UNSTEADY */
	int64_t base_ns;     /* of `level`: where the line is drawn from */
	int64_t base_difference_ns;
	double level; /* of the line at base_ns, over base_difference_ns */
};

void pair_points_finish(struct pair_points *points);
void pair_points_add(struct pair_points *points, int64_t at_ns, int64_t difference_ns);

/*
 * forth: segments that went from the first capture to the second; back: the others. Sorts both.
 * False: out of memory.
 */
bool pair_clock_fit(struct pair_points *forth, struct pair_points *back, struct pair_clock *out);

/* Second minus first at a moment of the first clock, or of the second. */
int64_t pair_clock_difference(const struct pair_clock *clock, int64_t first_ns);
int64_t pair_clock_difference_at_second(const struct pair_clock *clock, int64_t second_ns);

#endif
