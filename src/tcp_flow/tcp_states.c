#include "tcp_flow/tcp_states.h"

#include "tcp_flow/connection.h"

void tcp_states_before(const struct segment_facts *first, enum tcp_state states[2])
{
	bool syn = (first->flags & TCP_FLAG_SYN) != 0;
	enum tcp_side from = first->from;

	if (syn && !first->has_ack) {
		states[from] = TCP_CLOSED;
		states[tcp_other_side(from)] = TCP_LISTEN;
	} else if (syn) {
		states[from] = TCP_SYN_RECV;
		states[tcp_other_side(from)] = TCP_SYN_SENT;
	} else {
		states[TCP_CLIENT] = TCP_ESTABLISHED;
		states[TCP_SERVER] = TCP_ESTABLISHED;
	}
}

/* other: whose FIN put the sender into CLOSE_WAIT, if it had come by then. */
static enum tcp_state after_sending(enum tcp_state state, const struct tcp_end *other,
				    const struct segment_facts *segment)
{
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return segment->rst_accepted ? TCP_CLOSED : state;
	if ((segment->flags & TCP_FLAG_SYN) != 0) {
		if (state == TCP_CLOSED || state == TCP_LISTEN)
			return segment->has_ack ? TCP_SYN_RECV : TCP_SYN_SENT;
		return state;
	}
	if ((segment->flags & TCP_FLAG_FIN) != 0) {
		if (state == TCP_ESTABLISHED || state == TCP_SYN_RECV)
			return TCP_FIN_WAIT1;
		/* A FIN that does not acknowledge the other's was sent before that one came. */
		if (state == TCP_CLOSE_WAIT)
			return segment->acknowledgment >= other->fin_end ||
					       (other->has_acked && other->acked >= other->fin_end)
				       ? TCP_LAST_ACK
				       : TCP_FIN_WAIT1;
	}
	return state;
}

static enum tcp_state after_syn(enum tcp_state state, const struct segment_facts *segment)
{
	if (state == TCP_LISTEN || state == TCP_CLOSED)
		return segment->has_ack ? state : TCP_SYN_RECV;
	if (state == TCP_SYN_SENT)
		return segment->has_ack ? TCP_ESTABLISHED : TCP_SYN_RECV;
	return state;
}

/* receiver: who gets the acknowledgement. */
static enum tcp_state after_ack(enum tcp_state state, const struct tcp_end *receiver,
				const struct segment_facts *segment)
{
	bool fin_acked = receiver->fin_end >= 0 && segment->acknowledgment >= receiver->fin_end;

	if (state == TCP_SYN_RECV && segment->acknowledgment >= 1)
		state = TCP_ESTABLISHED;
	if (!fin_acked)
		return state;
	if (state == TCP_FIN_WAIT1)
		return TCP_FIN_WAIT2;
	if (state == TCP_CLOSING)
		return TCP_TIME_WAIT;
	if (state == TCP_LAST_ACK)
		return TCP_CLOSED;
	return state;
}

static enum tcp_state after_fin(enum tcp_state state)
{
	if (state == TCP_ESTABLISHED || state == TCP_SYN_RECV)
		return TCP_CLOSE_WAIT;
	if (state == TCP_FIN_WAIT1)
		return TCP_CLOSING;
	if (state == TCP_FIN_WAIT2)
		return TCP_TIME_WAIT;
	return state;
}

/* A FIN counts only when everything before it has arrived, which a later segment may bring. */
static bool brings_fin(const struct tcp_end *sender, const struct segment_facts *segment)
{
	int64_t fin_end = sender->fin_end;
	int64_t in_order = sender->in_order;

	if ((segment->flags & TCP_FLAG_FIN) != 0 && fin_end < 0)
		fin_end = segment->end;
	if (fin_end < 0)
		return false;
	if (segment->sequence <= in_order && segment->end > in_order)
		in_order = sequence_ranges_end_of_run(&sender->seen, segment->end);
	return in_order >= fin_end;
}

void tcp_states_segment(const struct tcp_connection *connection, struct segment_facts *segment)
{
	enum tcp_side from = segment->from;
	enum tcp_side to = tcp_other_side(from);
	enum tcp_state sender = connection->states[from];
	enum tcp_state receiver = connection->states[to];

	sender = after_sending(sender, &connection->ends[to], segment);
	if ((segment->flags & TCP_FLAG_RST) != 0) {
		if (segment->rst_accepted)
			receiver = TCP_CLOSED;
		goto done;
	}
	if ((segment->flags & TCP_FLAG_SYN) != 0)
		receiver = after_syn(receiver, segment);
	if (segment->has_ack)
		receiver = after_ack(receiver, &connection->ends[to], segment);
	if (brings_fin(&connection->ends[from], segment))
		receiver = after_fin(receiver);

done:
	segment->states[from] = sender;
	segment->states[to] = receiver;
}
