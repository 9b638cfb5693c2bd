/*
 * Every moment of a connection is booked on one part. After a segment it is known what the time
 * until the next one will count as, with two exceptions, which wait (pending_ns) and are booked
 * when they can be judged:
 *
 * Silence: all that was sent is acknowledged, and somebody's program thinks, or nobody wants
 * anything. Who breaks it decides:
 * - New data by X: it was X's turn, the time is X's. So a server that speaks first took its time
 *   after the handshake, and he who sends on and on with pauses made the pauses himself.
 * - A FIN or RST by X, who did not speak last: it was X's turn, and this is what X made of it.
 * - A FIN or RST by X, who spoke last, so that it was the other's turn. If X is the client, it had
 *   asked and gave up: the server's time. If X is the server, it had answered and the client wanted
 *   no more: nobody owed anything, idle. But where the other never said a word, nothing shows that
 *   it was asked. If X went on by itself before (the server: ever), it is a stream in one
 *   direction, and the time is X's; else idle. Either is a guess (guessed_ns).
 * - Before anybody spoke it is the client's turn: a server that closes then ends an idle time. A
 *   guess as well: the client may have waited for a greeting.
 * - New data by X, who spoke last, about a round trip after the acknowledgement, as far as it is
 *   from the capture point to X and back: X was waiting for that acknowledgement, because of its
 *   congestion window or Nagle's rule. Beside the receiver a download looks so. Network.
 * - A SYN-ACK by the server's timer: it never had the client's ACK, or no room for the connection,
 *   and no program knew of it. Opening, and so until the client has answered it.
 * Keep-alives and window updates break no silence. But a keep-alive shows that for all the time
 * before it nothing was wanted: idle, unless an answer of the server was due.
 *
 * Unheard: data is out, but of the other side no segment was captured yet. Once one is, that was
 * time on the network; if none ever is, the acknowledgements were not captured either, and the time
 * is the sender's.
 *
 * Half closed: one side has sent its FIN, and the other has not. If it still sends data, it used
 * the direction that is left, and the time until then was its own; else the closing went on.
 *
 * And a loss is known only later: when it is, the time since it began to cost is taken back from
 * where it was booked, as far as the runs reach.
 */
#include "tcp_flow/ledger.h"

#include "tcp_flow/connection.h"

static enum tcp_ledger_part part_of(enum tcp_side side)
{
	return side == TCP_CLIENT ? LEDGER_CLIENT : LEDGER_SERVER;
}

static struct ledger_run *run_at(struct ledger *ledger, unsigned index)
{
	return &ledger->runs[(ledger->run_first + index) % LEDGER_RUNS_MAX];
}

static void book(struct ledger *ledger, enum tcp_ledger_part part, int64_t length_ns)
{
	struct ledger_run *run;

	if (length_ns == 0)
		return;
	ledger->parts_ns[part] += length_ns;
	if (ledger->run_count > 0) {
		run = run_at(ledger, ledger->run_count - 1u);
		if (run->part == part) {
			run->length_ns += length_ns;
			return;
		}
	}
	if (ledger->run_count == LEDGER_RUNS_MAX)
		ledger->run_first = (uint8_t)((ledger->run_first + 1u) % LEDGER_RUNS_MAX);
	else
		ledger->run_count++;
	*run_at(ledger, ledger->run_count - 1u) =
		(struct ledger_run){ .length_ns = length_ns, .part = part };
}

/* The time until now. */
static void count_time(struct ledger *ledger, const struct segment_facts *segment)
{
	int64_t passed_ns = segment->since_start_ns - ledger->counted_ns;

	/* A segment older than one before it takes no time: it was counted when that one came. */
	if (passed_ns <= 0)
		return;
	ledger->counted_ns = segment->since_start_ns;
	if (ledger->state != LEDGER_DECIDED) {
		ledger->pending_ns += passed_ns;
		return;
	}
	book(ledger, ledger->since_last, passed_ns);
	if (ledger->since_last == LEDGER_NETWORK)
		ledger->waiting_ns += passed_ns;
}

static void settle(struct ledger *ledger, enum tcp_ledger_part part)
{
	book(ledger, part, ledger->pending_ns);
	ledger->pending_ns = 0;
	ledger->kept_alive_ns = 0;
}

/* The silence is over, or the file: it was the time of `part`, but for what keep-alives bridged. */
static void settle_silence(struct ledger *ledger, enum tcp_ledger_part part)
{
	bool answer_due = ledger->last_speaker == TCP_CLIENT && part == LEDGER_SERVER;

	if (!answer_due && ledger->kept_alive_ns > 0) {
		book(ledger, LEDGER_IDLE, ledger->kept_alive_ns);
		ledger->pending_ns -= ledger->kept_alive_ns;
	}
	settle(ledger, part);
}

static enum tcp_ledger_part guess(struct ledger *ledger, enum tcp_ledger_part part)
{
	ledger->guessed_ns[part] += ledger->pending_ns;
	return part;
}

/* Whose time it was that `closer` ended by a FIN or RST. */
static enum tcp_ledger_part closed_silence(struct ledger *ledger, enum tcp_side closer)
{
	enum tcp_side other = tcp_other_side(closer);

	if (ledger->last_speaker == TCP_BOTH_SIDES)
		return guess(ledger, closer == TCP_CLIENT ? LEDGER_CLIENT : LEDGER_IDLE);
	if (ledger->last_speaker != closer)
		return part_of(closer);
	if (!ledger->spoke[other])
		return guess(ledger, closer == TCP_SERVER || ledger->went_on[closer]
					     ? part_of(closer)
					     : LEDGER_IDLE);
	return closer == TCP_CLIENT ? LEDGER_SERVER : LEDGER_IDLE;
}

/* Whose time it is that nobody ended: of him whose turn it was, if he ever took part. */
static enum tcp_ledger_part unbroken_silence(struct ledger *ledger)
{
	enum tcp_side next;

	if (ledger->last_speaker == TCP_BOTH_SIDES)
		return guess(ledger, LEDGER_CLIENT);
	next = tcp_other_side(ledger->last_speaker);
	return ledger->spoke[next] ? part_of(next) : guess(ledger, LEDGER_IDLE);
}

/* Nothing will tell any more: the time of him whose turn it was, or who was heard. */
static void settle_undecided(struct ledger *ledger, enum ledger_state state)
{
	if (ledger->pending_ns == 0)
		return;
	if (state == LEDGER_UNHEARD)
		settle(ledger, ledger->spoke[TCP_CLIENT] ? LEDGER_CLIENT : LEDGER_SERVER);
	else if (state == LEDGER_HALF_CLOSED)
		settle(ledger, LEDGER_CLOSING);
	else
		settle_silence(ledger, unbroken_silence(ledger));
}

/* The sender goes on as soon as the acknowledgement can have reached it, or a little later. */
static bool waited_for_acknowledgement(const struct tcp_connection *connection,
				       enum tcp_side sender)
{
	int64_t rtt_ns = connection->recovery.sides[tcp_other_side(sender)].least_rtt_ns;

	return connection->ledger.pending_ns <= rtt_ns + rtt_ns / 2;
}

/* The handshake looked complete, but the server was still waiting for its end. */
static bool opens_still(const struct segment_facts *segment)
{
	return segment->from == TCP_SERVER && (segment->flags & TCP_FLAG_SYN) != 0 &&
	       segment->has_ack && segment->repeats && segment->cause == CAUSE_TIMEOUT;
}

/* What the segment says of the pending time. */
static void judge_pending(const struct tcp_connection *connection, struct ledger *ledger,
			  const struct segment_facts *segment, bool speaks)
{
	if (ledger->state == LEDGER_UNHEARD) {
		if (!connection->ends[segment->from].sends)
			settle(ledger, LEDGER_NETWORK);
		return;
	}
	if (ledger->state == LEDGER_HALF_CLOSED) {
		if (segment->from != connection->closing.first_fin && speaks)
			settle(ledger, part_of(segment->from));
		return;
	}
	if (ledger->state != LEDGER_SILENT)
		return;
	if (speaks) {
		if (ledger->last_speaker == segment->from && ledger->pending_ns > 0) {
			if (waited_for_acknowledgement(connection, segment->from)) {
				settle(ledger, LEDGER_NETWORK);
				return;
			}
			ledger->went_on[segment->from] = true;
		}
		settle_silence(ledger, part_of(segment->from));
	} else if ((segment->flags & TCP_FLAG_FIN) || segment->rst_accepted) {
		settle_silence(ledger, closed_silence(ledger, segment->from));
	} else if (opens_still(segment)) {
		ledger->opens_still = true;
		settle(ledger, LEDGER_OPENING);
	} else if (segment->keep_alive) {
		ledger->kept_alive_ns = ledger->pending_ns;
	}
}

/* Since when the loss costs time became known: the latest `length_ns` are recovery. */
static void take_back(struct ledger *ledger, int64_t length_ns)
{
	int64_t taken_ns = ledger->pending_ns < length_ns ? ledger->pending_ns : length_ns;

	ledger->pending_ns -= taken_ns;
	if (ledger->kept_alive_ns > ledger->pending_ns)
		ledger->kept_alive_ns = ledger->pending_ns;
	length_ns -= taken_ns;
	/* runs are in the order of time: what still pends is older than what is recovery now */
	settle_undecided(ledger, ledger->state);
	while (length_ns > 0 && ledger->run_count > 0) {
		struct ledger_run *run = run_at(ledger, ledger->run_count - 1u);
		int64_t part_ns = run->length_ns < length_ns ? run->length_ns : length_ns;

		if (run->part == LEDGER_OPENING)
			break;
		ledger->parts_ns[run->part] -= part_ns;
		run->length_ns -= part_ns;
		if (run->length_ns == 0)
			ledger->run_count--;
		length_ns -= part_ns;
		taken_ns += part_ns;
	}
	book(ledger, LEDGER_RECOVERY, taken_ns);
}

/* Takes the time that new losses cost back. True: a loss is being repaired. */
static bool book_losses(struct tcp_connection *connection)
{
	struct ledger *ledger = &connection->ledger;
	bool recovering = false;

	for (int side = 0; side < 2; side++) {
		const struct recovery_side *loss = &connection->recovery.sides[side];
		int64_t since_ns;

		if (!loss->in_recovery) {
			ledger->recovering[side] = false;
			continue;
		}
		recovering = true;
		if (ledger->recovering[side] &&
		    ledger->recovering_since_ns[side] == loss->loss_since_ns)
			continue;
		ledger->recovering[side] = true;
		ledger->recovering_since_ns[side] = loss->loss_since_ns;
		if (__builtin_sub_overflow(loss->loss_since_ns, connection->start_ns, &since_ns))
			continue;
		if (since_ns < 0)
			since_ns = 0;
		if (since_ns < ledger->counted_ns)
			take_back(ledger, ledger->counted_ns - since_ns);
	}
	return recovering;
}

/* Something that this side sent is not acknowledged once the segment is counted. */
static bool is_outstanding(const struct tcp_connection *connection,
			   const struct segment_facts *segment, enum tcp_side side)
{
	const struct tcp_end *end = &connection->ends[side];
	bool counts = (segment->flags & TCP_FLAG_RST) == 0 && !segment->stray_syn;
	int64_t next = end->next;
	bool has_next = end->starts_known;
	int64_t acked = end->acked;
	bool has_acked = end->has_acked;

	if (counts && segment->from == side && !segment->window_probe) {
		if (!has_next || segment->end > next)
			next = segment->end;
		has_next = true;
	} else if (counts && segment->from != side && segment->has_ack && !segment->never_arrived) {
		if (!has_acked || segment->acknowledgment > acked)
			acked = segment->acknowledgment;
		has_acked = true;
	}
	if (!has_next)
		return false;
	if (!has_acked)
		return connection->ledger.spoke[side];
	return next > acked;
}

/* The same once a FIN was seen, and nothing lost is being repaired. */
static enum ledger_state decide_closing(const struct tcp_connection *connection,
					const struct segment_facts *segment,
					enum tcp_ledger_part *part)
{
	enum tcp_side second = tcp_other_side(connection->closing.first_fin);

	*part = LEDGER_CLOSING;
	if (connection->closing.fin_frame[second] != 0)
		return LEDGER_DECIDED;
	if (flow_control_blocks(connection, second))
		*part = LEDGER_WINDOW;
	else if (is_outstanding(connection, segment, second))
		*part = LEDGER_NETWORK;
	else
		return LEDGER_HALF_CLOSED;
	return LEDGER_DECIDED;
}

/* What the time after the segment will count as, in the order of precedence. */
static enum ledger_state decide(const struct tcp_connection *connection,
				const struct segment_facts *segment, bool recovering,
				enum tcp_ledger_part *part)
{
	const struct opening *opening = &connection->opening;

	if (closing_is_complete(connection)) {
		*part = LEDGER_CLOSING;
	} else if (connection->ledger.opens_still ||
		   (!opening->is_over && (opening->has_syn || opening->has_syn_ack))) {
		*part = LEDGER_OPENING;
	} else if (recovering) {
		*part = LEDGER_RECOVERY;
	} else if (connection->closing.began) {
		return decide_closing(connection, segment, part);
	} else if (flow_control_blocks(connection, TCP_CLIENT) ||
		   flow_control_blocks(connection, TCP_SERVER)) {
		*part = LEDGER_WINDOW;
	} else if (!is_outstanding(connection, segment, TCP_CLIENT) &&
		   !is_outstanding(connection, segment, TCP_SERVER)) {
		return LEDGER_SILENT;
	} else if (!connection->ends[tcp_other_side(segment->from)].sends) {
		return LEDGER_UNHEARD;
	} else {
		*part = LEDGER_NETWORK;
	}
	return LEDGER_DECIDED;
}

/* Waiting for an acknowledgement ends with one; in an answer it may have been the answerer's time.
 */
static void end_waiting(const struct tcp_connection *connection, struct ledger *ledger,
			const struct segment_facts *segment, bool speaks)
{
	const struct tcp_end *other = &connection->ends[tcp_other_side(segment->from)];

	if (!segment->has_ack || segment->never_arrived ||
	    (other->has_acked && segment->acknowledgment <= other->acked))
		return;
	if (speaks && ledger->last_speaker != segment->from && ledger->waiting_ns > 0) {
		ledger->answered_ns[segment->from] += ledger->waiting_ns;
		ledger->answers[segment->from]++;
	}
	ledger->waiting_ns = 0;
}

void ledger_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct ledger *ledger = &connection->ledger;
	bool speaks = segment->length > 0 && segment->new_space > 0 && !segment->keep_alive &&
		      !segment->window_probe;
	enum ledger_state before;
	bool recovering;

	if (!ledger->begun) {
		ledger->begun = true;
		ledger->last_speaker = TCP_BOTH_SIDES;
		ledger->since_last = LEDGER_OPENING;
	}
	count_time(ledger, segment);
	if (segment->captured_twice || segment_is_stray(segment))
		return;
	/* A late piece of what a side had said before the other spoke is not its turn again. */
	if (segment->fills_gap && ledger->last_speaker == tcp_other_side(segment->from))
		speaks = false;
	ledger->opens_still = false;
	judge_pending(connection, ledger, segment, speaks);
	end_waiting(connection, ledger, segment, speaks);
	if (speaks) {
		ledger->last_speaker = segment->from;
		ledger->spoke[segment->from] = true;
	}
	before = ledger->state;
	recovering = !closing_is_complete(connection) && book_losses(connection);
	ledger->state = decide(connection, segment, recovering, &ledger->since_last);
	if (ledger->state != before)
		settle_undecided(ledger, before);
}

struct verdict {
	enum tcp_limit limit;
	enum tcp_side side;
};

/* The acknowledgements that came in answers, without the round trips that they took anyway. */
static int64_t hidden_thinking(const struct tcp_connection *connection, enum tcp_side answerer)
{
	const struct ledger *ledger = &connection->ledger;
	int64_t answered_ns = ledger->answered_ns[answerer];
	int64_t answers = (int64_t)ledger->answers[answerer];
	int64_t rtt_ns = connection->recovery.sides[tcp_other_side(answerer)].least_rtt_ns;

	if (rtt_ns <= 0 && connection->opening.has_rtt)
		rtt_ns = connection->opening.rtt_ns;
	if (answers == 0 || rtt_ns < 0 || rtt_ns > answered_ns / answers)
		return 0;
	return answered_ns - answers * rtt_ns;
}

static struct verdict verdict_of(const struct tcp_connection *connection, enum tcp_ledger_part part)
{
	const struct flow_control_side *windows = connection->flow_control.sides;
	const struct tcp_end *ends = connection->ends;
	int64_t held_ns[2];

	switch (part) {
	case LEDGER_CLIENT:
		return (struct verdict){ LIMIT_CLIENT, TCP_CLIENT };
	case LEDGER_SERVER:
		return (struct verdict){ LIMIT_SERVER, TCP_SERVER };
	case LEDGER_NETWORK:
		for (int side = 0; side < 2; side++)
			if (hidden_thinking(connection, (enum tcp_side)side) >
			    connection->ledger.parts_ns[LEDGER_NETWORK] / 2)
				return (struct verdict){ side == TCP_CLIENT ? LIMIT_CLIENT
									    : LIMIT_SERVER,
							 (enum tcp_side)side };
		return (struct verdict){ LIMIT_ROUND_TRIPS, TCP_BOTH_SIDES };
	case LEDGER_RECOVERY:
		return (struct verdict){ LIMIT_LOSS,
					 ends[TCP_CLIENT].retransmissions >
							 ends[TCP_SERVER].retransmissions
						 ? TCP_CLIENT
						 : TCP_SERVER };
	case LEDGER_WINDOW:
		for (int side = 0; side < 2; side++)
			held_ns[side] = windows[side].closed_ns + windows[side].limited_ns;
		return (struct verdict){ LIMIT_WINDOW, held_ns[TCP_SERVER] > held_ns[TCP_CLIENT]
							       ? TCP_CLIENT
							       : TCP_SERVER };
	case LEDGER_OPENING:
		return (struct verdict){ LIMIT_OPENING, TCP_BOTH_SIDES };
	case LEDGER_CLOSING:
		return (struct verdict){ LIMIT_CLOSING, TCP_BOTH_SIDES };
	case LEDGER_IDLE:
	case LEDGER_PART_COUNT:
		break;
	}
	return (struct verdict){ LIMIT_IDLE, TCP_BOTH_SIDES };
}

/* The windows' own judges, who saw what was sent next, say so of most of that time. */
static bool window_was_missed(const struct tcp_connection *connection)
{
	int64_t confirmed_ns = 0;

	for (int side = 0; side < 2; side++) {
		const struct flow_control_side *window = &connection->flow_control.sides[side];

		/* half of each, so that no sum overflows */
		confirmed_ns += window->closed_ns / 2 + window->limited_ns / 2;
		if (confirmed_ns > INT64_MAX / 2)
			return true;
	}
	return confirmed_ns >= connection->ledger.parts_ns[LEDGER_WINDOW] / 4;
}

static enum tcp_confidence confidence_in(const struct tcp_connection *connection,
					 const struct verdict *verdict, enum tcp_ledger_part part)
{
	const struct ledger *ledger = &connection->ledger;
	int64_t known_ns = ledger->parts_ns[part] - ledger->guessed_ns[part];
	const struct tcp_finding *step_back =
		findings_find(&connection->findings, FINDING_TIME_BACKWARDS, TCP_BOTH_SIDES);

	if (!connection->ends[TCP_CLIENT].sends || !connection->ends[TCP_SERVER].sends)
		return CONFIDENCE_UNSURE;
	if (known_ns < ledger->counted_ns / 2)
		return CONFIDENCE_UNSURE;
	/* Frames of two queues may swap by less. */
	if (step_back && step_back->values[0] >= LEDGER_TOO_SHORT_NS)
		return CONFIDENCE_UNSURE;
	if (part == LEDGER_WINDOW && !window_was_missed(connection))
		return CONFIDENCE_UNSURE;
	if (part == LEDGER_NETWORK && verdict->limit != LIMIT_ROUND_TRIPS)
		return CONFIDENCE_LIKELY;
	return known_ns >= ledger->counted_ns / 5 * 4 ? CONFIDENCE_SURE : CONFIDENCE_LIKELY;
}

void ledger_conclude(struct tcp_connection *connection)
{
	struct ledger *ledger = &connection->ledger;
	enum tcp_ledger_part largest = LEDGER_OPENING;
	struct tcp_finding *finding;
	struct verdict verdict = { LIMIT_NOTHING, TCP_BOTH_SIDES };
	enum tcp_confidence confidence = CONFIDENCE_SURE;

	settle_undecided(ledger, ledger->state);
	for (unsigned part = 1; part < LEDGER_PART_COUNT; part++)
		if (ledger->parts_ns[part] > ledger->parts_ns[largest])
			largest = (enum tcp_ledger_part)part;
	if (ledger->counted_ns >= LEDGER_TOO_SHORT_NS) {
		verdict = verdict_of(connection, largest);
		confidence = confidence_in(connection, &verdict, largest);
	}
	finding = findings_add(&connection->findings, FINDING_LIMIT, verdict.side, confidence);
	if (!finding)
		return;
	finding->count = 1;
	finding->values[0] = largest;
	finding->values[1] = ledger->parts_ns[largest];
	finding->values[2] = verdict.limit;
}
