/* What was lost, sent again, overtaken; and where tshark's labels say otherwise. */
#include "report/finding_text.h"

#include "report/label_difference_text.h"
#include "report/readable.h"
#include "tcp_flow/recovery.h"

static void text_of_segments(struct text_builder *out, uint32_t count)
{
	readable_number_of(out, count, "segment", "segments");
}

/* ", at most 21.3 ms after the original" */
static void text_of_repair(struct text_builder *out, const struct tcp_finding *finding)
{
	if (finding->values[0] <= 0)
		return;
	text_append(out, finding->count == 1 ? ", " : ", at most ");
	readable_duration(out, finding->values[0]);
	text_append(out, " after the original");
}

static void text_of_timeouts(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append_format(out, "The %s's retransmission timer ran out ",
			   tcp_side_name(finding->side));
	readable_number_of(out, finding->count, "time", "times");
	if (finding->values[1] > 1)
		text_append_format(out, ", up to %lld in a row, each waiting longer",
				   (long long)finding->values[1]);
	text_append(out, ": no acknowledgement had come, and what was sent first went out again");
	text_of_repair(out, finding);
	text_append(out, ".");
}

static void text_of_probes(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append_format(out,
			   "The %s's last segment stayed without an answer, so it sent it again to "
			   "probe for a lost tail (tail-loss probe): ",
			   tcp_side_name(finding->side));
	readable_number_of(out, finding->count, "time", "times");
	text_of_repair(out, finding);
	text_append(out, ".");
}

static void text_of_fast(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append_format(out,
			   "Duplicate ACKs or SACK blocks told the %s of a loss before any timer "
			   "did: it sent ",
			   tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append(out, " again at once");
	text_of_repair(out, finding);
	text_append(out, ".");
}

static void text_of_sack(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append_format(out, "In repairs that had begun, the %s sent ",
			   tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append(out, " more again that SACK blocks showed to be missing");
	text_of_repair(out, finding);
	text_append(out, ".");
}

static void text_of_go_back_n(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append_format(out,
			   "After a timeout the %s took all that followed for lost too and sent ",
			   tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append(out, " again in order (go-back-N)");
	text_of_repair(out, finding);
	text_append(out, ".");
}

/* values[2] are told apart: for them nothing but the name of a cause is missing. */
static void text_of_unknown(struct text_builder *out, const struct tcp_finding *finding)
{
	int64_t cut = finding->cause == CAUSE_UNKNOWN ? finding->values[2] : 0;
	bool all = cut == (int64_t)finding->count;

	if (cut == 0) {
		text_append(out, "; what made it do so, the capture does not show");
		return;
	}
	text_append(out, ", ");
	if (!all)
		text_append_format(out, "%lld of them ", (long long)cut);
	text_append(out, "cut to fit, since an ICMP error had said that what it sent was too long "
			 "for the path");
	if (!all)
		text_append(out, "; what made it send the rest again, the capture does not show");
}

static void text_of_retransmission(struct text_builder *out, const struct tcp_finding *finding)
{
	switch (finding->cause) {
	case CAUSE_TAIL_LOSS_PROBE:
		text_of_probes(out, finding);
		return;
	case CAUSE_TIMEOUT:
		text_of_timeouts(out, finding);
		return;
	case CAUSE_FAST:
		text_of_fast(out, finding);
		return;
	case CAUSE_SACK:
		text_of_sack(out, finding);
		return;
	case CAUSE_GO_BACK_N:
		text_of_go_back_n(out, finding);
		return;
	case CAUSE_NEEDLESS:
	case CAUSE_UNKNOWN:
	case CAUSE_NONE:
	case CAUSE_COUNT:
		break;
	}
	if (finding->cause == CAUSE_UNKNOWN && finding->values[1] > 0 &&
	    finding->values[1] == (int64_t)finding->count) {
		text_append_format(out,
				   "The %s sent its SYN-ACK again in answer to a SYN that came "
				   "again, not by its timer.",
				   tcp_side_name(finding->side));
		return;
	}
	text_append_format(out, "The %s sent ", tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append(out, " again");
	if (finding->cause == CAUSE_NEEDLESS)
		text_append(out, " that, as the capture shows, had already arrived");
	else
		text_of_unknown(out, finding);
	text_append(out, ".");
}

/* Seen here before the resend, the acknowledgement may still have come too late, or never. */
static void text_of_arrived(struct text_builder *out, const struct tcp_finding *finding)
{
	bool one = finding->count == 1;

	text_append_format(out, "The %s sent ", tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append_format(out,
			   " again that had arrived: the acknowledgement%s in the capture, so "
			   "%s reached the %s too late or never.",
			   one ? " stands before it" : "s stand before them", one ? "it" : "they",
			   tcp_side_name(finding->side));
}

static void text_of_needless(struct text_builder *out, const struct tcp_finding *finding)
{
	bool one = finding->count == 1;

	if (finding->values[0] == NEEDLESS_ARRIVED) {
		text_of_arrived(out, finding);
		return;
	}
	text_append_format(out, "The %s need not have sent ", tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append(out, " again: ");
	if (finding->values[0] == NEEDLESS_D_SACK)
		text_append(out, one ? "the receiver reports that it came twice (D-SACK)."
				     : "the receiver reports that they came twice (D-SACK).");
	else if (finding->values[0] == NEEDLESS_EIFEL_AGAIN)
		text_append(out, one ? "the acknowledgement answers an earlier repetition, by its "
				       "timestamp (Eifel)."
				     : "the acknowledgements answer earlier repetitions, by their "
				       "timestamps (Eifel).");
	else
		text_append(out, one ? "the acknowledgement answers the original, by its "
				       "timestamp (Eifel)."
				     : "the acknowledgements answer the originals, by their "
				       "timestamps (Eifel).");
}

static void text_of_reported_twice(struct text_builder *out, const struct tcp_finding *finding)
{
	bool one = finding->count == 1;

	text_append_format(out, "The %s reports that ",
			   tcp_side_name(tcp_other_side(finding->side)));
	text_of_segments(out, finding->count);
	text_append_format(out,
			   " of the %s came twice (D-SACK), though the capture has %s once: the "
			   "network doubled %s behind the capture point, or the repetition was not "
			   "captured. No harm: what came already is thrown away.",
			   tcp_side_name(finding->side), one ? "it" : "them", one ? "it" : "them");
}

static void text_of_reordered(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append_format(out,
			   "Segments of the %s overtook others: ", tcp_side_name(finding->side));
	text_of_segments(out, finding->count);
	text_append(out, " came late, not lost");
	if (finding->values[0] > 0) {
		text_append(out, finding->count == 1 ? ", by " : ", by at most ");
		readable_duration(out, finding->values[0]);
	}
	if (finding->values[1] > 0 && finding->values[1] >= (int64_t)finding->count)
		text_append_format(out, ", after what was sent again in place of %s",
				   finding->count == 1 ? "it" : "them");
	else if (finding->values[1] == 1)
		text_append(out, ", one of them after what was sent again in its place");
	else if (finding->values[1] > 1)
		text_append_format(out, ", %lld of them after what was sent again in their place",
				   (long long)finding->values[1]);
	text_append(out, ".");
}

static const char *repaired_by(enum tcp_cause cause)
{
	switch (cause) {
	case CAUSE_FAST:
	case CAUSE_SACK:
		return "duplicate ACKs or SACK blocks asked for them";
	case CAUSE_TIMEOUT:
		return "a timeout brought them";
	case CAUSE_GO_BACK_N:
		return "they were repaired after a timeout";
	case CAUSE_TAIL_LOSS_PROBE:
		return "a tail-loss probe brought them";
	case CAUSE_NONE:
	case CAUSE_NEEDLESS:
	case CAUSE_UNKNOWN:
	case CAUSE_COUNT:
		break;
	}
	return NULL;
}

static void text_of_network_loss(struct text_builder *out, const struct tcp_finding *finding)
{
	const char *repair = repaired_by(finding->cause);

	text_append_format(out,
			   "The network lost data of the %s before it came to the capture point: ",
			   tcp_side_name(finding->side));
	readable_bytes(out, (uint64_t)finding->values[0]);
	text_append(out, " in ");
	text_of_segments(out, finding->count);
	text_append(out, " are in the capture only as sent again");
	if (repair)
		text_append_format(out, "; %s", repair);
	text_append(out, ".");
}

static void text_of_labels(struct text_builder *out, uint32_t labels)
{
	bool any = false;

	for (unsigned label = 0; label < LABEL_COUNT; label++) {
		if ((labels & TCP_LABEL_BIT(label)) == 0)
			continue;
		text_append_format(out, "%s%s", any ? ", " : "",
				   tcp_label_name((enum tcp_label)label));
		any = true;
	}
	if (!any)
		text_append(out, "nothing");
}

static void text_of_difference(struct text_builder *out, const struct tcp_finding *finding)
{
	text_append(out, "tshark says ");
	text_of_labels(out, (uint32_t)finding->values[1]);
	text_append(out, " where ");
	text_of_labels(out, (uint32_t)finding->values[0]);
	text_append(out, " is right");
	if (finding->count > 1)
		text_append_format(out, ", and the like %u times", finding->count);
	text_append_format(out, ". %s",
			   label_difference_text((enum label_difference)finding->values[2]));
}

bool finding_text_recovery(struct text_builder *out, const struct tcp_connection *connection,
			   const struct tcp_finding *finding)
{
	(void)connection;
	if (finding->kind == FINDING_RETRANSMISSION)
		text_of_retransmission(out, finding);
	else if (finding->kind == FINDING_REPORTED_TWICE)
		text_of_reported_twice(out, finding);
	else if (finding->kind == FINDING_NEEDLESS)
		text_of_needless(out, finding);
	else if (finding->kind == FINDING_REORDERED)
		text_of_reordered(out, finding);
	else if (finding->kind == FINDING_NETWORK_LOSS)
		text_of_network_loss(out, finding);
	else if (finding->kind == FINDING_LABELS_DIFFER)
		text_of_difference(out, finding);
	else
		return false;
	return true;
}
