/* Windows, timers, marks, errors of the network. */
#include "report/finding_text.h"

#include <inttypes.h>

#include "report/readable.h"
#include "report/told_finding.h"

static void text_of_zero_window(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	text_append_format(told->out, "The %s closed its window ", told->side);
	told_times(told, told->finding->count);
	text_append(told->out, ", for ");
	readable_duration(told->out, values[0]);
	if (told->finding->count > 1) {
		text_append(told->out, " in all and ");
		readable_duration(told->out, values[1]);
		text_append(told->out, " at most");
	}
	if (values[2])
		text_append(told->out, ", and did not open it again");
	text_append_format(told->out,
			   ": its buffer was full because its program did not read, and the %s "
			   "had to stop.",
			   told->other);
}

static void text_of_window_limited(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	text_append_format(told->out, "The %s had used up the window that the %s allows it (",
			   told->side, told->other);
	readable_bytes(told->out, (uint64_t)values[2]);
	text_append(told->out, " at most) and had to wait ");
	told_times(told, told->finding->count);
	text_append(told->out, ", ");
	readable_duration(told->out, values[0]);
	if (values[3])
		text_append(told->out,
			    " in all: without the window scale option no window is larger than "
			    "65,535 bytes, however much room there is.");
	else
		text_append_format(told->out,
				   " in all: a larger receive buffer at the %s, or a program there "
				   "that reads sooner, would let it send on.",
				   told->other);
}

static void text_of_probes(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	text_append_format(told->out, "The %s asked ", told->side);
	told_times(told, values[0]);
	text_append_format(told->out,
			   " whether the window of the %s is open again (zero-window probes)",
			   told->other);
	if (values[0] > 1) {
		text_append(told->out, ", first after ");
		readable_duration(told->out, values[1]);
		text_append(told->out, " and at last only after ");
		readable_duration(told->out, values[2]);
	} else {
		text_append(told->out, ", after ");
		readable_duration(told->out, values[1]);
	}
	text_append(told->out, "; ");
	if (values[3] == 0)
		text_append(told->out, "none was answered.");
	else if (values[3] == values[0])
		text_append(told->out, values[0] == 1 ? "it was answered." : "all were answered.");
	else
		text_append_format(told->out, "%" PRIi64 " got an answer.", values[3]);
}

static void text_of_keep_alives(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	text_append_format(told->out, "The %s sent ", told->side);
	readable_number_of(told->out, (uint64_t)values[0], "keep-alive", "keep-alives");
	if (values[1] > 0) {
		text_append(told->out, values[0] > 1 ? ", one every " : " after a silence of ");
		readable_duration(told->out, values[1]);
	}
	text_append_format(told->out, ", to learn whether the %s is still there: ", told->other);
	if (values[2] == values[0])
		text_append(told->out, "it always was.");
	else if (values[3] > 0 && values[2] > 0)
		text_append_format(told->out,
				   "it was at first, but the last %" PRIi64 " got no answer.",
				   values[3]);
	else if (values[2] == 0)
		text_append(told->out, "no answer came.");
	else
		text_append_format(told->out, "%" PRIi64 " got an answer.", values[2]);
}

static void text_of_delayed_ack(const struct told_finding *told)
{
	text_append_format(told->out, "Nagle's algorithm met delayed acknowledgements ");
	told_times(told, told->finding->values[0]);
	text_append(told->out, ", which cost ");
	readable_duration(told->out, told->finding->values[1]);
	text_append_format(told->out,
			   ": the %s held a small piece back until its last one was acknowledged, "
			   "and the %s waited with the acknowledgement for something to send. One "
			   "write in place of several, or TCP_NODELAY, avoids it.",
			   told->side, told->other);
}

static void text_of_ecn(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;
	bool counted = values[3] == ECN_ACCURATE;

	if (values[0] == 0 && values[1] == 0) {
		text_append_format(told->out, "The %s said ", told->side);
		told_times(told, values[2]);
		text_append(told->out, " that it had slowed down (CWR), though neither a mark (CE) "
				       "nor a report of "
				       "one (ECE) was captured: it says so after a loss, too.");
		if (values[3] == ECN_NONE)
			text_append(told->out, " The two had not agreed on ECN.");
		return;
	}
	if (values[0] > 0) {
		text_append(told->out, "A router marked ");
		readable_number_of(told->out, (uint64_t)values[0], "segment", "segments");
		text_append_format(told->out, " of the %s as having met congestion (CE)",
				   told->side);
	} else {
		text_append_format(told->out,
				   "Segments of the %s met congestion on the way, behind the point "
				   "where this was captured, so that they carry no mark (CE) here",
				   told->side);
	}
	if (values[1] > 0) {
		text_append_format(told->out, "; the %s reported ", told->other);
		if (counted)
			readable_number_of(told->out, (uint64_t)values[1], "mark", "marks");
		else
			text_append(told->out, "it");
		if (!counted) {
			text_append(told->out, " in ");
			readable_number_of(told->out, (uint64_t)values[1], "segment", "segments");
			text_append(told->out, " (ECE)");
		}
	} else {
		text_append_format(told->out, "; the %s reported nothing of it", told->other);
	}
	if (values[2] > 0) {
		text_append_format(told->out, ", and the %s answered ", told->side);
		told_times(told, values[2]);
		text_append(told->out, " that it slowed down (CWR)");
	}
	text_append(told->out, ".");
	if (values[3] == ECN_NONE)
		text_append(told->out, " The two had not agreed on ECN.");
}

static void text_of_urgent(const struct told_finding *told)
{
	text_append_format(told->out, "The %s marked data as urgent in ", told->side);
	readable_number_of(told->out, told->finding->count, "segment", "segments");
	text_append_format(told->out,
			   ": a program sent it out of band (MSG_OOB). Of such data at most one "
			   "byte is kept apart, the one before the urgent pointer (%" PRIi64 "%s).",
			   told->finding->values[0],
			   told->finding->values[0] > told->finding->values[1]
				   ? ", beyond the segment that carries it"
				   : "");
}

static void text_of_challenge_ack(const struct told_finding *told)
{
	const char *what = "a segment that fits nowhere";

	switch ((enum challenge_cause)told->finding->values[0]) {
	case CHALLENGE_SYN:
		what = "a SYN inside the open connection";
		break;
	case CHALLENGE_RST:
		what = "an RST that is not the very next number";
		break;
	case CHALLENGE_OLD_ACK:
		what = "an acknowledgement far too old";
		break;
	case CHALLENGE_OUTSIDE:
		what = "data beyond its window";
		break;
	case CHALLENGE_NONE:
		break;
	}
	text_append_format(told->out,
			   "The %s did not obey %s but answered with an ACK that says where it "
			   "stands (challenge ACK, RFC 5961): whoever forged it cannot see that, "
			   "and whoever really lost the connection will reset it.",
			   told->side, what);
}

static const char *icmpv4_text(int64_t type, int64_t code)
{
	static const char *const unreachable[] = {
		"network unreachable",
		"host unreachable",
		"protocol unreachable",
		"port unreachable",
		"fragmentation needed",
		"source route failed",
		"network unknown",
		"host unknown",
		"host isolated",
		"network prohibited by an administrator",
		"host prohibited by an administrator",
		"network unreachable for this type of service",
		"host unreachable for this type of service",
		"prohibited by an administrator",
		"host precedence violation",
		"precedence cutoff",
	};

	if (type == 3)
		return code >= 0 && code < (int64_t)(sizeof(unreachable) / sizeof(unreachable[0]))
			       ? unreachable[code]
			       : "destination unreachable";
	if (type == 4)
		return "source quench";
	if (type == 5)
		return "redirect";
	if (type == 11)
		return code == 1 ? "fragments did not come in time"
				 : "time to live exceeded on the way";
	return type == 12 ? "bad parameter in the IP header" : "an error of an unknown type";
}

static const char *icmpv6_text(int64_t type, int64_t code)
{
	static const char *const unreachable[] = {
		"no route to the destination",
		"prohibited by an administrator",
		"beyond the scope of the source address",
		"address unreachable",
		"port unreachable",
		"source address failed a policy",
		"route rejected",
		"source routing failed",
	};

	if (type == 1)
		return code >= 0 && code < (int64_t)(sizeof(unreachable) / sizeof(unreachable[0]))
			       ? unreachable[code]
			       : "destination unreachable";
	if (type == 2)
		return "packet too big";
	if (type == 3)
		return code == 1 ? "fragments did not come in time"
				 : "hop limit exceeded on the way";
	return type == 4 ? "bad parameter in the IPv6 header" : "an error of an unknown type";
}

static void text_of_icmp(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;
	bool is_v6 = (values[3] & ~(int64_t)ICMP_BY_DESTINATION) == 6;
	bool too_big = is_v6 ? values[0] == 2 : values[0] == 3 && values[1] == 4;

	text_append_format(told->out, "%s said of what the %s sent: %s",
			   (values[3] & ICMP_BY_DESTINATION) != 0 ? "The machine at the other end"
								  : "A router on the way",
			   told->side,
			   is_v6 ? icmpv6_text(values[0], values[1])
				 : icmpv4_text(values[0], values[1]));
	if (too_big && values[2] > 0)
		text_append_format(told->out,
				   ", at most %" PRIi64 " bytes fit through, so smaller segments "
				   "must follow",
				   values[2]);
	text_append_format(told->out, " (%s type %" PRIi64 ", code %" PRIi64 ")",
			   is_v6 ? "ICMPv6" : "ICMP", values[0], values[1]);
	if (told->finding->count > 1) {
		text_append(told->out, ", ");
		told_times(told, told->finding->count);
	}
	text_append(told->out, ".");
	if (told->finding->confidence == CONFIDENCE_UNSURE)
		text_append(told->out, " It quotes nothing that is known to have been outstanding: "
				       "it may be forged.");
}

static void text_of_bad_option(const struct told_finding *told)
{
	text_append_format(told->out,
			   "The %s sent TCP options that cannot be read to their end, in ",
			   told->side);
	readable_number_of(told->out, told->finding->count, "segment", "segments");
	text_append_format(told->out,
			   ": option %" PRIi64 " says that it is %" PRIi64
			   " bytes long, which it is not.",
			   told->finding->values[0], told->finding->values[1]);
}

static void text_of_fast_open(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	if (values[0] == 1) {
		text_append(told->out, "The client asked for a TCP Fast Open cookie, with which "
				       "its next connection could send data in the SYN; the "
				       "server gave none.");
		return;
	}
	if (values[0] == 2) {
		text_append(told->out, "The server gave the client a TCP Fast Open cookie, with "
				       "which its next connection may send data in the SYN.");
		return;
	}
	text_append(told->out, "The client's SYN carried ");
	readable_bytes(told->out, (uint64_t)values[2]);
	text_append(told->out, values[3] > 0 ? " (TCP Fast Open): " : ", without a cookie: ");
	if (values[1] < 0)
		text_append(told->out, "no answer tells whether the server took them.");
	else if (values[1] == 0)
		text_append(told->out, "the server did not take them, so they have to come again.");
	else if (values[1] == values[2])
		text_append(told->out, "the server took them at once, which saved a round trip.");
	else
		text_append_format(told->out,
				   "the server took %" PRIi64
				   " of them, the rest had to come again.",
				   values[1]);
}

static void text_of_half_open(const struct told_finding *told)
{
	text_append_format(
		told->out,
		"The %s opened anew inside this connection: it had lost it, by a crash or "
		"a restart, while the %s still held it open.",
		told->side, told->other);
}

static void text_of_former_connection(const struct told_finding *told)
{
	text_append_format(
		told->out,
		"The %s still held a former connection of these ports, and what came from it then "
		"was of that one: it acknowledges what this connection never sent.",
		told->side);
	if (told->finding->values[0] != 0)
		text_append_format(told->out,
				   " The %s, who knew nothing of it any more, reset it (half-open "
				   "connections, RFC 9293 section 3.5.1).",
				   told->other);
}

static bool text_of_windows_and_marks(const struct told_finding *told)
{
	static const struct {
		enum tcp_finding_kind kind;
		void (*tell)(const struct told_finding *told);
	} kinds[] = {
		{ FINDING_FAST_OPEN, text_of_fast_open },
		{ FINDING_HALF_OPEN, text_of_half_open },
		{ FINDING_FORMER_CONNECTION, text_of_former_connection },
		{ FINDING_ZERO_WINDOW, text_of_zero_window },
		{ FINDING_WINDOW_LIMITED, text_of_window_limited },
		{ FINDING_WINDOW_PROBE, text_of_probes },
		{ FINDING_KEEP_ALIVE, text_of_keep_alives },
		{ FINDING_DELAYED_ACK, text_of_delayed_ack },
		{ FINDING_ECN, text_of_ecn },
		{ FINDING_URGENT, text_of_urgent },
		{ FINDING_CHALLENGE_ACK, text_of_challenge_ack },
		{ FINDING_ICMP_ERROR, text_of_icmp },
		{ FINDING_BAD_OPTION, text_of_bad_option },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].kind != told->finding->kind)
			continue;
		kinds[i].tell(told);
		return true;
	}
	return false;
}

bool finding_text_events(struct text_builder *out, const struct tcp_connection *connection,
			 const struct tcp_finding *finding)
{
	const struct told_finding told = told_finding(out, finding);

	return text_of_windows_and_marks(&told) || finding_text_resets(out, connection, finding);
}
