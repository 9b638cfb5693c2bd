#include "tcp_flow/recovery_data.h"

#include "packet/sequence.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/loss_notes.h"
#include "tcp_flow/recovery_findings.h"
#include "tcp_flow/retransmission_cause.h"

#define DUPLICATE_ACKS_OF_LOSS 3u /* RFC 5681 */
#define RESENT_MARKS_MAX 256u     /* segments of the ring that one resend is noted at */
#define NEAR_IDENTIFICATIONS 1000 /* further apart, IP packet numbers do not count packets */
#define WAY_TO_SENDER_NS INT64_C(1000000) /* there and back; captured at the sender it is less */
#define TOO_LONG_LAG_NS INT64_C(20000000)
#define IPV4_HEADER_BYTES 20u
#define IPV6_HEADER_BYTES 40u
#define LATE_UNMEASURED_NS INT64_C(3000000) /* how late is late, where no round trip is known */

/* What is looked up once for a segment with data. */
struct data_scene {
	struct tcp_connection *connection;
	struct segment_facts *segment;
	struct recovery_side *side; /* of its sender */
	struct tcp_end *end;
	const struct tcp_options *options;
	int64_t now_ns;
	bool has_timestamp;
};

static void fill_outstanding(const struct data_scene *scene, int64_t sequence,
			     struct outstanding_segment *out)
{
	*out = (struct outstanding_segment){
		.sequence = sequence,
		.end = scene->segment->end,
		.first_sent_ns = scene->now_ns,
		.last_sent_ns = scene->now_ns,
		.first_timestamp = scene->options->timestamp_value,
		.last_timestamp = scene->options->timestamp_value,
		.times_sent = 1,
		.identification = scene->segment->packet->ip.identification,
		.last_cause = CAUSE_NONE,
		.has_timestamp = scene->has_timestamp,
	};
}

static bool is_acknowledged(const struct data_scene *scene)
{
	return scene->end->has_acked && scene->segment->end <= scene->end->acked;
}

static void send_new(const struct data_scene *scene, int64_t sequence)
{
	scene->side->last_new_ns = scene->now_ns;
	/* The capture has swapped it with its acknowledgement. */
	if (is_acknowledged(scene))
		return;
	fill_outstanding(scene, sequence, outstanding_push(&scene->side->outstanding));
}

/* The end of what its sender has sent, also where only a bare ACK behind it shows that. */
static int64_t sent_until(const struct data_scene *scene)
{
	int64_t shown = scene->side->shown_until;

	return shown > scene->end->next ? shown : scene->end->next;
}

static void note_gap(const struct data_scene *scene, const struct segment_facts *segment)
{
	const struct tcp_options *options = &segment->packet->tcp.options;
	struct loss_notes *notes = recovery_losses(scene->side);

	if (!notes)
		return;
	loss_notes_gap(notes, &(struct captured_gap){
				      .left = sent_until(scene),
				      .right = segment->sequence,
				      .noticed_ns = segment->packet->time_ns,
				      .timestamp = options->timestamp_value,
				      .identification = segment->packet->ip.identification,
				      .has_timestamp = (options->has & TCP_HAS_TIMESTAMPS) != 0,
			      });
}

static void send_beyond(const struct data_scene *scene)
{
	if (scene->segment->sequence > sent_until(scene))
		note_gap(scene, scene->segment);
	send_new(scene, scene->segment->sequence);
}

/* From end to end: one half may be stretched by delayed ACKs, so of the other take the least. */
static int64_t whole_round_trip(const struct data_scene *scene)
{
	const struct recovery *recovery = &scene->connection->recovery;
	int64_t whole = scene->side->smoothed_rtt_ns;

	if (whole == 0)
		return 0;
	return whole + recovery->sides[tcp_other_side(scene->segment->from)].least_rtt_ns;
}

/* Three duplicate ACKs ask for it, or SACK reports what was sent behind it. */
static bool is_asked_for(const struct data_scene *scene)
{
	const struct recovery_side *side = scene->side;
	const struct sequence_ranges *sacked;

	if (side->duplicate_acks >= DUPLICATE_ACKS_OF_LOSS && scene->end->has_acked &&
	    scene->segment->sequence <= scene->end->acked)
		return true;
	if (!side->losses || side->losses->sacked.count == 0)
		return false;
	sacked = &side->losses->sacked;
	return sequence_ranges_at(sacked, sacked->count - 1).right > scene->segment->sequence;
}

static bool is_sacked(const struct data_scene *scene)
{
	const struct loss_notes *notes = scene->side->losses;

	return notes && notes->sacked.count > 0 &&
	       sequence_ranges_missing(&notes->sacked, scene->segment->sequence,
				       scene->segment->end) == 0;
}

static bool is_head(const struct data_scene *scene)
{
	struct outstanding *outstanding = &scene->side->outstanding;

	if (scene->end->has_acked)
		return scene->segment->sequence <= scene->end->acked;
	return outstanding->count == 0 ||
	       scene->segment->sequence <= outstanding_at(outstanding, 0)->sequence;
}

static int64_t latest_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * The acknowledgement that left this one alone outstanding came here after it was sent, and has
 * some way to go from here: its sender may never have got it.
 */
static bool ack_may_be_lost(const struct data_scene *scene, int64_t sent_ns)
{
	enum tcp_side other = tcp_other_side(scene->segment->from);
	const struct recovery *recovery = &scene->connection->recovery;

	return sent_ns != 0 && scene->side->news_ns > sent_ns &&
	       recovery->sides[other].least_rtt_ns >= WAY_TO_SENDER_NS;
}

/* sent_ns: when it was sent last; 0: not known. */
static void gather_evidence(const struct data_scene *scene, int64_t sent_ns, bool sent_again,
			    struct resend_evidence *out)
{
	const struct recovery_side *side = scene->side;
	const struct segment_facts *segment = scene->segment;
	int64_t now_ns = scene->now_ns;

	*out = (struct resend_evidence){
		.since_sent_ns = sent_ns ? recovery_elapsed_ns(sent_ns, now_ns) : -1,
		.quiet_ns = recovery_elapsed_ns(latest_of(sent_ns, side->news_ns), now_ns),
		.since_new_ns =
			recovery_elapsed_ns(latest_of(side->last_new_ns, side->news_ns), now_ns),
		.since_ack_ns =
			side->last_ack_ns ? recovery_elapsed_ns(side->last_ack_ns, now_ns) : -1,
		.rtt_ns = whole_round_trip(scene),
		.rtt_variation_ns = side->rtt_variation_ns,
		.arrived = is_acknowledged(scene) || is_sacked(scene),
		.is_head = is_head(scene),
		.is_tail = segment->end == sent_until(scene),
		.asked_for = is_asked_for(scene),
		.has_holes = side->losses && side->losses->sacked.count > 0,
		.sent_again = sent_again,
		.sack_permitted = (scene->connection->ends[TCP_CLIENT].offer.has &
				   scene->connection->ends[TCP_SERVER].offer.has &
				   TCP_HAS_SACK_PERMITTED) != 0,
		.probed = side->probed,
		.ack_may_be_lost = ack_may_be_lost(scene, sent_ns),
		.in_fast_recovery = side->fast_recovery,
		.after_timeout = side->after_timeout && segment->sequence < side->timeout_until,
	};
	/* Without the SYNs, SACK blocks show that it was agreed on. */
	if (!scene->end->offer.seen && side->losses)
		out->sack_permitted = true;
}

/*
 * No timer ran out and no acknowledgement asked for it, but an ICMP error called what was sent
 * until then too long; and its sender has had the time to hear of that, and no more.
 */
static bool was_too_long(const struct data_scene *scene, int64_t sent_ns)
{
	const struct segment_facts *segment = scene->segment;
	const struct loss_notes *notes = scene->side->losses;
	int64_t longest = whole_round_trip(scene) * 5 / 4 + TOO_LONG_LAG_NS;
	uint32_t headers = segment->packet->tcp.length;

	if (segment->cause != CAUSE_UNKNOWN || segment->length == 0 || !notes ||
	    notes->too_long_ns == 0 || notes->too_long_ns > scene->now_ns)
		return false;
	headers += segment->packet->ip.source.version == 6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
	return sent_ns <= notes->too_long_ns &&
	       recovery_elapsed_ns(notes->too_long_ns, scene->now_ns) <= longest &&
	       (notes->too_long_mtu == 0 || segment->length + headers <= notes->too_long_mtu);
}

/* Notes the resend at what it covers of the ring. */
static void mark_resent(const struct data_scene *scene)
{
	struct outstanding *outstanding = &scene->side->outstanding;
	uint32_t from = outstanding_find(outstanding, scene->segment->sequence);

	for (uint32_t i = from; i < outstanding->count && i - from < RESENT_MARKS_MAX; i++) {
		struct outstanding_segment *sent = outstanding_at(outstanding, i);

		if (sent->sequence >= scene->segment->end)
			break;
		sent->last_sent_ns = scene->now_ns;
		sent->last_timestamp = scene->options->timestamp_value;
		sent->identification = scene->segment->packet->ip.identification;
		sent->last_cause = (uint8_t)scene->segment->cause;
		if (sent->times_sent < UINT16_MAX)
			sent->times_sent++;
	}
}

/* fills: the original is not in the file, as was noticed then (0: not known when). */
static void remember_resent(const struct data_scene *scene, bool fills, int64_t noticed_ns)
{
	const struct segment_facts *segment = scene->segment;
	bool arrived = segment->cause == CAUSE_NEEDLESS;
	struct recovery_side *side = scene->side;
	struct loss_notes *notes = recovery_losses(side);

	if (!side->has_resent || segment->end > side->resent_until)
		side->resent_until = segment->end;
	side->has_resent = true;
	if (!notes)
		return;
	loss_notes_resent(
		notes, &(struct resent_segment){
			       .sequence = segment->sequence,
			       .end = segment->end,
			       .sent_ns = scene->now_ns,
			       .frame = segment->packet->frame,
			       .noticed_ns = noticed_ns,
			       .lost_bytes = fills && !arrived ? segment->new_space : 0,
			       .timestamp = scene->options->timestamp_value,
			       .identification = segment->packet->ip.identification,
			       .cause = segment->cause,
			       .has_timestamp = scene->has_timestamp,
			       .is_syn = (segment->flags & TCP_FLAG_SYN) != 0 && !segment->has_ack,
			       .fills = fills,
			       .settled = arrived,
			       .proven = arrived,
		       });
	if (arrived)
		recovery_needless(scene->connection, segment->from, NEEDLESS_ARRIVED,
				  segment->packet->frame, 0);
}

/* What the resend means for the recovery it belongs to, or begins. */
static void note_recovery(const struct data_scene *scene, int64_t first_sent_ns)
{
	struct recovery_side *side = scene->side;
	enum tcp_side sender = scene->segment->from;
	enum tcp_cause cause = scene->segment->cause;

	/* A SYN-ACK that crossed its acknowledgement needs no repair: no news would end it. */
	if (cause == CAUSE_NEEDLESS || is_acknowledged(scene))
		return;
	/* Waiting for a timer began to cost time when the original left. */
	recovery_begin(scene->connection, sender, first_sent_ns);
	side->resent_in_recovery = true;
	if (cause == CAUSE_FAST) {
		side->fast_recovery = true;
		side->recovery_until = scene->end->next;
	} else if (cause == CAUSE_TAIL_LOSS_PROBE) {
		side->probed = true;
		side->probe_until = scene->end->next;
	} else if (cause == CAUSE_TIMEOUT) {
		side->fast_recovery = false;
		side->after_timeout = true;
		side->probed = false; /* the timer makes an end of the probe (Linux) */
		side->timeout_until = scene->end->next;
		side->recovery_until = scene->end->next;
		side->timeouts++;
		if (side->timeouts > side->largest_timeout)
			side->largest_timeout = side->timeouts;
	}
}

/* The very packet that was captured before, later than a second capture point would have it. */
static bool is_doubled(const struct data_scene *scene, const struct outstanding_segment *sent)
{
	uint16_t identification = scene->segment->packet->ip.identification;
	int64_t longest = whole_round_trip(scene);

	if (longest < LATE_UNMEASURED_NS)
		longest = LATE_UNMEASURED_NS;
	return scene->segment->repeats && identification != 0 &&
	       identification == sent->identification &&
	       scene->end->recent.identifications_differ &&
	       scene->options->timestamp_value == sent->last_timestamp &&
	       recovery_elapsed_ns(sent->last_sent_ns, scene->now_ns) < longest;
}

/* It is older than the resend that filled its gap: the original, delayed and not lost. */
static struct resent_segment *replaced_by(const struct data_scene *scene)
{
	const struct segment_facts *segment = scene->segment;
	struct resent_segment *fill;
	int32_t distance;

	if (!scene->side->losses)
		return NULL;
	fill = loss_notes_find_fill(scene->side->losses, segment->sequence, segment->end);
	if (!fill)
		return NULL;
	if (scene->has_timestamp && fill->has_timestamp &&
	    scene->options->timestamp_value != fill->timestamp)
		return sequence_before(scene->options->timestamp_value, fill->timestamp) ? fill
											 : NULL;
	if (segment->packet->ip.identification == 0 || fill->identification == 0)
		return NULL;
	distance = (int16_t)(segment->packet->ip.identification - fill->identification);
	return distance < 0 && distance > -NEAR_IDENTIFICATIONS ? fill : NULL;
}

/* By its timestamp an older copy of the SYN than the first that the file shows. */
static bool is_old_syn(const struct data_scene *scene)
{
	const struct tcp_offer *offer = &scene->end->offer;

	return (scene->segment->flags & TCP_FLAG_SYN) != 0 && !scene->segment->has_ack &&
	       scene->has_timestamp && offer->seen && (offer->has & TCP_HAS_TIMESTAMPS) != 0 &&
	       sequence_before(scene->options->timestamp_value, offer->timestamp_value);
}

static void note_late(const struct data_scene *scene, int64_t noticed_ns, bool was_replaced)
{
	struct recovery_side *side = scene->side;
	struct tcp_finding *finding;
	int64_t late_ns = noticed_ns ? recovery_elapsed_ns(noticed_ns, scene->now_ns) : 0;

	scene->connection->recovery.latest.was_late = true;
	finding = findings_gather(&scene->connection->findings, FINDING_REORDERED,
				  scene->segment->from, CAUSE_NONE);
	finding_happened(finding, scene->segment->packet->frame);
	if (finding && late_ns > finding->values[0])
		finding->values[0] = late_ns;
	if (finding && was_replaced)
		finding->values[1]++;
	/* What looked like a loss was none. */
	if (side->in_recovery && !side->resent_in_recovery)
		side->in_recovery = false;
}

/* Nothing but its timer makes a side send its SYN again; a SYN-ACK answers a repeated SYN too. */
static enum tcp_cause cause_of_syn(const struct data_scene *scene,
				   const struct resend_evidence *evidence)
{
	struct resend_evidence unmeasured = *evidence;
	int64_t waited_ns = evidence->since_sent_ns;

	if (opening_answers_again(scene->connection, scene->segment))
		return CAUSE_UNKNOWN;
	unmeasured.rtt_ns = 0;
	if (waited_ns < 0)
		waited_ns = evidence->since_new_ns;
	return waited_ns < retransmission_timeout_ns(&unmeasured) ? CAUSE_UNKNOWN : CAUSE_TIMEOUT;
}

/* All that it brings below the highest number seen was sent before. */
static void judge_repeat(struct data_scene *scene)
{
	struct segment_facts *segment = scene->segment;
	struct outstanding *outstanding = &scene->side->outstanding;
	struct outstanding_segment sent = { .times_sent = 0 };
	struct resent_segment *replacement;
	uint32_t at = outstanding_find(outstanding, segment->sequence);
	struct resend_evidence evidence;
	int64_t first_sent_ns;

	if (at < outstanding->count && outstanding_at(outstanding, at)->sequence < segment->end)
		sent = *outstanding_at(outstanding, at);
	if (sent.times_sent > 0 && is_doubled(scene, &sent)) {
		segment->captured_twice = true;
		segment->repeats = false;
		return;
	}
	replacement = replaced_by(scene);
	if (replacement) {
		recovery_not_lost(scene->connection, segment->from, replacement);
		note_late(scene, replacement->noticed_ns, true);
		return;
	}
	if (is_old_syn(scene)) {
		note_late(scene, 0, true);
		return;
	}
	gather_evidence(scene, sent.last_sent_ns, sent.times_sent > 1, &evidence);
	segment->cause = (segment->flags & TCP_FLAG_SYN) != 0 ? cause_of_syn(scene, &evidence)
							      : retransmission_cause(&evidence);
	segment->cut_to_fit = was_too_long(scene, sent.first_sent_ns);
	recovery_judge_probe(scene->connection, segment, &evidence);
	mark_resent(scene);
	first_sent_ns = sent.times_sent > 0 ? sent.first_sent_ns : scene->now_ns;
	note_recovery(scene, first_sent_ns);
	remember_resent(scene, false, 0);
	recovery_found_resend(scene->connection, segment,
			      recovery_elapsed_ns(first_sent_ns, scene->now_ns));
}

/* Is what fills this gap an original that was overtaken, or a resend of what was lost before? */
static bool is_late_original(const struct data_scene *scene, const struct captured_gap *gap,
			     const struct resend_evidence *evidence)
{
	int64_t rtt_ns = evidence->rtt_ns > 0 ? evidence->rtt_ns : LATE_UNMEASURED_NS;
	int32_t distance;
	int64_t late_ns;

	if (!gap)
		return is_acknowledged(scene) || !evidence->asked_for;
	if (scene->has_timestamp && gap->has_timestamp &&
	    scene->options->timestamp_value != gap->timestamp)
		return sequence_before(scene->options->timestamp_value, gap->timestamp);
	distance = (int16_t)(scene->segment->packet->ip.identification - gap->identification);
	if (distance != 0 && distance > -NEAR_IDENTIFICATIONS && distance < NEAR_IDENTIFICATIONS)
		return distance < 0;
	/* No mark of age. A resend that was asked for takes about a round trip to come. */
	late_ns = recovery_elapsed_ns(gap->noticed_ns, scene->now_ns);
	if (evidence->asked_for)
		return late_ns < rtt_ns / 2;
	return late_ns < rtt_ns || late_ns < retransmission_timeout_ns(evidence) / 2;
}

/* Numbers that the file did not have, below those it has. */
static void judge_fill(struct data_scene *scene)
{
	struct segment_facts *segment = scene->segment;
	struct recovery_side *side = scene->side;
	const struct captured_gap *gap = NULL;
	struct outstanding_segment sent;
	struct resend_evidence evidence;
	int64_t noticed_ns = 0;

	if (side->losses) {
		gap = loss_notes_find_gap(side->losses, segment->sequence);
		if (is_acknowledged(scene) && side->losses->unseen_bytes > 0)
			side->losses->unseen_bytes -= segment->new_space;
	}
	if (gap)
		noticed_ns = gap->noticed_ns;
	gather_evidence(scene, noticed_ns, false, &evidence);
	fill_outstanding(scene, segment->sequence, &sent);
	if (is_late_original(scene, gap, &evidence)) {
		note_late(scene, noticed_ns, false);
	} else {
		segment->cause = retransmission_cause(&evidence);
		segment->cut_to_fit = was_too_long(scene, noticed_ns);
		sent.times_sent = 2; /* its first transmission is not in the file */
		if (noticed_ns)
			sent.first_sent_ns = noticed_ns;
		note_recovery(scene, sent.first_sent_ns);
		remember_resent(scene, true, noticed_ns);
		if (segment->cause != CAUSE_NEEDLESS)
			recovery_found_loss(scene->connection, segment);
	}
	if (!is_acknowledged(scene))
		outstanding_insert(&side->outstanding, &sent);
}

/* A probe of a closed window may carry the next byte; data that begins with it is no resend. */
static bool follows_probe(const struct data_scene *scene)
{
	return scene->side->last_was_probe && scene->segment->length > 1 &&
	       scene->segment->sequence == scene->end->next - 1;
}

/* Of what lies below the highest number seen, not all was seen. */
static bool has_news_below(const struct data_scene *scene)
{
	const struct segment_facts *segment = scene->segment;
	int64_t right = sent_until(scene);

	if (segment->end < right)
		right = segment->end;
	return segment->new_space > 0 && segment->sequence < right &&
	       sequence_ranges_missing(&scene->end->seen, segment->sequence, right) > 0;
}

/* In a simultaneous open each side sends its SYN again, now with an ACK: that is no resend. */
static bool is_simultaneous_open(const struct data_scene *scene)
{
	const struct segment_facts *segment = scene->segment;

	return (segment->flags & TCP_FLAG_SYN) != 0 && segment->has_ack && segment->repeats &&
	       (scene->connection->opening.server_syn || scene->connection->to_itself) &&
	       !scene->side->sent_syn_ack;
}

/* The end of the last that is outstanding, if that lies beyond all that was seen before. */
static int64_t listed_until(const struct data_scene *scene)
{
	struct outstanding *outstanding = &scene->side->outstanding;
	int64_t until = scene->end->next;

	if (outstanding->count > 0)
		until = latest_of(until, outstanding_at(outstanding, outstanding->count - 1)->end);
	return until;
}

static void judge_known(struct data_scene *scene)
{
	int64_t listed;

	if (has_news_below(scene))
		judge_fill(scene);
	else
		judge_repeat(scene);
	/* What was sent again carries new data behind it. */
	listed = listed_until(scene);
	if (scene->segment->end > listed)
		send_new(scene, listed);
}

/* Nearly always it goes on where the last one ended. */
static bool continues(const struct data_scene *scene)
{
	int64_t sequence = scene->segment->sequence;

	return !scene->end->sends ||
	       (sequence == scene->end->next && sequence >= scene->side->shown_until);
}

void recovery_data(struct tcp_connection *connection, struct segment_facts *segment)
{
	struct data_scene scene = {
		.connection = connection,
		.segment = segment,
		.side = &connection->recovery.sides[segment->from],
		.end = &connection->ends[segment->from],
		.options = &segment->packet->tcp.options,
		.now_ns = segment->packet->time_ns,
		.has_timestamp = (segment->packet->tcp.options.has & TCP_HAS_TIMESTAMPS) != 0,
	};

	if (continues(&scene) || follows_probe(&scene))
		send_new(&scene, segment->sequence);
	else if (is_simultaneous_open(&scene))
		connection->recovery.latest.simultaneous = true;
	else if (!segment->repeats && segment->sequence >= sent_until(&scene))
		send_beyond(&scene);
	else
		judge_known(&scene);
	if ((segment->flags & TCP_FLAG_SYN) != 0 && segment->has_ack)
		scene.side->sent_syn_ack = true;
}

void recovery_skipped(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct data_scene scene = {
		.connection = connection,
		.segment = NULL,
		.side = &connection->recovery.sides[segment->from],
		.end = &connection->ends[segment->from],
	};

	if (segment->sequence <= sent_until(&scene))
		return;
	note_gap(&scene, segment);
}
