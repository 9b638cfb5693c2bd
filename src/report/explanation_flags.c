/* The flags of the TCP header, and the round of a congestion mark in which three of them play. */
#include "base/wire.h"
#include "report/explanation_parts.h"
#include "tcp_flow/segment_marks.h"

#define ECN_FLAGS (TCP_FLAG_ECE | TCP_FLAG_CWR | TCP_FLAG_AE)

static uint16_t flags_of(const struct explained *explained)
{
	if (explained->length < TCP_HEADER_MIN_BYTES)
		return 0;
	return wire_u16(explained->header + 12) & 0xfff;
}

void explanation_ecn_round(const struct explained *explained)
{
	if (explained->memory->ecn_round_told)
		return;
	explained->memory->ecn_round_told = true;
	text_append(explained->out,
		    "A whole round of explicit congestion notification (RFC 3168):\n"
		    "  1  SYN with ECE and CWR       the client asks for it\n"
		    "  2  SYN-ACK with ECE           the server agrees\n"
		    "  3  data with ECT in IP        may be marked in place of dropped\n"
		    "  4  a router: ECT becomes CE   its queue grows\n"
		    "  5  ACKs with ECE              the receiver says so, again and again\n"
		    "  6  data with CWR              the sender slowed down, as after a loss\n"
		    "  7  ACKs without ECE           the receiver has seen CWR: done\n");
}

static enum ecn_agreement agreement(const struct explained *explained)
{
	return explained->connection ? segment_marks_ecn(explained->connection) : ECN_UNKNOWN;
}

static bool was_asked_for(const struct explained *explained)
{
	const uint16_t both = TCP_FLAG_ECE | TCP_FLAG_CWR;

	return explained->connection &&
	       (explained->connection->ends[TCP_CLIENT].offer.flags & both) == both;
}

/* What the SYN and its answer say with the three flags together (RFC 9768 section 3.1). */
static bool ecn_in_syn(const struct explained *explained, uint16_t flags)
{
	uint16_t marks = flags & ECN_FLAGS;
	const char *meaning = NULL;

	if ((flags & TCP_FLAG_SYN) == 0)
		return false;
	if ((flags & TCP_FLAG_ACK) == 0) {
		if (marks == ECN_FLAGS)
			meaning = "AE, CWR and ECE in a SYN: it asks for accurate ECN, and takes "
				  "the classic kind if that is all the other side knows.";
		else if (marks == (TCP_FLAG_ECE | TCP_FLAG_CWR))
			meaning = "ECE and CWR in a SYN: it asks whether the other side takes part "
				  "in congestion notification.";
		else if (marks == 0)
			meaning = "None of AE, CWR and ECE in a SYN: it does not ask for "
				  "congestion notification, so there will be none.";
	} else if (marks == TCP_FLAG_ECE) {
		meaning = "ECE without CWR in a SYN-ACK: agreed, classic ECN.";
	} else if (marks == 0 && was_asked_for(explained)) {
		meaning = "None of AE, CWR and ECE in the SYN-ACK: the server takes no part in "
			  "congestion notification.";
	} else if (agreement(explained) == ECN_ACCURATE) {
		meaning = "In this SYN-ACK the three flags agree to accurate ECN, and tell how the "
			  "SYN came in: 010 not ECT, 011 ECT(1), 100 ECT(0), 110 marked.";
	}
	if (meaning)
		text_append_format(explained->out, "%s\n", meaning);
	return true;
}

/* The client's first ACK does not count yet. */
static bool answers_syn_ack(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;

	return segment && segment->from == TCP_CLIENT && segment->is_bare &&
	       explained->connection->opening.ack_frame == explained->view->frame->number;
}

static void ace_counter(const struct explained *explained, uint16_t flags)
{
	unsigned ae = (flags & TCP_FLAG_AE) != 0;
	unsigned cwr = (flags & TCP_FLAG_CWR) != 0;
	unsigned ece = (flags & TCP_FLAG_ECE) != 0;

	if (answers_syn_ack(explained)) {
		text_append_format(
			explained->out,
			"Accurate ECN was agreed on: AE, CWR and ECE, %u%u%u, tell in "
			"this first ACK how the SYN-ACK came in: 010 not ECT, 011 "
			"ECT(1), 100 ECT(0), 110 marked (RFC 9768 section 3.2.2.1). From "
			"the next segment on they count.\n",
			ae, cwr, ece);
		return;
	}
	text_append_format(explained->out,
			   "Accurate ECN was agreed on: AE, CWR and ECE are one number, which "
			   "counts the marked packets that %s got, modulo 8, from 5 on.\n"
			   "  4 * %u + 2 * %u + %u = %u\n",
			   explained_sender(explained), ae, cwr, ece, 4 * ae + 2 * cwr + ece);
}

/* With accurate ECN the three say one thing together: at the last of them. */
static bool ecn_is_told_together(const struct explained *explained, uint16_t flags)
{
	if (agreement(explained) != ECN_ACCURATE || (flags & TCP_FLAG_SYN) != 0)
		return false;
	if (explained->field->id == FIELD_TCP_ECE)
		ace_counter(explained, flags);
	return true;
}

static void ae_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);

	if (explained->value != 0 && !ecn_is_told_together(explained, flags) &&
	    (flags & TCP_FLAG_SYN) == 0)
		text_append(explained->out, "Set, though accurate ECN was not seen to be agreed "
					    "on.\n");
}

static void cwr_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);

	if (explained->value == 0 || (flags & TCP_FLAG_SYN) != 0 ||
	    ecn_is_told_together(explained, flags))
		return;
	text_append_format(explained->out,
			   "Set: %s has made its congestion window smaller, as an ECE told it to "
			   "or after a loss, and says so once. %s need not echo any longer.\n",
			   explained_sender(explained),
			   !explained->segment                      ? "The other side"
			   : explained->segment->from == TCP_CLIENT ? "The server"
								    : "The client");
}

/* In ECE, the last of the three, what they say in a SYN is told. */
static void ece_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);

	explanation_ecn_round(explained);
	if (ecn_is_told_together(explained, flags))
		return;
	if (ecn_in_syn(explained, flags))
		return;
	if (explained->value != 0)
		text_append_format(explained->out,
				   "Set: a packet reached %s with a mark, CE. It says so in each "
				   "segment until it sees CWR.\n",
				   explained_sender(explained));
}

static void urg_here(const struct explained *explained)
{
	if (explained->value != 0)
		text_append(explained->out, "Set: some data are urgent; see the urgent pointer.\n");
}

static void ack_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);

	if (explained->value != 0)
		return;
	if ((flags & TCP_FLAG_SYN) != 0)
		text_append(explained->out,
			    "Not set: a first SYN has nothing yet to acknowledge.\n");
	else if ((flags & TCP_FLAG_RST) != 0)
		text_append(explained->out,
			    "Not set: an RST in answer to a segment with ACK takes its sequence "
			    "number from that, and needs no more (RFC 9293 section 3.5.2).\n");
	else
		text_append(explained->out, "Not set, and no SYN or RST: whoever gets it drops "
					    "it.\n");
}

static void psh_here(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;
	bool set = explained->value != 0;

	if (!segment)
		return;
	if (set && segment->length > 0) {
		text_append(explained->out, "Set: with ");
		if (segment->length == 1)
			text_append(explained->out, "this byte");
		else
			text_append_format(explained->out, "the last of these %u bytes",
					   segment->length);
		text_append_format(explained->out,
				   " %s had, as a rule, sent all that its program had handed over "
				   "by then.\n",
				   explained_sender(explained));
	} else if (set) {
		text_append(explained->out, "Set, though there are no data to push: without "
					    "effect.\n");
	} else if (segment->length > 0) {
		text_append_format(explained->out,
				   "Not set: as a rule, %s already had more to send behind these "
				   "bytes.\n",
				   explained_sender(explained));
	}
}

static void rst_here(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;

	if (explained->value == 0 || !segment)
		return;
	text_append(explained->out,
		    segment->rst_accepted
			    ? "Set, and with a number that counts: the connection is over at "
			      "once.\n"
			    : "Set, but with a number that the receiver does not believe: nothing "
			      "ends, or a challenge ACK asks whether it is meant (RFC 5961).\n");
}

static void syn_here(const struct explained *explained)
{
	if (explained->value == 0)
		return;
	text_append(explained->out,
		    (flags_of(explained) & TCP_FLAG_ACK) != 0
			    ? "Set, with ACK: the second step, which answers a SYN and sends one "
			      "of its own.\n"
			    : "Set, without ACK: the first step, which asks for a connection.\n");
}

static void fin_here(const struct explained *explained)
{
	if (explained->value != 0)
		text_append_format(explained->out,
				   "Set: these were the last bytes from %s. It can still "
				   "receive.\n",
				   explained_sender(explained));
}

static const struct field_explanation rows[HEADER_FIELD_COUNT] = {
	[FIELD_TCP_AE] = {
		.purpose = "Accurate ECN, which reports how many marks came in place of whether "
			   "any came: with CWR and ECE it makes a counter of three bits. The bit "
			   "was NS before (RFC 3540).",
		.here = ae_here,
	},
	[FIELD_TCP_CWR] = {
		.purpose = "Congestion window reduced: the sender of data answers ECE with it. In "
			   "a SYN it asks, with ECE, for congestion notification.",
		.here = cwr_here,
	},
	[FIELD_TCP_ECE] = {
		.purpose = "Echo of a congestion mark: the receiver of data passes on what a "
			   "router told it, for only the sender can slow down.",
		.here = ece_here,
	},
	[FIELD_TCP_URG] = {
		.purpose = "The urgent pointer counts. Meant for \"stop!\" in the middle of a long "
			   "input, as in telnet; new programs are told to do without (RFC 6093).",
		.here = urg_here,
	},
	[FIELD_TCP_ACK] = {
		.purpose = "The acknowledgment number counts. It is set in all segments but the "
			   "first SYN and some RSTs: the field is there anyway, so it costs "
			   "nothing.",
		.here = ack_here,
	},
	[FIELD_TCP_PSH] = {
		.purpose = "Push, in two cases. Sending: the segment that empties the send buffer "
			   "gets it, so it often marks the end of a send(), though not that of a "
			   "message. Receiving: the bytes must not wait in a buffer for more, the "
			   "program is to get them. Linux hands bytes over at once with or without "
			   "it; PSH only ends the bundling of segments below TCP (GRO).",
		.here = psh_here,
	},
	[FIELD_TCP_RST] = {
		.purpose = "Reset: the connection is broken off, or never was. Nobody "
			   "acknowledges it, and data under way are lost. Reasons: no socket at "
			   "the port, a segment of a connection that is not known, a program "
			   "that closes without reading all (or asks for it with SO_LINGER 0).",
		.here = rst_here,
	},
	[FIELD_TCP_SYN] = {
		.purpose = "Synchronize: tells the other side the initial sequence number, and "
			   "takes that number itself. Some options are allowed in a SYN only.",
		.here = syn_here,
	},
	[FIELD_TCP_FIN] = {
		.purpose = "The sender has no more data: it called close() or shutdown(). It "
			   "takes a number of its own, behind the data, so it is acknowledged and "
			   "sent again like them. The other direction stays open until its own "
			   "FIN.",
		.here = fin_here,
	},
};

const struct field_explanation *explanation_of_flag(enum header_field_id id)
{
	return rows[id].purpose || rows[id].here ? &rows[id] : NULL;
}
