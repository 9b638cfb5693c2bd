/*
 * What the wire tells of a run, beside what both kernels said. Three captures are followed, each as
 * the trace follows a capture: the cable's (all that was sent, in the order of sending), and those
 * of both hosts (what each sent, then, and what was delivered to it, then). The state of a host is
 * inferred from its own capture: nobody else knows what it has received.
 *
 *   inference = lab_inference_create(&record, &listener);    calls the listener back, all of it
 *   states = lab_inference_states(inference);
 *   lab_inference_destroy(inference);
 *
 * Pure; one thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_INFERENCE_H
#define WIRETALE_TCP_LAB_LAB_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/names.h"
#include "tcp_flow/segment_facts.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_record.h"

#define LAB_VANTAGES 3 /* enum wanted_vantage */

/* The two ends of a segment's way. */
enum lab_moment {
	LAB_SENT,      /* the sender, right after it was sent */
	LAB_DELIVERED, /* the receiver, right after it was delivered */
};

#define LAB_MOMENTS 2

/* The state of one end of a segment's way, at its moment. */
struct lab_end_state {
	bool happened; /* the host did send it; it was delivered */
	bool inferred; /* the host's capture has it, as a segment of TCP: `by_wire` */
	enum tcp_state by_wire;
	bool asked; /* the kernel was: `kernel` */
	enum tcp_state kernel;
	bool differs;  /* compared, and not the same */
	bool left_out; /* not compared, though there was something to compare */
	bool changes;  /* by time, it is another than the host was in before, in this connection; of
			  states that are the kernel's where it was asked, else by_wire */
};

/* A segment as the cable saw it. All borrowed for the call. */
struct lab_inferred_segment {
	const struct lab_segment *segment;
	const struct tcp_connection *connection;
	const struct segment_facts *facts; /* sides: of the connection; its frame is its place in
					      the cable's capture, that of a copy its original's */
	uint32_t number;                   /* the connection's, from 1 */
	enum lab_host hosts[2];            /* by enum tcp_side: who is the client, who the server */
	struct lab_end_state ends[LAB_MOMENTS]; /* of the sender and the receiver */
	/* Others were sent while it was on its way, and its arrival changed something: `arrival`
	 * tells of that end in its turn. Else the segment's line tells of both. */
	bool arrives_later;
	/* Frames, as in facts; 0: none. */
	uint64_t copy_of;      /* nobody sent it: the cable delivered that one again */
	uint64_t overtaken_by; /* sent later by the same host, delivered earlier */
	enum tcp_cause proven; /* why it was sent again, as later segments show; CAUSE_NONE: as
				  facts have it */
};

/* The other end of the way of a segment with arrives_later. Borrowed for the call. */
struct lab_arrival {
	const struct lab_segment *segment;
	uint64_t frame; /* as in facts */
	uint32_t number;
	enum tcp_side from;
	uint16_t flags; /* TCP_FLAG_* */
	uint32_t length;
	const struct lab_end_state *end;
};

/* An ICMP error about a segment of a connection. Borrowed for the call. */
struct lab_inferred_error {
	const struct lab_segment *segment;
	uint64_t frame;
	uint32_t number;  /* the connection's */
	enum tcp_side to; /* whose segment it quotes */
	const struct icmp_error *icmp;
};

/* An ended connection as one of the captures has it. Borrowed for the call. */
struct lab_inferred_connection {
	enum wanted_vantage vantage;
	const struct tcp_connection *connection;
	uint32_t number;        /* in the cable's capture; connection->number may be another */
	enum lab_host hosts[2]; /* by enum tcp_side */
};

struct lab_inference_listener {
	void *context;
	/* The cable's, in the order of sending, each copy behind its original. May be NULL. */
	void (*segment)(void *context, const struct lab_inferred_segment *segment);
	/* Between the segments that were sent before and after it; before its connection's end. May
	 * be NULL, if nobody wants them told apart. */
	void (*arrival)(void *context, const struct lab_arrival *arrival);
	/* Among the segments. May be NULL. */
	void (*error)(void *context, const struct lab_inferred_error *error);
	/* Those of the hosts come before the cable's first segment. May be NULL. */
	void (*connection)(void *context, const struct lab_inferred_connection *connection);
};

/* One comparison that did not agree, or was not made. */
struct lab_difference {
	uint64_t frame;      /* in the cable's capture */
	uint64_t segment;    /* its number in the record */
	uint32_t connection; /* from 1 */
	enum lab_host host;
	enum lab_moment moment;
	enum tcp_state by_wire;
	enum tcp_state kernel;
	const char *reason; /* static: what the wire could not know, or why it was left out; NULL:
			       it could have, so the trace is wrong */
};

#define LAB_DIFFERENCES_MAX 1000u /* in each list; more are counted only */

struct lab_states {
	uint64_t compared; /* ends of ways whose states were compared */
	uint64_t agreed;
	uint64_t differed;    /* all that did */
	uint64_t unexplained; /* of them: no reason is known, so the trace is wrong */
	struct lab_difference *differences;
	size_t difference_count; /* of them in the list */
	uint64_t left_out;       /* closes whose FIN had not left yet */
	struct lab_difference *left_outs;
	size_t left_out_count;
	uint64_t not_asked; /* the kernel was not asked */
};

struct lab_inference;

/* NULL: out of memory; the listener may have been called by then. */
struct lab_inference *lab_inference_create(const struct lab_record *record,
					   const struct lab_inference_listener *listener);
void lab_inference_destroy(struct lab_inference *inference); /* may be NULL */

const struct lab_states *lab_inference_states(const struct lab_inference *inference);

/* Connections that the cable's capture has. */
uint32_t lab_inference_connections(const struct lab_inference *inference);

#endif
