#include "tcp_flow/recovery.h"

#include "tcp_flow/connection.h"
#include "tcp_flow/loss_notes.h"
#include "tcp_flow/recovery_ack.h"
#include "tcp_flow/recovery_data.h"
#include "tcp_flow/retransmission_cause.h"

/* 13 days: nothing waits for longer, and a percentage of a few of them does not overflow. */
#define LONGEST_NS (INT64_C(1) << 50)

/* The next timer behind a timeout waits twice as long, behind a probe as long: the middle, rather
 * too long than too short on a busy machine. */
#define LATER_PARTS 8
#define PROBE_PARTS 5

void recovery_finish(struct recovery *recovery)
{
	for (int side = 0; side < 2; side++) {
		outstanding_finish(&recovery->sides[side].outstanding);
		loss_notes_destroy(recovery->sides[side].losses);
		recovery->sides[side].losses = NULL;
	}
}

int64_t recovery_elapsed_ns(int64_t from_ns, int64_t to_ns)
{
	int64_t elapsed;

	if (to_ns <= from_ns)
		return 0;
	if (__builtin_sub_overflow(to_ns, from_ns, &elapsed) || elapsed > LONGEST_NS)
		return LONGEST_NS;
	return elapsed;
}

struct loss_notes *recovery_losses(struct recovery_side *side)
{
	if (!side->losses)
		side->losses = loss_notes_create();
	return side->losses;
}

void recovery_begin(struct tcp_connection *connection, enum tcp_side sender, int64_t since_ns)
{
	struct recovery_side *side = &connection->recovery.sides[sender];

	if (side->in_recovery)
		return;
	side->in_recovery = true;
	side->resent_in_recovery = false;
	side->fast_recovery = false;
	side->after_timeout = false;
	side->recovery_until = connection->ends[sender].next;
	side->loss_since_ns = since_ns;
}

static struct tcp_finding *needless_finding(struct tcp_findings *findings, enum tcp_side sender,
					    enum needless_proof proof)
{
	struct tcp_finding *finding;

	for (uint32_t i = 0; i < findings->count; i++) {
		finding = &findings->list[i];
		if (finding->kind == FINDING_NEEDLESS && finding->side == sender &&
		    finding->values[0] == (int64_t)proof)
			return finding;
	}
	finding = findings_add(findings, FINDING_NEEDLESS, sender, CONFIDENCE_SURE);
	if (finding)
		finding->values[0] = (int64_t)proof;
	return finding;
}

void recovery_needless(struct tcp_connection *connection, enum tcp_side sender,
		       enum needless_proof proof, uint64_t resend_frame, uint64_t proof_frame)
{
	struct tcp_finding *finding = needless_finding(&connection->findings, sender, proof);

	finding_happened(finding, resend_frame);
	if (proof_frame != 0)
		finding_frame(finding, proof_frame);
}

static void forget_frame(struct tcp_finding *finding, uint64_t frame)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < finding->frame_count; i++) {
		if (finding->frames[i] != frame)
			finding->frames[kept++] = finding->frames[i];
	}
	finding->frame_count = kept;
}

void recovery_not_lost(struct tcp_connection *connection, enum tcp_side sender,
		       struct resent_segment *resent)
{
	struct tcp_findings *findings = &connection->findings;
	struct tcp_finding *finding = findings_find(findings, FINDING_NETWORK_LOSS, sender);
	const struct loss_notes *notes = connection->recovery.sides[sender].losses;
	int64_t bytes = resent->lost_bytes;

	resent->lost_bytes = 0;
	if (!finding || bytes == 0 || finding->count == 0)
		return;
	finding->count--;
	finding->values[0] -= bytes;
	if (finding->count == 0) {
		*finding = findings->list[--findings->count];
		return;
	}
	forget_frame(finding, resent->frame);
	/* One that found no room among the frames before may be the proof now. */
	for (uint32_t i = 0; finding->frame_count == 0 && i < notes->resent_count; i++) {
		if (notes->resent[i].lost_bytes > 0)
			finding_frame(finding, notes->resent[i].frame);
	}
}

/* In the list of findings, or its end. */
static uint32_t find_probes(const struct tcp_findings *findings, enum tcp_side sender)
{
	uint32_t i = 0;

	while (i < findings->count && (findings->list[i].kind != FINDING_RETRANSMISSION ||
				       findings->list[i].side != sender ||
				       findings->list[i].cause != CAUSE_TAIL_LOSS_PROBE))
		i++;
	return i;
}

/* What was found of the probe becomes one of the timeouts. */
static void take_probe_for_timeout(struct tcp_connection *connection, enum tcp_side sender,
				   uint64_t frame)
{
	struct recovery_side *side = &connection->recovery.sides[sender];
	struct tcp_findings *findings = &connection->findings;
	uint32_t at = find_probes(findings, sender);
	struct tcp_finding *timeouts;
	struct tcp_finding *probes;

	side->timeouts++;
	if (at == findings->count)
		return;
	timeouts = findings_gather(findings, FINDING_RETRANSMISSION, sender, CAUSE_TIMEOUT);
	finding_happened(timeouts, frame);
	if (timeouts)
		timeouts->values[2]++;
	probes = &findings->list[at];
	probes->count--;
	forget_frame(probes, frame);
	if (probes->count == 0)
		*probes = findings->list[--findings->count];
}

void recovery_judge_probe(struct tcp_connection *connection, struct segment_facts *segment,
			  const struct resend_evidence *evidence)
{
	struct recovery_side *side = &connection->recovery.sides[segment->from];
	struct loss_notes *notes = recovery_losses(side);

	if (!notes)
		return;
	if (segment->cause == CAUSE_TIMEOUT && side->probed && notes->probe_wait_ns > 0 &&
	    evidence->since_sent_ns >= notes->probe_wait_ns / PROBE_PARTS * LATER_PARTS) {
		take_probe_for_timeout(connection, segment->from, notes->probe_frame);
		segment->proves_timeout = notes->probe_frame;
	}
	notes->probe_wait_ns = 0;
	if (segment->cause != CAUSE_TAIL_LOSS_PROBE || !evidence->is_head ||
	    evidence->since_sent_ns < retransmission_timeout_ns(evidence))
		return;
	notes->probe_wait_ns = evidence->since_sent_ns;
	notes->probe_frame = segment->packet->frame;
	segment->may_be_timeout = true;
}

void recovery_too_long(struct tcp_connection *connection, enum tcp_side sender, int64_t now_ns,
		       uint16_t mtu)
{
	struct loss_notes *notes = recovery_losses(&connection->recovery.sides[sender]);

	if (!notes)
		return;
	notes->too_long_ns = now_ns;
	notes->too_long_mtu = mtu;
}

static void note_lost(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct loss_notes *notes = recovery_losses(&connection->recovery.sides[segment->from]);
	uint64_t before = connection->ends[segment->from].last_frame;

	if (!notes)
		return;
	if (notes->lost_frame == 0 || notes->lost_frame != before)
		notes->before_lost_frame = before;
	notes->lost_frame = segment->packet->frame;
}

void recovery_segment(struct tcp_connection *connection, struct segment_facts *segment)
{
	struct recovery *recovery = &connection->recovery;
	struct recovery_side *side = &recovery->sides[segment->from];
	bool probes = segment->keep_alive || segment->window_probe;

	recovery->latest = (struct recovery_verdict){
		.ack = RECOVERY_ACK_NONE,
		.skips = segment->leaves_gap && segment->sequence > side->shown_until,
	};
	segment->cause = CAUSE_NONE;
	/* What an RST carries is an explanation at best, and its numbers are those of the end. */
	if ((segment->flags & TCP_FLAG_RST) == 0 && !segment->stray_syn) {
		/* First what it says of the other side's data: it was sent knowing that. */
		if (segment->has_ack && !probes)
			recovery_ack(connection, segment);
		if (segment->end > segment->sequence && !probes)
			recovery_data(connection, segment);
		else if (segment->leaves_gap)
			recovery_skipped(connection, segment);
		if (segment->sequence > side->shown_until)
			side->shown_until = segment->sequence;
	}
	side->last_was_probe = segment->window_probe;
	/* Nobody answers it, and whoever is told a window later knows nothing of this one. */
	if (segment->never_arrived) {
		note_lost(connection, segment);
		return;
	}
	side->last_was_syn = (segment->flags & TCP_FLAG_SYN) != 0;
	side->last_was_keep_alive = segment->keep_alive;
	/* The window of an acknowledgement that came late was replaced before it came. */
	if (recovery->latest.ack != RECOVERY_ACK_OLD)
		side->last_window_raw = segment->packet->tcp.window;
}

void recovery_conclude(struct tcp_connection *connection)
{
	for (int sender = 0; sender < 2; sender++) {
		const struct loss_notes *notes = connection->recovery.sides[sender].losses;
		struct tcp_finding *finding;

		if (!notes || notes->unseen_bytes <= 0)
			continue;
		finding = findings_add(&connection->findings, FINDING_CAPTURE_LOSS,
				       (enum tcp_side)sender, CONFIDENCE_SURE);
		if (!finding)
			continue;
		finding->count = notes->unseen_count;
		finding->values[0] = notes->unseen_bytes;
		for (uint32_t i = 0; i < notes->unseen_frame_count; i++)
			finding_frame(finding, notes->unseen_frames[i]);
	}
}

bool recovery_is_outstanding(const struct tcp_connection *connection, enum tcp_side sender)
{
	return connection->recovery.sides[sender].outstanding.count > 0;
}
