#include "tcp_flow/opening.h"

#include "tcp_flow/connection.h"

static void note_syn(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct opening *opening = &connection->opening;
	uint64_t frame = segment->packet->frame;

	if (segment->has_ack) {
		opening->has_syn_ack = true;
		opening->syn_ack_count++;
		opening->last_syn_ack_frame = frame;
		if (opening->syn_ack_frame == 0)
			opening->syn_ack_frame = frame;
		return;
	}
	if (segment->from == TCP_SERVER) {
		opening->server_syn = true;
		if (opening->syn_ack_frame == 0)
			opening->syn_ack_frame = frame;
		return;
	}
	opening->has_syn = true;
	opening->syn_count++;
	opening->last_syn_frame = frame;
	if (opening->has_syn_ack)
		opening->syn_after_syn_ack = true;
	opening->last_syn_ns = segment->packet->time_ns;
	if (opening->syn_frame == 0) {
		opening->syn_frame = frame;
		opening->first_syn_ns = segment->packet->time_ns;
	}
}

void opening_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct opening *opening = &connection->opening;

	if (opening->is_over)
		return;
	if ((segment->flags & TCP_FLAG_RST) != 0) {
		if (segment->rst_accepted && segment->from == TCP_SERVER && opening->has_syn &&
		    !opening->has_syn_ack)
			opening->refused_frame = segment->packet->frame;
		return;
	}
	if ((segment->flags & TCP_FLAG_SYN) != 0) {
		note_syn(connection, segment);
		return;
	}
	if (!segment->has_ack)
		return;
	opening->is_over = true;
	opening->ack_frame = segment->packet->frame;
	if (segment->from == TCP_CLIENT)
		opening->client_acked = true;
	if (opening->has_syn && opening->has_syn_ack) {
		opening->has_rtt = true;
		opening->rtt_ns = segment->packet->time_ns - opening->last_syn_ns;
	}
}

enum tcp_opening opening_kind(const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;

	if (!opening->has_syn)
		return OPENING_MIDSTREAM;
	if (opening->server_syn)
		return OPENING_SIMULTANEOUS;
	if (opening->is_over)
		return OPENING_HANDSHAKE;
	if (opening->refused_frame != 0)
		return OPENING_REFUSED;
	return opening->has_syn_ack ? OPENING_HALF : OPENING_UNANSWERED;
}

/* The SYN was sent again: was it lost, or its answer? */
static void find_retries(struct tcp_connection *connection)
{
	struct opening *opening = &connection->opening;
	struct tcp_finding *finding;

	/* Where both opened, each side's SYN-ACK repeats its SYN without being a retry. */
	if (opening->kind == OPENING_SIMULTANEOUS)
		return;
	if (opening->syn_count > 1 && opening->kind != OPENING_UNANSWERED) {
		finding = findings_add(&connection->findings, FINDING_SYN_RETRY, TCP_CLIENT,
				       CONFIDENCE_SURE);
		if (finding) {
			finding->count = opening->syn_count - 1;
			finding->values[0] = finding->count;
			finding->values[1] = opening->last_syn_ns - opening->first_syn_ns;
			finding_frame(finding, opening->syn_frame);
			finding_frame(finding, opening->last_syn_frame);
		}
	}
	/* It had answered before the client asked again: the answer did not arrive. */
	if (opening->syn_ack_count > 1 || opening->syn_after_syn_ack) {
		finding = findings_add(&connection->findings, FINDING_LOST_SYN_ACK, TCP_SERVER,
				       opening->syn_after_syn_ack ? CONFIDENCE_SURE
								  : CONFIDENCE_LIKELY);
		if (finding) {
			finding->count = 1;
			finding_frame(finding, opening->syn_ack_frame);
			finding_frame(finding, opening->last_syn_ack_frame);
		}
	}
}

void opening_conclude(struct tcp_connection *connection)
{
	struct opening *opening = &connection->opening;
	struct tcp_finding *finding = NULL;

	opening->kind = opening_kind(connection);
	find_retries(connection);
	switch (opening->kind) {
	case OPENING_REFUSED:
		finding = findings_add(&connection->findings, FINDING_REFUSED, TCP_SERVER,
				       CONFIDENCE_SURE);
		finding_frame(finding, opening->syn_frame);
		finding_frame(finding, opening->refused_frame);
		break;
	case OPENING_UNANSWERED:
		finding = findings_add(&connection->findings, FINDING_UNANSWERED, TCP_SERVER,
				       CONFIDENCE_SURE);
		if (finding) {
			finding->values[0] = opening->syn_count;
			finding->values[1] = opening->last_syn_ns - opening->first_syn_ns;
		}
		finding_frame(finding, opening->syn_frame);
		if (opening->syn_count > 1)
			finding_frame(finding, opening->last_syn_frame);
		break;
	case OPENING_SIMULTANEOUS:
		finding = findings_add(&connection->findings, FINDING_SIMULTANEOUS_OPEN,
				       TCP_BOTH_SIDES, CONFIDENCE_SURE);
		finding_frame(finding, opening->syn_frame);
		finding_frame(finding, opening->syn_ack_frame);
		break;
	case OPENING_MIDSTREAM:
	case OPENING_HANDSHAKE:
	case OPENING_HALF:
	case OPENING_COUNT:
		break;
	}
	if (finding)
		finding->count = 1;
}
