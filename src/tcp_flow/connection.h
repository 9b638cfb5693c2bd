/*
 * One TCP connection and all that is known of it. The tracker owns it; those who judge keep their
 * notes in a part of their own each; those who render read it. While a segment is judged, sides[]
 * and the counts still tell of the time before it; the segment's facts tell of it.
 */
#ifndef WIRETALE_TCP_FLOW_CONNECTION_H
#define WIRETALE_TCP_FLOW_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip_address.h"
#include "packet/tcp_header.h"
#include "tcp_flow/captured_twice.h"
#include "tcp_flow/closing.h"
#include "tcp_flow/dialogue.h"
#include "tcp_flow/finding.h"
#include "tcp_flow/flow_control.h"
#include "tcp_flow/former_segment.h"
#include "tcp_flow/ledger.h"
#include "tcp_flow/names.h"
#include "tcp_flow/opening.h"
#include "tcp_flow/recovery.h"
#include "tcp_flow/segment_facts.h"
#include "tcp_flow/sequence_ranges.h"
#include "tcp_flow/tshark_labels.h"

/* What a SYN or SYN-ACK offered. */
struct tcp_offer {
	bool seen;    /* its SYN is in the file */
	uint32_t has; /* TCP_HAS_* */
	uint32_t timestamp_value;
	uint16_t mss;         /* with TCP_HAS_MSS */
	uint16_t flags;       /* of the header: ECE and CWR ask for ECN */
	uint16_t window;      /* never scaled in a SYN */
	uint8_t window_scale; /* with TCP_HAS_WINDOW_SCALE; at most TCP_WINDOW_SCALE_MAX */
	uint8_t fast_open_length;
	uint64_t frame; /* of its first SYN */
};

/* One end: what it sent, and what its acknowledgements say. */
struct tcp_end {
	/* what every segment looks at, together: the processor fetches 64 bytes at a time */
	uint32_t base_raw; /* the raw number that is 0 in relative ones */
	uint8_t scale;     /* of the windows it announces; with window_known */
	bool window_known; /* the scale of its windows is known: both SYNs, or neither scales */
	bool sends;        /* at least one segment of it is in the file */
	bool numbered;     /* base_raw is known */
	bool starts_known; /* `next` is of its own segments, not of the other's acknowledgements */
	bool has_acked;    /* `acked` means something */
	bool sent_ack;     /* at least one segment of it had the ACK bit */
	bool sums_right;   /* at least one segment of it had a right checksum */
	uint8_t time_to_live; /* of its first segment that was no RST */
	int64_t next;         /* the end of the highest segment seen of it (data, SYN, FIN) */
	int64_t in_order; /* how far its stream is in the file, or acknowledged, without a gap */
	int64_t acked;    /* the highest acknowledgement that the other side sent it; with acks */
	int64_t window;   /* what it last announced, bytes; -1 unknown */
	int64_t limit;    /* the highest acknowledgement + window it ever announced, in the other's
			     numbers */
	int64_t fin_end;  /* the number behind its FIN; -1 while none was seen */
	struct sequence_ranges seen; /* what of its stream is in the file */
	uint64_t segments;           /* all, repeats included */
	uint64_t bytes;              /* distinct stream bytes seen */
	int64_t last_ns;             /* when its last segment was captured */
	uint64_t last_frame;
	int64_t first_data_ns; /* 0 until it sent data */
	uint32_t largest_payload;
	struct recent_packets recent; /* to know those that were captured twice */
	/* the rest */
	/* [left, right) has what is in the file, but did not reach the other side: from the first
	 * to the last number of damaged segments. What was acknowledged since is no part of it. */
	int64_t damaged_left;
	int64_t damaged_right;
	struct ip_address address;
	uint16_t port;
	uint64_t fin_frame; /* of the first transmission of its FIN */
	uint64_t retransmissions;
	uint64_t captured_twice;
	uint64_t first_twice_frame;
	uint64_t largest_frame; /* of the segment with largest_payload */
	struct tcp_offer offer;
};

#define TCP_PROGRAM_NAME_BYTES 32u

/* The program that has one end open, where this machine is that end: no capture file tells it. */
struct tcp_program {
	int64_t process;                   /* its number; 0: not known */
	char name[TCP_PROGRAM_NAME_BYTES]; /* harmless */
};

struct tcp_connection {
	enum tcp_state states[2];
	bool is_complete;  /* closing_is_complete(), as of the last segment */
	bool to_itself;    /* both endpoints are the same */
	bool reuses_ports; /* the pair had a connection before, which was followed here */
	bool is_smooth;    /* see plain_segment.h */
	bool no_shortcut;  /* every segment goes the long way */
	bool totals_only;  /* findings, windows, turns and the ledger are not wanted */
	bool none_twice;   /* no packet was captured twice */
	bool as_tshark;    /* labels are tshark's */
	bool is_over;      /* no more segments will come: it was handed out */
	bool evicted;
	struct tshark_labels *tshark; /* owned; NULL where tshark's labels were not asked for */
	uint64_t last_frame;
	int64_t start_ns;        /* since 1970 */
	int64_t end_ns;          /* of the latest segment, whichever stands last in the file */
	int64_t last_ns;         /* of the last segment in the file */
	int64_t recovery_rtt_ns; /* a round trip to measure by: the handshake's; 0: not known */
	struct tcp_end ends[2];  /* by enum tcp_side */
	uint64_t number; /* from 1, in the order of first frames; with --as tshark tcp.stream + 1 */
	uint64_t first_frame;
	uint64_t former_number; /* with reuses_ports */
	uint64_t label_counts[LABEL_COUNT];
	/* the notes of those who judge; each is changed by its own file only */
	struct opening opening;
	struct former_segments *former; /* owned; NULL: there were none, as nearly always */
	struct closing closing;
	struct recovery recovery;
	struct flow_control flow_control;
	struct ledger ledger;
	struct dialogue dialogue;
	struct tcp_findings findings;   /* sorted once it is over */
	struct tcp_program programs[2]; /* by side; of a live capture */
};

/*
 * Begins a zeroed connection with its first segment: who is the client, who the server, in which
 * states they were, whatever the sender is.
 */
void tcp_connection_begin(struct tcp_connection *connection, const struct packet *first);

/* Gives back what it owns. */
void tcp_connection_finish(struct tcp_connection *connection);

/* Which end sent it. */
enum tcp_side tcp_connection_sender(const struct tcp_connection *connection,
				    const struct packet *packet);

/* Judges one segment of that end: fills *facts, moves everything on. */
void tcp_connection_segment(struct tcp_connection *connection, const struct packet *packet,
			    enum tcp_side from, struct segment_facts *facts);

/* No more will come: the kinds of opening and closing, the findings. Once. */
void tcp_connection_conclude(struct tcp_connection *connection);

/* The window of the sender's peer: how many bytes it may still send; -1 unknown. */
int64_t tcp_end_room(const struct tcp_connection *connection, enum tcp_side sender);

#endif
