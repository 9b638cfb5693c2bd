#include "tcp_flow/segment_labels.h"

#include <stdbool.h>
#include <stddef.h>

#include "tcp_flow/connection.h"
#include "tcp_flow/loss_notes.h"

#define CONTROL_FLAGS (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)

#define RESENT_LABELS                                                                              \
	(TCP_LABEL_BIT(LABEL_RETRANSMISSION) | TCP_LABEL_BIT(LABEL_FAST_RETRANSMISSION) |          \
	 TCP_LABEL_BIT(LABEL_SPURIOUS_RETRANSMISSION))

/* Duplicate ACKs ask for this very segment: two are enough for the name, as everywhere. */
#define DUPLICATES_THAT_ASK 2u

static uint32_t acknowledgment_label(const struct recovery_verdict *verdict)
{
	switch (verdict->ack) {
	case RECOVERY_ACK_DUPLICATE:
		return TCP_LABEL_BIT(LABEL_DUPLICATE_ACK);
	case RECOVERY_ACK_WINDOW:
		return TCP_LABEL_BIT(LABEL_WINDOW_UPDATE);
	case RECOVERY_ACK_KEEP_ALIVE:
		return TCP_LABEL_BIT(LABEL_KEEP_ALIVE_ACK);
	case RECOVERY_ACK_PROBE:
		return TCP_LABEL_BIT(LABEL_ZERO_WINDOW_PROBE_ACK);
	case RECOVERY_ACK_NONE:
	case RECOVERY_ACK_NEW:
	case RECOVERY_ACK_OLD:
	case RECOVERY_ACK_D_SACK:
		break;
	}
	return 0;
}

static bool is_window_full(const struct tcp_connection *connection,
			   const struct segment_facts *segment)
{
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(segment->from)];
	const struct tcp_end *sender = &connection->ends[segment->from];

	if (segment->length == 0 || (segment->flags & CONTROL_FLAGS) != 0 || !sender->has_acked ||
	    receiver->window < 0)
		return false;
	return segment->end == sender->acked + receiver->window;
}

static bool is_asked_for_by_duplicates(const struct tcp_connection *connection,
				       const struct segment_facts *segment)
{
	const struct tcp_end *sender = &connection->ends[segment->from];

	return sender->has_acked && segment->sequence == sender->acked &&
	       connection->recovery.sides[segment->from].duplicate_acks >= DUPLICATES_THAT_ASK;
}

static uint32_t data_label(const struct tcp_connection *connection,
			   const struct segment_facts *segment)
{
	const struct recovery_verdict *verdict = &connection->recovery.latest;

	if (verdict->was_late)
		return TCP_LABEL_BIT(LABEL_OUT_OF_ORDER);
	switch (segment->cause) {
	case CAUSE_NONE:
		return 0;
	case CAUSE_NEEDLESS:
		return TCP_LABEL_BIT(LABEL_SPURIOUS_RETRANSMISSION);
	case CAUSE_FAST:
		return TCP_LABEL_BIT(LABEL_FAST_RETRANSMISSION);
	case CAUSE_SACK:
		if (is_asked_for_by_duplicates(connection, segment))
			return TCP_LABEL_BIT(LABEL_FAST_RETRANSMISSION);
		break;
	case CAUSE_TAIL_LOSS_PROBE:
	case CAUSE_TIMEOUT:
	case CAUSE_GO_BACK_N:
	case CAUSE_UNKNOWN:
	case CAUSE_COUNT:
		break;
	}
	return TCP_LABEL_BIT(LABEL_RETRANSMISSION);
}

static bool is_reused_ports(const struct tcp_connection *connection,
			    const struct segment_facts *segment)
{
	return (segment->flags & TCP_FLAG_SYN) != 0 && !segment->has_ack &&
	       connection->first_frame == segment->packet->frame && connection->reuses_ports;
}

uint32_t segment_labels(const struct tcp_connection *connection,
			const struct segment_facts *segment)
{
	const struct recovery_verdict *verdict = &connection->recovery.latest;
	bool is_closed = segment->packet->tcp.window == 0 && (segment->flags & CONTROL_FLAGS) == 0;
	uint32_t labels = 0;

	/* Of another connection's numbers; or nothing that was sent. */
	if (segment->captured_twice || segment->stray_syn)
		return 0;
	if (is_closed && !(segment->window_probe && segment->length > 0))
		labels |= TCP_LABEL_BIT(LABEL_ZERO_WINDOW);
	if (segment->window_probe)
		return labels | TCP_LABEL_BIT(LABEL_ZERO_WINDOW_PROBE);
	if (segment->keep_alive)
		return labels | TCP_LABEL_BIT(LABEL_KEEP_ALIVE);
	if (verdict->skips)
		labels |= TCP_LABEL_BIT(LABEL_LOST_SEGMENT);
	if (is_window_full(connection, segment))
		labels |= TCP_LABEL_BIT(LABEL_WINDOW_FULL);
	labels |= acknowledgment_label(verdict);
	/* Both: it asks again, and it announces another window. */
	if (verdict->ack == RECOVERY_ACK_DUPLICATE && verdict->window_changed &&
	    segment->packet->tcp.window != 0)
		labels |= TCP_LABEL_BIT(LABEL_WINDOW_UPDATE);
	if (verdict->unseen_acked)
		labels |= TCP_LABEL_BIT(LABEL_ACK_LOST_SEGMENT);
	labels |= data_label(connection, segment);
	if (is_reused_ports(connection, segment))
		labels |= TCP_LABEL_BIT(LABEL_REUSED_PORTS);
	return labels;
}

/* One segment on which the labels differ. */
struct difference {
	const struct tcp_connection *connection;
	const struct segment_facts *segment;
	const struct recovery_verdict *verdict;
	uint32_t ours;   /* labels that only we set */
	uint32_t theirs; /* labels that only tshark sets */
};

static bool only_ours(const struct difference *it, enum tcp_label label)
{
	return (it->ours & TCP_LABEL_BIT(label)) != 0;
}

static bool only_theirs(const struct difference *it, enum tcp_label label)
{
	return (it->theirs & TCP_LABEL_BIT(label)) != 0;
}

static bool of_twice(const struct difference *it)
{
	return it->segment->captured_twice;
}

static bool of_half_open(const struct difference *it)
{
	return only_theirs(it, LABEL_REUSED_PORTS) || only_ours(it, LABEL_REUSED_PORTS) ||
	       it->segment->stray_syn;
}

static bool of_simultaneous(const struct difference *it)
{
	return it->verdict->simultaneous ||
	       (it->connection->opening.server_syn && !it->connection->opening.is_over);
}

static bool is_over_for(const struct difference *it, enum tcp_side side)
{
	enum tcp_state state = it->segment->before[side];

	return state == TCP_CLOSED || state == TCP_TIME_WAIT;
}

static bool of_ended(const struct difference *it)
{
	enum tcp_side from = it->segment->from;

	return (only_theirs(it, LABEL_KEEP_ALIVE) && is_over_for(it, from)) ||
	       (only_theirs(it, LABEL_KEEP_ALIVE_ACK) && is_over_for(it, tcp_other_side(from)));
}

static bool of_probe(const struct difference *it)
{
	return only_ours(it, LABEL_ZERO_WINDOW_PROBE) ||
	       only_ours(it, LABEL_ZERO_WINDOW_PROBE_ACK) ||
	       (only_theirs(it, LABEL_KEEP_ALIVE_ACK) && it->verdict->ack != RECOVERY_ACK_NEW);
}

static bool of_one_byte(const struct difference *it)
{
	return only_theirs(it, LABEL_KEEP_ALIVE) && it->segment->length == 1;
}

static bool of_reordered(const struct difference *it)
{
	return only_ours(it, LABEL_OUT_OF_ORDER);
}

static bool of_fin(const struct difference *it)
{
	return only_ours(it, LABEL_SPURIOUS_RETRANSMISSION) &&
	       (it->segment->flags & TCP_FLAG_FIN) != 0;
}

static bool of_sacked(const struct difference *it)
{
	const struct tcp_end *sender = &it->connection->ends[it->segment->from];

	return only_ours(it, LABEL_SPURIOUS_RETRANSMISSION) &&
	       (!sender->has_acked || it->segment->end > sender->acked);
}

static bool of_old_ack(const struct difference *it)
{
	return only_ours(it, LABEL_SPURIOUS_RETRANSMISSION) || it->verdict->ack == RECOVERY_ACK_OLD;
}

static bool of_fast(const struct difference *it)
{
	return only_ours(it, LABEL_FAST_RETRANSMISSION);
}

static bool of_counter(const struct difference *it)
{
	return only_theirs(it, LABEL_FAST_RETRANSMISSION) &&
	       it->connection->recovery.sides[it->segment->from].duplicate_acks == 0;
}

static bool of_not_asked(const struct difference *it)
{
	return only_theirs(it, LABEL_FAST_RETRANSMISSION);
}

static bool of_resend(const struct difference *it)
{
	if (only_ours(it, LABEL_RETRANSMISSION) && (it->theirs & RESENT_LABELS) == 0 &&
	    !only_theirs(it, LABEL_OUT_OF_ORDER))
		return true;
	return only_theirs(it, LABEL_OUT_OF_ORDER) && it->segment->repeats;
}

static bool of_lost_before(const struct difference *it)
{
	return only_theirs(it, LABEL_OUT_OF_ORDER) && (it->ours & RESENT_LABELS) != 0;
}

static bool of_sack_news(const struct difference *it)
{
	return only_ours(it, LABEL_DUPLICATE_ACK) && it->verdict->sack_news;
}

static bool of_d_sack(const struct difference *it)
{
	return only_theirs(it, LABEL_DUPLICATE_ACK) && it->verdict->d_sack;
}

static bool of_syn_window(const struct difference *it)
{
	return (only_ours(it, LABEL_WINDOW_UPDATE) && only_theirs(it, LABEL_DUPLICATE_ACK)) ||
	       (only_theirs(it, LABEL_WINDOW_UPDATE) && only_ours(it, LABEL_DUPLICATE_ACK));
}

static bool of_told_before(const struct difference *it)
{
	enum tcp_side sender = tcp_other_side(it->segment->from);
	const struct loss_notes *notes = it->connection->recovery.sides[sender].losses;

	return only_theirs(it, LABEL_ACK_LOST_SEGMENT) && notes && notes->unseen_bytes > 0;
}

static bool of_edge(const struct difference *it)
{
	return only_theirs(it, LABEL_ACK_LOST_SEGMENT);
}

static bool of_unseen(const struct difference *it)
{
	return only_ours(it, LABEL_ACK_LOST_SEGMENT);
}

static bool of_window(const struct difference *it)
{
	return only_ours(it, LABEL_WINDOW_FULL) || only_theirs(it, LABEL_WINDOW_FULL);
}

static bool of_closed(const struct difference *it)
{
	return only_ours(it, LABEL_ZERO_WINDOW) || only_theirs(it, LABEL_ZERO_WINDOW);
}

/* An old acknowledgement that came late takes tshark's own count back, and misleads it after. */
static bool of_older_ack(const struct difference *it)
{
	uint32_t repeated = TCP_LABEL_BIT(LABEL_WINDOW_UPDATE) | TCP_LABEL_BIT(LABEL_DUPLICATE_ACK);

	return ((it->ours | it->theirs) & repeated) != 0;
}

/* The first that applies is the reason. */
static const struct {
	bool (*applies)(const struct difference *it);
	enum label_difference reason;
} reasons[] = {
	{ of_twice, LABELS_DIFFER_TWICE },
	{ of_simultaneous, LABELS_DIFFER_SIMULTANEOUS },
	{ of_half_open, LABELS_DIFFER_HALF_OPEN },
	{ of_ended, LABELS_DIFFER_ENDED },
	{ of_probe, LABELS_DIFFER_PROBE },
	{ of_one_byte, LABELS_DIFFER_ONE_BYTE },
	{ of_reordered, LABELS_DIFFER_REORDERED },
	{ of_fin, LABELS_DIFFER_FIN },
	{ of_sacked, LABELS_DIFFER_SACKED },
	{ of_counter, LABELS_DIFFER_COUNTER },
	{ of_old_ack, LABELS_DIFFER_OLD_ACK },
	{ of_fast, LABELS_DIFFER_FAST },
	{ of_not_asked, LABELS_DIFFER_NOT_ASKED },
	{ of_resend, LABELS_DIFFER_RESEND },
	{ of_lost_before, LABELS_DIFFER_LOST_BEFORE },
	{ of_sack_news, LABELS_DIFFER_SACK_NEWS },
	{ of_d_sack, LABELS_DIFFER_D_SACK },
	{ of_syn_window, LABELS_DIFFER_SYN_WINDOW },
	{ of_told_before, LABELS_DIFFER_TOLD_BEFORE },
	{ of_edge, LABELS_DIFFER_EDGE },
	{ of_unseen, LABELS_DIFFER_UNSEEN },
	{ of_window, LABELS_DIFFER_WINDOW },
	{ of_closed, LABELS_DIFFER_CLOSED },
	{ of_older_ack, LABELS_DIFFER_OLD_ACK },
};

enum label_difference segment_labels_explain(const struct tcp_connection *connection,
					     const struct segment_facts *segment)
{
	uint32_t theirs = segment->tshark_labels;
	struct difference it = {
		.connection = connection,
		.segment = segment,
		.verdict = &connection->recovery.latest,
	};

	if ((theirs & (RESENT_LABELS | TCP_LABEL_BIT(LABEL_OUT_OF_ORDER))) !=
	    TCP_LABEL_BIT(LABEL_RETRANSMISSION))
		theirs &= ~TCP_LABEL_BIT(LABEL_RETRANSMISSION);
	it.ours = segment->labels & ~theirs;
	it.theirs = theirs & ~segment->labels;
	if (it.ours == 0 && it.theirs == 0)
		return LABELS_AGREE;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].applies(&it))
			return reasons[i].reason;
	}
	return LABELS_DIFFER_UNEXPLAINED;
}

void segment_labels_compare(struct tcp_connection *connection, const struct segment_facts *segment)
{
	enum label_difference reason = segment_labels_explain(connection, segment);
	struct tcp_findings *findings = &connection->findings;
	struct tcp_finding *finding = NULL;

	if (reason == LABELS_AGREE)
		return;
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tcp_finding *other = &findings->list[i];

		if (other->kind == FINDING_LABELS_DIFFER && other->side == segment->from &&
		    other->values[2] == (int64_t)reason)
			finding = &findings->list[i];
	}
	if (!finding) {
		finding = findings_add(findings, FINDING_LABELS_DIFFER, segment->from,
				       CONFIDENCE_SURE);
		if (!finding)
			return;
		finding->values[0] = segment->labels;
		finding->values[1] = segment->tshark_labels;
		finding->values[2] = reason;
	}
	finding_happened(finding, segment->packet->frame);
}
