#include "tcp_flow/round_trip.h"

#include "tcp_flow/recovery.h"

void round_trip_sample(struct recovery_side *side, int64_t sample_ns)
{
	int64_t error = sample_ns - side->smoothed_rtt_ns;

	side->rtt_samples++;
	side->rtt_sum_ns += (uint64_t)sample_ns;
	if (side->rtt_samples == 1) {
		side->smoothed_rtt_ns = sample_ns;
		side->rtt_variation_ns = sample_ns / 2;
		side->least_rtt_ns = sample_ns;
		side->largest_rtt_ns = sample_ns;
		return;
	}
	side->rtt_variation_ns += ((error < 0 ? -error : error) - side->rtt_variation_ns) / 4;
	side->smoothed_rtt_ns += error / 8;
	if (sample_ns < side->least_rtt_ns)
		side->least_rtt_ns = sample_ns;
	if (sample_ns > side->largest_rtt_ns)
		side->largest_rtt_ns = sample_ns;
}
