#include "tcp_flow/closing.h"

#include "tcp_flow/connection.h"

static bool both_fins_acked(const struct closing *closing)
{
	return closing->fin_acked[TCP_CLIENT] && closing->fin_acked[TCP_SERVER];
}

bool closing_is_complete(const struct tcp_connection *connection)
{
	return connection->closing.reset_frame != 0 || both_fins_acked(&connection->closing);
}

bool closing_left_embryo(const struct tcp_connection *connection, enum tcp_side side)
{
	const struct tcp_end *end = &connection->ends[side];

	return connection->states[side] == TCP_SYN_RECV && end->has_acked && end->acked > 0 &&
	       closing_is_complete(connection);
}

/* The very number that the receiver waits for, as far as the file shows which one that is. */
static bool is_exact(const struct tcp_end *sender, const struct segment_facts *segment)
{
	return !sender->has_acked || segment->sequence == sender->acked ||
	       segment->sequence == sender->in_order || segment->sequence == sender->next;
}

/*
 * The number of its own FIN, as of a segment that had left before: who has received that FIN takes
 * the RST all the same (Linux, for the sake of macOS, which always does so).
 */
static bool has_number_of_fin(const struct tcp_connection *connection,
			      const struct segment_facts *segment)
{
	const struct tcp_end *sender = &connection->ends[segment->from];
	enum tcp_state state = connection->states[tcp_other_side(segment->from)];

	return sender->fin_end >= 0 && segment->sequence == sender->fin_end - 1 &&
	       (state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK || state == TCP_CLOSING);
}

/* RFC 9293 section 3.10.7: in SYN-SENT the acknowledgement decides, later the number. */
void closing_judge_reset(const struct tcp_connection *connection, struct segment_facts *segment)
{
	enum tcp_side to = tcp_other_side(segment->from);
	const struct tcp_end *sender = &connection->ends[segment->from];
	const struct tcp_end *receiver = &connection->ends[to];
	int64_t window = receiver->window;

	if (segment->damaged)
		return;
	if (connection->states[to] == TCP_SYN_SENT) {
		segment->rst_accepted = segment->has_ack && segment->acknowledgment > 0 &&
					segment->acknowledgment <= receiver->next;
		return;
	}
	/* Who sent that SYN long ago wants nothing of it now. */
	if (closing_left_embryo(connection, to)) {
		segment->rst_accepted = segment->sequence == 1;
		return;
	}
	if (is_exact(sender, segment) || has_number_of_fin(connection, segment)) {
		segment->rst_accepted = true;
		return;
	}
	if (window < 0)
		window = (int64_t)UINT16_MAX << TCP_WINDOW_SCALE_MAX;
	segment->rst_accepted =
		segment->sequence >= sender->acked && segment->sequence < sender->acked + window;
}

/*
 * RFC 5961 section 3.2: who gets an RST that lies in the window but is not the very next number
 * answers with a challenge ACK and goes on.
 */
void closing_refute_reset(struct tcp_connection *connection, struct segment_facts *segment)
{
	struct closing *closing = &connection->closing;

	if (closing->reset_frame == 0 || closing->reset_was_exact ||
	    segment->from == closing->reset_by || (segment->flags & TCP_FLAG_RST) != 0)
		return;
	closing->refuted_frame = closing->reset_frame;
	closing->reset_frame = 0;
	closing->began = closing->fin_frame[0] != 0 || closing->fin_frame[1] != 0;
	connection->states[TCP_CLIENT] = closing->before_reset[TCP_CLIENT];
	connection->states[TCP_SERVER] = closing->before_reset[TCP_SERVER];
	segment->states[TCP_CLIENT] = connection->states[TCP_CLIENT];
	segment->states[TCP_SERVER] = connection->states[TCP_SERVER];
}

static void note_reset(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct closing *closing = &connection->closing;

	if (both_fins_acked(closing)) {
		/* TIME_WAIT ends with its next number only; its own holder sends none while it
		 * lasts. */
		if (closing->late_reset_frame == 0 && !segment->never_arrived &&
		    (segment->from == closing->first_fin ||
		     segment->sequence == closing->fin_end[segment->from]))
			closing->late_reset_frame = segment->packet->frame;
		return;
	}
	if (!segment->rst_accepted || closing->reset_frame != 0)
		return;
	if (segment->never_arrived) {
		if (closing->lost_reset_frame == 0) {
			closing->lost_reset_frame = segment->packet->frame;
			closing->reset_by = segment->from;
		}
		return;
	}
	closing->began = true;
	closing->reset_frame = segment->packet->frame;
	closing->reset_by = segment->from;
	closing->reset_was_exact =
		connection->states[tcp_other_side(segment->from)] == TCP_SYN_SENT ||
		is_exact(&connection->ends[segment->from], segment);
	closing->before_reset[TCP_CLIENT] = connection->states[TCP_CLIENT];
	closing->before_reset[TCP_SERVER] = connection->states[TCP_SERVER];
}

/* Acknowledgements first: FIN2 may be the one of FIN1. */
static void note_fin_ack(struct closing *closing, const struct segment_facts *segment)
{
	enum tcp_side acked = tcp_other_side(segment->from);

	if (!segment->has_ack || closing->fin_frame[acked] == 0 || closing->fin_acked[acked] ||
	    segment->acknowledgment < closing->fin_end[acked])
		return;
	closing->fin_acked[acked] = !segment->never_arrived;
	if (closing->fin_ack_frame[acked] != 0)
		return;
	closing->fin_ack_frame[acked] = segment->packet->frame;
	if (acked == closing->first_fin && closing->fin_frame[segment->from] == 0) {
		if ((segment->flags & TCP_FLAG_FIN) != 0)
			closing->second_acks_first = true;
		else
			closing->acked_before_second = true;
	}
	if (acked != closing->first_fin || closing->fin_frame[segment->from] != 0)
		closing->time_wait_from_ns = segment->packet->time_ns;
}

/* What looks like the second of four closing segments, and is none. */
static void note_between(struct closing *closing, const struct segment_facts *segment)
{
	enum tcp_side other = tcp_other_side(segment->from);

	if (closing->between_frame == 0 && segment->is_bare && segment->has_ack &&
	    closing->fin_frame[other] != 0 && closing->fin_frame[segment->from] == 0 &&
	    segment->acknowledgment < closing->fin_end[other])
		closing->between_frame = segment->packet->frame;
}

void closing_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct closing *closing = &connection->closing;

	if (!closing->began && (segment->flags & (TCP_FLAG_FIN | TCP_FLAG_RST)) == 0)
		return;
	if ((segment->flags & TCP_FLAG_RST) != 0) {
		note_reset(connection, segment);
		return;
	}
	note_fin_ack(closing, segment);
	note_between(closing, segment);
	if ((segment->flags & TCP_FLAG_FIN) != 0 && !segment->never_arrived)
		closing->fin_arrived[segment->from] = true;
	if ((segment->flags & TCP_FLAG_FIN) == 0 || closing->fin_frame[segment->from] != 0)
		return;
	if (closing->fin_frame[tcp_other_side(segment->from)] == 0)
		closing->first_fin = segment->from;
	closing->began = true;
	closing->fin_frame[segment->from] = segment->packet->frame;
	closing->fin_end[segment->from] = segment->end;
}

static uint32_t count_segments(const struct closing *closing)
{
	const uint64_t frames[] = { closing->fin_frame[0], closing->fin_frame[1],
				    closing->fin_ack_frame[0], closing->fin_ack_frame[1] };
	uint32_t count = 0;

	for (unsigned i = 0; i < 4; i++) {
		bool counted = frames[i] == 0;

		for (unsigned k = 0; k < i && !counted; k++)
			counted = frames[k] == frames[i];
		if (!counted)
			count++;
	}
	return count;
}

static void judge_fins(struct closing *closing)
{
	bool both = closing->fin_frame[TCP_CLIENT] != 0 && closing->fin_frame[TCP_SERVER] != 0;

	closing->has_first = true;
	closing->first = closing->first_fin;
	closing->segments = count_segments(closing);
	if (!both) {
		closing->kind = CLOSING_HALF_CLOSED;
		return;
	}
	closing->has_time_wait = true;
	closing->time_wait = closing->first_fin;
	if (closing->acked_before_second) {
		closing->kind = CLOSING_ORDERLY_4;
	} else if (closing->second_acks_first) {
		closing->kind = CLOSING_ORDERLY_3;
	} else {
		closing->kind = CLOSING_SIMULTANEOUS;
		closing->first = TCP_BOTH_SIDES;
		closing->time_wait = TCP_BOTH_SIDES;
	}
}

void closing_conclude(struct tcp_connection *connection)
{
	struct closing *closing = &connection->closing;
	struct tcp_finding *finding;

	closing->kind = CLOSING_OPEN;
	/* Nobody heard of it, but its sender had gone: what is in the file is a reset. */
	if (closing->reset_frame == 0 && !both_fins_acked(closing))
		closing->reset_frame = closing->lost_reset_frame;
	if (closing->reset_frame != 0) {
		closing->kind = CLOSING_RESET;
		closing->has_first = true;
		closing->first = closing->reset_by;
		return;
	}
	if (closing->fin_frame[TCP_CLIENT] == 0 && closing->fin_frame[TCP_SERVER] == 0)
		return;
	judge_fins(closing);
	if (connection->totals_only || !closing->has_time_wait || closing->time_wait_from_ns == 0 ||
	    closing->late_reset_frame != 0)
		return;
	finding = findings_add(&connection->findings, FINDING_TIME_WAIT, closing->time_wait,
			       CONFIDENCE_LIKELY);
	if (!finding)
		return;
	finding->count = 1;
	finding->values[0] = closing->time_wait_from_ns + TIME_WAIT_NS;
	finding_frame(finding, closing->fin_ack_frame[tcp_other_side(closing->first_fin)]);
}
