/* The short way of recovery_segment(): see plain_segment.h for what has to hold. */
#include "tcp_flow/recovery.h"

#include "tcp_flow/connection.h"
#include "tcp_flow/round_trip.h"

/* Nothing was ever sent twice, so the last that is acknowledged measures the round trip. */
static void acknowledge(struct recovery_side *side, int64_t acknowledgment, int64_t now_ns)
{
	struct outstanding *outstanding = &side->outstanding;
	int64_t sample = 0;

	while (outstanding->count > 0) {
		struct outstanding_segment *oldest = outstanding_at(outstanding, 0);

		if (oldest->sequence >= acknowledgment)
			break;
		sample = recovery_elapsed_ns(oldest->last_sent_ns, now_ns);
		if (oldest->end > acknowledgment) {
			oldest->sequence = acknowledgment;
			break;
		}
		outstanding_pop(outstanding);
	}
	if (sample > 0)
		round_trip_sample(side, sample);
	side->duplicate_acks = 0;
	side->timeouts = 0;
	side->news_ns = now_ns;
}

static void send_new(struct recovery_side *side, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	struct outstanding_segment *sent = outstanding_push(&side->outstanding);

	sent->sequence = segment->sequence;
	sent->end = segment->end;
	sent->first_sent_ns = packet->time_ns;
	sent->last_sent_ns = packet->time_ns;
	sent->first_timestamp = packet->tcp.options.timestamp_value;
	sent->last_timestamp = packet->tcp.options.timestamp_value;
	sent->times_sent = 1;
	sent->identification = packet->ip.identification;
	sent->last_cause = CAUSE_NONE;
	sent->has_timestamp = (packet->tcp.options.has & TCP_HAS_TIMESTAMPS) != 0;
	side->last_new_ns = packet->time_ns;
}

void recovery_plain_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct recovery *recovery = &connection->recovery;
	enum tcp_side other = tcp_other_side(segment->from);
	struct recovery_side *side = &recovery->sides[segment->from];
	bool is_news = segment->acknowledgment > connection->ends[other].acked;

	recovery->latest = (struct recovery_verdict){
		.ack = is_news ? RECOVERY_ACK_NEW : RECOVERY_ACK_NONE,
		.window_changed = side->last_window_raw != segment->packet->tcp.window,
	};
	if (is_news)
		acknowledge(&recovery->sides[other], segment->acknowledgment,
			    segment->packet->time_ns);
	recovery->sides[other].last_ack_ns = segment->packet->time_ns;
	if (segment->length > 0)
		send_new(side, segment);
	side->shown_until = segment->sequence;
	side->last_was_syn = false;
	side->last_was_keep_alive = false;
	side->last_was_probe = false;
	side->last_window_raw = segment->packet->tcp.window;
}
