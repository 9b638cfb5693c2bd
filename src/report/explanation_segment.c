/* What a segment does as a whole: its part in the opening, the conversation or the closing. */
#include "report/explanation.h"
#include "report/explanation_parts.h"
#include "report/readable.h"

#define WORTH_TELLING_NS 1000000 /* a pause that is shorter says little */

struct whole_segment {
	struct text_builder *out;
	const struct segment_facts *facts;
	const struct tcp_connection *connection;
	uint64_t frame;
	enum tcp_side other;
};

static const char *side(enum tcp_side which)
{
	return which == TCP_CLIENT ? "the client" : "the server";
}

/* At the start of a sentence. */
static const char *big_side(enum tcp_side which)
{
	return which == TCP_CLIENT ? "The client" : "The server";
}

static void since(const struct whole_segment *segment, uint64_t frame, int64_t from_ns)
{
	int64_t after = segment->facts->packet->time_ns - from_ns;

	if (frame == 0 || frame == segment->frame || after < 0)
		return;
	text_append(segment->out, ", ");
	readable_duration(segment->out, after);
	text_append_format(segment->out, " after frame %llu", (unsigned long long)frame);
}

static void tell_syn(const struct whole_segment *segment)
{
	const struct opening *opening = &segment->connection->opening;
	struct text_builder *out = segment->out;

	if (segment->facts->stray_syn) {
		text_append_format(
			out,
			"A SYN with another initial number inside a connection that "
			"lives: %s has forgotten it, after a restart perhaps, or somebody "
			"else made the SYN up. A challenge ACK will ask, and an RST clear "
			"it up (RFC 9293 section 3.10.7.4).",
			side(segment->facts->from));
	} else if (segment->facts->from == TCP_SERVER) {
		text_append(out, "The server too sends a SYN, before it got the client's: a "
				 "simultaneous open. Both will acknowledge, and one connection "
				 "comes of it (RFC 9293 section 3.5).");
	} else if (opening->syn_frame != 0 && opening->syn_frame != segment->frame) {
		text_append(out, segment->facts->reopens
					 ? "The SYN again, now that a former connection of these "
					   "ports is reset"
					 : "The SYN again, since no answer has reached the client");
		since(segment, opening->syn_frame, opening->first_syn_ns);
		text_append(out, ". The wait doubles from one to the next; Linux, since 6.5, sends "
				 "the first few a second apart.");
	} else {
		text_append(out, "The first step of the three-way handshake: the client asks for "
				 "a connection, tells its initial number, and offers options. An "
				 "offer counts only if the answer takes it up.");
	}
}

static void tell_syn_ack(const struct whole_segment *segment)
{
	const struct opening *opening = &segment->connection->opening;
	struct text_builder *out = segment->out;

	if (segment->facts->stray_syn && segment->facts->acknowledgment == 1) {
		text_append_format(
			out,
			"A SYN-ACK with a new initial number, to the SYN that has been "
			"answered before: a copy of it has come late, and %s takes it "
			"for new. Who gets this answer does not wait for it, and says so "
			"(RFC 9293 section 3.5).",
			side(segment->facts->from));
	} else if (segment->facts->stray_syn) {
		text_append_format(out,
				   "A SYN-ACK with another initial number than %s gave before: "
				   "it belongs to no connection that is known here.",
				   side(segment->facts->from));
	} else if (opening->server_syn) {
		text_append_format(out,
				   "The SYN of %s again, now with the acknowledgement of the "
				   "other one: the second step of a simultaneous open.",
				   side(segment->facts->from));
	} else if (opening->syn_ack_frame != 0 && opening->syn_ack_frame != segment->frame) {
		text_append(out, "The SYN-ACK again: the client's ACK has not arrived, or the "
				 "first answer was lost.");
	} else {
		text_append(out, "The second step of the three-way handshake: the server "
				 "acknowledges the client's SYN and sends its own in the same "
				 "segment");
		since(segment, opening->last_syn_frame, opening->last_syn_ns);
		text_append(out, ". Its kernel does this; the server's program learns of the "
				 "connection from accept(), when the handshake is over.");
	}
}

static bool is_third_step(const struct whole_segment *segment)
{
	const struct opening *opening = &segment->connection->opening;

	return opening->ack_frame == segment->frame && opening->has_syn &&
	       segment->facts->from == TCP_CLIENT && segment->facts->acknowledgment >= 1;
}

static void tell_third_step(const struct whole_segment *segment)
{
	const struct opening *opening = &segment->connection->opening;
	struct text_builder *out = segment->out;

	text_append(out, "The third step of the three-way handshake: the client acknowledges the "
			 "server's SYN");
	since(segment, opening->last_syn_frame, opening->last_syn_ns);
	text_append(out, ". Now each side knows that the other has its initial number");
	if (segment->facts->length > 0)
		text_append(out, "; and the first data come with it");
	text_append(out, ".");
}

/* What the program at the other end notices, as on Linux. */
static void tell_broken_off(const struct whole_segment *segment)
{
	const struct closing *closing = &segment->connection->closing;
	const char *other = side(segment->other);
	struct text_builder *out = segment->out;

	text_append_format(out, "%s breaks the connection off. What was under way is lost",
			   big_side(segment->facts->from));
	if (segment->connection->opening.has_syn && !segment->connection->opening.is_over)
		text_append(out, ", and there was no connection yet for a program to lose.");
	else if (closing->fin_frame[segment->facts->from] != 0)
		text_append_format(out,
				   "; its FIN came before, so recv() of %s still finds the end "
				   "of file, but send() fails with EPIPE.",
				   other);
	else if (closing->fin_frame[segment->other] != 0)
		text_append_format(out,
				   "; if the program of %s still reads, recv() fails with "
				   "ECONNRESET.",
				   other);
	else
		text_append_format(out, "; recv() of %s fails with ECONNRESET.", other);
}

static void tell_reset(const struct whole_segment *segment)
{
	const struct opening *opening = &segment->connection->opening;
	const struct closing *closing = &segment->connection->closing;
	struct text_builder *out = segment->out;

	if (opening->refused_frame == segment->frame)
		text_append(out, "The server refuses: nothing listens at this port (or somebody on "
				 "the way says so). The client's connect() fails with "
				 "ECONNREFUSED.");
	else if (closing->late_reset_frame == segment->frame)
		text_append_format(out,
				   "A reset after both sides had closed: it ends the "
				   "TIME_WAIT of %s, and changes nothing else.",
				   side(segment->other));
	else if (closing->reset_frame == segment->frame)
		tell_broken_off(segment);
	else if (closing->reset_frame != 0)
		text_append(out, "One more reset of a connection that is over: the answer to a "
				 "segment that was still under way.");
	else
		text_append(out, "A reset that ends nothing: its number does not fit.");
}

/* How the second FIN makes the closing: three segments, four, or both at once. */
static void tell_second_fin(const struct whole_segment *segment)
{
	const struct closing *closing = &segment->connection->closing;
	enum tcp_side first = closing->first_fin;
	struct text_builder *out = segment->out;

	text_append_format(out, "The second FIN: %s has sent all it had, too. ",
			   side(segment->facts->from));
	if (closing->fin_ack_frame[first] == segment->frame)
		text_append_format(
			out,
			"It acknowledges the FIN of %s in the same segment, so that three "
			"segments close the connection: FIN, FIN with ACK, ACK.",
			side(first));
	else if (closing->acked_before_second)
		text_append_format(out,
				   "The FIN of %s had its ACK in frame %llu, so that four segments "
				   "close the connection: FIN, ACK, FIN, ACK.",
				   side(first), (unsigned long long)closing->fin_ack_frame[first]);
	else
		text_append(out, "It does not acknowledge the other FIN: both left before either "
				 "arrived, a simultaneous close. Both sides pass through CLOSING "
				 "(RFC 9293 section 3.6).");
}

static void tell_fin(const struct whole_segment *segment)
{
	const struct closing *closing = &segment->connection->closing;
	enum tcp_side from = segment->facts->from;
	struct text_builder *out = segment->out;

	if (segment->facts->length > 0) {
		text_append(out, "The last ");
		explained_bytes_text(out, segment->facts->length);
		text_append_format(out, " of %s, and its FIN with them. ", side(from));
	}
	if (closing->fin_frame[from] != 0 && closing->fin_frame[from] != segment->frame)
		text_append_format(out, "The FIN of frame %llu again: its ACK has not come.",
				   (unsigned long long)closing->fin_frame[from]);
	else if (closing->fin_frame[segment->other] != 0 && closing->first_fin != from)
		tell_second_fin(segment);
	else
		text_append_format(
			out,
			"The first FIN: %s closes first, and will be the one that waits "
			"in TIME_WAIT, unless both close at once. %s may still send: its "
			"program reads an end of file, and closes when it likes.",
			side(from), big_side(segment->other));
}

/* The acknowledgement of a FIN, without one of its own. */
static bool tell_fin_ack(const struct whole_segment *segment)
{
	const struct closing *closing = &segment->connection->closing;
	struct text_builder *out = segment->out;

	if (closing->fin_ack_frame[segment->other] != segment->frame)
		return false;
	if (closing->fin_frame[segment->facts->from] == 0)
		text_append_format(out,
				   "It acknowledges the FIN of %s, and brings none of its own: the "
				   "connection is half closed. %s sends no more, %s still may.",
				   side(segment->other), big_side(segment->other),
				   side(segment->facts->from));
	else if (closing_is_complete(segment->connection))
		text_append_format(out,
				   "It acknowledges the FIN of %s, the last that was open: with it "
				   "the connection is closed in both directions.",
				   side(segment->other));
	else
		text_append_format(out, "It acknowledges the FIN of %s.", side(segment->other));
	if (segment->facts->length > 0) {
		text_append(out, " It carries ");
		explained_bytes_text(out, segment->facts->length);
		text_append(out, " as well.");
	}
	return true;
}

static const char *cause_text(const struct segment_facts *facts)
{
	switch (facts->cause) {
	case CAUSE_TAIL_LOSS_PROBE:
		if (facts->may_be_timeout)
			return "no ACK came for it, and it is a probe of the end, or the "
			       "retransmission timer ran out: the time to the next tells";
		return "a probe of the end: no ACK came for the last segment, and waiting for the "
		       "timeout would take long";
	case CAUSE_TIMEOUT:
		return "the retransmission timer ran out";
	case CAUSE_FAST:
		return "duplicate ACKs asked for it, before any timeout";
	case CAUSE_SACK:
		return "SACK blocks showed that it is missing";
	case CAUSE_GO_BACK_N:
		return "after a timeout the sender goes over everything again";
	case CAUSE_NEEDLESS:
		return "needlessly, it had arrived";
	case CAUSE_UNKNOWN:
		return facts->cut_to_fit ? "cut to fit, since an ICMP error had called what was "
					   "sent too long for the path"
					 : NULL;
	case CAUSE_NONE:
	case CAUSE_COUNT:
	default:
		return NULL;
	}
}

static void tell_data(const struct whole_segment *segment)
{
	const struct segment_facts *facts = segment->facts;
	struct text_builder *out = segment->out;
	const char *cause = cause_text(facts);

	text_append_format(out, "%s %s ", big_side(facts->from),
			   facts->repeats ? "sends again" : "sends");
	explained_bytes_text(out, facts->length);
	if (facts->repeats && cause)
		text_append_format(out, ": %s", cause);
	else if (facts->fills_gap)
		text_append(out, " that fill a gap in what was captured");
	else if (facts->leaves_gap)
		text_append(out, ", and something before them is missing here");
	else if (segment->connection->ends[facts->from].bytes == facts->length)
		text_append(out, ", its first");
	if (facts->since_last_ns >= WORTH_TELLING_NS) {
		text_append(out, ", ");
		readable_duration(out, facts->since_last_ns);
		text_append(out, " after the segment before");
	}
	if (facts->newly_acked > 0) {
		text_append(out,
			    facts->repeats ? "; it also acknowledges " : ", and acknowledges ");
		explained_bytes_text(out, (uint64_t)facts->newly_acked);
		text_append_format(out, " of %s: an ACK rides with data at no cost",
				   side(segment->other));
	}
	text_append(out, ".");
}

static bool has_label(const struct whole_segment *segment, enum tcp_label label)
{
	return (segment->facts->labels & TCP_LABEL_BIT(label)) != 0;
}

static void tell_bare(const struct whole_segment *segment)
{
	const struct segment_facts *facts = segment->facts;
	struct text_builder *out = segment->out;

	if (facts->keep_alive)
		text_append_format(
			out,
			"A keep-alive: nothing was said for long, and %s asks whether %s "
			"is still there, with a number that must be contradicted (RFC "
			"9293 section 3.8.4).",
			side(facts->from), side(segment->other));
	else if (facts->window_probe)
		text_append_format(out,
				   "A probe of a closed window: %s has data and may not send them, "
				   "and asks whether the window is open now.",
				   side(facts->from));
	else if (has_label(segment, LABEL_KEEP_ALIVE_ACK))
		text_append_format(out, "The answer to a keep-alive: %s is there.",
				   side(facts->from));
	else if (has_label(segment, LABEL_ZERO_WINDOW_PROBE_ACK))
		text_append(out, "The answer to the probe: the window is still closed.");
	else if (segment->connection->closing.between_frame == segment->frame)
		text_append(out, "It stands between the two FINs, but acknowledges only data that "
				 "came before the first one: it is no part of the closing.");
	else if (facts->newly_acked > 0 && facts->window == 0)
		text_append_format(out,
				   "It acknowledges, and closes the window: %s has no room for "
				   "more.",
				   side(facts->from));
	else if (facts->window == 0)
		text_append_format(out, "%s has no room for more: the window is closed.",
				   big_side(facts->from));
	else if (facts->newly_acked > 0) {
		text_append(out, "An acknowledgement of ");
		explained_bytes_text(out, (uint64_t)facts->newly_acked);
		text_append_format(out,
				   ", and nothing else. %s can forget them; nobody "
				   "acknowledges an ACK.",
				   big_side(segment->other));
	} else if (has_label(segment, LABEL_DUPLICATE_ACK))
		text_append_format(
			out,
			"A duplicate acknowledgement: something reached %s behind a gap, "
			"and it says once more what it waits for.",
			side(facts->from));
	else if (has_label(segment, LABEL_WINDOW_UPDATE))
		text_append_format(out,
				   "A window update: the program of %s has read, there is room for "
				   "more.",
				   side(facts->from));
	else
		text_append(out, "An acknowledgement of nothing new.");
}

static const char *state_meaning(enum tcp_state state)
{
	switch (state) {
	case TCP_CLOSED:
		return "no connection";
	case TCP_LISTEN:
		return "waits for SYNs";
	case TCP_SYN_SENT:
		return "sent a SYN, no answer yet";
	case TCP_SYN_RECV:
		return "got a SYN and answers, its own is not acknowledged yet";
	case TCP_ESTABLISHED:
		return "data may flow";
	case TCP_FIN_WAIT1:
		return "sent its FIN, no ACK of it yet";
	case TCP_FIN_WAIT2:
		return "its FIN is acknowledged, it waits for the other one";
	case TCP_CLOSE_WAIT:
		return "got a FIN; its program has to close";
	case TCP_CLOSING:
		return "both FINs are out, its own is not acknowledged yet";
	case TCP_LAST_ACK:
		return "sent the second FIN, waits for its ACK";
	case TCP_TIME_WAIT:
		return "all is acknowledged; it waits, so that a FIN that comes again gets its ACK";
	case TCP_STATE_COUNT:
	default:
		return "";
	}
}

static void tell_former(const struct whole_segment *segment)
{
	struct text_builder *out = segment->out;

	if (segment->facts->from == TCP_CLIENT)
		text_append(out, "The client resets a former connection of these ports, of which "
				 "it knows nothing any more: an RST with the number that was "
				 "acknowledged (RFC 9293 section 3.5.1).");
	else
		text_append(out, "It acknowledges what this connection never sent: the server "
				 "still holds a former connection of these ports, perhaps in "
				 "TIME_WAIT, and speaks of that one. Who asked for a new one "
				 "answers such with an RST (RFC 9293 sections 3.5.1 and "
				 "3.10.7.3).");
}

/* The sender's right after it sent, the other's as soon as it has the segment. */
static void tell_states(const struct whole_segment *segment)
{
	enum tcp_state from = segment->facts->states[segment->facts->from];
	enum tcp_state other = segment->facts->states[segment->other];
	struct text_builder *out = segment->out;

	if (from == other && from == TCP_ESTABLISHED && !is_third_step(segment))
		return;
	if (from == other) {
		text_append_format(out, " Both sides are in %s then: %s.", tcp_state_name(from),
				   state_meaning(from));
		return;
	}
	text_append_format(out, " %s is in %s now (%s); %s, when it gets this, in %s (%s).",
			   big_side(segment->facts->from), tcp_state_name(from),
			   state_meaning(from), side(segment->other), tcp_state_name(other),
			   state_meaning(other));
}

void explanation_segment(struct text_builder *out, const struct frame_view *view)
{
	const struct segment_facts *facts = view->segment;

	if (!facts || !view->connection || view->packet->kind != PACKET_TCP)
		return;
	struct whole_segment segment = {
		.out = out,
		.facts = facts,
		.connection = view->connection,
		.frame = view->packet->frame,
		.other = tcp_other_side(facts->from),
	};

	if (facts->of_former)
		tell_former(&segment);
	else if (facts->captured_twice)
		text_append(out, "The same packet captured a second time, by another interface or "
				 "a mirroring switch: it was sent once, and counts once.");
	else if ((facts->flags & TCP_FLAG_RST) != 0)
		tell_reset(&segment);
	else if ((facts->flags & TCP_FLAG_SYN) != 0 && facts->has_ack)
		tell_syn_ack(&segment);
	else if ((facts->flags & TCP_FLAG_SYN) != 0)
		tell_syn(&segment);
	else if (is_third_step(&segment))
		tell_third_step(&segment);
	else if ((facts->flags & TCP_FLAG_FIN) != 0)
		tell_fin(&segment);
	else if (!tell_fin_ack(&segment)) {
		if (facts->length > 0 && !facts->keep_alive && !facts->window_probe)
			tell_data(&segment);
		else
			tell_bare(&segment);
	}
	if (!facts->of_former)
		tell_states(&segment);
	text_append(out, "\n");
}
