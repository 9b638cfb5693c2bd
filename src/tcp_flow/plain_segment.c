#include "tcp_flow/plain_segment.h"

#include <string.h>

#include "packet/sequence.h"

#define ROOM_IN_SEGMENTS 2 /* with less window left than that, somebody may want to say so */

/* All of its stream until now is in the file, in order, and nothing is known to be lost. */
static bool is_smooth(const struct tcp_connection *connection, enum tcp_side side)
{
	const struct tcp_end *end = &connection->ends[side];
	const struct recovery_side *recovery = &connection->recovery.sides[side];

	return end->starts_known && end->has_acked && end->window_known && end->seen.count == 1 &&
	       end->seen.first.right == end->next && end->in_order == end->next &&
	       end->fin_end < 0 && !recovery->losses && !recovery->in_recovery;
}

bool plain_segment_could_follow(const struct tcp_connection *connection)
{
	return connection->opening.is_over && !connection->closing.began &&
	       connection->states[TCP_CLIENT] == TCP_ESTABLISHED &&
	       connection->states[TCP_SERVER] == TCP_ESTABLISHED && !connection->to_itself &&
	       is_smooth(connection, TCP_CLIENT) && is_smooth(connection, TCP_SERVER);
}

bool plain_segment_is(const struct tcp_connection *connection, const struct packet *packet,
		      enum tcp_side from)
{
	const struct tcp_end *sender = &connection->ends[from];
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];
	const struct tcp_header *tcp = &packet->tcp;
	uint32_t length = packet->payload_length;
	int64_t acknowledgment;
	int64_t room;

	if ((tcp->flags & ~TCP_FLAG_PSH) != TCP_FLAG_ACK || length == 1 || tcp->window == 0 ||
	    (tcp->options.has & ~(uint32_t)TCP_HAS_TIMESTAMPS) != 0 ||
	    tcp->sequence != sender->base_raw + (uint32_t)sender->next ||
	    packet->checksum == CHECKSUM_BAD || packet->never_arrived)
		return false;
	acknowledgment =
		receiver->acked + sequence_distance(receiver->base_raw + (uint32_t)receiver->acked,
						    tcp->acknowledgment);
	if (acknowledgment < receiver->acked || acknowledgment > receiver->next ||
	    (length == 0 && acknowledgment == receiver->acked))
		return false;
	room = receiver->limit - sender->next - length;
	return receiver->window > 0 &&
	       room > (int64_t)ROOM_IN_SEGMENTS * (length > sender->largest_payload
							   ? length
							   : sender->largest_payload);
}

void plain_segment_facts(const struct tcp_connection *connection, const struct packet *packet,
			 enum tcp_side from, struct segment_facts *out)
{
	const struct tcp_end *sender = &connection->ends[from];
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];

	memset(out, 0, sizeof(*out));
	out->packet = packet;
	out->from = from;
	out->since_start_ns = packet->time_ns - connection->start_ns;
	out->since_last_ns = packet->time_ns - connection->last_ns;
	out->sequence = sender->next;
	out->end = sender->next + packet->payload_length;
	out->acknowledgment =
		receiver->acked + sequence_distance(receiver->base_raw + (uint32_t)receiver->acked,
						    packet->tcp.acknowledgment);
	out->window = (int64_t)packet->tcp.window << sender->scale;
	out->new_space = packet->payload_length;
	out->newly_acked = out->acknowledgment - receiver->acked;
	out->length = packet->payload_length;
	out->flags = packet->tcp.flags;
	out->has_ack = true;
	out->is_bare = packet->payload_length == 0;
	out->before[TCP_CLIENT] = TCP_ESTABLISHED;
	out->before[TCP_SERVER] = TCP_ESTABLISHED;
	out->states[TCP_CLIENT] = TCP_ESTABLISHED;
	out->states[TCP_SERVER] = TCP_ESTABLISHED;
}

void plain_segment_apply(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct tcp_end *sender = &connection->ends[segment->from];
	struct tcp_end *receiver = &connection->ends[tcp_other_side(segment->from)];
	const struct packet *packet = segment->packet;
	int64_t limit = segment->acknowledgment + segment->window;

	connection->last_frame = packet->frame;
	connection->last_ns = packet->time_ns;
	if (packet->time_ns > connection->end_ns)
		connection->end_ns = packet->time_ns;
	sender->sent_ack = true;
	sender->segments++;
	sender->last_ns = packet->time_ns;
	sender->last_frame = packet->frame;
	captured_twice_remember(&sender->recent, packet);
	sender->window = segment->window;
	if (limit > sender->limit)
		sender->limit = limit;
	receiver->acked = segment->acknowledgment;
	if (segment->length == 0)
		return;
	if (segment->length > sender->largest_payload) {
		sender->largest_payload = segment->length;
		sender->largest_frame = packet->frame;
	}
	if (sender->first_data_ns == 0)
		sender->first_data_ns = packet->time_ns;
	sender->bytes += segment->length;
	sender->next = segment->end;
	sender->in_order = segment->end;
	sender->seen.first.right = segment->end;
}
