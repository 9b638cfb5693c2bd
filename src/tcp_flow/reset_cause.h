/*
 * Why a connection was reset, as far as the wire can tell.
 *
 * An RST is of one of two makes, and Linux keeps them well apart. A socket that is closed roughly
 * sends one of its own: RST and ACK, its next number, its timestamps, the next IP identification. A
 * machine that knows no socket for a segment answers it: RST alone, numbered as the segment's
 * acknowledgement says, no options, window 0.
 */
#ifndef WIRETALE_TCP_FLOW_RESET_CAUSE_H
#define WIRETALE_TCP_FLOW_RESET_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

/* What one side last did, to judge an RST by that comes in its name; see also recent_packets. */
struct last_words {
	int64_t data_ns; /* since 1970: its latest new data; 0: none yet */
	uint64_t data_frame;
	int64_t heard; /* what it acknowledged when it last sent new data */
	uint64_t last_repeat_frame;
	uint64_t fast_close_frame; /* of its latest MP_FASTCLOSE; 0: none */
	uint32_t repeats;          /* sent since something of it was last acknowledged */
};

/* Signs that an RST is not from the side that it names: bits of values[0]. */
enum {
	RESET_SIGN_TTL = 1 << 0,
	RESET_SIGN_IP_ID = 1 << 1,
	RESET_SIGN_WINDOW = 1 << 2,
	RESET_SIGN_SEQUENCE = 1 << 3, /* in the window, but not the number that comes next */
	RESET_SIGN_OPTIONS = 1 << 4,  /* no timestamps, though all others have them */
	RESET_SIGN_WENT_ON = 1 << 5,  /* the side went on as if it knew of no RST */
};

/* Which of several stories, where a kind has more than one. Of RESET_HALF_OPEN, values[0]: */
enum reset_half_open {
	HALF_OPEN_UNKNOWN,   /* it knows no such connection (any more) */
	HALF_OPEN_RESTARTED, /* it had sent a SYN of its own: the challenge ACK told it */
	HALF_OPEN_SYN_ACK,   /* it answers a SYN-ACK that it does not (or no longer) wait for */
	HALF_OPEN_FORGOTTEN, /* it had closed, and did not wait for the other side's end for ever */
	HALF_OPEN_AT_ONCE,   /* it answers the ACK that opened: no program took the connection */
};

/* Of RESET_TIMEOUT, values[1]; values[0] is how many went unanswered: */
enum reset_timeout {
	TIMEOUT_OF_DATA,
	TIMEOUT_OF_KEEP_ALIVES,
	TIMEOUT_DEAF, /* answers were captured, but its timestamps say that they did not arrive */
};

/* Of RESET_UNREAD_DATA and RESET_LINGER, values[1]: */
enum reset_rough {
	ROUGH_CLEAR,
	ROUGH_EITHER,     /* the other of the two kinds is possible too */
	ROUGH_NOT_TAKEN,  /* or no program ever took the connection */
	ROUGH_FAST_CLOSE, /* the other side answers its MP_FASTCLOSE (RFC 8684 section 3.5) */
};

/* Of RESET_AFTER_CLOSE, values[0]: what became of the TIME_WAIT of its receiver. */
enum reset_after_close {
	AFTER_CLOSE_NO_MATTER, /* the receiver was not in TIME_WAIT */
	AFTER_CLOSE_ENDS_WAIT,
	AFTER_CLOSE_OLD_NUMBER, /* it stays: the number is not the next one (RFC 9293) */
};

/* Of the RST that is believed until something speaks against it. */
struct reset_notes {
	uint64_t frame;     /* 0: none */
	enum tcp_side from; /* its sender, by its address */
	bool is_inexact;    /* in the window only: its receiver may still refuse it */
	uint8_t signs;      /* RESET_SIGN_* */
	uint8_t time_to_live;
	int64_t sequence; /* where its sender would have to go on behind it */
	int64_t off_by;   /* from the number that would have been next */
};

/*
 * Judges an RST when it comes (segment->rst_accepted is set by then) and adds the finding. Called
 * for segments with RST only, before the states move.
 */
void reset_cause_segment(struct tcp_connection *connection, const struct segment_facts *segment);

/*
 * What data and MPTCP options leave behind for a later verdict. Needs not be called for segments
 * without any.
 */
void reset_cause_remember(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
