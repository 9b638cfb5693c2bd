#include "report/label_difference_text.h"

const char *label_difference_text(enum label_difference difference)
{
	switch (difference) {
	case LABELS_AGREE:
		break;
	case LABELS_DIFFER_UNEXPLAINED:
		return "The two judge by different rules.";
	case LABELS_DIFFER_COUNTER:
		return "No duplicate ACK asked for it: tshark's counter of them ran below zero "
		       "after "
		       "an ACK of something unseen.";
	case LABELS_DIFFER_RESEND:
		return "The same bytes were captured from this sender before, so it was sent again "
		       "and "
		       "did not come out of order.";
	case LABELS_DIFFER_REORDERED:
		return "These bytes were never captured before and the segment is older than those "
		       "before it: it came late, it was not sent again.";
	case LABELS_DIFFER_FAST:
		return "Duplicate ACKs or SACK blocks had asked for exactly these bytes, although "
		       "more "
		       "than 20 ms lie between.";
	case LABELS_DIFFER_PROBE:
		return "The receiver's window is closed: it is a probe of that window, not a "
		       "keep-alive, or the answer to one.";
	case LABELS_DIFFER_ONE_BYTE:
		return "Its one byte had not been acknowledged: data sent again, not a keep-alive.";
	case LABELS_DIFFER_EDGE:
		return "All that it acknowledges is in the capture: a segment sent again carried "
		       "the "
		       "new bytes along.";
	case LABELS_DIFFER_SIMULTANEOUS:
		return "Both sides opened the connection at once: nothing was lost or sent again.";
	case LABELS_DIFFER_HALF_OPEN:
		return "It belongs to the connection that one side has forgotten, until a reset "
		       "ends "
		       "that one.";
	case LABELS_DIFFER_TWICE:
		return "It is the same packet captured twice, not sent twice.";
	case LABELS_DIFFER_SACK_NEWS:
		return "It reports bytes that came behind a gap: a duplicate ACK, whatever its "
		       "window.";
	case LABELS_DIFFER_D_SACK:
		return "It reports bytes that came twice: the resend before it was needless.";
	case LABELS_DIFFER_FIN:
		return "The FIN sent again had been acknowledged already.";
	case LABELS_DIFFER_OLD_ACK:
		return "An older acknowledgement arrived late; the newer one before it still "
		       "counts.";
	case LABELS_DIFFER_WINDOW:
		return "Less than one full segment of the window was left: the sender had to stop, "
		       "though not to the byte.";
	case LABELS_DIFFER_LOST_BEFORE:
		return "Its first transmission was lost before the capture point: it was sent "
		       "again, it did not come late.";
	case LABELS_DIFFER_SACKED:
		return "SACK had reported that these bytes had arrived: the resend was needless.";
	case LABELS_DIFFER_NOT_ASKED:
		return "A timer, or the repair of what stands before it, sent it again: duplicate "
		       "ACKs were not what made it go.";
	case LABELS_DIFFER_SYN_WINDOW:
		return "The window of a SYN is never scaled, so the one behind it cannot be "
		       "compared with it.";
	case LABELS_DIFFER_UNSEEN:
		return "It acknowledges bytes that are not in the capture; tshark says so of the "
		       "first such ACK only.";
	case LABELS_DIFFER_CLOSED:
		return "The window it announces is closed, whatever else it is for.";
	case LABELS_DIFFER_TOLD_BEFORE:
		return "The bytes that are not in the capture were acknowledged before; all that this "
		       "ACK adds is there.";
	case LABELS_DIFFER_COUNT:
		break;
	}
	return "";
}
