#include "tcp_flow/window_episodes.h"

#include "tcp_flow/connection.h"

#define NS_PER_MS INT64_C(1000000)
/* How soon after a window opened its user must go on to have waited for it; and round trips. */
#define PATIENCE_NS (10 * NS_PER_MS)
#define DEFAULT_PAYLOAD 536 /* RFC 9293 section 3.7.1 */
#define USUAL_PAYLOAD 1460
#define WINDOW_FIELD_MAX 65535
/* Waits are worth telling from this much on, or from a hundredth of the connection's time. */
#define TELLING_NS (50 * NS_PER_MS)

static int64_t elapsed(int64_t from_ns, int64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* Clocks that jump must not make a sum wrap. */
static void add_time(int64_t *sum_ns, int64_t ns)
{
	*sum_ns = ns > INT64_MAX - *sum_ns ? INT64_MAX : *sum_ns + ns;
}

/* What is announced here is `sender`'s to use: RFC 9293 section 3.8.6.2.1, without Nagle. */
int64_t window_worth_using(const struct tcp_connection *connection, enum tcp_side sender)
{
	enum tcp_side receiver = tcp_other_side(sender);
	const struct tcp_offer *offer = &connection->ends[receiver].offer;
	int64_t half = connection->flow_control.sides[receiver].largest / 2;
	int64_t payload = DEFAULT_PAYLOAD;

	if (offer->seen && (offer->has & TCP_HAS_MSS) != 0)
		payload = offer->mss;
	else if (connection->ends[sender].largest_payload > DEFAULT_PAYLOAD)
		payload = connection->ends[sender].largest_payload < USUAL_PAYLOAD
				  ? (int64_t)connection->ends[sender].largest_payload
				  : USUAL_PAYLOAD;
	if (payload > half)
		payload = half;
	return payload > 0 ? payload : 1;
}

static void close_window(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct flow_control_side *side = &connection->flow_control.sides[segment->from];

	side->closed = true;
	side->closed_since_ns = segment->packet->time_ns;
	side->last_probe_ns = 0;
	side->probe_pending = false;
	side->episodes++;
	/* The wait goes on as one for a closed window, which is told on its own. */
	side->limited = false;
	side->opened = false;
	finding_happened(findings_gather(&connection->findings, FINDING_ZERO_WINDOW, segment->from,
					 CAUSE_NONE),
			 segment->packet->frame);
}

/* frame: of the segment that opened it; 0: nothing did. */
static void end_episode(struct tcp_connection *connection, enum tcp_side announcer, int64_t now_ns,
			uint64_t frame)
{
	struct flow_control_side *side = &connection->flow_control.sides[announcer];
	struct tcp_finding *finding =
		findings_find(&connection->findings, FINDING_ZERO_WINDOW, announcer);
	int64_t lasted = elapsed(side->closed_since_ns, now_ns);

	side->closed = false;
	add_time(&side->closed_ns, lasted);
	if (!finding)
		return;
	if (frame != 0)
		finding_frame(finding, frame);
	finding->values[0] = side->closed_ns;
	if (lasted > finding->values[1])
		finding->values[1] = lasted;
	finding->values[2] = frame == 0;
}

/* What the announcement does to a wait of the peer: the window is worth using again. */
static void end_wait(struct tcp_connection *connection, const struct segment_facts *segment)
{
	enum tcp_side user = tcp_other_side(segment->from);
	struct flow_control_side *side = &connection->flow_control.sides[segment->from];
	int64_t limit = segment->acknowledgment + segment->window;

	if (limit - connection->ends[user].next < window_worth_using(connection, user))
		return;
	side->limited = false;
	side->opened = true;
	side->opened_ns = segment->packet->time_ns;
	side->wait.ns = elapsed(side->limited_since_ns, side->opened_ns);
	side->wait.opened_frame = segment->packet->frame;
}

/* A segment that says where the window of its sender now ends. */
static void take_announcement(struct tcp_connection *connection,
			      const struct segment_facts *segment)
{
	struct flow_control_side *side = &connection->flow_control.sides[segment->from];
	const struct tcp_end *user = &connection->ends[tcp_other_side(segment->from)];
	bool is_zero = segment->packet->tcp.window == 0;

	/* RFC 9293 section 3.10.7.4: an older acknowledgement's window is no news. */
	if (user->has_acked && segment->acknowledgment < user->acked)
		return;
	if (side->probe_pending) {
		struct tcp_finding *finding = findings_find(
			&connection->findings, FINDING_WINDOW_PROBE, tcp_other_side(segment->from));

		side->probe_pending = false;
		if (finding)
			finding->values[3]++;
	}
	if (is_zero && !side->closed) {
		/* Nobody minds once the other side has sent its last. */
		if (user->fin_end < 0 || segment->acknowledgment < user->fin_end)
			close_window(connection, segment);
	} else if (!is_zero && side->closed) {
		end_episode(connection, segment->from, segment->packet->time_ns,
			    segment->packet->frame);
	}
	if (side->limited && segment->window > 0)
		end_wait(connection, segment);
}

/* Who had to wait for the window uses it as soon as it hears of it. */
static void judge_wait(const struct tcp_connection *connection, struct flow_control_side *side,
		       const struct segment_facts *segment)
{
	int64_t patience = PATIENCE_NS;

	/* A file's clock may make it too long to be doubled. */
	if (connection->opening.has_rtt && connection->opening.rtt_ns >= 0 &&
	    connection->opening.rtt_ns < INT64_MAX / 4)
		patience += 2 * connection->opening.rtt_ns;
	side->opened = false;
	if (elapsed(side->opened_ns, segment->packet->time_ns) > patience)
		return;
	/* It would have fitted before: something else held it back. */
	if (segment->length <= side->wait.room)
		return;
	add_time(&side->limited_ns, side->wait.ns);
	side->waits++;
	if (side->waits > 1 && side->wait.ns <= side->longest.ns)
		return;
	side->wait.used_frame = segment->packet->frame;
	side->longest = side->wait;
}

/* Data was sent into the window that the other side announced. */
static void take_data(struct tcp_connection *connection, const struct segment_facts *segment)
{
	enum tcp_side from = segment->from;
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];
	struct flow_control_side *side = &connection->flow_control.sides[tcp_other_side(from)];
	int64_t end = segment->end;
	int64_t room;

	if (segment->new_space <= 0)
		return;
	if (side->opened)
		judge_wait(connection, side, segment);
	if ((segment->flags & TCP_FLAG_FIN) != 0 || connection->ends[from].fin_end >= 0) {
		side->limited = false; /* that was all it had */
		return;
	}
	/* A window in a SYN is counted from no acknowledgement. */
	if (receiver->window < 0 || !connection->ends[from].has_acked || side->closed ||
	    side->limited)
		return;
	if (end < connection->ends[from].next)
		end = connection->ends[from].next;
	/* Far from the end of the window nearly always. */
	if (receiver->limit - end >= USUAL_PAYLOAD && receiver->limit - end >= side->largest / 2)
		return;
	room = receiver->limit - end;
	if (room >= window_worth_using(connection, from))
		return;
	/* Another piece as large as any before would still go out. */
	if (room >= segment->length && room >= (int64_t)connection->ends[from].largest_payload)
		return;
	side->limited = true;
	side->limited_since_ns = segment->packet->time_ns;
	side->wait = (struct window_wait){
		.room = room > 0 ? room : 0,
		.full_frame = segment->packet->frame,
	};
}

static void take_probe(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct flow_control_side *side =
		&connection->flow_control.sides[tcp_other_side(segment->from)];
	struct tcp_finding *finding = findings_gather(&connection->findings, FINDING_WINDOW_PROBE,
						      segment->from, CAUSE_NONE);
	int64_t now_ns = segment->packet->time_ns;
	int64_t since_ns = side->last_probe_ns != 0 ? side->last_probe_ns : side->closed_since_ns;
	int64_t gap = elapsed(since_ns, now_ns);

	side->last_probe_ns = now_ns;
	side->probe_pending = true;
	finding_happened(finding, segment->packet->frame);
	if (!finding)
		return;
	finding->values[0]++;
	if (finding->values[1] == 0 || gap < finding->values[1])
		finding->values[1] = gap;
	if (gap > finding->values[2])
		finding->values[2] = gap;
}

static void end_all(struct tcp_connection *connection, int64_t now_ns)
{
	for (int side = 0; side < 2; side++) {
		if (connection->flow_control.sides[side].closed)
			end_episode(connection, (enum tcp_side)side, now_ns, 0);
		connection->flow_control.sides[side].limited = false;
	}
}

void window_episodes_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct flow_control_side *own = &connection->flow_control.sides[segment->from];
	const struct flow_control_side *peers =
		&connection->flow_control.sides[tcp_other_side(segment->from)];

	if ((segment->flags & TCP_FLAG_RST) != 0) {
		if (segment->rst_accepted && !segment->never_arrived)
			end_all(connection, segment->packet->time_ns);
		return;
	}
	if (segment->window_probe && peers->closed)
		take_probe(connection, segment);
	else if (segment->length > 0)
		take_data(connection, segment);
	if (!segment->has_ack || segment->never_arrived)
		return;
	if (segment->window > own->largest)
		own->largest = segment->window;
	if (segment->packet->tcp.window == 0 || own->closed || own->limited)
		take_announcement(connection, segment);
}

static void conclude_waits(struct tcp_connection *connection, enum tcp_side announcer)
{
	const struct flow_control_side *side = &connection->flow_control.sides[announcer];
	int64_t duration = elapsed(connection->start_ns, connection->end_ns);
	struct tcp_finding *finding;

	if (side->limited_ns == 0 ||
	    (side->limited_ns < TELLING_NS && side->limited_ns < duration / 100))
		return;
	finding = findings_add(&connection->findings, FINDING_WINDOW_LIMITED,
			       tcp_other_side(announcer),
			       side->waits > 1 ? CONFIDENCE_SURE : CONFIDENCE_LIKELY);
	if (!finding)
		return;
	finding->count = side->waits;
	finding->values[0] = side->limited_ns;
	finding->values[1] = side->longest.ns;
	finding->values[2] = side->largest;
	/* Near what the field can hold: a receiver lowers it a little to be a multiple of segments.
	 */
	finding->values[3] = connection->ends[announcer].window_known &&
			     connection->ends[announcer].scale == 0 &&
			     side->largest > WINDOW_FIELD_MAX - 2 * USUAL_PAYLOAD;
	finding_frame(finding, side->longest.full_frame);
	finding_frame(finding, side->longest.opened_frame);
	finding_frame(finding, side->longest.used_frame);
}

void window_episodes_conclude(struct tcp_connection *connection)
{
	end_all(connection, connection->end_ns);
	conclude_waits(connection, TCP_CLIENT);
	conclude_waits(connection, TCP_SERVER);
}
