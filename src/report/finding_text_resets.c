/* Why a connection was reset. */
#include "report/finding_text.h"

#include <inttypes.h>

#include "report/readable.h"
#include "report/told_finding.h"
#include "tcp_flow/forged_reset.h"

static void text_of_unread(const struct told_finding *told, const struct tcp_connection *connection)
{
	const int64_t *values = told->finding->values;
	enum tcp_side side = told->finding->side;
	bool had_closed = side != TCP_BOTH_SIDES && connection->closing.fin_frame[side] != 0;

	text_append_format(told->out,
			   "The %s's program closed its socket, or ended, while data of the %s lay "
			   "unread in it",
			   told->side, told->other);
	if (values[0] > 0) {
		text_append(told->out, " (");
		readable_bytes(told->out, (uint64_t)values[0]);
		text_append(told->out, " came after it had last said something)");
	}
	text_append_format(told->out, ": then the kernel resets%s, to say that data was lost.",
			   had_closed ? "" : " in place of a FIN");
	if (values[1] == ROUGH_EITHER)
		text_append(told->out, " Or it had read all and broke off on purpose (SO_LINGER "
				       "with 0 s): on the wire both look the same.");
}

static void text_of_linger(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	if (values[1] == ROUGH_NOT_TAKEN) {
		text_append_format(
			told->out,
			"The %s broke the connection off before a byte was sent: its "
			"program stopped listening without having taken it, or closed it "
			"with SO_LINGER 0.",
			told->side);
		return;
	}
	if (values[1] == ROUGH_FAST_CLOSE) {
		text_append_format(told->out,
				   "The %s broke the connection off with all its subflows "
				   "(MP_FASTCLOSE of MPTCP); the %s's reset is the answer that the "
				   "standard asks for.",
				   told->side, told->other);
		return;
	}
	text_append_format(told->out,
			   "The %s's program broke the connection off on purpose (SO_LINGER with "
			   "0 s): no FIN",
			   told->side);
	if (values[2] > 0) {
		text_append(told->out, ", ");
		readable_bytes(told->out, (uint64_t)values[2]);
		text_append(told->out, " that it had sent itself not acknowledged yet");
	}
	text_append(told->out, ", and no TIME_WAIT stays.");
	if (values[1] == ROUGH_EITHER)
		text_append(told->out,
			    " Or it had answered before it had read everything, and "
			    "closed: then data lay unread, and on the wire both look the "
			    "same.");
}

static void text_of_reset_half_open(const struct told_finding *told)
{
	switch ((enum reset_half_open)told->finding->values[0]) {
	case HALF_OPEN_RESTARTED:
		text_append_format(
			told->out,
			"The challenge ACK told the %s that the %s still held the former "
			"connection, so it reset that one to open a new.",
			told->side, told->other);
		return;
	case HALF_OPEN_SYN_ACK:
		text_append_format(
			told->out,
			"The %s reset what it had asked for when the answer came: it no "
			"longer waited for it, or it only wanted to see whether the port "
			"is open (a scan).",
			told->side);
		return;
	case HALF_OPEN_FORGOTTEN:
		text_append_format(
			told->out,
			"The %s had closed, and by the time the %s sent again it had "
			"forgotten the connection (Linux waits 60 s for the other end to "
			"close).",
			told->side, told->other);
		return;
	case HALF_OPEN_AT_ONCE:
		text_append_format(
			told->out,
			"The %s's machine took the connection up to the last step and "
			"then knew nothing of it: its queue of connections to accept was "
			"full, or nobody listened any more.",
			told->side);
		return;
	case HALF_OPEN_UNKNOWN:
		break;
	}
	text_append_format(told->out,
			   "The %s answered as one who knows no such connection: it had crashed, "
			   "was started anew or had given it up, while the %s still held it open "
			   "(half-open).",
			   told->side, told->other);
}

static void text_of_timeout(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	text_append_format(told->out, "The %s gave up: ", told->side);
	if (values[1] == TIMEOUT_DEAF) {
		text_append_format(told->out,
				   "answers of the %s to its keep-alives were captured, but the "
				   "timestamps show that they did not reach it.",
				   told->other);
	} else if (values[1] == TIMEOUT_OF_DATA) {
		text_append(told->out, "it had sent the same ");
		told_times(told, values[0]);
		text_append(told->out, " more without an acknowledgement.");
	} else {
		readable_number_of(told->out, (uint64_t)values[0], "keep-alive", "keep-alives");
		text_append(told->out, " in a row had no answer.");
	}
}

static void text_of_forged_reset(const struct told_finding *told)
{
	static const struct {
		int64_t sign;
		const char *text;
	} signs[] = {
		{ RESET_SIGN_IP_ID, "its IP identification is out of the row" },
		{ RESET_SIGN_WINDOW, "its window is not one that this side would announce" },
		{ RESET_SIGN_SEQUENCE, "its number lies in the window but is not the next one" },
		{ RESET_SIGN_OPTIONS, "it lacks the timestamps that all others carry" },
	};
	const int64_t *values = told->finding->values;
	const char *before = ": ";

	if ((values[0] & RESET_SIGN_WENT_ON) != 0) {
		text_append_format(told->out,
				   "The %s did not send this reset: it went on afterwards as if it "
				   "knew nothing of it",
				   told->side);
		before = "; ";
	} else {
		text_append_format(told->out, "The reset does not look as if the %s sent it",
				   told->side);
	}
	if ((values[0] & RESET_SIGN_TTL) != 0) {
		text_append_format(told->out,
				   "%sit came with TTL %" PRIi64 " where others have %" PRIi64,
				   before, values[1], values[2]);
		before = ", ";
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if ((values[0] & signs[i].sign) == 0)
			continue;
		text_append_format(told->out, "%s%s", before, signs[i].text);
		before = ", ";
	}
	text_append(told->out, ". A device on the way (a firewall, a censor) or an attacker may "
			       "have made it.");
}

/* "1 byte before", "4.9 kB beyond" */
static void distance(const struct told_finding *told, int64_t off_by)
{
	readable_bytes(told->out, off_by < 0 ? 0 - (uint64_t)off_by : (uint64_t)off_by);
	text_append(told->out, off_by < 0 ? " before" : " beyond");
}

static void text_of_out_of_window(const struct told_finding *told)
{
	const int64_t *values = told->finding->values;

	if (values[1] == REFUSED_IN_WINDOW) {
		text_append_format(told->out, "A reset in the %s's name was in the window but ",
				   told->side);
		distance(told, values[0]);
		text_append_format(told->out,
				   " the very next number, so the %s did not obey it (RFC 5961)",
				   told->other);
	} else if (values[1] == REFUSED_ANSWER) {
		text_append_format(told->out,
				   "The %s's machine no longer knew the connection when a late "
				   "segment of the %s came, and answered it with a reset. It has "
				   "the number that this segment acknowledged, ",
				   told->side, told->other);
		distance(told, values[0]);
		text_append_format(told->out,
				   " the one that comes next, so the %s takes no notice of it",
				   told->other);
	} else {
		text_append_format(told->out,
				   "A reset in the %s's name lies outside of the %s's window, ",
				   told->side, told->other);
		distance(told, values[0]);
		text_append(told->out, " the number that comes next: it is ignored, as one that ");
		text_append(told->out, values[0] < 0 ? "came late or that somebody guessed"
						     : "somebody guessed");
	}
	if (told->finding->count > 1) {
		text_append(told->out, "; this happened ");
		told_times(told, told->finding->count);
	}
	text_append(told->out, ".");
}

static void text_of_data_after_close(const struct told_finding *told)
{
	text_append_format(told->out,
			   "The %s's program had closed its socket when more data of the %s came: "
			   "nobody could read it any more, which the reset says.",
			   told->side, told->other);
}

static void text_of_after_close(const struct told_finding *told)
{
	text_append_format(told->out,
			   "The %s sent a reset when both sides had closed already: no data is "
			   "touched by it",
			   told->side);
	switch ((enum reset_after_close)told->finding->values[0]) {
	case AFTER_CLOSE_ENDS_WAIT:
		/* RFC 1337: it ends the TIME_WAIT of who receives it. */
		text_append_format(told->out, ", but the TIME_WAIT of the %s ends with it",
				   told->other);
		break;
	case AFTER_CLOSE_OLD_NUMBER:
		text_append_format(told->out,
				   ", and the TIME_WAIT of the %s stays, because its number is not "
				   "the one that comes next (so a machine answers what came late)",
				   told->other);
		break;
	case AFTER_CLOSE_NO_MATTER:
		break;
	}
	text_append(told->out, ".");
}

bool finding_text_resets(struct text_builder *out, const struct tcp_connection *connection,
			 const struct tcp_finding *finding)
{
	const struct told_finding told = told_finding(out, finding);

	switch ((unsigned)finding->kind) {
	case FINDING_RESET_UNREAD_DATA:
		text_of_unread(&told, connection);
		return true;
	case FINDING_RESET_LINGER:
		text_of_linger(&told);
		return true;
	case FINDING_RESET_HALF_OPEN:
		text_of_reset_half_open(&told);
		return true;
	case FINDING_RESET_DATA_AFTER_CLOSE:
		text_of_data_after_close(&told);
		return true;
	case FINDING_RESET_TIMEOUT:
		text_of_timeout(&told);
		return true;
	case FINDING_RESET_NOT_FROM_PEER:
		text_of_forged_reset(&told);
		return true;
	case FINDING_RESET_OUT_OF_WINDOW:
		text_of_out_of_window(&told);
		return true;
	case FINDING_RESET_UNEXPLAINED:
		text_append_format(out, "Nothing in the capture tells why the %s reset it.",
				   told.side);
		return true;
	case FINDING_RESET_AFTER_CLOSE:
		text_of_after_close(&told);
		return true;
	default:
		return false;
	}
}
