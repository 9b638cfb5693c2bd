#include <stdbool.h>
#include <stddef.h>

#include "report/readable.h"
#include "report/story_parts.h"

static void one_frame(struct text_builder *out, uint64_t frame)
{
	readable_frames(out, &frame, 1);
}

/* "Four segments closed the connection, because": with the number that is in the file. */
static void segments_closed(struct text_builder *out, uint32_t segments, uint32_t usual)
{
	static const char *const words[] = { "No", "One", "Two", "Three", "Four" };

	if (segments == usual && segments < sizeof(words) / sizeof(words[0]))
		text_append_format(out, "%s segments closed the connection, because ",
				   words[segments]);
}

static void time_wait(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;
	const struct tcp_finding *finding =
		findings_find(&connection->findings, FINDING_TIME_WAIT, TCP_BOTH_SIDES);

	if (!closing->has_time_wait || !finding)
		return;
	if (closing->time_wait == TCP_BOTH_SIDES)
		text_append(out, "; both sides are left in TIME_WAIT until ");
	else
		text_append_format(out, "; the %s is left in TIME_WAIT until ",
				   tcp_side_name(closing->time_wait));
	readable_time_of_day(out, finding->values[0], 0);
}

static enum tcp_side first_to_close(const struct closing *closing)
{
	return closing->first == TCP_SERVER ? TCP_SERVER : TCP_CLIENT;
}

/* Of the second FIN; 0: not in the capture. */
static uint64_t last_acknowledgement(const struct closing *closing)
{
	return closing->fin_ack_frame[tcp_other_side(first_to_close(closing))];
}

/* Who closed first, why in so many segments if they are all there, and then "the server". */
static void begin_orderly(struct text_builder *out, const struct closing *closing, uint32_t usual)
{
	enum tcp_side first = first_to_close(closing);
	bool complete = last_acknowledgement(closing) != 0;

	text_append_format(out, "The %s closed first", tcp_side_name(first));
	one_frame(out, closing->fin_frame[first]);
	text_append(out, ". ");
	if (complete)
		segments_closed(out, closing->segments, usual);
	text_append_format(out, "%s %s", complete ? "the" : "The",
			   tcp_side_name(tcp_other_side(first)));
}

/* Behind the words that say whose it is, or that it is missing. */
static void end_orderly(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;

	if (last_acknowledgement(closing) != 0) {
		one_frame(out, last_acknowledgement(closing));
		time_wait(out, connection);
	} else {
		text_append(out, "; the last acknowledgement is not in the capture");
	}
	text_append(out, ".");
}

/* The first FIN was acknowledged on its own: both directions ended one after the other. */
static void in_four(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;
	enum tcp_side first = first_to_close(closing);

	begin_orderly(out, closing, 4);
	text_append(out, " acknowledged that");
	one_frame(out, closing->fin_ack_frame[first]);
	text_append(out, " before it sent a FIN of its own");
	one_frame(out, closing->fin_frame[tcp_other_side(first)]);
	if (last_acknowledgement(closing) != 0)
		text_append_format(out, ", which the %s acknowledged in turn",
				   tcp_side_name(first));
	end_orderly(out, connection);
}

/* The second FIN carried the acknowledgement of the first. */
static void in_three(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;
	enum tcp_side first = first_to_close(closing);

	begin_orderly(out, closing, 3);
	text_append(out, "'s own FIN");
	one_frame(out, closing->fin_frame[tcp_other_side(first)]);
	text_append(out, " carried the acknowledgement of that one");
	if (last_acknowledgement(closing) != 0)
		text_append_format(out, " and the %s acknowledged it", tcp_side_name(first));
	end_orderly(out, connection);
	if (closing->between_frame != 0) {
		text_append(out, " The ACK between the two FINs");
		one_frame(out, closing->between_frame);
		text_append(out, " acknowledged only data.");
	}
}

static void at_once(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;
	bool complete = closing->fin_ack_frame[0] != 0 && closing->fin_ack_frame[1] != 0;

	text_append(out, "Both sides closed at the same time: each sent its FIN before it had seen "
			 "the other's");
	readable_frames(out, closing->fin_frame, 2);
	if (complete) {
		text_append(out, ", and then acknowledged the other's");
		readable_frames(out, closing->fin_ack_frame, 2);
		time_wait(out, connection);
	} else {
		text_append(out, "; not both acknowledgements are in the capture");
	}
	text_append(out, ".");
}

static void half_closed(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;
	enum tcp_side first = first_to_close(closing);
	uint64_t acknowledged = closing->fin_ack_frame[first];

	text_append_format(out, "The %s said that it would send no more (FIN)",
			   tcp_side_name(first));
	one_frame(out, closing->fin_frame[first]);
	if (acknowledged != 0) {
		text_append_format(out, ", which the %s acknowledged",
				   tcp_side_name(tcp_other_side(first)));
		one_frame(out, acknowledged);
	} else if (!closing->fin_arrived[first]) {
		text_append(out, ", which never arrived");
	}
	if (!connection->ends[tcp_other_side(first)].sends) {
		text_append_format(out, "; what the %s did then is not captured.",
				   tcp_side_name(tcp_other_side(first)));
		return;
	}
	text_append_format(out,
			   ", but the %s did not close its own direction in this capture: the "
			   "connection is left half closed.",
			   tcp_side_name(tcp_other_side(first)));
}

static void reset(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct closing *closing = &connection->closing;
	enum tcp_side by = closing->reset_by == TCP_SERVER ? TCP_SERVER : TCP_CLIENT;
	enum tcp_side other = tcp_other_side(by);

	if (closing->fin_frame[other] != 0) {
		text_append_format(out, "The %s closed", tcp_side_name(other));
		one_frame(out, closing->fin_frame[other]);
		text_append_format(out, ", but the %s tore the connection down with a reset",
				   tcp_side_name(by));
	} else if (closing->fin_frame[by] != 0) {
		text_append_format(out, "The %s closed", tcp_side_name(by));
		one_frame(out, closing->fin_frame[by]);
		text_append(out, " and then tore the connection down with a reset");
	} else {
		text_append_format(out, "The %s tore the connection down with a reset",
				   tcp_side_name(by));
	}
	one_frame(out, closing->reset_frame);
	if (closing->reset_frame == closing->lost_reset_frame)
		text_append(out, ", which never arrived");
	text_append(out, ".");
}

/* It never came to a connection, and the opening has said so. */
static bool was_never_open(const struct tcp_connection *connection)
{
	enum tcp_opening opening = connection->opening.kind;

	return opening == OPENING_REFUSED || opening == OPENING_UNANSWERED ||
	       opening == OPENING_HALF;
}

void story_closing(struct text_builder *out, const struct tcp_connection *connection)
{
	if (was_never_open(connection) && connection->closing.kind != CLOSING_HALF_CLOSED)
		return;
	story_begin_sentence(out);
	switch (connection->closing.kind) {
	case CLOSING_ORDERLY_4:
		in_four(out, connection);
		break;
	case CLOSING_ORDERLY_3:
		in_three(out, connection);
		break;
	case CLOSING_SIMULTANEOUS:
		at_once(out, connection);
		break;
	case CLOSING_HALF_CLOSED:
		half_closed(out, connection);
		break;
	case CLOSING_RESET:
		reset(out, connection);
		break;
	case CLOSING_OPEN:
	case CLOSING_COUNT:
		text_append(out, "Neither side has closed it when the capture ends.");
		break;
	}
}
