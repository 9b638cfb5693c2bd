#include "tcp_flow/recovery_ack.h"

#include "packet/sequence.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/loss_notes.h"
#include "tcp_flow/round_trip.h"

#define DUPLICATE_ACKS_OF_LOSS 3u /* RFC 5681 */

/* The parts that an acknowledgement concerns, looked up once. */
struct ack_scene {
	struct tcp_connection *connection;
	const struct segment_facts *segment;
	enum tcp_side sender;       /* of the data */
	struct recovery_side *side; /* its */
	const struct tcp_end *end;  /* its */
	int64_t now_ns;
	int64_t ack;
};

static bool timestamp_before(uint32_t a, uint32_t b)
{
	return sequence_before(a, b);
}

/*
 * What the acknowledgement took off the ring, as far as round trips are concerned: Karn's rule
 * forbids those sent more than once, unless the echoed timestamp tells the two apart.
 */
struct acknowledged {
	struct outstanding_segment latest;
	bool any;
	bool ambiguous;
};

static void take_acknowledged(struct ack_scene *scene, struct acknowledged *out)
{
	struct outstanding *outstanding = &scene->side->outstanding;
	struct outstanding_segment *oldest;

	while (outstanding->count > 0) {
		oldest = outstanding_at(outstanding, 0);
		if (oldest->sequence >= scene->ack)
			break;
		out->any = true;
		out->latest = *oldest;
		if (oldest->times_sent > 1)
			out->ambiguous = true;
		if (oldest->end > scene->ack) {
			oldest->sequence = scene->ack;
			break;
		}
		outstanding_pop(outstanding);
	}
}

static void sample_by_timestamp(const struct ack_scene *scene,
				const struct outstanding_segment *segment)
{
	const struct tcp_options *options = &scene->segment->packet->tcp.options;
	int64_t sent_ns = 0;
	int64_t sample;

	if (!segment->has_timestamp || (options->has & TCP_HAS_TIMESTAMPS) == 0 ||
	    segment->first_timestamp == segment->last_timestamp)
		return;
	if (options->timestamp_echo == segment->last_timestamp)
		sent_ns = segment->last_sent_ns;
	else if (options->timestamp_echo == segment->first_timestamp)
		sent_ns = segment->first_sent_ns;
	else
		return;
	sample = recovery_elapsed_ns(sent_ns, scene->now_ns);
	if (sample > 0) {
		round_trip_sample(scene->side, sample);
		scene->side->rtt_timestamp_samples++;
	}
}

static void sample_round_trip(const struct ack_scene *scene, const struct acknowledged *got)
{
	const struct recovery_side *side = scene->side;
	int64_t sample;

	if (!got->any)
		return;
	if (got->ambiguous || (side->has_resent && got->latest.sequence < side->resent_until)) {
		sample_by_timestamp(scene, &got->latest);
		return;
	}
	/* Data behind a hole arrived long before this acknowledgement could say so. */
	if (side->losses && side->losses->sacked.count > 0 &&
	    scene->ack > side->losses->sacked.first.left)
		return;
	sample = recovery_elapsed_ns(got->latest.last_sent_ns, scene->now_ns);
	if (sample > 0)
		round_trip_sample(scene->side, sample);
}

/* It answers another repetition of the same numbers: the original may have been lost. */
static bool answers_repetition(const struct loss_notes *notes,
			       const struct resent_segment *needless, uint32_t echo)
{
	for (uint32_t i = 0; i < notes->resent_count; i++) {
		const struct resent_segment *other = &notes->resent[i];

		if (other != needless && other->has_timestamp && other->timestamp == echo &&
		    other->sequence < needless->end && needless->sequence < other->end)
			return true;
	}
	return false;
}

/*
 * RFC 3522 (Eifel): the acknowledgement that covers a resend echoes a timestamp older than the
 * resend's own, so the original had arrived. Sure only where the resend began at the edge: of what
 * arrives behind a hole, the timestamp is not echoed.
 */
static void settle_resent(const struct ack_scene *scene, struct loss_notes *notes, int64_t edge)
{
	const struct tcp_options *options = &scene->segment->packet->tcp.options;
	bool has_echo = (options->has & TCP_HAS_TIMESTAMPS) != 0;

	for (uint32_t i = 0; i < notes->resent_count && notes->unsettled > 0; i++) {
		struct resent_segment *resent = &notes->resent[i];

		if (resent->settled || resent->end > scene->ack)
			continue;
		resent->settled = true;
		notes->unsettled--;
		if (!has_echo || !resent->has_timestamp || resent->proven ||
		    resent->sequence > edge || resent->is_syn ||
		    !timestamp_before(options->timestamp_echo, resent->timestamp))
			continue;
		resent->proven = true;
		recovery_needless(scene->connection, scene->sender,
				  answers_repetition(notes, resent, options->timestamp_echo)
					  ? NEEDLESS_EIFEL_AGAIN
					  : NEEDLESS_EIFEL,
				  resent->frame, scene->segment->packet->frame);
	}
}

/*
 * RFC 8985 section 7.4: a probe is settled by what goes beyond it, or by the news that it came
 * twice. Acknowledged to the number, it bars the next one.
 */
static void settle_probe(struct ack_scene *scene)
{
	const struct recovery_verdict *latest = &scene->connection->recovery.latest;
	struct recovery_side *side = scene->side;

	if (scene->ack > side->probe_until ||
	    (scene->ack == side->probe_until &&
	     (latest->d_sack || latest->ack == RECOVERY_ACK_DUPLICATE)))
		side->probed = false;
}

/* What it acknowledges is not all in the file: the capture has lost it. */
static void find_unseen(const struct ack_scene *scene)
{
	const struct tcp_end *end = scene->end;
	int64_t from = end->in_order;
	struct loss_notes *notes;
	int64_t missing;

	if (scene->ack <= from || !end->sends)
		return;
	/* A SYN-ACK that is not in the file is told of as a matter of the opening. */
	if (from < 1)
		from = 1;
	if (end->has_acked && end->acked > from)
		from = end->acked;
	missing = sequence_ranges_missing(&end->seen, from, scene->ack);
	if (missing <= 0)
		return;
	scene->connection->recovery.latest.unseen_acked = true;
	notes = recovery_losses(scene->side);
	if (!notes)
		return;
	notes->unseen_bytes += missing;
	notes->unseen_count++;
	if (notes->unseen_frame_count < FINDING_FRAMES_MAX)
		notes->unseen_frames[notes->unseen_frame_count++] = scene->segment->packet->frame;
}

static void acknowledge_more(struct ack_scene *scene)
{
	struct recovery_side *side = scene->side;
	struct acknowledged got = { .any = false };
	int64_t edge = scene->end->has_acked ? scene->end->acked : scene->end->in_order;

	scene->connection->recovery.latest.ack = RECOVERY_ACK_NEW;
	find_unseen(scene);
	take_acknowledged(scene, &got);
	sample_round_trip(scene, &got);
	side->duplicate_acks = 0;
	side->timeouts = 0;
	side->news_ns = scene->now_ns;
	if (side->losses) {
		sequence_ranges_forget_below(&side->losses->sacked, scene->ack);
		if (side->losses->unsettled > 0)
			settle_resent(scene, side->losses, edge);
	}
	if (side->in_recovery && scene->ack >= side->recovery_until) {
		side->in_recovery = false;
		side->fast_recovery = false;
		side->after_timeout = false;
	}
}

/* Nothing in the file explains the D-SACK: not a repetition, nor a probe that asks for one. */
static void report_unexplained(struct ack_scene *scene, int64_t left)
{
	struct tcp_findings *findings = &scene->connection->findings;
	struct recovery_side *side = scene->side;

	if (scene->end->captured_twice > side->unexplained_doubles) {
		side->unexplained_doubles++;
		return;
	}
	if (left < 1 || (side->has_resent && left < side->resent_until) ||
	    side->last_was_keep_alive || side->last_was_probe ||
	    findings_find(findings, FINDING_KEEP_ALIVE, scene->sender) ||
	    findings_find(findings, FINDING_WINDOW_PROBE, scene->sender))
		return;
	finding_happened(
		findings_gather(findings, FINDING_REPORTED_TWICE, scene->sender, CAUSE_NONE),
		scene->segment->packet->frame);
}

static void report_duplicate(struct ack_scene *scene, int64_t left, int64_t right)
{
	struct loss_notes *notes = scene->side->losses;
	struct resent_segment *resent = NULL;

	if (left >= right)
		return;
	if (notes)
		resent = loss_notes_find_resent(notes, left, right);
	if (!resent) {
		report_unexplained(scene, left);
		return;
	}
	resent->reported = true;
	/* Cut otherwise than the original was, it may have brought more than came before. And of
	 * several the last came twice: those before it may have been needed. */
	if (left > resent->sequence || right < resent->end || resent->proven)
		return;
	resent->proven = true;
	/* It came twice, so the original did come, even if the capture does not have it. */
	recovery_not_lost(scene->connection, scene->sender, resent);
	recovery_needless(scene->connection, scene->sender, NEEDLESS_D_SACK, resent->frame,
			  scene->segment->packet->frame);
}

/* RFC 2883: the first block lies below the acknowledgement, or within the second. */
static bool is_duplicate_report(const struct tcp_options *options, uint32_t ack)
{
	const struct sack_block *first = &options->sack[0];
	const struct sack_block *second = &options->sack[1];

	if (!sequence_before(ack, first->right))
		return true;
	return options->sack_count > 1 && !sequence_before(first->left, second->left) &&
	       !sequence_before(second->right, first->right);
}

static void note_sacked(struct ack_scene *scene, int64_t left, int64_t right)
{
	struct recovery_verdict *latest = &scene->connection->recovery.latest;
	int64_t edge = scene->ack;
	struct loss_notes *notes;

	if (scene->end->has_acked && scene->end->acked > edge)
		edge = scene->end->acked;
	if (left < edge)
		left = edge;
	if (left >= right)
		return;
	notes = recovery_losses(scene->side);
	if (!notes || sequence_ranges_missing(&notes->sacked, left, right) == 0)
		return;
	sequence_ranges_add(&notes->sacked, left, right);
	latest->sack_news = true;
}

static void read_sack(struct ack_scene *scene)
{
	const struct tcp_header *tcp = &scene->segment->packet->tcp;
	const struct tcp_options *options = &tcp->options;
	uint32_t ack = tcp->acknowledgment;
	uint32_t i = 0;

	if (options->sack_count == 0)
		return;
	if (is_duplicate_report(options, ack)) {
		const struct sack_block *block = &options->sack[0];

		scene->connection->recovery.latest.d_sack = true;
		report_duplicate(scene, scene->ack + sequence_distance(ack, block->left),
				 scene->ack + sequence_distance(ack, block->right));
		i = 1;
	}
	for (; i < options->sack_count && i < TCP_SACK_MAX_BLOCKS; i++) {
		const struct sack_block *block = &options->sack[i];

		if (sequence_before(block->left, block->right))
			note_sacked(scene, scene->ack + sequence_distance(ack, block->left),
				    scene->ack + sequence_distance(ack, block->right));
	}
}

/* The same number again: what is it good for? */
static enum recovery_ack judge_repeated(const struct ack_scene *scene)
{
	const struct segment_facts *segment = scene->segment;
	const struct recovery_verdict *latest = &scene->connection->recovery.latest;
	bool is_closed = segment->packet->tcp.window == 0;

	if (!segment->is_bare || segment->sequence != scene->connection->ends[segment->from].next)
		return RECOVERY_ACK_NONE;
	if (latest->sack_news)
		return RECOVERY_ACK_DUPLICATE;
	if (latest->window_changed)
		return is_closed ? RECOVERY_ACK_NONE : RECOVERY_ACK_WINDOW;
	if (is_closed)
		return scene->side->last_was_probe ? RECOVERY_ACK_PROBE : RECOVERY_ACK_NONE;
	if (scene->side->last_was_keep_alive)
		return RECOVERY_ACK_KEEP_ALIVE;
	return latest->d_sack ? RECOVERY_ACK_D_SACK : RECOVERY_ACK_DUPLICATE;
}

static void count_duplicate(struct ack_scene *scene)
{
	struct recovery_side *side = scene->side;

	/* With nothing outstanding it asks for nothing. */
	if (side->outstanding.count == 0)
		return;
	if (side->duplicate_acks++ == 0)
		side->duplicate_since_ns = scene->now_ns;
	side->duplicate_ack_frame = scene->segment->packet->frame;
}

/* Windows are compared before scaling, as they are where the scale is not known; a SYN's never is
 * scaled: only as bytes can it be compared with a later one. */
static bool has_other_window(const struct tcp_connection *connection,
			     const struct segment_facts *segment)
{
	const struct recovery_side *own = &connection->recovery.sides[segment->from];
	const struct tcp_end *end = &connection->ends[segment->from];

	if (!end->sends)
		return false;
	if (own->last_was_syn && segment->window >= 0)
		return segment->window != end->window;
	return own->last_window_raw != segment->packet->tcp.window;
}

void recovery_ack(struct tcp_connection *connection, const struct segment_facts *segment)
{
	enum tcp_side sender = tcp_other_side(segment->from);
	struct recovery_verdict *latest = &connection->recovery.latest;
	struct ack_scene scene = {
		.connection = connection,
		.segment = segment,
		.sender = sender,
		.side = &connection->recovery.sides[sender],
		.end = &connection->ends[sender],
		.now_ns = segment->packet->time_ns,
		.ack = segment->acknowledgment,
	};

	latest->window_changed = has_other_window(connection, segment);
	if (segment->never_arrived) {
		if (scene.end->has_acked && scene.ack == scene.end->acked)
			latest->ack = judge_repeated(&scene);
		return;
	}
	if ((segment->packet->tcp.options.has & TCP_HAS_SACK) != 0)
		read_sack(&scene);
	if (!scene.end->has_acked || scene.ack > scene.end->acked) {
		acknowledge_more(&scene);
	} else if (scene.ack < scene.end->acked) {
		latest->ack = RECOVERY_ACK_OLD;
	} else {
		latest->ack = judge_repeated(&scene);
		if (latest->ack == RECOVERY_ACK_DUPLICATE)
			count_duplicate(&scene);
	}
	if (scene.side->probed)
		settle_probe(&scene);
	scene.side->last_ack_ns = scene.now_ns;
	/* A SACK block above a hole, or three who ask: it is lost, or at least late. */
	if (latest->sack_news || scene.side->duplicate_acks >= DUPLICATE_ACKS_OF_LOSS)
		recovery_begin(connection, sender,
			       scene.side->duplicate_acks > 0 ? scene.side->duplicate_since_ns
							      : scene.now_ns);
}
