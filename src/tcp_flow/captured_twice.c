#include "tcp_flow/captured_twice.h"

/* The second point may lie behind a router, which has taken one off. */
static bool same_hops(uint8_t first, uint8_t second)
{
	return first == second || first == (uint8_t)(second + 1) || second == (uint8_t)(first + 1);
}

static uint32_t timestamp_of(const struct packet *packet)
{
	const struct tcp_options *options = &packet->tcp.options;

	return (options->has & TCP_HAS_TIMESTAMPS) != 0 ? options->timestamp_value : 0;
}

static bool same_bytes(const struct recent_packet *before, const struct packet *packet)
{
	return before->used && before->sequence == packet->tcp.sequence &&
	       before->acknowledgment == packet->tcp.acknowledgment &&
	       before->flags == packet->tcp.flags && before->window == packet->tcp.window &&
	       before->payload_length == packet->payload_length &&
	       before->identification == packet->ip.identification &&
	       before->timestamp_value == timestamp_of(packet) &&
	       same_hops(before->time_to_live, packet->ip.time_to_live);
}

bool captured_twice(const struct recent_packets *recent, const struct packet *packet,
		    int64_t rtt_ns)
{
	int64_t longest = CAPTURED_TWICE_NS;

	if (rtt_ns > 0 && rtt_ns / 4 < longest)
		longest = rtt_ns / 4;
	for (unsigned i = 0; i < RECENT_PACKETS; i++) {
		const struct recent_packet *before = &recent->ring[i];
		int64_t gap = packet->time_ns - before->time_ns;

		if (!same_bytes(before, packet) || gap < 0 || gap > longest)
			continue;
		if (packet->ip.identification != 0 && recent->identifications_differ)
			return true;
		/*
		 * Without a packet number, equal bare ACKs may well be duplicate ACKs; but nobody
		 * sends data, a SYN or a FIN again within a fraction of a round trip.
		 */
		if ((packet->tcp.flags & TCP_FLAG_SYN) != 0)
			return true;
		if (rtt_ns > 0 &&
		    (packet->payload_length > 0 || (packet->tcp.flags & TCP_FLAG_FIN) != 0))
			return true;
	}
	return false;
}

void captured_twice_remember(struct recent_packets *recent, const struct packet *packet)
{
	const struct recent_packet *last = &recent->ring[recent->next ^ 1];
	struct recent_packet *slot = &recent->ring[recent->next];

	if (last->used && last->identification != packet->ip.identification)
		recent->identifications_differ = true;
	slot->time_ns = packet->time_ns;
	slot->sequence = packet->tcp.sequence;
	slot->acknowledgment = packet->tcp.acknowledgment;
	slot->timestamp_value = timestamp_of(packet);
	slot->payload_length = packet->payload_length;
	slot->identification = packet->ip.identification;
	slot->flags = packet->tcp.flags;
	slot->window = packet->tcp.window;
	slot->time_to_live = packet->ip.time_to_live;
	slot->used = true;
	recent->next ^= 1;
}
