#include "tcp_flow/challenge_ack.h"

#include "tcp_flow/connection.h"

/* It is sent at once; beyond this the ACK has some other reason. */
#define ANSWER_MAX_NS (INT64_C(3) * 1000000000)

/* What of a segment its receiver cannot obey, while the connection is open. */
static enum challenge_cause misfit(const struct tcp_connection *connection,
				   const struct segment_facts *segment)
{
	enum tcp_side to = tcp_other_side(segment->from);
	const struct tcp_end *sender = &connection->ends[segment->from];
	const struct tcp_end *receiver = &connection->ends[to];
	int64_t largest = connection->flow_control.sides[segment->from].largest;

	if ((segment->flags & TCP_FLAG_SYN) != 0)
		return connection->opening.is_over && !segment->has_ack ? CHALLENGE_SYN
									: CHALLENGE_NONE;
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return segment->sequence != sender->next && segment->sequence != sender->acked &&
				       segment->sequence != sender->in_order
			       ? CHALLENGE_RST
			       : CHALLENGE_NONE;
	if (segment->keep_alive || segment->window_probe || segment->repeats)
		return CHALLENGE_NONE;
	if (segment->has_ack && receiver->has_acked && largest > 0 && segment->window >= 0 &&
	    segment->acknowledgment < receiver->acked - largest)
		return CHALLENGE_OLD_ACK;
	if (segment->length > 0 && receiver->window > 0 && sender->has_acked &&
	    segment->sequence > receiver->limit + segment->length)
		return CHALLENGE_OUTSIDE;
	return CHALLENGE_NONE;
}

/* An ACK that says nothing new: where the connection stands. */
static bool is_challenge(const struct tcp_connection *connection,
			 const struct segment_facts *segment)
{
	const struct challenge *challenge = &connection->flow_control.challenge;
	const struct tcp_end *provoker = &connection->ends[challenge->from];
	int64_t waited = segment->packet->time_ns - challenge->ns;

	return segment->is_bare && segment->has_ack && !segment->keep_alive &&
	       segment->sequence == connection->ends[segment->from].next && provoker->has_acked &&
	       segment->acknowledgment == provoker->acked && waited >= 0 && waited <= ANSWER_MAX_NS;
}

/* The ACK of what was sent before the segment that does not fit: the answer to that is to come. */
static bool acknowledges_what_came_before(const struct segment_facts *segment)
{
	return segment->is_bare && segment->has_ack && segment->newly_acked > 0;
}

/* One for each cause: whoever sent a SYN is not who sent an RST. */
static struct tcp_finding *finding_of(struct tcp_findings *findings, enum tcp_side side,
				      enum challenge_cause cause)
{
	struct tcp_finding *finding;

	for (uint32_t i = 0; i < findings->count; i++) {
		finding = &findings->list[i];
		if (finding->kind == FINDING_CHALLENGE_ACK && finding->side == side &&
		    finding->values[0] == (int64_t)cause)
			return finding;
	}
	finding = findings_add(findings, FINDING_CHALLENGE_ACK, side, CONFIDENCE_SURE);
	if (finding)
		finding->values[0] = (int64_t)cause;
	return finding;
}

static void add_finding(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct challenge *challenge = &connection->flow_control.challenge;
	struct tcp_finding *finding =
		finding_of(&connection->findings, segment->from, challenge->cause);

	challenge->ack_frame = segment->packet->frame;
	if (!finding)
		return;
	finding->count++;
	finding_frame(finding, challenge->frame);
	finding_frame(finding, segment->packet->frame);
	/* Only an RST fits no other explanation; the ACK may be one that was due anyhow. */
	if (challenge->cause == CHALLENGE_OUTSIDE || challenge->cause == CHALLENGE_OLD_ACK)
		finding->confidence = CONFIDENCE_LIKELY;
}

void challenge_ack_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct challenge *challenge = &connection->flow_control.challenge;
	enum challenge_cause cause;

	if (challenge->cause != CHALLENGE_NONE && segment->from != challenge->from) {
		if (challenge->ack_frame == 0 && is_challenge(connection, segment))
			add_finding(connection, segment);
		else if (challenge->ack_frame != 0 || !acknowledges_what_came_before(segment))
			challenge->cause = CHALLENGE_NONE;
		return;
	}
	cause = segment->never_arrived ? CHALLENGE_NONE : misfit(connection, segment);
	if (cause == CHALLENGE_NONE && challenge->cause == CHALLENGE_NONE)
		return;
	*challenge = (struct challenge){
		.cause = cause,
		.from = segment->from,
		.ns = segment->packet->time_ns,
		.frame = segment->packet->frame,
	};
}
