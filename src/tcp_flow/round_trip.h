/* Round-trip times, smoothed as RFC 6298 says. */
#ifndef WIRETALE_TCP_FLOW_ROUND_TRIP_H
#define WIRETALE_TCP_FLOW_ROUND_TRIP_H

#include <stdint.h>

struct recovery_side;

/* One more sample, above 0. */
void round_trip_sample(struct recovery_side *side, int64_t sample_ns);

#endif
