#include "tcp_flow/tcp_states.h"

#include "tcp_flow/connection.h"
#include "tcp_flow/loss_notes.h"

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

/* Who received the other's FIN acknowledges it from then on; who does not has not got it yet. */
static enum tcp_state with_fin_known(enum tcp_state state, const struct tcp_end *other,
				     const struct segment_facts *segment)
{
	if (other->fin_end < 0 || !segment->has_ack)
		return state;
	if (segment->acknowledgment >= other->fin_end)
		return after_fin(state);
	if (other->acked >= other->fin_end)
		return state; /* an old acknowledgement, captured late */
	if (state == TCP_CLOSE_WAIT)
		return TCP_ESTABLISHED;
	if (state == TCP_CLOSING)
		return TCP_FIN_WAIT1;
	return state == TCP_TIME_WAIT ? TCP_FIN_WAIT2 : state;
}

/* Who sends its SYN again did not get what the file shows in answer to it. */
static enum tcp_state after_sending_syn(const struct tcp_connection *connection,
					enum tcp_state state, const struct segment_facts *segment)
{
	bool sent_only_syn = connection->ends[segment->from].next <= 1 &&
			     (segment->has_ack || !connection->opening.is_over);

	if (segment->stray_syn)
		return state;
	if (state == TCP_CLOSED || state == TCP_LISTEN || state == TCP_SYN_SENT ||
	    state == TCP_SYN_RECV || (state == TCP_ESTABLISHED && sent_only_syn))
		return segment->has_ack ? TCP_SYN_RECV : TCP_SYN_SENT;
	return state;
}

static enum tcp_state after_sending(const struct tcp_connection *connection,
				    const struct segment_facts *segment)
{
	const struct tcp_end *other = &connection->ends[tcp_other_side(segment->from)];
	enum tcp_state state = connection->states[segment->from];

	if (closing_left_embryo(connection, segment->from))
		return state;
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return segment->rst_accepted || segment->damaged ? TCP_CLOSED : state;
	if ((segment->flags & TCP_FLAG_SYN) != 0)
		return after_sending_syn(connection, state, segment);
	state = with_fin_known(state, other, segment);
	if ((segment->flags & TCP_FLAG_FIN) != 0) {
		if (state == TCP_ESTABLISHED || state == TCP_SYN_RECV)
			return TCP_FIN_WAIT1;
		if (state == TCP_CLOSE_WAIT)
			return TCP_LAST_ACK;
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

/* With this segment nothing is missing any more because it was damaged. */
static bool repairs_damage(const struct tcp_end *sender, const struct segment_facts *segment,
			   int64_t fin_end)
{
	int64_t left = sender->damaged_left;
	int64_t right = sender->damaged_right < fin_end ? sender->damaged_right : fin_end;

	if (left < sender->acked)
		left = sender->acked;
	return left >= right || (segment->sequence <= left && segment->end >= right);
}

/* With this segment all up to there has arrived, where it is known what did. */
static bool brings_all(const struct loss_notes *notes, const struct tcp_end *sender,
		       const struct segment_facts *segment, int64_t fin_end)
{
	int64_t until =
		sequence_ranges_end_of_run(&notes->arrived, sender->has_acked ? sender->acked : 0);

	if (segment->sequence <= until && segment->end > until)
		until = sequence_ranges_end_of_run(&notes->arrived, segment->end);
	return until >= fin_end;
}

/* A FIN counts only when everything before it has arrived, which a later segment may bring. */
static bool brings_fin(const struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct tcp_end *sender = &connection->ends[segment->from];
	const struct loss_notes *notes = connection->recovery.sides[segment->from].losses;
	int64_t fin_end = sender->fin_end;
	int64_t in_order = sender->in_order;
	bool has_fin = (segment->flags & TCP_FLAG_FIN) != 0;

	if (has_fin && fin_end < 0)
		fin_end = segment->end;
	/* A SYN that comes again begins nothing that such a FIN would end. */
	if (fin_end < 0 || (!has_fin && (segment->flags & TCP_FLAG_SYN) != 0) ||
	    !repairs_damage(sender, segment, fin_end))
		return false;
	if (notes && notes->knows_arrivals)
		return brings_all(notes, sender, segment, fin_end);
	if (segment->sequence <= in_order && segment->end > in_order)
		in_order = sequence_ranges_end_of_run(&sender->seen, segment->end);
	return in_order >= fin_end;
}

void tcp_states_segment(const struct tcp_connection *connection, struct segment_facts *segment)
{
	enum tcp_side from = segment->from;
	enum tcp_side to = tcp_other_side(from);
	enum tcp_state sender = after_sending(connection, segment);
	enum tcp_state receiver = connection->states[to];

	if (segment_is_dropped(segment))
		goto done;
	if ((segment->flags & TCP_FLAG_RST) != 0) {
		if (segment->rst_accepted)
			receiver = TCP_CLOSED;
		goto done;
	}
	if (closing_left_embryo(connection, to))
		goto done;
	if ((segment->flags & TCP_FLAG_SYN) != 0)
		receiver = after_syn(receiver, segment);
	if (segment->has_ack)
		receiver = after_ack(receiver, &connection->ends[to], segment);
	if (brings_fin(connection, segment))
		receiver = after_fin(receiver);

done:
	segment->states[from] = sender;
	segment->states[to] = receiver;
}
