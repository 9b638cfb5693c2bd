#include "tcp_flow/recovery_findings.h"

#include "tcp_flow/connection.h"

/* A SYN-ACK that came again before its timer could send it: the other side's SYN had, too. */
static bool answers_a_syn(const struct tcp_connection *connection,
			  const struct segment_facts *segment)
{
	return segment->cause == CAUSE_UNKNOWN && (segment->flags & TCP_FLAG_SYN) != 0 &&
	       segment->has_ack &&
	       connection->recovery.sides[tcp_other_side(segment->from)].has_resent;
}

static enum tcp_confidence confidence_of(const struct tcp_connection *connection,
					 const struct segment_facts *segment)
{
	enum tcp_cause cause = segment->cause;

	if (cause == CAUSE_UNKNOWN && !answers_a_syn(connection, segment) && !segment->cut_to_fit)
		return CONFIDENCE_UNSURE;
	if (cause == CAUSE_UNKNOWN)
		return CONFIDENCE_LIKELY;
	if (cause == CAUSE_TAIL_LOSS_PROBE || cause == CAUSE_GO_BACK_N)
		return CONFIDENCE_LIKELY;
	return CONFIDENCE_SURE;
}

static bool by_duplicates(enum tcp_cause cause)
{
	return cause == CAUSE_FAST || cause == CAUSE_SACK;
}

/* One for each side, whatever repaired it. */
void recovery_found_loss(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct tcp_findings *findings = &connection->findings;
	struct tcp_finding *finding = findings_find(findings, FINDING_NETWORK_LOSS, segment->from);
	enum tcp_confidence confidence = confidence_of(connection, segment);

	if (!finding) {
		finding = findings_add(findings, FINDING_NETWORK_LOSS, segment->from, confidence);
		if (!finding)
			return;
		finding->cause = segment->cause;
	} else if (finding->cause != segment->cause) {
		finding->cause = by_duplicates(finding->cause) && by_duplicates(segment->cause)
					 ? CAUSE_SACK
					 : CAUSE_UNKNOWN;
	}
	if (confidence > finding->confidence)
		finding->confidence = confidence;
	finding_happened(finding, segment->packet->frame);
	finding->values[0] += segment->new_space;
}

void recovery_found_resend(struct tcp_connection *connection, const struct segment_facts *segment,
			   int64_t waited_ns)
{
	const struct recovery_side *side = &connection->recovery.sides[segment->from];
	enum tcp_confidence confidence = confidence_of(connection, segment);
	struct tcp_finding *finding;

	/* FINDING_FORMER_CONNECTION tells why. */
	if (segment->cause == CAUSE_UNKNOWN && segment->reopens)
		return;
	finding = findings_gather(&connection->findings, FINDING_RETRANSMISSION, segment->from,
				  segment->cause);
	if (!finding)
		return;
	if (confidence > finding->confidence)
		finding->confidence = confidence;
	finding_happened(finding, segment->packet->frame);
	if (waited_ns > finding->values[0])
		finding->values[0] = waited_ns;
	if (answers_a_syn(connection, segment))
		finding->values[1]++;
	else if (segment->cut_to_fit)
		finding->values[2]++;
	if (segment->cause == CAUSE_TIMEOUT && side->timeouts > finding->values[1])
		finding->values[1] = side->timeouts;
}
