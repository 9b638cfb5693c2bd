#include "tcp_flow/reset_cause.h"

#include "packet/sequence.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/forged_reset.h"
#include "tcp_flow/loss_notes.h"

#define NS_PER_MS INT64_C(1000000)
#define AT_ONCE_NS (10 * NS_PER_MS) /* beyond a round trip: what came before it is its cause */
#define REPEATS_TO_GIVE_UP 2u       /* unanswered; Linux sends 15, a test or a user timeout few */
#define WORTH_A_WINDOW 2048         /* bytes; fewer vanish in the rounding of the window */
#define MPTCP_FAST_CLOSE 7u         /* RFC 8684 section 8.2 */
#define DEAF_NS (500 * NS_PER_MS)   /* a keep-alive's answer takes less */

struct verdict {
	enum tcp_side side; /* whose doing it is */
	enum tcp_finding_kind kind;
	enum tcp_confidence confidence;
	uint64_t proof[2]; /* frames before the RST; 0: none */
	int64_t values[3];
};

/* An RST in the words of those who judge it. */
struct reset_case {
	const struct tcp_connection *connection;
	const struct segment_facts *segment;
	const struct tcp_end *sender;
	const struct tcp_end *receiver;
	const struct last_words *sender_words;
	const struct last_words *receiver_words;
};

/* To a side that had said that it would send no more, and did not take it. */
static bool receiver_spoke_after_fin(const struct reset_case *reset)
{
	const struct tcp_end *receiver = reset->receiver;
	int64_t data_end = receiver->next - (receiver->fin_end == receiver->next);

	/* What was acknowledged reached a socket that was closed in one direction only. */
	return reset->sender->fin_end >= 0 &&
	       reset->receiver_words->data_frame > reset->sender->fin_frame &&
	       !(receiver->has_acked && receiver->acked >= data_end);
}

/* Data that its sender had acknowledged, and never said anything after. */
static int64_t unanswered_bytes(const struct reset_case *reset)
{
	int64_t end = reset->receiver->next;
	int64_t heard = reset->sender_words->heard;

	if (reset->segment->has_ack && reset->segment->acknowledgment < end)
		end = reset->segment->acknowledgment;
	if (reset->receiver->fin_end >= 0 && end >= reset->receiver->fin_end)
		end = reset->receiver->fin_end - 1;
	/* The SYN is number 0. */
	if (heard < 1)
		heard = 1;
	return end > heard ? end - heard : 0;
}

static struct verdict timed_out(const struct reset_case *reset, enum tcp_confidence confidence)
{
	return (struct verdict){
		.kind = FINDING_RESET_TIMEOUT,
		.confidence = confidence,
		.proof = { reset->sender_words->last_repeat_frame },
		.values = { reset->sender_words->repeats },
	};
}

static struct verdict half_open(enum reset_half_open which, uint64_t first, uint64_t second,
				enum tcp_confidence confidence)
{
	return (struct verdict){
		.kind = FINDING_RESET_HALF_OPEN,
		.confidence = confidence,
		.proof = { first, second },
		.values = { which },
	};
}

/* Of the opening; 0: not known. A file's clock may make it too long to be doubled, or negative. */
static int64_t round_trip_ns(const struct opening *opening)
{
	if (!opening->has_rtt || opening->rtt_ns < 0)
		return 0;
	return opening->rtt_ns < INT64_MAX / 4 ? opening->rtt_ns : INT64_MAX / 4;
}

/* Did its sender never send anything but SYN-ACKs, and is the opening hardly over? */
static bool is_at_once_after_opening(const struct reset_case *reset)
{
	const struct opening *opening = &reset->connection->opening;
	return reset->segment->from == TCP_SERVER && opening->is_over && opening->has_rtt &&
	       reset->sender->segments == opening->syn_ack_count &&
	       reset->segment->packet->time_ns - opening->last_syn_ns <=
		       2 * round_trip_ns(opening) + AT_ONCE_NS;
}

/* The receiver's last segment that may have come to the sender of the RST. */
static uint64_t last_heard(const struct reset_case *reset)
{
	enum tcp_side receiver = tcp_other_side(reset->segment->from);
	const struct loss_notes *notes = reset->connection->recovery.sides[receiver].losses;
	uint64_t last = reset->receiver->last_frame;

	return notes && last != 0 && last == notes->lost_frame ? notes->before_lost_frame : last;
}

/* RST without ACK: a machine answers a segment that belongs to no socket of its. */
static struct verdict judge_answer(const struct reset_case *reset)
{
	const struct opening *opening = &reset->connection->opening;
	const struct challenge *challenge = &reset->connection->flow_control.challenge;
	const struct tcp_end *sender = reset->sender;
	uint64_t provoker = last_heard(reset);

	if (challenge->cause == CHALLENGE_SYN && challenge->from == reset->segment->from &&
	    challenge->ack_frame != 0)
		return half_open(HALF_OPEN_RESTARTED, challenge->frame, challenge->ack_frame,
				 CONFIDENCE_SURE);
	if (!reset->receiver->sends ||
	    (sender->has_acked && sender->acked != reset->segment->sequence))
		return (struct verdict){ .kind = FINDING_RESET_UNEXPLAINED,
					 .confidence = CONFIDENCE_UNSURE };
	if (!opening->is_over && opening->has_syn_ack && reset->segment->from == TCP_CLIENT)
		return half_open(HALF_OPEN_SYN_ACK, opening->last_syn_ack_frame, 0,
				 CONFIDENCE_LIKELY);
	if (receiver_spoke_after_fin(reset))
		return (struct verdict){ .kind = FINDING_RESET_DATA_AFTER_CLOSE,
					 .confidence = CONFIDENCE_SURE,
					 .proof = { sender->fin_frame,
						    reset->receiver_words->data_frame } };
	if (sender->fin_end >= 0)
		return half_open(HALF_OPEN_FORGOTTEN, sender->fin_frame, provoker,
				 CONFIDENCE_LIKELY);
	/* Linux gives up without a word; only the next segment that comes learns of it. */
	if (reset->sender_words->repeats >= REPEATS_TO_GIVE_UP &&
	    provoker > reset->sender_words->last_repeat_frame)
		return timed_out(reset, CONFIDENCE_LIKELY);
	return half_open(is_at_once_after_opening(reset) ? HALF_OPEN_AT_ONCE : HALF_OPEN_UNKNOWN,
			 provoker, 0, CONFIDENCE_LIKELY);
}

/*
 * Its timestamps echo an older segment than the receiver's latest, which had all the time to arrive
 * and was captured: on the last piece of the way it was lost.
 */
static bool is_deaf(const struct reset_case *reset)
{
	const struct packet *packet = reset->segment->packet;
	const struct recent_packet *latest = recent_packets_at(&reset->receiver->recent, 0);

	return (packet->tcp.options.has & TCP_HAS_TIMESTAMPS) != 0 && latest->used &&
	       latest->timestamp_value != 0 && packet->time_ns - latest->time_ns >= DEAF_NS &&
	       sequence_before(packet->tcp.options.timestamp_echo, latest->timestamp_value);
}

/* Keep-alives or repeats to which nothing came back. */
static bool judge_silence(const struct reset_case *reset, struct verdict *out)
{
	enum tcp_side from = reset->segment->from;
	const struct keep_alives *series = &reset->connection->flow_control.keep_alives[from];
	uint64_t heard = last_heard(reset);

	if (series->pending && series->last_frame > heard) {
		*out = timed_out(reset,
				 series->unanswered > 1 ? CONFIDENCE_SURE : CONFIDENCE_LIKELY);
		out->proof[0] = series->last_frame;
		out->values[0] = series->unanswered;
		out->values[1] = TIMEOUT_OF_KEEP_ALIVES;
		return true;
	}
	if (reset->sender_words->repeats >= REPEATS_TO_GIVE_UP &&
	    reset->sender_words->last_repeat_frame > heard) {
		*out = timed_out(reset, CONFIDENCE_LIKELY);
		return true;
	}
	if (series->last_frame == reset->sender->last_frame && is_deaf(reset)) {
		*out = timed_out(reset, CONFIDENCE_LIKELY);
		out->proof[0] = series->last_frame;
		out->proof[1] = heard;
		out->values[1] = TIMEOUT_DEAF;
		return true;
	}
	return false;
}

/* The window says how much waited to be read, where it is more than the rounding. */
static bool window_shows_unread(const struct reset_case *reset, int64_t unanswered)
{
	enum tcp_side from = reset->segment->from;
	const struct flow_control_side *side = &reset->connection->flow_control.sides[from];

	return unanswered >= WORTH_A_WINDOW && reset->sender->window >= 0 &&
	       side->largest - reset->sender->window >= unanswered / 2;
}

static struct verdict judge_rough_close(const struct reset_case *reset)
{
	enum tcp_side from = reset->segment->from;
	int64_t unanswered = unanswered_bytes(reset);
	struct verdict verdict = {
		.kind = FINDING_RESET_UNREAD_DATA,
		.confidence = CONFIDENCE_UNSURE,
		.proof = { reset->receiver_words->data_frame },
		.values = { unanswered, ROUGH_EITHER, reset->sender->next - reset->sender->acked },
	};

	/* Window 0 up to the end: whatever filled it was never read. */
	if (reset->connection->flow_control.sides[from].closed) {
		verdict.confidence = CONFIDENCE_SURE;
		verdict.values[1] = ROUGH_CLEAR;
		return verdict;
	}
	if (unanswered > 0) {
		if (window_shows_unread(reset, unanswered)) {
			verdict.confidence = CONFIDENCE_LIKELY;
			verdict.values[1] = ROUGH_CLEAR;
		}
		return verdict;
	}
	/* What it answered last need not be all that it had read: its answer is no proof. */
	if (reset->receiver->bytes > 0 && reset->segment->acknowledgment > 1 &&
	    verdict.values[2] <= 0)
		return verdict;
	verdict.kind = FINDING_RESET_LINGER;
	verdict.confidence = CONFIDENCE_LIKELY;
	if (from == TCP_SERVER && reset->sender->bytes == 0 && reset->receiver->bytes == 0) {
		/* A program that took the connection nearly always said something. */
		verdict.values[1] = ROUGH_NOT_TAKEN;
	} else if (reset->receiver->bytes == 0) {
		verdict.values[1] = ROUGH_CLEAR;
	} else if (verdict.values[2] > 0) {
		/* It had not even waited for its own answer to arrive: an early no, then a close
		 * with the rest of the question unread, is as common. */
		verdict.confidence = CONFIDENCE_UNSURE;
	}
	return verdict;
}

/* RST with ACK: a socket of its sender ends the connection. */
static struct verdict judge_own(const struct reset_case *reset)
{
	const struct opening *opening = &reset->connection->opening;
	const struct segment_facts *segment = reset->segment;
	int64_t since_data_ns = segment->packet->time_ns - reset->receiver_words->data_ns;
	int64_t rtt_ns = round_trip_ns(opening);
	struct verdict verdict;

	if (!reset->receiver->sends || segment->acknowledgment > reset->receiver->next)
		return (struct verdict){ .kind = FINDING_RESET_UNEXPLAINED,
					 .confidence = CONFIDENCE_UNSURE };
	if (!opening->is_over && (opening->has_syn || opening->has_syn_ack)) {
		if (segment->from == TCP_CLIENT && opening->has_syn_ack)
			return half_open(HALF_OPEN_SYN_ACK, opening->last_syn_ack_frame, 0,
					 CONFIDENCE_LIKELY);
		return (struct verdict){ .kind = FINDING_RESET_UNEXPLAINED,
					 .confidence = CONFIDENCE_UNSURE };
	}
	if (judge_silence(reset, &verdict))
		return verdict;
	/* Linux answers such data without ACK; other systems with it. */
	if (receiver_spoke_after_fin(reset))
		return (struct verdict){
			.kind = FINDING_RESET_DATA_AFTER_CLOSE,
			.confidence = since_data_ns <= AT_ONCE_NS + rtt_ns ? CONFIDENCE_LIKELY
									   : CONFIDENCE_UNSURE,
			.proof = { reset->sender->fin_frame, reset->receiver_words->data_frame }
		};
	verdict = judge_rough_close(reset);
	if (segment->sequence != reset->sender->next)
		verdict.confidence = CONFIDENCE_UNSURE;
	return verdict;
}

/* MPTCP: who gets an MP_FASTCLOSE must reset the subflow; RFC 8684 section 3.5. */
static struct verdict judge_fast_close(const struct reset_case *reset)
{
	const struct opening *opening = &reset->connection->opening;
	int64_t since_ns = reset->segment->packet->time_ns - reset->receiver->last_ns;
	int64_t rtt_ns = round_trip_ns(opening);

	return (struct verdict){
		.side = tcp_other_side(reset->segment->from),
		.kind = FINDING_RESET_LINGER,
		.confidence = since_ns <= AT_ONCE_NS + rtt_ns ? CONFIDENCE_SURE : CONFIDENCE_LIKELY,
		.proof = { reset->receiver_words->fast_close_frame },
		.values = { 0, ROUGH_FAST_CLOSE, 0 },
	};
}

static struct verdict judge(const struct reset_case *reset)
{
	struct verdict verdict;

	if (reset->receiver_words->fast_close_frame != 0)
		return judge_fast_close(reset);
	verdict = reset->segment->has_ack ? judge_own(reset) : judge_answer(reset);
	verdict.side = reset->segment->from;
	return verdict;
}

static void add_verdict(struct tcp_connection *connection, const struct verdict *verdict,
			const struct segment_facts *segment)
{
	struct tcp_finding *finding = findings_add(&connection->findings, verdict->kind,
						   verdict->side, verdict->confidence);

	if (!finding)
		return;
	/* What happened before the file, nobody knows. */
	if (connection->opening.has_syn == false && finding->confidence == CONFIDENCE_LIKELY)
		finding->confidence = CONFIDENCE_UNSURE;
	finding->count = 1;
	finding->values[2] = verdict->values[2];
	for (int i = 0; i < 2; i++) {
		finding->values[i] = verdict->values[i];
		if (verdict->proof[i] != 0)
			finding_frame(finding, verdict->proof[i]);
	}
	finding_frame(finding, segment->packet->frame);
}

/* The side lost its state: it opened anew inside of what the other side still held. */
static void add_half_open(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct challenge *challenge = &connection->flow_control.challenge;
	struct tcp_finding *finding = findings_add(&connection->findings, FINDING_HALF_OPEN,
						   segment->from, CONFIDENCE_SURE);

	finding_happened(finding, challenge->frame);
	finding_frame(finding, challenge->ack_frame);
}

static void explain(struct tcp_connection *connection, const struct segment_facts *segment)
{
	enum tcp_side to = tcp_other_side(segment->from);
	struct reset_case reset = {
		.connection = connection,
		.segment = segment,
		.sender = &connection->ends[segment->from],
		.receiver = &connection->ends[to],
		.sender_words = &connection->flow_control.last_words[segment->from],
		.receiver_words = &connection->flow_control.last_words[to],
	};
	struct verdict verdict;

	forged_reset_note(connection, segment);
	if (forged_reset_judge(connection, segment))
		return;
	verdict = judge(&reset);
	if (connection->flow_control.reset.is_inexact)
		verdict.confidence = CONFIDENCE_UNSURE;
	if (verdict.kind == FINDING_RESET_HALF_OPEN && verdict.values[0] == HALF_OPEN_RESTARTED)
		add_half_open(connection, segment);
	add_verdict(connection, &verdict, segment);
}

/* Both sides had closed, and one may wait in TIME_WAIT. */
static void add_after_close(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct closing *closing = &connection->closing;
	struct tcp_finding *finding = findings_gather(
		&connection->findings, FINDING_RESET_AFTER_CLOSE, segment->from, CAUSE_NONE);

	finding_happened(finding, segment->packet->frame);
	if (!finding || segment->never_arrived || segment->from == closing->first_fin ||
	    finding->values[0] == AFTER_CLOSE_ENDS_WAIT)
		return;
	finding->values[0] = segment->sequence == closing->fin_end[segment->from]
				     ? AFTER_CLOSE_ENDS_WAIT
				     : AFTER_CLOSE_OLD_NUMBER;
}

/* Numbered as the acknowledgement of what the other side sent just before: see the header. */
static bool is_answer_to_late(const struct tcp_connection *connection,
			      const struct segment_facts *segment)
{
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(segment->from)];
	const struct recent_packet *latest = recent_packets_at(&receiver->recent, 0);
	int64_t rtt_ns = round_trip_ns(&connection->opening);

	return !segment->has_ack && latest->used && (latest->flags & TCP_FLAG_ACK) != 0 &&
	       latest->acknowledgment == segment->packet->tcp.sequence &&
	       segment->packet->time_ns - latest->time_ns <= AT_ONCE_NS + rtt_ns;
}

static void add_refused(struct tcp_connection *connection, const struct segment_facts *segment)
{
	forged_reset_refused(connection, segment->from, segment->packet->frame,
			     segment->sequence - connection->ends[segment->from].next,
			     is_answer_to_late(connection, segment) ? REFUSED_ANSWER
								    : REFUSED_OUTSIDE);
}

void reset_cause_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct opening *opening = &connection->opening;

	/* One is enough: those that follow answer what was still on its way. */
	if (connection->closing.reset_frame != 0 || connection->closing.lost_reset_frame != 0)
		return;
	/* A refusal, which opening.c tells. */
	if (opening->has_syn && !opening->has_syn_ack && !opening->is_over &&
	    segment->from == TCP_SERVER)
		return;
	if (closing_is_complete(connection))
		add_after_close(connection, segment);
	else if (segment->rst_accepted)
		explain(connection, segment);
	else if (!segment->never_arrived)
		add_refused(connection, segment);
}

void reset_cause_remember(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct last_words *words = &connection->flow_control.last_words[segment->from];

	if ((segment->packet->tcp.options.has & TCP_HAS_MPTCP) != 0 &&
	    segment->packet->tcp.options.mptcp_subtype == MPTCP_FAST_CLOSE &&
	    (segment->flags & TCP_FLAG_RST) == 0)
		words->fast_close_frame = segment->packet->frame;
	if (segment->repeats) {
		words->repeats++;
		words->last_repeat_frame = segment->packet->frame;
	} else if (segment->length > 0 && segment->new_space > 0) {
		if (!segment->never_arrived) {
			words->data_ns = segment->packet->time_ns;
			words->data_frame = segment->packet->frame;
		}
		if (segment->has_ack)
			words->heard = segment->acknowledgment;
	}
}
