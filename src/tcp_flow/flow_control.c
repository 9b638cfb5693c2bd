#include "tcp_flow/flow_control.h"

#include <string.h>

#include "packet/sequence.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/forged_reset.h"

/* Could it be an answer to something that did not fit, or does it not fit itself? */
static bool concerns_challenges(const struct tcp_connection *connection,
				const struct segment_facts *segment)
{
	return connection->flow_control.challenge.cause != CHALLENGE_NONE ||
	       (segment->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)) != 0 || segment->leaves_gap ||
	       segment->acknowledgment < connection->ends[tcp_other_side(segment->from)].acked;
}

/* Called for each segment: most are none of anybody's business but the first two's. */
void flow_control_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct flow_control *flow = &connection->flow_control;
	enum tcp_side to = tcp_other_side(segment->from);

	window_episodes_segment(connection, segment);
	delayed_ack_segment(connection, segment);
	if (segment->keep_alive || flow->keep_alives[to].pending)
		keep_alive_segment(connection, segment);
	if (concerns_challenges(connection, segment))
		challenge_ack_segment(connection, segment);
	if (!segment_marks_are_usual(segment) || flow->marks[segment->from].counts_marks)
		segment_marks_segment(connection, segment);
	if (segment->end != segment->sequence ||
	    (segment->packet->tcp.options.has & TCP_HAS_MPTCP) != 0)
		reset_cause_remember(connection, segment);
	if (flow->last_words[to].repeats > 0 && segment->has_ack && !segment->never_arrived &&
	    segment->acknowledgment > connection->ends[to].acked)
		flow->last_words[to].repeats = 0;
	if (flow->reset.frame != 0)
		forged_reset_doubt(connection, segment);
}

void flow_control_conclude(struct tcp_connection *connection)
{
	window_episodes_conclude(connection);
}

bool flow_control_blocks(const struct tcp_connection *connection, enum tcp_side sender)
{
	const struct flow_control_side *side =
		&connection->flow_control.sides[tcp_other_side(sender)];

	return side->closed || side->limited;
}

#define ICMP_MAY_LAG_BYTES 65536 /* the error took a while, and acknowledgements came meanwhile */

/* Forged errors are cheap: only what was outstanding lately can have caused one. */
static bool quotes_what_was_sent(const struct tcp_end *sender, uint32_t sequence)
{
	uint32_t next_raw = sender->base_raw + (uint32_t)sender->next;
	int64_t quoted = sender->next + sequence_distance(next_raw, sequence);

	return sender->numbered && quoted <= sender->next &&
	       (!sender->has_acked || quoted >= sender->acked - ICMP_MAY_LAG_BYTES);
}

static struct tcp_finding *icmp_finding(struct tcp_connection *connection, enum tcp_side side,
					const struct icmp_error *error, int64_t version)
{
	struct tcp_findings *findings = &connection->findings;
	struct tcp_finding *finding = NULL;
	uint32_t kinds = 0;

	for (uint32_t i = 0; i < findings->count; i++) {
		finding = &findings->list[i];
		if (finding->kind != FINDING_ICMP_ERROR)
			continue;
		/* At the ceiling the rest is counted with the last kind. */
		if (++kinds == ICMP_FINDINGS_MAX ||
		    (finding->side == side && finding->values[0] == error->type &&
		     finding->values[1] == error->code))
			return finding;
	}
	finding = findings_add(findings, FINDING_ICMP_ERROR, side, CONFIDENCE_SURE);
	if (!finding)
		return NULL;
	finding->values[0] = error->type;
	finding->values[1] = error->code;
	finding->values[2] = error->next_hop_mtu;
	finding->values[3] = version;
	return finding;
}

/* Fragmentation needed (RFC 792), packet too big (RFC 4443). */
static bool is_too_long(const struct icmp_error *error)
{
	return error->source.version == 4 ? error->type == 3 && error->code == 4 : error->type == 2;
}

void flow_control_icmp(struct tcp_connection *connection, const struct packet *packet)
{
	const struct icmp_error *error = &packet->icmp;
	enum tcp_side side = TCP_CLIENT;
	struct tcp_finding *finding;

	if (error->source_port != connection->ends[TCP_CLIENT].port ||
	    (error->source_port == connection->ends[TCP_SERVER].port &&
	     memcmp(&error->source, &connection->ends[TCP_CLIENT].address, sizeof(error->source)) !=
		     0))
		side = TCP_SERVER;
	finding =
		icmp_finding(connection, side, error,
			     error->source.version | (memcmp(&error->reporter, &error->destination,
							     sizeof(error->reporter)) == 0
							      ? ICMP_BY_DESTINATION
							      : 0));
	finding_happened(finding, packet->frame);
	if (!quotes_what_was_sent(&connection->ends[side], error->sequence)) {
		if (finding)
			finding->confidence = CONFIDENCE_UNSURE;
	} else if (is_too_long(error)) {
		recovery_too_long(connection, side, packet->time_ns, error->next_hop_mtu);
	}
}
