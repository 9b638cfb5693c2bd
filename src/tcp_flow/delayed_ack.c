#include "tcp_flow/delayed_ack.h"

#include "tcp_flow/connection.h"

#define NS_PER_MS INT64_C(1000000)
/* Linux waits 40 ms at least (TCP_DELACK_MIN), RFC 9293 section 3.8.6.3 allows for 500. */
#define LATE_MIN_NS (30 * NS_PER_MS)
#define LATE_MAX_NS (510 * NS_PER_MS)
/* Who only waited for the acknowledgement goes on this soon; and as long as it has to travel. */
#define AT_ONCE_NS (2 * NS_PER_MS)
#define TRAVEL_JITTER_PARTS 4 /* of what the way takes, so much more or less */
#define SMALL_BYTES 500u /* less than a full segment on any path: RFC 1122's 536, and options */
#define TIMES_FOR_SURE 5u
#define TIMES_FOR_LIKELY 2u

/* The round trip without any waiting, as the capture point sees it; -1 unknown. */
static int64_t least_rtt(const struct tcp_connection *connection, enum tcp_side sender)
{
	int64_t rtt_ns = connection->recovery.sides[sender].least_rtt_ns;

	if (connection->opening.has_rtt && (rtt_ns <= 0 || rtt_ns > connection->opening.rtt_ns))
		rtt_ns = connection->opening.rtt_ns;
	return rtt_ns > 0 ? rtt_ns : -1;
}

/*
 * The least that anything took from the capture point to the sender and its answer back: the way to
 * it, and how soon it reacts to what comes. -1 unknown.
 */
static int64_t least_reaction(const struct tcp_connection *connection, enum tcp_side sender)
{
	int64_t reaction_ns = connection->recovery.sides[tcp_other_side(sender)].least_rtt_ns;

	return reaction_ns > 0 ? reaction_ns : -1;
}

/* That long after the acknowledgement was seen: is it what let the piece go? */
static bool is_its_consequence(const struct tcp_connection *connection, enum tcp_side sender,
			       int64_t waited_ns)
{
	int64_t reaction_ns = least_reaction(connection, sender);
	int64_t jitter_ns;

	if (reaction_ns < 0)
		return waited_ns >= 0 && waited_ns <= AT_ONCE_NS;
	jitter_ns = AT_ONCE_NS + reaction_ns / TRAVEL_JITTER_PARTS;
	return waited_ns >= 0 && waited_ns >= reaction_ns - jitter_ns &&
	       waited_ns <= reaction_ns + jitter_ns;
}

static void count_one(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct delayed_acks *state = &connection->flow_control.delayed_acks[segment->from];
	struct tcp_finding *finding = findings_gather(&connection->findings, FINDING_DELAYED_ACK,
						      segment->from, CAUSE_NONE);

	if (!finding)
		return;
	finding->count++;
	finding_frame(finding, state->sent_frame);
	finding_frame(finding, state->acked_frame);
	finding_frame(finding, segment->packet->frame);
	finding->values[0]++;
	finding->values[1] += state->late_by_ns;
	if (finding->count >= TIMES_FOR_SURE)
		finding->confidence = CONFIDENCE_SURE;
	else if (finding->count >= TIMES_FOR_LIKELY)
		finding->confidence = CONFIDENCE_LIKELY;
	else
		finding->confidence = CONFIDENCE_UNSURE;
}

/* Urgent data, and the last before a FIN, wait for nobody in any case. */
static bool is_small(const struct segment_facts *segment, int64_t full)
{
	return segment->length < SMALL_BYTES && (full <= 0 || (int64_t)segment->length < full) &&
	       (segment->flags & (TCP_FLAG_URG | TCP_FLAG_FIN)) == 0;
}

static void take_data(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct delayed_acks *own = &connection->flow_control.delayed_acks[segment->from];
	const struct tcp_offer *offer = &connection->ends[tcp_other_side(segment->from)].offer;
	int64_t now_ns = segment->packet->time_ns;
	int64_t full = 0;

	if (own->acked_ns != 0) {
		if (segment->new_space > 0 && !own->never_waits &&
		    is_its_consequence(connection, segment->from, now_ns - own->acked_ns))
			count_one(connection, segment);
		own->acked_ns = 0;
	}
	if (offer->seen && (offer->has & TCP_HAS_MSS) != 0)
		full = (int64_t)offer->mss - TCP_OPTIONS_MAX_BYTES;
	if (own->sent_ns != 0 && own->sent_small && !segment->window_probe &&
	    segment->new_space == segment->length && is_small(segment, full))
		own->never_waits = true;
	/* Nagle's algorithm holds nothing back behind full segments. */
	own->sent_ns = 0;
	if (segment->new_space == segment->length &&
	    (full <= 0 || (int64_t)segment->length < full)) {
		own->sent_ns = now_ns;
		own->sent_frame = segment->packet->frame;
		own->sent_small = is_small(segment, full);
	}
}

/* A bare ACK of all that the other side has sent. */
static void take_ack(struct tcp_connection *connection, const struct segment_facts *segment)
{
	enum tcp_side sender = tcp_other_side(segment->from);
	struct delayed_acks *state = &connection->flow_control.delayed_acks[sender];
	const struct flow_control_side *window = &connection->flow_control.sides[segment->from];
	int64_t took = segment->packet->time_ns - state->sent_ns;
	int64_t rtt_ns;

	if (state->sent_ns == 0 || segment->acknowledgment < connection->ends[sender].next)
		return;
	if (took < LATE_MIN_NS || took > LATE_MAX_NS)
		goto settled;
	/* Held back by a window that was used up until this acknowledgement, or still is. */
	if (window->closed || window->limited || window->opened)
		goto settled;
	rtt_ns = least_rtt(connection, sender);
	if (rtt_ns < 0 || took - rtt_ns < LATE_MIN_NS)
		goto settled;
	state->acked_ns = segment->packet->time_ns;
	state->acked_frame = segment->packet->frame;
	state->late_by_ns = (uint32_t)(took - rtt_ns);
settled:
	state->sent_ns = 0;
}

void delayed_ack_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct delayed_acks *peers =
		&connection->flow_control.delayed_acks[tcp_other_side(segment->from)];

	/* Nobody waited for it, and what answers it comes late for another reason. */
	if (segment->never_arrived) {
		connection->flow_control.delayed_acks[segment->from].sent_ns = 0;
		return;
	}
	if (segment->is_bare) {
		if (segment->has_ack && peers->sent_ns != 0)
			take_ack(connection, segment);
		return;
	}
	/* An answer with data in it was what took the time, and no timer. */
	peers->sent_ns = 0;
	peers->acked_ns = 0;
	if (segment->length > 0)
		take_data(connection, segment);
}
