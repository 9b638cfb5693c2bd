/* What the capture cannot tell, how connections begin, TIME_WAIT, and what limited them. */
#include "report/finding_text.h"

#include <inttypes.h>
#include <string.h>

#include "report/readable.h"

static const char *other_name(const struct tcp_finding *finding)
{
	return tcp_side_name(tcp_other_side(finding->side));
}

static void text_of_one_direction(struct text_builder *out, const struct tcp_connection *connection,
				  const struct tcp_finding *finding)
{
	if (finding->side != TCP_BOTH_SIDES && connection->ends[finding->side].sends) {
		text_append_format(out,
				   "The %s's SYN-ACK is not in the capture although the %s "
				   "acknowledged it: the capture misses segments of the %s, and "
				   "what they held is not known.",
				   tcp_side_name(finding->side), other_name(finding),
				   tcp_side_name(finding->side));
		return;
	}
	text_append_format(out,
			   "Only segments of the %s are in the capture; what the %s did is told "
			   "by the %s's acknowledgements alone.",
			   other_name(finding), tcp_side_name(finding->side), other_name(finding));
}

static void text_of_capture_loss(struct text_builder *out, const struct tcp_finding *finding)
{
	readable_bytes(out, (uint64_t)finding->values[0]);
	text_append_format(out,
			   " of the %s %s acknowledged but not captured: the capture missed "
			   "what the network delivered.",
			   tcp_side_name(finding->side), finding->values[0] == 1 ? "was" : "were");
}

static void text_of_time_backwards(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append(out, "The capture's clock steps back, by up to ");
	readable_duration(out, finding->values[0]);
	text_append(out, ": times across such a step mislead.");
}

static void text_of_captured_twice(struct text_builder *out, const struct tcp_finding *finding)
{
	bool one = finding->count == 1;

	text_append(out, "The capture holds ");
	readable_number_of(out, finding->count, "segment", "segments");
	text_append_format(out, " of the %s twice", tcp_side_name(finding->side));
	if (finding->values[0] <= 0) {
		text_append(out, ", as a mirror port or a capture on two interfaces does: the "
				 "repeats are no retransmissions.");
		return;
	}
	if (finding->values[0] >= (int64_t)finding->count)
		text_append(out, one ? ", and the receiver reports that it came twice (D-SACK)"
				     : ", and the receiver reports that they came twice (D-SACK)");
	else
		text_append_format(out,
				   "; of %" PRIi64 " of them the receiver reports that they came "
				   "twice (D-SACK)",
				   finding->values[0]);
	text_append_format(out, ": the network doubled %s; the %s did not send %s again.",
			   one ? "it" : "them", tcp_side_name(finding->side), one ? "it" : "them");
}

static void text_of_checksum_bad(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append(out, finding->count == 1 ? "The checksum of " : "The checksums of ");
	readable_number_of(out, finding->count, "segment", "segments");
	text_append_format(out,
			   " of the %s %s wrong: damaged on the way, or by who wrote the capture. "
			   "A receiver drops such a segment without a word.",
			   tcp_side_name(finding->side), finding->count == 1 ? "is" : "are");
}

/* 127.0.0.0/8, ::1, or one address on both sides: such packets never meet a network card. */
static bool is_local(const struct tcp_connection *connection)
{
	static const struct ip_address loopback_v6 = { .version = 6, .bytes = { [15] = 1 } };
	const struct ip_address *client = &connection->ends[TCP_CLIENT].address;
	const struct ip_address *server = &connection->ends[TCP_SERVER].address;

	if (client->version == 4 && (client->bytes[0] == 127 || server->bytes[0] == 127))
		return true;
	if (client->version == 6 &&
	    memcmp(client->bytes, loopback_v6.bytes, sizeof(client->bytes)) == 0)
		return true;
	return client->version != 0 && client->version == server->version &&
	       memcmp(client->bytes, server->bytes, sizeof(client->bytes)) == 0;
}

static void text_of_checksum_offloaded(struct text_builder *out,
				       const struct tcp_connection *connection,
				       const struct tcp_finding *finding)
{
	if (finding->side == TCP_BOTH_SIDES)
		text_append(out, "The checksums are not filled in");
	else
		text_append_format(out, "The %s's checksums are not filled in",
				   tcp_side_name(finding->side));
	text_append(out,
		    is_local(connection)
			    ? ", as always within one machine: no errors."
			    : " yet: a network card does that after the capture, so they are no "
			      "errors.");
}

/* What this capture cannot tell. */
static bool text_of_unknown(struct text_builder *out, const struct tcp_connection *connection,
			    const struct tcp_finding *finding)
{
	const char *side = tcp_side_name(finding->side);

	switch ((unsigned)finding->kind) {
	case FINDING_MIDSTREAM:
		text_append(out, "The capture begins in the middle of this connection: how it "
				 "opened and what was agreed is not in it");
		text_append(out, connection->opening.has_syn_ack
					 ? ", but for the server's answer."
					 : ", and who is the client is judged by the ports.");
		return true;
	case FINDING_ONE_DIRECTION:
		text_of_one_direction(out, connection, finding);
		return true;
	case FINDING_CAPTURE_LOSS:
		text_of_capture_loss(out, finding);
		return true;
	case FINDING_OFFLOADED:
		text_append_format(out,
				   "The %s's largest segment holds %" PRIi64 " bytes where %" PRIi64
				   " were allowed: it was captured before a network card cut it, "
				   "or after one joined the pieces. On the wire there were more "
				   "and smaller segments.",
				   side, finding->values[0], finding->values[1]);
		return true;
	case FINDING_CHECKSUM_OFFLOADED:
		text_of_checksum_offloaded(out, connection, finding);
		return true;
	case FINDING_CAPTURED_TWICE:
		text_of_captured_twice(out, finding);
		return true;
	case FINDING_CUT_SHORT:
		text_append_format(out,
				   "The capture keeps only the beginning of the %s's longer "
				   "packets: sizes are known, the rest of the content is not.",
				   side);
		return true;
	case FINDING_TIME_BACKWARDS:
		text_of_time_backwards(out, finding);
		return true;
	case FINDING_EVICTED:
		text_append(out, "Too many connections were open at once to remember all: this one "
				 "was given up while idle, and what came later is told apart.");
		return true;
	case FINDING_TRACK_LIMIT:
		text_append_format(out,
				   "The %s's stream has more gaps than are remembered of one "
				   "connection: counts of its bytes may be off.",
				   side);
		return true;
	case FINDING_CHECKSUM_BAD:
		text_of_checksum_bad(out, finding);
		return true;
	default:
		return false;
	}
}

static void text_of_unanswered(struct text_builder *out, const struct tcp_finding *finding)
{
	if (finding->values[0] > 1) {
		text_append(out, finding->values[0] == 2 ? "Both SYNs" : "All ");
		if (finding->values[0] > 2)
			readable_number_of(out, (uint64_t)finding->values[0], "SYN", "SYNs");
		text_append(out, ", sent within ");
		readable_duration(out, finding->values[1]);
		text_append(out, ", stayed without an answer");
	} else {
		text_append(out, "The SYN stayed without an answer");
	}
	text_append(out,
		    ". Why, the capture does not show: the server's machine may be down, a filter "
		    "may drop the packets in silence, or the queue of connections that its program "
		    "has yet to accept may be full. Where no program listens, a machine that is up "
		    "refuses at once.");
}

static void text_of_syn_retry(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append(out, "The SYN had to be sent ");
	if (finding->values[0] == 1)
		text_append(out, "once more");
	else if (finding->values[0] == 2)
		text_append(out, "twice more");
	else
		text_append_format(out, "%" PRIi64 " times more", finding->values[0]);
	text_append(out, ", which delayed the opening by ");
	readable_duration(out, finding->values[1]);
	text_append(out, ": the SYN or its answer was lost, or the server was slow to take it.");
}

/* How it began. */
static bool text_of_opening(struct text_builder *out, const struct tcp_connection *connection,
			    const struct tcp_finding *finding)
{
	switch ((unsigned)finding->kind) {
	case FINDING_REFUSED:
		text_append_format(out,
				   "The machine is up and refused at once: no program listens on "
				   "its port %u, or a firewall answers in its place.",
				   connection->ends[TCP_SERVER].port);
		return true;
	case FINDING_UNANSWERED:
		text_of_unanswered(out, finding);
		return true;
	case FINDING_SYN_RETRY:
		text_of_syn_retry(out, finding);
		return true;
	case FINDING_LOST_SYN_ACK:
		text_append(out, "The server's SYN-ACK, or the client's answer to it, was lost: "
				 "that step of the opening was done again.");
		return true;
	case FINDING_SIMULTANEOUS_OPEN:
		text_append(out, "Two SYNs that cross make one connection, not two: each side "
				 "answers the other's SYN, and nobody is the server. It takes two "
				 "programs that each bind a port and connect to the other's.");
		return true;
	case FINDING_PORT_REUSE:
		text_append_format(out,
				   "The same pair of ports was used before, by connection %" PRIi64
				   "; the new initial sequence number tells the two apart.",
				   finding->values[0]);
		return true;
	default:
		return false;
	}
}

static void text_of_time_wait(struct text_builder *out, const struct tcp_finding *finding)
{
	if (finding->side == TCP_BOTH_SIDES)
		text_append(out, "Both sides closed first, so that both keep their pair of ports");
	else
		text_append_format(out, "The %s closed first and so keeps the pair of ports",
				   tcp_side_name(finding->side));
	text_append(out, " in TIME_WAIT until ");
	readable_time_of_day(out, finding->values[0], 0);
	text_append(out, " (60 s, as Linux waits), to answer a FIN that comes again and to let "
			 "stray segments die out.");
}

/* The one plain answer, ahead of its proof in numbers. */
static const char *limit_answer(const struct tcp_finding *finding)
{
	switch ((enum tcp_limit)finding->values[2]) {
	case LIMIT_NOTHING:
		break;
	case LIMIT_CLIENT:
		return "The client's program set the pace";
	case LIMIT_SERVER:
		return "The server's program set the pace";
	case LIMIT_ROUND_TRIPS:
		return "The way there and back set the pace: waiting for acknowledgements";
	case LIMIT_LOSS:
		return "Losses set the pace: waiting for what was lost to be sent again";
	case LIMIT_WINDOW:
		return finding->side == TCP_CLIENT
			       ? "The server's window set the pace: the client had to wait for room"
			       : "The client's window set the pace: the server had to wait for "
				 "room";
	case LIMIT_IDLE:
		return "Silence was the largest part: nobody sent anything, and nothing shows that "
		       "anybody was expected to";
	case LIMIT_OPENING:
		return "Opening the connection took the most time";
	case LIMIT_CLOSING:
		return "Closing the connection took the most time";
	}
	return NULL;
}

static void text_of_limit(struct text_builder *out, const struct tcp_connection *connection,
			  const struct tcp_finding *finding)
{
	const char *answer = limit_answer(finding);

	if (!answer) {
		text_append(out, "The connection is too short to say what limited it.");
		return;
	}
	text_append(out, answer);
	text_append(out, " (");
	readable_duration(out, finding->values[1]);
	text_append(out, " of ");
	readable_duration(out, connection->end_ns - connection->start_ns);
	text_append(out, ").");
}

bool finding_text_ends(struct text_builder *out, const struct tcp_connection *connection,
		       const struct tcp_finding *finding)
{
	if (finding->kind == FINDING_TIME_WAIT) {
		text_of_time_wait(out, finding);
		return true;
	}
	if (finding->kind == FINDING_LIMIT) {
		text_of_limit(out, connection, finding);
		return true;
	}
	return text_of_unknown(out, connection, finding) ||
	       text_of_opening(out, connection, finding);
}
