#include "tcp_flow/opening.h"

#include "tcp_flow/connection.h"

/* A slower first answer measures no way there and back. */
#define ANSWER_MAX_NS INT64_C(500000000)
#define NS_PER_US INT64_C(1000)
#define ANSWER_JITTER_NS INT64_C(1000000)

static void note_answer(struct opening *opening, int64_t now_ns)
{
	int64_t answer_ns = recovery_elapsed_ns(opening->last_syn_ns, now_ns);

	if (answer_ns <= ANSWER_MAX_NS)
		opening->answer_us = (uint32_t)((answer_ns + NS_PER_US - 1) / NS_PER_US);
}

static void note_syn(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct opening *opening = &connection->opening;
	uint64_t frame = segment->packet->frame;

	if (segment->has_ack) {
		opening->has_syn_ack = true;
		opening->syn_ack_count++;
		opening->last_syn_ack_frame = frame;
		if (opening->syn_ack_count == 1 && opening->has_syn)
			note_answer(opening, segment->packet->time_ns);
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
	if (segment->reopens && opening->reopen_count < UINT8_MAX)
		opening->reopen_count++;
	opening->last_syn_frame = frame;
	if (opening->has_syn_ack)
		opening->syn_after_syn_ack = true;
	opening->last_syn_ns = segment->packet->time_ns;
	if (opening->syn_frame == 0) {
		opening->syn_frame = frame;
		opening->first_syn_ns = segment->packet->time_ns;
	}
}

/* TCP Fast Open: the server took the data of the SYN, and needs no ACK to answer them. */
static bool goes_ahead(const struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct opening *opening = &connection->opening;
	const struct tcp_end *client = &connection->ends[TCP_CLIENT];

	return segment->from == TCP_SERVER && opening->has_syn && opening->has_syn_ack &&
	       !opening->server_syn && client->acked > 1 && client->next == client->acked &&
	       segment->acknowledgment == client->acked;
}

void opening_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct opening *opening = &connection->opening;

	if (opening->is_over)
		return;
	if ((segment->flags & TCP_FLAG_RST) != 0) {
		if (segment->rst_accepted && !segment->never_arrived &&
		    segment->from == TCP_SERVER && opening->has_syn && !opening->has_syn_ack)
			opening->refused_frame = segment->packet->frame;
		return;
	}
	if ((segment->flags & TCP_FLAG_SYN) != 0) {
		note_syn(connection, segment);
		return;
	}
	if (!segment->has_ack || goes_ahead(connection, segment))
		return;
	opening->is_over = true;
	opening->ack_frame = segment->packet->frame;
	if (segment->from == TCP_CLIENT)
		opening->client_acked = true;
	/* The server goes on once it has the client's ACK: if it is the first, that one is missing.
	 */
	if (opening->has_syn && opening->has_syn_ack &&
	    (segment->from == TCP_CLIENT || opening->server_syn)) {
		opening->has_rtt = true;
		opening->rtt_ns = segment->packet->time_ns - opening->last_syn_ns;
	}
}

bool opening_answers_again(const struct tcp_connection *connection,
			   const struct segment_facts *segment)
{
	const struct opening *opening = &connection->opening;
	int64_t answer_ns = opening->answer_us * NS_PER_US;
	int64_t since_syn_ns = recovery_elapsed_ns(opening->last_syn_ns, segment->packet->time_ns);

	return segment->has_ack && segment->from == TCP_SERVER && !opening->is_over &&
	       opening->syn_after_syn_ack && answer_ns > 0 &&
	       since_syn_ns >= (answer_ns - ANSWER_JITTER_NS) / 2 &&
	       since_syn_ns <= answer_ns * 3 / 2 + ANSWER_JITTER_NS;
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
	if (opening->syn_count > 1u + opening->reopen_count &&
	    opening->kind != OPENING_UNANSWERED) {
		finding = findings_add(&connection->findings, FINDING_SYN_RETRY, TCP_CLIENT,
				       CONFIDENCE_SURE);
		if (finding) {
			finding->count = opening->syn_count - 1 - opening->reopen_count;
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

static void find_reuse(struct tcp_connection *connection)
{
	struct tcp_finding *finding;

	if (!connection->reuses_ports)
		return;
	finding = findings_add(&connection->findings, FINDING_PORT_REUSE, TCP_BOTH_SIDES,
			       CONFIDENCE_SURE);
	if (!finding)
		return;
	finding->count = 1;
	finding->values[0] = (int64_t)connection->former_number;
	finding_frame(finding, connection->first_frame);
}

void opening_conclude(struct tcp_connection *connection)
{
	struct opening *opening = &connection->opening;
	struct tcp_finding *finding = NULL;

	opening->kind = opening_kind(connection);
	find_retries(connection);
	find_reuse(connection);
	switch (opening->kind) {
	case OPENING_REFUSED:
		finding = findings_add(&connection->findings, FINDING_REFUSED, TCP_SERVER,
				       CONFIDENCE_SURE);
		finding_frame(finding, opening->syn_frame);
		finding_frame(finding, opening->refused_frame);
		break;
	case OPENING_UNANSWERED:
		/* Something answered, but for another connection: FINDING_FORMER_CONNECTION. */
		if (connection->former)
			break;
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
