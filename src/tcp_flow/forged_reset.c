#include "tcp_flow/forged_reset.h"

#include <stdlib.h>

#include "tcp_flow/connection.h"

#define EVEN_STEP_MAX 16u /* between the identifications of two segments in a row */
#define ID_LEAP 1024u     /* a step that one machine does not make between two segments */
#define WINDOW_LEAP 8u    /* times larger or smaller */
#define SCORE_FOR_LIKELY 3u
#define SCORE_FOR_UNSURE 2u

/* The identifications of its latest two segments follow each other; this one does not follow. */
static bool id_is_odd(const struct recent_packets *recent, const struct ip_header *ip)
{
	const struct recent_packet *latest = recent_packets_at(recent, 0);
	const struct recent_packet *before = recent_packets_at(recent, 1);
	uint16_t step = (uint16_t)(latest->identification - before->identification);

	/* Linux answers for no socket with 0. */
	if (ip->source.version != 4 || ip->identification == 0 || !before->used || !latest->used ||
	    ((latest->flags | before->flags) & TCP_FLAG_RST) != 0)
		return false;
	return step > 0 && step <= EVEN_STEP_MAX &&
	       (uint16_t)(ip->identification - latest->identification) > ID_LEAP;
}

static bool window_is_odd(const struct recent_packet *latest, const struct segment_facts *segment)
{
	uint32_t window = segment->packet->tcp.window;
	uint32_t usual = latest->window;

	if (window == 0)
		return false;
	/* An answer for no socket has no window to announce. */
	if (!segment->has_ack)
		return true;
	/* That of a SYN is not scaled: nothing to compare with. */
	if (!latest->used || (latest->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)) != 0)
		return false;
	return usual != 0 && (window > usual * WINDOW_LEAP || window * WINDOW_LEAP < usual);
}

static uint8_t signs_of(const struct tcp_connection *connection,
			const struct segment_facts *segment)
{
	const struct tcp_end *sender = &connection->ends[segment->from];
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(segment->from)];
	const struct packet *packet = segment->packet;
	unsigned signs = 0;

	if (sender->time_to_live != 0 &&
	    abs((int)packet->ip.time_to_live - (int)sender->time_to_live) > 1)
		signs |= RESET_SIGN_TTL;
	if (id_is_odd(&sender->recent, &packet->ip))
		signs |= RESET_SIGN_IP_ID;
	if (window_is_odd(recent_packets_at(&sender->recent, 0), segment))
		signs |= RESET_SIGN_WINDOW;
	if (connection->flow_control.reset.is_inexact)
		signs |= RESET_SIGN_SEQUENCE;
	if (segment->has_ack && (sender->offer.has & receiver->offer.has & TCP_HAS_TIMESTAMPS) &&
	    (packet->tcp.options.has & TCP_HAS_TIMESTAMPS) == 0)
		signs |= RESET_SIGN_OPTIONS;
	return (uint8_t)signs;
}

/* How much they weigh together: the way through the network is the hardest to imitate. */
static unsigned score(uint8_t signs)
{
	static const struct {
		uint8_t sign;
		uint8_t weight;
	} weights[] = { { RESET_SIGN_TTL, 2 },
			{ RESET_SIGN_IP_ID, 1 },
			{ RESET_SIGN_WINDOW, 1 },
			{ RESET_SIGN_SEQUENCE, 1 },
			{ RESET_SIGN_OPTIONS, 1 } };
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		sum += (signs & weights[i].sign) != 0 ? weights[i].weight : 0;
	return sum;
}

void forged_reset_note(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct reset_notes *notes = &connection->flow_control.reset;
	const struct tcp_end *sender = &connection->ends[segment->from];

	*notes = (struct reset_notes){
		.frame = segment->packet->frame,
		.from = segment->from,
		.time_to_live = segment->packet->ip.time_to_live,
		.sequence = segment->sequence > sender->next ? segment->sequence : sender->next,
		.off_by = segment->sequence - sender->next,
		.is_inexact = sender->has_acked && segment->sequence != sender->acked &&
			      segment->sequence != sender->in_order &&
			      segment->sequence != sender->next,
	};
	notes->signs = signs_of(connection, segment);
}

static void tell_signs(const struct tcp_connection *connection, struct tcp_finding *finding)
{
	const struct reset_notes *notes = &connection->flow_control.reset;

	finding->values[0] = notes->signs;
	finding->values[1] = notes->time_to_live;
	finding->values[2] = connection->ends[notes->from].time_to_live;
}

bool forged_reset_judge(struct tcp_connection *connection, const struct segment_facts *segment)
{
	unsigned points = score(connection->flow_control.reset.signs);
	struct tcp_finding *finding;

	if (points < SCORE_FOR_UNSURE)
		return false;
	finding = findings_add(&connection->findings, FINDING_RESET_NOT_FROM_PEER, segment->from,
			       points < SCORE_FOR_LIKELY ? CONFIDENCE_UNSURE : CONFIDENCE_LIKELY);
	finding_happened(finding, segment->packet->frame);
	if (finding)
		tell_signs(connection, finding);
	return points >= SCORE_FOR_LIKELY;
}

/* What was made of the RST when it came, and its frame is in. */
static struct tcp_finding *former_verdict(struct tcp_connection *connection)
{
	struct tcp_findings *findings = &connection->findings;
	uint64_t frame = connection->flow_control.reset.frame;

	for (uint32_t i = 0; i < findings->count; i++) {
		struct tcp_finding *finding = &findings->list[i];

		if (finding->kind < FINDING_RESET_UNREAD_DATA ||
		    finding->kind > FINDING_RESET_UNEXPLAINED)
			continue;
		for (uint32_t k = 0; k < finding->frame_count; k++) {
			if (finding->frames[k] == frame)
				return finding;
		}
	}
	return NULL;
}

/* Takes back all that was made of it. */
static void withdraw(struct tcp_connection *connection)
{
	struct tcp_findings *findings = &connection->findings;
	struct tcp_finding *finding;

	while ((finding = former_verdict(connection)) != NULL)
		*finding = findings->list[--findings->count];
}

struct tcp_finding *forged_reset_refused(struct tcp_connection *connection, enum tcp_side from,
					 uint64_t frame, int64_t off_by, enum reset_refusal why)
{
	struct tcp_findings *findings = &connection->findings;
	struct tcp_finding *finding = NULL;

	for (uint32_t i = 0; i < findings->count && !finding; i++) {
		struct tcp_finding *one = &findings->list[i];

		if (one->kind == FINDING_RESET_OUT_OF_WINDOW && one->side == from &&
		    one->values[1] == (int64_t)why)
			finding = one;
	}
	if (!finding)
		finding = findings_add(findings, FINDING_RESET_OUT_OF_WINDOW, from,
				       why == REFUSED_ANSWER ? CONFIDENCE_LIKELY : CONFIDENCE_SURE);
	if (why == REFUSED_ANSWER)
		finding_frame(finding, connection->ends[tcp_other_side(from)].last_frame);
	finding_happened(finding, frame);
	if (finding) {
		finding->values[0] = off_by;
		finding->values[1] = (int64_t)why;
	}
	return finding;
}

/* RFC 5961 section 3.2: its receiver asked back, or took no notice. */
static void refuse(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct reset_notes *notes = &connection->flow_control.reset;
	const struct challenge *challenge = &connection->flow_control.challenge;
	bool answer_is_to_come = challenge->cause == CHALLENGE_RST &&
				 challenge->frame == notes->frame && challenge->ack_frame == 0;
	struct tcp_finding *finding;

	withdraw(connection);
	finding = forged_reset_refused(connection, notes->from, notes->frame, notes->off_by,
				       REFUSED_IN_WINDOW);
	if (!answer_is_to_come)
		finding_frame(finding, segment->packet->frame);
	notes->frame = 0;
}

static void disown(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct reset_notes *notes = &connection->flow_control.reset;
	struct tcp_finding *finding;

	withdraw(connection);
	notes->signs |= RESET_SIGN_WENT_ON;
	finding = findings_add(&connection->findings, FINDING_RESET_NOT_FROM_PEER, notes->from,
			       CONFIDENCE_SURE);
	finding_happened(finding, notes->frame);
	finding_frame(finding, segment->packet->frame);
	if (finding)
		tell_signs(connection, finding);
}

void forged_reset_doubt(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct reset_notes *notes = &connection->flow_control.reset;

	if ((segment->flags & TCP_FLAG_RST) != 0)
		return;
	if (segment->from != notes->from) {
		if (notes->is_inexact && connection->closing.refuted_frame == notes->frame)
			refuse(connection, segment);
		return;
	}
	if ((notes->signs & RESET_SIGN_WENT_ON) == 0 && (segment->flags & TCP_FLAG_SYN) == 0 &&
	    segment->new_space > 0 && segment->sequence >= notes->sequence)
		disown(connection, segment);
}
