/*
 * A connection as a ladder for the terminal: client left, server right, one line a segment, with an
 * arrow in the direction it went. Any thread.
 *
 *   ladder_heading(out, connection, &style);
 *   for each segment: ladder_segment(out, &line, &style);
 *
 * The style of an arrow says by itself, without colours, what is odd about a segment:
 *
 *   ------>  sent, and nothing is known against it
 *   ======>  sent again
 *   ~~~~~~>  came late: those behind it overtook it
 *   ******>  an RST
 *   - - - >  captured a second time, not sent a second time
 *   . . . ?  what must have been before the next segment, and is not in the capture
 *
 * Its words stand on the arrow as far as there is room, else under it; states stand beside the
 * lifelines, or in a narrow ladder under the arrow, when they change.
 *
 * A lab knows more of a segment (struct ladder_truth): when it was delivered, what lost it, what
 * both kernels said. Then the margin has the time since the run's beginning at which it was sent,
 * the states are the kernels' (in small letters those that no kernel was asked for: they are the
 * trace's), and arrows differ in more:
 *
 *   -- 10.1 ms -->  so long it was on its way
 *   -----x    why   lost on its way
 *   -----> - - -    it arrived only after others had been sent: ladder_arrival() tells of that
 *   - - - ----->    that arrival
 *   ----->     ...  the run was over before it had arrived
 *   ~~~~~~>         overtaken: sent earlier, delivered later
 *   - - - >         delivered a second time by the cable
 *     +--->         made by the cable: nobody sent it
 *
 * ladder_event() writes what happened between segments: a call, a cut.
 */
#ifndef WIRETALE_REPORT_LADDER_H
#define WIRETALE_REPORT_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "packet/packet.h"
#include "report/stream_messages.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/names.h"
#include "tcp_flow/segment_facts.h"

struct ladder_style {
	bool colour;    /* SGR sequences; else none */
	size_t columns; /* of a line; at least LADDER_COLUMNS_MIN is used; 0: as wide as needed */
	bool absolute;  /* sequence numbers and windows as the wire has them */
	bool mixed;     /* lines of several connections follow each other: each says its number */
	bool read_at_once; /* before the next is drawn: what proves wrong later is put right later
			    */
};

#define LADDER_COLUMNS_MIN 60u
#define LADDER_COLUMNS_DEFAULT 100u

enum ladder_fate {
	LADDER_ARRIVED,
	LADDER_LOST,
	LADDER_ARRIVES_LATER, /* ladder_arrival() has a row of its own for it */
	LADDER_ON_ITS_WAY,    /* when the run ended */
};

/* The state of one end: of the sender when it sent, of the receiver after delivery. */
struct ladder_truth_state {
	bool known;     /* else nothing is shown: not sent by that host, or never delivered */
	bool changes;   /* it is another than the one shown before */
	bool by_kernel; /* the kernel said so; else it is the trace's inference */
	bool differs;   /* the trace inferred by_wire */
	enum tcp_state state;
	enum tcp_state by_wire; /* with differs */
};

/* What only a lab knows of a segment. Frames are the numbers shown in the margin; 0: none. */
struct ladder_truth {
	int64_t sent_ns;  /* since the run's beginning */
	int64_t since_ns; /* since the row before, whatever it was of; 0: there was none */
	int64_t way_ns;   /* from sending to delivery; with LADDER_ARRIVED */
	enum ladder_fate fate;
	const char *why; /* what was done to it, and by what: "rule 1: drop client data 3 once";
			    NULL or "": nothing; need not be harmless */
	bool forged;     /* nobody sent it */
	bool changed;    /* delivered otherwise than it was sent */
	uint64_t copy_of;
	uint64_t overtaken_by;               /* sent later, delivered earlier */
	struct ladder_truth_state states[2]; /* by side */
};

struct ladder_line {
	const struct tcp_connection *connection;
	const struct segment_facts *segment;
	const struct stream_message *messages; /* with bytes in it; may be NULL */
	size_t message_count;
	const struct ladder_truth *truth; /* of a lab; else NULL */
	enum tcp_cause proven; /* why it was sent again, as later segments show; CAUSE_NONE: none
				  does, what was known then is told */
};

/* That a segment with LADDER_ARRIVES_LATER is there now. */
struct ladder_arrival {
	uint64_t frame;
	uint64_t connection; /* its number, for mixed ladders */
	int64_t at_ns;       /* since the run's beginning */
	int64_t since_ns;    /* since the row before */
	int64_t way_ns;
	enum tcp_side from;
	uint16_t flags;                  /* TCP_FLAG_* */
	struct ladder_truth_state state; /* of the receiver */
};

/* An ICMP error that the cable made, about a segment. */
struct ladder_error {
	uint64_t frame;
	uint64_t connection; /* its number, for mixed ladders */
	int64_t at_ns;       /* since the run's beginning: when it was made */
	int64_t since_ns;    /* since the row before */
	int64_t way_ns;      /* with has_arrived */
	bool has_arrived;
	enum tcp_side to; /* whose segment it is about */
	const struct icmp_error *icmp;
};

/* What happened between segments, in a lab. */
struct ladder_event {
	int64_t at_ns;      /* since the run's beginning */
	int64_t since_ns;   /* since the row before */
	enum tcp_side side; /* at that lifeline; TCP_BOTH_SIDES: between them, at the cable */
	const char *text;   /* "close"; need not be harmless */
	bool failed;        /* it went wrong */
};

/* Who stands left, who right, and what the columns are. */
void ladder_heading(struct text_builder *out, const struct tcp_connection *connection,
		    const struct ladder_style *style);

/* One segment: a line, and where labels, causes or messages need room, lines under it. */
void ladder_segment(struct text_builder *out, const struct ladder_line *line,
		    const struct ladder_style *style);

void ladder_arrival(struct text_builder *out, const struct ladder_arrival *arrival,
		    const struct ladder_style *style);

void ladder_error(struct text_builder *out, const struct ladder_error *error,
		  const struct ladder_style *style);

void ladder_event(struct text_builder *out, const struct ladder_event *event,
		  const struct ladder_style *style);

#endif
