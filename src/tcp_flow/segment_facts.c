#include "tcp_flow/segment_facts.h"

#include <string.h>

#include "packet/sequence.h"
#include "tcp_flow/connection.h"

/* An unwrapped number near the end of what is known of its stream. */
static int64_t unwrap(const struct tcp_end *end, uint32_t raw)
{
	return end->next + sequence_distance(end->base_raw + (uint32_t)end->next, raw);
}

static int64_t scaled_window(const struct tcp_end *end, const struct segment_facts *segment)
{
	uint16_t window = segment->packet->tcp.window;

	/* Closed is closed, whatever the scale. */
	if ((segment->flags & TCP_FLAG_SYN) != 0 || window == 0)
		return window;
	return end->window_known ? (int64_t)window << end->scale : -1;
}

/* Of a stream whose beginning is not in the file, the first acknowledgement covers who knows what.
 */
static int64_t newly_acked(const struct tcp_end *receiver, const struct segment_facts *segment)
{
	int64_t acked = receiver->acked;

	if (!segment->has_ack)
		return 0;
	if (!receiver->has_acked && !receiver->offer.seen)
		return -1;
	if (!receiver->has_acked)
		acked = 0;
	return segment->acknowledgment > acked ? segment->acknowledgment - acked : 0;
}

/* Keep-alives and Linux's probes repeat a number that was acknowledged, to be contradicted. */
static void judge_probe(const struct tcp_end *sender, const struct tcp_end *receiver,
			struct segment_facts *out)
{
	enum tcp_state state = out->before[out->from];
	int64_t highest = sender->next;

	/* It asks for nobody any more: an ACK that was overtaken by its own FIN. */
	if (state == TCP_CLOSED || state == TCP_TIME_WAIT)
		return;
	if ((out->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)) != 0 || !sender->has_acked)
		return;
	if (sender->acked > highest)
		highest = sender->acked;
	if (out->sequence == sender->acked - 1) {
		if (receiver->window == 0)
			out->window_probe = true;
		else if (sender->acked == highest)
			out->keep_alive = true;
	} else if (out->length == 1 && receiver->window == 0 && out->sequence == sender->acked &&
		   out->sequence == sender->next) {
		/* The other kind: the next byte, though there is no window for it. */
		out->window_probe = true;
	}
}

void segment_facts_make(const struct tcp_connection *connection, const struct packet *packet,
			enum tcp_side from, struct segment_facts *out)
{
	const struct tcp_end *sender = &connection->ends[from];
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];
	const struct tcp_header *tcp = &packet->tcp;
	uint16_t control = tcp->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST);

	memset(out, 0, sizeof(*out));
	out->packet = packet;
	out->from = from;
	out->since_start_ns = packet->time_ns - connection->start_ns;
	if (connection->last_frame != 0)
		out->since_last_ns = packet->time_ns - connection->last_ns;
	out->flags = tcp->flags;
	out->has_ack = (tcp->flags & TCP_FLAG_ACK) != 0;
	out->length = packet->payload_length;
	out->is_bare = packet->payload_length == 0 && control == 0;
	out->before[TCP_CLIENT] = connection->states[TCP_CLIENT];
	out->before[TCP_SERVER] = connection->states[TCP_SERVER];
	out->states[TCP_CLIENT] = connection->states[TCP_CLIENT];
	out->states[TCP_SERVER] = connection->states[TCP_SERVER];
	out->damaged = packet->checksum == CHECKSUM_BAD && sender->sums_right;
	out->never_arrived = packet->never_arrived;
	out->sequence = unwrap(sender, tcp->sequence);
	out->end = out->sequence;
	if ((control & TCP_FLAG_RST) == 0)
		out->end += out->length + ((control & TCP_FLAG_SYN) != 0) +
			    ((control & TCP_FLAG_FIN) != 0);
	if (out->has_ack && receiver->numbered)
		out->acknowledgment = unwrap(receiver, tcp->acknowledgment);
	out->newly_acked = out->never_arrived ? 0 : newly_acked(receiver, out);
	out->window = scaled_window(sender, out);
	out->stray_syn =
		(control & TCP_FLAG_SYN) != 0 && sender->sends && tcp->sequence != sender->base_raw;
	if (packet->time_ns - sender->last_ns <= CAPTURED_TWICE_NS && sender->sends &&
	    !connection->none_twice)
		out->captured_twice =
			captured_twice(&sender->recent, packet, connection->recovery_rtt_ns);
	if (out->captured_twice || out->stray_syn)
		return;
	if (out->length <= 1)
		judge_probe(sender, receiver, out);
	if (out->end == out->sequence)
		goto gap;
	out->new_space = sequence_ranges_missing(&sender->seen, out->sequence, out->end);
	out->repeats = out->new_space == 0 && !out->keep_alive && !out->window_probe;
	out->fills_gap = out->new_space > 0 && out->sequence < sender->next && sender->sends;
gap:
	out->leaves_gap =
		sender->sends && out->sequence > sender->next && (control & TCP_FLAG_RST) == 0;
}
