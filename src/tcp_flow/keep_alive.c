#include "tcp_flow/keep_alive.h"

#include "tcp_flow/connection.h"

static void take_keep_alive(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct keep_alives *series = &connection->flow_control.keep_alives[segment->from];
	const struct tcp_end *sender = &connection->ends[segment->from];
	struct tcp_finding *finding = findings_gather(&connection->findings, FINDING_KEEP_ALIVE,
						      segment->from, CAUSE_NONE);
	int64_t now_ns = segment->packet->time_ns;
	int64_t gap = now_ns - sender->last_ns;

	/* Linux answers at most one such segment in half a second; and the sender acknowledges the
	 * answers to nothing, so that the gap is measured from its own last segment. */
	if (series->last_ns != 0)
		gap = now_ns - series->last_ns;
	series->unanswered++;
	series->pending = true;
	series->last_ns = now_ns;
	series->last_frame = segment->packet->frame;
	finding_happened(finding, segment->packet->frame);
	if (!finding)
		return;
	finding->values[0]++;
	if (gap > 0 && (finding->values[1] == 0 || gap < finding->values[1]))
		finding->values[1] = gap;
	finding->values[3] = series->unanswered;
}

void keep_alive_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct keep_alives *awaiting =
		&connection->flow_control.keep_alives[tcp_other_side(segment->from)];

	/* What comes once the asker has given up is no answer any more. */
	if (awaiting->pending && (segment->flags & TCP_FLAG_RST) == 0 && !segment->never_arrived &&
	    connection->states[tcp_other_side(segment->from)] != TCP_CLOSED) {
		struct tcp_finding *finding = findings_find(
			&connection->findings, FINDING_KEEP_ALIVE, tcp_other_side(segment->from));

		awaiting->pending = false;
		awaiting->unanswered = 0;
		if (finding) {
			finding->values[2]++;
			finding->values[3] = 0;
		}
	}
	if (segment->keep_alive)
		take_keep_alive(connection, segment);
}
