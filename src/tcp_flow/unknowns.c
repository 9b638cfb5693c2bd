#include "tcp_flow/unknowns.h"

#include "tcp_flow/connection.h"

void unknowns_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	struct tcp_findings *findings = &connection->findings;
	enum tcp_side from = segment->from;

	if (packet->captured_payload < packet->payload_length)
		finding_happened(findings_gather(findings, FINDING_CUT_SHORT, from, CAUSE_NONE),
				 packet->frame);
	if (packet->checksum == CHECKSUM_BAD || packet->ip.checksum == CHECKSUM_BAD)
		finding_happened(findings_gather(findings, FINDING_CHECKSUM_BAD, from, CAUSE_NONE),
				 packet->frame);
	else if (packet->checksum == CHECKSUM_OFFLOADED ||
		 packet->ip.checksum == CHECKSUM_OFFLOADED)
		finding_happened(
			findings_gather(findings, FINDING_CHECKSUM_OFFLOADED, from, CAUSE_NONE),
			packet->frame);
	if (segment->since_last_ns < 0) {
		struct tcp_finding *finding = findings_gather(findings, FINDING_TIME_BACKWARDS,
							      TCP_BOTH_SIDES, CAUSE_NONE);

		finding_happened(finding, packet->frame);
		if (finding && -segment->since_last_ns > finding->values[0])
			finding->values[0] = -segment->since_last_ns;
	}
}

/* Larger than its receiver said it would take: put together, or not yet taken apart, by a card. */
static void find_offload(struct tcp_connection *connection, enum tcp_side from)
{
	const struct tcp_end *sender = &connection->ends[from];
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];
	struct tcp_finding *finding;

	if (!receiver->offer.seen || (receiver->offer.has & TCP_HAS_MSS) == 0 ||
	    sender->largest_payload <= receiver->offer.mss)
		return;
	finding = findings_add(&connection->findings, FINDING_OFFLOADED, from, CONFIDENCE_SURE);
	if (!finding)
		return;
	finding->count = 1;
	finding->values[0] = sender->largest_payload;
	finding->values[1] = receiver->offer.mss;
	finding_frame(finding, sender->largest_frame);
}

static void find_one_direction(struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;
	struct tcp_finding *finding = NULL;
	enum tcp_side missing = connection->ends[TCP_CLIENT].sends ? TCP_SERVER : TCP_CLIENT;
	const struct tcp_end *seen = &connection->ends[tcp_other_side(missing)];

	if (connection->to_itself)
		return;
	if (!connection->ends[missing].sends) {
		/* A SYN that nobody answered misses nothing; an acknowledgement answers somebody.
		 */
		if (opening->kind == OPENING_UNANSWERED || !seen->sent_ack)
			return;
		finding = findings_add(&connection->findings, FINDING_ONE_DIRECTION, missing,
				       CONFIDENCE_SURE);
		finding_frame(finding, connection->first_frame);
	} else if (opening->kind == OPENING_HANDSHAKE && !opening->has_syn_ack) {
		finding = findings_add(&connection->findings, FINDING_ONE_DIRECTION, TCP_SERVER,
				       CONFIDENCE_SURE);
		finding_frame(finding, opening->syn_frame);
		finding_frame(finding, opening->ack_frame);
	}
	if (finding)
		finding->count = 1;
}

/* What came twice by the receiver's word too, and was not sent twice, the network doubled. */
static void tell_captured_twice(const struct tcp_connection *connection, enum tcp_side side,
				struct tcp_finding *finding)
{
	uint32_t doubles = connection->recovery.sides[side].unexplained_doubles;

	finding->count = (uint32_t)connection->ends[side].captured_twice;
	finding->values[0] = doubles;
	if (doubles > 0)
		finding->confidence = CONFIDENCE_LIKELY;
}

void unknowns_conclude(struct tcp_connection *connection)
{
	struct tcp_finding *finding;

	if (connection->opening.kind == OPENING_MIDSTREAM) {
		finding = findings_add(&connection->findings, FINDING_MIDSTREAM, TCP_BOTH_SIDES,
				       CONFIDENCE_SURE);
		finding_happened(finding, connection->first_frame);
	}
	find_one_direction(connection);
	find_offload(connection, TCP_CLIENT);
	find_offload(connection, TCP_SERVER);
	for (unsigned side = 0; side < 2; side++) {
		const struct tcp_end *end = &connection->ends[side];

		if (end->captured_twice > 0) {
			finding = findings_gather(&connection->findings, FINDING_CAPTURED_TWICE,
						  (enum tcp_side)side, CAUSE_NONE);
			if (finding)
				tell_captured_twice(connection, (enum tcp_side)side, finding);
			finding_frame(finding, end->first_twice_frame);
		}
		if (end->seen.forced)
			finding_happened(findings_gather(&connection->findings, FINDING_TRACK_LIMIT,
							 (enum tcp_side)side, CAUSE_NONE),
					 end->last_frame);
	}
	if (connection->evicted)
		finding_happened(findings_add(&connection->findings, FINDING_EVICTED,
					      TCP_BOTH_SIDES, CONFIDENCE_SURE),
				 connection->last_frame);
}
