#include "tcp_lab/lab_comparison.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16u

static const char fin_not_left[] = "it was closed, and its FIN had not left yet";

/* Closed by its program: what the state was before, by what it is now. */
static bool is_closed_from(enum tcp_state now, enum tcp_state before)
{
	if (now == TCP_FIN_WAIT1)
		return before == TCP_ESTABLISHED || before == TCP_SYN_RECV;
	return (now == TCP_LAST_ACK || now == TCP_CLOSING) && before == TCP_CLOSE_WAIT;
}

/* A SYN that was delivered, and nothing came of it in the kernel. */
static const char *why_no_socket(const struct lab_compared *compared)
{
	if (compared->next_is_mine && (compared->next & SEGMENT_RST) != 0)
		return "nobody listened there, which only the RST tells that answers";
	if (compared->next_is_mine && (compared->next & SEGMENT_SYN_ACK) != 0)
		return "it answers with a SYN cookie, and remembers nothing";
	return "the listener dropped the SYN: its queue was full";
}

/* Gone without a word, as far as the wire could tell by then. */
static const char *why_gone(const struct lab_compared *compared, enum tcp_state by_wire)
{
	if (by_wire == TCP_SYN_RECV && compared->moment == LAB_DELIVERED &&
	    (compared->kinds & SEGMENT_SYN) != 0)
		return why_no_socket(compared);
	if (by_wire == TCP_SYN_RECV && compared->moment == LAB_SENT &&
	    (compared->kinds & SEGMENT_SYN_ACK) != 0)
		return "it answered with a SYN cookie, and remembers nothing";
	if (compared->sent_rst)
		return NULL;
	if (compared->sends_rst)
		return "its socket was gone, and the RST that tells had not left yet";
	if (by_wire == TCP_TIME_WAIT)
		return "its TIME_WAIT was over: how long it lasts is each host's own affair";
	if (by_wire == TCP_FIN_WAIT2)
		return "it waited for the other side's FIN no longer: how long is its own affair";
	return "its socket was gone, and no segment said so";
}

/* One state on, because of the other side's FIN. */
static bool is_after_fin(enum tcp_state now, enum tcp_state before)
{
	return (now == TCP_CLOSE_WAIT && before == TCP_ESTABLISHED) ||
	       (now == TCP_CLOSING && before == TCP_FIN_WAIT1) ||
	       (now == TCP_TIME_WAIT && before == TCP_FIN_WAIT2);
}

/* One state on, because of something that was received, whatever its program did just then. */
static bool is_received_from(enum tcp_state now, enum tcp_state before, bool sent_fin)
{
	if (before == TCP_FIN_WAIT1 && !sent_fin)
		before = TCP_ESTABLISHED;
	return is_after_fin(now, before) || (now == TCP_ESTABLISHED && before == TCP_SYN_SENT) ||
	       (now == TCP_FIN_WAIT2 && before == TCP_FIN_WAIT1) ||
	       (now == TCP_TIME_WAIT && before == TCP_CLOSING) ||
	       (now == TCP_CLOSED && before == TCP_LAST_ACK);
}

/* A kernel is asked when a segment was read from the device, or given to it: a little too late, or
 * too early while a program is in a call of that socket. */
static const char *why_untimely(const struct lab_compared *compared,
				const struct lab_end_state *end)
{
	if (compared->moment == LAB_SENT && compared->got_fin &&
	    is_after_fin(end->kernel, end->by_wire))
		return "it had left before the other side's FIN came, and its kernel was asked "
		       "after that";
	if (compared->moment == LAB_DELIVERED && compared->has_later &&
	    compared->later != end->kernel &&
	    is_received_from(end->by_wire, end->kernel, compared->sent_fin))
		return "its kernel had not looked at the segment yet: a program was busy with the "
		       "socket";
	return NULL;
}

/* NULL: the wire could have known. */
static const char *why_unknown(const struct lab_compared *compared, const struct lab_end_state *end)
{
	bool delivered = compared->moment == LAB_DELIVERED;

	if (delivered && compared->segment->changed)
		return "it was damaged on its way, which looks like a checksum that a network card "
		       "was to fill in";
	if (end->kernel == TCP_CLOSED || end->kernel == TCP_LISTEN)
		return why_gone(compared, end->by_wire);
	if (delivered && end->kernel == TCP_SYN_RECV && end->by_wire == TCP_ESTABLISHED)
		return "the listener did not take the ACK: its queue was full, or it waits for "
		       "data";
	if (delivered && (compared->kinds & SEGMENT_RST) != 0 && end->by_wire == TCP_CLOSED)
		return "the RST had not the very next number: whether it is obeyed shows only in "
		       "what its receiver does then";
	return why_untimely(compared, end);
}

static bool list(struct lab_difference **list, size_t *count, const struct lab_difference *item)
{
	struct lab_difference *grown;

	if (*count == LAB_DIFFERENCES_MAX)
		return true;
	/* Full at each power of two. */
	if (*count == 0 || (*count >= FIRST_CAPACITY && (*count & (*count - 1)) == 0)) {
		size_t capacity = *count == 0 ? FIRST_CAPACITY : 2 * *count;

		grown = realloc(*list, capacity * sizeof(**list));
		if (!grown)
			return false;
		*list = grown;
	}
	(*list)[(*count)++] = *item;
	return true;
}

bool lab_comparison_add(struct lab_states *states, const struct lab_compared *compared,
			struct lab_end_state *end)
{
	struct lab_difference item = {
		.frame = compared->frame,
		.segment = compared->segment->number,
		.connection = compared->connection,
		.host = compared->host,
		.moment = compared->moment,
		.by_wire = end->by_wire,
		.kernel = end->kernel,
	};

	if (!end->happened || !end->inferred)
		return true;
	if (!end->asked) {
		states->not_asked++;
		return true;
	}
	if (!compared->sent_fin && is_closed_from(end->kernel, end->by_wire)) {
		end->left_out = true;
		item.reason = fin_not_left;
		states->left_out++;
		return list(&states->left_outs, &states->left_out_count, &item);
	}
	states->compared++;
	if (end->by_wire == end->kernel) {
		states->agreed++;
		return true;
	}
	end->differs = true;
	item.reason = why_unknown(compared, end);
	states->differed++;
	states->unexplained += !item.reason;
	return list(&states->differences, &states->difference_count, &item);
}

void lab_comparison_finish(struct lab_states *states)
{
	free(states->differences);
	free(states->left_outs);
	*states = (struct lab_states){ .compared = 0 };
}
