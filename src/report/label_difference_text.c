#include "report/label_difference_text.h"

#include <stddef.h>

static const char *const sentences[] = {
	[LABELS_AGREE] = "",
	[LABELS_DIFFER_UNEXPLAINED] = "The two judge by different rules.",
	[LABELS_DIFFER_COUNTER] =
		"No duplicate ACK asked for it: tshark's counter of them ran below zero after an "
		"ACK of something unseen.",
	[LABELS_DIFFER_RESEND] =
		"The same bytes were captured from this sender before, so it was sent again and "
		"did not come out of order.",
	[LABELS_DIFFER_REORDERED] =
		"The segment is older than those before it: it came late, it was not sent again.",
	[LABELS_DIFFER_FAST] =
		"Duplicate ACKs or SACK blocks had asked for exactly these bytes, although more "
		"than 20 ms lie between.",
	[LABELS_DIFFER_PROBE] =
		"The receiver's window is closed: it is a probe of that window, not a "
		"keep-alive, or the answer to one.",
	[LABELS_DIFFER_ONE_BYTE] =
		"Its one byte had not been acknowledged: data sent again, not a keep-alive.",
	[LABELS_DIFFER_ENDED] =
		"Its sender, or who is answered, had ended already: an ACK that came late, not a "
		"keep-alive, or the answer to it.",
	[LABELS_DIFFER_EDGE] =
		"All that it acknowledges is in the capture: a segment sent again carried the new "
		"bytes along.",
	[LABELS_DIFFER_SIMULTANEOUS] =
		"Both sides opened the connection at once: nothing was lost or sent again.",
	[LABELS_DIFFER_HALF_OPEN] =
		"It belongs to the connection that one side has forgotten, until a reset ends "
		"that one.",
	[LABELS_DIFFER_TWICE] = "It is the same packet captured twice, not sent twice.",
	[LABELS_DIFFER_SACK_NEWS] =
		"It reports bytes that came behind a gap: a duplicate ACK, whatever its window.",
	[LABELS_DIFFER_D_SACK] = "It reports bytes that came twice, and asks for none.",
	[LABELS_DIFFER_FIN] = "The FIN sent again had been acknowledged already.",
	[LABELS_DIFFER_OLD_ACK] =
		"An older acknowledgement arrived late; the newer one before it still counts.",
	[LABELS_DIFFER_WINDOW] =
		"How much was left of the window goes by the newest acknowledgement, not by one "
		"that came late.",
	[LABELS_DIFFER_LOST_BEFORE] = "Its bytes were lost before they reached the capture: it was "
				      "sent again, it did not "
				      "come late.",
	[LABELS_DIFFER_SACKED] =
		"SACK had reported already that these bytes arrived: sending them again was "
		"needless.",
	[LABELS_DIFFER_NOT_ASKED] =
		"No duplicate ACKs asked for these bytes: a timer, or the repair of earlier ones, "
		"sent them again.",
	[LABELS_DIFFER_SYN_WINDOW] =
		"The window of a SYN is never scaled: that the next one differs from it is no "
		"update.",
	[LABELS_DIFFER_UNSEEN] =
		"It acknowledges bytes that were never captured, which tshark tells only once.",
	[LABELS_DIFFER_CLOSED] =
		"The window was closed, which does not change what the acknowledgement says.",
	[LABELS_DIFFER_TOLD_BEFORE] =
		"The unseen bytes that it acknowledges had been acknowledged before.",
};

const char *label_difference_text(enum label_difference difference)
{
	return (size_t)difference < sizeof(sentences) / sizeof(sentences[0]) ? sentences[difference]
									     : "";
}
