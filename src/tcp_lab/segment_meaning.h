/*
 * What a segment is in its connection, as people would say it: "SYN", "data 3", "FIN". The cable
 * asks before it delivers anything, for its rules. Own small bookkeeping: a rule must know at once,
 * and the trace judges with hindsight. One thread; no input or output.
 */
#ifndef WIRETALE_TCP_LAB_SEGMENT_MEANING_H
#define WIRETALE_TCP_LAB_SEGMENT_MEANING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "packet/packet.h"
#include "tcp_lab/lab_host.h"

/* Bits: a segment may be several at a time (data with a FIN). */
enum segment_kind {
	SEGMENT_ANY = 0, /* in patterns */
	SEGMENT_SYN = 1 << 0,
	SEGMENT_SYN_ACK = 1 << 1,
	SEGMENT_DATA = 1 << 2,
	SEGMENT_ACK = 1 << 3, /* nothing but an acknowledgement; not a keep-alive or probe */
	SEGMENT_FIN = 1 << 4,
	SEGMENT_RST = 1 << 5,
	SEGMENT_PROBE = 1 << 6, /* a keep-alive or window probe: nothing new, before what was
				   acknowledged */
};

struct segment_meaning {
	bool is_tcp; /* else all other fields are 0 */
	enum lab_host from;
	uint32_t kinds;      /* SEGMENT_* bits; 0: TCP, but none of them */
	uint32_t connection; /* from 1, in the order of their first segments; 0: over the ceiling */
	uint32_t segment;    /* ordinal among all that this host sent in the connection, from 1 */
	uint32_t data;       /* with SEGMENT_DATA: ordinal of its first byte's segment, from 1; a
				segment that is sent again keeps its number; 0: so long ago that it
				is forgotten, see CABLE_REMEMBERED_DATA_MAX */
	uint32_t ack;        /* with SEGMENT_ACK: ordinal among the host's bare ACKs */
	uint32_t transmission; /* of the same data, SYN, SYN-ACK or FIN: 1 for the first time */
};

struct segment_meanings;

struct segment_meanings *segment_meanings_create(void); /* NULL: out of memory */
void segment_meanings_destroy(struct segment_meanings *meanings);

/* Each packet once, in the order of sending. packet: as decoded; may be no TCP. */
void segment_meanings_take(struct segment_meanings *meanings, enum lab_host from,
			   const struct packet *packet, struct segment_meaning *out);

/* Segments of connections over CABLE_CONNECTIONS_MAX, which have no numbers. */
uint64_t segment_meanings_over_ceiling(const struct segment_meanings *meanings);

/* How far both hosts have come with a connection, as raw numbers of the segments. */
struct segment_ends {
	bool known[LAB_HOSTS];        /* that host has sent something with a number of its own */
	uint32_t next[LAB_HOSTS];     /* the number behind all that it sent */
	uint16_t window[LAB_HOSTS];   /* as in its latest header */
	uint32_t segments[LAB_HOSTS]; /* that it sent */
};

/* False: no such connection, or it made way for a newer one of the same addresses and ports. */
bool segment_meanings_ends(const struct segment_meanings *meanings, uint32_t connection,
			   struct segment_ends *out);

/* "client data 3", "server SYN-ACK", "client FIN (sent again)". */
void segment_meaning_text(const struct segment_meaning *meaning, struct text_builder *out);

struct segment_pattern;

/*
 * Was such a segment sent in that connection already? Of what comes but once: SYN, SYN-ACK, FIN,
 * RST, and what has an ordinal. Else false: of "client data" the next one is meant. connection: for
 * a pattern that names none.
 */
bool segment_meanings_happened(const struct segment_meanings *meanings,
			       const struct segment_pattern *pattern, uint32_t connection);

#endif
